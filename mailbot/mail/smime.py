"""Signed mail in one block (opaque S/MIME, RFC 8551 section 3.5): its text is read as if it stood in the mail.

Nothing is verified and nothing follows from who signed: the signature is only a wrapping (email.md F60).
"""

from email.message import Message
from enum import StrEnum

from mailbot.mail import robots

MAX_LEVELS = 2
_TYPES = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_NAME = "smime.p7m"
_ENCRYPTED = {"enveloped_data", "signed_and_enveloped_data", "encrypted_data", "authenticated_enveloped_data"}


class Sealed(StrEnum):
    """Why a block's text cannot be had; also why its mail is parked."""

    ENCRYPTED = "encrypted"
    SIGNED = "signed so that it cannot be read"


def is_block(part: Message, *, whole: bool) -> bool:
    """Tell whether a part holds the mail itself: it is the `whole` mail, or is called as mail programs call it.

    Another file in S/MIME, such as a signed contract, is a file.
    """
    name = _name(part)
    if part.get_content_type() in _TYPES:
        return robots.parameter(part, "smime-type") != "certs-only" and (
            whole or name == _NAME or bool(robots.parameter(part, "smime-type"))
        )
    return part.get_content_type() == "application/octet-stream" and (name == _NAME or (whole and name[-4:] == ".p7m"))


def opened(part: Message) -> bytes | Sealed:
    """Return the mail that a signed block holds; or why it cannot be had."""
    data = part.get_payload(decode=True)
    try:
        return _content(data if isinstance(data, bytes) else b"")
    except (ValueError, TypeError, KeyError, RecursionError):
        return Sealed.ENCRYPTED if robots.parameter(part, "smime-type") == "enveloped-data" else Sealed.SIGNED


def _content(data: bytes) -> bytes | Sealed:
    from asn1crypto import cms  # takes a tenth of a second, which only those pay who sign

    block = cms.ContentInfo.load(data)
    kind = block["content_type"].native
    if kind != "signed_data":
        return Sealed.ENCRYPTED if kind in _ENCRYPTED else Sealed.SIGNED
    content = block["content"]["encap_content_info"]["content"].native
    return content if isinstance(content, bytes) and content else Sealed.SIGNED


def _name(part: Message) -> str:
    try:
        return str(part.get_filename("")).strip().lower()
    except Exception:  # noqa: BLE001  the standard library raises many things on odd parameters (email.md section 3)
        return ""
