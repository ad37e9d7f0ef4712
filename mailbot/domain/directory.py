"""Who is who and who may what, when: persons, units, rights, suppliers. Looking up only; judging is routing's."""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from functools import cached_property


class RightKind(StrEnum):
    """What a right is for (attest-rules.md rule 55)."""

    ORDER = "order"
    PURCHASING = "purchasing"


class SelfOrder(StrEnum):
    """What happens when an approver decides an order of their own (attest-rules.md rule 16)."""

    ALLOW = "allow"
    WARN = "warn"
    DENY = "deny"


@dataclass(frozen=True)
class Person:
    """One human with one identity and any number of addresses.

    `registered` is false for someone known only because they mailed from an allowed domain:
    their name is then their address, since a display name proves nothing.
    """

    id: int
    name: str
    address: str
    aliases: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    language: str | None = None
    registered: bool = True


@dataclass(frozen=True)
class Unit:
    """An organisational unit; `head` is a person's id."""

    id: str
    name: str
    head: int | None = None
    parent: str | None = None
    self_order: SelfOrder | None = None
    language: str | None = None


@dataclass(frozen=True)
class Right:
    """A person's right of one kind in one unit, valid from and to (inclusive, local dates) unless ended before."""

    id: int
    person: int
    unit: str
    kind: RightKind
    valid_from: date
    valid_to: date | None = None
    ended_at: datetime | None = None

    def covers(self, unit: str, kind: RightKind, day: date) -> bool:
        """Tell whether the right holds for the unit and kind on the local day."""
        in_time = self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)
        return self.unit == unit and self.kind is kind and self.ended_at is None and in_time


@dataclass(frozen=True)
class Supplier:
    """A supplier of the register: the only place a supplier's address ever comes from."""

    id: int
    name: str
    address: str
    org_number: str = ""


CANARY_UNIT, CANARY_SUPPLIER, CANARY_DOMAIN = "mailbot-canary", "mailbot canary supplier", "canary.invalid"
"""The doctor's unit, its supplier and the domain of its people (domain/canary.py)."""


def is_canary(person: Person) -> bool:
    """Tell whether the person is one of the doctor's, whom no mail can reach."""
    return person.address.endswith(f"@{CANARY_DOMAIN}")


def fold(text: str) -> str:
    """Return the text as names and addresses are compared: NFKC, one space between words, no case."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@dataclass(frozen=True)
class Directory:
    """Everything known about people, units, rights and suppliers at one moment."""

    persons: Mapping[int, Person] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)
    rights: tuple[Right, ...] = ()
    suppliers: Mapping[int, Supplier] = field(default_factory=dict)

    @cached_property
    def _by_address(self) -> dict[str, Person]:
        pairs = ((a, p) for p in self.persons.values() for a in (p.address, *p.aliases))
        return {fold(address): person for address, person in pairs}

    @cached_property
    def _suppliers_by_name(self) -> dict[str, Supplier]:
        keys = ((k, s) for s in self.suppliers.values() for k in (s.name, s.org_number, s.address) if k)
        return {fold(key): supplier for key, supplier in keys}

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

    def person_at(self, address: str) -> Person | None:
        """Return the person whose main address or alias this is; case never matters."""
        return self._by_address.get(fold(address))

    def unit_named(self, text: str) -> Unit | None:
        """Return the unit with this id or name."""
        wanted = fold(text)
        return next((u for u in self.units.values() if wanted in (fold(u.id), fold(u.name))), None)

    def supplier_named(self, text: str) -> Supplier | None:
        """Return the registered supplier with this name, organisation number or address."""
        return self._suppliers_by_name.get(fold(text))

    def holders(self, unit: str, kind: RightKind, day: date) -> tuple[Person, ...]:
        """Return who holds a right of this kind in this unit on the local day, by name; no one twice."""
        ids = {r.person for r in self.rights if r.covers(unit, kind, day)}
        return tuple(sorted((self.persons[i] for i in ids), key=lambda p: (fold(p.name), p.id)))

    def named(self, text: str, among: Iterable[Person]) -> tuple[Person, ...]:
        """Return those `among` whom the text names by full name or by any of their addresses.

        `Eva Ek <eva.ek@example.se>` names Eva by either part.
        """
        wanted = {fold(part) for part in text.replace(">", "<").split("<") if part.strip()}
        wanted |= {fold(text)}
        return tuple(p for p in among if wanted & {fold(k) for k in (p.name, p.address, *p.aliases)})
