"""A bot on a real SQLite file with real templates, a relay over a real socket, and a clock that the test moves."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path

from mailbot.domain.directory import RightKind, SelfOrder
from mailbot.domain.envelope import IncomingMail
from mailbot.domain.money import Money
from mailbot.domain.notices import Purpose
from mailbot.domain.order import Order
from mailbot.domain.organisation import Organisation, StatedPerson, StatedRight, StatedSupplier, StatedUnit
from mailbot.domain.policy import Policy
from mailbot.domain.senders import TrustSource
from mailbot.edge.smtp_out import Relay as RelaySettings
from mailbot.edge.smtp_out import SmtpOut
from mailbot.flows.bot import Addresses, Bot
from mailbot.flows.deliver import Postman, Retry
from mailbot.flows.dispatch import dispatch_due
from mailbot.flows.process import process_next
from mailbot.flows.receive import receive
from mailbot.flows.remind import remind_due
from mailbot.links import Signer
from mailbot.store import directory, orders
from mailbot.store.database import Database
from tests.support.relay import Relay, relay, text_of

BASE_URL = "http://127.0.0.1:8080"
BOT, PURCHASING, OPERATOR = "order@inkop.example.se", "it-inkop@example.se", "drift@example.se"
EVA, ANNA, RUT, HEAD = "eva.ek@example.se", "anna.ask@example.se", "rut.rask@example.se", "hedvig.hall@example.se"
DUSTIN = "order@dustin.example"
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)  # a Monday, ten o'clock in Stockholm

ORGANISATION = Organisation(
    persons=(
        StatedPerson("Eva Ek", EVA, ("eva@example.se",), ("cs",)),
        StatedPerson("Anna Ask", ANNA, (), ("cs",)),
        StatedPerson("Rut Rask", RUT, (), ("cs",)),
        StatedPerson("Hedvig Hall", HEAD, (), ("cs",)),
        StatedPerson("Olle Ö", "olle.o@example.se", (), ("tom",), "en"),
    ),
    units=(
        StatedUnit("cs", "Institutionen för datavetenskap", HEAD),
        StatedUnit("tom", "Enheten utan godkännare", HEAD),
    ),
    rights=(
        StatedRight(EVA, "cs", RightKind.ORDER, date(2026, 1, 1)),
        StatedRight(ANNA, "cs", RightKind.ORDER, date(2026, 1, 1)),
    ),
    suppliers=(
        StatedSupplier("Dustin AB", DUSTIN, "556666-1012"),
        StatedSupplier("Atea Sverige AB", "order@atea.example", "556448-0282"),
    ),
)
POLICY = Policy(
    profile="umu",
    purchasing_limit=Money(Decimal(15_000)),
    limit_includes_vat=False,
    self_order=SelfOrder.WARN,
    remind_after=timedelta(days=3),
    remind_every=timedelta(days=3),
    remind_later_every=timedelta(days=7),
    remind_on_working_days=False,
    remind_from_hour=7,
    remind_until_hour=18,
    undo_window=timedelta(minutes=5),
    link_life=timedelta(days=14),
    timezone="Europe/Stockholm",
    order_prefix="IT",
)
ORDER = """\
Enhet: cs
Godkännare: Eva Ek
Leverantör: Dustin AB

1 st Dell XPS 13 à 12 500 kr
"""


@dataclass
class House:
    """A bot with everything around it; `now` is its time, in UTC."""

    bot: Bot
    relay: Relay
    out: SmtpOut
    now: datetime = START

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
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = sender, BOT, subject
        mail["Message-ID"] = make_msgid(domain="example.se")
        if answers is not None:
            mail["In-Reply-To"] = str(answers["Message-ID"])
        for name, value in (headers or {}).items():
            mail[name] = value
        mail.set_content(text)
        self.raw(mail.as_bytes(), mail_from=sender, peer=peer)

    def raw(self, raw: bytes, *, mail_from: str = RUT, peer: str = "127.0.0.1") -> None:
        """Let raw bytes come in, and the bot do all it can do at this time."""
        receive(self.bot, [IncomingMail(raw, mail_from, (BOT,), peer, "smtp", self.now)])
        self.settle()

    def settle(self) -> None:
        """Run every queue until nothing is left to do at this time."""
        while process_next(self.bot, self.now):
            pass
        dispatch_due(self.bot, self.now)
        remind_due(self.bot, self.now)
        self.deliver()

    def deliver(self) -> None:
        """Send what is due."""
        retry = Retry([timedelta(minutes=1), timedelta(minutes=5)], timedelta(days=5))
        Postman(self.bot, self.out.send, retry).deliver_due(lambda: self.now)
        self.out.close()

    def later(self, **time: float) -> None:
        """Let time pass, and the bot do all it can do then."""
        self.now += timedelta(**time)
        self.settle()

    def sent(self, to: str, *words: str) -> EmailMessage:
        """Return the newest mail to an address that holds all the words; it must be there."""
        found = self.relay.mails(to, *words)
        subjects = [(a, str(m["Subject"])) for m in self.relay.mails() for a in [str(m["To"])]]
        assert found, f"no mail to {to} with {words}; there are {subjects}"
        return found[-1]

    def count(self, to: str, *words: str) -> int:
        """Return how many mails to an address hold all the words."""
        return len(self.relay.mails(to, *words))

    def order(self) -> Order:
        """Return the newest order."""
        with self.bot.database.read() as connection:
            return orders.newest(connection, 1)[0]

    def token(self, to: str, purpose: Purpose, *words: str) -> str:
        """Return the token of the newest link of a purpose that was mailed to an address."""
        return token_in(self.sent(to, f"/{purpose}/", *words), purpose)


def token_in(mail: EmailMessage, purpose: Purpose) -> str:
    """Return the token of a mail's first link of a purpose."""
    found = re.search(rf"{re.escape(BASE_URL)}/{purpose}/([^\s?]+)", text_of(mail))
    assert found, text_of(mail)
    return found[1]


@contextmanager
def house(folder: Path, **changes: object) -> Iterator[House]:
    """Set up a bot in a folder; `changes` replace rules of the policy, or `trust`."""
    trust = changes.pop("trust", TrustSource.LOOPBACK)
    policy = replace(POLICY, **changes)  # type: ignore[arg-type]
    database = Database(f"sqlite:///{folder}/mailbot.db")
    database.upgrade()
    with database.write() as connection:
        if directory.is_empty(connection):
            directory.fill(connection, ORGANISATION, START)
    bot = Bot(
        database=database,
        signer=Signer([b"k" * 32]),
        policy=policy,
        addresses=Addresses(BOT, PURCHASING, OPERATOR, PURCHASING),
        base_url=BASE_URL,
        domains=("example.se",),
        trust=TrustSource(trust),
        language="sv",
    )
    with relay() as made:
        yield House(bot, made, SmtpOut(RelaySettings("127.0.0.1", made.port, "none")))
    database.close()

