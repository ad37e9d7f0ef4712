"""One value for each mail: its recipient, its orders, its links and what it tells. No words."""

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


class NoticeKind(StrEnum):
    """Every kind of mail that the bot sends; `templates/mail` has a folder for each."""

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
    """A recipient that is an address of the configuration, not a person."""

    PURCHASING = "purchasing"
    OPERATOR = "operator"


class Purpose(StrEnum):
    """What a signed link is for; each purpose has its own salt."""

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
    """The owner of an address who is not stored as a person yet."""

    address: str


Recipient = Person | Supplier | Mailbox | UnregisteredAddress


@dataclass(frozen=True)
class AppointmentDetails:
    """What a mail about an appointment says: the proposer, the stored appointment, and what would change or why not.

    `form` is the form as text, to mend if there are problems, else to fill in. `ended` are the rights that the same
    form has ended at once, because its sender may end them alone.
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

    `brings` are the links in every mail of the kind. A `dispatch` is the mail by which an order leaves. A notice with a
    `draft` has the reference by which its reader's answer finds the draft.
    """

    kind: ClassVar[NoticeKind]
    dispatch: ClassVar[bool] = False
    brings: ClassVar[tuple[Purpose, ...]] = ()
    while_pending: ClassVar[bool] = False
    to: Recipient

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


@dataclass(frozen=True, kw_only=True)
class OrderNotice(Notice):
    """A mail about one order; `happened` is the event that called for the mail, None if no event did."""

    order: Order
    happened: Happened | None = None

    @property
    def orders(self) -> tuple[Order, ...]:
        """The one order."""
        return (self.order,)


# --- Answers to a mail. ---


@dataclass(frozen=True, kw_only=True)
class ReceiptNotice(OrderNotice):
    """The order was received, or changed; `left_out` says that a quoted order in the mail was not read."""

    kind = NoticeKind.RECEIPT
    left_out: bool = False
    brings = (Purpose.ORDER, Purpose.DISOWN)


@dataclass(frozen=True, kw_only=True)
class ProblemsNotice(Notice):
    """What is missing or unclear in an order or in a correction; `files` are the names of the files kept with it."""

    kind = NoticeKind.PROBLEMS
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
class HelpNotice(Notice):
    """How to order: on request, or because a mail held no order (`lost`) or nothing at all (`empty`)."""

    kind = NoticeKind.HELP
    lost: bool = False
    empty: bool = False
    draft: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ConfirmSenderNotice(Notice):
    """A mail waits for its sender's confirmation: `inbox` is its id, `waits` the number of mails that wait.

    `last` says that for now the sender is mailed no more of these.
    """

    kind = NoticeKind.CONFIRM_SENDER
    inbox: int
    waits: int
    last: bool
    brings = (Purpose.CONFIRM,)


@dataclass(frozen=True, kw_only=True)
class NotCorrectedNotice(OrderNotice):
    """A mail did not change the order, and why; a reader who may decide it (`decides`) gets a link to decide."""

    kind = NoticeKind.NOT_CORRECTED
    refusal: Refusal
    form: Form
    decides: bool

    @property
    def links(self) -> tuple[Purpose, ...]:
        """A link to decide, or to follow the order."""
        return (Purpose.DECIDE,) if self.decides else (Purpose.ORDER,)


@dataclass(frozen=True, kw_only=True)
class ParkedNotice(Notice):
    """The reader's mail is parked, where an operator sees it; `reason` names why."""

    kind = NoticeKind.PARKED
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class QueuedNotice(Notice):
    """An order waits in line until `at` (UTC), which is `today` or a later local day.

    `count` orders came within the hour: the reader's `own`, or those of everybody. `ahead` orders wait before this one.
    """

    kind = NoticeKind.QUEUED
    at: datetime
    own: bool
    count: int
    ahead: int
    today: bool


@dataclass(frozen=True, kw_only=True)
class UndecidedNotice(OrderNotice):
    """An approver's answer decided nothing: what it became, and its `text` if that was passed on to the requester.

    `files_left` says that the answer's files were not passed on.
    """

    kind = NoticeKind.UNDECIDED
    became: Literal["asked", "verdict", "kept"]
    text: str = ""
    files_left: bool = False
    brings = (Purpose.DECIDE,)


@dataclass(frozen=True, kw_only=True)
class WhichNotice(OrderNotice):
    """A mail may be a new order or a change of this one: each is kept as a draft under its reference."""

    kind = NoticeKind.WHICH
    form: Form
    new: str
    change: str


# --- To who decides. ---


@dataclass(frozen=True, kw_only=True)
class RequestNotice(OrderNotice):
    """Asks an approver to decide; `actor` is who handed the order over. A `fresh` one was asked for."""

    kind = NoticeKind.REQUEST
    to: Person
    actor: Person | None = None
    fresh: bool = False
    brings = (Purpose.DECIDE, Purpose.LIST)

    @property
    def only_while_pending(self) -> bool:
        """False for a fresh one, because its link also shows what has become of the order."""
        return not self.fresh


@dataclass(frozen=True, kw_only=True)
class ReminderNotice(Notice):
    """Orders still wait for the reader's decision."""

    kind = NoticeKind.REMINDER
    waiting: tuple[Order, ...]

    @property
    def orders(self) -> tuple[Order, ...]:
        """All orders that wait."""
        return self.waiting

    brings = (Purpose.DECIDE, Purpose.LIST)
    while_pending = True  # nobody is reminded of a decided order


@dataclass(frozen=True, kw_only=True)
class PendingListNotice(Notice):
    """The list of what waits for a person who asked; `lists` says that orders may wait for this person at all.

    A `fresh` one brings a new link in place of an expired one. `answered` says that the person has answered a mail
    about several orders.
    """

    kind = NoticeKind.PENDING_LIST
    waiting: tuple[Order, ...] = ()
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


@dataclass(frozen=True, kw_only=True)
class DecidedNotice(OrderNotice):
    """Confirms a decision to the person who made it."""

    kind = NoticeKind.DECIDED
    brings = (Purpose.NOT_ME, Purpose.DECIDE)


@dataclass(frozen=True, kw_only=True)
class CodeNotice(OrderNotice):
    """The code for a press, which lives until `at` (UTC); `unit` is set if the press gives up a right there."""

    kind = NoticeKind.STEP_UP_CODE
    at: datetime
    code: str
    action: str
    unit: Unit | None

    @property
    def only_while_pending(self) -> bool:
        """True for a code that decides: it is useless once the order is decided."""
        return self.unit is None


@dataclass(frozen=True, kw_only=True)
class AnswerNotice(OrderNotice):
    """The requester has answered a question."""

    kind = NoticeKind.ANSWER
    text: str
    brings = (Purpose.DECIDE,)
    while_pending = True  # the answer only helps to decide


@dataclass(frozen=True, kw_only=True)
class WithdrawnNotice(OrderNotice):
    """The order is withdrawn."""

    kind = NoticeKind.WITHDRAWN


# --- To the requester, and beside. ---


@dataclass(frozen=True, kw_only=True)
class _FollowNotice(OrderNotice):
    """A mail with a link to follow the order."""

    brings = (Purpose.ORDER,)


@dataclass(frozen=True, kw_only=True)
class QuestionNotice(_FollowNotice):
    """An approver asks something; `by_reply` says that they answered a mail instead of using the page."""

    kind = NoticeKind.QUESTION
    text: str
    actor: Person | None = None
    by_reply: bool = False


@dataclass(frozen=True, kw_only=True)
class DispatchedNotice(_FollowNotice):
    """The order has left."""

    kind = NoticeKind.DISPATCHED


@dataclass(frozen=True, kw_only=True)
class RejectedNotice(_FollowNotice):
    """The order is rejected."""

    kind = NoticeKind.REJECTED


@dataclass(frozen=True, kw_only=True)
class NotDeliveredNotice(_FollowNotice):
    """The order could not be delivered; `text` is what the mail server said."""

    kind = NoticeKind.NOT_DELIVERED
    text: str


@dataclass(frozen=True, kw_only=True)
class AwayNotice(_FollowNotice):
    """The approver asked is away."""

    kind = NoticeKind.AWAY


@dataclass(frozen=True, kw_only=True)
class MovedNotice(OrderNotice):
    """Others are asked to decide; `actor` is the person who caused it.

    `recused` marks the mail that confirms a recusal to this person.
    """

    kind = NoticeKind.MOVED
    actor: Person | None = None
    recused: bool = False

    @property
    def links(self) -> tuple[Purpose, ...]:
        """A link to follow the order, for its requester."""
        return () if self.recused else (Purpose.ORDER,)


@dataclass(frozen=True, kw_only=True)
class UnansweredNotice(OrderNotice):
    """Nobody has decided after three reminders."""

    kind = NoticeKind.UNANSWERED

    @property
    def links(self) -> tuple[Purpose, ...]:
        """A link to follow the order, for its requester."""
        return (Purpose.ORDER,) if isinstance(self.to, Person) else ()


@dataclass(frozen=True, kw_only=True)
class OwnOrderNotice(OrderNotice):
    """Somebody has approved their own order."""

    kind = NoticeKind.OWN_ORDER


@dataclass(frozen=True, kw_only=True)
class NobodyMayNotice(OrderNotice):
    """Nobody may decide the order."""

    kind = NoticeKind.NOBODY_MAY


@dataclass(frozen=True, kw_only=True)
class AlarmNotice(OrderNotice):
    """Something is wrong with the order since `at` (UTC); `actor` is who says so, `text` the mail server's words."""

    kind = NoticeKind.ALARM
    at: datetime
    text: str = ""
    actor: Person | None = None


# --- The order leaving. ---


@dataclass(frozen=True, kw_only=True)
class ToSupplierNotice(OrderNotice):
    """The order, to its supplier."""

    kind = NoticeKind.TO_SUPPLIER
    dispatch = True


@dataclass(frozen=True, kw_only=True)
class ToPurchasingNotice(OrderNotice):
    """The order, to purchasing; `text` is why it did not reach its supplier, if that was tried."""

    kind = NoticeKind.TO_PURCHASING
    dispatch = True
    text: str = ""


# --- About people and rights. ---


@dataclass(frozen=True, kw_only=True)
class AbsenceNotice(Notice):
    """An absence of `person` was registered, or ended (`absence` is None), or neither because of a `problem`."""

    kind = NoticeKind.ABSENCE
    person: Person | None = None
    absence: Absence | None = None
    substitute: Person | None = None
    problem: AbsenceProblem | None = None


@dataclass(frozen=True, kw_only=True)
class PlanNotice(Notice):
    """A unit's attest plan, for its head to confirm, or as its head has confirmed it."""

    kind = NoticeKind.PLAN
    plan: AttestPlan
    confirmed_by: Person | None = None

    @property
    def links(self) -> tuple[Purpose, ...]:
        """A link to confirm the plan, for the head."""
        return (Purpose.PLAN,) if self.confirmed_by is None else ()


@dataclass(frozen=True, kw_only=True)
class RightEndsNotice(Notice):
    """A person's right in a unit runs out; `last` is its last local day."""

    kind = NoticeKind.RIGHT_ENDS
    person: Person
    unit: Unit
    last: date


@dataclass(frozen=True, kw_only=True)
class OneApproverNotice(Notice):
    """A unit has only one approver."""

    kind = NoticeKind.ONE_APPROVER
    unit: Unit


@dataclass(frozen=True, kw_only=True)
class ResignedNotice(Notice):
    """A person has given up their right in a unit."""

    kind = NoticeKind.RESIGNED
    person: Person
    unit: Unit


@dataclass(frozen=True, kw_only=True)
class UnitClosedNotice(Notice):
    """Somebody tried to order for a unit that has no approver; `unit` is its name in the directory."""

    kind = NoticeKind.UNIT_CLOSED
    unit: str


@dataclass(frozen=True, kw_only=True)
class AppointmentMail(Notice):
    """A mail about an order scheme."""

    about: AppointmentDetails


@dataclass(frozen=True, kw_only=True)
class AppointmentNotice(AppointmentMail):
    """A proposal waits for purchasing to confirm."""

    kind = NoticeKind.APPOINTMENT
    brings = (Purpose.APPOINTMENT,)


@dataclass(frozen=True, kw_only=True)
class AppointmentConsentNotice(AppointmentMail):
    """A proposal names the reader as delegator."""

    kind = NoticeKind.APPOINTMENT_CONSENT
    brings = (Purpose.DELEGATE,)


@dataclass(frozen=True, kw_only=True)
class AppointmentLinkNotice(AppointmentMail):
    """The personal link of a person who settles a proposal for purchasing."""

    kind = NoticeKind.APPOINTMENT_LINK
    brings = (Purpose.APPOINT,)


@dataclass(frozen=True, kw_only=True)
class AppointmentProblemsNotice(AppointmentMail):
    """The problems in an order scheme, or an empty form to fill in."""

    kind = NoticeKind.APPOINTMENT_PROBLEMS


@dataclass(frozen=True, kw_only=True)
class AppointmentReceivedNotice(AppointmentMail):
    """A proposal was received."""

    kind = NoticeKind.APPOINTMENT_RECEIVED


@dataclass(frozen=True, kw_only=True)
class AppointmentSettledNotice(AppointmentMail):
    """A proposal was confirmed or refused by `actor`, for the reason in `text`, or has expired; `at` is UTC."""

    kind = NoticeKind.APPOINTMENT_SETTLED
    state: AppointmentState
    at: datetime
    text: str = ""
    actor: Person | None = None


@dataclass(frozen=True, kw_only=True)
class AppointmentEndedNotice(AppointmentMail):
    """Rights were ended at `at` (UTC).

    `left` says whether somebody still decides, whether approvers are awaited, or whether the unit takes no orders.
    """

    kind = NoticeKind.APPOINTMENT_ENDED
    at: datetime
    left: Literal["somebody", "awaited", "closed"]


# --- To the operator. ---


@dataclass(frozen=True, kw_only=True)
class LostMailNotice(Notice):
    """A mail of the bot could not be delivered: the kind that is lost, its address, and the reason given."""

    kind = NoticeKind.OPERATOR
    address: str
    lost: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DailyNotice(Notice):
    """The mails parked since the last round, one line each, and how many were ignored for each reason."""

    kind = NoticeKind.OPERATOR
    parked: tuple[str, ...]
    ignored: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class MailboxNotice(Notice):
    """There is trouble with the mailbox of the IMAP door."""

    kind = NoticeKind.MAILBOX
    text: str


@dataclass(frozen=True, kw_only=True)
class RelayNotice(Notice):
    """The relay has refused everything since `at` (UTC), and takes mail again."""

    kind = NoticeKind.RELAY
    at: datetime
    text: str


@dataclass(frozen=True, kw_only=True)
class ClockNotice(Notice):
    """The machine's clock was moved by so many seconds."""

    kind = NoticeKind.MACHINE
    seconds: int


@dataclass(frozen=True, kw_only=True)
class DiskNotice(Notice):
    """The disk is all but full: the megabytes that are free, and the megabytes that the bot keeps free."""

    kind = NoticeKind.MACHINE
    free: int
    keep: int


@dataclass(frozen=True, kw_only=True)
class TooFastNotice(Notice):
    """Somebody is faster than a person can be: in opening wrong links from an address, or in deciding as a person."""

    kind = NoticeKind.TOO_FAST
    what: Literal["links", "decisions"]
    who: str


AnyNotice = (
    ReceiptNotice
    | ProblemsNotice
    | HelpNotice
    | ConfirmSenderNotice
    | NotCorrectedNotice
    | ParkedNotice
    | QueuedNotice
    | UndecidedNotice
    | WhichNotice
    | RequestNotice
    | ReminderNotice
    | PendingListNotice
    | DecidedNotice
    | CodeNotice
    | AnswerNotice
    | WithdrawnNotice
    | QuestionNotice
    | DispatchedNotice
    | RejectedNotice
    | NotDeliveredNotice
    | AwayNotice
    | MovedNotice
    | UnansweredNotice
    | OwnOrderNotice
    | NobodyMayNotice
    | AlarmNotice
    | ToSupplierNotice
    | ToPurchasingNotice
    | AbsenceNotice
    | PlanNotice
    | RightEndsNotice
    | OneApproverNotice
    | ResignedNotice
    | UnitClosedNotice
    | AppointmentNotice
    | AppointmentConsentNotice
    | AppointmentLinkNotice
    | AppointmentProblemsNotice
    | AppointmentReceivedNotice
    | AppointmentSettledNotice
    | AppointmentEndedNotice
    | LostMailNotice
    | DailyNotice
    | MailboxNotice
    | RelayNotice
    | ClockNotice
    | DiskNotice
    | TooFastNotice
)
"""Every notice. Code that says what a notice becomes matches all of them."""
