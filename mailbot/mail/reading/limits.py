"""What a mail may cost before it is parsed: sizes and counts on its bytes (docs/rules/limits.md#cost, #bounds)."""

import re

MAX_HEADER_BLOCK = 100_000
MAX_HEADER_LINES = 1_000
MAX_HEADER = 16_000
MAX_BOUNDARY_LINES = 1_000
MAX_HOPS = 50
MAX_GROUPS = 5_000
"""Of a delivery report, one a recipient; each costs a message object (RFC 3464 section 2)."""

_BOUNDARY_LINE = re.compile(rb"^--", re.MULTILINE)
_HOP = re.compile(rb"^received:", re.MULTILINE | re.IGNORECASE)
_GROUPS = re.compile(rb"^content-type:[ \t]*message/delivery-status", re.MULTILINE | re.IGNORECASE)
_EMPTY_LINE = re.compile(rb"^\r?\n", re.MULTILINE)
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_BARE = re.compile(rb"\x00|\r(?!\n)|(?<!\r)\n")


def excess(raw: bytes) -> str:
    """Return why the mail must not be parsed, or an empty string."""
    block = header_block(raw)
    lines = block.count(b"\n") + 1
    found = {
        "header block too large": len(block) > MAX_HEADER_BLOCK,
        "too many header lines": lines > MAX_HEADER_LINES,
        "header too long": any(len(line.rstrip(b"\r")) > MAX_HEADER for line in _FOLD.sub(b" ", block).split(b"\n")),
        "too many hops": len(_HOP.findall(block)) > MAX_HOPS,
        "too many parts": len(_BOUNDARY_LINE.findall(raw)) > MAX_BOUNDARY_LINES,
        "too many recipients reported": _groups(raw) > MAX_GROUPS,
    }
    return next((reason for reason, exceeded in found.items() if exceeded), "")


def _groups(raw: bytes) -> int:
    report = _GROUPS.search(raw)
    return len(_EMPTY_LINE.findall(raw, report.end())) if report else 0


def header_block(raw: bytes) -> bytes:
    """Return the bytes before the first empty line."""
    ends = [end for end in (raw.find(b"\r\n\r\n"), raw.find(b"\n\n")) if end >= 0]
    return raw[: min(ends)] if ends else raw


def smuggles(raw: bytes) -> bool:
    """Tell whether the header block holds a NUL, or line ends of two kinds (docs/rules/limits.md#k8).

    LF alone throughout came from a file, not over SMTP, and is fine.
    """
    block = header_block(raw)
    if b"\x00" in block or b"\r" in block.replace(b"\r\n", b""):
        return True
    return b"\r\n" in block and _BARE.search(block) is not None
