"""What one line or row may order: every lawful reading of its figures, and an order line only where all agree.

A reading gives each figure exactly one role (quantity, price, discount, line sum, VAT rate) or leaves it in the
description, which begins behind the quantity and ends before the price. A figure with a mark of its own (a currency, an
at-mark, a unit that things are counted in) never stays in a description. The price has to be marked as that of one
piece, or the quantity be one, or a stated line sum settle it. A line with two readings, or one that is not certain, is
asked back with each reading written out; what is offered says exactly what was written (docs/mail.md).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from mailbot.domain.money import Money, Refusal, parse_amount, parse_quantity
from mailbot.domain.order import FormLine
from mailbot.mail.lexer import MAX_FIGURES, MAX_VARIANTS, NUMBERS, ONE_HOUR, ONE_PIECE, Lexed, lex, variants

MAX_TEXT = 300

_PRICE = re.compile(
    r"(?P<role>[=T],?|d[,(]?)?(?P<sign>[s(-])?(?P<at>[ao],?)?(?P<vague>g)?(?P<money>s?c?s?nc?)(?P<per>p)?"
)
_PRICE_BEFORE = re.compile(_PRICE.pattern.replace("nc?)", "n(?:c(?!n))?)"))
"""A currency between two figures may belong to either."""
_FIRST = re.compile(
    r"(?:(?P<number>n)(?:(?P<unit>[um])x?|(?P<x>x)(?!n)|(?P<bare>)(?![t%,)]))|(?P<word>k)(?P<unit2>u)?),*"
)
_LAST = re.compile(
    r"""(?P<stop>[,(f-]*)(?<!s)(?:[xq],?(?P<marked>n)(?P<unit1>u?) | (?P<number>n)(?P<unit>[um])(?P<x>x?)
    | (?P<times>n)x | (?P<bare>n))[,)]*$""",
    re.VERBOSE,
)
_DISCOUNT = re.compile(r",*\(?(?:d,?(?P<after>cn|nc|n%)|(?P<before>cn|nc|n%)d)\)?")
_SUM = re.compile(r"[,(]*[=T],?(?P<money>c?nc?)\)?")
_BEHIND = re.compile(
    r",*(?:(?P<each>p)|x(?P<times>n)u?|(?P<count>n)(?P<unit>u)|\(?(?P<vat>v)\)?|(?P<end>[,)]*$)|(?P<remark>[,(w-].*$))"
)
_MARKED = re.compile(r"c|[ao]n|n[ux]|xn|d|=n|Tn|v")
"""What has a mark of its own, and so a role: it never stays in a name or a remark."""
_BY = re.compile(r"n[tm]?xn[tm]?(?:xn[tm]?)?")
_NAMED = re.compile(r"b[,(]*n(?:%|n)*")
_NO_NAME = re.compile(r"(?:^[\s,;:.)]+|[\s,;:(–—-]+(?:för|for)?[\s,;:(–—-]*$)", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_PRICED = re.compile(
    r"[àá@€$£]|\ba\b|\bat\b|kr|sek|eur|usd|gbp|nok|dkk|dollar|[:,][-–—]|/|per|each|\bea\b|styck|\bst\b|var",
    re.IGNORECASE,
)
"""Without any of these no price is marked."""
_TIME = re.compile(r"\d{1,2}[.:]\d\d")
_SMALL = re.compile(r"[1-9]\d?")
_LETTER = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]+")
_PROSE = frozenset(
    ["jag", "vi", "ni", "det", "detta", "är", "var", "blir", "blev", "ska", "skall", "skulle", "vill", "kan", "kostar", "kostade", "kostat", "har", "hade", "tror", "tycker", "behöver", "behövs", "finns", "måste", "inte", "att", "eftersom", "we", "you", "he", "she", "this", "that", "is", "are", "was", "were", "would", "should", "could", "must", "costs", "have", "had", "need", "needs", "not", "because", "budget", "budgeten"]
)
"""Words of sentences that the names of goods have not."""


@dataclass(frozen=True)
class Reading:
    """One way to read a line: what it would order, and whether its price is for certain that of one piece."""

    line: FormLine
    is_certain: bool


def is_prose(text: str) -> bool:
    """Tell whether a text holds a word of sentences that the names of goods have not."""
    return not _PROSE.isdisjoint(word.lower() for word in _WORD.findall(text))


def read_line(text: str) -> FormLine | None:
    """Return the order line that the text is, as written but for a quantity in words; None where it has to be asked back.

    An amount such as `1,234 kr` is returned as written: whoever judges the line refuses it with the reason.
    """
    found = readings(text)
    return found[0].line if len(found) == 1 and found[0].is_certain else None


def readings(text: str) -> list[Reading]:
    """Return the different readings of a line, those that are certain first; at most MAX_VARIANTS."""
    if len(text) > MAX_TEXT or not (_DIGIT.search(text) and _PRICED.search(text)):
        return []
    line = lex(text)
    if line.kinds.count("n") > MAX_FIGURES:
        return []
    found: dict[tuple[object, ...], Reading] = {}
    for count, variant in enumerate(variants(line)):
        if count >= MAX_VARIANTS:
            return []
        for reading in _lawful(variant):
            found.setdefault(_meaning(reading.line), reading if count == 0 else replace(reading, is_certain=False))
    return sorted(found.values(), key=lambda reading: not reading.is_certain)


def _meaning(line: FormLine) -> tuple[object, ...]:
    """Return what readings have to agree on: figures as numbers, so that `3 100` and `3100` are one."""
    quantity, price = parse_quantity(line.quantity), parse_amount(line.price)
    return (
        line.quantity if isinstance(quantity, Refusal) else quantity,
        line.price if isinstance(price, Refusal) else price,
        line.unit.lower(),
        line.vat,
        line.discount,
    )


def _lawful(line: Lexed) -> Iterator[Reading]:
    """Yield the reading of a line whose figures are settled, one for each thing that may be its quantity."""
    kinds = line.kinds
    for pattern in (_PRICE, _PRICE_BEFORE) if "ncn" in kinds else (_PRICE,):
        yield from _around(line, [m for m in pattern.finditer(kinds) if _is_marked(m)])


def _around(line: Lexed, prices: Sequence[re.Match[str]]) -> Iterator[Reading]:
    """Yield the readings of a line around its one price."""
    kinds = line.kinds
    plain = [m for m in prices if not m["role"]]
    if len(plain) != 1 or plain[0]["vague"] or "r" in kinds or "s" in plain[0]["money"] or _is_negative(line, plain[0]):
        return
    price, behind = plain[0], _behind(line, plain[0].end())
    if behind is None:
        return
    head = kinds[: price.start()]
    first, last = _first(line, head), _last(line, head, behind.per or _word(line, price, "per"))
    is_marked = first is not None and first["bare"] is None
    if first and last and (last.start() < first.end() or (last["bare"] and is_marked)):
        last = None
    counts = [m for m in (first, last) if m is not None]
    for chosen in counts or [None]:
        others = [m for m in counts if m is not chosen]
        if chosen is None and not behind.quantity:
            return
        yield from _reading(line, _Parts(price, behind, chosen, others, first, last))


@dataclass(frozen=True)
class _Behind:
    """What stands behind the price: a quantity, its unit, VAT, a discount, the line's sum, and a remark."""

    quantity: str = ""
    unit: str = ""
    per: str = ""
    is_each: bool = False
    vat: str = ""
    discount: str = ""
    sum: str = ""
    remark: str = ""


@dataclass(frozen=True)
class _Parts:
    """A line taken apart: its price, what stands behind it, what is its quantity, and what else could be."""

    price: re.Match[str]
    behind: _Behind
    quantity: re.Match[str] | None
    others: list[re.Match[str]]
    first: re.Match[str] | None
    last: re.Match[str] | None


def _is_marked(found: re.Match[str]) -> bool:
    return bool(found["at"] or found["per"] or "c" in found["money"])


def _is_negative(line: Lexed, price: re.Match[str]) -> bool:
    """Tell whether a sign stands before the price; `1 Dell XPS 13 – 12 400 kr` has a dash there as between words."""
    place = price.start("sign")
    is_dash = price["sign"] == "-" and line.tokens[place].word != "-" and line.tokens[place - 1].kind not in "aoc"
    return bool(price["sign"]) and not is_dash


def _first(line: Lexed, head: str) -> re.Match[str] | None:
    """Find the quantity that a line begins with; in `27 tum skärm` and `365 licenser` a bare number is none."""
    found = _FIRST.match(head)
    if found is None or found["bare"] is None:
        return found
    return found if _SMALL.fullmatch(line.tokens[0].word) else None


def _last(line: Lexed, head: str, per: str) -> re.Match[str] | None:
    """Find the quantity right before the price; `kabel 2 m` is its length unless the price is per metre."""
    found = _LAST.search(head)
    if found is None or found.start() == 0 or (found["bare"] and not _is_apart(line, found)):
        return None
    unit = line.tokens[found.start("unit")].word if found["unit"] else ""
    return None if found["unit"] == "m" and not _same_unit(per, unit) else found


def _is_apart(line: Lexed, found: re.Match[str]) -> bool:
    """Tell whether a comma, colon or bracket sets the bare number apart from the name before it; `vol. 12` is a name."""
    return any(line.tokens[n].kind == "(" or line.tokens[n].word in {",", ";", ":"} for n in range(*found.span("stop")))


def _same_unit(one: str, other: str) -> bool:
    one, other = one.lower().rstrip("."), other.lower().rstrip(".")
    return one == other or {one, other} <= ONE_PIECE or {one, other} <= ONE_HOUR


def _word(line: Lexed, found: re.Match[str], name: str) -> str:
    return line.tokens[found.start(name)].word.rstrip(":") if found[name] else ""


def _span(line: Lexed, found: re.Match[str], name: str, shift: int = 0) -> str:
    return line.written(found.start(name) + shift, found.end(name) + shift) if found[name] else ""


def _behind(line: Lexed, begin: int) -> _Behind | None:
    """Take apart what stands behind the price; None where a figure there has no lawful role."""
    kinds, found = line.kinds, _Behind()
    while begin < len(kinds):
        rest = kinds[begin:]
        if given := _DISCOUNT.match(rest):
            name = "after" if given["after"] else "before"
            found = replace(found, discount=_span(line, given, name, begin)) if not found.discount else None
        elif given := _SUM.match(rest):
            found = replace(found, sum=_span(line, given, "money", begin)) if not found.sum else None
        else:
            given = _BEHIND.match(rest)
            found = _with(found, line, given, begin) if given else None
        if found is None or given is None or given.end() == 0:
            return found
        begin += given.end()
    return found


def _with(found: _Behind, line: Lexed, given: re.Match[str], begin: int) -> _Behind | None:
    if given["each"]:
        return replace(found, is_each=True, per=line.tokens[begin + given.start("each")].word)
    if given["times"] or given["count"]:
        name = "times" if given["times"] else "count"
        unit = line.tokens[begin + given.start("unit")].word if given["unit"] else ""
        each = found.is_each or bool(given["times"])
        quantity = _span(line, given, name, begin)
        return None if found.quantity else replace(found, quantity=quantity, unit=unit, is_each=each)
    if given["vat"]:
        return replace(found, vat=f"{found.vat} {_span(line, given, 'vat', begin)}".strip())
    if given["remark"]:
        free = _NAMED.sub("", _BY.sub("", given["remark"]))
        named = "n" not in free and not _MARKED.search(free)
        return replace(found, remark=line.text[line.tokens[begin].start :]) if named else None
    return found


def _reading(line: Lexed, parts: _Parts) -> Iterator[Reading]:
    price, behind = parts.price, parts.behind
    begin = parts.first.end() if parts.first and parts.first is parts.quantity else 0
    end = parts.last.end("stop") if parts.last and parts.last is parts.quantity else price.start()
    body = line.kinds[begin:end]
    description = (
        _NO_NAME.sub("", line.text[line.tokens[begin].start : line.tokens[end].start])
        .lstrip(" ,;:)–—-")
        .rstrip(" ,;:(–—-")
    )
    free = _NAMED.sub("", _BY.sub("", body))
    if not _LETTER.search(description) or (_MARKED.search(free) and not parts.others):
        return
    quantity, unit, marked = _quantity(line, parts)
    per = behind.per or _word(line, price, "per")
    if per and not _same_unit(per, unit):
        return
    name = description + ("" if not behind.remark or behind.remark[0] in ",;:." else " ") + behind.remark
    made = FormLine(name, quantity, _span(line, price, "money"), unit=unit, vat=behind.vat, discount=behind.discount)
    yield Reading(made, not parts.others and _is_certain(line, parts, made, is_marked=marked))


def _quantity(line: Lexed, parts: _Parts) -> tuple[str, str, bool]:
    """Return the quantity, its unit, and whether a mark says that it is one."""
    found = parts.quantity
    if found is None:
        return parts.behind.quantity, parts.behind.unit, True
    groups = found.groupdict()
    if groups.get("word"):
        return NUMBERS[line.tokens[found.start("word")].word], _span(line, found, "unit2"), True
    name = next(n for n in ("marked", "number", "times", "bare") if groups.get(n))
    place = next((found.start(n) for n in ("unit", "unit1") if groups.get(n)), -1)
    unit = line.text[line.tokens[place].start : line.tokens[place].end] if place >= 0 else ""
    is_marked = bool(unit or groups.get("x") or name in {"marked", "times"})
    return _span(line, found, name), unit, is_marked


def _is_certain(line: Lexed, parts: _Parts, made: FormLine, *, is_marked: bool) -> bool:
    """Tell whether the price is for certain that of one piece, and the text for certain no sentence."""
    price, behind = parts.price, parts.behind
    quantity, amount = parse_quantity(made.quantity), parse_amount(made.price)
    times = parts.last is not None and (parts.last["times"] or parts.last["x"])
    weak = _word(line, price, "at") == "at" and _TIME.fullmatch(made.price) and not is_marked
    each = bool((price["at"] and not weak) or price["per"] or behind.is_each or times)
    one = quantity == 1 and "c" in price["money"]
    if behind.sum:
        if made.discount or not adds_up(quantity, amount, parse_amount(behind.sum)):
            return False
        each = True
    if parts.first is None and is_prose(made.description) and not (parts.last and set(parts.last["stop"]) & set(",(")):
        return False
    if not price["at"] and not times and is_prose(line.text) and parts.first is not None:
        return False
    doubled = parts.quantity is not None and bool(behind.quantity)
    return (each or one) and not doubled and not line.text.endswith("?")


def adds_up(quantity: Decimal | Refusal, price: Money | Refusal, total: Money | Refusal) -> bool:
    """Tell whether a line's own sum is right within 1 kr, as far as all three can be read."""
    if isinstance(quantity, Refusal) or isinstance(price, Refusal) or isinstance(total, Refusal):
        return True
    return abs(price.times(quantity).amount - total.amount) <= 1
