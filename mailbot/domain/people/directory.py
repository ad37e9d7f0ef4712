"""Who is who and who may what, when: persons, units, rights, suppliers. Looking up only; judging is routing's."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, TypeVar

from mailbot.domain.people.supplier_names import may_be_one, name_words, near_names, plain_name, words_in
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import OwnCost, SelfOrder
from mailbot.domain.values.text import fold, grouped

K = TypeVar("K")
V = TypeVar("V")


class RightKind(StrEnum):
    """What a right is for (docs/rules/attest.md#r55): deciding orders, purchasing's own acts, or naming approvers.

    One for own costs decides what the table of own costs names its holder for, and nothing else.
    """

    ORDER = "order"
    PURCHASING = "purchasing"
    APPOINT = "appoint"
    OWN_COST = "own_cost"


DECIDING = frozenset({RightKind.ORDER, RightKind.OWN_COST})
"""The rights by which an order can be decided."""


@dataclass(frozen=True)
class Person:
    """One human with one identity.

    `registered` is false for somebody known only by a mail from an allowed domain: their name is then their address,
    since a display name proves nothing. `interests` are names or organisation numbers of suppliers
    (docs/rules/attest.md#r61). After `last_day`, a local day, they hold and order nothing; None for no such day.
    """

    id: int
    name: str
    address: str
    _: KW_ONLY
    aliases: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    language: str | None = None
    registered: bool = True
    interests: tuple[str, ...] = ()
    last_day: date | None = None

    def has_left(self, day: date) -> bool:
        """Tell whether the person's last day is before the local day."""
        return self.last_day is not None and self.last_day < day


@dataclass(frozen=True)
class Unit:
    """An organisational unit; `head` and `reviewer` are persons' ids, `level` what the policy's posts belong to.

    The reviewer gets a copy of each order and may pass a remark to its approver.
    """

    id: str
    name: str
    _: KW_ONLY
    head: int | None = None
    reviewer: int | None = None
    parent: str | None = None
    self_order: SelfOrder | None = None
    language: str | None = None
    level: str = ""


@dataclass(frozen=True)
class Right:
    """A person's right of one kind in one unit, on local days (inclusive) unless it was ended before.

    `limit` is in kronor in the VAT basis of the policy's limits, None for no limit. `role` is the post, "" for none;
    `ground` names the decision behind it (docs/rules/attest.md#r27, #r54, #r55, #r65, #r66). `kept_by` has confirmed a
    delegated right whose delegator has none any more.
    """

    id: int
    person: int
    unit: str
    _: KW_ONLY
    kind: RightKind
    valid_from: date
    valid_to: date | None = None
    ended_at: datetime | None = None
    limit: Money | None = None
    role: str = ""
    ground: str = ""
    may_delegate: bool | None = None
    delegated_from: int | None = None
    deputy_for: int | None = None
    registered_at: datetime | None = None
    kept_by: int | None = field(default=None, repr=False)  # a plan's digest goes by the repr

    def live(self, day: date) -> bool:
        """Tell whether the right holds on the local day."""
        return self.valid_from <= day and self.lasts(day)

    def lasts(self, day: date) -> bool:
        """Tell whether the right holds on the local day, or is to begin later."""
        return self.ended_at is None and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Absence:
    """Local days, inclusive, on which a person is away. `ended` ones are history.

    `registered` ones were stated by the person or the head. Others, told by an automatic reply, move mails and give no
    right.
    """

    person: int
    first: date
    last: date
    _: KW_ONLY
    substitute: int | None = None
    registered: bool = True
    ended: bool = False

    def covers(self, day: date) -> bool:
        """Tell whether the person is away on the local day."""
        return not self.ended and self.first <= day <= self.last


Naming = TypeVar("Naming", Unit, Right, Absence)


@dataclass(frozen=True)
class Supplier:
    """A supplier of the register: the only place a supplier's address ever comes from. `names` are others it has."""

    id: int
    name: str
    address: str
    _: KW_ONLY
    org_number: str = ""
    names: tuple[str, ...] = ()

    @property
    def called(self) -> tuple[str, ...]:
        """All names under which orders mean it."""
        return (self.name, *self.names)


NAMING_PERSONS = ("head", "reviewer", "person", "delegated_from", "deputy_for", "substitute")
"""The fields by which units, rights and absences name a person."""


def with_persons(entry: Naming, ids: Mapping[int, int]) -> Naming:
    """Return the entry with other ids for the persons that it names."""
    changes: dict[str, Any] = {
        name: ids[person] for name in NAMING_PERSONS if (person := getattr(entry, name, None)) is not None
    }
    return replace(entry, **changes)


CANARY_UNIT, CANARY_SUPPLIER, CANARY_DOMAIN = "mailbot-canary", "mailbot canary supplier", "canary.invalid"
"""The doctor's unit, its supplier and the domain of its people (domain/people/canary.py)."""


def is_canary(person: Person) -> bool:
    """Tell whether the person is one of the doctor's, whom no mail can reach."""
    return person.address.endswith(f"@{CANARY_DOMAIN}")


@dataclass(frozen=True, kw_only=True)
class Directory:
    """People, units, rights and suppliers at one moment. `awaited`: by unit, whom a form that ended rights there
    appoints once it is confirmed."""

    persons: Mapping[int, Person] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    rights: tuple[Right, ...] = ()
    suppliers: Mapping[int, Supplier] = field(default_factory=dict)
    absences: tuple[Absence, ...] = ()
    own_costs: tuple[OwnCost, ...] = ()
    awaited: Mapping[str, frozenset[int]] = field(default_factory=dict)

    @cached_property
    def _by_address(self) -> dict[str, Person]:
        pairs = ((a, p) for p in self.persons.values() for a in (p.address, *p.aliases))
        return {fold(address): person for address, person in pairs}

    @cached_property
    def _by_text(self) -> dict[str, list[int]]:
        return grouped((fold(t), p.id) for p in self.persons.values() for t in (p.name, p.address, *p.aliases))

    @cached_property
    def _suppliers_by_name(self) -> dict[str, Supplier]:
        keys = ((k, s) for s in self.suppliers.values() for k in (*s.called, s.org_number, s.address) if k)
        return {fold(key): supplier for key, supplier in keys}

    @cached_property
    def _interests(self) -> frozenset[str]:
        return frozenset(plain_name(key) for p in self.persons.values() for key in p.interests if key)

    @cached_property
    def _suppliers_by_plain_name(self) -> dict[str, list[tuple[int, str]]]:
        keys = ((plain_name(k), (s.id, k)) for s in self.suppliers.values() for k in (*s.called, s.org_number) if k)
        return grouped(keys)

    @cached_property
    def _rights_by_unit(self) -> dict[tuple[str, RightKind], list[Right]]:
        return grouped(((r.unit, r.kind), r) for r in self.rights)

    @cached_property
    def _rights_by_person(self) -> dict[int, list[Right]]:
        return grouped((r.person, r) for r in self.rights)

    @cached_property
    def _rights_by_role(self) -> dict[str, list[Right]]:
        return grouped((r.role, r) for r in self.rights)

    @cached_property
    def _units_by_head(self) -> dict[int | None, list[str]]:
        return grouped((u.head, u.id) for u in self.units.values())

    @cached_property
    def _absences_by_person(self) -> dict[int, list[Absence]]:
        return grouped((a.person, a) for a in self.absences)

    @cached_property
    def _units_by_name(self) -> dict[str, Unit]:
        return {fold(key): u for u in reversed(list(self.units.values())) for key in (u.name, u.id)}

    @cached_property
    def ordinary(self) -> "Directory":
        """Everything but what the doctor's canary is made of: what people may name, choose and list."""
        return self._part(canary=False) if CANARY_UNIT in self.units else self

    @cached_property
    def canary(self) -> "Directory":
        """Nothing but what the doctor's canary is made of."""
        return self._part(canary=True)

    def _part(self, *, canary: bool) -> "Directory":
        sellers = {r.id: r for r in self.suppliers.values() if (r.name == CANARY_SUPPLIER) is canary}
        return replace(
            self,
            persons={p.id: p for p in self.persons.values() if is_canary(p) is canary},
            units={u.id: u for u in self.units.values() if (u.id == CANARY_UNIT) is canary},
            rights=tuple(r for r in self.rights if (r.unit == CANARY_UNIT) is canary),
            suppliers=sellers,
        )

    @cached_property
    def filled_at(self) -> datetime | None:
        """When the first rights were registered (UTC): those that the files filled an empty store with."""
        return min((r.registered_at for r in self.rights if r.registered_at is not None), default=None)

    def within_stay(self) -> "Directory":
        """Return the directory with each right ending no later than its person leaves, as it is stored."""
        lasts = {key: person.last_day for key, person in self.persons.items() if person.last_day}
        rights = (
            replace(right, valid_to=last) if (last := lasts.get(right.person)) and right.lasts(last) else right
            for right in self.rights
        )
        return replace(self, rights=tuple(rights))

    def person_at(self, address: str) -> Person | None:
        """Return the person whose main address or alias this is; case never matters."""
        return self._by_address.get(fold(address))

    def unit_named(self, text: str) -> Unit | None:
        """Return the unit with this id or name."""
        return self._units_by_name.get(fold(text))

    def supplier_named(self, text: str) -> Supplier | None:
        """Return the registered supplier with this name, organisation number or address."""
        return self._suppliers_by_name.get(fold(text))

    def supplier_meant(self, text: str) -> Supplier | None:
        """Return the supplier of this name, or the only one whose name differs in dots, spaces or a company form that
        one of the two leaves out."""
        alike = grouped(self._suppliers_by_plain_name.get(plain_name(text), ()))
        meant = [key for key, names in alike.items() if may_be_one(text, *names)]
        return self.supplier_named(text) or (self.suppliers[meant[0]] if len(meant) == 1 else None)

    def suppliers_near(self, text: str) -> tuple[str, ...]:
        """Return the names of the suppliers that the text may mean, in their order."""
        near = near_names(text, [name for s in self.suppliers.values() for name in s.called])
        return tuple(s.name for s in self._sorted_suppliers if not near.isdisjoint(s.called))

    def suppliers_in(self, text: str) -> tuple[str, ...]:
        """Return the names of the suppliers of which one stands in the text, in their order."""
        said = f" {' '.join(words_in(text))} "
        found = (s for s in self._sorted_suppliers if any(f" {' '.join(name_words(x))} " in said for x in s.called))
        return tuple(s.name for s in found)

    def persons_in(self, text: str, among: Iterable[Person]) -> tuple[Person, ...]:
        """Return those `among` the persons whose full name stands in the text; without any, whose first name does."""
        words = words_in(text)
        said, names = f" {' '.join(words)} ", [(p, words_in(p.name)) for p in among]
        full = tuple(p for p, name in names if name and f" {' '.join(name)} " in said)
        return full or tuple(p for p, name in names if name and name[0] in words)

    @property
    def supplier_names(self) -> tuple[str, ...]:
        """The names of all suppliers, in their order."""
        return tuple(s.name for s in self._sorted_suppliers)

    @cached_property
    def _sorted_suppliers(self) -> list[Supplier]:
        return sorted(self.suppliers.values(), key=lambda s: fold(s.name))

    def path(self, unit: str) -> tuple[str, ...]:
        """Return the unit and those above it, upwards."""
        found: list[str] = []
        at: str | None = unit
        while at is not None and at in self.units and at not in found:
            found.append(at)
            at = self.units[at].parent
        return tuple(found)

    def rights_in(self, unit: str, kind: RightKind) -> Sequence[Right]:
        """Return every right of this kind in the unit itself, also those not yet or no longer valid."""
        return self._rights_by_unit.get((unit, kind), ())

    def rights_of(self, person: int) -> Sequence[Right]:
        """Return every right of a person, also those not yet or no longer valid."""
        return self._rights_by_person.get(person, ())

    def rights_with(self, role: str) -> Sequence[Right]:
        """Return every right that comes with this role, also those not yet or no longer valid."""
        return self._rights_by_role.get(role, ())

    def holders(self, unit: str, kind: RightKind, day: date) -> tuple[Person, ...]:
        """Return who holds a right of this kind in this unit on the local day, by name; no one twice."""
        return self.by_name({r.person for r in self.rights_in(unit, kind) if r.live(day)})

    def by_name(self, ids: Iterable[int]) -> tuple[Person, ...]:
        """Return these persons sorted by name."""
        return tuple(sorted((self.persons[i] for i in set(ids)), key=lambda p: (fold(p.name), p.id)))

    def reviewer(self, unit: str, day: date) -> Person | None:
        """Return the unit's reviewer, if they have not left by this local day."""
        person = self.persons.get(self.units[unit].reviewer or 0)
        return person if person is not None and not person.has_left(day) else None

    def head(self, unit: str) -> Person | None:
        """Return who heads the unit."""
        return self.persons.get(self.units[unit].head or 0)

    def head_over(self, unit: str) -> Person | None:
        """Return who heads the unit, else who heads the nearest unit above it that has a head."""
        return next(filter(None, map(self.head, self.path(unit))), None)

    def heads(self, person: int) -> tuple[str, ...]:
        """Return the units that the person heads."""
        return tuple(self._units_by_head.get(person, ()))

    def only_unit(self, person: Person | None) -> Unit | None:
        """Return the unit of a person who belongs to exactly one."""
        return self.units.get(person.units[0]) if person and len(person.units) == 1 else None

    def absence(self, person: int, day: date) -> Absence | None:
        """Return the person's absence on the local day: a registered one first, then the longest, then the newest."""
        away = [a for a in self._absences_by_person.get(person, ()) if a.covers(day)]
        return max(away, key=lambda a: (a.registered, a.last, a.first, a.substitute or 0), default=None)

    def with_absence(self, new: Absence) -> "Directory":
        """Return the directory with a new absence in place of those of its days; stated beats guessed."""

        def gives_way(a: Absence) -> bool:
            same = a.person == new.person and a.first <= new.last and a.last >= new.first
            return same and (new.registered or not a.registered)

        kept = (replace(a, ended=True) if gives_way(a) else a for a in self.absences)
        return replace(self, absences=(*kept, new))

    def without_absence(self, person: int, day: date, *, only_guessed: bool = False) -> "Directory":
        """Return the directory with the person's absences ended that cover the local day."""

        def is_over(a: Absence) -> bool:
            return a.person == person and a.covers(day) and not (only_guessed and a.registered)

        return replace(self, absences=tuple(replace(a, ended=True) if is_over(a) else a for a in self.absences))

    def with_rights(self, changed: Sequence[Right]) -> "Directory":
        """Return the directory with these rights, in the place of those with the same ids; a new one has the id 0."""
        by_id = {right.id: right for right in changed if right.id}
        new = tuple(right for right in changed if not right.id)
        return replace(self, rights=(*(by_id.get(right.id, right) for right in self.rights), *new))

    def has_interest(self, supplier: int | None) -> bool:
        """Tell whether anybody has declared an interest in this supplier of the register."""
        return not self._interests.isdisjoint(self._called(supplier))

    def is_supplier(self, key: str, supplier: int | None) -> bool:
        """Tell whether a name or organisation number is that of this supplier of the register, as people write it."""
        return plain_name(key) in self._called(supplier)

    def _called(self, supplier: int | None) -> set[str]:
        found = self.suppliers.get(supplier) if supplier is not None else None
        texts = (*found.called, found.org_number) if found is not None else ()
        return {plain_name(text) for text in texts if text}

    def named(self, text: str, among: Iterable[Person]) -> tuple[Person, ...]:
        """Return those `among` the persons whom the text names by full name or by any of their addresses.

        `Eva Ek <eva.ek@example.se>` names Eva by either part; of two with her name it names the one at the address.
        """
        wanted = {fold(part) for part in text.replace(">", "<").split("<") if part.strip()} | {fold(text)}
        found = [set(ids) for ids in (self._by_text.get(text) for text in wanted) if ids]
        meant = set.intersection(*found) or set.union(*found) if found else set()
        return tuple(p for p in among if p.id in meant)
