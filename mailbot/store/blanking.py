"""What stays of a mail that has left: its bytes, with nothing in them that opens or decides anything.

Only mails that the bot made itself are read here. One that was attached as it came is left out: the inbox keeps it.
"""

import re
from base64 import b64decode, encodebytes
from binascii import a2b_qp, b2a_qp

import structlog
from sqlalchemy import Connection, select, update

from mailbot.domain.notices.notice import Purpose
from mailbot.store.tables import outbox

log = structlog.get_logger()

COPY = "X-Mailbot-Copy"
"""The header of a copy whose links are blanked: it must not be sent again."""

_PURPOSES = "|".join(Purpose).encode()
_TOKEN = re.compile(rb"/(%s)/[\w-]{10,100}\.[\w-]{20,100}" % _PURPOSES, re.ASCII)
_SECRET_ADDRESS = re.compile(rb"(?<=[+\-_.])[a-z2-7]{26}(?=@)")
_END_OF_HEAD = b"\r\n\r\n"
_BOUNDARY = re.compile(rb'Content-Type: multipart/\w+;\s+boundary="([^"\r\n]+)"')
_ORIGINAL = b'filename="original.eml"\r\n\r\n'


def blank(connection: Connection, outbox_id: int) -> None:
    """Blank the links of a stored mail, and the secret address for its answer."""
    here = outbox.c.id == outbox_id
    raw = bytes(connection.execute(select(outbox.c.raw).where(here)).scalar_one())
    connection.execute(update(outbox).where(here).values(raw=blanked(raw)))


def blanked(raw: bytes) -> bytes:
    """Return a mail of the bot's with its tokens blanked; whatever is wrong with it, this raises nothing."""
    if not raw or is_blanked(raw):
        return raw
    head, end, body = raw.partition(_END_OF_HEAD)
    try:
        return _blanked(b"%s\r\n%s: links blanked%s%s" % (head, COPY.encode(), end, _without_original(body)))
    except Exception:  # a mail that has been sent must be recorded as sent
        log.exception("mail_not_blanked")
        return b"%s\r\n%s: left out%s" % (head, COPY.encode(), end)


def is_blanked(raw: bytes) -> bool:
    """Tell whether this is what stayed of a mail that has left."""
    return f"\r\n{COPY}: ".encode() in b"\r\n" + raw.partition(b"\r\n\r\n")[0]


def _without_original(raw: bytes) -> bytes:
    """Cut out the bytes of a received mail, which is always the last part, without looking at them."""
    at = raw.find(_ORIGINAL)
    return raw if at < 0 else raw[: at + len(_ORIGINAL)] + raw[raw.rfind(b"\r\n--") :]


def _blanked(part: bytes) -> bytes:
    """Blank one part, or each part of several; a generator of mails puts no boundary into a body."""
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
