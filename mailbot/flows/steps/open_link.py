"""Opens a signed link as the type of its purpose, or says why it opens nothing. Nothing here writes."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from mailbot.domain.notices.notice import Purpose
from mailbot.flows.view import View
from mailbot.links import fingerprint
from mailbot.store import links, orders
from mailbot.store.links import Link


class LinkRefusal(StrEnum):
    """Why a link opens nothing; each has its own clear page."""

    DAMAGED = "damaged"
    EXPIRED = "expired"
    REVOKED = "revoked"
    PERSON_LEFT = "person_left"


@dataclass(frozen=True, kw_only=True)
class DecideLink:
    """A person may decide an order, mailed in this version; links made from this one expire with it (UTC)."""

    person: int
    order: int
    version: int
    expires_at: datetime
    root: str


@dataclass(frozen=True, kw_only=True)
class ListLink:
    """A person may see and open all orders that wait for their decision."""

    person: int
    expires_at: datetime
    root: str


@dataclass(frozen=True, kw_only=True)
class RequesterLink:
    """A requester may follow their order and withdraw it, or say that it was never theirs."""

    person: int
    order: int


@dataclass(frozen=True, kw_only=True)
class ReviewLink:
    """A unit's reviewer may see an order and pass a remark to its approver."""

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
    """The owner of an address may say whether a mail that waits is theirs; `person` is None if they have no id yet."""

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
    """Purchasing may see a proposal to appoint approvers; this link settles nothing."""

    appointment: int


@dataclass(frozen=True, kw_only=True)
class AppointLink:
    """A person may confirm or refuse a proposal for purchasing."""

    person: int
    appointment: int


@dataclass(frozen=True, kw_only=True)
class DelegateLink:
    """A person may confirm or refuse a delegation that somebody else proposes in their name."""

    person: int
    appointment: int


@dataclass(frozen=True, kw_only=True)
class ReplyLink:
    """A person may decide an order by a reply, in this version and step; nobody opens it on a page."""

    person: int
    order: int
    version: int
    step: int


@dataclass(frozen=True, kw_only=True)
class ExpiredLink:
    """A link that has expired, and whose person may have a fresh one mailed."""

    purpose: Purpose
    person: int
    order: int | None


OrderLink = DecideLink | RequesterLink | ReviewLink | NotMeLink
T = TypeVar(
    "T",
    DecideLink,
    ListLink,
    RequesterLink,
    ReviewLink,
    NotMeLink,
    PlanLink,
    ProposalLink,
    AppointLink,
    DelegateLink,
    ReplyLink,
)


_PURPOSES: Mapping[type[object], Purpose] = {
    DecideLink: Purpose.DECIDE,
    ListLink: Purpose.LIST,
    NotMeLink: Purpose.NOT_ME,
    PlanLink: Purpose.PLAN,
    ProposalLink: Purpose.APPOINTMENT,
    AppointLink: Purpose.APPOINT,
    DelegateLink: Purpose.DELEGATE,
}


def open_as(view: View, token: str, kind: type[T]) -> T | LinkRefusal:
    """Open a link as a type that stands for one purpose."""
    return _opened(_live(view, _PURPOSES[kind], token), kind)


def open_requester(view: View, purpose: Purpose, token: str) -> RequesterLink | LinkRefusal:
    """Open a requester's link to their order, or "not mine"."""
    return _opened(_live(view, purpose, token), RequesterLink)


def open_review(view: View, token: str) -> ReviewLink | LinkRefusal:
    """Open the link of a unit's reviewer; revoked for who is no longer that."""
    link = _opened(_live(view, Purpose.REVIEW, token), ReviewLink)
    if isinstance(link, LinkRefusal):
        return link
    reviewer = view.directory.reviewer(orders.load(view.connection, link.order).content.unit, view.day)
    return link if reviewer is not None and reviewer.id == link.person else LinkRefusal.REVOKED


def open_order(view: View, purpose: Purpose, token: str) -> OrderLink | LinkRefusal:
    """Open any link to an order, to show it."""
    if purpose is Purpose.DECIDE:
        return open_as(view, token, DecideLink)
    if purpose is Purpose.REVIEW:
        return open_review(view, token)
    return open_as(view, token, NotMeLink) if purpose is Purpose.NOT_ME else open_requester(view, purpose, token)


def open_confirm(view: View, token: str) -> ConfirmLink | LinkRefusal:
    """Open a link by which the owner of an address confirms mails."""
    row = _live(view, Purpose.CONFIRM, token)
    if isinstance(row, LinkRefusal):
        return row
    return ConfirmLink(person=row.person, inbox=row.inbox) if row.inbox is not None else LinkRefusal.DAMAGED


def open_reply(view: View, secret: str) -> ReplyLink | LinkRefusal:
    """Open the secret of an address to which a reply came."""
    return _opened(_usable(view, view.rely_on(links.find, fingerprint(secret)), Purpose.REPLY), ReplyLink)


def open_expired(view: View, purpose: Purpose, token: str) -> ExpiredLink | LinkRefusal | None:
    """Open a link that has expired; None if it is still live."""
    row = _live(view, purpose, token)
    if row is not LinkRefusal.EXPIRED:
        return row if isinstance(row, LinkRefusal) else None
    dead = find(view, purpose, token)
    if dead is None or dead.person is None:
        return LinkRefusal.DAMAGED
    return ExpiredLink(purpose=purpose, person=dead.person, order=dead.order)


def find(view: View, purpose: Purpose, token: str) -> Link | None:
    """Return what is stored of a link of ours for this purpose, also if it has expired or is revoked."""
    link_id = view.bot.signer.read(purpose, token)
    link = view.rely_on(links.find, fingerprint(link_id)) if link_id else None
    return link if link is not None and link.purpose is purpose else None


def _live(view: View, purpose: Purpose, token: str) -> Link | LinkRefusal:
    return _usable(view, find(view, purpose, token), purpose)


def _usable(view: View, link: Link | None, purpose: Purpose) -> Link | LinkRefusal:
    """Return the link if it still opens something; a link for another purpose is damaged."""
    if link is None or link.purpose is not purpose:
        return LinkRefusal.DAMAGED
    if link.revoked:
        return LinkRefusal.REVOKED
    if link.person is not None and view.directory.persons[link.person].has_left(view.day):
        return LinkRefusal.PERSON_LEFT
    return LinkRefusal.EXPIRED if link.expires_at <= view.now else link


def _opened(row: Link | LinkRefusal, kind: type[T]) -> T | LinkRefusal:
    """Return a live link as its type; a link that lacks a value of this type is damaged."""
    if isinstance(row, LinkRefusal):
        return row
    values = {field.name: getattr(row, field.name) for field in fields(kind)}
    return kind(**values) if None not in values.values() else LinkRefusal.DAMAGED
