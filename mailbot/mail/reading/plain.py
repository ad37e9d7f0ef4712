"""Plain text as mail programs and gateways leave it: wrapped lines, wrapped links, and phrases that no person wrote."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

from mailbot.domain.values.text import fold
from mailbot.languages import KNOWN, PROGRAM_WORDS
from mailbot.mail.reading.blocks import without_bullet

MAX_PHRASE = 1_000
MAX_LINES = 20_000
MAX_CUTS = 8
_BEGINNING = 12

_LINK = re.compile(r"https?://[^\s<>\"\x01\x02]{1,4000}")
_WHOLE_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"\x00-\x1f\x7f-\x9f]+")
_LINK_AFTER_ITS_TEXT = re.compile(r"(?<=[^\s:：<]) ?<(?:mailto:|tel:|https?://)[^<>\s]{1,4000}>")
_WRAPPER_HOSTS = (".safelinks.protection.outlook.com", "urldefense.com", "urldefense.proofpoint.com")

_MAIL, _OUTSIDE = PROGRAM_WORDS.mail, PROGRAM_WORDS.outside
_EXTERNAL = PROGRAM_WORDS.external
_THIS = rf"(?:{PROGRAM_WORDS.this})"
_TAG = re.compile(
    rf"^[\s*_]*\[(?:{PROGRAM_WORDS.tags})"
    rf"(?: (?:{PROGRAM_WORDS.tagged_mail}))?\][\s*_:]*",
    re.IGNORECASE,
)
_PHRASES: tuple[tuple[str, ...], ...] = (
    (  # phones and mail programs
        rf"(?:{PROGRAM_WORDS.sent}) (?:{PROGRAM_WORDS.sent_by}) "
        rf"(?:outlook|gmail|yahoo|proton|{PROGRAM_WORDS.sent_what})\b",
    ),
    (
        rf"(?:{PROGRAM_WORDS.get}) (?:outlook|bluemail) "
        rf"(?:{PROGRAM_WORDS.get_for})\b",
    ),
    # gateways
    (rf"(?:{PROGRAM_WORDS.warning})\b", rf"(?:{_MAIL})\b", rf"(?:{_OUTSIDE})\b"),
    (rf"{_THIS} (?:(?:{_EXTERNAL}) )?(?:{_MAIL}) (?:{PROGRAM_WORDS.was})\b", rf"\b(?:{_OUTSIDE})\b"),
    (rf"{_THIS} (?:{_MAIL}) (?:{PROGRAM_WORDS.legal})",),  # legal departments
    *(phrase for language in KNOWN for phrase in language.programs.phrases),
)
"""How each begins, and what else it holds: tried one after the other, since one pattern of several gaps grows with the
square of a line."""
_ADDED = [[re.compile(part, re.IGNORECASE) for part in phrase] for phrase in _PHRASES]
_ADDED_FIRST = re.compile("|".join(f"(?:{first})" for first, *_ in _PHRASES), re.IGNORECASE)
_GOES_ON = re.compile(r"[^\s:;|\t\d•*>-][^:;|\t]*")
_SENTENCE_ENDS = (".", "!", "?", ":", ")")


def unflow(text: str, delsp: bool) -> str:
    """Undo format=flowed (RFC 3676): join the lines that a mail program wrapped, each at its own depth of quotation."""
    lines: list[tuple[int, list[str]]] = []
    goes_on = False
    for line in text.replace("\r\n", "\n").split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        signature = content == "-- "
        if goes_on and lines[-1][0] == depth and not signature:
            lines[-1][1].append(content)
        else:
            lines.append((depth, [content]))
        goes_on = content.endswith(" ") and not signature
        if goes_on and delsp:
            lines[-1][1][-1] = content[:-1]
    return "\n".join(">" * depth + " " * (depth > 0) + "".join(content) for depth, content in lines)


def rejoined(text: str, whole: str) -> str:
    """Return a text with those lines joined that stand whole in another: Gmail cuts its text part at 78 columns."""
    known = {folded_line(line) for line in whole.split("\n")}
    beginnings = {line[:_BEGINNING] for line in known}
    lines = text.split("\n")
    joined: list[str] = []
    place = 0
    while place < len(lines) and len(joined) < MAX_LINES:
        height = _fitting(lines[place : place + MAX_CUTS], known) if _may_begin(lines[place], beginnings) else 1
        joined.append(" ".join(lines[place : place + height]))
        place += height
    return "\n".join([*joined, *lines[place:]])


def _may_begin(line: str, beginnings: set[str]) -> bool:
    """Tell whether the line may begin one of the known lines; of a short one that is not asked."""
    bare = folded_line(line)
    return len(bare) < _BEGINNING or bare[:_BEGINNING] in beginnings


def _fitting(lines: list[str], known: set[str]) -> int:
    bare = ""
    for height, line in enumerate(lines, 1):
        bare = f"{bare} {folded_line(line)}".strip()
        if bare[:MAX_PHRASE] in known:
            return height
    return 1


def folded_line(line: str) -> str:
    """Return a line as two bodies of one mail are compared: without marks of lists and bold, case and double spaces."""
    return fold(without_bullet(line[:MAX_PHRASE].strip()).replace("*", ""))


def without_additions(text: str) -> str:
    """Return the text with plain links, without known phrases of gateways, phones and legal departments.

    A phrase ends with its sentence, and never goes past a blank line or one that may be a field or a row.
    """
    kept: list[str] = []
    goes_on = False
    for line in text.split("\n"):
        bare = line[:MAX_PHRASE].strip(" *_")
        goes_on = (goes_on and _GOES_ON.fullmatch(bare) is not None) or _was_added(bare)
        if not goes_on:
            kept.append(unwrapped(_LINK_AFTER_ITS_TEXT.sub("", _TAG.sub("", line))))
        goes_on = goes_on and not bare.endswith(_SENTENCE_ENDS)
    return "\n".join(kept)


def _was_added(line: str) -> bool:
    if not _ADDED_FIRST.match(line):
        return False
    return any(first.match(line) and all(part.search(line) for part in rest) for first, *rest in _ADDED)


def unwrapped(text: str) -> str:
    """Return the text with the links that Safe Links and urldefense put around others taken off; nothing is opened."""
    return _LINK.sub(lambda found: _inner_link(found[0]), text) if "https" in text else text


def _inner_link(link: str) -> str:
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return link
    if not host.endswith(_WRAPPER_HOSTS):
        return link
    if host == "urldefense.com":
        inner = link.partition("__")[2].rpartition("__;")[0]
    elif host == "urldefense.proofpoint.com":
        inner = unquote(parse_qs(parts.query).get("u", [""])[0].replace("-", "%").replace("_", "/"))
    else:
        inner = parse_qs(parts.query).get("url", [""])[0]
    return inner if _WHOLE_LINK.fullmatch(inner) else link
