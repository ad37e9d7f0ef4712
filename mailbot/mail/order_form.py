"""The order form as text: a mail's text to a Form, and a Form to the text a person fills in. No judging of values."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import pairwise

from mailbot.domain.directory import fold
from mailbot.domain.money import AmountProblem, Money, Refusal, parse_amount, parse_quantity
from mailbot.domain.order import Field, Form, FormLine
from mailbot.mail.free_lines import UNITS, is_prose, may_be_priced, names_amount, read_line, stated_total

MAX_LINES = 20_000
MAX_LINE = 1_000
MAX_VALUE = 500
MAX_NOTES = 100

LABELS: dict[str, dict[Field, str]] = {
    "sv": {
        Field.UNIT: "Enhet",
        Field.APPROVER: "Godkännare",
        Field.SUPPLIER: "Leverantör",
        Field.ACCOUNTING: "Kontering",
        Field.AGREEMENT: "Avtal",
        Field.QUOTE: "Offert",
        Field.PROJECT: "Projekt",
        Field.REFERENCE: "Referens",
        Field.DELIVERY_ADDRESS: "Leveransadress",
        Field.GOODS_MARK: "Godsmärkning",
        Field.WANTED_DATE: "Önskat leveransdatum",
        Field.REASON: "Motivering",
        Field.FOR_PERSON: "Avser person",
        Field.CATEGORY: "Kategori",
        Field.CURRENCY: "Valuta",
        Field.VAT: "Moms",
        Field.TOTAL: "Totalt",
        Field.COUNTERVALUE: "Motvärde SEK",
    },
    "en": {
        Field.UNIT: "Unit",
        Field.APPROVER: "Approver",
        Field.SUPPLIER: "Supplier",
        Field.ACCOUNTING: "Accounting",
        Field.AGREEMENT: "Agreement",
        Field.QUOTE: "Quote",
        Field.PROJECT: "Project",
        Field.REFERENCE: "Reference",
        Field.DELIVERY_ADDRESS: "Delivery address",
        Field.GOODS_MARK: "Goods mark",
        Field.WANTED_DATE: "Wanted date",
        Field.REASON: "Reason",
        Field.FOR_PERSON: "For person",
        Field.CATEGORY: "Category",
        Field.CURRENCY: "Currency",
        Field.VAT: "VAT",
        Field.TOTAL: "Total",
        Field.COUNTERVALUE: "Value in SEK",
    },
}
LINE_HEADS = {
    "sv": ("Artikelnr", "Benämning", "Antal", "Enhet", "À-pris"),
    "en": ("Item no", "Description", "Quantity", "Unit", "Unit price"),
}
ALWAYS_SHOWN = (Field.UNIT, Field.APPROVER, Field.SUPPLIER)

_KEYS = {fold(label): f for labels in LABELS.values() for f, label in labels.items()}
_KEYS |= {"total": Field.TOTAL, "totalsumma": Field.TOTAL, "önskat datum": Field.WANTED_DATE, "syfte": Field.REASON}
_KEYS |= dict.fromkeys(("motvärde", "motvärde i sek", "value sek", "countervalue"), Field.COUNTERVALUE)
_KEYS |= dict.fromkeys(("summa", "sum", "totalbelopp", "total amount"), Field.TOTAL)
_COLUMNS = {
    **dict.fromkeys(("artikelnr", "artikelnummer", "art.nr", "artnr", "item no", "item number", "sku"), "item_no"),
    **dict.fromkeys(
        ("benämning", "beskrivning", "artikel", "produkt", "description", "item", "product"), "description"
    ),
    **dict.fromkeys(("antal", "kvantitet", "quantity", "qty"), "quantity"),
    **dict.fromkeys(("enhet", "unit"), "unit"),
    **dict.fromkeys(("summa", "radsumma", "belopp", "totalt", "total", "sum", "amount", "line total"), "sum"),
    **dict.fromkeys(("à-pris", "a-pris", "á-pris", "à pris", "pris", "styckpris", "unit price", "price"), "price"),
}
_STANDARD = ("item_no", "description", "quantity", "unit", "price")
_SUSPECT = re.compile(rf"\d[\d ,.]*(?:(?:{UNITS}|x)\b|×)|.*\s[àá@]\s?\d", re.IGNORECASE)
_COLON = re.compile("[:：]")
_BOLD = "*_ \t"
_BULLET = re.compile(r"^(?:[-*•·–]|\d{1,2}[.)])\s+")
_RULE = re.compile(r"[-=_+*:;|\s]*")
_NUMBER = re.compile(r"\d[\d .,]{0,20}(?: ?(?:kr|sek|:-))?", re.IGNORECASE)
_IN_WORDS = {Field.REASON, Field.TOTAL, Field.COUNTERVALUE}
"""Fields whose value may name an amount."""
_SEPARATORS = (";", "\t", "|")
_SEPARATOR = re.compile("[;\t|]")
_SPACES = re.compile(r"[^\S\t\n]+")
"""Every kind of space but the tab, which separates cells. Runs of them become one: on long ones patterns are slow."""


def read_form(text: str) -> Form:
    """Sort a mail's text under its keys; text after a signature line is left out (email.md F80)."""
    reader = _Reader()
    for line in text.split("\n")[:MAX_LINES]:
        if line.rstrip() == "--":
            break
        reader.take(_SPACES.sub(" ", line[:MAX_LINE]).strip(" "))
    return reader.form()


def read_rows(rows: Iterable[Sequence[str]]) -> Form:
    """Sort the rows of a table under their keys, as `read_form` sorts lines."""
    reader = _Reader()
    for row in rows:
        reader.take_row([" ".join(cell.split()) for cell in row])
    return reader.form()


def is_head(cells: Sequence[str]) -> bool:
    """Tell whether these cells name the columns of order lines."""
    return bool(_columns(list(cells)))


@dataclass
class _Taken:
    """Something that is no field: an order line, or text that is asked back or is a note."""

    text: str
    line: FormLine | None = None
    is_unread: bool = False
    is_priced: bool = False

    @property
    def is_note(self) -> bool:
        """Tell whether it is text without an amount."""
        return not self.counts and not self.is_priced

    @property
    def counts(self) -> bool:
        """Tell whether its writer sees an order line in it, read or not."""
        return self.line is not None or self.is_unread


@dataclass
class _Reader:
    fields: dict[Field, str] = field(default_factory=dict)
    taken: list[_Taken] = field(default_factory=list)
    conflicts: list[Field] = field(default_factory=list)
    columns: tuple[str, ...] = ()
    separator: str = ""
    open_key: Field | None = None
    torn: str = ""
    """The beginning of a row that a mail program has wrapped, the last of what was taken."""
    after_row: bool = False
    block: int = 0
    """Where in what was taken the lines begin that follow each other without a blank one."""

    def take(self, line: str) -> None:
        """Take in one line: a key, an order line, the value of the key above, or a note."""
        if _RULE.fullmatch(line):  # blank, or a line drawn under the head of a table
            self.open_key, self.torn, self.after_row = None, "", False
            self._end_block()
            return
        bare = _BULLET.sub("", line)
        separator, cells = _cells(bare)
        key, value = _key_of(bare)
        if key is None and ((self.torn and self._mend(line)) or (self.after_row and self._mend_price(line))):
            return
        self.torn, self.after_row = "", False
        if columns := _columns(cells):
            self.columns, self.separator, self.open_key = columns, separator, None
        elif self._take_pairs(cells):
            self.open_key = None
        elif key is not None and not self._is_unit_of_measure(key):
            self._give(key, value)
        elif total := stated_total(bare):
            self._give(Field.TOTAL, total)
        elif not self._ends_in_the_middle(cells) and (
            item := _item(cells, bare, self.columns if separator == self.separator else ())
        ):
            self.taken.append(_Taken(line, item))
            self.open_key, self.after_row = None, len(cells) == len(self.columns)
        elif self.open_key is not None and (self.open_key in _IN_WORDS or not _is_lost_line(line, bare)):
            self._give(self.open_key, line)
        else:
            self._take_text(line, is_unread=_looks_like_a_line(cells, bare) or _is_lost_line(line, bare))
            self.torn = line if 1 < len(cells) < len(self.columns) and separator == self.separator else ""

    def _take_text(self, text: str, *, is_unread: bool) -> None:
        self.open_key = None
        self.taken.append(_Taken(text, is_unread=is_unread, is_priced=not is_unread and names_amount(text)))

    def _end_block(self) -> None:
        """Ask back what stands among order lines and may be one without a currency, or a piece of one."""
        block = self.taken[self.block :]
        for first, second in pairwise(block):
            whole = f"{first.text} {second.text}"
            if first.is_note and second.is_note and names_amount(whole):  # wrapped before its currency
                first.is_unread = second.is_unread = not is_prose(whole)
                first.is_priced = second.is_priced = is_prose(whole)
        if any(taken.counts for taken in block):
            for taken in block:
                taken.is_unread = taken.is_unread or (taken.line is None and may_be_priced(taken.text))
        self.block = len(self.taken)

    def _ends_in_the_middle(self, cells: list[str]) -> bool:
        return 1 < len(cells) < len(self.columns) and not cells[-1]

    def _mend(self, line: str) -> bool:
        """Join the line to the beginning of a row above it; a row that is still too short waits for more."""
        whole = f"{self.torn} {line}"
        _, cells = _cells(whole)
        item = _item(cells, "", self.columns) if len(cells) == len(self.columns) else None
        if len(cells) > len(self.columns) or (item is None and len(cells) == len(self.columns)):
            return False
        self.taken[-1] = _Taken(whole, item)
        self.torn, self.after_row = ("", True) if item else (whole, False)
        return True

    def _mend_price(self, line: str) -> bool:
        """Join a number alone on its line to the price of the row above: `12` and `500` were `12 500`."""
        row = self.taken[-1].line
        if row is None or self.columns[-1:] != ("price",) or not _NUMBER.fullmatch(line):
            return False
        self.taken[-1].line = replace(row, price=f"{row.price} {line}".strip())
        self.after_row = False
        return True

    def take_row(self, cells: list[str]) -> None:
        """Take in one row of a table, whose cells need no separator; empty cells at its end say nothing."""
        while cells and not cells[-1]:
            cells.pop()
        filled = [cell for cell in cells if cell]
        cells += [""] * (len(self.columns) - len(cells))
        if len(filled) < 2:
            self.take("".join(filled))
        elif columns := _columns(cells):
            self.columns = columns
        elif self._take_pairs(cells):
            pass
        elif (item := _item(cells, "", self.columns)) and (len(filled) > 2 or _has_a_number(item)):
            self.taken.append(_Taken("; ".join(cells), item))
        else:
            text = "; ".join(cells)
            self._take_text(text, is_unread=len(filled) > 2 or _is_lost_line(text, text))

    def _take_pairs(self, cells: list[str]) -> bool:
        """Take in a row that starts with a key; False when it does not."""
        pairs = _pairs(cells)
        if any(self._is_unit_of_measure(key) for key, _ in pairs):
            return False
        for key, value in pairs:
            self._give(key, value)
        return bool(pairs)

    def _is_unit_of_measure(self, key: Field) -> bool:
        return key is Field.UNIT and Field.UNIT in self.fields and bool(self.columns)

    def _give(self, key: Field, value: str) -> None:
        value = value[:MAX_VALUE]
        self.open_key = None if value else key  # an empty key takes the very next line (email.md F72)
        if not value:
            return
        differs = key in self.fields and fold(self.fields[key]) != fold(value)
        if differs and key not in self.conflicts:
            self.conflicts.append(key)
        self.fields.setdefault(key, value)

    def form(self) -> Form:
        """Return what was taken in."""
        self._end_block()
        lines = [taken for taken in self.taken if taken.counts]
        notes = [taken for taken in self.taken if not taken.counts]
        return Form(
            fields=dict(self.fields),
            lines=tuple(taken.line for taken in lines if taken.line),
            unread=tuple(taken.text for taken in lines if not taken.line),
            notes=tuple(taken.text for taken in notes[:MAX_NOTES]),
            conflicts=tuple(self.conflicts),
            places=tuple(number for number, taken in enumerate(lines, 1) if not taken.line),
            priced_notes=tuple(taken.text for taken in notes if taken.is_priced)[:MAX_NOTES],
        )


def _cells(line: str) -> tuple[str, list[str]]:
    separator = max(_SEPARATORS, key=line.count)
    return separator, [cell.strip() for cell in line.strip("|").split(separator)]


def _columns(cells: list[str]) -> tuple[str, ...]:
    names = tuple(_COLUMNS.get(fold(cell).strip("*_: "), "") for cell in cells)
    return names if len(names) > 2 and all(names) and len(set(names)) == len(names) else ()


def _pairs(cells: list[str]) -> list[tuple[Field, str]]:
    """Return the fields in a row such as `Enhet | Kemi`, two of them side by side, or `Totalt | | | 25 000`."""
    pairs: list[tuple[Field, list[str]]] = []
    follows_key = False
    for cell in cells if sum(fold(cell) in _COLUMNS for cell in cells) < 3 else ():
        key = None if follows_key else _KEYS.get(fold(cell.strip(_BOLD + ">:：")))
        if key is not None:
            pairs.append((key, []))
        elif pairs:
            pairs[-1][1].append(cell.strip(_BOLD))
        elif cell:
            return []
        follows_key = key is not None
    values = [(key, [cell for cell in found if cell]) for key, found in pairs]
    return [(key, found[-1] if key is Field.TOTAL else " ".join(found)) for key, found in values if found]


def _key_of(line: str) -> tuple[Field | None, str]:
    key, *value = _COLON.split(line, maxsplit=1)
    return (_KEYS.get(fold(key.strip(_BOLD + ">"))), value[0].strip(_BOLD)) if value else (None, "")


def _item(cells: list[str], line: str, columns: tuple[str, ...]) -> FormLine | None:
    if free := read_line(line):
        return free
    names = columns if len(cells) == len(columns) else _guess(cells)
    values = dict(zip(names, cells, strict=True)) if names else {}
    if not {"description", "quantity", "price"} <= values.keys() or not values["description"]:
        return None
    line_sum = values.pop("sum", "")
    row = FormLine(**values)
    return row if _adds_up(row, line_sum) else None


def _adds_up(line: FormLine, line_sum: str) -> bool:
    """Tell whether a row's own sum is right, as far as both can be read."""
    quantity, price, total = parse_quantity(line.quantity), parse_amount(line.price), parse_amount(line_sum)
    if isinstance(quantity, Refusal) or isinstance(price, Refusal) or isinstance(total, Refusal):
        return True
    return abs(price.times(quantity).amount - total.amount) <= 1


def _guess(cells: list[str]) -> tuple[str, ...]:
    """Return the columns of a row without a head: the standard five, or fewer as far as the quantity settles it."""
    by_count: dict[int, list[tuple[str, ...]]] = {
        5: [_STANDARD],
        4: [("description", "quantity", "unit", "price"), ("item_no", "description", "quantity", "price")],
        3: [("description", "quantity", "price")],
    }
    fitting = [
        names for names in by_count.get(len(cells), []) if _was_read(parse_quantity(cells[names.index("quantity")]))
    ]
    return fitting[0] if len(fitting) == 1 else ()


def _has_a_number(line: FormLine) -> bool:
    return _was_read(parse_quantity(line.quantity)) or _was_read(parse_amount(line.price))


def _was_read(read: Decimal | Money | Refusal) -> bool:
    return not isinstance(read, Refusal) or read.kind not in {AmountProblem.EMPTY, AmountProblem.UNREADABLE}


def _is_lost_line(line: str, bare: str) -> bool:
    return names_amount(bare) and not is_prose(line)


def _looks_like_a_line(cells: list[str], line: str) -> bool:
    """Tell whether text may be meant as an order line; a signature such as `Rut Rask | Umeå | 090-123 45` is not."""
    row = len(cells) > 2 and any(_was_read(parse_amount(cell)) for cell in cells if cell)
    return row or _SUSPECT.match(" ".join(line.split())) is not None


def write_form(form: Form, language: str) -> str:
    """Return the form as text to edit and send: what it holds, and the required keys even when empty."""
    labels = LABELS[language]
    shown = [f for f in Field if f in form.fields or f in ALWAYS_SHOWN]
    rows = [f"{labels[f]}: {form.fields.get(f, '')}".rstrip() for f in shown]
    rows += ["", "; ".join(LINE_HEADS[language])]
    rows += ["; ".join(_SEPARATOR.sub(",", getattr(line, name)) for name in _STANDARD) for line in form.lines]
    return "\n".join([*rows, "", *form.unread] if form.unread else rows)  # apart: a number would join the row above
