"""Invoices, expenses, travel claims and fees mailed to the bot are answered with a pointer to the right system.

The words and answers are those of config/defaults.toml.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailbot.domain.values.pointer import Pointer, pointed_to
from mailbot.package_data import resource
from tests.support.harness import ORDER, RUT, Harness, harness

SHIPPED = tomllib.loads((resource("config") / "defaults.toml").read_text(encoding="utf-8"))["pointers"]["systems"]
POINTERS = tuple(Pointer(frozenset(entry["words"]), entry["text"]) for entry in SHIPPED)
INVOICE = """\
Faktura 4711
Leverantör: Dustin AB
Att betala: 12 500 kr
Bankgiro 123-4567
"""
CLAIM = """\
Umeå-Stockholm 3-4 mars
Tåg 1 240 kr
Hotell 1 195 kr
Traktamente 2 dagar
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Harness]:
    with harness(tmp_path, pointers=POINTERS) as home:
        yield home


def test_an_invoice_to_approve_is_pointed_to_the_invoice_system(home: Harness) -> None:
    home.mail(INVOICE, subject="Faktura 4711")
    assert home.count(RUT, "Fakturor hanteras i fakturasystemet", "Inget är beställt") == home.count(RUT) == 1
    assert (home.orders(), home.reasons()) == (0, ["belongs in another system"])


def test_a_forwarded_invoice_is_too(home: Harness) -> None:
    text = f"---------- Vidarebefordrat meddelande ----------\nFrån: Dustin <faktura@dustin.example>\n\n{INVOICE}"
    home.mail(text, subject="VB: Faktura 4711")
    assert home.count(RUT, "fakturasystemet") == 1


def test_personal_expenses_are_pointed_to_the_payroll_system(home: Harness) -> None:
    home.mail("Hej!\n\nJag har köpt böcker för 450 kr, kvitto bifogas.\n\nMvh Rut", subject="Utlägg mars")
    assert home.count(RUT, "Utlägg ersätts genom lönesystemet") == home.count(RUT) == 1


def test_travel_claims_are_pointed_to_the_travel_system(home: Harness) -> None:
    home.mail(CLAIM, subject="Reseräkning")
    assert home.count(RUT, "Reseräkningar lämnas i resesystemet") == home.count(RUT) == 1


def test_salary_and_fee_claims_are_pointed_to_hr(home: Harness) -> None:
    home.mail("Arvode för föreläsning den 3 mars, 2 500 kr", subject="")
    assert home.count(RUT, "personalfunktionen") == home.count(RUT) == 1


def test_an_answer_is_in_its_readers_language(home: Harness) -> None:
    home.mail("Please pay.", subject="Invoice 4711", sender="olle.o@example.se")
    assert home.count("olle.o@example.se", "handled in the invoice system") == 1


@pytest.mark.parametrize("subject", ["Faktura 4711", "Utlägg", "Beställning"])
def test_a_whole_order_is_one_whatever_its_subject_says(home: Harness, subject: str) -> None:
    home.mail(ORDER, subject=subject)
    assert home.orders() == 1


@pytest.mark.parametrize("subject", ["Beställning, faktura kommer senare", "Dator, faktureras i mars", "Bokhylla"])
def test_an_order_that_mentions_an_invoice_is_asked_back_as_ever(home: Harness, subject: str) -> None:
    home.mail("Enhet: cs\n\n1 st Dell XPS 13 à 12 500 kr\nFaktura skickas till Umeå", subject=subject)
    assert home.count(RUT, "annat system") == 0
    assert home.count(RUT) == 1


def test_words_about_an_order_of_ones_own_stay_an_answer(home: Harness) -> None:
    home.mail()
    home.mail("Fakturan har inte kommit.", subject="Faktura IT-2026-00001")
    assert home.count(RUT, "annat system") == 0


def test_a_pointer_without_words_points_to_nothing() -> None:
    off = Pointer(frozenset(), {"sv": "..."})
    assert pointed_to([off], "Faktura", "Faktura", lines=False) is None
