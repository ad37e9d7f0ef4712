"""What a person newly wrote: quoted mails, forwarded mails and signatures told apart from it.

An own reader, line by line: the library that was used here (mail-parser-reply) takes quoted words for new ones when the
answer stands below them, and its patterns grow with the square of a line (email.md B6).
"""

import re
from itertools import takewhile

from mailbot.mail.plain import without_additions

MAX_LINE = 1_000
MAX_LINES = 20_000
MAX_TEXT = 1_000_000
LONG_QUOTED_LINE = 60
HEADER_LINES = 8

_BLANK_LINES = re.compile(r"\n{3,}")
_DRAWN = re.compile(r"[-_=*]{5,}")
_SEPARATOR = re.compile(
    r"""[\s>*_-]{0,100}
    (?: (?:begin\ )?forwarded\ (?:message|by|mail)\b
      | (?:påbörja\ |början\ på\ )?vidarebefordra[dt]\w*\ (?:meddelande|brev|mail|mejl|e-post)
      | (?:original|ursprungligt|det\ ursprungliga)\ ?(?:message|meddelande|mail)
      | start\ of\ forwarded\ message
      | (?:(?!--).){1,200}\ (?:wrote|skrev):\ ?-{3,} )""",
    re.VERBOSE | re.IGNORECASE,
)
_HEADER = re.compile(
    r"""[*_\s]*(?:(from|från) | (subject|ämne) | (sent|skickat|date|datum|to|till)
      | cc|kopia|bcc|reply-to|svara\ till)[*_ ]*[:：]""",
    re.VERBOSE | re.IGNORECASE,
)
_DATED = re.compile(
    r"""(?:on|den|am|le)\b(?=.*\d)
      | (?:mån|tis|ons|tor|fre|lör|sön|mon|tue|wed|thu|fri|sat|sun)[a-zåäö]*\.?,?\ \d
      | \d{4}-\d\d-\d\d\b | \d{1,2}[/.]\d{1,2}\b
      | \d{1,2}\ (?:jan|feb|mar|apr|ma[jy]|jun|jul|aug|sep|o[ck]t|nov|dec)""",
    re.VERBOSE | re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<!\bkl)[.!?]$", re.IGNORECASE)
_WROTE = re.compile(r"(?=.*[\d@]).*\b(?:wrote|writes|skrev|skriver)\b.{0,200}[:：]", re.IGNORECASE)
_SOMEBODY = re.compile(r"(?=.*\d)[^<]*<\s?[^<>@\s]+@[^<>@\s]+>[^<>]{0,40}[:：]")


def new_text(text: str) -> str:
    """Return an answer's own text, above, below and between what it quotes; where that is in doubt it is left out.

    Only for true answers: on a new order it could cut real lines (email.md, trap 9). After a quoted mail without
    marks nothing can be told apart, so that nothing there counts.
    """
    lines = _own_lines(text)
    kept: list[str] = []
    place = 0
    signed = False
    while place < len(lines):
        line = lines[place]
        height = _attribution(lines, place)
        if height and not _is_quoted(_next_text(lines, place + height)):
            break
        if height or _is_quoted(line):
            signed = False
        elif line.rstrip() == "--":
            signed = True
        elif not signed and not _was_wrapped(lines, place) and not _DRAWN.fullmatch(line.strip()):
            kept.append(line.strip(" \u00a0"))
        place += height or 1
    return _BLANK_LINES.sub("\n\n", without_additions("\n".join(kept))).strip("\n ")


def own_part(text: str) -> str:
    """Return what stands before a forwarded mail and outside quoted lines; safe on new orders that say `Från:`."""
    return "\n".join(line for line in _own_lines(text) if not _is_quoted(line))


def unquoted(text: str) -> str:
    """Return the text with the marks of quoted lines taken off."""
    return "\n".join(line.lstrip("> ") if _is_quoted(line) else line for line in text.split("\n"))


def _own_lines(text: str) -> list[str]:
    """Return the lines before one that starts another mail without marking each of its lines."""
    whole = text if len(text) <= MAX_TEXT else text[:MAX_TEXT].rpartition("\n")[0]
    lines = [line[:MAX_LINE] for line in whole.split("\n")[:MAX_LINES]]
    return lines[: next((n for n in range(len(lines)) if _starts_other_mail(lines, n)), len(lines))]


def _starts_other_mail(lines: list[str], place: int) -> bool:
    line = lines[place].strip(" *_")
    if _SEPARATOR.match(line) and (line.startswith("--") or line.endswith((":", "-"))):
        return True
    return _HEADER.match(line) is not None and _is_header_block(lines[place : place + HEADER_LINES])


def _is_header_block(lines: list[str]) -> bool:
    """Tell whether a mail's header was copied here: sender, subject, and a date or a receiver, in lines on end."""
    on_end = takewhile(lambda line: line.strip() and not _DRAWN.fullmatch(line), lines)
    found = [_HEADER.match(line) for line in on_end]
    kinds = {match.lastindex for match in found if match}
    return {1, 2, 3} <= kinds


def _attribution(lines: list[str], place: int) -> int:
    """Return how many lines say `On 3 March 2026 at 10:00, Eva Ek wrote:` from here on; 0 if none.

    In a language not known here such a line tells by a date, an address, and quoted lines that follow.
    """
    part: list[str] = []
    for height, line in enumerate(lines[place : place + 3], 1):
        part.append(line.strip())
        if not part[-1] or _is_quoted(line) or (height > 1 and _DATED.match(part[-1])):
            return 0
        words = " ".join(part)
        if _WROTE.fullmatch(words) or (_SOMEBODY.fullmatch(words) and _is_quoted(_next_text(lines, place + height))):
            return height
        if not _DATED.match(part[0]) or _SENTENCE_END.search(part[-1]):
            return 0
    return 0


def _next_text(lines: list[str], place: int) -> str:
    return next((line for line in lines[place : place + 5] if line.strip()), "")


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _was_wrapped(lines: list[str], place: int) -> bool:
    """Tell whether a line between two quoted ones is the end of the long one above it, cut off by a mail program."""
    if not 0 < place < len(lines) - 1 or not lines[place].strip():
        return False
    above, below = lines[place - 1], lines[place + 1]
    return _is_quoted(above) and _is_quoted(below) and len(above) >= LONG_QUOTED_LINE
