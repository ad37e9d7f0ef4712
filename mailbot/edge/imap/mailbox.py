"""The IMAP door: empties a mailbox, and moves a mail to the done folder only once it is stored.

Here live the connection, its pace and what happens to each mail at the server. What never lives here: reading a mail
beyond its Return-Path and From, deciding what it means, and telling doubles apart: a crash between storing and moving
brings a mail twice, and whoever processes it knows it by its content.

Everything in the folder is work, read or unread, except what somebody has marked as deleted. A mail that cannot be
taken stays where it is and is tried again; nothing is ever expunged but by its own UID.
"""

import logging
import re
import socket
import ssl
import time
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import takewhile
from selectors import EVENT_READ, DefaultSelector
from threading import Event, Thread
from typing import Any, Literal

import structlog
from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from mailbot.domain.trust.envelope import RawMail
from mailbot.edge.imap.oauth import AccessTokens, TokenRefusedError, TokenTroubleError
from mailbot.edge.peers import is_loopback, verified_tls
from mailbot.mail.reading.limits import header_block

log = structlog.get_logger()

_SLICE_SECONDS = 0.2  # how soon a stop is noticed while waiting
_FAREWELL_SECONDS = 2
_FAILURES_IN_A_ROW = 3
_STUBBORN_TRIES = 3
_SEARCHED_BYTES = 100_000  # of a mail, for the sender of its envelope
_HIGHEST_DOUBLING = 10

_PASSING = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]", re.IGNORECASE)  # RFC 5530: no fault of the login
_ADDRESS_BYTES = frozenset(range(0x21, 0x7F)) - frozenset(b"<>")
_LONGEST_ADDRESS = 320


@dataclass(frozen=True)
class ImapAccount:
    """One mailbox. `credentials` is its password, or access tokens for XOAUTH2; they are shown to the server only.

    In folder names "/" stands between the levels, whatever the server itself writes there.
    """

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"]
    user: str
    credentials: str | AccessTokens = field(repr=False)
    folder: str = "INBOX"
    done_folder: str = "Processed"
    parked_folder: str = "Parked"

    def __post_init__(self) -> None:
        """Raise ValueError for what must never reach a server."""
        if self.tls == "none" and not is_loopback(self.host):
            message = "an IMAP server on another machine is only spoken to over TLS"
            raise ValueError(message)
        password = self.credentials if isinstance(self.credentials, str) else ""
        for name in ("host", "user", "folder", "done_folder", "parked_folder"):
            refuse_controls(name, getattr(self, name))
        refuse_controls("password", password)
        if folded(self.folder) in {folded(self.done_folder), folded(self.parked_folder)}:
            message = "mail cannot be moved to the folder that it comes from"
            raise ValueError(message)


@dataclass(frozen=True)
class ImapLimits:
    """What the door takes at once, and its pace.

    `message_bytes`: a larger mail is not fetched; one batch holds no more either. `batch_mails`: mails in a batch.
    `header_bytes`: how much of a larger mail is fetched, to show whose it is.
    `poll_seconds`: how often it looks without being told of new mail. `idle_seconds`: how long one IDLE lasts; a server
    may end it after 30 minutes, a router sooner. `connect_seconds`, `read_seconds`: silence that counts as a lost
    connection. `first_wait_seconds`, `longest_wait_seconds`: how long to stay away after trouble, doubled each time.
    `refused_wait_seconds`: how long to stay away after a refused login. A token that has grown old may cost one more
    login first, so that 720 makes six an hour at most.
    `stop_seconds`: how long `stop` waits for what is in hand, and then once more after cutting the connection.
    """

    message_bytes: int = 25_000_000
    batch_mails: int = 20
    header_bytes: int = 100_000
    poll_seconds: float = 300
    idle_seconds: float = 540
    connect_seconds: float = 30
    read_seconds: float = 60
    first_wait_seconds: float = 5
    longest_wait_seconds: float = 300
    refused_wait_seconds: float = 720
    stop_seconds: float = 3


class ImapTroubleKind(StrEnum):
    """What kind of trouble; the first two last until somebody changes something, the others may pass."""

    REFUSED = "login refused"
    UNUSABLE = "mailbox unusable"
    UNREACHABLE = "server unreachable"
    NOT_TAKEN = "mail not taken"


@dataclass(frozen=True)
class ImapTrouble:
    """Something that an operator may have to see to, as a sentence without secrets and without text of a mail."""

    kind: ImapTroubleKind
    words: str


@dataclass(frozen=True)
class OversizedMail:
    """A mail that is too large to be fetched and goes to the parked folder; `mail.raw` is its header block alone."""

    mail: RawMail
    size: int
    folder: str


class ImapDoor:
    """Empties one mailbox in a thread of its own, from `start` to `stop`, once.

    `receive` stores the given mails in one transaction and returns, or raises and has stored none of them.
    `park` stores that a mail is too large, as durably; both may be called again with the same mail after a crash.
    `on_poll` hears of each time that the mailbox was looked through or a batch of it was taken, `on_trouble` of each
    failure. All are called in the door's thread.
    """

    def __init__(
        self,
        account: ImapAccount,
        *,
        receive: Callable[[Sequence[RawMail]], None],
        park: Callable[[OversizedMail], None],
        now: Callable[[], datetime],
        on_poll: Callable[[datetime], None],
        on_trouble: Callable[[ImapTrouble], None],
        limits: ImapLimits | None = None,
    ) -> None:
        """Remember the rules; nothing is opened yet. `now` returns UTC."""
        self._account = account
        self._receive = receive
        self._park = park
        self._now = now
        self._on_poll = on_poll
        self._on_trouble = on_trouble
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

    def check(self) -> ImapTrouble | None:
        """Log in once, look at the folders, and return what stands in the way."""
        silence_client_log()
        try:
            ImapMailbox(self._account, self._limits).leave()
        except Exception as error:  # noqa: BLE001 - the caller wants to know of all of them
            return explained(error, self._account.host)
        return None

    def _run(self) -> None:
        while not self._stopping.is_set():
            self._stopping.wait(self._visit())

    def _visit(self) -> float:
        """Log in and stay until something breaks; return for how long to stay away then."""
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
        match trouble.kind:
            case ImapTroubleKind.REFUSED:
                return self._limits.refused_wait_seconds
            case ImapTroubleKind.UNUSABLE:
                return self._limits.longest_wait_seconds
            case _:
                return self._backoff.next()

    def _tell(self, trouble: ImapTrouble) -> None:
        log.warning("imap_trouble", kind=trouble.kind.value, words=trouble.words)
        try:
            self._on_trouble(trouble)
        except Exception as error:  # noqa: BLE001 - the mail matters more than who hears of it
            log.error("imap_trouble_not_told", error=type(error).__name__)

    def _stay(self, mailbox: "ImapMailbox") -> None:
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

    def _rest(self, mailbox: "ImapMailbox", seconds: float) -> None:
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

    def _look(self, mailbox: "ImapMailbox") -> bool:
        """Take what is due until nothing is; False when the rest had better be tried again later."""
        while batches := self._due(mailbox):
            for uids in batches:
                if self._stopping.is_set():
                    return True
                if not self._take(mailbox, uids):
                    return False
                self._on_poll(self._now())
        self._move(mailbox)
        self._on_poll(self._now())
        return True

    def _due(self, mailbox: "ImapMailbox") -> list[list[int]]:
        listed = mailbox.listing()
        self._ledger.keep(listed)
        return self._ledger.batches(listed)

    def _take(self, mailbox: "ImapMailbox", uids: list[int]) -> bool:
        """Store these mails and move them; False when none of them could be stored."""
        tries = self._ledger.begin(uids)
        if tries > _STUBBORN_TRIES:  # perhaps because the connection breaks at it, or the server shows nothing of it
            self._tell(
                ImapTrouble(ImapTroubleKind.NOT_TAKEN, f"{_mails(uids)} could not be taken in {tries - 1} tries.")
            )
        try:
            sizes = mailbox.sizes(uids)
            taken = [self._take_group(mailbox, group) for group in groups(sizes, self._limits.message_bytes)]
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            # The server will not show one of them: they are tried one by one from now on.
            self._tell(ImapTrouble(ImapTroubleKind.NOT_TAKEN, f"The server did not show {_mails(uids)}."))
            return True
        with refusals_passed_over():  # the end of the look tries once more
            self._move(mailbox)
        return any(taken) or not sizes

    def _take_group(self, mailbox: "ImapMailbox", sizes: dict[int, int]) -> bool:
        uid, size = next(iter(sizes.items()))
        if size > self._limits.message_bytes:
            return self._take_oversized(mailbox, uid, size)
        mails = [(uid, self._mail(raw)) for uid, raw in mailbox.bodies(list(sizes)).items()]
        stored = self._store(mails)
        self._ledger.stored(stored, mailbox.done_folder)
        return bool(stored) or not mails

    def _take_oversized(self, mailbox: "ImapMailbox", uid: int, size: int) -> bool:
        head = mailbox.head(uid, self._limits.header_bytes)
        if head is None:
            return True
        end = len(header_block(head))
        mail = self._mail(head[: end + len(b"\r\n\r\n" if head.startswith(b"\r", end) else b"\n\n")])
        try:
            self._park(OversizedMail(mail, size, self._account.parked_folder))
        except Exception as error:  # noqa: BLE001 - as for receive
            self._tell_not_stored([uid], error)
            return False
        self._ledger.stored([uid], mailbox.parked_folder)
        return True

    def _mail(self, raw: bytes) -> RawMail:
        return RawMail(
            raw=raw, mail_from=envelope_sender(raw), rcpt_to=(), peer="", via="imap", received_at=self._now()
        )

    def _store(self, mails: list[tuple[int, RawMail]]) -> list[int]:
        """Store them together, or else one by one so that a bad mail does not sink the others."""
        if not mails or self._attempt(mails):
            return [uid for uid, _ in mails]
        stored: list[int] = []
        failures = 0
        for one in mails if len(mails) > 1 else []:
            if failures == _FAILURES_IN_A_ROW:  # the fault is not the mails'
                break
            if self._attempt([one]):
                stored.append(one[0])
                failures = 0
            else:
                failures += 1
        return stored

    def _attempt(self, mails: list[tuple[int, RawMail]]) -> bool:
        try:
            self._receive([mail for _, mail in mails])
        except Exception as error:  # noqa: BLE001 - whatever the store raises, the mails stay at the server
            self._tell_not_stored([uid for uid, _ in mails], error)
            return False
        return True

    def _tell_not_stored(self, uids: list[int], error: Exception) -> None:
        words = f"{_mails(uids)} could not be stored: {type(error).__name__}."
        self._tell(ImapTrouble(ImapTroubleKind.NOT_TAKEN, words))

    def _move(self, mailbox: "ImapMailbox") -> None:
        """Move what is stored; what is stored and cannot be moved is not stored again while this process lives."""
        for folder, uids in self._ledger.unmoved().items():
            mailbox.move(uids, folder)
            self._ledger.moved(uids)


class GrowingWaits:
    """Waits that grow until something goes well."""

    def __init__(self, limits: ImapLimits) -> None:
        """Begin with the shortest."""
        self._limits = limits
        self._failures = 0

    def next(self) -> float:
        """Return for how many seconds to wait after one more failure."""
        self._failures += 1
        return _wait_after(self._failures, self._limits)

    def reset(self) -> None:
        """Begin anew with the shortest."""
        self._failures = 0


class Ledger:
    """What became of the mails that are still in the folder.

    A try is counted before it is made, so that a mail that breaks the connection is known by it: whatever failed once
    is tried alone, and after all that failed less often.
    """

    def __init__(self, validity: int, limits: ImapLimits) -> None:
        """Begin with nothing tried; the UIDs mean these mails as long as the folder has this validity."""
        self.validity = validity
        self._limits = limits
        self._tries: dict[int, int] = {}
        self._due: dict[int, float] = {}
        self._stored: dict[int, str] = {}
        self._moved: set[int] = set()

    def keep(self, listed: Iterable[int]) -> None:
        """Forget what is gone; what was moved and still is there has not been moved."""
        there = set(listed)
        self._moved.clear()
        self._tries = {uid: tries for uid, tries in self._tries.items() if uid in there}
        self._due = {uid: due for uid, due in self._due.items() if uid in there}
        self._stored = {uid: folder for uid, folder in self._stored.items() if uid in there}

    def batches(self, listed: Iterable[int]) -> list[list[int]]:
        """Return what is to be tried now."""
        now = time.monotonic()
        ready = [uid for uid in listed if uid not in self._stored and self._due.get(uid, 0) <= now]
        fresh = sorted(uid for uid in ready if uid not in self._tries)
        failed = sorted((self._tries[uid], uid) for uid in ready if uid in self._tries)
        size = self._limits.batch_mails
        return [fresh[n : n + size] for n in range(0, len(fresh), size)] + [[uid] for _, uid in failed]

    def begin(self, uids: Sequence[int]) -> int:
        """Count a try of each, and return the highest count."""
        for uid in uids:
            self._tries[uid] = self._tries.get(uid, 0) + 1
            self._due[uid] = time.monotonic() + _wait_after(self._tries[uid], self._limits)
        return max(self._tries[uid] for uid in uids)

    def stored(self, uids: Iterable[int], folder: str) -> None:
        """Note that these are stored, and which folder they are to be moved to."""
        for uid in uids:
            self._stored[uid] = folder
            self._due.pop(uid, None)

    def unmoved(self) -> dict[str, list[int]]:
        """Return by folder what is stored and has not been moved there."""
        found: dict[str, list[int]] = {}
        for uid, folder in self._stored.items():
            if uid not in self._moved:
                found.setdefault(folder, []).append(uid)
        return found

    def moved(self, uids: Iterable[int]) -> None:
        """Note that the server has moved these."""
        self._moved.update(uids)

    def next_due(self) -> float:
        """Return in how many seconds something is to be tried again."""
        return max(0.0, min(self._due.values(), default=float("inf")) - time.monotonic())


class ImapMailbox:
    """One connection, logged in, with its folder selected. All IMAP commands are here."""

    def __init__(self, account: ImapAccount, limits: ImapLimits) -> None:
        """Connect, log in, and find the folders or make them."""
        self._read_seconds = limits.read_seconds
        self._client = _connect(account, limits)
        try:
            _log_in(self._client, account)
            if not (self._has("MOVE") or self._has("UIDPLUS")):
                message = f"{account.host} knows neither MOVE nor UIDPLUS, so no mail can be moved safely."
                raise UnusableMailboxError(message)
            folders = _Folders(self._client)
            folder = folders.find(account.folder)
            self.done_folder = folders.find_or_make(account.done_folder)
            self.parked_folder = folders.find_or_make(account.parked_folder)
            if folder in {self.done_folder, self.parked_folder}:
                message = f"At the server, {account.folder} is also the folder that mail is moved to."
                raise UnusableMailboxError(message)
            self.validity = int(self._client.select_folder(folder).get(b"UIDVALIDITY", 0))
        except BaseException:
            self.close()
            raise
        self.can_idle = self._has("IDLE")

    def _has(self, capability: str) -> bool:
        return bool(self._client.has_capability(capability))

    def listing(self) -> list[int]:
        """Return the UIDs of all mails that nobody has marked as deleted."""
        self._client.noop()  # or new mail would not be told of to a connection that only searches
        return sorted(self._client.search(["UNDELETED"]))

    def sizes(self, uids: list[int]) -> dict[int, int]:
        """Return the sizes of those mails that still are there."""
        return self._fetched(uids, "RFC822.SIZE", b"RFC822.SIZE")

    def bodies(self, uids: list[int]) -> dict[int, bytes]:
        """Return those mails that still are there, without marking them as read."""
        return self._fetched(uids, "BODY.PEEK[]", b"BODY[]")

    def head(self, uid: int, most: int) -> bytes | None:
        """Return the first bytes of a mail."""
        return self._fetched([uid], f"BODY.PEEK[]<0.{most}>", b"BODY[]<0>").get(uid)

    def _fetched(self, uids: list[int], item: str, key: bytes) -> dict[int, Any]:
        answer = self._client.fetch(uids, [item])
        return {uid: values[key] for uid, values in answer.items() if values.get(key) is not None}

    def move(self, uids: list[int], folder: str) -> None:
        """Move mails by their UIDs; other people's deleted mails stay (docs/rules/mail.md#f115)."""
        if self._has("MOVE"):
            self._client.move(uids, folder)
            return
        self._client.copy(uids, folder)
        self._client.add_flags(uids, [rb"\Deleted"], silent=True)
        self._client.uid_expunge(uids)

    def idle(self) -> None:
        """Have the server tell when something happens; nothing else may be asked meanwhile."""
        self._client.idle()

    def idle_done(self) -> None:
        """End that."""
        self._client.idle_done()

    def speaks_within(self, seconds: float) -> bool:
        """Wait for the server to say anything, or to hang up."""
        if self._has_unread():
            return True
        with DefaultSelector() as selector:
            selector.register(self._client.socket(), EVENT_READ)
            return bool(selector.select(seconds))

    def _has_unread(self) -> bool:
        """Tell whether words have come that no selector sees, in one packet with the answer to IDLE."""
        connection = self._client.socket()
        connection.setblocking(False)
        try:
            return bool(self._client._imap.file.peek(1))  # noqa: SLF001 - the client reads it only once a selector tells
        except OSError:
            return False
        finally:
            connection.settimeout(self._read_seconds)

    def leave(self) -> None:
        """Log out and close."""
        with suppress(OSError, IMAPClientError):
            self._client.socket().settimeout(_FAREWELL_SECONDS)
            self._client.logout()
        self.close()

    def close(self) -> None:
        """Close the connection without a word."""
        _close(self._client)

    def hang_up(self) -> None:
        """End, from another thread, whatever waits for the server."""
        with suppress(OSError):
            # Not SSLSocket's own, which would have the other thread read on in the clear.
            socket.socket.shutdown(self._client.socket(), socket.SHUT_RDWR)


class _Folders:
    """The folders of an account, found by the names that people know them by."""

    def __init__(self, client: IMAPClient) -> None:
        self._client = client
        self._prefix, self._delimiter = _namespace(client)
        hollow = {rb"\noselect", rb"\nonexistent"}
        listed = [name for flags, _, name in client.list_folders() if not hollow & {flag.lower() for flag in flags}]
        self._names: list[str] = ["INBOX", *listed]

    def find(self, wanted: str) -> str:
        """Return the folder's name at the server."""
        found = self._found(wanted)
        if found is None:
            message = f"There is no folder {wanted}."
            raise UnusableMailboxError(message)
        return found

    def find_or_make(self, wanted: str) -> str:
        """Return the folder's name at the server, where it may be new."""
        return self._found(wanted) or self._make(wanted)

    def _found(self, wanted: str) -> str | None:
        for name in self._spellings(wanted):
            if name in self._names:
                return name
            if alike := [there for there in self._names if folded(there) == folded(name)]:
                return alike[0]
        return None

    def _make(self, wanted: str) -> str:
        name = self._spellings(wanted)[-1]
        try:
            self._client.create_folder(name)
        except IMAPClientAbortError:
            raise
        except IMAPClientError:
            message = f"There is no folder {wanted}, and the server does not let it be made."
            raise UnusableMailboxError(message) from None
        with refusals_passed_over():  # only some mail programs need it
            self._client.subscribe_folder(name)
        return name

    def _spellings(self, wanted: str) -> list[str]:
        """Return how the server may write the name, last how it would have to write a new one."""
        first, *rest = wanted.split("/") if self._delimiter else [wanted]
        name = self._delimiter.join(["INBOX" if folded(first) == "inbox" else first, *rest])
        own = name == "INBOX" or name.startswith(self._prefix)
        return [name] if own else [name, self._prefix + name]


def _namespace(client: IMAPClient) -> tuple[str, str]:
    """Return what the names of all own folders begin with, and what stands between their levels."""
    personal = client.namespace().personal if client.has_capability("NAMESPACE") else None
    if personal:
        prefix, delimiter = personal[0]
        return prefix, delimiter or ""
    listed = client.list_folders("", "")
    return "", (listed[0][1] or b"").decode() if listed else ""


class LoginRefusedError(Exception):
    """The server does not let this user in."""


class NotNowError(Exception):
    """The server lets nobody in at the moment."""


class UnusableMailboxError(Exception):
    """The mailbox lacks something that the door needs."""


def _connect(account: ImapAccount, limits: ImapLimits) -> IMAPClient:
    wrapped = account.tls == "tls"
    client = IMAPClient(
        account.host,
        account.port,
        ssl=wrapped,
        ssl_context=verified_tls() if wrapped else None,
        timeout=SocketTimeout(limits.connect_seconds, limits.read_seconds),
    )
    if account.tls == "starttls":
        try:
            client.starttls(verified_tls())
        except BaseException:
            _close(client)
            raise
    return client


def _close(client: IMAPClient) -> None:
    with suppress(OSError):
        client.shutdown()


def _log_in(client: IMAPClient, account: ImapAccount) -> None:
    tokens = account.credentials
    if isinstance(tokens, str):
        _authenticate(client, "PLAIN", f"\0{account.user}\0{tokens}", account.host, tokens)
        return
    while True:
        token = tokens.get()
        refuse_controls("the access token", token)
        try:
            _authenticate(client, "XOAUTH2", f"user={account.user}\1auth=Bearer {token}\1\1", account.host, token)
            return
        except LoginRefusedError:
            if not tokens.refused():
                raise


def _authenticate(client: IMAPClient, mechanism: str, response: str, host: str, secret: str) -> None:
    answers = iter([response])  # after a refusal XOAUTH2 asks once more, and wants an empty line
    try:
        client.sasl_login(mechanism, lambda _challenge: next(answers, ""))
    except LoginError as error:
        if isinstance(error.__context__, IMAPClientAbortError):
            raise error.__context__ from None
        words = _printable(str(error).replace(secret, "***"))
        if _PASSING.search(words):
            message = f"{host} cannot let anybody in just now: {words}"
            raise NotNowError(message) from None
        message = f"{host} refuses the login: {words}"
        raise LoginRefusedError(message) from None


def explained(error: Exception, host: str) -> ImapTrouble:
    """Say what happened; what a server said beside a refused login may hold text of a mail, and is left out."""
    match error:
        case LoginRefusedError() | TokenRefusedError():
            return ImapTrouble(ImapTroubleKind.REFUSED, str(error))
        case UnusableMailboxError():
            return ImapTrouble(ImapTroubleKind.UNUSABLE, str(error))
        case TokenTroubleError() | NotNowError():
            words = str(error)
        case ssl.SSLCertVerificationError():
            words = f"The certificate of {host} is not accepted: {error.verify_message}"
        case OSError():
            words = f"{host} cannot be reached, or has fallen silent ({type(error).__name__})."
        case IMAPClientError():
            words = f"{host} has ended the connection or refused a command ({type(error).__name__})."
        case _:
            words = f"{host} was not understood ({type(error).__name__})."
    return ImapTrouble(ImapTroubleKind.UNREACHABLE, words)


def envelope_sender(raw: bytes) -> str:
    """Return who the mail came from by its topmost Return-Path, "" for a bounce's `<>`.

    Where the server has left none, the address in From stands in for it, for "" would make every mail a robot's. Both
    are hearsay: whoever wrote the mail may have written them.
    """
    lines = header_block(raw[:_SEARCHED_BYTES]).replace(b"\r\n", b"\n").split(b"\n")
    for name in (b"return-path", b"from"):
        address = _address(_value(lines, name))
        if address is not None:
            return address
    return ""


def _value(lines: list[bytes], name: bytes) -> bytes:
    """Return the unfolded value of the topmost header of a name, empty where there is none."""
    heads = (line.partition(b":") for line in lines)
    at = next((n for n, (head, colon, _) in enumerate(heads) if colon and head.rstrip().lower() == name), None)
    if at is None:
        return b""
    folded = takewhile(lambda line: line.startswith((b" ", b"\t")), lines[at + 1 :])
    return lines[at].partition(b":")[2] + b"".join(folded)


def _address(value: bytes) -> str | None:
    before, bracket, _ = value.rpartition(b">")
    bracketed = bool(bracket) and b"<" in before
    address = (before.rpartition(b"<")[2] if bracketed else value).strip()
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS_BYTES.issuperset(address) or not (address or bracketed):
        return None
    return address.decode("ascii")


def groups(sizes: dict[int, int], most: int) -> Iterator[dict[int, int]]:
    """Yield mails that together hold no more bytes than may be held at once; what is larger comes alone."""
    group: dict[int, int] = {}
    for uid, size in sizes.items():
        if group and sum(group.values()) + size > most:
            yield group
            group = {}
        group[uid] = size
    if group:
        yield group


def _wait_after(failures: int, limits: ImapLimits) -> float:
    doubled: float = limits.first_wait_seconds * 2 ** min(failures - 1, _HIGHEST_DOUBLING)
    return min(doubled, limits.longest_wait_seconds)


@contextmanager
def refusals_passed_over() -> Iterator[None]:
    """Go on when the server refuses a command, but not when the connection is gone."""
    try:
        yield
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        pass


def refuse_controls(name: str, value: str) -> None:
    """Raise ValueError for control characters, which could end a command and begin another
    (docs/rules/mail.md#imap-injection)."""
    if any(unicodedata.category(character) in {"Cc", "Cs"} for character in value):
        message = f"{name} holds a control character"
        raise ValueError(message)


def folded(name: str) -> str:
    """Return a folder's name in the one form by which two are compared."""
    return unicodedata.normalize("NFC", name).casefold()


def _printable(words: str) -> str:
    return "".join(character for character in words if character.isprintable())[:200]


def _mails(uids: list[int]) -> str:
    return f"the mail with UID {uids[0]}" if len(uids) == 1 else f"{len(uids)} mails together"


def silence_client_log() -> None:
    """Have the library log nothing: it writes whole commands and answers, mail text with them, even as warnings."""
    logging.getLogger("imapclient").setLevel(logging.CRITICAL + 1)
