"""Every event that the log keeps, as a type: what happened, with its values and without words.

Kinds that keep the same values share a type; `what` tells them apart. Who did it, when, and how that is known stands
beside the event (store/events.py). Stored events are never rewritten, so that a field added later needs a default.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from mailbot.domain.ordering.workflow import Change, Grounds, Happened
from mailbot.domain.people.directory import Absence, Right
from mailbot.domain.people.import_plan import DifferenceKind
from mailbot.domain.people.proposal import ConsentCapacity
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Route, Status


@dataclass(frozen=True)
class Standing:
    """How an order stands after a step: its version, step, status and total, and where it goes once that is decided."""

    version: int
    step: int
    status: Status
    total: Money
    route: Route | None = None


@dataclass(frozen=True, kw_only=True)
class OrderStep:
    """A step of an order, with what its maker wrote or a mail server gave as the reason.

    `to` is who was asked instead, where a person chose that one.
    If somebody disowned what could not be taken back any more, `standing` is None; `status` may tell the order's then.
    """

    what: Literal[
        Happened.CORRECTED,
        Happened.CATEGORISED,
        Happened.ANSWERED,
        Happened.RECUSED,
        Happened.HANDED_OVER,
        Happened.UNDONE,
        Happened.DECISION_DISOWNED,
        Happened.WITHDRAWN,
        Happened.DISOWNED,
        Happened.LEAVING,
        Happened.RETURNED,
        Happened.DELIVERED,
        Happened.NOT_DELIVERED,
        Happened.REMINDED,
        Happened.NUDGED,
        Happened.REMARKED,
        Happened.MOVED,
    ]
    standing: Standing | None = None
    text: str = ""
    status: Status | None = None
    to: int | None = None


@dataclass(frozen=True, kw_only=True)
class OrderOpened:
    """An order came in; `left_out` says that a quoted order in its mail was not read."""

    what: Literal[Happened.OPENED] = Happened.OPENED
    standing: Standing
    left_out: bool = False


@dataclass(frozen=True, kw_only=True)
class OrderDecided:
    """An approver's yes or no, with the comment and the grounds."""

    what: Literal[Happened.APPROVED, Happened.REJECTED]
    standing: Standing
    text: str = ""
    grounds: Grounds | None = None


@dataclass(frozen=True, kw_only=True)
class QuestionAsked:
    """A question to the requester; `by_reply` says that it came as an answer to a mail, not from the page."""

    what: Literal[Happened.ASKED] = Happened.ASKED
    standing: Standing
    text: str = ""
    by_reply: bool = False


@dataclass(frozen=True, kw_only=True)
class OrderNote:
    """Something that leaves the order as it is; the person beside it did it, or is whom it is about."""

    what: Literal[Happened.AWAY, Happened.HELD, "code_sent", "code_wrong"]


@dataclass(frozen=True, kw_only=True)
class MailTrouble:
    """A mail of ours about an order was lost or is late: of which kind, to which address, and why if that is known."""

    what: Literal[Happened.MAIL_FAILED, Happened.MAIL_DELAYED]
    kind: str
    to: str
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class MailSettled:
    """A mail was parked, for this reason, or the owner of its address confirmed it."""

    what: Literal["parked", "confirmed"]
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class AbsenceRegistered:
    """A person is away."""

    what: Literal["absence"] = "absence"
    absence: Absence


@dataclass(frozen=True, kw_only=True)
class AbsenceEnded:
    """A person is back."""

    what: Literal["absence_ended"] = "absence_ended"
    person: int


@dataclass(frozen=True, kw_only=True)
class PersonLeaves:
    """A person's last local day was stated, or has passed; `headed` are the units that they then headed."""

    what: Literal["last_day_stated", "person_left"]
    person: int
    last: date
    headed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class AppointmentStep:
    """A step of an appointment; `part` is as what somebody agreed, `text` the reason of a refusal."""

    what: Literal[
        "appointment_proposed",
        "appointment_agreed",
        "appointment_confirmed",
        "appointment_refused",
        "appointment_expired",
    ]
    appointment: int
    unit: str
    part: ConsentCapacity | None = None
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class PlanConfirmed:
    """A head confirmed a unit's plan: the digest of its rows, and the SHA-256 of the document that is kept.

    `kept` are the rights whose delegator has none any more, which the head thereby keeps.
    """

    what: Literal["plan_confirmed"] = "plan_confirmed"
    unit: str
    plan: str
    sha256: str
    kept: tuple[int, ...] = ()


@dataclass(frozen=True)
class RightTerms:
    """The values of a right, under the names that `directory.Right` has for them."""

    id: int
    person: int
    unit: str
    valid_from: date
    valid_to: date | None = None
    limit: Money | None = None
    role: str = ""
    ground: str = ""

    @classmethod
    def of(cls, right: Right) -> "RightTerms":
        """Return the terms of this right."""
        return cls(**{name: getattr(right, name) for name in cls.__dataclass_fields__})


@dataclass(frozen=True, kw_only=True)
class RightGiven:
    """A right was given; `document` is the SHA-256 of the document behind its ground, "" if there is none."""

    what: Literal["right_given"] = "right_given"
    right: RightTerms
    document: str = ""


@dataclass(frozen=True, kw_only=True)
class RightEnded:
    """A right was ended, at once or after its `last` day; the other values are those before."""

    what: Literal["right_ended"] = "right_ended"
    right: RightTerms
    last: date | None = None


@dataclass(frozen=True, kw_only=True)
class RightReturned:
    """A person gave up their own right."""

    what: Literal["right_returned"] = "right_returned"
    right: int
    unit: str


@dataclass(frozen=True, kw_only=True)
class DirectoryImported:
    """Files were imported; `counts` says how many differences of each kind they held."""

    what: Literal["directory_imported"] = "directory_imported"
    counts: dict[DifferenceKind, int]


@dataclass(frozen=True, kw_only=True)
class RightImported:
    """An import added or changed a right; the right and the differences are in the import's own text."""

    what: Literal["right_added", "right_changed"]
    right: str
    differences: dict[DifferenceKind, str]


@dataclass(frozen=True)
class Weeded:
    """The values of the event were weeded."""


@dataclass(frozen=True)
class UnknownEvent:
    """The values of the event cannot be understood; `body` is what is stored."""

    body: str


StepEvent = OrderStep | OrderOpened | OrderDecided | QuestionAsked
"""What a Change of an order is kept as."""
_OfPeople = AbsenceRegistered | AbsenceEnded | PersonLeaves | AppointmentStep | PlanConfirmed
_OfRights = RightGiven | RightEnded | RightReturned | RightImported | DirectoryImported
KnownEvent = StepEvent | OrderNote | MailTrouble | MailSettled | _OfPeople | _OfRights
AnyEvent = KnownEvent | Weeded | UnknownEvent


def event_of(change: Change) -> StepEvent:
    """Return the event that a change is kept as."""
    after, what, text = change.after, change.happened, change.text
    standing = Standing(after.version, after.step, after.status, after.content.total, after.route)
    match what:
        case Happened.OPENED:
            return OrderOpened(standing=standing, left_out=change.left_out)
        case Happened.APPROVED | Happened.REJECTED:
            return OrderDecided(what=what, standing=standing, text=text, grounds=change.grounds)
        case Happened.ASKED:
            return QuestionAsked(standing=standing, text=text, by_reply=change.by_reply)
        case Happened.MAIL_FAILED | Happened.MAIL_DELAYED | Happened.AWAY | Happened.HELD:
            message = f"no step of an order: {what}"
            raise ValueError(message)
    return OrderStep(what=what, standing=standing, text=text, to=change.to)


def said(event: AnyEvent) -> str:
    """Return the words that the order's page shows of an event; it shows the reason for a recusal to nobody."""
    match event:
        case OrderStep():
            return "" if event.what is Happened.RECUSED else event.text
        case OrderDecided() | QuestionAsked():
            return event.text
        case OrderOpened() | OrderNote() | MailTrouble() | Weeded() | UnknownEvent():
            return ""
        case MailSettled() | AbsenceRegistered() | AbsenceEnded() | AppointmentStep() | PlanConfirmed():
            return ""  # of no order, as are these
        case PersonLeaves() | RightGiven() | RightEnded() | RightReturned() | RightImported() | DirectoryImported():
            return ""
