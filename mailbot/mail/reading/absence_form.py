"""What a mail says of an absence in its subject or first line; where a day could be two, none is read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from mailbot.languages import (
    ABSENCE_WORDS,
    ANSWER_WORDS,
    QUOTING_WORDS,
    SPOKEN,
    any_pattern,
    any_phrase,
    month_beginnings,
    months,
    phrases,
)

_I_AM = (
    rf"(?:(?:{any_phrase(ABSENCE_WORDS.i_am)})\ )?"
    rf"(?:(?:{any_phrase(ABSENCE_WORDS.before_away)})\ )?"
)
_BEGINS = any_phrase(ABSENCE_WORDS.begins)
_A_DAY = rf"(?:(?:{any_phrase(ABSENCE_WORDS.before_day)})\W{{0,3}}){{0,2}}(?:\d|{month_beginnings()})"
_COMMAND = re.compile(
    rf"""(?:\[[^\]]{{0,40}}\]\s*)*
    (?: (?:(?:{any_phrase(ABSENCE_WORDS.heads)})\b[\s:;,.–-]*)?
        {_I_AM}(?P<command>{any_phrase(ABSENCE_WORDS.away)})\b
      | {_I_AM}(?P<leave>{any_phrase(ABSENCE_WORDS.leave)})\b(?=\W*{_A_DAY})
      | (?P<absence>{any_phrase(ABSENCE_WORDS.absence)})\b(?=\W*(?:(?:{_BEGINS})|{_A_DAY})) )
    \s*+:?\s*""",
    re.VERBOSE | re.IGNORECASE,
)
"""A command of ours, also behind the word that mail programs put before the subject of an absence; or a word for leave,
which says as much only before a day."""
_GREETING = re.compile(
    rf"""\s*(?:{any_phrase(ANSWER_WORDS.greeting)})\b
    (?:(?-i:(?:\ [^\W\d_a-z][\w-]*){{1,3}})(?=[,.!:\n]|\Z))?[\s,.!:–-]*""",
    re.VERBOSE | re.IGNORECASE,
)
"""A greeting with or without a name; what it greets with may follow on its line or the next."""
_ANSWERED = re.compile(rf"(?:(?:{any_phrase(QUOTING_WORDS.answered)}):\s*)+", re.IGNORECASE)
_AWAY = re.compile(rf"(?:{any_phrase(ABSENCE_WORDS.subjects)})?\W*", re.IGNORECASE)
_BACK = re.compile(rf"(?:{any_phrase(ABSENCE_WORDS.back)})\b(?:\s+(?P<who>\S.{{0,199}}?))?\s*[.!]?", re.IGNORECASE)
_SUBSTITUTE = re.compile(
    rf"\b(?:{any_phrase(ABSENCE_WORDS.substitute)})\b(?:\s+(?:{any_phrase(ANSWER_WORDS.asks)})\b)?\s*:?\s*",
    re.IGNORECASE,
)

_OUT_OF, _MY = any_phrase(ABSENCE_WORDS.out_of), any_phrase(ABSENCE_WORDS.my)
_WORK = any_phrase(ABSENCE_WORDS.work)
_SINCE, _UNTIL = phrases(ABSENCE_WORDS.since), ("&", *phrases(ABSENCE_WORDS.until))
_FROM_AND_WITH = any_pattern(x.absence.from_and_with for x in SPOKEN)
_UP_TO_AND_WITH = any_pattern(x.absence.up_to_and_with for x in SPOKEN)
_SPELT = (
    (re.compile(rf"\b(?:{_OUT_OF})\s(?:(?:{_MY})\s)?(?:{_WORK})\b", re.IGNORECASE), ""),
    (re.compile(rf"\b(?:{_FROM_AND_WITH})(?!\w)", re.IGNORECASE), _SINCE[0]),
    (re.compile(rf"\b(?:{_UP_TO_AND_WITH})(?!\w)", re.IGNORECASE), _UNTIL[1]),
)
"""What is written in several words, and the one that it means."""
_TOKEN = re.compile(
    r"""\d{4}[-/.]\d{1,2}[-/.]\d{1,2}(?!\d) | (?<!\d)\d{8}(?!\d) | \d{1,2}[/.]\d{1,2}(?:[/.-]\d{4})?(?!\d)
      | \d+ | [^\W\d_]+ | [-–—]+ | \S""",
    re.VERBOSE,
)
_MONTHS = months()
_FROM, _BETWEEN = frozenset(_SINCE), frozenset(_UNTIL)
_FILLERS = {*".,:()", *phrases(ABSENCE_WORDS.fillers)}
_ONE = "(?:D|NMY?|MNY?)"
_DAYS = re.compile(
    rf"(?P<only>F?B*)(?P<one>{_ONE})(?:B*(?P<two>{_ONE}))?|F?(?P<start>N)B+(?P<end>NMY?|D)|F?(?P<month>MN)B+(?P<last>NY?)"
)
LONGEST_OVER_NEW_YEAR = timedelta(days=180)
_NO_YEAR = 2000
"""Stands for the year of days that were written without one; it has a 29 February."""


@dataclass(frozen=True)
class AbsenceForm:
    """An absence as written: local days, both None for "back now"; `who` is "" for the sender.

    `first` alone is None for an absence from now on. The days of one that is `yearless` have no year yet.
    """

    who: str = ""
    first: date | None = None
    last: date | None = None
    substitute: str = ""
    yearless: bool = False

    def seen_from(self, today: date) -> "AbsenceForm | None":
        """Return the form with its days on this local day: without a year the next not over, None if there is none."""
        if not self.yearless:
            return replace(self, first=self.first or (today if self.last else None))
        for year in range(today.year - 1, today.year + 4):
            first, last = (
                day and _day(day.year + year - _NO_YEAR, day.month, day.day) for day in (self.first, self.last)
            )
            if last and last >= today and bool(first) == bool(self.first):
                return replace(self, first=first or today, last=last, yearless=False)
        return None


def read_absence(subject: str, words: str) -> AbsenceForm | None:
    """Return the absence that subject or first line states; None where neither does, or a day is none."""
    for text in (subject, _first_line(words)):
        if (found := _read(" ".join(text.split())[:500])) is not None:
            return found
    return None


def means_absence(subject: str, words: str = "") -> bool:
    """Tell whether a subject begins as that of an absence, or the first line does below one that says no more.

    In an answer the days may be another's: they are asked for, not read.
    """
    about = _ANSWERED.sub("", subject.strip()[:500], count=1)
    below = _AWAY.fullmatch(about) and _COMMAND.match(_first_line(words)[:500])
    return bool(_COMMAND.match(about) or below)


def _first_line(words: str) -> str:
    greeted = _GREETING.match(words)
    return next((line.strip() for line in words[greeted.end() if greeted else 0 :].splitlines() if line.strip()), "")


def _read(text: str) -> AbsenceForm | None:
    if back := _BACK.fullmatch(text):
        return AbsenceForm(back["who"] or "")
    command = _COMMAND.match(text)
    if command is None:
        return None
    said, *substitute = _SUBSTITUTE.split(text[command.end() :].rstrip(" ."), maxsplit=1)
    said = said.rstrip(" ,;.")
    for pattern, meaning in _SPELT:
        said = pattern.sub(f" {meaning} ", said)
    form = _who_and_when(_TOKEN.findall(said), said)
    return form and replace(form, substitute="".join(substitute)[:200].strip())


def _who_and_when(tokens: Sequence[str], said: str) -> AbsenceForm | None:
    """Return whose absence it is and its days: what stands before the days is a name."""
    last_name = max((n for n, token in enumerate(tokens, 1) if _kind(token) == "X"), default=0)
    who = tokens[:last_name]
    if any(token[0].isdecimal() for token in who) or len(who) > 20:
        return None
    form = _when([token for token in tokens[last_name:] if _kind(token)])
    name = said[: _end_of(who, said)].strip(" :,;")
    return form and replace(form, who=name)


def _end_of(tokens: Sequence[str], said: str) -> int:
    end = 0
    for token in tokens:
        end = said.index(token, end) + len(token)
    return end


def _kind(token: str) -> str:
    """Return what a word is in a period: day, number, year, month, from, between; "" for nothing, X for another."""
    word = token.lower()
    kinds = {
        "D": (not word.isdecimal() and word[0].isdecimal()) or (len(word) == 8 and word.isdecimal()),
        "N": word.isdecimal() and len(word) <= 2,
        "Y": word.isdecimal() and len(word) == 4,
        "M": word in _MONTHS,
        "F": word in _FROM,
        "B": word in _BETWEEN or word[0] in "-–—",
        "": word in _FILLERS,
    }
    return next((kind for kind, is_one in kinds.items() if is_one), "X")


def _when(tokens: Sequence[str]) -> AbsenceForm | None:
    shape = _DAYS.fullmatch("".join(map(_kind, tokens)))
    if shape is None:
        return None

    def at(name: str) -> Sequence[str]:
        return tokens[slice(*shape.span(name))] if shape[name] else ()

    if shape["start"] and _kind(at("end")[0]) == "D":
        day, month = re.split(r"(?=[/.])", at("end")[0], maxsplit=1)
        is_day_first = _is_day_first(at("end"))
        first, last = (_ymd([one + month], is_day_first=is_day_first) for one in (*at("start"), day))
    elif shape["start"]:
        first, last = _ymd([*at("start"), *at("end")[1:]]), _ymd(at("end"))
    elif shape["month"]:
        first, last = _ymd([*at("month"), *at("last")[1:]]), _ymd([at("month")[0], *at("last")])
    else:
        is_day_first = _is_day_first(at("one")) or _is_day_first(at("two"))
        first, last = (_ymd(day, is_day_first=is_day_first) for day in (at("one"), at("two") or at("one")))
        if shape["only"] and not shape["two"]:
            return _until(last) if shape["only"].startswith("B") else None
    return _period(first, last) if first and last else None


Day = tuple[int | None, int, int]
"""Year, month and day; the year None where none is written."""


def _is_day_first(tokens: Sequence[str]) -> bool:
    """Tell whether a day is written as 15/12, so that one beside it is too."""
    day, _, month = "".join(tokens).replace(".", "/").partition("/")
    return day.isdecimal() and 12 < int(day) <= 31 and bool(month)


def _ymd(tokens: Sequence[str], *, is_day_first: bool = False) -> Day | None:
    """Read one day; None for one that could be two: 1/7 is the first of July, and to others the seventh of January."""
    numbers = [int(part) for part in re.findall(r"\d+", " ".join(tokens))]
    months = [_MONTHS[token.lower()] for token in tokens if token.lower() in _MONTHS]
    if months:
        return (numbers[1] if len(numbers) > 1 else None), months[0], numbers[0]
    if len(numbers) == 1:
        whole = tokens[0]
        return int(whole[:4]), int(whole[4:6]), int(whole[6:])
    if numbers[0] > 31:
        return numbers[0], numbers[1], numbers[2]
    day, month, year = numbers[0], numbers[1], (numbers[2] if len(numbers) > 2 else None)
    return (year, month, day) if is_day_first or day > 12 or day == month else None


def _until(last: Day | None) -> AbsenceForm | None:
    found = _day(last[0] or _NO_YEAR, *last[1:]) if last else None
    return AbsenceForm("", None, found, yearless=last is not None and last[0] is None) if found else None


def _period(first: Day, last: Day) -> AbsenceForm | None:
    """Return the period; the year of one day is that of the other, or the next one over New Year."""
    over = int(first[1:] > last[1:])
    year = first[0] or (last[0] - over if last[0] else _NO_YEAR)
    begins = _day(year, *first[1:])
    ends = _day(last[0] or year + over, *last[1:])
    yearless = first[0] is None and last[0] is None
    if yearless and over and begins and ends and ends - begins > LONGEST_OVER_NEW_YEAR:
        return None  # `15 december till 11 december` is turned over, and no year away
    return AbsenceForm("", begins, ends, yearless=yearless) if begins and ends else None


def _day(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
