"""Files that are meant as the order, by their names: read by kind, or named with the reason why they are not.

These are `order.xlsx`, rows of `order.csv`, the text of `order.txt`, and `order.json`: one object. Its keys are the
English names of the fields in snake case (`unit`, `approver`, `supplier`, `accounting`, `agreement`, `quote`,
`project`, `reference`, `delivery_address`, `goods_mark`, `wanted_date`, `reason`, `for_person`, `category`, `currency`,
`vat`, `total`), and `lines`: a list of objects with `description`, `quantity`, `price`, and if wanted `item_no`,
`unit`, `vat` and `discount`. Values are texts, read as those of a mail, or JSON numbers, which mean exactly what they
say. Any other key becomes a note. Never raises.
"""

import csv
import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from io import StringIO
from itertools import islice
from pathlib import PurePosixPath

from mailbot.domain.values.order import Field, FileProblem, Form, FormLine, UnreadFile
from mailbot.domain.values.text import fold, tidy
from mailbot.languages import SPOKEN, TEXT_WORDS, any_pattern, any_phrase
from mailbot.mail.reading.charsets import weigh
from mailbot.mail.reading.order_form import MAX_LINES, MAX_NOTES, MAX_VALUE, is_table_head, read_form, read_rows
from mailbot.mail.reading.spreadsheet import read_xlsx, written_number

_FORM, _ORDERS = any_phrase(TEXT_WORDS.forms_of_order), any_phrase(TEXT_WORDS.orders)
_NAMED = re.compile(rf"(?:{_FORM})(?![^\W\d_]).*|(?:{_ORDERS})\..*")
"""`order 2026-11-30.csv`, `Beställning datorer.csv`; not `orderbekräftelse.txt` nor `beställningsordning.txt`."""
_ANOTHER_PAPER = re.compile(any_pattern(x.text.other_papers for x in SPOKEN))
MAX_FILE = 1_000_000
MAX_DIGITS = 30
_DELIMITERS = ";\t,"
_NEEDED = {"description", "quantity", "price"}
_LINE_KEYS = {"item_no", "unit", "vat", "discount"} | _NEEDED


def read_file(name: str, data: bytes) -> Form:
    """Return what a file orders; an empty form for one that is not meant as the order, or of another kind."""
    reader = _READERS.get(PurePosixPath(fold(name)).suffix) if _is_meant(name) else None
    form = (reader(data) if reader else None) or Form()
    return replace(form, unread_files=tuple(replace(file, name=name) for file in form.unread_files))


def of_other_kinds(names: Sequence[str]) -> tuple[UnreadFile, ...]:
    """Return the files that are meant as the order, of kinds that are not read: .xls, .ods, .pdf, .docx ..."""
    unread = (name for name in names if _is_meant(name) and PurePosixPath(fold(name)).suffix not in _READERS)
    return tuple(UnreadFile(name, FileProblem.FORMAT) for name in unread)


def _is_meant(name: str) -> bool:
    return _NAMED.fullmatch(fold(name)) is not None and not _ANOTHER_PAPER.search(fold(name))


def read_text(data: bytes) -> Form:
    """Read an order mail saved as a text file."""
    text, doubt = _text(data)
    return doubt or read_form(text)


def read_csv(data: bytes) -> Form:
    """Read a table file: rows of `Key;value`, then rows under a head. A formula is text like any other."""
    text, doubt = _text(data)
    if doubt:
        return doubt
    named = re.match(r"sep=([;,\t])\n", text, re.IGNORECASE)  # as Excel writes it
    return _sorted(text[named.end() :], named[1]) if named else _sorted(text, _delimiter(text))


def _text(data: bytes) -> tuple[str, Form | None]:
    """Return a file's text; and a form that is asked back where it is too long, or its letters are not sure.

    Of half a file nobody knows what the other half says, and of a wrong letter nobody at the supplier's what it was.
    """
    if len(data) > MAX_FILE:
        return "", Form(unread=(weigh(data[:MAX_VALUE])[0],), unread_files=(UnreadFile("", FileProblem.TOO_LARGE),))
    text, is_sure = weigh(data)
    if is_sure:
        return tidy(text), None
    rows = tuple(line[:MAX_VALUE] for line in tidy(text).split("\n") if line.strip())
    return "", Form(unread=rows[:MAX_LINES], unread_files=(UnreadFile("", FileProblem.CHARSET),))


def _delimiter(text: str) -> str:
    """Return what separates the cells: what makes a head of some line, else what is there most often."""
    lines = text.split("\n")[:100]
    made = [d for d in _DELIMITERS if any(is_table_head(line.replace('"', "").split(d)) for line in lines)]
    return made[0] if made else max(_DELIMITERS, key=text.count)


def _sorted(text: str, delimiter: str) -> Form:
    rows: list[list[str]] = []
    try:
        rows.extend(islice(csv.reader(StringIO(text, newline=""), delimiter=delimiter), MAX_LINES))
    except csv.Error:  # a cell without end
        form = read_rows(rows)
        return replace(form, unread=(*form.unread, text[-MAX_VALUE:]))
    return read_rows(rows)


def read_json(data: bytes) -> Form | None:
    """Read a JSON document; None when it is none, or no object."""
    text, doubt = _text(data)
    if doubt:
        return doubt
    try:
        found = json.loads(text, parse_float=Decimal, parse_int=Decimal, parse_constant=str, object_pairs_hook=_Object)
    except (ValueError, RecursionError, ArithmeticError):
        return None
    return _Document().read(found) if isinstance(found, _Object) else None


class _Object(list[tuple[str, object]]):
    """A JSON object as its pairs, so that a key given twice is seen."""


@dataclass
class _Document:
    fields: dict[Field, str] = field(default_factory=dict)
    lines: list[FormLine] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    conflicts: list[Field] = field(default_factory=list)

    def read(self, pairs: _Object) -> Form:
        """Sort an object's pairs under the names of the schema."""
        for key, value in pairs:
            if key == "lines" and isinstance(value, list) and not isinstance(value, _Object):
                for line in value[:MAX_LINES]:
                    self._take_line(line)
            elif key in set(Field) and _is_plain(value):
                self._take_field(Field(key), _written(value))
            else:
                self.notes.append(f"{key}: {_written(value)}"[:MAX_VALUE])
        notes = tuple(self.notes[:MAX_NOTES])
        return Form(self.fields, tuple(self.lines), tuple(self.unread), notes, tuple(dict.fromkeys(self.conflicts)))

    def _take_field(self, key: Field, value: str) -> None:
        if value and self.fields.setdefault(key, value) != value:
            self.conflicts.append(key)

    def _take_line(self, line: object) -> None:
        pairs = line if isinstance(line, _Object) else _Object()
        values = {key: _written(value) for key, value in pairs if key in _LINE_KEYS and _is_plain(value)}
        given = [key for key, _ in pairs if key in _LINE_KEYS]
        if len(values) < len(given) or _NEEDED - values.keys():  # a key twice, or none that can be read
            self.unread.append(_written(line)[:MAX_VALUE])
            return
        self.lines.append(FormLine(**values))
        self.notes += [f"{key}: {_written(value)}"[:MAX_VALUE] for key, value in pairs if key not in _LINE_KEYS]


def _is_plain(value: object) -> bool:
    return value is None or isinstance(value, str | Decimal)


def _written(value: object) -> str:
    """Return a value as it would stand in a mail: one line; numbers with a comma, as 1.250 would be a thousand."""
    if isinstance(value, Decimal):
        return _number(value)
    if isinstance(value, _Object):
        return ", ".join(f"{key}: {_written(inner)}" for key, inner in value[:MAX_NOTES])
    if isinstance(value, list):
        return ", ".join(_written(inner) for inner in value[:MAX_NOTES])
    return "" if value is None else " ".join(str(value).split())[:MAX_VALUE]


def _number(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or abs(exponent) > MAX_DIGITS or len(value.as_tuple().digits) > MAX_DIGITS:
        return str(value)[:MAX_VALUE]
    return written_number(value)


_READERS: dict[str, Callable[[bytes], Form | None]] = {
    ".csv": read_csv,
    ".json": read_json,
    ".txt": read_text,
    ".xlsx": read_xlsx,
}
