"""What organisation.toml and suppliers.toml state: people named by address, not yet rows of the store."""

from dataclasses import dataclass
from datetime import date

from mailbot.domain.directory import RightKind, SelfOrder


@dataclass(frozen=True)
class StatedPerson:
    """One `[[person]]`; `address` and `aliases` are theirs alone."""

    name: str
    address: str
    aliases: tuple[str, ...] = ()
    units: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True)
class StatedUnit:
    """One `[[unit]]`; `head` is a person's main address, `parent` a unit's id."""

    id: str
    name: str
    head: str | None = None
    parent: str | None = None
    self_order: SelfOrder | None = None
    language: str | None = None


@dataclass(frozen=True)
class StatedRight:
    """One `[[right]]`; `person` is a main address, the dates are local and inclusive."""

    person: str
    unit: str
    kind: RightKind
    valid_from: date
    valid_to: date | None = None


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
