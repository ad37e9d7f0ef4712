"""The mails taken in: each is stored first, and has exactly one outcome (docs/rules/promises.md#p1, #p2, #p5)."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Connection, Row, and_, bindparam, case, func, insert, not_, or_, select, update

from mailbot.domain.trust.envelope import RawMail
from mailbot.store.committed_log import log_on_commit
from mailbot.store.tables import canary_orders, inbox

LEASE = timedelta(seconds=30)
"""How long a claim holds. After this the process that had the mail in hand must have died, and it is claimed again."""


class InboxState(StrEnum):
    """What the bot still has to do with a mail; a queued mail is taken up by itself when it is due."""

    NEW = "new"
    QUEUED = "queued"
    WAITING = "waiting"
    DONE = "done"
    PARKED = "parked"


_TO_DO = (InboxState.NEW, InboxState.QUEUED)
# Statements that every mail needs are built once: building one takes longer than running it.
_DUE = select(inbox.c.id).where(inbox.c.state.in_(_TO_DO), inbox.c.next_at <= bindparam("now"))
_DUE = _DUE.order_by(inbox.c.id).limit(1)
_CLAIM = update(inbox).where(inbox.c.id == _DUE.scalar_subquery()).values(next_at=bindparam("later")).returning(inbox)
_TAKEN = select(inbox.c.id).where(inbox.c.taken_as == bindparam("key"))
_OWN, _ALL = inbox.c.sender == bindparam("person"), inbox.c.reason == bindparam("reason")
_QUEUED_BEFORE = select(func.count().filter(_OWN), func.count().filter(_ALL))
_QUEUED_BEFORE = _QUEUED_BEFORE.where(inbox.c.state == InboxState.QUEUED, inbox.c.id < bindparam("key"))


class MailOutcome(StrEnum):
    """How a mail ended: four of the five buckets of docs/rules/promises.md#p2; the fifth, parked, is a state."""

    ORDER = "order"
    DECISION = "decision"
    ANSWER = "answer"
    IGNORED = "ignored"


@dataclass(frozen=True)
class InboxClaim:
    """A mail in hand; `tries` counts the earlier tries that failed because of the mail itself."""

    id: int
    mail: RawMail
    tries: int
    confirmed: bool


def add(connection: Connection, mails: Sequence[RawMail]) -> None:
    """Store mails as they came."""
    rows = [
        {
            "received_at": mail.received_at,
            "via": mail.via,
            "peer": mail.peer,
            "mail_from": mail.mail_from,
            "rcpt_to": json.dumps(mail.rcpt_to),
            "raw": mail.raw,
            "state": InboxState.NEW,
            "tries": 0,
            "next_at": mail.received_at,
        }
        for mail in mails
    ]
    keys = connection.execute(insert(inbox).returning(inbox.c.id, sort_by_parameter_order=True), rows).scalars().all()
    for key, mail in zip(keys, mails, strict=True):
        log_on_commit(connection, "mail_taken", inbox=key, via=mail.via, bytes=len(mail.raw))


def add_parked(connection: Connection, mail: RawMail, reason: str) -> None:
    """Store, as parked, the part of a mail that could not be taken whole."""
    add(connection, [mail])
    newest = select(func.max(inbox.c.id)).scalar_subquery()  # the row just added, since nobody else writes meanwhile
    done = {"state": InboxState.PARKED, "reason": reason, "done_at": mail.received_at}
    query = update(inbox).where(inbox.c.id == newest).values(**done).returning(inbox.c.id)
    key = connection.execute(query).scalar_one()
    log_on_commit(connection, "mail_settled", inbox=key, outcome=InboxState.PARKED, reason=reason)


def claim(connection: Connection, now: datetime) -> InboxClaim | None:
    """Claim the oldest mail that is due, for as long as LEASE; None if none is due."""
    # One statement, so that two processes never claim the same mail.
    row = connection.execute(_CLAIM, {"now": now, "later": now + LEASE}).one_or_none()
    if row is None:
        return None
    return InboxClaim(row.id, _mail(row), row.tries, row.confirmed_at is not None)


def _mail(row: Row[tuple[object, ...]]) -> RawMail:
    return RawMail(row.raw, row.mail_from, tuple(json.loads(row.rcpt_to)), row.peer, row.via, row.received_at)


def raw(connection: Connection, inbox_id: int) -> bytes:
    """Return a mail's bytes as they came."""
    return bytes(connection.execute(select(inbox.c.raw).where(inbox.c.id == inbox_id)).scalar_one())


def taken(connection: Connection, key: str) -> int | None:
    """Return the id of the mail that was taken in under this key; None if there is none."""
    return connection.execute(_TAKEN, {"key": key}).scalar_one_or_none()


@dataclass(frozen=True)
class MailEnd:
    """How a mail ended, the key under which it was taken in, the order that it is about, and its sender."""

    outcome: MailOutcome
    reason: str = ""
    taken_as: str | None = None
    order_id: int | None = None
    sender: str | None = None


def finish(connection: Connection, inbox_id: int, end: MailEnd, now: datetime) -> None:
    """Record how the mail ended, in the same transaction as its consequences."""
    _set(connection, inbox_id, state=InboxState.DONE, done_at=now, **vars(end))
    log_on_commit(connection, "mail_settled", inbox=inbox_id, outcome=end.outcome, reason=end.reason)


def _set(connection: Connection, inbox_id: int, **values: object) -> None:
    connection.execute(update(inbox).where(inbox.c.id == inbox_id).values(**values))


def belongs_to(connection: Connection, inbox_id: int, order_id: int) -> None:
    """Record that an earlier mail has become part of an order."""
    _set(connection, inbox_id, order_id=order_id)


def park(connection: Connection, inbox_id: int, reason: str, now: datetime, *, sender: str | None = None) -> None:
    """Park a mail, where an operator sees it; `retry` takes the mail up again."""
    kept = func.coalesce(sender, inbox.c.sender)  # the sender who was asked to confirm the mail
    _set(connection, inbox_id, state=InboxState.PARKED, outcome=None, reason=reason, sender=kept, done_at=now)
    log_on_commit(connection, "mail_settled", inbox=inbox_id, outcome=InboxState.PARKED, reason=reason)


def postpone(connection: Connection, inbox_id: int, until: datetime) -> None:
    """Take the mail up again later. It waits for something outside, so that no try is counted."""
    _set(connection, inbox_id, next_at=until)


def failed(connection: Connection, inbox_id: int, until: datetime) -> None:
    """Count a try that failed because of the mail itself, and take the mail up again later."""
    _set(connection, inbox_id, next_at=until, tries=inbox.c.tries + 1)


def no_time_after(connection: Connection, now: datetime) -> None:
    """Set receipt times that lie in the future to now, and let all mails that wait for a time be due now."""
    connection.execute(update(inbox).where(inbox.c.received_at > now).values(received_at=now))
    connection.execute(update(inbox).where(inbox.c.state.in_(_TO_DO), inbox.c.next_at > now).values(next_at=now))


def queue(connection: Connection, inbox_id: int, until: datetime, reason: str, person: str) -> None:
    """Let the mail wait in line until it is due, with no try counted; `person` is the sender's registered address."""
    _set(connection, inbox_id, state=InboxState.QUEUED, next_at=until, tries=0, reason=reason, sender=person)
    log_on_commit(connection, "mail_waits", inbox=inbox_id, reason=reason)


def queued_before(connection: Connection, inbox_id: int, person: str, reason: str) -> tuple[int, int]:
    """Return how many earlier mails wait in line: those from this person, and those with this reason."""
    row = connection.execute(_QUEUED_BEFORE, {"key": inbox_id, "person": person, "reason": reason}).one()
    return row[0], row[1]


def await_confirmation(connection: Connection, inbox_id: int, sender: str) -> None:
    """Let the mail wait for its sender's confirmation; until then nothing is done about its content."""
    _set(connection, inbox_id, state=InboxState.WAITING, sender=sender)
    log_on_commit(connection, "mail_waits", inbox=inbox_id, reason="its sender must confirm it")


def confirm(connection: Connection, inbox_id: int, now: datetime) -> bool:
    """Take up a waiting mail, whose sender is now proven by confirmation; False if the mail does not wait."""
    return _renew(connection, inbox_id, InboxState.WAITING, now, confirmed_at=now)


def _renew(connection: Connection, inbox_id: int, was: InboxState, now: datetime, **values: datetime | None) -> bool:
    query = update(inbox).where(inbox.c.id == inbox_id, inbox.c.state == was)
    return connection.execute(query.values(state=InboxState.NEW, tries=0, next_at=now, **values)).rowcount == 1


def awaits_confirmation(connection: Connection, inbox_id: int) -> bool | None:
    """Tell whether a mail waits for its sender's confirmation; None if it was confirmed."""
    row = connection.execute(select(inbox.c.state, inbox.c.confirmed_at).where(inbox.c.id == inbox_id)).one()
    return None if row.confirmed_at is not None else row.state == InboxState.WAITING


def waiting_since(connection: Connection, before: datetime) -> Sequence[int]:
    """Return the mails that came before this moment and still wait for confirmation."""
    query = select(inbox.c.id).where(inbox.c.state == InboxState.WAITING, inbox.c.received_at < before)
    return connection.execute(query).scalars().all()


def retry(connection: Connection, inbox_id: int, now: datetime) -> bool:
    """Take a parked mail up again, with all its tries; False if it is not parked."""
    return _renew(connection, inbox_id, InboxState.PARKED, now, reason=None, done_at=None)


def sums(connection: Connection) -> dict[str, int]:
    """Return how many mails have each outcome, else state, without the doctor's (docs/rules/promises.md#p2)."""
    name = func.coalesce(inbox.c.outcome, inbox.c.state)
    own = or_(inbox.c.via == "doctor", and_(inbox.c.order_id.is_not(None), inbox.c.order_id.in_(canary_orders)))
    query = select(name, func.count()).where(not_(own)).group_by(name)
    return {str(key): int(count) for key, count in connection.execute(query)}


def ignored(connection: Connection, since: datetime | None = None) -> dict[str, int]:
    """Return how many mails were ignored, all or `since` a moment, by reason, the most frequent first.

    Duplicates count as one reason; the doctor's mails are left out.
    """
    reason = case((inbox.c.reason.startswith("duplicate of "), "duplicate"), else_=inbox.c.reason)
    query = select(reason, func.count()).where(inbox.c.outcome == MailOutcome.IGNORED, inbox.c.via != "doctor")
    query = query.where(inbox.c.done_at > since) if since else query
    query = query.group_by(reason).order_by(func.count().desc(), reason)
    return {str(name): int(count) for name, count in connection.execute(query)}


def oldest_new(connection: Connection, now: datetime) -> datetime | None:
    """Return since when the oldest mail waits that could be dealt with now (docs/rules/promises.md#p7)."""
    came = select(func.min(inbox.c.received_at)).where(inbox.c.state == InboxState.NEW)
    due = select(func.min(inbox.c.next_at)).where(inbox.c.state == InboxState.QUEUED, inbox.c.next_at <= now)
    return min(filter(None, (connection.execute(query).scalar_one() for query in (came, due))), default=None)
