"""Tells a refusal of one mail from the trouble of a relay that refuses everything (docs/rules/promises.md#p6).

The operator's notice about a refusal leaves next. Once the relay takes this or any other mail, those refused before
have failed for good. If it refuses several recipients one after another, it is in trouble: every mail waits, and
/healthz says so.
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
from mailbot.store import marks, outbox
from mailbot.store.outbox import Mail, OutboxClaim, OutboxState

log = structlog.get_logger()

SEVERAL = 3
"""If so many different recipients are refused and no mail is taken in between, the relay is in trouble."""
REFUSES = "relay refuses"
"""The mark that says since when the relay refuses everything; it exists only while the relay does so."""


@dataclass(frozen=True)
class UnsettledRefusal:
    """A refused mail that has not failed yet, and the Message-IDs of the operator's notices about this mail."""

    mail: Mail
    reason: str
    notices: tuple[str, ...] = ()


UnsettledRefusals = Mapping[int, UnsettledRefusal]
"""The mails that the relay has refused since it last took a mail, by id in the outbox."""


def refuses_since(connection: Connection) -> datetime | None:
    """Return since when (UTC) the relay refuses everything; None if it does not."""
    return marks.mark_of(connection, REFUSES)


def refused(work: Work, doubts: UnsettledRefusals, claimed: OutboxClaim, reason: str) -> UnsettledRefusals:
    """Keep a refused mail, which is tried again when its claim says; return the unsettled refusals with this one."""
    work.put(outbox.postpone, claimed.id, reason)
    trouble = work.rely_on(refuses_since) is not None
    known = doubts.get(claimed.id)
    notices = known.notices if known else ()
    if not trouble and known is None:
        log.warning("mail_refused", outbox=claimed.id, kind=claimed.mail.kind, code=code(reason))
        notices = tell_operator(work, claimed.mail, reason)
    # Refusals are kept in memory, so that they go without the mail's bytes.
    doubts = {**doubts, claimed.id: UnsettledRefusal(replace(claimed.mail, raw=b""), reason, notices)}
    if not trouble and len({doubt.mail.mail_to for doubt in doubts.values()}) >= SEVERAL:
        _begin(work, doubts, reason)
    return doubts


def _begin(work: Work, doubts: UnsettledRefusals, reason: str) -> None:
    """Record the relay's trouble; the operator's mail about it leaves first, and arrives once the trouble is over."""
    log.error("relay_refuses_everything", code=code(reason))
    work.put(marks.set_mark, REFUSES, work.now)
    notices = [message_id for doubt in doubts.values() for message_id in doubt.notices]
    # Last, because the newest of these notices is queued by this very work.
    work.put_last(outbox.cancel, notices, work.now, "the relay refuses everything")
    enqueue(work, [RelayNotice(to=Mailbox.OPERATOR, text=reason, at=work.now)])


def taken(work: Work, doubts: UnsettledRefusals, claimed: OutboxClaim) -> None:
    """Settle the refusals before a mail that the relay has taken: those mails have failed.

    If it refused everything, or the same recipient before, it was in trouble: then they are tried again at once.
    """
    since = work.rely_on(refuses_since)
    changed_its_mind = any(doubt.mail.mail_to == claimed.mail.mail_to for doubt in doubts.values())
    others = {key: doubt for key, doubt in doubts.items() if key != claimed.id}
    if since is not None or changed_its_mind:
        log.warning("relay_takes_mail_again", since=since.isoformat() if since else "")
        work.put(marks.clear_mark, REFUSES)
        work.put(outbox.release, tuple(others), work.now)
        return
    for key, doubt in others.items():
        work.put(outbox.finish, key, OutboxState.FAILED, work.now, doubt.reason)
        noted(work, doubt.mail, doubt.reason)


def given_up(work: Work, doubts: UnsettledRefusals, claimed: OutboxClaim, reason: str) -> None:
    """Record that a mail was tried for too long; tell the operator, unless a notice about its refusal was made."""
    log.warning("mail_given_up", outbox=claimed.id, kind=claimed.mail.kind, code=code(reason))
    work.put(outbox.finish, claimed.id, OutboxState.FAILED, work.now, f"given up: {reason}")
    noted(work, claimed.mail, f"given up: {reason}")
    if claimed.id not in doubts:
        tell_operator(work, claimed.mail, f"given up: {reason}")


def code(reason: str) -> str:
    """Return the code at the start of a relay reply. A log holds no more of it, because the rest may name somebody."""
    return reason.split(" ", 1)[0].rstrip(":")
