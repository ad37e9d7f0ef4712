"""The words of the `directory` commands: what differs, what is refused, who may what. Nothing is done here."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date

from mailbot.domain.people.directory import Directory, Right, RightKind, Unit
from mailbot.domain.people.import_merge import ImportProblem, RefusedEntry
from mailbot.domain.people.import_plan import Difference, DifferenceKind, period_text, sum_text
from mailbot.settings.rights import REMEDIES
from mailbot.settings.shapes import ORGANISATION, SUPPLIERS
from mailbot.settings.values import shown

ONLY_SAID = {
    DifferenceKind.RIGHT_NOT_REVIVED: "What is not revived stays as it is in the database; to give the right again,"
    " write a new line with a later from in place of the old one.",
    DifferenceKind.RIGHT_HANGS: "What hangs on a right that ends stays as it is: what was delegated before goes on"
    " until it is ended, a deputy decides no more, and what was to begin later decides nothing.",
}
"""What the differences that change nothing mean."""

_CONFLICTS = {
    ImportProblem.ADDRESS_TAKEN: "is {text}, which is {owner}'s in the database; keep it there,"
    " or first import the files with it left out of that person",
    ImportProblem.UNIT_TAKEN: "is {text}, as {owner} is called in the database; write another",
    ImportProblem.SUPPLIER_TAKEN: "is {text}, which is {owner}'s in the database; write what is this supplier's alone",
}
_IN_STORE = " (rights that the database holds count too: `directory show` lists them)"


def refusal(found: RefusedEntry) -> str:
    """Return why an entry is not imported: file, key, remedy."""
    file = SUPPLIERS if found.table == "supplier" else ORGANISATION
    if isinstance(found.why, ImportProblem):
        words = _CONFLICTS[found.why].format(text=shown(found.text), owner=found.owner)
    else:
        words = REMEDIES[found.why] + _IN_STORE
    return f"{file}: [[{found.table}]] no. {found.number} {found.key} {words}."


def row(one: Difference) -> tuple[str, str, str, str]:
    """Return the cells for one difference: what, about whom, before, after."""
    return one.kind.replace("_", " "), one.about, one.before or "-", one.after or "-"


def counts(differences: Iterable[Difference]) -> str:
    """Return how many there are of each kind, in the order in which they are shown."""
    return ", ".join(f"{kind.replace('_', ' ')} {n}" for kind, n in Counter(d.kind for d in differences).items())


def unit_lines(unit: Unit, known: Directory, day: date) -> Iterator[str]:
    """Yield who may do what in a unit, a line for each right in force or to come on the local day."""
    head = f"head {_who(unit.head, known)}" if unit.head is not None else "no head"
    yield f"{unit.name} ({unit.id}), {head}" + (f", under {unit.parent}" if unit.parent else "")
    rights = [r for kind in RightKind for r in known.rights_in(unit.id, kind) if r.lasts(day)]
    if not any(r.kind is RightKind.ORDER for r in rights):
        yield "  order: nobody"
    for right in rights:
        yield f"  {right.kind}: {', '.join(_terms(right, known, day))}"


def _who(person: int, known: Directory) -> str:
    return f"{known.persons[person].name} <{known.persons[person].address}>"


def _terms(right: Right, known: Directory, day: date) -> Iterator[str]:
    yield _who(right.person, known)
    yield sum_text(right.limit)
    yield f"from {right.valid_from}"
    yield period_text(right)
    if right.role:
        yield f"role {right.role}"
    if right.deputy_for is not None:
        yield f"deputy for {_who(right.deputy_for, known)}"
    if away := known.absence(right.person, day):
        yield f"away {away.first} to {away.last}"
