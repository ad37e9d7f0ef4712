"""The text and the HTML of a mail, kept within a size, the answers that it offers, and files for what was cut."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mailbot.domain.notices.notice import AnyNotice
from mailbot.domain.ordering.draft import Problem, ProblemKind
from mailbot.domain.values.order import FIELDS, Field, Form, Order
from mailbot.mail.reading.order_text import LABELS, write_form
from mailbot.mail.writing.compose import OutgoingFile
from mailbot.mail.writing.mailto import mailto_for, opening
from mailbot.mail.writing.order_csv import write_lines
from mailbot.mails.blocks import body_of
from mailbot.mails.say import MailInput
from mailbot.presentation import Place, TemplateFilters, environment, render

MAX_BYTES = 60_000
"""The bound for the text and for the HTML. Gmail cuts mails at about 102 kB, and nobody reads 60 kB on a telephone."""
MOST = (20, 19, 18, 17, 16, 15, 14, 12, 10, 8, 6, 4, 3, 2, 1)
"""How long a mail's lists may be. They are tried in this order until the mail is small enough."""
MAX_MAILTO = 900
"""The most letters of an address that stands in a text, whose lines have at most 998."""
MAX_FORM = 8_000
"""The most letters that an order form may have inside the mail itself."""
SHARED_NAMES = {ProblemKind.AMBIGUOUS_APPROVER, ProblemKind.AMBIGUOUS_PERSON}
"""Problems whose persons are told apart by their addresses."""
CSV, PLAIN = 'text/csv; charset="utf-8"', 'text/plain; charset="utf-8"'
ORDER_CSV, ORDER_TXT, SCHEME_TXT, PLAN_TXT = "order.csv", "order.txt", "order-scheme.txt", "plan.txt"


@dataclass(frozen=True)
class WrittenMail:
    """A mail's subject, its text and HTML, and files with what has no room in these."""

    subject: str
    text: str
    html: str
    files: tuple[OutgoingFile, ...] = ()


def written_mail(notice: AnyNotice, said: MailInput, values: Mapping[str, Any], place: Place) -> WrittenMail:
    """Return the mail of a notice, its lists cut until text and HTML are each smaller than MAX_BYTES."""
    whole = {**values, **said.values, "notice": notice}
    for most in MOST:
        made = _made(notice, {**whole, "most": most}, place)
        if max(len(made.text.encode()), len(made.html.encode())) < MAX_BYTES:
            break
    return replace(made, files=tuple(_rest(said, whole, most, place)))


def _made(notice: AnyNotice, values: Mapping[str, Any], place: Place) -> WrittenMail:
    folder = f"mails/{notice.kind}"
    subject = render(f"{folder}/subject.txt", values, place, html=False)
    body = body_of(environment(*place, html=False).get_template(f"{folder}/body.j2"), values)
    text, html = (body.write(place, html=html) for html in (False, True))
    return WrittenMail(subject, text, html)


def _rest(said: MailInput, values: Mapping[str, Any], most: int, place: Place) -> Iterator[OutgoingFile]:
    """Yield the files that templates announce: what they have cut and what stands nowhere else."""
    order, form, plan = said.carried_out, said.form, said.plan
    if order is not None and len(order.content.lines) > 2 * most:
        yield OutgoingFile(ORDER_CSV, CSV, write_lines(order.content, place.language))
    if form is not None and left_out(form, place.language):
        yield OutgoingFile(ORDER_TXT, PLAIN, write_form(form, place.language).encode())
    if len(said.scheme) > MAX_FORM:
        yield OutgoingFile(SCHEME_TXT, PLAIN, said.scheme.encode())
    if plan is not None and len(plan.rows) > most:
        shown = {**values, "plan": plan, "limits_with_vat": values["policy"].limit_includes_vat}
        document = render("mails/plan.txt", shown, place, html=False)
        yield OutgoingFile(PLAN_TXT, PLAIN, document.encode())


def left_out(form: Form, language: str) -> int:
    """Return how many of a form's lines a mail leaves out: all or none, since any line in an answer replaces all."""
    return len(form.lines) + len(form.unread) if len(write_form(form, language)) > MAX_FORM else 0


Row = tuple[str, str, str]
"""A link's name, what stands behind it, and its address."""


@dataclass(frozen=True)
class MailtoOffers:
    """The `mailto:` addresses and forms that a mail offers; `bot` is the address to which orders are mailed."""

    bot: str
    language: str
    timezone: str
    draft: str = ""
    given: Form | None = None

    def to_bot(self, subject: str, body: str = "") -> str:
        """Return a `mailto:` address with subject and body; without the body if it has no room there."""
        return opening(self.bot, subject, body)

    def press(
        self, problems: Sequence[Problem], answered: Problem, line: str, shown: str = "", behind: str = ""
    ) -> Row:
        """Return a link that answers one problem with a line and the others with what is likely."""
        return (shown or line, behind, self.answer_draft(self.reply(problems, answered, line), line))

    def choices(self, problem: Problem) -> list[tuple[str, str]]:
        """Return what a problem lets choose: how each is shown, and the line that chooses it."""
        names = [person.name for person in problem.choices]
        is_shared = problem.kind in SHARED_NAMES or len(set(names)) < len(names)
        people = [(f"{p.name} ({p.address})", p.address) if is_shared else (p.name, p.name) for p in problem.choices]
        label = self.label(problem.field) if problem.field else ""
        return [(f"{label}: {x}", f"{label}: {value}") for x, value in (*people, *((n, n) for n in problem.names))]

    def as_written(self, problem: Problem) -> str:
        """Return the line that says once more what was asked about: a supplier's name stands between marks then."""
        label = self.label(problem.field) if problem.field else ""
        return f'{label}: "{problem.text}"' if problem.kind is ProblemKind.NEAR_SUPPLIER else f"{label}: {problem.text}"

    def likely(self, problem: Problem) -> str:
        """Return the line that the writer of a draft probably means, "" where none is likelier than others."""
        offers = (problem.offers or {}).get(self.language, ()) if problem.kind is ProblemKind.UNREAD_LINE else ()
        return self.choices(problem)[0][1] if problem.likely else offers[0] if len(offers) == 1 else ""

    def unsettled(self, problems: Sequence[Problem]) -> list[Problem]:
        """Return the problems to which no answer is likely."""
        return [problem for problem in problems if not self.likely(problem)]

    def reply(self, problems: Sequence[Problem], answered: Problem | None = None, line: str = "") -> str:
        """Return the text of an answer to a draft: this line about the problem `answered`, else what is likely.

        What is missing and about which nothing is likely is left to fill in, unless a problem is answered.
        """
        said = [line if p is answered else self.likely(p) or ("" if answered else self._blank(p)) for p in problems]
        return "\n".join(filter(None, said))

    def _blank(self, problem: Problem) -> str:
        label = self.label(problem.field) if problem.kind is ProblemKind.MISSING and problem.field else ""
        return label and f"{label}: <{label.lower()}>"

    def answer_draft(self, text: str, alone: str = "") -> str:
        """Return the `mailto:` address that answers a draft with this text, where it is too long `alone` or nothing."""
        addresses = [self.to_bot(f"#{self.draft}", body) for body in (text, alone, "")]
        return next(address for address in addresses if len(address) <= MAX_MAILTO)

    def set_aside(self, column: str) -> str:
        """Return the `mailto:` address that answers a draft: this column is neither price nor quantity."""
        said = TemplateFilters(self.language, self.timezone).say("set_aside")
        return self.answer_draft(said % {"name": column})

    def answer(self, order: Order) -> str:
        """Return the `mailto:` address of an empty mail about an order."""
        return self.to_bot(f"#{order.reference}")

    def correct(self, order: Order) -> str:
        """Return the `mailto:` address of a correction, which holds the order to change, as on the order's page."""
        subject = TemplateFilters(self.language, self.timezone).say("order")
        return mailto_for(self.bot, order.reference, subject, order.form, self.language).correct

    def form(self, form: Form | None = None) -> str:
        """Return a form as text to edit; without its lines if it is too long for a mail."""
        whole = self._form(form)
        shown = replace(whole, lines=(), unread=()) if left_out(whole, self.language) else whole
        return write_form(shown, self.language)

    def left_out(self, form: Form | None = None) -> int:
        """Return how many lines `form` leaves out."""
        return left_out(self._form(form), self.language)

    def has_room(self, text: str) -> bool:
        """Tell whether a form is short enough for the mail itself."""
        return len(text) <= MAX_FORM

    def _form(self, form: Form | None) -> Form:
        return form or self.given or Form()

    def label(self, field: Field) -> str:
        """Return the key that the field has in a mail."""
        return LABELS[self.language][field]

    def optional(self) -> Sequence[str]:
        """Return the keys of the optional fields that the help names."""
        return [self.label(field) for field in Field if FIELDS[field].named_in_help]
