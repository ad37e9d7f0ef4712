"""The SMTP and LMTP door: takes mails off the network and says 250 only once they are stored.

Here live the protocol, its limits and the group commit. What never lives here: reading a mail beyond the bytes of its
header block, deciding what it means, answering or relaying it, and TLS or passwords, which belong to the mail server
in front. The door speaks ASCII addresses only and does not offer SMTPUTF8: an answer to such a sender could not
leave through most relays, so the sender is told so at once (550 5.6.7).
"""

import asyncio
import contextlib
import logging
import math
import re
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import AnyStr, Literal, cast

import structlog
from aiosmtpd.smtp import SMTP

from mailbot.domain.trust.envelope import RawMail

log = structlog.get_logger()

KB = 1024
MB = 1024 * KB
_COMMAND_BYTES = 1024  # RFC 5321 asks for 512; a long recipient with parameters needs more
_BUFFER_BYTES = 64 * KB  # what a connection reads ahead; twice as much makes it pause
_BATCH_MAILS = 100
_LINGER_SECONDS = 5  # how long a client may take to read its last reply

_END = b"\r\n.\r\n"
TROUBLE = "451 4.3.0 Temporary trouble here, please try again later"
BUSY = "452 4.3.1 Too many mails at once, please try again later"
FULL = "452 4.3.1 Too little disk space here, please try again later"
MAKING_ROOM = "421 4.3.2 All places are taken, and you were idle"
SHUTTING_DOWN = "421 4.3.2 Shutting down"
NO_SUCH_RECIPIENT = "550 5.1.1 There is no such recipient here"
BAD_HEADER = "550 5.6.0 The header of the mail holds a NUL or a line end that is not CRLF"

_PATH = re.compile(r'\s*(?:<((?:"[^"]*"|[^"<>])*)>|([^\s"<>]+))(?:\s+(.*))?')
_SENDER = re.compile(r'(?:"[^"]*"|[^\s"<>@:,;]+)(?:@[^\s"<>@,;]+)?')
# No "%", "!", second "@", quotes or source route: each is an old way to ask for relaying.
RECIPIENT = re.compile(r"[A-Za-z0-9#$&'*+/=?^_`{|}~.-]+(?:@[A-Za-z0-9.-]+)?")


@dataclass(frozen=True)
class SmtpLimits:
    """What one door takes before it says no.

    `message_bytes`: one mail. A connection that sends a fifth more than that without ending a mail is cut.
    `line_bytes`: one line of a mail, without its CRLF. `header_bytes`: the header block of a mail.
    `recipients`: accepted recipients of one mail.
    `connections`, `connections_per_address`: open at once; the second does not hold on a UNIX socket. Where one
    relay brings all mail, set both to the same number.
    `command_timeout`, `data_timeout`: seconds for the next command, and for one whole mail and then its storing.
    `session_seconds`: age of a connection; a mail that has begun may still end.
    `idle_seconds`: how long a connection without a mail in hand keeps its place when another one comes and all are
    taken. `patience`: seconds for which that one waits for a place before it is turned away; `waiting`: how many may.
    `commands`: replies a connection gets without a mail being stored.
    `in_flight`: mails of full size held in memory at once. Bytes are counted, not mails, so that a few
    slow clients with small mails cannot shut out the others.
    `stop_seconds`: how long `stop` waits for mails in hand, and then once more for the last commit.
    """

    message_bytes: int = 25 * MB
    line_bytes: int = 64 * KB
    header_bytes: int = 100 * KB
    recipients: int = 20
    connections: int = 100
    connections_per_address: int = 10
    command_timeout: float = 60
    data_timeout: float = 300
    session_seconds: float = 600
    idle_seconds: float = 1
    patience: float = 0
    waiting: int = 20
    commands: int = 100
    in_flight: int = 8
    stop_seconds: float = 10


class SmtpDoor:
    """One listening socket. Needs a running loop (asyncio or uvloop); serves from `start` to `stop`, once.

    `accepts` tells whether a recipient is ours. `receive` stores the given mails in one transaction and returns, or
    raises and has stored none of them; it runs in a thread of the door's own, one call at a time.
    """

    def __init__(
        self,
        *,
        hostname: str,
        protocol: Literal["smtp", "lmtp"],
        accepts: Callable[[str], bool],
        receive: Callable[[Sequence[RawMail]], None],
        limits: SmtpLimits,
        now: Callable[[], datetime],
        has_room: Callable[[], bool] = lambda: True,
    ) -> None:
        """Remember the rules; nothing is opened yet. `now` returns UTC, `has_room` whether a mail can be stored."""
        memory = BytesInHand(limits.in_flight * limits.message_bytes)
        commit = GroupCommit(receive, memory, limits)
        self._shared = OpenConnections(hostname, protocol, accepts, limits, now, memory, commit, has_room)
        self._server: asyncio.Server | None = None
        self._socket_path: Path | None = None

    async def start(self, listen: str) -> None:
        """Listen on `127.0.0.1:8025`, `[::1]:8025` or `unix:/run/x.sock`; port 0 takes a free one.

        A UNIX socket gets its file mode from the umask.
        """
        # aiosmtpd logs envelopes at INFO, commands at WARNING and whole mails at DEBUG.
        logging.getLogger("mail.log").setLevel(logging.CRITICAL + 1)
        loop = asyncio.get_running_loop()
        self._shared.empty.set()
        if listen.startswith("unix:"):
            self._socket_path = Path(listen.removeprefix("unix:"))
            self._server = await loop.create_unix_server(self._connect, self._socket_path)
            return
        host, _, port = listen.rpartition(":")
        # The loop makes the socket: one handed in without IPPROTO_TCP would lack TCP_NODELAY.
        self._server = await loop.create_server(self._connect, host.strip("[]"), int(port))

    @property
    def port(self) -> int:
        """The TCP port, 0 on a UNIX socket or before `start`."""
        if self._server is None or self._socket_path is not None:
            return 0
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        """Take no more, let mails in hand end within `stop_seconds`, then cut what is left."""
        if self._server is None:
            return
        self._server.close()
        await self._shared.clear()
        await self._server.wait_closed()
        if self._socket_path is not None:
            self._socket_path.unlink(missing_ok=True)

    def _connect(self) -> asyncio.Protocol:
        return SmtpConnection(self._shared)


@dataclass
class BytesInHand:
    """Counts the bytes of all mails that are being received or wait to be stored."""

    limit: int
    used: int = 0

    @property
    def full(self) -> bool:
        """Whether no more may come in."""
        return self.used > self.limit


class GroupCommit:
    """Stores in one go whatever waits, in a thread, and wakes all who waited."""

    def __init__(self, receive: Callable[[Sequence[RawMail]], None], memory: BytesInHand, limits: SmtpLimits) -> None:
        """Remember who stores; the thread is started with the first mail."""
        self._receive = receive
        self._memory = memory
        self._limits = limits
        self._waiting: deque[tuple[RawMail, asyncio.Future[bool]]] = deque()
        self._task: asyncio.Task[None] | None = None
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mailbot-door")

    @property
    def full(self) -> bool:
        """Only clients that hang up while their mail waits can get it this far."""
        return len(self._waiting) >= self._limits.connections

    def store(self, mail: RawMail) -> asyncio.Future[bool]:
        """Queue the mail; the future tells whether it was stored. Await it shielded."""
        future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._waiting.append((mail, future))
        self._memory.used += len(mail.raw)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())
        return future

    async def stop(self) -> None:
        """Let what waits be stored, as long as `stop_seconds` allow."""
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=self._limits.stop_seconds)
            self._task.cancel()
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _run(self) -> None:
        while self._waiting:
            batch = self._next_batch()
            if len(batch) > 1 and await self._attempt([mail for mail, _ in batch]):
                self._wake(batch, stored=True)
                continue
            for one in batch:  # alone, or one by one so that a bad mail does not sink the others
                self._wake([one], stored=await self._attempt([one[0]]))

    def _next_batch(self) -> list[tuple[RawMail, asyncio.Future[bool]]]:
        batch = [self._waiting.popleft()]
        size = len(batch[0][0].raw)
        while self._waiting and len(batch) < _BATCH_MAILS:
            size += len(self._waiting[0][0].raw)
            if size > self._limits.message_bytes:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _attempt(self, mails: list[RawMail]) -> bool:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._stored, mails)

    def _stored(self, mails: list[RawMail]) -> bool:
        try:
            self._receive(mails)
        except Exception as error:  # noqa: BLE001 - whatever the store raises, the sender shall try again
            log.error("mails not stored", error=type(error).__name__, mails=len(mails))
            return False
        return True

    def _wake(self, batch: list[tuple[RawMail, asyncio.Future[bool]]], *, stored: bool) -> None:
        for mail, future in batch:
            self._memory.used -= len(mail.raw)
            future.set_result(stored)


@dataclass
class OpenConnections:
    """What the connections of one door share."""

    hostname: str
    protocol: Literal["smtp", "lmtp"]
    accepts: Callable[[str], bool]
    limits: SmtpLimits
    now: Callable[[], datetime]
    memory: BytesInHand
    commit: GroupCommit
    has_room: Callable[[], bool]
    connections: "dict[SmtpConnection, str]" = field(default_factory=dict)
    empty: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    outside: "set[SmtpConnection]" = field(default_factory=set)  # without a place: coming or going
    closing: bool = False

    def arrive(self, connection: "SmtpConnection") -> None:
        """Note a connection that has no place yet."""
        self.outside.add(connection)
        self.empty.clear()

    async def admit(self, connection: "SmtpConnection", peer: str) -> str:
        """Let the connection in, if need be when another one has left; or return the reply that turns it away.

        Who sits idle the longest has to leave: so no idle client keeps the relay out, whose address it may share.
        """
        loop = asyncio.get_running_loop()
        until = loop.time() + (self.limits.patience if len(self.outside) <= self.limits.waiting else 0)
        while refusal := self._join(connection, peer):
            idle_at = math.inf if self.closing else self._make_room(peer)
            if idle_at <= loop.time():
                continue
            if self.closing or until <= loop.time():
                return refusal
            self.left.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.left.wait(), min(until, idle_at) - loop.time())
        return ""

    def _make_room(self, peer: str) -> float:
        """Dismiss who has sat idle long enough, of the same address if that has too many; return when one will have."""
        crowd = {c: other for c, other in self.connections.items() if not self._has_many(peer) or other == peer}
        idlest = min((c for c in crowd if c.is_idle), key=lambda c: c.last_heard, default=None)
        if idlest is None:
            return math.inf
        idle_at = idlest.last_heard + self.limits.idle_seconds
        if idle_at <= asyncio.get_running_loop().time():
            del self.connections[idlest]
            self.outside.add(idlest)
            idlest.make_way()
        return idle_at

    def _has_many(self, peer: str) -> bool:
        same = sum(1 for other in self.connections.values() if other == peer)
        return bool(peer) and same >= self.limits.connections_per_address

    def _join(self, connection: "SmtpConnection", peer: str) -> str:
        """Let the connection in, or return the reply that turns it away."""
        if self.closing:
            return SHUTTING_DOWN
        if len(self.connections) >= self.limits.connections:
            return "421 4.3.2 Too many connections"
        if self._has_many(peer):
            return "421 4.7.0 Too many connections from your address"
        self.outside.discard(connection)
        self.connections[connection] = peer
        return ""

    def leave(self, connection: "SmtpConnection") -> None:
        """Note that a connection is gone, and let those who wait for a place look."""
        self.connections.pop(connection, None)
        self.outside.discard(connection)
        self.left.set()
        if not self.connections and not self.outside:
            self.empty.set()

    async def clear(self) -> None:
        """Send all home: who has no mail in hand at once, the others when it is answered or time is up."""
        self.closing = True
        self.left.set()
        for connection in list(self.connections):
            connection.dismiss()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.empty.wait(), self.limits.stop_seconds)
        for connection in [*self.connections, *self.outside]:
            connection.abort()
        await self.empty.wait()
        await self.commit.stop()


class IncomingData:
    """Collects the bytes of one DATA, and lets go of them as soon as a limit is passed."""

    def __init__(self, limits: SmtpLimits, memory: BytesInHand) -> None:
        """Begin after the line that says DATA."""
        self.ended = False
        self.refusal = ""
        self._limits = limits
        self._memory = memory
        self._tail = b"\r\n"  # of the DATA line itself: a dot on the first line ends an empty mail
        self._line_start = 0
        self._bytes = bytearray()

    def add(self, piece: bytes) -> bytes:
        """Take the next bytes, return those beyond the end. Only CRLF.CRLF is one, no other mix of CR, LF and dot."""
        window = self._tail + piece
        end = window.find(_END)
        self.ended = end >= 0
        used = end + len(_END) - len(self._tail) if self.ended else len(piece)
        self._tail = window[1 - len(_END) :]
        if not self.refusal:
            self._keep(piece[:used])
        return piece[used:]

    def _keep(self, piece: bytes) -> None:
        self._bytes += piece
        self._memory.used += len(piece)
        self.refusal = self._fault()
        if self.refusal:
            self.release()

    def release(self) -> None:
        """Let go of all bytes."""
        self._memory.used -= len(self._bytes)
        self._bytes = bytearray()

    def take(self) -> bytes:
        """Return the mail without the ending dot and the dots doubled for transport; keep nothing."""
        raw = bytes(memoryview(self._bytes)[self._bytes.startswith(b".") : -3])
        self.release()
        return raw.replace(b"\r\n.", b"\r\n")

    def _fault(self) -> str:
        if len(self._bytes) > self._limits.message_bytes + len(b".\r\n"):
            return too_big("The mail", self._limits.message_bytes)
        if self._has_long_line():
            return too_big("A line of the mail", self._limits.line_bytes)
        return BUSY if self._memory.full else ""

    def _has_long_line(self) -> bool:
        # Hops from line end to line end, as far as one line may reach, so no byte is searched more than twice.
        reach = self._limits.line_bytes + len(b"\r\n")
        while len(self._bytes) - self._line_start >= reach:
            end = self._bytes.rfind(b"\r\n", self._line_start, self._line_start + reach)
            if end < 0:
                return True
            self._line_start = end + len(b"\r\n")
        return False


class SmtpConnection(SMTP):
    """One client. aiosmtpd reads the command lines; each verb, all timers and DATA are our own."""

    def __init__(self, shared: OpenConnections) -> None:
        """Make the protocol of one client, who has not come yet."""
        self._shared = shared
        self._limits = shared.limits
        self._peer = ""
        self.last_heard = 0.0
        self._greeted = False
        self._sender: str | None = None
        self._recipients: list[str] = []
        self._body: IncomingData | None = None
        self._bytes_in = 0
        self._replies = 0
        loop = asyncio.get_running_loop()
        self._ends_at = loop.time() + shared.limits.session_seconds
        # Per instance, for aiosmtpd keeps these in one dictionary for all and lets every EHLO of its own add to it.
        self.command_size_limit = _COMMAND_BYTES
        self.command_size_limits = defaultdict(lambda: _COMMAND_BYTES)
        self.line_length_limit = _BUFFER_BYTES
        # UTF-8 on lets a non-ASCII command reach our own reply instead of a bare 500; it is not offered.
        ident = "LMTP" if shared.protocol == "lmtp" else "ESMTP"
        super().__init__(None, enable_SMTPUTF8=True, hostname=shared.hostname, ident=ident, loop=loop)
        self._smtp_methods = self._verbs()

    def _verbs(self) -> dict[str, Callable[[str | None], Awaitable[None]]]:
        hello = {"LHLO": self._ehlo} if self._shared.protocol == "lmtp" else {"EHLO": self._ehlo, "HELO": self._helo}
        simple = {
            "MAIL": self._mail,
            "RCPT": self._rcpt,
            "RSET": self._rset,
            "NOOP": lambda _: "250 2.0.0 OK",
            "VRFY": lambda _: "252 2.5.0 Not checked; send the mail to find out",
            "EXPN": lambda _: "502 5.5.1 There are no lists here",
        }
        verbs = {verb: self._answering(reply) for verb, reply in (hello | simple).items()}
        return verbs | {"DATA": self._data, "QUIT": self._quit}

    def _answering(self, reply: Callable[[str], str]) -> Callable[[str | None], Awaitable[None]]:
        async def command(arg: str | None) -> None:
            await self.push(reply(arg or ""))

        return command

    # The connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Note who has come."""
        name = transport.get_extra_info("peername")
        self._peer = str(name[0]) if isinstance(name, tuple) else ""
        self.last_heard = self.loop.time()
        self._shared.arrive(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Note that the client has gone."""
        self._shared.leave(self)
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Count the bytes, and hang up on too many."""
        self._bytes_in += len(data)
        self.last_heard = self.loop.time()
        if self._bytes_in <= self._limits.message_bytes * 6 // 5 + self._limits.line_bytes:
            super().data_received(data)
        elif self._body is not None:
            self._hang_up(self._body.refusal or too_big("The mail", self._limits.message_bytes))
        else:
            self._hang_up("421 4.7.0 Too many bytes")

    async def _handle_client(self) -> None:
        try:
            if refusal := await self._shared.admit(self, self._peer):
                self._hang_up(refusal)
            else:
                await super()._handle_client()
        except ConnectionError:
            pass  # the client is gone, or we hung up
        except Exception as error:  # noqa: BLE001 - a task that dies would have its error printed with all its text
            await self.handle_exception(error)
        finally:
            self._writer.close()

    async def handle_exception(self, error: Exception) -> str:
        """Log what kind of error it was, and return a reply that has the client try again."""
        log.error("mail session failed", error=type(error).__name__)
        return TROUBLE

    async def push(self, status: AnyStr) -> None:
        """Send a reply, unless there have been too many."""
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError
        self._replies += 1
        if self._replies > self._limits.commands:
            self._hang_up("421 4.7.0 Too many commands without a mail")
            raise ConnectionResetError
        await super().push(status)

    def _reset_timeout(self, duration: float | None = None) -> None:
        if self._timeout_handle is not None:
            self._timeout_handle.cancel()
        if duration is None:
            duration = min(self._limits.command_timeout, max(0, self._ends_at - self.loop.time()))
        self._timeout_handle = self.loop.call_later(duration, self._timeout_cb)

    def _timeout_cb(self) -> None:
        if self.transport is not None and self.transport.is_closing():
            self.abort()
        else:
            self._hang_up("421 4.4.2 Time is up")

    def _hang_up(self, reply: str) -> None:
        """Say one last thing and close; who does not read it is cut off by the timer."""
        if self.transport is None or self.transport.is_closing():
            return
        self._reset_timeout(min(_LINGER_SECONDS, self._limits.command_timeout))
        transport = cast("asyncio.Transport", self.transport)
        transport.write(reply.encode() + b"\r\n")
        transport.close()

    def dismiss(self) -> None:
        """Hang up, unless a mail is coming in or being stored: that one may end."""
        if self._body is None:
            self._hang_up(SHUTTING_DOWN)

    @property
    def is_idle(self) -> bool:
        """Whether no mail is coming in or being stored, and it is not on its way out."""
        return self._body is None and self.transport is not None and not self.transport.is_closing()

    def make_way(self) -> None:
        """Say why another one has the place now."""
        self._hang_up(MAKING_ROOM)

    def abort(self) -> None:
        """Cut the connection."""
        cast("asyncio.Transport", self.transport).abort()

    # The commands: each but the last two returns its reply

    def _ehlo(self, arg: str) -> str:
        if not arg:
            return "501 5.5.4 Your host name is missing"
        self._greet()
        words = [f"SIZE {self._limits.message_bytes}", "8BITMIME", "PIPELINING", "ENHANCEDSTATUSCODES"]
        return f"250-{self.hostname}\r\n250-" + "\r\n250-".join(words[:-1]) + f"\r\n250 {words[-1]}"

    def _helo(self, arg: str) -> str:
        if not arg:
            return "501 Your host name is missing"
        self._greet()
        return f"250 {self.hostname}"

    def _greet(self) -> None:
        self._greeted = True
        self._forget()

    def _forget(self) -> None:
        self._sender = None
        self._recipients = []

    def _rset(self, _arg: str) -> str:
        self._forget()
        return "250 2.0.0 Forgotten"

    def _mail(self, arg: str) -> str:
        if not self._greeted:
            return "503 5.5.1 Say hello first"
        if self._sender is not None:
            return "503 5.5.1 One sender is enough"
        if not self._shared.has_room():
            return FULL
        path = split_path(arg, "FROM:")
        if path is None:
            return "501 5.5.4 Syntax: MAIL FROM:<address>"
        sender, parameters = path
        fault = sender_fault(sender) or self._parameter_fault(parameters)
        if not fault:
            self._sender = sender
        return fault or "250 2.1.0 Sender noted"

    def _parameter_fault(self, parameters: list[str]) -> str:
        for parameter in parameters:
            name, _, value = parameter.upper().partition("=")
            if name == "SIZE" and value.isascii() and value.isdigit():
                if int(value) > self._limits.message_bytes:
                    return too_big("The mail", self._limits.message_bytes)
            elif (name, value) not in {("BODY", "7BIT"), ("BODY", "8BITMIME")}:
                return "555 5.5.4 Unknown parameter"
        return ""

    def _rcpt(self, arg: str) -> str:
        if self._sender is None:
            return "503 5.5.1 Name the sender first"
        path = split_path(arg, "TO:")
        if path is None:
            return "501 5.5.4 Syntax: RCPT TO:<address>"
        recipient, parameters = path
        if parameters:
            return "555 5.5.4 Unknown parameter"
        if len(self._recipients) >= self._limits.recipients:
            return "452 4.5.3 Too many recipients"
        if not RECIPIENT.fullmatch(recipient) or not self._shared.accepts(recipient):
            return NO_SUCH_RECIPIENT
        self._recipients.append(recipient)
        return "250 2.1.5 Recipient noted"

    async def _quit(self, _arg: str | None) -> None:
        await self.push("221 2.0.0 Bye")
        self._writer.close()

    async def _data(self, arg: str | None) -> None:
        if refusal := self._data_refusal(arg):
            await self.push(refusal)
            return
        self._body = body = IncomingData(self._limits, self._shared.memory)
        self._reset_timeout(self._limits.data_timeout)
        await self.push("354 End the mail with a dot alone on a line")
        try:
            reply = await self._take_mail(body)
        finally:
            body.release()
            self._body = None
        await self._conclude(reply)
        if not body.ended:  # or the rest of the mail would be read as commands
            self._writer.close()

    def _data_refusal(self, arg: str | None) -> str:
        if not self._recipients:
            return "503 5.5.1 Name a recipient first"
        if arg:
            return "501 5.5.4 Syntax: DATA"
        return BUSY if self._shared.commit.full else ""

    async def _take_mail(self, body: IncomingData) -> str:
        try:
            await self._fill(body)
            self._reset_timeout(self._limits.data_timeout)
            return body.refusal or await self._store(body.take())
        except Exception as error:  # noqa: BLE001 - own faults must never bounce a mail
            return await self.handle_exception(error)

    async def _fill(self, body: IncomingData) -> None:
        while not body.ended:
            piece = await self._reader.read(MB)  # more than the buffer ever holds, so it is empty now
            if not piece:
                raise ConnectionResetError
            if rest := body.add(piece):
                self._reader.feed_data(rest)  # the next commands, for aiosmtpd

    async def _store(self, raw: bytes) -> str:
        if fault := header_fault(raw, self._limits.header_bytes):
            return fault
        mail = RawMail(
            raw=raw,
            mail_from=self._sender or "",
            rcpt_to=tuple(self._recipients),
            peer=self._peer,
            via=self._shared.protocol,
            received_at=self._shared.now(),
        )
        # A client that hangs up cancels this task; the commit goes on.
        stored = await asyncio.shield(self._shared.commit.store(mail))
        return "250 2.0.0 Stored" if stored else TROUBLE

    async def _conclude(self, reply: str) -> None:
        """Answer a mail, over LMTP once for each accepted recipient, and get ready for the next."""
        lines = len(self._recipients) if self._shared.protocol == "lmtp" else 1
        self._forget()
        self._bytes_in = 0
        self.last_heard = self.loop.time()
        if reply.startswith("250"):
            self._replies = 0
        await self.push("\r\n".join([reply] * lines))
        self._reset_timeout()
        if self._shared.closing:
            self._hang_up(SHUTTING_DOWN)


def split_path(arg: str, keyword: str) -> tuple[str, list[str]] | None:
    """Split `FROM:<a@b> SIZE=9` into address and parameters; None if it has another shape."""
    if not arg.upper().startswith(keyword):
        return None
    found = _PATH.fullmatch(arg, len(keyword))
    if found is None:
        return None
    bracketed, bare, parameters = found.groups()
    return (bare if bracketed is None else bracketed), (parameters or "").split()


def sender_fault(sender: str) -> str:
    """Check an envelope sender; "" stands for the null sender and is fine."""
    if not sender.isascii():
        return "550 5.6.7 Only ASCII addresses are taken here"
    if sender and not (sender.isprintable() and _SENDER.fullmatch(sender)):
        return "553 5.1.7 The sender address is malformed"
    return ""


def header_fault(raw: bytes, limit: int) -> str:
    """Check the bytes of the header block; blank lines above it count as part, for some parsers skip them."""
    start = 0
    while start <= limit and raw.startswith(b"\r\n", start):
        start += len(b"\r\n")
    end = raw.find(b"\r\n\r\n", start, limit + 2)
    end = len(raw) if end < 0 else end + len(b"\r\n")
    if end > limit:
        return too_big("The header of the mail", limit)
    # Gateways and parsers disagree on what these bytes are, so one could hide a header from the other.
    rest = raw[:end].replace(b"\r\n", b"")
    return BAD_HEADER if any(sign in rest for sign in (b"\x00", b"\r", b"\n")) else ""


def too_big(what: str, limit: int) -> str:
    unit, name = next((u, n) for u, n in ((MB, "MB"), (KB, "KB"), (1, "bytes")) if limit >= u)
    return f"552 5.3.4 {what} is larger than {limit / unit:.10g} {name}"
