"""Proposals to appoint approvers: how they came and how they ended. Each is settled at most once."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, insert, select, update

from mailbot.domain.people.proposal import Appointment, AppointmentState, Consent, ConsentCapacity
from mailbot.domain.people.scheme import Scheme
from mailbot.store.directory import directory_changed
from mailbot.store.json_text import from_json, to_json
from mailbot.store.tables import appointment_answers, appointments, awaited


def add(connection: Connection, new: Appointment) -> None:
    """Store a new proposal under the id that was reserved for it."""
    of = {"id": new.id, "inbox_id": new.inbox, "proposed_by_id": new.proposed_by, "unit_id": new.unit}
    row = of | {"body": to_json(new.scheme), "at": new.at, "state": AppointmentState.PROPOSED}
    connection.execute(insert(appointments).values(row))


def load(connection: Connection, key: int) -> Appointment:
    """Return a proposal as it is stored now."""
    return _appointment(connection.execute(select(appointments).where(appointments.c.id == key)).one())


def open_before(connection: Connection, moment: datetime) -> Sequence[Appointment]:
    """Return the proposals from this moment or earlier that nobody has settled, oldest first."""
    where = and_(appointments.c.state == AppointmentState.PROPOSED, appointments.c.at <= moment)
    return [_appointment(r) for r in connection.execute(select(appointments).where(where).order_by(appointments.c.id))]


def settle(connection: Connection, key: int, state: AppointmentState, by: int | None, now: datetime) -> bool:
    """End an open proposal; False if somebody else was first."""
    still_open = and_(appointments.c.id == key, appointments.c.state == AppointmentState.PROPOSED)
    values = {"state": state, "settled_by_id": by, "settled_at": now}
    settled = connection.execute(update(appointments).where(still_open).values(values)).rowcount == 1
    directory_changed(connection)  # the unit no longer awaits the proposal's approvers
    return settled


def await_approvers(connection: Connection, key: int, persons: Iterable[int]) -> None:
    """Let the unit take orders while the proposal is open: the same form ended others' rights at once."""
    rows = [{"appointment_id": key, "person_id": person} for person in sorted(set(persons))]
    if rows:
        connection.execute(insert(awaited), rows)
        directory_changed(connection)


def consents(connection: Connection, key: int) -> tuple[Consent, ...]:
    """Return each yes to a proposal, the oldest first."""
    here = select(appointment_answers).where(appointment_answers.c.appointment_id == key)
    rows = connection.execute(here.order_by(appointment_answers.c.at))
    return tuple(Consent(r.person_id, ConsentCapacity(r.part), r.at, frozenset(r.shown.split())) for r in rows)


def add_consent(connection: Connection, key: int, yes: Consent) -> None:
    """Store a person's yes."""
    row = {"appointment_id": key, "person_id": yes.person, "part": yes.part, "at": yes.at}
    connection.execute(insert(appointment_answers).values(**row, shown=" ".join(sorted(yes.shown))))


def remove_consent(connection: Connection, key: int, yes: Consent) -> None:
    """Delete a yes, because it was given to something else than what would happen now."""
    answer = appointment_answers.c
    here = and_(answer.appointment_id == key, answer.person_id == yes.person, answer.part == yes.part)
    connection.execute(delete(appointment_answers).where(here))


def _appointment(row: Row[Any]) -> Appointment:
    return Appointment(
        row.id,
        row.inbox_id,
        row.proposed_by_id,
        row.unit_id,
        from_json(Scheme, row.body),
        row.at,
        AppointmentState(row.state),
        row.settled_by_id,
        row.settled_at,
    )
