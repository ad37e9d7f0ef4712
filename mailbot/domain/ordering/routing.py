"""Where an approved order goes, and every reason for it."""

from mailbot.domain.ordering.categories import special_category
from mailbot.domain.people.directory import Directory
from mailbot.domain.people.rights import counted
from mailbot.domain.values.order import Content, Destination, Route, RouteReason
from mailbot.domain.values.policy import Policy


def exceeds_limit(content: Content, policy: Policy) -> bool:
    """Tell whether the total exceeds the limit, which exactly the limit does not (docs/rules/attest.md#r12).

    What goes to purchasing for its currency is not compared.
    """
    amount = None if _goes_for_currency(content, policy) else counted(content, policy)
    return policy.purchasing_over_limit and amount is not None and amount > policy.purchasing_limit


def _goes_for_currency(content: Content, policy: Policy) -> bool:
    """Tell whether a foreign order goes to purchasing as such; without a value in kronor, wherever a limit would."""
    if content.currency == policy.purchasing_limit.currency:
        return False
    return policy.purchasing_foreign or (policy.purchasing_over_limit and content.countervalue is None)


def route(content: Content, comment: str, directory: Directory, policy: Policy) -> Route:
    """Return where an approval with this comment leads (docs/rules/promises.md#route; docs/rules/attest.md#r10, #r11,
    #r12, #r61)."""
    findings = {
        RouteReason.COMMENT: bool(comment.strip()),
        RouteReason.OVER_LIMIT: exceeds_limit(content, policy),
        RouteReason.FOREIGN_CURRENCY: _goes_for_currency(content, policy),
        RouteReason.UNKNOWN_SUPPLIER: content.supplier_id not in directory.suppliers,
        RouteReason.SPECIAL: policy.categories_first and bool(special_category(content, policy)),
        RouteReason.INTEREST: policy.purchasing_interests and directory.has_interest(content.supplier_id),
    }
    reasons = tuple(reason for reason, found in findings.items() if found)
    if findings[RouteReason.SPECIAL]:
        return Route(Destination.FINANCE, reasons)
    return Route(Destination.PURCHASING if reasons else Destination.SUPPLIER, reasons)
