"""Sums of money, and where written amounts and quantities are read (docs/rules/promises.md#amounts).

A wrong reading sends an order past a limit: what can mean two things is refused with a reason, never guessed.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import ROUND_DOWN, ROUND_HALF_UP, Context, Decimal
from enum import StrEnum
from functools import total_ordering
from typing import Self

from mailbot.domain.values.vocabulary import Vocabulary

_ORE = Decimal("0.01")
# Neither context traps anything: what cannot be computed becomes NaN, which Money refuses in one place.
# Cutting an intermediate result off (never rounding it) leaves the one rounding to öre exact.
_INTERMEDIATE = Context(prec=100, rounding=ROUND_DOWN, traps=[])
_TO_ORE = Context(prec=50, rounding=ROUND_HALF_UP, traps=[])


@total_ordering
@dataclass(frozen=True)
class Money:
    """A sum in one currency with two decimals, rounded half up (docs/rules/promises.md#amounts).

    Its holder knows whether VAT is included. `currency` is an ISO 4217 code and is not checked. Raises ValueError for
    an amount that is no number or has more than 48 digits before the decimals.
    """

    amount: Decimal
    currency: str = "SEK"

    def __post_init__(self) -> None:
        """Round to öre; a minus before zero is dropped."""
        rounded = _TO_ORE.add(_TO_ORE.quantize(self.amount, _ORE), Decimal(0))
        if not rounded.is_finite():
            raise ValueError(f"not an amount of money: {self.amount}")
        object.__setattr__(self, "amount", rounded)

    @classmethod
    def zero(cls, currency: str = "SEK") -> Self:
        """Return no money at all: where a sum starts."""
        return cls(Decimal(0), currency)

    def __add__(self, other: "Money") -> "Money":
        """Return the exact sum; ValueError between two currencies."""
        return Money(_INTERMEDIATE.add(self.amount, self._comparable(other)), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        """Return the exact difference, which may be negative; ValueError between two currencies."""
        return Money(_INTERMEDIATE.subtract(self.amount, self._comparable(other)), self.currency)

    def __lt__(self, other: "Money") -> bool:
        """Tell whether this is less; ValueError between two currencies."""
        return self.amount < self._comparable(other)

    def times(self, factor: Decimal) -> "Money":
        """Return the product, rounded half up to öre: a quantity, or a VAT rate as `Decimal("1.25")`."""
        return Money(_INTERMEDIATE.multiply(self.amount, factor), self.currency)

    def divided_by(self, factor: Decimal) -> "Money":
        """Return the quotient, rounded half up to öre; ValueError for a factor of zero."""
        return Money(_INTERMEDIATE.divide(self.amount, factor), self.currency)

    def _comparable(self, other: "Money") -> Decimal:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")
        return other.amount


class AmountProblem(StrEnum):
    """Why a written amount or quantity was not taken."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    AMBIGUOUS = "ambiguous"
    NOT_POSITIVE = "not_positive"
    TOO_LARGE = "too_large"
    TOO_MANY_DECIMALS = "too_many_decimals"


@dataclass(frozen=True)
class BadAmount:
    """A text that was not taken, and why. `text` is what was written, in at most 60 visible characters on one line."""

    kind: AmountProblem
    text: str

    @property
    def unsure(self) -> bool:
        """Whether it can be read, only not for certain."""
        return self.kind is AmountProblem.AMBIGUOUS


_LONGEST_TEXT = 200
_LONGEST_ECHO = 60
_AMOUNT_CEILING = Decimal(1_000_000_000)
_QUANTITY_CEILING = Decimal(1_000_000)

_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]")
_DASHES = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58", "-"))
_NEVER_READ = "\ufffd"

CURRENCIES = ("SEK", "EUR", "USD", "NOK", "DKK", "GBP")
SIGNS = {"kr": "SEK", "€": "EUR", "$": "USD", "£": "GBP"}
_CODES = {"": "", **SIGNS, **{code.lower(): code for code in CURRENCIES}}
# "kr." only after the number: before it, the dot could be the decimal sign of ".50".
_CODES_AFTER = {**_CODES, "kr.": "SEK"}

# A first group never starts with 0, so 0.500 does not pass for five hundred.
_NUMBER = r"""
    (?P<whole>
        [1-9][0-9]{0,2} (?P<separator>[ .,]) [0-9]{3} (?: (?P=separator) [0-9]{3} )*
      | [0-9]+
    )
    (?: (?P<mark>[.,]) (?P<decimals>[0-9]+) )?
"""
_AMOUNT = re.compile(
    rf"""
    (?P<before>[^0-9]*)
    {_NUMBER}
    (?: [ ]?(?P<even>[:,]-) | :(?P<ore>[0-9]{{2}}) )?
    (?P<after>[^0-9]*)
    """,
    re.VERBOSE,
)
_QUANTITY = re.compile(rf"(?P<before>-?[ ]*){_NUMBER}", re.VERBOSE)


def parse_amount(text: str, words: Vocabulary, currency: str = "SEK") -> Money | BadAmount:
    """Read one written amount as docs/rules/promises.md#amounts says: above zero, below 1 000 000 000. Never raises.

    `currency` holds where the text names none. VAT is not read. `15.000` is always fifteen thousand, `15,000` is always
    asked back.
    """
    found = _amount(_normalise(text), words, currency)
    return _refuse(found, text) if isinstance(found, AmountProblem) else found


def parse_quantity(text: str) -> Decimal | BadAmount:
    """Read a number of things, up to 1 000 000 with two decimals (docs/rules/promises.md#quantities). Never raises.

    Comma and dot are both the decimal sign, only a space groups thousands; three digits after a mark are asked back.
    """
    found = _quantity(_normalise(text))
    return _refuse(found, text) if isinstance(found, AmountProblem) else found


def parse_discount(text: str, whole: Money, words: Vocabulary) -> Money | None:
    """Return what `10 %` or `500 kr` takes off a line's sum, in its currency and VAT basis.

    None where it cannot be read, is in another currency, or leaves nothing to pay.
    """
    if text.endswith("%"):
        rate = parse_quantity(text.removesuffix("%"))
        return None if isinstance(rate, BadAmount) or not 1 <= rate < 100 else whole - whole.times(1 - rate / 100)
    off = parse_amount(text, words, whole.currency)
    return off if isinstance(off, Money) and off.currency == whole.currency and off < whole else None


def amount_readings(text: str, words: Vocabulary, currency: str = "SEK") -> tuple[Money, ...]:
    """Return what an amount that was refused as ambiguous may mean, largest first; none that could not be ordered."""
    match = _AMOUNT.fullmatch(_normalise(text))
    unit = _unit(match, words, currency) if match else None
    if match is None or unit is None:
        return ()
    found = _readings(match, match["decimals"] or match["ore"] or "")
    sums = (_INTERMEDIATE.multiply(figure, Decimal(unit[1])) for figure in found)
    return tuple(Money(total, unit[0]) for total in sums if total < _AMOUNT_CEILING)


def quantity_readings(text: str) -> tuple[Decimal, ...]:
    """Return what a quantity that was refused as ambiguous may mean, largest first; none that could not be ordered."""
    match = _QUANTITY.fullmatch(_normalise(text))
    found = _readings(match, match["decimals"] or "") if match else ()
    return tuple(figure for figure in found if figure <= _QUANTITY_CEILING)


def _readings(match: re.Match[str], decimals: str) -> tuple[Decimal, ...]:
    """Take a separator for thousands and, where it stands alone, for the decimal sign too; at most two decimals."""
    parts = match["whole"].split(match["separator"] or " ")
    figures = [Decimal(f"{''.join(parts)}.{decimals}")]
    if len(parts) == len(("whole", "decimals")) and not decimals:
        figures.append(Decimal(".".join(parts)))
    return tuple(figure for figure in figures if figure and figure == _TO_ORE.quantize(figure, _ORE))


def _refuse(problem: AmountProblem, text: str) -> BadAmount:
    seen = _INVISIBLE.sub("", text)
    if not seen.isprintable():
        seen = "".join(c if c.isprintable() else " " for c in seen)
    return BadAmount(problem, " ".join(seen.split())[:_LONGEST_ECHO].rstrip())


def _normalise(text: str) -> str:
    """Return the text as the grammar reads it: NFKC, lower case, plain dashes, nothing invisible.

    What counts but is no digit (², ½, ①) becomes unreadable: NFKC would turn 15² into 152.
    """
    text = text.strip()
    if len(text) > _LONGEST_TEXT:
        return _NEVER_READ
    if text.isascii():
        return text.lower()
    for counting in {c for c in text if c > "\x7f" and unicodedata.category(c) == "No"}:
        text = text.replace(counting, _NEVER_READ)
    text = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return _INVISIBLE.sub("", text).lower().strip()


def _amount(plain: str, words: Vocabulary, currency: str) -> Money | AmountProblem:
    match = _AMOUNT.fullmatch(plain)
    if match is None:
        return _nothing_found(plain)
    unit = _unit(match, words, currency)
    if unit is None:
        return AmountProblem.UNREADABLE
    code, factor = unit
    figure = _amount_figure(match, factor)
    if isinstance(figure, AmountProblem):
        return figure
    total = _INTERMEDIATE.multiply(figure, Decimal(factor))
    return AmountProblem.TOO_LARGE if total >= _AMOUNT_CEILING else Money(total, code)


def _quantity(plain: str) -> Decimal | AmountProblem:
    match = _QUANTITY.fullmatch(plain)
    if match is None:
        return _nothing_found(plain)
    figure = _figure(match, match["decimals"] or "", grouping=" ")
    if isinstance(figure, AmountProblem):
        return figure
    return AmountProblem.TOO_LARGE if figure > _QUANTITY_CEILING else figure


def _nothing_found(plain: str) -> AmountProblem:
    return AmountProblem.UNREADABLE if plain else AmountProblem.EMPTY


def _unit(match: re.Match[str], words: Vocabulary, currency: str) -> tuple[str, int] | None:
    """Return the currency and the multiplier; None for an unknown word or two that disagree."""
    before = match["before"].replace("-", "", 1).strip()
    after = match["after"].strip()
    # `,-` says no more than "no öre" and is written in several countries; `:-` is Swedish only.
    tail = "SEK" if match["even"] == ":-" else ""
    multiple = words.multiples.get(after, 1)
    behind = "SEK" if multiple > 1 else _CODES_AFTER.get(after, words.currencies.get(after))
    named = {_CODES.get(before, words.currencies.get(before)), behind, tail} - {""} or {currency}
    code = named.pop()
    return None if named or code is None else (code, multiple)


def _amount_figure(match: re.Match[str], factor: int) -> Decimal | AmountProblem:
    """Return the figure before any multiplier; öre after a colon are its decimals."""
    if (match["even"] or match["ore"]) and (match["decimals"] or factor > 1):
        return AmountProblem.UNREADABLE
    return _figure(match, match["decimals"] or match["ore"] or "", _grouping(match, factor))


def _grouping(match: re.Match[str], factor: int) -> str:
    """Return the separators that certainly set off thousands in this amount."""
    if match["mark"] == ".":
        return " ,"  # English: the decimal dot settles what a comma before it is
    # 1.250 mnkr may be meant as a million and a quarter, so a multiplied figure needs its decimal comma.
    return " ." if factor == 1 or match["mark"] else " "


def _figure(match: re.Match[str], decimals: str, grouping: str) -> Decimal | AmountProblem:
    """Return the number above zero, where only a separator in `grouping` may set off thousands."""
    separator = match["separator"] or " "
    if separator == match["mark"]:
        return AmountProblem.UNREADABLE
    number = Decimal(f"{match['whole'].replace(separator, '')}.{decimals}")
    if "-" in match["before"] or not number:
        return AmountProblem.NOT_POSITIVE
    if separator not in grouping or len(decimals) == 3:
        return AmountProblem.AMBIGUOUS
    return AmountProblem.TOO_MANY_DECIMALS if len(decimals) > 3 else number
