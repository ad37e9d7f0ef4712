"""An order's sums with and without VAT: each line by its own rate, rounded to öre, never less than the lines say."""

from decimal import Decimal

import pytest

from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Content, Line, Vat


def line(price: str, rate: int | None = None, quantity: int = 1, discount: str = "") -> Line:
    own = None if rate is None else Decimal(rate)
    return Line("Vara", Decimal(quantity), kr(price), discount=kr(discount) if discount else None, vat_rate=own)


def kr(amount: str) -> Money:
    return Money(Decimal(amount))


def content(*lines: Line, included: bool = False, stated: str = "", rate: int = 25) -> Content:
    vat = Vat(included, Decimal(rate))
    return Content("cs", 1, "Dustin AB", None, lines, "SEK", vat, kr(stated) if stated else None, {})


def test_each_line_is_counted_by_its_own_rate() -> None:
    order = content(line("100"), line("200", rate=12), line("300", rate=0))
    assert order.total_in(includes_vat=False) == kr("600")
    assert order.total_in(includes_vat=True) == kr("649")


def test_so_it_is_where_prices_hold_vat() -> None:
    order = content(line("125"), line("224", rate=12), line("300", rate=0), included=True)
    assert order.total_in(includes_vat=True) == kr("649")
    assert order.total_in(includes_vat=False) == kr("600")


def test_of_one_rate_the_sum_is_counted_at_once_so_that_no_rounding_adds_up() -> None:
    assert content(*[line("0.02")] * 10).total_in(includes_vat=True) == kr("0.25")


def test_of_several_rates_every_line_is_rounded_half_up_to_ore() -> None:
    assert content(line("0.02"), line("0.02"), line("1", rate=12)).total_in(includes_vat=True) == kr("1.18")


@pytest.mark.parametrize("included", [False, True])
@pytest.mark.parametrize("with_vat", [False, True])
@pytest.mark.parametrize("stated", ["601", "649", "10000"])
def test_a_stated_total_above_the_lines_never_makes_a_smaller_sum_than_they_do(
    stated: str, *, included: bool, with_vat: bool
) -> None:
    lines = (line("100"), line("200", rate=12), line("300", rate=0))
    by_lines = content(*lines, included=included).total_in(includes_vat=with_vat)
    assert content(*lines, included=included, stated=stated).total_in(includes_vat=with_vat) >= by_lines


def test_what_is_stated_above_the_lines_counts_by_the_rate_that_makes_most_of_it() -> None:
    lines = (line("100"), line("200", rate=12))
    assert content(*lines, stated="1000").total_in(includes_vat=True) == kr("1250")
    assert content(*lines, included=True, stated="1120").total_in(includes_vat=False) == kr("1000")


def test_a_stated_total_below_the_lines_changes_nothing() -> None:
    lines = (line("100"), line("200", rate=12))
    assert content(*lines, stated="10").total_in(includes_vat=True) == content(*lines).total_in(includes_vat=True)


def test_a_discount_lowers_the_line_before_its_vat() -> None:
    order = content(line("100", quantity=3, discount="30"), line("100", rate=12))
    assert (order.line_sum, order.total_in(includes_vat=True)) == (kr("370"), kr("449.50"))


def test_a_foreign_orders_value_in_kronor_counts_by_the_worst_rate() -> None:
    euros = tuple(Line("Vara", Decimal(1), Money(Decimal(10), "EUR"), vat_rate=rate) for rate in (None, Decimal(0)))
    order = Content("cs", 1, "X", None, euros, "EUR", Vat(), None, {}, countervalue=kr("100"))
    assert order.countervalue_in(includes_vat=True) == kr("125")
