"""All that reading a mail's bytes can tell, in one value: made where it can be stopped, used where it cannot hurt."""

from dataclasses import dataclass

from mailbot.domain.appointment import Scheme
from mailbot.domain.order import Form
from mailbot.mail import appointment_form, inbound
from mailbot.mail.absence_form import AbsenceForm, means_absence, read_absence
from mailbot.mail.choice import Contradiction, choose, is_forwarded
from mailbot.mail.decision import Keyword, decision_in
from mailbot.mail.html import to_text
from mailbot.mail.inbound import InboundMail
from mailbot.mail.order_form import read_form
from mailbot.mail.reply import new_text
from mailbot.mail.robots import Robot


@dataclass(frozen=True)
class Intake:
    """A mail as read. `form` is all of it as an order, or the two that it holds; `forwarded`: another wrote it.

    `answer` and `words` are what is new in it as a reply. `scheme` is the form `Beställningsordning`, if it is one.
    `away` is the absence that it states; `means_away` says that its subject begins as that of one. `decision` is the
    keyword of a decision by reply, with the comment below it.
    """

    mail: InboundMail
    form: Form | Contradiction
    forwarded: bool
    answer: Form
    words: str
    scheme: Scheme | None = None
    away: AbsenceForm | None = None
    means_away: bool = False
    decision: tuple[Keyword, str] | None = None


def take_in(raw: bytes, mail_from: str) -> Intake:
    """Read a mail's bytes; `mail_from` is its envelope sender, "" for none. A robot's text is not looked at."""
    mail = inbound.read(raw, mail_from)
    if mail.defect or mail.robot not in {None, Robot.GENERATED}:
        return Intake(mail, Form(), forwarded=False, answer=Form(), words="")
    text = mail.plain if mail.plain.strip() else to_text(mail.html)
    words = new_text(text).strip()
    form = choose(mail.plain, mail.html, [(file.name, file.data) for file in mail.files])
    scheme = appointment_form.read_mail(mail.subject, mail.plain, mail.html)
    return Intake(
        mail,
        form,
        forwarded=is_forwarded(text),
        answer=read_form(words),
        words=words,
        scheme=scheme,
        away=read_absence(mail.subject, words),
        means_away=means_absence(mail.subject),
        decision=decision_in(words),
    )
