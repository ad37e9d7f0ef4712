"""All that reading a mail's bytes can tell, in one value: made where it can be stopped, used where it cannot hurt."""

from dataclasses import dataclass, replace

from mailbot.domain.appointment import Scheme
from mailbot.domain.order import Form
from mailbot.mail import appointment_form, inbound
from mailbot.mail.bodies import read_bodies
from mailbot.mail.choice import Contradiction, chosen, is_forwarded, leaves_out_an_order
from mailbot.mail.gist import NOTHING_SAID, Said, read_said
from mailbot.mail.inbound import InboundMail
from mailbot.mail.order_form import read_form
from mailbot.mail.robots import Robot


@dataclass(frozen=True)
class Intake:
    """A mail as read. `form` is all of it as an order, or the two that it holds; `forwarded`: another wrote it.

    `answer` and `words` are what is new in it as a reply. `scheme` is the form `Beställningsordning`, if it is one.
    `left_out`: what it quotes looks like an order, and is not read as one. `said` is `words` without signature, and
    what they come to.
    """

    mail: InboundMail
    form: Form | Contradiction
    forwarded: bool
    answer: Form
    words: str
    scheme: Scheme | None = None
    left_out: bool = False
    said: Said = NOTHING_SAID


def take_in(raw: bytes, mail_from: str) -> Intake:
    """Read a mail's bytes; `mail_from` is its envelope sender, "" for none. A robot's text is not looked at."""
    mail = inbound.read(raw, mail_from)
    if mail.defect or mail.robot not in {None, Robot.GENERATED}:
        return Intake(mail, Form(), forwarded=False, answer=Form(), words="")
    bodies = read_bodies(mail.plain, mail.html)
    forwarded = is_forwarded(bodies)
    return Intake(
        mail,
        chosen(bodies, [(file.name, file.data) for file in mail.files]),
        forwarded=forwarded,
        answer=replace(read_form(bodies.answer), struck=bodies.struck),
        words=bodies.answer,
        scheme=appointment_form.read_mail(mail.subject, mail.plain, mail.html),
        left_out=not forwarded and leaves_out_an_order(bodies),
        said=read_said(bodies.answer, f"{mail.name} {(mail.sender or '').partition('@')[0]}", reacted=mail.reaction),
    )
