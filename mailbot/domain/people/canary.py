"""The doctor's own order, the canary. It is seen in no list and no number.

Its people's addresses change with every run, and no mail can have them (RFC 2606: `.invalid`): nobody else can order in
its unit. Only the order itself is mailed, to the operator as its supplier.
"""

from dataclasses import replace
from datetime import date

from mailbot.domain.people.directory import (
    CANARY_DOMAIN,
    CANARY_SUPPLIER,
    CANARY_UNIT,
    Directory,
    Person,
    Right,
    RightKind,
    Supplier,
    Unit,
    is_canary,
)
from mailbot.domain.values.order import Order

UNIT_NAME = "mailbot canary"
PREFIX = "CANARY"
"""Canary orders have a series of numbers of their own, so that the year's has no gap."""
REQUESTER, APPROVER = "requester", "approver"
GROUND = "run.py doctor"


def nameable(directory: Directory, person: Person) -> Directory:
    """Return the part of the directory that the person's orders can name: the canary's for its own people only."""
    return directory.canary if is_canary(person) else directory.ordinary


def is_canary_order(order: Order) -> bool:
    """Tell whether the order is the doctor's."""
    return order.content.unit == CANARY_UNIT


def address_of(role: str, secret: str) -> str:
    """Return where a canary person is while the secret of a run holds."""
    return f"{role}-{secret}@{CANARY_DOMAIN}"


def opened(known: Directory, operator: str, secret: str) -> Directory:
    """Return the directory with the unit open: new addresses, one right, the operator as supplier; new ids negative."""
    requester = replace(_person(known, REQUESTER, secret, -1), units=(CANARY_UNIT,))
    approver = _person(known, APPROVER, secret, -2)
    supplier = known.canary.supplier_named(CANARY_SUPPLIER) or Supplier(-1, CANARY_SUPPLIER, "")
    right = Right(-1, approver.id, CANARY_UNIT, kind=RightKind.ORDER, valid_from=date(2000, 1, 1), ground=GROUND)
    return replace(
        known,
        persons={**known.persons, requester.id: requester, approver.id: approver},
        units={CANARY_UNIT: Unit(CANARY_UNIT, UNIT_NAME), **known.units},
        rights=(*known.ordinary.rights, right),
        suppliers={**known.suppliers, supplier.id: replace(supplier, address=operator)},
    )


def closed(known: Directory, secret: str) -> Directory:
    """Return the directory with the canary's unit shut: no right is left, and nobody knows its people's addresses."""
    found = (_person(known, role, secret, 0) for role in (REQUESTER, APPROVER))
    people = {person.id: person for person in found if person.id}
    return replace(known, persons={**known.persons, **people}, rights=known.ordinary.rights)


def _person(known: Directory, role: str, secret: str, new: int) -> Person:
    """Return the canary's person in this role at a run's address, under the new id if there is none yet."""
    held = next((p for p in known.persons.values() if is_canary(p) and p.address.startswith(f"{role}-")), None)
    return replace(held or Person(new, f"mailbot canary {role}", ""), address=address_of(role, secret))
