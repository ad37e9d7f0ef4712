"""No order waits for nobody without somebody being told, and no absence is lost or made by the wrong hand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.absence import AbsenceProblem, AbsenceStatement, whom
from mailbot.domain.people.directory import RightKind
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Status
from mailbot.flows.clock.new_day import new_day
from mailbot.flows.pages.confirm_plan import HeadsPlan, confirm_plan, see_plan
from mailbot.flows.pages.resign import ResignOutcome, resign
from mailbot.flows.steps.attest_plan import mail_plan
from mailbot.flows.steps.decide import Action, disown_decision
from mailbot.flows.steps.rights_changed import move_waiting
from tests.flows.steps.test_absence import answered_by_itself, asked
from tests.support.appointments import DEAN, TREE
from tests.support.harness import ANNA, EVA, HEAD, ORDER, ORGANISATION, PURCHASING, RUT, Harness, harness
from tests.support.stated import StatedRight

NOBODY = "Ingen kan besluta om en beställning"
IN_THE_RECEIPT, BY_A_MAIL, ON_THE_PAGE = (
    "Det står i beställarens kvitto.",
    "Beställaren har fått veta det.",
    "Beställaren ser det på beställningens sida, men har inte fått något mejl.",
)


@pytest.fixture
def limited(tmp_path: Path) -> Iterator[Harness]:
    """Both approvers may decide up to 1 000 kr."""
    rights = tuple(replace(r, limit=Money(Decimal(1000))) for r in ORGANISATION.rights)
    with harness(tmp_path, organisation=replace(ORGANISATION, rights=rights)) as made:
        yield made


def test_an_order_over_everybodys_limit_is_told_of_at_once(limited: Harness) -> None:
    limited.mail()
    assert limited.order().status is Status.PENDING
    assert (limited.count(PURCHASING, NOBODY), limited.count(HEAD, NOBODY)) == (1, 1)
    assert limited.count(RUT, "Ingen kan besluta om beställningen just nu", PURCHASING) == 1
    assert limited.count(RUT, "har ombetts besluta") == 0


def test_so_is_one_corrected_to_it(limited: Harness) -> None:
    limited.mail(ORDER.replace("12 500", "500"))
    assert limited.count("", NOBODY) == 0
    limited.mail("1 st Dell XPS 13 à 12 500 kr", answers=limited.sent(RUT, "/order/"))
    assert limited.order().version == 2
    told = (limited.count(PURCHASING, NOBODY, IN_THE_RECEIPT), limited.count(HEAD, NOBODY, IN_THE_RECEIPT))
    assert told == (1, 1)
    assert limited.count(RUT, "Ingen kan besluta om beställningen just nu") == 1


def test_where_the_requester_is_mailed_nothing_it_says_so(home: Harness) -> None:
    home.mail()
    home.approve()
    not_me = home.token(EVA, Purpose.NOT_ME)
    for one in (EVA, ANNA):
        home.end_right(one)
    before = home.count(RUT)
    disown_decision(home.bot, not_me, home.now)
    home.deliver()
    assert (home.count(RUT) - before, home.count(PURCHASING, NOBODY, ON_THE_PAGE)) == (0, 1)


def test_a_requester_whose_order_lost_its_last_approver_is_mailed_and_that_is_said(home: Harness) -> None:
    home.mail()
    home.end_right(EVA)
    home.end_right(ANNA)
    before = home.count(RUT)
    move_waiting(home.bot, home.now)
    home.deliver()
    assert (home.count(RUT) - before, home.count(PURCHASING, NOBODY, BY_A_MAIL)) == (1, 1)


def test_an_undone_decision_goes_on_to_who_may_decide_when_the_chosen_no_longer_may(home: Harness) -> None:
    home.mail()
    home.mail("", sender=ANNA, subject="lista")
    token = home.token(ANNA, Purpose.DECIDE)
    home.press(token, Action.APPROVE)
    home.end_right(EVA)
    home.press(token, Action.UNDO)
    assert home.history() == ["opened", "approved", "undone", "moved"]
    assert asked(home)[-1] == ANNA


class TestAbsences:
    def test_an_automatic_reply_ends_no_absence_that_is_to_come(self, home: Harness) -> None:
        first = home.now.date() + timedelta(days=3)
        home.mail("", sender=EVA, subject=f"borta {first}–{first + timedelta(days=20)}")
        home.mail()
        answered_by_itself(home)
        home.later(days=10)
        with home.bot.database.read() as connection:
            away = home.bot.directory(connection).absence(home.person(EVA).id, home.now.date())
        assert away is not None
        assert away.registered

    def test_one_that_began_while_the_bot_was_down_takes_effect_when_it_is_up(self, home: Harness) -> None:
        new_day(home.bot, home.now)
        home.mail()
        first = home.now.date() + timedelta(days=2)
        home.mail("", sender=EVA, subject=f"borta {first}–{first + timedelta(days=20)}")
        home.now += timedelta(days=7)
        new_day(home.bot, home.now)
        home.deliver()
        assert ANNA in asked(home)

    def test_only_the_head_of_a_unit_where_somebody_is_now_may_say_they_are_away(self, tmp_path: Path) -> None:
        with harness(tmp_path, organisation=TREE) as home, home.bot.database.read() as connection:
            known = home.bot.directory(connection)
        head, dean = (home.person(a) for a in (HEAD, DEAN))
        old = replace(known.rights[0], id=99, person=dean.id, unit="cs", valid_to=date(2026, 1, 31))
        stated = AbsenceStatement("Dan Dahl", date(2026, 3, 2), date(2026, 3, 3), "")
        over = replace(known, rights=(*known.rights, old))
        assert whom(stated, head, over, date(2026, 3, 2)) is AbsenceProblem.NOT_THEIR_HEAD
        assert whom(stated, head, over, date(2026, 1, 31)) == dean


def test_who_hands_a_right_back_hands_back_what_was_to_follow_it_too(tmp_path: Path) -> None:
    this = replace(ORGANISATION.rights[0], valid_to=date(2026, 3, 31))
    following = StatedRight(EVA, "cs", RightKind.ORDER, valid_from=date(2026, 4, 1))
    rights = (this, following, *ORGANISATION.rights[1:])
    with harness(tmp_path, organisation=replace(ORGANISATION, rights=rights)) as home:
        home.mail()
        assert resign(home.bot, home.token(EVA, Purpose.DECIDE), "cs", home.now) is ResignOutcome.ENDED
        with home.bot.database.read() as connection:
            held = home.bot.directory(connection).rights_of(home.person(EVA).id)
        assert all(right.ended_at for right in held)


def test_a_plan_confirmed_twice_is_one_confirmation(home: Harness) -> None:
    mail_plan(home.bot, "cs", home.now)
    home.deliver()
    token = home.token(HEAD, Purpose.PLAN)
    found = see_plan(home.bot, token, home.now)
    assert isinstance(found, HeadsPlan)
    home.later(hours=1)
    assert [confirm_plan(home.bot, token, found.plan.digest, home.now) for _ in range(3)] == [True] * 3
    home.deliver()
    assert home.count(PURCHASING, "Attestplan") == 1
    assert home.query("SELECT count(*) FROM events WHERE what = 'plan_confirmed'") == [(1,)]


@pytest.mark.parametrize("subject", ["Åter en dator", "Back UPS till serverrummet", "Tillbaka"])
def test_an_order_is_no_return_from_an_absence_whatever_its_subject(home: Harness, subject: str) -> None:
    home.mail(subject=subject)
    assert home.orders() == 1


def test_a_superior_hands_back_the_right_by_which_they_decide(tmp_path: Path) -> None:
    above = StatedRight(DEAN, "fac", RightKind.ORDER, valid_from=date(2026, 1, 1))
    with harness(tmp_path, organisation=replace(TREE, rights=(*TREE.rights, above)), superiors=True) as home:
        home.mail(ORDER.replace("Eva Ek", "Dan Dahl"))
        home.mail("Godkännare: Dan Dahl", subject="Sv:", answers=home.sent(RUT))  # somebody nearer may decide
        token = home.token(DEAN, Purpose.DECIDE)
        with home.pages() as browser:
            assert "Avslutar din rätt i Fakulteten" in browser.get(f"/decide/{token}").text
        assert resign(home.bot, token, "fac", home.now) is ResignOutcome.ENDED
        home.deliver()
        assert home.history() == ["opened", "moved"]
        assert home.count(DEAN, "Fakulteten") == 1
        assert resign(home.bot, token, "fac", home.now) is ResignOutcome.NOTHING_HELD


def test_nobody_is_asked_by_a_colleague_to_decide_their_own_order(tmp_path: Path) -> None:
    own = StatedRight(RUT, "cs", RightKind.ORDER, valid_from=date(2026, 1, 1))
    with harness(tmp_path, organisation=replace(ORGANISATION, rights=(*ORGANISATION.rights, own))) as home:
        home.mail()
        with home.pages() as browser:
            page = browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text
        assert (page.count("<option"), "Anna Ask</option>" in page) == (1, True)
        assert str(home.hand_over(EVA, RUT)) == "nobody_chosen"
        assert home.history() == ["opened"]


def test_where_only_the_requester_stands_beside_an_approver_the_level_above_can_be_asked(tmp_path: Path) -> None:
    rights = [
        StatedRight(who, unit, RightKind.ORDER, valid_from=date(2026, 1, 1))
        for who, unit in ((RUT, "cs"), (DEAN, "fac"))
    ]
    others = (right for right in TREE.rights if right.person != ANNA)
    with harness(tmp_path, organisation=replace(TREE, rights=(*others, *rights)), superiors=True) as home:
        home.mail()
        with home.pages() as browser:
            page = browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text
        assert (page.count("<option"), "Dan Dahl</option>" in page) == (1, True)
        assert str(home.hand_over(EVA, RUT)) == "nobody_chosen"
        home.hand_over(EVA, DEAN)
        assert home.count(DEAN, "/decide/") == 1
