"""One moment of the store, read only: what judging goes by, and what mails and pages are made of."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from mailbot.domain.people.directory import Directory
from mailbot.domain.values.policy import Policy
from mailbot.flows.bot import Bot

P = ParamSpec("P")
T = TypeVar("T")


@dataclass
class View:
    """The store as it stood at one moment, for one piece of work: it reads, and changes nothing.

    `now` is UTC. It is held for a short time, since on SQLite a reader keeps writers from committing: nothing is
    rendered and nobody is asked while it is open.
    """

    bot: Bot
    connection: Connection
    now: datetime

    def rely_on(self, read: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Read something that what is judged here stands on; where it ends in a Write, that checks it again."""
        return read(self.connection, *args, **kwargs)

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


@contextmanager
def open_view(bot: Bot, now: datetime) -> Iterator[View]:
    """Give a view of this moment."""
    with bot.database.read() as connection:
        yield View(bot, connection, now)


@contextmanager
def skim(bot: Bot, now: datetime) -> Iterator[View]:
    """Give a view each of whose queries sees the store as it is then, so that others can write between them.

    For looking through many things: what is found is judged again by the work that changes it.
    """
    with bot.database.glance() as connection:
        yield View(bot, connection, now)
