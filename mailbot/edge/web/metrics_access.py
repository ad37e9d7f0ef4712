"""Who may read the bot's numbers: this machine itself, and whoever shows the token."""

from dataclasses import dataclass
from hmac import compare_digest

from starlette.requests import Request

from mailbot.edge.peers import is_loopback

PASSED_ON = {"forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"}
"""Headers of which a proxy adds at least one, mostly."""


@dataclass(frozen=True)
class MetricsAccess:
    """Those who ask from this machine, or with `token`; an empty token is nobody's.

    What a proxy on this machine passes on comes from this machine too. It is told by the headers that proxies add, and
    by the Host, which is the outside name; docs/operating.md says what to set where a proxy adds neither.
    """

    token: str = ""

    def include(self, request: Request) -> bool:
        """Tell whether the request may see numbers."""
        kind, _, shown = request.headers.get("authorization", "").partition(" ")
        if self.token and kind.lower() == "bearer":
            return compare_digest(shown.strip().encode(), self.token.encode())
        passed_on = PASSED_ON.intersection(request.headers.keys())
        peer = request.client.host if request.client else ""
        return not passed_on and is_loopback(peer) and is_loopback(_name(request.headers.get("host", "")))


def _name(host: str) -> str:
    """Return the name or address in a Host header, without its port."""
    return host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
