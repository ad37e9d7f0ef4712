"""What shows who sent a mail: its gateway's Authentication-Results, or its DKIM signature.

It runs in a child process and opens no socket: DNS is a function, or a table of answers. Nothing raises on what a mail
holds, and what cannot be read in exactly one way proves nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache, partial

from mailbot.domain.trust.senders import UNKNOWN, Doubt, TrustSource, Unknown, Vouched
from mailbot.mail.reading.alignment import Lookup, is_aligned
from mailbot.mail.reading.dkim_signature import Check, as_signed, by_signature, signatures_near
from mailbot.mail.reading.gateway_results import by_gateway, own_hosts_of
from mailbot.mail.reading.unambiguous_headers import author_of, domain_of, headers_of


@dataclass(frozen=True)
class Trusted:
    """The configured source of trust, and for a gateway what it is known by.

    `received_by` are names with which one's own servers sign Received lines, besides the id; a star stands for any
    characters.
    """

    source: TrustSource
    authserv_id: str = ""
    received_by: tuple[str, ...] = ()


def gather(raw: bytes, received: datetime, trusted: Trusted, lookup: Lookup) -> Vouched | Doubt:
    """Return who vouches for the mail's sender by the trusted source, or why no one does.

    A signature must outlive `received`.
    """
    headers = headers_of(raw)
    if isinstance(headers, Doubt):
        return headers
    author = author_of(headers)
    if author is None:
        return Doubt.UNREADABLE_FROM
    ask = cache(lookup)
    alignment = partial(is_aligned, domain_of(author), ask)
    if trusted.source is TrustSource.AUTHENTICATION_RESULTS and trusted.authserv_id:
        own_id = trusted.authserv_id.lower()
        found = by_gateway(headers, author, own_id, own_hosts_of(own_id, trusted.received_by), alignment)
        return as_signed(found, signatures_near(headers, author), headers, raw)
    if trusted.source is TrustSource.DKIM:
        return by_signature(raw, headers, author, Check(ask, alignment, received))
    return Doubt.NOT_PROVEN


@dataclass(frozen=True)
class Wanted:
    """The names in DNS whose TXT records must be known before anything can be said."""

    names: tuple[str, ...]


Answers = Mapping[str, Sequence[str] | Unknown]


def examine(raw: bytes, received: datetime, trusted: Trusted, answers: Answers) -> Vouched | Doubt | Wanted:
    """Return what `gather` does, or the names that it looked for in vain among the answers."""
    missing: dict[str, None] = {}

    def lookup(name: str) -> Sequence[str] | Unknown:
        if name not in answers:
            missing[name] = None
        return answers.get(name, UNKNOWN)

    found = gather(raw, received, trusted, lookup)
    return Wanted(tuple(missing)) if missing and not isinstance(found, Vouched) else found
