"""What a form would change, how that stands before and after, and how it ended."""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from mailbot.domain.people.directory import Person, Right, RightKind, Unit
from mailbot.domain.people.scheme import Scheme
from mailbot.domain.values.money import Money


@dataclass(frozen=True)
class Terms:
    """A right as people read it, persons by name."""

    kind: RightKind
    valid_from: date
    valid_to: date | None
    limit: Money | None
    role: str
    ground: str
    may_delegate: bool | None
    delegated_from: str
    deputy_for: str
    limit_stated: bool = True
    """Whether the right itself states its limit, which is else its post's."""


@dataclass(frozen=True)
class ProposalRow:
    """What a person may in the unit, today or later, before and after the change."""

    person: Person
    before: tuple[Terms, ...]
    after: tuple[Terms, ...]

    @property
    def mark(self) -> str:
        """A short text that changes when anything in the row does: what a page had shown when a button is pressed."""
        return hashlib.sha256(repr((self.person.id, self.before, self.after)).encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Ending:
    """A right that ends: at once, or after its last local day."""

    right: Right
    last: date | None = None


@dataclass(frozen=True)
class Proposal:
    """What would change; new rights have negative ids. `approvers` counts who may then decide the unit's orders.

    `delegators` are those in whose name somebody else proposes, and who must say yes themselves; `names_self` says that
    the head appoints the head.
    """

    unit: Unit
    gains: tuple[Right, ...]
    endings: tuple[Ending, ...]
    rows: tuple[ProposalRow, ...]
    approvers: int
    delegators: tuple[Person, ...] = ()
    names_self: bool = False


@dataclass(frozen=True)
class Leaving:
    """A person leaves after this local day."""

    person: Person
    last: date


@dataclass(frozen=True)
class EndedRights:
    """What a form ends by its sender's word alone, and the `rest` of it. `hanging`: those whose rights hang on an ended
    one and go on; `leaving`: those whose last day it states."""

    proposal: Proposal
    hanging: tuple[Person, ...]
    rest: Scheme
    leaving: tuple[Leaving, ...] = ()

    @property
    def ends_deciding(self) -> bool:
        """Whether a right to decide orders ends."""
        return any(ending.right.kind is RightKind.ORDER for ending in self.proposal.endings)


class AppointmentState(StrEnum):
    """How far an appointment has come."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REFUSED = "refused"
    EXPIRED = "expired"


class ConsentCapacity(StrEnum):
    """As what somebody says yes to a proposal."""

    PURCHASING = "purchasing"
    DELEGATOR = "delegator"


@dataclass(frozen=True)
class Consent:
    """A yes to a proposal: whose, as what, when (UTC), and the marks of the rows that the page had shown."""

    person: int
    part: ConsentCapacity
    at: datetime
    shown: frozenset[str]


@dataclass(frozen=True)
class Appointment:
    """A stored proposal: the mail it came with, who proposed it for which unit, when (UTC), and how it ended."""

    id: int
    inbox: int
    proposed_by: int
    unit: str
    scheme: Scheme
    at: datetime
    state: AppointmentState = AppointmentState.PROPOSED
    settled_by: int | None = None
    settled_at: datetime | None = None
