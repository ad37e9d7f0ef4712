"""What the page behind a link shows. Nothing here writes: GET and HEAD change nothing, ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.ordering.events import OrderStep, QuestionAsked, said
from mailbot.domain.ordering.flags import Flag, FlagCase, flags
from mailbot.domain.ordering.summary import Summary, summarise
from mailbot.domain.ordering.workflow import Act, Actor, Change, Happened, undo
from mailbot.domain.people.directory import DECIDING, Directory, Person, Unit
from mailbot.domain.people.rights import Authority, Denial, places_over
from mailbot.domain.values.order import AttachedFile, Order
from mailbot.flows.bot import Bot
from mailbot.flows.steps.open_link import DecideLink, LinkRefusal, ListLink, OrderLink, find, open_as, open_order
from mailbot.flows.view import View, open_view
from mailbot.store import events, files, orders, outbox
from mailbot.store.events import RecordedEvent

SHOWN = 30
"""How many waiting orders a page shows at most: a rector's list may be thousands long, and a page is under 50 kB."""

SHUT_OUT = {Denial.RECUSED, Denial.INTEREST, Denial.EXPIRED, Denial.ENDED, Denial.NO_RIGHT}
"""Denials of people who have no part in an order, or no longer have one: they are shown nothing new about the order."""


@dataclass(frozen=True)
class HistoryEntry:
    """One event of an order's history, with the actor's name ("" for the bot) and the text that the actor wrote.

    `to` is the name of whom a hand-over asks.
    """

    recorded: RecordedEvent
    name: str
    text: str
    to: str = ""

    @property
    def by_reply(self) -> bool:
        """Whether the event is a question that was asked by answering a mail."""
        return isinstance(self.recorded.event, QuestionAsked) and self.recorded.event.by_reply


@dataclass(frozen=True)
class ListPart:
    """One page, from 1, of what waits for a person, or of what somebody nearer decides first: that is `below`.

    The oldest come first, or the largest (`by_sum`).
    """

    page: int = 1
    below: bool = False
    by_sum: bool = False


OWN = ListPart()


@dataclass(frozen=True, kw_only=True)
class WaitingOrders:
    """A part of the orders that wait for a person; `waits` counts all of it, `others` the other part. A decision on one
    of `flagged` would raise a red flag."""

    waiting: Sequence[Summary] = ()
    waits: int = 0
    others: int = 0
    page: int = 1
    flagged: frozenset[int] = frozenset()

    @property
    def pages(self) -> int:
        """The number of pages that the waiting orders take, at least one."""
        return _pages(self.waits)


@dataclass(frozen=True, kw_only=True)
class ListPage(WaitingOrders):
    """What the page with everything that waits for a person shows."""

    person: Person
    language: str
    part: ListPart


@dataclass(frozen=True, kw_only=True)
class OrderPage(WaitingOrders):
    """What a link to an order shows: its person, the order, and what else waits for that person.

    Without `sees` only the status is shown. `by_unit` is the unit of the right by which the person may decide.
    """

    link: OrderLink
    person: Person
    language: str
    summary: Summary
    authority: Authority | Denial
    history: Sequence[HistoryEntry]
    files: Sequence[AttachedFile]
    flags: Sequence[Flag]
    sees: bool
    by_unit: Unit | None
    may_undo: bool
    asked: Sequence[tuple[Person, outbox.MailedRequest]] = ()
    """Who was mailed for a decision in this step, for the requester."""

    @property
    def talk(self) -> Sequence[HistoryEntry]:
        """The last question to the requester and the answers to this question, with every remark of a reviewer."""
        said = [step for step in self.history if step.recorded.what in _TALK]
        asked = max(
            (place for place, step in enumerate(said) if step.recorded.what == Happened.ASKED), default=len(said)
        )
        return [s for place, s in enumerate(said) if place >= asked or s.recorded.what == Happened.REMARKED]

    @property
    def fallen(self) -> bool:
        """Whether a correction has undone the decision of the link's person."""
        said = [step.recorded for step in self.history if step.recorded.what in _DECIDES]
        return len(said) > 1 and said[-1].what == Happened.CORRECTED and _is_decision_of(said[-2], self.person.id)


_TALK = {Happened.ASKED, Happened.ANSWERED, Happened.REMARKED}
_DECIDES = {
    *(Happened.APPROVED, Happened.REJECTED, Happened.UNDONE),
    *(Happened.DECISION_DISOWNED, Happened.CORRECTED),
}


def _is_decision_of(event: RecordedEvent, person: int | None) -> bool:
    return event.what in {Happened.APPROVED, Happened.REJECTED} and event.person == person


def _pages(waits: int) -> int:
    return max(1, -(-waits // SHOWN))


@dataclass(frozen=True)
class LinkNames:
    """What a link of ours names: its reader's language, its order's number ("" for none), its last moment (UTC)."""

    language: str
    number: str
    until: datetime


def names_of_link(bot: Bot, purpose: Purpose, token: str, now: datetime) -> LinkNames | None:
    """Return what a link of ours names, expired or not; None if it names nobody."""
    with open_view(bot, now) as view:
        return _names(view, purpose, token)


def _names(view: View, purpose: Purpose, token: str) -> LinkNames | None:
    link = find(view, purpose, token)
    if link is None or link.person is None:
        return None
    directory, order = view.directory, orders.load(view.connection, link.order) if link.order is not None else None
    unit, person = order.content.unit if order else link.unit, directory.persons[link.person]
    language = view.bot.speaks(person, directory.units.get(unit or "") or directory.only_unit(person))
    return LinkNames(language, order.number if order else "", link.expires_at)


def see_list(bot: Bot, token: str, now: datetime, part: ListPart = OWN) -> ListPage | LinkRefusal:
    """Return a part of what waits for the person of a list link."""
    with open_view(bot, now) as view:
        link = open_as(view, token, ListLink)
        if isinstance(link, LinkRefusal):
            return link
        person = view.directory.persons[link.person]
        shown = _waiting(view, person, part)
        language = bot.speaks(person, view.directory.only_unit(person))
        return ListPage(**vars(shown), person=person, language=language, part=part)


def see_order(bot: Bot, purpose: Purpose, token: str, now: datetime) -> OrderPage | LinkRefusal:
    """Return what a link to an order shows now."""
    with open_view(bot, now) as view:
        link = open_order(view, purpose, token)
        return link if isinstance(link, LinkRefusal) else show(view, link)


def show(view: View, link: OrderLink) -> OrderPage:
    """Return what a live link's page shows at this moment."""
    bot, directory = view.bot, view.directory
    order, person = orders.load(view.connection, link.order), directory.persons[link.person]
    authority = view.deciders(order).authority(person)
    decides = isinstance(link, DecideLink)
    return OrderPage(
        **vars(_waiting(view, person, OWN, but=order.id) if decides else WaitingOrders()),
        link=link,
        person=person,
        language=bot.speaks(person, directory.units[order.content.unit]),
        summary=summarise(order, view.deciders(order)),
        authority=authority,
        history=_history(view, order, decides=decides),
        files=files.of_order(view.connection, order.id),
        flags=_flags(view, order, authority),
        sees=_sees(link, order, authority, directory),
        # The workflow is asked, so that the page offers just what a press can do.
        may_undo=isinstance(undo(order, Act(Actor(person.id, ""), bot.policy, view.now)), Change),
        by_unit=directory.units[authority.right.unit] if isinstance(authority, Authority) else None,
        asked=() if decides else [(directory.persons[a.person], a) for a in outbox.asked(view.connection, order)],
    )


def _flags(view: View, order: Order, authority: Authority | Denial) -> Sequence[Flag]:
    if not isinstance(authority, Authority):
        return ()
    return flags(FlagCase(order, authority, view.now), view.directory, view.policy)


def _sees(link: OrderLink, order: Order, authority: Authority | Denial, directory: Directory) -> bool:
    """Tell whether the link's person may decide the order, has decided it, ordered it, or heads its unit."""
    decider = order.decision.person if order.decision else None
    own = link.person in {order.requester, decider, directory.units[order.content.unit].head}
    return own or not isinstance(link, DecideLink) or authority not in SHUT_OUT


def _waiting(view: View, person: Person, part: ListPart, but: int | None = None) -> WaitingOrders:
    """Return a part of the orders that wait for the person, without the order `but`."""
    own, below = decidable(view, person, units_of(view, person))
    found, others = (below, own) if part.below else (own, below)
    found = [order for order in found if order.id != but]
    found = sorted(found, key=lambda order: _largest(view, order)) if part.by_sum else found
    page = max(1, min(part.page, _pages(len(found))))  # the list may have become shorter
    shown = found[(page - 1) * SHOWN : page * SHOWN]
    waiting = [summarise(order, view.deciders(order)) for order in shown]
    flagged = frozenset(o.id for o in shown if _flags(view, o, view.deciders(o).authority(person)))
    return WaitingOrders(waiting=waiting, waits=len(found), others=len(others), page=page, flagged=flagged)


def _largest(view: View, order: Order) -> Decimal:
    amount = view.deciders(order).matter.amount
    return Decimal("-Infinity") if amount is None else -amount.amount  # one without a value in kronor may be any


def decidable(view: View, person: Person, units: Sequence[str]) -> tuple[Sequence[Order], Sequence[Order]]:
    """Return the pending orders of these units that the person may decide today, oldest first, and apart from them
    those that they may, but that somebody nearer decides first."""
    own: list[Order] = []
    below: list[Order] = []
    for order in orders.pending_in(view.connection, units):
        deciders = view.deciders(order)
        if isinstance(deciders.authority(person), Authority):
            is_below = order.approver != person.id and deciders.is_above(person, order.approver)
            (below if is_below else own).append(order)
    return own, below


def units_of(view: View, person: Person) -> tuple[str, ...]:
    """Return the units that may have orders which the person may decide on this day."""
    directory, day = view.directory, view.day
    held = {r.unit for r in directory.rights_of(person.id) if r.kind in DECIDING and r.live(day)}
    if held and view.policy.own_costs:
        return tuple(directory.units)  # the own-cost table may lead across the tree
    return tuple(u for u in directory.units if held.intersection(places_over(u, directory, view.policy)))


def _history(view: View, order: Order, *, decides: bool) -> Sequence[HistoryEntry]:
    """Return what has happened to the order, with events about codes only for those who decide."""
    found = events.of_order(view.connection, order.id)
    found = found if decides else [e for e in found if e.what not in {"code_sent", "code_wrong"}]

    def name(person: int | None) -> str:
        return "" if person is None else view.directory.persons[person].name

    asked = (e.event.to if isinstance(e.event, OrderStep) else None for e in found)
    return [HistoryEntry(e, name(e.person), said(e.event), name(to)) for e, to in zip(found, asked, strict=True)]


def fetch_file(
    bot: Bot, purpose: Purpose, token: str, place: tuple[int, int], now: datetime
) -> tuple[AttachedFile, bytes] | LinkRefusal:
    """Return a file of the link's order by its mail and number."""
    with open_view(bot, now) as view:
        return _file(view, purpose, token, place)


def _file(view: View, purpose: Purpose, token: str, place: tuple[int, int]) -> tuple[AttachedFile, bytes] | LinkRefusal:
    link = open_order(view, purpose, token)
    if isinstance(link, LinkRefusal):
        return link
    if not _may_read(view, link):
        return LinkRefusal.DAMAGED  # the same answer as for no file, so that nobody learns which files there are
    found = files.of_order(view.connection, link.order)
    file = next((f for f in found if (f.mail, f.number) == place), None)
    return (file, files.data(view.connection, file)) if file else LinkRefusal.DAMAGED


def _may_read(view: View, link: OrderLink) -> bool:
    directory, order = view.directory, orders.load(view.connection, link.order)
    found = view.deciders(order).authority(directory.persons[link.person])
    return _sees(link, order, found, directory)
