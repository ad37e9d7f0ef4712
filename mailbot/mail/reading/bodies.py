"""A mail's two bodies, text and HTML, each told apart: own words, quoted words, struck-out words.

Programs make one of the other: what either shows as quoted or struck is so in both, and they never contradict each
other below a quoted mail.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

from mailbot.domain.notices.own_links import before_secrets
from mailbot.mail.reading.answered import NOT_OURS, Answered
from mailbot.mail.reading.encoded import without_files
from mailbot.mail.reading.html import lines_of, marked_text, struck_of
from mailbot.mail.reading.plain import folded_line, rejoined, without_additions
from mailbot.mail.reading.reply import OwnAndQuoted, bounded, new_text, told_apart, words_inside


@dataclass(frozen=True)
class Bodies:
    """A mail's bodies as read, "" where there is none: `plain` and `html` of a new mail, `answer` of a reply.

    `inside` are the lines of `answer` that stand within what is quoted. `struck` are its writer's own words that are
    struck out, line by line; they stand in none of the others.
    """

    plain: OwnAndQuoted
    html: OwnAndQuoted
    answer: str
    struck: tuple[str, ...] = ()
    inside: str = ""

    @property
    def quoted(self) -> str:
        """What the mail quotes or forwards, from the body that shows it."""
        return self.plain.quoted or self.html.quoted

    @property
    def quotes_a_mail(self) -> bool:
        """Tell whether what is quoted shows that it is another mail."""
        return self.plain.is_mail or self.html.is_mail


def read_bodies(plain: str, html: str, answered: Answered = NOT_OURS) -> Bodies:
    """Read a mail's text part and its HTML part; either may be empty or blank. Lines of the `answered` mail are quoted.

    What opens something for its reader alone is in none of them, nor what stands below it.
    """
    page = without_additions(without_files(marked_text(html).encode()).decode())
    known = answered.marked(page)
    marked = told_apart(known, proves=known != page)
    lines = list(lines_of(marked.own))
    quoted = _joined(kept for _, kept in lines_of(marked.quoted))
    shown = OwnAndQuoted(_joined(kept for _, kept in lines), quoted, marked.is_mail)
    whole = "\n".join([whole for whole, _ in lines] + [whole for whole, _ in lines_of(marked.quoted)])
    text = "\n".join(bounded(plain))
    text = answered.marked(_without_struck(rejoined(text, whole) if html else text, lines))
    words = told_apart(without_additions(text))
    own = replace(words, own=_less(words.own, shown))
    struck = tuple(before_secrets(line) for line in struck_of(marked.own))
    answer = _less(new_text(text), shown).strip("\n ") if plain.strip() else new_text(shown.own)
    answer, shown = before_secrets(answer), replace(shown, own=_less(shown.own, words))
    edited = {folded_line(line) for body in (text, known) for line in words_inside(body)} - {""}
    inside = _joined(line for line in answer.split("\n") if folded_line(line) in edited)
    return Bodies(_safe(own), _safe(shown), answer, struck, inside)


def _safe(words: OwnAndQuoted) -> OwnAndQuoted:
    return replace(words, own=before_secrets(words.own), quoted=before_secrets(words.quoted))


def _joined(lines: Iterable[str | None]) -> str:
    return "\n".join(line for line in lines if line is not None)


def _without_struck(text: str, lines: list[tuple[str, str | None]]) -> str:
    """Return a text without what another body strikes out, whose lines stand whole and without it in `lines`."""
    changed = {folded_line(whole): kept for whole, kept in lines if whole != kept}
    left = Counter(folded_line(whole) for whole, kept in lines if whole != kept)
    if not left:
        return text
    found: list[str | None] = []
    for line in text.split("\n"):
        key = folded_line(line)
        found.append(changed[key] if left[key] > 0 else line)
        left[key] -= 1
    return _joined(found)


def _less(text: str, other: OwnAndQuoted) -> str:
    """Return a body's own words without those lines that the other body quotes, and does not have as its own too."""
    quoted = {folded_line(line) for line in other.quoted.split("\n")} - {""}
    left = Counter(folded_line(line) for line in other.own.split("\n"))
    kept: list[str] = []
    for line in text.split("\n") if quoted else ():
        key = folded_line(line)
        if key not in quoted or left[key] > 0:
            kept.append(line)
        left[key] -= 1
    return "\n".join(kept) if quoted else text
