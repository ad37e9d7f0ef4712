"""The mails that have not left the outbox, as the operator sees them, and sending them again on request."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import Connection

from mailbot.domain.notices.notice import NoticeKind
from mailbot.domain.values.order import Status
from mailbot.flows.bot import Bot
from mailbot.store import marks, orders, outbox
from mailbot.store.blanking import is_blanked
from mailbot.store.outbox import ASKED_ANEW, OutboxEntry, OutboxState


@dataclass(frozen=True)
class Unsent:
    """A mail that has not left: "queued", "kept" after a try, or "failed" for good.

    `recipient` is "person", "supplier", "purchasing" or "operator".
    """

    entry: OutboxEntry
    state: str
    recipient: str


class ResendRefusal(StrEnum):
    """Why a mail is not sent once more, in words."""

    UNKNOWN = "there is no such mail"
    DONE = "it has been sent, or nobody needs it any more"
    FORGOTTEN = "a code's text is forgotten; a new press on the page mails a new code"
    BLANKED = "it had left, and its copy keeps no links; its order's page or `lista` gives fresh ones"
    GONE_ELSEWHERE = "its order has gone another way meanwhile, and would be delivered twice"


def unsent(bot: Bot) -> Sequence[Unsent]:
    """Return the mails that wait in the outbox or have failed, oldest first."""
    with bot.database.read() as connection:
        entries = outbox.entries(connection, (OutboxState.QUEUED, OutboxState.FAILED))
    return [Unsent(entry, _state(entry), _recipient(bot, entry)) for entry in entries]


def _state(entry: OutboxEntry) -> str:
    return "kept" if entry.state == OutboxState.QUEUED and entry.tries else entry.state


def _recipient(bot: Bot, entry: OutboxEntry) -> str:
    if entry.kind == NoticeKind.TO_SUPPLIER:
        return "supplier"
    offices = {bot.addresses.purchasing: "purchasing", bot.addresses.operator: "operator"}
    return offices.get(entry.mail_to, "person")


def failed(bot: Bot) -> Sequence[int]:
    """Return the ids of the mails that have failed, oldest first."""
    with bot.database.read() as connection:
        return [entry.id for entry in outbox.entries(connection, (OutboxState.FAILED,))]


def resend(bot: Bot, outbox_ids: Iterable[int], now: datetime) -> Mapping[int, ResendRefusal | None]:
    """Queue mails to be tried at once, even while the relay is left alone; return for each mail why not, or None."""
    done: dict[int, ResendRefusal | None] = {}
    for key in outbox_ids:
        with bot.database.write() as connection:
            done[key] = _why_not(connection, key)
            if done[key] is None:
                outbox.requeue(connection, key, now)
    with bot.database.write() as connection:  # the running bot is another process, and learns of it by this mark
        marks.set_mark(connection, ASKED_ANEW, now)
    return done


def _why_not(connection: Connection, outbox_id: int) -> ResendRefusal | None:
    found = outbox.find(connection, outbox_id)
    if found is None:
        return ResendRefusal.UNKNOWN
    if found.state not in {OutboxState.QUEUED, OutboxState.FAILED}:
        return ResendRefusal.DONE
    if found.kind == NoticeKind.STEP_UP_CODE and found.state == OutboxState.FAILED:
        return ResendRefusal.FORGOTTEN
    if is_blanked(outbox.raw_of(connection, outbox_id)):
        return ResendRefusal.BLANKED
    for key in found.dispatches:
        leaves = orders.load(connection, key).status is Status.LEAVING
        if not leaves or outbox.newest_dispatch(connection, key) != outbox_id:
            return ResendRefusal.GONE_ELSEWHERE
    return None
