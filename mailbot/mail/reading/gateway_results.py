"""What a gateway's Authentication-Results prove of who sent a mail (RFC 8601 section 5; docs/rules/mail.md#results;
docs/rules/limits.md#k1).

1. Its id is the configured one: the header's whole first word, neither quoted nor after a comment, in any case.

2. It stands above the first Received line of a stranger. Own servers are known by the name after "by": the id and
`received_by`. Many gateways write their result below their own Received line, so that such a line ends nothing.

3. Only the topmost counts. Another one with the id below the block, or in it with a word on DMARC or unreadable, makes
the mail prove nothing.

4. It says dmarc=pass for exactly the From domain or, where the gateway found no policy, dkim=pass with an aligned
header.d and no other result for such a domain. SPF, ARC and compauth never count.

The gateway must remove results with its id from mail that comes in, or write one on every mail: between its own
Received line and the sender's headers no reader can tell the two apart.

Microsoft 365 writes no id: instead of rule 1 the header has Microsoft's form and is the block's only one, own servers
are those inside Exchange Online, and the line of its border (*.mail.protection.outlook.com) ends the block.
"""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from mailbot.domain.trust.senders import UNKNOWN, Doubt, Proof, Vouched
from mailbot.mail.reading.alignment import Alignment
from mailbot.mail.reading.unambiguous_headers import PRINTABLE, Header, domain_of

if TYPE_CHECKING:
    from authres.core import AuthenticationResultProperty  # type: ignore[import-untyped]

MICROSOFT = "microsoft"
"""The authserv-id that stands for the nameless results of Microsoft 365."""
MAX_RESULT = 8_000
_OWN_HOSTS = {
    MICROSOFT: ("*.prod.outlook.com", "*.outlook.office365.com"),
    "mx.google.com": ("mx.google.com", "2002:a05:*"),
}
_RECEIVED_BY = re.compile(r"(?:^|\s)by\s+([^\s;]+)")
_ASIDE = re.compile(r'"(?:[^"\\]|\\.)*+(")?+|\((?:[^()\\]|\\.)*+(\))?+')
"""A quoted string or a comment, or as much as there is of one without an end: no byte is looked at twice."""
_CLAUSE = re.compile(r"\s*([\w-]+)(?:\s*/\s*1)?\s*=\s*(\w+)((?:\s.*)?)", re.ASCII | re.DOTALL)
_MICROSOFT_CLAUSE = re.compile(r"\s*(?:spf|dkim|dmarc|compauth)=\w+(?:\s+[a-z.]+=[\w.@+-]*)*\s*", re.ASCII)
_SAYS_OF = {"dkim": "header.d", "dmarc": "header.from"}


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
    import authres  # type: ignore[import-untyped]  # only where a gateway's word counts

    try:
        header = authres.AuthenticationResultsHeader.parse_value(value.strip(" \t;"))
    except Exception:  # noqa: BLE001  whatever it stumbles over has no sure reading
        return None
    found = [(str(r.method).lower(), str(r.result).lower(), r.properties) for r in header.results]
    statements = [Statement(m, r, _only(_said(properties, _SAYS_OF[m]))) for m, r, properties in found if m in _SAYS_OF]
    return statements if header.authserv_id == own_id else None


def _said(properties: "Iterable[AuthenticationResultProperty]", name: str) -> list[str]:
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
