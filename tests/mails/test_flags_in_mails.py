"""What makes a decision doubtful is told to who decides and to purchasing, each in their own words, and to nobody else;
and of an own order it is said only where it is true that others are told (docs/rules/attest.md#r16;
docs/rules/promises.md#request, #purchasing)."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.ordering.flags import Flag
from mailbot.domain.values.order import Status
from mailbot.domain.values.policy import SelfOrder
from mailbot.presentation import TemplateFilters
from tests.support.harness import DUSTIN, EVA, HEAD, ORDER, ORGANISATION, PURCHASING, RUT, START, Harness, harness
from tests.support.relay import html_of, text_of
from tests.support.stated import StatedUnit

SAY = TemplateFilters("sv", "Europe/Stockholm").say
LARGE = ORDER.replace("12 500", "25 000")
OWN, NEW = Flag.OWN_ORDER, Flag.CHANGED_JUST_BEFORE
SECOND_LOOK = "Titta en extra gång"
HEAD_IS_TOLD = re.compile("[Ee]nhetens chef (?:har fått )?veta det")


def forms(home: Harness, to: str, *words: str) -> list[str]:
    """Return both forms of the newest mail to an address, each with its words in one row."""
    mail = home.sent(to, *words)
    return [" ".join(form.split()) for form in (text_of(mail), html_of(mail))]


@pytest.fixture
def recent(tmp_path: Path) -> Iterator[Harness]:
    """A bot one of whose approvers was appointed an hour before the order."""
    with harness(tmp_path, now=START + timedelta(hours=2)) as made:
        at = (START + timedelta(hours=1)).replace(tzinfo=None).isoformat(" ", "microseconds")
        made.query(f"UPDATE rights SET registered_at = '{at}' WHERE id = (SELECT min(id) FROM rights)")  # noqa: S608
        yield made


class TestFlags:
    def test_who_is_asked_reads_them_in_words_to_them_before_the_buttons(self, recent: Harness) -> None:
        recent.mail()
        for form in forms(recent, EVA):
            assert form.index(SAY(NEW)) < form.index("choice=approve")
            assert SAY(f"flag {NEW}") not in form

    def test_a_reminder_and_a_list_say_them_too(self, recent: Harness) -> None:
        recent.mail()
        recent.mail("", subject="lista", sender=EVA)
        assert all(SAY(NEW) in form for form in forms(recent, EVA))
        recent.later(days=3)
        assert all(SAY(NEW) in form for form in forms(recent, EVA, "Påminnelse"))

    def test_purchasing_reads_those_that_the_decision_raised_as_said_of_another(self, recent: Harness) -> None:
        recent.mail(LARGE)
        recent.approve()
        recent.end_right(EVA)  # what was noted then counts
        recent.later(minutes=6)
        for form in forms(recent, PURCHASING):
            assert SAY(f"flag {NEW}") in form
            assert SAY(NEW) not in form

    def test_supplier_and_requester_read_none(self, recent: Harness) -> None:
        recent.mail()
        recent.approve()
        recent.later(minutes=6)
        told = [mail for to in (RUT, DUSTIN) for mail in recent.relay.mails(to)]
        assert len(told) >= 3
        for mail in told:
            for form in (text_of(mail), html_of(mail)):
                assert not [flag for flag in Flag if SAY(flag) in form or SAY(f"flag {flag}") in form]
                assert SECOND_LOOK not in form

    def test_without_any_nothing_is_said_of_a_second_look(self, home: Harness) -> None:
        home.mail(LARGE)
        home.approve()
        home.later(minutes=6)
        for to in (EVA, PURCHASING):
            assert not any(SAY("flag R6") in form or SECOND_LOOK in form for form in forms(home, to))


class TestAnOrderForAUnitOfOthers:
    def test_is_shown_as_such_to_who_decides_and_to_purchasing_and_goes_the_same_way(self, home: Harness) -> None:
        for sender in ("olle.o@example.se", "ny.person@example.se"):
            home.mail(LARGE, sender=sender)
            assert all(SAY(Flag.OTHER_UNIT) in form for form in forms(home, EVA))
            with home.pages() as browser:
                page = browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text
            assert SAY(Flag.OTHER_UNIT) in page
            home.approve()
            home.later(minutes=6)
            assert all(SAY(Flag.OTHER_UNIT) in form for form in forms(home, PURCHASING))
            assert home.order().status is Status.WITH_PURCHASING

    def test_changes_no_route(self, home: Harness) -> None:
        home.mail(sender="olle.o@example.se")
        home.approve()
        home.later(minutes=6)
        assert home.order().status is Status.SENT

    def test_nothing_is_said_of_one_for_their_own(self, home: Harness) -> None:
        home.mail(LARGE)
        assert not any(SAY(Flag.OTHER_UNIT) in form for form in forms(home, EVA))


@pytest.mark.parametrize("of_unit", [None, SelfOrder.WARN])
def test_rule_16_the_head_reads_that_the_unit_allows_it_only_where_the_unit_said_so(
    of_unit: SelfOrder | None, tmp_path: Path
) -> None:
    units = (StatedUnit("cs", "Datavetenskap", head=HEAD, self_order=of_unit), ORGANISATION.units[1])
    with harness(tmp_path, organisation=replace(ORGANISATION, units=units)) as home:
        home.mail(sender=EVA)
        home.approve()
        for form in forms(home, HEAD):
            assert ("Enheten tillåter det" in form) is (of_unit is not None)
            assert ("en godkännare bör inte godkänna sina egna beställningar" in form) is (of_unit is None)


class TestOwnOrders:
    @pytest.fixture(params=[SelfOrder.WARN, SelfOrder.ALLOW])
    def own(self, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Harness, bool]]:
        """An approver's order, which they decide themself, and whether its unit warns of that."""
        units = (StatedUnit("cs", "Datavetenskap", head=HEAD, self_order=request.param), ORGANISATION.units[1])
        with harness(tmp_path, organisation=replace(ORGANISATION, units=units)) as made:
            made.mail(LARGE, sender=EVA)
            yield made, request.param is SelfOrder.WARN

    def test_no_mail_says_that_the_head_is_told_where_nobody_is(self, own: tuple[Harness, bool]) -> None:
        home, warns = own
        home.approve()
        said = {str(m["Subject"]): " ".join(text_of(m).split()) for m in home.relay.mails(EVA)}
        assert len(said) == 3
        for subject, text in said.items():
            assert bool(HEAD_IS_TOLD.search(text)) is warns, subject
        assert bool(home.count(HEAD)) is warns

    def test_nor_does_the_page(self, own: tuple[Harness, bool]) -> None:
        home, warns = own
        with home.pages() as browser:
            page = browser.get(f"/decide/{home.token(EVA, 'decide')}").text  # type: ignore[arg-type]
        assert bool(HEAD_IS_TOLD.search(page)) is warns

    def test_that_it_is_their_own_is_said_either_way(self, own: tuple[Harness, bool]) -> None:
        home, warns = own
        for form in forms(home, EVA, "/decide/"):
            assert (SAY(OWN) in form) is not warns
            assert ("Det här är din egen beställning" in form) is warns
        home.approve()
        home.later(minutes=6)
        assert all("har både gjort beställningen och godkänt den" in form for form in forms(home, PURCHASING))
