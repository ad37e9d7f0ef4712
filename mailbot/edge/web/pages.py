"""What all files of pages share: how to route and render, and how to go on only with a link that opens something."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import AttachedFile
from mailbot.flows.bot import Bot
from mailbot.flows.steps.link_page import OrderPage, see_order
from mailbot.flows.steps.open_link import LinkRefusal

MAX_DIGITS = 17

T = TypeVar("T")

Fields = Mapping[str, str]
GetHandler = Callable[[Request], Response]
PostHandler = Callable[[Request, Fields], Response]


class RefusedLinkError(Exception):
    """The request's link opens nothing; `server.py` makes a page of it that says why."""

    def __init__(self, refusal: LinkRefusal) -> None:
        """Keep the reason."""
        super().__init__(refusal.value)
        self.refusal = refusal


def opened(found: T | LinkRefusal) -> T:
    """Return what a link opens; raises RefusedLinkError."""
    if isinstance(found, LinkRefusal):
        raise RefusedLinkError(found)
    return found


@dataclass(frozen=True)
class Pages:
    """The bot, the clock, and from `server.py` how to make a route, render a page and say why a link opens nothing."""

    bot: Bot
    now: Callable[[], datetime]
    page: Callable[[str, GetHandler | None, PostHandler | None], Route]
    render: Callable[[str, Mapping[str, Any], str | None, int], Response]

    def visit(self, request: Request, purpose: Purpose) -> OrderPage:
        """Return what the request's link to an order shows; raises RefusedLinkError."""
        return opened(see_order(self.bot, purpose, request.path_params["token"], self.now()))

    def show(
        self, template: str, request: Request, found: OrderPage, values: Mapping[str, Any], status: int = 200
    ) -> Response:
        """Return a page about the order of the request's link, in its person's language; `values` are its own."""
        order = found.summary
        common = {"visit": found, "order": order, "token": request.path_params["token"], "now": self.now()}
        left = order.order.has_left  # a rejection leaves too
        return self.render(template, {**common, "left": left, **values}, found.language, status)


def handed_out(file: AttachedFile, data: bytes) -> Response:
    """Return a file of a mail as a download: no browser may show it as a page of ours (docs/rules/mail.md#f109)."""
    name = f"attachment; filename=\"file\"; filename*=UTF-8''{quote(file.name, safe='')}"
    # If a browser shows the file all the same, the sandbox keeps it from running scripts.
    headers = {"Content-Security-Policy": "sandbox", "Content-Disposition": name}
    return Response(data, media_type="application/octet-stream", headers=headers)


def number(text: str) -> int | None:
    """Return the whole number in a field; None for a text that no page of ours sends."""
    return int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else None


async def whole_body(request: Request, most: int) -> str | None:
    """Return a request's body as text; None if it is longer than `most` bytes."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return body.decode("utf-8", "replace")
