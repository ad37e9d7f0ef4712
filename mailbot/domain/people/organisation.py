"""What organisation.toml and suppliers.toml state: people named by address, not yet rows of the store."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import date

from mailbot.domain.people.directory import Directory, Person, Right, RightKind, Supplier, Unit, within_stay
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import OwnCost, SelfOrder


@dataclass(frozen=True)
class StatedPerson:
    """One `[[person]]`; `address` and `aliases` are theirs alone."""

    name: str
    address: str
    _: KW_ONLY
    aliases: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    language: str | None = None
    interests: tuple[str, ...] = ()
    last_day: date | None = None


@dataclass(frozen=True)
class StatedUnit:
    """One `[[unit]]`; `head` is a person's main address, `parent` a unit's id."""

    id: str
    name: str
    _: KW_ONLY
    head: str | None = None
    reviewer: str | None = None
    parent: str | None = None
    self_order: SelfOrder | None = None
    language: str | None = None
    level: str = ""

    def unit(self, key: str, ids: Mapping[str, int], parent: str | None) -> Unit:
        """Return the unit under the id that it has in the store, as its parent does, with the ids that persons have."""
        people = {name: ids[at] if (at := getattr(self, name)) else None for name in ("head", "reviewer")}
        return Unit(**vars(self) | people | {"id": key, "parent": parent})


@dataclass(frozen=True)
class StatedRight:
    """One `[[right]]`; persons are main addresses, the dates local and inclusive, `limit` None for no limit."""

    person: str
    unit: str
    kind: RightKind
    _: KW_ONLY
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
        given = {"person": ids[self.person], "unit": unit}
        for name in ("delegated_from", "deputy_for"):
            given[name] = ids[address] if (address := getattr(self, name)) else None
        return Right(key, **vars(self) | given)


@dataclass(frozen=True)
class StatedAbsence:
    """One `[[absence]]`; persons are main addresses, the days local and inclusive."""

    person: str
    first: date
    last: date
    _: KW_ONLY
    substitute: str | None = None


@dataclass(frozen=True)
class StatedSupplier:
    """One `[[supplier]]`."""

    name: str
    address: str
    _: KW_ONLY
    org_number: str = ""
    names: tuple[str, ...] = ()

    def supplier(self, key: int) -> Supplier:
        """Return the supplier under a key of its own."""
        return Supplier(key, **vars(self))


@dataclass(frozen=True, kw_only=True)
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
        persons = {ids[p.address]: Person(ids[p.address], **vars(p)) for p in self.persons}
        units = [u.unit(u.id, ids, u.parent) for u in self.units]
        rights = (right.right(number, ids, right.unit) for number, right in enumerate(self.rights, 1))
        suppliers = [s.supplier(number) for number, s in enumerate(self.suppliers, 1)]
        return Directory(
            persons=persons,
            units={u.id: u for u in units},
            rights=within_stay(rights, persons),
            suppliers={s.id: s for s in suppliers},
            own_costs=self.own_costs,
        )
