"""Writes a changed directory: only the rows that differ, in bulk. No right's history is lost."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Executable, Table, bindparam, delete, func, insert, select, update

from mailbot.domain.people.directory import Directory, Person, Right, with_persons
from mailbot.domain.people.import_merge import MERGED_DOMAIN, same_right
from mailbot.domain.values.text import fold
from mailbot.store import tables as t

Values = dict[str, Any]
Rows = Sequence[Values]

BATCH = 500
"""Rows in one statement: enough to be fast, and few enough to show progress."""


def write(
    connection: Connection, known: Directory, after: Directory, now: datetime, done: Callable[[int], None]
) -> None:
    """Make the store hold `after` instead of `known`; rows with negative ids get real ones.

    A right that is not in `after` is ended `now`. `done` gets the number of rows of each batch written.
    """
    rows = _Rows(connection, done)
    new = [p for p in after.persons.values() if p.id < 0]
    rows.run(insert(t.people), [columns(t.people, p) for p in new])
    stored = {address: key for key, address in connection.execute(select(t.people.c.id, t.people.c.address))}
    ids = {p.id: stored[p.address] if p.id < 0 else p.id for p in after.persons.values()}
    changed = [(known.persons[p.id], p) for p in after.persons.values() if p.id > 0 and p != known.persons[p.id]]
    _drop(rows, changed)
    _units(rows, known, after, ids)
    _hand_over(connection, known, after, ids)
    _add(rows, [(Person(p.id, "", ""), p) for p in new] + changed, ids)
    _rights(rows, known, after, ids, now)
    # What the files do not name ends with its person's stay too. It is stored so: a later last day gives nothing back.
    beyond = (t.people.c.id == t.rights.c.person_id) & (
        t.people.c.last_day < func.coalesce(t.rights.c.valid_to, date.max)
    )
    open_right = t.rights.c.ended_at.is_(None)
    connection.execute(update(t.rights).where(beyond & open_right).values(valid_to=t.people.c.last_day))
    _suppliers(rows, known, after)
    _own_costs(rows, known, after)
    _absences(rows, known, after, ids, now)


@dataclass(frozen=True)
class _Rows:
    connection: Connection
    done: Callable[[int], None]

    def run(self, statement: Executable, rows: Rows) -> None:
        """Run the statement for all rows."""
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            self.connection.execute(statement, batch)
            self.done(len(batch))


Pairs = Sequence[tuple[Person, Person]]


def _missing(here: Iterable[str], there: Iterable[str]) -> list[str]:
    known = {fold(text) for text in there}
    return [text for text in here if fold(text) not in known]


OF_PERSONS = (
    (t.aliases, "address", "aliases"),
    (t.memberships, "unit_id", "units"),
    (t.interests, "supplier", "interests"),
)
"""The tables with what a person may have several of, each with its column and the person's field."""


def _drop(rows: _Rows, changed: Pairs) -> None:
    """Delete what people no longer have. This comes first: a deleted alias may become a main address."""
    for table, column, name in OF_PERSONS:
        lost = ((p.id, text) for old, p in changed for text in _missing(getattr(old, name), getattr(p, name)))
        here = (table.c.person_id == bindparam("who")) & (table.c[column] == bindparam("gone"))
        rows.run(delete(table).where(here), [{"who": person, "gone": text} for person, text in lost])
    values = [{"key": p.id} | columns(t.people, p) for _, p in changed]
    rows.run(update(t.people).where(t.people.c.id == bindparam("key")), values)


_OWNED = ((t.orders, "requester_id"), (t.drafts, "person_id"), (t.links, "person_id"), (t.outbox, "person_id"))


def _hand_over(connection: Connection, known: Directory, after: Directory, ids: Mapping[int, int]) -> None:
    """Give orders, drafts, links and mails of a merged person to the person kept; events stay as they were recorded."""
    for person in after.persons.values():
        old = known.persons.get(person.id)
        if old is None or old.address == person.address or not person.address.endswith(f"@{MERGED_DOMAIN}"):
            continue
        owner = after.person_at(old.address)
        if owner is not None:
            for table, name in _OWNED:
                row = update(table).where(table.c[name] == person.id)
                connection.execute(row.values({name: ids[owner.id]}))


def _add(rows: _Rows, changed: Pairs, ids: Mapping[int, int]) -> None:
    for table, column, name in OF_PERSONS:
        got = ((ids[p.id], text) for old, p in changed for text in _missing(getattr(p, name), getattr(old, name)))
        rows.run(insert(table), [{"person_id": person, column: text} for person, text in got])


def _units(rows: _Rows, known: Directory, after: Directory, ids: Mapping[int, int]) -> None:
    changed = [with_persons(u, ids) for u in after.units.values() if u != known.units.get(u.id)]
    # A new unit's parent may be new too: all units are inserted first, and get their parents after that.
    rows.run(insert(t.units), [{"id": u.id, "name": u.name} for u in changed if u.id not in known.units])
    values = [columns(t.units, u) | {"key": u.id, "level": u.level or None} for u in changed]
    rows.run(update(t.units).where(t.units.c.id == bindparam("key")), values)


def _rights(rows: _Rows, known: Directory, after: Directory, ids: Mapping[int, int], now: datetime) -> None:
    kept = {r.id for r in after.rights}
    ended = {same_right(r): r.id for r in known.rights if r.id not in kept}
    of_ground = t.rights.c.id, t.rights.c.ground, t.rights.c.ground_inbox_id, t.rights.c.ground_sha256
    grounds = {row.id: row for row in rows.connection.execute(select(*of_ground))} if ended else {}
    still_open = (t.rights.c.id == bindparam("key")) & t.rights.c.ended_at.is_(None)
    rows.run(update(t.rights).where(still_open).values(ended_at=now), [{"key": key} for key in ended.values()])
    written = []
    for right in after.rights:
        if right.id < 0:
            row = grounds.get(ended.get(same_right(right), 0))
            proof = row if row is not None and row.ground == right.ground else None
            documents = {name: getattr(proof, name, None) for name in ("ground_inbox_id", "ground_sha256")}
            written.append(right_columns(with_persons(right, ids)) | documents | {"registered_at": now})
    rows.run(insert(t.rights), written)


def columns(table: Table, entry: object) -> Values:
    """Return the values of an entry by column, but for its own id. A column has its field's name, or that and `_id`."""
    names = {column.name: column.name.removesuffix("_id") for column in table.c if column.name != "id"}
    return {name: getattr(entry, field) for name, field in names.items() if hasattr(entry, field)}


def right_columns(right: Right) -> Values:
    """Return a right's columns, except by which document it was given."""
    return columns(t.rights, right) | {"max_amount": str(right.limit.amount) if right.limit else None}


def _suppliers(rows: _Rows, known: Directory, after: Directory) -> None:
    changed = [s for s in after.suppliers.values() if s != known.suppliers.get(s.id)]
    values = [(s.id, columns(t.suppliers, s) | {"names": json.dumps(s.names)}) for s in changed]
    rows.run(
        update(t.suppliers).where(t.suppliers.c.id == bindparam("key")), [{"key": k} | v for k, v in values if k > 0]
    )
    rows.run(insert(t.suppliers), [v for k, v in values if k < 0])


def _own_costs(rows: _Rows, known: Directory, after: Directory) -> None:
    held = {row.of for row in known.own_costs}
    changed = [{"key": row.of, "by": t.SEVERAL.join(row.by)} for row in after.own_costs if row not in known.own_costs]
    rows.run(update(t.own_costs).where(t.own_costs.c.of == bindparam("key")), [r for r in changed if r["key"] in held])
    rows.run(insert(t.own_costs), [{"of": r["key"], "by": r["by"]} for r in changed if r["key"] not in held])


def _absences(rows: _Rows, known: Directory, after: Directory, ids: Mapping[int, int], now: datetime) -> None:
    held = set(known.absences)
    new = [
        columns(t.absences, a) | {"first_day": a.first, "last_day": a.last, "registered_at": now}
        for a in (with_persons(a, ids) for a in after.absences if a not in held)
    ]
    rows.run(insert(t.absences), new)
