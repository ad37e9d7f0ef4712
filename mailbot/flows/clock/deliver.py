"""The outbox, one mail at a time: check that the mail is still needed, send it, and record what the relay said."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from functools import partial

import structlog

from mailbot.domain.notices.notice import SHARING, Mailbox, NoticeKind, Recipient, SeveralNotice
from mailbot.domain.ordering import workflow
from mailbot.domain.values.order import Order
from mailbot.flows.bot import Bot
from mailbot.flows.clock import relay_refusals
from mailbot.flows.clock.relay_refusals import SEVERAL, UnsettledRefusals
from mailbot.flows.clock.remind import reminder
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.outgoing import NoticeMail, enqueue, gathered
from mailbot.flows.steps.step_up import CODE_LIFE
from mailbot.flows.write import ConflictError, Work, carry_out
from mailbot.store import marks, orders, outbox
from mailbot.store.database import is_trouble
from mailbot.store.outbox import ASKED_ANEW, OutboxClaim, OutboxState

log = structlog.get_logger()

PERHAPS_TAKEN = (timedelta(hours=1), timedelta(hours=8))
"""The pause before a dispatch is sent again that the relay may have taken: after the first try, after each later try.

Each copy may be a second order to the supplier. With these pauses there are at most four copies on the first day, and
three on any other day.
"""


class Fate(Enum):
    """What became of a mail at the relay. A mail that nobody needs any more, or not alone, is dropped without being
    sent."""

    SENT = auto()
    LATER = auto()
    REFUSED = auto()
    RELAY_GONE = auto()
    DROPPED = auto()


@dataclass(frozen=True)
class RelayReply:
    """The relay's answer, `reason` in its words. `maybe_taken`: the line was lost after the whole mail was sent."""

    fate: Fate
    reason: str = ""
    maybe_taken: bool = False


@dataclass(frozen=True)
class Retry:
    """When a mail is tried again: after each delay in turn, then after the last delay again, until it is given up."""

    delays: Sequence[timedelta]
    give_up_after: timedelta

    def delay(self, tries: int) -> timedelta:
        """Return the delay after this many tries, up to a tenth more or less, so that not all mails come at once."""
        return self.delays[min(tries, len(self.delays) - 1)] * random.uniform(0.9, 1.1)  # noqa: S311


Send = Callable[[str, str, bytes], RelayReply]
"""Sends (envelope sender, recipient, message bytes) and returns how it went; it raises nothing for relay trouble."""


def _why_dropped(claimed: OutboxClaim, now: datetime) -> str:
    """Return why a mail is dropped, or "": its orders are no longer pending, or its code has expired."""
    mail = claimed.mail
    if mail.kind == NoticeKind.STEP_UP_CODE and now - claimed.created_at >= CODE_LIFE:
        return "too late for its code"
    if not mail.pending_only or len(claimed.still_pending) == len(mail.about):
        return ""
    return "" if claimed.still_pending and mail.person is not None else "no longer pending"


def _as_called_for(bot: Bot, claimed: OutboxClaim, now: datetime) -> bytes:
    """Return the bytes to send: made anew, under the old Message-ID, if some of several orders no longer wait."""
    mail = claimed.mail
    if not mail.pending_only or len(claimed.still_pending) == len(mail.about) or mail.person is None:
        return mail.raw
    person = mail.person
    return carry_out(bot, now, lambda work: _anew(work, claimed, person)).make().raw


def _anew(work: Work, claimed: OutboxClaim, person: int) -> NoticeMail:
    to, kind = work.directory.persons[person], NoticeKind(claimed.mail.kind)
    waiting = tuple(orders.load(work.connection, key) for key in claimed.still_pending)
    notice = reminder(to, waiting) if kind is NoticeKind.REMINDER else _several(kind, to, waiting)
    return gathered(work, notice, claimed.mail.message_id)


def _several(kind: NoticeKind, to: Recipient, about: Sequence[Order]) -> SeveralNotice:
    return SeveralNotice(to=to, parts=tuple(SHARING[kind](to=to, order=order) for order in about))


def _tell_in_one(work: Work, outbox_id: int) -> None:
    """Put one mail in the place of all that wait to go to the same reader."""
    shared = work.rely_on(outbox.shared, outbox_id)
    if shared is None:
        return
    to = work.directory.persons[shared.person] if shared.person is not None else Mailbox.PURCHASING
    work.put(outbox.told_in_one, shared.ids, work.now)
    enqueue(work, [_several(shared.kind, to, [orders.load(work.connection, key) for key in shared.orders])])


@dataclass(frozen=True)
class Sent:
    """A mail with the relay's answer. `at` (UTC) is when it was sent, however late the answer is recorded."""

    claimed: OutboxClaim
    answer: RelayReply
    at: datetime


class Deliverer:
    """Sends the mails that are due; a gone relay is asked once per delay, not per mail (docs/rules/limits.md#relay).

    A reply is kept here until it is recorded, and no other mail is sent before: trouble of the store makes no second
    copy while the process lives (docs/rules/promises.md#p4).
    """

    def __init__(self, bot: Bot, send: Send, retry: Retry) -> None:
        """Bind the parts; the relay counts as reachable at first."""
        self._bot, self._send, self._retry = bot, send, retry
        self._failures = 0
        self._backed_off: tuple[datetime, datetime] | None = None
        self._doubts: UnsettledRefusals = {}
        self._unrecorded: Sent | None = None

    def hurry(self) -> None:
        """Let the relay be asked again at once, because the time set for that comes from a clock that was moved."""
        self._backed_off = None

    def deliver_due(self, clock: Callable[[], datetime], stopping: Callable[[], bool] = lambda: False) -> None:
        """Send everything that is due; stop if the relay is gone, if it refuses everything, or if the bot stops."""
        self.record()
        if self._backed_off is not None and clock() < self._backed_off[1] and not self._is_asked_anew():
            return
        refused_in_a_row = 0
        while not stopping() and (fate := self.deliver_next(clock())):
            refused_in_a_row = refused_in_a_row + 1 if fate is Fate.REFUSED else 0
            if fate is Fate.RELAY_GONE or (refused_in_a_row and self._refuses_everything(refused_in_a_row)):
                self._back_off(clock())
                return
            if fate in {Fate.SENT, Fate.LATER}:
                self._failures, self._backed_off = 0, None

    def deliver_next(self, now: datetime) -> Fate | None:
        """Deal with the oldest mail that is due; None if none is due. The try is stored before the relay is asked."""
        self.record()
        with self._bot.database.write() as connection:
            due = outbox.due(connection, now)
            if due is None:
                return None
            key, tries, shares = due
            is_one_of_several = shares and outbox.shared(connection, key) is not None
            if not is_one_of_several:
                claimed = outbox.claim(connection, key, now + self._retry.delay(tries))
                why = _why_dropped(claimed, now)
                if why:
                    outbox.finish(connection, claimed.id, OutboxState.CANCELLED, now, why)
        if is_one_of_several:
            self._tell_in_one(key, now)
            return Fate.DROPPED
        if why:
            self._doubts = self._others(claimed.id)
            return Fate.DROPPED
        answer = self._send(self._bot.addresses.bot, claimed.mail.mail_to, _as_called_for(self._bot, claimed, now))
        self._unrecorded = Sent(claimed, answer, now)  # first: if the store fails now, the answer is not lost
        self.record()
        return answer.fate

    def _tell_in_one(self, key: int, now: datetime) -> None:
        try:
            carry_out(self._bot, now, partial(_tell_in_one, outbox_id=key))
        except Exception as error:
            if is_trouble(error) or isinstance(error, ConflictError):
                raise
            log.exception("not_told_in_one", outbox=key)  # it goes alone, so that no other mail waits for it
            with self._bot.database.write() as connection:
                outbox.go_alone(connection, key)

    def close(self) -> None:
        """Try to record the answer that could not be recorded: without it the next process sends the mail again."""
        try:
            self.record()
        except Exception:  # the bot stops all the same; the log has it
            log.exception("answer_not_recorded")

    def record(self) -> None:
        """Record the last relay reply, if it is not recorded yet; raises what the database raises."""
        if self._unrecorded is None:
            return
        sent = self._unrecorded
        try:
            doubts = carry_out(self._bot, sent.at, lambda work: self._recorded(work, sent))
        except Exception as error:
            if is_trouble(error) or isinstance(error, ConflictError):
                raise
            # The mail's consequences fail, perhaps always. That must not send the mail again, nor stop other mails.
            log.exception("consequences_failed", outbox=sent.claimed.id, kind=sent.claimed.mail.kind)
            with self._bot.database.write() as connection:
                state = OutboxState.SENT if sent.answer.fate is Fate.SENT else OutboxState.FAILED
                outbox.finish(connection, sent.claimed.id, state, sent.at, "what follows from it failed; see the log")
            doubts = self._doubts
        self._doubts, self._unrecorded = doubts, None

    def _recorded(self, work: Work, sent: Sent) -> UnsettledRefusals:
        claimed, answer, at = sent.claimed, sent.answer, sent.at
        if answer.fate is Fate.SENT:
            work.put(outbox.finish, claimed.id, OutboxState.SENT, at)
            for key, _step in claimed.mail.about if claimed.mail.dispatch else ():
                apply_change(work, workflow.delivered(orders.load(work.connection, key), at))
            relay_refusals.taken(work, self._doubts, claimed)
            return {}
        if at - claimed.created_at > self._retry.give_up_after:
            relay_refusals.given_up(work, self._doubts, claimed, answer.reason)
            return self._others(claimed.id)
        if answer.fate is Fate.REFUSED:
            return relay_refusals.refused(work, self._doubts, claimed, answer.reason)
        rest = PERHAPS_TAKEN[min(claimed.tries, len(PERHAPS_TAKEN)) - 1]
        seldom = answer.maybe_taken and claimed.mail.dispatch
        work.put(outbox.postpone, claimed.id, answer.reason, at + rest if seldom else None)
        return self._doubts

    def _others(self, outbox_id: int) -> UnsettledRefusals:
        return {key: doubt for key, doubt in self._doubts.items() if key != outbox_id}

    def _refuses_everything(self, in_a_row: int) -> bool:
        """Tell whether the relay is known to refuse everything, and has refused enough mails in this round."""
        with self._bot.database.read() as connection:
            return relay_refusals.refuses_since(connection) is not None and in_a_row >= SEVERAL

    def _back_off(self, now: datetime) -> None:
        self._backed_off = now, now + self._retry.delay(self._failures)
        self._failures += 1
        log.warning("relay_gone", failures=self._failures)

    def _is_asked_anew(self) -> bool:
        """Tell whether the operator has asked for a new try since the relay was last left alone."""
        with self._bot.database.read() as connection:
            asked = marks.mark_of(connection, ASKED_ANEW)
        return asked is not None and self._backed_off is not None and asked > self._backed_off[0]
