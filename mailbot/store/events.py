"""The log of every step, append-only by triggers; payloads apart, to be weeded (docs/rules/promises.md#log)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select

from mailbot.domain.ordering.events import AnyEvent, KnownEvent, Weeded, event_of
from mailbot.domain.ordering.workflow import Actor, Change
from mailbot.store.committed_log import log_on_commit
from mailbot.store.event_json import read_event, write_event
from mailbot.store.tables import event_payloads, events


@dataclass(frozen=True)
class RecordedEvent:
    """An event, when it happened (UTC), who did it, and how that is known; `what`, its kind, is never weeded."""

    at: datetime
    what: str
    person: int | None
    proof: str
    event: AnyEvent


@dataclass(frozen=True)
class About:
    """The order and the mail to which an event belongs, if there are any."""

    order_id: int | None = None
    inbox_id: int | None = None


def record(connection: Connection, event: KnownEvent, actor: Actor, at: datetime, about: About) -> None:
    """Append an event."""
    body = insert(event_payloads).values(body=write_event(event)).returning(event_payloads.c.id)
    known = {**vars(about), "payload_id": connection.execute(body).scalar_one()}
    row = insert(events).values(at=at, what=event.what, person_id=actor.person, proof=actor.proof, **known)
    connection.execute(row)


def record_all(connection: Connection, happened: Sequence[KnownEvent], actor: Actor, at: datetime) -> None:
    """Append many events that belong to no order, in one go; at least one."""
    key = event_payloads.c.id
    bodies = [{"body": write_event(event)} for event in happened]
    keys = connection.execute(insert(event_payloads).returning(key, sort_by_parameter_order=True), bodies).scalars()
    rows = [
        {"at": at, "what": event.what, "person_id": actor.person, "proof": actor.proof, "payload_id": payload_id}
        for event, payload_id in zip(happened, keys, strict=True)
    ]
    connection.execute(insert(events), rows)


def record_change(connection: Connection, change: Change, order_id: int, inbox_id: int | None = None) -> None:
    """Append the event of a change."""
    record(connection, event_of(change), change.actor, change.at, About(order_id, inbox_id))
    after, route = change.after, change.after.route
    shown = {
        "version": str(after.version),
        "step": str(after.step),
        "status": after.status.value,
        "destination": route.destination.value if route else "",
        "reasons": " ".join(route.reasons) if route else "",
    }
    log_on_commit(
        connection, "order_step", order=after.number, what=change.happened.value, proof=change.actor.proof, **shown
    )


def of_order(connection: Connection, order_id: int) -> Sequence[RecordedEvent]:
    """Return an order's events, oldest first."""
    query = select(events, event_payloads.c.body).outerjoin(event_payloads, event_payloads.c.id == events.c.payload_id)
    rows = connection.execute(query.where(events.c.order_id == order_id).order_by(events.c.id))
    return [RecordedEvent(r.at, r.what, r.person_id, r.proof, _event(r.what, r.payload_id, r.body)) for r in rows]


def _event(what: str, payload_id: int | None, body: str | None) -> AnyEvent:
    """Return the event that is stored; one of form 0 without values has no payload."""
    return Weeded() if payload_id is not None and body is None else read_event(what, body or "{}")


def has(connection: Connection, order_id: int, what: str, person: int | None, since: datetime | None = None) -> bool:
    """Tell whether this has happened to the order, by or about this person; if `since` is given, since this moment."""
    query = select(events.c.id).where(events.c.order_id == order_id, events.c.what == what)
    query = query.where(events.c.at >= since) if since else query
    return connection.execute(query.where(events.c.person_id == person).limit(1)).first() is not None


def last_actor(connection: Connection, order_id: int, what: str) -> int | None:
    """Return the person who last took a step of this kind on the order; None if nobody has."""
    query = select(events.c.person_id).where(events.c.order_id == order_id, events.c.what == what)
    return connection.execute(query.order_by(events.c.id.desc()).limit(1)).scalar_one_or_none()
