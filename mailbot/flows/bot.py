"""What lives as long as the process, built once by `app.py`: the store, the keys, the rules and the addresses."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import Connection

from mailbot.domain.people.directory import Directory, Person, Unit
from mailbot.domain.trust.senders import Doubt, PlusTags, TrustSource, Vouched
from mailbot.domain.values.calendar import local_day
from mailbot.domain.values.order import Form
from mailbot.domain.values.policy import Policy
from mailbot.domain.values.text import fold
from mailbot.flows.machine_trouble import MachineTrouble
from mailbot.flows.reply_address import ReplyRules
from mailbot.links import Signer
from mailbot.store.database import Database
from mailbot.store.directory import DirectoryCache
from mailbot.store.numbers import ReservedNumbers

if TYPE_CHECKING:  # commands that read no mail start faster without the modules that do
    from mailbot.mail.reading.intake import Intake
    from mailbot.mail.reading.read_back import ReadsBack


def _no_one_vouches(_raw: bytes, _received: datetime) -> Doubt:
    return Doubt.NOT_PROVEN


@dataclass(frozen=True)
class Addresses:
    """The bot's own mailboxes, from the configuration. `contact` stands in every mail's footer."""

    bot: str
    purchasing: str
    operator: str
    contact: str


@dataclass(frozen=True)
class Bot:
    """The parts and rules that flows share.

    `read`, `read_back`, `read_again` and `vouch` read a mail's bytes, what a visitor typed, and who vouches for a mail
    (which may ask DNS). They raise StoppedError for too much, LostChildError for another try. They take long: never
    call one in a transaction.

    `tries` is how often a mail may fail before it is parked. `orders_an_hour` bound one requester, `all_orders_an_hour`
    all; more wait in line, 0 is no bound. Orders of `robots` count, answers to them go to `robot_contact`. `also` are
    other addresses of the bot, folded. `polls`: mail is fetched from a mailbox too. `replies` is None unless decisions
    by reply are on. With fewer than `keep_free` bytes on the disk no new mail is taken.
    """

    database: Database
    signer: Signer
    policy: Policy
    addresses: Addresses
    base_url: str
    domains: tuple[str, ...]
    trust: TrustSource
    language: str
    read: "Callable[[bytes, str], Intake]"
    read_back: "ReadsBack"
    read_again: Callable[[str], Form]
    tries: int = 3
    robots: frozenset[str] = frozenset()
    robot_contact: str = ""
    orders_an_hour: int = 0
    all_orders_an_hour: int = 0
    also: frozenset[str] = frozenset()
    polls: bool = False
    plus_tags: PlusTags = PlusTags.KEEP
    replies: ReplyRules | None = None
    vouch: Callable[[bytes, datetime], Vouched | Doubt] = _no_one_vouches
    keep_free: int = 0
    directories: DirectoryCache = field(default_factory=DirectoryCache)
    numbers: ReservedNumbers = field(default_factory=ReservedNumbers)
    trouble: MachineTrouble = field(default_factory=MachineTrouble)

    def is_own(self, address: str) -> bool:
        """Tell whether this address is one of the bot's, its reply addresses included."""
        tagged = self.replies is not None and any(self.replies.secrets_in([address]))
        return tagged or fold(address) in {fold(self.addresses.bot), *self.also}

    def has_room(self) -> bool:
        """Tell whether the database's disk has room for new mail; mail that was taken is dealt with in any case."""
        free = self.database.free_bytes()
        return free is None or free >= self.keep_free

    def directory(self, connection: Connection) -> Directory:
        """Return the directory as this transaction sees it."""
        return self.directories.current(connection)

    def day(self, now: datetime) -> date:
        """Return the local day of a UTC moment."""
        return local_day(now, self.policy)

    def speaks(self, person: Person | None, unit: Unit | None = None) -> str:
        """Return the language for a person: their own, else their unit's, else the bot's."""
        return (person and person.language) or (unit and unit.language) or self.language
