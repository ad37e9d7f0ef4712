"""A mail that answers none of ours, but whose subject holds an order's number: its program lost which mail it answers.

A number can be guessed: it leads its order's proven requester to a correction, who may decide to the page, nobody else.
"""

import re

from mailbot.domain.directory import Person
from mailbot.domain.notices import Notice, NoticeKind
from mailbot.domain.order import Field, Form, Order
from mailbot.flows.desk import Desk
from mailbot.store import drafts, orders
from mailbot.store.drafts import Draft

_NUMBER = re.compile(r"\b[A-Za-z][A-Za-z0-9]{0,7}-[0-9]{4}-[0-9]{5,9}\b")
_PREFIX = re.compile(r"(?:\[[^\[\]]{0,40}\]|[^\W\d_]{1,6}(?:\[\d{1,3}\])?\s?[:：])\s*")


def named(desk: Desk) -> list[Order]:
    """Return the orders whose numbers stand in the subject."""
    numbers = dict.fromkeys(number.upper() for number in _NUMBER.findall(desk.mail.subject))
    found = (orders.by_number(desk.connection, number) for number in numbers)
    return [order for order in found if order is not None]


def stands_alone(form: Form) -> bool:
    """Tell whether a form is an order by itself, and no mere change of one."""
    return bool(form.lines or form.unread) and {Field.APPROVER, Field.SUPPLIER} <= form.fields.keys()


def answers(subject: str, number: str) -> bool:
    """Tell whether a subject is that of an answer: the number alone, or ours behind what programs put before it."""
    rest = subject.strip()
    while prefix := _PREFIX.match(rest):
        rest = rest[prefix.end() :]
    if not rest.upper().startswith(number):
        return False
    return rest != subject.strip() or rest[len(number) :].lstrip()[:1] in {"", ":"}


def ask_which(desk: Desk, person: Person, order: Order, form: Form) -> None:
    """Ask whether a whole order below another one's number is new or a change: it is kept, and either is one tap."""
    new, change = orders.new_reference(), orders.new_reference()
    drafts.add(desk.connection, Draft(new, person.id, form, desk.inbox_id), desk.now)
    drafts.add(
        desk.connection, Draft(change, person.id, order.form.amended_by(form), desk.inbox_id, order.id), desk.now
    )
    facts = {"new": new, "change": change}
    notice = Notice(NoticeKind.WHICH, person, (order,), form=form, facts=facts)
    desk.answer(notice, reason="new order or change")
