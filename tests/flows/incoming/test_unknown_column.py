"""A column of a table that is not known: asked about once, answered with one tap, and then its rows are ordered."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest

from tests.flows.incoming.test_correction import answer
from tests.support.harness import RUT, Harness
from tests.support.relay import html_of, text_of

FIELDS = "Enhet: cs\nGodkännare: Eva Ek\nLeverantör: Dustin AB\n\n"
ROWS = "Benämning;Antal;À-pris;Trumma\nMus;2;100;312\nDator;1;5 000;14\n"
GOODS = [("Mus", "2", "100.00"), ("Dator", "1", "5000.00")]


def lines_of(home: Harness) -> list[tuple[str, str, str]]:
    return [(x.description, str(x.quantity), str(x.price.amount)) for x in home.order().content.lines]


def taps(home: Harness, *words: str) -> Iterator[tuple[str, str]]:
    """Yield subject and text of each mail that the answer prepares."""
    for found in re.finditer(r"mailto:[^?\"]+\?subject=([^&\"]+)&amp;body=([^\"]+)", html_of(home.sent(RUT, *words))):
        yield unquote(found[1]), unquote(found[2])


class TestATableWithSuchAColumn:
    def test_is_asked_about_the_column_once_and_not_about_each_row(self, home: Harness) -> None:
        home.mail(FIELDS + ROWS)
        assert (home.orders(), home.reasons()) == (0, ["problems: unknown_column"])
        asked = " ".join(text_of(home.sent(RUT, "Kolumn Trumma")).split())
        assert "Det är inte känt vad den här kolumnen i din tabell betyder" in asked
        assert asked.count("är inte pris eller antal:") == 1

    def test_is_ordered_when_the_prepared_answer_is_sent_as_it_is(self, home: Harness) -> None:
        home.mail(FIELDS + ROWS)
        ((subject, body),) = taps(home, "Kolumn Trumma")
        home.mail(body, subject=subject)
        assert lines_of(home) == GOODS

    def test_what_stands_in_the_column_is_shown_as_other_text(self, home: Harness) -> None:
        home.mail(FIELDS + ROWS)
        answer(home, "Kolumnen Trumma är inte pris eller antal", home.sent(RUT, "Kolumn Trumma"))
        assert home.order().content.notes == ("Trumma: 312 (Mus)", "Trumma: 14 (Dator)")

    @pytest.mark.parametrize(
        "said", ["kolumnen trumma är inte pris eller antal.", "The column Trumma is neither a price nor a quantity"]
    )
    def test_the_answer_may_be_written_by_hand_and_in_either_language(self, home: Harness, said: str) -> None:
        home.mail(FIELDS + ROWS)
        answer(home, said, home.sent(RUT, "Kolumn Trumma"))
        assert lines_of(home) == GOODS

    def test_may_say_so_at_once(self, home: Harness) -> None:
        home.mail(f"{FIELDS}{ROWS}\nKolumnen Trumma är inte pris eller antal\n")
        assert lines_of(home) == GOODS

    def test_an_answer_about_another_column_changes_nothing(self, home: Harness) -> None:
        home.mail(FIELDS + ROWS)
        answer(home, "Kolumnen Fack är inte pris eller antal", home.sent(RUT, "Kolumn Trumma"))
        assert (home.orders(), home.reasons()[-1]) == (0, "problems: unknown_column")

    def test_two_such_columns_take_one_answer(self, home: Harness) -> None:
        home.mail(f"{FIELDS}Benämning;Antal;À-pris;Trumma;Fack\nMus;2;100;312;7\nDator;1;5 000;14;8\n")
        ((subject, body),) = taps(home, "Kolumn Trumma, Fack")
        home.mail(body, subject=subject)
        assert lines_of(home) == GOODS

    def test_however_many_rows_it_has_one_answer_takes_them_all_in(self, home: Harness) -> None:
        rows = "".join(f"Mus {n};2;100;{n}\n" for n in range(120))
        home.mail(f"{FIELDS}Benämning;Antal;À-pris;Trumma\n{rows}")
        assert home.reasons() == ["problems: unknown_column"]
        answer(home, "Kolumnen Trumma är inte pris eller antal", home.sent(RUT, "Kolumn Trumma"))
        assert len(home.order().content.lines) == 120

    def test_without_numbers_in_it_nothing_is_asked(self, home: Harness) -> None:
        home.mail(f"{FIELDS}Benämning;Antal;À-pris;Trumma\nMus;2;100;blå\nDator;1;5 000;röd\n")
        assert lines_of(home) == GOODS

    def test_a_row_that_is_wrong_in_another_way_too_is_still_asked_about(self, home: Harness) -> None:
        home.mail(FIELDS + ROWS + "Skärm;1\n")
        answer(home, "Kolumnen Trumma är inte pris eller antal", home.sent(RUT, "Kolumn Trumma"))
        assert (home.orders(), home.reasons()[-1]) == (0, "problems: unread_line")
        answer(home, "1 st Skärm à 900 kr", home.sent(RUT, "Rad 3", "Skärm;1"))
        assert lines_of(home) == [*GOODS, ("Skärm", "1", "900.00")]
