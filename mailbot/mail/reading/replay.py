"""Whether a signed mail can only be read as its author wrote it, where nothing signed says how it is cut into parts."""

from email import policy
from email.message import Message
from email.parser import BytesParser

_PREAMBLES = {
    "this is a multi-part message in mime format.",
    "this is a multipart message in mime format.",
    "this is a mime-encapsulated message",
}
"""What mail programs write above the first part for readers without MIME."""


def may_be_cut_anew(raw: bytes) -> bool:
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
