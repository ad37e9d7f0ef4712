"""The header block of a mail: every line in one reading, or none."""

import re

from mailbot.domain.trust.senders import Doubt
from mailbot.domain.values.text import is_plain_address
from mailbot.mail.reading import limits

_ONCE = {
    *("from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references"),
    *("mime-version", "content-type", "content-transfer-encoding"),
}
_BARE = re.compile(rb"\r(?!\n)|(?<!\r)\n")
_HEADER = re.compile(rb"([!-9;-~]+):(.*)", re.DOTALL)
_BLANK_FOLD = re.compile(rb"\n[ \t]+(?=\n|\Z)")
_FROM = re.compile(
    r'[ \t]*+(?:(?:[^@<>,;:()"\\\x00-\x08\x0a-\x1f\x7f]|"(?:[^<>"\\]|\\[^<>])*")*<([^<>]*)>|(\S*)'
    r'(?:[ \t]+\([^()<>@,;:"\\\x00-\x08\x0a-\x1f\x7f]*\))?)[ \t]*'
)
PRINTABLE = re.compile(r"[\t -~]*")
Header = tuple[str, str]


def headers_of(raw: bytes) -> list[Header] | Doubt:
    """Return unfolded values by lower-case name, or why they have two readings (docs/rules/mail.md#f9, #f17)."""
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
    """Return the address of the one From with one plain mailbox; nothing else counts (docs/rules/mail.md#sender)."""
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
