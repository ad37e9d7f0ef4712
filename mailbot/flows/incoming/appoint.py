"""Appointing approvers by mail: a proven sender's proposal is stored and shown to purchasing.

A mail gives no right. What its sender may end alone ends at once (docs/rules/promises.md#appoint).
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from mailbot.domain.notices.notice import (
    AnyNotice,
    AppointmentConsentNotice,
    AppointmentDetails,
    AppointmentEndedNotice,
    AppointmentNotice,
    AppointmentProblemsNotice,
    AppointmentReceivedNotice,
    Mailbox,
    Recipient,
)
from mailbot.domain.ordering.events import AppointmentStep, PersonLeaves
from mailbot.domain.people.appointment import ProposalContext, appoints_in, judge, taken_away
from mailbot.domain.people.directory import RightKind
from mailbot.domain.people.proposal import Appointment, EndedRights, Leaving, Proposal
from mailbot.domain.people.rights import approvers
from mailbot.domain.people.scheme import Scheme, SchemeEntry, SchemeKey, keys_of
from mailbot.domain.values.order import Form
from mailbot.flows.steps.desk import Desk, ProvenDesk
from mailbot.flows.steps.leaving import leave
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.steps.rights_changed import end_each, rights_changed
from mailbot.mail.reading.appointment_form import write_scheme
from mailbot.store import appointments
from mailbot.store import directory as people
from mailbot.store.numbers import APPOINTMENT_IDS

MOST_NAMED = 5


def take(desk: ProvenDesk, scheme: Scheme) -> None:
    """End what the form ends, store what it proposes, or answer why not; an empty one gets the form to fill in."""
    today = desk.work.day
    at = ProposalContext(desk.person, desk.directory.ordinary, desk.work.policy, today, today)
    own = appoints_in(desk.person, at.directory, today)
    if scheme.is_empty and own:
        empty = Scheme(at.directory.units[own[0]].name if len(own) == 1 else "")
        _answer(desk, AppointmentDetails(desk.person), empty, "appointment: form")
        return
    taken = taken_away(scheme, at)
    if taken is None:
        _propose(desk, scheme, at)
        return
    end_each(desk.work, taken.proposal, desk.actor, desk.inbox_id)
    for leaves in taken.leaving:
        _leave(desk, leaves)
    rights_changed(desk.work, {taken.proposal.unit.id, *(ending.right.unit for ending in taken.proposal.endings)})
    after = replace(at, directory=desk.directory.ordinary)
    awaited = bool(taken.rest.entries) and _propose(desk, taken.rest, after, taken)
    _tell(desk, taken, after, awaited=awaited)


def means_approvers(desk: ProvenDesk) -> bool:
    """Tell whether somebody who appoints writes prose about approvers."""
    own = appoints_in(desk.person, desk.directory.ordinary, desk.work.day)
    return desk.intake.appoints is not None and own != ()


def offer(desk: ProvenDesk, form: Form) -> None:
    """Answer prose about approvers with the form, filled in as far as it names persons and a day."""
    directory = desk.directory.ordinary
    own = appoints_in(desk.person, directory, desk.work.day)
    named = directory.persons_in(form.words, (p for p in directory.persons.values() if p.id != desk.person.id))
    said = desk.intake.appoints.entries[0].fields if desk.intake.appoints else {}
    entries = tuple(SchemeEntry({SchemeKey.APPROVER: person.name, **said}) for person in named[:MOST_NAMED])
    filled = Scheme(directory.units[own[0]].name if len(own) == 1 else "", entries)
    _answer(desk, AppointmentDetails(desk.person), filled, "appointment: form")


def _leave(desk: ProvenDesk, leaves: Leaving) -> None:
    work, person = desk.work, replace(leaves.person, last_day=leaves.last)
    work.put(people.set_last_day, person.id, leaves.last)
    stated = PersonLeaves(what="last_day_stated", person=person.id, last=leaves.last)
    work.record(stated, desk.actor, inbox_id=desk.inbox_id)
    work.ahead = replace(work.directory, persons={**work.directory.persons, person.id: person})
    if person.has_left(work.day):
        leave(work, person)


def _propose(desk: ProvenDesk, scheme: Scheme, at: ProposalContext, taken: EndedRights | None = None) -> bool:
    """Store a proposal or answer with its problems; tell whether orders wait for the approvers that it names."""
    outcome = judge(scheme, at, document=bool(desk.mail.files))
    if not isinstance(outcome, Proposal):
        reason = "appointment: " + " ".join(problem.fault for problem in outcome)
        _answer(desk, AppointmentDetails(at.by, problems=outcome, ended=taken), scheme, reason)
        return False
    unit = outcome.unit
    (key,) = desk.bot.numbers.take(APPOINTMENT_IDS)
    stored = Appointment(key, desk.inbox_id, at.by.id, unit.id, scheme, desk.work.now)
    desk.work.put(appointments.add, stored)
    new = [right.person for right in outcome.gains if right.kind is RightKind.ORDER]
    awaited = taken is not None and taken.ends_deciding and new != []
    if awaited:
        desk.work.put(appointments.await_approvers, stored.id, new)
    proposed = AppointmentStep(what="appointment_proposed", appointment=stored.id, unit=unit.id)
    desk.work.record(proposed, desk.actor, inbox_id=desk.inbox_id)
    about = AppointmentDetails(at.by, unit, stored, outcome, ended=taken)
    enqueue(desk.work, [AppointmentNotice(to=Mailbox.PURCHASING, about=about)])
    enqueue(desk.work, [AppointmentConsentNotice(to=who, about=about) for who in outcome.delegators])
    desk.answer(AppointmentReceivedNotice(to=at.by, about=about), reason="appointment proposed")
    return awaited


def _answer(desk: Desk, about: AppointmentDetails, scheme: Scheme, reason: str) -> None:
    """Answer with the form to fill in, or with the part of the form that is left to mend."""
    form = write_scheme(scheme, desk.work.speaks(about.proposer), keys_of(desk.work.policy))
    about = replace(about, form=form)
    desk.answer(AppointmentProblemsNotice(to=about.proposer, about=about), reason=reason)


def _tell(desk: Desk, taken: EndedRights, at: ProposalContext, *, awaited: bool) -> None:
    """Tell everybody concerned what has ended. If the form holds nothing else, the sender's notice is the answer.

    Where nobody is left to decide it says whether orders wait for new approvers or are not taken.
    """
    unit = taken.proposal.unit
    about = AppointmentDetails(at.by, unit, ended=taken)
    alone = taken.ends_deciding and not approvers(unit.id, at.directory, at.policy, at.today)

    def notice(to: Recipient) -> AnyNotice:
        left: Literal["somebody", "awaited", "closed"] = "awaited" if awaited else "closed"
        return AppointmentEndedNotice(to=to, about=about, at=desk.work.now, left=left if alone else "somebody")

    told = [to for to in dict.fromkeys((*_concerned(taken, at), desk.bot.finance)) if to != at.by]
    enqueue(desk.work, map(notice, told))
    if taken.rest.entries:
        enqueue(desk.work, [notice(at.by)], desk.mail.message_id)
    else:
        desk.answer(notice(at.by), reason="rights ended")


def _concerned(taken: EndedRights, at: ProposalContext) -> Iterator[Recipient]:
    """Yield the holders of the ended rights, their delegators, those to whom they delegated, head and purchasing."""
    persons = at.directory.persons
    for ending in taken.proposal.endings:
        yield persons[ending.right.person]
        if ending.right.delegated_from is not None:
            yield persons[ending.right.delegated_from]
    yield from taken.hanging
    if head := at.directory.head(taken.proposal.unit.id):
        yield head
    yield Mailbox.PURCHASING
