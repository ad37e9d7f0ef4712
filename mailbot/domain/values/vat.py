"""How people say that an amount is with or without VAT, and at which rate: the one place that holds these words."""

import re
from dataclasses import dataclass
from decimal import Decimal

from mailbot.domain.values.text import fold

RATES = (Decimal(25), Decimal(12), Decimal(6), Decimal(0))
WITHOUT = ("exkl", "excl", "exklusiv", "exklusive", "exclusive", "excluding", "ex", "utan", "without", "plus")
WITH = ("inkl", "incl", "inklusiv", "inklusive", "inclusive", "including", "med", "with")
TAX = ("moms", "momsen", "mervärdesskatt", "vat")

_SIDE, _TAX = "|".join((*WITHOUT, *WITH)), "|".join(TAX)
_RATE = r"(?:\d\d?(?:[.,]0+)?\ ?%)"
_PHRASE = re.compile(
    rf"(?<!\w)(?:(?:{_SIDE})\b\.?,?\ ?{_RATE}?\ ?(?:{_TAX})\b|(?:{_TAX}),?\ ?{_RATE}?\ ?\(?(?:{_SIDE})\b)\.?\)?",
    re.IGNORECASE,
)
_ZEROS = re.compile(r"(?<=\d)[,.]0+(?!\d)")


@dataclass(frozen=True)
class SaidVat:
    """What a text says of VAT: whether it is included, and the rate in per cent; None for what it does not say."""

    included: bool | None = None
    rate: Decimal | None = None


def read_vat(text: str) -> SaidVat | None:
    """Read `exkl. 25 % moms`, in any order; None where the text says two things, or anything else."""
    words = re.split(r"[\s%.,()]+", _ZEROS.sub("", fold(text)))
    sides = {word in WITH for word in words if word in WITH or word in WITHOUT}
    rates = {Decimal(word) for word in words if word.isdecimal()}
    known = all(not word or word.isdecimal() or word in (*WITH, *WITHOUT, *TAX) for word in words)
    if not known or len(sides) > 1 or len(rates) > 1 or not rates <= set(RATES):
        return None
    return SaidVat(next(iter(sides), None), next(iter(rates), None))


def part_vat(text: str) -> tuple[str, str]:
    """Part a text such as `Totalt (exkl. moms): 5 kr` into what is left of it and the words about VAT, "" for none."""
    found = _PHRASE.search(text)
    if found is None:
        return text, ""
    return text[: found.start()].rstrip(" ,(") + text[found.end() :], found[0].rstrip(" )")
