"""Who is connected to the SMTP door, who may come in, and who has to make way."""

import asyncio
import contextlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from mailbot.domain.trust.envelope import RawMail
from mailbot.edge.smtp.group_commit import BytesInHand, GroupCommit
from mailbot.edge.smtp.limits import SmtpLimits
from mailbot.edge.smtp.smtp_replies import SHUTTING_DOWN

if TYPE_CHECKING:
    from mailbot.edge.smtp.connection import SmtpConnection


@dataclass(frozen=True)
class SmtpReception:
    """Who takes what the SMTP door brings.

    `accepts` tells whether a recipient is ours. `receive` stores the mails in one transaction, or raises and has stored
    none; it runs in a thread of the door's own, one call at a time. `now` returns UTC.
    """

    accepts: Callable[[str], bool]
    receive: Callable[[Sequence[RawMail]], None]
    now: Callable[[], datetime]
    has_room: Callable[[], bool] = lambda: True


@dataclass
class OpenConnections:
    """What the connections of one door share."""

    hostname: str
    protocol: Literal["smtp", "lmtp"]
    reception: SmtpReception
    limits: SmtpLimits
    memory: BytesInHand
    commit: GroupCommit
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
        """Let the connection in, perhaps when another has left; or return the reply that turns it away.

        Who sits idle the longest leaves, so that no idle client keeps out the relay, whose address it may share.
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
        """Dismiss who has sat idle long enough, of the peer's if those are too many; return when one will have."""
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
