"""Who may read the bot's numbers: requests from this machine, and requests with the token."""

from dataclasses import dataclass
from hmac import compare_digest

from starlette.requests import Request

from mailbot.edge.peers import is_loopback

PASSED_ON = {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}
"""Most proxies add at least one of these headers."""


@dataclass(frozen=True)
class MetricsAccess:
    """The requests from this machine, and those with `token`; without a token set, no token gives access.

    What a proxy here passes on comes from this machine too: it is known by the headers that proxies add, or a Host that
    is not this machine (docs/operating.md).
    """

    token: str = ""

    def include(self, request: Request) -> bool:
        """Tell whether the request may read the numbers."""
        kind, _, shown = request.headers.get("authorization", "").partition(" ")
        if self.token and kind.lower() == "bearer":
            return compare_digest(shown.strip().encode(), self.token.encode())
        passed_on = PASSED_ON.intersection(request.headers.keys())
        peer = request.client.host if request.client else ""
        return not passed_on and is_loopback(peer) and is_loopback(_name(request.headers.get("host", "")))


def _name(host: str) -> str:
    """Return the name or address in a Host header, without its port."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
