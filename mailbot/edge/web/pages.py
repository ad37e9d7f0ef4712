"""What pages with a file of their own share: web's ways to route, render and name trouble."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
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

Fields = Mapping[str, str]
GetHandler = Callable[[Request], Response]
PostHandler = Callable[[Request, Fields], Response]


@dataclass(frozen=True)
class Pages:
    """The bot, the clock, and what web lends: a route for views and acts, a rendered page, the page of a dead link."""

    bot: Bot
    now: Callable[[], datetime]
    page: Callable[[str, GetHandler | None, PostHandler | None], Route]
    render: Callable[[str, Mapping[str, Any], str | None, int], Response]
    trouble: Callable[[Request, Purpose, LinkRefusal], Response]

    def visit(self, request: Request, purpose: Purpose) -> OrderPage | LinkRefusal:
        """Return what the request's link to an order shows."""
        return see_order(self.bot, purpose, request.path_params["token"], self.now())


def handed_out(file: AttachedFile, data: bytes) -> Response:
    """Return a file that came with a mail for saving; no browser shows it in our name (docs/rules/mail.md#f109)."""
    name = f"attachment; filename=\"file\"; filename*=UTF-8''{quote(file.name, safe='')}"
    headers = {"Content-Security-Policy": "sandbox", "Content-Disposition": name}
    return Response(data, media_type="application/octet-stream", headers=headers)


def number(text: str) -> int | None:
    """Return the whole number that a field holds; None for what no page of ours sends."""
    return int(text) if text.isdecimal() and len(text) <= MAX_DIGITS else None


async def whole_body(request: Request, most: int) -> str | None:
    """Return a request's body as text; None when it is longer than so many bytes."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            return None
    return body.decode("utf-8", "replace")
