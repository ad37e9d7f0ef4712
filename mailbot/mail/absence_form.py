"""What a mail says of an absence: `borta 2026-07-01–2026-07-28, ersättare Anna Ask`, in its subject or first line."""

import re
from dataclasses import dataclass
from datetime import date

_DAY = r"(\d{4}-\d{2}-\d{2})"
_AWAY = re.compile(
    rf"""(?:borta|frånvarande|away|absent)\b\s*:?\s*
    (?:(?P<who>[^\d,;]\S*(?:\s+[^\d,;]\S*){{0,6}}?)\s+)?
    {_DAY}(?:\s*(?:[-–—]+|till|t\.?o\.?m\.?|to|until)\s*{_DAY})?
    (?:\s*[,;.]?\s*(?:ersättare|substitute|deputy)\s*:?\s*(?P<substitute>\S.{{0,199}}?))?\s*\.?""",
    re.VERBOSE | re.IGNORECASE,
)
_BACK = re.compile(r"(?:åter|tillbaka|back)\b(?:\s+(?P<who>\S.{0,199}?))?\s*[.!]?", re.IGNORECASE)


@dataclass(frozen=True)
class AbsenceForm:
    """An absence as written, not yet judged: local days, both None for "back now"; `who` is "" for the sender."""

    who: str = ""
    first: date | None = None
    last: date | None = None
    substitute: str = ""


def read_absence(subject: str, words: str) -> AbsenceForm | None:
    """Return the absence that subject or first line states; None where neither does, or a day is none."""
    first_line = next((line for line in words.splitlines() if line.strip()), "")
    for text in (subject, first_line):
        if (found := _read(" ".join(text.split())[:500])) is not None:
            return found
    return None


def means_absence(subject: str) -> bool:
    """Tell whether a subject begins as that of an absence, whatever its days look like."""
    return re.match(r"\s*(?:borta|frånvarande|away|absent)\b", subject, re.IGNORECASE) is not None


def _read(text: str) -> AbsenceForm | None:
    if back := _BACK.fullmatch(text):
        return AbsenceForm(back["who"] or "")
    away = _AWAY.fullmatch(text)
    if away is None:
        return None
    try:
        first = date.fromisoformat(away[2])
        last = date.fromisoformat(away[3]) if away[3] else first
    except ValueError:
        return None
    return AbsenceForm(away["who"] or "", first, last, away["substitute"] or "")
