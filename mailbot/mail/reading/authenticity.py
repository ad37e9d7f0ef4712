"""What shows who sent a mail: its gateway's Authentication-Results, or its DKIM signature. Raw bytes to a finding.

This runs in a child process (edge/authentication.py) and opens no socket: DNS is a function that the caller gives, or a
table of answers with `examine`, which names those that it lacks. Nothing here raises on what a mail holds, and what
cannot be read in exactly one way proves nothing.

Which Authentication-Results count (RFC 8601 section 5; docs/rules/mail.md#results; docs/rules/limits.md#k1):

1. Its id is the configured one: the first word of the header, all of it, neither quoted nor after a comment. Case is
   free.
2. It stands above the first Received line that none of one's own servers wrote. They are known by the name after "by":
   the id itself and the names in `received_by`. Many gateways write their result below their own Received line, so
   these lines do not end the block; everything below a stranger's line was in the mail when it came.
3. Only the topmost counts, whatever others say. If there is another with the id below the block, or in it with a word
   on DMARC, or one that cannot be read, the mail proves nothing.
4. The result is dmarc=pass for exactly the From domain; or, where the gateway found no DMARC policy, dkim=pass with an
   aligned header.d and no other result for such a domain. SPF, ARC and compauth never count.

What remains for the gateway: to remove results with its id from mail that comes in (RFC 8601 section 5, a MUST), or to
write one on every mail. Between its own Received line and the sender's headers no reader can tell the two apart.

Microsoft 365 writes no id. Instead of rule 1 the header has Microsoft's form and is the only one in the block, and the
servers are those inside Exchange Online. The line of its border (*.mail.protection.outlook.com) ends the block: the
result stands above it, where no sender can write.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase
from functools import cache, partial

import authres.core  # type: ignore[import-untyped]
import dkim  # type: ignore[import-untyped]
from publicsuffixlist import PublicSuffixList

from mailbot.domain.trust.senders import UNKNOWN, Doubt, Proof, TrustSource, Unknown, Vouched
from mailbot.domain.values.text import addresses_in, is_plain_address
from mailbot.mail.reading import limits, replay

Lookup = Callable[[str], Sequence[str] | Unknown]
"""The TXT records at a name: none, some, or Unknown when DNS gave no answer."""

MICROSOFT = "microsoft"
"""The authserv-id that stands for the nameless results of Microsoft 365."""

MAX_SIGNED = 30_000_000
MAX_LINES = 1_000_000
MAX_RESULT = 8_000
MAX_SIGNATURE = 4_000
MAX_SIGNATURES = 3
MAX_SIGNED_NAMES = 200
MAX_KEY = 1_500
MIN_RSA_BITS = 1024

MUST_BE_SIGNED = {"from", "subject", "date", "message-id"}
"""What a mail is known by: were one of them free, a copy with another Message-ID would be a new order."""

_ONCE = {
    *("from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references"),
    *("mime-version", "content-type", "content-transfer-encoding"),
}
_OWN_HOSTS = {
    MICROSOFT: ("*.prod.outlook.com", "*.outlook.office365.com"),
    "mx.google.com": ("mx.google.com", "2002:a05:*"),
}

_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_HEADER = re.compile(rb"([!-9;-~]+):(.*)", re.DOTALL)
_BLANK_FOLD = re.compile(rb"\n[ \t]+(?=\n|\Z)")
_FROM = re.compile(
    r'[ \t]*+(?:(?:[^@<>,;:()"\\\x00-\x08\x0a-\x1f\x7f]|"(?:[^<>"\\]|\\[^<>])*")*<([^<>]*)>|(\S*)'
    r'(?:[ \t]+\([^()<>@,;:"\\\x00-\x08\x0a-\x1f\x7f]*\))?)[ \t]*'
)
_RECEIVED_BY = re.compile(r"(?:^|\s)by\s+([^\s;]+)")
_ASIDE = re.compile(r'"(?:[^"\\]|\\.)*+(")?+|\((?:[^()\\]|\\.)*+(\))?+')
"""A quoted string or a comment, or as much as there is of one without an end: no byte is looked at twice."""
_CLAUSE = re.compile(r"\s*([\w-]+)(?:\s*/\s*1)?\s*=\s*(\w+)((?:\s.*)?)", re.ASCII | re.DOTALL)
_MICROSOFT_CLAUSE = re.compile(r"\s*(?:spf|dkim|dmarc|compauth)=\w+(?:\s+[a-z.]+=[\w.@+-]*)*\s*", re.ASCII)
_SAYS_OF = {"dkim": "header.d", "dmarc": "header.from"}
_DOMAIN = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")
PRINTABLE = re.compile(r"[\t -~]*")
_STRICT = re.compile(r";\s*adkim\s*=\s*s\s*(?:;|$)", re.IGNORECASE)

Header = tuple[str, str]


def gather(
    raw: bytes,
    trust: TrustSource,
    *,
    lookup: Lookup,
    received: datetime,
    authserv_id: str = "",
    received_by: Collection[str] = (),
) -> Vouched | Doubt:
    """Return who vouches for the mail's sender by the trusted source, or why no one does.

    `received` is when the mail came in, which a signature must outlive. `received_by` are names with which one's own
    servers sign Received lines, besides the id; a star stands for any characters.
    """
    headers = headers_of(raw)
    if isinstance(headers, Doubt):
        return headers
    author = author_of(headers)
    if author is None:
        return Doubt.UNREADABLE_FROM
    ask = cache(lookup)
    alignment = partial(is_aligned, domain_of(author), ask)
    if trust is TrustSource.AUTHENTICATION_RESULTS and authserv_id:
        own_id = authserv_id.lower()
        found = by_gateway(headers, author, own_id, own_hosts_of(own_id, received_by), alignment)
        return as_signed(found, near(headers, author), headers, raw)
    if trust is TrustSource.DKIM:
        return by_signature(raw, headers, author, Check(ask, alignment, received))
    return Doubt.NOT_PROVEN


@dataclass(frozen=True)
class Trusted:
    """The configured source of trust, and for a gateway what it is known by; as for `gather`."""

    source: TrustSource
    authserv_id: str = ""
    received_by: tuple[str, ...] = ()


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

    known_by = {"authserv_id": trusted.authserv_id, "received_by": trusted.received_by}
    found = gather(raw, trusted.source, lookup=lookup, received=received, **known_by)  # type: ignore[arg-type]
    return Wanted(tuple(missing)) if missing and not isinstance(found, Vouched) else found


# --- The header block: every line in one reading, or none. ---


def headers_of(raw: bytes) -> list[Header] | Doubt:
    """Return names in lower case and unfolded values, or why the block does not have one reading
    (docs/rules/mail.md#f9, #f17)."""
    if limits.excess(raw):
        return Doubt.NOT_PROVEN
    block = _block(raw)
    if block is None or b"\x00" in block or _BLANK_FOLD.search(block):
        return Doubt.SMUGGLED_HEADER
    lines = [_HEADER.fullmatch(line) for line in re.split(rb"\n(?![ \t])", block)]
    headers = [(m[1].decode("ascii").lower(), m[2].replace(b"\n", b"").decode("latin-1")) for m in lines if m]
    if len(headers) < len(lines):
        return Doubt.SMUGGLED_HEADER
    names = [name for name, _ in headers if name in _ONCE]
    return Doubt.DUPLICATE_HEADERS if len(names) > len(set(names)) else headers


def _block(raw: bytes) -> bytes | None:
    """Return the header block with LF as line end: CRLF throughout, or LF throughout in a mail from a file."""
    lines, ended, _ = raw.partition(b"\n\n")
    if b"\r" in lines:
        lines, ended, _ = raw.partition(b"\r\n\r\n")
    if b"\r" in lines and _BARE.search(lines):
        return None
    lines = lines.replace(b"\r\n", b"\n")
    return lines if ended else lines.removesuffix(b"\n")


def author_of(headers: list[Header]) -> str | None:
    """Return the address of the one From with one plain mailbox; docs/rules/mail.md#sender shows why nothing else
    counts."""
    values = values_of(headers, "from")
    match = _FROM.fullmatch(values[0]) if len(values) == 1 else None
    address = (match[1] or match[2] or "") if match else ""
    # An encoded word is made of letters an address may have, but must not stand in one (RFC 2047 section 5).
    return address if is_plain_address(address) and "=?" not in address else None


def values_of(headers: list[Header], name: str) -> list[str]:
    """Return the values of every header of this name, topmost first."""
    return [value for found, value in headers if found == name]


def domain_of(address: str) -> str:
    """Return an address's domain in lower case."""
    return address.rpartition("@")[2].lower()


# --- Alignment (RFC 9989, before that RFC 7489 section 3.1). ---


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


# --- The gateway's own words. ---


@dataclass(frozen=True)
class Statement:
    """One result for DKIM or DMARC: `domain` is the one it is about, "" unless it names exactly one."""

    method: str
    result: str
    domain: str


def by_gateway(
    headers: list[Header], author: str, own_id: str, own_hosts: Collection[str], alignment: Alignment
) -> Vouched | Doubt:
    """Return whom the gateway's own results vouch for, by the rules above."""
    end = next((n for n, header in enumerate(headers) if _is_strangers(header, own_hosts)), len(headers))
    results = [(n, value) for n, (name, value) in enumerate(headers) if name == "authentication-results"]
    if own_id == MICROSOFT:
        own = [(n, value) for n, value in results if n < end]
    else:
        own = [(n, value) for n, value in results if _claims(value, own_id)]
    if not own:
        return Doubt.NO_RESULT
    top, *others = (_statements(value, own_id) for _, value in own)
    if own[-1][0] >= end or not all(_adds_nothing(other, own_id) for other in others):
        return Doubt.FORGED_RESULT
    return Doubt.UNREADABLE_RESULT if top is None else _weigh(top, author, alignment)


def own_hosts_of(own_id: str, received_by: Collection[str]) -> tuple[str, ...]:
    """Return the names with which one's own servers sign Received lines."""
    return (*_OWN_HOSTS.get(own_id, (own_id,)), *(host.lower() for host in received_by))


def _is_strangers(header: Header, own_hosts: Collection[str]) -> bool:
    """Tell whether this is a Received line by none of one's own servers; without a readable name it is a stranger's."""
    name, value = header
    if name != "received":
        return False
    found = _RECEIVED_BY.search(_without_asides(value.lower()))
    return not (found and any(fnmatchcase(found[1], host) for host in own_hosts))


def _without_asides(text: str) -> str:
    """Return the text with a blank for each quoted string and comment; one without an end stays, and gives it away."""
    return _ASIDE.sub(lambda found: " " if found.lastindex else found[0], text)


def _claims(value: str, own_id: str) -> bool:
    """Tell whether the header gives itself the id in any way, quoted and after comments too."""
    head = re.sub(r'\([^()]*\)|["\\]', " ", value.partition(";")[0]).lower()
    return head.split()[:1] == [own_id]


def _adds_nothing(statements: list[Statement] | None, own_id: str) -> bool:
    return own_id != MICROSOFT and statements is not None and all(s.method != "dmarc" for s in statements)


def _statements(value: str, own_id: str) -> list[Statement] | None:
    """Return what the header says of DKIM and DMARC, or None if it has no sure reading."""
    if len(value) > MAX_RESULT or not PRINTABLE.fullmatch(value):
        return None
    text = _without_asides(value)
    if re.search(r'[()"\\]', text):
        return None
    if own_id == MICROSOFT:
        clauses = text.strip().removesuffix(";").split(";")
        return _of_clauses(clauses) if all(map(_MICROSOFT_CLAUSE.fullmatch, clauses)) else None
    if not re.match(rf"[ \t]*{re.escape(own_id)}(?:[ \t]+1)?[ \t]*;", value, re.IGNORECASE):
        return None
    own_reading = _of_clauses(text.strip().removesuffix(";").split(";")[1:])
    return own_reading if own_reading == _by_authres(value, own_id) else None


def _of_clauses(clauses: list[str]) -> list[Statement] | None:
    matches = [_CLAUSE.fullmatch(clause) for clause in clauses if clause.strip() != "none"]
    found = [(m[1].lower(), m[2].lower(), m[3].lower()) for m in matches if m]
    if len(found) < len(matches):
        return None
    return [
        Statement(method, result, _only(re.findall(rf"\s{re.escape(_SAYS_OF[method])}\s*=\s*([^\s;]+)", properties)))
        for method, result, properties in found
        if method in _SAYS_OF
    ]


def _by_authres(value: str, own_id: str) -> list[Statement] | None:
    """Return the same as a second, independent reader sees it."""
    try:
        header = authres.AuthenticationResultsHeader.parse_value(value.strip(" \t;"))
    except Exception:  # noqa: BLE001  whatever it stumbles over has no sure reading
        return None
    found = [(str(r.method).lower(), str(r.result).lower(), r.properties) for r in header.results]
    statements = [Statement(m, r, _only(_said(properties, _SAYS_OF[m]))) for m, r, properties in found if m in _SAYS_OF]
    return statements if header.authserv_id == own_id else None


def _said(properties: Iterable[authres.core.AuthenticationResultProperty], name: str) -> list[str]:
    return [str(p.value).lower() for p in properties if f"{p.type}.{p.name}".lower() == name]


def _only(found: Sequence[str]) -> str:
    return found[0] if len(found) == 1 else ""


def _weigh(statements: list[Statement], author: str, alignment: Alignment) -> Vouched | Doubt:
    """Return what the topmost result proves: DMARC decides where there is a policy, aligned DKIM elsewhere."""
    dmarc = [s for s in statements if s.method == "dmarc"]
    if len(dmarc) > 1:
        return Doubt.FORGED_RESULT
    # "bestguesspass" is what Microsoft would have said had there been a policy.
    if not dmarc or dmarc[0].result in {"none", "bestguesspass"}:
        return _weigh_dkim([s for s in statements if s.method == "dkim" and s.result != "none"], author, alignment)
    if dmarc[0].result != "pass":
        return Doubt.NOT_PASSED
    if dmarc[0].domain != domain_of(author):
        return Doubt.DOMAIN_DIFFERS
    return Vouched(author, dmarc[0].domain, Proof.AUTHENTICATION_RESULTS)


def _weigh_dkim(statements: list[Statement], author: str, alignment: Alignment) -> Vouched | Doubt:
    answers = [(s, alignment(s.domain)) for s in statements]
    aligned = [s for s, answer in answers if answer is True]
    if any(answer is UNKNOWN for _, answer in answers):
        return Doubt.COULD_NOT_VERIFY
    if not aligned:
        return Doubt.DOMAIN_DIFFERS if statements else Doubt.NOT_SIGNED
    if any(s.result != "pass" for s in aligned):
        return Doubt.NOT_PASSED
    return Vouched(author, aligned[0].domain, Proof.AUTHENTICATION_RESULTS)


# --- The bot's own check of DKIM (RFC 6376, RFC 8301, RFC 8463). ---


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


def near(headers: list[Header], author: str) -> list[Signature]:
    """Return those that a gateway may have gone by: of the author's organisation, or not to be read here."""
    organisation = public_suffixes().privatesuffix(domain_of(author))
    return [s for s in _claimed(headers) if not s.tags or public_suffixes().privatesuffix(s.domain) == organisation]


def as_signed(
    found: Vouched | Doubt, signatures: list[Signature], headers: list[Header], raw: bytes
) -> Vouched | Doubt:
    """Return the finding with whom the signatures say that the mail was written to (docs/rules/limits.md#replay).

    A signed mail can be handed in again by anybody who has it. What no signature covers may be changed then: the
    Content-Type, so that other bytes become the text; what lies beyond l=; the receivers. Without any signature the
    author's own server brought the mail, and no one else can.
    """
    if isinstance(found, Doubt):
        return found
    open_ended = any("l" in s.tags for s in signatures)
    if open_ended or (not all("content-type" in s.names for s in signatures) and replay.may_be_cut_anew(raw)):
        return Doubt.CUT_ANEW
    said = [to for s in signatures if (to := _receivers(s, headers)) is not None]
    return replace(found, to=tuple(sorted(set.intersection(*said)))) if said else found


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
    """Return what is wrong with a signature, or None if it is good."""
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
    asked = f"{signature.key_name}.".encode()

    def key_at(name: bytes, **_: object) -> bytes | None:
        return key.encode() if name.lower() == asked else None

    try:
        mail = dkim.DKIM(_tamed(raw, signature), minkey=MIN_RSA_BITS)
        return mail.verify(signature.index, dnsfunc=key_at) is True
    except Exception:  # noqa: BLE001  dkimpy raises what it likes on what it cannot read; then nothing is proven
        return False


def _tamed(raw: bytes, signature: Signature) -> bytes:
    """Return the mail with runs of blanks in the body made one, where its signature does so too (RFC 6376 3.4.4).

    On long runs dkimpy takes time by the square of their length.
    """
    if not signature.tags.get("c", "").endswith("/relaxed"):
        return raw
    head, gap, body = re.split(rb"(\r?\n\r?\n)", raw, maxsplit=1)
    return head + gap + re.sub(rb"[\t ]+", b" ", body)
