"""Signed mail in one block (opaque S/MIME, RFC 8551 section 3.5): its text is read as if it stood in the mail.

Nothing is verified: the signature is only a wrapping (docs/rules/mail.md#f60). Only the way to the text is read (RFC
5652 section 5), in one pass. asn1crypto needs over 8 s for a tag or name of 1 MB; cryptography hands out no text.
"""

from email.message import Message
from enum import StrEnum

from mailbot.mail.reading import automatic

MAX_LEVELS = 2
_TYPES = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_NAME = "smime.p7m"
_DATA, _SIGNED, *_SECRET = (bytes.fromhex(f"2a864886f70d01{end}") for end in ("0701", "0702", "0703", "0704", "0706"))
_ENCRYPTED = {*_SECRET, bytes.fromhex("2a864886f70d0109100117")}
"""Kinds of content: data, signed data; enveloped, signed and enveloped, encrypted, and authenticated enveloped data."""
_OCTETS, _OCTETS_IN_PIECES, _KIND, _CONTENT, _END, _LONG_TAG = 0x04, 0x24, 0x06, 0xA0, 0x00, 0x1F


class Sealed(StrEnum):
    """Why a block's text cannot be had; also why its mail is parked."""

    ENCRYPTED = "encrypted"
    SIGNED = "signed so that it cannot be read"


def is_block(part: Message, *, whole: bool) -> bool:
    """Tell whether a part holds the mail itself: it is the `whole` mail or named so; a signed contract is a file."""
    name = _name(part)
    if part.get_content_type() in _TYPES:
        return automatic.parameter(part, "smime-type") != "certs-only" and (
            whole or name in {"", _NAME} or bool(automatic.parameter(part, "smime-type"))
        )
    return part.get_content_type() == "application/octet-stream" and (name == _NAME or (whole and name[-4:] == ".p7m"))


def opened(part: Message) -> bytes | Sealed:
    """Return the mail that a signed block holds; or why it cannot be had."""
    data = part.get_payload(decode=True)
    try:
        return _content(data if isinstance(data, bytes) else b"") or Sealed.SIGNED
    except (ValueError, IndexError):
        return Sealed.SIGNED if automatic.parameter(part, "smime-type") == "signed-data" else Sealed.ENCRYPTED


def _content(data: bytes) -> bytes | Sealed:
    kind, place = _kind_and_content(data, 0)
    if kind != _SIGNED:
        return Sealed.ENCRYPTED if kind in _ENCRYPTED else Sealed.SIGNED
    _, place, _ = _head(data, place)
    algorithms = _after(data, place)  # behind the version
    kind, place = _kind_and_content(data, _after(data, algorithms))
    return _octets(data, place) if kind == _DATA else Sealed.SIGNED


def _head(data: bytes, place: int) -> tuple[int, int, int | None]:
    """Return the tag of the element at a place, and where its content begins and ends, None where nothing says so."""
    tag, length = data[place], data[place + 1]
    start = place + 2
    if tag & _LONG_TAG == _LONG_TAG:
        raise ValueError("a tag that no signed block has")
    if length == 0x80:
        return tag, start, None
    if length > 0x80:
        start += length - 0x80
        length = int.from_bytes(data[place + 2 : start], "big")
    if length > len(data) - start:
        raise ValueError("an element longer than the block")
    return tag, start, start + length


def _after(data: bytes, place: int) -> int:
    """Return where the element at a place ends; one whose length is not stated ends with an end of its own."""
    waiting = 0
    while True:
        tag, start, end = _head(data, place)
        waiting += 1 if end is None else -1 if tag == _END else 0
        place = start if end is None else end
        if waiting <= 0:
            return place


def _kind_and_content(data: bytes, place: int) -> tuple[bytes, int]:
    """Return the kind of the content that is wrapped at a place, and where it begins."""
    _, start, _ = _head(data, place)
    kind, first, end = _head(data, start)
    content, inner, _ = _head(data, end or start)
    if kind != _KIND or content != _CONTENT:
        raise ValueError("no content")
    return data[first:end], inner


def _octets(data: bytes, place: int) -> bytes:
    """Return the octets at a place: in one piece, or in pieces that may lie in each other."""
    pieces = []
    last = _after(data, place)
    while place < last:
        tag, start, end = _head(data, place)
        if tag == _OCTETS and end is not None:
            pieces.append(data[start:end])
        elif tag not in {_OCTETS_IN_PIECES, _END}:
            raise ValueError("no octets")
        place = end if tag == _OCTETS and end is not None else start
    return b"".join(pieces)


def _name(part: Message) -> str:
    try:
        return str(part.get_filename("")).strip().lower()
    # The standard library raises many things on odd parameters (docs/rules/mail.md#parsers).
    except Exception:  # noqa: BLE001
        return ""
