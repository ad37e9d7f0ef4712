"""Alarms to the operator, sent at once and at most once a day: mailbox trouble, and presses too fast for a person."""

from datetime import datetime
from typing import Literal

import structlog

from mailbot.domain.notices.notice import Mailbox, MailboxNotice, TooFastNotice
from mailbot.domain.values.calendar import ONE_DAY
from mailbot.flows.bot import Bot
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.write import Work, carry_out
from mailbot.store import outbox

log = structlog.get_logger()


def mailbox_trouble(bot: Bot, words: str, now: datetime) -> None:
    """Tell the operator of trouble with the mailbox, once a day; every case is logged."""
    log.warning("mailbox_trouble", words=words)
    carry_out(bot, now, lambda work: _once_a_day(work, MailboxNotice(to=Mailbox.OPERATOR, text=words)))


def many_wrong_links(bot: Bot, place: str, now: datetime) -> None:
    """Tell the operator that one place keeps opening wrong links (docs/rules/limits.md#k22)."""
    carry_out(bot, now, lambda work: too_fast(work, "links", place))


def too_fast(work: Work, what: Literal["links", "decisions"], who: str) -> None:
    """Tell the operator, once a day, that somebody acts faster than a person can."""
    _once_a_day(work, TooFastNotice(to=Mailbox.OPERATOR, what=what, who=who))


def _once_a_day(work: Work, notice: MailboxNotice | TooFastNotice) -> None:
    operator = work.bot.addresses.operator
    if not work.rely_on(outbox.daily_count, notice.kind, operator, work.now - ONE_DAY):
        enqueue(work, [notice])
