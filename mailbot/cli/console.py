"""What commands share: options, the two consoles, tables and JSON, and how a command ends in one plain line."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from mailbot.terminal import visible

if TYPE_CHECKING:
    from mailbot.cli.as_json import Value

out, err = Console(highlight=False, soft_wrap=True), Console(stderr=True, highlight=False, soft_wrap=True)

BAD_CONFIG, FAILED = 2, 1
"""With the first it is of no use to start again before a person has done something."""
Config = Annotated[
    Path, typer.Option("--config", help="The folder with mailbot.toml, organisation.toml, suppliers.toml.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, in the shape that docs/operating.md describes.")]
ListLimit = Annotated[int, typer.Option(help="How many, newest first.")]


def fail(lines: str, code: int = FAILED) -> NoReturn:
    """End the command with these lines."""
    err.print(lines, markup=False)
    raise typer.Exit(code)


def say(lines: Iterable[str]) -> None:
    """Print lines as they are, each once it is there."""
    for line in lines:
        out.print(line, markup=False)


def table(names: str) -> Table:
    """Return a table whose first column, which other commands are given, is never cut; the others may fold."""
    key, *others = names.split(" | ")
    return Table(Column(key, no_wrap=True), *(Column(name, overflow="fold") for name in others))


def print_json(value: "Value | Sequence[Value]") -> None:
    """Print values for scripts."""
    from mailbot.cli.as_json import text

    typer.echo(text(value))


def print_list(values: "Iterable[Value]", names: str, rows: Iterable[Sequence[str]], *, json: bool) -> None:
    """Print a list for scripts or, with the names of its columns, for people."""
    if json:
        print_json(list(values))
        return
    shown = table(names)
    for cells in rows:
        shown.add_row(*cells)
    out.print(shown)


def from_stranger(text: str | None) -> str:
    """Return what a stranger may have written, so that it neither steers a terminal nor reads as markup."""
    return escape(visible(text or ""))
