"""What a form `Beställningsordning` would change. It is judged when it comes and again when somebody confirms it
(docs/rules/promises.md#appoint)."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from mailbot.domain.people.directory import Directory, Person, Right, RightKind, Unit
from mailbot.domain.people.proposal import EndedRights, Ending, Leaving, Proposal, ProposalRow, Terms
from mailbot.domain.people.right_rules import gift, hanging_on, limit_of, reach, right_problems, stands_above
from mailbot.domain.people.scheme import TAKES, Scheme, SchemeEntry, SchemeKey, SchemeProblem, SchemeProblemKind
from mailbot.domain.values.calendar import ONE_DAY
from mailbot.domain.values.money import BadAmount, Money, amount_readings, parse_amount
from mailbot.domain.values.policy import Policy
from mailbot.domain.values.text import fold

MAX_ENTRIES = 50
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_DASHES = re.compile("[\u2010-\u2015\u2212]")


@dataclass(frozen=True)
class ProposalContext:
    """What a form is judged against: who proposes it, the local days on which it was mailed and is judged."""

    by: Person
    directory: Directory
    policy: Policy
    mailed: date
    today: date


def appoints_in(person: Person, directory: Directory, day: date) -> tuple[str, ...]:
    """Return the units that the person heads or has a right of kind `appoint` in (docs/rules/attest.md#r4)."""
    named = (r.unit for r in directory.rights_of(person.id) if r.kind is RightKind.APPOINT and r.live(day))
    return tuple(dict.fromkeys((*directory.heads(person.id), *named)))


def may_propose(person: Person, unit: str, directory: Directory, day: date) -> bool:
    """Tell whether the person may propose approvers of this unit: its head, one above it, or somebody named there."""
    return bool({*appoints_in(person, directory, day)}.intersection(directory.path(unit)))


def confirmers(proposed_by: int, directory: Directory, policy: Policy, day: date) -> tuple[Person, ...]:
    """Return who may confirm: holders of a purchasing right in any unit, since purchasing is one office.

    Where two persons are needed the proposer is none of them (docs/rules/attest.md#r32).
    """
    held = {r.person for r in directory.rights if r.kind is RightKind.PURCHASING and r.live(day)}
    return directory.by_name(held - ({proposed_by} if policy.two_persons else set()))


def judge(scheme: Scheme, at: ProposalContext, *, document: bool) -> Proposal | tuple[SchemeProblem, ...]:
    """Return what a mailed form would change, or every problem; who may not propose there learns that alone."""
    own, unit = appoints_in(at.by, at.directory, at.today), unit_of(scheme, at)
    if not own or (isinstance(unit, Unit) and not may_propose(at.by, unit.id, at.directory, at.today)):
        name = unit.name if isinstance(unit, Unit) else ""
        return (SchemeProblem(SchemeProblemKind.NOT_YOURS, SchemeKey.UNIT, name),)
    outcome = propose(scheme, unit.id if isinstance(unit, Unit) else own[0], at)
    found = outcome if isinstance(outcome, tuple) else ()
    if isinstance(unit, SchemeProblem):  # what depends on the unit cannot be said yet
        unsaid = {SchemeProblemKind.OBJECTION, SchemeProblemKind.NOTHING_TO_END}
        found = (unit, *(p for p in found if p.fault not in unsaid))
    only_ends = scheme.entries != () and all(TAKES & entry.fields.keys() for entry in scheme.entries)
    found = found if document or only_ends else (*found, SchemeProblem(SchemeProblemKind.NO_DOCUMENT))
    return found or outcome


def unit_of(scheme: Scheme, at: ProposalContext) -> Unit | SchemeProblem:
    """Return the unit that the form names, or the only one in which its sender appoints."""
    own = appoints_in(at.by, at.directory, at.today)
    text = scheme.unit or (own[0] if len(own) == 1 else "")
    if len(scheme.units) > 1:
        return SchemeProblem(SchemeProblemKind.CONFLICT, SchemeKey.UNIT, ", ".join(scheme.units))
    if not text:
        return SchemeProblem(SchemeProblemKind.MISSING, SchemeKey.UNIT)
    return at.directory.unit_named(text) or SchemeProblem(SchemeProblemKind.UNKNOWN_UNIT, SchemeKey.UNIT, text)


def may_end(right: Right, at: ProposalContext) -> bool:
    """Tell whether the sender may end it alone: the head, who delegated it, one above (docs/rules/attest.md#r28)."""
    heads = {at.directory.units[u].head for u in at.directory.path(right.unit)}
    above = stands_above(at.by.id, right.unit, at.directory, at.policy, at.today)
    return at.by.id in {*heads, right.delegated_from} or above


def taken_away(scheme: Scheme, at: ProposalContext) -> EndedRights | None:
    """Return what the form ends without anybody's yes, None for nothing; other problems are the rest's."""
    unit = unit_of(scheme, at)
    if scheme.forwarded or not isinstance(unit, Unit):
        return None
    endings: dict[int, Ending] = {}
    leaving: list[Leaving] = []
    rest = []
    for entry in scheme.entries:
        read = _Reader(entry, unit.id, at)
        leaves = read.leaving() if SchemeKey.LAST_DAY in entry.fields else None
        found = read.endings() if SchemeKey.ENDS in entry.fields else []
        if leaves is not None:
            leaving.append(leaves)
            endings |= {ending.right.id: ending for ending in _all_of(leaves, at)}
        elif found and not read.problems and all(may_end(e.right, at) for e in found):
            endings |= {ending.right.id: ending for ending in found}
        else:
            rest.append(entry)
    if not (endings or leaving):
        return None
    after = _after(at.directory, [], endings)
    hanging = {h.person for e in endings.values() for h in hanging_on(e.right, after, e.last or at.today)}
    proposal = _proposal(unit.id, (), tuple(endings.values()), after, at)
    others = replace(scheme, entries=tuple(rest))
    return EndedRights(proposal, at.directory.by_name(hanging), others, tuple(leaving))


def _all_of(leaves: Leaving, at: ProposalContext) -> Iterator[Ending]:
    """Yield how every right ends, in any unit, that the person would hold after their last day."""
    for right in at.directory.rights_of(leaves.person.id):
        if right.lasts(at.today) and (right.valid_to or date.max) > leaves.last:
            begun = right.valid_from <= leaves.last and leaves.last >= at.today
            yield Ending(right, leaves.last if begun else None)


def propose(scheme: Scheme, unit: str, at: ProposalContext) -> Proposal | tuple[SchemeProblem, ...]:
    """Return what the form would change in the unit, or every problem.

    A first day that passed while the form waited becomes today: no right begins before it is registered
    (docs/rules/flags.md#r9).
    """
    found = [*_of_form(scheme)]
    if not may_propose(at.by, unit, at.directory, at.today):
        found.append(SchemeProblem(SchemeProblemKind.NOT_YOURS, SchemeKey.UNIT, at.directory.units[unit].name))
    gains: list[tuple[Right, SchemeEntry]] = []
    endings: dict[int, Ending] = {}
    for number, entry in enumerate(scheme.entries[:MAX_ENTRIES], 1):
        read = _Reader(entry, unit, at)
        if SchemeKey.LAST_DAY in entry.fields:
            read.leaving()
        elif SchemeKey.ENDS in entry.fields:
            endings |= {ending.right.id: ending for ending in read.endings()}
        elif (right := read.right(-number)) is not None:
            gains.append((right, entry))
        found += read.problems
    after = _after(at.directory, [right for right, _ in gains], endings)
    for right, entry in gains:
        found += _objections(right, entry, after, at)
        if right.person == at.by.id and not _may_gain(unit, at):
            found.append(SchemeProblem(SchemeProblemKind.OWN_GAIN, entry.names, entry.who, entry.who))
    if found:
        return tuple(found)
    return _proposal(unit, tuple(right for right, _ in gains), tuple(endings.values()), after, at)


def _may_gain(unit: str, at: ProposalContext) -> bool:
    """Tell whether the sender may be named: only a head, where no posts exist (docs/rules/attest.md#r67)."""
    return not at.policy.has_posts and any(at.directory.units[u].head == at.by.id for u in at.directory.path(unit))


def _of_form(scheme: Scheme) -> Iterator[SchemeProblem]:
    if scheme.forwarded:
        yield SchemeProblem(SchemeProblemKind.FORWARDED)
    if not scheme.entries:
        yield SchemeProblem(SchemeProblemKind.MISSING, SchemeKey.APPROVER)
    if len(scheme.entries) > MAX_ENTRIES:
        yield SchemeProblem(SchemeProblemKind.TOO_MANY, text=str(MAX_ENTRIES))


class _Reader:
    """Reads the values of one entry; what cannot be read becomes a problem."""

    def __init__(self, entry: SchemeEntry, unit: str, at: ProposalContext) -> None:
        """Take up an entry."""
        self.entry, self.fields, self.unit, self.at = entry, entry.fields, unit, at
        self.words = at.policy.vocabulary
        self.problems = [self._problem(SchemeProblemKind.CONFLICT, key) for key in entry.conflicts]
        above = {at.directory.units[u].head for u in at.directory.path(unit)}
        if entry.kind is RightKind.APPOINT and at.by.id not in above:
            self.problems.append(self._problem(SchemeProblemKind.HEAD_ONLY, SchemeKey.APPOINTER))

    def _problem(self, fault: SchemeProblemKind, key: SchemeKey) -> SchemeProblem:
        return SchemeProblem(fault, key, self.fields.get(key, ""), self.entry.who)

    def right(self, key: int) -> Right | None:
        """Return the new right, no longer than its holder stays; None when it cannot be read."""
        approver = self.person(self.entry.names, required=True)
        first, last = self.day(SchemeKey.FROM) or self.at.today, self.day(SchemeKey.TO)
        waited = self.at.mailed <= first < self.at.today
        leaves = approver.last_day if approver else None
        if leaves is not None and leaves < first:
            self.problems.append(self._problem(SchemeProblemKind.BEYOND_LAST_DAY, self.entry.names))
        right = Right(
            id=key,
            person=approver.id if approver else 0,
            unit=self.unit,
            kind=self.entry.kind,
            valid_from=self.at.today if waited else first,
            valid_to=min(filter(None, (last, leaves)), default=None),
            limit=self.limit(),
            role=self.role(),
            ground="; ".join(filter(None, (self.ground(), self.own_area()))),
            may_delegate=self.yes_or_no(SchemeKey.MAY_DELEGATE),
            delegated_from=self.other(SchemeKey.DELEGATED_FROM),
            deputy_for=self.other(SchemeKey.DEPUTY_FOR),
        )
        return None if self.problems else right

    def endings(self) -> list[Ending]:
        """Return which of the person's rights in the unit end, and when."""
        approver = self.person(self.entry.names, required=True)
        text = fold(self.fields[SchemeKey.ENDS]).rstrip(".!")
        last = None if text in self.words.now else self.day(SchemeKey.ENDS)
        if any(key in self.fields for key in (SchemeKey.FROM, SchemeKey.TO, SchemeKey.LIMIT)):
            self.problems.append(self._problem(SchemeProblemKind.ENDS_AND_BEGINS, SchemeKey.ENDS))
        if approver is None or self.problems:
            return []
        held = _open(approver, self.unit, self.entry.kind, self.at)
        found = [r for r in held if last is None or (r.valid_to or date.max) > last]
        if not found:
            self.problems.append(self._problem(SchemeProblemKind.NOTHING_TO_END, self.entry.names))
        now = last is None or last < self.at.today
        return [Ending(r, None if now or (last is not None and r.valid_from > last) else last) for r in found]

    def leaving(self) -> Leaving | None:
        """Return who leaves and when; a day that has passed is yesterday. It is said by who heads all their units.

        A day after the one that is known is refused: nobody comes back, or stays longer, by a form.
        """
        person, key = self.person(self.entry.names, required=True), SchemeKey.LAST_DAY
        is_now = fold(self.fields[key]).rstrip(".!") in self.words.now
        last = self.at.today - ONE_DAY if is_now else self.day(key)
        if set(self.fields) - {self.entry.names, key, SchemeKey.UNIT}:
            self.problems.append(self._problem(SchemeProblemKind.ENDS_AND_BEGINS, key))
        if person is None or last is None or self.problems:
            return None
        known = self.at.directory
        held = (r.unit for r in known.rights_of(person.id) if r.lasts(self.at.today))
        places, headed = {*person.units, *held, *known.heads(person.id)}, set(known.heads(self.at.by.id))
        if not places or not all(headed.intersection(known.path(unit)) for unit in places):
            self.problems.append(self._problem(SchemeProblemKind.NOT_ALL_YOURS, self.entry.names))
            return None
        last = max(last, self.at.today - ONE_DAY)
        if person.has_left(last):
            self.problems.append(self._problem(SchemeProblemKind.BEYOND_LAST_DAY, key))
            return None
        return Leaving(person, last)

    def day(self, key: SchemeKey) -> date | None:
        """Read a day as 2026-03-31; programs write other dashes."""
        text = _DASHES.sub("-", self.fields.get(key, "")).strip().rstrip(".")
        if not text:
            return None
        try:
            if _DAY.fullmatch(text):
                return date.fromisoformat(text)
        except ValueError:
            pass
        self.problems.append(self._problem(SchemeProblemKind.BAD_DAY, key))
        return None

    def limit(self) -> Money | None:
        """Read the limit, in kronor."""
        text = self.fields.get(SchemeKey.LIMIT, "")
        if not text or fold(text) in self.words.no_limit:
            return None
        read = parse_amount(text, self.words)
        if not isinstance(read, BadAmount) and read.currency == "SEK":
            return read
        problem = self._problem(SchemeProblemKind.BAD_LIMIT, SchemeKey.LIMIT)
        if isinstance(read, BadAmount):
            readings = amount_readings(text, self.words) if read.unsure else ()
            problem = replace(problem, why=read.kind, readings=readings)
        self.problems.append(problem)
        return None

    def role(self) -> str:
        """Return the role as the rules spell it, or as written."""
        text = self.fields.get(SchemeKey.ROLE, "")
        return next((name for name in self.at.policy.roles if fold(name) == fold(text)), text)

    def ground(self) -> str:
        """Return the ground of the rights, with the decision that the form names."""
        return ": ".join(filter(None, (ground(self.at), self.fields.get(SchemeKey.GROUND, ""))))

    def own_area(self) -> str:
        """Return what a form must say yes to, "" where the rules want nothing (docs/rules/attest.md#own-area)."""
        key = SchemeKey.OWN_AREA
        if key not in self.at.policy.right_states or self.entry.kind is not RightKind.ORDER:
            return ""
        if (said := self.yes_or_no(key)) is not True and key not in {problem.key for problem in self.problems}:
            fault = SchemeProblemKind.MISSING if said is None else SchemeProblemKind.SUPPORT_STAFF
            self.problems.append(self._problem(fault, key))
        return self.words.own_area

    def yes_or_no(self, key: SchemeKey) -> bool | None:
        """Read a yes or no; None when nothing is said."""
        text = fold(self.fields.get(key, "")).rstrip(".")
        if text in self.words.yes | self.words.no:
            return text in self.words.yes
        if text:
            self.problems.append(self._problem(SchemeProblemKind.BAD_YES_NO, key))
        return None

    def other(self, key: SchemeKey) -> int | None:
        """Read another person than the approver."""
        found = self.person(key)
        return found.id if found else None

    def person(self, key: SchemeKey, *, required: bool = False) -> Person | None:
        """Find the registered person; people known only by having mailed are none."""
        text = self.fields.get(key, "")
        if not text:
            if required:
                self.problems.append(self._problem(SchemeProblemKind.MISSING, key))
            return None
        named = self.at.directory.named(text, self.at.directory.persons.values())
        known = tuple(p for p in named if p.registered)
        if len(known) == 1:
            return known[0]
        fault = SchemeProblemKind.NOT_YET_A_PERSON if named else SchemeProblemKind.UNKNOWN_PERSON
        problem = self._problem(SchemeProblemKind.AMBIGUOUS_PERSON if known else fault, key)
        self.problems.append(replace(problem, choices=known))
        return None


def ground(at: ProposalContext) -> str:
    """Return the ground of the rights: the document, its day and the name of who sent it (docs/rules/attest.md#r67)."""
    return f"{at.policy.vocabulary.scheme_title} {at.mailed.isoformat()}, {at.by.name}"


def _open(person: Person, unit: str, kind: RightKind, at: ProposalContext) -> list[Right]:
    return [r for r in at.directory.rights_in(unit, kind) if r.person == person.id and r.lasts(at.today)]


def _after(directory: Directory, gains: list[Right], endings: Mapping[int, Ending]) -> Directory:
    going = (r for r in directory.rights if r.id not in endings)
    ending = (replace(e.right, valid_to=e.last) for e in endings.values() if e.last)
    return replace(directory, rights=(*going, *ending, *gains))


def _objections(right: Right, entry: SchemeEntry, after: Directory, at: ProposalContext) -> Iterator[SchemeProblem]:
    """Yield what is against the right among the others as they would be, and against its sender's giving it."""
    against = right_problems(right, after, at.policy, at.today)
    for found in against or gift(right, at.by.id, after, at.policy, at.today):
        key = SchemeKey(found.key)
        yield SchemeProblem(SchemeProblemKind.OBJECTION, key, entry.fields.get(key, ""), entry.who, found.objection)


def _proposal(
    unit: str, gains: tuple[Right, ...], endings: tuple[Ending, ...], after: Directory, at: ProposalContext
) -> Proposal:
    concerned = {r.person for r in gains} | {e.right.person for e in endings}
    then = replace(at, directory=after)
    rows = tuple(ProposalRow(p, _terms(p, unit, at), _terms(p, unit, then)) for p in at.directory.by_name(concerned))
    approvers = len(after.holders(unit, RightKind.ORDER, at.today))
    others = {r.delegated_from for r in gains if r.delegated_from is not None} - {at.by.id}
    delegators, own = at.directory.by_name(others), any(r.person == at.by.id for r in gains)
    return Proposal(at.directory.units[unit], gains, endings, rows, approvers, delegators, names_self=own)


def _terms(person: Person, unit: str, at: ProposalContext) -> tuple[Terms, ...]:
    def name(key: int | None) -> str:
        return at.directory.persons[key].name if key is not None else ""

    held = [r for kind in (RightKind.ORDER, RightKind.APPOINT) for r in _open(person, unit, kind, at)]
    return tuple(
        Terms(
            r.kind,
            r.valid_from,
            r.valid_to,
            limit,
            r.role,
            r.ground,
            r.may_delegate,
            name(r.delegated_from),
            name(r.deputy_for),
            limit_stated=(r.limit is not None and limit == r.limit) or limit != limit_of(r, at.policy),
        )
        for r in sorted(held, key=lambda r: (r.kind is not RightKind.ORDER, r.valid_from, r.id))
        for limit in [reach(r, at.directory, at.policy, max(at.today, r.valid_from))]
    )
