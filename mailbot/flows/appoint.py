"""Appointing approvers by mail: what the proven head of a unit proposes is stored and shown to purchasing.

Nothing takes effect from a mail: flows/settle_appointment carries out what a person confirms (product.md section 4).
"""

from mailbot.domain.appointment import Circumstances, Proposal, Scheme, appoints_in, judge, keys_of
from mailbot.domain.directory import Person
from mailbot.domain.notices import Appointing, Notice, NoticeKind, Purpose, Role
from mailbot.domain.workflow import Actor
from mailbot.flows.desk import Desk
from mailbot.flows.post import post
from mailbot.mail.appointment_form import write_scheme
from mailbot.store import appointments, events


def take(desk: Desk, person: Person, actor: Actor, scheme: Scheme) -> None:
    """Store what a proven head proposes and tell purchasing, or answer why not; who fills in nothing gets the form."""
    bot, today = desk.bot, desk.bot.day(desk.now)
    at = Circumstances(person, desk.directory.ordinary, bot.policy, today, today)
    own = appoints_in(person, at.directory, today)
    if scheme.is_empty and own:
        units = at.directory.units
        empty = Scheme(units[own[0]].name if len(own) == 1 else "")
        about = Appointing(person, form=write_scheme(empty, bot.speaks(person), keys_of(bot.policy)))
        desk.answer(Notice(NoticeKind.APPOINTMENT_PROBLEMS, person, appointing=about), reason="appointment: form")
        return
    outcome = judge(scheme, at, document=bool(desk.mail.files))
    if not isinstance(outcome, Proposal):
        form = write_scheme(scheme, bot.speaks(person), keys_of(bot.policy))
        about = Appointing(person, problems=outcome, form=form)
        reason = "appointment: " + " ".join(problem.fault for problem in outcome)
        desk.answer(Notice(NoticeKind.APPOINTMENT_PROBLEMS, person, appointing=about), reason=reason)
        return
    unit = outcome.unit
    stored = appointments.add(desk.connection, desk.inbox_id, person.id, unit.id, scheme, desk.now)
    payload = {"appointment": str(stored.id), "unit": unit.id}
    events.record(desk.connection, "appointment_proposed", actor, desk.now, inbox_id=desk.inbox_id, payload=payload)
    about = Appointing(person, unit, stored, outcome)
    to_purchasing = Notice(NoticeKind.APPOINTMENT, Role.PURCHASING, links=(Purpose.APPOINTMENT,), appointing=about)
    post(bot, desk.connection, [to_purchasing], desk.now)
    desk.answer(Notice(NoticeKind.APPOINTMENT_RECEIVED, person, appointing=about), reason="appointment proposed")
