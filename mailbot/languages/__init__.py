"""The languages that this process reads and offers, and how the readers take their words together.

A reader takes a mail in any of them, whatever language the bot itself speaks: each of its tables and patterns is made
of the words of all, when the process starts. `MAILBOT_LANGUAGES` names the files of further languages, as PATH names
folders. Reading children take it over.
"""

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TypeVar

from mailbot.domain.people.scheme import SchemeKey
from mailbot.domain.values.vocabulary import Vocabulary
from mailbot.languages.files import SHIPPED, language_in, read_in_part
from mailbot.languages.language import Language, ReadOnly

Topic = TypeVar("Topic")


_FURTHER = filter(None, os.environ.get("MAILBOT_LANGUAGES", "").split(os.pathsep))
SPOKEN: tuple[Language, ...] = tuple(
    language_in(file) for file in (SHIPPED / "sv.toml", SHIPPED / "en.toml", *map(Path, _FURTHER))
)
"""Read and offered; where a text is for nobody in particular, it is in the first."""
BY_CODE: Mapping[str, Language] = {language.code: language for language in SPOKEN}
LANGUAGES = tuple(BY_CODE)
"""Their codes."""
KNOWN: tuple[ReadOnly, ...] = (*SPOKEN, *read_in_part(SHIPPED / "others.toml").values())
"""All in which an answer, a quoted mail or a program's mail is read."""


def words(text: str) -> tuple[str, ...]:
    """Return the words that stand between spaces, each once."""
    return tuple(dict.fromkeys(text.split()))


def phrases(text: str) -> tuple[str, ...]:
    """Return the phrases that stand between commas, each once."""
    return tuple(dict.fromkeys(filter(None, (" ".join(part.split()) for part in text.split(",")))))


def alternatives(found: Iterable[str]) -> str:
    """Return the pattern of any of the phrases, none at all fits never; `*` stands for the rest of a word."""
    longest_first = sorted(found, key=len, reverse=True)
    return "|".join(re.escape(phrase).replace(r"\*", r"\w*") for phrase in longest_first) or "(?!)"


def any_phrase(text: str) -> str:
    """Return the pattern of any of the phrases that stand between commas."""
    return alternatives(phrases(text))


def any_pattern(patterns: Iterable[str]) -> str:
    """Return the pattern of any of the patterns; of none it never fits."""
    return "|".join(filter(None, patterns)) or "(?!)"


def months() -> Mapping[str, int]:
    """Return the names of months in all spoken languages, long and short, with their numbers."""
    return {
        name: number
        for language in SPOKEN
        for number, names in enumerate(language.months.split("|"), 1)
        for name in names.split()
    }


def month_beginnings() -> str:
    """Return the pattern of how the names of months begin."""
    return alternatives({name[:3] for name in months()})


def _together(topics: Iterable[Topic], between: str) -> Topic:
    first, *others = topics
    joined: dict[str, object] = {}
    for name in vars(first):
        values = [getattr(topic, name) for topic in (first, *others)]
        if isinstance(values[0], str):
            joined[name] = between.join(filter(None, values))
        elif isinstance(values[0], Mapping):
            joined[name] = {key: value for found in values for key, value in found.items()}
    return type(first)(**(vars(first) | joined))


LINE_WORDS = _together((x.lines for x in SPOKEN), " ")
TEXT_WORDS = _together((x.text for x in SPOKEN), ", ")
SUM_WORDS = _together((x.sums for x in SPOKEN), ", ")
COMMAND_WORDS = _together((x.commands for x in SPOKEN), ", ")
ABSENCE_WORDS = _together((x.absence for x in SPOKEN), ", ")
ANSWER_WORDS = _together((x.answers for x in KNOWN), ", ")
QUOTING_WORDS = _together((x.quoting for x in KNOWN), ", ")
PROGRAM_WORDS = _together((x.programs for x in KNOWN), "|")
AUTOMATIC_WORDS = _together((x.automatic for x in KNOWN), "|")
"""The words of all languages together, topic by topic; what is no text is the first language's."""
_AMOUNTS, _SCHEME = _together((x.amounts for x in SPOKEN), " "), _together((x.scheme for x in SPOKEN), ", ")
VOCABULARY = Vocabulary(
    currencies=_AMOUNTS.currencies,
    multiples=_AMOUNTS.multiples,
    currency_names=_AMOUNTS.currency_names,
    included=frozenset(words(_AMOUNTS.included)),
    excluded=frozenset(words(_AMOUNTS.excluded)),
    tax=frozenset(words(_AMOUNTS.tax)),
    now=frozenset(phrases(_SCHEME.now)),
    no_limit=frozenset(phrases(_SCHEME.none)),
    yes=frozenset(phrases(_SCHEME.yes)),
    no=frozenset(phrases(_SCHEME.no)),
    scheme_title=SPOKEN[0].scheme.title.lower(),
    own_area=SPOKEN[0].scheme.labels[SchemeKey.OWN_AREA].lower(),
    unstated=frozenset(phrases(_SCHEME.unstated)),
    oneself=frozenset(phrases(_SCHEME.oneself)),
    months=months(),
)
"""What the domain reads amounts and forms by; a bot's policy holds it."""
