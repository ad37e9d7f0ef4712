"""The log of every step, append-only by triggers; payloads apart, to be weeded (docs/rules/promises.md#log)."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from mailbot.domain.ordering.workflow import Actor, Change
from mailbot.store.committed_log import log_on_commit
from mailbot.store.tables import event_payloads, events


@dataclass(frozen=True)
class Event:
    """One step as it was recorded; `at` is UTC, and `payload` is empty once it is weeded."""

    id: int
    at: datetime
    what: str
    order: int | None
    person: int | None
    proof: str
    payload: Mapping[str, str]


def record(
    connection: Connection,
    what: str,
    actor: Actor,
    at: datetime,
    *,
    order_id: int | None = None,
    inbox_id: int | None = None,
    payload: Mapping[str, str] | None = None,
) -> None:
    """Append an event."""
    body = {key: value for key, value in (payload or {}).items() if value}
    key = None
    if body:
        text = json.dumps(body, ensure_ascii=False)
        key = connection.execute(insert(event_payloads).values(body=text).returning(event_payloads.c.id)).scalar_one()
    about = {"order_id": order_id, "inbox_id": inbox_id, "payload_id": key}
    connection.execute(insert(events).values(at=at, what=what, person_id=actor.person, proof=actor.proof, **about))


def record_all(
    connection: Connection, steps: Sequence[tuple[str, Mapping[str, str]]], actor: Actor, at: datetime
) -> None:
    """Append many events that belong to no order, in one go; each must have a payload that is not empty."""
    if not steps:
        return
    key = event_payloads.c.id
    bodies = [{"body": json.dumps(dict(payload), ensure_ascii=False)} for _, payload in steps]
    keys = connection.execute(insert(event_payloads).returning(key, sort_by_parameter_order=True), bodies).scalars()
    rows = [
        {"at": at, "what": what, "person_id": actor.person, "proof": actor.proof, "payload_id": payload_id}
        for (what, _), payload_id in zip(steps, keys, strict=True)
    ]
    connection.execute(insert(events), rows)


def record_change(connection: Connection, change: Change, order_id: int, inbox_id: int | None = None) -> None:
    """Append the event of a change."""
    after = change.after
    route = after.route
    payload = {
        "text": change.text,
        "version": str(after.version),
        "step": str(after.step),
        "status": after.status.value,
        "total": f"{after.content.total.amount} {after.content.total.currency}",
        "destination": route.destination.value if route else "",
        **_more(change),
        "reasons": " ".join(r.value for r in route.reasons) if route else "",
    }
    record(connection, change.happened, change.actor, change.at, order_id=order_id, inbox_id=inbox_id, payload=payload)
    told = {"order": after.number, "what": change.happened.value, "proof": change.actor.proof}
    told |= {key: payload[key] for key in ("version", "step", "status", "destination", "reasons")}
    log_on_commit(connection, "order_step", **told)


def _more(change: Change) -> dict[str, str]:
    found = {"left_out": "quoted" if change.left_out else "", "by": "reply" if change.by_reply else ""}
    if change.grounds is not None:
        grounds = change.grounds
        found |= {"capacity": grounds.capacity.value, "right": str(grounds.right), "ground": grounds.ground}
        found |= {"statements": grounds.statements, "flags": " ".join(grounds.flags)}
    return found


def of_order(connection: Connection, order_id: int) -> Sequence[Event]:
    """Return an order's events, oldest first."""
    query = select(events, event_payloads.c.body).outerjoin(event_payloads, event_payloads.c.id == events.c.payload_id)
    rows = connection.execute(query.where(events.c.order_id == order_id).order_by(events.c.id))
    return [
        Event(r.id, r.at, r.what, r.order_id, r.person_id, r.proof, json.loads(r.body) if r.body else {}) for r in rows
    ]


def has(connection: Connection, order_id: int, what: str, person: int | None, since: datetime | None = None) -> bool:
    """Tell whether this has happened to the order, by or about this person; if `since` is given, since this moment."""
    query = select(events.c.id).where(events.c.order_id == order_id, events.c.what == what)
    query = query.where(events.c.at >= since) if since else query
    return connection.execute(query.where(events.c.person_id == person).limit(1)).first() is not None


def last_actor(connection: Connection, order_id: int, what: str) -> int | None:
    """Return the person who last took a step of this kind on the order; None if nobody has."""
    query = select(events.c.person_id).where(events.c.order_id == order_id, events.c.what == what)
    return connection.execute(query.order_by(events.c.id.desc()).limit(1)).scalar_one_or_none()
