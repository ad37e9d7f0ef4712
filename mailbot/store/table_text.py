"""Tables as text: `person_id int? people.id` is a column of integers, NULL allowed, that refers to people.

Tables and migrations are written so; a word never changes its meaning.
"""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem

_KINDS = {
    "int": sa.Integer,
    "text": sa.String,
    "long": sa.Text,
    "day": sa.Date,
    "bool": sa.Boolean,
    "bytes": sa.LargeBinary,
}


def parts_of_table(columns: str, key: str, time: type[Any]) -> list[SchemaItem]:
    """Return the columns and constraints; `key` has the columns of the primary key, `time` is the type of moments."""
    kinds: dict[str, type[Any]] = _KINDS | {"time": time}
    parts: list[SchemaItem] = []
    marks: list[SchemaItem] = [sa.PrimaryKeyConstraint(*key.split())]
    for column in columns.split(", "):
        name, kind, *more = column.split()
        parts.append(sa.Column(name, kinds[kind.rstrip("?")](), nullable=kind.endswith("?")))
        marks += [sa.UniqueConstraint(name) if m == "unique" else sa.ForeignKeyConstraint([name], [m]) for m in more]
    return parts + marks
