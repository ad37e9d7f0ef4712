"""Whether anything stands still: the queues' ages and the last beats (promise P7)."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection

from mailbot.domain.notices import Notice, NoticeKind, Role
from mailbot.flows.bot import Bot
from mailbot.flows.post import post
from mailbot.store import events, inbox, outbox

log = structlog.get_logger()

TICK = "tick"
POLL = "imap poll"
ONE_DAY = timedelta(days=1)
ALARM_AFTER = timedelta(minutes=15)


@dataclass(frozen=True)
class Health:
    """Ages in whole seconds, None where nothing waits or nothing has happened yet; `mails` are promise P2's sums."""

    well: bool
    last_tick: int | None
    oldest_unread: int | None
    oldest_unsent: int | None
    last_sent: int | None
    last_poll: int | None
    mails: dict[str, int]
    outbox: dict[str, int]

    def as_json(self) -> dict[str, Any]:
        """Return the health as JSON values."""
        return asdict(self)


def health(bot: Bot, now: datetime, stale_after: timedelta) -> Health:
    """Return how the bot is; unwell when the clock stopped ticking or a queue's oldest entry is 15 minutes old."""

    def age(moment: datetime | None) -> int | None:
        return int((now - moment).total_seconds()) if moment else None

    with bot.database.read() as connection:
        ages = {
            "last_tick": age(events.last_beat(connection, TICK)),
            "oldest_unread": age(inbox.oldest_new(connection, now)),
            "oldest_unsent": age(outbox.oldest_queued(connection)),
            "last_poll": age(events.last_beat(connection, POLL)) if bot.polls else None,
        }
        limits = {
            "last_tick": stale_after,
            "oldest_unread": ALARM_AFTER,
            "oldest_unsent": ALARM_AFTER,
            "last_poll": ALARM_AFTER,
        }
        late = [name for name, seconds in ages.items() if (seconds or 0) > limits[name].total_seconds()]
        return Health(
            well=not late,
            last_sent=age(outbox.last_sent(connection)),
            mails=inbox.sums(connection),
            outbox=outbox.counts(connection),
            **ages,
        )


def tick(bot: Bot, now: datetime) -> None:
    """Record that the clock ticks."""
    with bot.database.write() as connection:
        events.beat(connection, TICK, now)


def polled(bot: Bot, now: datetime) -> None:
    """Record that the mailbox was looked through: a quiet mailbox and a dead login look the same otherwise."""
    with bot.database.write() as connection:
        events.beat(connection, POLL, now)


def mailbox_trouble(bot: Bot, words: str, now: datetime) -> None:
    """Tell the operator of trouble with the mailbox, once a day; the log has it each time."""
    log.warning("mailbox_trouble", words=words)
    with bot.database.write() as connection:
        if not outbox.daily_count(connection, NoticeKind.MAILBOX, bot.addresses.operator, now - ONE_DAY):
            post(bot, connection, [Notice(NoticeKind.MAILBOX, Role.OPERATOR, text=words)], now)


def many_wrong_links(bot: Bot, place: str, now: datetime) -> None:
    """Tell the operator that a place opens wrong links without end (reliability-security.md K22)."""
    with bot.database.read() as connection:
        told = _told_of_pace(bot, connection, now)
    if not told:
        with bot.database.write() as connection:
            too_fast(bot, connection, "links", place, now)


def too_fast(bot: Bot, connection: Connection, what: str, who: str, now: datetime) -> None:
    """Tell the operator that somebody is faster than people are, once a day; the log has it more often.

    `what` is "links" (wrong ones) or "decisions".
    """
    if not _told_of_pace(bot, connection, now):
        post(bot, connection, [Notice(NoticeKind.TOO_FAST, Role.OPERATOR, text=who, facts={"what": what})], now)


def _told_of_pace(bot: Bot, connection: Connection, now: datetime) -> bool:
    return bool(outbox.daily_count(connection, NoticeKind.TOO_FAST, bot.addresses.operator, now - ONE_DAY))
