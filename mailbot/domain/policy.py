"""The rules as data: what a profile and the operator's settings decide. No rule is applied here."""

from dataclasses import dataclass
from datetime import timedelta

from mailbot.domain.directory import SelfOrder
from mailbot.domain.money import Money


@dataclass(frozen=True)
class Policy:
    """The rules in force (product.md section 4 and 6).

    `purchasing_limit` is compared with the order's amount in the basis `limit_includes_vat` names;
    exactly the limit does not exceed it. `remind_weekly_every` is the pace after the third reminder. `step_up_above` is
    the sum, in the same basis, above which a decision needs more than the link; None turns that off.
    """

    profile: str
    purchasing_limit: Money
    limit_includes_vat: bool
    self_order: SelfOrder
    remind_after: timedelta
    remind_every: timedelta
    remind_later_every: timedelta
    remind_on_working_days: bool
    remind_from_hour: int
    remind_until_hour: int
    undo_window: timedelta
    link_life: timedelta
    timezone: str
    order_prefix: str
    step_up_above: Money | None = None
