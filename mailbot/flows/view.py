"""One moment of the store, read only: the values that a flow judges by and makes mails and pages of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from mailbot.domain.people.directory import Directory, Person, Unit
from mailbot.domain.people.rights import Deciders
from mailbot.domain.values.order import Order
from mailbot.domain.values.policy import Policy
from mailbot.flows.bot import Bot

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class View:
    """The store at one moment (`now`, UTC), for one piece of work, which changes nothing.

    Keep it short: on SQLite a reader keeps writers from committing. Render nothing and ask no server meanwhile.
    """

    bot: Bot
    connection: Connection
    now: datetime
    wrote_in: dict[int, str] = field(default_factory=dict, init=False)
    """In which language a person has written the mail that this is about, by id."""
    _deciders: dict[tuple[int, int, int, int], Deciders] = field(default_factory=dict, init=False)

    def rely_on(self, read: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Read a value that the judgement stands on; if the judgement ends in a Write, the Write checks the value."""
        return read(self.connection, *args, **kwargs)

    def speaks(self, person: Person | None, unit: Unit | None = None) -> str:
        """Return the language for a person: their own, else the one that they write in now, else their unit's."""
        wrote = self.wrote_in.get(person.id) if person and not person.language else None
        return wrote or self.bot.speaks(person, unit)

    @property
    def policy(self) -> Policy:
        """The rules of the configuration."""
        return self.bot.policy

    @cached_property
    def day(self) -> date:
        """The local day."""
        return self.bot.day(self.now)

    @cached_property
    def stored(self) -> tuple[int, Directory]:
        """The directory's version, and the directory as it is stored."""
        return self.bot.directories.at(self.connection)

    @property
    def directory(self) -> Directory:
        """People, units, rights and suppliers."""
        return self.stored[1]

    def deciders(self, order: Order) -> Deciders:
        """Return who may decide the order today: worked out once for each of its versions and steps."""
        directory = self.directory
        key = (order.id, order.version, order.step, id(directory))
        if key not in self._deciders:
            self._deciders[key] = Deciders.of(order, directory, self.policy, self.day)
        return self._deciders[key]


@contextmanager
def open_view(bot: Bot, now: datetime) -> Iterator[View]:
    """Give a View of this moment."""
    with bot.database.read() as connection:
        yield View(bot, connection, now)


@contextmanager
def skim(bot: Bot, now: datetime) -> Iterator[View]:
    """Give a View for searching: each query sees the store as it is then. What is found must be judged again."""
    with bot.database.glance() as connection:
        yield View(bot, connection, now)
