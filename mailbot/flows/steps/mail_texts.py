"""What a mail says in its two forms and within its size, what it offers to write, and the files that hold the rest."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from mailbot.domain.notices import Notice, NoticeKind
from mailbot.domain.ordering.workflow import Happened
from mailbot.domain.values.order import FIELDS, Field, Form, Order, Status
from mailbot.mail.reading.order_text import LABELS, write_form
from mailbot.mail.writing.compose import OutgoingFile
from mailbot.mail.writing.mailto import mailto_for, opening
from mailbot.mail.writing.order_csv import write_lines
from mailbot.mails.blocks import body_of
from mailbot.presentation import TemplateFilters, environment, render

MAX_BYTES = 60_000
"""Of each form. Gmail cuts off what is longer than some 102 kB, and nobody reads 60 on a telephone."""
MOST = (20, 19, 18, 17, 16, 15, 14, 12, 10, 8, 6, 4, 3, 2, 1)
"""How many of each thing a mail lists: the first of these with which it is small enough."""
MAX_FORM = 8_000
"""Letters of a form that stands in the mail itself."""
OPEN_TO_CHANGE = {Status.PENDING, Status.REJECTED, Status.APPROVED}
ORDER_CSV, ORDER_TXT, SCHEME_TXT, PLAN_TXT = "order.csv", "order.txt", "order-scheme.txt", "plan.txt"


@dataclass(frozen=True)
class WrittenMail:
    """A mail's subject, its two forms, and files with what had no room in them."""

    subject: str
    text: str
    html: str
    files: tuple[OutgoingFile, ...] = ()


def written_mail(notice: Notice, values: Mapping[str, Any], language: str, timezone: str) -> WrittenMail:
    """Return the mail of a notice, its lists cut until each form is smaller than MAX_BYTES."""
    for most in MOST:
        made = _made(notice, {**values, "most": most}, language, timezone)
        if max(len(made.text.encode()), len(made.html.encode())) < MAX_BYTES:
            break
    return replace(made, files=tuple(_rest(notice, values, most, language, timezone)))


def _made(notice: Notice, values: Mapping[str, Any], language: str, timezone: str) -> WrittenMail:
    folder = f"mail/{notice.kind}"
    subject = render(f"{folder}/subject.txt", values, language=language, timezone=timezone, html=False)
    body = body_of(environment(language, timezone, html=False).get_template(f"{folder}/body.j2"), values)
    text, html = (body.write(language, timezone, html=html) for html in (False, True))
    return WrittenMail(subject, text, html)


def carries_out(notice: Notice) -> bool:
    """Tell whether its reader carries the order out by this mail alone, and so must have every line."""
    lost = notice.kind is NoticeKind.ALARM and notice.happened is Happened.NOT_DELIVERED
    return lost or notice.kind in {NoticeKind.TO_SUPPLIER, NoticeKind.TO_PURCHASING}


def _rest(notice: Notice, values: Mapping[str, Any], most: int, language: str, timezone: str) -> Iterator[OutgoingFile]:
    """Yield what templates say is attached: all that they have cut and that stands nowhere else."""
    if carries_out(notice) and len(notice.orders[0].content.lines) > 2 * most:
        yield OutgoingFile(ORDER_CSV, "csv", write_lines(notice.orders[0].content, language))
    form = _form_of(notice)
    if form is not None and left_out(form, language):
        yield OutgoingFile(ORDER_TXT, "plain", write_form(form, language).encode())
    if notice.appointing and len(notice.appointing.form) > MAX_FORM:
        yield OutgoingFile(SCHEME_TXT, "plain", notice.appointing.form.encode())
    if notice.kind is NoticeKind.PLAN and "confirmed" in notice.facts and len(values["plan"].rows) > most:
        shown = {**values, "limits_with_vat": values["policy"].limit_includes_vat}
        document = render("document/plan.txt", shown, language=language, timezone=timezone, html=False)
        yield OutgoingFile(PLAN_TXT, "plain", document.encode())


def _form_of(notice: Notice) -> Form | None:
    """Return the form that a mail gives to edit."""
    match notice.kind:
        case NoticeKind.REJECTED:
            return notice.orders[0].form
        case NoticeKind.PROBLEMS:
            return notice.form
        case NoticeKind.NOT_CORRECTED if notice.orders[0].status not in OPEN_TO_CHANGE:
            return notice.form
    return None


def left_out(form: Form, language: str) -> int:
    """Return how many lines a form has that is too long for a mail.

    All are left out, since any line that an answer gives replaces all of them.
    """
    return len(form.lines) + len(form.unread) if len(write_form(form, language)) > MAX_FORM else 0


@dataclass(frozen=True)
class MailtoOffers:
    """The `mailto:` addresses and forms a mail offers; `bot` is the address that orders are mailed to."""

    bot: str
    notice: Notice
    language: str
    timezone: str

    def to_bot(self, subject: str, body: str = "") -> str:
        """Return a mailto: address with subject and body, without a body that has no room in it."""
        return opening(self.bot, subject, body)

    def choose(self, field: Field, value: str) -> str:
        """Return the mailto: address that answers a draft with one field; it carries only reference and field."""
        return self.to_bot(f"#{self.notice.draft}", f"{self.label(field)}: {value}")

    def set_aside(self, column: str) -> str:
        """Return the mailto: address that answers a draft: the column of its table is neither price nor quantity."""
        said = TemplateFilters(self.language, self.timezone).say("set_aside")
        return self.to_bot(f"#{self.notice.draft}", said % {"name": column})

    def answer(self, order: Order) -> str:
        """Return the mailto: address of an empty mail about an order."""
        return self.to_bot(f"#{order.reference}")

    def correct(self, order: Order) -> str:
        """Return the mailto: address that corrects an order, with the order in it to change, as its page offers it."""
        subject = TemplateFilters(self.language, self.timezone).say("order")
        return mailto_for(self.bot, order.reference, subject, order.form, self.language).correct

    def form(self, form: Form | None = None) -> str:
        """Return a form as text to edit; one that is too long for a mail without its lines."""
        whole = self._form(form)
        shown = replace(whole, lines=(), unread=()) if left_out(whole, self.language) else whole
        return write_form(shown, self.language)

    def left_out(self, form: Form | None = None) -> int:
        """Return how many lines the form is given without."""
        return left_out(self._form(form), self.language)

    def has_room(self, text: str) -> bool:
        """Tell whether a form can stand in the mail itself."""
        return len(text) <= MAX_FORM

    def _form(self, form: Form | None) -> Form:
        return form or self.notice.form or Form()

    def label(self, field: Field) -> str:
        """Return the key that the field has in a mail."""
        return LABELS[self.language][field]

    def optional(self) -> Sequence[str]:
        """Return the keys of what may be added to an order."""
        return [self.label(field) for field in Field if FIELDS[field].named_in_help]
