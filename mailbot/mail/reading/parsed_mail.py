"""Raw bytes to a ParsedMail. Never raises on content: the modern policy does on real mail, so this uses compat32 and
raw header items only (docs/rules/mail.md#parsers)."""

import codecs
import hashlib
import quopri
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import policy
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesParser

from mailbot.domain.values.text import addresses_in, clean, grouped, is_plain_address, tidy
from mailbot.mail.reading import attachments, automatic, encoded, limits, smime
from mailbot.mail.reading.attachments import Attachment
from mailbot.mail.reading.automatic_signs import AutoMail, Sign, Strength
from mailbot.mail.reading.bounces import Bounce, read_bounce
from mailbot.mail.reading.charsets import decode
from mailbot.mail.reading.plain import unflow
from mailbot.mail.reading.smime import Sealed

MAX_PARTS = 200
MAX_DEPTH = 20
MAX_HEADER = 8_000
MAX_TEXT = 1_000_000
MAX_BYTES = 4 * MAX_TEXT
"""Of a text, in any charset."""
MAX_SUBJECT = 200
MAX_REFERENCES = 50
TOO_DEEP = "parts in parts too deep"

_NAME_BEHIND = re.compile(r"([^\s<>()\"]+)[ \t]+\([^()<>@,;:\"\\\x00-\x08\x0a-\x1f\x7f]*\)")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")  # printable ASCII
_ENCRYPTED = {"application/pgp-encrypted", "application/x-microsoft-rpmsg-message"}
_FOLD = re.compile(r"\r?\n(?=[ \t])")
_STILL_QUOTED = re.compile(rb"=C3=[89AB][0-9A-F]")


@dataclass(frozen=True)
class ParsedMail:
    """A mail as read. `sender` is None unless there is exactly one From with exactly one plain mailbox.

    `sign` says what speaks for a program as its writer, `bounce` what a bounce reports, `defect` why nobody may act on
    it. `references` are the Message-IDs that it answers, `to` the addresses in To and Cc, `plain` and `html` its
    bodies. `key` is equal for the same mail by any way in (docs/rules/promises.md#p5). `name` is what From calls its
    sender, which proves nothing; `reaction`: a mail program made it of a press on a picture.
    """

    sender: str | None
    subject: str
    message_id: str
    references: tuple[str, ...]
    to: tuple[str, ...]
    plain: str
    html: str
    files: tuple[Attachment, ...]
    sign: Sign | None
    bounce: Bounce | None
    defect: str
    key: str
    name: str = ""
    reaction: bool = False

    @property
    def robot(self) -> AutoMail | None:
        """Which kind of automatic mail it is or may be, None for a person's."""
        return self.sign.robot if self.sign else None

    @property
    def is_automatic(self) -> bool:
        """Tell whether a program wrote it for certain, whatever it says."""
        return self.sign is not None and self.sign.strength is Strength.CERTAIN


def read(raw: bytes, mail_from: str) -> ParsedMail:
    """Read a mail; `mail_from` is its envelope sender, "" for none. What exceeds the limits is not parsed at all."""
    raw = raw.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")
    message, excess = _message(raw)
    headers = _headers(message)
    parts, sealed = ([], "") if excess else _unsealed(message)
    plain, html = _text(parts, "text/plain"), _text(parts, "text/html")
    sign = automatic.automatic_sign(message, headers, mail_from, plain or html)
    return ParsedMail(
        sender=_sender(headers),
        subject=clean(_first(headers, "subject"))[:MAX_SUBJECT],
        message_id=next(iter(_MESSAGE_ID.findall(_first(headers, "message-id"))), ""),
        references=_references(headers),
        to=addresses_in(" ".join(headers.get("to", []) + headers.get("cc", []))),
        plain=plain,
        html=html,
        files=_files(parts),
        sign=sign,
        bounce=read_bounce(message, raw, plain or html) if sign and sign.robot is AutoMail.BOUNCE else None,
        defect=excess or _defect(raw, headers, parts) or sealed,
        key=_key(raw, headers),
        name=clean(_first(headers, "from").partition("<")[0])[:MAX_SUBJECT],
        reaction=any(_is_reaction(p) for p in parts),
    )


def _defect(raw: bytes, headers: dict[str, list[str]], parts: list[Message]) -> str:
    """Return why the mail can be read in two ways or not at all (docs/rules/mail.md#f17, #f27, #f57;
    docs/rules/limits.md#k8)."""
    once, types = ("from", "subject", "date", "message-id"), {part.get_content_type() for part in parts}
    twice = next((name for name in once if len(headers.get(name, [])) > 1), "")
    found = {
        f"two {twice} headers": bool(twice),
        "no From header": "from" not in headers,
        "line ends in the header that programs read differently": limits.smuggles(raw),
        "too many parts": len(parts) > MAX_PARTS,
        "a part or body kept elsewhere": bool(types & {"message/partial", "message/external-body"}),
        Sealed.ENCRYPTED: bool(types & _ENCRYPTED),
    }
    return next((reason for reason, there in found.items() if there), "")


def _unsealed(message: Message, level: int = 0) -> tuple[list[Message], str]:
    """Return the parts that hold no others, signed blocks opened in their places; and why one cannot be, or ""."""
    parts: list[Message] = []
    reason = ""
    leaves = list(_leaves(message))
    for part in leaves:
        inner = smime.opened(part) if smime.is_block(part, whole=len(leaves) == 1) else None
        if isinstance(inner, bytes) and level < smime.MAX_LEVELS:
            mail, excess = _inner_mail(inner)
            found, deeper = ([], excess) if excess else _unsealed(mail, level + 1)
            parts += found
            reason = reason or deeper
        else:
            parts.append(part)
            reason = reason or (Sealed.SIGNED if isinstance(inner, bytes) else inner or "")
    return parts, reason


def _inner_mail(raw: bytes) -> tuple[Message, str]:
    """Parse what a signed block holds: a part with headers, or a text alone, whose keys are none."""
    message, excess = _message(raw)
    return (message, excess) if excess or "Content-Type" in message else _message(b"\r\n" + raw)


def _leaves(message: Message) -> Iterator[Message]:
    """Yield the parts that hold no others; a forwarded mail is one part, never opened (docs/rules/mail.md#f62)."""
    waiting = [message]
    count = 0
    while waiting and count <= MAX_PARTS:
        part = waiting.pop(0)
        inner = part.get_payload() if part.is_multipart() else None  # of a leaf it may raise on an odd charset
        if part.get_content_maintype() == "multipart" and isinstance(inner, list):
            waiting[:0] = [p for p in inner if isinstance(p, Message)]
        else:
            count += 1
            yield part


def _files(parts: list[Message]) -> tuple[Attachment, ...]:
    bodies = {id(p) for p in parts if p.get_content_type() in {"text/plain", "text/html"} and not _is_attachment(p)}
    parts = [p for p in parts if not _is_reaction(p)]
    read = (attachments.read(p, n) for n, p in enumerate(parts, 1) if id(p) not in bodies)
    inside = (file for p in parts if id(p) in bodies for file in attachments.read_encoded(p, len(parts)))
    return (*(file for file in read if file), *inside)


def _message(raw: bytes) -> tuple[Message, str]:
    """Parse a mail, beyond a limit only its headers; return why, or "" (docs/rules/limits.md#cost)."""
    parser = BytesParser(policy=policy.compat32)
    excess = limits.excess(raw)
    if not excess:
        try:
            message = parser.parsebytes(raw)
            excess = TOO_DEEP if _depth(message) > MAX_DEPTH else ""
        except RecursionError:
            excess = TOO_DEEP
        except Exception:  # noqa: BLE001  which exception comes is no part of the parser's interface
            excess = "a structure that cannot be read"
    return (parser.parsebytes(limits.header_block(raw), headersonly=True), excess) if excess else (message, "")


def _depth(message: Message) -> int:
    """Return how deep parts lie in each other, forwarded mails included; one level more than allowed is enough."""
    deepest = 0
    waiting = [(message, 0)]
    while waiting and deepest <= MAX_DEPTH:
        part, depth = waiting.pop()
        deepest = max(deepest, depth)
        inner = part.get_payload() if part.is_multipart() else ()  # of a leaf it may raise on an odd charset
        waiting += [(p, depth + 1) for p in inner if isinstance(p, Message)]
    return deepest


def _headers(message: Message) -> dict[str, list[str]]:
    return grouped((str(name).strip().lower(), _as_text(str(value))) for name, value in message.raw_items())


def _as_text(value: str) -> str:
    """Bytes above 127 come as lone surrogates."""
    return value if value.isascii() else decode(value.encode("utf-8", "surrogateescape"))


def _first(headers: dict[str, list[str]], name: str) -> str:
    return _decoded(headers.get(name, [""])[0][:MAX_HEADER])


def _decoded(value: str) -> str:
    """Decode encoded words; unfolded before, since the standard library drops the space that a line begins with."""
    try:
        parts = decode_header(_FOLD.sub("", value))
    except (HeaderParseError, ValueError, LookupError):
        return value
    return "".join(part if isinstance(part, str) else decode(part, charset or "") for part, charset in parts)


def _sender(headers: dict[str, list[str]]) -> str | None:
    """Return the address of the one accepted From shape: `local@domain`, or with a display name; else None.

    Behind a bare address its name may stand in brackets, as cron, mutt and Postfix write it. It is read in the raw
    header, never in decoded text (docs/rules/mail.md#from).
    """
    values = headers.get("from", [])
    if len(values) != 1 or len(values[0]) > MAX_HEADER:
        return None
    value = _FOLD.sub("", values[0]).strip()
    if bare := _NAME_BEHIND.fullmatch(value):
        value = bare[1]
    name, _, rest = (value if "<" in value else f"<{value}>").rpartition("<")
    address = rest.removesuffix(">")
    unquoted = re.sub(r'"(?:[^"\\]|\\.)*"', "", name)
    # An encoded word is made of letters that an address may have, but must not stand in one (RFC 2047 section 5).
    if not rest.endswith(">") or not is_plain_address(address) or "=?" in address:
        return None
    # Outside quotes, a name with an address, list or comment in it makes parsers disagree on who sent the mail.
    return None if re.search(r'[<>@,;:()"\x00-\x08\x0a-\x1f]', unquoted) else address


def _references(headers: dict[str, list[str]]) -> tuple[str, ...]:
    values = " ".join(headers.get("in-reply-to", []) + headers.get("references", []))
    return tuple(dict.fromkeys(_MESSAGE_ID.findall(values[:20_000])))[-MAX_REFERENCES:]


def _key(raw: bytes, headers: dict[str, list[str]]) -> str:
    names = ("from", "date", "message-id", "subject")
    values = ("\n".join(headers.get(name, [])).replace("\r\n", "\n") for name in names)
    body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2].rstrip(b"\n")
    known_by = (*(value.encode("utf-8", "replace") for value in values), body)
    return hashlib.sha256(b"\x00".join(known_by)).hexdigest()


def _text(parts: list[Message], content_type: str) -> str:
    """Return the bodies of a type, joined in order: Apple sends several around a picture (docs/rules/mail.md#f43)."""
    found = [_part_text(p) for p in parts if p.get_content_type() == content_type and not _is_attachment(p)]
    return tidy("\n".join(found)[:MAX_TEXT])


def _is_attachment(part: Message) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def _is_reaction(part: Message) -> bool:
    """Tell whether a part says what picture was pressed, as Gmail has it or RFC 9078."""
    shown = str(part.get("Content-Disposition", "")).strip().lower()
    gmails = part.get_content_type() == "text/vnd.google.email-reaction+json" and not shown.startswith("attachment")
    return gmails or shown.startswith("reaction")


def _part_text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    if not isinstance(payload, bytes):
        return ""
    if part.get_content_type() == "text/plain":
        payload = encoded.without_files(payload)
    if _STILL_QUOTED.search(payload):  # its encoding was named wrongly (docs/rules/mail.md#f48)
        payload = quopri.decodestring(payload)
    text = decode(payload[:MAX_BYTES], automatic.parameter(part, "charset"))
    if automatic.parameter(part, "format") == "flowed":
        return unflow(text, delsp=automatic.parameter(part, "delsp") == "yes")  # docs/rules/mail.md#f45
    return text
