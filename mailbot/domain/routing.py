"""Who may decide an order now, and where it goes when approved: each answer with its named reason."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mailbot.domain.directory import Directory, Person, RightKind, SelfOrder
from mailbot.domain.order import Content, Destination, Order, Route, RouteReason
from mailbot.domain.policy import Policy


class Denial(StrEnum):
    """Why a person may not decide an order."""

    NO_RIGHT = "no_right"
    OWN_ORDER = "own_order"


@dataclass(frozen=True)
class Authority:
    """A person's right to decide one order; `own` marks an order of their own that the unit only warns about."""

    person: Person
    own: bool = False


def self_order_rule(unit: str, directory: Directory, policy: Policy) -> SelfOrder:
    """Return the unit's own rule for own orders, else the policy's (attest-rules.md rule 16)."""
    return directory.units[unit].self_order or policy.self_order


def authority(
    person: Person, unit: str, requester: int, directory: Directory, policy: Policy, day: date
) -> Authority | Denial:
    """Say whether the person may decide an order of this unit on the local day (attest-rules.md rules 2, 14, 16)."""
    if person not in directory.holders(unit, RightKind.ORDER, day):
        return Denial.NO_RIGHT
    own = person.id == requester
    rule = self_order_rule(unit, directory, policy)
    if own and rule is SelfOrder.DENY:
        return Denial.OWN_ORDER
    return Authority(person, own=own and rule is SelfOrder.WARN)


def deciders(unit: str, requester: int, directory: Directory, policy: Policy, day: date) -> tuple[Person, ...]:
    """Return everyone who may decide an order of this unit by this requester on the local day, by name."""
    holders = directory.holders(unit, RightKind.ORDER, day)
    return tuple(p for p in holders if isinstance(authority(p, unit, requester, directory, policy, day), Authority))


def may_decide(order: Order, person: Person, directory: Directory, policy: Policy, day: date) -> Authority | Denial:
    """Say whether the person may decide this order on the local day."""
    return authority(person, order.content.unit, order.requester, directory, policy, day)


def exceeds_limit(content: Content, policy: Policy) -> bool:
    """Tell whether the total exceeds the limit; exactly the limit does not (attest-rules.md rule 12).

    A foreign amount is never compared with a limit in kronor: it has a route reason of its own.
    """
    total = content.total_in(includes_vat=policy.limit_includes_vat)
    return total.currency == policy.purchasing_limit.currency and total > policy.purchasing_limit


def route(content: Content, comment: str, directory: Directory, policy: Policy) -> Route:
    """Say where the order goes when approved with this comment (product.md section 2; attest-rules.md rules 10-12)."""
    findings = {
        RouteReason.COMMENT: bool(comment.strip()),
        RouteReason.OVER_LIMIT: exceeds_limit(content, policy),
        RouteReason.FOREIGN_CURRENCY: content.currency != policy.purchasing_limit.currency,
        RouteReason.UNKNOWN_SUPPLIER: content.supplier_id not in directory.suppliers,
    }
    reasons = tuple(reason for reason, found in findings.items() if found)
    return Route(Destination.PURCHASING if reasons else Destination.SUPPLIER, reasons)
