"""The inbox, one mail at a time: read, judge the sender, and by kind make an order, a correction or an answer.

A mail is done, tried later or parked with a reason; nothing is sent here.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address

import structlog
from sqlalchemy import Connection

from mailbot.domain import workflow
from mailbot.domain.directory import Directory, Person, RightKind, fold
from mailbot.domain.draft import ProblemKind, Setting, complete
from mailbot.domain.envelope import IncomingMail
from mailbot.domain.notices import Notice, NoticeKind, Purpose, Recipient, Role, Stranded
from mailbot.domain.order import Content, Form, Order
from mailbot.domain.routing import deciders
from mailbot.domain.senders import Evidence, Proven, Stranger, Unproven, judge
from mailbot.domain.workflow import Actor, Happened, Refusal, Request
from mailbot.flows.bot import Bot
from mailbot.flows.post import carry_out, post
from mailbot.mail import inbound
from mailbot.mail.inbound import InboundMail
from mailbot.mail.order_form import read_form
from mailbot.mail.reply import new_text
from mailbot.store import directory as people
from mailbot.store import drafts, events, inbox, orders, outbox
from mailbot.store.drafts import Draft
from mailbot.store.inbox import Claimed, Outcome
from mailbot.store.orders import REFERENCE_LENGTH, REFERENCE_LETTERS

log = structlog.get_logger()

CONFIRMATIONS_A_DAY = 3
ONE_DAY = timedelta(days=1)
LIST_COMMANDS = {"lista", "list"}
HELP_COMMANDS = {"hjälp", "hjalp", "help"}
_REFERENCE = re.compile(rf"#([{REFERENCE_LETTERS}]{{{REFERENCE_LENGTH}}})(?![a-z0-9])")


def process_next(bot: Bot, now: datetime) -> bool:
    """Deal with the oldest mail that is due; False when none is."""
    with bot.database.write() as connection:
        claimed = inbox.claim(connection, now)
    if claimed is None:
        return False
    if claimed.tries > bot.tries:  # earlier tries ended with the process, so nothing could be noted
        park(bot, claimed, "stopped the bot", now)
        return True
    try:
        process(bot, claimed, now)
    except Exception as error:
        log.exception("mail_failed", inbox=claimed.id, tries=claimed.tries)
        if claimed.tries >= bot.tries:
            park(bot, claimed, f"{type(error).__name__} in processing", now)
    return True


def park(bot: Bot, claimed: Claimed, reason: str, now: datetime) -> None:
    """Set a mail aside where a person sees it, and tell its sender if that is proven (product.md section 8)."""
    with bot.database.write() as connection:
        try:
            sender = inbound.read(claimed.mail.raw, claimed.mail.mail_from).sender
        except Exception:  # noqa: BLE001  the mail may be what breaks the reader
            sender = None
        inbox.park(connection, claimed.id, reason, now, sender=sender)
        events.record(connection, "parked", Actor(None, "bot"), now, inbox_id=claimed.id, payload={"reason": reason})
        verdict = _verdict(bot, connection, claimed, sender)
        if isinstance(verdict, Proven):
            post(bot, connection, [Notice(NoticeKind.PARKED, _recipient(bot, connection, verdict.address))], now)


def process(bot: Bot, claimed: Claimed, now: datetime) -> None:
    """Read one mail and carry it out in one transaction."""
    mail = inbound.read(claimed.mail.raw, claimed.mail.mail_from)
    with bot.database.write() as connection:
        desk = Desk(bot, connection, claimed.id, mail, now)
        if reason := _reason_to_ignore(bot, connection, claimed, mail):
            desk.finish(Outcome.IGNORED, reason=reason)
            return
        match _verdict(bot, connection, claimed, mail.sender):
            case Stranger(doubt):
                inbox.park(connection, claimed.id, doubt, now, sender=mail.sender)
            case Unproven(address):
                _ask_to_confirm(desk, address)
            case Proven(address, proof):
                person = _person(bot, connection, address)
                _by_kind(desk, person, Actor(person.id, proof))


def _reason_to_ignore(bot: Bot, connection: Connection, claimed: Claimed, mail: InboundMail) -> str:
    own = {bot.addresses.bot, bot.addresses.purchasing, bot.addresses.operator}
    if mail.automatic:
        return f"automatic: {mail.automatic}"
    if mail.sender and fold(mail.sender) in {fold(a) for a in own}:
        return "own address"
    first = inbox.taken(connection, mail.key)
    return f"duplicate of {first}" if first not in {None, claimed.id} else ""


def _verdict(bot: Bot, connection: Connection, claimed: Claimed, sender: str | None) -> Proven | Unproven | Stranger:
    evidence = Evidence(sender, _from_loopback(claimed.mail), claimed.confirmed)
    return judge(evidence, bot.directory(connection), bot.trust, bot.domains)


def _from_loopback(mail: IncomingMail) -> bool:
    return mail.via == "smtp" and bool(mail.peer) and ip_address(mail.peer).is_loopback


def _person(bot: Bot, connection: Connection, address: str) -> Person:
    return bot.directory(connection).person_at(address) or people.add_requester(connection, address)


def _recipient(bot: Bot, connection: Connection, address: str) -> Person | Stranded:
    return bot.directory(connection).person_at(address) or Stranded(fold(address))


@dataclass(frozen=True)
class Desk:
    """One mail being dealt with in one transaction."""

    bot: Bot
    connection: Connection
    inbox_id: int
    mail: InboundMail
    now: datetime

    @property
    def directory(self) -> Directory:
        """The directory as this transaction sees it."""
        return self.bot.directory(self.connection)

    def finish(self, outcome: Outcome, *, reason: str = "", order: Order | None = None) -> None:
        """Record how the mail ended."""
        inbox.finish(
            self.connection,
            self.inbox_id,
            outcome,
            self.now,
            reason=reason,
            taken_as=None if outcome is Outcome.IGNORED else self.mail.key,
            order_id=order.id if order else None,
            sender=self.mail.sender,
        )

    def answer(self, notice: Notice, *, reason: str, order: Order | None = None) -> None:
        """Answer the mail and finish it."""
        post(self.bot, self.connection, [notice], self.now, self.mail.message_id)
        self.finish(Outcome.ANSWER, reason=reason, order=order)


def _ask_to_confirm(desk: Desk, address: str) -> None:
    """Let the mail wait, and ask the address's owner; at most three such mails a day (product.md section 8)."""
    recipient = _recipient(desk.bot, desk.connection, address)
    asked = outbox.daily_count(desk.connection, NoticeKind.CONFIRM_SENDER, recipient.address, desk.now - ONE_DAY)
    if asked >= CONFIRMATIONS_A_DAY:
        inbox.park(desk.connection, desk.inbox_id, "too many unconfirmed mails a day", desk.now, sender=address)
        return
    inbox.await_confirmation(desk.connection, desk.inbox_id, address)
    facts = {"inbox": str(desk.inbox_id)}
    post(
        desk.bot,
        desk.connection,
        [Notice(NoticeKind.CONFIRM_SENDER, recipient, links=(Purpose.CONFIRM,), facts=facts)],
        desk.now,
    )


def _by_kind(desk: Desk, person: Person, actor: Actor) -> None:
    command = fold(desk.mail.subject)
    draft, order = _answered(desk)
    if command in LIST_COMMANDS:
        _send_list(desk, person)
    elif command in HELP_COMMANDS:
        desk.answer(Notice(NoticeKind.HELP, person, form=Form()), reason="help")
    elif draft is not None and draft.person == person.id:
        _amend_draft(desk, person, actor, draft)
    elif order is not None:
        _answer_order(desk, person, actor, order)
    else:
        _new_order(desk, person, actor)


def _answered(desk: Desk) -> tuple[Draft | None, Order | None]:
    """Return the draft or order that the mail answers: by reference in the subject, or by the mail it replies to."""
    references = _REFERENCE.findall(desk.mail.subject)
    for reference in references:
        if draft := drafts.find(desk.connection, reference):
            return draft, None
        if order := orders.by_reference(desk.connection, reference):
            return None, order
    reference = outbox.draft_of_message(desk.connection, desk.mail.references)
    draft = drafts.find(desk.connection, reference) if reference else None
    return draft, None if draft else orders.of_message(desk.connection, desk.mail.references)


def _send_list(desk: Desk, person: Person) -> None:
    units = units_of(desk.directory, person, desk.bot, desk.now)
    waiting = tuple(orders.pending_in(desk.connection, units))
    links = (Purpose.DECIDE, Purpose.LIST) if waiting else (Purpose.LIST,) if units else ()
    desk.answer(Notice(NoticeKind.PENDING_LIST, person, waiting, links), reason="list")


def units_of(directory: Directory, person: Person, bot: Bot, now: datetime) -> tuple[str, ...]:
    """Return the units whose orders the person may decide on this day."""
    day = bot.day(now)
    return tuple(u for u in directory.units if person in directory.holders(u, RightKind.ORDER, day))


def _setting(desk: Desk, person: Person) -> Setting:
    return Setting(person, desk.directory, desk.bot.policy, desk.bot.day(desk.now))


def _new_order(desk: Desk, person: Person, actor: Actor) -> None:
    form = read_form(desk.mail.text)
    if form.is_empty:
        desk.answer(Notice(NoticeKind.HELP, person, form=Form(), text="no_order"), reason="no order")
        return
    content = complete(form, _setting(desk, person))
    if isinstance(content, Content):
        _open(desk, person, actor, content, form)
    else:
        reference = orders.new_reference()
        drafts.add(desk.connection, Draft(reference, person.id, form, desk.inbox_id), desk.now)
        _answer_problems(desk, Notice(NoticeKind.PROBLEMS, person, form=form, problems=content, draft=reference))


def _answer_problems(desk: Desk, notice: Notice, order: Order | None = None) -> None:
    closed = next((p.text for p in notice.problems if p.kind is ProblemKind.UNIT_WITHOUT_APPROVER), None)
    if closed is not None:
        _tell_of_closed_unit(desk, closed)
    desk.answer(notice, reason="problems: " + " ".join(p.kind for p in notice.problems), order=order)


def _tell_of_closed_unit(desk: Desk, name: str) -> None:
    """A unit without an active approver takes no orders: its head and purchasing are told (product.md section 4)."""
    unit = desk.directory.unit_named(name)
    head = desk.directory.persons[unit.head] if unit and unit.head is not None else None
    told: list[Recipient] = [head, Role.PURCHASING] if head else [Role.PURCHASING]
    post(desk.bot, desk.connection, [Notice(NoticeKind.UNIT_CLOSED, to, text=name) for to in told], desk.now)


def _open(desk: Desk, person: Person, actor: Actor, content: Content, form: Form) -> None:
    number = orders.next_number(desk.connection, desk.bot.policy.order_prefix, desk.bot.day(desk.now).year)
    request = Request(number, orders.new_reference(), content, form)
    change = workflow.open_order(request, person.id, actor, desk.bot.policy, desk.now)
    order = carry_out(desk.bot, desk.connection, change, desk.now, desk.inbox_id)
    desk.finish(Outcome.ORDER, order=order)


def _amend_draft(desk: Desk, person: Person, actor: Actor, draft: Draft) -> None:
    """Take the answer into the kept draft; when it is complete it becomes an order, or corrects one."""
    form = draft.form.amended_by(_new_form(desk))
    content = complete(form, _setting(desk, person))
    if not isinstance(content, Content):
        drafts.amend(desk.connection, draft.reference, form)
        notice = Notice(NoticeKind.PROBLEMS, person, form=form, problems=content, draft=draft.reference)
        _answer_problems(desk, notice)
        return
    drafts.close(desk.connection, draft.reference, desk.now)
    if draft.order is None:
        _open(desk, person, actor, content, form)
    else:
        _correct(desk, person, actor, orders.load(desk.connection, draft.order), content, form)


def _new_form(desk: Desk) -> Form:
    form = read_form(new_text(desk.mail.text))
    return Form(form.fields, form.lines, form.unread, (), form.conflicts)


def _answer_order(desk: Desk, person: Person, actor: Actor, order: Order) -> None:
    """Take an answer about an order: a correction when it gives fields or lines, else words for the approver."""
    form = _new_form(desk)
    words = new_text(desk.mail.text).strip()
    if person.id != order.requester:
        _refuse(desk, person, order, Refusal.NOT_YOURS)
    elif form.is_empty:
        _add_words(desk, person, actor, order, words)
    else:
        amended = order.form.amended_by(form)
        content = complete(amended, _setting(desk, person))
        if isinstance(content, Content):
            _correct(desk, person, actor, order, content, amended)
        else:
            reference = orders.new_reference()
            drafts.add(desk.connection, Draft(reference, person.id, amended, desk.inbox_id, order.id), desk.now)
            notice = Notice(NoticeKind.PROBLEMS, person, (order,), form=amended, problems=content, draft=reference)
            _answer_problems(desk, notice, order)


def _correct(desk: Desk, person: Person, actor: Actor, order: Order, content: Content, form: Form) -> None:
    match workflow.correct(order, content, form, actor, desk.bot.policy, desk.now):
        case Refusal() as refusal:
            _refuse(desk, person, order, refusal, form)
        case change:
            carry_out(desk.bot, desk.connection, change, desk.now, desk.inbox_id)
            desk.finish(Outcome.ANSWER, reason="correction", order=order)


def _add_words(desk: Desk, person: Person, actor: Actor, order: Order, words: str) -> None:
    asked_by = events.last_actor(desk.connection, order.id, Happened.ASKED)
    change = workflow.answer(order, words, actor, desk.now, asked_by=asked_by)
    if isinstance(change, Refusal) or not words:
        _refuse(desk, person, order, Refusal.UNCHANGED)
        return
    carry_out(desk.bot, desk.connection, change, desk.now, desk.inbox_id)
    desk.finish(Outcome.ANSWER, reason="answer", order=order)


def _refuse(desk: Desk, person: Person, order: Order, refusal: Refusal, form: Form | None = None) -> None:
    """Say why nothing was changed; someone who may decide the order gets a fresh link, others learn nothing of it."""
    able = deciders(order.content.unit, order.requester, desk.directory, desk.bot.policy, desk.bot.day(desk.now))
    concerned = person.id == order.requester or person in able
    links = (Purpose.DECIDE,) if person in able else (Purpose.ORDER,) if person.id == order.requester else ()
    notice = Notice(
        NoticeKind.NOT_CORRECTED, person, (order,) if concerned else (), links, refusal=refusal, form=form or order.form
    )
    if not concerned:
        notice = Notice(NoticeKind.HELP, person, form=Form(), text="no_order")
    desk.answer(notice, reason=f"refused: {refusal}", order=order)
