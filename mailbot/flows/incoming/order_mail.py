"""A proven sender's mail: an order, an answer about a draft or an order, or a command."""

from collections.abc import Sequence
from dataclasses import replace

from mailbot.domain.notices.notice import (
    AbsenceNotice,
    HelpNotice,
    Mailbox,
    NotCorrectedNotice,
    PendingListNotice,
    PointerNotice,
    ProblemsNotice,
    Purpose,
    Recipient,
    UnitClosedNotice,
)
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.draft import DraftContext, Problem, ProblemKind, complete
from mailbot.domain.ordering.workflow import Act, Change, Happened, NewOrder, Refusal
from mailbot.domain.people import canary
from mailbot.domain.people.absence import AbsenceProblem
from mailbot.domain.people.canary import nameable
from mailbot.domain.people.directory import is_canary
from mailbot.domain.people.rights import Authority
from mailbot.domain.values.order import MORE, Content, Field, Form, LineOffers, Order, Status
from mailbot.domain.values.pointer import Pointer, pointed_to
from mailbot.domain.values.text import fold
from mailbot.flows.incoming import appoint, approver_question, hourly_limit, subject_number
from mailbot.flows.steps import absence
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.desk import Desk, ProvenDesk
from mailbot.flows.steps.link_page import decidable, units_of
from mailbot.flows.steps.outgoing import enqueue
from mailbot.languages import COMMAND_WORDS, phrases
from mailbot.mail.reading.absence_form import AbsenceForm
from mailbot.mail.reading.choice import Contradiction, holds_order
from mailbot.mail.reading.gist import Gist
from mailbot.mail.reading.order_text import LABELS, write_form, write_line
from mailbot.mails.written import MAX_FORM
from mailbot.store import drafts, events, files, orders, outbox
from mailbot.store.drafts import Draft
from mailbot.store.inbox import MailOutcome

LIST_COMMANDS = frozenset(phrases(COMMAND_WORDS.list_orders))
VERDICTS = {Gist.YES, Gist.NO, Gist.REACTION}
NOTHING = Form()
HELP_COMMANDS = frozenset(phrases(COMMAND_WORDS.help))


def carry(desk: ProvenDesk) -> None:
    """Do what a proven sender's mail asks for: a command, an answer about a draft or order, or a new order."""
    command = fold(desk.mail.subject)
    draft, order = _answered(desk)
    if order is None or order.requester == desk.person.id:  # only the requester may add files to an order
        desk = _keep_files(desk)
    if command in LIST_COMMANDS:
        _send_list(desk)
    elif command in HELP_COMMANDS:
        desk.answer(HelpNotice(to=desk.person), reason="help")
    # In an answer about a draft or an order, days belong to the answer.
    elif order is None and draft is None and (away := _absence(desk)) is not None:
        absence.take(desk, away)
    elif _asks_nothing(desk, draft, order):
        desk.finish(MailOutcome.ANSWER, reason=f"noted: {desk.intake.said.gist}", order=order)
    elif draft is not None and draft.person == desk.person.id:
        _take_up(desk, draft)
    elif order is not None:
        _answer_order(desk, order)
    elif desk.intake.scheme is not None:
        appoint.take(desk, desk.intake.scheme)
    else:
        _new_order(desk)


def _keep_files(desk: ProvenDesk) -> ProvenDesk:
    contents = [files.FileContent(f.name, f.media_type, f.data) for f in desk.mail.files]
    if contents:
        desk.work.put(files.keep, desk.inbox_id, contents)
    return replace(desk, files=tuple(files.listed(desk.inbox_id, contents)))


def _absence(desk: Desk) -> AbsenceForm | None:
    """Return the absence that the mail states, if it has no order lines; beside fields it needs dates ("åter")."""
    found, form = desk.intake.away, desk.intake.form
    dated = found is not None and found.last is not None
    return found if isinstance(form, Form) and (form.is_empty or (dated and not form.lines)) else None


def _asks_nothing(desk: ProvenDesk, draft: Draft | None, order: Order | None) -> bool:
    """Tell whether it is only thanks, a reaction, or a requester's "ok".

    A reaction of who may decide, or to a waiting question, may mean more and is answered.
    """
    form, gist = desk.intake.form, desk.intake.said.gist
    answers_us = draft is not None or order is not None  # then the form in it may be our own, quoted
    if not (desk.intake.answer.is_empty and (answers_us or (isinstance(form, Form) and form.is_empty))):
        return False
    if desk.mail.files or desk.intake.scheme is not None:
        return False
    if gist is Gist.REACTION:
        return order is None or not (_waits_for(desk, order) or _owes_answer(desk, order))
    if gist is Gist.YES and order is not None and order.requester == desk.person.id:
        return not (_waits_for(desk, order) or _owes_answer(desk, order))
    return gist is Gist.THANKS


def _waits_for(desk: ProvenDesk, order: Order) -> bool:
    return order.status is Status.PENDING and _may_decide(desk, order)


def _owes_answer(desk: ProvenDesk, order: Order) -> bool:
    return order.requester == desk.person.id and _is_asked(desk, order)


def _answered(desk: Desk) -> tuple[Draft | None, Order | None]:
    """Return the draft or order that the mail answers, by a reference in the subject or by the mail it replies to."""
    for reference in desk.intake.named.references:
        if draft := drafts.find(desk.work.connection, reference):
            return draft, None
        if order := orders.by_reference(desk.work.connection, reference):
            return None, order
    if not desk.mail.references:
        return None, None
    kept = outbox.draft_of_message(desk.work.connection, desk.mail.references)
    draft = drafts.find(desk.work.connection, kept) if kept else None
    return draft, None if draft else orders.of_message(desk.work.connection, desk.mail.references)


def _send_list(desk: ProvenDesk, *, answered: bool = False) -> None:
    """Mail the list of everything that the person may decide; `answered` if they answered a mail about several."""
    units = units_of(desk.work, desk.person)
    own, below = decidable(desk.work, desk.person, units)
    about = PendingListNotice(to=desk.person, waiting=tuple(own), below=len(below))
    notice = replace(about, lists=bool(units), answered=answered)
    desk.answer(notice, reason="words about several orders" if answered else "list")


def _setting(desk: ProvenDesk) -> DraftContext:
    return DraftContext(desk.person, nameable(desk.directory, desk.person), desk.work.policy, desk.work.day)


def _new_order(desk: ProvenDesk) -> None:
    form = desk.intake.form
    own = Form() if desk.intake.forwarded or isinstance(form, Contradiction) else form  # a forward is others' words
    if isinstance(form, Contradiction):
        desk.park("text and HTML, or two files, say different things", desk.person)
    elif form.is_empty and desk.intake.means_away:
        desk.answer(AbsenceNotice(to=desk.person, problem=AbsenceProblem.UNREADABLE), reason="absence: unreadable")
    elif found := _named(desk, own):
        _answer_named(desk, found, own)
    elif not subject_number.stands_alone(own) and (several := approver_question.about_several(desk)):
        _answer_several(desk, orders.load(desk.work.connection, several[0]), own)
    elif pointer := _pointer(desk, own):
        desk.answer(PointerNotice(to=desk.person, pointer=pointer), reason="belongs in another system")
    elif form.is_empty and not (desk.intake.words or desk.mail.files or form.priced_notes):
        desk.answer(HelpNotice(to=desk.person, empty=True), reason="no order")
    elif form.is_empty and not form.priced_notes and appoint.means_approvers(desk):
        appoint.offer(desk, form)
    else:
        form = form.with_notes_asked
        content = complete(form, _setting(desk))
        if not isinstance(content, Content) or desk.intake.forwarded:
            _keep_draft(desk, form, _all_problems(desk, content))
        elif not hourly_limit.waits(desk):
            _open(desk, content, form)


def _kept(desk: ProvenDesk, form: Form, order: int | None = None) -> str:
    """Keep a draft; return the reference by which its sender's answer finds it."""
    reference = orders.new_reference()
    desk.work.put(drafts.add, Draft(reference, desk.person.id, form, desk.inbox_id, order), desk.work.now)
    return reference


def _files_of(desk: Desk, form: Form, draft: Draft | None = None) -> tuple[str, ...]:
    earlier = files.of_mail(desk.work.connection, draft.inbox_id) if draft and draft.inbox_id is not None else ()
    unread = {file.name for file in form.unread_files}
    return tuple(dict.fromkeys(file.name for file in (*earlier, *desk.files) if file.name not in unread))


def _named(desk: ProvenDesk, form: Form) -> list[Order]:
    """Return the own orders that the subject names; else, of a mail that is no order, the first to decide."""
    found = subject_number.orders_in_subject(desk)
    mine = [order for order in found if order.requester == desk.person.id]
    return mine or [o for o in found if not subject_number.stands_alone(form) and _may_decide(desk, o)][:1]


def _answer_named(desk: ProvenDesk, found: Sequence[Order], form: Form) -> None:
    """Take a mail as an answer about the order that its subject names, as far as a number may lead (see `_named`)."""
    order = found[0]
    if desk.person.id != order.requester:
        _from_other(desk, order, by_number=True)
    elif subject_number.stands_alone(form) and not (len(found) == 1 and desk.intake.named.answered == order.number):
        subject_number.ask_which(desk, order, form)
    elif len(found) > 1 or (desk.intake.answer.is_empty and not holds_order(_new_file(desk))):
        _refuse(desk, order, Refusal.SEVERAL_NAMED if len(found) > 1 else Refusal.UNCHANGED)
    else:
        _change(desk, order)


def _may_decide(desk: ProvenDesk, order: Order) -> bool:
    return isinstance(desk.work.deciders(order).authority(desk.person), Authority)


def _pointer(desk: ProvenDesk, form: Form) -> Pointer | None:
    """Return where a mail belongs that is no order; a whole order is one, whatever its subject says."""
    if subject_number.stands_alone(form):
        return None
    line = next(iter(desk.intake.said.text.splitlines()), "")
    return pointed_to(desk.work.policy.pointers, desk.mail.subject, line, lines=bool(form.lines or form.unread))


def _answer_several(desk: ProvenDesk, first: Order, form: Form) -> None:
    """Ask a requester for the number of the order that they mean; send who decides the list of all."""
    if first.requester == desk.person.id:
        _refuse(desk, first, Refusal.SEVERAL_NAMED, form)
    else:
        _send_list(desk, answered=True)


def _all_problems(desk: Desk, content: Content | tuple[Problem, ...]) -> tuple[Problem, ...]:
    found = content if isinstance(content, tuple) else ()
    return (Problem(ProblemKind.FORWARDED), *found) if desk.intake.forwarded else found


def _keep_draft(desk: ProvenDesk, form: Form, problems: tuple[Problem, ...]) -> None:
    draft, kept = _kept(desk, form), _files_of(desk, form)
    notice = ProblemsNotice(to=desk.person, form=form, problems=problems, draft=draft, files=kept)
    _answer_problems(desk, replace(notice, left_out=bool(desk.intake.left_out)))


def _answer_problems(desk: Desk, notice: ProblemsNotice, order: Order | None = None) -> None:
    closed = next((p.text for p in notice.problems if p.kind is ProblemKind.UNIT_WITHOUT_APPROVER), None)
    if closed is not None:
        _tell_of_closed_unit(desk, closed)
    reason = "no order" if notice.form.is_empty else "problems: " + " ".join(p.kind for p in notice.problems)
    desk.answer(notice, reason=reason, order=order)


def _tell_of_closed_unit(desk: Desk, name: str) -> None:
    """Tell head and purchasing that the unit takes no orders (docs/rules/promises.md#nobody)."""
    unit = desk.directory.unit_named(name)
    told: tuple[Recipient | None, ...] = (desk.directory.head(unit.id) if unit else None, Mailbox.PURCHASING)
    enqueue(desk.work, [UnitClosedNotice(to=to, unit=name) for to in told if to])


def _open(desk: ProvenDesk, content: Content, form: Form, earlier: int | None = None) -> Order | None:
    prefix = canary.PREFIX if is_canary(desk.person) else desk.work.policy.order_prefix
    key, number = desk.bot.numbers.take_order(f"{prefix}-{desk.work.day.year}")
    request = NewOrder(key, number, orders.new_reference(), content, form)
    change = workflow.open_order(request, desk.person.id, _act(desk))
    if earlier is None:  # an answer quotes our own mail
        change = replace(change, left_out=bool(desk.intake.left_out))
    order = apply_change(desk.work, change, desk.cause(earlier))
    desk.finish(MailOutcome.ORDER, order=order)
    return order


def _take_up(desk: ProvenDesk, draft: Draft) -> None:
    """Take an answer about a draft. A complete one needs the form, a part of it, a yes or the tap that chooses it."""
    other = drafts.beside(desk.work.connection, draft)
    gist, is_chosen = desk.intake.said.gist, other is not None and draft.reference in desk.intake.named.references
    is_said = gist is Gist.YES or not (desk.intake.answer.is_empty and _new_file(desk).is_empty)
    is_complete = isinstance(complete(draft.form, _setting(desk)), Content)
    if other is not None and not is_chosen:
        subject_number.ask_again(desk, draft, other)
    elif is_chosen or is_said or not is_complete:
        _amend_draft(desk, draft)
    elif gist is Gist.NO:
        desk.work.put_if(drafts.close, draft.reference, desk.work.now)
        desk.finish(MailOutcome.ANSWER, reason="noted: no")
    else:
        _ask_about_draft(desk, draft, draft.form, (Problem(ProblemKind.FORWARDED),))


def _amend_draft(desk: ProvenDesk, draft: Draft) -> None:
    """Amend the draft by the answer; a complete draft becomes an order, or corrects one."""
    form = _amended(desk, draft.form, _new_file(desk))
    content = complete(form, _setting(desk))
    if not isinstance(content, Content):
        _ask_about_draft(desk, draft, form, content)
        return
    if draft.order is None and hourly_limit.waits(desk):
        return  # the draft stays open, because the mail is taken up again when its turn comes
    desk.work.put_if(drafts.close, draft.reference, desk.work.now)
    if draft.order is None:
        _open(desk, content, form, draft.inbox_id)
    else:
        order = orders.load(desk.work.connection, draft.order)
        _changed(desk, order, workflow.correct(order, content, form, _act(desk)), form, draft.inbox_id)


def _ask_about_draft(desk: ProvenDesk, draft: Draft, form: Form, problems: tuple[Problem, ...]) -> None:
    desk.work.put_if(drafts.amend, draft.reference, form)
    kept = _files_of(desk, form, draft)
    notice = ProblemsNotice(to=desk.person, form=form, problems=problems, draft=draft.reference, files=kept)
    order = orders.load(desk.work.connection, draft.order) if draft.order is not None else None
    if order is None and draft.inbox_id is not None:
        desk.work.put(files.hand_over, desk.inbox_id, draft.inbox_id)
    _answer_problems(desk, notice, order)


def _amended(desk: Desk, form: Form, file: Form = NOTHING) -> Form:
    """Return a form as an answer amends it; where its lines may leave others as they are, the whole order in each
    reading."""
    given = desk.intake.answer
    more = given if given.lines or given.unread else given.amended_by(file, desk.bot.policy.vocabulary)
    words = desk.bot.policy.vocabulary
    is_part = desk.intake.edits or (desk.intake.adds and not subject_number.stands_alone(given))
    if not is_part or not form.loses_to(more, words):
        return form.amended_by(given, words).amended_by(file, words)
    if form.choice:
        return form.amended_by(more.without_lines, words)
    meant = (form.added_by(more), form.changed_by(more), form.amended_by(more, words))
    offers = {language: tuple(dict.fromkeys(write_form(one, language) for one in meant)) for language in LABELS}
    has_room = all(len(text) <= MAX_FORM for texts in offers.values() for text in texts)
    texts = [x if isinstance(x, str) else write_line(x, desk.bot.language) for x in more.written.values()]
    asked = Form(unread=tuple(texts), doubts=dict.fromkeys(texts, LineOffers(offers if has_room else {}, kind=MORE)))
    return form.amended_by(more.without_lines, words).added_by(asked)


def _new_file(desk: Desk) -> Form:
    """Return the form in a file of the answer: we may have asked for it, in place of a file that could not be read."""
    form = desk.intake.attached
    return form if isinstance(form, Form) else Form()


def _answer_order(desk: ProvenDesk, order: Order) -> None:
    """Take an answer about an order. The requester corrects the order or answers a question; others may only ask."""
    form, gist = desk.intake.answer, desk.intake.said.gist
    if desk.person.id != order.requester:
        _from_other(desk, order)
    elif holds_order(_new_file(desk)):
        _change(desk, order)
    elif _only_categorises(desk, order):
        _changed(desk, order, workflow.categorise(order, form, _act(desk)), form)
    elif form.is_empty and gist is Gist.REACTION and _is_asked(desk, order):
        _refuse(desk, order, Refusal.NO_ANSWER)
    elif form.is_empty and gist in VERDICTS and not _is_asked(desk, order) and _waits_for(desk, order):
        approver_question.lead_to_page(desk, order, "verdict")
    elif form.is_empty or (not form.fields and not form.lines and _is_asked(desk, order)):
        _add_words(desk, order, desk.intake.said.text)
    else:
        _change(desk, order)


def _only_categorises(desk: Desk, order: Order) -> bool:
    """Tell whether the answer names the category, and nothing that a decision was made by: no other field or words."""
    form, is_decided = desk.intake.answer, order.status is Status.APPROVED
    others = replace(form, fields={field: text for field, text in form.fields.items() if field != Field.CATEGORY})
    routes = is_decided and desk.work.policy.categories_first  # finance in place of the supplier: that is decided anew
    return others.is_empty and not (form.is_empty or form.notes or routes)


def _from_other(desk: ProvenDesk, order: Order, *, by_number: bool = False) -> None:
    """Take the words of who may decide as a question, of a reviewer as a remark; others learn nothing of the order."""
    if not _may_decide(desk, order):
        _changed(desk, order, _remark(desk, order) if _reviews(desk, order) else Refusal.NOT_YOURS, order.form)
    elif refusal := approver_question.ask(desk, order, by_number=by_number):
        _refuse(desk, order, refusal)


def _reviews(desk: ProvenDesk, order: Order) -> bool:
    return desk.directory.reviewer(order.content.unit, desk.work.day) == desk.person


def _remark(desk: ProvenDesk, order: Order) -> Change | Refusal:
    text = desk.intake.said.text
    if not text:
        return Refusal.UNCHANGED
    return workflow.ask(order, text, desk.actor, desk.work.now, Happened.REMARKED)


def _change(desk: ProvenDesk, order: Order) -> None:
    """Correct the order as its requester's answer says, or ask back about what is not understood in the answer."""
    amended = _amended(desk, order.form, _new_file(desk))
    content = complete(amended, _setting(desk))
    if isinstance(content, Content):
        _changed(desk, order, workflow.correct(order, content, amended, _act(desk)), amended)
        return
    draft, kept = _kept(desk, amended, order.id), _files_of(desk, amended)
    notice = ProblemsNotice(to=desk.person, order=order, form=amended, problems=content, draft=draft, files=kept)
    _answer_problems(desk, notice, order)


def _is_asked(desk: Desk, order: Order) -> bool:
    """Tell whether a question waits: its answer may compare prices, so only a sure line changes the order."""
    said = [event.what for event in events.of_order(desk.work.connection, order.id)]
    return [what for what in said if what in {Happened.ASKED, Happened.ANSWERED}][-1:] == [Happened.ASKED]


def _act(desk: ProvenDesk) -> Act:
    return Act(desk.actor, desk.work.policy, desk.work.now)


def _changed(desk: ProvenDesk, order: Order, change: Change | Refusal, form: Form, earlier: int | None = None) -> None:
    if isinstance(change, Refusal):
        _refuse(desk, order, change, form)
    else:
        apply_change(desk.work, change, desk.cause(earlier))
        desk.finish(MailOutcome.ANSWER, reason=change.happened, order=order)


def _add_words(desk: ProvenDesk, order: Order, text: str) -> None:
    asked_by = events.last_actor(desk.work.connection, order.id, Happened.ASKED)
    change = workflow.answer(order, text, desk.actor, desk.work.now, asked_by=asked_by)
    _changed(desk, order, change if text else Refusal.UNCHANGED, order.form)


def _refuse(desk: ProvenDesk, order: Order, refusal: Refusal, form: Form | None = None) -> None:
    """Say why nothing was changed, to those who may decide with a fresh link; others get only the help."""
    link = Purpose.DECIDE if _may_decide(desk, order) else Purpose.REVIEW if _reviews(desk, order) else Purpose.ORDER
    concerned = desk.person.id == order.requester or link is not Purpose.ORDER
    told = NotCorrectedNotice(to=desk.person, order=order, refusal=refusal, form=form or order.form, link=link)
    desk.answer(told if concerned else HelpNotice(to=desk.person, lost=True), reason=f"refused: {refusal}", order=order)
