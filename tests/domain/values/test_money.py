"""Money and the reading of written amounts: docs/rules/promises.md#amounts, #quantities;
docs/rules/mail.md#f73, #f74."""

import decimal
import time
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.values import money
from mailbot.domain.values.money import (
    AmountProblem,
    BadAmount,
    Money,
    parse_quantity,
    quantity_readings,
)
from mailbot.languages import LANGUAGES, VOCABULARY
from mailbot.mail.reading.amounts import parse_amount
from mailbot.presentation import figure

ORE_BELOW_THE_CEILING = st.integers(min_value=1, max_value=99_999_999_999)
LARGE_ORE = st.integers(min_value=-(10**48), max_value=10**48)
ANY_ORE = st.integers(min_value=-(10**30), max_value=10**30)
FACTORS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**9), max_value=10**9)
ALMOST_AMOUNTS = st.text(alphabet="0123456789" * 3 + " .,:-−–\u00a0\u202f\u200b²٣krtmnsek€$E", max_size=30)
NBSP = "\u00a0"
WIDE = decimal.Context(prec=60)
HOSTILE = decimal.Context(prec=2, rounding=decimal.ROUND_UP, traps=[decimal.Inexact, decimal.Rounded])


def amount_readings(text: str) -> tuple[Money, ...]:
    return money.amount_readings(text, VOCABULARY)


def sek(amount: str) -> Money:
    return Money(Decimal(amount))


def amount_problem(text: str) -> AmountProblem | None:
    found = parse_amount(text)
    return found.kind if isinstance(found, BadAmount) else None


def quantity_problem(text: str) -> AmountProblem | None:
    found = parse_quantity(text)
    return found.kind if isinstance(found, BadAmount) else None


def half_up_to_ore(exact: Fraction) -> Decimal:
    """Round by whole numbers only, as an independent judge of the module's rounding."""
    ore = (abs(exact) * 200 + 1) // 2
    return Decimal((int(exact < 0 and ore > 0), tuple(int(d) for d in str(ore)), -2))


def in_groups(kronor: int, space: str) -> str:
    return f"{kronor:,}".replace(",", space)


class TestAmountsThatAreRead:
    @pytest.mark.parametrize(
        ("text", "amount"),
        [
            ("15 000,00", "15000"),
            ("15\u00a0000,00", "15000"),
            ("15\u202f000,00", "15000"),
            ("15\u2009000,00", "15000"),
            ("15\u2007000,00", "15000"),
            ("15\u2008000,00", "15000"),
            ("15.000,00", "15000"),
            ("15.000", "15000"),
            ("15,000.00", "15000"),
            ("15 000:-", "15000"),
            ("15.000:-", "15000"),
            ("15000", "15000"),
        ],
    )
    def test_every_form_in_the_table_of_number_forms_means_fifteen_thousand(self, text: str, amount: str) -> None:
        assert parse_amount(text) == sek(amount)

    @pytest.mark.parametrize(
        ("text", "amount"),
        [
            ("12 500,00", "12500"),
            ("12.500,00", "12500"),
            ("12,500.00", "12500"),
            ("12500:-", "12500"),
            ("SEK 1 234", "1234"),
            ("1 234,5 kr", "1234.50"),
            ("12\u00a0500\u202f000 kr", "12500000"),
        ],
    )
    def test_the_forms_seen_in_order_mails_are_read(self, text: str, amount: str) -> None:
        assert parse_amount(text) == sek(amount)

    @pytest.mark.parametrize(
        ("text", "amount"),
        [
            ("1.234", "1234"),
            ("1.000", "1000"),
            ("999.999", "999999"),
            ("1.234.567", "1234567"),
            ("1.234 kr", "1234"),
            ("15.000:50", "15000.50"),
        ],
    )
    def test_a_dot_before_three_digits_is_thousands(self, text: str, amount: str) -> None:
        assert parse_amount(text) == sek(amount)

    @pytest.mark.parametrize(
        ("text", "amount"), [("1,5", "1.50"), ("1,50", "1.50"), ("0,05", "0.05"), ("15000,5", "15000.50")]
    )
    def test_a_comma_before_one_or_two_digits_is_the_decimal_sign(self, text: str, amount: str) -> None:
        assert parse_amount(text) == sek(amount)

    @pytest.mark.parametrize(
        ("text", "amount"), [("1.5", "1.50"), ("1.50", "1.50"), ("15000.00", "15000"), ("1 000.50", "1000.50")]
    )
    def test_a_dot_before_one_or_two_digits_is_the_decimal_sign(self, text: str, amount: str) -> None:
        assert parse_amount(text) == sek(amount)

    @pytest.mark.parametrize(
        ("text", "amount"),
        [("12,500.00", "12500"), ("1,234,567.89", "1234567.89"), ("$1,234.56", "1234.56"), ("12,500.5", "12500.50")],
    )
    def test_a_decimal_dot_settles_that_the_comma_before_it_is_thousands(self, text: str, amount: str) -> None:
        found = parse_amount(text)
        assert isinstance(found, Money)
        assert found.amount == Decimal(amount)

    @pytest.mark.parametrize(("text", "amount"), [("34:50", "34.50"), ("0:50 kr", "0.50"), ("1 234:05", "1234.05")])
    def test_two_digits_after_a_colon_are_ore(self, text: str, amount: str) -> None:
        assert parse_amount(text) == sek(amount)

    @pytest.mark.parametrize(
        "text", ["500:-", "500,-", "500 :-", "500:–", "500,—", "500:\u2212", "500:- kr", "500,- kronor", "kr 500:-"]
    )
    def test_a_colon_or_comma_with_any_dash_after_the_number_says_no_ore(self, text: str) -> None:
        assert parse_amount(text) == sek("500")

    @pytest.mark.parametrize(
        "text", ["500 kr", "500kr", "500 KR", "500 kr.", "kr 500", "Kr500", "1 kronor", "1 krona", "500 SEK", "sek 500"]
    )
    def test_kr_kronor_and_sek_before_or_after_mean_swedish_kronor(self, text: str) -> None:
        assert parse_amount(text, currency="EUR") == sek("1" if "kron" in text else "500")

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("EUR 500", "EUR"),
            ("500 eur", "EUR"),
            ("€500", "EUR"),
            ("500,00 €", "EUR"),
            ("€ 500 EUR", "EUR"),
            ("500,- EUR", "EUR"),
            ("USD 500", "USD"),
            ("$500", "USD"),
            ("＄500", "USD"),
            ("500 NOK", "NOK"),
            ("DKK 500", "DKK"),
            ("500 GBP", "GBP"),
            ("£500.00", "GBP"),
        ],
    )
    def test_another_currency_is_read_as_that_currency(self, text: str, code: str) -> None:
        assert parse_amount(text) == Money(Decimal(500), code)

    @pytest.mark.parametrize("text", ["500", "500,00", "500,-", "500:00"])
    def test_the_given_currency_holds_where_the_text_names_none(self, text: str) -> None:
        assert parse_amount(text, currency="EUR") == Money(Decimal(500), "EUR")
        assert parse_amount(text) == sek("500")

    def test_a_colon_and_dash_name_kronor_whatever_currency_was_given(self) -> None:
        assert parse_amount("500:-", currency="EUR") == sek("500")

    @pytest.mark.parametrize("word", ["tkr", "t kr", "kkr", "ksek", "TKR", "kSEK"])
    def test_thousands_of_kronor_are_multiplied_out(self, word: str) -> None:
        assert parse_amount(f"15 {word}") == parse_amount(f"SEK 15{word}") == sek("15000")

    @pytest.mark.parametrize("word", ["mnkr", "mn kr", "Mkr", "mkr", "MSEK"])
    def test_millions_of_kronor_are_multiplied_out(self, word: str) -> None:
        assert parse_amount(f"15 {word}") == parse_amount(f"15,0 {word}") == sek("15000000")

    @pytest.mark.parametrize(
        ("text", "amount"),
        [("1,5 tkr", "1500"), ("1.5 tkr", "1500"), ("0,25 mnkr", "250000"), ("1.250,5 tkr", "1250500")],
    )
    def test_a_multiplied_figure_may_have_one_or_two_decimals(self, text: str, amount: str) -> None:
        assert parse_amount(text) == sek(amount)

    @pytest.mark.parametrize(
        "text", ["１５　０００，００", "15\u200b 000", "\u202a15 000\u202c kr", "\ufeff15000", "𝟏𝟓𝟎𝟎𝟎"]
    )
    def test_wide_digits_are_folded_and_invisible_controls_dropped(self, text: str) -> None:
        found = parse_amount(text)
        assert found == sek("15000")
        assert str(found).isascii()

    def test_leading_zeros_of_an_ungrouped_number_change_nothing(self) -> None:
        assert parse_amount("0015") == sek("15")

    def test_the_highest_amount_taken_is_one_ore_below_a_thousand_million(self) -> None:
        assert parse_amount("999 999 999,99") == sek("999999999.99")
        assert parse_amount("0,01") == sek("0.01")

    def test_reading_does_not_depend_on_the_decimal_context_of_the_caller(self) -> None:
        with decimal.localcontext(HOSTILE):
            assert parse_amount("1.234,56 tkr") == Money(Decimal("1234560.00"))
            assert parse_quantity("1 234,56") == Decimal("1234.56")


class TestAmountsThatAreRefused:
    @pytest.mark.parametrize(
        "text", ["15,000", "15,000 kr", "SEK 1,234", "15,000:-", "15,000,-", "1,234:50", "1,234,567", "1,000", "0,500"]
    )
    def test_a_comma_before_three_digits_is_asked_back(self, text: str) -> None:
        assert amount_problem(text) is AmountProblem.AMBIGUOUS

    @pytest.mark.parametrize(
        "text", ["1 234,567", "1.234,567", "1234,567", "1,234.567", "1 234.567", "1234.567", "0.500", "015.000"]
    )
    def test_three_digits_after_a_sign_that_cannot_be_thousands_are_asked_back(self, text: str) -> None:
        assert amount_problem(text) is AmountProblem.AMBIGUOUS

    @pytest.mark.parametrize("text", ["1,250 tkr", "1.250 tkr", "1.250 mnkr", "1,250 Mkr"])
    def test_three_digits_after_a_sign_in_a_multiplied_figure_are_asked_back(self, text: str) -> None:
        assert amount_problem(text) is AmountProblem.AMBIGUOUS

    @pytest.mark.parametrize("text", ["0", "0,00", "0.0", "0:-", "0:00", "0 kr", "0,0000", "0 tkr", "00"])
    def test_zero_is_refused(self, text: str) -> None:
        assert amount_problem(text) is AmountProblem.NOT_POSITIVE

    @pytest.mark.parametrize(
        "text",
        ["-500", "\u2212500", "–500", "- 500 kr", "-kr 500", "kr -500", "SEK\u00a0\u2212500", "－500", "-1,5 tkr"],
    )
    def test_a_negative_amount_is_refused_whatever_dash_is_used(self, text: str) -> None:
        assert amount_problem(text) is AmountProblem.NOT_POSITIVE

    @pytest.mark.parametrize(
        "text", ["1000000000", "1 000 000 000 kr", "1.000.000.000,00", "1 000 mnkr", "1 000 000 tkr", "9" * 200]
    )
    def test_a_thousand_million_and_more_is_too_large(self, text: str) -> None:
        assert amount_problem(text) is AmountProblem.TOO_LARGE

    @pytest.mark.parametrize("text", ["1,2345", "1.2345", "1,0000 kr", "15000,00000", "1,2345 mnkr", f"1,{1:0100}"])
    def test_more_than_three_decimals_are_refused_as_too_many(self, text: str) -> None:
        assert amount_problem(text) is AmountProblem.TOO_MANY_DECIMALS

    @pytest.mark.parametrize("text", ["", " ", "\u00a0\u2009", "\t\r\n", "\u200b\u202e\ufeff"])
    def test_nothing_visible_is_empty(self, text: str) -> None:
        assert amount_problem(text) is quantity_problem(text) is AmountProblem.EMPTY

    @pytest.mark.parametrize(
        "text",
        [
            *("1.50.000", "1.5.0", "1,50,000", "1.000.50", "1,234,56", "1.000 000", "1 000.000 000", "15 00"),
            *("15  000", "1 0000", "0 500", "1.000.00", "1,5.000", "08 123 456", "15\t000", "15\n000", "1'000"),
        ],
    )
    def test_groups_that_are_not_all_three_digits_with_one_sign_are_unreadable(self, text: str) -> None:
        assert amount_problem(text) is AmountProblem.UNREADABLE

    @pytest.mark.parametrize("text", [".50", ",50", "kr.50", "kr .50", "-.50", "$.50", "15.", "15,", "15.000,"])
    def test_a_decimal_sign_without_digits_on_both_sides_is_unreadable(self, text: str) -> None:
        assert amount_problem(text) is AmountProblem.UNREADABLE

    @pytest.mark.parametrize(
        "text",
        [
            *("NaN", "sNaN", "inf", "Infinity", "1e9", "1E+3", "0x10", "1_000", "+500", "--500", "500-", "(500)"),
            *("kr", "-", ":-", "femton", "ca 500", "500-600", "500 60", "10 %", "500 kr/st", "500 kr 600"),
            *("500 kr kr", "500 kr exkl. moms", "<500>", "500;", "5 500 50"),
        ],
    )
    def test_what_is_no_plain_number_is_unreadable(self, text: str) -> None:
        assert amount_problem(text) is AmountProblem.UNREADABLE

    @pytest.mark.parametrize(
        "text", ["15²", "½", "1½", "①", "15₂", "⒈", "🄁", "١٥٠", "15٠", "１٥", "१५", "Ⅷ", "1\u0336500", "1️⃣"]
    )
    def test_only_digits_that_fold_to_ascii_count(self, text: str) -> None:
        assert amount_problem(text) is quantity_problem(text) is AmountProblem.UNREADABLE

    @pytest.mark.parametrize(
        "text", ["EUR 500 kr", "kr 500 EUR", "€500:-", "500:- EUR", "$ 500 EUR", "EUR 5 tkr", "NOK 500 kronor"]
    )
    def test_currencies_that_disagree_are_unreadable(self, text: str) -> None:
        assert amount_problem(text) is AmountProblem.UNREADABLE

    @pytest.mark.parametrize("text", ["500 CHF", "JPY 500", "500 öre", "tkr 5", "5 m kr", "5 mdkr", "5 tEUR", "500 ₽"])
    def test_a_word_that_is_not_in_the_list_is_unreadable(self, text: str) -> None:
        assert amount_problem(text) is AmountProblem.UNREADABLE

    @pytest.mark.parametrize(
        "text", ["34:5", "34:500", "34,50:50", "12,50:-", "5:- tkr", "5:50 tkr", "34 :50", "34: 50"]
    )
    def test_a_colon_that_is_not_followed_by_two_digits_or_a_dash_after_whole_kronor_is_unreadable(
        self, text: str
    ) -> None:
        assert amount_problem(text) is AmountProblem.UNREADABLE

    def test_a_refusal_shows_what_was_written(self) -> None:
        assert parse_amount("  15,000 kr ") == BadAmount(AmountProblem.AMBIGUOUS, "15,000 kr")
        assert parse_quantity(" två ") == BadAmount(AmountProblem.UNREADABLE, "två")
        assert parse_amount("15\u200b,000") == BadAmount(AmountProblem.AMBIGUOUS, "15,000")
        assert parse_amount("x" * 59 + " y") == BadAmount(AmountProblem.UNREADABLE, "x" * 59)

    def test_a_refusal_shows_at_most_sixty_characters_and_none_that_is_unsafe_to_show(self) -> None:
        found = parse_amount("\u202eab\r\nBcc:\u00a0x\x00\ud800y" + "z" * 80)
        assert isinstance(found, BadAmount)
        assert found.text == "ab Bcc: x y" + "z" * 49

    @pytest.mark.parametrize(
        "text",
        ["1" * 10**6, "1 000" * 10**5, "-" * 10**6, " " * 10**6 + "x" * 10**6, "kr " * 10**6, "\ufdfa" * 200],
        ids=["digits", "groups", "dashes", "spaces", "words", "ligatures"],
    )
    def test_no_text_however_long_takes_long_to_refuse(self, text: str) -> None:
        start = time.perf_counter()
        assert amount_problem(text) is quantity_problem(text) is AmountProblem.UNREADABLE
        assert time.perf_counter() - start < 5

    def test_the_problems_have_lower_case_names(self) -> None:
        assert [str(p) for p in AmountProblem] == [p.name.lower() for p in AmountProblem]


class TestWhatAnAmbiguousOneMayMean:
    @pytest.mark.parametrize(
        ("text", "readings"),
        [
            ("15,000", ["15000", "15"]),
            ("7,450 kr", ["7450", "7.45"]),
            ("SEK 1,234", ["1234"]),
            ("1,234,567", ["1234567"]),
            ("1,234:50", ["1234.50"]),
            ("0,500", ["0.50"]),
            ("1 234,500", ["1234.50"]),
            ("1 234,567", []),
            ("1.250 mnkr", ["1250000000", "1250000"]),
            ("1,250 tkr", ["1250000", "1250"]),
        ],
    )
    def test_is_told_in_its_own_figures_largest_first(self, text: str, readings: list[str]) -> None:
        below = [sek(reading) for reading in readings if Decimal(reading) < 1_000_000_000]
        assert amount_readings(text) == tuple(below)

    @pytest.mark.parametrize(
        ("text", "readings"), [("1,500", ["1500", "1.5"]), ("1.125", ["1125"]), ("1.000,5", ["1000.5"]), ("0.125", [])]
    )
    def test_of_quantities_too(self, text: str, readings: list[str]) -> None:
        assert quantity_readings(text) == tuple(Decimal(reading) for reading in readings)

    @pytest.mark.parametrize("language", LANGUAGES)
    @given(whole=st.integers(1, 999), rest=st.integers(0, 999), sign=st.sampled_from(",."))
    def test_each_is_read_back_as_it_is_shown(self, language: str, whole: int, rest: int, sign: str) -> None:
        for reading in amount_readings(f"{whole}{sign}{rest:03}"):
            assert parse_amount(figure(reading, language)) == reading
        for quantity in quantity_readings(f"{whole}{sign}{rest:03}"):
            assert parse_quantity(figure(quantity, language)) == quantity


class TestQuantities:
    @pytest.mark.parametrize(
        ("text", "number"),
        [
            ("2", "2"),
            ("2,5", "2.5"),
            ("1.5", "1.5"),
            ("0,25", "0.25"),
            (" 10 ", "10"),
            ("1 000", "1000"),
            ("1\u00a0000,5", "1000.5"),
            ("1000000", "1000000"),
            ("1 000 000,00", "1000000"),
            ("２", "2"),
        ],
    )
    def test_a_comma_or_dot_is_the_decimal_sign_and_a_space_groups_thousands(self, text: str, number: str) -> None:
        assert parse_quantity(text) == Decimal(number)

    def test_a_whole_number_is_shown_without_decimals(self) -> None:
        assert str(parse_quantity("1 000")) == "1000"

    @pytest.mark.parametrize(
        "text", ["1,500", "1.500", "0.500", "1500.000", "1.000,5", "1,234.5", "1.000.000", "1,000,000"]
    )
    def test_three_digits_after_a_comma_or_dot_are_asked_back(self, text: str) -> None:
        assert quantity_problem(text) is AmountProblem.AMBIGUOUS

    @pytest.mark.parametrize("text", ["0", "0,0", "-1", "\u22122", "- 2", "–2,5"])
    def test_nothing_and_less_than_nothing_are_refused(self, text: str) -> None:
        assert quantity_problem(text) is AmountProblem.NOT_POSITIVE

    @pytest.mark.parametrize("text", ["1000001", "1 000 000,01", "1000000.5", "9" * 200])
    def test_more_than_a_million_is_too_large(self, text: str) -> None:
        assert quantity_problem(text) is AmountProblem.TOO_LARGE

    @pytest.mark.parametrize("text", ["1,2345", "2.0000"])
    def test_more_than_three_decimals_are_refused_as_too_many(self, text: str) -> None:
        assert quantity_problem(text) is AmountProblem.TOO_MANY_DECIMALS

    @pytest.mark.parametrize(
        "text", ["2 st", "2st", "2:-", "2:50", "2 kr", "2 tkr", "x2", "2x", "1.50.000", "2/3", "NaN"]
    )
    def test_units_prices_and_anything_else_than_a_number_are_unreadable(self, text: str) -> None:
        assert quantity_problem(text) is AmountProblem.UNREADABLE


class TestMoney:
    def test_an_amount_always_has_two_decimals(self) -> None:
        assert str(sek("5").amount) == "5.00"
        assert str(Money.zero().amount) == "0.00"

    @pytest.mark.parametrize(
        ("amount", "rounded"),
        [("0.005", "0.01"), ("0.004999", "0.00"), ("1.125", "1.13"), ("-0.005", "-0.01"), ("-0.001", "0.00")],
    )
    def test_a_finer_amount_is_rounded_half_up_to_ore(self, amount: str, rounded: str) -> None:
        assert str(sek(amount).amount) == rounded

    def test_swedish_kronor_hold_where_no_currency_is_given(self) -> None:
        assert sek("1").currency == Money.zero().currency == "SEK"
        assert Money.zero("EUR") == Money(Decimal(0), "EUR")

    @pytest.mark.parametrize("amount", ["NaN", "sNaN", "Infinity", "-Infinity", "1e48", "1e999999"])
    def test_what_is_no_amount_is_refused(self, amount: str) -> None:
        with pytest.raises(ValueError, match="not an amount of money"):
            sek(amount)

    def test_a_float_is_refused(self) -> None:
        with pytest.raises(TypeError):
            Money(1.5)  # type: ignore[arg-type]

    def test_equal_sums_in_two_currencies_are_not_equal(self) -> None:
        assert sek("1") != Money(Decimal(1), "EUR")
        assert len({sek("1"), sek("1.00"), Money(Decimal(1), "EUR")}) == 2

    def test_two_currencies_are_neither_added_nor_subtracted(self) -> None:
        kronor, euro = sek("1"), Money(Decimal(1), "EUR")
        with pytest.raises(ValueError, match="SEK and EUR do not mix"):
            kronor + euro
        with pytest.raises(ValueError, match="EUR and SEK do not mix"):
            euro - kronor

    @pytest.mark.parametrize("operator", ["__lt__", "__le__", "__gt__", "__ge__"])
    def test_two_currencies_are_not_compared(self, operator: str) -> None:
        with pytest.raises(ValueError, match="do not mix"):
            getattr(sek("1"), operator)(Money(Decimal(1), "EUR"))

    def test_sums_in_one_currency_are_ordered(self) -> None:
        less, more = sek("14999.99"), sek("15000")
        assert less < more
        assert more > less
        assert less <= more <= sek("15000.00")
        assert more >= sek("15000.00") >= less
        assert not more > sek("15000.00")
        assert not less < sek("14999.99")

    def test_vat_is_rounded_half_up_to_ore(self) -> None:
        assert sek("15000").times(Decimal("1.25")) == sek("18750")
        assert sek("0.10").times(Decimal("0.25")) == sek("0.03")
        assert sek("18750").divided_by(Decimal("1.25")) == sek("15000")

    @pytest.mark.parametrize("factor", ["0", "NaN", "-0"])
    def test_dividing_by_what_is_no_number_above_or_below_zero_is_refused(self, factor: str) -> None:
        with pytest.raises(ValueError, match="not an amount of money"):
            sek("1").divided_by(Decimal(factor))

    def test_rounding_happens_once(self) -> None:
        just_below_half = Decimal("0.00" + "4" + "9" * 150)
        assert sek("1").times(just_below_half) == Money.zero()

    def test_arithmetic_does_not_depend_on_the_decimal_context_of_the_caller(self) -> None:
        with decimal.localcontext(HOSTILE):
            assert sek("1234.56") + sek("0.01") == sek("1234.57")
            assert sek("1234.56").divided_by(Decimal(3)) == sek("411.52")


class TestForEveryText:
    @given(st.text() | ALMOST_AMOUNTS)
    def test_reading_an_amount_never_raises_and_takes_only_what_is_in_range(self, text: str) -> None:
        found = parse_amount(text)
        if isinstance(found, Money):
            assert Money.zero(found.currency) < found < Money(Decimal(10**9), found.currency)
            assert str(found.amount).isascii()
        else:
            assert found.text == found.text.strip()
            assert len(found.text) <= 60
            assert found.text.isprintable()

    @given(st.text() | ALMOST_AMOUNTS)
    def test_reading_a_quantity_never_raises_and_takes_only_what_is_in_range(self, text: str) -> None:
        found = parse_quantity(text)
        assert isinstance(found, BadAmount) or 0 < found <= 10**6

    @given(st.text(alphabet="0123456789 .,", max_size=14))
    def test_the_digits_of_an_amount_are_the_digits_written(self, text: str) -> None:
        found = parse_amount(text)
        if isinstance(found, Money):
            digits = int("".join(c for c in text if c.isdigit()))
            assert found.amount in {Decimal(digits), Decimal(digits) / 10, Decimal(digits) / 100}

    @given(st.integers(min_value=1, max_value=999), st.integers(min_value=0, max_value=999))
    def test_one_to_three_digits_a_dot_and_three_more_are_thousands_and_with_a_comma_asked_back(
        self, thousands: int, rest: int
    ) -> None:
        assert parse_amount(f"{thousands}.{rest:03}") == sek(str(thousands * 1000 + rest))
        assert amount_problem(f"{thousands},{rest:03}") is AmountProblem.AMBIGUOUS
        assert quantity_problem(f"{thousands}.{rest:03}") is AmountProblem.AMBIGUOUS
        assert quantity_problem(f"{thousands},{rest:03}") is AmountProblem.AMBIGUOUS

    @given(
        ORE_BELOW_THE_CEILING,
        st.sampled_from(["", " ", NBSP, "\u202f", "\u2009", "."]),
        st.sampled_from(["{}", "{} kr", f"{{}}{NBSP}kr", "SEK {}", "{} kronor", "{}kr."]),
    )
    def test_a_sum_written_the_swedish_way_is_read_back(self, ore: int, space: str, form: str) -> None:
        kronor, rest = divmod(ore, 100)
        text = form.format(f"{in_groups(kronor, space)},{rest:02}")
        assert parse_amount(text) == sek(f"{kronor}.{rest:02}")

    @given(ORE_BELOW_THE_CEILING)
    def test_a_sum_written_the_english_way_is_read_back(self, ore: int) -> None:
        kronor, rest = divmod(ore, 100)
        assert parse_amount(f"£{kronor:,}.{rest:02}") == Money(Decimal(ore) / 100, "GBP")


class TestArithmeticIsExact:
    @given(LARGE_ORE, LARGE_ORE)
    def test_sums_and_differences_are_those_of_whole_ore(self, one: int, other: int) -> None:
        first, second = Money(Decimal(one).scaleb(-2, WIDE)), Money(Decimal(other).scaleb(-2, WIDE))
        assert (first + second).amount == Decimal(one + other).scaleb(-2, WIDE)
        assert (first - second) + second == first
        assert (first < second, first <= second) == (one < other, one <= other)

    @given(ANY_ORE, FACTORS)
    def test_a_product_is_rounded_once_half_up(self, ore: int, factor: Decimal) -> None:
        product = Money(Decimal(ore).scaleb(-2, WIDE)).times(factor)
        assert product.amount == half_up_to_ore(Fraction(ore, 100) * Fraction(factor))

    @given(ANY_ORE, FACTORS.filter(lambda f: abs(f) > Decimal("1e-9")))
    def test_a_quotient_is_rounded_once_half_up(self, ore: int, factor: Decimal) -> None:
        quotient = Money(Decimal(ore).scaleb(-2, WIDE)).divided_by(factor)
        assert quotient.amount == half_up_to_ore(Fraction(ore, 100) / Fraction(factor))
