"""What may happen to an order: each function takes it as it is and returns a Change or a Refusal."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from mailbot.domain.ordering.flags import Flag
from mailbot.domain.people.rights import Authority, Capacity
from mailbot.domain.values.calendar import first_day, local_day, may_leave_on, reminder_due
from mailbot.domain.values.order import (
    ARRIVED,
    DETAILS,
    FIELDS,
    GONE,
    Content,
    Decision,
    Destination,
    Form,
    Order,
    Route,
    RouteReason,
    Status,
)
from mailbot.domain.values.policy import Policy

WEEKLY_FROM = 4
"""The number of the first reminder at the weekly pace. The third, before it, has gone to the head
(docs/rules/promises.md#reminders)."""


class Happened(StrEnum):
    """The kinds of step in an order's life; each becomes one event."""

    OPENED = "opened"
    CORRECTED = "corrected"
    CATEGORISED = "categorised"
    APPROVED = "approved"
    REJECTED = "rejected"
    UNDONE = "undone"
    DECISION_DISOWNED = "decision_disowned"
    WITHDRAWN = "withdrawn"
    DISOWNED = "disowned"
    LEAVING = "leaving"
    RETURNED = "returned"
    DELIVERED = "delivered"
    NOT_DELIVERED = "not_delivered"
    REMINDED = "reminded"
    NUDGED = "nudged"
    ASKED = "asked"
    ANSWERED = "answered"
    REMARKED = "remarked"
    MAIL_FAILED = "mail_failed"
    MAIL_DELAYED = "mail_delayed"
    AWAY = "away"
    RECUSED = "recused"
    HANDED_OVER = "handed_over"
    MOVED = "moved"
    HELD = "held"


@dataclass(frozen=True)
class Actor:
    """Who did something, and how that is known; `person` is None if no person did it."""

    person: int | None
    proof: str


BY_LINK, BY_ROBOT = "signed link", "automatic mail"
"""How it is known who acted: by the link that was mailed to them, or by a program's mail from their address."""

CLOCK = Actor(None, "clock")
RELAY = Actor(None, "relay")
BOT = Actor(None, "bot")


@dataclass(frozen=True)
class Act:
    """Who does something to an order, by which policy, and when (UTC)."""

    actor: Actor
    policy: Policy
    now: datetime


@dataclass(frozen=True)
class Change:
    """One step of an order: before (None if new), after, who, when (UTC), and what was said.

    `asked_by` asked what is answered; `by_reply`: by mail, not on the page. `grounds` are a decision's. `left_out`: a
    quoted order in the mail was not read. `to` is whom a hand-over asks.
    """

    happened: Happened
    before: Order | None
    after: Order
    actor: Actor
    at: datetime
    text: str = ""
    asked_by: int | None = None
    grounds: "Grounds | None" = None
    left_out: bool = False
    by_reply: bool = False
    to: int | None = None


@dataclass(frozen=True)
class Grounds:
    """By which right it was decided, what an approval certifies, and the flags raised (docs/rules/attest.md#r37, #r63;
    docs/rules/flags.md)."""

    capacity: Capacity
    right: int
    ground: str = ""
    statements: str = ""
    flags: tuple[Flag, ...] = ()


class Refusal(StrEnum):
    """Why a step cannot be taken now, whoever asks."""

    DECIDED = "decided"
    CHANGED = "changed"
    WITHDRAWN = "withdrawn"
    LEFT = "left"
    NOT_YOURS = "not_yours"
    NOT_DECIDED = "not_decided"
    UNCHANGED = "unchanged"
    NOT_PENDING = "not_pending"
    NOT_BY_REPLY = "not_by_reply"
    TOO_LONG_BY_REPLY = "too_long_by_reply"
    ONE_PERSON = "one_person"
    NO_ANSWER = "no_answer"
    SEVERAL_NAMED = "several_named"
    TOO_FAST = "too_fast"
    NUDGED_TODAY = "nudged_today"
    NOBODY_ASKED = "nobody_asked"


def _pending(order: Order, act: Act) -> Order:
    """Return the order open for a decision, as for a new request: reminders are counted from the start."""
    return replace(
        order,
        status=Status.PENDING,
        asked_at=act.now,
        reminders=0,
        remind_at=_reminder_due(order.content, act.now, 1, act.policy),
        decision=None,
        route=None,
        leaves_at=None,
        left_at=None,
    )


def _reminder_due(content: Content, since: datetime, number: int, policy: Policy) -> datetime:
    """Return when the reminder of this number is due, before the first day that the order states is needed."""
    pace = policy.remind_after if number == 1 else policy.remind_every
    pace = policy.remind_later_every if number >= WEEKLY_FROM else pace
    texts = (content.details.get(f, "") for f in DETAILS if FIELDS[f].hurries)
    days = [first_day(text, local_day(since, policy), policy.vocabulary.months) for text in texts]
    return reminder_due(since, pace, number, policy, by=min((day for day in days if day), default=None))


@dataclass(frozen=True)
class NewOrder:
    """A new order as its requester sent it, with the id and number reserved for it and a random reference."""

    id: int
    number: str
    reference: str
    content: Content
    form: Form


def open_order(request: NewOrder, requester: int, act: Act) -> Change:
    """Open a new order, pending in version 1, step 1."""
    order = Order(
        id=request.id,
        number=request.number,
        reference=request.reference,
        requester=requester,
        content=request.content,
        form=request.form,
        status=Status.PENDING,
        version=1,
        step=1,
        created_at=act.now,
        asked_at=act.now,
        sender_proof=act.actor.proof,
    )
    return Change(Happened.OPENED, None, _pending(order, act), act.actor, act.now)


def correct(order: Order, content: Content, form: Form, act: Act) -> Change | Refusal:
    """Replace the content by a new version, which is pending; refused if the order has left or is withdrawn."""
    match order.status:
        case Status.WITHDRAWN:
            return Refusal.WITHDRAWN
        case status if status in GONE:
            return Refusal.LEFT
    if act.actor.person != order.requester:
        return Refusal.NOT_YOURS
    if content == order.content:
        return Refusal.UNCHANGED
    corrected = replace(
        order,
        content=content,
        form=form,
        previous=order.content,
        version=order.version + 1,
        step=order.step + 1,
        # A hand-over was made in place of the approver chosen then; it does not bind a new choice.
        handed_to=order.handed_to if content.approver == order.content.approver else None,
    )
    return Change(Happened.CORRECTED, order, _pending(corrected, act), act.actor, act.now)


def categorise(order: Order, said: Form, act: Act) -> Change | Refusal:
    """Take the category that the requester names; the order goes on as it is (docs/rules/attest.md#special)."""
    if order.requester != act.actor.person:
        return Refusal.NOT_YOURS
    if order.status is Status.WITHDRAWN:
        return Refusal.WITHDRAWN
    content = replace(order.content, details={**order.content.details, **said.fields})
    if content == order.content:
        return Refusal.UNCHANGED
    form = replace(order.form, fields={**order.form.fields, **said.fields})
    named = replace(order, content=content, form=form, previous=order.content, version=order.version + 1)
    return Change(Happened.CATEGORISED, order, named, act.actor, act.now)


@dataclass(frozen=True)
class Verdict:
    """An approver's yes or no to the version that they were shown; `route` is where a yes sends the order."""

    approved: bool
    comment: str
    version: int
    route: Route


def decide(order: Order, authority: Authority, verdict: Verdict, act: Act) -> Change | Refusal:
    """Decide a pending order; nothing leaves before the undo window is over."""
    if order.status is Status.WITHDRAWN:
        return Refusal.WITHDRAWN
    if order.status is not Status.PENDING:
        return Refusal.DECIDED
    if verdict.version != order.version:
        return Refusal.CHANGED
    decided = replace(
        order,
        status=Status.APPROVED if verdict.approved else Status.REJECTED,
        decision=Decision(order.step, authority.person.id, verdict.approved, verdict.comment, act.now),
        route=verdict.route if verdict.approved else None,
        remind_at=None,
        leaves_at=act.now + act.policy.undo_window,
    )
    happened = Happened.APPROVED if verdict.approved else Happened.REJECTED
    grounds = _grounds(authority, verdict, act.policy)
    return Change(happened, order, decided, act.actor, act.now, verdict.comment, grounds=grounds)


def _grounds(authority: Authority, verdict: Verdict, policy: Policy) -> Grounds:
    right = authority.right
    return Grounds(authority.capacity, right.id, right.ground, policy.statements if verdict.approved else "")


def undo(order: Order, act: Act, *, disowned: bool = False) -> Change | Refusal:
    """Take the decision back if nothing has left, and open a new step; only the decider may.

    Without an undo window only "not me" does it (`disowned`).
    """
    if order.decision is None:
        return Refusal.NOT_DECIDED
    if order.decision.person != act.actor.person:
        return Refusal.NOT_YOURS
    if order.status is Status.WITHDRAWN:
        return Refusal.WITHDRAWN
    if order.left_at is not None or not (disowned or act.policy.undo_window):
        return Refusal.LEFT
    reopened = _pending(replace(order, step=order.step + 1), act)
    return Change(Happened.DECISION_DISOWNED if disowned else Happened.UNDONE, order, reopened, act.actor, act.now)


def withdraw(order: Order, actor: Actor, now: datetime, *, disowned: bool = False) -> Change | Refusal:
    """Withdraw an order that has not left, or a rejected one; only its requester may. `disowned`: never sent."""
    if order.requester != actor.person:
        return Refusal.NOT_YOURS
    if order.status is Status.WITHDRAWN:
        return Refusal.WITHDRAWN
    if order.status in GONE:
        return Refusal.LEFT
    withdrawn = replace(order, status=Status.WITHDRAWN, remind_at=None, leaves_at=None)
    return Change(Happened.DISOWNED if disowned else Happened.WITHDRAWN, order, withdrawn, actor, now)


def leave(order: Order, policy: Policy, now: datetime) -> Change | Refusal:
    """Let a decided order leave once its undo window is over (docs/rules/attest.md#r32: no own one)."""
    if order.left_at is not None or order.leaves_at is None or order.leaves_at > now:
        return Refusal.NOT_PENDING
    if policy.two_persons and order.decision and order.decision.approved and order.decision.person == order.requester:
        return Refusal.ONE_PERSON
    if order.status is Status.REJECTED:
        return Change(Happened.RETURNED, order, replace(order, left_at=now), CLOCK, now)
    if order.status is Status.APPROVED:
        return Change(Happened.LEAVING, order, replace(order, status=Status.LEAVING, left_at=now), CLOCK, now)
    return Refusal.NOT_PENDING


def delivered(order: Order, now: datetime) -> Change | Refusal:
    """Record that the relay took the dispatch."""
    if order.status is not Status.LEAVING or order.route is None:
        return Refusal.NOT_PENDING
    arrived = replace(order, status=ARRIVED[order.route.destination])
    return Change(Happened.DELIVERED, order, arrived, RELAY, now)


def not_delivered(order: Order, reason: str, now: datetime) -> Change | Refusal:
    """Send the order of a lost dispatch to purchasing, unless that was tried (docs/rules/promises.md#refused)."""
    if order.route is None or order.status not in GONE:
        return Refusal.NOT_PENDING
    route = Route(Destination.PURCHASING, (*order.route.reasons, RouteReason.NOT_DELIVERED))
    already = RouteReason.NOT_DELIVERED in order.route.reasons or order.route.destination is not Destination.SUPPLIER
    after = order if already else replace(order, status=Status.LEAVING, route=route)
    return Change(Happened.NOT_DELIVERED, order, after, RELAY, now, reason)


def remind(order: Order, policy: Policy, now: datetime) -> Change | Refusal:
    """Count the newest reminder that is due, and set the next; missed ones are counted, not sent."""
    if order.status is not Status.PENDING or order.remind_at is None or order.remind_at > now:
        return Refusal.NOT_PENDING
    number, due = order.reminders, order.remind_at
    while due <= now:  # counted from when each was due, so that a late round does not shift the next
        number += 1
        due = _reminder_due(order.content, due, number + 1, policy)
    if not may_leave_on(local_day(now, policy), number, policy):  # it was held up until such a day
        return Refusal.NOT_PENDING
    return Change(Happened.REMINDED, order, replace(order, reminders=number, remind_at=due), CLOCK, now)


def nudge(order: Order, actor: Actor, now: datetime) -> Change | Refusal:
    """Ask for a decision once more, as the requester wishes; no reminder is counted or put off by it."""
    if order.requester != actor.person:
        return Refusal.NOT_YOURS
    return Change(Happened.NUDGED, order, order, actor, now) if order.status is Status.PENDING else Refusal.NOT_PENDING


def recuse(order: Order, text: str, act: Act) -> Change | Refusal:
    """Record that an approver has an interest in the order and leaves it to others (docs/rules/attest.md#r60)."""
    if act.actor.person is None or order.status is not Status.PENDING:
        return Refusal.NOT_PENDING
    others = replace(order, recused=order.recused | {act.actor.person}, step=order.step + 1)
    return Change(Happened.RECUSED, order, _pending(others, act), act.actor, act.now, text)


def hand_over(order: Order, to: int, text: str, act: Act) -> Change | Refusal:
    """Ask another approver to decide instead; everybody who may decide may still decide."""
    if order.status is not Status.PENDING:
        return Refusal.NOT_PENDING
    handed = replace(order, handed_to=to, step=order.step + 1)
    return Change(Happened.HANDED_OVER, order, _pending(handed, act), act.actor, act.now, text, to=to)


def move(order: Order, policy: Policy, now: datetime) -> Change | Refusal:
    """Ask the approvers who may decide now, because those asked may no longer decide (docs/rules/promises.md#ends)."""
    if order.status is not Status.PENDING:
        return Refusal.NOT_PENDING
    moved = replace(order, handed_to=None, step=order.step + 1)
    return Change(Happened.MOVED, order, _pending(moved, Act(BOT, policy, now)), BOT, now)


def ask(order: Order, text: str, actor: Actor, now: datetime, happened: Happened = Happened.ASKED) -> Change | Refusal:
    """Ask the requester a question, or pass on what a reviewer REMARKED; the order stays pending."""
    if order.status is not Status.PENDING:
        return Refusal.WITHDRAWN if order.status is Status.WITHDRAWN else Refusal.DECIDED
    return Change(happened, order, order, actor, now, text)


def answer(order: Order, text: str, actor: Actor, now: datetime, *, asked_by: int | None = None) -> Change | Refusal:
    """Add the requester's words to the order; only its requester may. `asked_by` is the person who asked, if any."""
    if order.requester != actor.person:
        return Refusal.NOT_YOURS
    return Change(Happened.ANSWERED, order, order, actor, now, text, asked_by)
