"""The doors and what lies behind them, together (docs/rules/mail.md#f11, #f12, #f117); each door alone is in
tests/edge."""

import asyncio
import smtplib
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from mailbot.edge.smtp.door import SmtpDoor
from mailbot.edge.smtp.limits import SmtpLimits
from mailbot.edge.smtp.open_connections import SmtpReception
from mailbot.flows.clock.health import polled
from mailbot.flows.incoming.receive import receive
from tests.flows.incoming.mails import LAPTOP, lines_of, mail, told
from tests.support.harness import BOT, RUT, Harness


@contextmanager
def open_door(home: Harness) -> Iterator[int]:
    """Open the SMTP door of the house, and give its port."""
    door = SmtpDoor(
        hostname="inkop.example.se",
        protocol="smtp",
        reception=SmtpReception(home.bot.is_own, lambda mails: receive(home.bot, mails), now=lambda: home.now),
        limits=SmtpLimits(),
    )
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(door.start("127.0.0.1:0"), loop).result(10)
        yield door.port
        asyncio.run_coroutine_threadsafe(door.stop(), loop).result(20)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def hand_in(port: int, raw: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
        client.sendmail(RUT, [BOT], raw)


def test_f11_what_cannot_be_stored_is_451_and_one_order_once_it_can(home: Harness) -> None:
    raw = mail()
    with open_door(home) as port:
        home.query("ALTER TABLE inbox RENAME TO gone")
        with pytest.raises(smtplib.SMTPDataError, match="451"):
            hand_in(port, raw)
        home.query("ALTER TABLE gone RENAME TO inbox")
        assert home.sums() == {}
        hand_in(port, raw)
    home.settle()
    assert lines_of(home) == LAPTOP
    assert home.sums() == {"order": 1}


def test_f12_a_mail_whose_250_was_lost_and_that_comes_again_is_one_order(home: Harness) -> None:
    raw = mail()
    with open_door(home) as port:
        for _ in range(2):
            hand_in(port, raw)
    home.settle()
    assert home.sums() == {"order": 1, "ignored": 1}
    assert home.reasons() == ["", "duplicate of 1"]


def test_f117_a_mailbox_that_has_not_been_looked_at_turns_the_health_page_red(home: Harness) -> None:
    polled(home.bot, home.now)
    with home.pages(polls=True) as browser:
        assert browser.get("/healthz").status_code == 200
        home.now = home.now.replace(minute=home.now.minute + 16)
        page = browser.get("/healthz")
        assert (page.status_code, page.json()["last_poll"]) == (503, 16 * 60)
        polled(home.bot, home.now)
        assert browser.get("/healthz").json()["last_poll"] == 0
    assert told(home) == []
