"""The words of every named value of the domain; wording.toml has them, in English: the ids that locale/ translates."""

import tomllib
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

_PREFIXED = (("flag", "flag"), ("ignored", "ignored"), ("mail", "NoticeKind"))
"""What the log, the inbox and the outbox keep as text begins with its kind, whose words are in a table."""


@cache
def tables() -> Mapping[str, Mapping[str, Any]]:
    """Return the words by table, which is named after an enumeration, and by value."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def statements(version: str) -> tuple[str, ...]:
    """Return what an approval certifies, by the version of the wording; of "" nothing."""
    return tuple(tables()["statements"].get(version, ()))


def text(name: str | StrEnum) -> str:
    """Return the words for a member of an enumeration or for a plain name; KeyError when there are none.

    By type and value, never by value alone: two enumerations may share one (both "rejected").
    """
    own: Mapping[str, str] = tables().get(type(name).__name__, {})
    return own[str(name)] if str(name) in own else _names()[str(name)]


@cache
def _names() -> Mapping[str, str]:
    known = tables()
    prefixed = {f"{prefix} {name}": words for prefix, table in _PREFIXED for name, words in known[table].items()}
    return {**known["names"], **known["Happened"], **known["Proof"], **known["Doubt"], **prefixed}


def messages(file: BinaryIO, *_: object, **__: object) -> Iterator[tuple[int, None, str, list[str]]]:
    """Yield the texts of wording.toml as Babel takes them: place, no function, text, no comments."""
    found = [value for table in tomllib.load(file).values() for value in table.values()]
    texts = [text for value in found for text in ([value] if isinstance(value, str) else value)]
    yield from ((place, None, text, []) for place, text in enumerate(texts, 1))
