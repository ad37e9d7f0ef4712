"""What the operator is told at once, once a day: trouble with the mailbox, and who is faster than people are."""

from datetime import datetime, timedelta

import structlog

from mailbot.domain.notices import Mailbox, Notice, NoticeKind
from mailbot.flows.bot import Bot
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.write import Work, carry_out
from mailbot.store import outbox

log = structlog.get_logger()

ONE_DAY = timedelta(days=1)


def mailbox_trouble(bot: Bot, words: str, now: datetime) -> None:
    """Tell the operator of trouble with the mailbox, once a day; the log has it each time."""
    log.warning("mailbox_trouble", words=words)
    carry_out(bot, now, lambda work: _once_a_day(work, Notice(NoticeKind.MAILBOX, Mailbox.OPERATOR, text=words)))


def many_wrong_links(bot: Bot, place: str, now: datetime) -> None:
    """Tell the operator that a place opens wrong links without end (docs/rules/limits.md#k22)."""
    carry_out(bot, now, lambda work: too_fast(work, "links", place))


def too_fast(work: Work, what: str, who: str) -> None:
    """Tell the operator that somebody is faster than people are, once a day; the log has it more often.

    `what` is "links" (wrong ones) or "decisions".
    """
    _once_a_day(work, Notice(NoticeKind.TOO_FAST, Mailbox.OPERATOR, text=who, facts={"what": what}))


def _once_a_day(work: Work, notice: Notice) -> None:
    operator = work.bot.addresses.operator
    if not work.rely_on(outbox.daily_count, notice.kind, operator, work.now - ONE_DAY):
        enqueue(work, [notice])
