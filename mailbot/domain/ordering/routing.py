"""Where an approved order goes, and every reason for it."""

from mailbot.domain.people.directory import Directory
from mailbot.domain.values.order import Content, Destination, Route, RouteReason
from mailbot.domain.values.policy import Policy


def exceeds_limit(content: Content, policy: Policy) -> bool:
    """Tell whether the total exceeds the limit, which exactly the limit does not (docs/rules/attest.md#r12).

    A foreign amount is never compared: it has its own route reason.
    """
    total = content.total_in(includes_vat=policy.limit_includes_vat)
    over = total.currency == policy.purchasing_limit.currency and total > policy.purchasing_limit
    return policy.purchasing_over_limit and over


def route(content: Content, comment: str, directory: Directory, policy: Policy) -> Route:
    """Return where an approval with this comment leads (docs/rules/promises.md#route; docs/rules/attest.md#r10, #r11,
    #r12)."""
    findings = {
        RouteReason.COMMENT: bool(comment.strip()),
        RouteReason.OVER_LIMIT: exceeds_limit(content, policy),
        RouteReason.FOREIGN_CURRENCY: content.currency != policy.purchasing_limit.currency,
        RouteReason.UNKNOWN_SUPPLIER: content.supplier_id not in directory.suppliers,
    }
    reasons = tuple(reason for reason, found in findings.items() if found)
    return Route(Destination.PURCHASING if reasons else Destination.SUPPLIER, reasons)
