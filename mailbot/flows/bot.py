"""What lives as long as the process, built once by `app.py`: the store, the keys, the rules and the addresses."""

from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import Connection

from mailbot.domain.notices.notice import Mailbox
from mailbot.domain.people.directory import Directory, Person, Unit
from mailbot.domain.trust.senders import SenderRules
from mailbot.domain.values.calendar import local_day
from mailbot.domain.values.policy import Policy
from mailbot.domain.values.text import fold
from mailbot.flows.machine_trouble import MachineTrouble
from mailbot.flows.reply_address import ReplyRules
from mailbot.links import Signer
from mailbot.store.database import Database
from mailbot.store.directory import DirectoryCache
from mailbot.store.numbers import ReservedNumbers


@dataclass(frozen=True)
class Addresses:
    """The bot's own mailboxes, from the configuration. `contact` stands in every mail's footer; "" is no finance."""

    bot: str
    purchasing: str
    operator: str
    contact: str
    finance: str = ""


@dataclass(frozen=True)
class Bot:
    """The parts and rules that flows share.

    Orders of `robots` count; answers to them go to `robot_contact`. `also` are other addresses of the bot, folded.
    `replies` is None unless decisions by reply are on. With fewer than `keep_free` bytes on the disk no new mail is
    taken.
    """

    database: Database
    signer: Signer
    policy: Policy
    addresses: Addresses
    base_url: str
    senders: SenderRules
    language: str
    robots: frozenset[str] = frozenset()
    robot_contact: str = ""
    also: frozenset[str] = frozenset()
    replies: ReplyRules | None = None
    keep_free: int = 0
    directories: DirectoryCache = field(default_factory=DirectoryCache)
    numbers: ReservedNumbers = field(default_factory=ReservedNumbers)
    trouble: MachineTrouble = field(default_factory=MachineTrouble)

    @property
    def finance(self) -> Mailbox:
        """Who gets confirmed plans and decisions on rights: finance, else purchasing."""
        return Mailbox.FINANCE if self.addresses.finance else Mailbox.PURCHASING

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
