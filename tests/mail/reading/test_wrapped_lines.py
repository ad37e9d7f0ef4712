"""Lines that a mail program has cut: read as one, or asked back as one; never in pieces, and never without their rest.

500 mails a run; `MAILBOT_EXAMPLES=50000 pytest tests/mail/reading/test_wrapped_lines.py` makes a longer one.
"""

import os
import textwrap
from collections.abc import Iterator
from random import Random

import pytest

from mailbot.domain.values.order import Form
from mailbot.mail.reading.order_form import read_form

EXAMPLES = int(os.environ.get("MAILBOT_EXAMPLES", "500"))
TO_BE_READ = 0.9
NAMES = (
    *("Ergonomisk kontorsstol med armstöd och nackstöd i svart tyg", "Kontorsstol 6000 Plus", "Skärm 27 tum"),
    *("Höj- och sänkbart skrivbord 180x80 cm i björk", "Dell Latitude 5550 15 tum", "Docka WD19", "Kabel Cat6A"),
    *("iPhone 15 Pro", "HP 305XL svart", "Skyddsskor stl 42", "Väggfäste 75x75 mm för två bildskärmar", "Väska"),
)
MORE = (
    *(", 5 års garanti", " med 5 års garanti på plats", ", inkl. 2 m kabel", " och 65 W laddare", " för hörsal MA121"),
    *(" i svart, med fot, väska och 2 m kabel i låda", " till rum 312", " (inklusive montering på plats)", " 256 GB"),
    *(" samt extra batteri och väska i läder", " från Kinnarps", ", art.nr 5011234", ", svart/grå, storlek 42"),
    *(" för utomhusbruk året runt", ", modell 2026", " enligt offert Q-118", " med Office 2024 Standard"),
)
NAME_FIRST = (
    *("{name}, {count} st à {price}", "{name} ({count} st) à {price}", "{name}, {count} st, {price}/st"),
    *("{name}: {count} x {price}", "{name}, antal {count} à {price}", "{name} – {count} st à {price}"),
)
COUNT_FIRST = ("{count} st {name} à {price}", "{count} x {name} à {price}", "{count} {name} à {price}")
NOT_CERTAIN = (
    *("{name} {price}, {count} st", "{count} st {name}, {price}", "{count} {name} {price}", "{name} x {count} {price}"),
    *("{count} st {name}, 10 förp à {price}", "{name} {count} 500 st à {price}", "5 m {name}, {count} st à {price}"),
)
PRICES = ("4 500 kr", "12 400 kr", "99 kr", "3 100:-", "12 400,00 kr", "450 SEK", "25 000 kr")
ABOVE = ("Hej, jag behöver:", "Beställning:", "1 st Mus à 99 kr", "Hej inköp,", "")
BELOW = ("1 st Mus à 99 kr", "Till rum 312", "Mvh", "Rut Rask", "")


def wrapped(text: str, width: int) -> str:
    """Cut lines as a mail program does."""
    cut = [textwrap.wrap(x, width, break_long_words=False, break_on_hyphens=False) or [""] for x in text.split("\n")]
    return "\n".join(piece for pieces in cut for piece in pieces)


def a_name(rng: Random) -> str:
    """Return the name of a thing, and what people add to it."""
    name, wanted = rng.choice(NAMES), rng.randint(45, 150)
    for more in rng.sample(MORE, len(MORE)):
        name += more if len(name) < wanted else ""
    return name


def a_line(rng: Random, sentences: tuple[str, ...]) -> str:
    """Return a line of goods with a long name."""
    count, price = rng.choice((1, 2, 2, 3, 5, 12, 25)), rng.choice(PRICES)
    return rng.choice(sentences).format(name=a_name(rng), count=count, price=price)


def mails(sentences: tuple[str, ...]) -> Iterator[tuple[str, str, int]]:
    """Yield texts of some lines with other text around them, the lines alone, and where they are to be cut."""
    for number in range(EXAMPLES):
        rng = Random(f"{sentences[0]}{number}")  # noqa: S311
        lines = [a_line(rng, sentences) for _ in range(rng.choice((1, 1, 2, 3)))]
        text = "\n".join((rng.choice(ABOVE), *lines, rng.choice(BELOW)))
        yield text, "\n".join(lines), rng.randint(66, 78)


def said(form: Form) -> list[tuple[str, str, str, str]]:
    """Return what the lines of a form are, but for the mouse around them."""
    return [(x.description, x.quantity, x.unit, x.price) for x in form.lines if x.description != "Mus"]


@pytest.mark.parametrize("sentences", [NAME_FIRST, COUNT_FIRST])
def test_a_line_with_a_long_name_is_read_though_a_program_has_cut_it_and_never_as_another(
    sentences: tuple[str, ...],
) -> None:
    read = 0
    for text, lines, width in mails(sentences):
        whole, form = said(read_form(lines)), read_form(wrapped(text, width))
        read += not form.unread
        assert set(said(form)) <= set(whole), wrapped(text, width)
        assert form.unread or said(form) == whole, wrapped(text, width)
    assert read / EXAMPLES >= TO_BE_READ


def test_what_is_offered_is_read_as_exactly_that_though_the_program_of_its_writer_cuts_it_again() -> None:
    read = every = 0
    for number in range(EXAMPLES // 2):
        rng = Random(number)  # noqa: S311
        doubts = read_form(a_line(rng, NOT_CERTAIN)).doubts.values()
        for offer in {offer for doubt in doubts for offers in doubt.offers.values() for offer in offers}:
            meant, width = read_form(offer), rng.randint(72, 78)
            form = read_form(wrapped(offer, width))
            assert form.lines == meant.lines or len(form.unread) == 1, wrapped(offer, width)
            read, every = read + (form.lines == meant.lines), every + 1
    assert every > EXAMPLES
    assert read / every >= 0.98


LONG = "2 st Skärm Dell P2723DE 27 tum med fot och kabel och väska à 3 100 kr"
LICENCE = "4 st Adobe Creative Cloud-licenser för hela arbetsgruppen à 649 kr"
CHAIR = "Ergonomisk kontorsstol med svankstöd, nackstöd, hjul för hårda golv och"


@pytest.mark.parametrize(
    "text",
    [
        *(f"{LICENCE} per\nmånad", f"{LICENCE}\nper månad", f"{LICENCE}\n(pris per år)", f"{LONG}\nutgår"),
        *(f"{LONG},\nmen bara 1 st", f"{CHAIR}\n2 st armstöd à 500 kr", "1 st Mus à 99 kr\nutgår"),
        *("Kontorsstol\nsvart, 2 st à 500 kr", "Kontorsstol\nsvart, 2 st\nà 500 kr"),
    ],
)
def test_a_line_is_never_read_without_the_words_that_were_cut_off_it(text: str) -> None:
    form = read_form(text)
    assert (form.lines, form.unread, form.notes) == ((), (text.replace("\n", " "),), ())


@pytest.mark.parametrize("head", ["Beställning:", "Hej,", "Hej inköp!", "Hello", "Tack för senast."])
@pytest.mark.parametrize("line", ["Skärm, 2 st à 500 kr", "2 st Skärm à 500 kr", "Skärm, 2 st\nà 500 kr"])
def test_a_head_or_a_greeting_right_above_a_line_is_no_piece_of_it(head: str, line: str) -> None:
    form = read_form(f"{head}\n{line}")
    assert (said(form), form.unread, form.notes) == ([("Skärm", "2", "st", "500 kr")], (), (head,))


def test_a_row_whose_frame_is_open_is_never_read_without_its_beginning() -> None:
    form = read_form("| Kabel från\nDeltaco 3 m | 15 | st | 900,00\n|\n| Office 2024 | 5 | st | 28,00 |")
    assert said(form) == [("Kabel från Deltaco 3 m", "15", "st", "900,00"), ("Office 2024", "5", "st", "28,00")]


def test_a_currency_below_a_row_that_ends_in_a_name_is_no_piece_of_the_name() -> None:
    form = read_form("À-pris; Antal; Benämning\n45; 4; Laddare\nSEK\n99; 2; Mus")
    assert form.lines[0].description == "Laddare"


def test_two_long_rows_of_as_many_cells_are_two() -> None:
    long = "stol till det nya rummet på plan fyra i huset vid torget"
    form = read_form(f"Artikelnr; Benämning; Antal; À-pris\nA1; {long}; ; 100\nb1; bord; ; 200")
    assert [line.item_no for line in form.lines] == ["A1", "b1"]


def test_what_a_greeting_stands_above_is_looked_through_where_lines_follow() -> None:
    form = read_form("Tack!\nSkärm; 2; 500 kr\nMus; 4; 98 kr\nRaspberry Pi; 1 500")
    assert form.unread == ("Raspberry Pi; 1 500",)


@pytest.mark.parametrize("above", ["Ersätter datorer från 2019", "Till hall 2", "See rack 14"])
@pytest.mark.parametrize("line", ["2 m Whiteboard 120x90 cm, 1 st à 297", "24 st, 10 förp Pennor à 99 kr"])
def test_a_line_that_may_mean_two_things_by_itself_is_asked_back_without_what_stands_above(
    above: str, line: str
) -> None:
    form = read_form(f"Hej!\n\n{above}\n{line}\n\nMvh\nRut")
    assert not form.lines
    assert line in form.unread


@pytest.mark.parametrize(
    "text",
    [
        *("1 st Dell XPS 13\nFrakt 99 kr", "1 st Skärm\nVäska 450 kr", "2 st Mus M185\nKabel à 99 kr"),
        *("En dator\nMus 199 kr", "2 st Dell XPS 13\nVäska 450 kr/st", "Tidigare pris 99 kr\n1 st Mus M185"),
        "1 st Dell XPS 13\nRing Anna om priset 12 500 kr",
    ],
)
def test_two_lines_that_nobody_cut_are_not_one_where_both_name_something(text: str) -> None:
    form = read_form(text)
    assert not form.lines
    assert form.unread


@pytest.mark.parametrize("text", ["Dell XPS 13\n1 st\n12 400 kr", "2 st\nHDMI-kabel 2 m\nà 199 kr"])
def test_lines_of_which_one_names_something_are_one(text: str) -> None:
    assert len(read_form(text).lines) == 1


@pytest.mark.parametrize(
    "rest", ["500 kr, kan bli dyrare", "500 kr (priset kan ändras)", "500,00 (det är offertpriset)"]
)
def test_a_price_that_a_lines_end_cuts_is_never_read_without_its_rest(rest: str) -> None:
    form = read_form(f"2 st Dell XPS 13 à 12\n{rest}")
    assert (form.lines, form.unread) == ((), (f"2 st Dell XPS 13 à 12 {rest}",))


@pytest.mark.parametrize(
    ("text", "vat"),
    [
        ("à 12 500 kr inkl.\nmoms", "inkl. moms"),
        ("à 12 500 kr inklusive\n25 % moms", "inklusive 25 % moms"),
        ("à 12 500 kr/st, moms\n6 %", "moms 6 %"),
        ("à 12 500\nkr inkl. moms", "inkl. moms"),
    ],
)
def test_words_of_vat_that_a_lines_end_cuts_are_the_lines(text: str, vat: str) -> None:
    (line,) = read_form(f"2 st Dell XPS 13 {text}").lines
    assert (line.description, line.vat) == ("Dell XPS 13", vat)
