"""What an import of the files would change, as values that a person can read before it happens."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cached_property

from mailbot.domain.people.directory import Directory, Person, Right, Unit
from mailbot.domain.people.import_merge import (
    MERGED_DOMAIN,
    Merged,
    NotRevived,
    RefusedEntry,
    import_right_problems,
    merge,
    same_right,
)
from mailbot.domain.people.right_rules import hanging_on, over
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import Policy
from mailbot.domain.values.text import fold


class DifferenceKind(StrEnum):
    """What differs. The order is that in which differences are shown: rights first."""

    RIGHT_NOT_REVIVED = "right_not_revived"
    RIGHT_HANGS = "right_hangs"
    RIGHT_ADDED = "right_added"
    RIGHT_LIMIT = "right_limit"
    RIGHT_PERIOD = "right_period"
    RIGHT_ROLE = "right_role"
    RIGHT_GROUND = "right_ground"
    RIGHT_MAY_DELEGATE = "right_may_delegate"
    RIGHT_DELEGATED_FROM = "right_delegated_from"
    SUPPLIER_ADDED = "supplier_added"
    SUPPLIER_RENAMED = "supplier_renamed"
    SUPPLIER_ADDRESS = "supplier_address"
    SUPPLIER_NUMBER = "supplier_number"
    SUPPLIER_NAMES = "supplier_names"
    ABSENCE_ADDED = "absence_added"
    OWN_COST_ADDED = "own_cost_added"
    OWN_COST_CHANGED = "own_cost_changed"
    UNIT_ADDED = "unit_added"
    UNIT_RENAMED = "unit_renamed"
    UNIT_HEAD = "unit_head"
    UNIT_REVIEWER = "unit_reviewer"
    UNIT_PARENT = "unit_parent"
    UNIT_LEVEL = "unit_level"
    UNIT_SELF_ORDER = "unit_self_order"
    UNIT_LANGUAGE = "unit_language"
    PERSON_ADDED = "person_added"
    PERSON_REGISTERED = "person_registered"
    PERSON_MERGED = "person_merged"
    PERSON_RENAMED = "person_renamed"
    PERSON_ADDRESS = "person_address"
    ALIAS_ADDED = "alias_added"
    ALIAS_REMOVED = "alias_removed"
    PERSON_UNITS = "person_units"
    PERSON_LANGUAGE = "person_language"
    PERSON_INTERESTS = "person_interests"
    PERSON_LAST_DAY = "person_last_day"


ONLY_TOLD = {DifferenceKind.RIGHT_NOT_REVIVED, DifferenceKind.RIGHT_HANGS}
"""A right that is not revived, and one that hangs on what ends: neither is changed."""

_ORDER = {kind: place for place, kind in enumerate(DifferenceKind)}


@dataclass(frozen=True)
class Difference:
    """One thing that the files state otherwise than the store: whom or what it concerns, and both values as text."""

    kind: DifferenceKind
    about: str
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class ImportPlan:
    """An import ready to be shown and done: from `known` to `after`, if nothing is refused."""

    known: Directory
    after: Directory
    differences: tuple[Difference, ...]
    refused: tuple[RefusedEntry, ...] = ()

    @cached_property
    def changes(self) -> tuple[Difference, ...]:
        """What would be written: other rights are only told of."""
        return tuple(d for d in self.differences if d.kind not in ONLY_TOLD)


def import_plan(stated: Directory, known: Directory, policy: Policy, day: date) -> ImportPlan:
    """Return the import of the files on this local day, with everything that stands against it."""
    merged = merge(stated, known, day)
    refused = (*merged.conflicts, *import_right_problems(merged.directory, known, policy, day))
    return ImportPlan(known, merged.directory, _differences(merged, known, day), refused)


def changed_units(made: ImportPlan, policy: Policy) -> frozenset[str]:
    """Return the units in which other people may decide than before, with those below where superiors may.

    The table of own costs leads across the tree, so that another table may concern any of them.
    """
    if policy.own_costs and made.known.own_costs != made.after.own_costs:
        return frozenset(made.after.units)
    touched = {right.unit for right in {*made.known.rights} ^ {*made.after.rights}}
    for key, unit in made.after.units.items():
        before = made.known.units.get(key, unit)
        if (unit.parent, unit.self_order) != (before.parent, before.self_order):
            touched.add(key)
    if not policy.superiors:
        return frozenset(touched)
    return frozenset(u for u in made.after.units if touched & {*made.after.path(u), *made.known.path(u)})


def _differences(merged: Merged, known: Directory, day: date) -> tuple[Difference, ...]:
    after = merged.directory
    found = [
        *(_not_revived(one, after) for one in merged.not_revived),
        *_of_rights(known, after),
        *_hanging(known, after, day),
        *_of_suppliers(known, after),
        *_of_absences(known, after),
        *_of_own_costs(known, after),
        *_of_units(known, after),
        *_of_persons(known, after),
    ]
    return tuple(sorted(found, key=lambda d: (_ORDER[d.kind], d.about, d.after, d.before)))


def _changed(kind: DifferenceKind, about: str, before: str | None, after: str | None) -> Iterator[Difference]:
    if before != after:
        yield Difference(kind, about, before or "", after or "")


_NOT_STATED = {DifferenceKind.PERSON_RENAMED, DifferenceKind.PERSON_ADDRESS}
"""What stands before everything else of a new person."""


def _stated(differences: Iterable[Difference]) -> str:
    stated = sorted((d for d in differences if d.kind not in _NOT_STATED), key=lambda d: (_ORDER[d.kind], d.after))
    return "; ".join(f"{_key(d.kind)} {d.after}" for d in stated)


def _key(kind: DifferenceKind) -> str:
    """Return what a difference is about: of `unit_self_order` it is "self order"."""
    return "alias" if kind is DifferenceKind.ALIAS_ADDED else kind.partition("_")[2].replace("_", " ")


# --- Persons. ---

_NOBODY = Person(0, "", "")


def _shown(person: Person) -> str:
    return f"{person.name} <{person.address}>"


def _address(key: int | None, directory: Directory) -> str:
    return directory.persons[key].address if key is not None else ""


def _joined(texts: Iterable[str]) -> str:
    return ", ".join(sorted(texts, key=fold))


def _of_persons(known: Directory, after: Directory) -> Iterator[Difference]:
    for key, person in after.persons.items():
        old = known.persons.get(key)
        if old is None:
            yield Difference(DifferenceKind.PERSON_ADDED, _shown(person), after=_stated(_of_person(_NOBODY, person)))
        elif old.address != person.address and person.address.endswith(f"@{MERGED_DOMAIN}"):
            owner = after.person_at(old.address) or person
            yield Difference(DifferenceKind.PERSON_MERGED, _shown(owner), old.address, _shown(owner))
        elif old is not person:
            yield from _of_person(old, person)


def _of_person(old: Person, person: Person) -> Iterator[Difference]:
    about = _shown(person)
    if person.registered and not old.registered:
        yield Difference(DifferenceKind.PERSON_REGISTERED, about, old.address, about)
    else:
        yield from _changed(DifferenceKind.PERSON_RENAMED, about, old.name, person.name)
    yield from _changed(DifferenceKind.PERSON_ADDRESS, about, old.address, person.address)
    for alias in {*person.aliases} - {*old.aliases}:
        yield Difference(DifferenceKind.ALIAS_ADDED, about, after=alias)
    for alias in {*old.aliases} - {*person.aliases}:
        yield Difference(DifferenceKind.ALIAS_REMOVED, about, before=alias)
    yield from _changed(DifferenceKind.PERSON_UNITS, about, _joined(old.units), _joined(person.units))
    yield from _changed(DifferenceKind.PERSON_LANGUAGE, about, old.language, person.language)
    if {fold(i) for i in old.interests} != {fold(i) for i in person.interests}:
        yield Difference(DifferenceKind.PERSON_INTERESTS, about, _joined(old.interests), _joined(person.interests))
    last, now = (str(p.last_day or "") for p in (old, person))
    yield from _changed(DifferenceKind.PERSON_LAST_DAY, about, last, now)


# --- Units. ---


def _of_units(known: Directory, after: Directory) -> Iterator[Difference]:
    for key, unit in after.units.items():
        old = known.units.get(key)
        found = _of_unit(old or Unit(key, unit.name), unit, known, after)
        if old is None:
            yield Difference(DifferenceKind.UNIT_ADDED, f"{unit.name} ({key})", after=_stated(found))
        else:
            yield from found


def _of_unit(old: Unit, unit: Unit, known: Directory, after: Directory) -> Iterator[Difference]:
    about = f"{unit.name} ({unit.id})"
    yield from _changed(DifferenceKind.UNIT_RENAMED, about, old.name, unit.name)
    people = (
        (DifferenceKind.UNIT_HEAD, old.head, unit.head),
        (DifferenceKind.UNIT_REVIEWER, old.reviewer, unit.reviewer),
    )
    for kind, was, now in people:
        if was != now:  # by id, since a head whose own address changes is the same head
            yield Difference(kind, about, _address(was, known), _address(now, after))
    yield from _changed(DifferenceKind.UNIT_PARENT, about, old.parent, unit.parent)
    yield from _changed(DifferenceKind.UNIT_LEVEL, about, old.level, unit.level)
    yield from _changed(DifferenceKind.UNIT_SELF_ORDER, about, old.self_order, unit.self_order)
    yield from _changed(DifferenceKind.UNIT_LANGUAGE, about, old.language, unit.language)


# --- Rights. ---


def about_right(right: Right, directory: Directory) -> str:
    """Return which right it is, in one line: unit, kind, person, first day, whose deputy."""
    deputy = f", deputy for {_address(right.deputy_for, directory)}" if right.deputy_for is not None else ""
    return f"{right.unit} {right.kind}: {_shown(directory.persons[right.person])} from {right.valid_from}{deputy}"


def sum_text(limit: Money | None) -> str:
    """Return a limit as a file states it."""
    return f"{limit.amount:f} {limit.currency}".replace(".00 ", " ") if limit else "no limit"


def period_text(right: Right) -> str:
    """Return when a right ends or has ended; moments are UTC."""
    if right.ended_at is not None:
        return f"ended {right.ended_at:%Y-%m-%d %H:%M} UTC"
    return f"to {right.valid_to}" if right.valid_to else "no end"


def _not_revived(one: NotRevived, after: Directory) -> Difference:
    before, wanted = period_text(one.held), period_text(one.wanted)
    if before == wanted:  # its limit was lowered
        before, wanted = sum_text(one.held.limit), sum_text(one.wanted.limit)
    return Difference(DifferenceKind.RIGHT_NOT_REVIVED, about_right(one.wanted, after), before, wanted)


def _terms(right: Right, directory: Directory) -> dict[DifferenceKind, str]:
    return {
        DifferenceKind.RIGHT_LIMIT: sum_text(right.limit),
        DifferenceKind.RIGHT_PERIOD: period_text(right),
        DifferenceKind.RIGHT_ROLE: right.role,
        DifferenceKind.RIGHT_GROUND: right.ground,
        DifferenceKind.RIGHT_MAY_DELEGATE: {None: "", True: "true", False: "false"}[right.may_delegate],
        DifferenceKind.RIGHT_DELEGATED_FROM: _address(right.delegated_from, directory),
    }


def _of_rights(known: Directory, after: Directory) -> Iterator[Difference]:
    held = {same_right(right): right for right in known.rights if right.ended_at is None}
    for right in after.rights:
        if right.id >= 0:
            continue
        about, terms, old = about_right(right, after), _terms(right, after), held.get(same_right(right))
        if old is None:
            stated = [f"{kind.removeprefix('right_')} {text}" for kind, text in list(terms.items())[2:] if text]
            texts = [terms[DifferenceKind.RIGHT_PERIOD], terms[DifferenceKind.RIGHT_LIMIT], *stated]
            yield Difference(DifferenceKind.RIGHT_ADDED, about, after=", ".join(texts))
            continue
        before = _terms(old, after)  # by today's addresses: whose address changes has delegated as before
        for kind, text in terms.items():
            yield from _changed(kind, about, before[kind], text)


def _hanging(known: Directory, after: Directory, day: date) -> Iterator[Difference]:
    """Yield the rights delegated by, or held for, somebody whose own right over the unit now ends sooner or is less."""
    held = {same_right(right): right for right in known.rights if right.ended_at is None}
    for right in after.rights:
        old = held.get(same_right(right))
        if right.id >= 0 or old is None:
            continue
        last = right.valid_to or date.max
        sooner = last < (old.valid_to or date.max)
        for other in hanging_on(right, after, last if sooner else day):
            if sooner or (over(old.limit, right.limit) and over(other.limit, right.limit)):
                text = f"hangs on {about_right(right, after)}, {period_text(right)}, {sum_text(right.limit)}"
                yield Difference(DifferenceKind.RIGHT_HANGS, about_right(other, after), period_text(other), text)


# --- Suppliers and own costs. ---


def _of_suppliers(known: Directory, after: Directory) -> Iterator[Difference]:
    for key, supplier in after.suppliers.items():
        old = known.suppliers.get(key)
        if old is None:
            text = ", ".join(part for part in (supplier.address, supplier.org_number) if part)
            yield Difference(DifferenceKind.SUPPLIER_ADDED, supplier.name, after=text)
            continue
        yield from _changed(DifferenceKind.SUPPLIER_RENAMED, supplier.name, old.name, supplier.name)
        yield from _changed(DifferenceKind.SUPPLIER_ADDRESS, supplier.name, old.address, supplier.address)
        yield from _changed(DifferenceKind.SUPPLIER_NUMBER, supplier.name, old.org_number, supplier.org_number)
        yield from _changed(DifferenceKind.SUPPLIER_NAMES, supplier.name, _joined(old.names), _joined(supplier.names))


def _of_absences(known: Directory, after: Directory) -> Iterator[Difference]:
    held = set(known.absences)
    for absence in after.absences:
        if absence not in held:
            substitute = f", substitute {_address(absence.substitute, after)}" if absence.substitute is not None else ""
            text = f"{absence.first} to {absence.last}{substitute}"
            yield Difference(DifferenceKind.ABSENCE_ADDED, _shown(after.persons[absence.person]), after=text)


def _of_own_costs(known: Directory, after: Directory) -> Iterator[Difference]:
    held = {fold(row.of): ", ".join(row.by) for row in known.own_costs}
    for row in after.own_costs:
        now = ", ".join(row.by)
        if (by := held.get(fold(row.of))) is None:
            yield Difference(DifferenceKind.OWN_COST_ADDED, row.of, after=now)
        else:
            yield from _changed(DifferenceKind.OWN_COST_CHANGED, row.of, by, now)
