"""Files that stand encoded in a mail's text (uuencode, yEnc, base64), taken out before it is read.

It works on bytes, since yEnc is no text in any charset; each line is looked at once.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_FILES = 20
"""Files kept of one text; what more there are is taken out of the text too, and stands in the stored mail."""
MAX_NAME = 200
FEWEST_LINES = 4
"""Lines of base64 that are no chance."""
LOOK_BACK = 10

_UU_BEGIN = re.compile(rb"begin(?:-base64)? [0-7]{3,4} (\S.*)")
_UU_LINE = re.compile(rb"[ -`]{1,90}")
_UU_LENGTH = 62
_YENC_NAME = re.compile(rb"\bname=(.*)")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{56,80}")
_BASE64_END = re.compile(rb"[A-Za-z0-9+/]{0,80}={0,2}")
_LONG_BASE64 = re.compile(rb"(?:data:[\w/.+;-]{1,100},)?([A-Za-z0-9+/]{200,}={0,2})")
_NAMED = re.compile(rb"(?:file)?name\*?=\"?([^\";]+)", re.IGNORECASE)
_PERHAPS = re.compile(rb"^(?:begin|=ybegin |data:|[A-Za-z0-9+/]{56})", re.MULTILINE)
_ARMOUR = (b"-----BEGIN ", b"-----END ")
_YENC = bytes((code - 42) % 256 for code in range(256))
_ESCAPED = re.compile(rb"=(.)", re.DOTALL)


@dataclass(frozen=True)
class EncodedFile:
    """A file as it stood in the text: its name as written or "", its bytes, still encoded where they are not whole."""

    name: str
    data: bytes


@dataclass(frozen=True)
class _Block:
    first: int
    end: int
    name: bytes
    data: bytes | None


def files_in(text: bytes) -> list[EncodedFile]:
    """Return the files that stand encoded in a text part's bytes, at most `MAX_FILES`."""
    lines = _lines(text)
    return [_file(block, lines) for block in _blocks(lines)][:MAX_FILES]


def without_files(text: bytes) -> bytes:
    """Return a text part's bytes without the files that stand encoded in it."""
    lines = _lines(text)
    kept, place = [], 0
    for block in _blocks(lines):
        kept += lines[place : block.first]
        place = block.end
    return b"\n".join([*kept, *lines[place:]]) if place else text


def _lines(text: bytes) -> list[bytes]:
    """Return the lines of a text in which a file may stand encoded; none of one that holds none."""
    if not _PERHAPS.search(text):
        return []
    return [line.removesuffix(b"\r") for line in text.split(b"\n")]


def _file(block: _Block, lines: list[bytes]) -> EncodedFile:
    name = block.name[:MAX_NAME].strip(b" \"'").decode("utf-8", "replace")
    if block.data is not None:
        return EncodedFile(name, block.data)
    return EncodedFile(f"{name}.txt" if name else "", b"\n".join(lines[block.first : block.end]))


def _blocks(lines: list[bytes]) -> Iterator[_Block]:
    """Yield every block; keys and signatures, between a beginning and an end of their own, are no files."""
    place, armoured = 0, False
    while place < len(lines):
        if lines[place].startswith(_ARMOUR):
            armoured = lines[place].startswith(_ARMOUR[0])
        block = None if armoured else _block(lines, place)
        if block:
            yield block
        place = block.end if block else place + 1


def _block(lines: list[bytes], place: int) -> _Block | None:
    line = lines[place]
    if line.startswith(b"begin"):
        return _uuencoded(lines, place)
    if line.startswith(b"=ybegin "):
        return _yencoded(lines, place)
    if _BASE64.fullmatch(line):
        return _base64(lines, place)
    if len(line) >= 200 and (found := _LONG_BASE64.fullmatch(line)):
        return _Block(place, place + 1, _name_above(lines, place), _decoded(found[1]))
    return None


def _uuencoded(lines: list[bytes], place: int) -> _Block | None:
    """Return a block from `begin` to `end`, or as far as its lines may be data."""
    begin = _UU_BEGIN.fullmatch(lines[place])
    if begin is None:
        return None
    end = place + 1
    while end < len(lines) and len(lines[end]) <= _UU_LENGTH and _UU_LINE.fullmatch(lines[end]):
        end += 1
    data = lines[place + 1 : end]
    if not data:
        return None
    if not (end < len(lines) and lines[end].strip() == b"end"):
        return _Block(place, end, begin[1], None)
    return _Block(place, end + 1, begin[1], _uudecoded(data))


def _uudecoded(lines: list[bytes]) -> bytes | None:
    try:
        return b"".join(map(_uudecoded_line, lines))
    except binascii.Error:
        return None


def _uudecoded_line(line: bytes) -> bytes:
    """Decode one line; what stands behind its data, as some programs write, is cut off."""
    length = (line[0] - 32) & 63
    return binascii.a2b_uu(line[: 1 + (length + 2) // 3 * 4])


def _yencoded(lines: list[bytes], place: int) -> _Block:
    """Return a block from `=ybegin` to `=yend`; without that all that follows is no text either."""
    end = place + 1
    while end < len(lines) and not lines[end].startswith(b"=yend"):
        end += 1
    named = _YENC_NAME.search(lines[place])
    data = b"".join(line for line in lines[place + 1 : end] if not line.startswith(b"=ypart"))
    name = named[1] if named else b""
    if end == len(lines):
        return _Block(place, end, name, None)
    unescaped = _ESCAPED.sub(lambda found: bytes([(found[1][0] - 64) % 256]), data)
    return _Block(place, end + 1, name, unescaped.translate(_YENC))


def _base64(lines: list[bytes], place: int) -> _Block | None:
    """Return lines of base64 of one length, and a shorter one that ends them."""
    end, length = place, len(lines[place])
    while end < len(lines) and len(lines[end]) == length and _BASE64.fullmatch(lines[end]):
        end += 1
    if end < len(lines) and lines[end] and len(lines[end]) <= length and _BASE64_END.fullmatch(lines[end]):
        end += 1
    if end - place < FEWEST_LINES:
        return None
    return _Block(place, end, _name_above(lines, place), _decoded(b"".join(lines[place:end])))


def _decoded(text: bytes) -> bytes | None:
    try:
        return binascii.a2b_base64(text, strict_mode=True)
    except binascii.Error:
        return None


def _name_above(lines: list[bytes], place: int) -> bytes:
    """Return the name that a part's header gives, where it was left standing above."""
    found = (_NAMED.search(line[:1_000]) for line in lines[max(place - LOOK_BACK, 0) : place])
    return next((name[1] for name in found if name), b"")
