"""Mail that no person wrote: which kind it is, and what a bounce says (email.md B1, B2). Never answered."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from enum import StrEnum

from flufl.bounce import all_failures

_MESSAGE_ID = re.compile(
    rb"^(?:message-id|references|in-reply-to):[ \t]*(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE
)
_ANGLE = re.compile(rb"<[^<>\s]{1,250}>")
_LIST_HEADERS = {
    "list-id",
    "list-help",
    "list-subscribe",
    "list-unsubscribe",
    "list-post",
    "list-owner",
    "list-archive",
}
_ROBOT_SENDER = re.compile(
    r"(mailer-daemon|postmaster|listserv|majordomo|owner-.*|.*-request|.*-bounces?|no-?reply)@", re.IGNORECASE
)
_BOUNCE_SENDER = re.compile(r"(mailer-daemon|postmaster)@", re.IGNORECASE)
_AWAY_SUBJECT = re.compile(
    r"(automatic reply|automatiskt svar|autosvar|auto(matic)?[ -]?reply|out of (the )?office|frånvaro\w*)\b",
    re.IGNORECASE,
)
_AWAY_HEADERS = {
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-ms-exchange-inbox-rules-loop",
}
_FAILED = re.compile(r"^action:[ \t]*failed", re.IGNORECASE | re.MULTILINE)
_TEMPORARY = re.compile(r"^status:[ \t]*4\.", re.IGNORECASE | re.MULTILINE)


class Robot(StrEnum):
    """The kinds of automatic mail."""

    BOUNCE = "bounce"
    AWAY = "away"
    REPORT = "report"
    CALENDAR = "calendar"
    LIST = "list"
    GENERATED = "generated"


@dataclass(frozen=True)
class Bounce:
    """What a bounce says: who was not reached, for good or for now, and the Message-IDs of what is returned."""

    failed: tuple[str, ...]
    permanent: bool
    message_ids: tuple[str, ...]


Headers = Mapping[str, Sequence[str]]


def kind(message: Message, headers: Headers, mail_from: str, sender: str) -> Robot | None:
    """Return which robot made the mail, or None for a person's. X-Auto-Response-Suppress says nothing (trap 12)."""
    submitted = _first(headers, "auto-submitted").split(";")[0].strip()
    precedence = _first(headers, "precedence").strip()
    away = bool(_AWAY_SUBJECT.match(headers.get("subject", [""])[0].strip())) or bool(_AWAY_HEADERS & headers.keys())
    report = message.get_content_type() == "multipart/report"
    null = mail_from in {"", "<>"}
    signs = {
        Robot.BOUNCE: (report and _has(message, "message/delivery-status")) or bool(_BOUNCE_SENDER.match(sender)),
        Robot.REPORT: report or _has(message, "message/disposition-notification", "message/feedback-report"),
        Robot.CALENDAR: _is_calendar(message),
        Robot.AWAY: submitted == "auto-replied" or precedence == "auto_reply" or away,
        Robot.LIST: bool(_LIST_HEADERS & headers.keys()) or precedence == "list",
        Robot.GENERATED: submitted not in {"", "no"}
        or precedence in {"bulk", "junk"}
        or null
        or bool(_ROBOT_SENDER.match(sender)),
    }
    return next((robot for robot, found in signs.items() if found), None)


def _first(headers: Headers, name: str) -> str:
    return headers.get(name, [""])[0].lower()


def _parts(message: Message) -> Iterator[Message]:
    # Of a mail without parts the payload is not even asked for: it may raise on an odd charset.
    payload = message.get_payload() if message.is_multipart() else []
    return (part for part in payload if isinstance(part, Message))


def parameter(part: Message, name: str) -> str:
    """Return a parameter of Content-Type in lower case, "" for none or one that cannot be read."""
    try:
        value = part.get_param(name)
    except Exception:  # noqa: BLE001  the standard library raises many things on odd parameters (email.md section 3)
        return ""
    return value.strip().lower() if isinstance(value, str) else ""


def _has(message: Message, *types: str) -> bool:
    return any(part.get_content_type() in types for part in _parts(message))


def _is_calendar(message: Message) -> bool:
    """Meeting answers and requests; a file attached to a person's mail is none."""
    alternatives = [message, *_parts(message)]
    return any(p.get_content_type() == "text/calendar" and parameter(p, "method") for p in alternatives)


def read_bounce(message: Message, raw: bytes) -> Bounce:
    """Read who was not reached and which mail is returned; only "failed" for good marks an address."""
    try:
        temporary, permanent = all_failures(message)
    except Exception:  # noqa: BLE001  a detector of somebody else's formats, fed with anything
        temporary, permanent = frozenset(), frozenset()
    text = raw.decode("latin-1")
    gone = bool(permanent) or (bool(_FAILED.search(text)) and not _TEMPORARY.search(text))
    failed = tuple(sorted(address.decode("ascii", "replace") for address in (permanent or temporary)))
    ids = [found.decode("ascii", "replace") for m in _MESSAGE_ID.finditer(raw) for found in _ANGLE.findall(m[1])]
    return Bounce(failed, gone, tuple(dict.fromkeys(ids))[:50])
