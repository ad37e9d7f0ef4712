"""Values of the domain as JSON in a column, and back; how is worked out from their types, once for each when needed."""

from typing import Any, TypeVar

from pydantic import TypeAdapter

T = TypeVar("T")


_shapes: dict[type, TypeAdapter[Any]] = {}


def _shape(kind: type) -> TypeAdapter[Any]:
    return _shapes.get(kind) or _shapes.setdefault(kind, TypeAdapter(kind))


def to_json(value: object) -> str:
    """Return the value as a column holds it."""
    return _shape(type(value)).dump_json(value).decode()


def from_json(kind: type[T], text: str) -> T:
    """Return what a column holds as a value of this kind."""
    value: T = _shape(kind).validate_json(text)
    return value
