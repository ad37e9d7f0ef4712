"""What an answer comes to: a bare yes or no, thanks, a reaction, a decision, or words that say more.

Only a whole text means anything, greeting and signature apart: "ok men varför två?" is words.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from mailbot.domain.values.order import Form
from mailbot.domain.values.text import fold
from mailbot.languages import ANSWER_WORDS, COMMAND_WORDS, any_phrase, phrases
from mailbot.mail.reading.lexer import kinds_of, shape
from mailbot.mail.reading.readings import is_prose


class Gist(StrEnum):
    """What the own text of an answer comes to."""

    NOTHING = "nothing"
    YES = "yes"
    NO = "no"
    THANKS = "thanks"
    REACTION = "reaction"
    WORDS = "words"


class Keyword(StrEnum):
    """What a reply can decide."""

    APPROVE = "approve"
    REJECT = "reject"


class _Polite(StrEnum):
    """What may stand around the rest and says nothing."""

    GREETING = "greeting"
    CLOSING = "closing"
    FILLER = "filler"


_Kind = Gist | _Polite

_SIGNS: dict[_Kind, str] = {Gist.YES: "👍👌✅✔☑🆗🙆🤙", Gist.NO: "👎❌⛔🚫🛑🙅", Gist.THANKS: "🙏"}
"""Pictures that stand for a word; any other says nothing beside words, and is a reaction where it stands alone."""

MAX_TEXT = 300
"""Letters of a text that may come to no more than a yes, a no or thanks."""
MAX_NAME = 3
"""Words of a name behind a greeting or a closing; behind other phrases it has one, as in "Tack Eva"."""
MAX_SIGNATURE = 15
"""Lines of a signature, blank ones apart."""
MAX_INITIALS = 2
MIN_SENTENCE = 4
"""Words of the shortest sentence below a closing."""
LAST_ASCII = 0x7F

_SMILEY = re.compile(r"(?<![^\s.!,])[:;]-?[)(DPp](?!\w)")
_SENTENCE = re.compile(r"[.!;:…()\"”“|]+|\s[-–—/]+\s|[–—]")
_SIGNED = re.compile(r"(?:^|(?<=\s))//? ?(?=[^\W\d_])")
_TRIM = "*_~'’ \t\u00a0"


_KNOWN: dict[tuple[str, ...], _Kind] = {
    tuple(fold(phrase).split()): kind
    for kind in (Gist.YES, Gist.NO, Gist.THANKS, *_Polite)
    for phrase in phrases(getattr(ANSWER_WORDS, kind))
}
_KEYWORDS = {phrase: keyword for keyword in Keyword for phrase in phrases(getattr(COMMAND_WORDS, keyword))}
_LONGEST = max(map(len, _KNOWN))
_MORE = {tuple(phrase.split()) for phrase in ("+", *phrases(ANSWER_WORDS.adding))}
_ANEW = re.compile(rf"(?:{any_phrase(ANSWER_WORDS.anew)})[.:!]*")
_WORDS_FIRST = shape("[^NUMBER AT WEAK_AT CURRENCY]+ NUMBER (?:COUNT | TIMES | WORD).*")
_REACTED = phrases(ANSWER_WORDS.reacted)
_ASKS = frozenset(phrases(ANSWER_WORDS.asks))


def decision_in(words: str) -> tuple[Keyword, str] | None:
    """Return the keyword alone on the first own line, and all text below it as a comment.

    "Godkänns inte", a quoted word (docs/rules/mail.md#replies), or the other keyword alone below, is no decision.
    """
    first, _, rest = words.strip().partition("\n")
    keyword = _keyword(first)
    contradicted = any(_keyword(line) not in {None, keyword} for line in rest.split("\n"))
    return (keyword, rest.strip()) if keyword and not contradicted else None


def _keyword(line: str) -> Keyword | None:
    return _KEYWORDS.get(unicodedata.normalize("NFC", line).strip().strip(" .!*").casefold())


def says_all(form: Form) -> bool:
    """Tell whether own words say that the lines of an answer are all there is (`Ny lista:`)."""
    return any(_ANEW.fullmatch(fold(note)) for note in form.notes)


def may_keep_others(form: Form, text: str) -> bool:
    """Tell whether the lines of an answer may leave others as they are: words of its own stand beside or in them.

    Only its `text` can say that they are all there is.
    """
    if says_all(form):
        return False
    named = [fold(line.description).split() for line in form.lines]
    if any({tuple(words[:n]), tuple(words[-n:])} & _MORE for words in named for n in (1, 2)):
        return True
    is_plus = any(line.lstrip().startswith("+ ") for line in text.split("\n"))
    return is_plus or bool(form.notes) or any(map(_WORDS_FIRST.fullmatch, map(kinds_of, form.unread)))


@dataclass(frozen=True)
class AnswerText:
    """An answer's own `text` without its signature, what it comes to, and its lines that are more than polite."""

    text: str
    gist: Gist
    telling: frozenset[str] = frozenset()


NOTHING_SAID = AnswerText("", Gist.NOTHING)


def read_said(words: str, name: str = "", *, reacted: bool = False) -> AnswerText:
    """Read the own words of an answer; `name` is what its sender is called, `reacted` that a program says it reacts."""
    names = frozenset(fold(name).replace(".", " ").replace(",", " ").split())
    text = _without_signature(words.strip(), names)
    if reacted or _is_reaction(text):
        return AnswerText(text, Gist.REACTION)
    telling = (line for line in text.split("\n") if _tells(line, names))
    return AnswerText(text, _gist(text, names), frozenset(" ".join(line.split()) for line in telling))


def _tells(line: str, names: frozenset[str]) -> bool:
    return any(_kinds(sentence, names, goes_on=behind) is None for sentence, behind in _sentences(line))


def _is_reaction(text: str) -> bool:
    """Tell whether a program wrote it for somebody who reacted, or it is nothing but pictures that are no word."""
    if len(text) > MAX_TEXT:
        return False
    bare = " ".join(fold(_without_pictures(text)).replace("<", " ").split())
    said = bare.partition(" http")[0].strip(" .:_-")
    if not said:
        return bool(text) and not any(sign in text for sign in _SIGNS[Gist.YES] + _SIGNS[Gist.NO] + _SIGNS[Gist.THANKS])
    phrase = next((phrase for phrase in _REACTED if said.endswith(phrase)), None)
    return phrase is not None and len(said.removesuffix(phrase).split()) <= 2 * MAX_NAME


def _gist(text: str, names: frozenset[str]) -> Gist:
    if not text:
        return Gist.NOTHING
    if len(text) > MAX_TEXT or "?" in text:
        return Gist.WORDS
    found: set[_Kind] = {kind for kind, signs in _SIGNS.items() if any(sign in text for sign in signs)}
    for sentence, goes_on in _sentences(_without_pictures(text)):
        kinds = _kinds(sentence, names, goes_on=goes_on)
        if kinds is None:
            return Gist.WORDS
        found |= kinds
    if Gist.YES in found and Gist.NO in found:
        return Gist.WORDS
    return next((gist for gist in (Gist.YES, Gist.NO, Gist.THANKS) if gist in found), Gist.WORDS)


def _without_pictures(text: str) -> str:
    """Return the text without pictures, and what changes their colour or joins them."""
    plain = (" " if unicodedata.category(c) in {"So", "Sk", "Mn", "Cf"} and ord(c) > LAST_ASCII else c for c in text)
    return _SMILEY.sub(" ", "".join(plain))


def _sentences(text: str) -> Iterator[tuple[list[str], bool]]:
    """Yield the words between marks, and whether they go on behind a comma."""
    for line in text.split("\n"):
        for sentence in _SENTENCE.split(line):
            for place, part in enumerate(sentence.split(",")):
                if words := [word for w in part.split() if (word := w.strip(_TRIM + "/"))]:
                    yield words, place > 0


def _kinds(words: Sequence[str], names: frozenset[str], *, goes_on: bool) -> set[_Kind] | None:
    """Return the kinds of the phrases that a sentence is made of; None where it says more."""
    folded = [fold(word) for word in words]
    found: set[_Kind] = set()
    place = 0
    if folded[0] in _ASKS:
        return None
    while place < len(words):
        height = next((n for n in range(_LONGEST, 0, -1) if tuple(folded[place : place + n]) in _KNOWN), 0)
        if height:
            found.add(_KNOWN[tuple(folded[place : place + height])])
            place += height
        elif _is_name(words[place:], names, most=_room_for_name(found) if place else int(goes_on)):
            break
        else:
            return None
    return found


def _room_for_name(found: set[_Kind]) -> int:
    """Return how long a name may be behind phrases: "Tack, Avbryt Beställningen" names nobody."""
    return MAX_NAME if found & {_Polite.GREETING, _Polite.CLOSING} else 1


def _is_name(words: Sequence[str], names: frozenset[str], *, most: int) -> bool:
    """Tell whether the words are a name: the sender's, or anybody's of at most so many words."""
    if all(fold(word) in names for word in words):
        return True
    return len(words) <= most and all(_is_capitalised(word) for word in words)


def _is_capitalised(word: str) -> bool:
    return word[0].isupper() and (len(word) <= MAX_INITIALS or not word.isupper())


def _without_signature(text: str, names: frozenset[str]) -> str:
    """Return the text above a closing ("Mvh", "/Eva", the name alone) if little follows that asks nothing."""
    lines = text.split("\n")
    written = [place for place, line in enumerate(lines) if line.strip()]
    for place in written[-MAX_SIGNATURE - 1 :]:
        kept = _before_closing(lines[place], names, first=not place)
        if kept is not None and not _says_more(lines[place + 1 :]):
            return "\n".join([*lines[:place], kept]).strip("\n ")
    return text


def _before_closing(line: str, names: frozenset[str], *, first: bool) -> str | None:
    """Return what stands before a closing on its line; None where there is none."""
    signed = _SIGNED.search(line)
    if signed and _is_name(line[signed.end() :].replace(",", " ").split() or [" "], names, most=MAX_NAME):
        return line[: signed.start()].rstrip(" \t,")
    words = [word for w in line.split() if (word := w.strip(_TRIM + ".,!:-–"))]
    folded = [fold(word) for word in words]
    if words and not first and (all(w in names for w in folded) or _begins_with_name(line, names)):
        return ""
    closing = next((n for n in range(_LONGEST, 0, -1) if _KNOWN.get(tuple(folded[:n])) is _Polite.CLOSING), 0)
    rest = words[closing:]
    return "" if closing and (not rest or _is_name(rest, names, most=MAX_NAME)) else None


def _begins_with_name(line: str, names: frozenset[str]) -> bool:
    """Tell whether a line says a whole name and then, behind a mark, what its owner is."""
    name, mark, _ = re.sub(r"\s*[|,–—]\s*|\s+-\s+", "\n", line.strip(_TRIM), count=1).partition("\n")
    words = fold(name).split()
    return bool(mark) and len(words) > 1 and all(word in names for word in words)


def _says_more(lines: Sequence[str]) -> bool:
    """Tell whether what stands below a closing asks something, or is a sentence: no signature has either."""
    own = [line.partition("http")[0] for line in lines]
    return any(
        "?" in x or fold(x.strip(_TRIM)).startswith(("ps", "p.s")) or (len(x.split()) >= MIN_SENTENCE and is_prose(x))
        for x in own
    )
