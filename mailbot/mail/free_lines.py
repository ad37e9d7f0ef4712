"""One order line in words, such as `2 st Dell XPS 13 à 12 500 kr`, in the orders people write it; and what is none.

A line is taken only where nothing is guessed (attest-rules.md C7, product.md section 3): it has a description, one
quantity, and one price that is marked as that of one piece (`à`, `@`, `/st`, `each`, `2 x 300 kr`), or its quantity is
one. `2 Skärm 3 100 kr` may mean each or together, `iPhone 15 900 kr` may cost 900 or 15 900: both are asked back.

Any other line that names an amount with its currency is asked back too, since an item that falls out of an order in
silence is worse than a question in vain. Only running text stays text: what asks, begins with a word of sums
(`Summa`, `Moms`), or holds a word of sentences that goods have not (`är`, `kostar`, `budget`), unless it begins as
lines do, with a bullet or a number. It is shown above the order as perhaps forgotten, so that it never stays unseen.
"""

import re
from dataclasses import dataclass
from itertools import islice

from mailbot.domain.money import Refusal, parse_amount, parse_quantity
from mailbot.domain.order import FormLine

MAX_TEXT = 300
MAX_NUMBERS = 20

COUNTED = r"st|stycken|styck|pcs|pc|pieces|piece|förp|paket|pkt"
UNITS = rf"{COUNTED}|h|tim|timmar|mån|m"
_PIECE = {"st", "stycken", "styck", "pcs", "pc", "pieces", "piece", "unit", "item", "enhet", ""}
_HOUR = {"h", "tim", "timmar"}
_QUANTITIES = ("number", "word", "count", "bare", "times")
_NUMBERS = {
    **dict.fromkeys(("en", "ett", "one", "a", "an"), "1"),
    **dict.fromkeys(("två", "tva", "two"), "2"),
    **dict.fromkeys(("tre", "three"), "3"),
    **dict.fromkeys(("fyra", "four"), "4"),
    **dict.fromkeys(("fem", "five"), "5"),
    **dict.fromkeys(("sex", "six"), "6"),
    **dict.fromkeys(("sju", "seven"), "7"),
    **dict.fromkeys(("åtta", "eight"), "8"),
    **dict.fromkeys(("nio", "nine"), "9"),
    **dict.fromkeys(("tio", "ten"), "10"),
}

_AFTER = (
    r"(?:kr\b\.?|kron(?:or|a)\b|t ?kr\b|kkr\b|ksek\b|mnkr\b|mkr\b|msek\b"
    r"|(?:sek|euro?|usd|dollars?|gbp|nok|dkk)\b|[€$£])"
)
_BEFORE = r"(?:(?:sek|eur|usd|gbp|nok|dkk|kr)\b|[€$£])"
_FIGURE = r"(?:[1-9]\d{0,2}(?:[ .,]\d{3})+(?!\d)(?:[.,:]\d{1,2}(?!\d))?|\d+(?:[.,:]\d{1,3}(?!\d))?)"
_MONEY = re.compile(
    rf"(?:(?<!\w)|(?<=[àá]))(?<!\d[.,])(?P<before>{_BEFORE}\s?)?(?P<figure>{_FIGURE})"
    rf"(?P<after>\s?(?:[:,]-|{_AFTER}))?(?!\w)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    rf"(?<!\w)(?:sek|eur|usd|gbp|nok|dkk|kr|[€$£])\s?\d|\d\s?(?:[:,]-|{_AFTER}|/\s?(?:{COUNTED})\b)", re.IGNORECASE
)
_PER = re.compile(rf"\s?(?:/\s?|per\s)(?:{UNITS})\b", re.IGNORECASE)
_CELLS = re.compile("[;\t|]")
_DIGIT = re.compile(r"\d")
_AT = re.compile(
    r"(?:^|[\s,;:(])(?:[àáa]['’´`]?|at|@|[àáa][- ]?pris:?|styckpris:?|unit price:?)\s?$|@\s?$", re.IGNORECASE
)
_STOP = re.compile(r"(?:[,:;=]\s*|(?:^|\s)(?:[–—-]|för|for)\s+)$", re.IGNORECASE)
_TAIL = re.compile(
    rf"""\s?(?P<each>(?:/\s?|\bper\s)(?P<per>{UNITS}|enhet|unit|item)\b\.?|(?:each|ea|apiece|styck|st|vardera|var)\b\.?)?
    (?:[\s,]*(?:[x×*]\s?(?P<times>\d{{1,4}})(?:\s?(?:{COUNTED})\b\.?)?|(?P<count>\d{{1,4}})\s?(?:{COUNTED})\b\.?))?
    [\s.,;]*""",
    re.VERBOSE | re.IGNORECASE,
)
_START = re.compile(
    rf"""(?:(?P<number>\d{{1,3}}(?:[ ]\d{{3}})+|\d+(?:[.,]\d+)?)|(?P<word>{"|".join(_NUMBERS)})(?=\s))
    \s?(?:(?P<unit>{UNITS})\b\.?|(?P<x>[x×*])(?!\w)|(?=\s))\s*(?P<rest>.*)""",
    re.VERBOSE | re.IGNORECASE,
)
_END = re.compile(
    rf"""[\s,;:(]+(?:(?:[x×*]|antal:?|qty:?|quantity:?)\s?(?P<number>\d{{1,6}})
    |(?P<count>\d{{1,3}}(?:[ ]\d{{3}})+|\d{{1,6}})\s?(?:(?P<unit>{UNITS})\b\.?(?:\s?(?P<x>[x×*]))?|(?P<only>[x×*]))
    |(?<=[,;:\s])(?P<bare>\d{{1,6}}))\)?$""",
    re.VERBOSE | re.IGNORECASE,
)
_MEASURE = re.compile(
    r"(?:tums?|inch(?:es)?|in|[kmgt]b|[kmg]?hz|[mc]?m2?|mm|cm|km|k?w|wh|m?ah|v|volt|watt|l|liter|cl|ml|k?g|kilo|års?|"
    r"port(?:ar|ars|s)?|pack|pol|kanal(?:er|ars)?|core|grader|%|[\"”']+)(?!\w)",
    re.IGNORECASE,
)
_VAGUE = re.compile(
    r"\b(?:ca|cirka|circa|about|approx|max|maximalt|högst|minst|från|under|över|upp till|up to|runt|typ|ungefär|totalt|"
    r"total|tillsammans|sammanlagt|together|for all|rabatt|discount|inkl\w*|incl\w*|exkl\w*|excl\w*|ex|moms|vat)\b",
    re.IGNORECASE,
)
_PROSE = re.compile(
    r"\b(?:jag|vi|ni|det|detta|är|var|blir|blev|ska|skall|skulle|vill|kan|kostar|kostade|kostat|har|hade|tror|tycker|behöver|"
    r"behövs|finns|måste|inte|att|eftersom|we|you|he|she|this|that|is|are|was|were|would|should|could|must|costs|have|had|"
    r"needs?|not|because|budget\w*)\b",
    re.IGNORECASE,
)
_SUMS = re.compile(r"(?:total\w*|delsumma|summa|sum|subtotal|varav|moms|vat|motvärde)\b|att betala\b", re.IGNORECASE)
_TOTAL = re.compile(r"(?:totalt?|totalsumma|totalbelopp|summa|sum)\s+(?P<sum>\S.{0,40})", re.IGNORECASE)
_BEGINS_AS_LINES_DO = re.compile(r"[-*•·–]\s|\d")
_SMALL = re.compile(r"[1-9]\d?")
_PRICED_ROW = re.compile(
    r".*[^\W\d_].*\s(?!0)(?:\d{3,6}|\d{1,3}(?:[ .]\d{3})+)(?:[.,]\d\d)?|\d{3}(?: \d{3})*|[1-9]\d?(?: ?\d{3})*"
)
_MONTHS = re.compile(r"\b(?:jan|feb|mar|apr|ma[jy]|jun|jul|aug|sep|o[ck]t|nov|dec)", re.IGNORECASE)
_CLASSIC = re.compile(
    rf"""^(?P<quantity>\d[\d .,]{{0,15}}?)\s*
    (?:(?P<unit>{UNITS})\b\.?|[x×])\s+
    (?P<description>\S.{{0,300}}?),?\s+
    (?:à|á|a|@|at)\s+
    (?P<price>(?:(?:[A-Za-z]{{3}}|[€$£])\s?)?\d.{{0,40}})$""",
    re.VERBOSE | re.IGNORECASE,
)
_SECOND_PRICE = re.compile(r"[àá@]\s?\d")


def read_line(text: str) -> FormLine | None:
    """Return the order line that the text is, as written but for a quantity in words; None where it must be asked back.

    `2 st Dell à tolv tusen` is a line too, whose price whoever judges it refuses with the reason.
    """
    is_row, text = _CELLS.search(text) is not None, " ".join(text.split())
    if not _DIGIT.search(text):
        return None
    classic = _CLASSIC.match(text)
    line = None
    if classic and not _SECOND_PRICE.search(classic["description"]):
        line = FormLine(
            description=classic["description"].strip(),
            quantity=classic["quantity"].strip(),
            price=classic["price"].strip(),
            unit=classic["unit"] or "",
        )
        if not isinstance(parse_amount(line.price), Refusal):
            return line
    parts = None if is_row else _parts(text)
    return parts.line if parts is not None and parts.is_certain else line


def names_amount(text: str) -> bool:
    """Tell whether the text names an amount of money with its currency."""
    return _DIGIT.search(text) is not None and _NAMED.search(text) is not None


def is_prose(text: str) -> bool:
    """Tell whether a line with an amount is running text, and no item that its writer wants."""
    if text.endswith("?") or _SUMS.match(text):
        return True
    begins = _BEGINS_AS_LINES_DO.match(text) and not _starts_with_amount(text)
    return not begins and _PROSE.search(text) is not None


def stated_total(text: str) -> str:
    """Return the sum in a line that is nothing but `Totalt 15 000 kr`, else nothing."""
    found = _TOTAL.fullmatch(text.strip(" *_"))
    total = found["sum"] if found and names_amount(found["sum"]) else ""
    return "" if not total or isinstance(parse_amount(total), Refusal) else total


def may_be_priced(text: str) -> bool:
    """Tell whether text beside order lines may be one without a currency, or the end of one that was wrapped."""
    return _PRICED_ROW.fullmatch(text) is not None and not _PROSE.search(text) and not _MONTHS.search(text)


def suggestion(text: str, language: str) -> str:
    """Return how the line is to be written, where that can be made of it; its writer says whether that was meant."""
    parts = _parts(" ".join(text.split()))
    if parts is None or _PROSE.search(text):
        return ""
    line, (unit, at) = parts.line, {"sv": ("st", "à")}.get(language, ("pcs", "at"))
    written = f"{line.quantity or 1} {line.unit or unit} {line.description} {at} {line.price}"
    return written if _CLASSIC.match(written) and read_line(written) is not None else ""


@dataclass(frozen=True)
class _Parts:
    """What can be told apart in a line; its quantity is empty where none was found."""

    line: FormLine
    is_certain: bool


def _parts(text: str) -> _Parts | None:
    """Take a line apart around its one price; None where there is none, or more than one of anything."""
    price = _price(text) if len(text) <= MAX_TEXT else None
    tail = _TAIL.fullmatch(text, price.end()) if price else None
    if price is None or tail is None:
        return None
    head, at = _without(_AT, text[: price.start()])
    head, stop = _without(_STOP, head)
    head = head.rstrip()
    start = _quantity_before(head)
    body = start["rest"] if start else head
    end = _quantity_after(body, tail["per"] or "")
    description = (body[: end.start()] if end else body).strip(" ,;:(–—-")
    found = [m[name] for m in (start, end, tail) if m for name in _QUANTITIES if m.groupdict().get(name)]
    unit = (start and start["unit"]) or (end and end["unit"]) or ""
    is_negative = head.endswith(("-", "–", "+", "±"))
    if len(found) > 1 or is_negative or _SECOND_PRICE.search(head) or not re.search(r"[^\W\d_]", description):
        return None
    if tail["per"] and not _same_unit(tail["per"], unit):
        return None
    quantity = _NUMBERS.get(found[0].lower(), found[0]) if found else ""
    times = end is not None and not at and not stop and bool(end["x"] or end["only"])
    is_each = at or times or bool(tail["each"] or tail["times"])
    is_one = parse_quantity(quantity) == 1 and names_amount(price[0])
    is_clear = at or stop or bool(price["before"] or end) or " " not in price["figure"]
    if end and " " in (end["count"] or "") and end[0][0] not in ",;:(":  # `XPS 13 200 st`
        is_clear = False
    is_plain = not _VAGUE.search(description) and not _PROSE.search(text)
    return _Parts(
        FormLine(description=description, quantity=quantity, price=price[0].strip(), unit=unit),
        is_certain=quantity != "" and (is_each or is_one) and is_clear and is_plain,
    )


def _price(text: str) -> re.Match[str] | None:
    """Return the one amount that is named with a currency, or without any the one number marked as a price."""
    found = list(islice(_MONEY.finditer(text), MAX_NUMBERS + 1))
    if len(found) > MAX_NUMBERS:
        return None
    prices = [m for m in found if m["before"] or m["after"]]
    if not prices:
        marked = (m for m in found if _AT.search(text, max(0, m.start() - 16), m.start()))
        prices = list(marked) or [m for m in found if _PER.match(text, m.end())]
    return prices[0] if len(prices) == 1 else None


def _without(pattern: re.Pattern[str], text: str) -> tuple[str, bool]:
    found = pattern.search(text)
    return (text[: found.start()] if found else text), found is not None


def _quantity_before(head: str) -> re.Match[str] | None:
    """Find the quantity that a line begins with; in `27 tum skärm` and `365 licenser` a bare number is none."""
    found = _START.fullmatch(head)
    if found is None or found["unit"] or found["x"] or found["word"]:
        return found
    return found if _SMALL.fullmatch(found["number"]) and not _MEASURE.match(found["rest"]) else None


def _quantity_after(body: str, per: str) -> re.Match[str] | None:
    """Find the quantity behind a description; `kabel 2 m` is its length unless the price is per metre."""
    found = _END.search(body)
    if found is None or (found["bare"] and found[0][0] not in ",;:"):
        return None
    unit = (found["unit"] or "").lower()
    return found if unit in _PIECE or re.fullmatch(COUNTED, unit) or _same_unit(per, unit) else None


def _same_unit(one: str, other: str) -> bool:
    one, other = one.lower(), other.lower()
    return one == other or {one, other} <= _PIECE or {one, other} <= _HOUR


def _starts_with_amount(text: str) -> bool:
    found = _MONEY.match(text)
    return found is not None and bool(found["after"])
