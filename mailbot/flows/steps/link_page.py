"""A link is opened: what its page shows. Only reads: GET and HEAD change nothing, ever."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailbot.domain.notices import Purpose
from mailbot.domain.ordering.flags import Flag, FlagCase, flags
from mailbot.domain.ordering.summary import Summary, summarise
from mailbot.domain.ordering.workflow import Actor, Change, Happened, undo
from mailbot.domain.people.directory import Directory, Person, RightKind, Unit
from mailbot.domain.people.rights import Authority, Denial, may_decide
from mailbot.domain.values.order import AttachedFile, Order
from mailbot.flows.bot import Bot
from mailbot.flows.steps.step_up import CODE_SENT, CODE_WRONG
from mailbot.flows.view import View, open_view
from mailbot.links import fingerprint
from mailbot.store import events, files, links, orders
from mailbot.store.events import Event
from mailbot.store.links import Link

SHOWN = 30
"""How many waiting orders a page shows at most: a rector's list may be thousands long, and a page is under 50 kB."""


SHUT_OUT = {Denial.RECUSED, Denial.INTEREST, Denial.EXPIRED, Denial.ENDED, Denial.NO_RIGHT}
"""Who has no part in an order, or no longer, and learns nothing new of it."""


class LinkRefusal(StrEnum):
    """Why a link opens nothing; each has its own clear page."""

    DAMAGED = "damaged"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True)
class OrderLink(Link):
    """A link that names a person and an order."""

    person: int
    order: int


@dataclass(frozen=True)
class HistoryEntry:
    """One event of an order's history: the name of who did it ("" for the bot), and what they wrote with it."""

    event: Event
    name: str
    text: str


@dataclass(frozen=True)
class LinkPage:
    """What a page shows: the link, whom it names, the order if it has one, and what else waits for that person.

    `sees` says that it shows what the order says, and not only where it stands.
    `by_unit` is the unit of the right by which its person may decide; `may_undo` says that the decision is theirs to
    take back. `waiting` are as many of the `waits` orders that do as a page shows, the oldest first; `page` is which of
    `pages`.
    """

    link: Link
    person: Person | None
    language: str
    summary: Summary | None = None
    authority: Authority | Denial = Denial.NO_RIGHT
    history: Sequence[HistoryEntry] = ()
    waiting: Sequence[Summary] = ()
    waits: int = 0
    page: int = 1
    files: Sequence[AttachedFile] = ()
    flags: Sequence[Flag] = ()
    sees: bool = True
    by_unit: Unit | None = None
    may_undo: bool = False

    @property
    def talk(self) -> Sequence[HistoryEntry]:
        """The last question to the requester, and what was answered to it."""
        said = [step for step in self.history if step.event.what in {Happened.ASKED, Happened.ANSWERED}]
        asked = [place for place, step in enumerate(said) if step.event.what == Happened.ASKED]
        return said[asked[-1] :] if asked else ()

    @property
    def fallen(self) -> bool:
        """Whether a correction has undone what the link's person had decided."""
        said = [step.event for step in self.history if step.event.what in _DECIDES]
        return len(said) > 1 and said[-1].what == Happened.CORRECTED and _is_decision_of(said[-2], self.link.person)

    @property
    def pages(self) -> int:
        """How many pages the waiting orders take, at least one."""
        return _pages(self.waits)


_DECIDES = {
    *(Happened.APPROVED, Happened.REJECTED, Happened.UNDONE),
    *(Happened.DECISION_DISOWNED, Happened.CORRECTED),
}


def _is_decision_of(event: Event, person: int | None) -> bool:
    return event.what in {Happened.APPROVED, Happened.REJECTED} and event.person == person


def _pages(waits: int) -> int:
    return max(1, -(-waits // SHOWN))


def open_link(view: View, purpose: Purpose, token: str) -> Link | LinkRefusal:
    """Return the live link behind a token, or why there is none."""
    link_id = view.bot.signer.read(purpose, token)
    link = view.rely_on(links.find, fingerprint(link_id)) if link_id else None
    if link is None or link.purpose is not purpose:
        return LinkRefusal.DAMAGED
    if link.revoked:
        return LinkRefusal.REVOKED
    return LinkRefusal.EXPIRED if link.expires_at <= view.now else link


def order_link(view: View, purpose: Purpose, token: str) -> OrderLink | LinkRefusal:
    """Return a person's live link to an order, or why there is none."""
    link = open_link(view, purpose, token)
    if isinstance(link, LinkRefusal):
        return link
    names_both = link.person is not None and link.order is not None
    return OrderLink(**vars(link)) if names_both else LinkRefusal.DAMAGED


def language_of_link(bot: Bot, purpose: Purpose, token: str, now: datetime) -> str | None:
    """Return the language of whoever a link of ours names, dead or alive; None where it names nobody."""
    with open_view(bot, now) as view:
        return _language(view, purpose, token)


def _language(view: View, purpose: Purpose, token: str) -> str | None:
    link_id = view.bot.signer.read(purpose, token)
    link = links.find(view.connection, fingerprint(link_id)) if link_id else None
    if link is None or link.person is None:
        return None
    directory, unit = view.directory, link.unit
    if link.order is not None:
        unit = orders.load(view.connection, link.order).content.unit
    person = directory.persons[link.person]
    return view.bot.speaks(person, directory.units.get(unit or "") or directory.only_unit(person))


def see_link(bot: Bot, purpose: Purpose, token: str, now: datetime, page: int = 1) -> LinkPage | LinkRefusal:
    """Return what the link's page shows now; `page`, from 1, is the one of the waiting orders."""
    with open_view(bot, now) as view:
        link = open_link(view, purpose, token)
        return link if isinstance(link, LinkRefusal) else show(view, link, page)


def show(view: View, link: Link, page: int = 1) -> LinkPage:
    """Return what a live link's page shows at this moment."""
    bot, directory, day = view.bot, view.directory, view.day
    person = directory.persons[link.person] if link.person is not None else None
    able = _waiting(view, person) if purpose_decides(link.purpose) else []
    others = [o for o in able if o.id != link.order]
    page = max(1, min(page, _pages(len(others))))  # the list may have become shorter
    waiting = [summarise(o, directory, bot.policy, day) for o in others[(page - 1) * SHOWN : page * SHOWN]]
    if link.order is None:
        language = bot.speaks(person, directory.only_unit(person))
        return LinkPage(link, person, language, waiting=waiting, waits=len(others), page=page)
    order = orders.load(view.connection, link.order)
    authority = may_decide(order, person, directory, bot.policy, day) if person else Denial.NO_RIGHT
    return LinkPage(
        link,
        person,
        bot.speaks(person, directory.units[order.content.unit]),
        summarise(order, directory, bot.policy, day),
        authority,
        history=_history(view, order, link.purpose),
        waiting=waiting,
        waits=len(others),
        files=files.of_order(view.connection, order.id),
        flags=flags(FlagCase(order, authority, view.now), directory, bot.policy)
        if isinstance(authority, Authority)
        else (),
        sees=_sees(link, order, authority, directory),
        may_undo=person is not None and isinstance(undo(order, Actor(person.id, ""), bot.policy, view.now), Change),
        by_unit=directory.units[authority.right.unit] if isinstance(authority, Authority) else None,
    )


def raised(view: View, order: Order, authority: Authority | Denial) -> Sequence[Flag]:
    """Return the red flags that a decision by this authority would raise now (docs/rules/flags.md)."""
    if isinstance(authority, Denial):
        return ()
    return flags(FlagCase(order, authority, view.now), view.directory, view.policy)


def _sees(link: Link, order: Order, authority: Authority | Denial, directory: Directory) -> bool:
    """Tell whether the link's person has a part in the order: may decide, has, ordered it or heads its unit."""
    decider = order.decision.person if order.decision else None
    own = link.person in {order.requester, decider, directory.units[order.content.unit].head}
    return own or not purpose_decides(link.purpose) or authority not in SHUT_OUT


def purpose_decides(purpose: Purpose) -> bool:
    """Tell whether links of this purpose let their person decide."""
    return purpose in {Purpose.DECIDE, Purpose.LIST}


def _waiting(view: View, person: Person | None) -> Sequence[Order]:
    return decidable(view, person, units_of(view, person)) if person is not None else []


def decidable(view: View, person: Person, units: Sequence[str]) -> Sequence[Order]:
    """Return the pending orders of these units that the person may decide today, oldest first."""
    pending = orders.pending_in(view.connection, units)
    return [o for o in pending if isinstance(may_decide(o, person, view.directory, view.policy, view.day), Authority)]


def units_of(view: View, person: Person) -> tuple[str, ...]:
    """Return the units among whose orders may be some that the person may decide on this day."""
    directory, day = view.directory, view.day
    held = {r.unit for r in directory.rights_of(person.id) if r.kind is RightKind.ORDER and r.live(day)}
    if not view.policy.superiors:
        return tuple(u for u in directory.units if u in held)
    named = view.policy.own_costs and held  # the own-cost table may lead across the tree
    return tuple(u for u in directory.units if named or held & set(directory.path(u)))


def _history(view: View, order: Order, purpose: Purpose) -> Sequence[HistoryEntry]:
    """Return what has happened; how an approver fared with a code is only for those who decide.

    Why somebody left a decision to others is shown to nobody here.
    """
    found = events.of_order(view.connection, order.id)
    found = found if purpose_decides(purpose) else [e for e in found if e.what not in {CODE_SENT, CODE_WRONG}]
    return [
        HistoryEntry(
            e,
            view.directory.persons[e.person].name if e.person is not None else "",
            "" if e.what == Happened.RECUSED else e.payload.get("text", ""),
        )
        for e in found
    ]


def fetch_file(
    bot: Bot, purpose: Purpose, token: str, place: tuple[int, int], now: datetime
) -> tuple[AttachedFile, bytes] | LinkRefusal:
    """Return a file of the link's order by its mail and number."""
    with open_view(bot, now) as view:
        return _file(view, purpose, token, place)


def _file(view: View, purpose: Purpose, token: str, place: tuple[int, int]) -> tuple[AttachedFile, bytes] | LinkRefusal:
    link = open_link(view, purpose, token)
    if isinstance(link, LinkRefusal):
        return link
    if link.order is None or not _may_read(view, link, link.order):
        return LinkRefusal.DAMAGED
    found = files.of_order(view.connection, link.order)
    file = next((f for f in found if (f.mail, f.number) == place), None)
    return (file, files.data(view.connection, file)) if file else LinkRefusal.DAMAGED


def _may_read(view: View, link: Link, order_id: int) -> bool:
    directory, order = view.directory, orders.load(view.connection, order_id)
    person = directory.persons[link.person] if link.person is not None else None
    found = may_decide(order, person, directory, view.policy, view.day) if person else Denial.NO_RIGHT
    return _sees(link, order, found, directory)
