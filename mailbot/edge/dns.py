"""Asks DNS for the TXT records at a name. Other modules read what the records mean."""

from collections.abc import Callable, Sequence
from datetime import timedelta

import dns.exception
import dns.name
import dns.resolver
from dns.rdtypes.txtbase import TXTBase

from mailbot.domain.trust.senders import UNKNOWN, Unknown

TIMEOUT = timedelta(seconds=3)
CACHED = 1_000
"""How many answers are kept, because every mail asks for the same few domains whose people order."""


def txt_lookup(
    nameservers: Sequence[str] = (), port: int = 53, timeout: timedelta = TIMEOUT
) -> Callable[[str], tuple[str, ...] | Unknown]:
    """Return a function that asks these name servers, else this machine's; it may be called from any thread."""
    resolver = dns.resolver.Resolver(configure=not nameservers)
    if nameservers:
        resolver.nameservers, resolver.port = list(nameservers), port
    resolver.lifetime = timeout.total_seconds()
    resolver.timeout = resolver.lifetime / 3  # time for three tries, because a packet may get lost
    resolver.cache = dns.resolver.LRUCache(CACHED)  # each answer is kept for as long as its records allow

    def lookup(name: str) -> tuple[str, ...] | Unknown:
        return _ask(resolver, name)

    return lookup


def _ask(resolver: dns.resolver.Resolver, name: str) -> tuple[str, ...] | Unknown:
    """Return all records, none if there is no such name or type; Unknown after any trouble (docs/rules/mail.md#f34)."""
    try:
        asked = dns.name.from_text(name)
    except (dns.exception.DNSException, UnicodeError):
        return ()  # DNS cannot hold this name
    try:
        answer = resolver.resolve(asked, "TXT", raise_on_no_answer=False, search=False)
    except dns.resolver.NXDOMAIN:
        return ()
    except (dns.exception.DNSException, OSError):
        return UNKNOWN
    return tuple(b"".join(record.strings).decode("latin-1") for record in answer if isinstance(record, TXTBase))
