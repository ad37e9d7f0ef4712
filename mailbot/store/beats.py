"""Heartbeats: when each recurring job last ran (docs/rules/promises.md#p7)."""

from datetime import datetime

from sqlalchemy import Connection, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from mailbot.store.tables import beats


def record_beat(connection: Connection, name: str, at: datetime) -> None:
    """Record that a recurring job ran."""
    row = upsert(beats).values(name=name, at=at)
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"at": at}))


def last_beat(connection: Connection, name: str) -> datetime | None:
    """Return when a recurring job last ran."""
    return connection.execute(select(beats.c.at).where(beats.c.name == name)).scalar_one_or_none()


def newest_beat(connection: Connection) -> datetime | None:
    """Return the newest moment at which any recurring job ran."""
    return connection.execute(select(beats.c.at).order_by(beats.c.at.desc()).limit(1)).scalar_one_or_none()


def no_time_after(connection: Connection, now: datetime) -> None:
    """Set heartbeats that lie in the future to now, because the clock was ahead when they were recorded."""
    connection.execute(update(beats).where(beats.c.at > now).values(at=now))
