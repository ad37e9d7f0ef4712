"""People, units, rights and suppliers: the truth about who may what (docs/rules/promises.md#truth)."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from mailbot.domain.people.appointment import AppointmentState
from mailbot.domain.people.directory import CANARY_UNIT, Absence, Directory, Person, Right, RightKind, Supplier, Unit
from mailbot.domain.people.import_merge import merge
from mailbot.domain.people.organisation import Organisation
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import OwnCost, SelfOrder
from mailbot.domain.values.text import fold, grouped
from mailbot.store.directory_import import columns, write
from mailbot.store.tables import (
    absences,
    aliases,
    appointments,
    awaited,
    counters,
    interests,
    memberships,
    own_costs,
    people,
    rights,
    suppliers,
    units,
)

_VERSION = "directory_version"


@dataclass
class DirectoryCache:
    """The directory as last loaded; every change gives it a version of its own, so that a stale one is never used."""

    loaded: tuple[int, Directory] = field(default_factory=lambda: (-1, Directory()))

    def current(self, connection: Connection) -> Directory:
        """Return the directory as this transaction sees it."""
        return self.at(connection)[1]

    def at(self, connection: Connection) -> tuple[int, Directory]:
        """Return the directory's version and the directory, as this transaction sees them."""
        version = directory_version(connection)
        loaded = self.loaded  # looked at once: other threads load too
        if version != loaded[0]:
            loaded = self.loaded = version, _load(connection)
        return loaded


def directory_version(connection: Connection) -> int:
    """Return the version of the directory; every change gives it another."""
    return connection.execute(select(counters.c.value).where(counters.c.name == _VERSION)).scalar_one_or_none() or 0


def directory_changed(connection: Connection) -> None:
    """Give the directory a new version, in the transaction that changes it."""
    # Random, not counted up: a change rolled back and the one made next would have one number.
    row = upsert(counters).values(name=_VERSION, value=secrets.randbelow(2**31))
    connection.execute(row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value}))


def _load(connection: Connection) -> Directory:
    more, members, declared = (
        grouped((person, text) for person, text in connection.execute(select(table.c.person_id, table.c[name])))
        for table, name in ((aliases, "address"), (memberships, "unit_id"), (interests, "supplier"))
    )
    persons = {
        r.id: Person(
            r.id,
            r.name,
            r.address,
            tuple(more.get(r.id, ())),
            tuple(members.get(r.id, ())),
            r.language,
            r.registered,
            tuple(declared.get(r.id, ())),
        )
        for r in connection.execute(select(people))
    }
    return Directory(
        persons=persons,
        units={
            r.id: Unit(
                r.id,
                r.name,
                r.head_id,
                r.parent_id,
                SelfOrder(r.self_order) if r.self_order else None,
                r.language,
                r.level or "",
            )
            for r in connection.execute(select(units))
        },
        rights=tuple(_right(r) for r in connection.execute(select(rights).order_by(rights.c.id))),
        suppliers={
            r.id: Supplier(r.id, r.name, r.address, r.org_number) for r in connection.execute(select(suppliers))
        },
        absences=tuple(
            Absence(r.person_id, r.first_day, r.last_day, r.substitute_id, r.registered, r.ended_at is not None)
            for r in connection.execute(select(absences).order_by(absences.c.id))
        ),
        own_costs=tuple(OwnCost(r.of, r.by) for r in connection.execute(select(own_costs).order_by(own_costs.c.of))),
        awaited=_awaited(connection),
    )


def _awaited(connection: Connection) -> dict[str, frozenset[int]]:
    """Return by unit whom open proposals appoint where the same form has ended others' rights."""
    query = select(appointments.c.unit_id, awaited.c.person_id).where(appointments.c.state == AppointmentState.PROPOSED)
    rows = connection.execute(query.join(awaited, awaited.c.appointment_id == appointments.c.id))
    return {unit: frozenset(persons) for unit, persons in grouped((r.unit_id, r.person_id) for r in rows).items()}


def _right(row: Row[Any]) -> Right:
    return Right(
        row.id,
        row.person_id,
        row.unit_id,
        RightKind(row.kind),
        row.valid_from,
        row.valid_to,
        row.ended_at,
        Money(Decimal(row.max_amount)) if row.max_amount is not None else None,
        row.role,
        row.ground,
        row.may_delegate,
        row.delegated_from_id,
        row.deputy_for_id,
        row.registered_at,
    )


def is_empty(connection: Connection) -> bool:
    """Tell whether no unit has ever been stored but the doctor's."""
    return connection.execute(select(func.count()).where(units.c.id != CANARY_UNIT)).scalar_one() == 0


def fill(connection: Connection, organisation: Organisation, now: datetime) -> None:
    """Store what the files state, in a store that is empty."""
    known = _load(connection)
    bring_in(connection, known, merge(organisation, known, now.date()).directory, now)


def bring_in(
    connection: Connection,
    known: Directory,
    after: Directory,
    now: datetime,
    done: Callable[[int], None] = lambda _rows: None,
) -> None:
    """Make the store, which holds `known`, hold `after`; `done` hears how many rows each batch wrote."""
    write(connection, known, after, now, done)
    directory_changed(connection)


def add_requester(connection: Connection, address: str) -> Person:
    """Give the owner of a proven allowed-domain address an identity; it is named by its address until registered."""
    own = fold(address)
    row = insert(people).values(name=own, address=own, registered=False)
    key = connection.execute(row.returning(people.c.id)).scalar_one()
    directory_changed(connection)
    return Person(int(key), own, own, registered=False)


def end_right(connection: Connection, right_id: int, now: datetime) -> bool:
    """End a right at once; False when it had ended already."""
    open_right = (rights.c.id == right_id) & rights.c.ended_at.is_(None)
    ended = connection.execute(update(rights).where(open_right).values(ended_at=now)).rowcount == 1
    directory_changed(connection)
    return ended


def add_right(connection: Connection, right: Right, now: datetime, ground: tuple[int, str | None]) -> int:
    """Register a new right and return its id; `ground` is the mail it came with and the SHA-256 of its document."""
    documents = {"ground_inbox_id": ground[0], "ground_sha256": ground[1]}
    row = insert(rights).values(columns(right) | documents | {"registered_at": now})
    key = int(connection.execute(row.returning(rights.c.id)).scalar_one())
    directory_changed(connection)
    return key


def shorten_right(connection: Connection, right_id: int, last: date) -> None:
    """Let a right end after its last local day; what it said before is in the event of who did so."""
    connection.execute(update(rights).where(rights.c.id == right_id).values(valid_to=last))
    directory_changed(connection)
