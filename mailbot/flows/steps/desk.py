"""A desk holds one incoming mail and all that a flow needs to deal with it, and says how the mail ends."""

from dataclasses import dataclass

from mailbot.domain.notices.notice import AnyNotice, HelpNotice, NoticeKind, ParkedNotice
from mailbot.domain.ordering.events import MailSettled
from mailbot.domain.ordering.workflow import BOT, Actor
from mailbot.domain.people.directory import Directory, Person
from mailbot.domain.values.calendar import ONE_DAY
from mailbot.domain.values.order import AttachedFile, Order
from mailbot.flows.bot import Bot
from mailbot.flows.steps.apply import Cause
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.write import Work
from mailbot.mail.reading.intake import Intake
from mailbot.mail.reading.parsed_mail import ParsedMail
from mailbot.store import inbox, outbox
from mailbot.store.inbox import MailEnd, MailOutcome

REFUSALS_A_DAY = 20
ASKED_FOR_A_DAY = 100
TOO_MANY = "too many answers a day"

_REFUSALS = (
    *(NoticeKind.HELP, NoticeKind.PROBLEMS, NoticeKind.NOT_CORRECTED, NoticeKind.PARKED),
    NoticeKind.APPOINTMENT_PROBLEMS,
    NoticeKind.UNDECIDED,
    NoticeKind.WHICH,
    NoticeKind.POINTER,
)
"""Answers to a mail that asked for nothing the bot could do."""
_ASKED_FOR = (NoticeKind.HELP, NoticeKind.PENDING_LIST, NoticeKind.ABSENCE)
"""Answers to commands. They are counted too, because a program may send commands without end."""


@dataclass(frozen=True)
class HourlyBounds:
    """How many orders are taken in within an hour: of one requester, and in all. More wait in line; 0 is no bound."""

    own: int = 0
    everyone: int = 0


@dataclass(frozen=True)
class Desk:
    """One mail and the piece of work that deals with it; `files` are the files that are kept with the mail."""

    work: Work
    inbox_id: int
    recipients: tuple[str, ...]
    intake: Intake
    hourly: HourlyBounds
    files: tuple[AttachedFile, ...] = ()

    @property
    def mail(self) -> ParsedMail:
        """The mail as read."""
        return self.intake.mail

    @property
    def bot(self) -> Bot:
        """The parts and rules of the process."""
        return self.work.bot

    @property
    def directory(self) -> Directory:
        """The directory as this work leaves it."""
        return self.work.directory

    def cause(self, earlier: int | None = None) -> Cause:
        """Return the mail as the cause of a change; `earlier` is the mail that the draft began with."""
        return Cause(self.inbox_id, self.mail.message_id, self.files, earlier)

    def finish(self, outcome: MailOutcome, *, reason: str = "", order: Order | None = None) -> None:
        """Have recorded how the mail ended."""
        taken_as = None if outcome is MailOutcome.IGNORED else self.mail.key
        end = MailEnd(outcome, reason, taken_as, order.id if order else None, self.mail.sender)
        self.work.put(inbox.finish, self.inbox_id, end, self.work.now)

    def answer(self, notice: AnyNotice, *, reason: str, order: Order | None = None) -> None:
        """Answer the mail and finish it, or park it if the sender has had too many answers of this kind in a day."""
        if self._goes_round(notice):
            self.park(TOO_MANY)
            return
        enqueue(self.work, [notice], self.mail.message_id)
        self.finish(MailOutcome.ANSWER, reason=reason, order=order)

    def park(self, reason: str, person: Person | None = None) -> None:
        """Park the mail, and tell its proven sender, `person`, if there is one (docs/rules/promises.md#parked)."""
        set_aside(self.work, self.inbox_id, reason, BOT, sender=self.mail.sender)
        notice = ParkedNotice(to=person, reason=reason) if person is not None else None
        if notice is not None and not self._goes_round(notice):
            enqueue(self.work, [notice], self.mail.message_id)

    def _goes_round(self, notice: AnyNotice) -> bool:
        """Tell whether the sender had so many answers today that it may be a program (docs/rules/mail.md#f104)."""
        if not isinstance(notice.to, Person):
            return False
        asked_for = isinstance(notice, HelpNotice) and not (notice.lost or notice.empty)
        refuses = notice.kind in _REFUSALS and not asked_for
        kinds, most = (_REFUSALS, REFUSALS_A_DAY) if refuses else (_ASKED_FOR, ASKED_FOR_A_DAY)
        since, to = self.work.now - ONE_DAY, notice.to.address
        told = sum(self.work.rely_on(outbox.daily_count, kind, to, since) for kind in kinds)
        return (refuses or notice.kind in _ASKED_FOR) and told >= most


@dataclass(frozen=True, kw_only=True)
class ProvenDesk(Desk):
    """A mail whose sender is proven: who that is, and how it is known."""

    person: Person
    actor: Actor


def set_aside(work: Work, inbox_id: int, reason: str, actor: Actor, *, sender: str | None = None) -> None:
    """Have a mail parked, with an event that says who parked it and why."""
    work.put(inbox.park, inbox_id, reason, work.now, sender=sender)
    work.record(MailSettled(what="parked", reason=reason), actor, inbox_id=inbox_id)
