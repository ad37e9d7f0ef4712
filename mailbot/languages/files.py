"""Reads the files of words: one for a language that is offered, one for all that are read in part."""

import tomllib
from collections.abc import Mapping
from dataclasses import is_dataclass
from pathlib import Path
from typing import Any, TypeVar

from mailbot.domain.people.scheme import SchemeKey
from mailbot.domain.values.order import Field
from mailbot.languages.language import Column, Language, ReadOnly

SHIPPED = Path(__file__).parent

_KEYS: dict[str, type[Field | SchemeKey]] = {"order": Field, "scheme": SchemeKey}
"""What the labels of a topic name."""

T = TypeVar("T")
Table = dict[str, Any]


def language_in(file: Path) -> Language:
    """Return the language of a file, whose catalogue is beside it unless it ships.

    Raises OSError, ValueError for what is no TOML, and TypeError or AttributeError that name what no language has.
    """
    table = _read(file)
    columns = {Column(name): words for name, words in table.pop("columns", {}).items()}
    catalogues = None if file.parent == SHIPPED else file.parent
    return _built(Language(code="", name=""), table | {"columns": columns, "catalogues": catalogues})


def read_in_part(file: Path) -> Mapping[str, ReadOnly]:
    """Return the languages of a file by code."""
    return {code: _built(ReadOnly(), table) for code, table in _read(file).items()}


def _read(file: Path) -> Table:
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _built(empty: T, table: Table) -> T:
    """Return what is like `empty` with the values of the table: topics within topics, and texts between bars."""
    return type(empty)(**vars(empty) | {name: _value(name, getattr(empty, name), table[name]) for name in table})


def _value(name: str, empty: object, value: Any) -> object:  # noqa: ANN401 - whatever TOML holds
    if is_dataclass(empty):
        return _built(empty, _keyed(_KEYS[name], value) if name in _KEYS else value)
    if not isinstance(value, list):
        return value
    if isinstance(empty, str):
        return "|".join(value)
    return tuple(tuple(one) if isinstance(one, list) else one for one in value)


def _keyed(kind: type[Field | SchemeKey], table: Table) -> Table:
    """Return the table with each label's name as what it is."""
    labels = {kind(name): label for name, label in table.get("labels", {}).items()}
    others = {label: kind(name) for label, name in table.get("other_labels", {}).items()}
    return table | {"labels": labels, "other_labels": others}
