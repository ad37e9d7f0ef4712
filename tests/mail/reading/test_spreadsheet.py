"""Orders in order.xlsx: cells are what a person sees in them; what cannot be said for certain is asked back."""

import re
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime
from io import BytesIO
from itertools import count
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.worksheet.worksheet import Worksheet

from mailbot.domain.values.order import Field, FileProblem, Form, FormLine
from mailbot.mail.reading.spreadsheet import MAX_CELL, MAX_CELLS, MAX_FILE, read_xlsx

HEAD = ("Artikelnr", "Benämning", "Antal", "Enhet", "À-pris")
SCREEN = ("A100", "Skärm 27 tum", 2, "st", 2900)
_KIND = b"application/vnd.openxmlformats-officedocument.spreadsheetml"
_SPACE = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"


def saved(book: Workbook) -> bytes:
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def sheet_of(rows: Sequence[Sequence[object]], change: Callable[[Worksheet], None] | None = None) -> bytes:
    """Return a workbook of one sheet with these rows, after a change."""
    book = Workbook()
    (sheet,) = book.worksheets
    for row in rows:
        sheet.append(list(row))
    if change:
        change(sheet)
    return saved(book)


def order(*rows: Sequence[object], change: Callable[[Worksheet], None] | None = None) -> Form:
    return read_xlsx(sheet_of([HEAD, *rows], change), "order.xlsx")


def troubles(form: Form) -> list[FileProblem]:
    assert {file.name for file in form.unread_files} <= {"order.xlsx"}
    return [file.why for file in form.unread_files]


def altered(data: bytes, change: Callable[[bytes], bytes], part: str = SHEET) -> bytes:
    """Return a workbook with one of its parts changed."""
    file = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(file, "w", ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(old.read(name)) if name == part else old.read(name))
    return file.getvalue()


def as_excel_saves(data: bytes, texts: bytes = b"") -> bytes:
    """Return a workbook with its texts in a part of their own, as Excel has them; openpyxl writes them into cells."""
    inline = re.compile(rb'<c r="(\w+)" t="inlineStr"><is>(.*?)</is></c>')
    with ZipFile(BytesIO(data)) as old:
        found = [item[2] for item in inline.finditer(old.read(SHEET))]
    numbers = count()
    data = altered(
        data, lambda xml: inline.sub(lambda x: b'<c r="%s" t="s"><v>%d</v></c>' % (x[1], next(numbers)), xml)
    )
    kind = b'<Override PartName="/xl/sharedStrings.xml" ContentType="%s.sharedStrings+xml"/></Types>' % _KIND
    file = BytesIO(altered(data, lambda xml: xml.replace(b"</Types>", kind), "[Content_Types].xml"))
    with ZipFile(file, "a") as made:
        items = texts or b"".join(b"<si>%s</si>" % text for text in found)
        made.writestr("xl/sharedStrings.xml", b'<sst xmlns="%s">%s</sst>' % (_SPACE, items))
    return file.getvalue()


def with_cell(cell: bytes) -> bytes:
    """Return a workbook whose first price is written as this XML."""
    return altered(sheet_of([HEAD, SCREEN]), lambda xml: xml.replace(b'<c r="E2" t="n"><v>2900</v></c>', cell))


class TestWhatIsRead:
    def test_fields_and_lines_stand_as_in_a_table_file(self) -> None:
        rows = [("Enhet", "Kemi"), ("Godkännare:", "Åsa Öberg"), ("Leverantör", "Dustin AB"), (), HEAD, SCREEN]
        form = read_xlsx(as_excel_saves(sheet_of(rows)))
        assert read_xlsx(sheet_of(rows)) == form
        assert form == Form(
            {Field.UNIT: "Kemi", Field.APPROVER: "Åsa Öberg", Field.SUPPLIER: "Dustin AB"},
            (FormLine("Skärm 27 tum", "2", "2900", item_no="A100", unit="st"),),
        )

    @pytest.mark.parametrize(
        ("value", "shape", "text"),
        [
            (12400, "General", "12400"),
            (12.5, "General", "12,5"),
            (0.1 + 0.2, "General", "0,3"),
            (12400.000000001, "0.00", "12400"),
            (1234567.89, "#,##0.00", "1234567,89"),
            (100 / 3, "0.00", "33,3333333333333"),
            (12.456, "0.00", "12,456"),
            (-500, "#,##0;[Red]#,##0", "-500"),
            (1e-7, "General", "0"),
            (1e20, "General", "1e+20"),
            (0.25, "0%", "25 %"),
            (12.5, '#,##0.00\\ "kr"', "12,5 kr"),
            (12.5, "#,##0.00\\ [$€-407]", "12,5 €"),
            (12.5, "[$-41D]#,##0.00", "12,5"),
            (12.5, '"USD"\\ 0.00', "12,5 USD"),
            (12.5, "$#,##0.00", "12,5 $"),
            (12.5, "0.00\\ \\k\\r", "12,5 kr"),
            ("12 400,00", "General", "12 400,00"),
            (True, "General", "TRUE"),
            (date(2026, 12, 1), "yyyy-mm-dd", "2026-12-01"),
            (datetime(2026, 12, 1, 14, 30), "yyyy-mm-dd hh:mm", "2026-12-01 14:30"),  # noqa: DTZ001  as a cell has it
        ],
    )
    def test_a_cell_is_what_is_seen_in_it_with_all_its_digits(self, value: object, shape: str, text: str) -> None:
        def shaped(sheet: Worksheet) -> None:
            sheet["E2"].number_format = shape

        form = order(("A1", "Skärm", 2, "st", value), change=shaped)
        assert [line.price for line in form.lines] == [text]

    def test_zeros_that_are_shown_before_an_item_number_belong_to_it(self) -> None:
        def shaped(sheet: Worksheet) -> None:
            sheet["A2"].number_format = "000000"

        assert order((123, "Skärm", 2, "st", 5), change=shaped).lines[0].item_no == "000123"

    def test_cells_outside_the_stated_size_of_a_sheet_are_read(self) -> None:
        data = altered(sheet_of([HEAD, SCREEN]), lambda xml: xml.replace(b'ref="A1:E2"', b'ref="A1:B1"'))
        assert len(read_xlsx(data).lines) == 1

    def test_a_computed_price_is_read_by_the_value_that_was_kept(self) -> None:
        form = read_xlsx(with_cell(b'<c r="E2"><f>1450*2</f><v>2900</v></c>'))
        assert (form.lines[0].price, form.unread_files) == ("2900", ())

    def test_an_empty_text_that_a_formula_gave_is_an_empty_cell(self) -> None:
        data = altered(
            as_excel_saves(sheet_of([HEAD, SCREEN, ("x",)])),
            lambda xml: xml.replace(
                b'<c r="A3" t="s"><v>', b'<c r="A3" t="str"><f>IF(1,"","")</f><v></v></c><c r="B3" t="s"><v>'
            ),
        )
        assert b"<f>" in ZipFile(BytesIO(data)).read(SHEET)
        assert read_xlsx(data).unread_files == ()

    def test_fields_on_one_sheet_and_lines_on_another_are_one_order(self) -> None:
        book = Workbook()
        book.worksheets[0].append(("Leverantör", "Dustin AB"))
        lines = book.create_sheet("Rader")
        for row in (("Leverantör", "Dell AB"), HEAD, SCREEN):
            lines.append(row)
        form = read_xlsx(saved(book))
        assert (len(form.lines), form.fields, form.conflicts) == (1, {Field.SUPPLIER: "Dustin AB"}, (Field.SUPPLIER,))

    def test_a_hidden_list_for_choosing_from_and_empty_hidden_columns_ask_nothing(self) -> None:
        book = Workbook()
        sheet = book.worksheets[0]
        for row in (HEAD, SCREEN):
            sheet.append(row)
        sheet.column_dimensions.group("H", "XFD", hidden=True)
        sheet.row_dimensions[90].hidden = True
        book.create_sheet("Listor").append(("st",))
        book["Listor"].sheet_state = "hidden"
        assert troubles(read_xlsx(saved(book))) == []


class TestWhatIsAskedBack:
    @pytest.mark.parametrize(
        "change",
        [
            lambda sheet: setattr(sheet.row_dimensions[3], "hidden", True),
            lambda sheet: setattr(sheet.column_dimensions["B"], "hidden", True),
            lambda sheet: sheet.column_dimensions.group("C", "D", hidden=True),
            lambda sheet: setattr(sheet["B3"], "font", Font(strike=True)),
        ],
        ids=["row", "column", "columns", "struck"],
    )
    def test_what_is_hidden_or_struck_out(self, change: Callable[[Worksheet], None]) -> None:
        form = order(SCREEN, ("A2", "Gammal mus", 1, "st", 200), change=change)
        assert (troubles(form), len(form.lines)) == ([FileProblem.HIDDEN], 2)

    @pytest.mark.parametrize("state", ["hidden", "veryHidden"])
    def test_lines_on_a_hidden_sheet(self, state: str) -> None:
        book = Workbook()
        other = book.create_sheet("Gammal")
        for sheet in (book.worksheets[0], other):
            for row in (HEAD, SCREEN):
                sheet.append(row)
        other.sheet_state = state
        form = read_xlsx(saved(book), "order.xlsx")
        assert (troubles(form), len(form.lines)) == ([FileProblem.HIDDEN], 1)

    def test_lines_on_several_sheets(self) -> None:
        book = Workbook()
        for sheet in (book.worksheets[0], book.create_sheet("Två")):
            for row in (HEAD, SCREEN):
                sheet.append(row)
        form = read_xlsx(saved(book), "order.xlsx")
        assert (troubles(form), len(form.lines)) == ([FileProblem.SHEETS], 2)

    def test_a_formula_that_was_never_computed(self) -> None:
        assert troubles(order(SCREEN, ("A2", "Mus", 1, "st", "=100*2"))) == [FileProblem.FORMULAS]
        assert troubles(order(SCREEN, ("=A2", '=B2&"x"', "=C2", "=D2", "=E2"))) == [FileProblem.FORMULAS]

    def test_a_formula_that_failed(self) -> None:
        assert troubles(read_xlsx(with_cell(b'<c r="E2" t="e"><f>1/0</f><v>#DIV/0!</v></c>'), "order.xlsx")) == [
            FileProblem.FORMULAS
        ]

    def test_a_text_that_is_struck_out_in_a_part_of_its_cell(self) -> None:
        struck = b"<si><r><rPr><strike/></rPr><t>10</t></r><r><t>Mus</t></r></si>" * 10
        data = as_excel_saves(sheet_of([HEAD, SCREEN]), struck)
        assert FileProblem.HIDDEN in troubles(read_xlsx(data, "order.xlsx"))

    def test_a_merged_cell_stands_in_its_first_row_alone(self) -> None:
        form = order(SCREEN, ("A2", "", 1, "st", 200), change=lambda sheet: sheet.merge_cells("B2:B3"))
        assert (len(form.lines), form.unread) == (1, ("A2; ; 1; st; 200",))

    def test_prices_in_another_currency_than_the_cells_show_are_not_kronor(self) -> None:
        def in_euro(sheet: Worksheet) -> None:
            sheet["E2"].number_format = "#,##0.00\\ [$€-1]"

        assert order(SCREEN, change=in_euro).lines[0].price == "2900 €"


def entity_bomb(xml: bytes) -> bytes:
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 10))
    return f'<!DOCTYPE x [<!ENTITY e0 "lol">{levels}]>'.encode() + xml.replace(b"2900", b"&e9;")


def entities() -> bytes:
    return altered(sheet_of([HEAD, SCREEN]), entity_bomb)


def many_cells() -> bytes:
    return sheet_of([[1] * 100] * (MAX_CELLS // 100))


def zip_bomb() -> bytes:
    return altered(sheet_of([HEAD]), lambda xml: xml + b" " * 100_000_000)


def many_entries() -> bytes:
    file = BytesIO()
    with ZipFile(file, "w") as made:
        for number in range(20_000):
            made.writestr(f"{number}.xml", b"")
    return file.getvalue()


def understated() -> bytes:
    """Return a file whose directory says that a large part is small."""
    data = bytearray(altered(sheet_of([HEAD]), lambda xml: xml + b" " * 3_000_000))
    with ZipFile(BytesIO(bytes(data))) as opened:
        size = opened.getinfo(SHEET).file_size.to_bytes(4, "little")
    return bytes(data).replace(size, (100).to_bytes(4, "little"))


def sparse() -> bytes:
    row = b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row></sheetData>'
    return altered(sheet_of([HEAD]), lambda xml: xml.replace(b"</sheetData>", row))


def without(part: str) -> bytes:
    file = BytesIO()
    with ZipFile(BytesIO(sheet_of([HEAD]))) as old, ZipFile(file, "w") as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
    return file.getvalue()


def hidden_under_another_name() -> bytes:
    """Return a file whose sheet lies where no XML is looked for."""
    data = altered(
        sheet_of([HEAD]), lambda xml: xml.replace(b"sheet1.xml", b"sheet1.bin"), "xl/_rels/workbook.xml.rels"
    )
    file = BytesIO(data)
    with ZipFile(file, "a") as made:
        made.writestr("xl/worksheets/sheet1.bin", entity_bomb(b"<worksheet/>"))
    return file.getvalue()


def with_attributes(attributes: bytes) -> Callable[[], bytes]:
    """Return a maker of a workbook with an element in its sheet that the library does not know what to do with."""
    return lambda: altered(
        sheet_of([HEAD]), lambda xml: xml.replace(b"<sheetData>", b"<cols>" + attributes + b"</cols><sheetData>")
    )


@pytest.mark.parametrize("words", ["Redan beställt:", "Beställ inte än."])
def test_words_beside_the_goods_hold_them_back_as_in_a_mail(words: str) -> None:
    form = read_xlsx(sheet_of([(words,), HEAD, SCREEN]), "order.xlsx")
    assert (len(form.lines), form.held) == (1, (words,))


NESTED = b"".join(b"<a%d>" % number for number in range(100_000))
HOSTILE: dict[str, tuple[Callable[[], bytes], FileProblem]] = {
    "zip bomb": (zip_bomb, FileProblem.TOO_LARGE),
    "many entries": (many_entries, FileProblem.TOO_LARGE),
    "a false directory": (understated, FileProblem.DAMAGED),
    "entities": (entities, FileProblem.DAMAGED),
    "entities in UTF-16": (
        lambda: altered(sheet_of([HEAD, SCREEN]), lambda xml: entity_bomb(xml).decode().encode("utf-16")),
        FileProblem.DAMAGED,
    ),
    "entities in EBCDIC": (
        lambda: altered(sheet_of([HEAD]), lambda xml: b'<?xml version="1.0" encoding="cp037"?>' + xml),
        FileProblem.DAMAGED,
    ),
    "a sheet under another name": (hidden_under_another_name, FileProblem.DAMAGED),
    "a cell at the end of the world": (sparse, FileProblem.TOO_LARGE),
    "too many cells": (many_cells, FileProblem.TOO_LARGE),
    "an endless cell": (lambda: sheet_of([HEAD, ("A", "x" * (MAX_CELL + 1), 1, "st", 5)]), FileProblem.TOO_LARGE),
    "many sheets": (lambda: saved(_many_sheets()), FileProblem.TOO_LARGE),
    "too many bytes": (lambda: b"PK\x03\x04" + bytes(MAX_FILE), FileProblem.TOO_LARGE),
    "a password": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000), FileProblem.PROTECTED),
    "no workbook": (lambda: without("xl/workbook.xml"), FileProblem.DAMAGED),
    "no sheet": (lambda: without(SHEET), FileProblem.DAMAGED),
    "half a file": (lambda: sheet_of([HEAD])[:2_000], FileProblem.DAMAGED),
    "no ZIP": (lambda: b"Enhet;cs", FileProblem.DAMAGED),
    "nothing": (lambda: b"", FileProblem.DAMAGED),
    "nested elements": (
        lambda: altered(sheet_of([HEAD]), lambda xml: xml.replace(b"<sheetData>", NESTED + b"<sheetData>")),
        FileProblem.DAMAGED,
    ),
    "places in one cell": (
        with_attributes(b"<c " + b"".join(b'r="A1" %d ' % n for n in range(200_000))),
        FileProblem.DAMAGED,
    ),
    "hidden columns": (
        with_attributes(b"".join(b'<col min="%d" max="99999" hidden="1"/>' % n for n in range(50_000))),
        FileProblem.DAMAGED,
    ),
    "attributes": (
        lambda: altered(
            sheet_of([HEAD]),
            lambda xml: xml.replace(b"<sheetData>", b"<row " + b'hidden ="' * 100_000 + b"<c r=" * 100_000),
        ),
        FileProblem.DAMAGED,
    ),
}


def _many_sheets() -> Workbook:
    book = Workbook()
    for _ in range(30):
        book.create_sheet()
    return book


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_named_with_its_reason_in_little_time(name: str) -> None:
    make, why = HOSTILE[name]
    data = make()
    started = time.process_time()
    form = read_xlsx(data, "order.xlsx")
    assert time.process_time() - started < 1.5
    assert (form.lines, troubles(form)) == ((), [why])
