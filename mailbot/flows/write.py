"""One piece of work: judged on a View, its mails made with no transaction open, all stored by one short Write.

The Write checks what the judgement stands on: the directory's version, the orders that mails are about, and what was
read with `rely_on`. If one has changed, nothing is stored, and the work is done once more.
"""

from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Concatenate, ParamSpec, Protocol, TypeVar

import structlog
from sqlalchemy import Connection

from mailbot.domain.ordering.events import KnownEvent
from mailbot.domain.ordering.workflow import Actor
from mailbot.domain.people.directory import Directory
from mailbot.domain.values.order import AttachedFile, Order
from mailbot.flows.bot import Bot
from mailbot.flows.view import View
from mailbot.store import events, links, orders, outbox
from mailbot.store.directory import directory_version
from mailbot.store.links import Link
from mailbot.store.numbers import UsedUpError, reserve
from mailbot.store.outbox import Mail

log = structlog.get_logger()

ALONE_AFTER = 3
"""After so many conflicts nobody else in this process may write until the work is done."""
GIVEN_UP_AFTER = 10
BATCH_SECONDS = 0.1
"""How long a round over many items judges before it writes, so that others can write in between."""

P = ParamSpec("P")
T = TypeVar("T")


class ConflictError(Exception):
    """A value that the work stands on has changed; nothing was stored."""


class UnmadeMail(Protocol):
    """A mail whose values are all gathered. Making it renders templates: that takes time, but needs no connection."""

    @property
    def kept_in(self) -> bool:
        """Whether the mail must reach nobody."""

    def make(self) -> Mail:
        """Return the finished mail."""


@dataclass
class Work(View):
    """A View, and what shall be stored once everything is judged. Reading from the View never shows what was put."""

    puts: list[Callable[[Connection], object]] = field(default_factory=list)
    checks: list[Callable[[Connection], bool]] = field(default_factory=list)
    mails: list[UnmadeMail] = field(default_factory=list)
    links: dict[str, Link] = field(default_factory=dict)
    seen: dict[int, Order] = field(default_factory=dict)
    last: list[Callable[[Connection], object]] = field(default_factory=list)
    changed: set[int] = field(default_factory=set)
    files: dict[int, Sequence[AttachedFile]] = field(default_factory=dict)
    """All files of each order to which this work adds files, by the order's id."""
    ahead: Directory | None = None
    """The directory as it will be once this work is stored; None if the work does not change it."""

    @property
    def directory(self) -> Directory:
        """People, units, rights and suppliers as they will be after this work."""
        return self.ahead or self.stored[1]

    def put(self, act: Callable[Concatenate[Connection, P], object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have this called in the Write; calls are made in the order in which they were put."""
        self.puts.append(lambda connection: act(connection, *args, **kwargs))

    def put_last(self, act: Callable[Concatenate[Connection, P], object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have this called in the Write after its mails are queued."""
        self.last.append(lambda connection: act(connection, *args, **kwargs))

    def put_if(self, act: Callable[Concatenate[Connection, P], bool], *args: P.args, **kwargs: P.kwargs) -> None:
        """Have this called in the Write. If it returns False, somebody else was first, and nothing is stored."""

        def first(connection: Connection) -> None:
            if not act(connection, *args, **kwargs):
                raise ConflictError(act.__name__)

        self.puts.append(first)

    def record(
        self, event: KnownEvent, actor: Actor, *, order_id: int | None = None, inbox_id: int | None = None
    ) -> None:
        """Have an event appended."""
        self.put(events.record, event, actor, self.now, events.About(order_id, inbox_id))

    def rely_on(self, read: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Read a value that the work stands on, and have the Write check that the value is still the same."""
        found = super().rely_on(read, *args, **kwargs)
        self.checks.append(lambda connection: read(connection, *args, **kwargs) == found)
        return found

    def see(self, about: Iterable[Order]) -> None:
        """Have the Write check that these orders are as they were read, but for those that this work changes."""
        self.seen |= {order.id: order for order in about if order.id not in self.changed}

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to store."""
        return not (self.puts or self.mails or self.links or self.last)

    def write(self, connection: Connection, mails: list[Mail]) -> None:
        """Check and store everything; raises ConflictError if a value has changed."""
        self._check(connection)
        for act in self.puts:
            act(connection)
        links.add_all(connection, self.links, self.now)
        outbox.add_all(connection, mails, [unmade.kept_in for unmade in self.mails], self.now)
        for act in self.last:
            act(connection)

    def _check(self, connection: Connection) -> None:
        stored = self.__dict__.get("stored")  # set only if the work has read the directory
        same_directory = stored is None or directory_version(connection) == stored[0]
        if not (same_directory and orders.all_stand(connection, self.seen.values())):
            raise ConflictError("the directory or an order has changed")
        if not all(holds(connection) for holds in self.checks):
            raise ConflictError("what the work went by has changed")


def carry_out(bot: Bot, now: datetime, judge: Callable[[Work], T]) -> T:
    """Judge on a View, make the mails, and store all of it or nothing; return what `judge` returned.

    `judge` may be called several times. Raises ConflictError after too many conflicts, which only another process can
    cause.
    """
    for tries in range(GIVEN_UP_AFTER):
        with bot.database.alone() if tries >= ALONE_AFTER else nullcontext():
            try:
                with bot.database.read() as connection:
                    work = Work(bot, connection, now)
                    result = judge(work)
                store(bot, work)
            except UsedUpError as used_up:
                # A block of numbers is reserved in its own Write; then the work is judged once more.
                with bot.database.write() as connection:
                    bot.numbers.add(used_up.series, reserve(connection, used_up.series))
            except ConflictError as conflict:
                log.info("done_once_more", why=str(conflict))
            else:
                return result
    raise ConflictError(f"others came in between {GIVEN_UP_AFTER} times")


def store(bot: Bot, work: Work) -> None:
    """Make a work's mails and write everything in one transaction; its View must be closed by now."""
    if work.is_empty:
        return
    mails = [unmade.make() for unmade in work.mails]
    with bot.database.write() as connection:
        work.write(connection, mails)


def carry_out_each(bot: Bot, now: datetime, items: Iterable[T], judge: Callable[[Work, T], object]) -> None:
    """Carry out a round over many independent items, in Writes of about a tenth of a second; it may stop midway."""
    rest = list(items)

    def batch(work: Work) -> int:
        until = monotonic() + BATCH_SECONDS
        for done, item in enumerate(rest, 1):
            judge(work, item)
            if monotonic() > until:
                return done
        return len(rest)

    while rest:
        del rest[: carry_out(bot, now, batch)]
