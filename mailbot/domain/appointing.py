"""What a right must be like before it is registered: judged alike for files, imports and appointments by mail."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mailbot.domain.directory import Directory, Right, RightKind
from mailbot.domain.policy import Policy


class Objection(StrEnum):
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


@dataclass(frozen=True, order=True)
class Found:
    """One objection and the key of the right's entry that mends it."""

    objection: Objection
    key: str


def objections(right: Right, directory: Directory, policy: Policy, today: date | None = None) -> tuple[Found, ...]:
    """Return everything against a right, beside the others of the directory (which may hold it already).

    `today` is the local day on which it is registered; None leaves out whether it is back-dated, as for the files that
    fill an empty store. Only rights to decide orders have limits and delegators.
    """
    found = list(_of_time(right, directory, today))
    if right.kind is RightKind.ORDER:
        found += [*_unstated(right, policy), *_of_role(right, policy), *_of_deputy(right, directory)]
        found += _of_delegation(right, directory, policy)
    return tuple(found)


def _of_time(right: Right, directory: Directory, today: date | None) -> Iterator[Found]:
    if right.valid_to is not None and right.valid_to < right.valid_from:
        yield Found(Objection.BACKWARDS, "to")
    if today is not None and right.valid_from < today:  # attest-rules.md D3, R9
        yield Found(Objection.BACK_DATED, "from")
    if any(_overlap(right, other) for other in directory.rights_in(right.unit, right.kind)):
        yield Found(Objection.OVERLAPS, "from")


def _overlap(one: Right, other: Right) -> bool:
    if one.id == other.id or one.person != other.person or one.deputy_for != other.deputy_for or other.ended_at:
        return False
    return _at_one_time(one, other)


def _at_one_time(one: Right, other: Right) -> bool:
    return one.valid_from <= (other.valid_to or date.max) and other.valid_from <= (one.valid_to or date.max)


def _unstated(right: Right, policy: Policy) -> Iterator[Found]:
    """Attest-rules.md rules 27, 64-67: what the profile wants written down. A role without limit needs none."""
    unlimited = right.role in policy.roles and policy.roles[right.role].limit is None
    missing = {
        Objection.TO_MISSING: ("to", right.valid_to is None),
        Objection.LIMIT_MISSING: ("limit", right.limit is None and not unlimited),
        Objection.GROUND_MISSING: ("ground", not right.ground),
        Objection.MAY_DELEGATE_MISSING: ("may_delegate", right.may_delegate is None),
    }
    for objection, (key, absent) in missing.items():
        if absent and key in policy.right_states:
            yield Found(objection, key)


def _of_role(right: Right, policy: Policy) -> Iterator[Found]:
    """A limit may be lower than the role's, never higher (rule 66)."""
    if not policy.roles:
        return
    if not right.role:  # or there would be no ceiling
        if right.delegated_from is None and right.deputy_for is None:
            yield Found(Objection.ROLE_MISSING, "role")
        return
    if right.role not in policy.roles:
        yield Found(Objection.UNKNOWN_ROLE, "role")
        return
    ceiling = policy.roles[right.role].limit
    if ceiling is not None and right.limit is not None and right.limit > ceiling and right.delegated_from is None:
        yield Found(Objection.OVER_ROLE, "limit")


def _of_deputy(right: Right, directory: Directory) -> Iterator[Found]:
    if right.deputy_for is None:
        return
    if right.deputy_for == right.person:
        yield Found(Objection.DEPUTY_OF_SELF, "deputy_for")
    over = [r for u in directory.path(right.unit) for r in directory.rights_in(u, right.kind)]
    held = [r for r in over if r.person == right.deputy_for and r.deputy_for is None and r.ended_at is None]
    if not held:
        yield Found(Objection.DEPUTY_WITHOUT_HOLDER, "deputy_for")
    elif all(r.limit is not None and (right.limit is None or right.limit > r.limit) for r in held):
        yield Found(Objection.OVER_HOLDER, "limit")


def _of_delegation(right: Right, directory: Directory, policy: Policy) -> Iterator[Found]:
    """A delegated right is never larger than its ceiling or the delegator's own (rules 27 and 67; A6).

    One right of the delegator's that carries it is enough; of several that do not, the nearest to it says why.
    """
    if right.delegated_from is None:
        return
    held = [r for u in directory.path(right.unit) for r in directory.rights_in(u, right.kind)]
    own = [r for r in held if r.person == right.delegated_from and r.id != right.id and r.ended_at is None]
    found = [list(_not_carried_by(r, right, policy)) for r in own if _at_one_time(r, right)]
    yield from min(
        found, key=lambda f: (len(f), f), default=[Found(Objection.DELEGATOR_WITHOUT_RIGHT, "delegated_from")]
    )


def _not_carried_by(delegator: Right, right: Right, policy: Policy) -> Iterator[Found]:
    """Say why the delegator's right cannot give this one."""
    if delegator.may_delegate is False:
        yield Found(Objection.DELEGATOR_MAY_NOT, "delegated_from")
    if delegator.limit is not None and (right.limit is None or right.limit > delegator.limit):
        yield Found(Objection.OVER_DELEGATOR, "limit")
    rule = policy.roles.get(delegator.role)
    if rule is None:
        return
    name = right.role if right.role in rule.delegates else "other"
    if name not in rule.delegates:
        yield Found(Objection.NOT_DELEGABLE, "delegated_from")
        return
    ceiling = rule.delegates[name]
    if ceiling is not None and (right.limit is None or right.limit > ceiling):
        yield Found(Objection.OVER_CEILING, "limit")
