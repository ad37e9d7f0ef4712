"""Whose a refusal is: the one mail's, or the trouble of a relay that refuses everything (docs/rules/promises.md#p6).

A refusal alone does not tell. So the operator's notice of it leaves next, before other mails: once the relay has taken
that or any other mail, what it refused was refused for good. Where it refuses several recipients one after another, it
is the relay that is in trouble: nothing has failed, everything waits, and /healthz says so.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import Connection

from mailbot.domain.notices import Mailbox, Notice, NoticeKind
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.steps.undelivered import noted, tell_operator
from mailbot.store import events, outbox
from mailbot.store.outbox import Mail, OutboxClaim, OutboxState

log = structlog.get_logger()

SEVERAL = 3
"""So many different recipients, refused with none taken in between, are the relay's trouble."""
REFUSES = "relay refuses"
"""The beat that says since when the relay refuses everything; it is there only while it does."""


@dataclass(frozen=True)
class UnsettledRefusal:
    """A refused mail that has not failed yet, and the notices to the operator that tell of it."""

    mail: Mail
    reason: str
    notices: tuple[int, ...] = ()


UnsettledRefusals = Mapping[int, UnsettledRefusal]
"""What the relay has refused since it last took a mail, by id in the outbox."""


def refuses_since(connection: Connection) -> datetime | None:
    """Return since when (UTC) the relay refuses everything, None while it does not."""
    return events.last_beat(connection, REFUSES)


def refused(
    bot: Bot, connection: Connection, doubts: UnsettledRefusals, claimed: OutboxClaim, reason: str, now: datetime
) -> UnsettledRefusals:
    """Keep a refused mail, to be tried again as its claim has set; return the doubts with it in them."""
    outbox.postpone(connection, claimed.id, reason)
    trouble = refuses_since(connection) is not None
    known = doubts.get(claimed.id)
    notices = known.notices if known else ()
    if not trouble and known is None:
        log.warning("mail_refused", outbox=claimed.id, kind=claimed.mail.kind, code=code(reason))
        notices = tell_operator(bot, connection, claimed.mail, reason, now)
    doubts = {**doubts, claimed.id: UnsettledRefusal(replace(claimed.mail, raw=b""), reason, notices)}
    if not trouble and len({doubt.mail.mail_to for doubt in doubts.values()}) >= SEVERAL:
        _begin(bot, connection, doubts, reason, now)
    return doubts


def _begin(bot: Bot, connection: Connection, doubts: UnsettledRefusals, reason: str, now: datetime) -> None:
    """Note the relay's trouble; the operator's mail of it leaves first, and so arrives when it is over."""
    log.error("relay_refuses_everything", code=code(reason))
    events.record_beat(connection, REFUSES, now)
    for notice in {key for doubt in doubts.values() for key in doubt.notices}:
        outbox.finish(connection, notice, OutboxState.CANCELLED, now, "the relay refuses everything")
    enqueue(bot, connection, [Notice(NoticeKind.RELAY, Mailbox.OPERATOR, text=reason, at=now)], now)


def taken(bot: Bot, connection: Connection, doubts: UnsettledRefusals, claimed: OutboxClaim, now: datetime) -> None:
    """The relay has taken a mail: what it refused before has failed, unless it was in trouble.

    It was if it refused everything, or if it has refused this very recipient before.
    """
    since = refuses_since(connection)
    changed_its_mind = any(doubt.mail.mail_to == claimed.mail.mail_to for doubt in doubts.values())
    others = {key: doubt for key, doubt in doubts.items() if key != claimed.id}
    if since is not None or changed_its_mind:
        log.warning("relay_takes_mail_again", since=since.isoformat() if since else "")
        events.forget_beat(connection, REFUSES)
        outbox.release(connection, tuple(others), now)
        return
    for key, doubt in others.items():
        outbox.finish(connection, key, OutboxState.FAILED, now, doubt.reason)
        noted(bot, connection, doubt.mail, doubt.reason, now)


def given_up(
    bot: Bot, connection: Connection, doubts: UnsettledRefusals, claimed: OutboxClaim, reason: str, now: datetime
) -> None:
    """Record that a mail was tried for too long; the operator hears of it, if that has not happened."""
    log.warning("mail_given_up", outbox=claimed.id, kind=claimed.mail.kind, code=code(reason))
    outbox.finish(connection, claimed.id, OutboxState.FAILED, now, f"given up: {reason}")
    noted(bot, connection, claimed.mail, f"given up: {reason}", now)
    if claimed.id not in doubts:
        tell_operator(bot, connection, claimed.mail, f"given up: {reason}", now)


def code(reason: str) -> str:
    """Return how a reply begins, which is all of it that a log may hold: the rest may name somebody."""
    return reason.split(" ", 1)[0].rstrip(":")
