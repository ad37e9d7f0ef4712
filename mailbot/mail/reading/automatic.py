"""Mail that no person wrote: which kind, and how sure that is (docs/rules/mail.md#automatic, #bounces)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from email.header import decode_header, make_header
from email.message import Message

from mailbot.mail.reading.automatic_signs import (
    CLASSES,
    HEADERS,
    IN_SUBJECT,
    PHRASES,
    SENDERS,
    SUBJECTS,
    AutoMail,
    Sign,
    SignRow,
    Strength,
)
from mailbot.mail.reading.bounces import Author, is_bounce

_COMMENT = re.compile(r"\([^()]*\)")
_MAILBOX = re.compile(r"[\w.+'=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,8}")
_VIA = re.compile(r"\bvia\b", re.IGNORECASE)

MAX_SUBJECT = 1_000
MAX_WORDS = 5_000
"""Letters of a text in which a program says that it is one."""
MAX_CLASS = 4_000
"""Bytes of winmail.dat among which the message's class stands."""

AutomaticHeaders = Mapping[str, Sequence[str]]


def automatic_sign(message: Message, headers: AutomaticHeaders, mail_from: str, text: str) -> Sign | None:
    """Return all signs of a program as one, None for a person's mail: the surest strength, the first kind.

    `text` is the mail's first text. What follows is for the flow to judge, which knows the sender.
    """
    found = [*_by_structure(message, headers, mail_from, text), *_by_data(message, headers, mail_from)]
    if not found:
        return None
    surest = max(found, key=lambda one: one.strength)
    return Sign(min((one.robot for one in found), key=list(AutoMail).index), surest.strength, surest.name)


def phrase(words: str) -> Sign | None:
    """Return the sign that a mail's own words say that a program wrote them."""
    return next(_found(PHRASES, " ".join(words[:MAX_WORDS].split()), "its words"), None)


def _by_data(message: Message, headers: AutomaticHeaders, mail_from: str) -> Iterator[Sign]:
    for name, rows in HEADERS.items():
        for value in headers.get(name, ())[:3]:
            yield from _found(rows, _plain(value), name)
    yield from _found(SUBJECTS, _decoded(headers, "subject"), IN_SUBJECT)
    author = _author(headers) if "from" in headers else Author.of(mail_from)
    yield from _found(SENDERS, author.local, "its sender")
    for text in (*headers.get("x-post-messageclass", ()), *_tnef(message)):
        yield from _found(CLASSES, text[:MAX_CLASS], "its message class")


def _found(rows: Sequence[SignRow], text: str, name: str) -> Iterator[Sign]:
    yield from ([Sign(robot, strength, name) for found, robot, strength in rows if found.search(text)][:1])


def _by_structure(message: Message, headers: AutomaticHeaders, mail_from: str, text: str) -> Iterator[Sign]:
    null = mail_from in {"", "<>"}
    report = message.get_content_type() == "multipart/report"
    if is_bounce(message, _author(headers), _decoded(headers, "subject"), text, null=null):
        # A postmaster may be a person, who passes on what a mail system wrote.
        yield Sign(AutoMail.BOUNCE, Strength.CERTAIN if null or report else Strength.WEAK, "its form")
    if report or _has(message, "message/disposition-notification", "message/feedback-report"):
        yield Sign(AutoMail.REPORT, Strength.CERTAIN, "its form")
    if null:
        yield Sign(AutoMail.GENERATED, Strength.CERTAIN, "its empty sender")
    if _is_calendar(message):
        yield Sign(AutoMail.CALENDAR, Strength.WEAK, "a calendar part")
    if _is_rewritten(headers):
        yield Sign(AutoMail.GROUP, Strength.NOBODY, "a group's address in From")


def _is_rewritten(headers: AutomaticHeaders) -> bool:
    """Tell whether a group has put an address of its own into From, in the place of who wrote the mail."""
    address = "".join(_addresses(headers, "from")[:1])
    others = {a for name in ("x-original-from", "reply-to") for a in _addresses(headers, name)} - {address}
    posts = {a for name in ("list-post", "list-id") for a in _addresses(headers, name)}
    ids = {found.strip("<> \t").lower() for found in headers.get("list-id", ())}
    lists_own = address in posts or any(found.endswith(address.replace("@", ".")) for found in ids)
    via = bool(_VIA.search(_decoded(headers, "from")))
    return bool(address) and (
        lists_own or bool(others & set(_addresses(headers, "x-original-from"))) or (via and bool(others))
    )


def _addresses(headers: AutomaticHeaders, name: str) -> list[str]:
    return [found.lower() for value in headers.get(name, ())[:3] for found in _MAILBOX.findall(value[:MAX_SUBJECT])]


def _author(headers: AutomaticHeaders) -> Author:
    return Author.of(_decoded(headers, "from"))


def _plain(value: str) -> str:
    """Return a value without comments, on one line: `(by Sieve) auto-replied`."""
    return " ".join(_COMMENT.sub(" ", value[:MAX_SUBJECT]).split())


def _decoded(headers: AutomaticHeaders, name: str) -> str:
    """Return a header decoded: a Swedish subject is always encoded, the word before our own subject too."""
    raw = headers.get(name, [""])[0][:MAX_SUBJECT]
    try:
        return str(make_header(decode_header(raw))).strip()
    # The standard library raises many things on odd headers (docs/rules/mail.md#parsers).
    except Exception:  # noqa: BLE001
        return raw.strip()


def _tnef(message: Message) -> Iterator[str]:
    """Yield what stands first in each winmail.dat: the class of what Outlook sent in it."""
    for part in [message, *_parts(message)]:
        if part.get_content_type() in {"application/ms-tnef", "application/vnd.ms-tnef"}:
            data = part.get_payload(decode=True)
            yield data[:MAX_CLASS].decode("latin-1") if isinstance(data, bytes) else ""


def _parts(message: Message) -> Iterator[Message]:
    # Of a mail without parts the payload is not even asked for: it may raise on an odd charset.
    payload = message.get_payload() if message.is_multipart() else []
    return (part for part in payload if isinstance(part, Message))


def parameter(part: Message, name: str) -> str:
    """Return a parameter of Content-Type in lower case, "" for none or one that cannot be read."""
    try:
        value = part.get_param(name)
    # The standard library raises many things on odd parameters (docs/rules/mail.md#parsers).
    except Exception:  # noqa: BLE001
        return ""
    return value.strip().lower() if isinstance(value, str) else ""


def _has(message: Message, *types: str) -> bool:
    return any(part.get_content_type() in types for part in _parts(message))


def _is_calendar(message: Message) -> bool:
    """Meeting answers and requests, also wrapped once more; a file attached to a person's mail is none."""
    outer = [message, *_parts(message)]
    inner = [p for part in outer[1:] if part.get_content_type() == "multipart/alternative" for p in _parts(part)]
    return any(
        p.get_content_type() == "text/calendar" and parameter(p, "method") and not _is_attached(p)
        for p in (*outer, *inner)
    )


def _is_attached(part: Message) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")
