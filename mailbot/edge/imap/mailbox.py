"""The connection to a mailbox: logging in, its folders, and every IMAP command that is ever given."""

import logging
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from selectors import EVENT_READ, DefaultSelector
from typing import Any

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientAbortError, IMAPClientError, LoginError

from mailbot.edge.imap.account import ImapAccount, ImapLimits, folded, refuse_controls
from mailbot.edge.imap.mailbox_trouble import LoginRefusedError, NotNowError, UnusableMailboxError
from mailbot.edge.peers import verified_tls

_FAREWELL_SECONDS = 2
_PASSING = re.compile(r"\[(?:UNAVAILABLE|INUSE|LIMIT|SERVERBUG)\]", re.IGNORECASE)  # RFC 5530: no fault of the login


class ImapMailbox:
    """One connection, logged in, with its folder selected. All IMAP commands are here."""

    def __init__(self, account: ImapAccount, limits: ImapLimits) -> None:
        """Connect, log in, and find the folders or make them."""
        self._read_seconds = limits.read_seconds
        self._client = _connect(account, limits)
        try:
            if account.tls == "starttls":
                self._client.starttls(verified_tls())
            _log_in(self._client, account)
            if not (self._has("MOVE") or self._has("UIDPLUS")):
                raise UnusableMailboxError(
                    f"{account.host} knows neither MOVE nor UIDPLUS, so no mail can be moved safely."
                )
            folders = _Folders(self._client)
            folder = folders.find(account.folder)
            self.done_folder = folders.find_or_make(account.done_folder)
            self.parked_folder = folders.find_or_make(account.parked_folder)
            if folder in {self.done_folder, self.parked_folder}:
                raise UnusableMailboxError(f"At the server, {account.folder} is also the folder that mail is moved to.")
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
        """Tell whether words came in one packet with the answer to IDLE: no selector sees those."""
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
        with suppress(OSError):
            self._client.shutdown()

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
        if found := self._found(wanted):
            return found
        raise UnusableMailboxError(f"There is no folder {wanted}.")

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
            raise UnusableMailboxError(
                f"There is no folder {wanted}, and the server does not let it be made."
            ) from None
        with refusals_passed_over():  # only some mail programs need it
            self._client.subscribe_folder(name)
        return name

    def _spellings(self, wanted: str) -> list[str]:
        """Return how the server may write the name; the last is how it would write a new one."""
        first, *rest = wanted.split("/") if self._delimiter else [wanted]
        name = self._delimiter.join(["INBOX" if folded(first) == "inbox" else first, *rest])
        own = name == "INBOX" or name.startswith(self._prefix)
        return [name] if own else [name, self._prefix + name]


def _namespace(client: IMAPClient) -> tuple[str, str]:
    """Return what the names of own folders begin with, and what stands between their levels."""
    personal = client.namespace().personal if client.has_capability("NAMESPACE") else None
    if personal:
        prefix, delimiter = personal[0]
        return prefix, delimiter or ""
    listed = client.list_folders("", "")
    return "", (listed[0][1] or b"").decode() if listed else ""


def _connect(account: ImapAccount, limits: ImapLimits) -> IMAPClient:
    wrapped = account.tls == "tls"
    context = verified_tls() if wrapped else None
    timeout = SocketTimeout(limits.connect_seconds, limits.read_seconds)
    return IMAPClient(account.host, account.port, ssl=wrapped, ssl_context=context, timeout=timeout)


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
            raise NotNowError(f"{host} cannot let anybody in just now: {words}") from None
        raise LoginRefusedError(f"{host} refuses the login: {words}") from None


@contextmanager
def refusals_passed_over() -> Iterator[None]:
    """Go on when the server refuses a command, but not when the connection is gone."""
    try:
        yield
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        pass


def _printable(words: str) -> str:
    return "".join(character for character in words if character.isprintable())[:200]


def silence_client_log() -> None:
    """Have the library log nothing: it writes whole commands and answers, mail text with them, even as warnings."""
    logging.getLogger("imapclient").setLevel(logging.CRITICAL + 1)
