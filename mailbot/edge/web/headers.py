"""The headers of every page, and the only style and script that these headers allow."""

import base64
import hashlib
from dataclasses import dataclass
from functools import cache

from markupsafe import Markup
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailbot.package_data import resource


@cache
def _own(name: str) -> str:
    return resource("templates").joinpath("web", name).read_text("utf-8")


def style_markup() -> Markup:
    """Return the only stylesheet, unescaped, as every page contains it: it is our own file."""
    return Markup(_own("style.css"))  # noqa: S704


def script_markup() -> Markup:
    """Return the only script, unescaped, as the page with the buttons contains it; the page works without it."""
    return Markup(_own("decide.js"))  # noqa: S704


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _content_policy() -> str:
    """Allow our style and script by their hashes, the icon in the page, nothing else (docs/rules/limits.md#k20)."""
    style, script = _hash(_own("style.css")), _hash(_own("decide.js"))
    return (
        f"default-src 'none'; style-src {style}; script-src {script}; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def page_headers(*, secure: bool = False) -> dict[str, str]:
    """Return the headers of every page (docs/rules/limits.md#k18, #k20); `secure`: people reach them by https."""
    return {
        "Content-Security-Policy": _content_policy(),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Cross-Origin-Opener-Policy": "same-origin",
        **({"Strict-Transport-Security": "max-age=31536000"} if secure else {}),
    }


@dataclass(frozen=True)
class WithHeaders:
    """Adds the headers of pages to every response, redirects and errors included, unless the response sets its own."""

    app: ASGIApp
    secure: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in page_headers(secure=self.secure).items():
                    headers.setdefault(name, value)  # a file has a policy of its own
            await send(message)

        await self.app(scope, receive, send_with_headers)
