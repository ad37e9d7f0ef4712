"""The requester's page of an order that waits: nudge, choose another approver, see who was asked and when."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import Status
from tests.support.harness import ANNA, EVA, HEAD, RUT, Harness, harness, token_in


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Harness]:
    with harness(tmp_path) as home:
        yield home


@pytest.fixture
def browser(home: Harness) -> Iterator[httpx.Client]:
    with home.pages() as client:
        yield client


def press(browser: httpx.Client, home: Harness, action: str, to: str) -> httpx.Response:
    """Press a button of the page of Rut's newest order."""
    return browser.post(f"/order/{home.token(RUT, Purpose.ORDER)}", data={"action": action, "to": to})


def test_nudge_who_is_asked_once_a_day(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    path, asked = f"/order/{home.token(RUT, Purpose.ORDER)}", home.count(EVA)
    home.later(hours=5)
    done = browser.post(path, data={"action": "nudge"})
    home.settle()
    assert "En påminnelse skickas till Eva Ek" in done.text
    assert home.count(EVA, "Rut Rask påminner dig", "Den har väntat i 5 timmar") == home.count(EVA) - asked == 1
    assert "Du har skickat en påminnelse det senaste dygnet" in browser.post(path, data={"action": "nudge"}).text
    home.later(hours=25)
    assert "En påminnelse skickas" in browser.post(path, data={"action": "nudge"}).text
    assert home.history() == ["opened", "nudged", "nudged"]


@pytest.mark.parametrize("data", [{}, {"action": ""}, {"action": "choos"}, {"action": "WITHDRAW"}, {"to": "1"}])
def test_a_press_that_names_no_button_of_the_page_does_nothing_and_says_so(
    home: Harness, browser: httpx.Client, data: dict[str, str]
) -> None:
    home.mail()
    answer = browser.post(f"/order/{home.token(RUT, Purpose.ORDER)}", data=data)
    assert (answer.status_code, home.history()) == (400, ["opened"])
    assert "kunde inte läsas" in answer.text


def test_nobody_is_nudged_where_nobody_may_decide_and_the_days_nudge_is_not_spent(
    home: Harness, browser: httpx.Client
) -> None:
    home.mail()
    path = f"/order/{home.token(RUT, Purpose.ORDER)}"
    for address in (EVA, ANNA):
        home.end_right(address)
    assert "ingen att påminna" in browser.post(path, data={"action": "nudge"}).text
    assert home.history() == ["opened"]


def test_no_nudge_counts_as_a_reminder_or_puts_one_off(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    path = f"/order/{home.token(RUT, Purpose.ORDER)}"
    browser.post(path, data={"action": "nudge"})
    order = home.order()
    assert (order.reminders, order.remind_at) == (0, home.now + timedelta(days=3))


def test_nudges_about_several_orders_share_mails(home: Harness, browser: httpx.Client) -> None:
    for _ in range(4):
        home.mail()
    paths = [f"/order/{token_in(mail, Purpose.ORDER)}" for mail in home.relay.mails(RUT, "/order/")]
    asked = home.count(EVA)
    for path in paths:
        browser.post(path, data={"action": "nudge"})
        home.settle()
    home.later(minutes=1)
    assert home.count(EVA) - asked == 2


def test_choose_another_approver(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    done = press(browser, home, "choose", str(home.person(ANNA).id))
    home.settle()
    assert "Anna Ask tillfrågas nu" in done.text
    assert home.order().approver == home.person(ANNA).id
    assert home.history() == ["opened", "corrected"]
    assert home.count(ANNA, "/decide/") == 1
    home.approve(ANNA)
    assert home.order().status is Status.APPROVED


@pytest.mark.parametrize("to", [RUT, HEAD])
def test_choose_nobody_who_may_not_decide(home: Harness, browser: httpx.Client, to: str) -> None:
    home.mail()
    press(browser, home, "choose", str(home.person(to).id))
    assert home.history() == ["opened"]


def test_say_who_was_asked_when_and_whether_the_mail_server_took_it(home: Harness, browser: httpx.Client) -> None:
    home.lose_relay()
    home.mail()
    home.find_relay()
    home.later(minutes=2)
    path = f"/order/{home.token(RUT, Purpose.ORDER)}"
    assert "Eva Ek, 2 mars 2026 kl. 10:02: mejlservern har tagit emot mejlet." in browser.get(path).text
    home.query("UPDATE outbox SET state = 'failed' WHERE kind = 'request'")
    assert "mejlet kunde inte levereras" in browser.get(path).text
    home.query("UPDATE outbox SET state = 'queued', done_at = NULL WHERE kind = 'request'")
    assert "Eva Ek, 2 mars 2026 kl. 10:00: mejlet har inte skickats än." in browser.get(path).text


def test_offer_nothing_of_that_once_it_is_decided(home: Harness, browser: httpx.Client) -> None:
    home.mail()
    home.approve()
    for action in ("nudge", "choose"):
        press(browser, home, action, str(home.person(ANNA).id))
    assert home.history() == ["opened", "approved"]
