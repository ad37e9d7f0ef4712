"""What mail programs and people do to an order mail, and what it may still be read as: itself, or asked back.

Run it for a table: `python -m tests.mail.reading.order_changes [examples] [seed]`; with `seed:number` it shows one
example.
"""

import re
import sys
import textwrap
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from random import Random

from mailbot.domain.ordering.draft import DraftContext, complete
from mailbot.domain.values.money import BadAmount, parse_quantity
from mailbot.domain.values.order import Content, FormLine
from mailbot.domain.values.text import fold
from mailbot.mail.reading.amounts import parse_amount
from mailbot.mail.reading.choice import Contradiction
from mailbot.mail.reading.intake import take_in
from tests.mail.reading.order_writer import (
    CENT,
    COLUMNS,
    LineMeaning,
    Meaning,
    Page,
    Row,
    Table,
    a_page,
    amount,
    bare_amount,
    lines_of,
    to_bytes,
)
from tests.support.samples import DAY, DIRECTORY, POLICY, RUT

SETTING = DraftContext(RUT, DIRECTORY, POLICY, DAY)
UNCHANGED = "unchanged"
ASKED: tuple[Meaning, ...] = ()
"""What must be asked back may be read as nothing."""

Changed = tuple[Page, tuple[Meaning, ...]]
Change = Callable[[Page, Random], Changed | None]
CHANGES: dict[str, Change] = {}


def change(name: str) -> Callable[[Change], Change]:
    """Enter a change under its name; it returns None for a page that it does not fit."""

    def enter(made: Change) -> Change:
        CHANGES[name] = made
        return made

    return enter


def with_row(page: Page, number: int, row: Row) -> Page:
    """Return the page with another row in this place."""
    rows = list(page.rows)
    rows[number] = row
    return replace(page, rows=tuple(rows))


def with_cell(page: Page, number: int, key: str, write: Callable[[str], str]) -> Page | None:
    """Return the page with one cell written anew; None for a page without such a column."""
    table = page.table
    if table is None or key not in table.keys:
        return None
    place = table.keys.index(key)
    rows = [list(row) for row in table.rows]
    rows[number][place] = write(rows[number][place])
    return replace(page, table=replace(table, rows=tuple(map(tuple, rows))))


def with_column(table: Table, place: int, head: str, cells: list[str]) -> Table:
    """Return the table with one more column, whose key is none that is known."""
    rows = tuple((*row[:place], cell, *row[place:]) for row, cell in zip(table.rows, cells, strict=True))
    named = (*table.head[:place], head, *table.head[place:]) if table.head else ()
    return replace(table, keys=(*table.keys[:place], head, *table.keys[place:]), head=named, rows=rows)


# --- Columns ---

CONVENTIONS: dict[int, list[tuple[str, ...]]] = {
    3: [("name", "count", "price")],
    4: [("name", "count", "unit", "price"), ("no", "name", "count", "price")],
    5: [("no", "name", "count", "unit", "price")],
}
"""What the cells of rows without a head are by their number, as docs/mail.md says."""


def tabled(page: Page, table: Table, *meanings: Meaning) -> Changed:
    """Return the page with this table; what rows without a head say by their number of cells is a meaning, too."""
    changed = replace(page, table=table)
    if table.head or page.carrier == "order.json":
        return changed, meanings
    return changed, (*meanings, *by_convention(changed, table))


def by_convention(page: Page, table: Table) -> Iterator[Meaning]:
    """Return what rows without a head mean where each cell can be what it is by its place, and only that."""
    for keys in CONVENTIONS.get(len(table.rows[0]), []):
        rows = [dict(zip(keys, row, strict=False)) for row in table.rows]
        if all(len(row) == len(keys) for row in table.rows) and all(map(_can_be_a_row, rows)):
            lines = tuple(map(_as_said, rows))
            yield _with_lines(page, lines)


def _can_be_a_row(row: dict[str, str]) -> bool:
    is_count = re.fullmatch(r"\d+(?:\s\d{3})*(?:,\d+)?", row["count"]) is not None
    is_unit = re.fullmatch(r"[^\W\d]*\.?", row.get("unit", "")) is not None
    is_name = re.search(r"[^\W\d_]{2}", row["name"]) is not None
    return is_count and is_unit and is_name and value_of(row["price"]) > 0


def _as_said(row: dict[str, str]) -> LineMeaning:
    quantity, price = value_of(row["count"]), value_of(row["price"])
    name = " ".join(row["name"].split())
    total = (quantity * price).quantize(CENT, ROUND_HALF_UP)
    return LineMeaning(quantity, price, frozenset({(row.get("unit", ""), name), ("", name)}), total)


def value_of(text: str) -> Decimal:
    """Return the figure that `amount`, `bare_amount` or `count` wrote, 0 for any other text."""
    figure = re.sub(r"\s", "", text).strip("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ€$:-,")
    if not re.fullmatch(r"[\d.,]+", figure):
        return Decimal(0)
    decimals = re.search(r"[.,](\d{1,2})$", figure)
    whole = re.sub(r"\D", "", figure[: decimals.start()] if decimals else figure)
    thousand = 1000 if re.search(r"(?:tkr|kkr)$", text) else 1
    return Decimal(f"{whole or 0}.{decimals[1] if decimals else 0}") * thousand


UNKNOWN = {
    "Rum": ("1204", "312", "B 312", "C405"),
    "År": ("3", "2026", "5"),
    "Vikt": ("12", "2,5", "18 kg"),
    "Lager": ("40", "7", "0"),
    "Hylla": ("439", "12:4", "H 7"),
    "Foo": ("99", "1 200", "4 500,00"),
    "Listpris": ("4 990", "12 900,00", "799"),
    "Min. antal": ("10", "5"),
}
KNOWN = {
    "Kommentar": ("svart", "till rum 312", "se offert 118"),
    "Varugrupp": ("4310", "IT 12"),
    "Leveransvecka": ("49", "v. 50"),
    "Kostnadsställe": ("4410", "165002"),
    "Valuta": ("SEK",),
}


@change("column added, unknown head")
def _unknown_column(page: Page, rng: Random) -> Changed | None:
    return _added(page, rng, UNKNOWN)


@change("column added, known head")
def _known_column(page: Page, rng: Random) -> Changed | None:
    return _added(page, rng, KNOWN) if page.order.currency == "SEK" else None


def _added(page: Page, rng: Random, heads: dict[str, tuple[str, ...]]) -> Changed | None:
    table = page.table
    if table is None:
        return None
    head, texts = rng.choice(list(heads.items()))
    cells = [rng.choice(texts) for _ in table.rows]
    added = with_column(table, rng.randint(0, len(table.keys)), head, cells)
    return tabled(page, added, _with_more_words(page.meaning, cells))


def _with_more_words(meaning: Meaning, cells: list[str]) -> Meaning:
    """Return the meaning whose descriptions may say what the new cell says, too."""
    lines = []
    for line, cell in zip(meaning.lines, cells, strict=True):
        more = {(u, form.format(n, cell)) for u, n in line.names for form in ("{} {}", "{}, {}", "{} ({})", "{1} {0}")}
        lines.append(replace(line, names=line.names | more))
    return replace(meaning, lines=tuple(lines))


@change("column added, position")
def _position(page: Page, rng: Random) -> Changed | None:
    if page.table is None or not page.table.head:
        return None
    cells = [str(number * rng.choice((1, 10))) for number, _ in enumerate(page.table.rows, 1)]
    head = rng.choice(("Pos", "Rad", "Nr", "#", "Pos."))
    return replace(page, table=with_column(page.table, 0, head, cells)), (page.meaning,)


@change("column added, row sum")
def _row_sum(page: Page, rng: Random) -> Changed | None:
    """A row sum checks: one that is wrong is asked back."""
    if page.table is None or "sum" in page.table.keys or page.carrier == "order.json":
        return None
    right = rng.random() < 0.6
    more = 0 if right else rng.choice((10, 100, 1000))
    cells = [bare_amount(rng, item.total + more, page.order) for item in page.order.items]
    head = rng.choice((*COLUMNS[page.order.language]["sum"], "Pris totalt", "Radbelopp"))
    added = with_column(page.table, len(page.table.keys), head, cells)
    return tabled(page, added, *((page.meaning,) if right else ASKED))


@change("column added, VAT")
def _vat_column(page: Page, rng: Random) -> Changed | None:
    if page.table is None or not page.table.head or page.carrier == "order.json":
        return None
    included, stated = page.order.vat or (False, 25)
    rate = rng.choice((25, 25, 12, 6))
    cells = [rng.choice((f"{rate}", f"{rate} %", f"{rate}%"))] * len(page.table.rows)
    head = rng.choice(("Moms %", "Moms", "Moms (%)", "Momssats", "VAT %"))
    added = replace(page, table=with_column(page.table, rng.randint(1, len(page.table.keys)), head, cells))
    conflict = page.order.vat is not None and rate != stated
    return added, ASKED if conflict else (replace(page.meaning, vat=(included, rate)),)


@change("column added, discount")
def _discount_column(page: Page, rng: Random) -> Changed | None:
    """A discount whose unit is said lowers the line; of one whose unit is not said nobody knows what it is."""
    table = page.table
    if table is None or not table.head or "sum" in table.keys or page.carrier == "order.json":
        return None
    head = rng.choice(("Rabatt", "Rabatt %", "Rabatt (%)", "Discount %", "Rabatt"))
    share = rng.choice((10, 20, 50))
    changed = replace(page, table=with_column(table, len(table.keys), head, [str(share)] * len(table.rows)))
    if "%" not in head:
        return changed, ASKED
    lines = tuple(_lowered(line, share) for line in page.meaning.lines)
    return changed, (_with_lines(page, lines),)


def _lowered(line: LineMeaning, share: int) -> LineMeaning:
    return replace(line, total=(line.total * (100 - share) / 100).quantize(CENT, ROUND_HALF_UP))


def _with_lines(page: Page, lines: tuple[LineMeaning, ...]) -> Meaning:
    total = sum((line.total for line in lines), Decimal(0))
    return replace(page.meaning, lines=lines, totals=frozenset({max(total, page.order.stated or Decimal(0))}))


@change("columns moved")
def _moved(page: Page, rng: Random) -> Changed | None:
    if page.table is None:
        return None
    places = list(range(len(page.table.keys)))
    rng.shuffle(places)
    keys, *rows = [tuple(row[place] for place in places) for row in (page.table.keys, *page.table.rows)]
    head = tuple(page.table.head[place] for place in places) if page.table.head else ()
    return tabled(page, Table(keys, head, tuple(rows), page.table.separator), page.meaning)


RENAMED = {
    "price": ("Pris/st", "Pris per styck", "Enhetspris", "Pris exkl. moms", "Kostnad", "Nettopris", "Bar", "Värde"),
    "count": ("Qty", "Antal st", "St", "Mängd", "Bar", "Antal/förp"),
    "name": ("Text", "Vara", "Modell", "Bar", "Namn"),
    "unit": ("Enh", "Enh.", "Sort", "Bar"),
    "no": ("Nr", "Best.nr", "Art", "Lev. art.nr", "Bar"),
    "sum": ("Radpris", "Pris totalt", "Bar", "Netto"),
}


@change("column renamed")
def _renamed(page: Page, rng: Random) -> Changed | None:
    table = page.table
    if table is None or not table.head or page.carrier == "order.json":
        return None
    place = rng.randrange(len(table.keys))
    name = rng.choice(RENAMED[table.keys[place]])
    if "exkl" in name and page.order.vat and page.order.vat[0]:
        return None
    head = (*table.head[:place], name, *table.head[place + 1 :])
    return replace(page, table=replace(table, head=head)), (page.meaning,)


@change("price column called a sum")
def _price_as_sum(page: Page, rng: Random) -> Changed | None:
    """What is called the sum of the row is none of one piece, unless there is but one."""
    table = page.table
    if table is None or not table.head or "sum" in table.keys or page.carrier == "order.json":
        return None
    place = table.keys.index("price")
    head = (*table.head[:place], rng.choice(("Radsumma", "Belopp", "Summa")), *table.head[place + 1 :])
    single = all(item.quantity == 1 for item in page.order.items)
    lines = tuple(
        replace(line, price=(line.price / line.quantity).quantize(CENT, ROUND_HALF_UP), total=line.price)
        for line in page.meaning.lines
    )
    return replace(page, table=replace(table, head=head)), (page.meaning if single else _with_lines(page, lines),)


@change("head left out")
def _headless(page: Page, _rng: Random) -> Changed | None:
    if page.table is None or not page.table.head or page.carrier == "order.json":
        return None
    return tabled(page, replace(page.table, head=()), page.meaning)


@change("cell split")
def _split(page: Page, rng: Random) -> Changed | None:
    """A separator within a cell makes two of it: `12` and `400,00`."""
    table = page.table
    if table is None or page.carrier == "order.json":
        return None
    number = rng.randrange(len(table.rows))
    row = table.rows[number]
    places = [place for place, text in enumerate(row) if re.search(r"\S[\s,.]\S", text)]
    if not places:
        return None
    place = rng.choice(places)
    cut = rng.choice(list(re.finditer(r"(?<=\S)[\s,.](?=\S)", row[place])))
    parts = (row[place][: cut.start()], row[place][cut.end() :])
    rows = [*table.rows]
    rows[number] = (*row[:place], *parts, *row[place + 1 :])
    is_whole = table.keys[place] != "name" or row[place][cut.start()] == " "
    return tabled(page, replace(table, rows=tuple(rows)), *((page.meaning,) if is_whole else ASKED))


@change("cell left out")
def _cell_left_out(page: Page, rng: Random) -> Changed | None:
    table = page.table
    if table is None or page.carrier == "order.json":
        return None
    number, place = rng.randrange(len(table.rows)), rng.randrange(len(table.keys))
    rows = [*table.rows]
    rows[number] = (*rows[number][:place], *rows[number][place + 1 :])
    needed = table.keys[place] in {"name", "count", "price"}
    return tabled(page, replace(table, rows=tuple(rows)), *(ASKED if needed else (page.meaning,)))


# --- Lines that mail programs cut ---


def _laid(page: Page, lay: Callable[[list[str], int, int], list[str]]) -> Changed | None:
    """Lay the lines out anew. Words of a name without a number, alone above or below, may be a heading or a remark."""
    if not page.has_free_text:
        return None
    laid = lay(*lines_of(page))
    alone = {" ".join(line.split()).lstrip("-*•–· ") for line in laid if not re.search(r"\d", line)}
    lines = tuple(replace(line, names=line.names | _shortened(line.names, alone)) for line in page.meaning.lines)
    return replace(page, laid=tuple(laid)), (replace(page.meaning, lines=lines),)


def _shortened(names: frozenset[tuple[str, str]], alone: set[str]) -> set[tuple[str, str]]:
    found = set(names)
    for _ in range(3):
        found |= {(unit, name.removeprefix(f"{words} ")) for unit, name in found for words in alone if words}
        found |= {(unit, name.removesuffix(f" {words}")) for unit, name in found for words in alone if words}
    return found


def _cut(lines: list[str], place: int, rng: Random) -> list[str]:
    spaces = [found.start() for found in re.finditer(r"(?<=\S)\s(?=\S)", lines[place])]
    if not spaces:
        return lines
    at = rng.choice(spaces)
    return [*lines[:place], lines[place][:at], lines[place][at + 1 :], *lines[place + 1 :]]


@change("line cut")
def _cut_once(page: Page, rng: Random) -> Changed | None:
    place = rng.randrange(1000)
    return _laid(page, lambda lines, first, last: _cut(lines, first + place % (last - first), rng))


@change("line cut twice")
def _cut_twice(page: Page, rng: Random) -> Changed | None:
    place = rng.randrange(1000)

    def lay(lines: list[str], first: int, last: int) -> list[str]:
        chosen = first + place % (last - first)
        return _cut(_cut(lines, chosen, rng), chosen + rng.randrange(2), rng)

    return _laid(page, lay)


@change("every line cut")
def _cut_each(page: Page, rng: Random) -> Changed | None:
    def lay(lines: list[str], first: int, last: int) -> list[str]:
        for place in reversed(range(first, last)):
            lines = _cut(lines, place, rng)
        return lines

    return _laid(page, lay)


@change("wrapped at 72 to 78")
def _wrapped(page: Page, rng: Random) -> Changed | None:
    """Names are made so long that their lines are cut somewhere."""
    if not page.has_free_text or page.table is not None:
        return None
    width = rng.randint(72, 78)
    more = rng.choice((" med svenskt tangentbord, förlängd garanti", " i svart, med fot, väska och 2 m kabel i låda"))
    items = tuple(replace(i, name=_longer(i.name, more, rng)) for i in page.order.items)
    order = replace(page.order, items=items)
    rows = tuple(replace(row, item=item) for row, item in zip(page.rows, items, strict=True))
    return _laid(replace(page, order=order, rows=rows), lambda lines, _first, _last: _wrap(lines, width))


def _longer(name: str, more: str, rng: Random) -> str:
    return f"{name}{more}{rng.choice(('', ' för resor', ' och 65 W laddare', ' till sal MA121'))}"


def _wrap(lines: list[str], width: int) -> list[str]:
    made = [textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""] for line in lines]
    return [piece for pieces in made for piece in pieces]


# --- Signs, numbers, quantities ---

MINUS = tuple("-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe58\ufe63\uff0d\u207b\u208b\u2796")
CREDITS = ("minus {}", "avgår {}", "./. {}", "({})", "[{}]", "kredit {}", "– {}", "- {}", "− {}")


@change("sign before a price")
def _minus_price(page: Page, rng: Random) -> Changed | None:
    """A price that is lowered or given back is asked back, however that is written."""
    glued = [sign + "{}" for sign in MINUS]
    number = rng.randrange(len(page.order.items))
    if page.table is not None:
        form = rng.choice([*glued, *CREDITS])
        changed = with_cell(page, number, "price", form.format)
        return (changed, ASKED) if changed else None
    row = page.rows[number]
    forms = [*glued, *CREDITS] if "{at} {price}" in row.sentence else [*glued, *CREDITS[:6]]
    return with_row(page, number, replace(row, price=rng.choice(forms).format(row.price))), ASKED


@change("sign before a quantity")
def _minus_quantity(page: Page, rng: Random) -> Changed | None:
    number, sign = rng.randrange(len(page.order.items)), rng.choice(("-", "\u2212", "\u2011", "minus "))
    if page.table is not None:
        changed = with_cell(page, number, "count", lambda text: sign + text)
        return (changed, ASKED) if changed else None
    row = page.rows[number]
    return with_row(page, number, replace(row, count=sign + row.count)), ASKED if "{count}" in row.sentence else (
        page.meaning,
    )


@change("price written another way")
def _other_number(page: Page, rng: Random) -> Changed | None:
    number = rng.randrange(len(page.order.items))
    written = amount(rng, page.order.items[number].price, page.order)
    if page.table is not None:
        changed = with_cell(page, number, "price", lambda _: written)
        return (changed, (page.meaning,)) if changed else None
    changed = with_row(page, number, replace(page.rows[number], price=written))
    return changed, (page.meaning,)


@change("thousands by a comma alone")
def _comma_thousands(page: Page, rng: Random) -> Changed | None:
    """`12,400` is always asked back."""
    fitting = [n for n, i in enumerate(page.order.items) if 1000 <= i.price < 1_000_000 and i.price % 1 == 0]
    if not fitting or page.carrier == "order.json":
        return None
    number = rng.choice(fitting)
    written = f"{int(page.order.items[number].price):,}"
    if page.table is not None:
        changed = with_cell(page, number, "price", lambda _: written)
        return (changed, ASKED) if changed else None
    return with_row(page, number, replace(page.rows[number], price=f"{written} kr")), ASKED


@change("second count")
def _second_count(page: Page, rng: Random) -> Changed | None:
    """`24 st pennor, 10 förp à 49 kr`: only the sender knows which it is."""
    fitting = [n for n, r in enumerate(page.rows) if re.match(r"\{count\} ?\{unit\} \{name\} \{at\}", r.sentence)]
    if not fitting:
        return None
    number = rng.choice(fitting)
    row = page.rows[number]
    other = rng.choice((f", {rng.randint(2, 60)} förp", f", {rng.randint(2, 60)} paket", f" ({rng.randint(2, 60)} st)"))
    item = replace(row.item, name=row.item.name + other + rng.choice(("", ",")))
    return with_row(page, number, replace(row, item=item)), ASKED


@change("measure first, then a count")
def _measure_first(page: Page, rng: Random) -> Changed | None:
    """`5 m kabel, 40 st à 12 kr` is 40 pieces of a cable of 5 m, or asked back."""
    fitting = [n for n, r in enumerate(page.rows) if r.sentence == "{name}, {count} {unit} {at} {price}"]
    if not fitting:
        return None
    number = rng.choice(fitting)
    row = page.rows[number]
    name = f"{rng.choice((2, 5, 10))} {rng.choice(('m', 'mån', 'm'))} {row.item.name}"
    changed = with_row(page, number, replace(row, item=replace(row.item, name=name)))
    return changed, (changed.meaning,)


REMARKS = (
    " (svart)",
    ", leverans v. 49",
    " (ord. pris {})",
    " (förra året {})",
    ", ord. pris {}",
    ", till rum 312",
    " = {}",
    " exkl. moms",
    " inkl. moms",
)


@change("remark behind the price")
def _remark(page: Page, rng: Random) -> Changed | None:
    """A wrong row sum is asked back; a remark may stay with the name; of prices with VAT every line must say so."""
    if not page.rows or page.order.vat is not None:
        return None
    number, remark = rng.randrange(len(page.rows)), rng.choice(REMARKS)
    row, item = page.rows[number], page.order.items[number]
    right = rng.random() < 0.6
    other = item.total + (0 if right else 100) if remark == " = {}" else item.price * 2
    said = remark.format(amount(rng, other, page.order))
    changed = with_row(page, number, replace(row, sentence=row.sentence + said.replace("{", "{{").replace("}", "}}")))
    if remark == " inkl. moms":
        return changed, (replace(page.meaning, vat=(True, 25)),) if len(page.rows) == 1 else ASKED
    if remark == " = {}":
        return changed, (page.meaning,) if right else ASKED
    named = page.meaning.lines[number].names
    spoken = replace(page.meaning.lines[number], names=named | {(unit, name + said) for unit, name in named})
    lines = (*page.meaning.lines[:number], spoken, *page.meaning.lines[number + 1 :])
    return changed, (replace(page.meaning, lines=lines),)


@change("discount in the line")
def _discount_in_line(page: Page, rng: Random) -> Changed | None:
    if not page.rows or not all(row.sentence.endswith("{at} {price}") for row in page.rows):
        return None
    number, share = rng.randrange(len(page.rows)), rng.choice((10, 20, 50))
    row = page.rows[number]
    said = rng.choice((", {} % rabatt", ", rabatt {} %", " minus {} %", " - {} %", ", avgår {} % rabatt"))
    changed = with_row(page, number, replace(row, sentence=row.sentence + said.format(share)))
    lines = list(page.meaning.lines)
    lines[number] = _lowered(lines[number], share)
    return changed, (_with_lines(page, tuple(lines)),)


# --- Lines and words around ---


@change("discount line added")
def _discount_line(page: Page, rng: Random) -> Changed | None:
    """What a free line takes off, and from what, is asked back."""
    sum_off = amount(rng, Decimal(rng.choice((100, 500, 1200))), page.order)
    forms: tuple[str, ...] = ("Rabatt {}", "Rabatt: {}", "Rabatt: -{}", "Avgår rabatt {}", "Rabatt 10 %", "10 % rabatt")
    forms += ("Kampanjrabatt {}", "- Rabatt {}", "1 st Rabatt à -{}", "Avdrag {}", "Rabatt −{}", "Discount {}")
    return replace(page, below=(rng.choice(forms).format(sum_off),)), ASKED


@change("credit line added")
def _credit_line(page: Page, rng: Random) -> Changed | None:
    price = amount(rng, Decimal(rng.choice((99, 500, 1200))), page.order)
    forms: tuple[str, ...] = (
        "1 st retur Skärm à {}",
        "Retur 2 st Kabel à {}",
        "Kredit: {}",
        "Kreditering 1 st Mus à {}",
    )
    forms += ("1 st Inbyte gammal skärm à -{}", "1 st Inbyte à −{}", "-1 st Skärm à {}", "1 st Retur av dator, {}")
    forms += ("Avgår 1 st Skärm à {}", "1 st Skärm (retur) à {}")
    return replace(page, below=(rng.choice(forms).format(price),)), ASKED


WORDS_AROUND = (
    ("Mvh", "Karin Edlund", "Rum 312", "Tel 090-786 51 22"),
    ("Lämnas i rum 312", "Hälsn Petra 4512"),
    ("Ersätter datorer från 2019",),
    ("Till rum 312",),
    ("Vi är 12 personer på plan 4 som väntar på dessa.",),
    ("Levereras till Storgatan 12, 903 26 Umeå",),
    ("Mvh NN anknytning 4512",),
    ("Budget är 20 000 kr.",),
    ("Beställning 2026-11-30:",),
    ("Förra året kostade samma modell 13 200 kr och vi köpte 4 st då.",),
    ("312",),
    ("Room 312",),
    ("12 personer sitter på plan 4 och 3 av dem saknar skärm.",),
    ("Faktureras 4410-22",),
    ("v. 49",),
    ("Tack!",),
)


@change("text right below")
def _text_below(page: Page, rng: Random) -> Changed | None:
    return replace(page, below=rng.choice(WORDS_AROUND)), (page.meaning,)


@change("text right above")
def _text_above(page: Page, rng: Random) -> Changed | None:
    return replace(page, above=rng.choice(WORDS_AROUND)), (page.meaning,)


@change("item added without its currency")
def _bare_item(page: Page, rng: Random) -> Changed | None:
    """An item whose price nothing marks is asked back, or read; it is never left out."""
    if page.order.currency != "SEK" or page.carrier == "order.json":
        return None
    price = rng.choice(("129", "1 290", "450,00", "2490"))
    value = Decimal(price.replace(" ", "").replace(",", "."))
    below = rng.choice(("2 st Musmatta Steel {}", "Musmatta Steel, 2 st {}", "2 st Musmatta Steel, {}")).format(price)
    line = LineMeaning(Decimal(2), value, frozenset({("st", "Musmatta Steel"), ("", "Musmatta Steel")}), 2 * value)
    return replace(page, below=(below,)), (_with_lines(page, (*page.meaning.lines, line)),)


TOTALS = {
    "excluded": (
        "Totalt exkl moms: {}",
        "Totalsumma (exkl. moms): {}",
        "Totalt exkl. moms {}",
        "Total (VAT excl.): {}",
    ),
    "included": ("Summa inkl. moms: {}", "Totalt inkl moms {}", "Total incl. VAT: {}", "Att betala inkl. moms: {}"),
    "open": (
        "Att betala: {}",
        "Totalt: {}",
        "Totalsumma {}",
        "Summa: {}",
        "Total: {}",
        "Slutsumma: {}",
        "Att betala {}",
    ),
}


@change("total stated in other words")
def _total(page: Page, rng: Random) -> Changed | None:
    """A stated total that is higher decides; where its basis is another than the order's, both readings may be."""
    if page.order.stated is not None or page.order.currency != "SEK":
        return None
    included, rate = page.order.vat or (False, 25)
    basis = rng.choice(list(TOTALS))
    if basis == "excluded" and included:
        return None
    higher = (page.order.line_sum + rng.choice((0, 100, 9200))).quantize(CENT, ROUND_HALF_UP)
    written = higher * (100 + rate) / 100 if basis == "included" and not included else higher
    if written != written.quantize(CENT, ROUND_HALF_UP):
        return None
    line = rng.choice(TOTALS[basis]).format(amount(rng, written, page.order))
    totals = {max(total, page.order.line_sum) for total in (higher, written)}
    if basis == "open" and not included:
        totals.add(max(page.order.line_sum, (written * 100 / (100 + rate)).quantize(CENT, ROUND_HALF_UP)))
    where = {"below": ("", line)} if rng.random() < 0.5 else {"below": (line,)}
    return replace(page, **where), (replace(page.meaning, totals=frozenset(totals)),)


@change("item struck out")
def _struck(page: Page, rng: Random) -> Changed | None:
    if page.carrier != "HTML":
        return None
    return replace(page, struck=f"{rng.randint(1, 9)} st Docka WD19 à 4 900 kr"), (page.meaning,)


HEADS = (
    ("Från: Sälj <salj@dustin.example>", "Skickat: den 26 november 2026 09:18", "Till: Rut Rask", "Ämne: Offert 118"),
    ("Fra: Salg", "Sendt: 26. november 2026 09:18", "Til: Rut Rask", "Emne: Tilbud 118"),
    ("Von: Verkauf", "Gesendet: Donnerstag, 26. November 2026 09:18", "An: Rut Rask", "Betreff: Angebot 118"),
    ("De : Ventes", "Envoyé : jeudi 26 novembre 2026 09:18", "À : Rut Rask", "Objet : Offre 118"),
    ("Van: Verkoop", "Verzonden: donderdag 26 november 2026 09:18", "Aan: Rut Rask", "Onderwerp: Offerte 118"),
    ("Lähettäjä: Myynti", "Lähetetty: torstai 26. marraskuuta 2026 9.18", "Vastaanottaja: Rut", "Aihe: Tarjous 118"),
    ("From: Sales <sales@dustin.example>", "Sent: Thursday, November 26, 2026 9:18 AM", "To: Rut", "Subject: Offer"),
    ("-----Ursprungligt meddelande-----", "Från: Sälj", "Skickat: den 26 november 2026", "Till: Rut", "Ämne: Offert"),
    ("Den tors 26 nov. 2026 kl 09:18 skrev Sälj <salj@dustin.example>:",),
)


@change("offer quoted below")
def _quoted(page: Page, rng: Random) -> Changed | None:
    """Nothing of what somebody else wrote is ordered."""
    offer = ("", "Hej,", "", "7 st Skrivare för hörsal à 5 000 kr", "", "Totalt: 35 000 kr", "", "Mvh Sälj")
    return replace(page, quoted=(*rng.choice(HEADS), *offer)), (page.meaning,)


AROUND = ("text right above", "text right below", "offer quoted below")
SETS_BELOW = {*AROUND, "discount line added", "credit line added", "item added without its currency"}
SETS_BELOW |= {"total stated in other words", "two changes"}


@change("two changes")
def _two(page: Page, rng: Random) -> Changed | None:
    """Text around the rows, and something done to the rows themselves."""
    first = CHANGES[rng.choice(AROUND)](page, rng)
    second = rng.choice([name for name in CHANGES if name not in SETS_BELOW])
    return CHANGES[second](first[0], rng) if first else None


# --- Examples and how they are judged ---


@dataclass(frozen=True)
class Example:
    """A mail, how it was made, and what it may be read as besides being asked back."""

    key: str
    page: Page
    change: str
    raw: bytes
    acceptable: tuple[Meaning, ...]

    @property
    def text(self) -> str:
        """What a person sees of it, roughly."""
        lines = self.page.laid or lines_of(self.page)[0]
        attached = [str(row) for row in self.page.table.all_rows] if self.page.table else []
        return "\n".join([*lines, *(attached if self.page.carrier.startswith("order.") else [])])


def example(seed: str, number: int) -> Example:
    """Return one example, the same one always."""
    key = f"{seed}:{number}"
    rng = Random(key)  # noqa: S311
    if number % 4 == 0:
        page = a_page(rng)
        return Example(key, page, UNCHANGED, to_bytes(page, rng), (page.meaning,))
    name = rng.choice(list(CHANGES))
    changed = None
    while changed is None:  # until a page is drawn that the change fits
        changed = CHANGES[name](a_page(rng), rng)
    return Example(key, changed[0], name, to_bytes(changed[0], rng), changed[1])


def judged(made: Example) -> tuple[str, str]:
    """Read an example: `read`, `asked`, `parked`, `half` (asked, but a line that was read is wrong) or `wrong`."""
    intake = take_in(made.raw, "rut.rask@example.se")
    if intake.mail.robot or intake.mail.defect:
        return "wrong", f"robot {intake.mail.robot}, defect {intake.mail.defect}"
    if isinstance(intake.form, Contradiction):
        return "parked", "text and HTML say different things"
    content = complete(intake.form, SETTING)
    if isinstance(content, Content) and not intake.forwarded:
        differences = [differs(content, meaning) for meaning in made.acceptable] or ["it must be asked back"]
        return ("read", "") if "" in differences else ("wrong", f"{shown(content)}: {' / '.join(differences)}")
    why = [f"{p.kind} {p.text}" for p in content] if isinstance(content, tuple) else ["forwarded"]
    bad = [line for line in intake.form.lines if made.acceptable and not _belongs(line, made)]
    return ("half", f"{bad}, asked {why}") if bad else ("asked", f"{why}")


def _belongs(line: FormLine, made: Example) -> bool:
    """Tell whether a line that was read in a mail that is asked back is one of the order's, or is asked back too."""
    quantity, price = parse_quantity(line.quantity), parse_amount(line.price, currency=made.page.order.currency)
    if isinstance(quantity, BadAmount) or isinstance(price, BadAmount):
        return True
    meant = [x for meaning in made.acceptable for x in meaning.lines]
    return any((x.quantity, x.price) == (quantity, price.amount) for x in meant)


def shown(content: Content) -> str:
    """Return an order in a line."""
    lines = [f"{x.quantity} {x.unit!r} {x.description!r} à {x.price.amount}" for x in content.lines]
    return f"{lines} = {content.total.amount} {content.currency} {content.vat.included} {content.vat.rate}"


def differs(content: Content, meaning: Meaning) -> str:
    """Return how an order differs from what a mail may mean, "" for not at all."""
    if len(content.lines) != len(meaning.lines):
        return f"{len(meaning.lines)} lines"
    for line, meant in zip(content.lines, meaning.lines, strict=True):
        names = {(fold(unit), fold(name)) for unit, name in meant.names}
        prices = {meant.price, (meant.total / meant.quantity).quantize(CENT, ROUND_HALF_UP)}
        if line.quantity != meant.quantity or line.price.amount not in prices or line.total.amount != meant.total:
            return f"{meant.quantity} à {meant.price} = {meant.total}"
        if (fold(line.unit), fold(line.description)) not in names:
            return f"the words {sorted(meant.names)}"
    if (content.currency, content.vat.included, int(content.vat.rate)) != (meaning.currency, *meaning.vat):
        return f"{meaning.currency}, VAT {meaning.vat}"
    return "" if content.total.amount in meaning.totals else f"the total {sorted(meaning.totals)}"


OUTCOMES = ("read", "asked", "half", "parked", "wrong")


@dataclass
class Tally:
    """How many examples ended in which way, and those that are wrong."""

    shapes: dict[str, Counter[str]]
    changes: dict[str, Counter[str]]
    wrong: list[str]
    clear: Counter[str]

    def take(self, made: Example) -> None:
        """Judge an example and count it."""
        outcome, why = judged(made)
        self.changes[made.change][outcome] += 1
        if made.change == UNCHANGED:
            self.shapes[made.page.shape][outcome] += 1
            if made.page.is_clear:
                self.clear[outcome] += 1
        if outcome == "wrong":
            self.wrong.append(f"{made.key} {made.page.shape}, {made.page.carrier}, {made.change}: {why}\n{made.text}")

    @property
    def share_read(self) -> float:
        """The share that was read of what was not changed and has one reading."""
        return self.clear["read"] / max(1, self.clear.total())

    def table(self) -> Iterator[str]:
        """Write it out per shape, where nothing was changed, and per change."""
        for title, counts in (("unchanged, by shape", self.shapes), ("by change", self.changes)):
            yield f"{title:36}" + "".join(f"{outcome:>8}" for outcome in OUTCOMES)
            for name, found in sorted(counts.items()):
                yield f"{name:36}" + "".join(f"{found[outcome] or '':>8}" for outcome in OUTCOMES)
        yield f"of the unchanged with one reading {self.share_read:.1%} are read; {len(self.wrong)} wrong in all"


def measure(seed: str, examples: int, tally: Tally | None = None) -> Tally:
    """Read that many examples of a seed."""
    tally = tally or Tally(defaultdict(Counter), defaultdict(Counter), [], Counter())
    for number in range(examples):
        tally.take(example(seed, number))
    return tally


def main() -> None:
    """Print the table and what is wrong, or show one example."""
    words = [*sys.argv[1:], *("2000", "fixed")[len(sys.argv) - 1 :]]
    if ":" in words[0]:
        made = example(words[0].rpartition(":")[0], int(words[0].rpartition(":")[2]))
        print(made.text, f"\n{made.page.shape}, {made.page.carrier}, {made.change}", *judged(made), sep="\n")  # noqa: T201
        return
    started = time.process_time()
    tally = measure(words[1], int(words[0]))
    print(*tally.wrong[:100], *tally.table(), f"{time.process_time() - started:.1f} s of CPU", sep="\n")  # noqa: T201


if __name__ == "__main__":
    main()
