"""Absences: stated, told by an automatic reply, begun and ended by the calendar (docs/rules/promises.md#away)."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from mailbot.domain.notices.notice import AbsenceNotice, AwayNotice, NoticeKind
from mailbot.domain.ordering.events import AbsenceEnded, AbsenceRegistered, OrderNote
from mailbot.domain.ordering.workflow import BY_ROBOT, CLOCK, Actor, Happened
from mailbot.domain.people.absence import AbsenceProblem, AbsenceStatement, absence, whom
from mailbot.domain.people.directory import Absence, Directory, Person
from mailbot.domain.values.order import Order, Status
from mailbot.flows.bot import Bot
from mailbot.flows.steps.desk import ProvenDesk
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.steps.undelivered import ask_the_others
from mailbot.flows.view import View, open_view
from mailbot.flows.write import Work, carry_out_each
from mailbot.mail.reading.absence_form import AbsenceForm
from mailbot.store import absences, events, orders, outbox

GUESSED_FOR = timedelta(days=7)
"""How long an automatic reply counts as an absence. Few replies name a last day, and the next reply prolongs it."""


def take(desk: ProvenDesk, form: AbsenceForm) -> None:
    """Register the absence that a proven person's mail states, or answer with the problem in the mail."""
    work, sender, actor, today = desk.work, desk.person, desk.actor, desk.work.day
    judged = _judged(form.seen_from(today), sender, work.directory.ordinary, today)
    if isinstance(judged, AbsenceProblem):
        desk.answer(AbsenceNotice(to=sender, problem=judged), reason=f"absence: {judged}")
        return
    person, found = judged
    if found is None:
        end(work, person.id)
        work.record(AbsenceEnded(person=person.id), actor, inbox_id=desk.inbox_id)
    else:
        _add(work, found)
        work.record(AbsenceRegistered(absence=found), actor, inbox_id=desk.inbox_id)
        if found.covers(today):
            gone(work, person.id, actor)
    told = [sender] if sender.id == person.id else [sender, person]
    stands_in = work.directory.persons[found.substitute] if found and found.substitute else None
    notice = AbsenceNotice(to=sender, person=person, absence=found, substitute=stands_in)
    enqueue(work, [replace(notice, to=other) for other in told[1:]])
    desk.answer(notice, reason="absence_ended" if found is None else "absence")


def _add(work: Work, found: Absence) -> None:
    work.put(absences.add, found, work.now)
    work.ahead = work.directory.with_absence(found)


def end(work: Work, person: int, *, only_guessed: bool = False) -> None:
    """Have the person's absences that cover today ended; the rest of this work counts them as over."""
    work.put(absences.end, person, work.day, work.now, only_guessed=only_guessed)
    work.ahead = work.directory.without_absence(person, work.day, only_guessed=only_guessed)


def _judged(
    form: AbsenceForm | None, sender: Person, directory: Directory, today: date
) -> tuple[Person, Absence | None] | AbsenceProblem:
    """Return the person and their absence, None for being back, or the problem in the form, None for no real days."""
    if form is None:
        return AbsenceProblem.UNREADABLE
    stated = AbsenceStatement(form.who, form.first, form.last, form.substitute)
    person = whom(stated, sender, directory, today)
    if isinstance(person, AbsenceProblem):
        return person
    found = absence(stated, person, directory, today)
    return found if isinstance(found, AbsenceProblem) else (person, found)


def guess(work: Work, person: int) -> None:
    """Take an automatic reply as a sign of absence, which has others asked and gives nobody a right."""
    today = work.day
    if work.directory.absence(person, today) is None:
        found = Absence(person, today, today + GUESSED_FOR, registered=False)
        _add(work, found)
        work.record(AbsenceRegistered(absence=found), Actor(person, BY_ROBOT))


def back(work: Work, person: int) -> None:
    """End an absence that was only guessed from an automatic reply, because its person has just done something."""
    known = work.directory.absence(person, work.day)
    if known is not None and not known.registered:
        end(work, person, only_guessed=True)


def gone(work: Work, person: int, actor: Actor) -> None:
    """Ask others to decide the orders that wait for a person who is away from today.

    If the person was chosen, the requester is told, once an order; if they were asked instead, only those asked next.
    """
    for order in orders.pending(work.connection):
        _have_decided(work, order, Actor(person, actor.proof))


def _have_decided(work: Work, order: Order, gone_one: Actor) -> None:
    """Ask others to decide one order, if it waits for the person who is away."""
    person = gone_one.person
    if order.approver != person:
        told = outbox.told(work.connection, NoticeKind.REQUEST, order.id, order.step)
        if person in told and not told & _asked(work, order):
            ask_the_others(work, order)
    elif events.has(work.connection, order.id, Happened.AWAY, person):
        ask_the_others(work, order)  # the requester knows, but a registered absence may have added deputies
    else:
        tell(work, order, gone_one)


def _asked(view: View, order: Order) -> set[int]:
    return {p.id for p in view.deciders(order).asked(order.approver)}


def tell(work: Work, order: Order, actor: Actor) -> None:
    """Tell the requester that the approver asked is away, and ask the others; `actor` is who says so."""
    requester = work.directory.persons[order.requester]
    work.record(OrderNote(what=Happened.AWAY), actor, order_id=order.id)
    enqueue(work, [AwayNotice(to=requester, order=order)])
    ask_the_others(work, order)


def begin_by_and_by(bot: Bot, new: Iterable[Absence], now: datetime) -> None:
    """Let these absences take effect, one order at a time, if they cover this local day; nobody is told twice."""

    def leave(work: Work, waits: tuple[int, int]) -> None:
        person, key = waits
        order = orders.load(work.connection, key)
        if order.status is Status.PENDING:
            _have_decided(work, order, Actor(person, CLOCK.proof))

    persons = sorted({found.person for found in new if found.covers(bot.day(now))})
    with open_view(bot, now) as view:
        waiting = orders.pending_ids(view.connection) if persons else ()
    for person in persons:  # one after another: the person asked in place of one may be the next to be away
        carry_out_each(bot, now, [(person, key) for key in waiting], leave)
