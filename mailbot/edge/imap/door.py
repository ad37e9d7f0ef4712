"""The IMAP door: empties a folder, and moves a mail to the done folder only once it is stored.

Everything in the folder is work, read or unread, except what is marked as deleted. A mail that cannot be taken stays
and is tried again. Only Return-Path and From are read here. A crash between storing and moving brings a mail twice:
whoever processes it knows it by its content.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Event, Thread

import structlog
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError

from mailbot.domain.trust.envelope import RawMail
from mailbot.edge.imap.account import ImapAccount, ImapLimits
from mailbot.edge.imap.envelope_sender import envelope_sender
from mailbot.edge.imap.ledger import GrowingWaits, Ledger, groups
from mailbot.edge.imap.mailbox import ImapMailbox, refusals_passed_over, silence_client_log
from mailbot.edge.imap.mailbox_trouble import ImapTrouble, ImapTroubleKind, explained
from mailbot.mail.reading.limits import header_block

log = structlog.get_logger()
_SLICE_SECONDS = 0.2  # how soon a stop is noticed while waiting
_FAILURES_IN_A_ROW = 3
_STUBBORN_TRIES = 3


@dataclass(frozen=True)
class OversizedMail:
    """A mail that is too large to be fetched and goes to the parked folder; `mail.raw` is its header block alone."""

    mail: RawMail
    size: int
    folder: str


@dataclass(frozen=True)
class ImapReception:
    """Who takes what the IMAP door brings. The door calls all of this in its own thread.

    `receive` stores the mails in one transaction, or raises and has stored none. `park` stores that a mail is too
    large. Both may get the same mail again after a crash. `on_poll` hears of each look and each batch, `on_trouble` of
    each failure. `now` returns UTC.
    """

    receive: Callable[[Sequence[RawMail]], None]
    park: Callable[[OversizedMail], None]
    on_poll: Callable[[datetime], None]
    on_trouble: Callable[[ImapTrouble], None]
    now: Callable[[], datetime]


class ImapDoor:
    """Empties one mailbox in a thread of its own, from `start` to `stop`, once."""

    def __init__(self, account: ImapAccount, reception: ImapReception, limits: ImapLimits | None = None) -> None:
        """Remember the rules; nothing is opened yet."""
        self._account = account
        self._reception = reception
        self._limits = limits or ImapLimits()
        self._backoff = GrowingWaits(self._limits)
        self._ledger = Ledger(0, self._limits)
        self._mailbox: ImapMailbox | None = None
        self._stopping = Event()
        # A daemon, so that a server that never answers cannot keep the process alive.
        self._thread = Thread(target=self._run, name="mailbot-imap", daemon=True)

    def start(self) -> None:
        """Begin; trouble with the server is told to `on_trouble`, not raised."""
        silence_client_log()
        self._thread.start()

    def stop(self) -> None:
        """Take no more, let the batch in hand end, then cut the connection; takes at most twice `stop_seconds`."""
        self._stopping.set()
        if self._thread.ident is None:  # never started
            return
        self._thread.join(self._limits.stop_seconds)
        if self._thread.is_alive():
            if self._mailbox is not None:
                self._mailbox.hang_up()
            self._thread.join(self._limits.stop_seconds)

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self._visit())

    def _visit(self) -> float:
        """Log in and stay until something breaks; return for how many seconds to stay away then."""
        try:
            self._mailbox = ImapMailbox(self._account, self._limits)
            try:
                self._stay(self._mailbox)
            finally:
                self._mailbox.close()
        except Exception as error:  # noqa: BLE001 - whatever breaks, a later visit may do better
            if not self._stopping.is_set():
                return self._after(explained(error, self._account.host))
        return 0

    def _after(self, trouble: ImapTrouble) -> float:
        self._tell(trouble)
        if trouble.kind is ImapTroubleKind.REFUSED:
            return self._limits.refused_wait_seconds
        return self._limits.longest_wait_seconds if trouble.kind is ImapTroubleKind.UNUSABLE else self._backoff.next()

    def _tell(self, trouble: ImapTrouble) -> None:
        log.warning("imap_trouble", kind=trouble.kind.value, words=trouble.words)
        try:
            self._reception.on_trouble(trouble)
        except Exception as error:  # noqa: BLE001 - the mail matters more than who hears of it
            log.error("imap_trouble_not_told", error=type(error).__name__)

    def _stay(self, mailbox: ImapMailbox) -> None:
        if mailbox.validity != self._ledger.validity:  # UIDs mean other mails now, or none
            self._ledger = Ledger(mailbox.validity, self._limits)
        while not self._stopping.is_set():
            if self._look(mailbox):
                self._backoff.reset()
                wait = min(self._limits.poll_seconds, self._ledger.next_due())
            else:
                wait = self._backoff.next()
            self._rest(mailbox, wait)
        mailbox.leave()

    def _rest(self, mailbox: ImapMailbox, seconds: float) -> None:
        """Wait, in IDLE where the server can; what it says there only ends the wait (docs/rules/mail.md#idle)."""
        if not mailbox.can_idle:
            self._stopping.wait(seconds)
            return
        end = time.monotonic() + min(seconds, self._limits.idle_seconds)
        mailbox.idle()
        while not self._stopping.is_set() and (left := end - time.monotonic()) > 0:
            if mailbox.speaks_within(min(left, _SLICE_SECONDS)):
                break
        mailbox.idle_done()

    # One look

    def _look(self, mailbox: ImapMailbox) -> bool:
        """Take what is due until nothing is; False when the rest had better be tried again later."""
        while batches := self._due(mailbox):
            for uids in batches:
                if self._stopping.is_set():
                    return True
                if not self._take(mailbox, uids):
                    return False
                self._reception.on_poll(self._reception.now())
        self._move(mailbox)
        self._reception.on_poll(self._reception.now())
        return True

    def _due(self, mailbox: ImapMailbox) -> list[list[int]]:
        listed = mailbox.listing()
        self._ledger.keep(listed)
        return self._ledger.batches(listed)

    def _take(self, mailbox: ImapMailbox, uids: list[int]) -> bool:
        """Store these mails and move them; False when none of them could be stored."""
        tries = self._ledger.begin(uids)
        if tries > _STUBBORN_TRIES:  # perhaps because the connection breaks at it, or the server shows nothing of it
            self._not_taken(f"{_mails(uids)} could not be taken in {tries - 1} tries.")
        try:
            sizes = mailbox.sizes(uids)
            taken = [self._take_group(mailbox, group) for group in groups(sizes, self._limits.message_bytes)]
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            # The server will not show one of them: they are tried one by one from now on.
            self._not_taken(f"The server did not show {_mails(uids)}.")
            return True
        with refusals_passed_over():  # the end of the look tries once more
            self._move(mailbox)
        return any(taken) or not sizes

    def _take_group(self, mailbox: ImapMailbox, sizes: dict[int, int]) -> bool:
        uid, size = next(iter(sizes.items()))
        if size > self._limits.message_bytes:
            return self._take_oversized(mailbox, uid, size)
        mails = {uid: self._mail(raw) for uid, raw in mailbox.bodies(list(sizes)).items()}
        stored = self._store(mails)
        self._ledger.stored(stored, mailbox.done_folder)
        return bool(stored) or not mails

    def _take_oversized(self, mailbox: ImapMailbox, uid: int, size: int) -> bool:
        head = mailbox.head(uid, self._limits.header_bytes)
        if head is None:
            return True
        end = len(header_block(head))
        mail = self._mail(head[: end + len(b"\r\n\r\n" if head.startswith(b"\r", end) else b"\n\n")])
        try:
            self._reception.park(OversizedMail(mail, size, self._account.parked_folder))
        except Exception as error:  # noqa: BLE001 - as for receive
            self._not_taken(f"{_mails([uid])} could not be stored: {type(error).__name__}.")
            return False
        self._ledger.stored([uid], mailbox.parked_folder)
        return True

    def _mail(self, raw: bytes) -> RawMail:
        now = self._reception.now()
        return RawMail(raw, envelope_sender(raw), rcpt_to=(), peer="", via="imap", received_at=now)

    def _store(self, mails: dict[int, RawMail]) -> list[int]:
        """Store them together, or else one by one: a bad mail must not sink the others."""
        if not mails or self._attempt(mails):
            return list(mails)
        stored: list[int] = []
        failures = 0
        for uid, mail in mails.items() if len(mails) > 1 else ():
            if failures == _FAILURES_IN_A_ROW:  # the fault is not the mails'
                break
            if self._attempt({uid: mail}):
                stored.append(uid)
                failures = 0
            else:
                failures += 1
        return stored

    def _attempt(self, mails: dict[int, RawMail]) -> bool:
        try:
            self._reception.receive(list(mails.values()))
        except Exception as error:  # noqa: BLE001 - whatever the store raises, the mails stay at the server
            self._not_taken(f"{_mails(list(mails))} could not be stored: {type(error).__name__}.")
            return False
        return True

    def _not_taken(self, words: str) -> None:
        self._tell(ImapTrouble(ImapTroubleKind.NOT_TAKEN, words))

    def _move(self, mailbox: ImapMailbox) -> None:
        """Move what is stored; while this process lives nothing is stored twice."""
        for folder, uids in self._ledger.unmoved().items():
            mailbox.move(uids, folder)
            self._ledger.moved(uids)


def _mails(uids: list[int]) -> str:
    return f"the mail with UID {uids[0]}" if len(uids) == 1 else f"{len(uids)} mails together"
