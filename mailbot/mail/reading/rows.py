"""Rows of a table of goods: what a head's columns mean, and the order line that a row is under it, or without any.

A column whose name is not known is neither price, quantity nor description: a row with a number in one is asked back,
and one answer about the column settles all rows. Known columns that say nothing of the price (a room, a delivery week)
become notes. A row's own sum checks it. A row without a head is read only where its cells fit one order of columns.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from itertools import product

from mailbot.domain.values.money import CURRENCIES, SIGNS, AmountProblem, BadAmount, Money, parse_quantity
from mailbot.domain.values.order import FormLine
from mailbot.domain.values.text import fold
from mailbot.languages import LINE_WORDS, SPOKEN, VOCABULARY, alternatives, phrases, words
from mailbot.languages.language import Column
from mailbot.mail.reading.amounts import parse_amount, parse_discount, part_vat
from mailbot.mail.reading.lexer import ONE_PIECE, SOLD_BY, Kind, kinds_of, lex, shape
from mailbot.mail.reading.readings import Goods, adds_up, read_words

MAX_CELLS = 40
SEPARATORS = re.compile("[;\t|]")

_COLUMNS = {name: column for x in SPOKEN for column, names in x.columns.items() for name in phrases(names)}
_COLUMNS["#"] = Column.POSITION
_TEXTS = {Column.DESCRIPTION, Column.ITEM_NO, Column.UNIT, Column.NOTED, Column.UNKNOWN}
_ARTICLES = set(words(LINE_WORDS.articles))
_OPTIONAL = product(((Column.ITEM_NO,), ()), ((Column.UNIT,), ()), ((Column.SUM,), ()))
_ORDERS = [
    (*item_no, Column.DESCRIPTION, Column.QUANTITY, *unit, Column.PRICE, *total) for item_no, unit, total in _OPTIONAL
]
"""The orders of columns that a row without a head may have."""
_CODE = alternatives([*SIGNS, *map(str.lower, CURRENCIES)])
_MONEY = re.compile(rf"[([]?(?<!\w)(?P<code>{_CODE})(?!\w)[)\]]?|:-")
_SMALL = "a-z" + "".join(language.letters for language in SPOKEN)
_ITEM_NO = re.compile(rf"(?=.{{1,24}}$)(?=.*(?:\d|[A-Z{_SMALL[3:].upper()}]{{2}}))(?!.*[{_SMALL}]{{2}})[^\s].*")
_NAME = re.compile(rf"[^\W\d_]{{3}}|[{_SMALL}]")
_NO_GOODS = shape("(?:NAMING [STOP OPEN]* NUMBER (?!MEASURE) | [NUMBER MEASURE COUNT SALE STOP OPEN CLOSE])*")
"""A cell that only says which room, week or size it is."""
_NO_FIGURE = shape(
    "(?:NUMBER MEASURE | NUMBER NAMING | NAMING [STOP OPEN]* NUMBER | [^NUMBER CURRENCY PERCENT CREDIT])*"
)
"""A cell whose figures say a size, a name or an address."""
_PRICE_CELL = shape("AT? (?P<money>CURRENCY? NUMBER CURRENCY?) (?P<per>PER?) [STOP OPEN]* (?P<vat>VAT?) [STOP CLOSE]*")
_BRACKETS = re.compile(r"\(([^\W\d]{1,9}\.?)\)$")
_ORE = re.compile(r"[.,]\d\d$")
_IS_MONEY, _UNITS = re.compile(r"[^\d\W]|[€$£]|[.,](?:\d\d|-)$|\d[ .]\d{3}"), {*ONE_PIECE, *SOLD_BY} - {""}
"""Marks of which a row without a head has one, so that it is no row of names and numbers: of its price, or its unit."""
_LETTER, _DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")
_WITH_UNIT = shape("NUMBER [COUNT SALE] STOP?")
_NO_NAME = shape("CURRENCY NUMBER | NUMBER CURRENCY | AT NUMBER | VAT | DOUBT | ^TOTAL")
"""What says of a price, of the whole, or of doubt, in a cell that names what is ordered."""


@dataclass(frozen=True)
class TableHead:
    """The columns of a table, and what its heads say of all prices: their VAT basis and currency, the discount's unit.

    `separator` sets the cells apart; `is_framed`: lines begin or end with it.
    """

    columns: tuple[Column, ...] = ()
    names: tuple[str, ...] = ()
    vat: str = ""
    currency: str = ""
    discount: str = ""
    separator: str = ""
    is_framed: bool = False


_AS_WORDS = shape("[AT] [SIGN CREDIT OPEN VAGUE DASH]* CURRENCY? NUMBER | PER | NUMBER TIMES")
"""A mark that a line in words has and a row of cells has not."""


def read_table_head(cells: Sequence[str]) -> TableHead | None:
    """Return the columns that these cells name; None where they are no head."""
    if len(cells) < 3 or any(_DIGIT.search(cell) and is_amount(cell) for cell in cells):
        return None
    known = [column_of(cell) for cell in cells]
    goods = {Column.DESCRIPTION, Column.ITEM_NO}, {Column.QUANTITY, Column.PRICE, Column.SUM}
    if not all(side & set(known) for side in goods) or len(set(known) - {None}) < 2:
        return None
    if known.count(Column.DESCRIPTION) > 1 and Column.ITEM_NO not in known:
        articles = (place for place, cell in enumerate(cells) if _bare(fold(cell)) in _ARTICLES)
        known[next(articles, 0)] = Column.ITEM_NO
    columns = tuple(
        column if column and (column is Column.NOTED or column not in known[:place]) else Column.UNKNOWN
        for place, column in enumerate(known)
    )
    return _said_of_all(TableHead(columns, tuple(cell.strip("*_: ") or str(n) for n, cell in enumerate(cells, 1))))


def _said_of_all(head: TableHead) -> TableHead:
    """Return the head with what stands beside the names of its columns for price and discount."""
    names = {column: fold(name) for column, name in zip(head.columns, head.names, strict=True)}
    price, off = names.get(Column.PRICE, ""), names.get(Column.DISCOUNT, "")
    money = _MONEY.search(price)
    return replace(
        head,
        vat=part_vat(price)[1],
        currency=(money["code"] or "kr").upper() if money else "",
        discount="%" if "%" in off else "kr" if _MONEY.search(off) else "",
    )


@lru_cache(maxsize=1024)
def column_of(cell: str) -> Column | None:
    """Return what a cell names as the head of a column; None where no known column is called so."""
    name = fold(cell).strip("*_: ").replace("(%)", "%")
    return _COLUMNS.get(name) or _COLUMNS.get(_bare(name))


def _bare(name: str) -> str:
    """Return a head's name without what it says of VAT, currency, and the unit in brackets behind it."""
    plain, unit = _MONEY.sub("", part_vat(name)[0]), _BRACKETS.search(name)
    if unit and (unit[1].rstrip(".") in ONE_PIECE or lex(unit[1]).kinds == Kind.MEASURE):
        plain = plain.replace(unit[0], "")
    return plain.replace(" /", "/").replace("/ ", "/").strip(" *_:.,()/") or name


def cells_of(text: str) -> tuple[str, list[str]]:
    """Return what sets the cells of a line apart, and the cells; a line with none, or with too many, is one cell."""
    if ";" not in text and "\t" not in text and "|" not in text:  # most have none
        return ";", [text.strip()]
    separator = max(";\t|", key=text.count)
    if text.count(separator) > MAX_CELLS:
        return separator, [text]
    bare = text.strip("|") if text.startswith("|") and text.endswith("|") else text
    return separator, [cell.strip() for cell in bare.split(separator)]


def read_goods(text: str, head: TableHead | None) -> Goods:
    """Return what a text may order: as a row under the head above it or under none, or as a line in words."""
    separator, cells = cells_of(text)
    if text.startswith("|") != text.endswith("|") and (head is None or head.is_framed):
        return Goods(width=int(len(cells) > 2))  # half a row, whose other half is on another line
    under = head if head and head.separator == separator and len(cells) > 1 else None
    row = read_row(cells, under) if under or len(cells) > 2 else None
    if row and (row.line or under):
        return row
    words = read_words(" ".join(text.split()))
    is_said = _AS_WORDS.search(kinds_of(text)) is not None
    if row and not (words.line and is_said):
        return row
    return words if is_said or len(cells) < 4 else Goods()


def read_row(cells: Sequence[str], head: TableHead | None) -> Goods | None:
    """Return what a row is under its head, or without any; None where it is no row of goods."""
    if head is None:
        return _without_head(cells)
    filled = [cell for cell in cells if cell]
    if {Column.DESCRIPTION, Column.QUANTITY, Column.PRICE} - set(head.columns):
        return Goods(width=len(cells)) if any(map(is_amount, filled)) else None
    if len(cells) != len(head.columns) or not filled:
        return _of_another_length(cells, filled, head)
    values = dict(zip(head.columns, cells, strict=True))
    if not values[Column.DESCRIPTION]:
        return Goods(width=len(cells)) if len(filled) > 2 or any(map(is_amount, filled)) else None
    line = _line(values, head)
    texts = (cell for column, cell in zip(head.columns, cells, strict=True) if column in _TEXTS)
    if any(map(_no_purchase, texts)) or _NO_NAME.search(lex(line.description).kinds):
        return Goods(width=len(cells))
    others = [(c, name, cell) for c, name, cell in zip(head.columns, head.names, cells, strict=True) if cell]
    noted = tuple(
        f"{name}: {cell} ({line.description})" for c, name, cell in others if c in {Column.NOTED, Column.UNKNOWN}
    )
    found = replace(_checked(line, values, head), notes=noted, width=len(cells))
    unsure = [name for c, name, cell in others if c is Column.UNKNOWN and not _NO_FIGURE.fullmatch(lex(cell).kinds)]
    if found.line is None or not unsure:
        return found
    return replace(found, line=None, readings=(found.line,), column=", ".join(unsure))


def _no_purchase(cell: str) -> bool:
    """Tell whether a cell says that a row is a credit, a discount, or cancelled."""
    return not {Kind.CREDIT, Kind.DISCOUNT}.isdisjoint(lex(cell).kinds)


def _of_another_length(cells: Sequence[str], filled: Sequence[str], head: TableHead) -> Goods | None:
    """Ask back a row that is shorter or longer than its head and holds a number; `Rum: | 312` is a key and a value."""
    is_pair = len(filled) == 2 and filled[0].endswith(":") and _LETTER.search(filled[0])
    if is_pair or not any(is_amount(cell.rstrip(":")) for cell in filled):
        return None
    missing = len(head.columns) - len(cells)
    padded = read_row((*cells, *[""] * missing), head) if missing > 0 else None
    line = padded.line if padded else None
    return Goods(readings=(line,) if line and line.is_readable(VOCABULARY) else (), width=len(cells))


def _line(values: dict[Column, str], head: TableHead) -> FormLine:
    """Return a row as a line, before its discount: a quantity's unit may stand beside it, a currency in a cell."""
    quantity, unit = values[Column.QUANTITY], values.get(Column.UNIT, "")
    parts = lex(quantity)
    if not unit and _WITH_UNIT.fullmatch(parts.kinds):
        quantity, unit = parts.written(0, 1), parts.written(1, 2)
    price, said = _price(values[Column.PRICE], unit)
    currency = values.get(Column.CURRENCY, "") or head.currency
    if currency and price and is_amount(f"{price} {currency}") and Kind.CURRENCY not in lex(price).kinds:
        price = f"{price} {currency}"
    rate = values.get(Column.VAT, "").strip(" %")
    vat = said if said and not head.vat else f"{head.vat} {rate} %".strip() if rate else head.vat
    return FormLine(values[Column.DESCRIPTION], quantity, price, values.get(Column.ITEM_NO, ""), unit, vat)


def _price(cell: str, unit: str) -> tuple[str, str]:
    """Part the cell of a price, such as `à 12 500 kr/st exkl. moms`, into the price and what it says of VAT."""
    parts = lex(cell)
    found = _PRICE_CELL.fullmatch(parts.kinds)
    per = parts.written(*found.span("per")).lstrip("/ ") if found and found["per"] else ""
    if found is None or not {per.lower(), fold(unit).rstrip(".")} <= ONE_PIECE:
        return cell, ""
    return parts.written(*found.span("money")), parts.written(*found.span("vat"))


def _checked(line: FormLine, values: dict[Column, str], head: TableHead) -> Goods:
    """Take a row whose own sum is right, and whose discount has a unit or is settled by that sum."""
    total = values.get(Column.SUM, "")
    options = [replace(line, discount=off) for off in _discounts(values.get(Column.DISCOUNT, ""), head)]
    right = [option for option in options or [line] if _is_right(option, total)]
    if len(right) == 1 and (len(options) < 2 or total):
        return Goods(right[0])
    return Goods(readings=tuple(right) if len(options) > 1 else ())


def _discounts(cell: str, head: TableHead) -> Iterator[str]:
    """Yield what the cell of a discount may say: per cent or kronor, where neither cell nor head says which."""
    off = cell.strip(" -–−")
    if not off.strip(" 0,%"):
        return
    if Kind.CURRENCY in lex(off).kinds and is_amount(off):
        yield off
        return
    said = {"%" if "%" in off else "", head.discount} - {""}
    for unit in ("%", "kr"):
        if unit in (said or {"%", "kr"}):
            yield off if unit in off else f"{off.strip(' %')} {unit}"


def _is_right(line: FormLine, total: str) -> bool:
    """Tell whether a row's own sum is right, as far as quantity and price can be read."""
    if total and not is_amount(total) and _DIGIT.search(total):
        return False
    stated, quantity, price = parse_amount(total), parse_quantity(line.quantity), parse_amount(line.price)
    if (
        not line.discount
        or isinstance(price, BadAmount)
        or isinstance(quantity, BadAmount)
        or isinstance(stated, BadAmount)
    ):
        return adds_up(quantity, price, stated)
    whole = price.times(quantity)
    off = parse_discount(line.discount, whole)
    return off is not None and adds_up(Decimal(1), whole - off, stated)


def _without_head(cells: Sequence[str]) -> Goods | None:
    """Read a row by the one order of columns that its cells fit; if there are more or none, an amount is asked back."""
    used = max((place for place, cell in enumerate(cells, 1) if cell), default=0)
    fitting = [
        values for order in _ORDERS if len(order) == used and _fits(values := dict(zip(order, cells, strict=False)))
    ]
    right = [line for values in fitting if _is_right(line := _line(values, TableHead()), values.get(Column.SUM, ""))]
    is_one = len(right) == 1 and len(fitting) == 1 and Column.SUM not in fitting[0]  # a price fits a sum's place too
    if is_one:
        is_marked = _IS_MONEY.search(right[0].price) or fold(right[0].unit).rstrip(".") in _UNITS
        return Goods(right[0], width=len(cells), bare=not is_marked)
    is_row = used > 2 and any(is_amount(cell) for cell in cells if cell)
    return Goods(readings=tuple(right), width=len(cells)) if is_row else None


def _fits(values: dict[Column, str]) -> bool:
    line, unit = _line(values, TableHead()), values.get(Column.UNIT, "")
    return (
        _NAME.search(line.description) is not None
        and not _no_purchase(line.description)
        and _NO_GOODS.fullmatch(lex(line.description).kinds) is None
        and (not line.item_no or _ITEM_NO.fullmatch(line.item_no) is not None)
        and not _ORE.search(line.quantity)
        and _is_said(parse_quantity(line.quantity))
        and (fold(unit).rstrip(".") in {*_UNITS, ""} or not _DIGIT.search(unit))
        and is_amount(values[Column.PRICE])
        and is_amount(values.get(Column.SUM, "1"))
    )


@lru_cache(maxsize=4096)  # asked of the same cell by whoever looks for a head, for keys and for goods
def is_amount(text: str) -> bool:
    """Tell whether a cell is a written amount, also one that is refused."""
    return _DIGIT.search(text) is not None and _is_said(parse_amount(text))


def _is_said(found: Money | Decimal | BadAmount) -> bool:
    return not isinstance(found, BadAmount) or found.kind not in {AmountProblem.EMPTY, AmountProblem.UNREADABLE}
