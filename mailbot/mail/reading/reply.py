"""Whose words a mail's text holds: quoted mails, forwarded mails and signatures told apart from what is new.

An own reader, line by line: mail-parser-reply takes quoted words for new ones when the answer stands below them, and
its patterns grow with the square of a line (docs/rules/mail.md#square).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import islice, pairwise, product

from mailbot.domain.values.text import fold
from mailbot.languages import KNOWN, QUOTING_WORDS, alternatives, months, phrases
from mailbot.mail.reading.plain import without_additions
from mailbot.mail.reading.readings import has_mark, is_prose

MAX_LINE = 1_000
MAX_LINES = 20_000
MAX_TEXT = 1_000_000
LONG_QUOTED_LINE = 60
MAX_HEAD = 100
"""Lines of a copied header: its receivers may be many, and each may stand on a line of its own."""
MAX_LOOSE = 2
"""Lines of a header's values that were wrapped, beside receivers."""
MAX_MAILS = 20
MAX_BLANK = 2
"""Blank lines between two of a header."""
MAX_LABEL = 40
MAX_ATTRIBUTION = 500
ATTRIBUTION_LINES = 3
MAX_LOOKED_AT = 300
"""Lines of quoted text in which signs of another mail are looked for."""
NEAR = 5

_BLANK_LINES = re.compile(r"\n{3,}")
_DRAWN = re.compile(r"[-_=*]{5,}")
_BOLD = "*_ \t\u00a0"
_DASHES = _BOLD + "-–—=>"
_LABEL_END = re.compile("[:：\t]")
_LABEL_INSIDE = re.compile(r"([^\W\d_]{1,30})[*_ ]{0,2}[:：]")
_RECEIVERS = (";", ",", "@")
_DATED = re.compile(
    rf"""(?:{alternatives(phrases(QUOTING_WORDS.dated))})\b(?=.*\d)
      | [^\W\d_]{{2,12}}\.?,?\ \d
      | \d{{4}}-\d\d-\d\d\b | \d{{4}}年 | \d{{1,2}}[/.-]\d{{1,2}}\b
      | \d{{1,2}}\.?\ [^\W\d_]{{3,}}""",
    re.VERBOSE | re.IGNORECASE,
)
_DATE = re.compile(r"\b\d{4}-\d\d?-\d\d?\b|\b\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}\b|\d{4}年")
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.]\d\d(?!\d)")
_WORD = re.compile(r"[^\W\d_]+")
_ADDRESS = re.compile(r"[<(\[\"]?(?:mailto:)?[^\s<>@\"]{1,100}@[^\s<>@\"]{1,200}[>)\]\"]?", re.IGNORECASE)
_SOMEBODY = re.compile(r"[^<]*<\s?[^<>@\s]+@[^<>@\s]+>[^<>]{0,80}[:：]")


class QuotedHeader(Enum):
    """A line of a copied mail header, by what it names, as the words of languages call it."""

    FROM = "sender"
    DATE = "date"
    TO = "to"
    COPY = "copy"
    SUBJECT = "subject"
    OTHER = "other"


_ZONES = "cet, cest, gmt, utc, est, edt, pst, pdt, eet, eest"


def _in_two_words() -> Iterator[str]:
    for first, second in (pair for x in KNOWN for pair in (x.quoting.original, x.quoting.forwarded)):
        for one, other in product(phrases(first), phrases(second)):
            yield from (f"{one} {other}", f"{one}{other}")


LABELS: Mapping[str, QuotedHeader] = {
    name: part for part in QuotedHeader for name in phrases(getattr(QUOTING_WORDS, part.value))
}
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
_BESIDE_SENDER = {QuotedHeader.DATE, QuotedHeader.TO, QuotedHeader.SUBJECT}


class _Whose(Enum):
    """Whose a line is: its writer's, quoted with a mark, what announces a quoted mail, or quoted without marks."""

    OWN = "own"
    MARKED = "marked"
    HEAD = "head"
    REST = "rest"


@dataclass(frozen=True)
class OwnAndQuoted:
    """A writer's `own` words, and what they quote or forward; `is_mail`: it shows itself to be another mail."""

    own: str
    quoted: str
    is_mail: bool = False

    @property
    def everything(self) -> str:
        """The own words, then the quoted ones."""
        return f"{self.own}\n{self.quoted}"

    @property
    def mails(self) -> list[str]:
        """The mails that are quoted, each with the head above it, the newest first."""
        lines = self.quoted.split("\n")
        first = next((n for n, line in enumerate(lines) if not _labels(line) and line.strip(_DASHES)), len(lines))
        heads = (n for n in range(first + 1, len(lines)) if _attribution(lines, n) or _starts_other_mail(lines, n))
        places = [0, *islice(heads, MAX_MAILS), len(lines)]
        return ["\n".join(lines[n:end]) for n, end in pairwise(places)]


def told_apart(text: str, *, proves: bool = True) -> OwnAndQuoted:
    """Tell own words from those of mails that are quoted or forwarded; safe on orders that say `Från:`.

    What stands below an unmarked quoted mail is taken as quoted. `proves`: marks before lines show a mail; HTML's do
    not, which indent anything.
    """
    lines = bounded(text)
    whose = _sorted(lines)
    own = [line for line, owner in zip(lines, whose, strict=True) if owner is _Whose.OWN]
    quoted = [_bare(x) for x, owner in zip(lines, whose, strict=True) if owner in {_Whose.MARKED, _Whose.REST}]
    heads = [_bare(x) for x, owner in zip(lines, whose, strict=True) if owner is not _Whose.OWN][:MAX_LOOKED_AT]
    is_mail = (proves and _Whose.MARKED in whose) or any(_shows_a_mail(heads, place) for place in range(len(heads)))
    return OwnAndQuoted("\n".join(own), "\n".join(quoted), is_mail)


def _shows_a_mail(lines: list[str], place: int) -> bool:
    """Tell whether a line of quoted text begins a mail's header, or says who wrote what follows, as programs say it."""
    found = _header(lines[place : place + MAX_HEAD]) if _labels(lines[place]) else {}
    if _is_named(found.get(QuotedHeader.FROM, "")) and found.keys() & _BESIDE_SENDER:
        return True
    words = " ".join(lines[place : place + _attribution(lines, place)])
    return "@" in words or _TIME.search(words) is not None


def _is_named(sender: str) -> bool:
    return any(word not in KNOWN_WORDS for word in _WORD.findall(sender.casefold()))


def new_text(text: str) -> str:
    """Return an answer's own text without quotes, signature and additions; only for true answers, since a signature's
    line could cut a new order (docs/rules/mail.md#f93)."""
    lines = bounded(text)
    kept: list[str] = []
    signed = False
    for place, owner in enumerate(_sorted(lines)):
        line = lines[place]
        if owner is not _Whose.OWN:
            signed = False
        elif line.rstrip() == "--":
            signed = True
        elif not signed and not _was_wrapped(lines, place) and not _DRAWN.fullmatch(line.strip()):
            kept.append(line.strip(" \u00a0"))
    return _BLANK_LINES.sub("\n\n", without_additions("\n".join(kept))).strip("\n ")


def words_inside(text: str) -> list[str]:
    """Return an answer's own lines between quoted ones, or right below one: there the quoted mail was edited."""
    lines = bounded(text)
    whose = _sorted(lines)
    quoted = [place for place, owner in enumerate(whose) if owner is not _Whose.OWN]
    inside = set(range(quoted[0], quoted[-1])) | {place + 1 for place in quoted} if quoted else set()
    return [lines[place] for place in sorted(inside - {len(lines)} - set(quoted))]


def bounded(text: str) -> list[str]:
    """Return a text's lines as far as they are read: a megabyte, `MAX_LINES`, and `MAX_LINE` of each."""
    whole = text if len(text) <= MAX_TEXT else text[:MAX_TEXT].rpartition("\n")[0]
    return [line[:MAX_LINE] for line in whole.split("\n")[:MAX_LINES]]


def _sorted(lines: list[str]) -> list[_Whose]:
    whose: list[_Whose] = []
    while len(whose) < len(lines):
        place = len(whose)
        if _is_quoted(lines[place]):
            end = next((n for n in range(place, len(lines)) if not _is_quoted(lines[n])), len(lines))
            whose += [_Whose.MARKED] * (end - place)
            head = [_bare(line) for line in lines[max(place, end - MAX_HEAD) : end]]
            if _ends_in_head(head) and not any(map(_is_quoted, lines[end:])):
                whose += [_Whose.REST] * (len(lines) - end)
        elif height := _attribution(lines, place):
            marked = _is_quoted(_next_text(lines, place + height))
            whose += [_Whose.HEAD] * height
            whose += [] if marked else [_Whose.REST] * (len(lines) - place - height)
        elif _starts_other_mail(lines, place):
            whose += [_Whose.REST] * (len(lines) - place)
        else:
            whose.append(_Whose.OWN)
    return whose


def _ends_in_head(run: list[str]) -> bool:
    """Tell whether marked lines end with what announces a mail, so that the mail stands below them without marks."""
    run = "\n".join(run).rstrip().split("\n")
    last = range(len(run))
    if _is_separator(run[-1].strip(_BOLD)):
        return True
    if any(_attribution(run, n) == len(run) - n for n in last[-ATTRIBUTION_LINES:]):
        return True
    return any(_is_head(run, n) and all(_labels(x) or not x.strip() for x in run[n:]) for n in last[-NEAR * 2 :])


def _is_quoted(line: str) -> bool:
    return line.lstrip().startswith(">")


def _bare(line: str) -> str:
    return line.lstrip("> ") if _is_quoted(line) else line


def _next_text(lines: list[str], place: int) -> str:
    return next((line for line in lines[place : place + NEAR] if line.strip()), "")


def _starts_other_mail(lines: list[str], place: int) -> bool:
    return _is_separator(lines[place].strip(_BOLD)) or _is_head(lines, place)


def _is_separator(line: str) -> bool:
    """Tell whether the line says `-----Original Message-----`, `Begin forwarded message:` or the like."""
    drawn = line.startswith("--")
    if not drawn and not line.endswith((":", "：", "-")):
        return False
    words = fold(line.strip(_DASHES).rstrip(":： "))
    first = next((word for word in BEGINS if words.startswith(word)), "")
    if words.removeprefix(first).startswith(MAILS):
        return True
    return drawn and line.endswith("--") and words.rstrip(":- ").rpartition(" ")[2] in WROTE


def _is_head(lines: list[str], place: int) -> bool:
    """Tell whether a mail's header was copied here: sender, subject, and a date or a receiver.

    Below a drawn line a sender with an address and one more of them are enough; so are a sender and then the time.
    """
    if not _labels(lines[place]):
        return False
    found = _header(lines[place : place + MAX_HEAD])
    sender = found.get(QuotedHeader.FROM, "")
    others = _BESIDE_SENDER & found.keys()
    if "@" in sender and others and place and _DRAWN.fullmatch(lines[place - 1].strip()):
        return True
    if [*found][:2] == [QuotedHeader.FROM, QuotedHeader.DATE] and _TIME.search(found[QuotedHeader.DATE]):
        return _is_named(sender)
    return _is_named(sender) and QuotedHeader.SUBJECT in others and len(others) > 1


def _header(lines: list[str]) -> dict[QuotedHeader, str]:
    """Return what the labels of the header that begins here name; the same label again begins another one."""
    found: dict[QuotedHeader, str] = {}
    last, loose, blank = QuotedHeader.OTHER, 0, 0
    for above, line in zip(["", *lines], lines, strict=False):
        labels = _labels(line)
        if any(part in found for part, _ in labels if part not in {QuotedHeader.OTHER, QuotedHeader.COPY}):
            break
        if labels:
            found |= dict(labels)
            last, blank = labels[-1][0], 0
        elif not line.strip():
            blank += 1
            if blank > MAX_BLANK:
                break
        elif not above.strip() or _DRAWN.fullmatch(line.strip()):
            break
        elif found.get(last) == "":
            found[last] = line.strip(_BOLD)
        elif last not in {QuotedHeader.TO, QuotedHeader.COPY} or not any(mark in above + line for mark in _RECEIVERS):
            loose += 1
            if loose > MAX_LOOSE:
                break
    return found


def _labels(line: str) -> list[tuple[QuotedHeader, str]]:
    """Return what a header's line names, with its value; one line may hold the whole header."""
    label, *values = _LABEL_END.split(line, maxsplit=1)
    part = LABELS.get(fold(label.strip(_BOLD))) if values and len(label) < MAX_LABEL else None
    if part is None:
        return []
    value = values[0]
    inside = _LABEL_INSIDE.findall(value) if part is QuotedHeader.FROM else []
    inside = [fold(word) for whole in inside for word in (whole, _last_run_into(whole))]
    return [(part, value.strip(_BOLD)), *((LABELS[word], value) for word in inside if word in LABELS)]


def _last_run_into(word: str) -> str:
    """Return what a word ends in from its last capital on: `Skickat` of `eskickatSkickat`."""
    return word[max((place for place, letter in enumerate(word) if letter.isupper()), default=0) :]


def _attribution(lines: list[str], place: int) -> int:
    """Return how many lines say `On 3 March 2026 at 10:00, Eva Ek wrote:` from here on; 0 if none."""
    words = ""
    for height, line in enumerate(lines[place : place + ATTRIBUTION_LINES], 1):
        part = line.strip(_BOLD)
        inside = words.rfind("<") > words.rfind(">")  # an address that was wrapped
        if not part or (not inside and (_is_quoted(line) or (height > 1 and _begins_itself(part)))):
            return 0
        words = f"{words} {part}".lstrip()
        if words.endswith((":", "：", ">>>")):
            return height if _says_who(words, _is_quoted(_next_text(lines, place + height))) else 0
        if len(words) > MAX_ATTRIBUTION or not _goes_on(words):
            return 0
    return 0


def _begins_itself(line: str) -> bool:
    """Tell whether a line begins an attribution itself, so that the line above it is no part of it."""
    words = _WORD.findall(line.casefold())
    if not _is_dated(line) or (words and words[0] in MONTHS):
        return False
    return any(word in WROTE for word in words) or (_DATED.match(line) is not None and _TIME.search(line) is not None)


def _goes_on(words: str) -> bool:
    """Tell whether an attribution may have begun that the next line ends: it has a date or an address."""
    last = words.rpartition(" ")[2].strip(".").casefold()
    ends = words.endswith((".", "!", "?")) and not last.isdigit() and last not in KNOWN_WORDS
    return not ends and (_has_day_or_time(words) or "@" in words or words.endswith("<"))


def _says_who(words: str, marked_below: bool) -> bool:
    """Tell whether the words name who wrote what follows, and when or from which address; above marked lines less is
    enough.

    In an unknown language a day or a time and an address tell it, where no price stands among the words.
    """
    verbs = [word for word in _WORD.findall(words.casefold()) if word in WROTE]
    somebody = _SOMEBODY.fullmatch(words) is not None
    if marked_below and ((verbs and ("@" in words or any(c.isdigit() for c in words))) or somebody):
        return True
    if words.endswith(">>>"):
        return _TIME.search(words) is not None
    if verbs and ("@" in words or _is_dated(words) or _is_called(words)) and _is_no_prose(words):
        return True
    return somebody and _has_day_or_time(words) and not (is_prose(words) or has_mark(words))


def _is_called(words: str) -> bool:
    """Tell whether a name of two to four words and a verb is all there is."""
    *name, verb = words.rstrip(":：").split()
    return verb.casefold() in WROTE and 2 <= len(name) <= 4 and all(word[0].isupper() for word in name)


def _has_day_or_time(words: str) -> bool:
    return any(pattern.search(words) for pattern in (_TIME, _DATE)) or _DATED.match(words) is not None


def _is_dated(words: str) -> bool:
    if _DATE.search(words):
        return True
    return any(c.isdigit() for c in words) and any(w in DATE_WORDS for w in _WORD.findall(words.casefold()))


def _is_no_prose(words: str) -> bool:
    """Tell whether a verb, a date, small words that go with them and a name are all there is."""
    named = _WORD.findall(_ADDRESS.sub(" Address ", words))
    folded = [word.casefold() for word in named]
    beside = {place + step for place, word in enumerate(folded) if word in WROTE for step in (-1, 1)}
    beside |= {place - 1 for place, word in enumerate(named) if word == "Address"}
    return not any(
        word.islower() and word not in KNOWN_WORDS and place not in beside for place, word in enumerate(named)
    )


def _was_wrapped(lines: list[str], place: int) -> bool:
    """Tell whether a line between two quoted ones is the end of the long one above it, cut off by a mail program."""
    if not 0 < place < len(lines) - 1 or not lines[place].strip():
        return False
    above, below = lines[place - 1], lines[place + 1]
    return _is_quoted(above) and _is_quoted(below) and len(above) >= LONG_QUOTED_LINE
