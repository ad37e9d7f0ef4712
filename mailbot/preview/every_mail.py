"""A mail of every kind and every turn an order can take, about orders whose texts a test chooses."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import cycle
from typing import Literal

from mailbot.domain.notices import notice as n
from mailbot.domain.notices.who_hears import notices_for
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.draft import Problem, ProblemKind
from mailbot.domain.ordering.flags import Flag
from mailbot.domain.ordering.routing import route
from mailbot.domain.ordering.summary import summarise
from mailbot.domain.ordering.workflow import Act, Actor, Change, Happened, NewOrder, Refusal, Verdict
from mailbot.domain.people.absence import AbsenceProblem
from mailbot.domain.people.attest_plan import unit_plan
from mailbot.domain.people.directory import Absence, Directory, Person, Right, RightKind, Supplier, Unit
from mailbot.domain.people.proposal import (
    Appointment,
    AppointmentState,
    EndedRights,
    Leaving,
    Proposal,
    ProposalRow,
    Terms,
)
from mailbot.domain.people.right_rules import RightProblem
from mailbot.domain.people.rights import Authority, Deciders
from mailbot.domain.people.scheme import Scheme, SchemeEntry, SchemeKey, SchemeProblem, SchemeProblemKind
from mailbot.domain.values.money import AmountProblem, Money, amount_readings, quantity_readings
from mailbot.domain.values.order import (
    DETAILS,
    AttachedFile,
    Content,
    Field,
    FileProblem,
    Form,
    FormLine,
    Line,
    Order,
    Status,
    Vat,
)
from mailbot.domain.values.pointer import Pointer
from mailbot.domain.values.policy import Policy
from mailbot.flows.bot import Addresses
from mailbot.languages import LANGUAGES, VOCABULARY
from mailbot.mail.reading.appointment_form import write_scheme
from mailbot.mail.reading.smime import Sealed
from mailbot.mail.writing.compose import OutgoingFile
from mailbot.mails.say import MailParts, ShownOrder, say
from mailbot.mails.written import MailtoOffers, written_mail
from mailbot.presentation import Place
from mailbot.preview.sample_policy import POLICY as POLICY
from mailbot.wording import statements

BASE = "http://127.0.0.1:8080"
TOKEN = "IlNfUXdFUlRZdWlvcGFzZGZnaGprbHp4YyI.Z1m0rKxwq8Jc0bq2dJ5n7t0uQv4yHs3oXgE6aLfPiWk"  # noqa: S105  a sample, of nothing
ZONE = "Europe/Stockholm"
DAY = date(2026, 11, 20)
NOW = datetime(2026, 11, 20, 9, 12, tzinfo=UTC)
ADDRESSES = Addresses("order@inkop.example.se", "it-inkop@example.se", "drift@example.se", "it-inkop@example.se")
DETAIL_TEXTS: dict[Field, str] = {
    Field.ACCOUNTING: "KST 4711-22, konto 5420",
    Field.AGREEMENT: "23.3-2048-2024",
    Field.QUOTE: "Q-90817",
    Field.PROJECT: "Algblomning 2030",
    Field.REFERENCE: "RR2041",
    Field.DELIVERY_ADDRESS: "Mätvägen 4, plan 3, 907 36 Umeå",
    Field.GOODS_MARK: "RASK MB 318",
    Field.WANTED_DATE: "2026-12-01",
    Field.QUOTE_VALID: "2026-12-18",
    Field.REASON: "Den gamla datorn startar inte längre, och fältarbetet börjar i vecka 50.",
    Field.FOR_PERSON: "Örjan Åström",
    Field.CATEGORY: "Arbetsredskap",
}
NOTES = ("Hej! Det är lite bråttom med den här.", "Tack på förhand, och trevlig helg önskar Rut")
COMMENT = "Ta hellre den med längre garanti.\nHör av dig om priset ändras."
FILES = ("Offert Q-90817.pdf", "Bild på den gamla datorn.jpg")


@dataclass(frozen=True)
class World:
    """Texts that could come from outside, put into every place where mails show such text."""

    unit: str = "Institutionen för datavetenskap"
    requester: str = "Rut Rask"
    approver: str = "Eva Ek"
    supplier: str = "Dustin AB"
    product: str = "Bärbar dator Dell XPS 13, 32 GB, svenskt tangentbord"
    item_no: str = "5011338765"
    measure: str = "st"
    detail: str = ""
    notes: tuple[str, ...] = NOTES
    words: str = COMMENT
    files: tuple[str, ...] = FILES

    @property
    def directory(self) -> Directory:
        """Two approvers, one of them the head; a requester; someone known by address only."""
        persons = (
            Person(1, self.approver, "eva.ek@example.se", units=("cs",)),
            Person(2, "Anna Ask", "anna.ask@example.se", units=("cs",)),
            Person(3, self.requester, "rut.rask@example.se", units=("cs",)),
            Person(4, "gast@example.se", "gast@example.se", registered=False),
        )
        first = date(2026, 1, 1)
        return Directory(
            persons={p.id: p for p in persons},
            units={"cs": Unit("cs", self.unit, head=1)},
            rights=tuple(Right(p, p, "cs", kind=RightKind.ORDER, valid_from=first) for p in (1, 2)),
            suppliers={1: Supplier(1, self.supplier, "order@dustin.example", org_number="556666-1012")},
        )

    @property
    def content(self) -> Content:
        """An order of 12 500 kr without VAT in two lines."""
        lines = (
            Line(self.product, Decimal(1), Money(Decimal("11900.50")), self.item_no, self.measure),
            Line("Dockningsstation", Decimal("0.5"), Money(Decimal(1199))),
        )
        details: dict[Field, str] = {f: self.detail or DETAIL_TEXTS.get(f, f"Text of {f}") for f in DETAILS}
        return Content(
            *("cs", 1, self.supplier, 1, lines, "SEK", Vat(), None, details, self.notes),
            priced_notes=self.notes[:1],
            struck=self.notes[:1],
        )

    @property
    def attached(self) -> tuple[AttachedFile, ...]:
        """The files that came with the order."""
        files = enumerate(self.files, 1)
        return tuple(AttachedFile(7, at, name, "application/pdf", 234_567 * at, "0" * 64) for at, name in files)

    @property
    def form(self) -> Form:
        """The order as written."""
        fields = {Field.UNIT: self.unit, Field.APPROVER: self.approver, Field.SUPPLIER: self.supplier}
        lines = (FormLine(self.product, "1", "11 900,50", self.item_no, self.measure),)
        details = {f: self.detail or text for f, text in DETAIL_TEXTS.items()}
        return Form({**fields, **details}, lines, (), self.notes, struck=self.notes[:1])


def called_for(change: Change, directory: Directory, policy: Policy = POLICY) -> Sequence[n.AnyNotice]:
    """Return the notices that a change of the samples calls for."""
    return notices_for(change, Deciders.of(change.after, directory, policy, DAY))


def opened(world: World, content: Content, requester: int = 3) -> Change:
    """A new order, stored under a number."""
    request = NewOrder(0, "IT-2026-00042", "k7m2q9x4w8t3", content, world.form)
    change = workflow.open_order(request, requester, Act(Actor(requester, "loopback"), POLICY, NOW))
    return replace(change, after=replace(change.after, id=42))


def changed(outcome: Change | Refusal) -> Change:
    """The change that was expected."""
    assert isinstance(outcome, Change)  # noqa: S101  else the sample is wrong
    return outcome


def decided(world: World, order: Order, *, approved: bool, comment: str = "", by: int = 1) -> Change:
    """The decision on a pending order."""
    where = route(order.content, comment if approved else "", world.directory, POLICY)
    verdict = Verdict(approved, comment, order.version, where)
    person = world.directory.persons[by]
    authority = Authority(person, world.directory.rights_of(person.id)[0])
    return changed(workflow.decide(order, authority, verdict, Act(Actor(by, "signed link"), POLICY, NOW)))


def left(decision: Change) -> Change:
    """The decided order leaving."""
    return changed(workflow.leave(decision.after, POLICY, NOW + timedelta(minutes=6)))


def life(world: World) -> Iterator[Change]:
    """Every step of an order's life, by each way it can take."""
    new = opened(world, world.content)
    order = new.after
    other = replace(order.content.lines[0], quantity=Decimal(3))
    more = replace(world.content, lines=(other,), details={Field.REFERENCE: "RR2042"}, vat=Vat(included=True), notes=())
    later, end = NOW + timedelta(minutes=5), NOW + timedelta(minutes=6)
    yield new
    yield changed(workflow.correct(order, more, world.form, Act(Actor(3, "loopback"), POLICY, later)))
    yield changed(workflow.ask(order, world.words, Actor(1, "signed link"), NOW))
    yield changed(workflow.answer(order, world.words, Actor(3, "loopback"), NOW))
    for disowned in (False, True):
        yield changed(workflow.withdraw(order, Actor(3, "signed link"), NOW, disowned=disowned))
    for approved, comment in ((True, ""), (True, world.words), (False, world.words), (False, "")):
        decision = decided(world, order, approved=approved, comment=comment)
        yield decision
        yield changed(workflow.undo(decision.after, Act(Actor(1, "signed link"), POLICY, later), disowned=True))
        leaving = left(decision)
        yield leaving
        if approved:
            yield changed(workflow.delivered(leaving.after, end))
            yield changed(workflow.not_delivered(leaving.after, world.words, end))
    yield decided(world, opened(world, replace(world.content, approver=1), requester=1).after, approved=True)
    yield decided(world, opened(world, replace(world.content, approver=2), requester=2).after, approved=True, by=2)


def odd_contents(world: World) -> Iterator[Content]:
    """Orders that pass the purchasing office or whose sums need explaining."""
    yield replace(world.content, stated_total=Money(Decimal("18000.25")))
    yield replace(world.content, stated_total=Money(Decimal("12500.25")))
    yield replace(world.content, vat=Vat(included=True, rate=Decimal(6)))
    dollars = tuple(replace(x, price=Money(x.price.amount, "USD")) for x in world.content.lines)
    yield replace(world.content, lines=dollars, currency="USD", supplier_id=None)


def alarms(world: World) -> Iterator[n.AnyNotice]:
    """Alarms about orders that have left."""
    for comment in ("", world.words):
        order = left(decided(world, opened(world, world.content).after, approved=True, comment=comment)).after
        for happened in (Happened.DECISION_DISOWNED, Happened.DISOWNED):
            yield from (n.AlarmNotice(to=to, order=order, happened=happened, at=NOW) for to in n.Mailbox)
        mailed = changed(workflow.not_delivered(replace(order, status=Status.LEAVING), world.words, NOW)).after
        lost = Happened.NOT_DELIVERED
        yield n.AlarmNotice(to=n.Mailbox.OPERATOR, order=mailed, text=world.words, happened=lost, at=NOW)


def problems(world: World) -> tuple[Problem, ...]:
    """Every kind of problem, with what was written and what can be chosen."""
    people = tuple(world.directory.persons.values())[:2]
    units = tuple(f"{world.unit} {number}" for number in range(45))
    unsure, totals, figures = (
        AmountProblem.AMBIGUOUS,
        amount_readings("15,000", VOCABULARY),
        quantity_readings("1.000,5"),
    )
    stated = (
        Problem(ProblemKind.MISSING, Field.APPROVER, choices=people),
        Problem(ProblemKind.UNKNOWN_UNIT, Field.UNIT, world.words, names=units),
        Problem(ProblemKind.UNKNOWN_APPROVER, Field.APPROVER, world.words, choices=people, likely=True),
        Problem(ProblemKind.AMBIGUOUS_APPROVER, Field.APPROVER, world.words, choices=people),
        Problem(ProblemKind.NEAR_SUPPLIER, Field.SUPPLIER, world.supplier, names=(world.supplier,), likely=True),
        Problem(ProblemKind.ABOVE, Field.APPROVER, world.approver, choices=people),
        Problem(ProblemKind.FOR_WHOM, Field.FOR_PERSON, choices=people[:1]),
        Problem(ProblemKind.NO_LINES),
        Problem(ProblemKind.UNREAD_FILE, text="order.csv", trouble=FileProblem.CHARSET),
        Problem(ProblemKind.TOO_MANY_LINES, text="500"),
        Problem(ProblemKind.BAD_TOTAL, Field.TOTAL, "15,000", why=unsure, readings=totals),
        Problem(ProblemKind.BAD_QUANTITY, text="1.000,5", why=unsure, readings=figures),
    )
    known = {problem.kind: problem for problem in stated}
    return tuple(known.get(k) or Problem(k, None, world.words, 3, AmountProblem.UNREADABLE) for k in ProblemKind)


def stuck(world: World) -> Iterator[n.AnyNotice]:
    """An order that nobody may decide, however it came to that."""
    order = opened(world, world.content).after
    for happened in (Happened.OPENED, Happened.DECISION_DISOWNED, Happened.MOVED):
        for to in (n.Mailbox.PURCHASING, world.directory.persons[1]):
            yield n.NobodyMayNotice(to=to, order=order, happened=happened)


def answers(world: World) -> Iterator[n.AnyNotice]:
    """Mails that answer a mail instead of following a step of an order."""
    directory = world.directory
    order = opened(world, world.content).after
    sent = left(decided(world, order, approved=True)).after
    requester, approver = directory.persons[3], directory.persons[1]
    form, all_problems, draft = world.form, problems(world), "k7m2q9x4w8t3"
    for about in (None, order):
        yield n.ProblemsNotice(to=requester, order=about, form=form, problems=all_problems, draft=draft)
    kept = ("offert.pdf", f"{world.words}.xlsx", *(f"bilaga {number}.png" for number in range(40)))
    for files in (kept[:1], kept):
        yield n.ProblemsNotice(to=requester, form=form, problems=all_problems[:1], draft=draft, files=files)
    yield n.HelpNotice(to=requester)
    yield n.HelpNotice(to=requester, lost=True)
    yield n.HelpNotice(to=requester, empty=True)
    for to in (requester, n.UnregisteredAddress("ny@example.se")):
        for waits, last in ((1, False), (12, True)):
            yield n.ConfirmSenderNotice(to=to, inbox=7, waits=waits, last=last)
        for reason in ("", "two from headers", *Sealed):
            yield n.ParkedNotice(to=to, reason=reason)
    for ordered in (order, sent):
        for refusal in Refusal:
            yield n.NotCorrectedNotice(to=requester, order=ordered, refusal=refusal, form=form, link=n.Purpose.ORDER)
        yield n.ReceiptNotice(to=requester, order=ordered, left_out=True)
        for person in (approver, directory.persons[2], requester):
            yield n.RequestNotice(to=person, order=ordered)
    yield n.NotCorrectedNotice(to=approver, order=order, refusal=Refusal.NOT_YOURS, form=form, link=n.Purpose.DECIDE)
    pointer = Pointer(frozenset({"faktura"}), {"sv": f"Fakturor skickas dit: {world.words}"})
    yield n.PointerNotice(to=requester, pointer=pointer)
    yield n.ReviewNotice(to=directory.persons[2], order=order)
    yield from instead_of_answers(world, order, sent)
    for requester_id, content in ((4, world.content), (1, replace(world.content, approver=1))):
        own = opened(world, content, requester_id).after
        yield n.RequestNotice(to=approver, order=own, happened=Happened.OPENED)
        yield n.ReceiptNotice(to=directory.persons[requester_id], order=own)


def instead_of_answers(world: World, order: Order, sent: Order) -> Iterator[n.AnyNotice]:
    """Mails about an answer that could not be taken as what it was meant to be, and about one that waits."""
    requester, approver = world.directory.persons[3], world.directory.persons[1]
    kinds: tuple[Literal["asked", "verdict", "kept"], ...] = ("asked", "verdict", "kept")
    for became in kinds:
        for files_left in (False, True):
            words = world.words if became == "asked" else ""
            yield n.UndecidedNotice(to=approver, order=order, became=became, text=words, files_left=files_left)
    for about in (order, sent):
        yield n.WhichNotice(to=requester, order=about, form=world.form, new="k7m2q9x4w8t3", change="k7m2q9x4w8t4")
    for own, count, ahead in ((True, 60, 0), (True, 0, 1), (True, 1, 12), (False, 600, 3)):
        for today in (False, True):
            yield n.QueuedNotice(to=requester, at=NOW, own=own, count=count, ahead=ahead, today=today)
    yield n.QuestionNotice(to=requester, order=order, text=world.words, actor=approver, by_reply=True)
    yield n.PendingListNotice(to=approver, waiting=(order, sent), answered=True)


def named(world: World) -> Iterator[n.AnyNotice]:
    """Notices that say who did it."""
    order, who = opened(world, world.content).after, world.directory.persons[2]
    yield n.QuestionNotice(to=world.directory.persons[3], order=order, text=world.words, actor=who)
    yield n.AnswerNotice(to=world.directory.persons[1], order=order, text=world.words, actor=who)
    disowned = Happened.DECISION_DISOWNED
    yield n.AlarmNotice(to=n.Mailbox.OPERATOR, order=order, happened=disowned, at=NOW, actor=who)


def clockwork(world: World) -> Iterator[n.AnyNotice]:
    """Mails that the clock or the operator's queues call for."""
    directory = world.directory
    people, operator, purchasing = directory.persons, n.Mailbox.OPERATOR, n.Mailbox.PURCHASING
    order = replace(opened(world, world.content).after, reminders=1)
    second = replace(order, id=43, number="IT-2026-00043", content=replace(world.content, approver=2), reminders=2)
    for waiting in ((order,), (order, second)):
        for to in (people[1], people[3]):
            yield n.ReminderNotice(to=to, waiting=waiting)
        yield n.PendingListNotice(to=people[1], waiting=waiting)
    yield n.PendingListNotice(to=people[1], below=2)
    yield n.PendingListNotice(to=people[1])
    yield n.PendingListNotice(to=people[1], fresh=True)
    yield n.PendingListNotice(to=people[3], lists=False)
    yield n.UnansweredNotice(to=people[3], order=order)
    yield n.UnansweredNotice(to=purchasing, order=order)
    for action in ("approve", "approve_with_comment", "reject", "resign"):
        unit = directory.units["cs"] if action == "resign" else None
        yield n.CodeNotice(to=people[1], order=order, at=NOW, code="0123 4567", action=action, unit=unit)
    yield n.MailboxNotice(to=operator, text="imap.example.se refused the login")
    yield n.RelayNotice(to=operator, text="550 5.7.1 relaying denied", at=NOW)
    for seconds in (-86245, 3600):
        yield n.ClockNotice(to=operator, seconds=seconds)
    yield n.DiskNotice(to=operator, free=12, keep=100)
    yield n.TooFastNotice(to=operator, what="links", who="192.0.2.7")
    yield n.TooFastNotice(to=operator, what="decisions", who="Eva Ek")
    for change in (
        workflow.recuse(order, world.words, Act(Actor(1, "signed link"), POLICY, NOW)),
        workflow.hand_over(order, 2, world.words, Act(Actor(1, "signed link"), POLICY, NOW)),
        workflow.nudge(order, Actor(3, "signed link"), NOW),
        workflow.move(order, POLICY, NOW),
        workflow.move(replace(order, recused=frozenset({1, 2})), POLICY, NOW),
    ):
        yield from called_for(changed(change), directory)
    yield n.AwayNotice(to=people[3], order=order)
    yield n.UnitClosedNotice(to=people[1], unit=world.unit)
    yield n.UnitClosedNotice(to=purchasing, unit=world.unit)
    yield from about_people(world)
    for kind in n.NoticeKind:
        yield n.LostMailNotice(to=operator, address="eva.ek@example.se", lost=kind, reason=world.words)
    row = "7  2026-11-20 08:01 UTC  ?  unknown_address"
    yield n.DailyNotice(to=operator, parked=(row,))
    ignored = ((12, "automatic: bounce"), (3, "automatic: away"), (1, "own address"), (1, "duplicate"))
    yield n.DailyNotice(to=operator, parked=(), ignored=ignored)
    yield n.DailyNotice(to=operator, parked=(row,), ignored=ignored)


def several(world: World) -> Iterator[n.AnyNotice]:
    """Mails about two orders of one person: both moved, decided, unanswered, or nobody may decide them."""
    people, new = world.directory.persons, opened(world, world.content).after
    yes, no = (decided(world, new, approved=approved, comment=world.words).after for approved in (True, False))
    fallen = replace(changed(workflow.move(new, POLICY, NOW)).after, recused=frozenset({1, 2}))
    readers: dict[n.NoticeKind, tuple[n.Recipient, ...]] = {
        n.NoticeKind.REQUEST: (people[2],),
        n.NoticeKind.DECIDED: (people[1],),
        n.NoticeKind.UNANSWERED: (people[3], n.Mailbox.PURCHASING),
        n.NoticeKind.NOBODY_MAY: (people[1], n.Mailbox.PURCHASING),
    }
    for kind, one in n.SHARING.items():
        about = (yes, no, new) if kind is n.NoticeKind.DECIDED else (new, fallen)
        for to in readers.get(kind, (people[3],)):
            yield n.SeveralNotice(to=to, parts=tuple(one(to=to, order=order) for order in about))


def about_people(world: World) -> Iterator[n.AnyNotice]:
    """Mails about absences, plans and rights."""
    people, unit = world.directory.persons, world.directory.units["cs"]
    first = date(2026, 7, 1)
    long, short = Absence(1, first, date(2026, 7, 28), substitute=2), Absence(1, first, first)
    yield n.AbsenceNotice(to=people[3], person=people[1], absence=long, substitute=people[2])
    yield n.AbsenceNotice(to=people[3], person=people[1], absence=short)
    yield n.AbsenceNotice(to=people[3], person=people[1])
    for problem in AbsenceProblem:
        yield n.AbsenceNotice(to=people[3], problem=problem)
    plan = unit_plan("cs", world.directory, DAY)
    yield n.PlanNotice(to=people[1], plan=plan)
    yield n.PlanNotice(to=n.Mailbox.PURCHASING, plan=plan, confirmed_by=people[1])
    yield n.ResignedNotice(to=people[1], person=people[1], unit=unit)
    approved = left(decided(world, opened(world, world.content).after, approved=True)).after
    yield n.SpecialNotice(to=n.Mailbox.FINANCE, order=approved, category="representation")
    gone, order = replace(people[3], last_day=DAY), opened(world, world.content).after
    yield n.LeftNotice(to=people[1], person=gone, waiting=(order,), headless=(unit,))
    yield n.LeftNotice(to=n.Mailbox.PURCHASING, person=gone, waiting=(), headless=(unit,))
    yield n.LeftNotice(to=people[1], person=gone, waiting=(order,) * 60, headless=())
    asked = n.QuestionNotice(to=gone, order=order, text="Behövs den fortfarande?", actor=people[1])
    yield n.LeftNotice(to=people[1], person=gone, waiting=(order,), question=asked)
    yield n.ParkedNotice(to=people[3], reason="its sender has left")
    yield n.OneApproverNotice(to=people[1], unit=unit)
    yield n.RightEndsNotice(to=people[1], person=people[1], unit=unit, last=date(2026, 12, 31))


def proposed(world: World) -> tuple[Proposal, Appointment]:
    """One person appointed and one ended, with everything that a right can say."""
    directory = world.directory
    last, limit = DAY + timedelta(days=99), Money(Decimal(50000))
    terms = Terms(RightKind.ORDER, DAY, last, limit, "prefekt", "", True, world.approver, "Anna Ask")
    bare = Terms(RightKind.APPOINT, DAY, None, None, "", "", False, "", "")
    people = directory.persons
    rows = (ProposalRow(people[2], (bare,), (terms, bare)), ProposalRow(people[3], (bare,), ()))
    stored = Appointment(1, 1, 1, "cs", Scheme(world.unit, (SchemeEntry({}),), (world.unit,), False, world.notes), NOW)
    return Proposal(directory.units["cs"], (), (), rows, 1), stored


def appointing(world: World) -> Iterator[n.AnyNotice]:
    """Mails about the order scheme, in every state and to everybody whom it concerns."""
    proposal, stored = proposed(world)
    people, unit = world.directory.persons, world.directory.units["cs"]
    for approvers in (0, 1, 2):
        about = n.AppointmentDetails(people[1], unit, stored, replace(proposal, approvers=approvers))
        yield n.AppointmentNotice(to=n.Mailbox.PURCHASING, about=about)
    yield n.AppointmentLinkNotice(to=people[2], about=about)
    yield n.AppointmentLinkNotice(to=people[2], about=replace(about, proposal=None))
    yield n.AppointmentReceivedNotice(to=people[1], about=about)
    yield from split(world, about)
    for state in (AppointmentState.CONFIRMED, AppointmentState.REFUSED, AppointmentState.EXPIRED):
        by = None if state is AppointmentState.EXPIRED else people[2]
        for to in (people[1], people[2], people[3], n.Mailbox.PURCHASING):
            yield n.AppointmentSettledNotice(to=to, about=about, state=state, at=NOW, text=world.words, actor=by)
    found = tuple(
        SchemeProblem(fault, key, world.words, world.requester, RightProblem.OVERLAPS, (people[1], people[2]))
        for fault, key in zip(SchemeProblemKind, cycle([*SchemeKey, None]), strict=False)
    )
    form = write_scheme(stored.scheme, "sv", tuple(SchemeKey))
    for problems in ((SchemeProblem(SchemeProblemKind.NOT_YOURS, SchemeKey.UNIT, world.unit),), found, ()):
        about = n.AppointmentDetails(people[3], problems=problems, form=form)
        yield n.AppointmentProblemsNotice(to=people[3], about=about)


def split(world: World, about: n.AppointmentDetails) -> Iterator[n.AnyNotice]:
    """Mails about what a form takes away at once, and about what it says in somebody else's name."""
    people = world.directory.persons
    proposal = about.proposal
    assert proposal is not None  # noqa: S101  it was proposed by these very samples
    waiting = replace(proposal, delegators=(people[2], people[3]), names_self=True)
    taken = EndedRights(proposal, (people[2], people[3]), Scheme(world.unit))
    both = replace(about, proposal=waiting, ended=taken)
    yield n.AppointmentConsentNotice(to=people[2], about=both)
    yield n.AppointmentNotice(to=n.Mailbox.PURCHASING, about=both)
    yield n.AppointmentReceivedNotice(to=people[1], about=both)
    kinds: tuple[Literal["somebody", "awaited", "closed"], ...] = ("somebody", "awaited", "closed")
    for left in kinds:
        for to in (people[1], people[2], people[3], n.Mailbox.PURCHASING):
            yield n.AppointmentEndedNotice(to=to, about=both, at=NOW, left=left)
    gone = replace(about, ended=replace(taken, leaving=(Leaving(people[2], DAY), Leaving(people[3], DAY))))
    bare = replace(gone, ended=EndedRights(replace(proposal, rows=()), (), Scheme(), (Leaving(people[3], DAY),)))
    for to, said in ((people[1], gone), (people[3], bare), (n.Mailbox.PURCHASING, bare)):
        yield n.AppointmentEndedNotice(to=to, about=said, at=NOW, left="somebody")


def notices(world: World) -> list[n.AnyNotice]:
    """At least one notice of every kind, from the domain's own rules where those make them."""
    found = [notice for change in life(world) for notice in called_for(change, world.directory)]
    for content in odd_contents(world):
        new = opened(world, content)
        for change in (new, left(decided(world, new.after, approved=True))):
            found += called_for(change, world.directory)
    for more in (alarms, stuck, answers, named, clockwork, several, appointing):
        found += more(world)
    return found


@dataclass(frozen=True)
class SampleMail:
    """One notice as it is mailed."""

    notice: n.AnyNotice
    language: str
    subject: str
    text: str
    html: str
    files: tuple[OutgoingFile, ...] = ()

    @property
    def name(self) -> str:
        """Its kind, what happened, and its language."""
        happened = self.notice.happened if isinstance(self.notice, n.OrderNotice) else None
        return f"{self.notice.kind.value} {happened or ''} {self.language}"


def raised(notice: n.AnyNotice, order: Order) -> tuple[Flag, ...]:
    """The flags of somebody's own order, and of its approver's right."""
    decider = order.decision.person if order.decision else order.content.approver
    asks = isinstance(notice, n.RequestNotice | n.ReminderNotice | n.PendingListNotice | n.ToPurchasingNotice)
    return (Flag.OWN_ORDER, Flag.CHANGED_JUST_BEFORE) if asks and decider == order.requester else ()


def write(world: World, notice: n.AnyNotice, language: str, policy: Policy = POLICY) -> SampleMail:
    """Return the notice as it is mailed."""
    urls = {p.name.lower(): f"{BASE}/{p.value}/{TOKEN}" for p in notice.links}
    items = [
        ShownOrder(summarise(o, Deciders.of(o, world.directory, policy, DAY)), urls, raised(notice, o))
        for o in notice.orders
    ]
    draft, form = getattr(notice, "draft", ""), getattr(notice, "form", None)
    values = {
        "letters": MailtoOffers(ADDRESSES.bot, language, ZONE, draft, form),
        "policy": policy,
        "statements": statements(policy.statements),
        "addresses": ADDRESSES,
        "now": NOW + timedelta(days=3, hours=2),
    }
    said = say(notice, MailParts(items, urls, world.attached))
    made = written_mail(notice, said, values, Place(language, ZONE, policy.profile))
    return SampleMail(notice, language, " ".join(made.subject.split(" ")).strip(), made.text, made.html, made.files)


def mails(world: World) -> list[SampleMail]:
    """Return every mail in every language."""
    return [write(world, notice, language) for notice in notices(world) for language in LANGUAGES]
