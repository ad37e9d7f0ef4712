"""The whole story with no hands: orders by SMTP, decisions on the page, mails out; every step is checked."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from mailbot.demo.demo_run import DemoRun, running_demo
from mailbot.demo.orders import FORM, hand_in, order_mail
from mailbot.demo.sink import Kept
from mailbot.doctor.browser import at
from mailbot.store import orders

T = TypeVar("T")
PATIENCE_SECONDS = 20
BOT, PURCHASING, RUT = "order@inkop.example.se", "it-inkop@example.se", "rut.rask@example.se"


class WalkthroughError(Exception):
    """A step did not happen."""


class Walkthrough:
    """Tells the story on a stage, line by line, and stops at the first step that does not happen."""

    def __init__(self, stage: DemoRun, say: Callable[[str], None]) -> None:
        """Begin on a running stage; `say` prints a line."""
        self.stage, self.say = stage, say

    def wait_for(self, what: str, look: Callable[[], T | None]) -> T:
        """Return what `look` finds; raises WalkthroughError when it has found nothing in 20 seconds."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if (found := look()) is not None:
                return found
            time.sleep(0.05)
        raise WalkthroughError(f"waited {PATIENCE_SECONDS} s in vain for {what}")

    def mail(self, to: str, *words: str) -> Kept:
        """Return the newest mail to an address whose subject or text holds all the words."""

        def look() -> Kept | None:
            sent = (mail for mail in self.stage.sink.kept() if to in mail.to)
            return next((m for m in sent if all(word in m.subject + m.text for word in words)), None)

        mail = self.wait_for(f"a mail to {to} with {words}", look)
        self.say(f"    -> {to}: {mail.subject}")
        return mail

    def status(self, number: str) -> str:
        """Return how an order stands in the store."""
        with self.stage.app.bot.database.read() as connection:
            order = orders.by_number(connection, number)
        return order.status.value if order else "missing"

    def reaches(self, number: str, status: str) -> None:
        """Wait until an order stands so."""
        self.wait_for(f"{number} to be {status}", lambda: True if self.status(number) == status else None)
        self.say(f"    {number} is {status}")

    def order(self, lines: str, approver: str = "Eva Ek", reason: str = "Ny doktorand") -> tuple[str, str]:
        """Mail an order, and return its number and the approver's link."""
        body = FORM.format(approver=approver, supplier="Dustin AB", reason=reason, lines=lines)
        hand_in(order_mail(body, to=BOT), self.stage.smtp_port)
        self.say(f"  Rut mails an order: {lines.splitlines()[0]}")
        receipt = self.mail(RUT, lines.splitlines()[0].split(" à ")[0][5:])
        number = re.search(r"IT-\d{4}-\d{5}", receipt.subject)
        request = self.mail("eva.ek@example.se", number.group() if number else "no number in the receipt")
        link = re.search(rf"{re.escape(self.stage.base_url)}/decide/\S+\?choice=approve", request.text)
        if number is None or link is None:
            raise WalkthroughError("the request held no number or no approve link")
        return number.group(), link.group()

    def press(self, link: str, number: str, action: str, comment: str = "") -> None:
        """Open the link, see that opening changed nothing, and press a button of the page."""
        browser, path = at(link)
        page = browser.get(path)
        if self.status(number) != "pending" or "<form" not in page.text:
            raise WalkthroughError(f"opening the link changed {number}, or showed no form")
        browser.press(page, action, {"comment": comment})
        self.say(f"    Eva opens her link (nothing happens) and presses {action}{': ' + comment if comment else ''}")


def walk_through(folder: Path, say: Callable[[str], None]) -> None:
    """Tell the whole story in a folder; raises WalkthroughError at the first step that does not happen."""
    with running_demo(folder) as stage:
        story = Walkthrough(stage, say)
        say(f"mail comes in on 127.0.0.1:{stage.smtp_port}, pages are on {stage.base_url}")
        for chapter in CHAPTERS:
            _told(story, chapter)
        _reminded(story)


@dataclass(frozen=True)
class Chapter:
    """What is ordered, what Eva presses, who then gets a mail, how the order stands, and what she wrote."""

    title: str
    lines: str
    action: str
    to: str
    status: str
    comment: str = ""


LAMPS, MODEL = "Det finns lampor i förrådet.", "Ta gärna den svenska modellen."
CHAPTERS = (
    Chapter("1. Approved", "1 st Dell XPS 13 à 12 400 kr", "approve", "order@dustin.example", "sent"),
    Chapter("2. Rejected", "2 st Skrivbordslampa à 700 kr", "reject", RUT, "rejected", LAMPS),
    Chapter("3. Large: 15 000,01 kr", "1 st Arbetsstation à 15 000,01 kr", "approve", PURCHASING, "with_purchasing"),
    Chapter("4. Commented", "3 st Tangentbord à 500 kr", "approve_with_comment", PURCHASING, "with_purchasing", MODEL),
)


def _told(story: Walkthrough, chapter: Chapter) -> None:
    story.say(chapter.title)
    number, link = story.order(chapter.lines)
    story.press(link, number, chapter.action, chapter.comment)
    story.mail(chapter.to, number, chapter.comment)
    story.reaches(number, chapter.status)


def _reminded(story: Walkthrough) -> None:
    story.say("5. Reminded")
    number, _ = story.order("1 st Bildskärm à 3 200 kr")

    def reminded() -> bool | None:
        with story.stage.app.bot.database.read() as connection:
            order = orders.by_number(connection, number)
        return True if order and order.reminders > 0 else None

    story.wait_for(f"a reminder of {number}", reminded)
    reminder = story.wait_for("the reminder mail", lambda: _second_mail(story, number))
    link = re.search(rf"{re.escape(story.stage.base_url)}/decide/\S+", reminder.text)
    story.say(f"    -> eva.ek@example.se: {reminder.subject}")
    if link is None:
        raise WalkthroughError("the reminder held no link")
    story.press(link.group(), number, "approve")
    story.reaches(number, "sent")


def _second_mail(story: Walkthrough, number: str) -> Kept | None:
    """Return the second mail to Eva about an order: the first was the request."""
    about = [m for m in story.stage.sink.kept() if "eva.ek@example.se" in m.to and number in m.subject + m.text]
    return about[0] if len(about) > 1 else None
