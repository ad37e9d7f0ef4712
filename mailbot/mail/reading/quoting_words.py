"""The words by which mail programs say that another mail begins, of all known languages; read by `reply.py`."""

from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import product

from mailbot.languages import KNOWN, QUOTING_WORDS, months, phrases


class QuotedHeader(Enum):
    """A line of a copied mail header, by what it names."""

    FROM = "from"
    DATE = "date"
    TO = "to"
    COPY = "copy"
    SUBJECT = "subject"
    OTHER = "other"


_NAMES = {
    QuotedHeader.FROM: phrases(QUOTING_WORDS.sender),
    QuotedHeader.DATE: phrases(QUOTING_WORDS.date),
    QuotedHeader.TO: phrases(QUOTING_WORDS.to),
    QuotedHeader.COPY: phrases(QUOTING_WORDS.copy),
    QuotedHeader.SUBJECT: phrases(QUOTING_WORDS.subject),
    QuotedHeader.OTHER: phrases(QUOTING_WORDS.other),
}
_ZONES = "cet, cest, gmt, utc, est, edt, pst, pdt, eet, eest"


def _in_two_words() -> Iterator[str]:
    for first, second in (pair for x in KNOWN for pair in (x.quoting.original, x.quoting.forwarded)):
        for one, other in product(phrases(first), phrases(second)):
            yield from (f"{one} {other}", f"{one}{other}")


LABELS: Mapping[str, QuotedHeader] = {name: part for part, names in _NAMES.items() for name in names}
"""The label of a header's line, without its colon, to what it names."""

MAILS: tuple[str, ...] = tuple(sorted(set(_in_two_words())))
"""How a line begins that says that another mail follows."""

BEGINS: tuple[str, ...] = tuple(
    sorted((f"{phrase} " for phrase in phrases(QUOTING_WORDS.begins)), key=len, reverse=True)
)
"""What may stand before those, with the space behind it."""

WROTE = frozenset(phrases(QUOTING_WORDS.wrote))
MONTHS = frozenset(phrases(QUOTING_WORDS.months)) | frozenset(months())
DATE_WORDS = frozenset(phrases(QUOTING_WORDS.days)) | MONTHS
KNOWN_WORDS = WROTE | DATE_WORDS | {*phrases(QUOTING_WORDS.beside), *phrases(_ZONES)}
"""All words of an attribution that are no name."""
