"""Absences as people write them (product.md section 6)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.absence_form import AbsenceForm, read_absence

FIRST, LAST = date(2026, 7, 1), date(2026, 7, 28)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("borta 2026-07-01–2026-07-28", AbsenceForm("", FIRST, LAST)),
        ("Borta 2026-07-01 - 2026-07-28, ersättare Anna Ask", AbsenceForm("", FIRST, LAST, "Anna Ask")),
        (
            "BORTA: 2026-07-01 till 2026-07-28; Ersättare: anna@example.se",
            AbsenceForm("", FIRST, LAST, "anna@example.se"),
        ),
        ("frånvarande 2026-07-01 t.o.m. 2026-07-28.", AbsenceForm("", FIRST, LAST)),
        ("away 2026-07-01 to 2026-07-28, substitute Anna Ask", AbsenceForm("", FIRST, LAST, "Anna Ask")),
        ("away   2026-07-01", AbsenceForm("", FIRST, FIRST)),
        ("borta Eva Ek 2026-07-01–2026-07-28, ersättare Anna Ask", AbsenceForm("Eva Ek", FIRST, LAST, "Anna Ask")),
        ("borta eva.ek@example.se 2026-07-01", AbsenceForm("eva.ek@example.se", FIRST, FIRST)),
        ("tillbaka", AbsenceForm()),
        ("Back!", AbsenceForm()),
        ("åter Eva Ek", AbsenceForm("Eva Ek")),
    ],
)
def test_an_absence_is_read_in_subject_and_first_line(text: str, expected: AbsenceForm) -> None:
    assert read_absence(text, "") == expected
    assert read_absence("Ledigt", f"\n{text}\nHälsningar\n") == expected


@pytest.mark.parametrize(
    "text",
    [
        "borta",
        "borta i juli",
        "borta 2026-07",
        "borta 2026-13-01",
        "borta 2026-02-30",
        "Är borta 2026-07-01",
        "bortamatch 2026-07-01",
        "Backup av servern",
        "tillbakadragen",
        "Beställning",
        "Autosvar: borta 2026-07-01",
        "",
    ],
)
def test_other_words_are_none(text: str) -> None:
    assert read_absence(text, "") is None


def test_the_second_line_is_not_looked_at() -> None:
    assert read_absence("Hej", "Enhet: cs\nborta 2026-07-01") is None


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_text_raises(subject: str, words: str) -> None:
    read_absence(subject, words)
    read_absence(f"borta {subject}", f"away {words} 2026-07-01")
