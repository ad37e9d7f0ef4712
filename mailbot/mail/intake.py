"""All that reading a mail's bytes can tell, in one value: made where it can be stopped, used where it cannot hurt."""

from dataclasses import dataclass

from mailbot.domain.order import Form
from mailbot.mail import inbound
from mailbot.mail.inbound import InboundMail
from mailbot.mail.order_form import read_form
from mailbot.mail.reply import new_text
from mailbot.mail.robots import Robot


@dataclass(frozen=True)
class Intake:
    """A mail as read. `form` is its whole text as an order; `answer` and `words` are what is new in it as a reply."""

    mail: InboundMail
    form: Form
    answer: Form
    words: str


def take_in(raw: bytes, mail_from: str) -> Intake:
    """Read a mail's bytes; `mail_from` is its envelope sender, "" for none."""
    mail = inbound.read(raw, mail_from)
    if mail.defect or mail.robot not in {None, Robot.GENERATED}:
        return Intake(mail, Form(), Form(), "")
    words = new_text(mail.plain).strip()
    return Intake(mail, read_form(mail.plain), read_form(words), words)
