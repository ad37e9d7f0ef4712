"""What a right must be like before it is registered: judged alike for files, imports and appointments by mail."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mailbot.domain.people.directory import CANARY_UNIT, DECIDING, Directory, Right, RightKind
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import Policy, RoleRule


class RightProblem(StrEnum):
    """Why a right is not registered."""

    BACKWARDS = "backwards"
    BACK_DATED = "back_dated"
    OVERLAPS = "overlaps"
    LIMIT_MISSING = "limit_missing"
    TO_MISSING = "to_missing"
    GROUND_MISSING = "ground_missing"
    MAY_DELEGATE_MISSING = "may_delegate_missing"
    ROLE_MISSING = "role_missing"
    UNKNOWN_ROLE = "unknown_role"
    OVER_ROLE = "over_role"
    DELEGATOR_WITHOUT_RIGHT = "delegator_without_right"
    DELEGATOR_MAY_NOT = "delegator_may_not"
    NOT_DELEGABLE = "not_delegable"
    OVER_CEILING = "over_ceiling"
    OVER_DELEGATOR = "over_delegator"
    DEPUTY_OF_SELF = "deputy_of_self"
    DEPUTY_WITHOUT_HOLDER = "deputy_without_holder"
    OVER_HOLDER = "over_holder"
    WRONG_LEVEL = "wrong_level"
    DEPUTY_FOR_MISSING = "deputy_for_missing"
    DELEGATOR_MISSING = "delegator_missing"
    DELEGATOR_GONE = "delegator_gone"
    BY_FILE = "by_file"
    GIVER_NOT_ABOVE = "giver_not_above"
    GIVER_MAY_NOT = "giver_may_not"
    OVER_GIVER = "over_giver"


HANGING = {RightProblem.DELEGATOR_GONE}
"""What stops no import: taking a right away is never blocked by what hung on it, which then decides nothing."""

WARNED = HANGING | {
    RightProblem.BACKWARDS,
    RightProblem.DELEGATOR_MAY_NOT,
    RightProblem.OVER_DELEGATOR,
    RightProblem.OVER_HOLDER,
}
"""What stops no file: another right may be less than it was, and bounds this one. It stops an import of a new right."""


@dataclass(frozen=True, order=True)
class FoundProblem:
    """One objection and the key of the right's entry that mends it."""

    objection: RightProblem
    key: str


def right_problems(
    right: Right, directory: Directory, policy: Policy, today: date | None = None
) -> tuple[FoundProblem, ...]:
    """Return everything against a right beside the others of the directory, which may hold it already.

    `today` is the local day of registering; None allows back-dating, as for the files that fill an empty store.
    """
    found = list(_of_time(right, directory, today))
    if right.kind in DECIDING:
        found += [*_unstated(right, policy), *standing(right, directory, policy), *_over_role(right, policy)]
        found += [*_of_deputy(right, directory, policy), *_of_delegation(right, directory, policy)]
    return tuple(dict.fromkeys(found))


def standing(right: Right, directory: Directory, policy: Policy) -> Iterator[FoundProblem]:
    """Yield why a right counts for nothing under the policy's posts; it is asked at each decision too."""
    if not policy.has_posts or right.kind not in DECIDING or right.unit == CANARY_UNIT:
        return
    rule = policy.roles.get(right.role)
    if rule is not None:
        yield from _of_post(right, rule, directory)
    elif right.role:
        yield FoundProblem(RightProblem.UNKNOWN_ROLE, "role")
    elif right.delegated_from is None and right.deputy_for is None:
        yield FoundProblem(RightProblem.ROLE_MISSING, "role")
    if right.delegated_from is not None:
        by = _delegators(right, directory)
        if _gone(by, right):
            yield FoundProblem(RightProblem.DELEGATOR_GONE, "delegated_from")
        if by and not any(_ceilings(r, right, directory, policy) for r in by):
            yield FoundProblem(RightProblem.NOT_DELEGABLE, "delegated_from")


def hollow(directory: Directory, policy: Policy, day: date) -> Iterator[tuple[Right, RightProblem]]:
    """Yield the stored rights, in force or to come on the local day, that count for nothing, each with a reason."""
    for right in directory.rights:
        found = next(standing(right, directory, policy), None) if right.lasts(day) else None
        if found is not None:
            yield right, found.objection


def _of_post(right: Right, rule: RoleRule, directory: Directory) -> Iterator[FoundProblem]:
    """Yield why the right is not the post that it names (docs/rules/attest.md#limits, #r54)."""
    level = directory.units[right.unit].level
    if rule.levels and level not in rule.levels:
        yield FoundProblem(RightProblem.WRONG_LEVEL, "role")
    if rule.deputy_of and right.deputy_for is None:
        yield FoundProblem(RightProblem.DEPUTY_FOR_MISSING, "deputy_for")
    if level in rule.delegated_at and right.delegated_from is None:
        yield FoundProblem(RightProblem.DELEGATOR_MISSING, "delegated_from")


def _gone(delegators: list[Right], right: Right) -> bool:
    """Tell whether every right that could have delegated it had ended before it began."""
    return delegators != [] and max(map(_end, delegators)) < right.valid_from


def _end(right: Right) -> date:
    """Return the last day of a right; the UTC day of its ending, if it was ended."""
    last = right.valid_to or date.max
    return min(last, right.ended_at.date()) if right.ended_at else last


def hanging_on(right: Right, directory: Directory, last: date) -> Iterator[Right]:
    """Yield the rights that last beyond this day and hang on an own right: delegated by its holder, or a deputy's."""
    if right.kind not in DECIDING or right.deputy_for is not None:
        return
    for other in directory.rights:
        hangs = right.person in {other.delegated_from, other.deputy_for} and other.kind is right.kind
        lasts = other.ended_at is None and (other.valid_to or date.max) > last
        if hangs and lasts and right.unit in directory.path(other.unit):
            yield other


def orphaned(right: Right, directory: Directory, day: date) -> bool:
    """Tell whether a right lasts on the local day, its delegator has none over the unit any more, and nobody who is
    still there has confirmed it since (docs/rules/attest.md#r28)."""
    persons, giver, keeper = directory.persons, right.delegated_from, right.kept_by
    if giver is None or not right.lasts(day) or (keeper is not None and not persons[keeper].has_left(day)):
        return False
    by = _delegators(right, directory)
    return persons[giver].has_left(day) or (by != [] and not any(held.lasts(day) for held in by))


def _delegators(right: Right, directory: Directory) -> list[Right]:
    """Return the rights, ended ones too, by which it could have been delegated."""
    over = (r for u in directory.path(right.unit) for r in directory.rights_in(u, right.kind))
    return [r for r in over if r.person == right.delegated_from and r.id != right.id and r.deputy_for is None]


def gift(right: Right, giver: int, directory: Directory, policy: Policy, day: date) -> tuple[FoundProblem, ...]:
    """Return why this person cannot give the right on the local day by a form of their own; without posts, nothing.

    A delegated right is its delegator's to give, a deputy's its holder's too. A post is given by somebody above its
    unit who holds no less and may pass it on (docs/rules/attest.md#r55, #r67). On its first day the giver holds that.
    """
    if not policy.has_posts or right.kind is not RightKind.ORDER:
        return ()
    rule = policy.roles.get(right.role)
    if rule is not None and rule.by_file:
        return (FoundProblem(RightProblem.BY_FILE, "role"),)
    if right.delegated_from is not None:
        begun = any(r.ended_at is None and r.valid_from <= right.valid_from for r in _delegators(right, directory))
        return () if begun else (FoundProblem(RightProblem.DELEGATOR_WITHOUT_RIGHT, "delegated_from"),)
    units = set(directory.path(right.unit)[1:])
    own = [r for r in _own(giver, directory, policy, day) if r.unit in units or _stood_in(r, right)]
    found = [list(_not_given_by(r, right, policy)) for r in own]
    return tuple(_least(found, [FoundProblem(RightProblem.GIVER_NOT_ABOVE, "role")]))


def _own(person: int, directory: Directory, policy: Policy, day: date) -> Iterator[Right]:
    """Yield the person's stored, live rights that are neither a deputy's nor delegated."""
    for right in directory.rights_of(person):
        own = right.kind is RightKind.ORDER and right.deputy_for is None and right.delegated_from is None
        if own and right.id > 0 and right.live(day) and not any(standing(right, directory, policy)):
            yield right


def stands_above(person: int, unit: str, directory: Directory, policy: Policy, day: date) -> bool:
    """Tell whether the person heads a unit above, or decides there in their own name (docs/rules/attest.md#r56)."""
    above = set(directory.path(unit)[1:])
    own = {r.unit for r in _own(person, directory, policy, day)} if policy.superiors else set()
    return bool(above & {*directory.heads(person), *own})


def _stood_in(held: Right, right: Right) -> bool:
    return not right.role and right.deputy_for == held.person and right.unit == held.unit


def _not_given_by(held: Right, right: Right, policy: Policy) -> Iterator[FoundProblem]:
    own, wanted = limit_of(held, policy), limit_of(right, policy)
    if held.may_delegate is False:
        yield FoundProblem(RightProblem.GIVER_MAY_NOT, "role")
    if _end(held) < right.valid_from:
        yield FoundProblem(RightProblem.DELEGATOR_GONE, "from")
    if over(wanted, own):
        yield FoundProblem(RightProblem.OVER_GIVER, "limit")


def limit_of(right: Right, policy: Policy) -> Money | None:
    """Return what a right goes up to in kronor, None for no limit: its own limit, else its role's.

    A post gives never more than the role's limit, however old the right is.
    """
    role = policy.roles.get(right.role)
    return lowest(right.limit, role.limit if role is not None else None)


def reach(
    right: Right, directory: Directory, policy: Policy, day: date, seen: frozenset[int] = frozenset()
) -> Money | None:
    """Return what a right goes up to on the local day: never above what its delegator, and its holder, has then.

    If they have none any more, what they had last. `seen` are rights that hang on this one.
    """
    limits = [limit_of(right, policy)]
    sources = [_delegators(right, directory)] if right.delegated_from is not None else []
    sources += [stood_in_for(right, directory, policy)] if right.deputy_for is not None else []
    for held in sources:
        last = max(map(_end, held), default=day)
        found = [r for r in held if r.live(day)] or [r for r in held if _end(r) == last]
        reached = [reach(r, directory, policy, day, seen | {right.id}) for r in found if r.id not in seen]
        limits += [None if None in reached else max(filter(None, reached), default=None)]
    return lowest(*limits)


def _of_time(right: Right, directory: Directory, today: date | None) -> Iterator[FoundProblem]:
    if right.valid_to is not None and right.valid_to < right.valid_from:
        yield FoundProblem(RightProblem.BACKWARDS, "to")
    if today is not None and right.valid_from < today:  # docs/rules/flags.md#r9
        yield FoundProblem(RightProblem.BACK_DATED, "from")
    if any(_overlap(right, other) for other in directory.rights_in(right.unit, right.kind)):
        yield FoundProblem(RightProblem.OVERLAPS, "from")


def _overlap(one: Right, other: Right) -> bool:
    same = one.person == other.person and one.deputy_for == other.deputy_for
    return one.id != other.id and same and not other.ended_at and _at_one_time(one, other)


def _at_one_time(one: Right, other: Right) -> bool:
    return max(one.valid_from, other.valid_from) <= min(one.valid_to or date.max, other.valid_to or date.max)


def _unstated(right: Right, policy: Policy) -> Iterator[FoundProblem]:
    """Yield what the profile wants written down; a role without limit needs none (docs/rules/attest.md#r27, #r64, #r65,
    #r66, #r67)."""
    unlimited = right.role in policy.roles and policy.roles[right.role].limit is None
    missing = {
        RightProblem.TO_MISSING: ("to", right.valid_to is None),
        RightProblem.LIMIT_MISSING: ("limit", right.limit is None and not unlimited),
        RightProblem.GROUND_MISSING: ("ground", not right.ground),
        RightProblem.MAY_DELEGATE_MISSING: ("may_delegate", right.may_delegate is None),
    }
    for objection, (key, absent) in missing.items():
        if absent and key in policy.right_states:
            yield FoundProblem(objection, key)


def _over_role(right: Right, policy: Policy) -> Iterator[FoundProblem]:
    """A limit is never above the role's (docs/rules/attest.md#r66); a delegated one has a ceiling."""
    ceiling = policy.roles[right.role].limit if right.role in policy.roles else None
    if ceiling is not None and right.limit is not None and right.limit > ceiling and right.delegated_from is None:
        yield FoundProblem(RightProblem.OVER_ROLE, "limit")


def stood_in_for(right: Right, directory: Directory, policy: Policy) -> list[Right]:
    """Return the holder's rights that a deputy's right stands in for: over the unit, and of the post that it names."""
    rule = policy.roles.get(right.role)
    posts = rule.deputy_of if rule is not None else ()
    over = [r for u in directory.path(right.unit) for r in directory.rights_in(u, right.kind)]
    held = [r for r in over if r.person == right.deputy_for and r.deputy_for is None and r.ended_at is None]
    return [r for r in held if not posts or r.role in posts]


def is_delegated(right: Right, directory: Directory, policy: Policy) -> bool:
    """Tell whether the right is delegated, or a deputy's whose holder has it by delegation alone."""
    own = right.delegated_from is not None
    return own or (
        right.deputy_for is not None
        and all(r.delegated_from is not None for r in stood_in_for(right, directory, policy))
    )


def givers(right: Right, directory: Directory) -> set[int]:
    """Return whose right this one comes from: who delegated it, for whom it is a deputy's, and so on up."""
    found: set[int] = set()
    rights = [right]
    for one in rights:  # grows meanwhile
        new = {one.delegated_from, one.deputy_for} - {None, *found}
        found |= {giver for giver in new if giver is not None}
        rights += [r for u in directory.path(one.unit) for r in directory.rights_in(u, one.kind) if r.person in new]
    return found


def _of_deputy(right: Right, directory: Directory, policy: Policy) -> Iterator[FoundProblem]:
    if right.deputy_for is None:
        return
    if right.deputy_for == right.person:
        yield FoundProblem(RightProblem.DEPUTY_OF_SELF, "deputy_for")
    held = stood_in_for(right, directory, policy)
    if not held:
        yield FoundProblem(RightProblem.DEPUTY_WITHOUT_HOLDER, "deputy_for")
    elif all(over(right.limit, r.limit) for r in held):
        yield FoundProblem(RightProblem.OVER_HOLDER, "limit")


def _of_delegation(right: Right, directory: Directory, policy: Policy) -> Iterator[FoundProblem]:
    """A delegated right exceeds neither its ceiling nor its delegator's (docs/rules/attest.md#r27, #r67, #limits).

    One right of the delegator's that carries it is enough; else the nearest one says why.
    """
    if right.delegated_from is None:
        return
    by = _delegators(right, directory)
    if policy.has_posts and _gone(by, right):
        return  # said as such
    own = [r for r in by if r.ended_at is None and _at_one_time(r, right) and not any(standing(r, directory, policy))]
    found = [list(_not_carried_by(r, right, directory, policy)) for r in own]
    yield from _least(found, [FoundProblem(RightProblem.DELEGATOR_WITHOUT_RIGHT, "delegated_from")])


def _least(found: list[list[FoundProblem]], none: list[FoundProblem]) -> list[FoundProblem]:
    """Return what stands against the nearest right; `none` where there is no such right."""
    return min(found, key=lambda f: (len(f), f), default=none)


def _not_carried_by(delegator: Right, right: Right, directory: Directory, policy: Policy) -> Iterator[FoundProblem]:
    if delegator.may_delegate is False:
        yield FoundProblem(RightProblem.DELEGATOR_MAY_NOT, "delegated_from")
    own = reach(delegator, directory, policy, max(delegator.valid_from, right.valid_from))
    ceilings = _ceilings(delegator, right, directory, policy)
    if over(right.limit, own):
        yield FoundProblem(RightProblem.OVER_DELEGATOR, "limit")
    if not ceilings:
        yield FoundProblem(RightProblem.NOT_DELEGABLE, "delegated_from")
    elif over(right.limit, ceilings[0]):
        yield FoundProblem(RightProblem.OVER_CEILING, "limit")


def over(limit: Money | None, bound: Money | None) -> bool:
    """Tell whether a limit is above another; None is no limit."""
    return bound is not None and (limit is None or limit > bound)


def _ceilings(delegator: Right, right: Right, directory: Directory, policy: Policy) -> list[Money | None]:
    """Return up to what the delegator's post passes the right on, None for no bound; nothing if it does not.

    A named post counts as "other" only where it is held by delegation alone, and never exceeds its own limit
    (docs/rules/attest.md#limits, #r66).
    """
    rule, post = policy.roles.get(delegator.role), policy.roles.get(right.role)
    passes = rule.delegates if rule is not None else {"other": None}
    by_delegation = post is None or directory.units[right.unit].level in post.delegated_at
    names = (right.role, "other") if by_delegation else (right.role,)
    own = post.limit if post is not None else None
    return [lowest(passes[name], own) for name in names if name in passes][:1]


def lowest(*limits: Money | None) -> Money | None:
    """Return the lowest of these limits; None is no limit."""
    return min((limit for limit in limits if limit is not None), default=None)
