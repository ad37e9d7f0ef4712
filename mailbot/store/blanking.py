"""The kept copy of a sent mail: its bytes without anything that opens or decides something.

Only the bot's own mails are read here. An attached received mail is left out, because the inbox keeps it.
"""

import re
from base64 import b64decode, encodebytes
from binascii import a2b_qp, b2a_qp

import structlog

from mailbot.domain.notices.notice import Purpose

log = structlog.get_logger()

COPY = "X-Mailbot-Copy"
"""The header of a copy whose links are blanked; such a copy must not be sent."""

_PURPOSES = "|".join(Purpose).encode()
_TOKEN = re.compile(rb"/(%s)/[\w-]{10,100}\.[\w-]{20,100}" % _PURPOSES, re.ASCII)
_SECRET_ADDRESS = re.compile(rb"(?<=[+\-_.])[a-z2-7]{26}(?=@)")
_END_OF_HEAD = b"\r\n\r\n"
_BOUNDARY = re.compile(rb'Content-Type: multipart/\w+;\s+boundary="([^"\r\n]+)"')
_ORIGINAL = b'filename="original.eml"\r\n\r\n'


def blanked(raw: bytes) -> bytes:
    """Return a mail of the bot with its tokens blanked; if that fails, without its body. This never raises."""
    if not raw or is_blanked(raw):
        return raw
    head, end, body = raw.partition(_END_OF_HEAD)
    try:
        return _blanked(b"%s\r\n%s: links blanked%s%s" % (head, COPY.encode(), end, _without_original(body)))
    except Exception:  # whatever is wrong with its copy, a sent mail must be recorded as sent
        log.exception("mail_not_blanked")
        return b"%s\r\n%s: left out%s" % (head, COPY.encode(), end)


def is_blanked(raw: bytes) -> bool:
    """Tell whether this is the blanked copy of a mail that has left."""
    return f"\r\n{COPY}: ".encode() in b"\r\n" + raw.partition(b"\r\n\r\n")[0]


def _without_original(raw: bytes) -> bytes:
    """Cut out an attached received mail without reading it; it is always the last part."""
    at = raw.find(_ORIGINAL)
    return raw if at < 0 else raw[: at + len(_ORIGINAL)] + raw[raw.rfind(b"\r\n--") :]


def _blanked(part: bytes) -> bytes:
    """Blank a part, or each part of a multipart: its boundary stands in no part, as its maker saw to."""
    head, end, body = part.partition(_END_OF_HEAD)
    head = _SECRET_ADDRESS.sub(b"...", head)
    if several := _BOUNDARY.search(head):
        mark = b"\r\n--" + several[1]
        first, *parts = (b"\r\n" + body).split(mark)
        return head + end + mark.join((first, *map(_blanked, parts))).removeprefix(b"\r\n")
    if b"\r\nContent-Transfer-Encoding: quoted-printable" in head:
        return head + end + b2a_qp(_without_secrets(a2b_qp(body)), istext=True)
    if b"\r\nContent-Transfer-Encoding: base64" in head:
        return head + end + encodebytes(_without_secrets(b64decode(body))).replace(b"\n", b"\r\n")
    return head + end + _without_secrets(body)


def _without_secrets(text: bytes) -> bytes:
    return _SECRET_ADDRESS.sub(b"...", _TOKEN.sub(rb"/\1/...", text))
