"""A signed link opens as what it is for: one type per purpose, or why it opens nothing. Only reads, ever."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from mailbot.domain.notices.notice import Purpose
from mailbot.flows.view import View
from mailbot.links import fingerprint
from mailbot.store import links
from mailbot.store.links import Link


class LinkRefusal(StrEnum):
    """Why a link opens nothing; each has its own clear page."""

    DAMAGED = "damaged"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, kw_only=True)
class DecideLink:
    """A person may decide an order, which was mailed in this version; what is opened from it dies with it."""

    person: int
    order: int
    version: int
    expires_at: datetime
    root: str


@dataclass(frozen=True, kw_only=True)
class ListLink:
    """A person may see, and open, all that waits for their decision."""

    person: int
    expires_at: datetime
    root: str


@dataclass(frozen=True, kw_only=True)
class RequesterLink:
    """A requester may follow their order and withdraw it, or say that it was never theirs."""

    person: int
    order: int


@dataclass(frozen=True, kw_only=True)
class NotMeLink:
    """A person may say that a decision, made in this step of an order, was not theirs."""

    person: int
    order: int
    step: int
    issued_at: datetime


@dataclass(frozen=True, kw_only=True)
class ConfirmLink:
    """An address's owner, by their id where they have one, may say whether a mail that waits is theirs."""

    person: int | None
    inbox: int


@dataclass(frozen=True, kw_only=True)
class PlanLink:
    """A head may confirm a unit's attest plan."""

    person: int
    unit: str
    issued_at: datetime


@dataclass(frozen=True, kw_only=True)
class ProposalLink:
    """Purchasing may see a proposal to appoint approvers; whoever settles it has a link of their own."""

    appointment: int


@dataclass(frozen=True, kw_only=True)
class AppointLink:
    """A person may confirm or refuse a proposal for purchasing."""

    person: int
    appointment: int


@dataclass(frozen=True, kw_only=True)
class DelegateLink:
    """A person in whose name somebody else delegates may confirm or refuse that."""

    person: int
    appointment: int


@dataclass(frozen=True, kw_only=True)
class ExpiredLink:
    """A link that opened something once, and whose person may have a fresh one mailed."""

    purpose: Purpose
    person: int
    order: int | None


OrderLink = DecideLink | RequesterLink | NotMeLink
T = TypeVar("T", DecideLink, ListLink, RequesterLink, NotMeLink, PlanLink, ProposalLink, AppointLink, DelegateLink)


def open_decide(view: View, token: str) -> DecideLink | LinkRefusal:
    """Open a link to decide an order."""
    return _opened(_live(view, Purpose.DECIDE, token), DecideLink)


def open_list(view: View, token: str) -> ListLink | LinkRefusal:
    """Open a link to all that waits for somebody."""
    return _opened(_live(view, Purpose.LIST, token), ListLink)


def open_requester(view: View, purpose: Purpose, token: str) -> RequesterLink | LinkRefusal:
    """Open a requester's link to their order, or "not mine"."""
    return _opened(_live(view, purpose, token), RequesterLink)


def open_not_me(view: View, token: str) -> NotMeLink | LinkRefusal:
    """Open a link by which a decision is disowned."""
    return _opened(_live(view, Purpose.NOT_ME, token), NotMeLink)


def open_order(view: View, purpose: Purpose, token: str) -> OrderLink | LinkRefusal:
    """Open any link to an order, to show it."""
    match purpose:
        case Purpose.DECIDE:
            return open_decide(view, token)
        case Purpose.NOT_ME:
            return open_not_me(view, token)
        case _:
            return open_requester(view, purpose, token)


def open_confirm(view: View, token: str) -> ConfirmLink | LinkRefusal:
    """Open a link by which an address's owner speaks for mails."""
    row = _live(view, Purpose.CONFIRM, token)
    if isinstance(row, LinkRefusal):
        return row
    return ConfirmLink(person=row.person, inbox=row.inbox) if row.inbox is not None else LinkRefusal.DAMAGED


def open_plan(view: View, token: str) -> PlanLink | LinkRefusal:
    """Open a head's link to a plan."""
    return _opened(_live(view, Purpose.PLAN, token), PlanLink)


def open_proposal(view: View, token: str) -> ProposalLink | LinkRefusal:
    """Open purchasing's link to a proposal."""
    return _opened(_live(view, Purpose.APPOINTMENT, token), ProposalLink)


def open_appoint(view: View, token: str) -> AppointLink | LinkRefusal:
    """Open the link of somebody who settles a proposal for purchasing."""
    return _opened(_live(view, Purpose.APPOINT, token), AppointLink)


def open_delegate(view: View, token: str) -> DelegateLink | LinkRefusal:
    """Open a delegator's link to a proposal."""
    return _opened(_live(view, Purpose.DELEGATE, token), DelegateLink)


def open_expired(view: View, purpose: Purpose, token: str) -> ExpiredLink | LinkRefusal | None:
    """Open a link that has died of age; None where it lives still."""
    row = _live(view, purpose, token)
    if row is not LinkRefusal.EXPIRED:
        return row if isinstance(row, LinkRefusal) else None
    dead = find(view, purpose, token)
    if dead is None or dead.person is None:
        return LinkRefusal.DAMAGED
    return ExpiredLink(purpose=purpose, person=dead.person, order=dead.order)


def find(view: View, purpose: Purpose, token: str) -> Link | None:
    """Return what is stored of a link of ours for this purpose, dead or alive."""
    link_id = view.bot.signer.read(purpose, token)
    link = view.rely_on(links.find, fingerprint(link_id)) if link_id else None
    return link if link is not None and link.purpose is purpose else None


def _live(view: View, purpose: Purpose, token: str) -> Link | LinkRefusal:
    link = find(view, purpose, token)
    if link is None:
        return LinkRefusal.DAMAGED
    if link.revoked:
        return LinkRefusal.REVOKED
    return LinkRefusal.EXPIRED if link.expires_at <= view.now else link


def _opened(row: Link | LinkRefusal, kind: type[T]) -> T | LinkRefusal:
    """Return a live link as its type; one that names less than that needs is damaged."""
    if isinstance(row, LinkRefusal):
        return row
    values = {field.name: getattr(row, field.name) for field in fields(kind)}
    return kind(**values) if None not in values.values() else LinkRefusal.DAMAGED
