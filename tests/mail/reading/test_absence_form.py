"""Absences as people write them (docs/rules/promises.md#away)."""

import time
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailbot.mail.reading.absence_form import AbsenceForm, means_absence, read_absence

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


DECEMBER = AbsenceForm("", date(2026, 12, 11), date(2026, 12, 15))


@pytest.mark.parametrize(
    "days",
    [
        *("2026-12-11 till och med 2026-12-15", "2026-12-11 till & med 2026-12-15", "2026-12-11 till 2026-12-15"),
        *(
            "från 2026-12-11 till 2026-12-15",
            "från och med 2026-12-11 till och med 2026-12-15",
            "fr o m 2026-12-11 t o m 2026-12-15",
        ),
        *("fr.o.m. 2026-12-11 t.o.m. 2026-12-15", "2026-12-11 t o m 2026-12-15", "2026-12-11 tom 2026-12-15"),
        *(
            "2026-12-11 2026-12-15",
            "2026-12-11, 2026-12-15",
            "2026-12-11 och 2026-12-15",
            "mellan 2026-12-11 och 2026-12-15",
        ),
        *("from 2026-12-11 to 2026-12-15", "2026-12-11 until 2026-12-15", "2026-12-11 through 2026-12-15"),
        *("2026-12-11–2026-12-15", "2026-12-11 - 2026-12-15", "2026-12-11—2026-12-15", "2026/12/11 - 2026/12/15"),
        *(
            "20261211-20261215",
            "11-15 december 2026",
            "11–15 dec 2026",
            "11 - 15 dec. 2026",
            "11 till 15 december 2026",
        ),
        *("11 december 2026 till 15 december 2026", "11 december - 15 december 2026", "11 dec 2026 - 15 dec"),
        *(
            "den 11 till den 15 december 2026",
            "December 11-15, 2026",
            "Dec 11 to Dec 15, 2026",
            "11th to 15th of December 2026",
        ),
        *("fredag 11 december 2026 till tisdag 15 december 2026", "from the 11th until the 15th of December 2026"),
        "under perioden 2026-12-11 till 2026-12-15",
    ],
)
def test_days_are_read_in_every_usual_wording(days: str) -> None:
    assert read_absence(f"borta {days}", "") == DECEMBER
    assert read_absence(f"Away: {days}.", "") == DECEMBER
    assert read_absence(f"borta Eva Ek {days}, ersättare Anna Ask", "") == replace(
        DECEMBER, who="Eva Ek", substitute="Anna Ask"
    )


@pytest.mark.parametrize(
    "said",
    [
        *("Jag är borta {}", "Semester {}", "Jag har semester {}", "På semester {}", "Jag kommer att vara ledig {}"),
        *("Out of office {}", "OOO {}", "OOO: {}", "I am on vacation {}", "I'm out of the office {}", "On leave {}"),
        *("Jag är borta från kontoret {}", "Away from the office {}", "Föräldraledig {}", "Holiday: {}"),
    ],
)
@pytest.mark.parametrize(
    "days", ["11-15 december 2026", "2026-12-11 - 2026-12-15", "Dec 11-15, 2026", "11/12/2026-15/12"]
)
def test_an_absence_is_read_in_other_words_than_the_command_too(said: str, days: str) -> None:
    assert read_absence(said.format(days), "") == DECEMBER
    assert read_absence("Hej", f"{said.format(days)}, ersättare Anna Ask") == replace(DECEMBER, substitute="Anna Ask")


@pytest.mark.parametrize(
    "words",
    [
        *(
            "Hej!\n\n{}\n\nEva",
            "Hej, {}",
            "Hej! {}",
            "Hej {}",
            "Hej Anna,\n{}",
            "Hi all,\n\n{}",
            "God morgon Bo Bok!\n{}",
        ),
        "\n{}",
    ],
)
def test_an_absence_is_read_below_a_greeting(words: str) -> None:
    for said in ("jag är borta 11-15 december 2026.", "I am away 11-15 Dec 2026", "Jag är borta 11-15 dec 2026"):
        assert read_absence("Frånvaro", words.format(said)) == DECEMBER
        assert means_absence("Frånvaro", words.format("jag är borta i december"))


@pytest.mark.parametrize("said", ["Bortrest {}", "Kompledig {}", "Sjuk {}", "VAB {}", "Jag är på tjänsteresa {}"])
def test_people_are_away_in_many_words(said: str) -> None:
    assert read_absence(said.format("11-15/12 2026"), "") is None
    assert read_absence(said.format("11-15 dec 2026"), "") == DECEMBER


def test_two_days_may_share_their_month_if_it_can_be_no_day() -> None:
    found = read_absence("Semester 11-15/12", "")
    assert found is not None
    assert found.seen_from(date(2026, 11, 30)) == DECEMBER
    assert read_absence("Semester 7-9/12", "") is None


def test_a_substitute_is_named_in_a_sentence_too() -> None:
    expected = replace(DECEMBER, substitute="Anna Ask")
    assert read_absence("", "Jag är borta 11-15 dec 2026, ersättare är Anna Ask.") == expected
    assert read_absence("", "Away 11-15 Dec 2026, substitute is Anna Ask.") == expected


@pytest.mark.parametrize("days", ["11/12-15/12", "11.12 - 15.12", "från 11/12 t.o.m. 15/12", "11/12 - 15 dec"])
def test_two_days_are_written_in_one_order(days: str) -> None:
    found = read_absence(f"Semester {days}", "")
    expected = None if "dec" in days else AbsenceForm("", date(2026, 12, 11), date(2026, 12, 15))
    assert (found and found.seen_from(date(2026, 11, 30))) == expected


@pytest.mark.parametrize(
    "subject",
    [
        *("Semester v 51", "Semester vecka 51-52", "borta t.o.m. fredag", "OOO 11/12", "Jag är borta den här veckan"),
        *("Frånvaro vecka 49", "SV: borta 11-15 december", "Semester 7-9/12"),
        *("On vacation w 51", "Ledig 1/7 - 3/7", "Holiday 12/15 - 12/18", "semester t.o.m. 11/12"),
    ],
)
def test_days_that_are_not_certain_are_asked_about(subject: str) -> None:
    assert read_absence(subject, "") is None
    assert means_absence(subject)


@pytest.mark.parametrize(
    "subject",
    [
        *(
            "Out of office: Re: IT-2026-00001",
            "Semesterlista 2026",
            "OOO",
            "Semester",
            "Jag är inte borta 11-15 december",
        ),
        *("Jag undrar om Eva är borta 11-15 december", "Vacation planner, 2 st", "Leave of absence forms 2026"),
    ],
)
def test_words_that_state_no_absence_mean_none(subject: str) -> None:
    assert read_absence(subject, "") is None
    assert not means_absence(subject)


@pytest.mark.parametrize(
    ("days", "today", "first", "last"),
    [
        ("12-15 december", date(2026, 11, 30), date(2026, 12, 12), date(2026, 12, 15)),
        ("12-15 december", date(2026, 12, 13), date(2026, 12, 12), date(2026, 12, 15)),
        ("12-15 december", date(2026, 12, 16), date(2027, 12, 12), date(2027, 12, 15)),
        ("28 dec - 3 jan", date(2026, 11, 30), date(2026, 12, 28), date(2027, 1, 3)),
        ("28 dec - 3 jan", date(2027, 1, 2), date(2026, 12, 28), date(2027, 1, 3)),
        ("28 december - 3 januari 2027", date(2026, 11, 30), date(2026, 12, 28), date(2027, 1, 3)),
        ("28 december 2026 - 3 januari", date(2026, 11, 30), date(2026, 12, 28), date(2027, 1, 3)),
        ("13/12 - 15/12", date(2026, 11, 30), date(2026, 12, 13), date(2026, 12, 15)),
        ("till 15 december", date(2026, 11, 30), date(2026, 11, 30), date(2026, 12, 15)),
        ("t.o.m. 2026-12-15", date(2026, 11, 30), date(2026, 11, 30), date(2026, 12, 15)),
        ("29 februari", date(2026, 11, 30), date(2028, 2, 29), date(2028, 2, 29)),
        ("24 december", date(2026, 11, 30), date(2026, 12, 24), date(2026, 12, 24)),
    ],
)
def test_days_without_a_year_are_the_next_that_are_not_over(days: str, today: date, first: date, last: date) -> None:
    found = read_absence(f"borta {days}", "")
    assert found is not None
    assert found.seen_from(today) == AbsenceForm("", first, last)


@pytest.mark.parametrize(
    "before", ["Frånvaro: ", "Frånvaro ", "Frånvaroanmälan: ", "Out of office - ", "[EXTERN] ", "Absence: "]
)
def test_a_command_is_found_behind_the_words_of_mail_programs(before: str) -> None:
    assert read_absence(f"{before}borta 2026-12-11 till 2026-12-15", "") == DECEMBER


def test_the_word_absence_with_days_is_a_command_too() -> None:
    assert read_absence("Frånvaro 2026-12-11 till 2026-12-15", "") == DECEMBER
    assert read_absence("Frånvaro: skyltar", "") is None


@pytest.mark.parametrize(
    "days",
    [
        *("i juli", "2026-13-01", "1/7 - 3/7", "01/02/2026 - 03/02/2026", "från 2026-12-11", "12-15", "12 december 15"),
        *("2026-12-11 till 2026-12-15 och 2026-12-20", "hela veckan", "v. 29", "31 november", "till", "december"),
        *("2026-12-11 kl 12 till 2026-12-15", "15 december till 11 december"),
    ],
)
def test_days_that_could_be_others_are_none_and_name_nobody(days: str) -> None:
    for subject, words in ((f"borta {days}", ""), ("Frånvaro", f"borta {days}"), ("", f"Borta {days}")):
        assert read_absence(subject, words) is None
        assert means_absence(subject, words)


@pytest.mark.parametrize(
    ("subject", "words"), [("Beställning", "borta i juli"), ("Frånvaro: skyltar", "2 st"), ("", "")]
)
def test_other_mails_mean_none(subject: str, words: str) -> None:
    assert not means_absence(subject, words)


@pytest.mark.slow
def test_a_hostile_subject_is_read_at_once() -> None:
    started = time.process_time()
    for text in (
        "borta " + "till " * 5_000,
        "borta " + "1 " * 5_000,
        "[" * 9_000,
        "borta " + "a" * 9_000,
        "frånvaro " * 900,
    ):
        read_absence(text, text)
        means_absence(text, text)
    assert time.process_time() - started < 1


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
@example("", "²A")
def test_no_text_raises(subject: str, words: str) -> None:
    read_absence(subject, words)
    read_absence(f"borta {subject}", f"away {words} 2026-07-01")
