"""Own words beside goods: what they say of all prices counts, and what makes the goods unsure is asked back."""

import pytest

from mailbot.domain.values.order import Field, Form
from mailbot.mail.reading.choice import choose
from mailbot.mail.reading.order_form import read_form

LINES = "2 st Dell XPS 13 à 12 500 kr\n3 st Mus M185 à 199 kr"


def forms(words: str) -> list[Form]:
    """Read an order with these words above, below and apart from its lines."""
    return [read_form(text) for text in (f"{words}\n{LINES}", f"{LINES}\n{words}", f"{words}\n\n{LINES}")]


def is_asked(form: Form, words: str) -> bool:
    """Tell whether a form asks about the words: as such, kept as a note too, or as a line that they may be."""
    return (form.held, form.notes) == ((words,), (words,)) or any(words in text for text in form.unread)


class TestWordsAboutAllPrices:
    @pytest.mark.parametrize(
        ("words", "field", "value"),
        [
            *((words, Field.CURRENCY, "EUR") for words in ("Alla priser i EUR.", "Valuta EUR", "Prices are in euro")),
            ("Alla priser inkl. moms", Field.VAT, "inkl moms"),
            ("Priserna är inklusive moms.", Field.VAT, "inklusive moms"),
            ("Moms ingår", Field.VAT, "moms ingår"),
            ("VAT included", Field.VAT, "vat included"),
            ("Hej! Priserna är inkl. 6 % moms.", Field.VAT, "inkl 6 % moms"),
            ("6 % moms", Field.VAT, "6 % moms"),
        ],
    )
    def test_count_as_the_field_does_where_they_say_one_thing(self, words: str, field: Field, value: str) -> None:
        for form in forms(words):
            assert (form.fields, form.held, form.notes) == ({field: value}, (), (words,))

    @pytest.mark.parametrize("words", ["Alla priser exkl. moms", "Moms tillkommer.", "Moms 25 %", "Priser i kronor"])
    def test_that_hold_for_every_order_are_a_note(self, words: str) -> None:
        for form in forms(words):
            assert (form.fields, form.held, form.notes) == ({}, (), (words,))

    def test_that_differ_from_a_field_are_two_values_of_it(self) -> None:
        form = read_form(f"Moms: exkl 12\nValuta: USD\n{LINES}\n\nPriserna är i EUR, inkl. moms")
        assert form.conflicts == (Field.CURRENCY, Field.VAT)

    @pytest.mark.parametrize(
        "words",
        [
            *("Alla belopp i tkr", "Priserna är i danska kronor", "Priserna är inkl. moms enligt offerten"),
            *("-10% på allt", "10 % avgår", "Dra av 10 %", "10% off everything", "Påslag 10 %"),
        ],
    )
    def test_of_which_the_form_has_no_field_are_asked_back(self, words: str) -> None:
        for form in forms(words):
            assert is_asked(form, words)


def test_words_of_a_mail_count_for_the_lines_of_its_file_too() -> None:
    file = ("order.csv", "Benämning;Antal;Pris\nDell;2;100\nMus;3;10\n".encode())
    form = choose("Alla priser inkl. moms.\nBeställ inte än.\n", "", [file])
    assert isinstance(form, Form)
    assert (form.fields, form.held) == ({Field.VAT: "inkl moms"}, ("Beställ inte än.",))


class TestWordsThatHoldGoodsBack:
    @pytest.mark.parametrize(
        "heading",
        [
            *("Detta ska INTE beställas:", "Option (beställs ej nu):", "Redan beställt tidigare:", "Already ordered:"),
            *("Vi har redan:", "Exempel på tidigare beställning:", "Dustin skrev:", "Returneras:", "Avbeställ:"),
            *("eller", "or", "Alt:", "Alternativ 2:", "Förslag 1:", "I första hand:", "Före:", "Byt ut", "mot"),
            *("Kostnad per månad:", "3 av varje:", "5 sets of:", "Per grupp (6 grupper):"),
        ],
    )
    def test_as_a_heading_are_asked_back(self, heading: str) -> None:
        for text in (f"{heading}\n{LINES}", f"{heading}\n\n{LINES}"):
            assert read_form(text).held == (heading,)
        assert is_asked(read_form(f"1 st Skärm à 2 000 kr\n{heading}\n{LINES}"), heading)

    @pytest.mark.parametrize(
        "sentence",
        [
            *("Rad 1 utgår.", "Stryk första raden.", "Skrivarna hoppar vi över.", "Endast datorerna ska beställas."),
            *("Utkast - beställ inte än", "Testbeställning, ska inte skickas", "Detta är bara en prisförfrågan"),
            *("Allt gånger två, tack.", "Dubbla antalet av allt.", "Please do not order yet."),
        ],
    )
    def test_as_a_sentence_near_them_are_asked_back(self, sentence: str) -> None:
        for form in forms(sentence):
            assert is_asked(form, sentence)

    @pytest.mark.parametrize(("head", "cell"), [("Kommentar", "beställs inte"), ("Beställs", "nej")])
    def test_as_a_cell_are_asked_back_with_their_row(self, head: str, cell: str) -> None:
        form = read_form(f"Benämning; Antal; Pris; {head}\nDell; 2; 100; ja\nMus; 3; 10; {cell}")
        assert f"Mus; 3; 10; {cell}" in (*form.held, *form.unread)

    @pytest.mark.parametrize(
        "prose",
        [
            *("Min gamla dator går inte att starta.", "Vi har inte bråttom.", "Vi utgår från offerten."),
            *("Vi behöver dem före jul.", "Our VAT number is SE202100287401."),
            "Varför kan vi inte beställa dem själva?",
        ],
    )
    def test_are_not_in_what_people_write_besides(self, prose: str) -> None:
        for form in forms(prose):
            assert (form.held, form.notes) == ((), (prose,))

    def test_count_only_near_goods_and_above_a_greeting(self) -> None:
        far = "Datorerna är till kursen.\n\nDe ska stå i sal 3.\n\nRing Eva.\n\nRad 1 utgår."
        assert read_form(f"{LINES}\n\n{far}").held == ()
        assert read_form(f"{LINES}\n\nProjektet bär 100 % av kostnaden.").held == ()
        assert read_form(f"{LINES}\n\nhttps://a.example.se/19%3a12").held == ()
        assert read_form(f"{LINES}\n\nMvh\nEva, avbeställ aldrig").held == ()
