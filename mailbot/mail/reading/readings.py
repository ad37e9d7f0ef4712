"""A line in words: every lawful reading of its figures, and an order line only where there is exactly one.

A reading gives each figure one role (quantity, price, discount, line sum, VAT rate) or leaves it in the description,
which begins behind the quantity and ends before the price. A figure with a mark of its own (a currency, an at-mark, a
unit that things are counted in) never stays in a description. The price has to be marked as that of one piece, or the
quantity be one, or a stated line sum settle it. What has two readings, or one that is not certain, is asked back with
each of them written out (docs/mail.md).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from mailbot.domain.values.money import AmountProblem, BadAmount, Money, parse_quantity
from mailbot.domain.values.order import FormLine
from mailbot.languages import LINE_WORDS, SPOKEN, TEXT_WORDS, VOCABULARY, alternatives, any_phrase, phrases, words
from mailbot.mail.reading.amounts import parse_amount, parse_discount
from mailbot.mail.reading.lexer import NUMBERS, ONE_HOUR, ONE_PIECE, Kind, Lexed, lex, shape, variants

MAX_TEXT = 300
MAX_FIGURES = 20
MAX_VARIANTS = 16

_PRICE = """(?P<role>[EQUALS TOTAL] STOP? | DISCOUNT [STOP OPEN]? | OPEN (?=CURRENCY? NUMBER CURRENCY? CLOSE))?
    (?P<sign>[SIGN OPEN DASH])?
    (?:PRICE_WORD STOP?)? (?P<at>[AT WEAK_AT] STOP?)? (?P<vague>VAGUE)?
    (?P<money>SIGN? CURRENCY? SIGN? NUMBER (?:CURRENCY {})?) (?P<per>PER)?"""
_PRICES, _PRICES_BEFORE = shape(_PRICE.format("")), shape(_PRICE.format("(?!NUMBER)"))
_PRICED = shape("[AT WEAK_AT PER CURRENCY]")
_HALF_MARKS = ("/", *words(LINE_WORDS.weak_at), *words(LINE_WORDS.per))
_EITHER = shape("NUMBER CURRENCY NUMBER")
"""A currency between two figures may belong to either."""
_FIRST = shape(
    """(?:
    (?P<number>NUMBER) (?P<mark> (?P<unit>[COUNT SALE]) TIMES? | TIMES (?!NUMBER)
        | (?![MEASURE PERCENT CLOSE STOP OPEN DASH VAGUE JOIN PER]) )
    | (?P<written>WRITTEN) (?P<counted>COUNT)? ) STOP*"""
)
"""The quantity that a line begins with."""
_PER_WORD = shape("NUMBER [WORD MEASURE NAMING PER] [WORD ODD NUMBER]")
_LAST = shape(
    """(?P<apart>[STOP OPEN FOR DASH]*) (?<!SIGN) (?:
    (?:(?<!NUMBER) TIMES | LABEL) STOP? (?P<marked>NUMBER) (?P<counted>COUNT?)
    | (?P<number>NUMBER) (?P<unit>[COUNT SALE WORD MEASURE]) (?P<by>TIMES?) | (?P<times>NUMBER) TIMES | (?P<bare>NUMBER)
    ) [STOP CLOSE]*$"""
)
"""The quantity that stands right before the price."""
_OFF = "(?:CURRENCY NUMBER | NUMBER CURRENCY | NUMBER PERCENT)"
_BEHIND = shape(
    f"""STOP* (?: (?: [OPEN DASH]* [EQUALS TOTAL] STOP? | OPEN (?=[CURRENCY NUMBER]+ CLOSE))
        (?P<sum>CURRENCY? NUMBER CURRENCY?) CLOSE?
    | OPEN? (?: DISCOUNT STOP? (?P<discount>{_OFF}) | (?P<off>{_OFF}) DISCOUNT ) CLOSE?
    | (?P<each>PER) | (?P<by>TIMES) (?P<quantity>NUMBER) COUNT? | (?P<count>NUMBER) (?P<unit>COUNT)
    | OPEN? (?P<beside>[SIGN JOIN NAMING])? (?P<vat>VAT) CLOSE? | [STOP CLOSE]*$
    | (?P<remark>[STOP OPEN DASH]* (?:(?P<numbered>[WORD FOR]? NAMING STOP* NUMBER) | [WORD FOR NAMING])
        (?:NAMING STOP* NUMBER | [NAMING WORD ODD FOR JOIN MEASURE STOP OPEN CLOSE DASH])*$) )"""
)
"""One thing that may stand behind the price; a remark is the last, and may have figures that are names."""
_MARKED = shape(
    """CURRENCY | [AT WEAK_AT] NUMBER | NUMBER [COUNT TIMES] | TIMES NUMBER | LABEL STOP? NUMBER | DISCOUNT
    | [EQUALS TOTAL] NUMBER | VAT | PER | JOIN NUMBER (?![MEASURE SALE PERCENT])"""
)
"""What has a mark of its own, and so a role: it never stays in a name or a remark."""
_NEVER = shape("[CREDIT DOUBT] | (?:NUMBER|WRITTEN) COUNT? MANY")
"""What makes no order: a credit, something cancelled, a count in a word that is not known to mean just that."""
_SECOND = shape("[STOP OPEN JOIN SIGN] NUMBER (?=WORD)")
"""`, 3 tangentbord`: perhaps counted goods of their own."""
_LASTS, _TIMES = shape("NUMBER [SALE WORD TERM]"), {*words(LINE_WORDS.months), *ONE_HOUR, *phrases(TEXT_WORDS.times)}
_NAMED = shape("(?<!NUMBER) NAMING [STOP OPEN]* NUMBER [PERCENT NUMBER]* (?![COUNT TIMES CURRENCY MANY])")
"""A figure that is a name: `rum 312`."""
_SIZE = shape("NUMBER [MEASURE SALE]? (?:TIMES NUMBER [MEASURE SALE]?){1,2}")
"""`120 x 80 cm`."""
_BEFORE_NAME = re.compile(r"(?:[\s,;:.)]|[–—-](?!\d))*")
_BEHIND_NAME = " \t,;:(–—-"
_FOR = re.compile(rf"(?<=[ ,;:(–—-])(?:{alternatives(words(LINE_WORDS.purpose))})$", re.IGNORECASE)
_UNSURE = re.compile(
    rf"(?<!\w)(?:{alternatives(words(LINE_WORDS.unsure))})(?!\w)|[^\w\s.,;:()/+&%'\"–-]", re.IGNORECASE
)
"""What in a remark may cancel the line, or make it vague."""
_OPENING = re.compile(rf"(?:{any_phrase(TEXT_WORDS.opening)})(?: \d\d?:)?:? (?=\d)", re.IGNORECASE)
_DASHED = shape("DASH NUMBER COUNT DASH$")
_WITHOUT = {"+", *VOCABULARY.excluded}
_TIME, _SMALL = re.compile(r"\d{1,2}[.:]\d\d"), re.compile(r"[1-9]\d?")
_DIGIT, _LETTER, _WORD = re.compile(r"\d"), re.compile(r"[^\W\d_]"), re.compile(r"[^\W\d_]+")
_ENDINGS = {"", *words(LINE_WORDS.endings)}
_PROSE = set(words(LINE_WORDS.prose))
"""Words of sentences that the names of goods have not."""


@dataclass(frozen=True)
class Goods:
    """What a text may order: the line for certain, or the readings between which its writer has to choose.

    Of a row, `width` is the number of its cells, `notes` what they say besides, and `column` the unknown columns that
    alone keep the one reading from being taken. A `bare` one says neither money nor a unit.
    """

    line: FormLine | None = None
    readings: tuple[FormLine, ...] = ()
    column: str = ""
    notes: tuple[str, ...] = ()
    width: int = 0
    bare: bool = False


@dataclass(frozen=True)
class _Count:
    """What may be a line's quantity, and the tokens between which the description stands then."""

    quantity: str
    unit: str
    begin: int
    end: int
    is_marked: bool = True
    is_first: bool = False
    is_apart: bool = False
    is_each: bool = False


def is_prose(text: str) -> bool:
    """Tell whether a text holds a word of sentences that the names of goods have not."""
    return not _PROSE.isdisjoint(_WORD.findall(text.lower()))


def read_words(text: str) -> Goods:
    """Return the order line that the text is, as written but for a quantity in words, or its different readings.

    An amount such as `1,234 kr` is returned as written: whoever judges the line refuses it with the reason.
    """
    if len(text) > MAX_TEXT or not _DIGIT.search(text):
        return Goods()
    line = lex(_OPENING.sub("", text))
    if line.kinds.count(Kind.NUMBER) > MAX_FIGURES or not _PRICED.search(line.kinds):
        return Goods()
    found: dict[tuple[object, ...], tuple[FormLine, bool]] = {}
    for count, variant in enumerate(variants(line)):
        if count >= MAX_VARIANTS:
            return Goods()
        for made, is_certain in _lawful(variant):
            found.setdefault(_meaning(made), (made, is_certain and count == 0))
    lines = sorted(found.values(), key=lambda pair: not pair[1])
    is_one = len(lines) == 1 and lines[0][1]
    return Goods(lines[0][0]) if is_one else Goods(readings=tuple(made for made, _ in lines))


def _meaning(line: FormLine) -> tuple[object, ...]:
    """Return what readings have to agree on: figures as numbers, so that `3 100` and `3100` are one."""
    quantity, price = parse_quantity(line.quantity), parse_amount(line.price)
    return (
        line.quantity if isinstance(quantity, BadAmount) else quantity,
        line.price if isinstance(price, BadAmount) else price,
        line.unit.lower(),
        line.vat,
        line.discount,
    )


def _lawful(line: Lexed) -> Iterator[tuple[FormLine, bool]]:
    """Yield the readings of a line whose figures are settled, and whether each is certain: around its one price."""
    if _NEVER.search(line.kinds) or line.kinds.startswith(Kind.SIGN):
        return
    for pattern in (_PRICES, _PRICES_BEFORE) if _EITHER.search(line.kinds) else (_PRICES,):
        prices = _prices(pattern, line.kinds)
        behind = _behind(line, prices[0].end()) if len(prices) == 1 else None
        if behind is not None and not _is_no_price(line, prices[0]):
            yield from _around(line, prices[0], behind)


def _prices(pattern: re.Pattern[str], kinds: str) -> list[re.Match[str]]:
    marked = (m for m in pattern.finditer(kinds) if m["at"] or m["per"] or Kind.CURRENCY in m["money"])
    return [m for m in marked if not m["role"]]


@lru_cache(maxsize=64)
def has_mark(text: str) -> bool:
    """Tell whether a text has a mark that a price has, or half of one at its end."""
    return _PRICED.search(lex(text).kinds) is not None or text.lower().endswith(_HALF_MARKS)


def _is_no_price(line: Lexed, price: re.Match[str]) -> bool:
    """Tell whether a price is vague or negative.

    `1 Dell XPS 13 – 12 400 kr` has a dash there as between words, `Mus - 1 st - 99 kr` one between all its parts.
    """
    place = price.start("sign")
    before = line.tokens[place - 1].kind if place > 0 else ""
    is_dash = price["sign"] == Kind.DASH and line.tokens[place].word != "-" and before not in {"a", "o", "c"}
    is_apart = _DASHED.search(line.kinds, 0, place + 1) or (price["sign"] == Kind.OPEN and price["per"])
    return bool(price["vague"] or Kind.SIGN in price["money"] or (price["sign"] and not is_dash and not is_apart))


def _behind(line: Lexed, begin: int) -> dict[str, str] | None:
    """Take apart what stands behind the price, each thing under its name; None where a figure has no lawful role."""
    found: dict[str, str] = {}
    while begin < len(line.kinds):
        given = _BEHIND.match(line.kinds, begin)
        if given is None:
            return None
        if given["remark"]:
            found["remark"] = remark = line.text[line.tokens[begin].start :]
            return None if is_prose(remark) or _UNSURE.search(remark) else found
        for name in (name for name, letters in given.groupdict().items() if letters):
            role = {"off": "discount", "count": "quantity"}.get(name, name)
            if role in found and role != "vat":
                return None
            text = line.tokens[given.start(name)].word if name == "each" else line.written(*given.span(name))
            found[role] = f"{found.get(role, '')} {text}".strip()
        begin = given.end()
        if given["beside"] and found["beside"].lower() not in _WITHOUT:
            return None
        if given["beside"]:  # plus moms
            found["vat"] = f"{SPOKEN[0].amounts.sides[0]} {found['vat']}"
    return found


def _free(kinds: str) -> str:
    """Return a shape without the figures that are names, such as those of a room or of a size."""
    return _NAMED.sub("", _SIZE.sub("", kinds))


def _around(line: Lexed, price: re.Match[str], behind: dict[str, str]) -> Iterator[tuple[FormLine, bool]]:
    """Yield the readings of a line around its price, one for each thing that may be its quantity."""
    per = behind.get("each") or (line.tokens[price.start("per")].word if price["per"] else "")
    first = _first(line, price.start(), per)
    last = _last(line, first, price.start(), per)
    counts = [count for count in (first, last) if count]
    if not counts and "quantity" in behind:
        unit, is_each = behind.get("unit", ""), "by" in behind
        counts = [_Count(behind.pop("quantity"), unit, 0, price.start(), is_each=is_each)]
    if per and not all(_is_per(per, line, count) for count in counts):
        return
    for count in counts:
        name = _name(line.text[line.tokens[count.begin].start : line.tokens[count.end].start])
        is_free = len(counts) > 1 or not _MARKED.search(_free(line.kinds[count.begin : count.end]))
        if _is_name(name) and is_free and not _counts_more(line, count) and not _is_part_of_one(count):
            remark = behind.get("remark", "")
            name += remark if remark[:1] in {*",;:.", ""} else f" {remark}"
            made = FormLine(name, count.quantity, line.written(*price.span("money")), unit=count.unit)
            made = replace(made, vat=behind.get("vat", ""), discount=behind.get("discount", ""))
            yield made, len(counts) == 1 and _is_certain(line, price, behind, count, made)


def _is_name(text: str) -> bool:
    """Tell whether a text can be a description: it has a letter, is no word of time, and what it brackets is whole."""
    return _LETTER.search(text) is not None and text.lower() not in _TIMES and text.count("(") == text.count(")")


def _is_part_of_one(count: _Count) -> bool:
    """Tell whether a count is a fraction of something that is no measure, such as `1.2 st`: the 2 st of line 1."""
    quantity = parse_quantity(count.quantity)
    return count.unit.lower() in ONE_PIECE and not isinstance(quantity, BadAmount) and quantity % 1 != 0


def _name(text: str) -> str:
    """Return a description without what joins it to the quantity and the price."""
    begin = _BEFORE_NAME.match(text)
    return _FOR.sub("", text[begin.end() if begin else 0 :].rstrip(_BEHIND_NAME)).rstrip(_BEHIND_NAME)


def _first(line: Lexed, end: int, per: str) -> _Count | None:
    """Find the quantity that a line begins with; in `27 tum skärm` and `365 licenser` a bare number is none.

    A word that the price is per is its unit: `10 licenser Camtasia à 89 kr/licens`.
    """
    found = _FIRST.match(line.kinds, 0, end)
    if not (found and found["unit"]) and _PER_WORD.match(line.kinds, 0, end) and _same_unit(per, line.tokens[1].word):
        return _Count(line.written(0, 1), line.written(1, 2), 2, end, is_first=True)
    if found is None:
        return None
    word, unit = line.tokens[0].word, line.written(*found.span("counted" if found["written"] else "unit"))
    is_marked = bool(found["mark"] or found["written"])
    if not is_marked and not _SMALL.fullmatch(word):
        return None
    quantity = NUMBERS[word] if found["written"] else line.written(0, 1)
    return _Count(quantity, unit, found.end(), end, is_marked=is_marked, is_first=True)


def _last(line: Lexed, first: _Count | None, end: int, per: str) -> _Count | None:
    """Find the quantity right before the price; `kabel 2 m` is its length unless the price is per metre."""
    begin = first.begin if first else 0
    found = _LAST.search(line.kinds, begin, end)
    if found is None or found.start() == 0:
        return None
    name = next(name for name in ("marked", "number", "times", "bare") if found[name])
    if name == "bare" and ((first and first.is_marked) or not _is_apart(line, found)):
        return None
    unit = line.written(*found.span("counted" if name == "marked" else "unit"))
    if found["unit"] not in {None, Kind.COUNT} and not _same_unit(per, unit):
        return None
    return _Count(
        line.written(*found.span(name)),
        unit,
        0,
        found.end("apart"),
        is_marked=name != "bare",
        is_apart=not {Kind.STOP, Kind.OPEN}.isdisjoint(found["apart"]),
        is_each=name == "times" or bool(found["by"]),
    )


def _is_apart(line: Lexed, found: re.Match[str]) -> bool:
    """Tell whether a comma, colon or bracket sets a bare number apart from the name before it; `vol. 12` is a name."""
    return any(token.word in {*",;:([{"} for token in line.tokens[slice(*found.span("apart"))])


def _is_per(per: str, line: Lexed, count: _Count) -> bool:
    """Tell whether a price is that of one of what is counted: `2 kg te à 90 kr/kg`, `2 st datorer à 900 kr/dator`."""
    is_noun = count.unit.lower() in ONE_PIECE and _same_unit(per, line.tokens[count.begin].word)
    return _same_unit(per, count.unit) or is_noun


def _same_unit(one: str, other: str) -> bool:
    """Tell whether two words name the same unit, in one number or in two: `rulle`, `rullar`."""
    one, other = one.lower().rstrip("."), other.lower().rstrip(".")
    begins = ({word.removesuffix(end) for end in _ENDINGS} for word in (one, other))
    is_word = any(len(begin) > 1 for begin in set.intersection(*begins))
    return one == other or is_word or {one, other} <= ONE_PIECE or {one, other} <= ONE_HOUR


def _is_certain(line: Lexed, price: re.Match[str], behind: dict[str, str], count: _Count, made: FormLine) -> bool:
    """Tell whether the price is for certain that of one piece, and the text for certain no sentence."""
    quantity, amount = parse_quantity(made.quantity), parse_amount(made.price)
    is_at = price["at"] and line.tokens[price.start("at")].word == "at"
    is_time = is_at and _TIME.fullmatch(made.price) and not count.is_marked
    is_each = bool((price["at"] and not is_time) or price["per"] or "each" in behind or count.is_each)
    if "sum" in behind and (made.discount or not adds_up(quantity, amount, parse_amount(behind["sum"]))):
        return False
    if not (is_each or "sum" in behind or (quantity == 1 and Kind.CURRENCY in price["money"])):
        return False
    if count.is_first:
        is_sentence = not price["at"] and is_prose(line.text)
    else:
        is_sentence = is_prose(made.description) and not count.is_apart
    is_partly = "discount" in behind and ("remark" in behind or ("each" in behind and not price["per"]))
    is_other = behind.get("remark", "")[:1].isalpha() and Kind.CURRENCY not in price["money"]  # 12 500 BTC
    return not (is_sentence or is_partly or is_other or "quantity" in behind or line.text.endswith("?"))


def _counts_more(line: Lexed, count: _Count) -> bool:
    """Tell whether a second figure in the name may count goods of its own: `2 mus, 3 tangentbord`."""
    body = _NAMED.sub(lambda found: Kind.WORD * len(found[0]), line.kinds)
    goods = (line.tokens[m.end()] for m in _SECOND.finditer(body, count.begin, count.end))
    lasts = (line.tokens[m.end() - 1].word in _TIMES for m in _LASTS.finditer(body, count.begin, count.end))
    is_piece = count.is_marked and count.unit.lower() in ONE_PIECE
    return any(line.text[word.start].islower() for word in goods) or (not is_piece and any(lasts))


def adds_up(quantity: Decimal | BadAmount, price: Money | BadAmount, total: Money | BadAmount) -> bool:
    """Tell whether a line's own sum is right within 1 kr, as far as it is there and the line can be read."""
    if isinstance(total, BadAmount):
        return total.kind is AmountProblem.EMPTY
    if isinstance(quantity, BadAmount) or isinstance(price, BadAmount):
        return True
    return abs(price.times(quantity).amount - total.amount) <= 1


def line_sum(line: FormLine) -> Money:
    """Return what a line comes to, in its currency and VAT basis; zero where it cannot be read."""
    price, quantity = parse_amount(line.price), parse_quantity(line.quantity)
    whole = price.times(quantity) if isinstance(price, Money) and not isinstance(quantity, BadAmount) else Money.zero()
    return whole - (parse_discount(line.discount, whole) or Money.zero(whole.currency)) if line.discount else whole
