"""What a mail says in its two forms and within its size, what it offers to write, and the files that hold the rest."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mailbot.domain.notices.notice import AnyNotice
from mailbot.domain.values.order import Field, Form, Order
from mailbot.mail.reading.order_text import LABELS, write_form
from mailbot.mail.writing.compose import OutgoingFile
from mailbot.mail.writing.mailto import mailto_for, opening
from mailbot.mail.writing.order_csv import write_lines
from mailbot.mails.blocks import body_of
from mailbot.mails.say import MailInput
from mailbot.presentation import TemplateFilters, environment, render

MAX_BYTES = 60_000
"""Of each form. Gmail cuts off what is longer than some 102 kB, and nobody reads 60 on a telephone."""
MOST = (20, 19, 18, 17, 16, 15, 14, 12, 10, 8, 6, 4, 3, 2, 1)
"""How many of each thing a mail lists: the first of these with which it is small enough."""
MAX_FORM = 8_000
"""Letters of a form that stands in the mail itself."""
ORDER_CSV, ORDER_TXT, SCHEME_TXT, PLAN_TXT = "order.csv", "order.txt", "order-scheme.txt", "plan.txt"


@dataclass(frozen=True)
class Place:
    """Which language a mail is written in, and in which time zone its times are said."""

    language: str
    timezone: str


@dataclass(frozen=True)
class WrittenMail:
    """A mail's subject, its two forms, and files with what had no room in them."""

    subject: str
    text: str
    html: str
    files: tuple[OutgoingFile, ...] = ()


def written_mail(notice: AnyNotice, said: MailInput, values: Mapping[str, Any], place: Place) -> WrittenMail:
    """Return the mail of a notice, its lists cut until each form is smaller than MAX_BYTES.

    `values` are what every mail is said with.
    """
    whole = {**values, **said.values, "notice": notice}
    for most in MOST:
        made = _made(notice, {**whole, "most": most}, place)
        if max(len(made.text.encode()), len(made.html.encode())) < MAX_BYTES:
            break
    return replace(made, files=tuple(_rest(said, whole, most, place)))


def _made(notice: AnyNotice, values: Mapping[str, Any], place: Place) -> WrittenMail:
    folder, language, timezone = f"mail/{notice.kind}", place.language, place.timezone
    subject = render(f"{folder}/subject.txt", values, language=language, timezone=timezone, html=False)
    body = body_of(environment(language, timezone, html=False).get_template(f"{folder}/body.j2"), values)
    text, html = (body.write(language, timezone, html=html) for html in (False, True))
    return WrittenMail(subject, text, html)


def _rest(said: MailInput, values: Mapping[str, Any], most: int, place: Place) -> Iterator[OutgoingFile]:
    """Yield what templates say is attached: all that they have cut and that stands nowhere else."""
    order, form, plan = said.carried_out, said.form, said.plan
    if order is not None and len(order.content.lines) > 2 * most:
        yield OutgoingFile(ORDER_CSV, "csv", write_lines(order.content, place.language))
    if form is not None and left_out(form, place.language):
        yield OutgoingFile(ORDER_TXT, "plain", write_form(form, place.language).encode())
    if len(said.scheme) > MAX_FORM:
        yield OutgoingFile(SCHEME_TXT, "plain", said.scheme.encode())
    if plan is not None and len(plan.rows) > most:
        shown = {**values, "plan": plan, "limits_with_vat": values["policy"].limit_includes_vat}
        document = render("document/plan.txt", shown, language=place.language, timezone=place.timezone, html=False)
        yield OutgoingFile(PLAN_TXT, "plain", document.encode())


def left_out(form: Form, language: str) -> int:
    """Return how many lines a form has that is too long for a mail.

    All are left out, since any line that an answer gives replaces all of them.
    """
    return len(form.lines) + len(form.unread) if len(write_form(form, language)) > MAX_FORM else 0


@dataclass(frozen=True)
class MailtoOffers:
    """The `mailto:` addresses and forms a mail offers; `bot` is the address that orders are mailed to.

    `draft` is the reference under which an answer goes on, `given` the form that the mail is about.
    """

    bot: str
    language: str
    timezone: str
    draft: str = ""
    given: Form | None = None

    def to_bot(self, subject: str, body: str = "") -> str:
        """Return a mailto: address with subject and body, without a body that has no room in it."""
        return opening(self.bot, subject, body)

    def choose(self, field: Field, value: str) -> str:
        """Return the mailto: address that answers a draft with one field; it carries only reference and field."""
        return self.to_bot(f"#{self.draft}", f"{self.label(field)}: {value}")

    def set_aside(self, column: str) -> str:
        """Return the mailto: address that answers a draft: the column of its table is neither price nor quantity."""
        said = TemplateFilters(self.language, self.timezone).say("set_aside")
        return self.to_bot(f"#{self.draft}", said % {"name": column})

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
        return form or self.given or Form()

    def label(self, field: Field) -> str:
        """Return the key that the field has in a mail."""
        return LABELS[self.language][field]
