"""The directory as it would be if the files were imported, and what stands against that.

Persons match by any of their addresses, units by id, suppliers by organisation number or name, rights by person, unit,
kind, first day and whose deputy. What the files leave out stays. New ids are negative: minus the number in the file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from mailbot.domain.people.directory import Absence, Directory, Person, Right, Supplier, with_persons
from mailbot.domain.people.right_rules import HANGING, RightProblem, lowest, over, right_problems
from mailbot.domain.values.policy import OwnCost, Policy
from mailbot.domain.values.text import fold

MERGED_DOMAIN = "merged.invalid"


class ImportProblem(StrEnum):
    """Why an entry cannot be imported beside what the store holds."""

    ADDRESS_TAKEN = "address_taken"
    UNIT_TAKEN = "unit_taken"
    SUPPLIER_TAKEN = "supplier_taken"


@dataclass(frozen=True)
class RefusedEntry:
    """An entry that stops the import: where it stands (`number` counts from 1), why, what it says and whose that is."""

    table: str
    number: int
    key: str
    why: ImportProblem | RightProblem
    text: str = ""
    owner: str = ""


@dataclass(frozen=True)
class NotRevived:
    """A line of the file that would prolong what the store holds, or that was ended there."""

    wanted: Right
    held: Right


@dataclass(frozen=True)
class Merged:
    """What is known with what is stated laid over it. Rights that are to be ended are no longer in `directory`."""

    directory: Directory
    not_revived: tuple[NotRevived, ...]
    conflicts: tuple[RefusedEntry, ...]


RightKey = tuple[int, str, str, date, int | None]


def same_right(right: Right) -> RightKey:
    """Return what makes two rows one right over time."""
    return right.person, right.unit, right.kind, right.valid_from, right.deputy_for


def merge(stated: Directory, known: Directory, day: date) -> Merged:
    """Lay the files over the store; `day` is the local day, on which a right is over or not."""
    homes, conflicts = _homes(stated, known)
    ids = {number: homes[number].id if number in homes else -number for number in stated.persons}
    names = {fold(u): u for u in known.units}
    names = {key: names.get(fold(key), key) for key in stated.units}
    persons = {ids[n]: _person(p, ids[n], names, known) for n, p in stated.persons.items()}
    left = {key for key, person in persons.items() if person.has_left(day)}
    units = {}
    for unit in (with_persons(u, ids) for u in stated.units.values()):
        parent, head = names[unit.parent] if unit.parent else None, None if unit.head in left else unit.head
        units[names[unit.id]] = replace(unit, id=names[unit.id], parent=parent, head=head)
    # A line lasts no longer than its person stays, so that a later last day revives nothing.
    lines = replace(stated, persons={number: persons[key] for number, key in ids.items()}).within_stay().rights
    rights, not_revived = _rights(lines, known, ids, names, day)
    sellers, taken = _suppliers(stated, known)
    costs = {fold(row.of): row for row in known.own_costs}
    for row in stated.own_costs:
        costs[fold(row.of)] = OwnCost(costs.get(fold(row.of), row).of, row.by)
    merged = {p.id: _emptied(p) for p in _absorbed(stated, known, homes)}
    directory = Directory(
        persons={**known.persons, **merged, **persons},
        units={**known.units, **units},
        rights=rights,
        suppliers={**known.suppliers, **sellers},
        absences=(*known.absences, *_absences(stated, known, ids)),
        own_costs=tuple(costs.values()),
    )
    return Merged(directory, not_revived, (*conflicts, *_units_taken(stated, known), *taken))


def _absences(stated: Directory, known: Directory, ids: Mapping[int, int]) -> Iterator[Absence]:
    """Yield the absences that the store has never held: one that was ended is not begun anew."""
    held = {(a.person, a.first, a.last) for a in known.absences}
    found = (with_persons(absence, ids) for absence in stated.absences)
    yield from (a for a in found if (a.person, a.first, a.last) not in held)


def import_right_problems(merged: Directory, known: Directory, policy: Policy, day: date) -> Iterator[RefusedEntry]:
    """Yield what stands against the rights that would be written; new ones must not begin before the local day, unless
    the store is empty (docs/rules/flags.md#r9)."""
    before = {same_right(right): right for right in known.rights if right.ended_at is None}
    for right in merged.rights:
        old = before.get(same_right(right))
        if right.id >= 0 or (old and right == _lessened(old, right)):
            continue
        today = day if known.units and old is None else None
        for found in right_problems(right, merged, policy, today):
            if found.objection not in HANGING:
                yield RefusedEntry("right", -right.id, found.key, found.objection)


def _lessened(old: Right, wanted: Right) -> Right:
    """Return the old right as far as the wanted one allows it too."""
    last = min(old.valid_to or date.max, wanted.valid_to or date.max)
    return replace(
        old,
        id=wanted.id,
        registered_at=wanted.registered_at,
        valid_to=None if last == date.max else last,
        limit=lowest(old.limit, wanted.limit),
        may_delegate=False if wanted.may_delegate is False else old.may_delegate,
    )


def _addresses(person: Person) -> Iterator[tuple[str, str]]:
    yield "address", fold(person.address)
    yield from (("aliases", fold(alias)) for alias in person.aliases)


def _homes(stated: Directory, known: Directory) -> tuple[dict[int, Person], list[RefusedEntry]]:
    """Return the stored person of each stated one, by its number, and who claims another's address."""
    claims = [
        (number, key, address, owner)
        for number, person in stated.persons.items()
        for key, address in _addresses(person)
        if (owner := known.person_at(address))
    ]
    claimed: dict[int, dict[int, set[str]]] = {}
    for number, _, address, owner in claims:
        claimed.setdefault(owner.id, {}).setdefault(number, set()).add(address)
    homes: dict[int, Person] = {}
    for owner_id, by in sorted(claimed.items()):
        owner = known.persons[owner_id]
        rightful = [n for n, addresses in by.items() if fold(owner.address) in addresses] or list(by)
        if len(rightful) > 1:
            continue
        (number,) = rightful
        if number not in homes or known.person_at(stated.persons[number].address) == owner:
            homes[number] = owner
    refused = [
        RefusedEntry("person", number, key, ImportProblem.ADDRESS_TAKEN, address, f"{owner.name} <{owner.address}>")
        for number, key, address, owner in claims
        if homes.get(number) != owner and owner.registered
    ]
    return homes, refused


def _absorbed(stated: Directory, known: Directory, homes: Mapping[int, Person]) -> Iterator[Person]:
    """Yield those known by an address only that is now stated as another's: they are that person.

    Otherwise approvers could decide own orders, sent from addresses that nobody had stated (docs/rules/attest.md#r36).
    """
    for number, person in stated.persons.items():
        for _, address in _addresses(person):
            owner = known.person_at(address)
            if owner is not None and not owner.registered and homes.get(number) != owner:
                yield owner


def _emptied(person: Person) -> Person:
    """Return what stays of an absorbed person: a name for old events, at an address that nobody has (RFC 2606)."""
    return replace(person, address=f"merged-{person.id}@{MERGED_DOMAIN}")


def _person(stated: Person, key: int, units: Mapping[str, str], known: Directory) -> Person:
    """Return the person as stated; a last day that the file leaves out stays, as a head may have mailed it."""
    main, held = fold(stated.address), known.persons.get(key)
    return replace(
        stated,
        id=key,
        address=main,
        aliases=tuple(dict.fromkeys(alias for alias in map(fold, stated.aliases) if alias != main)),
        units=tuple(dict.fromkeys(units[unit] for unit in stated.units)),
        interests=tuple({fold(interest): interest for interest in reversed(stated.interests)}.values()),
        last_day=stated.last_day or (held.last_day if held else None),
    )


def _units_taken(stated: Directory, known: Directory) -> Iterator[RefusedEntry]:
    """Yield the names that another stored unit has: an order could not tell the two apart."""
    own = {fold(key) for key in stated.units}
    others = {fold(text): u for u in known.units.values() if fold(u.id) not in own for text in (u.name, u.id)}
    for number, unit in enumerate(stated.units.values(), 1):
        for key, text in (("id", unit.id), ("name", unit.name)):
            if owner := others.get(fold(text)):
                yield RefusedEntry("unit", number, key, ImportProblem.UNIT_TAKEN, text, f"{owner.name} ({owner.id})")


def _rights(
    lines: Sequence[Right], known: Directory, ids: Mapping[int, int], names: Mapping[str, str], day: date
) -> tuple[tuple[Right, ...], tuple[NotRevived, ...]]:
    # The one in force comes last, and stays.
    held = {same_right(r): r for r in sorted(known.rights, key=lambda r: (r.ended_at is None, r.id))}
    taken_back = _taken_back(known)
    replaced, written, not_revived = set(), [], []
    for line in lines:
        wanted = replace(with_persons(line, ids), id=-line.id, unit=names[line.unit])
        old = held.get(same_right(wanted))
        wanted = replace(wanted, kept_by=old.kept_by) if old else wanted
        if old is None:
            written.append(wanted)
            continue
        less, later = same_right(wanted) in taken_back, _later(wanted.valid_to, old)
        if (later or (less and over(wanted.limit, old.limit))) and (wanted.valid_to or date.max) >= day:
            not_revived.append(NotRevived(wanted, old))
        # What is over stays as it was; what is not keeps its last day, or gets an earlier one.
        past = old.ended_at is not None or (old.valid_to is not None and old.valid_to < day)
        kept = _lessened(old, wanted) if less else replace(wanted, valid_to=old.valid_to) if later else wanted
        if not past and replace(kept, id=old.id, registered_at=old.registered_at) != old:
            replaced.add(old.id)
            written.append(kept)
    return (*(r for r in known.rights if r.id not in replaced), *written), tuple(not_revived)


def _taken_back(known: Directory) -> set[RightKey]:
    """Return the rights that were ended otherwise than by an import, which registers another at the same moment: no
    line undoes that, whatever was given since."""
    registered = {(same_right(right), right.registered_at) for right in known.rights}
    ended = ((same_right(right), right.ended_at) for right in known.rights if right.ended_at is not None)
    return {key for key, at in ended if (key, at) not in registered}


def _later(last: date | None, held: Right) -> bool:
    return held.ended_at is not None or (last or date.max) > (held.valid_to or date.max)


def _suppliers(stated: Directory, known: Directory) -> tuple[dict[int, Supplier], list[RefusedEntry]]:
    numbers = {fold(s.org_number): s for s in known.suppliers.values() if s.org_number}
    names = {fold(s.name): s for s in known.suppliers.values()}
    homes: dict[int, Supplier] = {}
    matched: set[int] = set()
    for text, owners in (("org_number", numbers), ("name", names)):
        for number, s in stated.suppliers.items():
            owner = owners.get(fold(getattr(s, text)))
            if owner and number not in homes and owner.id not in matched:
                homes[number] = owner
                matched.add(owner.id)
    found, refused = {}, []
    for number, s in stated.suppliers.items():
        key = homes[number].id if number in homes else -number
        found[key] = replace(s, id=key)
        refused += [
            RefusedEntry("supplier", number, where, ImportProblem.SUPPLIER_TAKEN, text, owner.name)
            for where, text, owner in _same_texts(s, known)
            if owner.id != key
        ]
    return found, refused


def _same_texts(stated: Supplier, known: Directory) -> Iterator[tuple[str, str, Supplier]]:
    texts = [(key, getattr(stated, key)) for key in ("name", "address", "org_number")]
    for key, text in (*texts, *(("names", name) for name in stated.names)):
        if text and (owner := known.supplier_named(text)):
            yield key, text, owner
