"""Bounces: what makes a mail one, and what it says (RFC 3464; docs/rules/mail.md#bounces)."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message

from mailbot.mail.reading.automatic_signs import DAEMON, FAILURE, LATER

_MESSAGE_ID = re.compile(
    rb"^[> \t]*(?:message-id|references|in-reply-to):[ \t]*(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE
)
_ANGLE = re.compile(rb"<[^<>\s]{1,250}>")
_ADDRESS = re.compile(rb"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_ACTION = re.compile(r"^action:[ \t]*(\w+)", re.IGNORECASE | re.MULTILINE)
_RECIPIENT = re.compile(
    rb"^(?:(?:final|original)-recipient:[ \t]*(?:rfc822;)?|x-failed-recipients:)[ \t]*(.*)",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = re.compile(rb"\b[A-Za-z]{1,20}-[0-9]{4}-[0-9]{5,9}\b")
_REPLY_CODE = re.compile(r"(?<![\d.])[45]\d\d[ -](?:[#(]?[45]\.\d|\S)")
_RETURNED = re.compile(r"^[ \t>*'-]*(?:message-id|received|subject|from)[ \t]*:", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(r"\([^()]*\)")

MOST = 50
"""Of Message-IDs, addresses and numbers that a bounce is read for."""
_SEARCHED = 20_000
"""Letters of a text in which words of failure are looked for: they stand first."""


@dataclass(frozen=True)
class Bounce:
    """Who was not reached, for good or for now, and the Message-IDs of what is returned.

    `arrived` marks the report of a mail that came through. `recipients` are all addresses that it names; by its order
    `numbers` it finds its mail where it names no Message-ID.
    """

    failed: tuple[str, ...]
    permanent: bool
    message_ids: tuple[str, ...]
    arrived: bool = False
    recipients: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Author:
    """From as it stands, in any form: what is before the @ (or a word without one), and all else; "" for nobody."""

    local: str
    name: str

    @classmethod
    def of(cls, value: str) -> "Author":
        """Read `a@b (Name)`, `Name <a@b>`, `MAILER-DAEMON <>` and a bare word alike."""
        before, _, rest = value.partition("<")
        address = rest.partition(">")[0] or _COMMENT.sub("", before)
        local = address.partition("@")[0] or before
        return cls(local.strip(" \t\"'"), value.replace(address, " ") if "@" in address else value)


def is_bounce(message: Message, author: Author, subject: str, text: str, *, null: bool) -> bool:
    """Tell whether a mail system says that a mail did not arrive; `null` says that it came from nobody.

    A person may write all these words: what counts is that they stand beside what no person's mail has.
    """
    parts = list(_inner(message))
    report = message.get_content_type() == "multipart/report"
    daemon = bool(DAEMON.search(f"{author.local} {author.name}")) or author.local in {"", "<>"}
    said = bool(FAILURE.search(subject)) or bool(FAILURE.search(text[:_SEARCHED]))
    if any(part.get_content_type() in {"message/delivery-status", "message/global-delivery-status"} for part in parts):
        return report or null or daemon
    if report:
        return daemon and said
    return said and (daemon or (null and _returns(parts, text)))


def _inner(message: Message) -> Iterator[Message]:
    """Yield the parts, those inside other multiparts too, but not what lies in a returned mail."""
    waiting = [message]
    for _ in range(MOST):
        if not waiting:
            return
        part = waiting.pop(0)
        inner = part.get_payload() if part.get_content_maintype() == "multipart" and part.is_multipart() else []
        found = [p for p in inner if isinstance(p, Message)] if isinstance(inner, list) else []
        yield from found
        waiting += found


def _returns(parts: Sequence[Message], text: str) -> bool:
    """Tell whether a mail, its headers, or a mail server's reply lies in the mail."""
    there = any(part.get_content_type() in {"message/rfc822", "text/rfc822-headers"} for part in parts)
    return there or bool(_REPLY_CODE.search(text[:_SEARCHED]) or len(_RETURNED.findall(text[:_SEARCHED])) > 1)


def read_bounce(message: Message, raw: bytes, words: str = "") -> Bounce:
    """Read who was not reached and what is returned, not what is only late; `words` is the mail's first text."""
    temporary, permanent = _detected(message)
    raw += b"\n" + words.encode("utf-8", "replace")
    text = raw.decode("utf-8", "replace")
    actions = {found.lower() for found in _ACTION.findall(text)}
    gone = "failed" in actions or bool(permanent)
    arrived = not (gone or temporary) and bool(actions & {"delivered", "relayed", "expanded"})
    if not actions and not gone and not temporary:
        gone = not LATER.search(text[:_SEARCHED])
    stated = [found for line in _RECIPIENT.findall(raw) for found in _ADDRESS.findall(line)]
    failed = sorted(permanent or temporary) or _unique(stated)
    ids = [found for m in _MESSAGE_ID.finditer(raw) for found in _ANGLE.findall(m[1])]
    body = raw[raw.find(b"\n\n") :] if b"\r\n\r\n" not in raw else raw[raw.find(b"\r\n\r\n") :]
    named = [*failed, *stated] or _ADDRESS.findall(body)
    recipients, numbers = _unique(named), _unique(_NUMBER.findall(body))
    return Bounce(tuple(failed), gone, _unique(ids), arrived, recipients, numbers)


def _unique(found: Sequence[bytes | str]) -> tuple[str, ...]:
    texts = (x.decode("ascii", "replace") if isinstance(x, bytes) else x for x in found)
    return tuple(dict.fromkeys(texts))[:MOST]


def _detected(message: Message) -> tuple[list[str], list[str]]:
    """Return who is not reached for now and for good, as far as the library knows the format."""
    from flufl.bounce import all_failures  # reads of fifty mail servers, which take a while to load

    try:
        found = all_failures(message)
    except Exception:  # noqa: BLE001  a detector of somebody else's formats, fed with anything
        return [], []
    temporary, permanent = ([a.decode("ascii", "replace") for a in addresses] for addresses in found)
    return temporary, permanent
