"""Orders in attached files: order.csv and order.json (docs/rules/promises.md#tables;
docs/rules/mail.md#f44, #f77, #f84)."""

import json
import time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Field, FileProblem, Form, FormLine
from mailbot.mail.reading.amounts import parse_amount
from mailbot.mail.reading.order_files import MAX_FILE, read_csv, read_json, read_text

DELL = FormLine("Dell XPS 13, grå", "2", "12 500,00", item_no="D-13", unit="st")
FIELDS = {Field.UNIT: "Kemi", Field.APPROVER: "Åsa Öberg", Field.SUPPLIER: "Dustin AB"}
SWEDISH = """Enhet;Kemi
Godkännare;Åsa Öberg
Leverantör;Dustin AB

Artikelnr;Benämning;Antal;Enhet;À-pris
D-13;Dell XPS 13, grå;2;st;12 500,00
"""
ENGLISH = """Unit,Kemi
Approver,"Åsa Öberg"
Supplier,Dustin AB
Item no,Description,Quantity,Unit,Unit price
D-13,"Dell XPS 13, grå",2,st,"12 500,00"
"""


def read(text: str) -> Form:
    return read_csv(text.encode())


def document(**values: object) -> Form:
    form = read_json(json.dumps(values).encode())
    assert form is not None
    return form


def line_of(numbers: str) -> FormLine:
    form = read_json(f'{{"lines": [{{"description": "Mus", {numbers}}}]}}'.encode())
    assert form is not None
    return form.lines[0]


class TestRowsOfAFile:
    @pytest.mark.parametrize("text", [SWEDISH, ENGLISH, SWEDISH.replace(";", "\t")], ids=["sv", "en", "tabs"])
    @pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
    @pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "windows-1252", "utf-16", "utf-16-le"])
    def test_fields_and_lines_are_read_in_every_charset_with_every_separator(
        self, text: str, end: str, charset: str
    ) -> None:
        mark = "\ufeff" if charset == "utf-16-le" else ""
        form = read_csv((mark + text.replace("\n", end)).encode(charset))
        assert form == Form(FIELDS, (DELL,))

    def test_a_key_may_have_a_colon_and_empty_cells_after_it(self) -> None:
        assert read("Enhet:;Kemi;;;\nProjekt: P9;;;;\nReferens;;;;\n;;;;").fields == {
            Field.UNIT: "Kemi",
            Field.PROJECT: "P9",
        }

    def test_the_separator_is_what_makes_a_head_whatever_else_is_frequent(self) -> None:
        form = read("Leveransadress;a, b, c, d, e, f, g\nBenämning;Antal;À-pris\nKabel, grå, lång, ny;2;10,50\n")
        assert form.lines == (FormLine("Kabel, grå, lång, ny", "2", "10,50"),)

    @pytest.mark.parametrize("sign", [";", ",", "\t"])
    def test_the_line_of_excel_that_names_the_separator_is_obeyed(self, sign: str) -> None:
        assert read(f"SEP={sign}\nEnhet{sign}Kemi\n").fields == {Field.UNIT: "Kemi"}

    def test_columns_may_come_in_any_order_and_be_left_out(self) -> None:
        assert read("Pris;Antal;Produkt\n100;2;Mus").lines == (FormLine("Mus", "2", "100"),)

    def test_a_row_that_is_shorter_than_its_head_is_asked_back(self) -> None:
        form = read("Benämning;Antal;À-pris;Enhet\nMus;2;100\nDator;1\nKabel;1;50;")
        assert (form.lines, form.unread) == ((FormLine("Kabel", "1", "50"),), ("Mus; 2; 100", "Dator; 1"))

    def test_the_unit_in_the_head_is_that_of_measure(self) -> None:
        assert read("Enhet;Kemi\nBenämning;Antal;Enhet;À-pris\nMus;2;st;100\nEnhet;st").conflicts == ()

    def test_a_column_of_sums_is_checked_and_a_row_that_does_not_add_up_is_not_read(self) -> None:
        form = read(
            "Benämning;Antal;À-pris;Summa\nMus;2;100;200\nDator;1;5 000;4 000\nKabel;2;9,99;20\nTotalt;;;5 219,98"
        )
        assert [line.description for line in form.lines] == ["Mus", "Kabel"]
        assert form.unread == ("Dator; 1; 5 000; 4 000",)
        assert form.fields == {Field.TOTAL: "5 219,98"}

    def test_a_row_of_totals_is_no_order_line(self) -> None:
        form = read("Benämning;Antal;À-pris\nMus;2;100\nTotalt;2;200,00\n")
        assert (len(form.lines), form.fields) == (1, {Field.TOTAL: "200,00"})

    @pytest.mark.parametrize(
        "formula", ['=HYPERLINK("https://x.example")', "+cmd|' /C calc'!A0", "@SUM(A1)", '="0123"']
    )
    def test_a_formula_is_text(self, formula: str) -> None:
        quoted = formula.replace('"', '""')
        form = read(f'Motivering;"{quoted}"\nBenämning;Antal;À-pris\n"{quoted}";=1+1;100\n')
        assert form.fields == {Field.REASON: formula}
        assert form.lines == (FormLine(formula, "=1+1", "100"),)

    def test_cells_of_several_lines_are_one_line(self) -> None:
        form = read('Leveransadress;"Storgatan 1\n901 87  Umeå"\nBenämning;Antal;À-pris\n"Mus\nsvart";2;100\n')
        assert form.fields == {Field.DELIVERY_ADDRESS: "Storgatan 1 901 87 Umeå"}
        assert form.lines == (FormLine("Mus svart", "2", "100"),)

    def test_a_quotation_mark_inside_a_cell_is_an_inch(self) -> None:
        assert read('Benämning;Antal;À-pris\nSkärm 24";1;900\n').lines == (FormLine('Skärm 24"', "1", "900"),)

    def test_a_cell_that_never_ends_swallows_no_line_unseen(self) -> None:
        form = read('Benämning;Antal;À-pris\nMus;1;100\n"Skärm;1;900\nDator;1;5 000')
        assert (len(form.lines), len(form.unread)) == (1, 1)

    def test_free_lines_in_the_first_column_are_read(self) -> None:
        assert read("Enhet;Kemi\n2 st Mus à 100 kr;\n").lines == (FormLine("Mus", "2", "100 kr", unit="st"),)

    def test_other_rows_are_notes_or_unread(self) -> None:
        form = read("Hej;Rut\nBenämning;Antal;À-pris\nKontakt;Rut;\nMus;1;2;3\n")
        assert (form.notes, form.unread) == (("Hej; Rut", "Kontakt; Rut; "), ("Mus; 1; 2; 3",))

    def test_a_key_given_twice_differently_is_a_conflict(self) -> None:
        assert read("Enhet;Kemi\nEnhet;Fysik").conflicts == (Field.UNIT,)


class TestDocuments:
    def test_every_field_is_read_under_its_english_name(self) -> None:
        values = {key.value: f"värde {key}" for key in Field}
        assert document(**values).fields == {key: f"värde {key}" for key in Field}

    def test_lines_are_read_with_and_without_number_and_unit(self) -> None:
        form = document(
            lines=[
                {
                    "item_no": "D-13",
                    "description": "Dell XPS 13, grå",
                    "quantity": "2",
                    "unit": "st",
                    "price": "12 500,00",
                },
                {"description": "Mus", "quantity": 2, "price": "100 kr"},
            ]
        )
        assert form.lines == (DELL, FormLine("Mus", "2", "100 kr"))

    @pytest.mark.parametrize(
        ("number", "amount"),
        [
            ("12500", "12500"),
            ("12500.0", "12500"),
            ("12500.50", "12500.50"),
            ("1.250", "1.25"),
            ("1.2500", "1.25"),
            ("0.1", "0.10"),
            ("1.25e3", "1250"),
            ("125E-2", "1.25"),
            ("99999999.99", "99999999.99"),
            ("0.29", "0.29"),
        ],
    )
    def test_a_json_number_means_exactly_what_it_says(self, number: str, amount: str) -> None:
        assert parse_amount(line_of(f'"quantity": 1, "price": {number}').price) == Money(Decimal(amount))

    @given(st.decimals(min_value=Decimal("0.01"), max_value=Decimal("99999999.99"), places=2))
    def test_no_amount_loses_an_ore(self, amount: Decimal) -> None:
        assert parse_amount(line_of(f'"quantity": 1, "price": {amount}').price) == Money(amount)

    @pytest.mark.parametrize(
        "number", ["1.234", "NaN", "Infinity", "-5", "0", "1e400", "1e-400", "1e999999999", "9" * 5_000]
    )
    def test_a_json_number_that_is_no_sum_is_kept_to_be_asked_back(self, number: str) -> None:
        price = line_of(f'"quantity": 1, "price": {number}').price
        assert len(price) <= 500
        assert not isinstance(parse_amount(price), Money)

    def test_null_and_empty_text_are_no_value(self) -> None:
        assert document(unit=None, supplier="", project="  ") == Form()

    def test_values_are_one_line(self) -> None:
        assert document(delivery_address="Storgatan 1\n Umeå\nGodkännare: x").fields == {
            Field.DELIVERY_ADDRESS: "Storgatan 1 Umeå Godkännare: x"
        }

    def test_unknown_keys_and_odd_values_are_notes(self) -> None:
        form = document(
            colour="röd",
            Enhet="Kemi",
            unit=["Kemi"],
            approver={"name": "Eva", "age": 5},
            lines=[{"description": "Mus", "quantity": 1, "price": 5, "colour": "röd"}],
            vat=True,
        )
        assert (form.fields, len(form.lines)) == ({}, 1)
        assert form.notes == (
            "colour: röd",
            "Enhet: Kemi",
            "unit: Kemi",
            "approver: name: Eva, age: 5",
            "colour: röd",
            "vat: True",
        )

    @pytest.mark.parametrize(
        "line",
        [
            '{"description": "Mus", "quantity": 1}',
            '{"description": "Mus", "quantity": 1, "price": [5]}',
            '{"description": "Mus", "quantity": 1, "price": 5, "price": 50}',
            '"1 st Mus"',
            "[1, 5]",
            "null",
        ],
    )
    def test_a_line_that_cannot_be_taken_as_one_is_unread(self, line: str) -> None:
        form = read_json(f'{{"lines": [{line}]}}'.encode())
        assert form is not None
        assert (form.lines, len(form.unread)) == ((), 1)

    def test_a_key_given_twice_differently_is_a_conflict(self) -> None:
        form = read_json(b'{"unit": "Kemi", "unit": "Fysik", "supplier": "Dustin", "supplier": "Dustin"}')
        assert form == Form({Field.UNIT: "Kemi", Field.SUPPLIER: "Dustin"}, conflicts=(Field.UNIT,))

    @pytest.mark.parametrize("text", ["", "hej", "[]", "5", "null", '"x"', "{", '{"unit": }', "{'unit': 'x'}", "\x00"])
    def test_what_is_no_json_object_is_no_order(self, text: str) -> None:
        assert read_json(text.encode()) is None

    @pytest.mark.parametrize("charset", ["utf-8", "utf-8-sig", "utf-16", "windows-1252"])
    def test_every_charset_is_read(self, charset: str) -> None:
        form = read_json('{"supplier": "Örebro Möbler"}'.encode(charset))
        assert form == Form({Field.SUPPLIER: "Örebro Möbler"})


class TestTexts:
    def test_a_text_file_is_read_as_a_mail(self) -> None:
        text = "Enhet: Kemi\r\nLeverantör: Örebro Möbler\r\n2 st Mus à 100 kr"
        for charset in ("utf-8", "utf-16", "windows-1252"):
            form = read_text(text.encode(charset))
            assert form.fields == {Field.UNIT: "Kemi", Field.SUPPLIER: "Örebro Möbler"}
            assert len(form.lines) == 1


class TestLimits:
    @pytest.mark.slow
    @pytest.mark.parametrize(
        "data",
        [
            b"[" * 500_000,
            b'{"a":' * 150_000,
            b'{"lines": [' + b"{}," * 300_000 + b"{}]}",
            b'{"a": ' + b"9" * 900_000 + b"}",
            b'{"a": 1e' + b"9" * 900_000 + b"}",
            b'{"a": "' + b"x" * 900_000 + b'"}',
            b'"' * 900_000,
            b'"' + b"x" * 900_000,
            b";" * 900_000,
            b";\n" * 450_000,
            b"Antal;Pris;Artikel\n" + b"1;2;3\n" * 150_000,
            b"\x00" * 900_000,
            b"\xff\xfe" + b"\xd8\x00" * 450_000,
        ],
    )
    def test_hostile_files_are_read_within_four_seconds_of_the_ten_that_a_child_has(self, data: bytes) -> None:
        started = time.process_time()
        read_csv(data)
        read_json(data)
        assert time.process_time() - started < 4

    def test_half_a_file_is_asked_back(self) -> None:
        data = SWEDISH.encode() + b"\n" * MAX_FILE
        assert (read_csv(data).is_empty, read_csv(data).lines, read_text(data).lines) == (False, (), ())
        assert read_json(data) == read_csv(data)
        assert [file.why for file in read_csv(data).unread_files] == [FileProblem.TOO_LARGE]

    @given(st.binary())
    def test_no_bytes_raise(self, data: bytes) -> None:
        read_csv(data)
        read_json(data)
        read_text(data)

    @given(
        st.lists(
            st.sampled_from(['"', ";", ",", "\t", "\n", "\r", "\x00", "Enhet", "Antal", "Pris", "Artikel", "1", "å"])
        )
    )
    def test_no_rows_raise(self, pieces: list[str]) -> None:
        read("".join(pieces))

    @given(
        st.recursive(
            st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
            lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["lines", "unit", "price", "x"]), inner),
        )
    )
    def test_no_document_raises(self, value: object) -> None:
        form = read_json(json.dumps(value).encode())
        assert (form is not None) == isinstance(value, dict)
