"""The protocol: one client of the SMTP door, its commands, its timers and its mails."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import AnyStr, cast

import structlog
from aiosmtpd.smtp import SMTP

from mailbot.domain.trust.envelope import RawMail
from mailbot.edge.smtp.incoming_data import IncomingData
from mailbot.edge.smtp.limits import KB, MB
from mailbot.edge.smtp.open_connections import OpenConnections
from mailbot.edge.smtp.smtp_replies import BUSY, SHUTTING_DOWN, TROUBLE, too_big
from mailbot.edge.smtp.syntax import RECIPIENT, header_fault, sender_fault, split_path

log = structlog.get_logger()

_COMMAND_BYTES = 1024  # RFC 5321 asks for 512; a long recipient with parameters needs more
_BUFFER_BYTES = 64 * KB  # what a connection reads ahead; twice as much makes it pause
_LINGER_SECONDS = 5  # how long a client may take to read its last reply


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
            "RSET": lambda _: self._forgotten("250 2.0.0 Forgotten"),
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
        """Say one last thing and close; the timer cuts off who does not read it."""
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
        self._hang_up("421 4.3.2 All places are taken, and you were idle")

    def abort(self) -> None:
        """Cut the connection."""
        cast("asyncio.Transport", self.transport).abort()

    # The commands: each but the last two returns its reply

    def _ehlo(self, arg: str) -> str:
        if not arg:
            return "501 5.5.4 Your host name is missing"
        self._greeted = True
        words = (self.hostname, f"SIZE {self._limits.message_bytes}", "8BITMIME", "PIPELINING")
        return self._forgotten("".join(f"250-{word}\r\n" for word in words) + "250 ENHANCEDSTATUSCODES")

    def _helo(self, arg: str) -> str:
        if not arg:
            return "501 Your host name is missing"
        self._greeted = True
        return self._forgotten(f"250 {self.hostname}")

    def _forgotten(self, reply: str) -> str:
        """Return the reply, with sender and recipients forgotten."""
        self._sender, self._recipients = None, []
        return reply

    def _mail(self, arg: str) -> str:
        if not self._greeted:
            return "503 5.5.1 Say hello first"
        if self._sender is not None:
            return "503 5.5.1 One sender is enough"
        if not self._shared.reception.has_room():
            return "452 4.3.1 Too little disk space here, please try again later"
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
        if not RECIPIENT.fullmatch(recipient) or not self._shared.reception.accepts(recipient):
            return "550 5.1.1 There is no such recipient here"
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
        via, now = self._shared.protocol, self._shared.reception.now()
        mail = RawMail(raw, self._sender or "", tuple(self._recipients), self._peer, via, now)
        # A client that hangs up cancels this task; the commit goes on.
        stored = await asyncio.shield(self._shared.commit.store(mail))
        return "250 2.0.0 Stored" if stored else TROUBLE

    async def _conclude(self, reply: str) -> None:
        """Answer a mail, over LMTP once for each accepted recipient, and get ready for the next."""
        lines = len(self._recipients) if self._shared.protocol == "lmtp" else 1
        self._bytes_in = 0
        self.last_heard = self.loop.time()
        if reply.startswith("250"):
            self._replies = 0
        await self.push("\r\n".join([self._forgotten(reply)] * lines))
        self._reset_timeout()
        if self._shared.closing:
            self._hang_up(SHUTTING_DOWN)
