"""The rows of the doctor's canary: made for a run, closed after it, and compared to see whether anything changed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, or_, select, update

from mailbot.domain.people import canary as rules
from mailbot.domain.people.directory import CANARY_UNIT, Directory
from mailbot.domain.trust.envelope import RawMail
from mailbot.domain.values.order import Status
from mailbot.store import directory, unconfirmed
from mailbot.store import inbox as mails
from mailbot.store.directory import DirectoryCache
from mailbot.store.outbox import OutboxState
from mailbot.store.tables import (
    canary_orders,
    canary_people,
    decisions,
    drafts,
    events,
    inbox,
    links,
    orders,
    outbox,
    outbox_orders,
    rights,
)

VIA = "doctor"
"""Stands for the door of mails that the doctor itself puts into the inbox."""


@dataclass(frozen=True)
class CanaryPeople:
    """The ids of the canary's requester, approver and supplier, and the requester's address in this run."""

    requester: int
    approver: int
    address: str
    supplier: int


@dataclass(frozen=True)
class CanaryMail:
    """How far the canary's mail has come. `outcome` and `order` are None until it is dealt with; so may `reason` be."""

    id: int
    state: str
    outcome: str | None
    reason: str | None
    order: int | None


def open_unit(connection: Connection, operator: str, secret: str, now: datetime) -> CanaryPeople:
    """Let the canary's unit take orders: its people get new addresses and a right, the operator is its supplier."""
    # Each run stores a right, and the doctor may run every few minutes: those of earlier runs are deleted.
    connection.execute(delete(rights).where(rights.c.unit_id == CANARY_UNIT, rights.c.ended_at.is_not(None)))
    _bring_in(connection, lambda known: rules.opened(known, operator, secret), now)
    own = DirectoryCache().current(connection).canary
    by_address = {person.address: person.id for person in own.persons.values()}
    requester, approver = (rules.address_of(role, secret) for role in (rules.REQUESTER, rules.APPROVER))
    [supplier] = own.suppliers
    return CanaryPeople(by_address[requester], by_address[approver], requester, supplier)


def _bring_in(connection: Connection, change: Callable[[Directory], Directory], now: datetime) -> None:
    known = DirectoryCache().current(connection)
    directory.bring_in(connection, known, change(known), now)


def close_unit(connection: Connection, secret: str, now: datetime) -> None:
    """End the right, change the addresses, revoke the links, and finish the doctor's mails that still wait."""
    _bring_in(connection, lambda known: rules.closed(known, secret), now)
    own = links.c.person_id.in_(canary_people) & links.c.revoked_at.is_(None)
    connection.execute(update(links).where(own).values(revoked_at=now))
    waiting = connection.execute(select(inbox.c.id).where(inbox.c.via == VIA, inbox.c.done_at.is_(None))).scalars()
    for key in waiting.all():
        mails.finish(connection, key, mails.MailEnd(mails.MailOutcome.IGNORED, "canary"), now)


def add_waiting(connection: Connection, mail: RawMail) -> int:
    """Store a mail of the doctor's that waits for its sender's confirmation; return its id."""
    mails.add(connection, [mail])
    key = connection.execute(select(inbox.c.id).order_by(inbox.c.id.desc()).limit(1)).scalar_one()
    mails.await_confirmation(connection, key, mail.mail_from)
    unconfirmed.add(connection, key, mail.mail_from, unconfirmed.Glimpse("canary"))
    return int(key)


def arrived(connection: Connection, address: str) -> CanaryMail | None:
    """Return how far the newest mail from the canary's address has come, by whatever door."""
    query = select(inbox).where(inbox.c.mail_from == address).order_by(inbox.c.id.desc()).limit(1)
    r = connection.execute(query).one_or_none()
    return CanaryMail(r.id, r.state, r.outcome, r.reason, r.order_id) if r else None


def newest_mail(connection: Connection, kind: str, person: int) -> bytes | None:
    """Return the bytes of the newest mail of this kind to one of the canary's people."""
    query = select(outbox.c.raw).where(outbox.c.kind == kind, outbox.c.person_id == person)
    raw = connection.execute(query.order_by(outbox.c.id.desc()).limit(1)).scalar_one_or_none()
    return bytes(raw) if raw is not None else None


def dispatch_trouble(connection: Connection, order_id: int) -> tuple[bool, str] | None:
    """Return whether the relay refused the order's dispatch, and its words; None if it did not complain.

    A refused mail waits until it is known whether the relay refuses everything. The doctor does not wait for that.
    """
    query = select(outbox.c.state, outbox.c.error).join(outbox_orders, outbox_orders.c.outbox_id == outbox.c.id)
    query = query.where(outbox_orders.c.order_id == order_id, outbox.c.dispatch.is_(True), outbox.c.error.is_not(None))
    r = connection.execute(query.order_by(outbox.c.id).limit(1)).one_or_none()
    return (r.state == OutboxState.FAILED or r.error.startswith("5"), r.error) if r else None


def end_undo_window(connection: Connection, order_id: int, now: datetime) -> None:
    """Let an approved canary order leave now; this touches no other order."""
    here = (orders.c.id == order_id) & (orders.c.unit_id == CANARY_UNIT) & (orders.c.status == Status.APPROVED)
    connection.execute(update(orders).where(here).values(leaves_at=now))


def unfinished(connection: Connection) -> Sequence[int]:
    """Return the canary orders that are still open."""
    still = orders.c.status.in_([Status.PENDING, Status.APPROVED, Status.REJECTED])
    return connection.execute(select(orders.c.id).where(orders.c.unit_id == CANARY_UNIT, still)).scalars().all()


def state(connection: Connection) -> Mapping[str, frozenset[tuple[object, ...]]]:
    """Return, by table, all rows that show what happens to the canary; other people's change all the time."""
    own_mail = select(inbox.c.id).where(or_(inbox.c.via == VIA, inbox.c.order_id.in_(canary_orders)))
    about = select(outbox_orders.c.outbox_id).where(outbox_orders.c.order_id.in_(canary_orders))
    of_order, of_person = events.c.order_id.in_(canary_orders), events.c.person_id.in_(canary_people)
    queries = {
        "orders": select(orders).where(orders.c.unit_id == CANARY_UNIT),
        "decisions": select(decisions).where(decisions.c.order_id.in_(canary_orders)),
        "links": select(links).where(or_(links.c.person_id.in_(canary_people), links.c.order_id.in_(canary_orders))),
        "drafts": select(drafts).where(drafts.c.person_id.in_(canary_people)),
        "events": select(events).where(or_(of_order, of_person, events.c.inbox_id.in_(own_mail))),
        "outbox": select(outbox).where(or_(outbox.c.person_id.in_(canary_people), outbox.c.id.in_(about))),
        "inbox": select(inbox).where(inbox.c.id.in_(own_mail)),
        "rights": select(rights).where(rights.c.unit_id == CANARY_UNIT),
    }
    return {name: frozenset(tuple(row) for row in connection.execute(query)) for name, query in queries.items()}
