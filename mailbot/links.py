"""Signed links: a token is a random id with a signature, which turns wrong links away cheaply.

What an id may do, and until when, is stored: a token's text can be changed without breaking it
(docs/rules/mail.md#tokens), and clocks may disagree (docs/rules/limits.md#clocks).
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from itsdangerous import BadData, URLSafeSerializer

from mailbot.domain.notices.notice import Purpose

ID_BYTES = 17


@dataclass(frozen=True)
class Signer:
    """Makes and reads tokens. `keys`, read at each use, run from oldest to newest: the newest signs, all verify."""

    keys: Iterable[bytes] = field(repr=False)

    def _serializer(self, purpose: Purpose) -> URLSafeSerializer:
        return URLSafeSerializer(
            list(self.keys),
            salt=f"mailbot.{purpose.value}",
            signer_kwargs={"digest_method": hashlib.sha256, "key_derivation": "hmac"},
        )

    def make(self, purpose: Purpose) -> tuple[str, str]:
        """Return a new token and the id in it."""
        link_id = secrets.token_urlsafe(ID_BYTES)
        return str(self._serializer(purpose).dumps(link_id)), link_id

    def read(self, purpose: Purpose, token: str) -> str | None:
        """Return the id in the token; None if the token is damaged, forged or made for another purpose."""
        try:
            link_id = self._serializer(purpose).loads(token)
        except (BadData, UnicodeError):
            return None
        return link_id if isinstance(link_id, str) and link_id else None

    def seal(self, *parts: str) -> str:
        """Return the keyed hash of a short secret and its context; without a key all secrets could be tried."""
        return _seal(list(self.keys)[-1], parts)

    def fits(self, seal: str, *parts: str) -> bool:
        """Tell, in constant time, whether a seal was made of these parts with any of the keys."""
        return any(same(seal, _seal(key, parts)) for key in self.keys)


def _seal(key: bytes, parts: Sequence[str]) -> str:
    return hmac.new(key, json.dumps(["mailbot.seal", *parts]).encode(), hashlib.sha256).hexdigest()


def fingerprint(link_id: str) -> str:
    """Return the hash by which the store and the log know an id, so that reading them gives nobody a link."""
    return hashlib.sha256(link_id.encode()).hexdigest()


def same(a: str, b: str) -> bool:
    """Compare two secrets in constant time."""
    return hmac.compare_digest(a.encode(), b.encode())
