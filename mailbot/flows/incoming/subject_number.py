"""A mail that names no mail of ours but an order's number: some programs lose what they answer.

A number can be guessed: it leads only its proven requester to a correction, and who may decide to the page.
"""

from mailbot.domain.notices.notice import WhichNotice
from mailbot.domain.values.order import Field, Form, Order
from mailbot.flows.steps.desk import Desk, ProvenDesk
from mailbot.store import drafts, orders
from mailbot.store.drafts import Draft


def orders_in_subject(desk: Desk) -> list[Order]:
    """Return the orders whose numbers stand in the subject."""
    found = (orders.by_number(desk.work.connection, number) for number in desk.intake.named.numbers)
    return [order for order in found if order is not None]


def stands_alone(form: Form) -> bool:
    """Tell whether a form is a whole order, not only a change of one."""
    return bool(form.lines or form.unread) and {Field.APPROVER, Field.SUPPLIER} <= form.fields.keys()


def ask_which(desk: ProvenDesk, order: Order, form: Form) -> None:
    """Ask whether a whole order under another one's number is new or a change; both are kept as drafts."""
    new, change = orders.new_reference(), orders.new_reference()
    desk.work.put(drafts.add, Draft(new, desk.person.id, form, desk.inbox_id), desk.work.now)
    amended = order.form.amended_by(form, desk.bot.policy.vocabulary)
    desk.work.put(drafts.add, Draft(change, desk.person.id, amended, desk.inbox_id, order.id), desk.work.now)
    _ask(desk, WhichNotice(to=desk.person, order=order, form=form, new=new, change=change))


def ask_again(desk: ProvenDesk, new: Draft, change: Draft) -> None:
    """Ask once more after words that choose neither of the two drafts; nobody else gets them."""
    if new.order is not None:
        new, change = change, new
    assert change.order is not None  # noqa: S101  one of the two corrects an order
    order = orders.load(desk.work.connection, change.order)
    _ask(desk, WhichNotice(to=desk.person, order=order, form=new.form, new=new.reference, change=change.reference))


def _ask(desk: ProvenDesk, notice: WhichNotice) -> None:
    desk.answer(notice, reason="new order or change")
