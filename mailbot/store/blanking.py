"""What stays of a mail that has left: its bytes, with nothing in them that opens or decides anything.

Only mails that the bot made itself are read here. One that was attached as it came is left out: the inbox keeps it.
"""

import re
from binascii import b2a_qp
from email import message_from_bytes, policy
from email.encoders import encode_base64
from email.message import Message

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
    try:
        message = message_from_bytes(_without_original(raw))
        for part in message.walk():
            _blank(part)
        message[COPY] = "links blanked"
        return message.as_bytes(policy=policy.compat32.clone(linesep="\r\n"))
    except Exception:  # a mail that has been sent must be recorded as sent
        log.exception("mail_not_blanked")
        head, end, _ = raw.partition(b"\r\n\r\n")
        return b"%s\r\n%s: left out%s" % (head, COPY.encode(), end)


def is_blanked(raw: bytes) -> bool:
    """Tell whether this is what stayed of a mail that has left."""
    return f"\r\n{COPY}: ".encode() in b"\r\n" + raw.partition(b"\r\n\r\n")[0]


def _without_original(raw: bytes) -> bytes:
    """Cut out the bytes of a received mail, which is always the last part, without looking at them."""
    at = raw.find(_ORIGINAL)
    return raw if at < 0 else raw[: at + len(_ORIGINAL)] + raw[raw.rfind(b"\r\n--") :]


def _blank(part: Message) -> None:
    if "Reply-To" in part:
        part.replace_header("Reply-To", _without_secrets(str(part["Reply-To"]).encode()).decode())
    if part.is_multipart():
        return
    before = bytes(part.get_payload(decode=True) or b"")
    after = _without_secrets(before)
    if after == before:
        return
    if part["Content-Transfer-Encoding"] == "base64":
        del part["Content-Transfer-Encoding"]
        part.set_payload(after)
        encode_base64(part)
    else:
        part.set_payload(b2a_qp(after, istext=True).decode("ascii"))


def _without_secrets(text: bytes) -> bytes:
    return _SECRET_ADDRESS.sub(b"...", _TOKEN.sub(rb"/\1/...", text))
