"""The small university with profile su as a bot that runs: read from files, mailed over SMTP, decided on pages.

Everybody has a browser of their own. Nothing goes past the doors: what a test does, a person could do.
"""

import json
import re
import smtplib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from mailbot.cli.as_json import details
from mailbot.domain.people.directory import Person, Right, Unit
from mailbot.domain.values.order import Order
from mailbot.edge.keys import read_or_make
from mailbot.edge.smtp.door import SmtpDoor
from mailbot.edge.smtp.limits import SmtpLimits
from mailbot.edge.smtp.open_connections import SmtpReception
from mailbot.flows.admin.import_directory import import_directory, look
from mailbot.flows.clock.new_day import new_day
from mailbot.flows.incoming.receive import receive
from mailbot.flows.reply_address import ReplyRules
from mailbot.links import Signer
from mailbot.settings import Settings, load
from mailbot.store.event_json import read_event
from tests.journeys.browser import Browser, Page, link
from tests.support.harness import BASE_URL, BOT, Harness, harness, mail_to_bot
from tests.support.relay import opened, text_of
from tests.support.university import PEOPLE, RIGHTS, UNITS, person, the_right

START = datetime(2026, 3, 4, 9, 0, tzinfo=UTC)
"""Two days after the rights were written down (tests.support.harness.START), so that none is suspiciously young."""
TODAY, LAST = "2026-03-04", "2026-03-20"
FOREVER = date(2099, 12, 31)
"""The last day of every right: the commands go by this machine's clock, not by the test's."""

_MAILBOT = """\
[bot]
address = "order@inkop.example.se"
purchasing = "it-inkop@example.se"
operator = "drift@example.se"
[requesters]
domains = ["example.se"]
[store]
url = "sqlite:///{folder}/mailbot.db"
[trust]
sender = "loopback"
[keys]
file = "{folder}/keys"
[policy]
profile = "su"
"""
_SUPPLIERS = """\
[[supplier]]
name = "Dustin AB"
address = "order@dustin.example"
org_number = "556666-1012"
"""


def entry(table: str, values: Mapping[str, object]) -> str:
    """Return one entry of organisation.toml; JSON writes texts, lists and truth values as TOML does."""
    kept = {key: value for key, value in values.items() if value is not None}
    lines = [f"{key} = {v if isinstance(v, date) else json.dumps(v, ensure_ascii=False)}" for key, v in kept.items()]
    return "\n".join((f"[[{table}]]", *lines, ""))


def address(key: int | None) -> str | None:
    """Return a person's address by the id they have in the university."""
    return next((p.address for p in PEOPLE.values() if p.id == key), None)


def person_entry(who: Person) -> str:
    """Return a `[[person]]`."""
    lists = {"aliases": list(who.aliases), "units": list(who.units), "interests": list(who.interests)}
    return entry("person", {"name": who.name, "address": who.address, **lists})


def unit_entry(unit: Unit) -> str:
    """Return a `[[unit]]`."""
    what = {"id": unit.id, "name": unit.name, "head": address(unit.head), "parent": unit.parent, "level": unit.level}
    return entry("unit", what)


def right_entry(right: Right) -> str:
    """Return a `[[right]]`."""
    days = {"from": right.valid_from, "to": right.valid_to}
    what = {"role": right.role, "ground": right.ground, "may_delegate": right.may_delegate}
    others = {"delegated_from": address(right.delegated_from), "deputy_for": address(right.deputy_for)}
    limit = {"limit": f"{right.limit.amount} SEK" if right.limit else ""}
    where = {"person": address(right.person), "unit": right.unit, "kind": right.kind.value}
    return entry("right", {**where, **days, **limit, **what, **others})


def organisation() -> str:
    """Return the university as organisation.toml, its rights valid for as long as any test may run."""
    rights = (replace(right, valid_to=FOREVER) for right in RIGHTS)
    return "\n".join(
        (*map(person_entry, PEOPLE.values()), *map(unit_entry, UNITS), *map(right_entry, rights)),
    )


def write(folder: Path) -> None:
    """Write the three files."""
    texts = {"mailbot": _MAILBOT.format(folder=folder), "suppliers": _SUPPLIERS, "organisation": organisation()}
    for name, text in texts.items():
        (folder / f"{name}.toml").write_text(text, "utf-8")


@cache
def _as_shipped() -> Settings:
    with TemporaryDirectory() as name:
        write(Path(name))
        return load(Path(name))


@dataclass
class University:
    """The running bot, where its pages and its SMTP door are, and the folder of its files and store."""

    home: Harness
    site: str
    port: int
    browsers: dict[str, Browser] = field(default_factory=dict)

    @property
    def folder(self) -> Path:
        """Where files and store are."""
        return self.home.folder

    def mail(
        self,
        who: str,
        text: str = "",
        *,
        subject: str = "Beställning",
        answers: EmailMessage | None = None,
        to: str = BOT,
    ) -> None:
        """Let somebody, by post or by address, hand a mail in at the bot's door, and the bot do what it can."""
        sender = who if "@" in who else person(who).address
        made = mail_to_bot(text, sender=sender, subject=subject, answers=answers)
        made.replace_header("To", to)
        with smtplib.SMTP("127.0.0.1", self.port, timeout=30) as client:
            client.send_message(made)
        self.home.settle()

    def order(
        self,
        price: str = "1 000",
        *,
        by: str = "Rut",
        unit: str = "cs",
        to: str = "prefekt",
        **fields: str,
    ) -> Order:
        """Mail an order of one thing at this price in kronor; return it. A field's `_` is a blank."""
        self.mail(by, form(price, unit=unit, to=to, **fields))
        return self.home.order()

    def asked(self) -> list[str]:
        """Return by post who has been asked to decide the newest order, in the order of the mails."""
        mails = self.home.relay.mails("", self.home.order().number, "/decide/", "Godkänn?")
        return [post_of(str(mail["To"].addresses[0].addr_spec)) for mail in mails]

    def told(self, who: str, *words: str) -> int:
        """Return how many mails to somebody hold all the words."""
        return self.home.count(person(who).address, *words)

    def sent(self, who: str, *words: str) -> EmailMessage:
        """Return the newest such mail."""
        return self.home.sent(person(who).address, *words)

    def url(self, who: str, *words: str, purpose: str = "decide") -> str:
        """Return the newest link of a purpose that was mailed to somebody."""
        return link(self.sent(who, f"/{purpose}/", *words), purpose).partition("?")[0].replace(BASE_URL, self.site)

    def page(self, who: str, *words: str, purpose: str = "decide") -> Page:
        """Open it in their own browser."""
        return self.browsers.setdefault(who, Browser()).answer(self.url(who, *words, purpose=purpose))

    def page_of(self, mailbox: str, purpose: str) -> Page:
        """Open the newest link of a purpose that was mailed to a mailbox of the configuration."""
        mailed = link(self.home.sent(mailbox, f"/{purpose}/"), purpose).partition("?")[0]
        return self.browsers.setdefault(mailbox, Browser()).answer(mailed.replace(BASE_URL, self.site))

    def press(self, page: Page, button: str = "", **written: str) -> Page:
        """Press a button there, let the bot do what it can, and return the page that follows."""
        after = page.press(button, **written)
        self.home.settle()
        return after

    def code(self, who: str) -> str:
        """Return the newest code mailed to somebody."""
        found = re.search(r"^ +([0-9]{4} [0-9]{4})$", text_of(self.sent(who, "Koden gäller till")), re.MULTILINE)
        assert found
        return found[1]

    def decide(self, who: str, button: str = "approve", **written: str) -> Page:
        """Open the newest link, press, type the code that comes by mail, and return the page that follows."""
        asks = self.press(self.page(who), button, **written)
        assert asks.url.endswith("/code"), asks.text
        return self.press(asks, "code", code=self.code(who))

    def hand_back(self, who: str) -> Page:
        """Give the right up by which somebody may decide, as the page asks and the code confirms."""
        asked = self.press(self.browsers.setdefault(who, Browser()).answer(f"{self.url(who)}/resign"), "resign")
        return self.press(asked, "code", code=self.code(who))

    def next_day(self, days: int = 1) -> None:
        """Let days pass, each beginning as a running bot begins it."""
        for _ in range(days):
            new_day(self.home.bot, self.home.now)
            self.home.later(days=1)
            new_day(self.home.bot, self.home.now)
            self.home.settle()

    def change_file(self, old: str, new: str) -> None:
        """Let the operator change organisation.toml."""
        file = self.folder / "organisation.toml"
        text = file.read_text("utf-8")
        assert text.count(old) == 1, old
        file.write_text(text.replace(old, new), "utf-8")

    def end_right(self, who: str, last: date) -> None:
        """Let the operator give somebody's only right a last day."""
        right = replace(the_right(who), valid_to=FOREVER)
        self.change_file(right_entry(right), right_entry(replace(right, valid_to=last)))

    def import_files(self) -> None:
        """Let the operator import the files, at the test's time."""
        stated, bot = load(self.folder).organisation, self.home.bot
        shown = look(bot, stated, self.home.now)
        assert not shown.refused, shown.refused
        done = import_directory(bot, stated, shown, self.home.now)
        assert isinstance(done, frozenset), done
        self.home.settle()

    def events(self, what: str = "") -> list[dict[str, str]]:
        """Return what the events of a kind have kept, oldest first, as `orders show` prints it."""
        rows = self.home.query(
            "SELECT e.what, p.body FROM events e JOIN event_payloads p ON p.id = e.payload_id ORDER BY e.id"
        )
        with self.home.bot.database.read() as connection:
            known = self.home.bot.directory(connection)
        return [details(read_event(name, body), known) for name, body in rows if what in {"", name}]


def form(price: str = "1 000", *, unit: str = "cs", to: str = "prefekt", **fields: str) -> str:
    """Return an order as text; a field given as "" is left out."""
    usual = {"Enhet": unit, "Godkännare": person(to).address, "Leverantör": "Dustin AB", "Kontering": "1100:4010"}
    stated = usual | {key.replace("_", " "): value for key, value in fields.items()}
    head = "\n".join(f"{key}: {value}" for key, value in stated.items() if value)
    return f"{head}\n\n1 st Mikroskop à {price} {'' if 'Valuta' in stated else 'kr'}\n"


def post_of(mail_address: str) -> str:
    """Return the post of the person with this address."""
    return next(post for post, who in PEOPLE.items() if who.address == mail_address)


@contextmanager
def university(
    folder: Path, now: datetime = START, replies: ReplyRules | None = None, **rules: object
) -> Iterator[University]:
    """Run the university's bot while the block lasts; `rules` replace those of the profile."""
    write(folder)
    settings = _as_shipped()
    with harness(folder, organisation=settings.organisation, now=now) as home:
        keys = read_or_make(folder / "keys")  # the commands' too
        home.change(policy=replace(settings.policy, **rules), signer=Signer(keys), replies=replies)  # type: ignore[arg-type]
        door = SmtpDoor(
            hostname="inkop.example.se",
            protocol="smtp",
            reception=SmtpReception(
                accepts=lambda to: home.bot.is_own(to),
                receive=lambda mails: receive(home.bot, mails),
                now=lambda: home.now,
            ),
            limits=SmtpLimits(),
        )
        with opened(door), home.pages() as client:
            yield University(home, str(client.base_url).rstrip("/"), door.port)
