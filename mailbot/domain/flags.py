"""Red flags about who decides: questions for a controller, never accusations (attest-rules.md D3)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from mailbot.domain.directory import Directory, Right
from mailbot.domain.order import Order
from mailbot.domain.policy import Policy
from mailbot.domain.rights import Authority, Capacity

JUST_BEFORE = timedelta(hours=24)


class Flag(StrEnum):
    """The rules of D3 that speak of rights, by their numbers there."""

    OWN_ORDER = "R6"
    ONE_PERSON = "R7"
    NO_RIGHT = "R9"
    DEPUTY_WITHOUT_ABSENCE = "R10"
    OWN_COST = "R14"
    CHANGED_JUST_BEFORE = "R20"
    DEPENDENT_APPROVER = "R21"


@dataclass(frozen=True)
class Ask:
    """Whom a flag is asked about: the order, who decides it by which right, and when (UTC)."""

    order: Order
    authority: Authority
    at: datetime


def flags(ask: Ask, directory: Directory, policy: Policy) -> tuple[Flag, ...]:
    """Return every flag that a decision by this right would raise, or has raised."""
    decider, right = ask.authority.person, ask.authority.right
    own = decider.id == ask.order.requester
    found = {
        Flag.OWN_ORDER: own,
        Flag.ONE_PERSON: own and policy.two_persons,
        Flag.NO_RIGHT: _registered_after(right, ask.at),
        Flag.DEPUTY_WITHOUT_ABSENCE: _stands_in(ask, directory),
        Flag.OWN_COST: _concerns(ask, directory),
        Flag.CHANGED_JUST_BEFORE: right.registered_at is not None and ask.at - right.registered_at < JUST_BEFORE,
        Flag.DEPENDENT_APPROVER: _depends(ask, directory),
    }
    return tuple(flag for flag, fires in found.items() if fires)


def _registered_after(right: Right, at: datetime) -> bool:
    """R9: a right that was written down after the decision is back-dated."""
    return right.registered_at is not None and right.registered_at > at


def _stands_in(ask: Ask, directory: Directory) -> bool:
    """R10: a deputy decides while the holder is not registered as away."""
    holder, day = ask.authority.right.deputy_for, ask.at.date()
    away = directory.absence(holder, day) if holder is not None else None
    return holder is not None and not (away is not None and away.registered)


def _concerns(ask: Ask, directory: Directory) -> bool:
    """R14: the decider's own cost, or a supplier in which decider or requester has declared an interest."""
    decider, content = ask.authority.person, ask.order.content
    interests = (*decider.interests, *directory.persons[ask.order.requester].interests)
    biased = any(directory.is_supplier(key, content.supplier_id) for key in interests)
    return biased or content.concerns == decider.id


def _depends(ask: Ask, directory: Directory) -> bool:
    """R21: the decider works in a unit that the requester heads, the own-cost table excepted."""
    if ask.authority.capacity is Capacity.OWN_COST or ask.authority.person.id == ask.order.requester:
        return False
    headed = set(directory.heads(ask.order.requester))
    places = {ask.authority.right.unit, *ask.authority.person.units}
    return any(headed & set(directory.path(place)) for place in places)
