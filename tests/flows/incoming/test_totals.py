"""A total that an order states in people's own words; by the basis that it names it decides the limit if it is more."""

import pytest

from mailbot.domain.values.order import Destination
from tests.support.harness import RUT, Harness
from tests.support.relay import text_of

GOODS = "Enhet: cs\nGodkännare: Eva Ek\nLeverantör: Dustin AB\n\n1 st Dator à 12 000 kr\n\n"


def goes_to(home: Harness) -> Destination:
    home.approve()
    route = home.order().route
    assert route is not None
    return route.destination


@pytest.mark.parametrize(
    "stated",
    [
        "Totalt exkl moms: 12 000 kr",
        "Totalsumma (exkl. moms) 12 000 kr",
        "Att betala: 15 000 kr inkl moms",
        "Summa inkl. moms: 15 000 kr",
        "Total (VAT excl.): 12 000 kr",
        "Totalt 12 000 kr",
        "Totalt exkl. 25 % moms: 12 000 kr",
        "Totalt exkl moms: 12 000 kr\nTotalt inkl moms: 15 000 kr",
    ],
)
def test_one_that_agrees_with_the_lines_is_read_and_changes_nothing(home: Harness, stated: str) -> None:
    home.mail(f"{GOODS}{stated}\n")
    content = home.order().content
    assert (content.stated_total, content.total) == (content.line_sum, content.line_sum)
    assert goes_to(home) is Destination.SUPPLIER


@pytest.mark.parametrize(
    ("stated", "where"),
    [
        ("Totalt inkl moms: 18 750 kr", Destination.SUPPLIER),
        ("Totalt inkl moms: 18 751 kr", Destination.PURCHASING),
        ("Totalt exkl moms: 18 750 kr", Destination.PURCHASING),
        ("Att betala 20 000 kr inkl. moms", Destination.PURCHASING),
    ],
)
def test_one_above_the_lines_decides_the_limit_by_the_basis_that_it_names(
    home: Harness, stated: str, where: Destination
) -> None:
    home.mail(f"{GOODS}{stated}\n")
    assert home.order().content.sums_differ
    assert goes_to(home) is where


def test_two_that_disagree_are_asked_back(home: Harness) -> None:
    home.mail(f"{GOODS}Totalt exkl moms: 12 000 kr\nTotalt inkl moms: 16 000 kr\n")
    assert (home.orders(), home.reasons()) == (0, ["problems: conflict"])
    assert "12 000 kr exkl moms; 16 000 kr inkl moms" in text_of(home.sent(RUT)).replace("\u00a0", " ")
