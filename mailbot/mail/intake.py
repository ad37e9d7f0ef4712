"""All that reading a mail's bytes can tell, in one value: made where it can be stopped, used where it cannot hurt."""

from dataclasses import dataclass, field

from mailbot.domain.appointment import Scheme
from mailbot.domain.order import Form
from mailbot.mail import appointment_form, inbound
from mailbot.mail.choice import Contradiction, attached, choose, is_forwarded
from mailbot.mail.html import to_text
from mailbot.mail.inbound import InboundMail
from mailbot.mail.order_form import read_form
from mailbot.mail.reply import new_text
from mailbot.mail.robots import Robot


@dataclass(frozen=True)
class Intake:
    """A mail as read. `form` is all of it as an order, or the two that it holds; `forwarded`: another wrote it.

    `answer` and `words` are what is new in it as a reply, `attached` what its files order where these hold no line.
    `scheme` is the form `Beställningsordning`, if it is one.
    """

    mail: InboundMail
    form: Form | Contradiction
    forwarded: bool
    answer: Form
    words: str
    scheme: Scheme | None = None
    attached: Form | Contradiction = field(default_factory=Form)


def take_in(raw: bytes, mail_from: str) -> Intake:
    """Read a mail's bytes; `mail_from` is its envelope sender, "" for none. A robot's text is not looked at."""
    mail = inbound.read(raw, mail_from)
    if mail.defect or mail.robot not in {None, Robot.GENERATED}:
        return Intake(mail, Form(), forwarded=False, answer=Form(), words="")
    text = mail.plain if mail.plain.strip() else to_text(mail.html)
    words = new_text(text).strip()
    files = [(file.name, file.data) for file in mail.files]
    form = choose(mail.plain, mail.html, files)
    answer = read_form(words)
    scheme = appointment_form.read_mail(mail.subject, mail.plain, mail.html)
    is_answer = bool(mail.references) or "#" in mail.subject
    by_file = attached(files) if is_answer and not (answer.lines or answer.unread) else Form()
    return Intake(mail, form, is_forwarded(text), answer, words, scheme, by_file)
