"""What is wrong with a file's shape, in words: one plain line each, with file, key and remedy."""

import difflib
from collections.abc import Iterable
from typing import get_args

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from mailbot.settings.values import shown

_WORDS = {
    "missing": "is missing; add it",
    "bool_type": "is neither true nor false; write one of them, without quotes",
    "string_type": "is not text; write it in quotes",
    "int_type": "is not a whole number; write it without quotes and decimals",
    "date_type": "is not a date; write it without quotes, such as 2026-01-31",
    "tuple_type": "is not a list; write it in brackets, and tables of one kind as [[name]]",
    "model_type": "is not a table; write [name] above its keys",
    "greater_than_equal": "is too small; write at least {ge}",
    "less_than_equal": "is too large; write at most {le}",
    "literal_error": "is not a known value; write {expected}",
    "enum": "is not a known value; write {expected}",
    "value_error": "{error}",
}
_OTHERWISE = "is not valid; compare it with config/defaults.toml and config/example"


class ConfigError(Exception):
    """The configuration cannot be used; `problems` says why, one plain line each."""

    def __init__(self, problems: Iterable[str]) -> None:
        """Keep the problems; each names file, key, what is wrong and the remedy."""
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


def sentence(model: type[BaseModel], file: str, error: ErrorDetails) -> str:
    """Return what pydantic found wrong with the file of this model; only a reading shows its value."""
    path = error["loc"]
    if error["type"] == "extra_forbidden":
        words = _unknown_key(str(path[-1]), _known_keys(model, path))
    else:
        words = _WORDS.get(error["type"], _OTHERWISE).format(**error.get("ctx", {}))
    return f"{file}: {_place(path)} {words}."


def _unknown_key(key: str, known: list[str]) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    remedy = f"write {near[0]}" if near else f"remove it, or write one of {', '.join(known)}"
    return f"is not a known key; {remedy}"


def _known_keys(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Return the keys that may stand where the path's last one stands."""
    if len(path) > 1:
        kind = model.model_fields[str(path[0])].annotation
        model = (get_args(kind) or (kind,))[0]
    return [field.alias or name for name, field in model.model_fields.items()]


def _place(path: tuple[int | str, ...]) -> str:
    """Return the key as a reader finds it: `[relay] retry no. 2`, `[[right]] no. 3 from`."""
    table, *rest = (f"no. {part + 1}" if isinstance(part, int) else shown(part)[1:-1] for part in path)
    first = f"[[{table}]]" if rest and isinstance(path[1], int) else f"[{table}]"
    return " ".join([first, *rest])
