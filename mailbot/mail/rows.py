"""Rows of a table of goods: what a head's columns mean, and the order line that a row is under it, or without any.

A column whose name is not known is neither price, quantity nor description: a row with a number in one is asked back,
and one answer about the column settles all rows. Known columns that say nothing of the price (a room, a delivery week)
become notes. A row's own sum checks it. A row without a head is read only where its cells fit one order of columns.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache

from mailbot.domain.directory import fold
from mailbot.domain.money import AmountProblem, Money, Refusal, parse_amount, parse_discount, parse_quantity
from mailbot.domain.order import FormLine
from mailbot.mail.lexer import ONE_PIECE, SOLD_BY, lex
from mailbot.mail.readings import adds_up


class Column(StrEnum):
    """What the cells of a column say of a line. NOTED ones are shown to people; nothing is ordered by them."""

    ITEM_NO = "item_no"
    DESCRIPTION = "description"
    QUANTITY = "quantity"
    UNIT = "unit"
    PRICE = "price"
    SUM = "sum"
    VAT = "vat"
    DISCOUNT = "discount"
    CURRENCY = "currency"
    POSITION = "position"
    NOTED = "noted"
    UNKNOWN = "unknown"


_NAMES: dict[Column, str] = {
    Column.ITEM_NO: "artikelnr, artikelnummer, art.nr, artnr, art nr, item no, item number, sku, part no",
    Column.DESCRIPTION: "benämning, beskrivning, artikel, produkt, vara, description, item, product, article",
    Column.QUANTITY: "antal, kvantitet, mängd, antal st, quantity, qty",
    Column.UNIT: "enhet, unit, enh",
    Column.PRICE: "à-pris, a-pris, á-pris, à pris, a pris, á pris, pris, styckpris, enhetspris, pris/st, pris per st, "
    "st-pris, pris/enhet, unit price, price, price each, price per unit, price/unit, price/pc",
    Column.SUM: "summa, radsumma, belopp, totalt, total, sum, amount, line total, line sum, totalpris, total price, "
    "totalbelopp, radtotal",
    Column.VAT: "moms, moms %, moms i %, momssats, vat, vat %, vat rate",
    Column.DISCOUNT: "rabatt, rabatt %, rabatt i %, discount, discount %",
    Column.CURRENCY: "valuta, currency",
    Column.POSITION: "pos, position, rad, radnr, rad nr, nr, no, #, löpnr, line, line no",
    Column.NOTED: "artikelgrupp, varugrupp, produktgrupp, kategori, group, category, kommentar, kommentarer, anmärkning, "
    "notering, comment, comments, note, notes, remark, leveransvecka, vecka, lev.vecka, leverans, leveransdatum, delivery, "
    "delivery week, week, rum, lokal, plats, room, kostnadsställe, kst, cost centre, cost center, konto, account, projekt, "
    "project, färg, colour, color, fabrikat, tillverkare, märke, brand, manufacturer, mått, measure, mottagare, avser",
}
_COLUMNS = {name: column for column, names in _NAMES.items() for name in names.split(", ")}
_ARTICLES = {"artikel", "produkt", "item", "product", "article"}
_ORDERS = [
    (Column.ITEM_NO, Column.DESCRIPTION, Column.QUANTITY, Column.UNIT, Column.PRICE, Column.SUM),
    (Column.ITEM_NO, Column.DESCRIPTION, Column.QUANTITY, Column.UNIT, Column.PRICE),
    (Column.ITEM_NO, Column.DESCRIPTION, Column.QUANTITY, Column.PRICE, Column.SUM),
    (Column.DESCRIPTION, Column.QUANTITY, Column.UNIT, Column.PRICE, Column.SUM),
    (Column.DESCRIPTION, Column.QUANTITY, Column.UNIT, Column.PRICE),
    (Column.ITEM_NO, Column.DESCRIPTION, Column.QUANTITY, Column.PRICE),
    (Column.DESCRIPTION, Column.QUANTITY, Column.PRICE, Column.SUM),
    (Column.DESCRIPTION, Column.QUANTITY, Column.PRICE),
]
"""The orders of columns that a row without a head may have."""
_BASIS = re.compile(
    r"\(?(?:\b(?P<side>exkl|excl|inkl|incl|ex|utan|med)[a-z]*\.? ?(?:moms|vat)|(?:moms|vat) (?P<after>excl|incl)\w*)\.?\)?"
)
_MONEY = re.compile(r"[([]?(?<!\w)(?P<code>kr|sek|eur|usd|gbp|nok|dkk|€|[$]|£)(?!\w)[)\]]?|:-")
_ITEM_NO = re.compile(r"(?=.{1,24}$)(?=.*(?:\d|[A-ZÅÄÖ]{2}))(?!.*[a-zåäö]{3})[^\s].*")
_NAME = re.compile(r"[^\W\d_]{3}|[a-zåäö]")
_ORE = re.compile(r"[.,]\d\d$")
_LETTER, _DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")


@dataclass(frozen=True)
class Head:
    """The columns of a table, and what its heads say of all prices: their VAT basis and currency, the discount's unit."""

    columns: tuple[Column, ...]
    names: tuple[str, ...]
    vat: str = ""
    currency: str = ""
    discount: str = ""


@dataclass(frozen=True)
class Row:
    """What a row is: a line that is taken; or, where `line` is None, a text that is asked back.

    `readings` are what it may mean, `unknown` the column alone that keeps the first of them from being taken.
    """

    line: FormLine | None = None
    readings: tuple[FormLine, ...] = ()
    unknown: str = ""
    notes: tuple[str, ...] = ()


def read_head(cells: Sequence[str]) -> Head | None:
    """Return the columns that these cells name; None where they are no head."""
    if len(cells) < 3 or any(_DIGIT.search(cell) and is_amount(cell) for cell in cells):
        return None
    plain = [fold(cell).strip("*_: ") for cell in cells]
    bare = [_bare(name) for name in plain]
    known = [_COLUMNS.get(name) or _COLUMNS.get(short) for name, short in zip(plain, bare, strict=True)]
    goods = {Column.DESCRIPTION, Column.ITEM_NO}, {Column.QUANTITY, Column.PRICE, Column.SUM}
    if not all(side & set(known) for side in goods) or len(set(known) - {None}) < 2:
        return None
    if known.count(Column.DESCRIPTION) > 1 and Column.ITEM_NO not in known:
        known[next((n for n, name in enumerate(bare) if name in _ARTICLES), 0)] = Column.ITEM_NO
    columns = tuple(
        column if column and (column is Column.NOTED or column not in known[:place]) else Column.UNKNOWN
        for place, column in enumerate(known)
    )
    if Column.PRICE not in columns:
        return Head(columns, tuple(cells))
    price, off = (
        plain[columns.index(Column.PRICE)],
        columns.count(Column.DISCOUNT) and plain[columns.index(Column.DISCOUNT)],
    )
    basis, money = _BASIS.search(price), _MONEY.search(price)
    return Head(
        columns,
        tuple(cell.strip("*_: ") for cell in cells),
        vat=basis[0].strip("() ") if basis else "",
        currency=(money["code"] or "kr").upper() if money else "",
        discount="%" if off and "%" in off else "kr" if off and _MONEY.search(off) else "",
    )


@lru_cache(maxsize=1024)
def names_column(cell: str) -> bool:
    """Tell whether a cell is the name of a known column."""
    name = fold(cell).strip("*_: ")
    return name in _COLUMNS or _bare(name) in _COLUMNS


def _bare(name: str) -> str:
    """Return a head's name without what it says of VAT and currency."""
    return _MONEY.sub("", _BASIS.sub("", name)).strip(" *_:.,()/") or name


def read_row(cells: Sequence[str], head: Head | None) -> Row | None:
    """Return what a row is under its head, or without any; None where it is no row of goods."""
    if head is None:
        return _without_head(cells)
    filled = [cell for cell in cells if cell]
    if {Column.DESCRIPTION, Column.QUANTITY, Column.PRICE} - set(head.columns):
        return Row() if any(is_amount(cell) for cell in filled) else None
    if len(cells) != len(head.columns) or not filled:
        padded = (*cells, *[""] * (len(head.columns) - len(cells)))
        under = read_row(padded, head) if filled and len(cells) < len(head.columns) else None
        return (
            Row(readings=(under.line,) if under and under.line and under.line.is_readable else ())
            if _has_figures(filled)
            else None
        )
    values = dict(zip(head.columns, cells, strict=True))
    if not values[Column.DESCRIPTION]:
        return Row() if len(filled) > 2 or any(is_amount(cell) for cell in filled) else None
    line = _line(values, head)
    unsure = [n for n, c in enumerate(head.columns) if c is Column.UNKNOWN and _DIGIT.search(cells[n])]
    notes = tuple(
        f"{head.names[n]}: {cells[n]} ({line.description})"
        for n, c in enumerate(head.columns)
        if c in {Column.NOTED, Column.UNKNOWN} and cells[n]
    )
    found = _checked(line, values.get(Column.DISCOUNT, ""), values.get(Column.SUM, ""), head)
    if found.line is None or not unsure:
        return replace(found, notes=notes)
    return Row(readings=(found.line,), unknown=", ".join(head.names[n] or str(n + 1) for n in unsure), notes=notes)


def _has_figures(filled: Sequence[str]) -> bool:
    """Tell whether a row too short for its head holds a number, and is no key with its value such as `Rum: | 312`."""
    is_pair = len(filled) == 2 and filled[0].endswith(":") and _LETTER.search(filled[0])
    return not is_pair and any(is_amount(cell.rstrip(":")) for cell in filled)


def _line(values: dict[Column, str], head: Head) -> FormLine:
    """Return a row as a line, before its discount: a quantity's unit may stand beside it, a currency in a cell."""
    quantity, unit = values[Column.QUANTITY], values.get(Column.UNIT, "")
    parts = lex(quantity)
    if not unit and parts.kinds in {"nu", "nm", "nu,", "nm,"}:
        quantity, unit = parts.written(0, 1), parts.written(1, 2)
    price, currency = values[Column.PRICE], values.get(Column.CURRENCY, "") or head.currency
    if currency and price and is_amount(f"{price} {currency}") and "c" not in lex(price).kinds:
        price = f"{price} {currency}"
    rate = values.get(Column.VAT, "").strip(" %")
    vat = " ".join(part for part in (head.vat, f"{rate} %" if rate else "") if part)
    description, item_no = values[Column.DESCRIPTION], values.get(Column.ITEM_NO, "")
    return FormLine(description, quantity, price, item_no, unit, vat)


def _checked(line: FormLine, discount: str, total: str, head: Head) -> Row:
    """Take a row whose discount has a unit and whose own sum is right."""
    off = discount.strip(" -–−") if discount.strip(" 0,%-–") else ""
    units = [unit for unit in ("%", "kr") if unit == head.discount or ((unit == "%") == ("%" in off) and "%" in off)]
    if off and is_amount(off) and "c" in lex(off).kinds:
        units = [""]
    options = [replace(line, discount=_with_unit(off, unit)) for unit in (units or ["%", "kr"])] if off else [line]
    right = [option for option in options if _is_right(option, total)]
    if len(right) == 1 and (len(options) == 1 or total):
        return Row(line=right[0])
    return Row(readings=tuple(right) if len(options) > 1 else ())


def _with_unit(off: str, unit: str) -> str:
    return f"{off.strip(' %')} {unit}".strip() if unit not in off else off


def _is_right(line: FormLine, total: str) -> bool:
    """Tell whether a row's own sum is right, as far as all of it can be read."""
    stated = parse_amount(total)
    quantity, price = parse_quantity(line.quantity), parse_amount(line.price)
    if line.discount and isinstance(price, Money) and not isinstance(quantity, Refusal) and isinstance(stated, Money):
        off = parse_discount(line.discount, price.times(quantity))
        return off is not None and abs(price.times(quantity).amount - off.amount - stated.amount) <= 1
    return adds_up(quantity, price, stated)


def _without_head(cells: Sequence[str]) -> Row | None:
    """Read a row by the one order of columns that its cells fit; more than one, or none with an amount, is asked back."""
    cells = list(cells)
    while cells and not cells[-1]:
        cells.pop()
    fitting = [dict(zip(order, cells, strict=True)) for order in _ORDERS if _fits(order, cells)]
    lines = [_line(values, Head((), ())) for values in fitting]
    right = [line for values, line in zip(fitting, lines, strict=True) if _is_right(line, values.get(Column.SUM, ""))]
    if (
        len(right) == 1 and len(fitting) == 1 and Column.SUM not in fitting[0]
    ):  # a sum fits a price beside a quantity too
        return Row(line=right[0])
    is_row = len(cells) > 2 and any(is_amount(cell) for cell in cells if cell)
    return Row(readings=tuple(right)) if is_row else None


def _fits(order: tuple[Column, ...], cells: Sequence[str]) -> bool:
    if len(order) != len(cells):
        return False
    values = dict(zip(order, cells, strict=True))
    unit = values.get(Column.UNIT)
    line = _line(values, Head((), ()))
    return (
        _NAME.search(values[Column.DESCRIPTION]) is not None
        and (not line.item_no or _ITEM_NO.fullmatch(line.item_no) is not None)
        and not _ORE.search(line.quantity)
        and _was_read(line.quantity)
        and (unit is None or not unit or fold(unit).rstrip(".") in ONE_PIECE | set(SOLD_BY) or not _DIGIT.search(unit))
        and is_amount(values[Column.PRICE])
        and (Column.SUM not in values or is_amount(values[Column.SUM]))
    )


@lru_cache(maxsize=4096)  # asked of the same cell by whoever looks for a head, for keys and for goods
def is_amount(text: str) -> bool:
    """Tell whether a cell is a written amount, also one that is refused."""
    found = parse_amount(text)
    return not isinstance(found, Refusal) or found.kind not in {AmountProblem.EMPTY, AmountProblem.UNREADABLE}


def _was_read(text: str) -> bool:
    found = parse_quantity(text)
    return not isinstance(found, Refusal) or found.kind not in {AmountProblem.EMPTY, AmountProblem.UNREADABLE}
