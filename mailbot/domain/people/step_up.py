"""When the signed link alone is not enough for a decision: above a sum, a code or a login is asked for as well."""

from enum import StrEnum

from mailbot.domain.people.directory import CANARY_UNIT
from mailbot.domain.values.order import Content
from mailbot.domain.values.policy import Policy


class StepUp(StrEnum):
    """How it is known, beyond the link, who decided; each stands as the proof of its decision."""

    CODE = "link+code"
    LOGIN = "link+login"


def applies(content: Content, policy: Policy) -> bool:
    """Tell whether a decision on this order needs more than the link (docs/rules/promises.md#step-up).

    Exactly the sum does not exceed it, but zero means every order, and a foreign amount always counts as above.
    """
    above = policy.step_up_above
    if above is None or content.unit == CANARY_UNIT:
        return False
    total = content.total_in(includes_vat=policy.limit_includes_vat)
    return above.amount == 0 or total.currency != above.currency or total > above


def guards_rights(content: Content, policy: Policy) -> bool:
    """Tell whether giving a right up from an order's page needs more than the link: wherever any decision may."""
    return policy.step_up_above is not None and content.unit != CANARY_UNIT
