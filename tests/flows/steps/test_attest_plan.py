"""The attest plan, and warnings before it is too late (docs/rules/attest.md#r69)."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.attest_plan import AttestPlan, unit_plan
from mailbot.domain.people.directory import RightKind
from mailbot.domain.values.order import Status
from mailbot.flows.admin.explain import ORPHANED, explained, planned
from mailbot.flows.admin.import_directory import look
from mailbot.flows.clock.new_day import new_day
from mailbot.flows.pages.confirm_plan import FormerHead, HeadsPlan, confirm_plan, see_plan
from mailbot.flows.steps.attest_plan import mail_plan
from mailbot.flows.view import open_view
from mailbot.presentation import TemplateFilters
from tests.support.appointments import DEAN, TREE, send
from tests.support.harness import ANNA, EVA, HEAD, ORDER, ORGANISATION, PURCHASING, Harness, harness
from tests.support.stated import StatedRight

YEAR = timedelta(days=365)


@pytest.fixture
def mailed(home: Harness) -> Harness:
    """A house whose head has been mailed the plan of cs."""
    mail_plan(home.bot, "cs", home.now)
    home.deliver()
    return home


def shown(home: Harness, token: str) -> AttestPlan:
    """Return the plan that the link's page shows."""
    found = see_plan(home.bot, token, home.now)
    assert isinstance(found, HeadsPlan)
    return found.plan


def pass_days(home: Harness, days: int) -> None:
    for _ in range(days):
        home.later(days=1)
        new_day(home.bot, home.now)
        home.settle()


class TestThePlan:
    def test_it_names_everyone_with_a_right_and_opens_on_a_page(self, mailed: Harness) -> None:
        assert mailed.count(HEAD, "Attestplan för Institutionen för datavetenskap", "Eva Ek", "Anna Ask") == 1
        with mailed.pages() as browser:
            page = browser.get(f"/plan/{mailed.token(HEAD, Purpose.PLAN)}")
        assert page.status_code == 200
        assert "Eva Ek" in page.text
        assert "Bekräfta att detta stämmer" in page.text

    def test_its_page_says_who_confirms_and_writes_days_as_people_do(self, mailed: Harness) -> None:
        token = mailed.token(HEAD, Purpose.PLAN)
        first = shown(mailed, token).rows[0].right.valid_from
        with mailed.pages() as browser:
            page = browser.get(f"/plan/{token}").text
        assert "Du bekräftar som Hedvig Hall." in page
        assert first.isoformat() not in page
        assert f"{TemplateFilters('sv', 'Europe/Stockholm').day(first)} –" in page

    def test_its_page_is_in_the_language_of_the_person_who_confirms(self, mailed: Harness) -> None:
        token = mailed.token(HEAD, Purpose.PLAN)
        mailed.query(f"UPDATE people SET language = 'en' WHERE id = {mailed.person(HEAD).id}")  # noqa: S608
        mailed.end_right(ANNA)  # gives the directory a new version
        with mailed.pages() as browser:
            assert "You are confirming as Hedvig Hall." in browser.get(f"/plan/{token}").text

    def test_the_heads_press_confirms_it_and_keeps_what_was_confirmed(self, mailed: Harness) -> None:
        token = mailed.token(HEAD, Purpose.PLAN)
        found = shown(mailed, token)
        with mailed.pages() as browser:
            assert "bekräftad" in browser.post(f"/plan/{token}", data={"digest": found.digest}).text
        mailed.deliver()
        assert mailed.count(PURCHASING, "Attestplan", "Hedvig Hall har bekräftat") == 1
        [(sha256, data)] = mailed.query("SELECT sha256, data FROM blobs")
        assert hashlib.sha256(data).hexdigest() == sha256
        assert "Eva Ek <eva.ek@example.se>" in data.decode()
        assert sha256 in mailed.dump().partition("event_payloads")[2]

    def test_a_plan_that_changed_is_read_again_before_it_is_confirmed(self, mailed: Harness) -> None:
        token = mailed.token(HEAD, Purpose.PLAN)
        found = shown(mailed, token)
        mailed.end_right(ANNA)
        assert confirm_plan(mailed.bot, token, found.digest, mailed.now) is False
        with mailed.pages() as browser:
            answer = browser.post(f"/plan/{token}", data={"digest": found.digest})
        assert (answer.status_code, "har ändrats" in answer.text) == (409, True)
        assert mailed.query("SELECT count(*) FROM events WHERE what = 'plan_confirmed'") == [(0,)]

    def test_somebody_who_no_longer_is_the_head_confirms_nothing(self, mailed: Harness) -> None:
        token = mailed.token(HEAD, Purpose.PLAN)
        found = shown(mailed, token)
        mailed.query(f"UPDATE units SET head_id = {mailed.person(EVA).id} WHERE id = 'cs'")  # noqa: S608
        mailed.end_right(ANNA)  # gives the directory a new version
        assert isinstance(confirm_plan(mailed.bot, token, found.digest, mailed.now), FormerHead)
        assert isinstance(see_plan(mailed.bot, token, mailed.now), FormerHead)
        with mailed.pages() as browser:
            for page in (browser.get(f"/plan/{token}"), browser.post(f"/plan/{token}", data={"digest": found.digest})):
                assert (page.status_code, "inte registrerad som chef" in page.text) == (410, True)
                assert "Eva Ek" not in page.text
                assert "har ändrats" not in page.text
        assert mailed.query("SELECT count(*) FROM events WHERE what = 'plan_confirmed'") == [(0,)]

    def test_looking_changes_nothing(self, mailed: Harness) -> None:
        before = mailed.dump()
        with mailed.pages() as browser:
            for method in ("GET", "HEAD"):
                browser.request(method, f"/plan/{mailed.token(HEAD, Purpose.PLAN)}")
        assert mailed.dump() == before

    def test_each_head_is_asked_once_a_year_where_the_policy_says_so(self, home: Harness) -> None:
        home.change(policy=replace(home.bot.policy, plan_every=YEAR))
        pass_days(home, 3)
        assert home.count(HEAD, "Attestplan") == 0
        home.later(days=362)
        pass_days(home, 3)
        assert home.count(HEAD, "Attestplan för Institutionen för datavetenskap") == 1
        home.later(days=360)
        pass_days(home, 8)
        assert home.count(HEAD, "Attestplan för Institutionen för datavetenskap") == 2


class TestWarnings:
    def test_people_are_told_a_month_and_a_week_before_a_right_runs_out(self, tmp_path: Path) -> None:
        end = date(2026, 4, 30)  # 59 days away
        rights = (replace(ORGANISATION.rights[0], valid_to=end), ORGANISATION.rights[1])
        with harness(tmp_path, organisation=replace(ORGANISATION, rights=rights)) as other:
            told = []
            for _ in range(59):
                pass_days(other, 1)
                told.append(other.count(EVA, "går ut", "30 april 2026"))
            assert [day for day, (a, b) in enumerate(zip([0, *told], told, strict=False), 1) if a != b] == [29, 52]
            assert other.count(HEAD, "går ut") == 2
            assert other.count(ANNA, "går ut") == 0

    def test_one_that_is_continued_is_not(self, tmp_path: Path) -> None:
        end = date(2026, 3, 20)
        later = StatedRight(EVA, "cs", RightKind.ORDER, valid_from=end + timedelta(days=1))
        rights = (replace(ORGANISATION.rights[0], valid_to=end), ORGANISATION.rights[1], later)
        with harness(tmp_path, organisation=replace(ORGANISATION, rights=rights)) as other:
            pass_days(other, 20)
            assert other.count("", "går ut") == 0

    def test_a_unit_with_one_approver_left_is_reported_once(self, home: Harness) -> None:
        pass_days(home, 2)
        assert home.count(HEAD, "bara en godkännare") == 0
        home.end_right(ANNA)
        pass_days(home, 3)
        assert home.count(HEAD, "bara en godkännare") == 1


LEFT_BEHIND = replace(
    TREE,
    rights=(
        *(replace(right, delegated_from=HEAD) if right.person == ANNA else right for right in TREE.rights),
        StatedRight(HEAD, "cs", RightKind.ORDER, valid_from=date(2026, 1, 1), valid_to=date(2026, 3, 3)),
    ),
)
"""Hedvig, who heads cs, has delegated Anna's right there; her own ends the day after the first."""


class TestWhatADelegatorLeavesBehind:
    """Found W1: delegates survive their delegator, and nobody was asked."""

    @pytest.fixture
    def left(self, tmp_path: Path) -> Iterator[Harness]:
        with harness(tmp_path, organisation=LEFT_BEHIND) as home:
            new_day(home.bot, home.now)
            yield home

    def test_the_head_is_asked_to_confirm_it_and_silence_ends_nothing(self, left: Harness) -> None:
        pass_days(left, 5)
        assert left.count(HEAD, "Anna Ask", "som inte längre har rätten: inte bekräftad") == 1
        left.mail(ORDER.replace("Eva Ek", "Anna Ask"))
        left.approve(ANNA)
        assert left.order().status is Status.APPROVED

    def test_plan_and_explain_mark_it_until_it_is_confirmed(self, left: Harness) -> None:
        left.mail(ORDER.replace("Eva Ek", "Anna Ask"))
        assert not any(ORPHANED in line for line in told(left))
        pass_days(left, 2)
        assert len([line for line in told(left) if ORPHANED in line]) == 2
        found = shown(left, left.token(HEAD, Purpose.PLAN))
        assert confirm_plan(left.bot, left.token(HEAD, Purpose.PLAN), found.digest, left.now)
        assert not any(ORPHANED in line for line in told(left))
        assert len([line for line in told(left) if "kept by Hedvig Hall" in line]) == 2

    def test_the_level_above_is_asked_each_month_until_it_is_confirmed(self, left: Harness) -> None:
        pass_days(left, 70)
        assert left.count(HEAD, "inte bekräftad") == 1
        assert left.count(DEAN, "inte bekräftad") == 2
        token = left.token(DEAN, Purpose.PLAN)
        assert confirm_plan(left.bot, token, shown(left, token).digest, left.now)
        pass_days(left, 40)
        assert left.count(DEAN, "inte bekräftad") == 2

    def test_nobody_confirms_their_own(self, tmp_path: Path) -> None:
        units = (replace(u, head=ANNA) if u.id == "cs" else u for u in LEFT_BEHIND.units)
        with harness(tmp_path, organisation=replace(LEFT_BEHIND, units=tuple(units))) as home:
            new_day(home.bot, home.now)
            pass_days(home, 2)
            assert home.count(ANNA, "inte bekräftad") == 0
            assert home.count(DEAN, "inte bekräftad") == 1
            mail_plan(home.bot, "cs", home.now)
            home.deliver()
            token = home.token(ANNA, Purpose.PLAN)
            assert confirm_plan(home.bot, token, shown(home, token).digest, home.now)
            assert [row.person.name for row in shown(home, token).orphans] == ["Anna Ask"]

    def test_it_is_marked_again_when_who_kept_it_has_left(self, left: Harness) -> None:
        pass_days(left, 2)
        token = left.token(HEAD, Purpose.PLAN)
        confirm_plan(left.bot, token, shown(left, token).digest, left.now)
        send(left, f"Beställningsordning\nEnhet: cs\nMedarbetare: {HEAD}\nSista arbetsdag: nu\n")
        assert len([line for line in told(left) if ORPHANED in line]) == 1

    def test_a_line_of_the_file_does_not_unsay_it(self, left: Harness) -> None:
        pass_days(left, 2)
        token = left.token(HEAD, Purpose.PLAN)
        confirm_plan(left.bot, token, shown(left, token).digest, left.now)
        assert not look(left.bot, LEFT_BEHIND.numbered, left.now).changes


def told(home: Harness) -> list[str]:
    """Return what `plan` prints, and `explain` of the order if there is one."""
    with open_view(home.bot, home.now) as view:
        found = list(planned(unit_plan("cs", view.directory, view.day), {}))
        return found + (list(explained(view, home.order())) if home.orders() else [])


def test_finance_gets_the_confirmed_plan_where_there_is_finance(mailed: Harness) -> None:
    mailed.change(addresses=replace(mailed.bot.addresses, finance="ekonomi@example.se"))
    token = mailed.token(HEAD, Purpose.PLAN)
    with mailed.pages() as browser:
        assert (
            "Ekonomiavdelningen har fått en kopia"
            in browser.post(f"/plan/{token}", data={"digest": shown(mailed, token).digest}).text
        )
    mailed.deliver()
    assert mailed.count("ekonomi@example.se", "Attestplan", "Hedvig Hall har bekräftat") == 1
    assert mailed.count(PURCHASING, "Attestplan") == 0
