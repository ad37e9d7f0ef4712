"""What SMTP commands and the header block of a mail must look like."""

import re

from mailbot.edge.smtp.smtp_replies import too_big

_PATH = re.compile(r'\s*(?:<((?:"[^"]*"|[^"<>])*)>|([^\s"<>]+))(?:\s+(.*))?')
_SENDER = re.compile(r'(?:"[^"]*"|[^\s"<>@:,;]+)(?:@[^\s"<>@,;]+)?')
# No "%", "!", second "@", quotes or source route: each is an old way to ask for relaying.
RECIPIENT = re.compile(r"[A-Za-z0-9#$&'*+/=?^_`{|}~.-]+(?:@[A-Za-z0-9.-]+)?")


def split_path(arg: str, keyword: str) -> tuple[str, list[str]] | None:
    """Split `FROM:<a@b> SIZE=9` into address and parameters; None if it has another shape."""
    if not arg.upper().startswith(keyword):
        return None
    found = _PATH.fullmatch(arg, len(keyword))
    if found is None:
        return None
    bracketed, bare, parameters = found.groups()
    return (bare if bracketed is None else bracketed), (parameters or "").split()


def sender_fault(sender: str) -> str:
    """Check an envelope sender; "" stands for the null sender and is fine."""
    if not sender.isascii():
        return "550 5.6.7 Only ASCII addresses are taken here"
    if sender and not (sender.isprintable() and _SENDER.fullmatch(sender)):
        return "553 5.1.7 The sender address is malformed"
    return ""


def header_fault(raw: bytes, limit: int) -> str:
    """Check the bytes of the header block; blank lines above it count as part, for some parsers skip them."""
    start = 0
    while start <= limit and raw.startswith(b"\r\n", start):
        start += len(b"\r\n")
    end = raw.find(b"\r\n\r\n", start, limit + 2)
    end = len(raw) if end < 0 else end + len(b"\r\n")
    if end > limit:
        return too_big("The header of the mail", limit)
    # Gateways and parsers disagree on what these bytes are, so one could hide a header from the other.
    rest = raw[:end].replace(b"\r\n", b"")
    strange = any(sign in rest for sign in (b"\x00", b"\r", b"\n"))
    return "550 5.6.0 The header of the mail holds a NUL or a line end that is not CRLF" if strange else ""
