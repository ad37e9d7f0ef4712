"""A proposal to appoint approvers is shown, confirmed, refused or closed (docs/rules/promises.md#appoint).

Only a press on a personal link's page does that, in one transaction that judges the proposal anew.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import Connection

from mailbot.domain.notices.notice import (
    AppointmentConsentNotice,
    AppointmentDetails,
    AppointmentLinkNotice,
    AppointmentNotice,
    AppointmentSettledNotice,
    Mailbox,
    Purpose,
    Recipient,
)
from mailbot.domain.notices.own_links import before_secrets
from mailbot.domain.ordering.events import AppointmentStep, RightGiven, RightTerms
from mailbot.domain.ordering.workflow import BY_LINK, CLOCK, Actor
from mailbot.domain.people.appointment import ProposalContext, confirmers, propose
from mailbot.domain.people.directory import Person, Right
from mailbot.domain.people.proposal import Appointment, AppointmentState, Consent, ConsentCapacity, Proposal
from mailbot.domain.values.order import AttachedFile
from mailbot.flows.bot import Bot
from mailbot.flows.steps.decide import MAX_COMMENT
from mailbot.flows.steps.open_link import AppointLink, DelegateLink, LinkRefusal, ProposalLink, open_as
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.steps.rights_changed import end_each, rights_changed
from mailbot.flows.view import View, open_view
from mailbot.flows.write import Work, carry_out, carry_out_each
from mailbot.mail.reading.appointment_form import write_scheme
from mailbot.store import appointments, directory, events, files, links
from mailbot.store.links import LinkPlace

MAX_REASON = MAX_COMMENT
LINK_AGAIN_AFTER = timedelta(hours=1)


class ProposalAction(StrEnum):
    """The buttons of the personal page."""

    CONFIRM = "confirm"
    REFUSE = "refuse"


@dataclass(frozen=True)
class ProposalAnswer:
    """A button pressed, with the marks of the rows that the page had shown, and the text field with the reason."""

    choice: ProposalAction
    shown: frozenset[str]
    reason: str = ""


class ProposalRefusal(StrEnum):
    """Why a press settles nothing."""

    SETTLED = "settled"
    SAID = "already_said"
    NOT_DELEGATOR = "not_delegator"
    EXPIRED = "proposal_expired"
    NO_PURCHASING_RIGHT = "no_purchasing_right"
    OWN_PROPOSAL = "own_proposal"
    OWN_APPOINTMENT = "own_appointment"
    UNFIT = "unfit"
    CHANGED = "rights_differ"
    REASON_MISSING = "reason_missing"
    REASON_TOO_LONG = "too_long"


AnyLink = ProposalLink | AppointLink | DelegateLink


@dataclass(frozen=True)
class ProposalPage:
    """The proposal as it would work out now, the form as mailed, and who may confirm it.

    `person` is whom a personal link names, `stop` why they, or anybody, cannot settle it. `consents` still count,
    `said` gave them, `silent` are delegators who have not.
    """

    link: AnyLink
    person: Person | None
    about: AppointmentDetails
    appointment: Appointment
    holders: tuple[Person, ...]
    stop: ProposalRefusal | None
    files: Sequence[AttachedFile]
    settled_by: Person | None
    form: str
    consents: tuple[Consent, ...]
    said: tuple[Person, ...]
    silent: tuple[Person, ...]

    @property
    def language(self) -> str | None:
        """The language of the person or the unit, if either has one."""
        return (self.person and self.person.language) or (self.about.unit and self.about.unit.language) or None

    @property
    def marks(self) -> frozenset[str]:
        """The marks of the rows that the page shows."""
        return _marks(self.about)


# The pages. Showing one only reads.


def see_proposal(bot: Bot, purpose: Purpose, token: str, now: datetime) -> ProposalPage | LinkRefusal:
    """Return what a link's page shows now."""
    with open_view(bot, now) as view:
        return _sight(view, purpose, token)


def _open(view: View, purpose: Purpose, token: str) -> AnyLink | LinkRefusal:
    if purpose is Purpose.APPOINTMENT:
        return open_as(view, token, ProposalLink)
    appoints = purpose is Purpose.APPOINT
    return open_as(view, token, AppointLink) if appoints else open_as(view, token, DelegateLink)


def _sight(view: View, purpose: Purpose, token: str) -> ProposalPage | LinkRefusal:
    link = _open(view, purpose, token)
    if isinstance(link, LinkRefusal):
        return link
    stored = view.rely_on(appointments.load, link.appointment)
    persons = view.directory.persons
    person = None if isinstance(link, ProposalLink) else persons[link.person]
    about, said = _about(view, stored, view.now), _standing(view, stored)
    return ProposalPage(
        link,
        person,
        about,
        stored,
        confirmers(stored.proposed_by, view.directory, view.policy, view.day),
        _open_stop(view, stored) or _stop(view, link, about, said),
        files.of_mail(view.connection, stored.inbox),
        persons[stored.settled_by] if stored.settled_by is not None else None,
        write_scheme(stored.scheme, view.bot.speaks(person, about.unit)),
        said,
        tuple(persons[key] for key in dict.fromkeys(yes.person for yes in said)),
        _silent(about, said),
    )


def _silent(about: AppointmentDetails, said: Sequence[Consent]) -> tuple[Person, ...]:
    agreed = {yes.person for yes in said if yes.part is ConsentCapacity.DELEGATOR}
    return tuple(p for p in about.proposal.delegators if p.id not in agreed) if about.proposal else ()


def _about(view: View, stored: Appointment, at: datetime) -> AppointmentDetails:
    known, bot = view.directory, view.bot
    proposer = known.persons[stored.proposed_by]
    context = ProposalContext(proposer, known, bot.policy, bot.day(stored.at), bot.day(at))
    outcome = propose(stored.scheme, stored.unit, context)
    if isinstance(outcome, Proposal):
        return AppointmentDetails(proposer, outcome.unit, stored, outcome)
    return AppointmentDetails(proposer, known.units[stored.unit], stored, None, outcome)


def _open_stop(view: View, stored: Appointment) -> ProposalRefusal | None:
    if stored.state is not AppointmentState.PROPOSED:
        return ProposalRefusal.SETTLED
    return ProposalRefusal.EXPIRED if stored.at + view.policy.link_life <= view.now else None


def _stop(view: View, link: AnyLink, about: AppointmentDetails, said: Sequence[Consent]) -> ProposalRefusal | None:
    """Return why the link's person, or anybody, cannot say yes to an open proposal; None if they can."""
    person, proposer = None if isinstance(link, ProposalLink) else link.person, about.proposer.id
    delegates = isinstance(link, DelegateLink)
    if person is not None and (person, ConsentCapacity.DELEGATOR if delegates else ConsentCapacity.PURCHASING) in {
        (yes.person, yes.part) for yes in said
    }:
        return ProposalRefusal.SAID
    if delegates:
        asked = about.proposal is None or person in {p.id for p in about.proposal.delegators}
        return ProposalRefusal.NOT_DELEGATOR if not asked else ProposalRefusal.UNFIT if about.proposal is None else None
    if person is not None and view.policy.two_persons and person == proposer:
        return ProposalRefusal.OWN_PROPOSAL
    able = {p.id for p in confirmers(proposer, view.directory, view.policy, view.day)}
    if person is not None and person not in able:
        return ProposalRefusal.NO_PURCHASING_RIGHT
    if about.proposal is not None and person in {row.person.id for row in about.proposal.rows if row.after}:
        return ProposalRefusal.OWN_APPOINTMENT  # nobody confirms a right of their own
    return ProposalRefusal.UNFIT if about.proposal is None else None


def fetch_document(
    bot: Bot, purpose: Purpose, token: str, number: int, now: datetime
) -> tuple[AttachedFile, bytes] | LinkRefusal:
    """Return a file of the proposal's mail by its number."""
    with open_view(bot, now) as view:
        sight = _sight(view, purpose, token)
        if isinstance(sight, LinkRefusal):
            return sight
        file = next((f for f in sight.files if f.number == number), None)
        return (file, files.data(view.connection, file)) if file else LinkRefusal.DAMAGED


# The presses.


def act_as(bot: Bot, token: str, person_id: int, now: datetime) -> LinkRefusal | None:
    """Mail a holder of a purchasing right their personal link, at the registered address; at most one an hour."""
    return carry_out(bot, now, lambda work: _act_as(work, token, person_id))


def _act_as(work: Work, token: str, person_id: int) -> LinkRefusal | None:
    sight = _sight(work, Purpose.APPOINTMENT, token)
    if isinstance(sight, LinkRefusal):
        return sight
    person = next((p for p in sight.holders if p.id == person_id), None)
    if person is None or sight.stop in {ProposalRefusal.SETTLED, ProposalRefusal.EXPIRED}:
        return None
    place = LinkPlace(Purpose.APPOINT, person.id, appointment=sight.appointment.id)
    if work.rely_on(links.mailed_since, place, work.now - LINK_AGAIN_AFTER, work.policy.link_life) is None:
        enqueue(work, [AppointmentLinkNotice(to=person, about=sight.about)])
    return None


def answer_proposal(
    bot: Bot, token: str, pressed: ProposalAnswer, now: datetime, purpose: Purpose = Purpose.APPOINT
) -> AppointmentState | ProposalRefusal | LinkRefusal:
    """Confirm or refuse a proposal, once, judged anew; the last yes of purchasing and each delegator settles it."""
    return carry_out(bot, now, lambda work: _answer(work, purpose, token, pressed))


def _answer(
    work: Work, purpose: Purpose, token: str, pressed: ProposalAnswer
) -> AppointmentState | ProposalRefusal | LinkRefusal:
    sight = _sight(work, purpose, token)
    if isinstance(sight, LinkRefusal) or sight.person is None:
        return sight if isinstance(sight, LinkRefusal) else LinkRefusal.DAMAGED
    stop = _why_not(sight, pressed)
    if stop is not None:
        return stop
    state, by = AppointmentState.REFUSED, sight.person.id
    if pressed.choice is ProposalAction.CONFIRM:
        confirmed = _agree(work, sight, sight.person)
        if confirmed is None:
            return AppointmentState.PROPOSED
        state, by = AppointmentState.CONFIRMED, confirmed
    work.put_if(appointments.settle, sight.appointment.id, state, by, work.now)  # of two presses at once, one settles
    _settle(work, sight, Actor(by, BY_LINK), state, before_secrets(pressed.reason).strip())
    return state


def _agree(work: Work, sight: ProposalPage, person: Person) -> int | None:
    """Keep the yes of the link's person; once no yes is missing, return who has confirmed for purchasing.

    Each yes that was said of something else than what would happen now is dropped, and whoever said it asked again.
    """
    stored = sight.appointment
    part = ConsentCapacity.DELEGATOR if isinstance(sight.link, DelegateLink) else ConsentCapacity.PURCHASING
    yes = Consent(person.id, part, work.now, sight.marks)
    _ask_again(work, sight, yes)
    work.put(appointments.add_consent, stored.id, yes)
    if part is ConsentCapacity.DELEGATOR or sight.silent:
        agreed = AppointmentStep(what="appointment_agreed", appointment=stored.id, unit=stored.unit, part=part)
        work.record(agreed, Actor(person.id, BY_LINK), inbox_id=stored.inbox)
    said = (*sight.consents, yes)
    confirmed = next((yes.person for yes in said if yes.part is ConsentCapacity.PURCHASING), None)
    return None if _silent(sight.about, said) else confirmed


def _ask_again(work: Work, sight: ProposalPage, new: Consent) -> None:
    said = appointments.consents(work.connection, sight.appointment.id)
    dropped = [yes for yes in said if yes not in sight.consents]
    for yes in dropped:
        work.put(appointments.remove_consent, sight.appointment.id, yes)
    others = {yes.person for yes in dropped if yes.part is ConsentCapacity.DELEGATOR} - {new.person}
    asked = [p for p in sight.silent if p.id in others]
    enqueue(work, [AppointmentConsentNotice(to=person, about=sight.about) for person in asked])
    if new.part is ConsentCapacity.DELEGATOR and any(yes.part is ConsentCapacity.PURCHASING for yes in dropped):
        enqueue(work, [AppointmentNotice(to=Mailbox.PURCHASING, about=sight.about)])


def _standing(view: View, stored: Appointment) -> tuple[Consent, ...]:
    """Return each yes that still counts: said of the same rows, as of its day, by who may still say it."""
    able = {p.id for p in confirmers(stored.proposed_by, view.directory, view.policy, view.day)}
    said = view.rely_on(appointments.consents, stored.id)
    allowed = (yes for yes in said if yes.part is ConsentCapacity.DELEGATOR or yes.person in able)
    return tuple(yes for yes in allowed if yes.shown == _marks(_about(view, stored, yes.at)))


def _marks(about: AppointmentDetails) -> frozenset[str]:
    return frozenset(row.mark for row in about.proposal.rows) if about.proposal else frozenset()


def _why_not(sight: ProposalPage, pressed: ProposalAnswer) -> ProposalRefusal | None:
    """Return why the press settles nothing: a refusal, of one's own yes too, needs a reason; a yes needs a page that
    showed what would happen."""
    if pressed.choice is ProposalAction.REFUSE and sight.stop in {None, ProposalRefusal.UNFIT, ProposalRefusal.SAID}:
        if len(pressed.reason.strip()) > MAX_REASON:
            return ProposalRefusal.REASON_TOO_LONG
        return None if pressed.reason.strip() else ProposalRefusal.REASON_MISSING
    if sight.stop is None and sight.marks != pressed.shown:
        return ProposalRefusal.CHANGED
    return sight.stop


def _settle(work: Work, sight: ProposalPage, actor: Actor, state: AppointmentState, reason: str) -> None:
    stored = sight.appointment
    confirmed = state is AppointmentState.CONFIRMED
    settled = AppointmentStep(
        what="appointment_confirmed" if confirmed else "appointment_refused",
        appointment=stored.id,
        unit=stored.unit,
        text=reason,
    )
    work.record(settled, actor, inbox_id=stored.inbox)
    proposal = sight.about.proposal if confirmed else None
    if proposal is not None:
        _change(work, sight, proposal, actor)
    told = dict.fromkeys(_told(work, sight.about, proposal))
    by = None if actor.person is None else work.directory.persons[actor.person]
    notice = partial(AppointmentSettledNotice, about=sight.about, state=state, at=work.now, text=reason, actor=by)
    enqueue(work, [notice(to=to) for to in told])


def _change(work: Work, sight: ProposalPage, proposal: Proposal, actor: Actor) -> None:
    """End and register rights, each with its event, and let the unit's pending orders follow."""
    mail, document = sight.appointment.inbox, sight.files[0].sha256 if sight.files else None
    end_each(work, proposal, actor, mail)
    for right in proposal.gains:
        work.put(give, right, (mail, document), actor, work.now)
    # The new rights have no ids before the Write; for judging the pending orders any id will do.
    work.ahead = work.directory.with_rights([replace(right, id=0) for right in proposal.gains])
    rights_changed(work, [proposal.unit.id])


def give(connection: Connection, right: Right, ground: tuple[int, str | None], actor: Actor, now: datetime) -> None:
    """Register a right, with its event; `ground` is the mail that proposed it and the SHA-256 of its document."""
    key = directory.add_right(connection, right, now, ground)
    given = RightGiven(right=RightTerms.of(replace(right, id=key)), document=ground[1] or "")
    events.record(connection, given, actor, now, events.About(inbox_id=ground[0]))


def _told(view: View, about: AppointmentDetails, proposal: Proposal | None) -> Iterator[Recipient]:
    """Yield the recipients who are told: the head, the proposer, purchasing, and the persons whose rights change."""
    if proposal is not None:
        yield from (row.person for row in proposal.rows)
        yield view.bot.finance
    if about.unit and (head := view.directory.head(about.unit.id)):
        yield head
    yield about.proposer
    yield Mailbox.PURCHASING


# The clock.


def expire_appointments(bot: Bot, now: datetime) -> int:
    """Close the proposals that nobody has settled while their links lived; tell proposer, head and purchasing."""
    with open_view(bot, now) as view:
        old = appointments.open_before(view.connection, now - bot.policy.link_life)
    carry_out_each(bot, now, [stored.id for stored in old], _expire)
    return len(old)


def _expire(work: Work, key: int) -> None:
    stored = work.rely_on(appointments.load, key)
    if stored.state is not AppointmentState.PROPOSED:
        return
    work.put_if(appointments.settle, key, AppointmentState.EXPIRED, None, work.now)
    expiry = AppointmentStep(what="appointment_expired", appointment=key, unit=stored.unit)
    work.record(expiry, CLOCK, inbox_id=stored.inbox)
    about = _about(work, stored, work.now)
    expired, told = AppointmentState.EXPIRED, dict.fromkeys(_told(work, about, None))
    enqueue(work, [AppointmentSettledNotice(to=to, about=about, state=expired, at=work.now) for to in told])
