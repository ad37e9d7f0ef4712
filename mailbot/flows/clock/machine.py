"""The machine under the bot: a clock that was set, a disk that is all but full. The operator hears of both."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailbot.domain.notices import Mailbox, Notice, NoticeKind
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.outgoing import enqueue
from mailbot.store import events, inbox, orders, outbox

log = structlog.get_logger()

ONE_DAY = timedelta(days=1)
MAILS_A_DAY = 4
"""A clock that jumps all the time is in the log each time."""
AHEAD = timedelta(seconds=5)
DISK_LOW = "disk low"


def clock_moved(bot: Bot, moved: timedelta, now: datetime) -> bool:
    """Put right what a moved clock left behind, and tell the operator; return whether it was moved.

    `moved` is by how much the running bot saw it move. What was recorded after this moment shows that it was ahead
    before, perhaps while no bot ran.
    """
    with bot.database.read() as connection:
        newest = events.newest_beat(connection)
    ahead = newest - now if newest else timedelta()
    moved = moved or (-ahead if ahead > AHEAD else moved)
    if not moved:
        return False
    log.warning("clock_was_moved", seconds=round(moved.total_seconds()))
    with bot.database.write() as connection:
        if moved < timedelta():
            for table in (events, inbox, outbox):
                table.no_time_after(connection, now)
            orders.leave_by(connection, now + bot.policy.undo_window)
        _tell(bot, connection, {"what": "clock", "seconds": str(round(moved.total_seconds()))}, now)
    return True


def disk_low(bot: Bot, now: datetime) -> bool:
    """Tell the operator, once a day, that no mail is taken for want of room; return whether there is none."""
    if bot.has_room():
        return False
    log.warning("disk_low", free=bot.database.free_bytes(), keep_free=bot.keep_free)
    with bot.database.write() as connection:
        last = events.last_beat(connection, DISK_LOW)
        if last is None or now - last >= ONE_DAY:
            events.record_beat(connection, DISK_LOW, now)
            facts = {"what": "disk", "free": str((bot.database.free_bytes() or 0) // 1_000_000)}
            _tell(bot, connection, facts | {"keep": str(bot.keep_free // 1_000_000)}, now)
    return True


def _tell(bot: Bot, connection: Connection, facts: dict[str, str], now: datetime) -> None:
    told = outbox.daily_count(connection, NoticeKind.MACHINE, bot.addresses.operator, now - ONE_DAY)
    if told < MAILS_A_DAY:
        enqueue(bot, connection, [Notice(NoticeKind.MACHINE, Mailbox.OPERATOR, at=now, facts=facts)], now)
