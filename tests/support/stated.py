"""What organisation.toml and suppliers.toml state, as tests write it: people named by address."""

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from datetime import date

from mailbot.domain.people.directory import Absence, Directory, Person, Right, RightKind, Supplier, Unit
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import OwnCost, SelfOrder


def _by_id(stated: object, ids: Mapping[str, int], *names: str) -> dict[str, int | None]:
    return {name: ids[at] if (at := getattr(stated, name)) else None for name in names}


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

    def unit(self, ids: Mapping[str, int]) -> Unit:
        """Return the unit with the ids that persons have by main address."""
        return Unit(**vars(self) | _by_id(self, ids, "head", "reviewer"))


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

    def right(self, key: int, ids: Mapping[str, int]) -> Right:
        """Return the right under a key of its own, with the ids that persons have by main address."""
        return Right(key, **vars(self) | _by_id(self, ids, "person", "delegated_from", "deputy_for"))


@dataclass(frozen=True)
class StatedAbsence:
    """One `[[absence]]`; persons are main addresses, the days local and inclusive."""

    person: str
    first: date
    last: date
    _: KW_ONLY
    substitute: str | None = None

    def absence(self, ids: Mapping[str, int]) -> Absence:
        """Return the absence with the ids that persons have by main address."""
        return Absence(**vars(self) | _by_id(self, ids, "person", "substitute"))


@dataclass(frozen=True)
class StatedSupplier:
    """One `[[supplier]]`."""

    name: str
    address: str
    _: KW_ONLY
    org_number: str = ""
    names: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """All that the two files state."""

    persons: tuple[StatedPerson, ...]
    units: tuple[StatedUnit, ...]
    rights: tuple[StatedRight, ...]
    suppliers: tuple[StatedSupplier, ...]
    own_costs: tuple[OwnCost, ...] = ()
    absences: tuple[StatedAbsence, ...] = ()

    @property
    def numbered(self) -> Directory:
        """What is stated as the settings have it: persons, rights and suppliers numbered from 1 as they stand."""
        ids = {person.address: number for number, person in enumerate(self.persons, 1)}
        return Directory(
            persons={n: Person(n, **vars(p)) for n, p in enumerate(self.persons, 1)},
            units={u.id: u.unit(ids) for u in self.units},
            rights=tuple(right.right(number, ids) for number, right in enumerate(self.rights, 1)),
            suppliers={n: Supplier(n, **vars(s)) for n, s in enumerate(self.suppliers, 1)},
            absences=tuple(absence.absence(ids) for absence in self.absences),
            own_costs=self.own_costs,
        )

    def directory(self) -> Directory:
        """Return what is stated as the database would hold it."""
        return self.numbered.within_stay()
