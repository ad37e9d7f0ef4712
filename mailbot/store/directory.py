"""The directory: people, units, rights and suppliers. It decides who may do what (docs/rules/promises.md#truth)."""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
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
from mailbot.store.directory_import import columns, write

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
    sellers = connection.execute(select(t.suppliers))
    costs = connection.execute(select(t.own_costs).order_by(t.own_costs.c.of))
    found = Directory(
        persons=_persons(connection),
        units=_units(connection),
        rights=tuple(_right(r) for r in connection.execute(select(t.rights).order_by(t.rights.c.id))),
        suppliers={r.id: _supplier(r) for r in sellers},
        absences=tuple(_absence(r) for r in connection.execute(select(t.absences).order_by(t.absences.c.id))),
        own_costs=tuple(OwnCost(r.of, tuple(r.by.split(t.SEVERAL))) for r in costs),
        awaited=_awaited(connection),
    )
    return found.within_stay()


def _persons(connection: Connection) -> dict[int, Person]:
    more, members, declared = (
        grouped((person, text) for person, text in connection.execute(select(table.c.person_id, table.c[name])))
        for table, name in ((t.aliases, "address"), (t.memberships, "unit_id"), (t.interests, "supplier"))
    )
    return {
        r.id: Person(
            r.id,
            r.name,
            r.address,
            aliases=tuple(more.get(r.id, ())),
            units=tuple(members.get(r.id, ())),
            language=r.language,
            registered=r.registered,
            interests=tuple(declared.get(r.id, ())),
            last_day=r.last_day,
        )
        for r in connection.execute(select(t.people))
    }


def _units(connection: Connection) -> dict[str, Unit]:
    return {
        r.id: Unit(
            r.id,
            r.name,
            head=r.head_id,
            reviewer=r.reviewer_id,
            parent=r.parent_id,
            self_order=SelfOrder(r.self_order) if r.self_order else None,
            language=r.language,
            level=r.level or "",
        )
        for r in connection.execute(select(t.units))
    }


def _supplier(row: Row[Any]) -> Supplier:
    names = tuple(json.loads(row.names or "[]"))
    return Supplier(row.id, row.name, row.address, org_number=row.org_number, names=names)


def _absence(row: Row[Any]) -> Absence:
    return Absence(
        row.person_id,
        row.first_day,
        row.last_day,
        substitute=row.substitute_id,
        registered=row.registered,
        ended=row.ended_at is not None,
    )


def _awaited(connection: Connection) -> dict[str, frozenset[int]]:
    """Return, by unit, whom open proposals appoint, if the same form has ended the rights of others."""
    query = select(t.appointments.c.unit_id, t.awaited.c.person_id).where(
        t.appointments.c.state == AppointmentState.PROPOSED
    )
    rows = connection.execute(query.join(t.awaited, t.awaited.c.appointment_id == t.appointments.c.id))
    return {unit: frozenset(persons) for unit, persons in grouped((r.unit_id, r.person_id) for r in rows).items()}


def _right(row: Row[Any]) -> Right:
    return Right(
        row.id,
        row.person_id,
        row.unit_id,
        kind=RightKind(row.kind),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        ended_at=row.ended_at,
        limit=Money(Decimal(row.max_amount)) if row.max_amount is not None else None,
        role=row.role,
        ground=row.ground,
        may_delegate=row.may_delegate,
        delegated_from=row.delegated_from_id,
        deputy_for=row.deputy_for_id,
        registered_at=row.registered_at,
        kept_by=row.kept_by_id,
    )


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
    row = insert(t.rights).values(columns(right) | documents | {"registered_at": now})
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
