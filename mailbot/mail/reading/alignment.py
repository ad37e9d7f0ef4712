"""Alignment: which domains may speak for which (RFC 9989, before that RFC 7489 section 3.1)."""

import re
from collections.abc import Callable, Sequence
from functools import cache

from publicsuffixlist import PublicSuffixList

from mailbot.domain.trust.senders import UNKNOWN, Unknown

Lookup = Callable[[str], Sequence[str] | Unknown]
"""The TXT records at a name: none, some, or Unknown when DNS gave no answer."""
_STRICT = re.compile(r";\s*adkim\s*=\s*s\s*(?:;|$)", re.IGNORECASE)
Alignment = Callable[[str], bool | Unknown]


def is_aligned(author: str, lookup: Lookup, signer: str) -> bool | Unknown:
    """Tell whether the signer's domain may speak for the author's: the same, or of one organisation unless adkim=s."""
    organisation = public_suffixes().privatesuffix(author)
    if signer == author:
        return True
    if organisation is None or organisation != public_suffixes().privatesuffix(signer):
        return False
    for domain in dict.fromkeys((author, organisation)):
        found = lookup(f"_dmarc.{domain}")
        if isinstance(found, Unknown):
            return UNKNOWN
        if policies := [record for record in found if record.startswith("v=DMARC1")]:
            return not any(_STRICT.search(policy) for policy in policies)
    return True


@cache
def public_suffixes() -> PublicSuffixList:
    """Return the list that tells where an organisation's own part of a domain begins."""
    return PublicSuffixList()
