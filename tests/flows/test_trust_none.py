"""With `[trust] sender = "none"` nothing shows who sent a mail: it waits until its address's owner has said so."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from mailbot.domain.notices import Purpose
from mailbot.flows.daily import daily_round
from mailbot.flows.visit import LinkTrouble
from mailbot.flows.withdraw import confirm_sender
from tests.support.house import ANNA, EVA, OPERATOR, ORDER, RUT, House, house, letter, token_in
from tests.support.relay import html_of, text_of

SECRETS = ("Dell", "XPS", "12 500", "12500", "Dustin", "Eva Ek", "hemligt ämne", "Beställning")


@pytest.fixture
def wary(tmp_path: Path) -> Iterator[House]:
    with house(tmp_path, trust="none") as made:
        yield made


def confirm(home: House, token: str) -> bool | LinkTrouble:
    confirmed = confirm_sender(home.bot, token, home.now)
    home.settle()
    return confirmed


def test_the_order_waits_and_the_approver_sees_nothing(wary: House) -> None:
    wary.mail()
    assert wary.orders() == 0
    assert wary.sums() == {"waiting": 1}
    assert wary.count(RUT, "/confirm/") == wary.count() == 1


def test_the_confirmation_mail_quotes_nothing_of_the_order(wary: House) -> None:
    wary.mail(subject="Beställning: hemligt ämne", sender="Lura Mig <rut.rask@example.se>")
    asked = wary.sent(RUT, "/confirm/")
    shown = " ".join(f"{dict(asked.items())} {text_of(asked)} {html_of(asked)}".split())
    assert [secret for secret in (*SECRETS, "Lura Mig") if secret in shown] == []


def test_a_post_on_the_link_releases_the_order_and_a_get_does_not(wary: House) -> None:
    wary.mail()
    token = wary.token(RUT, Purpose.CONFIRM)
    with wary.pages() as browser:
        for _ in range(3):
            assert browser.get(f"/confirm/{token}").status_code == 200
            assert browser.head(f"/confirm/{token}").status_code == 200
        wary.settle()
        assert wary.orders() == 0
        assert wary.sums() == {"waiting": 1}
        assert browser.post(f"/confirm/{token}").status_code == 200
    wary.settle()
    assert wary.sums() == {"order": 1}
    assert wary.order().sender_proof == "confirmation_link"
    assert wary.count(EVA, wary.order().number, "/decide/") == 1


def test_the_page_shows_nothing_of_the_waiting_mail(wary: House) -> None:
    wary.mail(subject="hemligt ämne")
    with wary.pages() as browser:
        page = browser.get(f"/confirm/{wary.token(RUT, Purpose.CONFIRM)}").text
    assert [secret for secret in SECRETS if secret in page] == []


def test_confirming_twice_makes_one_order(wary: House) -> None:
    wary.mail()
    token = wary.token(RUT, Purpose.CONFIRM)
    assert confirm(wary, token) is True
    assert confirm(wary, token) is False
    assert wary.orders() == 1


def test_two_copies_of_one_mail_confirmed_are_one_order(wary: House) -> None:
    raw = letter().as_bytes()
    wary.raw(raw)
    wary.raw(raw)
    for mail in wary.relay.mails(RUT):
        confirm(wary, token_in(mail, Purpose.CONFIRM))
    assert wary.orders() == 1
    assert wary.sums() == {"order": 1, "ignored": 1}


def test_at_most_three_are_asked_for_a_day(wary: House) -> None:
    for _ in range(5):
        wary.mail()
    assert wary.count(RUT) == 3
    assert wary.sums() == {"waiting": 3, "parked": 2}
    wary.mail(sender=ANNA)
    assert wary.count(ANNA) == 1
    wary.later(days=1, minutes=1)
    wary.mail()
    assert wary.count(RUT) == 4


@pytest.mark.parametrize("address", [RUT, "ny.person@example.se"])
def test_at_most_three_a_day_whatever_the_case_of_the_letters(wary: House, address: str) -> None:
    for sender in (address, address.upper(), address.title(), address.capitalize(), address.swapcase()):
        wary.mail(sender=sender)
    assert wary.count() == 3


def test_an_alias_is_asked_at_the_registered_address(wary: House) -> None:
    wary.mail(sender="eva@example.se", text=ORDER.replace("Eva Ek", "Anna Ask"))
    assert wary.count(EVA, "/confirm/") == 1
    assert wary.count("eva@example.se") == 0


def test_an_address_of_the_domain_that_nobody_registered_can_confirm(wary: House) -> None:
    wary.mail(sender="ny.person@example.se")
    assert confirm(wary, wary.token("ny.person@example.se", Purpose.CONFIRM)) is True
    assert wary.orders() == 1
    assert wary.order().requester == wary.person("ny.person@example.se").id


def test_problems_are_answered_only_after_the_confirmation(wary: House) -> None:
    wary.mail("Enhet: cs\n")
    assert wary.count() == 1
    confirm(wary, wary.token(RUT, Purpose.CONFIRM))
    assert wary.count(RUT, "Godkännare") == 1


@pytest.mark.parametrize("subject", ["lista", "hjälp"])
def test_commands_wait_too(wary: House, subject: str) -> None:
    wary.mail("", subject=subject, sender=EVA)
    assert wary.count() == wary.count(EVA, "/confirm/") == 1


def test_a_correction_in_the_requester_s_name_waits(wary: House) -> None:
    wary.mail()
    confirm(wary, wary.token(RUT, Purpose.CONFIRM))
    wary.mail("Leverantör: Atea Sverige AB", subject=f"#{wary.order().reference}")
    assert wary.order().version == 1
    confirm(wary, wary.token(RUT, Purpose.CONFIRM))
    assert wary.order().version == 2


def test_a_stranger_is_not_even_asked(wary: House) -> None:
    wary.mail(sender="okand@annan.example")
    assert wary.count() == 0
    assert wary.sums() == {"parked": 1}


def test_loopback_trust_does_not_reach_beyond_this_machine(tmp_path: Path) -> None:
    with house(tmp_path, trust="loopback") as home:
        home.mail(peer="192.0.2.7")
        assert home.count(RUT, "/confirm/") == home.count() == 1
        home.mail(peer="::1")
        assert home.orders() == 1


def test_what_nobody_confirms_is_parked_and_the_operator_is_told(wary: House) -> None:
    wary.mail()
    assert daily_round(wary.bot, wary.now)
    wary.later(days=15)
    assert daily_round(wary.bot, wary.now)
    wary.settle()
    assert wary.sums() == {"parked": 1}
    assert wary.count(OPERATOR, RUT) == 1


def test_a_confirmation_after_the_link_has_expired_releases_nothing(wary: House) -> None:
    wary.mail()
    token = wary.token(RUT, Purpose.CONFIRM)
    wary.later(days=15)
    assert confirm(wary, token) is LinkTrouble.EXPIRED
    assert wary.orders() == 0


class TestTheDailyRound:
    def test_is_made_once_a_day_and_lists_each_parked_mail_once(self, wary: House) -> None:
        wary.mail(sender="okand@annan.example")
        assert daily_round(wary.bot, wary.now)
        assert not daily_round(wary.bot, wary.now + timedelta(hours=23))
        wary.now += timedelta(days=1)
        assert daily_round(wary.bot, wary.now)
        wary.settle()
        assert wary.count(OPERATOR, "okand@annan.example") == 1

    def test_says_nothing_when_nothing_is_parked(self, wary: House) -> None:
        assert daily_round(wary.bot, wary.now)
        wary.settle()
        assert wary.count() == 0
