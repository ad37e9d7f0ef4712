"""What the people of a journey do: Rut mails an order, Eva opens her link; each through the real doors only."""

import re
from dataclasses import dataclass
from email.message import EmailMessage

from tests.journeys.browser import Page, link, visit
from tests.support.process import EVA, PATIENCE_SECONDS, RUT, Served, mail
from tests.support.relay import Relay

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


class Watched(set[str]):
    """Stands where a relay keeps whom it refuses: refuses nobody, and notes whom the relay was asked about."""

    def __init__(self, watched: Relay) -> None:
        super().__init__()
        self.relay = watched
        self.asked: list[object] = []
        watched.refused = self

    def __contains__(self, address: object) -> bool:
        with self.relay.arrived:
            self.asked.append(address)
            self.relay.arrived.notify_all()
        return False

    def wait(self, address: str, count: int) -> None:
        """Wait until the relay was asked so often: all but the last time it has answered 451."""
        with self.relay.arrived:
            assert self.relay.arrived.wait_for(lambda: self.asked.count(address) >= count, PATIENCE_SECONDS), self.asked
