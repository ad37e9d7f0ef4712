"""The canary: an order of the doctor's own, mailed in, approved on its page and followed until it has been sent."""

import email
import re
import smtplib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email import policy
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from http import HTTPStatus
from typing import NoReturn, TypeVar

from mailbot.doctor.browser import NoAnswerError, at
from mailbot.domain.notices.notice import NoticeKind, Purpose
from mailbot.domain.people.directory import CANARY_DOMAIN, CANARY_SUPPLIER, CANARY_UNIT
from mailbot.domain.trust.envelope import RawMail
from mailbot.domain.values.order import Status
from mailbot.flows.bot import Bot
from mailbot.flows.incoming.receive import receive
from mailbot.settings import Settings, TcpAddress, UnixAddress
from mailbot.store import canary, orders
from mailbot.store.canary import CanaryMail, CanaryPeople
from mailbot.store.inbox import InboxState

T = TypeVar("T")
LOOK_EVERY_SECONDS = 0.1
ASKED_ONCE_MORE = 2

FORM = f"""\
Enhet: {CANARY_UNIT}
Godkännare: mailbot canary approver
Leverantör: {CANARY_SUPPLIER}
Kontering: canary
Motivering: run.py doctor

1 st Kanariefågel à 1 kr
"""


class BrokenChainError(Exception):
    """A step did not happen; the message is one plain sentence with its remedy."""


@dataclass
class CanaryRun:
    """One canary on its way. `patience` is how many seconds each step may take."""

    bot: Bot
    settings: Settings
    cast: CanaryPeople
    now: Callable[[], datetime]
    say: Callable[[str], None]
    patience: float

    def run(self) -> None:
        """Send the canary through; raises BrokenChainError at the first step that does not happen."""
        try:
            self._timed("the order is mailed", self._hand_in)
            order = self._timed("it is read, and its approver asked", self._opened)
            self._timed("it is approved on its page", lambda: self._approve(order))
            self._timed("it has been sent to its supplier, the operator", lambda: self._sent(order))
        except NoAnswerError as error:
            raise BrokenChainError(
                f"{error}. Start the bot with `run.py serve`, or mend the proxy or [web] base_url."
            ) from error

    def _timed(self, what: str, step: Callable[[], T]) -> T:
        began = time.monotonic()
        done = step()
        self.say(f"  {time.monotonic() - began:5.1f} s  {what}")
        return done

    def _wait(self, look: Callable[[], T | None], trouble: Callable[[], str]) -> T:
        deadline = time.monotonic() + self.patience
        while (found := look()) is None:
            if time.monotonic() > deadline:
                _broken(f"{trouble()} (waited {self.patience:.0f} s)")
            time.sleep(LOOK_EVERY_SECONDS)
        return found

    def _hand_in(self) -> None:
        mail, listen = _order_mail(self.cast.address, self.bot.addresses.bot), self.settings.smtp_in.listen
        if listen is None:
            self.say("  no [smtp_in] listen: the mail is put into the inbox, past the mailbox that is fetched")
            raw, to = mail.as_bytes(policy=policy.SMTP), (self.bot.addresses.bot,)
            receive(self.bot, [RawMail(raw, self.cast.address, to, "", canary.VIA, self.now())])
            return
        try:
            _hand_over(mail, listen, self.settings.smtp_in.protocol)
        except (OSError, smtplib.SMTPException) as error:
            _broken(
                f"The bot takes no mail at [smtp_in] listen ({error}). Start it by `run.py serve`, or mend the address"
            )

    def _arrived(self) -> CanaryMail | None:
        with self.bot.database.read() as connection:
            return canary.arrived(connection, self.cast.address)

    def _opened(self) -> int:
        mail = self._judged()
        if mail.state == InboxState.WAITING:
            self._confirm()
            mail = self._judged()
        if mail.order is None:
            _broken(
                f"The order mail ended as {mail.outcome or mail.state} ({mail.reason or 'no reason given'})."
                f" `parked show {mail.id}` prints it"
            )
        return mail.order

    def _judged(self) -> CanaryMail:
        def look() -> CanaryMail | None:
            mail = self._arrived()
            return mail if mail and mail.state != InboxState.NEW else None

        where = "See in the log whether the bot runs on this [store], and whether DNS answers"
        return self._wait(look, lambda: f"The order mail was taken but not read. {where}")

    def _confirm(self) -> None:
        source = self.settings.trust.sender
        self.say(f"  [trust] sender is {source!r}: a mail from this machine proves nothing, so its link is confirmed")
        self._press(self._link(NoticeKind.CONFIRM_SENDER, self.cast.requester, Purpose.CONFIRM), "")
        self._wait(
            lambda: True if (mail := self._arrived()) and mail.state != InboxState.WAITING else None,
            lambda: "The press that confirms the mail changed nothing. See the log of the bot",
        )

    def _approve(self, order_id: int) -> None:
        self._press(self._link(NoticeKind.REQUEST, self.cast.approver, Purpose.DECIDE), "approve")
        if self._status(order_id) is Status.PENDING:
            _broken("The press of Approve decided nothing. Open a link from a mail and look at what the page says")

    def _press(self, url: str, button: str) -> None:
        browser, path = at(url)
        page = browser.get(path)
        for _ in range(ASKED_ONCE_MORE):
            try:
                page = browser.press(page, button)
            except LookupError:
                _broken(f"The page of a fresh link has no such button (it answered {page.status}). See the bot's log")
            if page.status == HTTPStatus.FORBIDDEN:
                _broken(
                    "A press on the bot's own page is refused as another site's. Let the proxy pass Origin and"
                    " Sec-Fetch-Site on"
                )
            if page.status == HTTPStatus.SEE_OTHER or not button:
                return

    def _link(self, kind: NoticeKind, person: int, purpose: Purpose) -> str:
        """Return the link in the mail as it is stored; nobody's mailbox is needed."""

        def look() -> str | None:
            with self.bot.database.read() as connection:
                raw = canary.newest_mail(connection, kind, person)
            return _link_in(raw, f"{self.bot.base_url}/{purpose}/") if raw else None

        return self._wait(look, lambda: f"No {kind} mail was made. See the log of the bot")

    def _status(self, order_id: int) -> Status:
        with self.bot.database.read() as connection:
            return orders.load(connection, order_id).status

    def _sent(self, order_id: int) -> None:
        """Wait until it has been sent. Its undo window is ended at once: nobody would use it."""
        with self.bot.database.write() as connection:
            canary.end_undo_window(connection, order_id, self.now())

        def look() -> bool | None:
            trouble = self._trouble(order_id)
            if trouble and trouble[0]:
                _broken(_not_taken(trouble[1]))
            return True if self._status(order_id) is Status.SENT else None

        self._wait(look, lambda: self._why_not_sent(order_id))

    def _trouble(self, order_id: int) -> tuple[bool, str] | None:
        with self.bot.database.read() as connection:
            return canary.dispatch_trouble(connection, order_id)

    def _why_not_sent(self, order_id: int) -> str:
        if trouble := self._trouble(order_id):
            return _not_taken(trouble[1])
        return f"The order is {self._status(order_id)} and not sent. See in the log whether the bot's clock runs"


def _broken(sentence: str) -> NoReturn:
    raise BrokenChainError(f"{sentence}.")


def _not_taken(said: str) -> str:
    return f"The relay did not take the order: {said}. Mend [relay], or the operator's mailbox"


def _order_mail(sender: str, to: str) -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = sender, to, "mailbot canary"
    mail["Date"], mail["Message-ID"] = formatdate(), make_msgid(domain=CANARY_DOMAIN)
    mail.set_content(FORM)
    return mail


def _hand_over(mail: EmailMessage, listen: TcpAddress | UnixAddress, protocol: str) -> None:
    # LMTP is smtplib's client that knows UNIX sockets too; it only greets by another word.
    with smtplib.LMTP(local_hostname="localhost") as client:
        client.ehlo_msg = "lhlo" if protocol == "lmtp" else "ehlo"
        host, port = (str(listen.path), 0) if isinstance(listen, UnixAddress) else (listen.host, listen.port)
        client.connect({"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host), port)  # noqa: S104  asked of, not bound
        client.send_message(mail)


def _link_in(raw: bytes, start: str) -> str | None:
    body = email.message_from_bytes(raw, policy=policy.default).get_body(("plain",))
    found = re.search(rf"{re.escape(start)}[^\s>]+", str(body.get_content())) if body else None
    return found[0] if found else None
