"""All that reading a mail's bytes can tell, in one value: made where it can be stopped, used where it cannot hurt."""

import re
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise

from mailbot.domain.people.scheme import Scheme
from mailbot.domain.values.order import Form
from mailbot.domain.values.text import fold
from mailbot.languages import TEXT_WORDS, any_phrase
from mailbot.mail.reading import appointment_form, parsed_mail
from mailbot.mail.reading.absence_form import AbsenceForm, means_absence, read_absence
from mailbot.mail.reading.answered import answered_mail
from mailbot.mail.reading.automatic import phrase
from mailbot.mail.reading.automatic_signs import AutoMail
from mailbot.mail.reading.bodies import Bodies, read_bodies
from mailbot.mail.reading.choice import Contradiction, Reader, attached, chosen, holds_order, is_forwarded, quoted_order
from mailbot.mail.reading.gist import (
    NOTHING_SAID,
    AnswerText,
    Keyword,
    decision_in,
    may_keep_others,
    read_said,
    says_all,
)
from mailbot.mail.reading.order_form import SIGNED, read_form
from mailbot.mail.reading.parsed_mail import ParsedMail
from mailbot.mail.reading.prose import language_of, with_proposals
from mailbot.mail.reading.subject import Named, read_subject

_BLANK_LINES = re.compile(r"\n{3,}")
_PHONE = re.compile(rf"(?:(?:{any_phrase(TEXT_WORDS.phone)})[.: ]+(?=\d)|(?=[+0]))[+\d][\d ()/-]{{6,20}}\d")


@dataclass(frozen=True)
class Intake:
    """A mail as read. `form` is all of it as an order, or the two that it holds; `forwarded`: another wrote it.

    As a reply: `answer` and `words` are what is new, `said` is `words` without signature and what they come to,
    `decision` its keyword with the comment, `adds` that words beside its lines may leave others as they are, `edits`
    that some stand within what it quotes, where the others are left as they are. `attached` is what files order if
    these hold no line. `left_out`: what it quotes looks like an order, and is not read. `away` is the absence that it
    states, `means_away` that its subject begins so. `named` is what its subject names of ours. `appoints` is what prose
    about approvers says for an order scheme; `language` what it is written in, "" if unknown.
    """

    mail: ParsedMail
    form: Form | Contradiction
    forwarded: bool
    answer: Form
    words: str
    scheme: Scheme | None = None
    left_out: bool = False
    away: AbsenceForm | None = None
    means_away: bool = False
    decision: tuple[Keyword, str] | None = None
    attached: Form | Contradiction = field(default_factory=Form)
    said: AnswerText = NOTHING_SAID
    named: Named = field(default_factory=Named)
    adds: bool = False
    edits: bool = False
    appoints: Scheme | None = None
    language: str = ""


def take_in(raw: bytes, mail_from: str, answered: bytes = b"") -> Intake:
    """Read a mail's bytes; `mail_from` is its envelope sender, "" for none. A program's text is not looked at.

    `answered` is the mail of ours that it answers, if any: what the mail repeats of it is quoted.
    """
    mail = parsed_mail.read(raw, mail_from)
    if mail.defect or (mail.is_automatic and mail.robot is not AutoMail.GENERATED):
        return Intake(mail, Form(), forwarded=False, answer=Form(), words="")
    bodies = read_bodies(mail.plain, mail.html, answered_mail(answered))
    read = _reading_once()
    files = [(file.name, file.data) for file in mail.files]
    file = attached(files)
    forwarded = not holds_order(file) and is_forwarded(bodies, read)
    said = read_said(bodies.answer, f"{mail.name} {(mail.sender or '').partition('@')[0]}", reacted=mail.reaction)
    answer = _answer(bodies, read)
    notes = tuple(x for x in answer.notes if x in answer.priced_notes or " ".join(x.split()) in said.telling)
    answer = replace(answer, notes=notes, struck=bodies.struck)
    form, quoted = chosen(bodies, files, read), None if forwarded else quoted_order(bodies)
    if quoted and quoted.unread and isinstance(form, Form) and not bodies.quotes_a_mail:
        form, quoted = form.added_by(Form(unread=quoted.unread, doubts=quoted.doubts)), None
    if isinstance(form, Form):
        form = _without_chatter(form, bodies.answer, said)
    named = read_subject(mail.subject)
    is_bare = bool(named.answered) and not mail.subject.lstrip().upper().startswith(f"{named.answered}:")
    is_answer = bool(mail.references or named.numbers) or "#" in mail.subject
    if form == Form() and not (is_answer or mail.files or bodies.quoted.strip()):  # all may stand in the subject
        form = read_form(mail.subject)
    return Intake(
        mail if mail.sign else replace(mail, sign=phrase(bodies.answer)),
        form if isinstance(form, Contradiction) else with_proposals(form),
        forwarded=forwarded,
        answer=with_proposals(answer),
        words=bodies.answer,
        scheme=appointment_form.scheme_in(mail.subject, bodies),
        left_out=quoted is not None,
        away=read_absence(mail.subject, bodies.answer),
        means_away=means_absence(mail.subject, bodies.answer),
        decision=decision_in(bodies.answer),
        attached=file if is_answer and not (answer.lines or answer.unread) else Form(),
        said=said,
        named=named,
        appoints=appointment_form.scheme_of_prose(f"{mail.subject}\n{bodies.answer}"),
        language=language_of(mail.subject, bodies.answer),
        adds=not (mail.references or named.references or is_bare) or may_keep_others(answer, bodies.answer),
        edits=bool(read(bodies.inside).written) and not says_all(answer),
    )


def _reading_once() -> Reader:
    """Return what reads each text once: own words and an answer often differ in the number of blank lines alone."""
    once = cache(read_form)
    return lambda text: once(_BLANK_LINES.sub("\n\n", text).strip("\n"))


def _without_chatter(form: Form, words: str, said: AnswerText) -> Form:
    """Return the form without notes that tell nobody anything.

    That is a greeting, a signature, a telephone line, or what only leads to a line or field below it.
    """
    lines = [" ".join(line.split()) for line in words.split("\n") if line.strip()]
    notes = {" ".join(note.split()) for note in form.notes}
    leads = {line for line, below in pairwise(lines) if line.endswith(":") and below not in notes}
    idle = leads | {line for line in lines if line not in said.telling or _PHONE.fullmatch(fold(line))}
    return replace(
        form, notes=tuple(x for x in form.notes if x in form.priced_notes or " ".join(x.split()) not in idle)
    )


def _answer(bodies: Bodies, read: Reader) -> Form:
    """Read what is new in a reply; below a signature's mark where goods stand there, or nothing stands above it."""
    said, own = read(bodies.answer), bodies.plain.own if bodies.plain.everything.strip() else bodies.html.own
    below = own.partition(f"\n{SIGNED}")[2] or own.removeprefix(SIGNED)
    whole = read(f"{bodies.answer}\n{SIGNED}\n{below}") if below != own else said
    return whole if len(whole.written) > len(said.written) or not bodies.answer else said
