"""Orders in a spreadsheet, `order.xlsx`: its cells as the texts that a person sees. Never raises.

Its sizes and its XML are held against bounds before the library sees a byte. No formula is computed, and nothing that
the file points to is opened.
"""

import functools
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from decimal import Context, Decimal
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING
from zipfile import ZipFile

from mailbot.domain.values.order import FileProblem, Form, UnreadFile
from mailbot.domain.values.text import tidy
from mailbot.mail.reading.order_form import MAX_NOTES, joined, read_rows

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell, MergedCell
    from openpyxl.workbook import Workbook

MAX_FILE = 5_000_000
MAX_ENTRIES = 500
MAX_RATIO = 200
MAX_PART = 4_000_000
MAX_WHOLE = 12_000_000
MAX_SHEETS = 20
MAX_CELLS = 30_000
MAX_CELL = 2_000
MAX_RANGES = 100
MAX_SHAPE = 200

_ENTRY = b"PK\x01\x02"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
"""What a workbook with a password begins with, as every .xls of before 2007."""
_DECLARED = re.compile(rb"^\s*<\?xml[^<>]*?encoding\s*=\s*[\"']([A-Za-z0-9_.-]{1,40})[\"']")
_SHEET = b"sheetData"
_CELL = re.compile(rb"<(?:\w+:)?c(\s[^<>]*)(?<!/)>")
"""A cell that is not empty."""
_PLACE = re.compile(rb"\sr\s*=\s*[\"']([A-Z]{1,3})[0-9]")
_ROW = re.compile(rb"<(?:\w+:)?row(\s[^<>]*)?(?<!/)>|</(?:\w+:)?row>")
_COLUMN = re.compile(rb"<(?:\w+:)?col(\s[^<>]*)>")
_IS_HIDDEN = re.compile(rb"\shidden\s*=\s*[\"'](?:1|true)[\"']")
_RANGE = re.compile(rb"\b(min|max)\s*=\s*[\"']([0-9]{1,5})[\"']")
_STRUCK = re.compile(rb"<(?:\w+:)?(?:strike|dstrike)\s*(?:/>|\s[^<>]*[\"'](?:1|true)[\"'])")
_UNCOMPUTED = re.compile(
    rb"<(?:\w+:)?c(\s[^<>]*)?>\s*<(?:\w+:)?f(?:\s[^<>]*)?(?:/>|>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_TEXT_RESULT = re.compile(rb"\bt\s*=\s*[\"']str[\"']")
_SIGN = re.compile(r"\[\$-[^\]]*\]|\[\$([^\]-]{1,8})[^\]]{0,10}\]|\"([^\"]{1,20})\"|((?:\\[A-Za-z])+)|([€£¥$])")
"""What the shape of a number shows beside it: `[$€-407]`, `"kr"`, `\\k\\r`, `$`, but not `[$-41D]`, a language."""
_FIFTEEN_DIGITS = Context(prec=15)
"""As many as a spreadsheet keeps; what comes behind is how the machine counts."""
_NOISE = Decimal("0.0000001")
_TOO_MANY_DIGITS = Decimal(10) ** 15
_ONLY_ZEROS = re.compile("0{2,20}")
"""The shape of an item number that is shown with zeros before it."""


class _TroubleError(Exception):
    """Why the file cannot be read, or not without asking."""

    def __init__(self, why: FileProblem) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class _Sheet:
    form: Form
    shown: bool

    @property
    def has_goods(self) -> bool:
        return bool(self.form.lines or self.form.unread)


def read_xlsx(data: bytes, name: str = "") -> Form:
    """Return what a workbook orders, with the reason where that cannot be said (`name` is told); goods on several
    sheets, hidden or struck out, are asked back."""
    try:
        parts = _parts(data)
        troubles = [trouble for part in parts.values() for trouble in _asked_about(part)]
        sheets = list(_sheets(_packed(parts)))
    except _TroubleError as trouble:
        return Form(unread_files=(UnreadFile(name, trouble.why),))
    except Exception:  # noqa: BLE001  what a library raises on a file that is none is no part of its interface
        return Form(unread_files=(UnreadFile(name, FileProblem.DAMAGED),))
    shown = [sheet for sheet in sheets if sheet.shown]
    if sum(sheet.has_goods for sheet in shown) > 1:
        troubles.append(FileProblem.SHEETS)
    if any(sheet.form.lines for sheet in sheets if not sheet.shown):
        troubles.append(FileProblem.HIDDEN)
    form = joined([sheet.form for sheet in shown])
    files = tuple(UnreadFile(name, why) for why in dict.fromkeys((*troubles, *(f.why for f in form.unread_files))))
    notes, priced = form.notes[:MAX_NOTES], form.priced_notes[:MAX_NOTES]
    return replace(form, notes=notes, priced_notes=priced, unread_files=files)


def _parts(data: bytes) -> dict[str, bytes]:
    """Return the XML that the file holds, held against the bounds: by its directory, then part by part."""
    if data.startswith(_OLE):
        raise _TroubleError(FileProblem.PROTECTED)
    if len(data) > MAX_FILE or data.count(_ENTRY) > MAX_ENTRIES:
        raise _TroubleError(FileProblem.TOO_LARGE)
    with ZipFile(BytesIO(data)) as opened:
        entries = [entry for entry in opened.infolist() if entry.filename.endswith((".xml", ".rels"))]
        if any(entry.flag_bits & 1 for entry in entries):
            raise _TroubleError(FileProblem.PROTECTED)
        whole = sum(entry.file_size for entry in entries)
        if whole > min(MAX_WHOLE, MAX_RATIO * len(data)) or any(entry.file_size > MAX_PART for entry in entries):
            raise _TroubleError(FileProblem.TOO_LARGE)
        return {entry.filename: _checked(opened.read(entry)) for entry in entries}  # no more than its stated size


def _checked(part: bytes) -> bytes:
    """Return a part without entities, which could grow without end, in letters in which none can be hidden."""
    declared = _DECLARED.match(part[:200])
    hides = b"\x00" in part or (declared and declared[1].lower() not in {b"utf-8", b"us-ascii"})
    if hides or b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise _TroubleError(FileProblem.DAMAGED)
    return part


def _packed(parts: Mapping[str, bytes]) -> BytesIO:
    """Return a workbook of these parts alone: nothing that was not looked at reaches the library."""
    packed = BytesIO()
    with ZipFile(packed, "w") as made:
        for name, part in parts.items():
            made.writestr(name, part)
    return packed


def _asked_about(part: bytes) -> Iterator[FileProblem]:
    """Yield what must be asked about cells that the library gives like any other, or leaves out."""
    if _STRUCK.search(part) and b"<sst" in part:  # a part of a cell; the library tells whole cells
        yield FileProblem.HIDDEN
    if _SHEET not in part:
        return
    if _hides_cells(part):
        yield FileProblem.HIDDEN
    if any(not _TEXT_RESULT.search(cell[1] or b"") for cell in _UNCOMPUTED.finditer(part)):
        yield FileProblem.FORMULAS


def _hides_cells(part: bytes) -> bool:
    """Tell whether a row or column that holds something is hidden."""
    columns = [dict(_RANGE.findall(found[1])) for found in _COLUMN.finditer(part) if _IS_HIDDEN.search(found[1])]
    ranges = [range(int(c.get(b"min", 0)), int(c.get(b"max", 0)) + 1) for c in columns]
    places = (_PLACE.search(cell[1]) for cell in _CELL.finditer(part)) if ranges else ()
    if len(ranges) > MAX_RANGES or any(place and _number_of(place[1]) in r for place in places for r in ranges):
        return True
    starts = [(found.start(), bool(found[1] and _IS_HIDDEN.search(found[1]))) for found in _ROW.finditer(part)]
    rows = pairwise((*starts, (len(part), False)))
    return any(is_hidden and _CELL.search(part, start, end) for (start, is_hidden), (end, _) in rows)


def _number_of(column: bytes) -> int:
    return functools.reduce(lambda number, letter: 26 * number + letter - 64, column, 0)


def _sheets(packed: BytesIO) -> Iterator[_Sheet]:
    from openpyxl import load_workbook  # takes a quarter of a second, which only those pay who send a workbook

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about what a workbook may hold that the library leaves out
        workbook = load_workbook(packed, read_only=True, data_only=True, keep_links=False)
        try:
            yield from _each_sheet(workbook)
        finally:
            workbook.close()


def _each_sheet(workbook: "Workbook") -> Iterator[_Sheet]:
    sheets = workbook.worksheets
    if not sheets:
        raise _TroubleError(FileProblem.DAMAGED)
    if len(sheets) > MAX_SHEETS:
        raise _TroubleError(FileProblem.TOO_LARGE)
    cells = 0
    for sheet in sheets:
        sheet.reset_dimensions()  # else what lies outside a wrong one is lost
        rows, struck = [], False
        for row in sheet.iter_rows():
            cells += 1 + len(row)
            if cells > MAX_CELLS:
                raise _TroubleError(FileProblem.TOO_LARGE)
            rows.append([_shown(cell) for cell in row])
            struck = struck or any(cell.value is not None and cell.font and cell.font.strike for cell in row)
        trouble = (UnreadFile("", FileProblem.HIDDEN),) if struck else ()
        yield _Sheet(replace(read_rows(rows), unread_files=trouble), sheet.sheet_state == "visible")


def _shown(cell: "Cell | MergedCell") -> str:
    """Return a cell's text as it stands on the sheet, but a number with all its digits."""
    match cell.value:
        case None:
            return ""
        case bool() as value:
            return str(value).upper()
        case int() | float() as value:
            return _number(value, cell.number_format)
        case datetime() as value:
            return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
        case date() | time() as value:
            return value.isoformat()
        case timedelta() as value:
            return str(value)
        case value:
            text = tidy(str(value))
    if len(text) > MAX_CELL:
        raise _TroubleError(FileProblem.TOO_LARGE)
    if cell.data_type == "e":  # such as #REF!
        raise _TroubleError(FileProblem.FORMULAS)
    return text


def _number(value: float, shape: str) -> str:
    """Return a number as in a mail, with a comma, and with the percent sign or currency that its cell shows."""
    first = shape[:MAX_SHAPE].partition(";")[0]
    exact = _FIFTEEN_DIGITS.create_decimal(repr(value))
    if not exact.is_finite() or abs(exact) >= _TOO_MANY_DIGITS:
        return str(value)
    near = exact.quantize(Decimal("0.0001"))
    exact = near if abs(exact - near) <= _NOISE else exact
    if _ONLY_ZEROS.fullmatch(first):
        return written_number(exact).zfill(len(first))
    signs = ["".join(sign).replace("\\", "").strip() for sign in _SIGN.findall(first)]
    shown = f"{written_number(exact * 100)} %" if "%" in first else written_number(exact)
    return " ".join([shown, *(sign for sign in signs if sign)])


def written_number(value: Decimal) -> str:
    """Return a number with all its digits, as in a mail: with a comma, as 1.250 would be a thousand."""
    whole, _, decimals = f"{value:f}".partition(".")
    decimals = decimals.rstrip("0")
    return f"{whole},{decimals}" if decimals else whole
