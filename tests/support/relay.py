"""A real relay on this machine for tests: it keeps what it is sent, and can be told to refuse or to be late."""

import asyncio
import email
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from functools import lru_cache
from threading import Condition, Event, Thread

from mailbot.domain.trust.envelope import RawMail
from mailbot.edge.smtp.door import SmtpDoor
from mailbot.edge.smtp.limits import SmtpLimits
from mailbot.edge.smtp.open_connections import SmtpReception
from mailbot.edge.system_clock import utc_now

PATIENCE_SECONDS = 20


class NotNowError(Exception):
    """The relay has been told to say 451."""


@dataclass
class Relay:
    """What a relay was sent, and how it behaves; `tried` also holds what it said 451 to.

    While `answers` is not set it says nothing to a mail that it has been sent.
    """

    busy: bool = False
    refuses_all: bool = False
    refused: set[str] = field(default_factory=set)
    raw: list[tuple[str, bytes]] = field(default_factory=list)
    tried: list[tuple[str, bytes]] = field(default_factory=list)
    port: int = 0
    arrived: Condition = field(default_factory=Condition)
    answers: Event = field(default_factory=Event)

    def __post_init__(self) -> None:
        """Answer at once, until told otherwise."""
        self.answers.set()

    def receive(self, mails: Sequence[RawMail]) -> None:
        """Keep mails, or say 451."""
        came = [(mail.rcpt_to[0], mail.raw) for mail in mails]
        with self.arrived:
            self.tried += came
            self.arrived.notify_all()
        self.answers.wait(3 * PATIENCE_SECONDS)
        with self.arrived:
            if self.busy:
                raise NotNowError
            self.raw += came
            self.arrived.notify_all()

    def mails(self, to: str = "", *words: str) -> list[EmailMessage]:
        """Return the mails to an address that hold all the words in subject or text, oldest first.

        Words are found whatever white space the mail has: lines are wrapped and amounts hold spaces that do not break.
        """
        with self.arrived:
            found = [parse(raw) for address, raw in self.raw if to in address]
        return [m for m in found if all(plain(w) in plain(f"{m['Subject']} {text_of(m)}") for w in words)]

    def wait(self, to: str, *words: str, count: int = 1) -> EmailMessage:
        """Return the newest such mail once there are `count`; raises AssertionError when they do not come."""
        found: list[EmailMessage] = []

        def enough() -> bool:
            found[:] = self.mails(to, *words)
            return len(found) >= count

        with self.arrived:
            if not self.arrived.wait_for(enough, PATIENCE_SECONDS):
                subjects = [str(parse(raw)["Subject"]) for _, raw in self.raw]
                raise AssertionError(f"no mail to {to} with {words}; there are {subjects}")
        return found[-1]


def plain(text: str) -> str:
    """Return the text with one ordinary space wherever it has white space."""
    return " ".join(text.split())


@lru_cache(maxsize=1000)
def parse(raw: bytes) -> EmailMessage:
    """Return a mail of the bot's own, parsed strictly; the same one every time, so leave it as it is."""
    return email.message_from_bytes(raw, policy=policy.default)


def text_of(mail: EmailMessage) -> str:
    """Return the text part, with line ends as Python has them."""
    body = mail.get_body(("plain",))
    return str(body.get_content()).replace("\r\n", "\n") if body else ""


def html_of(mail: EmailMessage) -> str:
    """Return the HTML part."""
    body = mail.get_body(("html",))
    return str(body.get_content()) if body else ""


@contextmanager
def relay(port: int = 0) -> Iterator[Relay]:
    """Run a relay in a thread of its own while the block lasts."""
    made = Relay()
    accepts: Callable[[str], bool] = lambda address: not made.refuses_all and address not in made.refused  # noqa: E731
    door = SmtpDoor("relay.test", "smtp", SmtpReception(accepts, made.receive, utc_now), SmtpLimits())
    with opened(door, port):
        made.port = door.port
        yield made


@contextmanager
def opened(door: SmtpDoor, port: int = 0) -> Iterator[None]:
    """Keep a door open on this machine while the block lasts, in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()
    try:
        asyncio.run_coroutine_threadsafe(door.start(f"127.0.0.1:{port}"), loop).result(10)
        try:
            yield
        finally:
            asyncio.run_coroutine_threadsafe(door.stop(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
