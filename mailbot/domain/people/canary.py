"""The doctor's own order, the canary: its reserved names, and who may name them. It is seen in no list and no number.

Its people exist at addresses that change with every run and that no mail can have (RFC 2606: `.invalid`), so that
nobody else can order in its unit. Of its mails only the order itself leaves, to the operator as its supplier.
"""

from mailbot.domain.people.directory import CANARY_UNIT, Directory, Person, is_canary
from mailbot.domain.values.order import Order

UNIT_NAME = "mailbot canary"
PREFIX = "CANARY"
"""Canary orders have a series of numbers of their own, so that the year's has no gap."""


def nameable(directory: Directory, person: Person) -> Directory:
    """Return the part of the directory that the person's orders can name: the canary's for its own people only."""
    return directory.canary if is_canary(person) else directory.ordinary


def is_canary_order(order: Order) -> bool:
    """Tell whether the order is the doctor's."""
    return order.content.unit == CANARY_UNIT
