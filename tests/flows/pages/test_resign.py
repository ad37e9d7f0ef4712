"""“I no longer hold this right”: asked once more, it ends that right at once, nothing else, by a press
(docs/rules/attest.md#r29)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.directory import RightKind
from mailbot.domain.people.rights import Denial
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Status
from mailbot.flows.pages.enter_code import enter_code
from mailbot.flows.pages.resign import ResignOutcome, resign, see_resign
from mailbot.flows.pages.withdraw import withdraw
from mailbot.flows.steps.decide import Action, Press, PressOutcome, press
from mailbot.flows.steps.open_link import LinkRefusal
from mailbot.flows.steps.step_up import Caller, CodeAsked, CodeRefusal, NoMoreCodes, OtherLogin
from tests.support.appointments import FIRST, TREE, approvers
from tests.support.harness import ANNA, EVA, HEAD, PURCHASING, RUT, Harness, harness
from tests.support.relay import text_of
from tests.support.stated import StatedRight

FROM_MAY = date(2026, 5, 1)
ORGANISATION = replace(
    TREE,
    rights=(
        *TREE.rights,
        StatedRight(EVA, "fac", RightKind.ORDER, valid_from=FIRST),
        StatedRight(EVA, "cs", RightKind.PURCHASING, valid_from=FIRST),
        StatedRight(EVA, "cs", RightKind.APPOINT, valid_from=FIRST),
        StatedRight(HEAD, "tom", RightKind.ORDER, valid_from=FIRST),
    ),
)
"""Eva also decides in the faculty, buys and appoints."""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Harness]:
    with harness(tmp_path, organisation=ORGANISATION) as made:
        made.mail()
        yield made


def hand_back(home: Harness, who: str = EVA) -> ResignOutcome | CodeAsked | LinkRefusal | OtherLogin | NoMoreCodes:
    """Press the button on the page that asks once more, from the newest link mailed to an approver."""
    token = home.token(who, Purpose.DECIDE)
    seen = see_resign(home.bot, token, home.now)
    assert not isinstance(seen, LinkRefusal)
    outcome = resign(home.bot, token, seen[1].unit.id, home.now)
    home.settle()
    return outcome


def ended(home: Harness) -> list[tuple[str, str]]:
    """Return unit and kind of each right that is over."""
    return home.query("SELECT unit_id, kind FROM rights WHERE ended_at IS NOT NULL ORDER BY id")


class TestWhatEnds:
    def test_the_right_to_decide_in_the_orders_unit_and_nothing_else(self, home: Harness) -> None:
        assert hand_back(home) is ResignOutcome.ENDED
        assert ended(home) == [("cs", "order")]
        assert approvers(home) == ["Anna Ask"]
        assert approvers(home, "fac") == ["Eva Ek"]
        assert home.query("SELECT count(*) FROM absences") == [(0,)]

    def test_all_of_several_in_the_unit_that_hold_today(self, tmp_path: Path) -> None:
        two = StatedRight(
            EVA, "cs", RightKind.ORDER, valid_from=date(2026, 2, 1), valid_to=date(2026, 4, 30), role="deputy"
        )
        with harness(tmp_path, organisation=replace(TREE, rights=(*TREE.rights, two))) as home:
            home.mail()
            hand_back(home)
            assert ended(home) == [("cs", "order"), ("cs", "order")]

    def test_one_that_begins_later_too_which_would_undo_what_was_said(self, tmp_path: Path) -> None:
        later = StatedRight(EVA, "cs", RightKind.ORDER, valid_from=FROM_MAY)
        first = replace(TREE.rights[0], valid_to=date(2026, 4, 30))
        with harness(tmp_path, organisation=replace(TREE, rights=(first, *TREE.rights[1:], later))) as home:
            home.mail()
            hand_back(home)
            assert home.query("SELECT valid_from FROM rights WHERE person_id = 1 AND ended_at IS NULL") == []
            assert ended(home) == [("cs", "order"), ("cs", "order")]

    def test_of_a_superior_the_right_that_makes_them_one(self, tmp_path: Path) -> None:
        rights = tuple(r for r in ORGANISATION.rights if r != ORGANISATION.rights[0])
        with harness(tmp_path, organisation=replace(ORGANISATION, rights=rights), superiors=True) as home:
            home.mail(text=f"Enhet: cs\nGodkännare: {EVA}\nLeverantör: Dustin AB\n\n1 st Mus à 100 kr\n")
            home.mail(f"Godkännare: {EVA}", subject="Sv:", answers=home.sent(RUT))  # somebody nearer may decide
            assert hand_back(home) is ResignOutcome.ENDED
            assert ended(home) == [("fac", "order")]
            assert home.count(PURCHASING, "Eva Ek beslutar inte längre om beställningar för Fakulteten") == 1

    def test_it_is_kept_as_an_event_with_who_and_how(self, home: Harness) -> None:
        hand_back(home)
        rows = home.query("SELECT person_id, proof FROM events WHERE what = 'right_returned'")
        assert rows == [(home.person(EVA).id, "signed link")]

    def test_a_second_press_ends_nothing_more_and_tells_nobody_again(self, home: Harness) -> None:
        hand_back(home)
        before = len(home.relay.mails())
        assert hand_back(home) is ResignOutcome.NOTHING_HELD
        assert ended(home) == [("cs", "order")]
        assert len(home.relay.mails()) == before


class TestWhoHears:
    def test_the_person_the_head_and_purchasing_each_once(self, home: Harness) -> None:
        hand_back(home)
        for to in (EVA, HEAD, PURCHASING):
            assert home.count(to, "Eva Ek beslutar inte längre", "Institutionen för datavetenskap") == 1
        assert home.count(ANNA, "beslutar inte längre") == home.count(RUT, "beslutar inte längre") == 0

    def test_a_head_who_gives_up_a_right_is_told_once(self, tmp_path: Path) -> None:
        units = tuple(replace(u, head=EVA) if u.id == "cs" else u for u in TREE.units)
        with harness(tmp_path, organisation=replace(TREE, units=units)) as home:
            home.mail()
            hand_back(home)
            assert home.count(EVA, "Eva Ek beslutar inte längre") == 1

    def test_waiting_orders_go_on_and_their_requesters_are_told(self, home: Harness) -> None:
        home.mail()
        hand_back(home)
        numbers = "IT-2026-00001", "IT-2026-00002"
        assert home.count(ANNA, "väntar på beslut", *numbers) == 1
        assert home.count(RUT, "Rätten att besluta har ändrats", "Anna Ask", *numbers) == 1
        assert home.history() == ["opened", "moved"]

    def test_the_last_one_leaves_head_and_purchasing_with_what_nobody_may_decide(self, home: Harness) -> None:
        home.end_right(ANNA)
        hand_back(home)
        assert home.count(HEAD, "Ingen kan besluta om en beställning") == 1
        assert home.count(PURCHASING, "Ingen kan besluta om en beställning") == 1


class TestTheLink:
    def test_only_a_press_hands_anything_back(self, home: Harness) -> None:
        token, before = home.token(EVA, Purpose.DECIDE), home.dump()
        with home.pages() as browser:
            for path in (f"/decide/{token}", f"/decide/{token}/resign", f"/decide/{token}/resign?action=resign"):
                for method in ("GET", "HEAD"):
                    browser.request(method, path)
            foreign = browser.post(f"/decide/{token}/resign", headers={"Sec-Fetch-Site": "cross-site"})
            assert foreign.status_code == 403
            assert home.dump() == before
            blind = browser.post(f"/decide/{token}/resign")
            assert (blind.status_code, home.dump() == before) == (409, True)
            pressed = browser.post(f"/decide/{token}/resign", data={"unit": "cs"})
            assert (pressed.status_code, pressed.headers["Location"]) == (303, f"/decide/{token}")
            page = browser.get(f"/decide/{token}")
            again = browser.get(f"/decide/{token}/resign")
            assert (again.status_code, again.headers["Location"]) == (303, f"/decide/{token}")
        assert ended(home) == [("cs", "order")]
        assert "din rätt har avslutats" in " ".join(page.text.split())
        assert "/resign" not in page.text

    def test_the_page_asks_once_more_and_says_what_ends_and_what_follows(self, home: Harness) -> None:
        token = home.token(EVA, Purpose.DECIDE)
        with home.pages() as browser:
            assert f'href="/decide/{token}/resign"' in browser.get(f"/decide/{token}").text
            page = " ".join(browser.get(f"/decide/{token}/resign").text.split())
        for said in (
            "Beslutar du inte längre om beställningar i Institutionen för datavetenskap?",
            "Din rätt att besluta om beställningar i Institutionen för datavetenskap upphör",
            "IT-2026-00001 kan då beslutas av Anna Ask",
            "Du, enhetens chef och inköpsfunktionen får veta det",
            "Det går inte att ångra här",
        ):
            assert said in page
        assert "en kod" not in page

    def test_a_page_that_showed_another_unit_is_shown_anew_and_ends_nothing(self, home: Harness) -> None:
        token = home.token(EVA, Purpose.DECIDE)
        assert resign(home.bot, token, "fac", home.now) is ResignOutcome.OTHER_UNIT
        with home.pages() as browser:
            page = browser.post(f"/decide/{token}/resign", data={"unit": "fac"})
        assert (page.status_code, 'name="unit" value="cs"' in page.text) == (409, True)
        assert ended(home) == []

    def test_a_damaged_an_expired_or_another_purposes_link_ends_nothing(self, home: Harness) -> None:
        token, order = home.token(EVA, Purpose.DECIDE), home.token(RUT, Purpose.ORDER)
        assert resign(home.bot, token[:-2], "cs", home.now) is LinkRefusal.DAMAGED
        assert resign(home.bot, order, "cs", home.now) is LinkRefusal.DAMAGED
        home.now += home.bot.policy.link_life
        assert resign(home.bot, token, "cs", home.now) is LinkRefusal.EXPIRED
        assert ended(home) == []

    def test_the_orders_state_does_not_matter(self, home: Harness) -> None:
        withdraw(home.bot, Purpose.ORDER, home.token(RUT, Purpose.ORDER), home.now)
        assert hand_back(home) is ResignOutcome.ENDED
        assert home.order().status is Status.WITHDRAWN


class TestWhereADecisionMayNeedMoreThanTheLink:
    @pytest.fixture
    def guarded(self, tmp_path: Path) -> Iterator[Harness]:
        """A bot that asks for a code above 50 000 kr, with an order below that sum."""
        folder = tmp_path / "guarded"
        folder.mkdir()
        with harness(folder, organisation=ORGANISATION, step_up_above=Money(Decimal(50_000))) as made:
            made.mail()
            yield made

    @staticmethod
    def code(home: Harness) -> str:
        found = re.search(r"^ +([0-9]{4} [0-9]{4})\r?$", text_of(home.sent(EVA, "kod för att avsluta")), re.MULTILINE)
        assert found
        return found[1]

    def test_the_link_alone_ends_nothing_whatever_this_order_s_sum(self, guarded: Harness) -> None:
        assert isinstance(hand_back(guarded), CodeAsked)
        assert ended(guarded) == []
        assert guarded.count(EVA, "kod för att avsluta din rätt i Institutionen för datavetenskap") == 1

    def test_the_code_from_the_mail_ends_it_and_decides_nothing(self, guarded: Harness) -> None:
        path = f"/decide/{guarded.token(EVA, Purpose.DECIDE)}"
        with guarded.pages() as browser:
            assert "mejlas en kod" in browser.get(f"{path}/resign").text
            asked = browser.post(f"{path}/resign", data={"unit": "cs"})
            assert asked.headers["Location"] == f"{path}/code"
            guarded.settle()
            page = " ".join(browser.get(f"{path}/code").text.split())
            assert "Kod för att avsluta din rätt i Institutionen för datavetenskap" in page
            assert "Godkänn" not in page
            assert browser.post(f"{path}/code", data={"code": "0000 0000"}).status_code == 403
            assert ended(guarded) == []
            entered = browser.post(f"{path}/code", data={"code": self.code(guarded)})
            assert (entered.status_code, entered.headers["Location"]) == (303, path)
        assert ended(guarded) == [("cs", "order")]
        assert guarded.query("SELECT proof FROM events WHERE what = 'right_returned'") == [("link+code",)]
        guarded.settle()
        assert guarded.order().decision is None

    def test_no_other_browser_enters_it(self, guarded: Harness) -> None:
        token = guarded.token(EVA, Purpose.DECIDE)
        hand_back(guarded)
        other = Caller(browser="x" * 32)
        assert enter_code(guarded.bot, token, self.code(guarded), other, guarded.now) is CodeRefusal.MISSING
        assert ended(guarded) == []

    def test_a_code_for_one_unit_s_right_ends_none_in_another(self, guarded: Harness) -> None:
        asked = hand_back(guarded)
        assert isinstance(asked, CodeAsked)
        guarded.query("UPDATE step_up_codes SET destination = 'fac'")
        token, caller = guarded.token(EVA, Purpose.DECIDE), Caller(asked.browser)
        assert enter_code(guarded.bot, token, self.code(guarded), caller, guarded.now) is CodeRefusal.MISSING
        assert ended(guarded) == []

    def test_it_outlives_the_decision_on_its_order(self, guarded: Harness) -> None:
        asked = hand_back(guarded)
        assert isinstance(asked, CodeAsked)
        guarded.approve()
        token, caller = guarded.token(EVA, Purpose.DECIDE), Caller(asked.browser)
        assert enter_code(guarded.bot, token, self.code(guarded), caller, guarded.now) is ResignOutcome.ENDED

    def test_a_login_is_enough(self, guarded: Harness) -> None:
        token = guarded.token(EVA, Purpose.DECIDE)
        assert resign(guarded.bot, token, "cs", guarded.now, Caller(login=EVA)) is ResignOutcome.ENDED
        assert guarded.query("SELECT proof FROM events WHERE what = 'right_returned'") == [("link+login",)]


class TestBesideADecision:
    def test_a_decision_made_before_stands(self, home: Harness) -> None:
        home.approve()
        hand_back(home)
        home.later(minutes=6)
        assert home.order().status is Status.SENT
        assert home.count(RUT, "Rätten att besluta har ändrats") == 0

    def test_a_decision_after_it_is_refused(self, home: Harness) -> None:
        token = home.token(EVA, Purpose.DECIDE)
        hand_back(home)
        assert home.press(token, Action.APPROVE) is Denial.ENDED

    def test_whichever_of_two_presses_at_once_comes_first_the_order_is_decided_or_moved_never_both(
        self, tmp_path: Path
    ) -> None:
        for attempt in range(6):
            folder = tmp_path / str(attempt)
            folder.mkdir()
            with harness(folder, organisation=ORGANISATION) as home:
                home.mail()
                outcome = self.both_at_once(home)
                home.settle()
                decided = home.order().decision is not None
                assert home.history() == (["opened", "approved"] if decided else ["opened", "moved"])
                assert decided != (outcome is Denial.ENDED)
                assert ended(home) == [("cs", "order")]

    @staticmethod
    def both_at_once(home: Harness) -> PressOutcome:
        token, start = home.token(EVA, Purpose.DECIDE), Barrier(2)
        outcomes: list[PressOutcome] = []

        def deciding() -> None:
            start.wait()
            outcomes.append(press(home.bot, token, Press(Action.APPROVE, 1, "supplier"), home.now))

        def resigning() -> None:
            start.wait()
            resign(home.bot, token, "cs", home.now)

        threads = [Thread(target=deciding), Thread(target=resigning)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return outcomes[0]
