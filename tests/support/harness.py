"""A bot on a real SQLite file with real templates, a relay over a real socket, and a clock that the test moves."""

import asyncio
import re
import socket
import sqlite3
import ssl
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import make_msgid
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

import httpx
import uvicorn
from sqlalchemy import event

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.directory import Directory, Person, RightKind
from mailbot.domain.trust.envelope import RawMail
from mailbot.domain.trust.senders import Doubt, PlusTags, SenderRules, TrustSource
from mailbot.domain.values.order import Order
from mailbot.edge.smtp_out import Relay as RelaySettings
from mailbot.edge.smtp_out import SmtpOut
from mailbot.edge.web.form_page import FormReaders
from mailbot.edge.web.http_server import server_config
from mailbot.edge.web.login import Login
from mailbot.edge.web.metrics_access import MetricsAccess
from mailbot.edge.web.server import Web
from mailbot.flows.bot import Addresses, Bot
from mailbot.flows.clock.deliver import Deliverer, RelayReply, Retry
from mailbot.flows.clock.dispatch import dispatch_due
from mailbot.flows.clock.remind import remind_due
from mailbot.flows.incoming.process import Processor
from mailbot.flows.incoming.receive import receive
from mailbot.flows.steps.decide import Action, Press, PressOutcome, press
from mailbot.flows.steps.link_page import OrderPage, see_order
from mailbot.links import Signer
from mailbot.mail.reading.intake import take_in
from mailbot.mail.reading.read_back import read_again, read_back
from mailbot.store import directory, events, inbox, orders
from mailbot.store.database import Database
from tests.support.relay import Relay, relay, text_of
from tests.support.samples import POLICY as POLICY
from tests.support.stated import Organisation, StatedPerson, StatedRight, StatedSupplier, StatedUnit

BASE_URL = "http://127.0.0.1:8080"
BOT, PURCHASING, OPERATOR = "order@inkop.example.se", "it-inkop@example.se", "drift@example.se"
EVA, ANNA, RUT, HEAD = "eva.ek@example.se", "anna.ask@example.se", "rut.rask@example.se", "hedvig.hall@example.se"
DUSTIN = "order@dustin.example"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday, ten o'clock in Stockholm

ORGANISATION = Organisation(
    persons=(
        StatedPerson("Eva Ek", EVA, aliases=("eva@example.se",), units=("cs",)),
        StatedPerson("Anna Ask", ANNA, aliases=(), units=("cs",)),
        StatedPerson("Rut Rask", RUT, aliases=(), units=("cs",)),
        StatedPerson("Hedvig Hall", HEAD, aliases=(), units=("cs",)),
        StatedPerson("Olle Ö", "olle.o@example.se", aliases=(), units=("tom",), language="en"),
    ),
    units=(
        StatedUnit("cs", "Institutionen för datavetenskap", head=HEAD),
        StatedUnit("tom", "Enheten utan godkännare", head=HEAD),
    ),
    rights=(
        StatedRight(EVA, "cs", RightKind.ORDER, valid_from=date(2026, 1, 1)),
        StatedRight(ANNA, "cs", RightKind.ORDER, valid_from=date(2026, 1, 1)),
    ),
    suppliers=(
        StatedSupplier("Dustin AB", DUSTIN, org_number="556666-1012"),
        StatedSupplier("Atea Sverige AB", "order@atea.example", org_number="556448-0282"),
    ),
)
ORDER = """\
Enhet: cs
Godkännare: Eva Ek
Leverantör: Dustin AB

1 st Dell XPS 13 à 12 500 kr
"""


BOT_PARTS = {"also", "replies", "robot_contact", "robots"}
"""What `harness` hands on to the bot as it is."""
PROCESSOR_PARTS = {"hourly", "read", "tries", "vouch"}
"""What `change` and `harness` hand on to what deals with mail."""
RETRY = Retry([timedelta(minutes=1), timedelta(minutes=5)], timedelta(days=5))
PLAIN = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and is made in no time


@dataclass
class Harness:
    """A bot with everything around it; `now` is its time, in UTC."""

    bot: Bot
    folder: Path
    relay: Relay
    out: SmtpOut
    now: datetime = START
    asked: int = 0
    readers: FormReaders = field(default_factory=lambda: FormReaders(read_back, read_again))
    processor: Processor = field(init=False)
    deliverer: Deliverer = field(init=False)

    def __post_init__(self) -> None:
        """Keep one postman, who remembers that the relay was gone."""
        self.processor = Processor(self.bot, take_in, lambda _raw, _received: Doubt.NOT_PROVEN)
        self.deliverer = Deliverer(self.bot, self._send, RETRY)

    def _send(self, mail_from: str, mail_to: str, raw: bytes) -> RelayReply:
        self.asked += 1
        return self.out.send(mail_from, mail_to, raw)

    def mail(
        self,
        text: str = ORDER,
        *,
        sender: str = RUT,
        subject: str = "Beställning",
        answers: EmailMessage | None = None,
        peer: str = "127.0.0.1",
        headers: dict[str, str] | None = None,
    ) -> None:
        """Let a mail come in, and the bot do all it can do at this time."""
        raw = mail_to_bot(text, sender=sender, subject=subject, answers=answers, headers=headers).as_bytes()
        self.raw(raw, mail_from=sender, peer=peer)

    def raw(
        self, raw: bytes, *, mail_from: str = RUT, peer: str = "127.0.0.1", via: str = "smtp", to: str = BOT
    ) -> None:
        """Let raw bytes come in, and the bot do all it can do at this time."""
        self.store(raw, mail_from=mail_from, peer=peer, via=via, to=to)
        self.settle()

    def store(
        self, raw: bytes, *, mail_from: str = RUT, peer: str = "127.0.0.1", via: str = "smtp", to: str = BOT
    ) -> None:
        """Let raw bytes come in, and leave them where they are."""
        receive(self.bot, [RawMail(raw, mail_from, (to,), peer, via, self.now)])

    def change(self, **parts: object) -> None:
        """Let the bot have other parts from now on, as after a restart with another configuration."""
        processing = {name: parts.pop(name) for name in PROCESSOR_PARTS & parts.keys()}
        self.bot = replace(self.bot, **parts)  # type: ignore[arg-type]
        self.processor = replace(self.processor, bot=self.bot, **processing)  # type: ignore[arg-type]
        self.deliverer = Deliverer(self.bot, self._send, RETRY)

    def settle(self) -> None:
        """Run every queue until nothing is left to do at this time."""
        while self.processor.process_next(self.now):
            pass
        dispatch_due(self.bot, self.now)
        remind_due(self.bot, self.now)
        self.deliver()

    def deliver(self) -> None:
        """Send what is due."""
        self.deliverer.deliver_due(lambda: self.now)
        self.out.close()

    def later(self, **time: float) -> None:
        """Let time pass, and the bot do all it can do then."""
        self.now += timedelta(**time)
        self.settle()

    def lose_relay(self) -> None:
        """Let nothing listen where the relay should be."""
        with closing(socket.create_server(("127.0.0.1", 0))) as taken:
            self.out = SmtpOut(RelaySettings("127.0.0.1", taken.getsockname()[1], "none"))

    def find_relay(self) -> None:
        """Let the relay be there again."""
        self.out = SmtpOut(RelaySettings("127.0.0.1", self.relay.port, "none"))

    def press(self, token: str, action: Action, comment: str = "", **shown: str | int) -> PressOutcome:
        """Press a button on the page as it is now; `shown` says what an older page had as version or destination."""
        found = see_order(self.bot, Purpose.DECIDE, token, self.now)
        summary = found.summary if isinstance(found, OrderPage) else None
        version = int(shown.get("version", summary.order.version if summary else 1))
        destination = str(shown.get("destination", summary.route.destination if summary else ""))
        step = int(shown.get("step", summary.order.step if summary else 0))
        outcome = press(self.bot, token, Press(action, version, destination, comment, step=step, anyway=True), self.now)
        self.settle()
        return outcome

    def hand_over(self, by: str, to: str) -> PressOutcome:
        """Let an approver ask another one instead, from the newest link mailed to them."""
        pressed = Press(Action.HAND_OVER, self.order().version, "", "", self.person(to).id)
        outcome = press(self.bot, self.token(by, Purpose.DECIDE), pressed, self.now)
        self.settle()
        return outcome

    def approve(self, by: str = EVA, comment: str = "", **shown: str | int) -> PressOutcome:
        """Let an approver open the newest link mailed to them and say yes."""
        action = Action.APPROVE_WITH_COMMENT if comment else Action.APPROVE
        return self.press(self.token(by, Purpose.DECIDE), action, comment, **shown)

    def reject(self, by: str = EVA, comment: str = "") -> PressOutcome:
        """Let an approver open the newest link mailed to them and say no."""
        return self.press(self.token(by, Purpose.DECIDE), Action.REJECT, comment)

    def end_right(self, address: str) -> None:
        """End every right of a person now."""
        with self.bot.database.write() as connection:
            known = self.bot.directory(connection)
            for right in known.rights:
                if right.person == self.person(address).id:
                    directory.end_right(connection, right.id, self.now)

    def person(self, address: str) -> Person:
        """Return the person with this address."""
        with self.bot.database.read() as connection:
            found = self.bot.directory(connection).person_at(address)
        assert found, address
        return found

    def sent(self, to: str, *words: str) -> EmailMessage:
        """Return the newest mail to an address that holds all the words; it must be there."""
        found = self.relay.mails(to, *words)
        subjects = [(a, str(m["Subject"])) for m in self.relay.mails() for a in [str(m["To"])]]
        assert found, f"no mail to {to} with {words}; there are {subjects}"
        return found[-1]

    def count(self, to: str = "", *words: str) -> int:
        """Return how many mails to an address hold all the words."""
        return len(self.relay.mails(to, *words))

    def order(self, number: str = "") -> Order:
        """Return the order with this number, or the newest one."""
        with self.bot.database.read() as connection:
            found = orders.by_number(connection, number) if number else orders.newest(connection, 1)[0]
        assert found, number
        return found

    def orders(self) -> int:
        """Return how many orders there are."""
        with self.bot.database.read() as connection:
            return len(orders.newest(connection, 1000))

    def history(self) -> list[str]:
        """Return what has happened to the newest order."""
        with self.bot.database.read() as connection:
            return [e.what for e in events.of_order(connection, orders.newest(connection, 1)[0].id)]

    def sums(self) -> dict[str, int]:
        """Return how many mails have come to which end."""
        with self.bot.database.read() as connection:
            return inbox.sums(connection)

    def reasons(self) -> list[str | None]:
        """Return the reason for which each mail ended as it did, in the order in which they came."""
        return [row[0] for row in self.query("SELECT reason FROM inbox ORDER BY id")]

    def token(self, to: str, purpose: Purpose, *words: str) -> str:
        """Return the token of the newest link of a purpose that was mailed to an address."""
        return token_in(self.sent(to, f"/{purpose}/", *words), purpose)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Look into the database behind the bot's back, or meddle with it."""
        with closing(sqlite3.connect(self.folder / "mailbot.db")) as connection, connection:
            return connection.execute(sql).fetchall()

    def dump(self) -> str:
        """Return every table and row of the database as text."""
        with closing(sqlite3.connect(self.folder / "mailbot.db")) as connection:
            return "\n".join(connection.iterdump())

    @contextmanager
    def pages(
        self,
        login: Login | None = None,
        *,
        order_form: bool = False,
        polls: bool = False,
        metrics_access: MetricsAccess | None = None,
    ) -> Iterator[httpx.Client]:
        """Serve the pages on a port of their own, and give a browser that follows nothing."""
        web = Web(
            self.bot,
            lambda: self.now,
            lambda: None,
            polls=polls,
            form=self.readers if order_form else None,
            login=login,
            metrics_access=metrics_access or MetricsAccess(),
        )
        app = web.app()
        config = server_config(app)
        with closing(socket.create_server(("127.0.0.1", 0))) as listening:
            server = Server(config)
            thread = Thread(target=server.run, args=([listening],))
            thread.start()
            try:
                with httpx.Client(
                    base_url=f"http://127.0.0.1:{listening.getsockname()[1]}", trust_env=False, verify=PLAIN
                ) as client:
                    yield client
            finally:
                server.told_to_stop.set_result(None)
                thread.join(10)


class Server(uvicorn.Server):
    """Stops when it is told: the ordinary one looks up ten times a second, and then waits for slow clients."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.told_to_stop: Future[None] = Future()

    async def main_loop(self) -> None:
        await asyncio.wrap_future(self.told_to_stop)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await asyncio.sleep(0)


def mail_to_bot(
    text: str = ORDER,
    *,
    sender: str = RUT,
    subject: str = "Beställning",
    answers: EmailMessage | None = None,
    headers: dict[str, str] | None = None,
) -> EmailMessage:
    """Return a mail as a person sends it to the bot."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, BOT, subject
    mail["Message-ID"] = make_msgid(domain="example.se")
    if answers is not None:
        mail["In-Reply-To"] = str(answers["Message-ID"])
    for name, value in (headers or {}).items():
        mail[name] = value
    mail.set_content(text)
    return mail


def token_in(mail: EmailMessage, purpose: Purpose) -> str:
    """Return the token of a mail's first link of a purpose."""
    found = re.search(rf"{re.escape(BASE_URL)}/{purpose}/([^\s?]+)", text_of(mail))
    assert found, text_of(mail)
    return found[1]


@cache
def _filled_once(organisation: Organisation) -> bytes:
    return _filled(organisation.numbered)


def _filled(stated: Directory) -> bytes:
    """Return the bytes of a database with this in it: for most tests made once in a run, then copied."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{folder}/mailbot.db")
        database.upgrade()
        with database.write() as connection:
            directory.fill(connection, stated, START)
        database.close()
        return (Path(folder) / "mailbot.db").read_bytes()


class Moving(Database):
    """A database that is given another file for the next test, and so keeps what SQLAlchemy compiles once."""

    def __init__(self, file: Path) -> None:
        super().__init__(f"sqlite:///{file}")
        self.file = file
        for engine in (self.engine, self.reading):
            event.listen(engine, "do_connect", self._to_file)

    def _to_file(self, _dialect: object, _record: object, arguments: list[str], _named: object) -> None:
        arguments[0] = str(self.file)


_idle: list[Moving] = []


@contextmanager
def _database(file: Path) -> Iterator[Database]:
    """Give a database of its own on this file, closed at the end."""
    database = _idle.pop() if _idle else Moving(file)
    database.close()  # a test may have looked into the old file after its end
    database.path, database.file, database.opened = file, file, file.stat()
    try:
        yield database
    finally:
        database.close()
        _idle.append(database)


@contextmanager
def harness(folder: Path, **changes: object) -> Iterator[Harness]:
    """Set up a bot in a folder; `changes` replace rules of the policy, parts of the bot, `organisation` or `now`."""
    trust, plus_tags = changes.pop("trust", TrustSource.LOOPBACK), changes.pop("plus_tags", PlusTags.KEEP)
    organisation = changes.pop("organisation", ORGANISATION)
    now = changes.pop("now", START)
    assert isinstance(organisation, Organisation | Directory)
    assert isinstance(now, datetime)
    parts = {name: changes.pop(name) for name in BOT_PARTS & changes.keys()}
    processing = {name: changes.pop(name) for name in PROCESSOR_PARTS & changes.keys()}
    policy = replace(POLICY, **changes)  # type: ignore[arg-type]
    file = folder / "mailbot.db"
    if not file.exists():
        file.write_bytes(
            _filled_once(organisation) if isinstance(organisation, Organisation) else _filled(organisation)
        )
    with _database(file) as database, relay() as made:
        bot = Bot(
            database=database,
            signer=Signer([b"k" * 32]),
            policy=policy,
            addresses=Addresses(BOT, PURCHASING, OPERATOR, PURCHASING),
            base_url=BASE_URL,
            senders=SenderRules(TrustSource(str(trust)), ("example.se",), PlusTags(str(plus_tags))),
            language="sv",
            **parts,  # type: ignore[arg-type]
        )
        home = Harness(bot, folder, made, SmtpOut(RelaySettings("127.0.0.1", made.port, "none")), now)
        home.change(**processing)
        yield home
        home.out.close()
