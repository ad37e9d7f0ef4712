"""Who gets which mail after a change of an order."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mailbot.domain.notices import notice as n
from mailbot.domain.ordering.categories import special_category
from mailbot.domain.ordering.workflow import Change, Happened
from mailbot.domain.people.directory import Directory, Person
from mailbot.domain.people.rights import Deciders, self_order_rule
from mailbot.domain.values.order import Destination, Order, Route
from mailbot.domain.values.policy import SelfOrder

HEAD_FROM = 3
"""The number of the first reminder that goes to the unit's head too; each later one goes up one more level."""


@dataclass(frozen=True)
class _Case:
    """A change, and who may decide the order as it is after the change."""

    change: Change
    deciders: Deciders

    @property
    def directory(self) -> Directory:
        """People, units and rights."""
        return self.deciders.directory

    @property
    def order(self) -> Order:
        """The order as it is after the change."""
        return self.change.after

    @property
    def requester(self) -> Person:
        """The order's requester."""
        return self.directory.persons[self.order.requester]

    @property
    def actor(self) -> Person | None:
        """The person who made the change; None if no person did."""
        person = self.change.actor.person
        return None if person is None else self.directory.persons[person]

    @property
    def asked(self) -> tuple[Person, ...]:
        """The persons who are asked to decide now."""
        return self.deciders.asked(self.order.approver)


def notices_for(change: Change, deciders: Deciders) -> tuple[n.AnyNotice, ...]:
    """Return every notice that the change calls for, by who may decide the order as it is after the change."""
    case = _Case(change, deciders)
    return (*_while_open(case), *_once_decided(case))


def _while_open(case: _Case) -> Iterator[n.AnyNotice]:
    change, order = case.change, case.order
    match change.happened:
        case Happened.OPENED | Happened.CORRECTED:
            left_out = change.left_out
            yield n.ReceiptNotice(to=case.requester, order=order, happened=change.happened, left_out=left_out)
            yield from _requests(case)
            yield from _review(case)
        case Happened.APPROVED | Happened.REJECTED:
            yield from _decided(case)
        case Happened.DECISION_DISOWNED:
            yield from _requests(case)
            yield from _alarms(case)
        case Happened.RECUSED | Happened.HANDED_OVER | Happened.MOVED:
            yield from _moved(case)
        case Happened.NUDGED:
            yield from (_request(case, person) for person in case.asked)
        case Happened.WITHDRAWN:
            yield from _withdrawn(case)
        case Happened.DISOWNED:
            yield from _withdrawn(case)
            yield from _alarms(case)
        case Happened.ASKED:
            by_reply = change.by_reply
            yield n.QuestionNotice(
                to=case.requester, order=order, text=change.text, actor=case.actor, by_reply=by_reply
            )
        case Happened.ANSWERED | Happened.REMARKED:
            actor = case.actor if change.happened is Happened.REMARKED else None
            for person in _concerned(case):
                yield n.AnswerNotice(to=person, order=order, text=change.text, actor=actor)


def _once_decided(case: _Case) -> Iterator[n.AnyNotice]:
    match case.change.happened:
        case Happened.LEAVING:
            yield _dispatch(case)
            yield from _special(case)
        case Happened.CATEGORISED:
            yield n.ReceiptNotice(to=case.requester, order=case.order, happened=case.change.happened)
            yield from _special(case) if case.order.has_left else ()
        case Happened.RETURNED:
            yield n.RejectedNotice(to=case.requester, order=case.order)
        case Happened.DELIVERED:
            yield n.DispatchedNotice(to=case.requester, order=case.order)
        case Happened.NOT_DELIVERED:
            yield from _not_delivered(case)


def _request(case: _Case, to: Person) -> n.RequestNotice:
    return n.RequestNotice(to=to, order=case.order, happened=case.change.happened, actor=case.actor)


def _requests(case: _Case) -> Iterator[n.AnyNotice]:
    concerned = _concerned(case)
    yield from (_request(case, person) for person in concerned)
    if not concerned:
        yield from _nobody_may(case)


def _review(case: _Case) -> Iterator[n.AnyNotice]:
    """Yield the copy to the unit's reviewer, unless they sent the order or are asked to decide it."""
    reviewer = case.directory.reviewer(case.order.content.unit, case.deciders.matter.day)
    if reviewer is not None and reviewer not in (case.requester, *case.asked):
        yield n.ReviewNotice(to=reviewer, order=case.order)


def _nobody_may(case: _Case) -> Iterator[n.AnyNotice]:
    """Yield the notices to purchasing and the unit's head, who can find somebody to decide the order."""
    told: tuple[n.Recipient | None, ...] = (n.Mailbox.PURCHASING, case.directory.head(case.order.content.unit))
    yield from (n.NobodyMayNotice(to=to, order=case.order, happened=case.change.happened) for to in told if to)


def _concerned(case: _Case) -> tuple[Person, ...]:
    """Return the persons who are asked now, and those asked before if they may still decide."""
    before = {p.id for p in _asked_before(case)} - {case.order.approver}
    now = {p.id for p in case.asked}
    return tuple(p for p in case.deciders.persons if p.id in now | before)


def _moved(case: _Case) -> Iterator[n.AnyNotice]:
    """Yield the requests to those who may decide instead, and tell the requester; if there is nobody, who can help."""
    change, order, now = case.change, case.order, case.asked
    yield from (_request(case, person) for person in now)
    yield n.MovedNotice(to=case.requester, order=order, happened=change.happened, actor=case.actor)
    # Whoever holds a forwarded mail can recuse its person, so that this person is told.
    if change.happened is Happened.RECUSED and case.actor is not None:
        yield n.MovedNotice(to=case.actor, order=order, happened=change.happened, actor=case.actor, recused=True)
    if not now:
        yield from _nobody_may(case)


def _withdrawn(case: _Case) -> Iterator[n.AnyNotice]:
    happened = case.change.happened
    return (n.WithdrawnNotice(to=person, order=case.order, happened=happened) for person in _asked_before(case))


def _alarms(case: _Case) -> Iterator[n.AnyNotice]:
    return (_alarm(case, role) for role in (n.Mailbox.PURCHASING, n.Mailbox.OPERATOR))


def _alarm(case: _Case, to: n.Mailbox) -> n.AlarmNotice:
    change = case.change
    return n.AlarmNotice(
        to=to, order=case.order, happened=change.happened, at=change.at, text=change.text, actor=case.actor
    )


def _asked_before(case: _Case) -> tuple[Person, ...]:
    """Return the chosen approver, and the persons who had decided or whose question is answered, if they are others."""
    change = case.change
    before = change.before.decision if change.before else None
    ids = dict.fromkeys((case.order.approver, before.person if before else None, change.asked_by))
    return tuple(case.directory.persons[i] for i in ids if i is not None)


def _decided(case: _Case) -> Iterator[n.AnyNotice]:
    order, directory = case.order, case.directory
    decision = order.decision
    if decision is None:
        return
    yield n.DecidedNotice(to=directory.persons[decision.person], order=order, happened=case.change.happened)
    unit = order.content.unit
    warns = self_order_rule(unit, directory, case.deciders.policy) is SelfOrder.WARN
    if warns and decision.approved and decision.person == order.requester:
        head = directory.head(unit)
        is_other = head is not None and head.id != decision.person
        yield n.OwnOrderNotice(to=head if head and is_other else n.Mailbox.PURCHASING, order=order)


def _dispatch(case: _Case) -> n.AnyNotice:
    route, supplier = case.order.route, case.order.content.supplier_id
    if route == Route(Destination.SUPPLIER) and supplier is not None:
        return n.ToSupplierNotice(to=case.directory.suppliers[supplier], order=case.order)
    happened, text = case.change.happened, case.change.text
    to = n.Mailbox.FINANCE if route is not None and route.destination is Destination.FINANCE else n.Mailbox.PURCHASING
    return n.ToPurchasingNotice(to=to, order=case.order, happened=happened, text=text)


def _special(case: _Case) -> Iterator[n.AnyNotice]:
    """Yield finance's copy of an order to handle by hand that goes to somebody else."""
    category, route = special_category(case.order.content, case.deciders.policy), case.order.route
    if category and route is not None and route.destination is not Destination.FINANCE:
        yield n.SpecialNotice(to=n.Mailbox.FINANCE, order=case.order, category=category)


def _not_delivered(case: _Case) -> Iterator[n.AnyNotice]:
    if case.change.after == case.change.before:  # the order was with purchasing: purchasing's own mailbox refused
        yield _alarm(case, n.Mailbox.OPERATOR)
        return
    yield _dispatch(case)
    yield n.NotDeliveredNotice(to=case.requester, order=case.order, text=case.change.text)


def reminded(order: Order, deciders: Deciders) -> tuple[Person, ...]:
    """Return whom the newest reminder reaches: the chosen, the nearest level, the head too, then a level more each time
    (docs/rules/promises.md#reminders)."""
    asked, directory, number = deciders.asked(order.approver), deciders.directory, order.reminders
    if number <= 1 and asked:
        return asked
    head = directory.head(order.content.unit) if number >= HEAD_FROM else None
    told = (*deciders.near(up=max(0, number - HEAD_FROM)), *asked, head)
    return tuple(dict.fromkeys(filter(None, told)))


def newly_reminded(order: Order, deciders: Deciders) -> tuple[Person, ...]:
    """Return whom the next reminder reaches besides those of the newest one."""
    already = reminded(order, deciders)
    coming = reminded(replace(order, reminders=order.reminders + 1), deciders)
    return tuple(person for person in coming if person not in already)
