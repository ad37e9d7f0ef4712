"""Raw bytes to an InboundMail: headers and text decoded tolerantly, automatic mail recognised. Never raises on content.

Parsing uses compat32 and raw header items only: the modern policy raises on real mail (email.md, trap 1 and section 3).
"""

import codecs
import hashlib
import re
import unicodedata
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message

MAX_TEXT = 1_000_000
MAX_SUBJECT = 200
MAX_REFERENCES = 50

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")
_MESSAGE_ID = re.compile(r"<[^<>\s\x00-\x1f\x7f]{1,250}>")
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
    r"^(mailer-daemon|postmaster|listserv|majordomo|owner-.*|.*-request|.*-bounces?|no-?reply)@", re.IGNORECASE
)
_UNSAFE_CODECS = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"}
_AS_CP1252 = {"", "us-ascii", "ascii", "iso-8859-1", "latin1", "latin-1", "unknown-8bit", "x-unknown", "default"}


@dataclass(frozen=True)
class InboundMail:
    """A mail as read. `sender` is None unless there is exactly one From with exactly one plain mailbox.

    `automatic` names why no person wrote it, or is empty. `references` are the Message-IDs it answers.
    `key` is equal for the same mail by any way in (promise P5): it leaves out what relays add.
    """

    sender: str | None
    subject: str
    message_id: str
    references: tuple[str, ...]
    text: str
    automatic: str
    key: str


def read(raw: bytes, mail_from: str) -> InboundMail:
    """Read a mail; `mail_from` is its envelope sender, "" for none."""
    message = message_from_bytes(raw.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n"), policy=policy.compat32)
    headers = _headers(message)
    return InboundMail(
        sender=_sender(headers),
        subject=clean(_first(headers, "subject"))[:MAX_SUBJECT],
        message_id=next(iter(_MESSAGE_ID.findall(_first(headers, "message-id"))), ""),
        references=_references(headers),
        text=_text(message),
        automatic=_automatic(headers, mail_from, message.get_content_type()),
        key=_key(raw, headers),
    )


def clean(text: str) -> str:
    """Return the text on one line, without control, bidi and zero-width characters."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def is_plain_address(address: str) -> bool:
    """Tell whether this is one ASCII local@domain and nothing else."""
    return _PLAIN_ADDRESS.fullmatch(address) is not None


def _headers(message: Message) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in message.raw_items():
        found.setdefault(str(name).strip().lower(), []).append(_as_text(str(value)))
    return found


def _as_text(value: str) -> str:
    """Bytes above 127 come as lone surrogates: read them as UTF-8, else cp1252."""
    data = value.encode("utf-8", "surrogateescape")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _first(headers: dict[str, list[str]], name: str) -> str:
    return _decoded(headers.get(name, [""])[0])


def _decoded(value: str) -> str:
    try:
        parts = decode_header(value)
    except (HeaderParseError, ValueError, LookupError):
        return value
    return "".join(part if isinstance(part, str) else decode(part, charset or "") for part, charset in parts)


def decode(data: bytes, charset: str) -> str:
    """Decode text bytes: the declared charset, else UTF-8, else cp1252; never raises (email.md B6)."""
    name = charset.strip().strip("\"';").lower()
    if name not in _AS_CP1252:
        try:
            info = codecs.lookup(name)
            if info._is_text_encoding and info.name.replace("-", "_") not in _UNSAFE_CODECS:  # noqa: SLF001
                return data.decode(info.name, "strict")
        except (LookupError, UnicodeError, ValueError):
            pass
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _sender(headers: dict[str, list[str]]) -> str | None:
    """Return the address of the one accepted From shape: `local@domain` or `display name <local@domain>`.

    Taken from the raw header, never from decoded text (email.md B3); anything else is no sender at all.
    """
    values = headers.get("from", [])
    if len(values) != 1:
        return None
    value = re.sub(r"\r?\n(?=[ \t])", "", values[0]).strip()
    if is_plain_address(value):
        return value
    name, bracket, rest = value.partition("<")
    address = rest.removesuffix(">")
    unquoted = re.sub(r'"(?:[^"\\]|\\.)*"', "", name)
    if not bracket or not rest.endswith(">") or not is_plain_address(address):
        return None
    # Outside quotes, a name with an address, list or comment in it makes parsers disagree on who sent the mail.
    return None if re.search(r'[@,;:()"\x00-\x08\x0a-\x1f]', unquoted) else address


def _references(headers: dict[str, list[str]]) -> tuple[str, ...]:
    values = " ".join(headers.get("in-reply-to", []) + headers.get("references", []))
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(values[:20_000])))[-MAX_REFERENCES:]


def _automatic(headers: dict[str, list[str]], mail_from: str, content_type: str) -> str:
    """Return why a mail is automatic (email.md B1); X-Auto-Response-Suppress does not say so (trap 12)."""
    submitted = _first(headers, "auto-submitted").split(";")[0].strip().lower()
    signs = {
        "null sender": mail_from in {"", "<>"},
        "auto-submitted": submitted not in {"", "no"},
        "precedence": _first(headers, "precedence").strip().lower() in {"bulk", "list", "junk", "auto_reply"},
        "mailing list": bool(_LIST_HEADERS & headers.keys()),
        "report": content_type == "multipart/report",
        "calendar": content_type == "text/calendar",
        "robot sender": bool(_ROBOT_SENDER.match(_sender(headers) or mail_from)),
    }
    return next((sign for sign, found in signs.items() if found), "")


def _key(raw: bytes, headers: dict[str, list[str]]) -> str:
    digest = hashlib.sha256()
    for name in ("from", "date", "message-id", "subject"):
        digest.update("\n".join(headers.get(name, [])).encode("utf-8", "replace") + b"\x00")
    body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    digest.update(body.rstrip(b"\n"))
    return digest.hexdigest()


def _text(message: Message) -> str:
    parts = [part for part in message.walk() if part.get_content_type() == "text/plain" and not _is_attachment(part)]
    return tidy("\n".join(_part_text(part) for part in parts)[:MAX_TEXT])


def _is_attachment(part: Message) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def _part_text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    try:
        charset = part.get_content_charset("")
    except (ValueError, LookupError, UnicodeError):
        charset = ""
    return decode(payload, charset)


def tidy(text: str) -> str:
    """Return text as it is read: composed letters, plain line ends, no invisible or bidi characters."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(
        re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "", x)
        for x in lines
    )
