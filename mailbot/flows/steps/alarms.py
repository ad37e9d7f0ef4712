"""What the operator is told at once, once a day: trouble with the mailbox, and who is faster than people are."""

from datetime import datetime, timedelta

import structlog
from sqlalchemy import Connection

from mailbot.domain.notices import Mailbox, Notice, NoticeKind
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.outgoing import enqueue
from mailbot.store import outbox

log = structlog.get_logger()

ONE_DAY = timedelta(days=1)


def mailbox_trouble(bot: Bot, words: str, now: datetime) -> None:
    """Tell the operator of trouble with the mailbox, once a day; the log has it each time."""
    log.warning("mailbox_trouble", words=words)
    with bot.database.write() as connection:
        if not outbox.daily_count(connection, NoticeKind.MAILBOX, bot.addresses.operator, now - ONE_DAY):
            enqueue(bot, connection, [Notice(NoticeKind.MAILBOX, Mailbox.OPERATOR, text=words)], now)


def many_wrong_links(bot: Bot, place: str, now: datetime) -> None:
    """Tell the operator that a place opens wrong links without end (docs/rules/limits.md#k22)."""
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
        enqueue(bot, connection, [Notice(NoticeKind.TOO_FAST, Mailbox.OPERATOR, text=who, facts={"what": what})], now)


def _told_of_pace(bot: Bot, connection: Connection, now: datetime) -> bool:
    return bool(outbox.daily_count(connection, NoticeKind.TOO_FAST, bot.addresses.operator, now - ONE_DAY))
