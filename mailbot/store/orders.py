"""Orders, their versions and decisions; and the one conditional UPDATE that decides races."""

import hashlib
import json
import secrets
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, and_, func, insert, select, update

from mailbot.domain.ordering.workflow import Change, Happened
from mailbot.domain.people.directory import CANARY_UNIT
from mailbot.domain.values.order import (
    REFERENCE_LENGTH,
    REFERENCE_LETTERS,
    Content,
    Decision,
    Form,
    Order,
    Route,
    Status,
)
from mailbot.store.json_text import from_json, to_json
from mailbot.store.tables import decisions, order_versions, orders, outbox, outbox_orders, reminders


def new_reference() -> str:
    """Return a random reference: 60 bits in letters that nobody mistakes for each other."""
    return "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(REFERENCE_LENGTH))


_FIXED = ("id", "number", "reference", "created_at", "sender_proof")
_CHANGING = ("version", "step", "asked_at", "reminders", "remind_at", "leaves_at", "left_at")
"""The values of an order that a row holds under the same names."""


def _state(order: Order) -> dict[str, Any]:
    return {
        **{name: getattr(order, name) for name in _CHANGING},
        "unit_id": order.content.unit,
        "status": order.status,
        "route": to_json(order.route) if order.route else None,
        "handed_to_id": order.handed_to,
        "recused": json.dumps(sorted(order.recused)),
    }


def add(connection: Connection, order: Order, inbox_id: int | None) -> None:
    """Store a new order under the id that was reserved for it."""
    fixed = {name: getattr(order, name) for name in _FIXED}
    connection.execute(insert(orders).values(**fixed, requester_id=order.requester, **_state(order)))
    _add_version(connection, order, inbox_id, order.created_at)


def _add_version(connection: Connection, order: Order, inbox_id: int | None, at: datetime) -> None:
    content = to_json(order.content)
    digest = hashlib.sha256(content.encode()).hexdigest()
    row = {"order_id": order.id, "version": order.version, "content": content, "form": to_json(order.form)}
    connection.execute(insert(order_versions).values(**row, sha256=digest, inbox_id=inbox_id, at=at))


def apply(connection: Connection, change: Change, inbox_id: int | None = None) -> bool:
    """Store the change if the order is still as it was before; False if another change came first.

    A single conditional UPDATE on status, version and step decides this (docs/rules/limits.md#one-update).
    """
    before, after = change.before, change.after
    if before is None:
        raise ValueError("a new order is added, not changed")
    unchanged = and_(
        orders.c.id == before.id,
        orders.c.status == before.status,
        orders.c.version == before.version,
        orders.c.step == before.step,
        orders.c.reminders == before.reminders,  # two rounds at once must not count a reminder twice
        orders.c.left_at.is_(None) if before.left_at is None else orders.c.left_at.is_not(None),
    )
    if connection.execute(update(orders).where(unchanged).values(**_state(after))).rowcount != 1:
        return False
    if after.version != before.version:
        _add_version(connection, after, inbox_id, change.at)
    if before.decision and not after.decision:
        here = and_(decisions.c.order_id == before.id, decisions.c.step == before.step)
        connection.execute(update(decisions).where(here).values(undone_at=change.at))
    if after.decision and not before.decision:
        _add_decision(connection, after, after.decision, change.actor.proof)
    if change.happened is Happened.REMINDED:
        row = {"order_id": after.id, "step": after.step, "number": after.reminders, "at": change.at}
        connection.execute(insert(reminders).values(row))
    return True


def _add_decision(connection: Connection, order: Order, decision: Decision, proof: str) -> None:
    connection.execute(
        insert(decisions).values(
            order_id=order.id,
            step=decision.step,
            person_id=decision.person,
            approved=decision.approved,
            comment=decision.comment,
            at=decision.at,
            proof=proof,
            version=order.version,
        )
    )


_ORDINARY = orders.c.unit_id != CANARY_UNIT
_current = order_versions.alias("current")
_previous = order_versions.alias("previous")
_SELECT = (
    select(
        orders,
        _current.c.content,
        _current.c.form,
        _previous.c.content.label("previous"),
        decisions.c.person_id,
        decisions.c.approved,
        decisions.c.comment,
        decisions.c.at.label("decided_at"),
    )
    .join(_current, and_(_current.c.order_id == orders.c.id, _current.c.version == orders.c.version))
    .outerjoin(_previous, and_(_previous.c.order_id == orders.c.id, _previous.c.version == orders.c.version - 1))
    .outerjoin(
        decisions,
        and_(decisions.c.order_id == orders.c.id, decisions.c.step == orders.c.step, decisions.c.undone_at.is_(None)),
    )
)


def _order(row: Row[Any]) -> Order:
    decided = row.decided_at is not None
    return Order(
        **{name: getattr(row, name) for name in (*_FIXED, *_CHANGING)},
        requester=row.requester_id,
        content=from_json(Content, row.content),
        form=from_json(Form, row.form),
        status=Status(row.status),
        decision=Decision(row.step, row.person_id, row.approved, row.comment, row.decided_at) if decided else None,
        route=from_json(Route, row.route) if row.route else None,
        previous=from_json(Content, row.previous) if row.previous else None,
        handed_to=row.handed_to_id,
        recused=frozenset(json.loads(row.recused)),
    )


def _found(connection: Connection, *where: ColumnElement[bool]) -> Sequence[Order]:
    """Return the orders for which all conditions hold, the one that has waited the longest first."""
    rows = connection.execute(_SELECT.where(*where).order_by(orders.c.asked_at, orders.c.id))
    return [_order(row) for row in rows]


def load(connection: Connection, order_id: int) -> Order:
    """Return the order as it is stored now."""
    return _order(connection.execute(_SELECT.where(orders.c.id == order_id)).one())


def by_number(connection: Connection, number: str) -> Order | None:
    """Return the order with this number, such as IT-2026-00042, in upper or lower case."""
    return next(iter(_found(connection, orders.c.number == number.upper())), None)


def by_reference(connection: Connection, reference: str) -> Order | None:
    """Return the order with this random reference."""
    return next(iter(_found(connection, orders.c.reference == reference)), None)


def pending_in(connection: Connection, units: Sequence[str]) -> Sequence[Order]:
    """Return the pending orders of these units, oldest first."""
    return _found(connection, orders.c.status == Status.PENDING, orders.c.unit_id.in_(units))


def pending_ids(connection: Connection) -> Sequence[int]:
    """Return the ids of the pending orders, oldest first."""
    query = select(orders.c.id).where(orders.c.status == Status.PENDING).order_by(orders.c.asked_at, orders.c.id)
    return connection.execute(query).scalars().all()


def pending(connection: Connection) -> Sequence[Order]:
    """Return every pending order, oldest first."""
    return _found(connection, orders.c.status == Status.PENDING)


def not_left_of(connection: Connection, requester: int) -> Sequence[Order]:
    """Return the person's own orders that wait for a decision, or to leave after one; oldest first."""
    waits = orders.c.status.in_([Status.PENDING, Status.APPROVED])
    return _found(connection, orders.c.requester_id == requester, waits)


def all_stand(connection: Connection, known: Collection[Order]) -> bool:
    """Tell whether all these orders still have the version, step and status with which they were read."""
    if not known:
        return True
    query = select(orders.c.id, orders.c.version, orders.c.step, orders.c.status)
    rows = connection.execute(query.where(orders.c.id.in_([o.id for o in known])))
    return {tuple(row) for row in rows} == {(o.id, o.version, o.step, o.status) for o in known}


def any_due_for_reminder(connection: Connection, now: datetime) -> bool:
    """Tell whether a pending order's next reminder is due."""
    return connection.execute(select(orders.c.id).where(*_due(now), _ORDINARY).limit(1)).first() is not None


def still_due(connection: Connection, known: Sequence[Order], now: datetime) -> bool:
    """Tell whether all these orders still wait in the same version and step for a reminder that is due."""
    here = orders.c.id.in_([o.id for o in known])
    query = select(orders.c.id, orders.c.version, orders.c.step).where(here, *_due(now))
    return {tuple(row) for row in connection.execute(query)} == {(o.id, o.version, o.step) for o in known}


def due_for_reminder(connection: Connection, now: datetime) -> Sequence[Order]:
    """Return the pending orders whose next reminder is due, oldest first."""
    return _found(connection, *_due(now), _ORDINARY)


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    return orders.c.status == Status.PENDING, orders.c.remind_at <= now


def due_to_leave(connection: Connection, now: datetime) -> Sequence[Order]:
    """Return the decided orders whose undo window is over and which have not left."""
    decided = orders.c.status.in_([Status.APPROVED, Status.REJECTED])
    where = and_(decided, orders.c.left_at.is_(None), orders.c.leaves_at <= now)
    return [_order(row) for row in connection.execute(_SELECT.where(where).order_by(orders.c.id))]


def newest(connection: Connection, limit: int) -> Sequence[Order]:
    """Return the newest orders, newest first, without the doctor's."""
    query = _SELECT.where(_ORDINARY).order_by(orders.c.id.desc()).limit(limit)
    return [_order(row) for row in connection.execute(query)]


def counts(connection: Connection) -> dict[str, int]:
    """Return how many orders have each status, without the doctor's."""
    query = select(orders.c.status, func.count()).where(_ORDINARY).group_by(orders.c.status)
    return {str(key): int(count) for key, count in connection.execute(query)}


def opened_since(connection: Connection, moment: datetime, requester: int | None = None) -> Sequence[datetime]:
    """Return when each order since a moment was opened, by one requester or by all; the oldest first."""
    here = orders.c.created_at > moment
    here = here if requester is None else and_(here, orders.c.requester_id == requester)
    return connection.execute(select(orders.c.created_at).where(here).order_by(orders.c.created_at)).scalars().all()


def decided_since(connection: Connection, person: int, moment: datetime) -> int:
    """Return how many decisions the person has made since a moment, undone decisions included."""
    here = and_(decisions.c.person_id == person, decisions.c.at > moment)
    return connection.execute(select(func.count()).select_from(decisions).where(here)).scalar_one()


def original_mail(connection: Connection, order: Order) -> int | None:
    """Return the inbox id of the mail that made the order's current version."""
    here = and_(order_versions.c.order_id == order.id, order_versions.c.version == order.version)
    return connection.execute(select(order_versions.c.inbox_id).where(here)).scalar_one_or_none()


def of_message(connection: Connection, message_ids: Sequence[str]) -> Order | None:
    """Return the order of the newest mail of ours that has one of these Message-IDs and is about a single order."""
    mails = select(outbox.c.id).where(outbox.c.message_id.in_(message_ids)).order_by(outbox.c.id.desc())
    for mail in connection.execute(mails).scalars().all():
        about = select(outbox_orders.c.order_id).where(outbox_orders.c.outbox_id == mail)
        found = connection.execute(about).scalars().all()
        if len(found) == 1:
            return load(connection, found[0])
    return None


def leave_by(connection: Connection, latest: datetime) -> None:
    """Let no order leave later than this, because a later time was set while the clock was ahead."""
    connection.execute(update(orders).where(orders.c.leaves_at > latest).values(leaves_at=latest))
