"""Which files are meant as the order, by their names, and what is said of those that are not read."""

import unicodedata

import pytest

from mailbot.domain.values.order import Field, FileProblem, Form, UnreadFile
from mailbot.languages import VOCABULARY
from mailbot.mail.reading.charsets import weigh
from mailbot.mail.reading.choice import attached, choose
from mailbot.mail.reading.order_files import of_other_kinds, read_file
from tests.mail.reading.test_spreadsheet import HEAD, SCREEN, sheet_of

TABLE = b"Description;Quantity;Unit price\nMouse;2;100\n"
FIELDS = "Enhet: cs\nLeverantör: Dustin AB\n"


@pytest.mark.parametrize(
    "name",
    [
        *("order.csv", "ORDER.CSV", "beställning.csv", "bestallning.csv", "order (2).csv", "order-3.csv", "orders.csv"),
        *(
            "order 2026-11-30.csv",
            "Beställning datorer.csv",
            "beställningar.csv",
            "order_cs_v2.final.csv",
            "Order #7.csv",
        ),
        unicodedata.normalize("NFD", "Beställning datorer.csv"),
    ],
)
def test_a_file_whose_name_begins_with_the_word_is_an_order(name: str) -> None:
    assert len(read_file(name, TABLE).lines) == 1


@pytest.mark.parametrize(
    "name",
    [
        *("orderbekräftelse.csv", "order confirmation.csv", "Order bekräftelse 4711.csv", "ordererkännande.csv"),
        *("beställningsordning.csv", "priser.csv", "preorder.csv", "csv", "bordersystem.csv", "ordermall.csv"),
        *("offert order.csv", "Order faktura.csv"),
    ],
)
def test_a_file_of_another_name_is_none(name: str) -> None:
    assert read_file(name, TABLE) == Form()
    assert of_other_kinds([name.replace(".csv", ".pdf")]) == ()


def test_a_workbook_is_read_under_the_same_names() -> None:
    assert len(read_file("Beställning.xlsx", sheet_of([HEAD, SCREEN])).lines) == 1


@pytest.mark.parametrize("kind", ["xls", "ods", "numbers", "pdf", "docx", "xlsm", "zip", "jpg"])
def test_a_file_of_a_kind_that_is_not_read_is_named_where_nothing_else_holds_lines(kind: str) -> None:
    name = f"Order v. 48.{kind}"
    unread = (UnreadFile(name, FileProblem.FORMAT),)
    form = choose(FIELDS, "", [(name, b"\x00")])
    assert isinstance(form, Form)
    assert (form.unread_files, form.lines) == (unread, ())
    for text, files in ((f"{FIELDS}\n2 st Mus à 100 kr\n", []), (FIELDS, [("order.csv", TABLE)])):
        read = choose(text, "", [(name, b"\x00"), *files])
        assert isinstance(read, Form)
        assert (read.unread_files, len(read.lines)) == ((), 1)


@pytest.mark.parametrize("name", ["order.csv", "order.txt", "order.json"])
def test_a_file_whose_letters_are_in_doubt_is_asked_back_row_by_row(name: str) -> None:
    data = "Description;Quantity;Unit price\nKärra;2;100\n".encode("mac_roman")
    assert not weigh(data)[1]
    form = attached([(name, data)])
    assert form == Form(
        unread=("Description;Quantity;Unit price", "K\ufffdrra;2;100"),
        unread_files=(UnreadFile(name, FileProblem.CHARSET),),
    )


def test_an_answer_with_lines_or_a_better_file_settles_the_file_that_was_not_read() -> None:
    asked = Form(unread_files=(UnreadFile("order.xls", FileProblem.FORMAT),))
    given = read_file("order.csv", TABLE)
    assert asked.amended_by(given, VOCABULARY).unread_files == ()
    assert asked.amended_by(Form(), VOCABULARY).unread_files == asked.unread_files
    worse = Form(unread_files=(UnreadFile("order.ods", FileProblem.FORMAT),))
    assert [file.name for file in asked.amended_by(worse, VOCABULARY).unread_files] == ["order.xls", "order.ods"]


def test_a_total_in_the_words_of_a_mail_counts_for_the_lines_of_its_file_but_a_cell_tells_none() -> None:
    lines = b'{"lines": [{"description": "Mus", "quantity": "2", "price": "100 kr", "sum": "200 kr"}]}'
    for words, total in (("Det blir totalt 18 250 kr", "18 250 kr"), ("Tack!", "")):
        form = choose(f"{FIELDS}\n{words}", "", [("order.json", lines)])
        assert isinstance(form, Form)
        assert form.fields.get(Field.TOTAL, "") == total
