"""One value for each mail: its recipient, its orders, its links and what it tells. No words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Literal

from mailbot.domain.ordering.draft import Problem
from mailbot.domain.ordering.workflow import Happened, Refusal
from mailbot.domain.people.absence import AbsenceProblem
from mailbot.domain.people.attest_plan import AttestPlan
from mailbot.domain.people.directory import Absence, Person, Supplier, Unit
from mailbot.domain.people.proposal import Appointment, AppointmentState, EndedRights, Proposal
from mailbot.domain.people.scheme import SchemeProblem
from mailbot.domain.values.order import Form, Order
from mailbot.domain.values.pointer import Pointer


class NoticeKind(StrEnum):
    """Every kind of mail that the bot sends; `templates/mails` has a folder for each."""

    RECEIPT = "receipt"
    PROBLEMS = "problems"
    HELP = "help"
    CONFIRM_SENDER = "confirm_sender"
    NOT_CORRECTED = "not_corrected"
    PARKED = "parked"
    QUEUED = "queued"
    UNDECIDED = "undecided"
    WHICH = "which"
    POINTER = "pointer"
    REQUEST = "request"
    REMINDER = "reminder"
    REVIEW = "review"
    PENDING_LIST = "pending_list"
    SEVERAL = "several"
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
    SPECIAL = "special"
    UNANSWERED = "unanswered"
    AWAY = "away"
    ABSENCE = "absence"
    PLAN = "plan"
    RIGHT_ENDS = "right_ends"
    ONE_APPROVER = "one_approver"
    RESIGNED = "resigned"
    LEFT = "left"
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
    """A recipient that is an address of the configuration, not a person."""

    PURCHASING = "purchasing"
    FINANCE = "finance"
    OPERATOR = "operator"


ALARMED = (Mailbox.PURCHASING, Mailbox.OPERATOR)
"""Who can still stop what has left."""


class Purpose(StrEnum):
    """What a signed link is for; each purpose has its own salt."""

    DECIDE = "decide"
    ORDER = "order"
    REVIEW = "review"
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
    """The owner of an address who is not stored as a person yet."""

    address: str


Recipient = Person | Supplier | Mailbox | UnregisteredAddress


@dataclass(frozen=True)
class AppointmentDetails:
    """What a mail about an appointment says: the proposer, the appointment, what would change or why not.

    `form` is the form as text, to mend or to fill in. `ended` are rights that the same form has ended at once.
    """

    proposer: Person
    unit: Unit | None = None
    appointment: Appointment | None = None
    proposal: Proposal | None = None
    problems: tuple[SchemeProblem, ...] = ()
    form: str = ""
    ended: EndedRights | None = None


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One mail to one recipient; `kind` is its name in the outbox and the folder of its template.

    Its class says besides which links it `brings`, whether it is dropped unless it leaves `while_pending`, and whether
    an order leaves by it (`dispatch`). A `draft` is the reference by which its reader's answer finds the draft.
    """

    kind: ClassVar[NoticeKind]
    dispatch: ClassVar[bool] = False
    brings: ClassVar[tuple[Purpose, ...]] = ()
    while_pending: ClassVar[bool] = False
    to: Recipient

    def __init_subclass__(
        cls,
        *,
        kind: NoticeKind | None = None,
        brings: tuple[Purpose, ...] = (),
        while_pending: bool = False,
        dispatch: bool = False,
    ) -> None:
        """Take from the line of the class what all its mails have in common; what it leaves out is its parent's."""
        if kind is not None:
            cls.kind = kind
        cls.brings = brings or cls.brings
        cls.while_pending, cls.dispatch = while_pending or cls.while_pending, dispatch or cls.dispatch

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders that the mail is about."""
        return ()

    @property
    def links(self) -> tuple[Purpose, ...]:
        """The purposes of the links that the mail brings, for each of its orders."""
        return self.brings

    @property
    def only_while_pending(self) -> bool:
        """Whether the mail is dropped unsent once its orders are no longer pending in the same step."""
        return self.while_pending

    @property
    def stored_as(self) -> NoticeKind:
        """The kind under which the outbox keeps the mail."""
        return self.kind


@dataclass(frozen=True, kw_only=True)
class OrderNotice(Notice):
    """A mail about one order; `happened` is the event that called for the mail, None if no event did."""

    order: Order
    happened: Happened | None = None

    @property
    def shares(self) -> bool:
        """Whether it may become one mail with others of its kind to the same reader (`SeveralNotice`)."""
        return type(self) in SHARING.values() and self.happened in _OF_MANY

    @property
    def orders(self) -> tuple[Order, ...]:
        """The one order."""
        return (self.order,)


# --- Answers to a mail. ---


@dataclass(frozen=True, kw_only=True)
class ReceiptNotice(OrderNotice, kind=NoticeKind.RECEIPT, brings=(Purpose.ORDER, Purpose.DISOWN)):
    """The order was received, or changed; `left_out` says that a quoted order in the mail was not read."""

    left_out: bool = False


@dataclass(frozen=True, kw_only=True)
class ProblemsNotice(Notice, kind=NoticeKind.PROBLEMS):
    """What is missing or unclear in an order or in a correction; `files` are the names of the files kept with it."""

    form: Form
    problems: tuple[Problem, ...]
    draft: str
    order: Order | None = None
    files: tuple[str, ...] = ()
    left_out: bool = False

    @property
    def orders(self) -> tuple[Order, ...]:
        """The order that the mail would correct, if any."""
        return (self.order,) if self.order is not None else ()


@dataclass(frozen=True, kw_only=True)
class HelpNotice(Notice, kind=NoticeKind.HELP):
    """How to order: on request, or because a mail held nothing for its writer (`lost`) or nothing at all (`empty`)."""

    lost: bool = False
    empty: bool = False


@dataclass(frozen=True, kw_only=True)
class ConfirmSenderNotice(Notice, kind=NoticeKind.CONFIRM_SENDER, brings=(Purpose.CONFIRM,)):
    """The mail `inbox` waits for its sender's confirmation, as `waits` mails do; `last`: no more are mailed for now."""

    inbox: int
    waits: int
    last: bool


@dataclass(frozen=True, kw_only=True)
class NotCorrectedNotice(OrderNotice, kind=NoticeKind.NOT_CORRECTED):
    """A mail did not change the order, and why; `link` is what its writer may do with the order."""

    refusal: Refusal
    form: Form
    link: Purpose

    @property
    def links(self) -> tuple[Purpose, ...]:
        """The one link."""
        return (self.link,)


@dataclass(frozen=True, kw_only=True)
class ParkedNotice(Notice, kind=NoticeKind.PARKED):
    """The reader's mail is parked, where an operator sees it; `reason` names why."""

    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class PointerNotice(Notice, kind=NoticeKind.POINTER):
    """The reader's mail is no order and belongs in another system: `pointer` says which."""

    pointer: Pointer


@dataclass(frozen=True, kw_only=True)
class QueuedNotice(Notice, kind=NoticeKind.QUEUED):
    """An order waits in line until `at` (UTC), which is `today` or later, behind `ahead` others.

    `count` orders came within the hour: the reader's `own`, or everybody's.
    """

    at: datetime
    own: bool
    count: int
    ahead: int
    today: bool


@dataclass(frozen=True, kw_only=True)
class UndecidedNotice(OrderNotice, kind=NoticeKind.UNDECIDED, brings=(Purpose.DECIDE,)):
    """An approver's answer decided nothing: what it became, and its `text` if passed on, perhaps without its files."""

    became: Literal["asked", "verdict", "kept"]
    text: str = ""
    files_left: bool = False


@dataclass(frozen=True, kw_only=True)
class WhichNotice(OrderNotice, kind=NoticeKind.WHICH):
    """A mail may be a new order or a change of this one: each is kept as a draft under its reference."""

    form: Form
    new: str
    change: str

    @property
    def draft(self) -> str:
        """The draft that leads to both when the mail is answered."""
        return self.new


# --- To who decides. ---


@dataclass(frozen=True, kw_only=True)
class RequestNotice(OrderNotice, kind=NoticeKind.REQUEST, brings=(Purpose.DECIDE, Purpose.LIST)):
    """Asks an approver to decide; `actor` is who handed the order over. A `fresh` one was asked for."""

    to: Person
    actor: Person | None = None
    fresh: bool = False

    @property
    def only_while_pending(self) -> bool:
        """False for a fresh one, because its link also shows what has become of the order."""
        return not self.fresh

    @property
    def shares(self) -> bool:
        """False for a fresh one, because its reader waits for it."""
        return super().shares and not self.fresh


@dataclass(frozen=True, kw_only=True)
class ReminderNotice(Notice, kind=NoticeKind.REMINDER, brings=(Purpose.DECIDE, Purpose.LIST), while_pending=True):
    """Orders still wait for the reader's decision; nobody is reminded of a decided one."""

    waiting: tuple[Order, ...]

    @property
    def orders(self) -> tuple[Order, ...]:
        """All orders that wait."""
        return self.waiting


@dataclass(frozen=True, kw_only=True)
class PendingListNotice(Notice, kind=NoticeKind.PENDING_LIST):
    """What waits for a person; `lists`: orders may wait for them at all, `fresh`: it replaces an expired link.

    `answered`: the person has answered a mail about several orders. `below` counts what somebody nearer decides first.
    """

    waiting: tuple[Order, ...] = ()
    below: int = 0
    lists: bool = True
    fresh: bool = False
    answered: bool = False

    @property
    def orders(self) -> tuple[Order, ...]:
        """All orders that wait."""
        return self.waiting

    @property
    def links(self) -> tuple[Purpose, ...]:
        """Links to decide each order, and to all of them."""
        return (Purpose.DECIDE, Purpose.LIST) if self.waiting else (Purpose.LIST,) if self.lists else ()


class DecidedNotice(OrderNotice, kind=NoticeKind.DECIDED, brings=(Purpose.NOT_ME, Purpose.DECIDE)):
    """Confirms a decision to the person who made it."""


@dataclass(frozen=True, kw_only=True)
class CodeNotice(OrderNotice, kind=NoticeKind.STEP_UP_CODE):
    """The code for a press, which lives until `at` (UTC); `unit` is set if the press gives up a right there."""

    at: datetime
    code: str
    action: str
    unit: Unit | None

    @property
    def only_while_pending(self) -> bool:
        """True for a code that decides: it is useless once the order is decided."""
        return self.unit is None


@dataclass(frozen=True, kw_only=True)
class AnswerNotice(OrderNotice, kind=NoticeKind.ANSWER, brings=(Purpose.DECIDE,), while_pending=True):
    """The requester has answered a question, or the reviewer (`actor`) has made a remark; it only helps to decide."""

    text: str
    actor: Person | None = None


class ReviewNotice(OrderNotice, kind=NoticeKind.REVIEW, brings=(Purpose.REVIEW,), while_pending=True):
    """A copy of an order that waits, to its unit's reviewer."""


class WithdrawnNotice(OrderNotice, kind=NoticeKind.WITHDRAWN):
    """The order is withdrawn."""


# --- To the requester, and beside. ---


class _FollowNotice(OrderNotice, brings=(Purpose.ORDER,)):
    """A mail with a link to follow the order."""


@dataclass(frozen=True, kw_only=True)
class QuestionNotice(_FollowNotice, kind=NoticeKind.QUESTION):
    """An approver asks something; `by_reply` says that they answered a mail instead of using the page."""

    text: str
    actor: Person | None = None
    by_reply: bool = False


class DispatchedNotice(_FollowNotice, kind=NoticeKind.DISPATCHED):
    """The order has left."""


class RejectedNotice(_FollowNotice, kind=NoticeKind.REJECTED):
    """The order is rejected."""


@dataclass(frozen=True, kw_only=True)
class NotDeliveredNotice(_FollowNotice, kind=NoticeKind.NOT_DELIVERED):
    """The order could not be delivered; `text` is what the mail server said."""

    text: str


class AwayNotice(_FollowNotice, kind=NoticeKind.AWAY):
    """The approver asked is away."""


@dataclass(frozen=True, kw_only=True)
class MovedNotice(OrderNotice, kind=NoticeKind.MOVED):
    """Others are asked to decide, because of `actor`; `recused`: it confirms a recusal to this person."""

    actor: Person | None = None
    recused: bool = False

    @property
    def links(self) -> tuple[Purpose, ...]:
        """A link to follow the order, for its requester."""
        return () if self.recused else (Purpose.ORDER,)


class UnansweredNotice(OrderNotice, kind=NoticeKind.UNANSWERED):
    """Nobody has decided after three reminders."""

    @property
    def links(self) -> tuple[Purpose, ...]:
        """A link to follow the order, for its requester."""
        return (Purpose.ORDER,) if isinstance(self.to, Person) else ()


class OwnOrderNotice(OrderNotice, kind=NoticeKind.OWN_ORDER):
    """Somebody has approved their own order."""


class NobodyMayNotice(OrderNotice, kind=NoticeKind.NOBODY_MAY):
    """Nobody may decide the order."""


@dataclass(frozen=True, kw_only=True)
class AlarmNotice(OrderNotice, kind=NoticeKind.ALARM):
    """Something is wrong with the order since `at` (UTC); `actor` is who says so, `text` the mail server's words."""

    at: datetime
    text: str = ""
    actor: Person | None = None


# --- Several of these in one mail. ---

SHARING: Mapping[NoticeKind, type[OrderNotice]] = {
    found.kind: found
    for found in (RequestNotice, DecidedNotice, AwayNotice, MovedNotice, UnansweredNotice, NobodyMayNotice)
}
"""The notices that one change may call for about many orders of one person, by their kind."""
_OF_MANY = {None, Happened.MOVED, Happened.NUDGED, Happened.APPROVED, Happened.REJECTED}


@dataclass(frozen=True, kw_only=True)
class SeveralNotice(Notice, kind=NoticeKind.SEVERAL):
    """What `parts`, of one kind and to one reader, say about an order each, in one mail."""

    parts: tuple[OrderNotice, ...]

    @property
    def orders(self) -> tuple[Order, ...]:
        """The order of each part."""
        return tuple(part.order for part in self.parts)

    @property
    def links(self) -> tuple[Purpose, ...]:
        """The links that each part alone would bring."""
        return self.parts[0].links

    @property
    def only_while_pending(self) -> bool:
        """As for each part alone."""
        return self.parts[0].only_while_pending

    @property
    def stored_as(self) -> NoticeKind:
        """The kind of the parts, by which it is known later who was told what."""
        return self.parts[0].kind


# --- The order leaving. ---


class ToSupplierNotice(OrderNotice, kind=NoticeKind.TO_SUPPLIER, dispatch=True):
    """The order, to its supplier."""


@dataclass(frozen=True, kw_only=True)
class ToPurchasingNotice(OrderNotice, kind=NoticeKind.TO_PURCHASING, dispatch=True):
    """The order, to purchasing; `text` is why it did not reach its supplier, if that was tried."""

    text: str = ""


@dataclass(frozen=True, kw_only=True)
class SpecialNotice(OrderNotice, kind=NoticeKind.SPECIAL):
    """A copy for finance of an order that leaves, of a category that is handled by hand."""

    category: str


# --- About people and rights. ---


@dataclass(frozen=True, kw_only=True)
class AbsenceNotice(Notice, kind=NoticeKind.ABSENCE):
    """An absence of `person` was registered, or ended (`absence` is None), or neither because of a `problem`."""

    person: Person | None = None
    absence: Absence | None = None
    substitute: Person | None = None
    problem: AbsenceProblem | None = None


@dataclass(frozen=True, kw_only=True)
class PlanNotice(Notice, kind=NoticeKind.PLAN):
    """A unit's attest plan, for its head to confirm, or as its head has confirmed it."""

    plan: AttestPlan
    confirmed_by: Person | None = None

    @property
    def links(self) -> tuple[Purpose, ...]:
        """A link to confirm the plan, for the head."""
        return (Purpose.PLAN,) if self.confirmed_by is None else ()


@dataclass(frozen=True, kw_only=True)
class RightEndsNotice(Notice, kind=NoticeKind.RIGHT_ENDS):
    """A person's right in a unit runs out; `last` is its last local day."""

    person: Person
    unit: Unit
    last: date


@dataclass(frozen=True, kw_only=True)
class OneApproverNotice(Notice, kind=NoticeKind.ONE_APPROVER):
    """A unit has only one approver."""

    unit: Unit


@dataclass(frozen=True, kw_only=True)
class ResignedNotice(Notice, kind=NoticeKind.RESIGNED):
    """A person has given up their right in a unit."""

    person: Person
    unit: Unit


@dataclass(frozen=True, kw_only=True)
class LeftNotice(Notice, kind=NoticeKind.LEFT):
    """A person has left: their orders that have not left, and the units without a head since then.

    Later, of one order: the `question` that they were asked, or that it was rejected.
    """

    person: Person
    waiting: tuple[Order, ...]
    headless: tuple[Unit, ...] = ()
    question: QuestionNotice | None = None

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders."""
        return self.waiting


@dataclass(frozen=True, kw_only=True)
class UnitClosedNotice(Notice, kind=NoticeKind.UNIT_CLOSED):
    """Somebody tried to order for a unit that has no approver; `unit` is its name in the directory."""

    unit: str


@dataclass(frozen=True, kw_only=True)
class AppointmentMail(Notice):
    """A mail about an order scheme."""

    about: AppointmentDetails


class AppointmentNotice(AppointmentMail, kind=NoticeKind.APPOINTMENT, brings=(Purpose.APPOINTMENT,)):
    """A proposal waits for purchasing to confirm."""


class AppointmentConsentNotice(AppointmentMail, kind=NoticeKind.APPOINTMENT_CONSENT, brings=(Purpose.DELEGATE,)):
    """A proposal names the reader as delegator."""


class AppointmentLinkNotice(AppointmentMail, kind=NoticeKind.APPOINTMENT_LINK, brings=(Purpose.APPOINT,)):
    """The personal link of a person who settles a proposal for purchasing."""


class AppointmentProblemsNotice(AppointmentMail, kind=NoticeKind.APPOINTMENT_PROBLEMS):
    """The problems in an order scheme, or an empty form to fill in."""


class AppointmentReceivedNotice(AppointmentMail, kind=NoticeKind.APPOINTMENT_RECEIVED):
    """A proposal was received."""


@dataclass(frozen=True, kw_only=True)
class AppointmentSettledNotice(AppointmentMail, kind=NoticeKind.APPOINTMENT_SETTLED):
    """A proposal was confirmed or refused by `actor`, for the reason in `text`, or has expired; `at` is UTC."""

    state: AppointmentState
    at: datetime
    text: str = ""
    actor: Person | None = None


@dataclass(frozen=True, kw_only=True)
class AppointmentEndedNotice(AppointmentMail, kind=NoticeKind.APPOINTMENT_ENDED):
    """Rights were ended at `at` (UTC); `left` says who decides now: somebody, awaited approvers, or nobody."""

    at: datetime
    left: Literal["somebody", "awaited", "closed"]


# --- To the operator. ---


@dataclass(frozen=True, kw_only=True)
class LostMailNotice(Notice, kind=NoticeKind.OPERATOR):
    """A mail of the bot could not be delivered: the kind that is lost, its address, and the reason given."""

    address: str
    lost: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DailyNotice(Notice, kind=NoticeKind.OPERATOR):
    """The mails parked since the last round, one line each, and how many were ignored for each reason."""

    parked: tuple[str, ...]
    ignored: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class MailboxNotice(Notice, kind=NoticeKind.MAILBOX):
    """There is trouble with the mailbox of the IMAP door."""

    text: str


@dataclass(frozen=True, kw_only=True)
class RelayNotice(Notice, kind=NoticeKind.RELAY):
    """The relay has refused everything since `at` (UTC), and takes mail again."""

    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class ClockNotice(Notice, kind=NoticeKind.MACHINE):
    """The machine's clock was moved by so many seconds."""

    seconds: int


@dataclass(frozen=True, kw_only=True)
class DiskNotice(Notice, kind=NoticeKind.MACHINE):
    """The disk is all but full: the megabytes that are free, and the megabytes that the bot keeps free."""

    free: int
    keep: int


@dataclass(frozen=True, kw_only=True)
class TooFastNotice(Notice, kind=NoticeKind.TOO_FAST):
    """Somebody is faster than a person can be: in opening wrong links from an address, or in deciding as a person."""

    what: Literal["links", "decisions"]
    who: str


AnyNotice = (
    OrderNotice
    | AppointmentMail
    | ProblemsNotice
    | HelpNotice
    | ConfirmSenderNotice
    | ParkedNotice
    | PointerNotice
    | QueuedNotice
    | ReminderNotice
    | PendingListNotice
    | SeveralNotice
    | AbsenceNotice
    | PlanNotice
    | RightEndsNotice
    | OneApproverNotice
    | ResignedNotice
    | LeftNotice
    | UnitClosedNotice
    | LostMailNotice
    | DailyNotice
    | MailboxNotice
    | RelayNotice
    | ClockNotice
    | DiskNotice
    | TooFastNotice
)
"""Every notice. Code that says what a notice becomes matches all of them."""
