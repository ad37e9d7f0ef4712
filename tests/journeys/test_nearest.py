"""Who is offered, named and reminded is the nearest level that may decide the order, in both profiles; whoever is
above is asked only if the requester insists (docs/rules/promises.md#nearest)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mailbot.domain.values.order import Status
from tests.journeys.browser import Browser
from tests.support.harness import ANNA, EVA, HEAD, RUT, Harness
from tests.support.relay import text_of
from tests.support.university import PEOPLE, person
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
        climbed = [reminded(su, 7) for _ in range(4)]
        assert climbed == [{*IN_CS, "dekan"}, *[{*IN_CS, "dekan", "vicerektor"}] * 3]

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
