"""Approvers of one name: what tells them apart where no address is shown. A guess is never made here."""

from collections.abc import Callable, Iterator, Sequence

from mailbot.domain.people.directory import Directory
from mailbot.domain.people.rights import Authority
from mailbot.domain.values.text import fold, grouped


def labels(able: Sequence[Authority], directory: Directory) -> dict[int, str]:
    """Return how each is named, by person's id: namesakes with their role or else their units in brackets, if that
    tells them apart."""
    found: dict[int, str] = {}
    by_name = grouped((fold(one.person.name), one) for one in able)
    for one in able:
        same = by_name[fold(one.person.name)]
        mark = next((mark(one) for mark in _marks(directory) if _tells_apart(mark, same)), "")
        found[one.person.id] = f"{one.person.name} ({mark})" if mark else one.person.name
    return found


def _marks(directory: Directory) -> Iterator[Callable[[Authority], str]]:
    yield lambda one: one.right.role
    yield lambda one: ", ".join(sorted(directory.units[u].name for u in one.person.units if u in directory.units))


def _tells_apart(mark: Callable[[Authority], str], same: Sequence[Authority]) -> bool:
    found = {fold(mark(a)) for a in same}
    return len(same) > 1 and "" not in found and len(found) == len(same)
