"""Who is offered, named and reminded is the nearest level that may decide the order, in both profiles; whoever is
above is asked only if the requester insists (docs/rules/promises.md#nearest)."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot.domain.values.order import Status
from mailbot.domain.values.policy import ReminderWait
from tests.journeys.browser import Browser
from tests.support.harness import ANNA, EVA, HEAD, ORDER, RUT, Harness, harness
from tests.support.relay import text_of
from tests.support.university import PEOPLE, person, shipped
from tests.support.university_harness import TODAY, University, form, university

IN_CS = {"prefekt", "administrativ chef", "ämnesansvarig"}
ABOVE = {"dekan", "vicerektor", "rektor", "styrelsens ordförande", "prorektor", "prodekan"}


@pytest.fixture
def su(tmp_path: Path) -> Iterator[University]:
    with university(tmp_path) as made:
        yield made


def reminded(su: University, days: int) -> set[str]:
    """Let days pass, and return by post who was mailed about the newest order in them."""
    number, before = su.home.order().number, {who: su.told(who) for who in PEOPLE}
    for _ in range(days):
        su.home.later(days=1)
    return {who for who in PEOPLE if su.told(who) > before[who] and su.told(who, number)}


class TestProfileSu:
    def test_a_small_order_names_and_reminds_the_institution_and_climbs_but_never_to_the_rector(
        self, su: University
    ) -> None:
        su.order("9 000")
        receipt = text_of(su.sent("Rut"))
        assert "besluta om beställningen: Administrativ chef, Prefekt, Ämnesansvarig." in " ".join(receipt.split())
        assert su.asked() == ["prefekt"]
        page = su.page("Rut", purpose="order").text
        for who in ABOVE:
            assert who.capitalize() not in receipt + page

        assert reminded(su, 4) == {"prefekt"}
        assert reminded(su, 3) == IN_CS
        assert reminded(su, 4) == {*IN_CS, "Rut"}  # the prefekt is the head, too
        assert reminded(su, 7) == {*IN_CS, "dekan"}
        for _ in range(2):
            assert reminded(su, 14) == {*IN_CS, "dekan", "vicerektor"}

    def test_who_names_somebody_above_is_asked_back_once_and_may_insist(self, su: University) -> None:
        su.mail("Rut", form("9 000", unit="cs", to="rektor"))
        asked_back = su.sent("Rut", "Någon närmare enheten kan besluta")
        assert not su.told("rektor")
        offered = text_of(asked_back).partition("Du kan också kopiera")[0]
        assert {name for name in PEOPLE if f"Godkännare: {name.capitalize()}\n" in offered} == IN_CS
        assert f"Godkännare: {person('rektor').address}\n" in offered

        su.mail("Rut", "Godkännare: Rektor", subject="Sv: Beställning", answers=asked_back)
        assert su.asked() == ["rektor"]
        assert reminded(su, 4) == {"rektor"}
        assert reminded(su, 3) == {*IN_CS, "rektor"}

    def test_f4_who_hands_over_is_offered_the_nearest_and_insists_on_one_level_up(self, su: University) -> None:
        su.order("9 000")
        page = su.page("prefekt")
        near, above = page.text.split("Fråga någon högre upp i stället")
        assert {name for name in PEOPLE if name.capitalize() in near} >= IN_CS
        assert {who for who in ABOVE if who.capitalize() in near + above} == {"dekan"}
        assert "Dekan" in above
        for who in ("dekan", "rektor"):
            su.press(page, "hand_over", to=str(su.home.person(person(who).address).id))
            assert su.asked() == ["prefekt"]
        su.press(page, "hand_over", anyway="hand_over", to=str(su.home.person(person("rektor").address).id))
        assert su.asked() == ["prefekt"]
        su.press(page, "hand_over", anyway="hand_over", to=str(su.home.person(person("dekan").address).id))
        assert su.asked() == ["prefekt", "dekan"]

    def test_who_answers_with_the_nearest_gets_that(self, su: University) -> None:
        su.mail("Rut", form("9 000", unit="cs", to="dekan"))
        su.mail("Rut", "Godkännare: Prefekt", subject="Sv:", answers=su.sent("Rut", "Någon närmare enheten"))
        assert su.asked() == ["prefekt"]
        assert not su.told("dekan")

    def test_the_amount_and_absence_say_who_is_nearest(self, su: University) -> None:
        su.order("600 000")
        assert "besluta om beställningen: Prefekt." in text_of(su.sent("Rut"))
        su.mail("prefekt", subject=f"borta {TODAY}–{TODAY}")
        su.mail("ställföreträdande prefekt", subject=f"borta {TODAY}–{TODAY}")
        su.order("600 000", to="dekan")
        assert su.asked() == ["dekan"]

    def test_a_superior_s_list_shows_their_own_first_and_units_below_behind_a_link(self, su: University) -> None:
        below = su.order("9 000")
        own = su.order("600 000", unit="mat", to="dekan")
        su.mail("dekan", subject="lista")
        listed = text_of(su.sent("dekan", "/list/", "i enheter under din"))
        assert (own.number in listed, below.number in listed) == (True, False)

        page = su.page("dekan", purpose="list")
        assert (own.number in page.text, below.number in page.text) == (True, False)
        assert "1 beställning i enheter under din" in page.text
        others = Browser().answer(f"{su.url('dekan', purpose='list')}/below/1")
        assert (own.number in others.text, below.number in others.text) == (False, True)

        su.mail("prefekt", subject="lista")  # of whose units it is
        assert below.number in text_of(su.sent("prefekt", "/list/"))
        opened = Browser().answer(f"{su.url('dekan', purpose='list')}/open/{below.reference}", b"")
        assert (opened.status, below.number in opened.text) == (200, True)


class TestProfileUmu:
    def test_every_approver_of_the_unit_is_named_and_reminded_and_nobody_above_is_there(self, home: Harness) -> None:
        home.mail()
        assert "besluta om beställningen: Anna Ask, Eva Ek." in text_of(home.sent(RUT))
        assert (home.count(EVA), home.count(ANNA)) == (1, 0)
        home.later(days=3)
        assert (home.count(EVA), home.count(ANNA)) == (2, 0)
        home.later(days=4)
        assert (home.count(EVA), home.count(ANNA), home.count(HEAD)) == (3, 1, 0)
        home.later(days=4)
        assert (home.count(EVA), home.count(ANNA), home.count(HEAD)) == (4, 2, 1)
        assert home.order().status is Status.PENDING


BEFORE_CHRISTMAS = datetime(2026, 12, 22, 9, tzinfo=UTC)


def days_of_reminders(home: Harness, until: date) -> list[str]:
    """Let the days pass one by one, and return those on which a reminder was counted."""
    found = []
    while home.now.date() < until:
        before = home.order().reminders
        home.later(days=1)
        found += [home.now.date().isoformat()] * (home.order().reminders - before)
    return found


def said_of_the_next(mail: EmailMessage) -> str:
    """Return what a reminder says comes next."""
    [said] = re.findall(r"Om ingen har beslutat senast .*?(?=\n\n)", text_of(mail), re.DOTALL)
    return " ".join(said.split())


class TestOverChristmas:
    """docs/rules/promises.md#reminders: the first after three days whatever day it is, later ones on working days."""

    DAYS = ("2026-12-25", "2026-12-28", "2027-01-04", "2027-01-11")

    def test_in_profile_umu_and_each_says_what_comes_next(self, tmp_path: Path) -> None:
        with harness(tmp_path, now=BEFORE_CHRISTMAS, remind_waits=shipped("umu").remind_waits) as home:
            home.mail()
            assert days_of_reminders(home, date(2026, 12, 27)) == [self.DAYS[0]]
            assert home.count(ANNA) == 0
            said = "Om ingen har beslutat senast 28 dec. 2026 kl. 10:00 går nästa påminnelse även till Anna Ask."
            assert said_of_the_next(home.sent(EVA)) == said
            assert days_of_reminders(home, date(2026, 12, 31)) == [self.DAYS[1]]
            said = said_of_the_next(home.sent(ANNA))
            assert "4 jan. 2027 kl. 10:00 går nästa påminnelse även till Hedvig Hall." in said
            assert said.endswith("Även beställaren och inköpsfunktionen meddelas då.")
            assert days_of_reminders(home, date(2027, 1, 12)) == list(self.DAYS[2:])
            assert "11 jan. 2027" in said_of_the_next(home.relay.mails(HEAD)[0])
            assert said_of_the_next(home.sent(EVA)).endswith("skickas en ny påminnelse.")

    def test_in_profile_su_and_each_says_what_comes_next(self, tmp_path: Path) -> None:
        with university(tmp_path, now=BEFORE_CHRISTMAS) as su:
            su.order()
            assert days_of_reminders(su.home, date(2026, 12, 27)) == [self.DAYS[0]]
            assert said_of_the_next(su.sent("prefekt")).endswith("även till Administrativ chef, Ämnesansvarig.")
            assert days_of_reminders(su.home, date(2026, 12, 31)) == [self.DAYS[1]]
            assert days_of_reminders(su.home, date(2027, 1, 5)) == [self.DAYS[2]]
            assert said_of_the_next(su.sent("prefekt")).endswith("går nästa påminnelse även till Dekan.")
            assert not su.told("dekan")
            assert days_of_reminders(su.home, date(2027, 1, 12)) == [self.DAYS[3]]
            assert said_of_the_next(su.sent("dekan")).endswith("går nästa påminnelse även till Vicerektor.")

    def test_settings_turn_it_off_or_let_the_first_wait_too(self, tmp_path: Path) -> None:
        off = ["2026-12-25", "2026-12-28", "2026-12-31", "2027-01-07"]
        for which, days in ((ReminderWait.NONE, off), (ReminderWait.ALL, [self.DAYS[1], "2027-01-04", "2027-01-07"])):
            (tmp_path / which).mkdir()
            with harness(tmp_path / which, now=BEFORE_CHRISTMAS, remind_waits=which) as home:
                home.mail()
                assert days_of_reminders(home, date(2027, 1, 10)) == days, which

    def test_a_quote_that_runs_out_and_a_wanted_day_bring_it_forward(self, tmp_path: Path) -> None:
        with harness(tmp_path, now=BEFORE_CHRISTMAS, remind_waits=ReminderWait.LATER) as home:
            home.mail(f"{ORDER}\nOffert giltig till: 23/12\n")
            assert days_of_reminders(home, date(2026, 12, 24)) == ["2026-12-23"]
            assert re.search(r"Offert giltig till:? +23/12", text_of(home.sent(EVA)))
        (tmp_path / "su").mkdir()
        with university(tmp_path / "su", now=BEFORE_CHRISTMAS) as su:
            su.order(Önskat_leveransdatum="2026-12-24")
            assert days_of_reminders(su.home, date(2026, 12, 30)) == ["2026-12-23", "2026-12-28"]
