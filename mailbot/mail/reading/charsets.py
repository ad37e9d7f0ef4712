"""Bytes to letters by evidence: names of charsets are missing or wrong, and a gateway adds its own letters.

`decode` reads a mail somehow, since a person sees it before it counts; `weigh` says of a file whether it is sure.
charset-normalizer read 18 of 20 short Swedish tables in cp1252, Mac Roman, cp850 and cp437 with wrong letters and never
doubted.
"""

import codecs
import re
from collections import defaultdict
from functools import cache

from mailbot.languages import SPOKEN, TEXT_WORDS, phrases

_SAME = {
    **dict.fromkeys(("windows1252", "us-ascii", "ascii", "iso-8859-1", "latin1", "latin-1"), "cp1252"),
    **dict.fromkeys(("windows-31j", "x-sjis", "shift_jis"), "cp932"),
    **dict.fromkeys(("gb2312", "gbk", "x-gbk"), "gb18030"),
    **dict.fromkeys(("iso-8859-8-i", "iso-8859-8-e"), "iso8859_8"),
    "x-mac-roman": "mac_roman",
    "cp-850": "cp850",
    "windows-874": "cp874",
    "utf8mb4": "utf-8",
}
"""Names that Python does not know, and charsets that are written under the name of a smaller one
(docs/rules/mail.md#charsets)."""
_UNSAFE = {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "utf_7"}
_JAPANESE = ("iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2004", "euc_jp", "cp932")
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SURELY_UTF_8 = re.compile(
    rb"\xc2[\xa0-\xbf]|\xc3[\x80-\xbf]|\xe2\x80[\x90-\xba]|\xe2\x82\xac|\xf0\x9f[\x80-\xbf]{2}|\xef\xbb\xbf"
)
"""Letters and signs that stand in Swedish mail, in UTF-8; as cp1252 each would be two or three letters of nonsense."""
_CAPITAL_AND_SIGN = re.compile(rb"[\xc4\xc5\xc9\xd6][\x85\x92\x94\x96\x97\x99\xa0\xae\xb4\xbb](?![A-Za-z\x80-\xff])")
"""Such as `SJÖ”` in cp1252, which is a letter of Hebrew in UTF-8."""
_CUT = b"\xc2\xc3"
"""What a letter of UTF-8 begins with; alone it is the piece that was left when a gateway cut the text."""
_STRAY = {
    0xDC00 + byte: "\ufffd" if byte in _CUT else bytes([byte]).decode("cp1252", "replace")
    for byte in range(0x80, 0x100)
}

_ONE_BYTE = {"cp1252": 0, "mac_roman": 3, "cp850": 5, "cp437": 6}
"""What files are in besides Unicode, and how unlikely that is: by Excel on Windows, Excel for Mac, programs of DOS."""
_SURE = 6
"""By how much the likeliest charset must be likelier than the next, for letters to be taken without asking."""
_ODD = 6
"""How unlikely a letter may be where it stands; with a worse one no charset is the right one."""
_FOREIGN = 2
"""How unlikely letters may be on average, beyond the first: more is the writing of another part of the world."""
_WORD = 6
_MOST_WORDS = 3
_MOST_WEIGHED = 20_000
_TOKEN = re.compile(rb"[0-9A-Za-z\x80-\xff]+")
_LETTERS = (
    (0, "".join(language.letters + language.letters.upper() for language in SPOKEN)),
    (2, "éÉüÜàÀ"),
    (3, "".join(map(chr, range(0xC0, 0x100)))),
    (5, "ŒœŠšŽžŸ"),
    (7, "".join(map(chr, range(0x80, 0x10000)))),
)
_SIGNS = "–—’‘“”…•·°§±²³½¼¾×µ®™©€£«»´\u00a0"
_ALONE = "àÀ" + "".join(phrase + phrase.upper() for phrase in phrases(TEXT_WORDS.alone))
_STEMS = phrases(TEXT_WORDS.stems)
"""Pieces of words in orders: whoever reads one of them has the right charset."""


def decode(data: bytes, named: str = "") -> str:
    """Return the text of bytes; what is no letter becomes U+FFFD. Never raises.

    UTF-8 is known by itself, even where a few bytes are cp1252. All else is in the named charset, or cp1252, as
    browsers have it.
    """
    if (wide := _wide(data)) is not None:
        return wide
    name = _codec(named)
    if name.startswith("iso2022_jp"):
        return _japanese(data)
    if name and not _is_one_byte(name) and (text := _strictly(data, name)) is not None:
        return text
    if (text := _utf_8(data, said=name == "utf_8")) is not None:
        return text
    if _SURELY_UTF_8.search(data):
        return data.decode("utf-8-sig", "surrogateescape").translate(_STRAY)
    return data.decode("cp1252" if name.startswith("utf") else name or "cp1252", "replace")


def weigh(data: bytes) -> tuple[str, bool]:
    """Return the text of a file whose charset nobody names, doubtful letters as U+FFFD, and whether it is sure."""
    text = _wide(data)
    if text is None and (b"\x00" not in data or data.isascii()):
        text = _utf_8(data) if _is_like_utf_8(data) else data.decode(name) if (name := _likeliest(data)) else None
    return (text, True) if text is not None else (data.decode("ascii", "replace"), False)


def _strictly(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, ValueError):
        return None


def _is_like_utf_8(data: bytes) -> bool:
    return _strictly(data, "utf-8") is not None or _SURELY_UTF_8.search(data) is not None


def _utf_8(data: bytes, *, said: bool = False) -> str | None:
    """Return text in UTF-8; where it has one letter outside ASCII, that may be two of cp1252."""
    text = _strictly(data, "utf-8-sig")
    letters = {letter for letter in set(text or "") if letter > "\x7f"}
    return None if len(letters) == 1 and not said and _CAPITAL_AND_SIGN.search(data) else text


def _wide(data: bytes) -> str | None:
    """Return text in UTF-16 or UTF-32: by its mark, or by the NUL in every other byte that European letters have."""
    for mark, name in _MARKS:
        if data.startswith(mark):
            return _strictly(data, name)
    even, odd = (data[place:4096:2].count(0) for place in (0, 1))
    if max(even, odd) * 6 < len(data[:4096]) or min(even, odd):
        return None
    return _strictly(data, "utf-16-le" if odd else "utf-16-be")


@cache
def _codec(named: str) -> str:
    """Return Python's name of a charset for text; "" for none, and for one of which only NULs would be evidence."""
    name = named.strip().strip("\"';").lower()
    try:
        info = codecs.lookup(_SAME.get(name, name))
    except (LookupError, UnicodeError, ValueError):
        return ""
    found = info.name.replace("-", "_")
    safe = info._is_text_encoding and found not in _UNSAFE  # noqa: SLF001  the codec registry has no other way to say it
    return found if safe and not found.startswith(("utf_16", "utf_32")) else ""


@cache
def _is_one_byte(name: str) -> bool:
    return len(bytes(range(0x80, 0x100)).decode(name, "replace")) == 0x80


def _japanese(data: bytes) -> str:
    texts = (_strictly(data, name) for name in _JAPANESE)
    return next((text for text in texts if text is not None), data.decode(_JAPANESE[1], "replace"))


def _likeliest(data: bytes) -> str:
    """Return the charset of one byte a letter that is by far the likeliest, "" where there is none."""
    tokens = _tokens(data)
    used = bytes(sorted({byte for byte in data if byte >= 0x80}))
    if not set(used) <= set(b"".join(tokens)):
        return ""
    costs = sorted((_cost(tokens, used, name), name) for name in _ONE_BYTE)
    best, name = costs[0]
    letters = used.decode(name, "replace")
    others = [cost for cost, other in costs[1:] if used.decode(other, "replace") != letters]
    return name if not others or min(others) - best >= _SURE else ""


def _tokens(data: bytes) -> list[bytes]:
    """Return the different words that have a letter outside ASCII, as many as are weighed."""
    found: dict[bytes, None] = {}
    weighed = 0
    for match in _TOKEN.finditer(data):
        token = match[0]
        if token.isascii() or token in found:
            continue
        weighed += len(token)
        if weighed > _MOST_WEIGHED:
            break
        found[token] = None
    return list(found)


def _cost(tokens: list[bytes], used: bytes, name: str) -> float:
    """Return how unlikely it is that the words were written in a charset; infinite with a letter that cannot be."""
    costs: dict[int, list[int]] = defaultdict(list)
    known: set[str] = set()
    for token in tokens:
        word = token.decode(name, "replace")
        known.update(stem for stem in _STEMS if stem in word.lower())
        for place, byte in enumerate(token):
            if byte >= 0x80:
                costs[byte].append(_oddness(word, place))
    means = [sum(costs[byte]) / len(costs[byte]) for byte in used]
    if any(mean > _ODD for mean in means) or sum(means) > _FOREIGN * len(means) + 3:
        return float("inf")
    return _ONE_BYTE[name] + sum(means) - _WORD * min(len(known), _MOST_WORDS)


def _oddness(word: str, place: int) -> int:
    """Return how odd a letter is where it stands in a word: 0 for Swedish as it is written, above _ODD for nonsense."""
    letter, before, after = word[place], word[place - 1 : place], word[place + 1 : place + 2]
    if letter.isalpha():
        base = next(cost for cost, letters in _LETTERS if letter in letters)
        shout = (letter.isupper() and before.islower()) or (letter.islower() and before.isupper() and after.isupper())
        alone = len(word) == 1 and letter not in _ALONE
        return base + 8 * shout + 6 * alone + 4 * (before.isdigit() or after.isdigit())
    if letter not in _SIGNS:
        return 20
    if before.isalpha() and after.isalpha():
        return {"’": 0, "\u00a0": 0, "–": 4}.get(letter, 10)
    if after.isalpha():
        return {"“": 0, "\u00a0": 0}.get(letter, 4)
    return 0 if letter in "”®™\u00a0" else 1
