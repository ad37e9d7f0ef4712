"""What the policy has against the rights that organisation.toml states, each with its key and remedy."""

from collections.abc import Iterator

from mailbot.domain.people.directory import Directory, Right
from mailbot.domain.people.right_rules import WARNED, RightProblem, right_problems
from mailbot.domain.values.policy import Policy
from mailbot.settings.shapes import MAILBOT, ORGANISATION
from mailbot.settings.values import shown

REMEDIES: dict[RightProblem, str] = {
    RightProblem.BACKWARDS: "is before from; write a later day",
    RightProblem.BACK_DATED: "is in the past; write today or a later day",
    RightProblem.OVERLAPS: "falls into another right of the same person, unit and kind; let one end before the other",
    RightProblem.LIMIT_MISSING: "is not stated while [policy] right_states asks for it;"
    " state a sum, such as '50000 SEK'",
    RightProblem.TO_MISSING: "is not stated while [policy] right_states asks for it; state the last day",
    RightProblem.GROUND_MISSING: "is not stated while [policy] right_states asks for it; name the decision",
    RightProblem.MAY_DELEGATE_MISSING: "is not stated while [policy] right_states asks for it; write true or false",
    RightProblem.ROLE_MISSING: "is not stated, nor delegated_from or deputy_for; state what the right comes from",
    RightProblem.UNKNOWN_ROLE: "is no role of [policy.roles]; write one of these",
    RightProblem.OVER_ROLE: "is above the role's limit in [policy.roles]; lower it",
    RightProblem.DELEGATOR_WITHOUT_RIGHT: "has no such right in the unit or above it; name who delegated it",
    RightProblem.DELEGATOR_MAY_NOT: "may not delegate this right; leave the right out",
    RightProblem.NOT_DELEGABLE: "has a role whose right may not be delegated; leave the right out",
    RightProblem.OVER_CEILING: "is above what the delegator's role may delegate; lower it",
    RightProblem.OVER_DELEGATOR: "is above the delegator's own limit; lower it",
    RightProblem.DEPUTY_OF_SELF: "is the holder; name whom the deputy stands for",
    RightProblem.OVER_HOLDER: "is above the limit of the one whom the deputy stands for; lower it",
    RightProblem.DEPUTY_WITHOUT_HOLDER: "has no such right in the unit or above it; name a holder of one",
    RightProblem.WRONG_LEVEL: "is a post of another level than the unit's; state the [[unit]] level, or another role",
    RightProblem.DEPUTY_FOR_MISSING: "is not stated while the role is a deputy's; name the holder of the post",
    RightProblem.DELEGATOR_MISSING: "is not stated while such units have the role by delegation; name who delegated it",
    RightProblem.DELEGATOR_GONE: "has no such right any more when this one begins, so that it decides nothing;"
    " let it be delegated anew, or leave it out",
    RightProblem.BY_FILE: "is given by this file alone",
    RightProblem.GIVER_NOT_ABOVE: "is given by somebody above the unit who holds no less",
    RightProblem.GIVER_MAY_NOT: "is held by its giver without leave to pass it on",
    RightProblem.OVER_GIVER: "is above the giver's own limit; lower it",
}


def right_problem_lines(known: Directory, policy: Policy) -> Iterator[str]:
    """Yield a line for everything against a right or own cost, numbered as they stand in the file."""
    yield from _unknown_posts(policy)
    yield from _unknown_levels(known, policy)
    yield from _own_costs(known, policy)
    yield from (line for found, line in _objected(known, policy) if found not in WARNED)


def hanging_right_lines(known: Directory, policy: Policy) -> Iterator[str]:
    """Yield a line for every right that the file takes away or bounds by another's, numbered as they stand in it."""
    yield from (line for found, line in _objected(known, policy) if found in WARNED)


def _objected(known: Directory, policy: Policy) -> Iterator[tuple[RightProblem, str]]:
    for right in known.rights:
        for found in right_problems(right, known, policy):
            where = f"{ORGANISATION}: [[right]] no. {right.id} {found.key}"
            more = f": {', '.join(sorted(policy.roles))}" if found.objection is RightProblem.UNKNOWN_ROLE else ""
            more = _levels(right, known, policy) if found.objection is RightProblem.WRONG_LEVEL else more
            yield found.objection, f"{where} {REMEDIES[found.objection]}{more}."


def _levels(right: Right, directory: Directory, policy: Policy) -> str:
    """Say which level the post belongs to, and which the unit has."""
    wanted, unit = " or ".join(map(shown, policy.roles[right.role].levels)), directory.units[right.unit]
    return f": {shown(right.role)} is of {wanted}, {shown(unit.id)} of {shown(unit.level) if unit.level else 'none'}"


def _unknown_posts(policy: Policy) -> Iterator[str]:
    """Yield what a role says of other roles and of its own levels that nothing else knows."""
    for name, rule in policy.roles.items():
        where = f"{MAILBOT}: [policy.roles.{shown(name)}]"
        for post in rule.deputy_of:
            if post not in policy.roles:
                yield f"{where} deputy_of is {shown(post)}, which is no role of [policy.roles]; write one."
        for level in rule.delegated_at:
            if level not in rule.levels:
                yield f"{where} delegated_at is {shown(level)}, which is no level of the role; add it to level."


def _unknown_levels(directory: Directory, policy: Policy) -> Iterator[str]:
    """Yield the levels of units to which no role belongs; where roles have none, a level is only a word."""
    known = {level for rule in policy.roles.values() for level in rule.levels}
    for number, unit in enumerate(directory.units.values(), 1):
        if known and unit.level and unit.level not in known:
            where = f"{ORGANISATION}: [[unit]] no. {number} level is {shown(unit.level)}, which no role has"
            yield f"{where}; write one of these: {', '.join(sorted(known))}."


def _own_costs(known: Directory, policy: Policy) -> Iterator[str]:
    """Yield which own costs name nobody: each side is a role of the policy or a person's address."""
    for number, row in enumerate(known.own_costs, 1):
        for key, text in (("of", row.of), *(("by", by) for by in row.by or ("",))):
            if known.person_at(text) is None and text not in policy.roles:
                where = f"{ORGANISATION}: [[own_cost]] no. {number} {key}"
                yield f"{where} is {shown(text)}, neither a person's address nor a role of [policy.roles]; write one."
