"""Amounts and VAT in a mail's text, read by the domain with the words of all languages."""

from mailbot.domain.values import money, vat
from mailbot.domain.values.money import BadAmount, Money
from mailbot.domain.values.order import FormLine
from mailbot.languages import VOCABULARY


def parse_amount(text: str, currency: str = "SEK") -> Money | BadAmount:
    """Read one written amount."""
    return money.parse_amount(text, VOCABULARY, currency)


def parse_discount(text: str, whole: Money) -> Money | None:
    """Return what a discount takes off a whole line's sum; None where it cannot be read."""
    return money.parse_discount(text, whole, VOCABULARY)


def read_vat(text: str) -> vat.SaidVat | None:
    """Return what a text says of VAT; None where it says anything else."""
    return vat.read_vat(text, VOCABULARY)


def part_vat(text: str) -> tuple[str, str]:
    """Part a text into what is left of it and the words about VAT, "" for none."""
    return vat.part_vat(text, VOCABULARY)


def is_readable(line: FormLine) -> bool:
    """Tell whether a line's quantity and price can be taken as they are written."""
    return line.is_readable(VOCABULARY)
