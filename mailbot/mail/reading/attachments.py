"""Files that come with a mail: named cleanly, typed by their content, never unpacked, rendered or opened."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.header import decode_header
from email.message import Message
from email.utils import collapse_rfc2231_value
from pathlib import PurePosixPath, PureWindowsPath

import puremagic

from mailbot.mail.reading import encoded
from mailbot.mail.reading.charsets import decode

MAX_NAME = 100
UNKNOWN = "application/octet-stream"
_OFFICE, _OPEN = "application/vnd.openxmlformats-officedocument.", "application/vnd.oasis.opendocument."
_IN_ZIP = {
    b"word/": (f"{_OFFICE}wordprocessingml.document", ".docx"),
    b"xl/": (f"{_OFFICE}spreadsheetml.sheet", ".xlsx"),
    b"ppt/": (f"{_OFFICE}presentationml.presentation", ".pptx"),
    f"mimetype{_OPEN}text".encode(): (f"{_OPEN}text", ".odt"),
    f"mimetype{_OPEN}spreadsheet".encode(): (f"{_OPEN}spreadsheet", ".ods"),
}
_UNFIT = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff<>:\"|?*\\/]+")
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


@dataclass(frozen=True)
class Attachment:
    """One file: its clean name for people, its type by content, its bytes."""

    name: str
    media_type: str
    data: bytes


def read(part: Message, number: int) -> Attachment | None:
    """Return the part's file; None for one without bytes and for pictures that only decorate the text."""
    data = part.as_bytes() if part.get_content_maintype() == "message" else part.get_payload(decode=True)
    if not isinstance(data, bytes) or not data or _decorates(part):
        return None
    media_type, extension = content_type(data)
    return Attachment(clean_name(_name(part), number, extension), media_type, data)


def read_encoded(part: Message, numbered: int) -> Iterator[Attachment]:
    """Yield the files that stand encoded in a text part; those without a name are counted on from `numbered`."""
    text = part.get_payload(decode=True) if part.get_content_type() == "text/plain" else None
    for number, file in enumerate(encoded.files_in(text) if isinstance(text, bytes) else (), numbered + 1):
        if file.data:
            media_type, extension = content_type(file.data)
            yield Attachment(clean_name(file.name, number, extension), media_type, file.data)


def _decorates(part: Message) -> bool:
    """A logo in a signature is shown in the text by its Content-ID; it is no quote (docs/rules/mail.md#f111)."""
    disposition = str(part.get("Content-Disposition", "")).strip().lower()
    return part.get_content_maintype() == "image" and "Content-ID" in part and not disposition.startswith("attachment")


def _name(part: Message) -> str:
    try:
        raw = _readable(part).get_filename("")
        raw = raw if isinstance(raw, str) else collapse_rfc2231_value(raw)
        words = decode_header(decode(raw.encode("utf-8", "surrogateescape")))
        return "".join(w if isinstance(w, str) else decode(w, c or "") for w, c in words)
    # The standard library raises many things on odd parameters (docs/rules/mail.md#parsers).
    except Exception:  # noqa: BLE001
        return ""


def _readable(part: Message) -> Message:
    """Return the headers that name a file, their raw letters as text: the standard library makes them unknown."""
    readable = Message()
    for name, value in part.raw_items():
        if name.lower() in {"content-disposition", "content-type"} and name not in readable:
            readable[name] = decode(str(value).encode("utf-8", "surrogateescape"))
    return readable


def clean_name(raw: str, number: int, extension: str) -> str:
    """Return a name to show and to save under: no path, no control or bidi characters, an extension that fits."""
    last = PureWindowsPath(PurePosixPath(raw.replace("\x00", "")).name).name
    name = " ".join(_UNFIT.sub(" ", last).split()).strip(" .")[-MAX_NAME:].strip(" .")
    if not name or _RESERVED.match(name):
        name = f"file-{number}"
    return name if not extension or name.lower().endswith(extension) or "." in name[-6:] else name + extension


def content_type(data: bytes) -> tuple[str, str]:
    """Return media type and extension as the bytes show them: of a ZIP file by the names in it."""
    start = data[:65_536]
    if start.startswith(b"PK\x03\x04"):
        return next((kind for name, kind in _IN_ZIP.items() if name in start), ("application/zip", ".zip"))
    try:
        best = puremagic.magic_string(start)[0]
    except (puremagic.PureError, ValueError, IndexError):
        return (UNKNOWN, "") if b"\x00" in data[:8_192] else ("text/plain", ".txt")
    return (best.mime_type, best.extension) if best.mime_type else (UNKNOWN, "")
