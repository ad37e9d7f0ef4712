"""What organisation.toml and suppliers.toml state: people named by address, not yet rows of the store."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from mailbot.domain.people.directory import Directory, Person, Right, RightKind, Supplier, Unit
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import OwnCost, SelfOrder


@dataclass(frozen=True)
class StatedPerson:
    """One `[[person]]`; `address` and `aliases` are theirs alone."""

    name: str
    address: str
    aliases: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    language: str | None = None
    interests: tuple[str, ...] = ()


@dataclass(frozen=True)
class StatedUnit:
    """One `[[unit]]`; `head` is a person's main address, `parent` a unit's id."""

    id: str
    name: str
    head: str | None = None
    parent: str | None = None
    self_order: SelfOrder | None = None
    language: str | None = None
    level: str = ""


@dataclass(frozen=True)
class StatedRight:
    """One `[[right]]`; persons are main addresses, the dates local and inclusive, `limit` None for no limit."""

    person: str
    unit: str
    kind: RightKind
    valid_from: date
    valid_to: date | None = None
    limit: Money | None = None
    role: str = ""
    ground: str = ""
    may_delegate: bool | None = None
    delegated_from: str | None = None
    deputy_for: str | None = None

    def right(self, key: int, ids: Mapping[str, int], unit: str) -> Right:
        """Return the right under a key of its own, in this unit, with the ids that persons have by main address."""
        return Right(
            key,
            ids[self.person],
            unit,
            self.kind,
            self.valid_from,
            self.valid_to,
            None,
            self.limit,
            self.role,
            self.ground,
            self.may_delegate,
            ids[self.delegated_from] if self.delegated_from else None,
            ids[self.deputy_for] if self.deputy_for else None,
        )


@dataclass(frozen=True)
class StatedAbsence:
    """One `[[absence]]`; persons are main addresses, the days local and inclusive."""

    person: str
    first: date
    last: date
    substitute: str | None = None


@dataclass(frozen=True)
class StatedSupplier:
    """One `[[supplier]]`."""

    name: str
    address: str
    org_number: str = ""


@dataclass(frozen=True)
class Organisation:
    """All that the two files state, checked for contradictions by the settings reader."""

    persons: tuple[StatedPerson, ...]
    units: tuple[StatedUnit, ...]
    rights: tuple[StatedRight, ...]
    suppliers: tuple[StatedSupplier, ...]
    own_costs: tuple[OwnCost, ...] = ()
    absences: tuple[StatedAbsence, ...] = ()

    def directory(self) -> Directory:
        """Return what is stated as a directory: persons, rights and suppliers are numbered from 1 as they stand."""
        ids = {person.address: number for number, person in enumerate(self.persons, 1)}
        persons = [
            Person(ids[p.address], p.name, p.address, p.aliases, p.units, p.language, interests=p.interests)
            for p in self.persons
        ]
        units = [
            Unit(u.id, u.name, ids[u.head] if u.head else None, u.parent, u.self_order, u.language, u.level)
            for u in self.units
        ]
        rights = (right.right(number, ids, right.unit) for number, right in enumerate(self.rights, 1))
        suppliers = [Supplier(number, s.name, s.address, s.org_number) for number, s in enumerate(self.suppliers, 1)]
        return Directory(
            {p.id: p for p in persons},
            {u.id: u for u in units},
            tuple(rights),
            {s.id: s for s in suppliers},
            own_costs=self.own_costs,
        )
