"""What the people of a journey do: Rut mails an order, Eva opens her link; each through the real doors only."""

import re
from dataclasses import dataclass
from email.message import EmailMessage

from tests.journeys.browser import Page, link, visit
from tests.support.process import EVA, RUT, Served, mail

LAPTOP = "1 st Dell XPS 13 à 12 500 kr"
FORM = """\
Enhet: cs
Godkännare: Eva Ek
Leverantör: Dustin AB
Motivering: Ny doktorand börjar i januari
Referens: {reference}

{lines}
"""


@dataclass(frozen=True)
class Asked:
    """An order that waits: its number, its requester's receipt, and the mail that asks its approver."""

    number: str
    receipt: EmailMessage
    request: EmailMessage

    def page(self) -> Page:
        """Open Eva's link."""
        return visit(link(self.request, "decide"))


def order(lines: str = LAPTOP, reference: str = "plan 4") -> EmailMessage:
    """Return Rut's order mail; a reference of its own tells one order from another before it has a number."""
    return mail(FORM.format(lines=lines, reference=reference))


def asked(bot: Served, reference: str) -> Asked:
    """Wait for the mails that follow an order with this reference."""
    receipt = bot.wait(RUT, reference)
    found = re.search(r"[A-Z]+-\d{4}-\d{5}", str(receipt["Subject"]))
    assert found, receipt["Subject"]
    return Asked(found[0], receipt, bot.wait(EVA, found[0], reference))


def place(bot: Served, lines: str = LAPTOP, reference: str = "plan 4") -> Asked:
    """Mail an order and wait until its approver is asked."""
    bot.hand_in(order(lines, reference))
    return asked(bot, reference)
