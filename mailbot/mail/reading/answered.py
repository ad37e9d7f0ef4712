"""The mail of ours that a mail answers, known again in it by its words: whatever the answering program puts above it,
in any language, marked or not."""

import re
from dataclasses import dataclass

from mailbot.mail.reading import parsed_mail
from mailbot.mail.reading.html import to_text

TOP = 300
"""Letters of our mail among which a quoted one begins: nobody copies these when they copy a line of ours."""
BEGINS = 50
"""Letters on end that are the same at its beginning."""
SHORT = 12
"""Letters of a line that has to be the very next one of ours."""
AHEAD = 2_000
"""Letters that may be missing in between."""
MAX_HEAD = 10
"""Lines that announce the mail, blank ones apart."""

_LINK = re.compile(r"\w{1,12}://\S+")
_NO_LETTER = re.compile(r"[\W_]+")
_DRAWN = re.compile(r"[-_=*\s>]+")
_PIECE_OF_A_LINK = re.compile(r"[>\s]*\S{20,}\s*")


@dataclass(frozen=True)
class Answered:
    """Our mail that is answered: the letters of its text and of its HTML, and what names it in the lines above it."""

    bodies: tuple[str, ...] = ()
    names: tuple[str, ...] = ()

    def marked(self, text: str) -> str:
        """Return an answer's text with a mark of quoting before each line that is ours, and before its head."""
        lines = text.split("\n")
        letters = [_letters(line) for line in lines] if self.bodies else []
        found = max((_ours(lines, letters, body) for body in self.bodies), key=len, default=set())
        found |= _head(lines, letters, min(found), self.names) if found else set()
        return "\n".join(f"> {line}" if place in found else line for place, line in enumerate(lines)) if found else text


NOT_OURS = Answered()


def answered_mail(raw: bytes) -> Answered:
    """Read the mail of ours that is answered; no bytes are no mail."""
    if not raw:
        return NOT_OURS
    mail = parsed_mail.read(raw, "")
    names = (_letters(name) for name in (mail.sender or "", mail.subject))
    return Answered((_letters(mail.plain), _letters(to_text(mail.html))), tuple(name for name in names if name))


def _letters(text: str) -> str:
    return _NO_LETTER.sub("", _LINK.sub("", text)).casefold()


def _ours(lines: list[str], letters: list[str], body: str) -> set[int]:
    """Return which lines repeat our mail, from its beginning on and in its order; links may have been written anew."""
    first, at = _beginning(letters, body)
    found: set[int] = set()
    is_link = False
    for place in range(first, len(lines)):
        line = letters[place]
        ahead = body.find(line, at, at + len(line) + (AHEAD if len(line) >= SHORT else 0)) if at < len(body) else -1
        is_link = "://" in lines[place] or (is_link and _PIECE_OF_A_LINK.fullmatch(lines[place]) is not None)
        at = ahead + len(line) if ahead >= 0 else at
        if ahead >= 0 or is_link:
            found.add(place)
    return found


def _beginning(letters: list[str], body: str) -> tuple[int, int]:
    """Return the line with which our mail begins, and where in the mail that is; behind the last line if nowhere."""
    top = body[: TOP + BEGINS]
    for first, line in enumerate(letters):
        words = "".join(letters[first : first + BEGINS])[:BEGINS] if line else ""
        if len(words) == BEGINS and (at := top.find(words)) >= 0:
            return first, at
    return len(letters), 0


def _head(lines: list[str], letters: list[str], first: int, names: tuple[str, ...]) -> set[int]:
    """Return the lines right above our mail that announce it: they name it, or end in a colon."""
    below = next((place for place in range(first - 1, -1, -1) if lines[place].strip()), -1)
    above = below
    while above >= 0 and below - above < MAX_HEAD and _may_announce(lines[above]):
        above -= 1
    head = set(range(above + 1, below + 1))
    named = any(name in letters[place] for place in head for name in names)
    return head if named or (below >= 0 and lines[below].rstrip().endswith((":", "："))) else set()


def _may_announce(line: str) -> bool:
    return any(mark in line for mark in (":", "：", ">>>")) or bool(line and _DRAWN.fullmatch(line))
