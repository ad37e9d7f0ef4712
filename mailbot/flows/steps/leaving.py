"""People leave: after their last day they head nothing, and what they ordered is shown to who heads its unit."""

from dataclasses import replace
from datetime import datetime

from mailbot.domain.notices.notice import LeftNotice, Mailbox
from mailbot.domain.ordering.events import PersonLeaves
from mailbot.domain.ordering.workflow import CLOCK
from mailbot.domain.people.directory import Person
from mailbot.domain.values.text import grouped
from mailbot.flows.bot import Bot
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.view import View, skim
from mailbot.flows.write import Work, carry_out_each
from mailbot.store import directory as people
from mailbot.store import marks, orders


def all_leave(bot: Bot, now: datetime) -> None:
    """Do what is to be done once for each person whose last day has passed; safe to begin anew."""
    with skim(bot, now) as view:
        due = [person for person in view.directory.persons.values() if _is_due(view, person)]
    carry_out_each(bot, now, due, _leave)


def _leave(work: Work, person: Person) -> None:
    if _is_due(work, person):
        leave(work, person)


def _is_due(view: View, person: Person) -> bool:
    return person.has_left(view.day) and marks.mark_of(view.connection, _mark(person)) is None


def _mark(person: Person) -> str:
    return f"left:{person.id}:{person.last_day}"


def leave(work: Work, person: Person) -> None:
    """Have the person head nothing any more; show what they ordered and what has no head now to who heads above."""
    directory, headed = work.directory, work.directory.heads(person.id)
    work.put(marks.set_mark, _mark(person), work.now)
    if headed:
        work.put(people.without_head, headed)
    units = {key: replace(directory.units[key], head=None) for key in headed}
    work.ahead = directory = replace(directory, units={**directory.units, **units})
    if person.last_day is not None:
        left = PersonLeaves(what="person_left", person=person.id, last=person.last_day, headed=headed)
        work.record(left, CLOCK)
    waiting = orders.not_left_of(work.connection, person.id)
    nobody = Mailbox.PURCHASING
    by_head = grouped((directory.head_over(order.content.unit) or nobody, order) for order in waiting)
    headless = grouped((directory.head_over(key) or nobody, unit) for key, unit in units.items())
    for to in dict.fromkeys((*by_head, *headless)):
        mine, units_of = tuple(by_head.get(to, ())), tuple(headless.get(to, ()))
        enqueue(work, [LeftNotice(to=to, person=person, waiting=mine, headless=units_of)])
