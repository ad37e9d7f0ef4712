"""The form `Beställningsordning`: a mail's text to a Scheme, and a Scheme to the text that a person fills in."""

import re
from dataclasses import dataclass, field

from mailbot.domain.people.scheme import TAKES, Scheme, SchemeEntry, SchemeKey
from mailbot.domain.values.text import fold
from mailbot.languages import QUOTING_WORDS, SPOKEN, any_phrase
from mailbot.mail.reading.bodies import Bodies
from mailbot.mail.reading.reply import OwnAndQuoted

MAX_LINES = 2_000
MAX_LINE = 1_000
MAX_VALUE = 300
MAX_NOTES = 30
TITLES = {language.code: language.scheme.title for language in SPOKEN}
LABELS = {language.code: language.scheme.labels for language in SPOKEN}
_KEYS = {fold(label): item for labels in LABELS.values() for item, label in labels.items()}
_KEYS |= {label: item for language in SPOKEN for label, item in language.scheme.other_labels.items()}
_TITLES = {fold(title) for title in TITLES.values()} | {t for language in SPOKEN for t in language.scheme.other_titles}
_ANSWERED = re.compile(rf"^(?:(?:{any_phrase(QUOTING_WORDS.answered)})\s*(?:\[\d+\])?\s*:\s*)+")
_BULLET = re.compile(r"^(?:[-*•·–]|\d{1,2}[.)])\s+")
_APPROVER = {fold(labels[SchemeKey.APPROVER]) for labels in LABELS.values()}
_DAY = re.compile(r"\b20\d\d-\d\d-\d\d\b")
_KEY_END = re.compile("[:：|\t]")
_MARKS = "*_#=- \t|"
_BEFORE = re.compile(r"^(?:[*_#=\s|:]|-(?!\d))+")  # before a digit it is a minus sign
_SPACES = re.compile(r"[^\S\t\n]+")


def scheme_in(subject: str, bodies: Bodies) -> Scheme | None:
    """Return the scheme that a mail holds by its subject or first line, None for another mail.

    What text and HTML give differently is a conflict.
    """
    texts = [words for words in (bodies.plain, bodies.html) if words.everything.strip()]
    if not _titled(subject) and not (texts and _begins_titled(texts[0].own)):
        return None
    schemes = [_read(words) for words in texts] or [Scheme()]
    first, second = schemes[0], schemes[-1]
    if not first.entries or _bare(first) == _bare(second):
        return second
    return first if not second.entries else _conflicting(first, second)


def scheme_of_prose(text: str) -> Scheme | None:
    """Return the beginning of a scheme for prose that speaks of approvers, with the first day that it names."""
    if not any(label in fold(text) for label in _APPROVER):
        return None
    found = _DAY.search(text)
    return Scheme(entries=(SchemeEntry({SchemeKey.FROM: found[0]} if found else {}),))


def _titled(subject: str) -> bool:
    bare = _ANSWERED.sub("", fold(subject))
    return any(bare == title or bare.startswith((f"{title} ", f"{title}:", f"{title},")) for title in _TITLES)


def _begins_titled(own: str) -> bool:
    line = next((line for line in own.split("\n") if line.strip(_MARKS)), "")
    return fold(line[:MAX_LINE].strip(_MARKS + ":")) in _TITLES


def _read(words: OwnAndQuoted) -> Scheme:
    """Read what the sender wrote; a form that stands only in a mail passed on or quoted is marked so."""
    own = read_scheme(words.own)
    if own.entries or own.unit:
        return own
    found = read_scheme(words.everything)
    return Scheme(found.unit, found.entries, found.units, bool(found.entries or found.unit), found.notes)


def _bare(scheme: Scheme) -> tuple[object, ...]:
    entries = [{key: fold(value) for key, value in entry.fields.items()} for entry in scheme.entries]
    return fold(scheme.unit), entries, scheme.forwarded


def _conflicting(first: Scheme, second: Scheme) -> Scheme:
    """Return a scheme that nobody can confirm: the mail's two forms differ."""
    differing = SchemeEntry(first.entries[0].fields, (SchemeKey.APPROVER,))
    return Scheme(first.unit, (differing, *first.entries[1:]), first.units, first.forwarded, first.notes + second.notes)


def read_scheme(text: str) -> Scheme:
    """Sort a text under the form's keys; each person begins an entry, what stands before the first is for all."""
    reader = _Reader()
    for line in text.split("\n")[:MAX_LINES]:
        if line.rstrip() == "--":
            break
        reader.take(_SPACES.sub(" ", line[:MAX_LINE]).strip(" "))
    return reader.scheme()


@dataclass
class _Reader:
    units: list[str] = field(default_factory=list)
    shared: dict[SchemeKey, str] = field(default_factory=dict)
    entries: list[dict[SchemeKey, str]] = field(default_factory=list)
    conflicts: list[list[SchemeKey]] = field(default_factory=lambda: [[]])
    notes: list[str] = field(default_factory=list)
    open_key: SchemeKey | None = None

    def take(self, line: str) -> None:
        """Take in one line: a key, the value of the key above, or a note."""
        bare = _BULLET.sub("", line)
        key, value = _pair(bare)
        if not line.strip(_MARKS):
            self.open_key = None
        elif key is not None:
            self._give(key, value)
        elif self.open_key is not None:
            self._give(self.open_key, bare.strip(_MARKS))
        elif fold(bare.strip(_MARKS + ":")) not in _TITLES:
            self.notes.append(line)

    def _give(self, key: SchemeKey, value: str) -> None:
        value = value[:MAX_VALUE]
        self.open_key = None if value else key
        if not value:
            return
        if key is SchemeKey.UNIT:
            self.units += [value] if fold(value) not in map(fold, self.units) else []
            return
        if key in {SchemeKey.APPROVER, SchemeKey.APPOINTER}:
            self.entries.append({})
            self.conflicts.append([])
        held = self.entries[-1] if self.entries else self.shared
        if key in held and fold(held[key]) != fold(value):
            self.conflicts[-1].append(key)
        held.setdefault(key, value)

    def scheme(self) -> Scheme:
        """Return what was taken in."""
        entries = tuple(map(self._entry, self.entries, self.conflicts[1:]))
        if not entries and self.shared:
            entries = (SchemeEntry(dict(self.shared), tuple(self.conflicts[0])),)
        unit, notes = self.units[0] if self.units else "", tuple(self.notes[:MAX_NOTES])
        return Scheme(unit, entries, tuple(self.units), notes=notes)

    def _entry(self, own: dict[SchemeKey, str], differing: list[SchemeKey]) -> SchemeEntry:
        """Join what is for all to what is said of a person; of what is taken away it can only say when."""
        fields = {**self.shared, **own}
        if TAKES & fields.keys():
            fields = {key: value for key, value in fields.items() if key in own or key in TAKES}
        conflicts = [key for key in self.conflicts[0] if key in fields]
        return SchemeEntry(fields, tuple(dict.fromkeys((*conflicts, *differing))))


def _pair(line: str) -> tuple[SchemeKey | None, str]:
    key, *value = _KEY_END.split(line.strip("|"), maxsplit=1)
    if not value:
        return None, ""
    return _KEYS.get(fold(key.strip(_MARKS + ">"))), _BEFORE.sub("", value[0]).rstrip(_MARKS + ":")


def write_scheme(scheme: Scheme, language: str, keys: tuple[SchemeKey, ...] = ()) -> str:
    """Return the form as text to edit and send: what it holds, and with `keys` these too, even where they are empty."""
    labels = LABELS[language]
    rows = [TITLES[language], "", f"{labels[SchemeKey.UNIT]}: {scheme.unit}".rstrip()]
    for entry in scheme.entries or (SchemeEntry(),):
        others = {SchemeKey.UNIT, SchemeKey.APPROVER, SchemeKey.APPOINTER} - {entry.names}
        shown = [i for i in SchemeKey if i in entry.fields or i in {*keys} - others]
        rows += ["", *(f"{labels[i]}: {entry.fields.get(i, '')}".rstrip() for i in shown)]
    return "\n".join(rows)
