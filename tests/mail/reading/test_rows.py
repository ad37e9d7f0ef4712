"""Rows of goods: what heads mean, what a row without one must say, and what stands beside the total."""

import pytest

from mailbot.domain.values.order import Field
from mailbot.mail.reading.order_form import read_form

MUS = "2 st Mus à 199 kr\n\n"


@pytest.mark.parametrize(
    "row",
    [
        *("Konto\t5410\tKst\t31100", "Rum | 312 | Tel | 5122", "Dell 5490\t2018\t10234", "Anna\t1\t312"),
        *("Leverans; 14; 2026", "Karin Edlund | 12 | 5122"),
    ],
)
def test_a_row_of_names_and_numbers_that_says_neither_money_nor_a_unit_is_asked(row: str) -> None:
    form = read_form(MUS + row)
    assert ([line.description for line in form.lines], form.unread) == (["Mus"], (row,))


def test_a_row_among_some_that_say_money_needs_no_mark_of_its_own() -> None:
    form = read_form("Dell XPS 13; 2; 12 500 kr\nMus M185; 3; 199")
    assert [line.price for line in form.lines] == ["12 500 kr", "199"]


@pytest.mark.parametrize(
    "name",
    [
        "Dell XPS 13, 12 500 kr exkl. moms",
        "Dell XPS 13 à 12 500 kr",
        "ev. Dell XPS 13",
        "Dell XPS 13 (avvakta)",
        "Summa datorer",
        "Dell XPS 13 (inkl. moms)",
    ],
)
def test_a_name_that_says_a_price_a_sum_or_doubt_makes_no_row(name: str) -> None:
    form = read_form(f"Produkt\tAntal\tPris\n{name}\t2\t25 000")
    assert (form.lines, form.unread) == ((), (f"{name}\t2\t25 000",))


@pytest.mark.parametrize(
    "head",
    [
        *("Produktnamn;Antal;Pris", "Namn;Antal (st);Pris i kr", "Varubenämning;Kvant.;Styckepris"),
        *("Product name;Quantity (pcs);Unit cost", "Titel;Beställt antal;Pris / st"),
    ],
)
def test_usual_heads_are_known(head: str) -> None:
    (line,) = read_form(f"{head}\nDell XPS 13;2;12 500").lines
    assert (line.description, line.quantity, line.price[:6]) == ("Dell XPS 13", "2", "12 500")


@pytest.mark.parametrize("cell", ["https://dustin.example/p/5011234", "3 år", "13 tum", "5410-31100", "2026-12-24"])
def test_an_unknown_column_is_not_asked_about_where_its_cell_can_be_no_figure_of_the_line(cell: str) -> None:
    form = read_form(f"Produkt\tAntal\tPris\tInfo\nDell XPS 13\t2\t12 500\t{cell}")
    assert (len(form.lines), form.notes) == (1, (f"Info: {cell} (Dell XPS 13)",))


@pytest.mark.parametrize("cell", ["10 %", "500 kr", "12", "12 mån", "3 st"])
def test_an_unknown_column_is_asked_about_where_its_cell_may_be_one(cell: str) -> None:
    assert not read_form(f"Produkt\tAntal\tPris\tInfo\nDell XPS 13\t2\t12 500\t{cell}").lines


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("12 500 kr/st", ("12 500 kr", "")),
        ("à 12 500", ("12 500", "")),
        ("12 500 kr exkl. moms", ("12 500 kr", "exkl. moms")),
    ],
)
def test_the_cell_of_a_price_may_have_marks_of_its_own(cell: str, said: tuple[str, str]) -> None:
    (line,) = read_form(f"Produkt\tAntal\tPris\nDell XPS 13\t2\t{cell}").lines
    assert (line.price, line.vat) == said


def test_a_price_per_something_else_than_what_is_counted_is_left_as_it_is() -> None:
    (line,) = read_form("Produkt\tAntal\tPris\nKabel\t2\t12 kr/m").lines
    assert line.price == "12 kr/m"


@pytest.mark.parametrize(
    "sums",
    [
        "Summa exkl. moms\t\t25 000\nMoms 25 %\t\t6 250\nAtt betala\t\t31 250",
        "Delsumma\t\t25 000\nFrakt\t\t0\nMoms\t\t6 250\nTotalt\t\t31 250",
    ],
)
def test_rows_of_sums_below_a_table_that_add_up_are_the_total_on_both_bases(sums: str) -> None:
    form = read_form(f"Produkt\tAntal\tPris\nDell XPS 13\t2\t12 500\n{sums}")
    assert (len(form.lines), form.unread) == (1, ())
    assert form.fields[Field.TOTAL] == "25 000 exkl. moms; 31 250 inkl. moms"
