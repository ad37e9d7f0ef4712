"""The rules that sample data goes by: those of profile umu."""

from datetime import timedelta
from decimal import Decimal

from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import Policy, ReminderWait, SelfOrder
from mailbot.languages import VOCABULARY

POLICY = Policy(
    profile="umu",
    purchasing_limit=Money(Decimal(15_000)),
    limit_includes_vat=False,
    self_order=SelfOrder.WARN,
    remind_after=timedelta(days=3),
    remind_every=timedelta(days=3),
    remind_later_every=timedelta(days=7),
    remind_on_working_days=False,
    remind_waits=ReminderWait.NONE,
    remind_from_hour=7,
    remind_until_hour=18,
    undo_window=timedelta(minutes=5),
    link_life=timedelta(days=14),
    timezone="Europe/Stockholm",
    order_prefix="IT",
    vocabulary=VOCABULARY,
)
