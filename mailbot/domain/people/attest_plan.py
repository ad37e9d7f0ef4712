"""The attest plan: everyone with a right in a unit, and what about it needs attention (docs/rules/attest.md#r69)."""

import hashlib
from dataclasses import dataclass
from datetime import date

from mailbot.domain.people.directory import Directory, Person, Right, RightKind, Unit
from mailbot.domain.people.right_rules import orphaned
from mailbot.domain.values.text import fold

WARN_DAYS = (30, 7)


@dataclass(frozen=True)
class PlanRow:
    """One right that holds or is to begin, with names in place of ids; `orphaned` asks to be confirmed."""

    person: Person
    right: Right
    deputy_for: Person | None
    delegated_from: Person | None
    kept_by: Person | None = None
    orphaned: bool = False


@dataclass(frozen=True)
class AttestPlan:
    """A unit's plan on a local day; `alone` says that only one person may decide its orders by a right in it."""

    unit: Unit
    head: Person | None
    rows: tuple[PlanRow, ...]
    alone: bool

    @property
    def orphans(self) -> tuple[PlanRow, ...]:
        """The rows of rights that a delegator who has none any more left behind."""
        return tuple(row for row in self.rows if row.orphaned)

    @property
    def digest(self) -> str:
        """A short name of exactly this plan, so that a page confirms what it showed."""
        rights = [repr(row.right) + " orphaned" * row.orphaned for row in self.rows]
        return hashlib.sha256("\n".join([self.unit.id, *rights]).encode()).hexdigest()[:16]


def unit_plan(unit: str, directory: Directory, day: date) -> AttestPlan:
    """Return the unit's plan on the local day: rights that hold or are to begin, by kind and name."""

    def person(key: int | None) -> Person | None:
        return directory.persons[key] if key is not None else None

    current = [r for kind in RightKind for r in directory.rights_in(unit, kind) if r.lasts(day)]
    rows = [
        PlanRow(
            directory.persons[r.person],
            r,
            person(r.deputy_for),
            person(r.delegated_from),
            person(r.kept_by),
            orphaned(r, directory, day),
        )
        for r in current
    ]
    rows.sort(key=lambda row: (row.right.kind, fold(row.person.name), row.right.valid_from))
    alone = len({r.person for r in current if r.kind is RightKind.ORDER and r.live(day)}) == 1
    return AttestPlan(directory.units[unit], directory.head(unit), tuple(rows), alone)


def ending(directory: Directory, day: date) -> tuple[tuple[Right, date, int], ...]:
    """Return the rights to decide orders that end within a month and that the same person does not continue: each with
    its last day and the warning that is due, in days before it."""
    found = []
    for right in directory.rights:
        if right.kind is not RightKind.ORDER or not right.live(day) or right.valid_to is None:
            continue
        left = (right.valid_to - day).days
        due = [days for days in WARN_DAYS if left <= days]
        if due and not _goes_on(right, directory):
            found.append((right, right.valid_to, min(due)))
    return tuple(found)


def _goes_on(right: Right, directory: Directory) -> bool:
    last = right.valid_to or date.max
    return any(
        r.person == right.person and r.id != right.id and r.ended_at is None and (r.valid_to or date.max) > last
        for r in directory.rights_in(right.unit, right.kind)
    )
