"""Who must hear what after a change, as data: no texts, no addresses from mail, no links made here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum

from mailbot.domain.ordering.draft import Problem
from mailbot.domain.ordering.workflow import Change, Happened, Refusal
from mailbot.domain.people.directory import Directory, Person, Supplier, Unit
from mailbot.domain.people.proposal import Appointment, EndedRights, Proposal
from mailbot.domain.people.rights import able_persons, asked, matter_of, self_order_rule
from mailbot.domain.people.scheme import SchemeProblem
from mailbot.domain.values.order import Destination, Form, Order, Route
from mailbot.domain.values.policy import Policy, SelfOrder


class NoticeKind(StrEnum):
    """Every mail the bot sends; templates/mail has a folder for each."""

    RECEIPT = "receipt"
    PROBLEMS = "problems"
    HELP = "help"
    CONFIRM_SENDER = "confirm_sender"
    NOT_CORRECTED = "not_corrected"
    PARKED = "parked"
    QUEUED = "queued"
    UNDECIDED = "undecided"
    WHICH = "which"
    REQUEST = "request"
    REMINDER = "reminder"
    PENDING_LIST = "pending_list"
    DECIDED = "decided"
    OWN_ORDER = "own_order"
    WITHDRAWN = "withdrawn"
    QUESTION = "question"
    ANSWER = "answer"
    DISPATCHED = "dispatched"
    REJECTED = "rejected"
    NOT_DELIVERED = "not_delivered"
    TO_SUPPLIER = "to_supplier"
    TO_PURCHASING = "to_purchasing"
    UNANSWERED = "unanswered"
    AWAY = "away"
    ABSENCE = "absence"
    PLAN = "plan"
    RIGHT_ENDS = "right_ends"
    ONE_APPROVER = "one_approver"
    RESIGNED = "resigned"
    MOVED = "moved"
    NOBODY_MAY = "nobody_may"
    ALARM = "alarm"
    UNIT_CLOSED = "unit_closed"
    OPERATOR = "operator"
    MAILBOX = "mailbox"
    RELAY = "relay"
    MACHINE = "machine"
    TOO_FAST = "too_fast"
    STEP_UP_CODE = "step_up_code"
    APPOINTMENT = "appointment"
    APPOINTMENT_PROBLEMS = "appointment_problems"
    APPOINTMENT_RECEIVED = "appointment_received"
    APPOINTMENT_LINK = "appointment_link"
    APPOINTMENT_SETTLED = "appointment_settled"
    APPOINTMENT_ENDED = "appointment_ended"
    APPOINTMENT_CONSENT = "appointment_consent"


class Mailbox(StrEnum):
    """A mailbox of the configuration rather than a person."""

    PURCHASING = "purchasing"
    OPERATOR = "operator"


class Purpose(StrEnum):
    """What a signed link is for; each has its own salt."""

    DECIDE = "decide"
    ORDER = "order"
    DISOWN = "disown"
    NOT_ME = "not-me"
    CONFIRM = "confirm"
    LIST = "list"
    REPLY = "reply"
    PLAN = "plan"
    APPOINTMENT = "appointment"
    APPOINT = "appoint"
    DELEGATE = "delegate"


@dataclass(frozen=True)
class UnregisteredAddress:
    """A known address without a person's row behind it yet: the owner of an allowed-domain address."""

    address: str


Recipient = Person | Supplier | Mailbox | UnregisteredAddress


@dataclass(frozen=True)
class AppointmentDetails:
    """What a mail about appointing says: the stored proposal and who sent it, what would change or why nothing can.

    `form` is the form as text to mend, or to fill in where there are no problems. `ended` is what the same form has
    taken away already, by its sender's word alone.
    """

    proposer: Person
    unit: Unit | None = None
    appointment: Appointment | None = None
    proposal: Proposal | None = None
    problems: tuple[SchemeProblem, ...] = ()
    form: str = ""
    ended: EndedRights | None = None


@dataclass(frozen=True)
class Notice:
    """One mail to one recipient. `orders` are what it is about; `text` is what a person wrote or a reason's name.

    `form`, `problems` and `draft` belong to answers about orders that could not be read. `pending_only` drops the
    mail unsent when its orders are no longer pending in the same step. `dispatch` marks the mail whose fate is the
    order's. `files` names those that are kept with the draft. `appointing` belongs to mails about the order scheme.
    """

    kind: NoticeKind
    to: Recipient
    orders: tuple[Order, ...] = ()
    links: tuple[Purpose, ...] = ()
    text: str = ""
    happened: Happened | None = None
    at: datetime | None = None
    form: Form | None = None
    problems: tuple[Problem, ...] = ()
    draft: str = ""
    refusal: Refusal | None = None
    pending_only: bool = False
    dispatch: bool = False
    facts: Mapping[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()
    appointing: AppointmentDetails | None = None


def notices_for(change: Change, directory: Directory, policy: Policy, day: date) -> tuple[Notice, ...]:
    """Return every mail the change calls for; `day` is the local day."""
    return (*_while_open(change, directory, policy, day), *_once_decided(change, directory))


def _while_open(change: Change, directory: Directory, policy: Policy, day: date) -> Iterator[Notice]:
    requester = directory.persons[change.after.requester]
    match change.happened:
        case Happened.OPENED | Happened.CORRECTED:
            receipt = _of(change, NoticeKind.RECEIPT, requester, Purpose.ORDER, Purpose.DISOWN)
            yield replace(receipt, facts=change.facts)
            yield from _requests(change, directory, policy, day)
        case Happened.APPROVED | Happened.REJECTED:
            yield from _decided(change, directory, policy)
        case Happened.DECISION_DISOWNED:
            yield from _requests(change, directory, policy, day)
            yield from _alarms(change)
        case Happened.RECUSED | Happened.HANDED_OVER | Happened.MOVED:
            yield from _moved(change, directory, policy, day)
        case Happened.WITHDRAWN:
            yield from _withdrawn(change, directory)
        case Happened.DISOWNED:
            yield from _withdrawn(change, directory)
            yield from _alarms(change)
        case Happened.ASKED:
            yield replace(_of(change, NoticeKind.QUESTION, requester, Purpose.ORDER), facts=change.facts)
        case Happened.ANSWERED:
            for person in _concerned(change, directory, policy, day):
                yield _of(change, NoticeKind.ANSWER, person, Purpose.DECIDE, pending_only=True)


def _once_decided(change: Change, directory: Directory) -> Iterator[Notice]:
    requester = directory.persons[change.after.requester]
    match change.happened:
        case Happened.LEAVING:
            yield _dispatch(change, directory)
        case Happened.RETURNED:
            yield _of(change, NoticeKind.REJECTED, requester, Purpose.ORDER)
        case Happened.DELIVERED:
            yield _of(change, NoticeKind.DISPATCHED, requester, Purpose.ORDER)
        case Happened.NOT_DELIVERED:
            yield from _not_delivered(change, requester, directory)


def _of(
    change: Change, kind: NoticeKind, to: Recipient, *links: Purpose, pending_only: bool = False, dispatch: bool = False
) -> Notice:
    return Notice(
        kind,
        to,
        (change.after,),
        links,
        change.text,
        change.happened,
        change.at,
        pending_only=pending_only,
        dispatch=dispatch,
    )


def _requests(change: Change, directory: Directory, policy: Policy, day: date) -> Iterator[Notice]:
    concerned = _concerned(change, directory, policy, day)
    for person in concerned:
        yield _of(change, NoticeKind.REQUEST, person, Purpose.DECIDE, Purpose.LIST, pending_only=True)
    if not concerned:
        yield from _nobody_may(change, directory)


def _nobody_may(change: Change, directory: Directory) -> Iterator[Notice]:
    """Tell those who can see to it that somebody may decide: purchasing, and the head of the unit."""
    head = directory.units[change.after.content.unit].head
    yield _of(change, NoticeKind.NOBODY_MAY, Mailbox.PURCHASING)
    if head is not None:
        yield _of(change, NoticeKind.NOBODY_MAY, directory.persons[head])


def _concerned(change: Change, directory: Directory, policy: Policy, day: date) -> tuple[Person, ...]:
    """Return who is asked now, and those who were asked before if they may decide still."""
    order = change.after
    able = able_persons(order, directory, policy, day)
    before = {p.id for p in _asked(change, directory)} - {order.approver}
    now = {p.id for p in asked(order.approver, matter_of(order, policy, day), directory, policy)}
    return tuple(p for p in able if p.id in now | before)


def _moved(change: Change, directory: Directory, policy: Policy, day: date) -> Iterator[Notice]:
    """Ask who may decide instead, and tell the requester; where nobody may, purchasing and the head hear of it."""
    order = change.after
    now = asked(order.approver, matter_of(order, policy, day), directory, policy)
    for person in now:
        yield _of(change, NoticeKind.REQUEST, person, Purpose.DECIDE, Purpose.LIST, pending_only=True)
    yield _of(change, NoticeKind.MOVED, directory.persons[order.requester], Purpose.ORDER)
    if (
        change.happened is Happened.RECUSED and change.actor.person is not None
    ):  # who holds a forwarded mail could say so
        yield _of(change, NoticeKind.MOVED, directory.persons[change.actor.person])
    if not now:
        yield from _nobody_may(change, directory)


def _withdrawn(change: Change, directory: Directory) -> Iterator[Notice]:
    return (_of(change, NoticeKind.WITHDRAWN, person) for person in _asked(change, directory))


def _alarms(change: Change) -> Iterator[Notice]:
    return (_of(change, NoticeKind.ALARM, role) for role in (Mailbox.PURCHASING, Mailbox.OPERATOR))


def _asked(change: Change, directory: Directory) -> tuple[Person, ...]:
    """Return the chosen approver and, where it was another, who had decided or whose question is answered."""
    before = change.before.decision if change.before else None
    ids = dict.fromkeys((change.after.approver, before.person if before else None, change.asked_by))
    return tuple(directory.persons[i] for i in ids if i is not None)


def _decided(change: Change, directory: Directory, policy: Policy) -> Iterator[Notice]:
    decision = change.after.decision
    if decision is None:
        return
    decider = directory.persons[decision.person]
    yield _of(change, NoticeKind.DECIDED, decider, Purpose.NOT_ME, Purpose.DECIDE)
    unit = directory.units[change.after.content.unit]
    warns = self_order_rule(unit.id, directory, policy) is SelfOrder.WARN
    if warns and decision.approved and decision.person == change.after.requester:
        head = unit.head
        to = directory.persons[head] if head is not None and head != decision.person else Mailbox.PURCHASING
        yield _of(change, NoticeKind.OWN_ORDER, to)


def _dispatch(change: Change, directory: Directory) -> Notice:
    route, supplier = change.after.route, change.after.content.supplier_id
    if route == Route(Destination.SUPPLIER) and supplier is not None:
        return _of(change, NoticeKind.TO_SUPPLIER, directory.suppliers[supplier], dispatch=True)
    return _of(change, NoticeKind.TO_PURCHASING, Mailbox.PURCHASING, dispatch=True)


def _not_delivered(change: Change, requester: Person, directory: Directory) -> Iterator[Notice]:
    if change.after == change.before:  # it was purchasing's own mailbox that refused
        yield _of(change, NoticeKind.ALARM, Mailbox.OPERATOR)
        return
    yield _dispatch(change, directory)
    yield _of(change, NoticeKind.NOT_DELIVERED, requester, Purpose.ORDER)


def reminded(order: Order, directory: Directory, policy: Policy, day: date) -> tuple[Recipient, ...]:
    """Return who is reminded by the order's newest reminder (docs/rules/promises.md#reminders).

    The first goes to the chosen approver, the second to all approvers of the unit, the third and later also to the
    head.
    """
    able = able_persons(order, directory, policy, day)
    now = asked(order.approver, matter_of(order, policy, day), directory, policy)
    if order.reminders <= 1 and now:
        return now
    head = directory.units[order.content.unit].head
    extra = tuple(directory.persons[h] for h in [head] if h is not None and order.reminders > 2)
    return tuple(dict.fromkeys((*able, *extra)))
