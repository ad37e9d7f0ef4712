"""The directory: people, units, rights and suppliers. It decides who may do what (docs/rules/promises.md#truth)."""

import json
import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from mailbot.domain.people.directory import (
    CANARY_UNIT,
    Absence,
    Directory,
    Person,
    Right,
    RightKind,
    Supplier,
    Unit,
)
from mailbot.domain.people.import_merge import merge
from mailbot.domain.people.proposal import AppointmentState
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import OwnCost, SelfOrder
from mailbot.domain.values.text import fold, grouped
from mailbot.store import tables as t
from mailbot.store.directory_import import OF_PERSONS, right_columns, write

Entry = TypeVar("Entry", Person, Unit, Right, Absence, Supplier)
Values = dict[str, Any]

_VERSION = "directory_version"
_THIS_VERSION = select(t.counters.c.value).where(t.counters.c.name == _VERSION)


@dataclass
class DirectoryCache:
    """The directory as last loaded. Every change gives it a new version, so that a stale directory is never used."""

    loaded: tuple[int, Directory] = field(default_factory=lambda: (-1, Directory()))

    def current(self, connection: Connection) -> Directory:
        """Return the directory as this transaction sees it."""
        return self.at(connection)[1]

    def at(self, connection: Connection) -> tuple[int, Directory]:
        """Return the directory's version and the directory, as this transaction sees them."""
        version = directory_version(connection)
        loaded = self.loaded  # read once, because other threads may load in between
        if version != loaded[0]:
            loaded = self.loaded = version, _load(connection)
        return loaded


def directory_version(connection: Connection) -> int:
    """Return the version of the directory; every change gives the directory another one."""
    return connection.execute(_THIS_VERSION).scalar_one_or_none() or 0


def directory_changed(connection: Connection) -> None:
    """Give the directory a new version, in the transaction that changes it."""
    # Random, because by counting a change that is rolled back and the next change would get the same version.
    row = upsert(t.counters).values(name=_VERSION, value=secrets.randbelow(2**31))
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))


def _load(connection: Connection) -> Directory:
    units = _entries(connection, Unit, select(t.units), _unit)
    rights = _entries(connection, Right, select(t.rights).order_by(t.rights.c.id), _right)
    sellers = _entries(connection, Supplier, select(t.suppliers), _supplier)
    absences = _entries(connection, Absence, select(t.absences).order_by(t.absences.c.id), _absence)
    costs = connection.execute(select(t.own_costs).order_by(t.own_costs.c.of))
    return Directory(
        persons={p.id: p for p in _persons(connection)},
        units={u.id: u for u in units},
        rights=tuple(rights),
        suppliers={s.id: s for s in sellers},
        absences=tuple(absences),
        own_costs=tuple(OwnCost(r.of, tuple(r.by.split(t.SEVERAL))) for r in costs),
        awaited=_awaited(connection),
    )


def _entries(
    connection: Connection, kind: type[Entry], query: Select[Any], otherwise: Callable[[Row[Any]], Values]
) -> Iterator[Entry]:
    """Yield an entry for each row. A column has its field's name, or that and `_id`; `otherwise` gives the others."""
    rows = connection.execute(query)
    columns = set(rows.keys())
    named = [(f.name, name) for f in fields(kind) for name in (f.name, f"{f.name}_id") if name in columns]
    yield from (kind(**{name: getattr(row, column) for name, column in named} | otherwise(row)) for row in rows)


def _persons(connection: Connection) -> Iterator[Person]:
    several = {
        name: grouped((key, text) for key, text in connection.execute(select(table.c.person_id, table.c[column])))
        for table, column, name in OF_PERSONS
    }

    def own(row: Row[Any]) -> Values:
        return {name: tuple(texts.get(row.id, ())) for name, texts in several.items()}

    return _entries(connection, Person, select(t.people), own)


def _unit(row: Row[Any]) -> Values:
    return {"self_order": SelfOrder(row.self_order) if row.self_order else None, "level": row.level or ""}


def _right(row: Row[Any]) -> Values:
    limit = Money(Decimal(row.max_amount)) if row.max_amount is not None else None
    return {"kind": RightKind(row.kind), "limit": limit}


def _supplier(row: Row[Any]) -> Values:
    return {"names": tuple(json.loads(row.names or "[]"))}


def _absence(row: Row[Any]) -> Values:
    return {"first": row.first_day, "last": row.last_day, "ended": row.ended_at is not None}


def _awaited(connection: Connection) -> dict[str, frozenset[int]]:
    """Return, by unit, whom open proposals appoint, if the same form has ended the rights of others."""
    query = select(t.appointments.c.unit_id, t.awaited.c.person_id).where(
        t.appointments.c.state == AppointmentState.PROPOSED
    )
    rows = connection.execute(query.join(t.awaited, t.awaited.c.appointment_id == t.appointments.c.id))
    return {unit: frozenset(persons) for unit, persons in grouped((r.unit_id, r.person_id) for r in rows).items()}


def is_empty(connection: Connection) -> bool:
    """Tell whether no unit has ever been stored, except the doctor's."""
    return connection.execute(select(func.count()).where(t.units.c.id != CANARY_UNIT)).scalar_one() == 0


def fill(connection: Connection, organisation: Directory, now: datetime) -> None:
    """Store what the files state in an empty store."""
    known = _load(connection)
    bring_in(connection, known, merge(organisation, known, now.date()).directory, now)


def bring_in(
    connection: Connection,
    known: Directory,
    after: Directory,
    now: datetime,
    done: Callable[[int], None] = lambda _rows: None,
) -> None:
    """Replace `known`, which the store holds, by `after`; `done` gets the number of rows of each batch written."""
    write(connection, known, after, now, done)
    directory_changed(connection)


def add_requester(connection: Connection, address: str) -> Person:
    """Store the owner of a proven address as a person, whose name is the address until the person is registered."""
    own = fold(address)
    row = insert(t.people).values(name=own, address=own, registered=False)
    key = connection.execute(row.returning(t.people.c.id)).scalar_one()
    directory_changed(connection)
    return Person(int(key), own, own, registered=False)


def end_right(connection: Connection, right_id: int, now: datetime) -> bool:
    """End a right at once; False if it had ended already."""
    open_right = (t.rights.c.id == right_id) & t.rights.c.ended_at.is_(None)
    ended = connection.execute(update(t.rights).where(open_right).values(ended_at=now)).rowcount == 1
    directory_changed(connection)
    return ended


def add_right(connection: Connection, right: Right, now: datetime, ground: tuple[int, str | None]) -> int:
    """Register a new right; return its id. `ground` is the mail that proposed it and the SHA-256 of its document."""
    documents = {"ground_inbox_id": ground[0], "ground_sha256": ground[1]}
    row = insert(t.rights).values(right_columns(right) | documents | {"registered_at": now})
    key = int(connection.execute(row.returning(t.rights.c.id)).scalar_one())
    directory_changed(connection)
    return key


def keep_right(connection: Connection, right_id: int, person: int) -> None:
    """Record who has confirmed a right whose delegator has none any more."""
    connection.execute(update(t.rights).where(t.rights.c.id == right_id).values(kept_by_id=person))
    directory_changed(connection)


def without_head(connection: Connection, units: Sequence[str]) -> None:
    """Let these units have no head."""
    connection.execute(update(t.units).where(t.units.c.id.in_(units)).values(head_id=None))
    directory_changed(connection)


def set_last_day(connection: Connection, person: int, last: date) -> None:
    """Set a person's last local day."""
    connection.execute(update(t.people).where(t.people.c.id == person).values(last_day=last))
    directory_changed(connection)


def shorten_right(connection: Connection, right_id: int, last: date) -> None:
    """Set a right's last local day; the event of the change keeps the earlier one."""
    connection.execute(update(t.rights).where(t.rights.c.id == right_id).values(valid_to=last))
    directory_changed(connection)
