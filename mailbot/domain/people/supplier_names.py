"""Suppliers' names as people write them: alike but for case, dots, spaces and a form left out; or nearly alike."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

from mailbot.domain.values.text import fold

FORMS = {
    form: forms[0]
    for forms in (
        *(("ab", "aktiebolag", "publ"), ("hb", "handelsbolag"), ("kb",), ("ek",), ("oy", "oyj"), ("as", "asa")),
        *(("aps",), ("gmbh",), ("ag",), ("bv",), ("nv",), ("sa",), ("ltd", "limited"), ("inc",)),
    )
    for form in forms
}
"""Company forms, which people leave out; each with the one that it is another way of writing."""
LONGEST = 100
"""Letters of a text that may nearly be a name."""
CLOSE = 0.8
"""How alike names are at least that a slip of the pen tells apart; 1 is the same."""

_WORD = re.compile(r"\w+")


def words_in(text: str) -> list[str]:
    """Return the words of a text, without case."""
    return _WORD.findall(fold(text))


def name_words(text: str) -> tuple[str, ...]:
    """Return the words of a name without company form and dots; of nothing but a form the form."""
    found = tuple(words_in(text.replace(".", "")))
    return tuple(word for word in found if word not in FORMS) or found


def plain_name(text: str) -> str:
    """Return what all lawful ways to write a name have in common."""
    return "".join(name_words(text))


def may_be_one(text: str, *names: str) -> bool:
    """Tell whether a text states no other company form than these names of the same words; either may state none."""
    stated, known = (
        {FORMS[word] for name in some for word in words_in(name.replace(".", "")) if word in FORMS}
        for some in ((text,), names)
    )
    return not (stated and known) or not stated.isdisjoint(known)


def near_names(text: str, names: Iterable[str]) -> set[str]:
    """Return the names that are nearly the text: a few letters differ, or one of the two has words more."""
    wanted, known = set(name_words(text[:LONGEST])), {name: _bare(name) for name in names}
    close = set(get_close_matches(_bare(text[:LONGEST]), known.values(), cutoff=CLOSE))
    within = {name for name in known if wanted and (set(name_words(name)) <= wanted or wanted <= set(name_words(name)))}
    return within | {name for name in known if known[name] in close}


def _bare(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", plain_name(text)) if not unicodedata.combining(c))
