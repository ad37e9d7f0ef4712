"""Marks: something was done once, or holds until the mark is cleared. Each mark has a name and a time."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from mailbot.store.tables import marks

_SINCE = select(marks.c.at).where(marks.c.name == bindparam("name"))


def set_mark(connection: Connection, name: str, at: datetime) -> None:
    """Store that something was done, or holds, since this moment (UTC)."""
    row = upsert(marks).values(name=name, at=at)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"at": at}))


def mark_of(connection: Connection, name: str) -> datetime | None:
    """Return since when (UTC) something was done or holds; None if there is no such mark."""
    return connection.execute(_SINCE, {"name": name}).scalar_one_or_none()


def clear_mark(connection: Connection, name: str) -> None:
    """Delete a mark, because what it says no longer holds."""
    connection.execute(delete(marks).where(marks.c.name == name))


def no_time_after(connection: Connection, now: datetime) -> None:
    """Set marks that lie in the future to now, because the clock was ahead when they were set."""
    connection.execute(update(marks).where(marks.c.at > now).values(at=now))
