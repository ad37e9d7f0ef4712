"""The bot's own check of DKIM signatures (RFC 6376, RFC 8301, RFC 8463), and what a signature covers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from email import policy
from email.message import Message
from email.parser import BytesParser

from mailbot.domain.trust.senders import UNKNOWN, Doubt, Proof, Unknown, Vouched
from mailbot.domain.values.text import addresses_in
from mailbot.mail.reading.alignment import Alignment, Lookup, public_suffixes
from mailbot.mail.reading.unambiguous_headers import PRINTABLE, Header, domain_of, values_of

MAX_SIGNED = 30_000_000
MAX_LINES = 1_000_000
MAX_SIGNATURE = 4_000
MAX_SIGNATURES = 3
MAX_SIGNED_NAMES = 200
MAX_KEY = 1_500
MIN_RSA_BITS = 1024
MUST_BE_SIGNED = {"from", "subject", "date", "message-id"}
"""What a mail is known by: were one of them free, a copy with another Message-ID would be a new order."""
_DOMAIN = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")
_PREAMBLES = {
    "this is a multi-part message in mime format.",
    "this is a multipart message in mime format.",
    "this is a mime-encapsulated message",
}
"""What mail programs write above the first part for readers without MIME."""


@dataclass(frozen=True)
class Check:
    """What a check needs besides the mail."""

    lookup: Lookup
    alignment: Alignment
    received: datetime


@dataclass(frozen=True)
class Signature:
    """A DKIM-Signature: its place among the others, and its tags."""

    index: int
    tags: dict[str, str]

    @property
    def domain(self) -> str:
        """The domain that signed."""
        return self.tags.get("d", "").lower()

    @property
    def names(self) -> set[str]:
        """The headers that it covers, also where the mail lacks one and it could be added."""
        return {name.strip().lower() for name in self.tags.get("h", "").split(":")}

    @property
    def key_name(self) -> str:
        """Where DNS has its key."""
        return f"{self.tags.get('s', '').lower()}._domainkey.{self.domain}"


def by_signature(raw: bytes, headers: list[Header], author: str, check: Check) -> Vouched | Doubt:
    """Return whom a good signature vouches for, or what is wrong with the best of them."""
    if len(raw) > MAX_SIGNED or raw.count(b"\n") > MAX_LINES:
        return Doubt.NOT_PROVEN
    signatures = list(_signatures(headers))
    if not signatures:
        return Doubt.NOT_SIGNED
    # Foreign signatures cost nothing and do not count among those tried: lists and gateways add their own on top.
    near = [(s, aligned) for s in signatures if (aligned := check.alignment(s.domain))]
    doubts = set()
    for signature, aligned in near[:MAX_SIGNATURES]:
        doubt = Doubt.COULD_NOT_VERIFY if aligned is UNKNOWN else _try(raw, signature, check)
        good = Vouched(author, signature.domain, Proof.DKIM)
        found = doubt or as_signed(good, [signature], headers, raw)
        if isinstance(found, Vouched):
            return found
        doubts.add(found)
    by_weight = (Doubt.COULD_NOT_VERIFY, Doubt.CUT_ANEW, Doubt.SIGNATURE_WRONG)
    return next((d for d in by_weight if d in doubts), Doubt.DOMAIN_DIFFERS)


def _signatures(headers: list[Header]) -> Iterator[Signature]:
    """Yield the signatures that count: readable, and over the whole body, thus without l= (docs/rules/mail.md#f33)."""
    for signature in _claimed(headers):
        if signature.tags and "l" not in signature.tags and _DOMAIN.fullmatch(signature.key_name):
            yield signature


def _claimed(headers: list[Header]) -> Iterator[Signature]:
    """Yield every signature there is; one that cannot be read has no tags."""
    for index, value in enumerate(values_of(headers, "dkim-signature")):
        readable = len(value) <= MAX_SIGNATURE and PRINTABLE.fullmatch(value)
        yield Signature(index, (_tags(value) if readable else None) or {})


def signatures_near(headers: list[Header], author: str) -> list[Signature]:
    """Return those that a gateway may have gone by: of the author's organisation, or not to be read here."""
    organisation = public_suffixes().privatesuffix(domain_of(author))
    return [s for s in _claimed(headers) if not s.tags or public_suffixes().privatesuffix(s.domain) == organisation]


def as_signed(
    found: Vouched | Doubt, signatures: list[Signature], headers: list[Header], raw: bytes
) -> Vouched | Doubt:
    """Return the finding with the receivers that signatures cover (docs/rules/limits.md#replay).

    Anybody who has a signed mail can hand it in again, changed where no signature covers it: receivers, Content-Type,
    what lies beyond l=. A mail without a signature was brought by the author's own server.
    """
    if isinstance(found, Doubt):
        return found
    open_ended = any("l" in s.tags for s in signatures)
    if open_ended or (not all("content-type" in s.names for s in signatures) and _may_be_cut_anew(raw)):
        return Doubt.CUT_ANEW
    said = [to for s in signatures if (to := _receivers(s, headers)) is not None]
    return replace(found, to=tuple(sorted(set.intersection(*said)))) if said else found


def _may_be_cut_anew(raw: bytes) -> bool:
    """Tell whether the Content-Type leaves some of the body out, or shows as text what was in parts.

    Whoever changes an unsigned one chooses which bytes are the text. With the author's boundary every byte lies in a
    part.
    """
    try:
        message = BytesParser(policy=policy.compat32).parsebytes(raw)
        if message.get_content_maintype() == "multipart":
            return _leaves_out(message)
        return message.get_content_maintype() != "text" or _holds_parts(raw)
    except Exception:  # noqa: BLE001  what the parser stumbles over is not read in one way
        return True


def _leaves_out(message: Message) -> bool:
    above, below = (str(text or "").strip().casefold() for text in (message.preamble, message.epilogue))
    return not message.is_multipart() or bool(below) or bool(above and above not in _PREAMBLES)


def _holds_parts(raw: bytes) -> bool:
    """Tell whether some line begins with two hyphens and another one ends what it began, as boundaries do."""
    lines = {line.strip() for line in raw.split(b"\n") if line.startswith(b"--")}
    return any(line + b"--" in lines for line in lines if line.strip(b"-"))


def _receivers(signature: Signature, headers: list[Header]) -> set[str] | None:
    """Return the addresses in To and Cc, as far as the signature covers them; None where it covers neither."""
    covered = signature.names & {"to", "cc"}
    if not covered:
        return None
    return {address for name in covered for value in values_of(headers, name) for address in addresses_in(value)}


def _tags(text: str) -> dict[str, str] | None:
    """Return a tag list's tags, or None where one is broken or said twice (RFC 6376 section 3.2)."""
    pairs = [tag.partition("=") for tag in text.strip().removesuffix(";").split(";")]
    tags = {name.strip(): value.strip() for name, _, value in pairs}
    return tags if len(tags) == len(pairs) and all(re.fullmatch(r"[a-z]\w*", n, re.ASCII) for n in tags) else None


def _try(raw: bytes, signature: Signature, check: Check) -> Doubt | None:
    if not _covers(signature) or _is_expired(signature, check.received):
        return Doubt.SIGNATURE_WRONG
    records = check.lookup(signature.key_name)
    if isinstance(records, Unknown):
        return Doubt.COULD_NOT_VERIFY
    key = records[0] if len(records) == 1 and _is_usable(records[0], signature) else None
    return None if key and _verifies(raw, signature, key) else Doubt.SIGNATURE_WRONG


def _covers(signature: Signature) -> bool:
    """Tell whether all that a mail is known by is signed, also where the mail lacks it and it could be added."""
    count = signature.tags.get("h", "").count(":") + 1
    return count <= MAX_SIGNED_NAMES and signature.names >= MUST_BE_SIGNED


def _is_expired(signature: Signature, received: datetime) -> bool:
    """Tell whether x= is past or unreadable; dkimpy itself would allow ten hours more."""
    end = signature.tags.get("x")
    return end is not None and not (re.fullmatch("[0-9]{1,12}", end) and int(end) >= received.timestamp())


def _is_usable(record: str, signature: Signature) -> bool:
    """Tell whether a key is of the signature's kind, for mail, and neither revoked nor on trial (RFC 6376 3.6.1)."""
    key = _tags(record) if len(record) <= MAX_KEY and PRINTABLE.fullmatch(record) else None
    if not key:
        return False
    flags, services, hashes = (_words(key.get(tag, "")) for tag in ("t", "s", "h"))
    identity = signature.tags.get("i", "").lower().rpartition("@")[2] or signature.domain
    return (
        bool(key.get("p"))
        and signature.tags.get("a") == f"{key.get('k', 'rsa')}-sha256"
        and (not services or bool(services & {"*", "email"}))
        and (not hashes or "sha256" in hashes)
        and "y" not in flags
        and ("s" not in flags or identity == signature.domain)
    )


def _words(text: str) -> set[str]:
    return {word.strip() for word in text.split(":") if word.strip()}


def _verifies(raw: bytes, signature: Signature, key: str) -> bool:
    import dkim  # type: ignore[import-untyped]  # takes long to load, and few mails have a signature to be checked

    asked = f"{signature.key_name}.".encode()

    def key_at(name: bytes, **_: object) -> bytes | None:
        return key.encode() if name.lower() == asked else None

    try:
        mail = dkim.DKIM(_tamed(raw, signature), minkey=MIN_RSA_BITS)
        return mail.verify(signature.index, dnsfunc=key_at) is True
    except Exception:  # noqa: BLE001  dkimpy raises what it likes on what it cannot read; then nothing is proven
        return False


def _tamed(raw: bytes, signature: Signature) -> bytes:
    """Return the mail with runs of blanks made one where its signature does so (RFC 6376 3.4.4), for speed."""
    if not signature.tags.get("c", "").endswith("/relaxed"):
        return raw
    head, gap, body = re.split(rb"(\r?\n\r?\n)", raw, maxsplit=1)
    return head + gap + re.sub(rb"[\t ]+", b" ", body)
