"""A writer of order mails, from an order to bytes: what the reader is measured by. It shares no code with the reader.

`write` makes a random order, lays it out in one of the shapes that people use and in one of the ways mail programs send
it, and says what it means. `order_changes` changes such a page; `python -m tests.mail.reading.order_changes` measures.
"""

import csv
import html
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_HALF_UP, Decimal
from email.message import EmailMessage
from email.policy import SMTP
from io import StringIO
from random import Random

CENT = Decimal("0.01")
CURRENCIES = {"SEK": ("kr", " kr", " SEK", " kronor"), "EUR": (" EUR", " €", "€"), "NOK": (" NOK",), "USD": (" USD",)}
BEFORE = {"SEK": ("SEK ", "kr "), "EUR": ("EUR ", "€"), "NOK": ("NOK ",), "USD": ("USD ", "$")}
GROUPS = (" ", " ", " ", "", "\u00a0", "\u202f", "\u2009")
RATES = (25, 25, 12, 6)

NAMES = (
    *("Dell XPS 13", "Dell P2723DE 27 tum", "Dell Latitude 5550 15 tum", "HP 305XL svart", "HP EliteBook 845 G11"),
    *("Lenovo ThinkVision T27h-30", "Lenovo ThinkPad X1 Carbon Gen 12", "Jabra Evolve2 65", "Logitech MX Keys S"),
    *("iPhone 15 Pro 256 GB", "iPad mini 8,3 tum 128 GB", "MacBook Pro 14 M4 16 GB/512 GB", "Samsung 990 Pro 2 TB"),
    *("Kabel USB-C 2 m", "Nätverkskabel Cat6 5 m", "HDMI 2.1-kabel 3 m", "Raspberry Pi 5 8 GB", "Nätdel 65 W USB-C"),
    *("Väggfäste 75x75 mm", "Bord T90 180x80 cm", "Whiteboard 120x90 cm", "Kontorsstol 6000 Plus", "Kontorsstol 6000"),
    *(
        "Toner TN-423BK 6 500 sidor",
        "Kopieringspapper A4 80 g",
        "Etikett 62x29 mm",
        "Whiteboardpenna 4-pack",
        "Pärm A4",
    ),
    *(
        "Skruv M4x20 A2-70",
        'Skärm 27"',
        "TV 55” QLED",
        "Sigma 24-70/2,8 DG DN II",
        "Filter 82 mm UV",
        "Batteri AA 1,5 V 40-pack",
    ),
    *(
        "Svensk ordbok, 2:a upplagan 2021",
        "ISO 27001:2022 handbok",
        "Bok 1984",
        "Skåp Serie 100",
        "Office 2024 Standard",
    ),
    *(
        "Windows 11 Pro",
        "Windows Server 2025 ex 16 core",
        "Termometer typ K -50 till 300 grader",
        "Skåp under bänk 60 cm",
    ),
    *(
        "Kabel från Deltaco 3 m",
        "Webbkamera 1080p 60 fps",
        "Switch GS108 8-ports",
        "Router AX5400 WiFi 6",
        "Headset Engage 55",
    ),
    *(
        "LED-lampa 8 W 2700 K",
        "Ringljus 10 tum",
        "STM32 Nucleo-F446RE",
        "Mus M185",
        "Skyddsskor stl 42",
        "Laddare",
        "Docka 40B0",
    ),
    *(
        "Brother HL-L8360CDW (A4)",
        "Stativ 190",
        "Väska 15,6 tum, grå",
        "Garanti 3 år",
        "Licens Adobe 2024, årsvis",
        "Lås 1,8 mm",
    ),
)
BY_UNIT = {
    "m": ("Fiberkabel OM4", "Kabelkanal 40x60 mm", "Nätverkskabel Cat6A"),
    "h": ("Installation i hörsal MA121", "Montering av Windows 11", "Support nivå 2"),
    "mån": ("Adobe Creative Cloud", "Molnlagring 200 GB"),
    "förp": ("Kopieringspapper A4 80 g", "Post-it 76x76 mm", "Batteri AA 1,5 V", "Pärm A4 60 mm"),
}
WORDS = {"sv": ("", "En", "Två", "Tre", "Fyra", "Fem"), "en": ("", "One", "Two", "Three", "Four", "Five")}
WORDED = len(WORDS["sv"])


@dataclass(frozen=True)
class Item:
    """One thing that is wanted; `price` is that of one, in the order's currency."""

    name: str
    quantity: Decimal
    unit: str
    price: Decimal
    no: str = ""

    @property
    def total(self) -> Decimal:
        """Quantity times price."""
        return (self.quantity * self.price).quantize(CENT, ROUND_HALF_UP)


@dataclass(frozen=True)
class Order:
    """What somebody wants: `stated` is the total that they name, None for none; VAT is (included, rate)."""

    items: tuple[Item, ...]
    language: str
    currency: str = "SEK"
    vat: tuple[bool, int] | None = None
    stated: Decimal | None = None

    @property
    def line_sum(self) -> Decimal:
        """The sum of the lines."""
        return sum((item.total for item in self.items), Decimal(0))

    @property
    def total(self) -> Decimal:
        """The higher of stated total and line sum."""
        return max(self.line_sum, self.stated or Decimal(0))


@dataclass(frozen=True)
class LineMeaning:
    """What a line must be read as; `names` are the units with descriptions that say it, `total` what the line costs."""

    quantity: Decimal
    price: Decimal
    names: frozenset[tuple[str, str]]
    total: Decimal


@dataclass(frozen=True)
class Meaning:
    """An order that a mail may be read as; `totals` are the sums that may decide the limit."""

    lines: tuple[LineMeaning, ...]
    currency: str
    vat: tuple[bool, int]
    totals: frozenset[Decimal]


def amount(rng: Random, value: Decimal, order: Order, *, named: bool = True) -> str:
    """Write a sum of money in one of the usual ways; with its currency where it must be `named`."""
    figure = bare_amount(rng, value, order)
    cents, mark = value % 1, figure[-3:-2] in {",", "."}
    if not named and rng.random() < 0.5:
        return figure
    if order.currency == "SEK" and not mark and rng.random() < 0.2:
        return figure + rng.choice((":-", ",-", ":-"))
    if order.currency == "SEK" and not cents and value >= 1000 and value % 100 == 0 and rng.random() < 0.04:
        thousands = (value / 1000).quantize(Decimal("0.1"))
        return f"{thousands:f}".removesuffix(".0").replace(".", ",") + rng.choice((" tkr", " kkr"))
    if rng.random() < 0.2:
        return rng.choice(BEFORE[order.currency]) + figure
    return figure + rng.choice(CURRENCIES[order.currency])


def bare_amount(rng: Random, value: Decimal, order: Order) -> str:
    """Write a sum of money without its currency."""
    whole, cents = divmod(int(value * 100), 100)
    group, mark = rng.choice(_number_styles(order.language, with_cents=bool(cents)))
    return f"{whole:,}".replace(",", group) + (f"{mark}{cents:02}" if mark else "")


def _number_styles(language: str, *, with_cents: bool) -> list[tuple[str, str]]:
    """Return pairs of what groups thousands and what begins the decimals, "" for none: none can be meant otherwise."""
    marks = (",", ",", ".") if with_cents else ("", "", "", ",", ".")
    styles = [(group, mark) for group in GROUPS for mark in marks]
    styles += [(".", mark) for mark in marks if mark != "."]
    return styles + [(",", ".")] * (6 if language == "en" else 1)


def count(rng: Random, value: Decimal) -> str:
    """Write a quantity."""
    whole = f"{value.normalize():f}".replace(".", ",")
    return f"{int(value):,}".replace(",", " ") if value >= 1000 and value % 1 == 0 and rng.random() < 0.5 else whole


@dataclass(frozen=True)
class Row:
    """One item as written: its parts as text, and the sentence that they are put into, if it is no row of a table."""

    item: Item
    count: str
    price: str
    words: dict[str, str] = field(default_factory=dict)
    sentence: str = ""
    units: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The line as written."""
        parts = {"count": self.count, "unit": self.item.unit, "name": self.item.name, "price": self.price}
        return self.sentence.format(**parts, **self.words)

    @property
    def may_be_asked(self) -> bool:
        """Tell whether only a blank parts the name from a number with blanks in it: `iPhone 15 900 kr`."""
        behind = {"{name} {price}": self.price, "{name} {count}": self.count}
        after = [text for pair, text in behind.items() if pair in self.sentence]
        ends = re.search(r"(?:^|[^\d.,])\d{1,3}$", self.item.name) is not None
        spaced = any(re.match(r"\d+\s\d", text) or (ends and re.match(r"\d{3}(?!\d)", text)) for text in after)
        return spaced or (ends and any(re.match(r"\D+\d{3}(?!\d)", text) for text in after))

    @property
    def meaning(self) -> LineMeaning:
        """What it must be read as."""
        item = self.item
        names = frozenset((unit, " ".join(item.name.split())) for unit in self.units)
        return LineMeaning(item.quantity, item.price, names, item.total)


@dataclass(frozen=True)
class Table:
    """Rows of cells under a head, or under none; `keys` say what each column is, `separator` what parts it in text."""

    keys: tuple[str, ...]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    separator: str

    @property
    def all_rows(self) -> list[tuple[str, ...]]:
        """The head, if there is one, and the rows."""
        return [self.head, *self.rows] if self.head else list(self.rows)

    @property
    def lines(self) -> list[str]:
        """The table as text."""
        texts = [self.separator.join(row).rstrip(" ") for row in self.all_rows]
        if self.separator != " | ":
            return texts
        boxed = [f"| {text} |" for text in texts]
        return [boxed[0], "|" + "---|" * len(self.keys), *boxed[1:]] if self.head else boxed


@dataclass(frozen=True)
class Page:
    """An order mail before it is sent: fields, then free rows or a table, and other text around them.

    `above` and `below` stand next to the rows without a blank line, `quoted` below all. `laid` are the lines of the
    text part where a mail program has laid them out anew.
    """

    order: Order
    shape: str
    carrier: str
    fields: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    table: Table | None = None
    around: tuple[tuple[str, ...], tuple[str, ...]] = ((), ())
    above: tuple[str, ...] = ()
    below: tuple[str, ...] = ()
    quoted: tuple[str, ...] = ()
    struck: str = ""
    laid: tuple[str, ...] = ()

    @property
    def is_clear(self) -> bool:
        """Tell whether no row may have a second reading."""
        return not any(row.may_be_asked for row in self.rows)

    @property
    def has_free_text(self) -> bool:
        """Tell whether the order is lines of a text part and of nothing else."""
        return self.carrier == "text"

    @property
    def meaning(self) -> Meaning:
        """What the page must be read as."""
        order = self.order
        vat = order.vat or (False, 25)
        lines = tuple(row.meaning for row in self.rows) if self.rows else tuple(map(_table_meaning, order.items))
        return Meaning(lines, order.currency, vat, frozenset({order.total}))


def _table_meaning(item: Item) -> LineMeaning:
    names = frozenset({(item.unit, " ".join(item.name.split())), ("", " ".join(item.name.split()))})
    return LineMeaning(item.quantity, item.price, names, item.total)


# --- Orders ---


def an_order(rng: Random) -> Order:
    """Return a random order."""
    language = "en" if rng.random() < 0.25 else "sv"
    currency = rng.choice(("SEK",) * 12 + ("EUR", "NOK", "USD"))
    items = tuple(an_item(rng, language) for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4, 6))))
    vat = (rng.random() < 0.5, rng.choice(RATES)) if rng.random() < 0.25 else None
    order = Order(items, language, currency, vat)
    if rng.random() < 0.75:
        return order
    more = rng.choice((0, 0, 0, 100, 500, 9000, -100))
    return replace(order, stated=max(order.line_sum + more, Decimal(1)))


def an_item(rng: Random, language: str) -> Item:
    """Return a random thing."""
    unit = rng.choice(("st",) * 16 + tuple(BY_UNIT)) if language == "sv" else rng.choice(("pcs", "pcs", "pcs", "h"))
    name = rng.choice(BY_UNIT.get(unit, NAMES))
    quantity = Decimal(rng.choice((1, 1, 1, 2, 2, 2, 3, 4, 5, 8, 10, 12, 25, 40, 99, 120, 1500)))
    if unit in {"m", "h"} and rng.random() < 0.3:
        quantity += Decimal("0.5")
    most = 2_000_000 if quantity < 10 else 50_000 if quantity < 100 else 900
    return Item(
        name,
        quantity,
        unit,
        min(a_price(rng), Decimal(most)),
        rng.choice(("5011234", "A100", "9Y7Q3", "EB-L210", "12-334.5")),
    )


def a_price(rng: Random) -> Decimal:
    """Return a random price: of pens, of screens and of servers."""
    whole = rng.choice(
        (rng.randint(1, 99), rng.randint(100, 999), rng.randint(1000, 99_999), rng.randint(100_000, 2_000_000))
    )
    if whole > 99_999 and rng.random() < 0.7:
        whole //= 100
    if whole > 1000 and rng.random() < 0.5:
        whole = whole // 100 * 100
    return Decimal(whole) + (Decimal(rng.randint(1, 99)) / 100 if rng.random() < 0.25 else 0)


# --- Shapes: a sentence for each way to write a line; (sentence, what it needs) ---

MARKED = {
    "classic": "{count} {unit} {name} {at} {price}",
    "classic, tight": "{count}{unit} {name} {at} {price}",
    "classic, per piece": "{count} {unit} {name} {at} {price}/{unit}",
    "times at": "{count} x {name} {at} {price}",
    "numbered": "{n}. {count} {unit} {name} {at} {price}",
    "bullets": "{bullet} {count} {unit} {name} {at} {price}",
    "bullets, times": "{bullet} {count} x {name} {at} {price}",
    "description first": "{name}, {count} {unit} {at} {price}",
    "dash between": "{name} – {count} {unit} {at} {price}",
    "brackets": "{name} ({count} {unit}) {at} {price}",
    "antal": "{name}, {antal} {count} {at} {price}",
    "bare quantity": "{count} {name} {at} {price}",
    "in words": "{word} {name} {at} {price}",
}
"""Sentences in which a word or a sign marks the price: its currency may be left out."""
NAMED = {
    "colon times": "{name}: {count} x {price}",
    "per piece": "{name} {count} {unit} {price}/{unit}",
    "per piece, comma": "{count} {unit} {name}, {price}/{unit}",
    "times, per piece": "{count} x {name} {price}/{unit}",
    "each": "{count} {unit} {name} {price} {each}",
    "quantity last": "{name}, {price} x {count}",
    "one": "{count} {unit} {name}, {price}",
    "one, dash": "{count} {name} – {price}",
    "one, last": "{name}, {count} {unit}, {price}",
}
SENTENCES = MARKED | NAMED
COUNTS = {"st", "pcs", "förp"}
AT = {"sv": ("à", "à", "à", "a", "á", "@", "à pris"), "en": ("at", "at", "@", "à")}
EACH = {"sv": ("styck", "st", "vardera"), "en": ("each", "each", "ea")}


def fits(shape: str, item: Item) -> bool:
    """Tell whether an item can be written in a shape."""
    sentence = SENTENCES[shape]
    if shape.startswith("one") and item.quantity != 1:
        return False
    if shape in {"bare quantity", "one, dash", "antal"} or "x" in sentence.split():
        return item.unit in {"st", "pcs"} and item.quantity < 100
    if shape == "in words":
        return item.unit in {"st", "pcs"} and item.quantity < WORDED
    if shape in {"each", "brackets"} or "/{unit}" in sentence:
        return item.unit in {"st", "pcs"}
    return item.unit in COUNTS or sentence.startswith(("{count} {unit}", "{n}. {count}", "{bullet} {count} {unit}"))


def a_row(rng: Random, shape: str, item: Item, order: Order, number: int) -> Row:
    """Write an item in a shape."""
    words = {
        "at": rng.choice(AT[order.language]),
        "antal": "antal" if order.language == "sv" else "qty",
        "each": rng.choice(EACH[order.language]),
        "bullet": rng.choice("-*•–·"),
        "n": str(number),
        "word": WORDS[order.language][int(item.quantity)] if item.quantity < WORDED else "",
    }
    sentence = SENTENCES[shape]
    price = amount(rng, item.price, order, named=shape in NAMED)
    units: tuple[str, ...] = (item.unit,)
    if "{unit}" not in sentence:
        units = ("",)
    elif sentence.count("{unit}") == 1 and sentence.endswith("/{unit}"):
        units = ("", item.unit)
    return Row(item, count(rng, item.quantity), price, words, sentence, units)


COLUMNS = {
    "sv": {
        "no": ("Artikelnr", "Art.nr", "Artikelnummer"),
        "name": ("Benämning", "Beskrivning", "Artikel", "Produkt"),
        "count": ("Antal", "Kvantitet"),
        "unit": ("Enhet",),
        "price": ("À-pris", "Pris", "Styckpris", "A-pris"),
        "sum": ("Summa", "Radsumma", "Belopp"),
    },
    "en": {
        "no": ("Item no", "SKU"),
        "name": ("Description", "Item", "Product"),
        "count": ("Quantity", "Qty"),
        "unit": ("Unit",),
        "price": ("Unit price", "Price"),
        "sum": ("Total", "Amount", "Line total"),
    },
}
HEADLESS = (("no", "name", "count", "unit", "price"), ("name", "count", "price"), ("name", "count", "unit", "price"))
SEPARATORS = {"rows ;": ("; ", ";"), "rows tab": ("\t",), "rows |": (" | ",)}


def a_table(rng: Random, order: Order, *, headed: bool, separator: str) -> Table:
    """Write the items as cells: the columns in any order under a head, in the usual one without."""
    keys = list(rng.choice(HEADLESS))
    if headed:
        others = [key for key in ("no", "unit", "sum") if rng.random() < 0.45]
        keys = ["name", "count", "price", *others]
        keys.sort(key=["no", "name", "count", "unit", "price", "sum"].index)
        if rng.random() < 0.3:
            rng.shuffle(keys)
    named = rng.random() < 0.4
    head = tuple(rng.choice(COLUMNS[order.language][key]) for key in keys) if headed else ()
    rows = tuple(tuple(cell(rng, key, item, order, named=named) for key in keys) for item in order.items)
    return Table(tuple(keys), head, rows, separator)


def cell(rng: Random, key: str, item: Item, order: Order, *, named: bool) -> str:
    """Write what stands in one cell."""
    money = {"price": item.price, "sum": item.total}
    if key in money:
        return amount(rng, money[key], order) if named else bare_amount(rng, money[key], order)
    return {"no": item.no, "name": item.name, "count": count(rng, item.quantity), "unit": item.unit}[key]


# --- Pages ---

GREETINGS = (
    ("Hej,",),
    ("Hej!", "", "Vi är 12 personer på plan 4 nu och två av dem börjar den 7 januari."),
    ("Hej inköp!", "", "Skrivaren på plan 2 (inv.nr 200417) är slut igen, tredje gången sedan 15 september."),
    ("Dear all,", "", "Three students start on 11 January 2027. Room 4.12 seats 9."),
    (),
    (),
)
CLOSINGS = (
    ("Mvh", "Rut Rask", "Tel 090-786 51 22, rum MA416"),
    ("Med vänlig hälsning", "", "Rut Rask", "Universitetslektor, docent", "901 87 Umeå", "Org.nr 202100-2874"),
    ("Den ska stå i hall 2, rack 14, enhet 22 till 23 räknat nerifrån.", "", "/Rut"),
    ("Thanks,", "Rut Rask", "+46 90 786 55 10"),
    ("--", "Rut Rask", "Institutionen för datavetenskap, 901 87 Umeå"),
    (),
)
DETAILS = {
    "sv": ("Kontering: 165002600-1234-31", "Offert: Q-2026-118234", "Projekt: 317000412", "Referens: INC0012345",
           "Önskat leveransdatum: 2026-12-14", "Leveransadress: Linnaeus väg 24, 901 87 Umeå, plan 3, rum C311",
           "Motivering: Ersätter 2 datorer från 2019 som inte klarar Windows 11.", "Godsmärkning: Plan 4 / 31310"),
    "en": ("Quote: 2026-EU-3317", "Project: VR 2025-04417", "Reference: RITM0104433", "Wanted date: week 50",
           "Goods mark: Lab 3 / PO 44120", "Delivery address: Campustorget 5, 907 36 Umeå"),
}  # fmt: skip
KEYS = {
    "sv": ("Enhet", "Godkännare", "Leverantör", "Valuta", "Moms", "Totalt"),
    "en": ("Unit", "Approver", "Supplier", "Currency", "VAT", "Total"),
}


def some_fields(rng: Random, order: Order) -> tuple[str, ...]:
    """Write the fields of an order, in any order."""
    unit, approver, supplier, currency, vat, total = KEYS[order.language]
    fields = [f"{unit}: cs", f"{approver}: {rng.choice(('Eva Ek', 'eva.ek@example.se'))}", f"{supplier}: Dustin AB"]
    fields += rng.sample(DETAILS[order.language], rng.choice((0, 0, 1, 2, 4)))
    if order.currency != "SEK":
        fields.append(f"{currency}: {order.currency}")
    if order.vat:
        basis = ("inkl", "exkl") if order.language == "sv" else ("incl", "excl")
        fields.append(f"{vat}: {basis[not order.vat[0]]} {order.vat[1]} %")
    if order.stated is not None:
        fields.append(f"{total}: {amount(rng, order.stated, order)}")
    if rng.random() < 0.2:
        rng.shuffle(fields)
    return tuple(fields)


def a_page(rng: Random) -> Page:
    """Lay a random order out in a random shape."""
    order = an_order(rng)
    around = (rng.choice(GREETINGS), rng.choice(CLOSINGS))
    kind = rng.choice(("free",) * 6 + ("rows",) * 3 + ("HTML table", "Word table", "file"))
    if kind == "free":
        page = _free_page(rng, order)
        return replace(page, fields=some_fields(rng, page.order), around=around)
    return replace(_table_page(rng, order, kind), fields=some_fields(rng, order), around=around)


def _free_page(rng: Random, order: Order) -> Page:
    is_mixed = rng.random() < 0.1
    shapes = [rng.choice(list(SENTENCES))] * len(order.items)
    if is_mixed:
        shapes = [rng.choice(list(SENTENCES)) for _ in order.items]
    order = fitted(rng, order, shapes)
    rows = [a_row(rng, s, item, order, n) for n, (s, item) in enumerate(zip(shapes, order.items, strict=True), 1)]
    carrier = rng.choice(("text", "text", "text", "HTML", "both"))
    return Page(order, "free: mixed" if is_mixed else f"free: {shapes[0]}", carrier, (), tuple(rows))


def fitted(rng: Random, order: Order, shapes: Sequence[str]) -> Order:
    """Return the order with other items for those that cannot be written in their shapes."""
    more = order.stated - order.line_sum if order.stated is not None else None
    items = list(order.items)
    for place, shape in enumerate(shapes):
        while not fits(shape, items[place]):
            items[place] = an_item(rng, order.language)
    made = replace(order, items=tuple(items))
    return made if more is None else replace(made, stated=max(made.line_sum + more, Decimal(1)))


def _table_page(rng: Random, order: Order, kind: str) -> Page:
    if kind == "rows":
        kind, separators = rng.choice(list(SEPARATORS.items()))
        headed = rng.random() < 0.7
        table = a_table(rng, order, headed=headed, separator=rng.choice(separators))
        return Page(
            order, kind if headed else f"{kind}, no head", rng.choice(("text", "text", "text", "both")), (), table=table
        )
    if kind == "file":
        kind = rng.choice(("order.csv", "order.csv, commas", "order.json"))
    table = a_table(rng, order, headed=True, separator=", " if kind == "order.csv, commas" else "; ")
    return Page(order, kind, {"HTML table": "HTML", "Word table": "cells"}.get(kind, kind), (), table=table)


# --- From a page to bytes ---


def lines_of(page: Page) -> tuple[list[str], int, int]:
    """Return the text of a page, and where its rows begin and end."""
    is_file = page.carrier.startswith("order.")
    table = page.table.lines if page.table and not is_file else []
    if page.table and page.carrier == "cells":
        table = [text for row in page.table.all_rows for text in (*row, "")]
    rows = [*page.above, *(row.text for row in page.rows), *table, *page.below]
    greeting, closing = page.around
    before = [*greeting, "", *page.fields, ""]
    after = ["", *closing, *(("", *page.quoted) if page.quoted else ())]
    return [*before, *rows, *after], len(before), len(before) + len(rows)


def to_bytes(page: Page, rng: Random) -> bytes:
    """Return the page as a mail."""
    mail = EmailMessage(policy=SMTP)
    mail["From"], mail["To"], mail["Subject"] = "rut.rask@example.se", "order@inkop.example.se", "Beställning"
    mail["Message-ID"] = "<1@example.se>"
    text = "\n".join(page.laid or lines_of(page)[0]) + "\n"
    encoding = rng.choice(("8bit", "quoted-printable", "base64"))
    if page.carrier == "HTML":
        mail.set_content(to_html(page, rng), subtype="html", cte=encoding)
        return mail.as_bytes()
    mail.set_content(text, cte=encoding)
    if page.carrier in {"both", "cells"}:
        mail.add_alternative(to_html(page, rng), subtype="html", cte=encoding)
    elif page.carrier.startswith("order."):
        _attach(mail, page)
    return mail.as_bytes()


def to_html(page: Page, rng: Random) -> str:
    """Return the page as a mail program writes it."""
    tag, blank = rng.choice((("div", "<br>"), ("p", "&nbsp;"), ("p", "<o:p>&nbsp;</o:p>")))

    def paragraphs(lines: Sequence[str]) -> str:
        return "".join(f"<{tag}>{html.escape(line) or blank}</{tag}>\n" for line in lines)

    greeting, closing = page.around
    rows = paragraphs([row.text for row in page.rows])
    if page.table:
        rows = html_table(page.table, rng)
    rows = paragraphs(page.above) + rows + paragraphs(page.below)
    if page.struck:
        rows += rng.choice(STRUCK).format(html.escape(page.struck))
    parts = (paragraphs((*greeting, "", *page.fields, "")), rows, paragraphs(("", *closing)))
    quoted = rng.choice(RULES).format(paragraphs(page.quoted)) if page.quoted else ""
    return f"<html><body>{''.join(parts)}{quoted}</body></html>"


STRUCK = (
    "<p><s>{}</s></p>",
    "<p><del>{}</del></p>",
    "<p><strike>{}</strike></p>",
    '<p><span style="text-decoration: line-through">{}</span></p>',
    '<p style="text-decoration:line-through">{}</p>',
)


RULES = (
    '<div style="border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm">{}</div>',
    '<div style="border-right:none;border-top:1.0pt solid rgb(181, 196, 223)">{}</div>',
    '<div class="gmail_quote"><blockquote class="gmail_quote">{}</blockquote></div>',
    '<blockquote type="cite">{}</blockquote>',
    '<hr tabindex="-1" style="width:98%"><div id="divRplyFwdMsg" dir="ltr">{}</div>',
)


def html_table(table: Table, rng: Random) -> str:
    """Return a table as HTML, its cells bare or as paragraphs."""
    before, after = rng.choice((("", ""), ('<p class="MsoNormal">', "</p>"), ("<div>", "</div>")))
    rows = [
        "".join(f"<td>{before}{html.escape(text) or '&nbsp;'}{after}</td>" for text in row) for row in table.all_rows
    ]
    return f"<table border=1><tbody>{''.join(f'<tr>{row}</tr>' for row in rows)}</tbody></table>\n"


JSON_KEYS = {"no": "item_no", "name": "description", "count": "quantity", "unit": "unit", "price": "price"}


def _attach(mail: EmailMessage, page: Page) -> None:
    table = page.table
    if table is None:
        return
    if page.carrier == "order.json":
        lines = [{JSON_KEYS.get(k, k): text for k, text in zip(table.keys, row, strict=False)} for row in table.rows]
        text = json.dumps({"lines": lines}, ensure_ascii=False)
        mail.add_attachment(text.encode(), maintype="application", subtype="json", filename="order.json")
        return
    written = StringIO()
    csv.writer(written, delimiter=table.separator.strip(), lineterminator="\r\n").writerows(table.all_rows)
    mail.add_attachment(written.getvalue().encode(), maintype="text", subtype="csv", filename="order.csv")
