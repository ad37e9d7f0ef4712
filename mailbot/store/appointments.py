"""Proposals to appoint approvers, as they came and how they ended; each is settled at most once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Connection, Row, and_, insert, select, update

from mailbot.domain.appointment import Appointment, Scheme, State
from mailbot.store.tables import appointments

_SCHEME = TypeAdapter(Scheme)


def add(
    connection: Connection, inbox_id: int, proposed_by: int, unit: str, scheme: Scheme, at: datetime
) -> Appointment:
    """Store a new proposal."""
    row = insert(appointments).values(
        inbox_id=inbox_id,
        proposed_by_id=proposed_by,
        unit_id=unit,
        body=_SCHEME.dump_json(scheme).decode(),
        at=at,
        state=State.PROPOSED,
    )
    key = int(connection.execute(row.returning(appointments.c.id)).scalar_one())
    return Appointment(key, inbox_id, proposed_by, unit, scheme, at)


def load(connection: Connection, key: int) -> Appointment:
    """Return a proposal as it stands."""
    return _appointment(connection.execute(select(appointments).where(appointments.c.id == key)).one())


def open_before(connection: Connection, moment: datetime) -> Sequence[Appointment]:
    """Return the proposals from this moment or earlier that nobody has settled, oldest first."""
    where = and_(appointments.c.state == State.PROPOSED, appointments.c.at <= moment)
    return [_appointment(r) for r in connection.execute(select(appointments).where(where).order_by(appointments.c.id))]


def settle(connection: Connection, key: int, state: State, by: int | None, now: datetime) -> bool:
    """End an open proposal; False when somebody else was first."""
    still_open = and_(appointments.c.id == key, appointments.c.state == State.PROPOSED)
    values = {"state": state, "settled_by_id": by, "settled_at": now}
    return connection.execute(update(appointments).where(still_open).values(values)).rowcount == 1


def _appointment(row: Row[Any]) -> Appointment:
    return Appointment(
        row.id,
        row.inbox_id,
        row.proposed_by_id,
        row.unit_id,
        _SCHEME.validate_json(row.body),
        row.at,
        State(row.state),
        row.settled_by_id,
        row.settled_at,
    )
