"""The page that asks for a mailed code: what the page shows, and what happens when the right code is entered."""

from dataclasses import dataclass, replace
from datetime import datetime

from mailbot.domain.ordering.workflow import Actor, Change
from mailbot.domain.people.directory import Unit
from mailbot.domain.people.step_up import StepUp
from mailbot.domain.values.order import Order, Status
from mailbot.flows.bot import Bot
from mailbot.flows.pages.resign import ResignOutcome, end, held
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.decide import Action, Press, PressOutcome, judge
from mailbot.flows.steps.link_page import OrderPage, show
from mailbot.flows.steps.open_link import DecideLink, LinkRefusal, open_as
from mailbot.flows.steps.step_up import (
    RESIGN,
    TRIES,
    Caller,
    CodeRefusal,
    ask,
    check,
    is_live,
    other_login,
    proven,
    sends,
)
from mailbot.flows.view import View, open_view
from mailbot.flows.write import Work, carry_out
from mailbot.links import fingerprint
from mailbot.store import codes, orders
from mailbot.store.codes import Code, HeldPress


@dataclass(frozen=True)
class CodePage:
    """The order, the code with what was pressed, and when (UTC) the next code may be sent.

    `code` is None if none can be entered here; `comment` then keeps what was written. `elsewhere`: other browsers have
    used up this link's codes. `unit` is where a right is given up, if that was pressed.
    """

    visit: OrderPage
    next_at: datetime
    elsewhere: bool
    code: Code | None = None
    live: bool = False
    comment: str = ""
    unit: Unit | None = None

    @property
    def tries_left(self) -> int:
        """The number of tries that the code has left."""
        return TRIES - self.code.tries if self.code else 0


def code_page(bot: Bot, token: str, caller: Caller, now: datetime) -> CodePage | LinkRefusal:
    """Return what the page shows; it has no code if no press of this browser can still be carried out."""
    with open_view(bot, now) as view:
        return _page(view, token, caller)


def _page(view: View, token: str, caller: Caller) -> CodePage | LinkRefusal:
    link = open_as(view, token, DecideLink)
    if isinstance(link, LinkRefusal):
        return link
    order, code = orders.load(view.connection, link.order), _asked(view, link, caller)
    here = sends(view, link.person, link.order, replace(caller, root=link.root))
    seen = show(view, link)
    if code is None or not _fits(code.pressed, order):
        return CodePage(seen, *here, comment=code.pressed.comment if code else "")
    unit = view.directory.units[code.pressed.destination] if code.pressed.action == RESIGN else None
    return CodePage(seen, *here, code, live=is_live(code, view.now), unit=unit)


def _fits(pressed: HeldPress, order: Order) -> bool:
    """Tell whether the order is as it was at the press; giving up a right does not depend on the order."""
    same = (pressed.step, pressed.version) == (order.step, order.version) and order.status is Status.PENDING
    return same or pressed.action == RESIGN


def _asked(view: View, link: DecideLink, caller: Caller) -> Code | None:
    if not caller.browser:
        return None
    return view.rely_on(codes.newest, link.person, link.order, fingerprint(caller.browser))


def enter_code(bot: Bot, token: str, typed: str | None, caller: Caller, now: datetime) -> PressOutcome | ResignOutcome:
    """Carry out the press if the typed code is the one mailed for it; `typed` None asks for a new code.

    Version, route, authority and code are judged together. A changed order is shown first, and no try is counted.
    """
    return carry_out(bot, now, lambda work: _enter(work, token, typed, caller))


def _enter(work: Work, token: str, typed: str | None, caller: Caller) -> PressOutcome | ResignOutcome:
    link = open_as(work, token, DecideLink)
    if isinstance(link, LinkRefusal):
        return link
    if other := other_login(work, link.person, caller):
        return other
    code, order = _asked(work, link, caller), orders.load(work.connection, link.order)
    caller = replace(caller, root=link.root)
    if code is None:
        return CodeRefusal.MISSING
    was = code.pressed
    if was.action == RESIGN:
        return _resign(work, order, code, typed, caller)
    press = Press(Action(was.action), was.version, was.destination, was.comment, anyway=True)
    change = judge(work, order, link.person, press)
    # A code from an earlier step is void, even if the same press would be possible again.
    if not isinstance(change, Change) or order.step != was.step:
        return CodeRefusal.MISSING if isinstance(change, Change) else change
    if typed is None:
        return ask(work, order, was, caller, again=True)
    if trouble := check(work, code, typed):
        return trouble
    change = proven(change, StepUp.CODE)
    apply_change(work, change)
    return change


def _resign(work: Work, order: Order, code: Code, typed: str | None, caller: Caller) -> PressOutcome | ResignOutcome:
    was = code.pressed
    found = held(work, order, was.person_id)
    if not found.rights or found.unit.id != was.destination:
        return CodeRefusal.MISSING
    if typed is None:
        return ask(work, order, was, caller, again=True)
    if trouble := check(work, code, typed):
        return trouble
    return end(work, found, Actor(was.person_id, StepUp.CODE))
