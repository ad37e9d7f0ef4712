"""A proven sender's mail: an order, an answer about a draft or an order, or a command. One screen a kind."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mailbot.domain import canary, workflow
from mailbot.domain.absence import AbsenceProblem
from mailbot.domain.canary import nameable
from mailbot.domain.directory import Directory, Person, RightKind, fold, is_canary
from mailbot.domain.draft import Problem, ProblemKind, Setting, complete
from mailbot.domain.notices import Notice, NoticeKind, Purpose, Recipient, Role
from mailbot.domain.order import Content, Form, Order
from mailbot.domain.rights import Authority, able_persons, may_decide
from mailbot.domain.workflow import Actor, Happened, Refusal, Request
from mailbot.flows import absence, appoint
from mailbot.flows.bot import Bot
from mailbot.flows.desk import Desk
from mailbot.flows.post import carry_out, post
from mailbot.mail.absence_form import AbsenceForm, means_absence, read_absence
from mailbot.mail.choice import Contradiction
from mailbot.store import drafts, events, files, orders, outbox
from mailbot.store.drafts import Draft
from mailbot.store.inbox import Outcome
from mailbot.store.orders import REFERENCE_LENGTH, REFERENCE_LETTERS

ONE_HOUR = timedelta(hours=1)
LIST_COMMANDS = {"lista", "list"}
HELP_COMMANDS = {"hjälp", "hjalp", "help"}
_NUMBER = re.compile(r"\b[A-Za-z]+-[0-9]{4}-[0-9]{5,9}\b")
_REFERENCE = re.compile(rf"#([{REFERENCE_LETTERS}]{{{REFERENCE_LENGTH}}})(?![a-z0-9])")


def carry(desk: Desk, person: Person, actor: Actor) -> None:
    """Do what a proven sender's mail asks for: a command, an answer about a draft or order, or a new order."""
    command = fold(desk.mail.subject)
    draft, order = _answered(desk)
    if order is None or order.requester == person.id:  # nobody else adds to what is shown of an order
        contents = [files.Content(f.name, f.media_type, f.data) for f in desk.mail.files]
        files.keep(desk.connection, desk.inbox_id, contents)
    if command in LIST_COMMANDS:
        _send_list(desk, person)
    elif command in HELP_COMMANDS:
        desk.answer(Notice(NoticeKind.HELP, person, form=Form()), reason="help")
    elif order is None and draft is None and (away := _absence(desk)) is not None:
        absence.take(desk, person, actor, away)
    elif draft is not None and draft.person == person.id:
        _amend_draft(desk, person, actor, draft)
    elif order is not None:
        _answer_order(desk, person, actor, order)
    elif desk.intake.scheme is not None:
        appoint.take(desk, person, actor, desk.intake.scheme)
    else:
        _new_order(desk, person, actor)


def _absence(desk: Desk) -> AbsenceForm | None:
    """Return the absence that the mail states; an order whose subject begins with "back" or "åter" states none."""
    found, form = read_absence(desk.mail.subject, desk.intake.words), desk.intake.form
    dated = found is not None and found.first is not None
    return found if dated or (isinstance(form, Form) and form.is_empty) else None


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
    day = desk.bot.day(desk.now)
    pending = orders.pending_in(desk.connection, units)
    waiting = tuple(
        o for o in pending if isinstance(may_decide(o, person, desk.directory, desk.bot.policy, day), Authority)
    )
    links = (Purpose.DECIDE, Purpose.LIST) if waiting else (Purpose.LIST,) if units else ()
    desk.answer(Notice(NoticeKind.PENDING_LIST, person, waiting, links), reason="list")


def units_of(directory: Directory, person: Person, bot: Bot, now: datetime) -> tuple[str, ...]:
    """Return the units among whose orders may be some that the person may decide on this day."""
    day = bot.day(now)
    held = {r.unit for r in directory.rights_of(person.id) if r.kind is RightKind.ORDER and r.live(day)}
    if not bot.policy.superiors:
        return tuple(u for u in directory.units if u in held)
    named = bot.policy.own_costs and held  # the own-cost table may lead across the tree
    return tuple(u for u in directory.units if named or held & set(directory.path(u)))


def _setting(desk: Desk, person: Person) -> Setting:
    return Setting(person, nameable(desk.directory, person), desk.bot.policy, desk.bot.day(desk.now))


def _new_order(desk: Desk, person: Person, actor: Actor) -> None:
    form = desk.intake.form
    if isinstance(form, Contradiction):
        desk.park("text and HTML, or two files, say different things", person)
    elif form.is_empty and means_absence(desk.mail.subject):
        facts = {"problem": AbsenceProblem.UNREADABLE.value}
        desk.answer(Notice(NoticeKind.ABSENCE, person, facts=facts), reason="absence: unreadable")
    elif form.is_empty and (order := _named(desk, person)):
        _refuse(desk, person, order, Refusal.UNCHANGED if person.id == order.requester else Refusal.NOT_YOURS)
    elif form.is_empty:
        empty = not desk.intake.words and not desk.mail.files
        desk.answer(
            Notice(NoticeKind.HELP, person, form=Form(), text="empty" if empty else "no_order"), reason="no order"
        )
    elif _too_many(desk, person):
        desk.park("too many orders an hour", person)
    else:
        content = complete(form, _setting(desk, person))
        if isinstance(content, Content) and not desk.intake.forwarded:
            _open(desk, person, actor, content, form)
        else:
            _keep_draft(desk, person, form, _all_problems(desk, content))


def _named(desk: Desk, person: Person) -> Order | None:
    """Return the order whose number the subject holds, where it is the person's own or one for them to decide.

    Their mail program has lost which mail they answer. A number can be guessed, so it never leads further than this.
    """
    for number in _NUMBER.findall(desk.mail.subject):
        order = orders.by_number(desk.connection, number)
        if order and (person.id == order.requester or person in _able(desk, order)):
            return order
    return None


def _able(desk: Desk, order: Order) -> Sequence[Person]:
    return able_persons(order, desk.directory, desk.bot.policy, desk.bot.day(desk.now))


def _too_many(desk: Desk, person: Person) -> bool:
    """Tell whether more orders have come within the hour than people write (reliability-security.md K22).

    Systems that are listed as robots, and the doctor, are not counted against.
    """
    bot, since = desk.bot, desk.now - ONE_HOUR
    if is_canary(person) or fold(person.address) in bot.robots:
        return False
    counted = ((bot.orders_an_hour, person.id), (bot.all_orders_an_hour, None))
    return any(most and orders.opened_since(desk.connection, since, who) >= most for most, who in counted)


def _all_problems(desk: Desk, content: Content | tuple[Problem, ...]) -> tuple[Problem, ...]:
    found = content if isinstance(content, tuple) else ()
    return (Problem(ProblemKind.FORWARDED), *found) if desk.intake.forwarded else found


def _keep_draft(desk: Desk, person: Person, form: Form, problems: tuple[Problem, ...]) -> None:
    reference = orders.new_reference()
    drafts.add(desk.connection, Draft(reference, person.id, form, desk.inbox_id), desk.now)
    notice = Notice(NoticeKind.PROBLEMS, person, form=form, problems=problems, draft=reference, facts=_left_out(desk))
    _answer_problems(desk, notice)


def _left_out(desk: Desk) -> dict[str, str]:
    """Return what the answer to a new mail says beside: that a quoted order in it was not read."""
    return {"left_out": "quoted"} if desk.intake.left_out else {}


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


def _open(
    desk: Desk, person: Person, actor: Actor, content: Content, form: Form, earlier: int | None = None
) -> Order | None:
    prefix = canary.PREFIX if is_canary(person) else desk.bot.policy.order_prefix
    number = orders.next_number(desk.connection, prefix, desk.bot.day(desk.now).year)
    request = Request(number, orders.new_reference(), content, form)
    change = workflow.open_order(request, person.id, actor, desk.bot.policy, desk.now)
    if earlier is None:  # an answer quotes our own mail
        change = replace(change, facts=_left_out(desk))
    order = carry_out(desk.bot, desk.connection, change, desk.now, desk.cause(earlier))
    desk.finish(Outcome.ORDER, order=order)
    return order


def _amend_draft(desk: Desk, person: Person, actor: Actor, draft: Draft) -> None:
    """Take the answer into the kept draft; when it is complete it becomes an order, or corrects one."""
    form = draft.form.amended_by(_new_form(desk))
    content = complete(form, _setting(desk, person))
    if not isinstance(content, Content):
        drafts.amend(desk.connection, draft.reference, form)
        notice = Notice(NoticeKind.PROBLEMS, person, form=form, problems=content, draft=draft.reference)
        order = orders.load(desk.connection, draft.order) if draft.order is not None else None
        if order is None and draft.inbox_id is not None:
            files.hand_over(desk.connection, desk.inbox_id, draft.inbox_id)
        _answer_problems(desk, notice, order)
        return
    drafts.close(desk.connection, draft.reference, desk.now)
    if draft.order is None:
        _open(desk, person, actor, content, form, draft.inbox_id)
    else:
        _correct(desk, person, actor, orders.load(desk.connection, draft.order), content, form)


def _new_form(desk: Desk) -> Form:
    """Return what an answer gives; of its other text what names an amount, since that may be meant as a line."""
    form = desk.intake.answer
    return replace(form, notes=form.priced_notes)


def _answer_order(desk: Desk, person: Person, actor: Actor, order: Order) -> None:
    """Take an answer about an order: a correction when it gives fields or lines, else words for the approver."""
    form = _new_form(desk)
    words = desk.intake.words
    if person.id != order.requester:
        _refuse(desk, person, order, Refusal.NOT_YOURS)
    elif form.is_empty or (not form.fields and not form.lines and _is_asked(desk, order)):
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


def _is_asked(desk: Desk, order: Order) -> bool:
    """Tell whether a question waits: an answer may compare prices, and what is no sure line in it changes nothing."""
    said = [e.what for e in events.of_order(desk.connection, order.id) if e.what in {Happened.ASKED, Happened.ANSWERED}]
    return said[-1:] == [Happened.ASKED]


def _correct(desk: Desk, person: Person, actor: Actor, order: Order, content: Content, form: Form) -> None:
    match workflow.correct(order, content, form, actor, desk.bot.policy, desk.now):
        case Refusal() as refusal:
            _refuse(desk, person, order, refusal, form)
        case change:
            carry_out(desk.bot, desk.connection, change, desk.now, desk.cause())
            desk.finish(Outcome.ANSWER, reason="correction", order=order)


def _add_words(desk: Desk, person: Person, actor: Actor, order: Order, words: str) -> None:
    asked_by = events.last_actor(desk.connection, order.id, Happened.ASKED)
    change = workflow.answer(order, words, actor, desk.now, asked_by=asked_by)
    if isinstance(change, Refusal) or not words:
        _refuse(desk, person, order, Refusal.UNCHANGED)
        return
    carry_out(desk.bot, desk.connection, change, desk.now, desk.cause())
    desk.finish(Outcome.ANSWER, reason="answer", order=order)


def _refuse(desk: Desk, person: Person, order: Order, refusal: Refusal, form: Form | None = None) -> None:
    """Say why nothing was changed; someone who may decide the order gets a fresh link, others learn nothing of it."""
    able = _able(desk, order)
    concerned = person.id == order.requester or person in able
    links = (Purpose.DECIDE,) if person in able else (Purpose.ORDER,) if person.id == order.requester else ()
    notice = Notice(
        NoticeKind.NOT_CORRECTED, person, (order,) if concerned else (), links, refusal=refusal, form=form or order.form
    )
    if not concerned:
        notice = Notice(NoticeKind.HELP, person, form=Form(), text="no_order")
    desk.answer(notice, reason=f"refused: {refusal}", order=order)
