"""Mails that are no orders and belong in another system: by which words they are known, and where they go."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mailbot.domain.values.text import fold

LONGEST_PREFIX = 5
"""Letters of what programs put before a subject, such as "SV:" or "Fwd:", with the colon."""


@dataclass(frozen=True)
class Pointer:
    """The folded words of one kind of mail, and what its sender is told, by language."""

    words: frozenset[str]
    text: Mapping[str, str]

    def said(self, language: str) -> str:
        """Return what its sender is told: in this language, else in one that there is."""
        return self.text.get(language) or next(iter(self.text.values()))


def pointed_to(pointers: Iterable[Pointer], subject: str, line: str, *, lines: bool) -> Pointer | None:
    """Return the pointer for a mail, by its subject or the first line of its words; None for any other mail.

    A word counts at the beginning only, since an order may mention an invoice; if there are order `lines`, only as the
    first word of the subject, or of the first line where there is no subject.
    """
    titled, said = _words(subject), _words(line)
    begins = {*(titled or said)[:1]} if lines else {*titled[:2], *said[:1]}
    return next((pointer for pointer in pointers if begins & pointer.words), None)


def _words(text: str) -> list[str]:
    words = fold(text).split()
    while words and words[0].endswith(":") and len(words[0]) <= LONGEST_PREFIX:
        del words[0]
    return [word.strip("\"'”’.,:;!?#()[]-–") for word in words]
