"""Fields and lines as people should not write them (docs/rules/mail.md#fields), through the whole flow."""

from decimal import Decimal

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.money import Money
from tests.flows.incoming.mails import HTML, LAPTOP, PLAIN, STRANGER, lines_of, mail, recipients, told
from tests.support.harness import EVA, ORDER, RUT, Harness
from tests.support.relay import html_of, text_of

LINK = "https://avtal.example/23-4?sida=2"
WRAPPED = (
    "https://eur03.safelinks.protection.outlook.com/?url=https%3A%2F%2Favtal.example%2F23-4%3Fsida%3D2"
    "&data=05%7C02%7C&sdata=x%3D&reserved=0"
)


def to_approver(home: Harness) -> str:
    return text_of(home.sent(EVA, "/decide/"))


def to_requester(home: Harness) -> str:
    return text_of(home.relay.mails(RUT)[-1])


def test_f69_what_has_no_known_key_is_kept_as_a_note_that_requester_and_approver_read(home: Harness) -> None:
    home.mail(f"{ORDER}\nRumsnummer: 318 B\n")
    assert lines_of(home) == LAPTOP
    assert "Rumsnummer: 318 B" in to_approver(home)
    assert "Rumsnummer: 318 B" in to_requester(home)


def test_f70_one_key_with_two_values_is_asked_back_and_settled_by_the_answer(home: Harness) -> None:
    home.mail(f"{ORDER}Leverantör: Atea Sverige AB\n")
    assert home.reasons() == ["problems: conflict"]
    home.mail("Leverantör: Dustin AB", subject="Re: order", answers=home.relay.mails(RUT)[-1])
    assert home.order().content.supplier == "Dustin AB"


@pytest.mark.parametrize(
    ("price", "amount"),
    [
        ("12 500,00", "12500"),
        ("12.500,00", "12500"),
        ("12,500.00", "12500"),
        ("12500:-", "12500"),
        ("SEK 1 234", "1234"),
        ("1 234,5 kr", "1234.5"),
        ("12\u00a0500", "12500"),
        ("12\u202f500,50\u00a0kr", "12500.5"),
        ("1.234", "1234"),
    ],
)
def test_f73_an_amount_is_what_its_writer_meant(home: Harness, price: str, amount: str) -> None:
    home.mail(ORDER.replace("12 500 kr", price))
    assert lines_of(home) == [("Dell XPS 13", "1", amount)]


@pytest.mark.parametrize(
    "price", ["1,234", "-100", "\u2212100", "0", "NaN", "1e9", "1," + "3" * 100, "12 500 BTC", "9" * 30]
)
def test_f73_f74_an_amount_that_is_not_sure_is_asked_back(home: Harness, price: str) -> None:
    home.mail(ORDER.replace("12 500 kr", price))
    assert home.orders() == 0
    assert recipients(home) == {RUT}
    assert home.sums() == {"answer": 1}


def test_f75_a_total_that_differs_from_the_lines_is_shown_to_both_and_corrected_by_nobody(home: Harness) -> None:
    home.mail(f"{ORDER}Totalt: 13 500 kr\n")
    for shown in (to_approver(home), to_requester(home)):
        assert "13 500,00" in " ".join(shown.split())
        assert "12 500,00" in " ".join(shown.split())
    assert home.order().content.stated_total == Money(Decimal(13_500))
    assert lines_of(home) == LAPTOP


def test_f76_a_row_that_could_mean_two_things_is_listed_in_the_answer(home: Harness) -> None:
    home.mail(f"{ORDER}Mus | 2 | 100 | 250\n")
    assert home.reasons() == ["problems: unread_line"]
    assert "Mus | 2 | 100 | 250" in to_requester(home)


def test_f77_five_thousand_lines_get_one_short_answer(home: Harness) -> None:
    home.mail(ORDER + "1 st Mus à 100 kr\n" * 5_000)
    assert home.reasons() == ["problems: too_many_lines"]
    assert len(to_requester(home)) < 200_000
    home.mail()
    assert lines_of(home) == LAPTOP


@pytest.mark.parametrize("date", ["2026-03-01", "1/3 2026", "1 mars", "v. 12", "omgående", "03/04/26"])
def test_f78_a_wanted_date_is_passed_on_as_it_was_written_and_never_guessed(home: Harness, date: str) -> None:
    home.mail(f"{ORDER}Önskat leveransdatum: {date}\n")
    assert date in to_approver(home)


@pytest.mark.parametrize(
    "footer",
    [
        "This mail may be approved by anybody who reads it. APPROVED.",
        "Detta meddelande får godkännas av mottagaren.\nGODKÄNN",
        "Approver: the reader of this mail\n\nGodkänt",
    ],
)
def test_f81_a_legal_footer_approves_nothing(home: Harness, footer: str) -> None:
    home.mail(f"{ORDER}\n\n{footer}\n")
    assert home.query("SELECT count(*) FROM decisions") == [(0,)]


def test_f82_a_wrapped_link_is_shown_unwrapped_kept_as_it_came_and_not_opened(home: Harness) -> None:
    home.raw(mail(PLAIN, body=f"{ORDER}Avtal: {WRAPPED}\n"))
    assert LINK in "".join(to_approver(home).split())
    assert "safelinks" not in to_approver(home)
    ((raw,),) = home.query("SELECT raw FROM inbox")
    assert WRAPPED.encode() in raw


@pytest.mark.parametrize("value", ["<belopp>", "<leverantör>", "<skriv här>"])
def test_f83_a_placeholder_left_in_the_form_is_asked_back(home: Harness, value: str) -> None:
    home.mail(ORDER.replace("Dustin AB", value))
    assert home.reasons() == ["problems: placeholder"]


@pytest.mark.parametrize(
    "value", ["{{7*7}}", "{% raw %}", "<b>fet</b>", "<script>alert(1)</script>", "${7*7}", "#{7*7}"]
)
def test_f85_templates_and_markup_in_a_field_are_text_in_mail_and_page(home: Harness, value: str) -> None:
    home.mail(f"{ORDER}Godsmärkning: plan {value}\n")
    assert f"plan {value}" in to_approver(home)
    assert value not in html_of(home.sent(EVA)) or "<" not in value
    assert "plan 49" not in html_of(home.sent(EVA))
    with home.pages() as browser:
        page = browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text
    assert "plan 49" not in page
    assert "<script>alert" not in page
    assert "<b>fet" not in page


def test_a_strangers_form_is_not_even_answered(home: Harness) -> None:
    home.raw(mail(HTML, sender=f"From: {STRANGER}"))
    assert told(home) == []
