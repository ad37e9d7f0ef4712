"""How the pages are served over HTTP: what the bot, and the tests that ask it over real HTTP, tell uvicorn alike."""

import asyncio
import resource
from typing import Any

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD = 32_768
"""Bytes of a request's head: a link, and what a login in front adds."""

MAX_CONNECTIONS, BACKLOG = 300, 100
FILES_PER_CONNECTION = 4
"""Of the files that the process may open, the pages take a fourth: the rest is for mail, database and children."""


def most_connections() -> int:
    """Return how many connections may be open at once."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MAX_CONNECTIONS if files == resource.RLIM_INFINITY else min(MAX_CONNECTIONS, files // FILES_PER_CONNECTION)


class BoundedConnection(HttpToolsProtocol):
    """One connection, which cannot be held open for nothing: uvicorn itself waits for ever for a request.

    When all are taken, the one that has sent nothing, or part of a request, for the longest makes room. A browser may
    take so many seconds to send a request's head, then its body, then to take the answer (with a file in it).
    """

    head_seconds, body_seconds, answer_seconds = 10.0, 20.0, 300.0
    reads_head = True
    since = 0.0
    _head_bytes = 0
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Let the client in, and another one out when that is one too many."""
        super().connection_made(transport)
        self._begin_head()
        if len(self.connections) > most_connections():
            guests = [guest for guest in self.connections if isinstance(guest, BoundedConnection)]
            min(guests, key=lambda guest: (not guest.reads_head, guest.since)).transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the client."""
        if self._timer is not None:
            self._timer.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Take what the client sends, as long as the head of a request stays within its bound."""
        super().data_received(data)
        self._head_bytes += len(data) if self.reads_head else 0
        if self._head_bytes > MAX_HEAD:
            self.transport.abort()

    def on_headers_complete(self) -> None:
        """Wait for the body now."""
        self.reads_head, self._head_bytes = False, 0
        self._expect(self.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """Wait until the client has the answer."""
        if not self.cycle.response_complete:
            self._expect(self.answer_seconds)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Wait for the next request, unless it has come already or much of the answer is still on its way."""
        super().on_response_complete()
        if self.cycle.response_complete and not self.flow.write_paused:
            self._begin_head()
        else:
            self._expect(self.answer_seconds)

    def resume_writing(self) -> None:
        """Wait for the next request once the client has taken the answer."""
        super().resume_writing()
        if self.cycle.response_complete:
            self._begin_head()

    def _begin_head(self) -> None:
        self.reads_head, self.since = True, self.loop.time()
        self._expect(self.head_seconds)

    def _expect(self, seconds: float) -> None:
        """Cut the connection after this time, unless something else is expected by then or it is ending anyway."""
        if self.transport.is_closing():
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self.loop.call_later(seconds, self.transport.abort)


def server_config(app: ASGIApp, **place: Any) -> uvicorn.Config:  # noqa: ANN401  as uvicorn takes them
    """Return the server's configuration; `place` says where it listens, and what else is the caller's own.

    Nothing is logged (addresses hold tokens) and nothing about the server is told. No header says who connects: a login
    is believed by the direct peer's address (edge/web/login.py).
    """
    own: dict[str, Any] = {"http": BoundedConnection, "lifespan": "off", "ws": "none", "log_config": None}
    silent = {"access_log": False, "proxy_headers": False, "server_header": False}
    return uvicorn.Config(app, **own | silent | place)
