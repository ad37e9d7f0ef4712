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

from mailbot.domain.notices.notice import Mailbox, RelayNotice
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.steps.undelivered import noted, tell_operator
from mailbot.flows.write import Work
from mailbot.store import events, outbox
from mailbot.store.outbox import Mail, OutboxClaim, OutboxState

log = structlog.get_logger()

SEVERAL = 3
"""So many different recipients, refused with none taken in between, are the relay's trouble."""
REFUSES = "relay refuses"
"""The beat that says since when the relay refuses everything; it is there only while it does."""


@dataclass(frozen=True)
class UnsettledRefusal:
    """A refused mail that has not failed yet, and the Message-IDs of the notices to the operator that tell of it."""

    mail: Mail
    reason: str
    notices: tuple[str, ...] = ()


UnsettledRefusals = Mapping[int, UnsettledRefusal]
"""What the relay has refused since it last took a mail, by id in the outbox."""


def refuses_since(connection: Connection) -> datetime | None:
    """Return since when (UTC) the relay refuses everything, None while it does not."""
    return events.last_beat(connection, REFUSES)


def refused(work: Work, doubts: UnsettledRefusals, claimed: OutboxClaim, reason: str) -> UnsettledRefusals:
    """Keep a refused mail, to be tried again as its claim has set; return the doubts with it in them."""
    work.put(outbox.postpone, claimed.id, reason)
    trouble = work.rely_on(refuses_since) is not None
    known = doubts.get(claimed.id)
    notices = known.notices if known else ()
    if not trouble and known is None:
        log.warning("mail_refused", outbox=claimed.id, kind=claimed.mail.kind, code=code(reason))
        notices = tell_operator(work, claimed.mail, reason)
    doubts = {**doubts, claimed.id: UnsettledRefusal(replace(claimed.mail, raw=b""), reason, notices)}
    if not trouble and len({doubt.mail.mail_to for doubt in doubts.values()}) >= SEVERAL:
        _begin(work, doubts, reason)
    return doubts


def _begin(work: Work, doubts: UnsettledRefusals, reason: str) -> None:
    """Note the relay's trouble; the operator's mail of it leaves first, and so arrives when it is over."""
    log.error("relay_refuses_everything", code=code(reason))
    work.put(events.record_beat, REFUSES, work.now)
    notices = [message_id for doubt in doubts.values() for message_id in doubt.notices]
    work.put_last(outbox.cancel, notices, work.now, "the relay refuses everything")
    enqueue(work, [RelayNotice(to=Mailbox.OPERATOR, text=reason, at=work.now)])


def taken(work: Work, doubts: UnsettledRefusals, claimed: OutboxClaim) -> None:
    """The relay has taken a mail: what it refused before has failed, unless it was in trouble.

    It was if it refused everything, or if it has refused this very recipient before.
    """
    since = work.rely_on(refuses_since)
    changed_its_mind = any(doubt.mail.mail_to == claimed.mail.mail_to for doubt in doubts.values())
    others = {key: doubt for key, doubt in doubts.items() if key != claimed.id}
    if since is not None or changed_its_mind:
        log.warning("relay_takes_mail_again", since=since.isoformat() if since else "")
        work.put(events.forget_beat, REFUSES)
        work.put(outbox.release, tuple(others), work.now)
        return
    for key, doubt in others.items():
        work.put(outbox.finish, key, OutboxState.FAILED, work.now, doubt.reason)
        noted(work, doubt.mail, doubt.reason)


def given_up(work: Work, doubts: UnsettledRefusals, claimed: OutboxClaim, reason: str) -> None:
    """Record that a mail was tried for too long; the operator hears of it, if that has not happened."""
    log.warning("mail_given_up", outbox=claimed.id, kind=claimed.mail.kind, code=code(reason))
    work.put(outbox.finish, claimed.id, OutboxState.FAILED, work.now, f"given up: {reason}")
    noted(work, claimed.mail, f"given up: {reason}")
    if claimed.id not in doubts:
        tell_operator(work, claimed.mail, f"given up: {reason}")


def code(reason: str) -> str:
    """Return how a reply begins, which is all of it that a log may hold: the rest may name somebody."""
    return reason.split(" ", 1)[0].rstrip(":")
