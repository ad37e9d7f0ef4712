"""Whether an absence that a mail states can be registered, and for whom."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from mailbot.domain.people.directory import Absence, Directory, Person

LONGEST = timedelta(days=400)


class AbsenceProblem(StrEnum):
    """Why an absence is not registered."""

    UNKNOWN_PERSON = "unknown_person"
    NOT_THEIR_HEAD = "not_their_head"
    OWN_DEPUTY = "own_deputy"
    UNREADABLE = "unreadable"
    BACKWARDS = "backwards"
    OVER = "over"
    TOO_LONG = "too_long"
    UNKNOWN_SUBSTITUTE = "unknown_substitute"
    OWN_SUBSTITUTE = "own_substitute"


@dataclass(frozen=True)
class AbsenceStatement:
    """What is stated: who is away (or back, without days), from and to which local day, and who stands in."""

    who: str
    first: date | None
    last: date | None
    substitute: str


def whom(stated: AbsenceStatement, sender: Person, directory: Directory, today: date) -> Person | AbsenceProblem:
    """Return whose absence it is: the sender's, or of somebody in a unit that the sender heads or one below.

    Only rights of this local day count: a former head may not make deputies in a unit.
    """
    if not stated.who:
        return sender
    named = directory.named(stated.who, directory.persons.values())
    if len(named) != 1:
        return AbsenceProblem.UNKNOWN_PERSON
    person = named[0]
    places = {*person.units, *(r.unit for r in directory.rights_of(person.id) if r.live(today))}
    heads = set(directory.heads(sender.id))
    may = person.id == sender.id or any(heads & set(directory.path(unit)) for unit in places)
    if may and any(r.deputy_for == person.id and r.live(today) for r in directory.rights_of(sender.id)):
        return AbsenceProblem.OWN_DEPUTY  # or a deputy could make the own right hold (docs/rules/attest.md#r54)
    return person if may else AbsenceProblem.NOT_THEIR_HEAD


def absence(
    stated: AbsenceStatement, person: Person, directory: Directory, today: date
) -> Absence | AbsenceProblem | None:
    """Return the person's absence, None for being back, or what is wrong with it; `today` is the local day."""
    if stated.first is None or stated.last is None:
        return None
    if stated.last < stated.first:
        return AbsenceProblem.BACKWARDS
    if stated.last < today:
        return AbsenceProblem.OVER
    if stated.last - stated.first > LONGEST:
        return AbsenceProblem.TOO_LONG
    named = directory.named(stated.substitute, directory.persons.values()) if stated.substitute else ()
    if stated.substitute and len(named) != 1:
        return AbsenceProblem.UNKNOWN_SUBSTITUTE
    if named and named[0].id == person.id:
        return AbsenceProblem.OWN_SUBSTITUTE
    return Absence(person.id, stated.first, stated.last, substitute=named[0].id if named else None)
