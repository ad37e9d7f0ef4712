"""Whether any part of the bot stands still: ages of queues, last heartbeats (docs/rules/promises.md#p7)."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog

from mailbot.flows.bot import Bot
from mailbot.flows.clock.relay_refusals import refuses_since
from mailbot.store import beats, inbox, outbox

log = structlog.get_logger()

TICK = "tick"
POLL = "imap poll"
ALARM_AFTER = timedelta(minutes=15)
STALE_AFTER = timedelta(minutes=5)
"""How old the clock's last tick may be."""
CLOCK_TOLERANCE = timedelta(seconds=5)
"""If something lies further in the future than this, the clock has been set back."""


@dataclass(frozen=True)
class Health:
    """Ages in whole seconds, None where there is nothing; `why` says what is not well.

    `disk_free` and `wal` are in bytes; `oldest_view` is how many seconds one moment has been read.
    """

    well: bool
    why: tuple[str, ...]
    last_tick: int | None
    oldest_unread: int | None
    oldest_unsent: int | None
    last_sent: int | None
    last_poll: int | None
    relay_refuses: int | None
    store_failing: int | None
    disk_free: int | None
    wal: int
    oldest_view: int

    def as_json(self) -> dict[str, Any]:
        """Return the health as JSON values."""
        return asdict(self)


RELAY_REFUSES = "the relay refuses every mail: mend that; `run.py outbox list` has its words"
FILE_GONE = "the database's file was moved away or replaced: stop the bot, put it back, start"
STORE_FAILS = "the database or its disk fails: see the log; mails wait until it works again"
DISK_FULL = "the disk is all but full: make room; no mail is taken until then"


def health(bot: Bot, now: datetime, *, polls: bool = False) -> Health:
    """Return how the bot is, by queries that read indexes alone; `polls`: it fetches mail from a mailbox.

    It is unwell if the clock stands or was set back, a queue's oldest entry or the last look into the mailbox is older
    than 15 minutes, the store fails or its file is gone, the disk is all but full, or the relay refuses every mail.
    """

    def age(moment: datetime | None) -> int | None:
        return int((now - moment).total_seconds()) if moment else None

    with bot.database.read() as connection:
        ages = {
            "last_tick": age(beats.last_beat(connection, TICK)),
            "oldest_unread": age(inbox.oldest_new(connection, now)),
            "oldest_unsent": age(outbox.oldest_queued(connection)),
            "last_poll": age(beats.last_beat(connection, POLL)) if polls else None,
            "last_sent": age(outbox.last_sent(connection)),
        }
        ages["relay_refuses"] = age(refuses_since(connection))
    # Trouble is over once a mail has been dealt with. If no mail waits, old trouble says nothing of now.
    ages["store_failing"] = age(bot.trouble.since) if ages["oldest_unread"] is not None else None
    limits = dict.fromkeys(("oldest_unread", "oldest_unsent", "last_poll"), ALARM_AFTER) | {"last_tick": STALE_AFTER}
    late = [name for name, limit in limits.items() if (ages[name] or 0) > limit.total_seconds()]
    ahead = [name for name, seconds in ages.items() if (seconds or 0) < -CLOCK_TOLERANCE.total_seconds()]
    why = [f"{name} is older than {limits[name].total_seconds():.0f} s" for name in late]
    why += [f"{name} lies ahead of the clock, which was set back" for name in ahead]
    why += [RELAY_REFUSES] if ages["relay_refuses"] is not None else []
    why += [FILE_GONE] if not bot.database.in_place() else []
    why += [STORE_FAILS] if ages["store_failing"] is not None else []
    why += [DISK_FULL] if not bot.has_room() else []
    free, wal, view = bot.database.free_bytes(), bot.database.wal_bytes(), int(bot.database.oldest_view())
    return Health(well=not why, why=tuple(why), disk_free=free, wal=wal, oldest_view=view, **ages)


def numbers(bot: Bot) -> dict[str, dict[str, int]]:
    """Return how many mails became what, and how many are in each state of the outbox (docs/rules/promises.md#p2).

    Each is read from an index in a transaction of its own: on SQLite a reader keeps writers waiting.
    """
    with bot.database.read() as connection:
        mails = inbox.sums(connection)
    with bot.database.read() as connection:
        return {"mails": mails, "outbox": outbox.counts(connection)}


def tick(bot: Bot, now: datetime) -> None:
    """Record that the clock ticks."""
    with bot.database.write() as connection:
        beats.record_beat(connection, TICK, now)


def polled(bot: Bot, now: datetime) -> None:
    """Record that the mailbox was searched, because otherwise an empty mailbox and a dead login look the same."""
    with bot.database.write() as connection:
        beats.record_beat(connection, POLL, now)
