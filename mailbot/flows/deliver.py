"""The outbox, one mail at a time: re-check that it is still called for, send it, and record sent, later or refused."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import Enum, auto

import structlog
from sqlalchemy import Connection

from mailbot.domain import workflow
from mailbot.domain.notices import NoticeKind
from mailbot.domain.workflow import Change
from mailbot.flows.bot import Bot
from mailbot.flows.post import carry_out, rewrite
from mailbot.flows.remind import reminder
from mailbot.flows.step_up import CODE_LIFE
from mailbot.flows.undelivered import undelivered
from mailbot.store import orders, outbox
from mailbot.store.outbox import Claimed, State

log = structlog.get_logger()


class Fate(Enum):
    """What the relay said of a mail."""

    SENT = auto()
    LATER = auto()
    REFUSED = auto()
    RELAY_GONE = auto()


@dataclass(frozen=True)
class Answer:
    """The relay's answer; `reason` is its own words, for people."""

    fate: Fate
    reason: str = ""


@dataclass(frozen=True)
class Retry:
    """When a mail is tried again: after each delay in turn, the last one repeating, until it is given up."""

    delays: Sequence[timedelta]
    give_up_after: timedelta

    def delay(self, tries: int) -> timedelta:
        """Return the delay after this many tries, give or take a tenth so that mails do not come in step."""
        return self.delays[min(tries, len(self.delays) - 1)] * random.uniform(0.9, 1.1)  # noqa: S311


Send = Callable[[str, str, bytes], Answer]
"""Sends (envelope sender, recipient, message bytes) and says how it went; the relay's trouble is no exception."""


def deliver_next(bot: Bot, send: Send, retry: Retry, now: datetime) -> Fate | None:
    """Deal with the oldest mail that is due; None when none is. The try is on record before the relay is asked."""
    with bot.database.write() as connection:
        key = outbox.due(connection, now)
        if key is None:
            return None
        claimed = outbox.claim(connection, key, now + retry.delay(outbox.tries(connection, key)))
        wanted = _still_called_for(bot, connection, claimed, now)
    if wanted is None:
        return Fate.SENT
    answer = send(bot.addresses.bot, wanted.mail.mail_to, wanted.mail.raw)
    with bot.database.write() as connection:
        _record(bot, connection, claimed, _given_up(claimed, answer, retry, now), now)
    return answer.fate


def _still_called_for(bot: Bot, connection: Connection, claimed: Claimed, now: datetime) -> Claimed | None:
    """Drop a request or reminder whose orders are decided; a reminder that is half out of date is made anew.

    A code that has run out meanwhile is dropped too: it would only mislead.
    """
    mail = claimed.mail
    if mail.kind == NoticeKind.STEP_UP_CODE and now - claimed.created_at >= CODE_LIFE:
        outbox.finish(connection, claimed.id, State.CANCELLED, now, "too late for its code")
        return None
    if not mail.pending_only or len(claimed.still_pending) == len(mail.about):
        return claimed
    if not claimed.still_pending or mail.kind != NoticeKind.REMINDER or mail.person is None:
        outbox.finish(connection, claimed.id, State.CANCELLED, now, "no longer pending")
        return None
    waiting = tuple(orders.load(connection, key) for key in claimed.still_pending)
    person = bot.directory(connection).persons[mail.person]
    return replace(
        claimed, mail=replace(mail, raw=rewrite(bot, connection, reminder(person, waiting), mail.message_id, now))
    )


def _given_up(claimed: Claimed, answer: Answer, retry: Retry, now: datetime) -> Answer:
    if answer.fate in {Fate.LATER, Fate.RELAY_GONE} and now - claimed.created_at > retry.give_up_after:
        return Answer(Fate.REFUSED, f"given up: {answer.reason}")
    return answer


def _record(bot: Bot, connection: Connection, claimed: Claimed, answer: Answer, now: datetime) -> None:
    match answer.fate:
        case Fate.SENT:
            outbox.finish(connection, claimed.id, State.SENT, now)
            _dispatched(bot, connection, claimed, now)
        case Fate.REFUSED:
            log.warning("mail_refused", outbox=claimed.id, kind=claimed.mail.kind, reason=answer.reason)
            outbox.finish(connection, claimed.id, State.FAILED, now, answer.reason)
            undelivered(bot, connection, claimed.mail, answer.reason, now)
        case _:
            outbox.postpone(connection, claimed.id, answer.reason)


def _dispatched(bot: Bot, connection: Connection, claimed: Claimed, now: datetime) -> None:
    if claimed.mail.dispatch:
        for key, _step in claimed.mail.about:
            change = workflow.delivered(orders.load(connection, key), now)
            if isinstance(change, Change):
                carry_out(bot, connection, change, now)


class Postman:
    """Sends what is due. While the relay is gone it is asked once per delay, not once per mail (reliability A2)."""

    def __init__(self, bot: Bot, send: Send, retry: Retry) -> None:
        """Bind the parts; the relay is taken to be there."""
        self._bot, self._send, self._retry = bot, send, retry
        self._failures = 0
        self._resume_at: datetime | None = None

    def hurry(self) -> None:
        """Ask the relay again at once: the time set for that was reckoned by a clock that has been moved."""
        self._resume_at = None

    def deliver_due(self, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> None:
        """Send everything that is due, stopping when the relay is gone or the bot is being stopped."""
        if self._resume_at is not None and clock() < self._resume_at:
            return
        while not stopping() and (fate := deliver_next(self._bot, self._send, self._retry, clock())):
            if fate is Fate.RELAY_GONE:
                self._resume_at = clock() + self._retry.delay(self._failures)
                self._failures += 1
                log.warning("relay_gone", failures=self._failures)
                return
            self._failures, self._resume_at = 0, None
