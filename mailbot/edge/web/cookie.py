"""The only cookie. It is set when a code is mailed, and marks the browser that asked for the code."""

import re

from starlette.requests import Request
from starlette.responses import Response

_SECRET = re.compile(r"[A-Za-z0-9_-]{32,64}")


def cookie_name(base_url: str) -> str:
    """Return the cookie's name; over https it begins with `__Host-`, so that no other host or path can set it."""
    return "__Host-mailbot" if base_url.startswith("https://") else "mailbot"


def browser_of(request: Request, base_url: str) -> str:
    """Return the secret of the browser that sent the request; "" if it has none of the right shape."""
    found = request.cookies.get(cookie_name(base_url), "")
    return found if _SECRET.fullmatch(found) else ""


def remember(response: Response, browser: str, base_url: str) -> None:
    """Let the browser keep its secret until it is closed; no script and no page of another site can use the secret."""
    secure = base_url.startswith("https://")
    response.set_cookie(cookie_name(base_url), browser, path="/", secure=secure, httponly=True, samesite="strict")
