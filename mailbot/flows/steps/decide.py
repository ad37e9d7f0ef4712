"""A press on an approver's page: one transaction that checks authority, decides, and queues what follows."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

import structlog
from sqlalchemy import Connection

from mailbot.domain.notices import Mailbox, Notice, NoticeKind, Purpose
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.flags import FlagCase, flags
from mailbot.domain.ordering.routing import route
from mailbot.domain.ordering.workflow import Actor, Change, Happened, Refusal, Verdict
from mailbot.domain.people.directory import Person
from mailbot.domain.people.rights import Authority, Denial, able_persons, may_decide
from mailbot.domain.values.order import Destination, Order, Status
from mailbot.flows.steps import absence, step_up
from mailbot.flows.steps.alarms import too_fast
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.link_page import LinkRefusal, open_link, order_link
from mailbot.flows.steps.outgoing import LinkTarget, apply_change, enqueue, new_link
from mailbot.flows.steps.rights_changed import rights_changed
from mailbot.flows.steps.step_up import NOBODY, Caller, OtherLogin, StepUpOutcome
from mailbot.links import fingerprint
from mailbot.store import events, links, orders
from mailbot.store.codes import HeldPress
from mailbot.store.links import Link

log = structlog.get_logger()

MAX_COMMENT = 800
"""Letters in a text field: at up to nine bytes each, as a form sends them, they fit into a body of 8 KB
(docs/rules/limits.md#bounds)."""
FRESH_AGAIN_AFTER = timedelta(hours=1)
ONE_MINUTE, DECISIONS_A_MINUTE = timedelta(minutes=1), 30
"""No person presses faster; a machine that has found the way does (docs/rules/limits.md#k22)."""


class Action(StrEnum):
    """The buttons of the page."""

    APPROVE = "approve"
    APPROVE_WITH_COMMENT = "approve_with_comment"
    REJECT = "reject"
    UNDO = "undo"
    ASK = "ask"
    RECUSE = "recuse"
    HAND_OVER = "hand_over"


DECIDING = {Action.APPROVE, Action.APPROVE_WITH_COMMENT, Action.REJECT}
"""What more than the link may be asked for: the rest decides nothing."""


@dataclass(frozen=True)
class Press:
    """A button pressed: the version and the destination that the page had shown, and the comment field.

    `to` is the person whom a hand-over asks, `step` the one whose decision an undo takes back.
    """

    action: Action
    version: int
    destination: str
    comment: str = ""
    to: int = 0
    step: int = 0


class PressProblem(StrEnum):
    """Why the page is shown once more instead of deciding."""

    COMMENT_CHANGES_ROUTE = "comment_changes_route"
    ROUTE_CHANGED = "route_changed"
    COMMENT_MISSING = "comment_missing"
    QUESTION_MISSING = "question_missing"
    NOBODY_CHOSEN = "nobody_chosen"
    DECIDED_ANEW = "decided_anew"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"


PressOutcome = Change | PressProblem | Refusal | Denial | LinkRefusal | StepUpOutcome
PROOF = "signed link"


def press(bot: Bot, token: str, pressed: Press, now: datetime, caller: Caller = NOBODY) -> PressOutcome:
    """Carry out a press on the page of a decide link; the loser of a race learns what the winner did.

    A decision that needs more than the link waits for a code, or is proven by the caller's login. Whoever is logged in
    as somebody else presses nothing.
    """
    with bot.database.write() as connection:
        link = order_link(bot, connection, Purpose.DECIDE, token, now)
        if isinstance(link, LinkRefusal):
            return link
        if other := step_up.other_login(bot, connection, link.person, caller):
            return other
        order, caller = orders.load(connection, link.order), replace(caller, root=link.root)
        change = judge(bot, connection, order, link.person, pressed, now)
        absence.back(bot, connection, link.person, now)
        if isinstance(change, Change) and pressed.action in DECIDING:
            about = _about(order, link.person, pressed)
            change = step_up.prove(bot, connection, change, order, about, caller, now)
        if not isinstance(change, Change):
            return change
        if apply_change(bot, connection, change, now) is None:
            return Refusal.DECIDED
        if change.happened is Happened.UNDONE:  # rights may have changed while the order was decided
            rights_changed(bot, connection, [order.content.unit], now)
        return change


def _about(order: Order, person_id: int, pressed: Press) -> HeldPress:
    comment = pressed.comment.strip()
    return HeldPress(person_id, order.id, order.step, order.version, pressed.action, pressed.destination, comment)


def judge(
    bot: Bot, connection: Connection, order: Order, person_id: int, pressed: Press, now: datetime
) -> PressOutcome:
    """Return what a press would change now, or why nothing."""
    directory, actor = bot.directory(connection), Actor(person_id, PROOF)
    if pressed.action is Action.UNDO:
        undone = workflow.undo(order, actor, bot.policy, now)
        return undone if isinstance(undone, Refusal) or pressed.step == order.step else PressProblem.DECIDED_ANEW
    authority = may_decide(order, directory.persons[person_id], directory, bot.policy, bot.day(now))
    if isinstance(authority, Denial):
        return authority
    if order.status is Status.PENDING and pressed.version != order.version:
        return Refusal.CHANGED
    comment = pressed.comment.strip()
    if len(comment) > MAX_COMMENT:
        return PressProblem.TOO_LONG
    if pressed.action is Action.ASK:
        return workflow.ask(order, comment, actor, now) if comment else PressProblem.QUESTION_MISSING
    if pressed.action is Action.RECUSE:
        return workflow.recuse(order, comment, actor, bot.policy, now)
    if pressed.action is Action.HAND_OVER:
        able = {p.id for p in able_persons(order, directory, bot.policy, bot.day(now))}
        others = able - {person_id, order.requester}  # nobody is asked about their own order (docs/rules/attest.md#r16)
        chosen = pressed.to if pressed.to in others else None
        return (
            workflow.hand_over(order, chosen, comment, actor, bot.policy, now) if chosen else PressProblem.NOBODY_CHOSEN
        )
    return _decide(bot, connection, order, authority, pressed, comment, now)


def _decide(
    bot: Bot,
    connection: Connection,
    order: Order,
    authority: Authority,
    pressed: Press,
    comment: str,
    now: datetime,
) -> PressOutcome:
    if orders.decided_since(connection, authority.person.id, now - ONE_MINUTE) >= DECISIONS_A_MINUTE:
        log.warning("many_decisions", person=authority.person.id)
        too_fast(bot, connection, "decisions", authority.person.name, now)
        return Refusal.TOO_FAST
    where = route(
        order.content, comment if pressed.action is not Action.REJECT else "", bot.directory(connection), bot.policy
    )
    verdict = Verdict(pressed.action is not Action.REJECT, comment, pressed.version, where)
    decided = workflow.decide(order, authority, verdict, Actor(authority.person.id, PROOF), bot.policy, now)
    if isinstance(decided, Refusal):
        return decided
    return _ask_once_more(pressed, comment, where.destination) or flagged(bot, connection, decided, authority)


def flagged(bot: Bot, connection: Connection, decided: Change, authority: Authority) -> Change:
    """Return the decision with the red flags that it raises, for its event (docs/rules/flags.md)."""
    ask = FlagCase(decided.after, authority, decided.at)
    raised = " ".join(flags(ask, bot.directory(connection), bot.policy))
    return replace(decided, facts={**decided.facts, "flags": raised}) if raised else decided


def _ask_once_more(pressed: Press, comment: str, destination: Destination) -> PressProblem | None:
    """A yes must go where the page said: to purchasing with a comment, else where the plain button led."""
    if pressed.action is Action.APPROVE_WITH_COMMENT and not comment:
        return PressProblem.COMMENT_MISSING
    if pressed.action is Action.APPROVE and comment:
        return PressProblem.COMMENT_CHANGES_ROUTE
    if pressed.action is Action.APPROVE and destination.value != pressed.destination:
        return PressProblem.ROUTE_CHANGED
    return None


def disown_decision(bot: Bot, token: str, now: datetime) -> PressOutcome:
    """Carry out "not me": until the order leaves that undoes the decision, later it alarms purchasing.

    Either way the links that let this person decide are revoked, since somebody else may hold one; also when the
    decision was undone by something else meanwhile. Saying it again changes nothing.
    """
    with bot.database.write() as connection:
        link = order_link(bot, connection, Purpose.NOT_ME, token, now)
        if isinstance(link, LinkRefusal):
            return link
        order = orders.load(connection, link.order)
        since, refusal = link.issued_at or order.created_at, Refusal.LEFT if order.left_at else Refusal.NOT_DECIDED
        if events.has(connection, order.id, Happened.DECISION_DISOWNED, link.person, since):
            return refusal
        links.revoke(connection, link.person, now)
        actor = Actor(link.person, PROOF)
        change = workflow.undo(order, actor, bot.policy, now, disowned=True) if order.step == link.step else refusal
        if isinstance(change, Change) and apply_change(bot, connection, change, now):
            return change
        _alarm(bot, connection, actor, order, now)
        return refusal


def _alarm(bot: Bot, connection: Connection, actor: Actor, order: Order, now: datetime) -> None:
    """Alarm whoever can still stop a false order; while it waits, its true approver needs a new link."""
    happened = Happened.DECISION_DISOWNED
    events.record(connection, happened, actor, now, order_id=order.id, payload={"status": order.status})
    facts, links_for = {"actor": str(actor.person)}, (Purpose.DECIDE, Purpose.LIST)
    directory = bot.directory(connection)
    notices = [Notice(NoticeKind.ALARM, to, (order,), happened=happened, at=now, facts=facts) for to in Mailbox]
    able = able_persons(order, directory, bot.policy, bot.day(now))
    asked = [p for p in able if p.id == actor.person and order.status is Status.PENDING]
    notices += [Notice(NoticeKind.REQUEST, p, (order,), links_for, at=now, pending_only=True) for p in asked]
    enqueue(bot, connection, notices, now)


def open_other(
    bot: Bot, purpose: Purpose, token: str, reference: str, now: datetime, caller: Caller = NOBODY
) -> str | LinkRefusal | OtherLogin:
    """Return a link of the same person to another order that they may decide; it dies when this one does."""
    with bot.database.write() as connection:
        link = open_link(bot, connection, purpose, token, now)
        if isinstance(link, LinkRefusal):
            return link
        order = orders.by_reference(connection, reference)
        directory = bot.directory(connection)
        person = directory.persons[link.person] if link.person is not None else None
        if order is None or person is None:
            return LinkRefusal.DAMAGED
        if other := step_up.other_login(bot, connection, person.id, caller):
            return other
        if isinstance(may_decide(order, person, directory, bot.policy, bot.day(now)), Denial):
            return LinkRefusal.DAMAGED
        target = LinkTarget(Purpose.DECIDE, person, order, until=link.expires_at, root=link.root)
        return new_link(bot, connection, target, now)


@dataclass(frozen=True)
class FreshLink:
    """What came of asking for a fresh link: when one was mailed (None for never), and when another can be."""

    mailed_at: datetime | None
    again_at: datetime


def mail_fresh_link(bot: Bot, purpose: Purpose, token: str, now: datetime) -> FreshLink | Link | LinkRefusal:
    """Mail the person named by an expired link a fresh one, to the registered address only; one that works is returned.

    At most one an hour while it lives: who reloads the page presses the button again. Of an order that they may not
    decide and have not decided, nobody is mailed anything new.
    """
    with bot.database.write() as connection:
        found = open_link(bot, connection, purpose, token, now)
        if found is not LinkRefusal.EXPIRED:
            return found
        link = links.find(connection, fingerprint(bot.signer.read(purpose, token) or ""))
        if link is None or link.person is None:
            return LinkRefusal.DAMAGED
        life, pause = bot.policy.link_life, min(FRESH_AGAIN_AFTER, bot.policy.link_life)
        mailed_at = links.mailed_since(connection, link, now - pause, life)
        if mailed_at is None:
            mailed_at = (
                now if _mail_fresh(bot, connection, link, bot.directory(connection).persons[link.person], now) else None
            )
        return FreshLink(mailed_at, (mailed_at or now) + pause)


def _mail_fresh(bot: Bot, connection: Connection, link: Link, person: Person, now: datetime) -> bool:
    """Mail what holds a fresh link to the same place; False when the person has no part in its order."""
    if link.order is None:
        enqueue(bot, connection, [Notice(NoticeKind.PENDING_LIST, person, links=(Purpose.LIST,), text="fresh")], now)
        return True
    order = orders.load(connection, link.order)
    decides = link.purpose is Purpose.DECIDE
    if decides and not _concerns(bot, connection, order, person, now):
        return False
    kind = NoticeKind.REQUEST if decides else NoticeKind.RECEIPT
    links_for = (Purpose.DECIDE, Purpose.LIST) if decides else (Purpose.ORDER, Purpose.DISOWN)
    enqueue(bot, connection, [Notice(kind, person, (order,), links_for, at=now)], now)
    return True


def _concerns(bot: Bot, connection: Connection, order: Order, person: Person, now: datetime) -> bool:
    """Tell whether the person may decide the order, or has."""
    found = may_decide(order, person, bot.directory(connection), bot.policy, bot.day(now))
    return isinstance(found, Authority) or (order.decision is not None and order.decision.person == person.id)
