"""What the policy has against the rights that organisation.toml states, each with its key and remedy."""

from collections.abc import Iterator

from mailbot.domain.appointing import Objection, objections
from mailbot.domain.organisation import Organisation
from mailbot.domain.policy import Policy
from mailbot.settings.shapes import ORGANISATION
from mailbot.settings.values import shown

REMEDIES: dict[Objection, str] = {
    Objection.BACKWARDS: "is before from; write a later day",
    Objection.BACK_DATED: "is in the past; write today or a later day",
    Objection.OVERLAPS: "falls into another right of the same person, unit and kind; let one end before the other",
    Objection.LIMIT_MISSING: "is not stated while [policy] right_states asks for it; state a sum, such as '50000 SEK'",
    Objection.TO_MISSING: "is not stated while [policy] right_states asks for it; state the last day",
    Objection.GROUND_MISSING: "is not stated while [policy] right_states asks for it; name the decision",
    Objection.MAY_DELEGATE_MISSING: "is not stated while [policy] right_states asks for it; write true or false",
    Objection.ROLE_MISSING: "is not stated, nor delegated_from or deputy_for; state what the right comes from",
    Objection.UNKNOWN_ROLE: "is no role of [policy.roles]; write one of these",
    Objection.OVER_ROLE: "is above the role's limit in [policy.roles]; lower it",
    Objection.DELEGATOR_WITHOUT_RIGHT: "has no such right in the unit or above it; name who delegated it",
    Objection.DELEGATOR_MAY_NOT: "may not delegate this right; leave the right out",
    Objection.NOT_DELEGABLE: "has a role whose right may not be delegated; leave the right out",
    Objection.OVER_CEILING: "is above what the delegator's role may delegate; lower it",
    Objection.OVER_DELEGATOR: "is above the delegator's own limit; lower it",
    Objection.DEPUTY_OF_SELF: "is the holder; name whom the deputy stands for",
    Objection.OVER_HOLDER: "is above the limit of the one whom the deputy stands for; lower it",
    Objection.DEPUTY_WITHOUT_HOLDER: "has no such right in the unit or above it; name a holder of one",
}


def objected_rights(organisation: Organisation, policy: Policy) -> Iterator[str]:
    """Yield a line for everything against a right or own cost, numbered as they stand in the file."""
    yield from _own_costs(organisation, policy)
    directory = organisation.directory()
    for right in directory.rights:
        for found in objections(right, directory, policy):
            where = f"{ORGANISATION}: [[right]] no. {right.id} {found.key}"
            roles = f": {', '.join(sorted(policy.roles))}" if found.objection is Objection.UNKNOWN_ROLE else ""
            yield f"{where} {REMEDIES[found.objection]}{roles}."


def _own_costs(organisation: Organisation, policy: Policy) -> Iterator[str]:
    """Yield which own costs name nobody: each side is a role of the policy or a person's address."""
    directory = organisation.directory()
    for number, row in enumerate(organisation.own_costs, 1):
        for key, text in (("of", row.of), ("by", row.by)):
            if directory.person_at(text) is None and text not in policy.roles:
                where = f"{ORGANISATION}: [[own_cost]] no. {number} {key}"
                yield f"{where} is {shown(text)}, neither a person's address nor a role of [policy.roles]; write one."
