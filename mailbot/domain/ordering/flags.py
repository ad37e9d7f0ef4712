"""Flags: questions for a controller about who ordered and who decided, never accusations (docs/rules/flags.md)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from mailbot.domain.people.directory import DECIDING, Directory, Right
from mailbot.domain.people.right_rules import limit_of
from mailbot.domain.people.rights import Authority, counted, depends_on, self_order_rule
from mailbot.domain.values.calendar import local_day
from mailbot.domain.values.order import Order
from mailbot.domain.values.policy import Policy, SelfOrder

JUST_BEFORE = timedelta(hours=24)


class Flag(StrEnum):
    """The flags of docs/rules/flags.md, by their numbers there; OTHER_UNIT is for an order for a unit of others."""

    OWN_ORDER = "R6"
    ONE_PERSON = "R7"
    NO_RIGHT = "R9"
    DEPUTY_WITHOUT_ABSENCE = "R10"
    OWN_COST = "R14"
    INTEREST = "R14-interest"
    CHANGED_JUST_BEFORE = "R20"
    DEPENDENT_APPROVER = "R21"
    OTHER_UNIT = "other-unit"


@dataclass(frozen=True)
class FlagCase:
    """A decision to be judged: the order, the authority that decides it, and the moment (UTC)."""

    order: Order
    authority: Authority
    at: datetime


def flags(ask: FlagCase, directory: Directory, policy: Policy) -> tuple[Flag, ...]:
    """Return every flag that the decision raises."""
    decider, right = ask.authority.person, ask.authority.right
    own = decider.id == ask.order.requester
    found = {
        Flag.OWN_ORDER: own,
        Flag.ONE_PERSON: own and self_order_rule(ask.order.content.unit, directory, policy) is SelfOrder.DENY,
        Flag.NO_RIGHT: _not_covered(ask, policy) or _registered_after(right, ask.at),
        Flag.DEPUTY_WITHOUT_ABSENCE: _stands_in(ask, directory, policy),
        Flag.OWN_COST: _concerns(ask, directory),
        Flag.INTEREST: _biased(ask, directory),
        Flag.CHANGED_JUST_BEFORE: _changed_just_before(ask, directory),
        Flag.DEPENDENT_APPROVER: depends_on(ask.authority, ask.order.requester, directory),
        Flag.OTHER_UNIT: _orders_for_others(ask, directory, policy),
    }
    return tuple(flag for flag, fires in found.items() if fires)


def _not_covered(ask: FlagCase, policy: Policy) -> bool:
    """Tell whether the right did not hold at that moment, or not for the amount (docs/rules/flags.md#r9)."""
    right, amount = ask.authority.right, counted(ask.order.content, policy)
    limit = limit_of(right, policy)
    held = replace(right, ended_at=None).live(local_day(ask.at, policy))
    ended = right.ended_at is not None and right.ended_at <= ask.at
    too_small = limit is not None and (amount is None or amount > limit)
    return ended or too_small or not held or right.kind not in DECIDING


def _registered_after(right: Right, at: datetime) -> bool:
    """Tell whether the right was registered after the decision, so is back-dated (docs/rules/flags.md#r9)."""
    return right.registered_at is not None and right.registered_at > at


def _changed_just_before(ask: FlagCase, directory: Directory) -> bool:
    """Tell whether the right was registered less than a day before the order came, or later, but not by the first fill
    (docs/rules/flags.md#r20)."""
    registered = ask.authority.right.registered_at
    if registered is None or registered == directory.filled_at:
        return False
    return ask.order.created_at - registered < JUST_BEFORE


def _stands_in(ask: FlagCase, directory: Directory, policy: Policy) -> bool:
    """Tell whether a deputy decides although the holder is not registered as away (docs/rules/flags.md#r10)."""
    holder, day = ask.authority.right.deputy_for, local_day(ask.at, policy)
    away = directory.absence(holder, day) if holder is not None else None
    return holder is not None and not (away is not None and away.registered)


def _concerns(ask: FlagCase, directory: Directory) -> bool:
    """Tell whether it is for the decider or their superior, if the table does not say so (docs/rules/flags.md#r14)."""
    concerns = ask.order.content.concerns
    of_superior = concerns is not None and depends_on(ask.authority, concerns, directory)
    return concerns == ask.authority.person.id or of_superior


def _biased(ask: FlagCase, directory: Directory) -> bool:
    """Tell whether decider or requester has an interest in the supplier (docs/rules/flags.md#r14)."""
    interests = (*ask.authority.person.interests, *directory.persons[ask.order.requester].interests)
    return any(directory.is_supplier(key, ask.order.content.supplier_id) for key in interests)


def _orders_for_others(ask: FlagCase, directory: Directory, policy: Policy) -> bool:
    """Tell whether the requester is member of, heads or has a right in no unit on the order's branch."""
    requester, unit, day = ask.order.requester, ask.order.content.unit, local_day(ask.at, policy)
    held = (right.unit for right in directory.rights_of(requester) if right.live(day))
    places = {*directory.persons[requester].units, *directory.heads(requester), *held}
    return not any(unit in directory.path(place) or place in directory.path(unit) for place in places)
