"""Absences: who is away, when, and who stands in. Ended and replaced absences stay as history."""

from datetime import date, datetime

from sqlalchemy import ColumnElement, Connection, and_, insert, update

from mailbot.domain.people.directory import Absence
from mailbot.store.directory import directory_changed
from mailbot.store.tables import absences


def add(connection: Connection, absence: Absence, now: datetime) -> None:
    """Register an absence. It ends the person's others that share a day with it; a guessed one ends no stated one."""
    same_days = and_(absences.c.first_day <= absence.last, absences.c.last_day >= absence.first)
    replaced = and_(absences.c.person_id == absence.person, same_days)
    _end(connection, replaced if absence.registered else and_(replaced, absences.c.registered.is_(False)), now)
    row = {"person_id": absence.person, "substitute_id": absence.substitute, "registered": absence.registered}
    days = {"first_day": absence.first, "last_day": absence.last}
    connection.execute(insert(absences).values(**row, **days, registered_at=now))
    directory_changed(connection)


def end(connection: Connection, person: int, today: date, now: datetime, *, only_guessed: bool = False) -> bool:
    """End the person's absences of the local day, or only guessed ones; False if there is none."""
    here = and_(absences.c.person_id == person, absences.c.first_day <= today, absences.c.last_day >= today)
    ended = _end(connection, and_(here, absences.c.registered.is_(False)) if only_guessed else here, now)
    if ended:
        directory_changed(connection)
    return ended


def _end(connection: Connection, which: ColumnElement[bool], now: datetime) -> bool:
    here = and_(absences.c.ended_at.is_(None), which)
    return connection.execute(update(absences).where(here).values(ended_at=now)).rowcount > 0
