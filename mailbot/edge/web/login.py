"""A login in front of the pages: the person whom its header names, if the request comes from the proxy itself."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

from starlette.requests import Request

from mailbot.domain.values.text import is_plain_address


@dataclass(frozen=True)
class Login:
    """The header that holds the address of the person logged in, and the only proxies from which it is believed."""

    header: str
    proxies: Sequence[IPv4Network | IPv6Network]

    def of(self, request: Request) -> str:
        """Return the one address that the login names, "" if the peer is no proxy; anyone can write X-Forwarded-For."""
        named = request.headers.getlist(self.header)
        if len(named) != 1 or not self._is_proxy(request):
            return ""
        address = named[0].strip()
        return address if is_plain_address(address) else ""

    def _is_proxy(self, request: Request) -> bool:
        try:
            peer = ip_address(request.client.host if request.client else "")
        except ValueError:  # a UNIX socket's peer has no address
            return False
        if isinstance(peer, IPv6Address) and peer.ipv4_mapped:
            peer = peer.ipv4_mapped
        return any(peer in network for network in self.proxies)
