"""What the lists print with --json (docs/operating.md, "For scripts"): times ISO 8601 in UTC, money decimal text."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime

from mailbot.domain.ordering.events import Standing
from mailbot.domain.ordering.workflow import Grounds
from mailbot.domain.people.directory import NAMING_PERSONS, Absence, Directory, Person, Right, Supplier, Unit
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Line, Order, Route
from mailbot.store.events import RecordedEvent
from mailbot.store.outbox import OutboxEntry

Value = Mapping[str, object]


def text(value: Value | Sequence[Value]) -> str:
    """Return one JSON value; what is not ASCII is escaped, so that nothing in it steers a terminal."""
    return json.dumps(value, indent=2, default=_plain)


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case Money():
            return {"amount": f"{value.amount:.2f}", "currency": value.currency}
        case Person():
            return {"name": value.name, "address": value.address}
    raise TypeError(f"no JSON shape for {type(value).__name__}")


def directory(known: Directory) -> Value:
    """Return people, units, rights, suppliers and absences, each with all that is known of it."""
    return {
        "people": [_known(one, known) for one in known.persons.values()],
        "units": [_known(one, known) for one in known.units.values()],
        "rights": [_known(one, known) for one in known.rights],
        "suppliers": [_known(one, known) for one in known.suppliers.values()],
        "absences": [_known(one, known) for one in known.absences],
    }


def _known(one: Person | Unit | Right | Supplier | Absence, known: Directory) -> Value:
    return {key: known.persons.get(value) if key in NAMING_PERSONS else value for key, value in vars(one).items()}


def unsent(mail: OutboxEntry, state: str, recipient: str) -> Value:
    """Return a mail of the bot's that has not left: in which state it is, and which kind of recipient it is for."""
    return {
        "id": mail.id,
        "state": state,
        "mail": mail.kind,
        "recipient": recipient,
        "orders": list(mail.orders),
        "created_at": mail.created_at,
        "next_try_at": mail.next_at if state != "failed" else None,
        "tries": mail.tries,
        "last_answer": mail.error,
    }


def order(found: Order, directory: Directory) -> Value:
    """Return an order as lists show it."""
    content = found.content
    return {
        "number": found.number,
        "status": found.status.value,
        "version": found.version,
        "unit": content.unit,
        "requester": directory.persons[found.requester],
        "approver": directory.persons[content.approver],
        "supplier": content.supplier,
        "total": content.total,
        "vat_included": content.vat.included,
        "created_at": found.created_at,
        "asked_at": found.asked_at,
        "destination": found.route.destination.value if found.route else None,
        "route_reasons": [reason.value for reason in found.route.reasons] if found.route else [],
    }


def whole_order(found: Order, steps: Sequence[RecordedEvent], directory: Directory) -> Value:
    """Return an order with its lines and every step of its life."""
    return {
        **order(found, directory),
        "lines": [_line(line) for line in found.content.lines],
        "events": [_event(step, directory) for step in steps],
    }


def _line(line: Line) -> Value:
    return {
        "item_no": line.item_no or None,
        "description": line.description,
        "quantity": format(line.quantity, "f"),
        "unit": line.unit or None,
        "price": line.price,
        "discount": line.discount,
        "vat_rate": None if line.vat_rate is None else format(line.vat_rate, "f"),
        "total": line.total,
    }


def _event(step: RecordedEvent, directory: Directory) -> Value:
    who = directory.persons[step.person] if step.person is not None else None
    told = details(step.event, directory)
    return {"at": step.at, "what": step.what, "person": who, "proof": step.proof, "details": told}


def details(event: object, directory: Directory) -> dict[str, str]:
    """Return the values of an event as texts by name, those within another value too; what is empty is left out."""
    found: dict[str, str] = {}
    for name, value in vars(event).items():
        match value:
            case Standing() | Route() | Grounds():
                found |= details(value, directory)
            case Money():
                found[name] = f"{value.amount} {value.currency}"
            case True:
                found[name] = "yes"
            case int() if name == "to":
                found[name] = directory.persons[value].name
            case (_, *_):
                found[name] = " ".join(value)
            case _ if value and name != "what":
                found[name] = str(value)
    return found
