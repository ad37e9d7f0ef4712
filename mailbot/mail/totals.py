"""The total of an order as people state it: the words before it, the amount, and the VAT basis that it names."""

import re

from mailbot.domain.money import Refusal, parse_amount
from mailbot.domain.vat import part_vat
from mailbot.mail.lexer import kinds_of, shape

_TOTAL = re.compile(
    r"""(?:total\ (?:amount|price|cost|kostnad)|grand\ total|summa\ netto|slutsumma|totalsumman|sammanlagt
    |total(?:t|summa|belopp|pris|kostnad)?|order\ ?summa|order\ total|summa|sum|amount\ due
    |att\ betala|to\ pay) (?:\ (?:att\ betala|to\ pay))? (?!\w)\ * (?P<colon>[:：=])?""",
    re.VERBOSE | re.IGNORECASE,
)
_SUMS = re.compile(
    r"(?:total\w*|grand total|slutsumma|sammanlagt|delsumma|summa|sum|subtotal|varav|moms|vat|motvärde)\b|att betala\b",
    re.IGNORECASE,
)
_PRICED = shape("CURRENCY SIGN? NUMBER | NUMBER SIGN? CURRENCY | NUMBER PER | ODD CURRENCY | CURRENCY ODD")
_AROUND = "*_ \t,("
_DIGIT = re.compile(r"\d")


def is_priced(kinds: str) -> bool:
    """Tell whether a shape holds an amount that a currency marks."""
    return _PRICED.search(kinds) is not None


def states_sum(text: str) -> bool:
    """Tell whether a text begins as one does that states the sum of something: it is no line of goods."""
    return _SUMS.match(text) is not None


def total_key(cell: str) -> str | None:
    """Return the VAT basis, "" for none, that a cell names if it says nothing but that the total stands beside it."""
    name, basis = part_vat(cell) if _TOTAL.match(cell) else ("", "")
    return basis if _TOTAL.fullmatch(name.strip()) else None


def stated_total(text: str) -> str:
    """Return the sum, with the VAT basis that it names, of a text that states nothing but the total; "" for another.

    One that cannot be read is returned as it is: whoever judges the order asks it back.
    """
    bare = text.strip("*_ \t>").replace("*", "")
    plain, basis = part_vat(bare) if _TOTAL.match(bare) else ("", "")
    found = _TOTAL.match(plain)
    if found is None or found.end() == len(plain):
        return ""
    amount = plain[found.end() :].strip(_AROUND)
    if isinstance(parse_amount(amount), Refusal) or not (found["colon"] or is_priced(kinds_of(amount))):
        return plain[found.end() :].strip("*_ \t") if found["colon"] and not basis and _DIGIT.search(amount) else ""
    return f"{amount} {basis}".strip()
