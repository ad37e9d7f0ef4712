"""Who may decide an order, and where an approved one goes (docs/rules/promises.md#route, #decide;
docs/rules/attest.md#r10, #r11, #r12, #r14)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.ordering.routing import route
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Content, Destination, Route, RouteReason, Vat
from mailbot.domain.values.policy import Policy, SelfOrder
from tests.support.samples import (
    ATEA,
    DIRECTORY,
    DUSTIN,
    NILS,
    POLICY,
    content,
    kr,
    line,
)

LIMIT_WITH_VAT = replace(POLICY, limit_includes_vat=True)
SUPPLIER = Route(Destination.SUPPLIER)
INCLUDED = Vat(included=True)


def purchasing(*reasons: RouteReason) -> Route:
    return Route(Destination.PURCHASING, reasons)


def routed(ordered: Content, comment: str = "", policy: Policy = POLICY) -> Route:
    return route(ordered, comment, DIRECTORY, policy)


def denying(rule: SelfOrder) -> Policy:
    return replace(POLICY, self_order=rule)


class TestTheLimit:
    def test_exactly_15000_goes_to_the_supplier(self) -> None:
        assert routed(content(line("15000.00"))) == SUPPLIER

    def test_one_ore_more_goes_to_purchasing(self) -> None:
        assert routed(content(line("15000.01"))) == purchasing(RouteReason.OVER_LIMIT)

    @pytest.mark.parametrize(
        ("price", "vat", "policy", "over"),
        [
            ("15000.00", Vat(), POLICY, False),
            ("15000.01", Vat(), POLICY, True),
            ("18750.00", INCLUDED, POLICY, False),
            ("18750.01", INCLUDED, POLICY, True),
            ("15000.00", INCLUDED, LIMIT_WITH_VAT, False),
            ("15000.01", INCLUDED, LIMIT_WITH_VAT, True),
            ("12000.00", Vat(), LIMIT_WITH_VAT, False),
            ("12000.01", Vat(), LIMIT_WITH_VAT, True),
            ("16800.00", Vat(included=True, rate=Decimal(12)), POLICY, False),
            ("16800.01", Vat(included=True, rate=Decimal(12)), POLICY, True),
            ("15900.00", Vat(included=True, rate=Decimal(6)), POLICY, False),
            ("15900.01", Vat(included=True, rate=Decimal(6)), POLICY, True),
            ("15000.00", Vat(included=True, rate=Decimal(0)), POLICY, False),
            ("15000.01", Vat(included=True, rate=Decimal(0)), POLICY, True),
        ],
    )
    def test_the_order_is_compared_in_the_limits_own_vat_basis(
        self, price: str, vat: Vat, policy: Policy, *, over: bool
    ) -> None:
        assert routed(content(line(price), vat=vat), policy=policy) == (
            purchasing(RouteReason.OVER_LIMIT) if over else SUPPLIER
        )

    @pytest.mark.parametrize(
        ("total", "over"), [("15000.01", True), ("15000.00", False), ("1.00", False)], ids=["above", "at", "below"]
    )
    def test_a_stated_total_above_the_lines_decides_and_one_below_does_not(self, total: str, *, over: bool) -> None:
        assert routed(content(line("9000"), total=kr(total))) == (
            purchasing(RouteReason.OVER_LIMIT) if over else SUPPLIER
        )

    def test_lines_above_a_stated_total_decide(self) -> None:
        assert routed(content(line("15000.01"), total=kr("100"))) == purchasing(RouteReason.OVER_LIMIT)

    def test_all_lines_count_together(self) -> None:
        assert routed(content(line("5000", "2"), line("5000"))) == SUPPLIER
        assert routed(content(line("5000", "2"), line("5000.01"))) == purchasing(RouteReason.OVER_LIMIT)

    def test_a_quantity_is_multiplied_before_it_is_compared(self) -> None:
        assert routed(content(line("10000", "1.5"))) == SUPPLIER
        assert routed(content(line("10000", "1.51"))) == purchasing(RouteReason.OVER_LIMIT)

    def test_another_limit_of_the_policy_is_obeyed(self) -> None:
        policy = replace(POLICY, purchasing_limit=kr("100"))
        assert routed(content(line("100")), policy=policy) == SUPPLIER
        assert routed(content(line("100.01")), policy=policy) == purchasing(RouteReason.OVER_LIMIT)

    @given(st.decimals("0.01", "999999", places=2), st.sampled_from([25, 12, 6, 0]))
    def test_writing_the_same_price_with_vat_never_hides_an_order_above_the_limit(
        self, price: Decimal, rate: int
    ) -> None:
        net = content(line(str(price)), vat=Vat(rate=Decimal(rate)))
        gross = content(line(str(net.total_in(includes_vat=True).amount)), vat=Vat(included=True, rate=Decimal(rate)))
        assert routed(gross) == routed(net)


class TestTheOtherReasons:
    @pytest.mark.parametrize("comment", ["Ring mig först", "?", "  ok  ", "ja"])
    def test_a_comment_of_any_kind_goes_to_purchasing(self, comment: str) -> None:
        assert routed(content(), comment) == purchasing(RouteReason.COMMENT)

    @pytest.mark.parametrize("comment", ["", " ", "\n\t \r\n", "\u00a0"])
    def test_an_empty_comment_is_no_comment(self, comment: str) -> None:
        assert routed(content(), comment) == SUPPLIER

    def test_a_supplier_outside_the_register_goes_to_purchasing(self) -> None:
        assert routed(content(supplier=None)) == purchasing(RouteReason.UNKNOWN_SUPPLIER)

    def test_a_supplier_gone_from_the_register_goes_to_purchasing(self) -> None:
        directory = replace(DIRECTORY, suppliers={ATEA.id: ATEA})
        assert route(content(), "", directory, POLICY) == purchasing(RouteReason.UNKNOWN_SUPPLIER)

    @pytest.mark.parametrize("price", ["1", "99999999"])
    def test_a_foreign_currency_goes_to_purchasing_for_that_reason_alone_whatever_the_amount(self, price: str) -> None:
        ordered = content(line(price, currency="EUR"), currency="EUR")
        assert routed(ordered) == purchasing(RouteReason.FOREIGN_CURRENCY)

    @pytest.mark.parametrize(
        ("countervalue", "over_limit", "expected"),
        [
            ("15000", True, SUPPLIER),
            ("15000.01", True, purchasing(RouteReason.OVER_LIMIT)),
            (None, True, purchasing(RouteReason.FOREIGN_CURRENCY)),  # it may be over the limit
            (None, False, SUPPLIER),
            ("99999999", False, SUPPLIER),
        ],
    )
    def test_where_a_foreign_currency_is_no_reason_its_value_in_kronor_is_compared(
        self, countervalue: str | None, over_limit: bool, expected: Route
    ) -> None:
        policy = replace(POLICY, purchasing_foreign=False, purchasing_over_limit=over_limit)
        ordered = content(line("20000", currency="EUR"), currency="EUR")
        assert routed(replace(ordered, countervalue=kr(countervalue) if countervalue else None), "", policy) == expected

    @pytest.mark.parametrize("declared", [DUSTIN.name, DUSTIN.name.upper(), DUSTIN.org_number])
    def test_rule_61_an_interest_of_any_employee_in_the_supplier_goes_to_purchasing_where_set(
        self, declared: str
    ) -> None:
        anybody = replace(NILS, interests=("Annat AB", declared))
        directory = replace(DIRECTORY, persons={**DIRECTORY.persons, anybody.id: anybody})
        asked = replace(POLICY, purchasing_interests=True)
        assert route(content(), "", directory, asked) == purchasing(RouteReason.INTEREST)
        assert route(content(), "", directory, POLICY) == SUPPLIER
        assert route(content(), "", DIRECTORY, asked) == SUPPLIER

    def test_every_reason_is_named_in_one_order(self) -> None:
        ordered = content(line("15000.01"), supplier=None)
        assert routed(ordered, "Bråttom") == purchasing(
            RouteReason.COMMENT, RouteReason.OVER_LIMIT, RouteReason.UNKNOWN_SUPPLIER
        )
        abroad = content(line("1", currency="EUR"), currency="EUR", supplier=None)
        assert routed(abroad, "Bråttom") == purchasing(
            RouteReason.COMMENT, RouteReason.FOREIGN_CURRENCY, RouteReason.UNKNOWN_SUPPLIER
        )

    def test_an_order_without_any_reason_goes_to_the_supplier(self) -> None:
        assert routed(content()) == SUPPLIER


class TestTheSums:
    @pytest.mark.parametrize(
        ("stated", "differ"),
        [("100.00", False), ("101.00", False), ("99.00", False), ("101.01", True), ("98.99", True)],
    )
    def test_a_difference_of_more_than_one_krona_between_total_and_lines_is_shown(
        self, stated: str, *, differ: bool
    ) -> None:
        assert content(line("100"), total=kr(stated)).sums_differ is differ

    def test_without_a_stated_total_nothing_differs(self) -> None:
        assert not content(line("100")).sums_differ

    def test_each_line_is_rounded_half_up_before_the_sum(self) -> None:
        assert content(line("0.01", "0.5"), line("0.01", "0.5")).total == kr("0.02")

    @pytest.mark.parametrize(
        ("vat", "without", "with_vat"),
        [
            (Vat(), "1000", "1250"),
            (INCLUDED, "800", "1000"),
            (Vat(rate=Decimal(12)), "1000", "1120"),
            (Vat(rate=Decimal(0)), "1000", "1000"),
        ],
    )
    def test_vat_is_reckoned_on_the_sum(self, vat: Vat, without: str, with_vat: str) -> None:
        ordered = content(line("1000"), vat=vat)
        assert ordered.total_in(includes_vat=False) == kr(without)
        assert ordered.total_in(includes_vat=True) == kr(with_vat)

    def test_a_foreign_order_is_summed_in_its_own_currency(self) -> None:
        assert content(line("10", "3", currency="EUR"), currency="EUR").total == Money(Decimal(30), "EUR")
