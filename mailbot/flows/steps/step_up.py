"""Step-up before a decision: a login in front of the pages, or a code mailed to the registered address."""

import re
import secrets
from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal

from mailbot.domain.notices.notice import CodeNotice
from mailbot.domain.ordering.events import OrderNote
from mailbot.domain.ordering.workflow import BY_LINK, Actor, Change
from mailbot.domain.people.directory import Person
from mailbot.domain.people.step_up import StepUp, applies
from mailbot.domain.values.order import Order
from mailbot.flows.bot import Bot
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.view import View, open_view
from mailbot.flows.write import Work
from mailbot.links import fingerprint
from mailbot.store import codes
from mailbot.store.codes import Code, CodeOrigin, HeldPress

CODE_LIFE = timedelta(minutes=10)
TRIES = 5
SENDS = 3
SENDS_PER = timedelta(hours=1)
"""The limits of docs/rules/promises.md#step-up. Each order has codes of its own. So many are sent for one mailed link,
and so many for one browser. The holder of a forwarded link can use up the codes of that link only: its owner has
another link mailed (`lista`)."""

DIGITS = 8
BROWSER_BYTES = 24

RESIGN = "resign"
"""The only press that needs a code although it decides no order."""


@dataclass(frozen=True)
class Caller:
    """Who is at the page: the secret in the `browser`'s cookie, the `login` that a trusted proxy names, "" for none.

    `root` is the root of the link by which the caller came, once that is opened.
    """

    browser: str = ""
    login: str = ""
    root: str = ""


NOBODY = Caller()


@dataclass(frozen=True)
class CodeAsked:
    """A code is on its way; only the browser with this secret in its cookie may enter it."""

    browser: str


@dataclass(frozen=True)
class NoMoreCodes:
    """Too many codes were sent: the next may be sent at this moment (UTC)."""

    next_at: datetime


@dataclass(frozen=True)
class OtherLogin:
    """The person logged in is not the person whom the link names."""

    login: str
    person: Person


class CodeRefusal(StrEnum):
    """Why a code decides nothing."""

    MISSING = "code_missing"
    UNREADABLE = "code_unreadable"
    WRONG = "code_wrong_now"
    USED_UP = "code_used_up"
    EXPIRED = "code_expired"


StepUpOutcome = CodeAsked | NoMoreCodes | OtherLogin | CodeRefusal


def prove(
    work: Work, change: Change, order: Order, pressed: HeldPress, caller: Caller
) -> Change | CodeAsked | NoMoreCodes:
    """Return the decision with its proof if link or login is enough, else ask for a code; call `other_login` first."""
    if caller.login:
        return proven(change, StepUp.LOGIN)
    return ask(work, order, pressed, caller) if applies(order.content, work.policy) else change


def proven(change: Change, by: StepUp) -> Change:
    """Return the decision as proven in this way."""
    return replace(change, actor=replace(change.actor, proof=by.value))


def logged_in_as_other(bot: Bot, person_id: int, caller: Caller, now: datetime) -> OtherLogin | None:
    """Return who else is logged in, for a page that only reads."""
    with open_view(bot, now) as view:
        return other_login(view, person_id, caller)


def other_login(view: View, person_id: int, caller: Caller) -> OtherLogin | None:
    """Return who is logged in instead of the person, by any address; None if that is nobody."""
    directory = view.directory
    known = directory.person_at(caller.login) if caller.login else None
    if not caller.login or (known and known.id == person_id):
        return None
    return OtherLogin(caller.login, directory.persons[person_id])


def ask(
    work: Work, order: Order, pressed: HeldPress, caller: Caller, *, again: bool = False
) -> CodeAsked | NoMoreCodes:
    """Mail a code for what was pressed, unless this browser has a live one for it and `again` is false."""
    browser = caller.browser or secrets.token_urlsafe(BROWSER_BYTES)
    mark = fingerprint(browser)
    last = work.rely_on(codes.newest, pressed.person_id, pressed.order_id, mark)
    if last and not again and last.pressed == pressed and is_live(last, work.now):
        return CodeAsked(browser)
    since = work.now - SENDS_PER - timedelta(minutes=1)  # a minute more, because `_next` rounds up to whole minutes
    sent = work.rely_on(codes.sent_since, pressed.person_id, pressed.order_id, since)
    next_at, _elsewhere = next_send(sent, caller, work.now)
    if next_at > work.now:
        return NoMoreCodes(next_at)
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
    asked_by = CodeOrigin(mark, caller.root)
    # Sealed together with the press and the browser, so that the code fits no other press and no other browser.
    work.put(codes.add, pressed, asked_by, work.bot.signer.seal(*_bound(pressed, mark), code), work.now)
    _record(work, "code_sent", pressed)
    unit = work.directory.units[pressed.destination] if pressed.action == RESIGN else None
    to, shown, ends = work.directory.persons[pressed.person_id], f"{code[:4]} {code[4:]}", work.now + CODE_LIFE
    enqueue(work, [CodeNotice(to=to, order=order, at=ends, code=shown, action=pressed.action, unit=unit)])
    return CodeAsked(browser)


def _bound(pressed: HeldPress, mark: str) -> tuple[str, ...]:
    return (mark, *map(str, astuple(pressed)))


def is_live(code: Code, now: datetime) -> bool:
    """Tell whether the code may still be entered."""
    return not code.used and code.tries < TRIES and now < code.sent_at + CODE_LIFE


def sends(view: View, person: int, order: int, caller: Caller) -> tuple[datetime, bool]:
    """Return when the next code may be sent, and whether only other browsers have used up this link's codes."""
    sent = codes.sent_since(view.connection, person, order, view.now - SENDS_PER - timedelta(minutes=1))
    return next_send(sent, caller, view.now)


def next_send(sent: Sequence[tuple[datetime, CodeOrigin]], caller: Caller, now: datetime) -> tuple[datetime, bool]:
    """Return the same as `sends`, from the codes sent within the last hour and minute, the newest first."""
    mark = fingerprint(caller.browser) if caller.browser else ""
    by_browser = _next([at for at, by in sent if by.browser == mark], now)
    by_link = _next([at for at, by in sent if by.root == caller.root], now)
    return max(by_browser, by_link), by_link > now >= by_browser


def _next(sent: Sequence[datetime], now: datetime) -> datetime:
    """Return the first full minute at which the third of `sent`, newest first, is an hour old, or now."""
    if len(sent) < SENDS:
        return now
    hour_old = sent[SENDS - 1] + SENDS_PER
    whole = hour_old.replace(second=0, microsecond=0)
    return hour_old if whole == hour_old else whole + timedelta(minutes=1)  # pages say whole minutes


def check(work: Work, code: Code, typed: str) -> CodeRefusal | None:
    """Have the code used up if it is the one typed, else return why not; only what can be a code counts as a try."""
    if code.used or work.now >= code.sent_at + CODE_LIFE:
        return CodeRefusal.EXPIRED
    digits = re.sub(r"[\s-]", "", typed)
    if not re.fullmatch(f"[0-9]{{{DIGITS}}}", digits):
        return CodeRefusal.UNREADABLE if code.tries < TRIES else CodeRefusal.USED_UP
    if code.tries >= TRIES:
        return CodeRefusal.USED_UP
    work.put_if(codes.count_try, code.id, code.tries)  # of two guesses at the same time each counts
    if work.bot.signer.fits(code.seal, *_bound(code.pressed, code.browser), digits):
        work.put_if(codes.use, code.id, work.now)
        return None
    _record(work, "code_wrong", code.pressed)
    return CodeRefusal.WRONG if code.tries + 1 < TRIES else CodeRefusal.USED_UP


def _record(work: Work, what: Literal["code_sent", "code_wrong"], pressed: HeldPress) -> None:
    work.record(OrderNote(what=what), Actor(pressed.person_id, BY_LINK), order_id=pressed.order_id)
