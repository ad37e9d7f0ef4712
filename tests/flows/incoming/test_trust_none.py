"""With `[trust] sender = "none"` nothing shows who sent a mail: it waits until its address's owner has said so."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.flows.clock.daily import daily_round
from mailbot.flows.pages.confirm_sender import SHOWN, confirm_sender, disown_mails
from mailbot.flows.steps.open_link import LinkRefusal
from mailbot.store import inbox
from tests.support.harness import ANNA, EVA, OPERATOR, ORDER, RUT, Harness, harness, mail_to_bot, token_in
from tests.support.relay import html_of, text_of

SECRETS = ("Dell", "XPS", "12 500", "12500", "Dustin", "Eva Ek", "hemligt ämne", "Beställning")


@pytest.fixture
def wary(tmp_path: Path) -> Iterator[Harness]:
    with harness(tmp_path, trust="none") as made:
        yield made


def shown(answer: httpx.Response) -> str:
    """Return a page with plain blanks."""
    return " ".join(answer.text.split())


def confirm(home: Harness, token: str, mail: int | None = None) -> bool | LinkRefusal:
    confirmed = confirm_sender(home.bot, token, home.now, mail)
    home.settle()
    return confirmed


def test_the_order_waits_and_the_approver_sees_nothing(wary: Harness) -> None:
    wary.mail()
    assert wary.orders() == 0
    assert wary.sums() == {"waiting": 1}
    assert wary.count(RUT, "/confirm/") == wary.count() == 1


def test_the_confirmation_mail_quotes_nothing_of_the_order(wary: Harness) -> None:
    wary.mail(subject="Beställning: hemligt ämne", sender="Lura Mig <rut.rask@example.se>")
    asked = wary.sent(RUT, "/confirm/")
    shown = " ".join(f"{dict(asked.items())} {text_of(asked)} {html_of(asked)}".split())
    assert [secret for secret in (*SECRETS, "Lura Mig") if secret in shown] == []


def test_a_post_on_the_link_releases_the_order_and_a_get_does_not(wary: Harness) -> None:
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


@pytest.mark.parametrize("action", ["refus", "REFUSE", "confirm", "approve"])
def test_a_press_that_names_no_button_of_the_page_settles_nothing(wary: Harness, action: str) -> None:
    wary.mail()
    with wary.pages() as browser:
        token = wary.token(RUT, Purpose.CONFIRM)
        assert browser.post(f"/confirm/{token}", data={"action": action}).status_code == 400
    wary.settle()
    assert wary.sums() == {"waiting": 1}


class TestThePage:
    """It is for the address's owner alone, who has to know which mails are theirs."""

    def test_shows_when_what_from_whom_and_for_how_much(self, wary: Harness) -> None:
        wary.mail(ORDER + "2 st Skärm à 1 000 kr\n", subject="hemligt <b>ämne</b>")
        with wary.pages() as browser:
            page = shown(browser.get(f"/confirm/{wary.token(RUT, Purpose.CONFIRM)}"))
        for words in ("2 mars 2026", "10:00", "hemligt &lt;b&gt;ämne", "Dustin AB", "2 rader", "14 500,00 kr"):
            assert words in page

    @pytest.mark.parametrize(
        ("text", "seen", "unseen"),
        [
            ("Enhet: cs\nLeverantör: Dustin AB\n2 st stol à ungefär 100 kr\n", "Dustin AB", "kr</span>"),
            (ORDER + "Totalt: 20 000 kr\n", "20 000,00 kr", "12 500"),
            ("Hej, jag undrar en sak.", "Beställning", "rad"),
        ],
    )
    def test_shows_a_sum_only_where_it_can_be_read(self, wary: Harness, text: str, seen: str, unseen: str) -> None:
        wary.mail(text)
        with wary.pages() as browser:
            page = shown(browser.get(f"/confirm/{wary.token(RUT, Purpose.CONFIRM)}")).partition("<main")[2]
        assert seen in page
        assert unseen not in page

    def test_shows_of_an_order_scheme_whom_it_names_where_and_what_begins_or_ends(self, wary: Harness) -> None:
        for who, what in (("Rut Rask", "Till: 2027-12-31"), ("Eva Ek", "Upphör: nu")):
            text = f"Enhet: cs\nGodkännare: {who}\n{what}\n"
            wary.mail(text, sender=ANNA, subject="Beställningsordning")
        with wary.pages() as browser:
            page = shown(browser.get(f"/confirm/{wary.token(ANNA, Purpose.CONFIRM)}"))
        for line in ("Enhet: cs", "Godkännare: Rut Rask", "Till: 2027-12-31", "Godkännare: Eva Ek", "Upphör: nu"):
            assert line in page

    def test_of_any_link_shows_all_that_waits_in_the_owner_s_name_and_nothing_else(self, wary: Harness) -> None:
        for number in range(5):
            wary.mail(subject=f"nummer {number}")
        wary.mail(subject="Annas", sender=ANNA)
        with wary.pages() as browser:
            page = browser.get(f"/confirm/{wary.token(RUT, Purpose.CONFIRM)}").text
        assert [n for n in range(5) if f"nummer {n}" in page] == [0, 1, 2, 3, 4]
        assert page.index("nummer 4") < page.index("nummer 3") or page.index("nummer 2") < page.index("nummer 4")
        assert "Annas" not in page

    def test_three_forged_mails_do_not_stop_the_owner_s_own(self, wary: Harness) -> None:
        for number in range(3):
            wary.mail(subject=f"förfalskad {number}")
        wary.mail(subject="Min egen")
        assert wary.count(RUT) == 3
        confirm(wary, wary.token(RUT, Purpose.CONFIRM), mail=4)
        assert wary.sums() == {"waiting": 3, "order": 1}
        assert wary.order().sender_proof == "confirmation_link"

    def test_refuses_a_forged_mail_with_one_press_and_the_operator_is_told(self, wary: Harness) -> None:
        wary.mail(subject="förfalskad")
        wary.mail(subject="Min egen")
        with wary.pages() as browser:
            path = f"/confirm/{wary.token(RUT, Purpose.CONFIRM)}"
            page = browser.post(path, data={"action": "refuse", "mail": "1"}).text
            assert "förfalskad" not in page
            assert "Min egen" in page
        assert wary.sums() == {"waiting": 1, "parked": 1}
        assert daily_round(wary.bot, wary.now)
        wary.settle()
        assert wary.count(OPERATOR, "its address's owner did not send it") == 1

    def test_refuses_all_that_it_shows_with_one_press_and_none_that_came_later(self, wary: Harness) -> None:
        for number in range(SHOWN + 5):
            wary.store(mail_to_bot(subject=f"nummer {number}").as_bytes())
        wary.settle()
        with wary.pages() as browser:
            path = f"/confirm/{wary.token(RUT, Purpose.CONFIRM)}"
            page = browser.get(path).text
            assert "5 äldre mejl" in page
            wary.mail(subject="kom senare")
            all_shown = max(re.findall(r'name="mail" value="([\d ]+)"', page), key=len)
            after = browser.post(path, data={"action": "refuse", "mail": all_shown}).text
        assert wary.sums() == {"waiting": 6, "parked": SHOWN}
        assert "kom senare" in after
        assert "nummer 4<" in after

    def test_settles_no_mail_of_another_address_and_none_that_does_not_wait(self, wary: Harness) -> None:
        wary.mail()
        wary.mail(sender=ANNA)
        token = wary.token(RUT, Purpose.CONFIRM)
        assert confirm(wary, token, mail=2) is False
        assert disown_mails(wary.bot, token, wary.now, [2, 99]) is False
        assert wary.sums() == {"waiting": 2}
        assert confirm(wary, token) is True
        assert disown_mails(wary.bot, token, wary.now, [1]) is False
        assert wary.sums() == {"waiting": 1, "order": 1}

    def test_takes_no_press_that_says_nothing_sensible_for_another_mail(self, wary: Harness) -> None:
        wary.mail()
        wary.mail(sender=ANNA)
        with wary.pages() as browser:
            path = f"/confirm/{wary.token(RUT, Purpose.CONFIRM)}"
            for mail in ("2", "99", "9" * 400, "2 99"):
                assert browser.post(path, data={"mail": mail, "action": "refuse"}).status_code == 200
        assert wary.query("SELECT state FROM inbox WHERE id = 2") == [("waiting",)]

    def test_of_a_refused_mail_says_that_nothing_waits(self, wary: Harness) -> None:
        wary.mail()
        token = wary.token(RUT, Purpose.CONFIRM)
        assert disown_mails(wary.bot, token, wary.now, []) is True
        with wary.pages() as browser:
            assert "väntar längre" in browser.get(f"/confirm/{token}").text
        assert confirm(wary, token) is False

    def test_of_a_mail_that_waited_before_the_last_update_shows_it(self, wary: Harness) -> None:
        """As migration 0004 leaves it: whose it is and when it came is all that is known."""
        wary.mail()
        token = wary.token(RUT, Purpose.CONFIRM)
        wary.query("UPDATE unconfirmed SET subject = '', supplier = '', lines = 0, amount = NULL, currency = NULL")
        with wary.pages() as browser:
            assert "2 mars 2026" in shown(browser.get(f"/confirm/{token}"))
        assert confirm(wary, token) is True


def test_a_parked_mail_that_is_tried_again_waits_again(wary: Harness) -> None:
    wary.mail()
    disown_mails(wary.bot, wary.token(RUT, Purpose.CONFIRM), wary.now, [])
    with wary.bot.database.write() as connection:
        assert inbox.retry(connection, 1, wary.now)
    wary.settle()
    assert wary.sums() == {"waiting": 1}
    assert wary.count(RUT) == 2


def test_the_mail_says_how_many_wait_and_the_last_of_the_day_that_it_is(wary: Harness) -> None:
    for _ in range(4):
        wary.mail()
    first, second, third = wary.relay.mails(RUT)
    assert "2 mejl i ditt namn" in text_of(second)
    assert "3 mejl i ditt namn" in text_of(third)
    assert ["högst tre" in text_of(mail) for mail in (first, second, third)] == [False, False, True]


def test_confirming_twice_makes_one_order(wary: Harness) -> None:
    wary.mail()
    token = wary.token(RUT, Purpose.CONFIRM)
    assert confirm(wary, token) is True
    assert confirm(wary, token) is False
    assert wary.orders() == 1


def test_two_copies_of_one_mail_confirmed_are_one_order(wary: Harness) -> None:
    raw = mail_to_bot().as_bytes()
    wary.raw(raw)
    wary.raw(raw)
    for mail in wary.relay.mails(RUT):
        confirm(wary, token_in(mail, Purpose.CONFIRM))
    assert wary.orders() == 1
    assert wary.sums() == {"order": 1, "ignored": 1}


def test_at_most_three_are_asked_for_a_day(wary: Harness) -> None:
    for _ in range(5):
        wary.mail()
    assert wary.count(RUT) == 3
    assert wary.sums() == {"waiting": 5}
    wary.mail(sender=ANNA)
    assert wary.count(ANNA) == 1
    wary.later(days=1, minutes=1)
    wary.mail()
    assert wary.count(RUT) == 4


@pytest.mark.parametrize("address", [RUT, "ny.person@example.se"])
def test_at_most_three_a_day_whatever_the_case_of_the_letters(wary: Harness, address: str) -> None:
    for sender in (address, address.upper(), address.title(), address.capitalize(), address.swapcase()):
        wary.mail(sender=sender)
    assert wary.count() == 3


def test_an_alias_is_asked_at_the_registered_address(wary: Harness) -> None:
    wary.mail(sender="eva@example.se", text=ORDER.replace("Eva Ek", "Anna Ask"))
    assert wary.count(EVA, "/confirm/") == 1
    assert wary.count("eva@example.se") == 0


def test_an_address_of_the_domain_that_nobody_registered_can_confirm(wary: Harness) -> None:
    wary.mail(sender="ny.person@example.se")
    assert confirm(wary, wary.token("ny.person@example.se", Purpose.CONFIRM)) is True
    assert wary.orders() == 1
    assert wary.order().requester == wary.person("ny.person@example.se").id


def test_problems_are_answered_only_after_the_confirmation(wary: Harness) -> None:
    wary.mail("Enhet: cs\n")
    assert wary.count() == 1
    confirm(wary, wary.token(RUT, Purpose.CONFIRM))
    assert wary.count(RUT, "Godkännare") == 1


@pytest.mark.parametrize("subject", ["lista", "hjälp"])
def test_commands_wait_too(wary: Harness, subject: str) -> None:
    wary.mail("", subject=subject, sender=EVA)
    assert wary.count() == wary.count(EVA, "/confirm/") == 1


def test_a_correction_in_the_requester_s_name_waits(wary: Harness) -> None:
    wary.mail()
    confirm(wary, wary.token(RUT, Purpose.CONFIRM))
    wary.mail("Leverantör: Atea Sverige AB", subject=f"#{wary.order().reference}")
    assert wary.order().version == 1
    confirm(wary, wary.token(RUT, Purpose.CONFIRM))
    assert wary.order().version == 2


def test_a_stranger_is_not_even_asked(wary: Harness) -> None:
    wary.mail(sender="okand@annan.example")
    assert wary.count() == 0
    assert wary.sums() == {"parked": 1}


def test_loopback_trust_does_not_reach_beyond_this_machine(tmp_path: Path) -> None:
    with harness(tmp_path, trust="loopback") as home:
        home.mail(peer="192.0.2.7")
        assert home.count(RUT, "/confirm/") == home.count() == 1
        home.mail(peer="::1")
        assert home.orders() == 1


def test_what_nobody_confirms_is_parked_and_the_operator_is_told(wary: Harness) -> None:
    wary.mail()
    assert daily_round(wary.bot, wary.now)
    wary.later(days=15)
    assert daily_round(wary.bot, wary.now)
    wary.settle()
    assert wary.sums() == {"parked": 1}
    assert wary.count(OPERATOR, RUT) == 1


def test_a_confirmation_after_the_link_has_expired_releases_nothing(wary: Harness) -> None:
    wary.mail()
    token = wary.token(RUT, Purpose.CONFIRM)
    wary.later(days=15)
    assert confirm(wary, token) is LinkRefusal.EXPIRED
    assert wary.orders() == 0


class TestTheDailyRound:
    def test_is_made_once_a_day_and_lists_each_parked_mail_once(self, wary: Harness) -> None:
        wary.mail(sender="okand@annan.example")
        assert daily_round(wary.bot, wary.now)
        assert not daily_round(wary.bot, wary.now + timedelta(hours=23))
        wary.now += timedelta(days=1)
        assert daily_round(wary.bot, wary.now)
        wary.settle()
        assert wary.count(OPERATOR, "okand@annan.example") == 1

    def test_says_nothing_when_nothing_is_parked(self, wary: Harness) -> None:
        assert daily_round(wary.bot, wary.now)
        wary.settle()
        assert wary.count() == 0
