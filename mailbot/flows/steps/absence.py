"""Absences: stated by mail, told by an automatic reply, begun and ended by the calendar
(docs/rules/promises.md#away)."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from sqlalchemy import Connection

from mailbot.domain.notices import Notice, NoticeKind, Purpose
from mailbot.domain.ordering.workflow import CLOCK, Actor, Happened
from mailbot.domain.people.absence import AbsenceProblem, AbsenceStatement, absence, whom
from mailbot.domain.people.directory import Absence, Directory, Person
from mailbot.domain.people.rights import asked, matter_of
from mailbot.domain.values.order import Order, Status
from mailbot.flows.steps.bot import Bot
from mailbot.flows.steps.desk import Desk
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.steps.undelivered import ask_the_others
from mailbot.mail.reading.absence_form import AbsenceForm
from mailbot.store import absences, events, orders, outbox

GUESSED_FOR = timedelta(days=7)
"""How long an automatic reply counts, which rarely says until when: the next one prolongs it."""


def take(desk: Desk, sender: Person, actor: Actor, form: AbsenceForm) -> None:
    """Register what a proven person's mail states, or answer what is wrong with it."""
    today = desk.bot.day(desk.now)
    judged = _judged(form.seen_from(today), sender, desk.directory.ordinary, today)
    if isinstance(judged, AbsenceProblem):
        desk.answer(Notice(NoticeKind.ABSENCE, sender, facts={"problem": str(judged)}), reason=f"absence: {judged}")
        return
    person, found = judged
    payload = {"person": str(person.id)}
    if found is None:
        absences.end(desk.connection, person.id, today, desk.now)
    else:
        absences.add(desk.connection, found, desk.now)
        payload |= {"from": found.first.isoformat(), "to": found.last.isoformat()}
        payload |= {"substitute": str(found.substitute or "")}
    what = "absence_ended" if found is None else "absence"
    events.record(desk.connection, what, actor, desk.now, inbox_id=desk.inbox_id, payload=payload)
    if found is not None and found.covers(today):
        gone(desk.bot, desk.connection, person.id, actor, desk.now)
    told = [sender] if sender.id == person.id else [sender, person]
    enqueue(desk.bot, desk.connection, [Notice(NoticeKind.ABSENCE, p, facts=payload) for p in told[1:]], desk.now)
    desk.answer(Notice(NoticeKind.ABSENCE, sender, facts=payload), reason=what)


def _judged(
    form: AbsenceForm | None, sender: Person, directory: Directory, today: date
) -> tuple[Person, Absence | None] | AbsenceProblem:
    """Return who is away and when, None for being back; or what is wrong with the form, None for days that are none."""
    if form is None:
        return AbsenceProblem.UNREADABLE
    stated = AbsenceStatement(form.who, form.first, form.last, form.substitute)
    person = whom(stated, sender, directory, today)
    found = person if isinstance(person, AbsenceProblem) else absence(stated, person, directory, today)
    if isinstance(person, AbsenceProblem) or isinstance(found, AbsenceProblem):
        return person if isinstance(person, AbsenceProblem) else AbsenceProblem(str(found))
    return person, found


def guess(bot: Bot, connection: Connection, person: int, now: datetime) -> None:
    """Take an automatic reply as a sign that its sender is away; it moves mails, and gives nobody a right."""
    today = bot.day(now)
    if bot.directory(connection).absence(person, today) is None:
        last = today + GUESSED_FOR
        absences.add(connection, Absence(person, today, last, registered=False), now)
        payload = {"person": str(person), "from": today.isoformat(), "to": last.isoformat(), "guessed": "yes"}
        events.record(connection, "absence", Actor(person, "automatic mail"), now, payload=payload)


def back(bot: Bot, connection: Connection, person: int, now: datetime) -> None:
    """End an absence that only an automatic reply told of: its person has just done something."""
    known = bot.directory(connection).absence(person, bot.day(now))
    if known is not None and not known.registered:
        absences.end(connection, person, bot.day(now), now, only_guessed=True)


def gone(bot: Bot, connection: Connection, person: int, actor: Actor, now: datetime) -> None:
    """Have the others decide what waits for somebody who is away from today; once an order, its requester is told.

    Who was asked in the chosen approver's stead goes away like that one, and nobody hears of it but who is asked next.
    """
    for order in orders.pending(connection):
        _have_decided(bot, connection, order, Actor(person, actor.proof), now)


def _have_decided(bot: Bot, connection: Connection, order: Order, gone_one: Actor, now: datetime) -> None:
    """Have others decide one order, if it waits for the one who is away."""
    person = gone_one.person
    if order.approver != person:
        told = outbox.told(connection, NoticeKind.REQUEST, order.id, order.step)
        if person in told and not told & _asked(bot, connection, order, now):
            ask_the_others(bot, connection, order, now)
    elif events.has(connection, order.id, Happened.AWAY, person):
        ask_the_others(bot, connection, order, now)  # a registered absence may have made deputies
    else:
        tell(bot, connection, order, gone_one, now)


def _asked(bot: Bot, connection: Connection, order: Order, now: datetime) -> set[int]:
    matter = matter_of(order, bot.policy, bot.day(now))
    return {p.id for p in asked(order.approver, matter, bot.directory(connection), bot.policy)}


def tell(bot: Bot, connection: Connection, order: Order, actor: Actor, now: datetime) -> None:
    """Tell requester and others that the approver asked is away, as `actor` shows."""
    requester = bot.directory(connection).persons[order.requester]
    events.record(connection, Happened.AWAY, actor, now, order_id=order.id)
    enqueue(bot, connection, [Notice(NoticeKind.AWAY, requester, (order,), (Purpose.ORDER,))], now)
    ask_the_others(bot, connection, order, now)


def begin(bot: Bot, connection: Connection, new: Iterable[Absence], now: datetime) -> None:
    """Have these absences take effect in this transaction, as far as they cover this local day."""
    for person in {found.person for found in new if found.covers(bot.day(now))}:
        gone(bot, connection, person, CLOCK, now)


def begin_by_and_by(bot: Bot, new: Iterable[Absence], now: datetime) -> None:
    """Have these absences take effect order by order; whoever has heard of one hears no second time."""

    def leave(connection: Connection, waits: tuple[int, int]) -> None:
        person, key = waits
        order = orders.load(connection, key)
        if order.status is Status.PENDING:
            _have_decided(bot, connection, order, Actor(person, CLOCK.proof), now)

    persons = sorted({found.person for found in new if found.covers(bot.day(now))})
    with bot.database.read() as connection:
        waiting = orders.pending_ids(connection) if persons else ()
    bot.database.write_each([(person, key) for person in persons for key in waiting], leave)
