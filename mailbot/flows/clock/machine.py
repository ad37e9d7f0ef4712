"""Trouble of the machine: its clock was moved, or its disk is all but full. The operator is told of both."""

from datetime import datetime, timedelta

import structlog

from mailbot.domain.notices.notice import ClockNotice, DiskNotice, Mailbox, NoticeKind
from mailbot.domain.values.calendar import ONE_DAY
from mailbot.flows.bot import Bot
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.view import open_view
from mailbot.flows.write import Work, carry_out
from mailbot.store import beats, inbox, marks, orders, outbox

log = structlog.get_logger()

MAILS_A_DAY = 4
"""The operator gets at most so many of these mails a day, because a clock may jump all the time; the log has all."""
AHEAD = timedelta(seconds=5)
DISK_LOW = "disk low"


def clock_moved(bot: Bot, moved: timedelta, now: datetime) -> bool:
    """Mend the times that a moved clock left behind and tell the operator; return whether it was moved.

    `moved` is by how much this process saw it move. A heartbeat in the future says that it was set back, perhaps while
    no bot ran.
    """
    with open_view(bot, now) as view:
        newest = beats.newest_beat(view.connection)
    ahead = newest - now if newest else timedelta()
    moved = moved or (-ahead if ahead > AHEAD else moved)
    if not moved:
        return False
    log.warning("clock_was_moved", seconds=round(moved.total_seconds()))
    carry_out(bot, now, lambda work: _put_right(work, moved))
    return True


def _put_right(work: Work, moved: timedelta) -> None:
    if moved < timedelta():  # only a clock that was set back leaves times in the future
        for table in (beats, marks, inbox, outbox):
            work.put(table.no_time_after, work.now)
        work.put(orders.leave_by, work.now + work.policy.undo_window)
    _tell(work, ClockNotice(to=Mailbox.OPERATOR, seconds=round(moved.total_seconds())))


def disk_low(bot: Bot, now: datetime) -> bool:
    """Tell the operator, once a day, that no mail is taken because the disk is full; return whether it is full."""
    if bot.has_room():
        return False
    log.warning("disk_low", free=bot.database.free_bytes(), keep_free=bot.keep_free)
    carry_out(bot, now, _tell_of_disk)
    return True


def _tell_of_disk(work: Work) -> None:
    last = work.rely_on(marks.mark_of, DISK_LOW)
    if last is None or work.now - last >= ONE_DAY:
        work.put(marks.set_mark, DISK_LOW, work.now)
        free, keep = (work.bot.database.free_bytes() or 0) // 1_000_000, work.bot.keep_free // 1_000_000
        _tell(work, DiskNotice(to=Mailbox.OPERATOR, free=free, keep=keep))


def _tell(work: Work, notice: ClockNotice | DiskNotice) -> None:
    operator, since = work.bot.addresses.operator, work.now - ONE_DAY
    if work.rely_on(outbox.daily_count, NoticeKind.MACHINE, operator, since) < MAILS_A_DAY:
        enqueue(work, [notice])
