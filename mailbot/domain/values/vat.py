"""What people say of VAT: whether an amount is with or without it, and at which rate."""

import re
from dataclasses import dataclass
from decimal import Decimal

from mailbot.domain.values.text import fold
from mailbot.domain.values.vocabulary import Vocabulary

RATES = (Decimal(25), Decimal(12), Decimal(6), Decimal(0))
_ZEROS = re.compile(r"(?<=\d)[,.]0+(?!\d)")


@dataclass(frozen=True)
class SaidVat:
    """What a text says of VAT: whether it is included, and the rate in per cent; None for what it does not say."""

    included: bool | None = None
    rate: Decimal | None = None


def read_vat(text: str, words: Vocabulary) -> SaidVat | None:
    """Read `exkl. 25 % moms`, in any order; None where the text says two things, or anything else."""
    said = re.split(r"[\s%.,()]+", _ZEROS.sub("", fold(text)))
    sides = {word in words.included for word in said if word in words.sides}
    rates = {Decimal(word) for word in said if word.isdecimal()}
    known = all(not word or word.isdecimal() or word in words.of_vat for word in said)
    if not known or len(sides) > 1 or len(rates) > 1 or not rates <= set(RATES):
        return None
    return SaidVat(next(iter(sides), None), next(iter(rates), None))


def part_vat(text: str, words: Vocabulary) -> tuple[str, str]:
    """Part a text such as `Totalt (exkl. moms): 5 kr` into what is left of it and the words about VAT, "" for none."""
    found = words.vat_phrase.search(text)
    if found is None:
        return text, ""
    return text[: found.start()].rstrip(" ,(") + text[found.end() :], found[0].rstrip(" )")
