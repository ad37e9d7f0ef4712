"""A press on an approver's page: one transaction checks authority, decides, and queues the mails that follow."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import structlog

from mailbot.domain.notices.notice import (
    ALARMED,
    AlarmNotice,
    PendingListNotice,
    Purpose,
    ReceiptNotice,
    RequestNotice,
)
from mailbot.domain.notices.own_links import before_secrets
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.events import OrderStep
from mailbot.domain.ordering.flags import FlagCase, flags
from mailbot.domain.ordering.routing import route
from mailbot.domain.ordering.workflow import BY_LINK, Act, Actor, Change, Happened, Refusal, Verdict
from mailbot.domain.people.directory import Person
from mailbot.domain.people.rights import Authority, Denial
from mailbot.domain.values.order import Destination, Order, Status
from mailbot.flows.bot import Bot
from mailbot.flows.steps import absence, step_up
from mailbot.flows.steps.alarms import too_fast
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.new_link import LinkTarget, new_link
from mailbot.flows.steps.open_link import (
    DecideLink,
    ExpiredLink,
    LinkRefusal,
    ListLink,
    NotMeLink,
    open_as,
    open_expired,
)
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.steps.rights_changed import move_on
from mailbot.flows.steps.step_up import NOBODY, Caller, OtherLogin, StepUpOutcome
from mailbot.flows.view import View
from mailbot.flows.write import Work, carry_out
from mailbot.store import events, links, orders
from mailbot.store.codes import HeldPress
from mailbot.store.links import LinkPlace

log = structlog.get_logger()

MAX_COMMENT = 800
"""Letters in a text field. A form sends up to nine bytes for a letter, so that so many fit into a body of 8 KB
(docs/rules/limits.md#bounds)."""
FRESH_AGAIN_AFTER = timedelta(hours=1)
ONE_MINUTE, DECISIONS_A_MINUTE = timedelta(minutes=1), 30
"""More decisions than this in a minute come from a machine, not from a person (docs/rules/limits.md#k22)."""


class Action(StrEnum):
    """The buttons of the page."""

    APPROVE = "approve"
    APPROVE_WITH_COMMENT = "approve_with_comment"
    REJECT = "reject"
    UNDO = "undo"
    ASK = "ask"
    RECUSE = "recuse"
    HAND_OVER = "hand_over"


DECISIONS = {Action.APPROVE, Action.APPROVE_WITH_COMMENT, Action.REJECT}
"""The actions for which a step-up may be asked; the other actions decide nothing."""


@dataclass(frozen=True)
class Press:
    """A button pressed, the version and destination that the page had shown, and the comment.

    `to` is whom a hand-over asks, `step` whose decision an undo takes back; `anyway` rejects without a
    reason, or asks somebody of the level above the nearest (docs/rules/promises.md#nearest).
    """

    action: Action
    version: int
    destination: str
    comment: str = ""
    to: int = 0
    step: int = 0
    anyway: bool = False


class PressProblem(StrEnum):
    """Why a press decides nothing and the page is shown once more."""

    COMMENT_CHANGES_ROUTE = "comment_changes_route"
    ROUTE_CHANGED = "route_changed"
    COMMENT_MISSING = "comment_missing"
    REASON_MISSING = "reason_missing_here"
    QUESTION_MISSING = "question_missing"
    NOBODY_CHOSEN = "nobody_chosen"
    DECIDED_ANEW = "decided_anew"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"


PressOutcome = Change | PressProblem | Refusal | Denial | LinkRefusal | StepUpOutcome
DisownOutcome = Change | Refusal | LinkRefusal
OpenOutcome = str | LinkRefusal | OtherLogin


def press(bot: Bot, token: str, pressed: Press, now: datetime, caller: Caller = NOBODY) -> PressOutcome:
    """Carry out a press on the page of a decide link; the loser of a race learns what the winner did.

    What needs a step-up waits for a code or is proven by the login. If somebody else is logged in, nothing is done.
    """
    return carry_out(bot, now, lambda work: _press(work, token, pressed, caller))


def _press(work: Work, token: str, pressed: Press, caller: Caller) -> PressOutcome:
    link = open_as(work, token, DecideLink)
    if isinstance(link, LinkRefusal):
        return link
    if other := step_up.other_login(work, link.person, caller):
        return other
    order, caller = orders.load(work.connection, link.order), replace(caller, root=link.root)
    change = judge(work, order, link.person, pressed)
    absence.back(work, link.person)
    if isinstance(change, Change) and pressed.action in DECISIONS:  # judged first: a void press has no code mailed
        change = step_up.prove(work, change, order, _about(order, link.person, pressed), caller)
    if not isinstance(change, Change):
        return change
    apply_change(work, change)
    if change.happened is Happened.UNDONE:  # rights may have changed since the order was decided
        move_on(work, change.after)
    return change


def _about(order: Order, person_id: int, pressed: Press) -> HeldPress:
    comment = before_secrets(pressed.comment).strip()
    return HeldPress(person_id, order.id, order.step, order.version, pressed.action, pressed.destination, comment)


def judge(work: Work, order: Order, person_id: int, pressed: Press) -> PressOutcome:
    """Return the change that a press would make now, or why it makes none."""
    act = Act(Actor(person_id, BY_LINK), work.policy, work.now)
    if pressed.action is Action.UNDO:
        undone = workflow.undo(order, act)
        return undone if isinstance(undone, Refusal) or pressed.step == order.step else PressProblem.DECIDED_ANEW
    authority = work.deciders(order).authority(work.directory.persons[person_id])
    if isinstance(authority, Denial):
        return authority
    if order.status is Status.PENDING and pressed.version != order.version:
        return Refusal.CHANGED
    comment = before_secrets(pressed.comment).strip()
    if len(comment) > MAX_COMMENT:
        return PressProblem.TOO_LONG
    if pressed.action is Action.ASK:
        return workflow.ask(order, comment, act.actor, act.now) if comment else PressProblem.QUESTION_MISSING
    if pressed.action is Action.RECUSE:
        return workflow.recuse(order, comment, act)
    if pressed.action is Action.HAND_OVER:
        askable = work.deciders(order).askable(person_id, up=int(pressed.anyway))
        offered = pressed.to in {person.id for person in askable}
        return workflow.hand_over(order, pressed.to, comment, act) if offered else PressProblem.NOBODY_CHOSEN
    return _decide(work, order, authority, pressed, comment)


def _decide(work: Work, order: Order, authority: Authority, pressed: Press, comment: str) -> PressOutcome:
    since, policy = work.now - ONE_MINUTE, work.policy
    if work.rely_on(orders.decided_since, authority.person.id, since) >= DECISIONS_A_MINUTE:
        log.warning("many_decisions", person=authority.person.id)
        too_fast(work, "decisions", authority.person.name)
        return Refusal.TOO_FAST
    where = route(order.content, comment if pressed.action is not Action.REJECT else "", work.directory, policy)
    verdict = Verdict(pressed.action is not Action.REJECT, comment, pressed.version, where)
    decided = workflow.decide(order, authority, verdict, Act(Actor(authority.person.id, BY_LINK), policy, work.now))
    if isinstance(decided, Refusal):
        return decided
    return _ask_once_more(pressed, comment, where.destination) or flagged(work, decided, authority)


def flagged(view: View, decided: Change, authority: Authority) -> Change:
    """Return the decision with the flags that it raises, to be recorded in its event (docs/rules/flags.md)."""
    ask = FlagCase(decided.after, authority, decided.at)
    raised = tuple(flags(ask, view.directory, view.policy))
    return replace(decided, grounds=replace(decided.grounds, flags=raised)) if decided.grounds else decided


def _ask_once_more(pressed: Press, comment: str, destination: Destination) -> PressProblem | None:
    """Return why an approval would not lead where its button said, or a rejection gives no reason yet; or None.

    With a comment an approval leads to purchasing, else to the destination that the page showed.
    """
    if pressed.action is Action.APPROVE_WITH_COMMENT and not comment:
        return PressProblem.COMMENT_MISSING
    if pressed.action is Action.REJECT and not comment and not pressed.anyway:
        return PressProblem.REASON_MISSING
    if pressed.action is Action.APPROVE and comment:
        return PressProblem.COMMENT_CHANGES_ROUTE
    if pressed.action is Action.APPROVE and destination.value != pressed.destination:
        return PressProblem.ROUTE_CHANGED
    return None


def disown_decision(bot: Bot, token: str, now: datetime) -> DisownOutcome:
    """Carry out "not me": undo the decision or, once the order has left, alarm purchasing and the operator.

    This person's deciding links are always revoked: somebody else may hold one. A second "not me" changes nothing.
    """
    return carry_out(bot, now, lambda work: _disown(work, token))


def _disown(work: Work, token: str) -> DisownOutcome:
    link = open_as(work, token, NotMeLink)
    if isinstance(link, LinkRefusal):
        return link
    order = orders.load(work.connection, link.order)
    since, refusal = link.issued_at, Refusal.LEFT if order.left_at else Refusal.NOT_DECIDED
    if work.rely_on(events.has, order.id, Happened.DECISION_DISOWNED, link.person, since):
        return refusal
    work.put(links.revoke, link.person, work.now)
    work.see([order])
    actor, now = Actor(link.person, BY_LINK), work.now
    change = workflow.undo(order, Act(actor, work.policy, now), disowned=True) if order.step == link.step else refusal
    if isinstance(change, Change):
        apply_change(work, change)
        return change
    _alarm(work, link.person, order)
    return refusal


def _alarm(work: Work, person_id: int, order: Order) -> None:
    """Alarm purchasing and the operator, who can still stop a false order; its approver gets a new link."""
    happened: Final = Happened.DECISION_DISOWNED
    work.record(OrderStep(what=happened, status=order.status), Actor(person_id, BY_LINK), order_id=order.id)
    who = work.directory.persons[person_id]
    enqueue(work, [AlarmNotice(to=to, order=order, happened=happened, at=work.now, actor=who) for to in ALARMED])
    asked = [p for p in work.deciders(order).persons if p.id == person_id and order.status is Status.PENDING]
    enqueue(work, [RequestNotice(to=p, order=order) for p in asked])


def open_other(bot: Bot, token: str, reference: str, now: datetime, caller: Caller = NOBODY) -> OpenOutcome:
    """Return a link from a decide link to another order that its person may decide; both expire together."""
    return carry_out(bot, now, lambda work: _open_other(work, open_as(work, token, DecideLink), reference, caller))


def open_listed(bot: Bot, token: str, reference: str, now: datetime, caller: Caller = NOBODY) -> OpenOutcome:
    """Do as `open_other` from a list link."""
    return carry_out(bot, now, lambda work: _open_other(work, open_as(work, token, ListLink), reference, caller))


def _open_other(work: Work, link: DecideLink | ListLink | LinkRefusal, reference: str, caller: Caller) -> OpenOutcome:
    if isinstance(link, LinkRefusal):
        return link
    order = orders.by_reference(work.connection, reference)
    if order is None:
        return LinkRefusal.DAMAGED
    if other := step_up.other_login(work, link.person, caller):
        return other
    person = work.directory.persons[link.person]
    if isinstance(work.deciders(order).authority(person), Denial):
        return LinkRefusal.DAMAGED  # the same answer as for no order, so that nobody learns that there is one
    return new_link(work, LinkTarget(Purpose.DECIDE, person, order, until=link.expires_at, root=link.root))


@dataclass(frozen=True)
class FreshLink:
    """The answer to asking for a fresh link: when one was mailed (None for never), and when the next may be mailed."""

    mailed_at: datetime | None
    again_at: datetime


def mail_fresh_link(bot: Bot, purpose: Purpose, token: str, now: datetime) -> FreshLink | LinkRefusal | None:
    """Mail a fresh link to the person whom an expired one names, at the registered address only.

    None if the link still works; at most one an hour, because a reload presses again; to decide only for who may or
    has.
    """
    return carry_out(bot, now, lambda work: _fresh(work, purpose, token))


def _fresh(work: Work, purpose: Purpose, token: str) -> FreshLink | LinkRefusal | None:
    link = open_expired(work, purpose, token)
    if not isinstance(link, ExpiredLink):
        return link
    # The pause is never longer than a link's life: otherwise the person would be without a link for a while.
    life, pause = work.policy.link_life, min(FRESH_AGAIN_AFTER, work.policy.link_life)
    place = LinkPlace(purpose, link.person, link.order)
    mailed_at = work.rely_on(links.mailed_since, place, work.now - pause, life)
    if mailed_at is None and _mail_fresh(work, link, work.directory.persons[link.person]):
        mailed_at = work.now
    return FreshLink(mailed_at, (mailed_at or work.now) + pause)


def _mail_fresh(work: Work, link: ExpiredLink, person: Person) -> bool:
    """Mail a notice that holds a fresh link to the same place; False if the person has no part in the order."""
    if link.order is None:
        enqueue(work, [PendingListNotice(to=person, fresh=True)])
        return True
    order = orders.load(work.connection, link.order)
    decides = link.purpose is Purpose.DECIDE
    if decides and not _concerns(work, order, person):
        return False
    fresh = RequestNotice(to=person, order=order, fresh=True) if decides else ReceiptNotice(to=person, order=order)
    enqueue(work, [fresh])
    return True


def _concerns(view: View, order: Order, person: Person) -> bool:
    found = view.deciders(order).authority(person)
    return isinstance(found, Authority) or (order.decision is not None and order.decision.person == person.id)
