"""How uvicorn serves the pages over HTTP; the bot and the tests use the same configuration."""

import asyncio
import resource
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 32_768
"""Bytes of a request's head: room for a link and for the headers that a login in front adds."""

MAX_CONNECTIONS, BACKLOG = 300, 100
FILES_PER_CONNECTION = 4
"""The pages may use one in four of the files that the process may open. Mail, database and children need the rest."""


def most_connections() -> int:
    """Return how many connections may be open at the same time."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if files == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, files // FILES_PER_CONNECTION)


class BoundedConnection(HttpToolsProtocol):
    """One connection with bounds on its time, because uvicorn itself waits for a request for ever.

    A client has `head_seconds` to send a request's head, `body_seconds` its body, `answer_seconds` to take the answer.
    Of too many connections the one that has waited longest without a head is closed.
    """

    head_seconds, body_seconds, answer_seconds = 10.0, 20.0, 300.0
    reads_head = True
    since = 0.0
    _head_bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Accept the client; if that makes too many connections, close the one that has waited the longest."""
        super().connection_made(transport)
        self._begin_head()
        if len(self.connections) > most_connections():
            guests = [guest for guest in self.connections if isinstance(guest, BoundedConnection)]
            min(guests, key=lambda guest: (not guest.reads_head, guest.since)).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the timer of a connection that has ended."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what the client sends; close the connection if the head of a request is too long."""
        super().data_received(data)  # first, because with this data the head may have ended
        self._head_bytes += len(data) if self.reads_head else 0
        if self._head_bytes > MAX_HEAD:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        """Begin to wait for the body."""
        self.reads_head, self._head_bytes = False, 0
        self._expect(self.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Begin to wait until the client has taken the answer."""
        if not self.cycle.response_complete:
            self._expect(self.answer_seconds)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Begin to wait for the next request, unless it has come or the client has not taken the whole answer."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.flow.write_paused:
            self._begin_head()
        else:
            self._expect(self.answer_seconds)

    def resume_writing(self) -> None:
        """Begin to wait for the next request, because the client has taken the answer."""
        super().resume_writing()
        if self.cycle.response_complete:
            self._begin_head()

    def _begin_head(self) -> None:
        self.reads_head, self.since = True, self.loop.time()
        self._expect(self.head_seconds)

    def _expect(self, seconds: float) -> None:
        """Close the connection after this time, unless the next call comes first or it is closing already."""
        if self.transport.is_closing():
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, self.transport.abort)


def server_config(app: ASGIApp, **place: Any) -> uvicorn.Config:  # noqa: ANN401  as uvicorn takes them
    """Return the server's configuration; `place` says where it listens, and whatever else the caller wants.

    Requests are not logged, since addresses hold tokens; no header changes the client's address, by which a login is
    believed (edge/web/login.py).
    """
    own: dict[str, Any] = {"http": BoundedConnection, "lifespan": "off", "ws": "none", "log_config": None}
    silent = {"access_log": False, "proxy_headers": False, "server_header": False}
    return uvicorn.Config(app, **own | silent | place)
