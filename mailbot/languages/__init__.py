"""The languages that this process reads and offers, and how the readers take their words together.

A reader takes a mail in any of them, whatever language the bot itself speaks: each of its tables and patterns is made
of the words of all, when the process starts. `MAILBOT_LANGUAGES` names modules of further languages, each with a
`LANGUAGE` of its own: between spaces, as Python finds them. Reading children take it over.
"""

import os
import re
from collections.abc import Iterable, Mapping
from importlib import import_module

from mailbot.domain.values.vocabulary import Vocabulary
from mailbot.languages import en, sv
from mailbot.languages.language import Language, ReadOnly
from mailbot.languages.others import OTHERS


def _further(names: str) -> Iterable[Language]:
    for name in names.split():
        language: Language = import_module(name).LANGUAGE
        yield language


SPOKEN: tuple[Language, ...] = (sv.LANGUAGE, en.LANGUAGE, *_further(os.environ.get("MAILBOT_LANGUAGES", "")))
"""Read and offered; where a text is for nobody in particular, it is in the first."""
BY_CODE: Mapping[str, Language] = {language.code: language for language in SPOKEN}
LANGUAGES = tuple(BY_CODE)
"""Their codes."""
KNOWN: tuple[ReadOnly, ...] = (*SPOKEN, *OTHERS.values())
"""All in which an answer, a quoted mail or a program's mail is read."""


def words(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the words that stand between spaces, each once."""
    return tuple(dict.fromkeys(word for text in texts for word in text.split()))


def phrases(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the phrases that stand between commas, each once."""
    parts = (" ".join(part.split()) for text in texts for part in text.split(","))
    return tuple(dict.fromkeys(filter(None, parts)))


def alternatives(found: Iterable[str]) -> str:
    """Return the pattern of any of the phrases, the longest first; `*` in one stands for the rest of a word.

    Of no phrases the pattern never fits.
    """
    longest_first = sorted(found, key=len, reverse=True)
    return "|".join(re.escape(phrase).replace(r"\*", r"\w*") for phrase in longest_first) or "(?!)"


def any_phrase(texts: Iterable[str]) -> str:
    """Return the pattern of any of the phrases that stand between commas."""
    return alternatives(phrases(texts))


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


VOCABULARY = Vocabulary(
    currencies={word: code for language in SPOKEN for word, code in language.amounts.currencies.items()},
    multiples={word: factor for language in SPOKEN for word, factor in language.amounts.multiples.items()},
    currency_names={word: code for language in SPOKEN for word, code in language.amounts.currency_names.items()},
    included=frozenset(words(x.amounts.included for x in SPOKEN)),
    excluded=frozenset(words(x.amounts.excluded for x in SPOKEN)),
    tax=frozenset(words(x.amounts.tax for x in SPOKEN)),
    now=frozenset(phrases(x.scheme.now for x in SPOKEN)),
    no_limit=frozenset(phrases(x.scheme.none for x in SPOKEN)),
    yes=frozenset(phrases(x.scheme.yes for x in SPOKEN)),
    no=frozenset(phrases(x.scheme.no for x in SPOKEN)),
    scheme_title=SPOKEN[0].scheme.title.lower(),
)
"""What the domain reads amounts and forms by; a bot's policy holds it."""
