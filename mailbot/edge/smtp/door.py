"""The SMTP and LMTP door: takes mails off the network and says 250 only once they are stored.

TLS and passwords belong to the mail server in front. Only ASCII addresses are taken (550 5.6.7, no SMTPUTF8): an answer
to another could not leave through most relays.
"""

import asyncio
import logging
from pathlib import Path
from typing import Literal

from mailbot.edge.smtp.connection import SmtpConnection
from mailbot.edge.smtp.group_commit import BytesInHand, GroupCommit
from mailbot.edge.smtp.limits import SmtpLimits
from mailbot.edge.smtp.open_connections import OpenConnections, SmtpReception


class SmtpDoor:
    """One listening socket. Needs a running loop; serves from `start` to `stop`, once."""

    def __init__(
        self, hostname: str, protocol: Literal["smtp", "lmtp"], reception: SmtpReception, limits: SmtpLimits
    ) -> None:
        """Remember the rules; nothing is opened yet."""
        memory = BytesInHand(limits.in_flight * limits.message_bytes)
        commit = GroupCommit(reception.receive, memory, limits)
        self._shared = OpenConnections(hostname, protocol, reception, limits, memory, commit)
        self._server: asyncio.Server | None = None
        self._socket_path: Path | None = None

    async def start(self, listen: str) -> None:
        """Listen on `127.0.0.1:8025`, `[::1]:8025` or `unix:/run/x.sock` (mode by umask); port 0 takes a free one."""
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
