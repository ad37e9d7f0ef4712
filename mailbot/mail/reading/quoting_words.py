"""The words by which mail programs say that another mail begins, of all known languages; read by `reply.py`."""

from collections.abc import Iterator, Mapping
from enum import Enum
from itertools import product

from mailbot.languages import KNOWN, months, phrases


class QuotedHeader(Enum):
    """A line of a copied mail header, by what it names."""

    FROM = "from"
    DATE = "date"
    TO = "to"
    COPY = "copy"
    SUBJECT = "subject"
    OTHER = "other"


_NAMES = {
    QuotedHeader.FROM: phrases(x.quoting.sender for x in KNOWN),
    QuotedHeader.DATE: phrases(x.quoting.date for x in KNOWN),
    QuotedHeader.TO: phrases(x.quoting.to for x in KNOWN),
    QuotedHeader.COPY: phrases(x.quoting.copy for x in KNOWN),
    QuotedHeader.SUBJECT: phrases(x.quoting.subject for x in KNOWN),
    QuotedHeader.OTHER: phrases(x.quoting.other for x in KNOWN),
}
_ZONES = "cet, cest, gmt, utc, est, edt, pst, pdt, eet, eest"


def _in_two_words() -> Iterator[str]:
    for first, second in (pair for x in KNOWN for pair in (x.quoting.original, x.quoting.forwarded)):
        for one, other in product(phrases([first]), phrases([second])):
            yield from (f"{one} {other}", f"{one}{other}")


LABELS: Mapping[str, QuotedHeader] = {name: part for part, names in _NAMES.items() for name in names}
"""The label of a header's line, without its colon, to what it names."""

MAILS: tuple[str, ...] = tuple(sorted(set(_in_two_words())))
"""How a line begins that says that another mail follows."""

BEGINS: tuple[str, ...] = tuple(
    sorted((f"{phrase} " for phrase in phrases(x.quoting.begins for x in KNOWN)), key=len, reverse=True)
)
"""What may stand before those, with the space behind it."""

WROTE = frozenset(phrases(x.quoting.wrote for x in KNOWN))
MONTHS = frozenset(phrases(x.quoting.months for x in KNOWN)) | frozenset(months())
DATE_WORDS = frozenset(phrases(x.quoting.days for x in KNOWN)) | MONTHS
KNOWN_WORDS = WROTE | DATE_WORDS | {*phrases(x.quoting.beside for x in KNOWN), *phrases([_ZONES])}
"""All words of an attribution that are no name."""
