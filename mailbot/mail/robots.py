"""Mail that no person wrote: which kind it is, and what a bounce says (email.md B1, B2). Never answered."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.header import decode_header, make_header
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
    r"""(?: automatiskt\ svar | autosvar | frånvaro(?:meddelande)?
      | auto(?:matic)?[ -]?reply | out\ of\ (?:the\ )?office(?:\ auto-?reply)? )\s?(?::|$)""",
    re.IGNORECASE | re.VERBOSE,
)
"""The word and a colon, or the word alone: a person may well order for an office or a `frånvarosystem`."""
_AWAY_HEADERS = {
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-auto-reply-from",
    "x-ms-exchange-inbox-rules-loop",
}
_FAILED = re.compile(r"^action:[ \t]*failed", re.IGNORECASE | re.MULTILINE)
_ARRIVED = re.compile(r"^action:[ \t]*(?:delivered|relayed|expanded)", re.IGNORECASE | re.MULTILINE)
_COMMENT = re.compile(r"\([^()]*\)")
_TEMPORARY = re.compile(r"^status:[ \t]*4\.", re.IGNORECASE | re.MULTILINE)

MAX_SUBJECT = 1_000


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
    """What a bounce says: who was not reached, for good or for now, and the Message-IDs of what is returned.

    `arrived` marks the report of a mail that came through or was passed on.
    """

    failed: tuple[str, ...]
    permanent: bool
    message_ids: tuple[str, ...]
    arrived: bool = False


Headers = Mapping[str, Sequence[str]]


def kind(message: Message, headers: Headers, mail_from: str, sender: str) -> Robot | None:
    """Return which robot made the mail, or None for a person's. X-Auto-Response-Suppress says nothing (trap 12)."""
    submitted = _word(_first(headers, "auto-submitted"))
    precedence = _first(headers, "precedence").strip()
    away = bool(_AWAY_SUBJECT.match(_subject(headers))) or bool(_AWAY_HEADERS & headers.keys())
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


def _word(value: str) -> str:
    """Return the first word of a header such as `auto-replied (vacation); owner-email=...`."""
    return next(iter(_COMMENT.sub(" ", value).replace(";", " ").split()), "")


def _subject(headers: Headers) -> str:
    """Return the subject decoded: a Swedish one is always encoded, the word before our own subject too."""
    raw = headers.get("subject", [""])[0][:MAX_SUBJECT]
    try:
        return str(make_header(decode_header(raw))).strip()
    except Exception:  # noqa: BLE001  the standard library raises many things on odd headers (email.md section 3)
        return raw.strip()


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
    """Meeting answers and requests, also wrapped once more; a file attached to a person's mail is none."""
    outer = [message, *_parts(message)]
    inner = [p for part in outer[1:] if part.get_content_type() == "multipart/alternative" for p in _parts(part)]
    return any(
        p.get_content_type() == "text/calendar" and parameter(p, "method") and not _is_attached(p)
        for p in (*outer, *inner)
    )


def _is_attached(part: Message) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


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
    arrived = not (gone or temporary) and bool(_ARRIVED.search(text))
    return Bounce(failed, gone, tuple(dict.fromkeys(ids))[:50], arrived)
