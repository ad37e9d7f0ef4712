"""A real Postfix in front of the bot's LMTP door, set up by what docs/mail-in.md shows."""

import asyncio
import re
import tempfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.domain.trust.envelope import RawMail
from mailbot.edge.smtp.door import SmtpDoor
from mailbot.edge.smtp.limits import SmtpLimits
from mailbot.edge.smtp.open_connections import SmtpReception
from tests.support.dovecot import until
from tests.support.postfix import Postfix, documented, postfix, unusable

pytestmark = pytest.mark.skipif(bool(unusable()), reason=unusable())

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
BOT, TAGGED = "order@inkop.example.se", "order+ref7@inkop.example.se"
SENDER = "rut@sender.test"
MOST = 50_000  # bytes of a mail that the bot takes here, far less than Postfix does


@dataclass
class Desk:
    """Behind the door: a store that can be told to fail."""

    mails: list[RawMail] = field(default_factory=list)
    tried: int = 0
    broken: bool = False

    def receive(self, mails: Sequence[RawMail]) -> None:
        self.tried += 1
        if self.broken:
            raise RuntimeError("disk full")
        self.mails += mails


@contextmanager
def serving(desk: Desk, listen: str, accepts: Callable[[str], bool]) -> Iterator[SmtpDoor]:
    door = SmtpDoor(
        hostname="bot.test",
        protocol="lmtp",
        reception=SmtpReception(accepts, desk.receive, now=lambda: NOW),
        limits=SmtpLimits(message_bytes=MOST),
    )
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(door.start(listen), loop).result(10)
        yield door
        asyncio.run_coroutine_threadsafe(door.stop(), loop).result(20)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@dataclass
class Post:
    """A Postfix, the bot behind it, and the mail server of whoever wrote."""

    postfix: Postfix
    bot: Desk
    sender: Desk

    def send(self, mail: bytes, *recipients: str) -> str:
        """Hand a mail to Postfix, and return its last answer."""
        with self.postfix.client() as client:
            client.say("EHLO client.sender.test")
            assert client.say(f"MAIL FROM:<{SENDER}>").startswith("250")
            for recipient in recipients or (BOT,):
                assert client.say(f"RCPT TO:<{recipient}>").startswith("250")
            assert client.say("DATA").startswith("354")
            return client.say(mail + b".")

    def forget(self) -> None:
        """Begin anew."""
        assert self.settled()
        self.postfix.forget()
        for desk in (self.bot, self.sender):
            desk.mails, desk.tried, desk.broken = [], 0, False

    def settled(self) -> bool:
        return self.postfix.queue() == 0


class House:
    """Puts up Postfix and bot, each pair once, and hands them out as if new."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._posts: dict[tuple[str, int], Post] = {}

    def __call__(self, way: str = "tcp", at_once: int = 1) -> Post:
        """Return the pair that speaks over "tcp" or "unix", with so many recipients in one delivery."""
        if (way, at_once) not in self._posts:
            self._posts[way, at_once] = self._build(way, at_once)
        post = self._posts[way, at_once]
        post.forget()
        return post

    def _build(self, way: str, at_once: int) -> Post:
        bot, sender, enter = Desk(), Desk(), self._stack.enter_context
        files = documented(over_unix=way == "unix")
        if way == "unix":
            folder = Path(enter(tempfile.TemporaryDirectory(prefix="lmtp-")))
            folder.chmod(0o755)
            path = folder / "lmtp.sock"
            enter(serving(bot, f"unix:{path}", accepts))
            path.chmod(0o666)
            documented_place, place = "/run/mailbot/lmtp.sock", str(path)
        else:
            door = enter(serving(bot, "127.0.0.1:0", accepts))
            documented_place, place = "127.0.0.1:8025", f"127.0.0.1:{door.port}"
        home = enter(serving(sender, "127.0.0.1:0", lambda _: True))
        routes = files["transport"].replace(documented_place, place)
        files["transport"] = f"{routes}sender.test lmtp:inet:127.0.0.1:{home.port}\n"
        domains = files["main.cf"].replace("= inkop.example.se", "= inkop.example.se sender.test")
        files["main.cf"] = domains.replace("recipient_limit = 1\n", f"recipient_limit = {at_once}\n")
        return Post(enter(postfix(files)), bot, sender)


def accepts(address: str) -> bool:
    return address in {BOT, TAGGED}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with ExitStack() as stack:
        yield House(stack)


def letter(subject: str, body: bytes = b"2 chairs") -> bytes:
    return f"From: {SENDER}\r\nTo: {BOT}\r\nSubject: {subject}\r\n\r\n".encode() + body + b"\r\n"


@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_a_mail_handed_to_postfix_arrives_once_and_whole(house: House, way: str) -> None:
    post = house(way)
    body = b"word " * 4_000 + b"\r\n..dots\r\n" + "åäö\r\n".encode()
    assert post.send(letter("long", body.replace(b"\r\n.", b"\r\n.."))).startswith("250")
    until(post.settled, "the queue is empty")
    (mail,) = post.bot.mails
    assert (mail.mail_from, mail.rcpt_to, mail.via) == (SENDER, (BOT,), "lmtp")
    assert mail.raw.endswith(letter("long", body))
    assert mail.raw.startswith(b"Received: from client.sender.test")
    assert post.sender.mails == []


def test_an_unknown_recipient_is_refused_while_the_sender_is_there(house: House) -> None:
    post = house()
    with post.postfix.client() as client:
        client.say("EHLO client.sender.test")
        client.say(f"MAIL FROM:<{SENDER}>")
        assert client.say("RCPT TO:<nobody@inkop.example.se>").startswith("550 5.1.1")
        assert client.say("RCPT TO:<somebody@elsewhere.test>").startswith("454 4.7.1")
    assert post.postfix.lines("status=") == []


def test_while_the_bot_cannot_store_postfix_keeps_the_mail_and_tries_again(house: House) -> None:
    post = house()
    post.bot.broken = True
    post.send(letter("kept"))
    until(lambda: post.bot.tried > 2, "some tries")
    assert post.postfix.queue() == 1
    assert post.postfix.lines("status=deferred", "451 4.3.0 Temporary trouble here")
    post.bot.broken = False
    until(post.settled, "the queue is empty")
    assert len(post.bot.mails) == 1
    assert post.sender.mails == [], "nobody was told of trouble that has passed"


@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_two_recipients_in_one_delivery_get_two_answers_and_one_stored_mail(house: House, way: str) -> None:
    post = house(way, at_once=50)
    post.send(letter("two"), BOT, TAGGED)
    until(post.settled, "the queue is empty")
    (mail,) = post.bot.mails
    assert set(mail.rcpt_to) == {BOT, TAGGED}
    sent = post.postfix.lines("status=sent", "250 2.0.0 Stored")
    assert {re.findall("to=<([^>]+)>", line)[0] for line in sent} == {BOT, TAGGED}
    assert len(sent) == 2


@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_two_recipients_in_two_deliveries_bring_the_same_bytes_twice(house: House, way: str) -> None:
    """As documented, one recipient at a time: what is the same is known by its content, later."""
    post = house(way)
    post.send(letter("two"), BOT, TAGGED)
    until(post.settled, "the queue is empty")
    assert {mail.rcpt_to for mail in post.bot.mails} == {(BOT,), (TAGGED,)}
    assert len(post.bot.mails) == 2
    assert len({mail.raw for mail in post.bot.mails}) == 1
    assert len(post.postfix.lines("status=sent", "250 2.0.0 Stored")) == 2


@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_two_recipients_while_the_bot_cannot_store_are_both_kept(house: House, way: str) -> None:
    post = house(way, at_once=50)
    post.bot.broken = True
    post.send(letter("two"), BOT, TAGGED)
    until(lambda: len(post.postfix.lines("status=deferred", "451 4.3.0")) > 1, "both are put off")
    post.bot.broken = False
    until(post.settled, "the queue is empty")
    assert len(post.postfix.lines("status=sent")) == 2


def test_a_mail_over_the_limit_is_refused_by_postfix_while_the_sender_is_there(house: House) -> None:
    post = house()
    with post.postfix.client() as client:
        assert "|250-SIZE 24000000|" in client.say("EHLO client.sender.test")
        assert client.say(f"MAIL FROM:<{SENDER}> SIZE=24000001").startswith("552 5.3.4")


def test_a_mail_over_the_bots_limit_bounces_from_postfix_and_not_from_the_bot(house: House) -> None:
    post = house()
    assert post.send(letter("giant", b"x" * MOST)).startswith("250")
    until(lambda: post.sender.mails, "the sender is told")
    (bounce,) = post.sender.mails
    assert bounce.mail_from == ""
    assert b"Reporting-MTA: dns; mx.example.se" in bounce.raw
    assert b"message size" in bounce.raw
    assert post.bot.tried == 0


ENDS = [b"\n.\n", b"\r\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n\x00.\r\n"]


def test_a_mail_smuggled_in_another_stays_text_of_the_one(house: House) -> None:
    """Every end but CRLF, dot, CRLF, each with commands after it."""
    post = house()
    inner = f"MAIL FROM:<boss@inkop.example.se>\r\nRCPT TO:<{BOT}>\r\nDATA\r\n".encode() + letter("smuggled")
    for number, end in enumerate(ENDS):
        assert post.send(letter(f"outer {number}", b"text") + b"more" + end + inner).startswith("250")
        until(lambda number=number: len(post.bot.mails) > number, "the mail has come")  # type: ignore[misc]
    until(post.settled, "the queue is empty")
    assert len(post.bot.mails) == len(ENDS)
    assert {mail.mail_from for mail in post.bot.mails} == {SENDER}
    assert all(b"Subject: smuggled" in mail.raw for mail in post.bot.mails)


def test_the_documented_lines_are_ones_that_postfix_knows(house: House) -> None:
    """It warns of names that it does not know, and of values that it cannot use."""
    post = house("unix")
    post.send(letter("one"))
    until(post.settled, "the queue is empty")
    assert post.postfix.lines("warning") == []
    assert post.postfix.lines("fatal") == []
