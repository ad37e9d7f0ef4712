"""One value per mail: who hears it, what it is about, which links it brings, and what it tells. No words."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Literal

from mailbot.domain.ordering.draft import Problem
from mailbot.domain.ordering.workflow import Happened, Refusal
from mailbot.domain.people.absence import AbsenceProblem
from mailbot.domain.people.appointment import Appointment, AppointmentState, EndedRights, Proposal, SchemeProblem
from mailbot.domain.people.attest_plan import AttestPlan
from mailbot.domain.people.directory import Absence, Person, Supplier, Unit
from mailbot.domain.values.order import Form, Order


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


@dataclass(frozen=True, kw_only=True)
class Notice:
    """One mail to one recipient; `kind` is what it is called in the outbox, and the folder of its template.

    `pending_only` drops the mail unsent when its orders are no longer pending in the same step. A `dispatch` is the
    mail whose fate is the order's. `draft` is the reference under which its reader's answer goes on.
    """

    kind: ClassVar[NoticeKind]
    dispatch: ClassVar[bool] = False
    to: Recipient

    @property
    def orders(self) -> tuple[Order, ...]:
        """The orders that it is about."""
        return ()

    @property
    def links(self) -> tuple[Purpose, ...]:
        """The links that it brings, for each of its orders."""
        return ()

    @property
    def only_while_pending(self) -> bool:
        """Whether it is dropped unsent once its orders wait no longer in the same step."""
        return False


@dataclass(frozen=True, kw_only=True)
class OrderNotice(Notice):
    """A mail about one order; `happened` is the step that called for it, None where no step did."""

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

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To follow the order, and to say that it was never theirs."""
        return Purpose.ORDER, Purpose.DISOWN


@dataclass(frozen=True, kw_only=True)
class ProblemsNotice(Notice):
    """What is missing or unclear in an order, or in the change of one; `files` are those that are kept with it."""

    kind = NoticeKind.PROBLEMS
    form: Form
    problems: tuple[Problem, ...]
    draft: str
    order: Order | None = None
    files: tuple[str, ...] = ()
    left_out: bool = False

    @property
    def orders(self) -> tuple[Order, ...]:
        """The order that would be changed."""
        return (self.order,) if self.order is not None else ()


@dataclass(frozen=True, kw_only=True)
class HelpNotice(Notice):
    """How to order: as asked for, or because a mail held no order (`lost`), or nothing at all (`empty`)."""

    kind = NoticeKind.HELP
    lost: bool = False
    empty: bool = False
    draft: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ConfirmSenderNotice(Notice):
    """A mail waits for its sender's word: `inbox` is its id, `waits` how many do. None is asked after the `last`."""

    kind = NoticeKind.CONFIRM_SENDER
    inbox: int
    waits: int
    last: bool

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To confirm it."""
        return (Purpose.CONFIRM,)


@dataclass(frozen=True, kw_only=True)
class NotCorrectedNotice(OrderNotice):
    """A mail did not change the order, and why; who may decide it (`decides`) gets the link to do so."""

    kind = NoticeKind.NOT_CORRECTED
    refusal: Refusal
    form: Form
    decides: bool

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To decide, or to follow the order."""
        return (Purpose.DECIDE,) if self.decides else (Purpose.ORDER,)


@dataclass(frozen=True, kw_only=True)
class ParkedNotice(Notice):
    """A mail could not be read, and lies where a person sees it; `reason` is its name."""

    kind = NoticeKind.PARKED
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class QueuedNotice(Notice):
    """An order waits in line until `at` (UTC), `today` or later.

    `count` orders came within the hour, of their `own` or of all, and `ahead` of this one wait others.
    """

    kind = NoticeKind.QUEUED
    at: datetime
    own: bool
    count: int
    ahead: int
    today: bool


@dataclass(frozen=True, kw_only=True)
class UndecidedNotice(OrderNotice):
    """An approver's reply decided nothing: what it became, with its words where they were passed on.

    `files_left` says that files in it were not.
    """

    kind = NoticeKind.UNDECIDED
    became: Literal["asked", "verdict", "kept"]
    text: str = ""
    files_left: bool = False

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To decide."""
        return (Purpose.DECIDE,)


@dataclass(frozen=True, kw_only=True)
class WhichNotice(OrderNotice):
    """Is it a new order, or a change of this one? Each is kept as a draft, named by its reference."""

    kind = NoticeKind.WHICH
    form: Form
    new: str
    change: str


# --- To who decides. ---


@dataclass(frozen=True, kw_only=True)
class RequestNotice(OrderNotice):
    """Please decide; `actor` is who handed the order over. One that was asked for is sent whatever has happened."""

    kind = NoticeKind.REQUEST
    to: Person
    actor: Person | None = None
    fresh: bool = False

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To decide, and to all that waits."""
        return Purpose.DECIDE, Purpose.LIST

    @property
    def only_while_pending(self) -> bool:
        """A fresh link leads to what has become of the order."""
        return not self.fresh


@dataclass(frozen=True, kw_only=True)
class ReminderNotice(Notice):
    """These orders wait still."""

    kind = NoticeKind.REMINDER
    waiting: tuple[Order, ...]

    @property
    def orders(self) -> tuple[Order, ...]:
        """All that wait."""
        return self.waiting

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To decide each, and to all of them."""
        return Purpose.DECIDE, Purpose.LIST

    @property
    def only_while_pending(self) -> bool:
        """Whoever has decided is not reminded."""
        return True


@dataclass(frozen=True, kw_only=True)
class PendingListNotice(Notice):
    """What waits for somebody who asked; `lists` says that orders may wait for them at all.

    `fresh` brings a new link in the place of an old one, `answered` is for who answered a mail about several orders.
    """

    kind = NoticeKind.PENDING_LIST
    waiting: tuple[Order, ...] = ()
    lists: bool = True
    fresh: bool = False
    answered: bool = False

    @property
    def orders(self) -> tuple[Order, ...]:
        """All that wait."""
        return self.waiting

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To decide each, and to all of them."""
        return (Purpose.DECIDE, Purpose.LIST) if self.waiting else (Purpose.LIST,) if self.lists else ()


@dataclass(frozen=True, kw_only=True)
class DecidedNotice(OrderNotice):
    """What the decider has decided."""

    kind = NoticeKind.DECIDED

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To say that it was not them, and to the order."""
        return Purpose.NOT_ME, Purpose.DECIDE


@dataclass(frozen=True, kw_only=True)
class CodeNotice(OrderNotice):
    """The code for what was pressed, until `at` (UTC); `unit` is the one in which a right would end, if one would."""

    kind = NoticeKind.STEP_UP_CODE
    at: datetime
    code: str
    action: str
    unit: Unit | None

    @property
    def only_while_pending(self) -> bool:
        """A code for a decision is of no use once that is made."""
        return self.unit is None


@dataclass(frozen=True, kw_only=True)
class AnswerNotice(OrderNotice):
    """The requester has answered."""

    kind = NoticeKind.ANSWER
    text: str

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To decide."""
        return (Purpose.DECIDE,)

    @property
    def only_while_pending(self) -> bool:
        """It is for who decides still."""
        return True


@dataclass(frozen=True, kw_only=True)
class WithdrawnNotice(OrderNotice):
    """The order is withdrawn."""

    kind = NoticeKind.WITHDRAWN


# --- To the requester, and beside. ---


@dataclass(frozen=True, kw_only=True)
class _FollowNotice(OrderNotice):
    """A mail with a link to follow the order."""

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To follow the order."""
        return (Purpose.ORDER,)


@dataclass(frozen=True, kw_only=True)
class QuestionNotice(_FollowNotice):
    """An approver asks something; `by_reply` to the mail instead of on the page."""

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
    """The approver is away."""

    kind = NoticeKind.AWAY


@dataclass(frozen=True, kw_only=True)
class MovedNotice(OrderNotice):
    """Others are asked to decide; `actor` is who saw to it. To who recused themself it confirms that (`recused`)."""

    kind = NoticeKind.MOVED
    actor: Person | None = None
    recused: bool = False

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To follow the order, for its requester."""
        return () if self.recused else (Purpose.ORDER,)


@dataclass(frozen=True, kw_only=True)
class UnansweredNotice(OrderNotice):
    """Nobody has decided after three reminders."""

    kind = NoticeKind.UNANSWERED

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To follow the order, for its requester."""
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
    """Something is wrong with the order, since `at` (UTC); `actor` is who says so, `text` what a mail server said."""

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
    """The order, to the purchasing office; `text` is why it did not reach its supplier."""

    kind = NoticeKind.TO_PURCHASING
    dispatch = True
    text: str = ""


# --- About people and rights. ---


@dataclass(frozen=True, kw_only=True)
class AbsenceNotice(Notice):
    """Whose absence was registered, or ended (no `absence`), or why that was not (`problem`)."""

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
        """To confirm it."""
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
    """A person has given their right in a unit back."""

    kind = NoticeKind.RESIGNED
    person: Person
    unit: Unit


@dataclass(frozen=True, kw_only=True)
class UnitClosedNotice(Notice):
    """Somebody tried to order for a unit that has no approver; it is named as its register does."""

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

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To see it."""
        return (Purpose.APPOINTMENT,)


@dataclass(frozen=True, kw_only=True)
class AppointmentConsentNotice(AppointmentMail):
    """A proposal names its reader as delegator."""

    kind = NoticeKind.APPOINTMENT_CONSENT

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To say yes or no to it."""
        return (Purpose.DELEGATE,)


@dataclass(frozen=True, kw_only=True)
class AppointmentLinkNotice(AppointmentMail):
    """The personal link of somebody who settles a proposal for purchasing."""

    kind = NoticeKind.APPOINTMENT_LINK

    @property
    def links(self) -> tuple[Purpose, ...]:
        """To settle it."""
        return (Purpose.APPOINT,)


@dataclass(frozen=True, kw_only=True)
class AppointmentProblemsNotice(AppointmentMail):
    """What is wrong with a scheme, or a form to fill in."""

    kind = NoticeKind.APPOINTMENT_PROBLEMS


@dataclass(frozen=True, kw_only=True)
class AppointmentReceivedNotice(AppointmentMail):
    """A proposal was received."""

    kind = NoticeKind.APPOINTMENT_RECEIVED


@dataclass(frozen=True, kw_only=True)
class AppointmentSettledNotice(AppointmentMail):
    """A proposal was confirmed or refused by `actor` at `at` (UTC) for the reason in `text`, or has expired."""

    kind = NoticeKind.APPOINTMENT_SETTLED
    state: AppointmentState
    at: datetime
    text: str = ""
    actor: Person | None = None


@dataclass(frozen=True, kw_only=True)
class AppointmentEndedNotice(AppointmentMail):
    """Rights were taken back at `at` (UTC); `left` says who decides then: somebody, who is awaited, or nobody."""

    kind = NoticeKind.APPOINTMENT_ENDED
    at: datetime
    left: Literal["somebody", "awaited", "closed"]


# --- To the operator. ---


@dataclass(frozen=True, kw_only=True)
class LostMailNotice(Notice):
    """A mail of the bot's could not be delivered: which, to which address, and what was said."""

    kind = NoticeKind.OPERATOR
    address: str
    lost: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class DailyNotice(Notice):
    """What was set aside since the last round, a line each, and how many mails were ignored for which reason."""

    kind = NoticeKind.OPERATOR
    parked: tuple[str, ...]
    ignored: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class MailboxNotice(Notice):
    """The mailbox gives trouble."""

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
    """The machine's clock was set by so many seconds."""

    kind = NoticeKind.MACHINE
    seconds: int


@dataclass(frozen=True, kw_only=True)
class DiskNotice(Notice):
    """The disk is all but full: megabytes that are free, and that the bot keeps free."""

    kind = NoticeKind.MACHINE
    free: int
    keep: int


@dataclass(frozen=True, kw_only=True)
class TooFastNotice(Notice):
    """Somebody is faster than people are: at wrong links from an address, or at decisions in a person's name."""

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
"""Every mail: who says how one is said, or what it brings, matches all of them."""
