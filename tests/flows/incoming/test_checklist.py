"""The table of odd mail in docs/odd-mail.md is whole, and every test that it names is there (docs/rules/mail.md)."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCUMENT = ROOT / "docs" / "odd-mail.md"
NUMBERS = [n for n in range(1, 132) if n != 84]
ROW = re.compile(r"^\| (\d+) \|(.+)\|(.+)\|(.+)\|$", re.MULTILINE)
NAMED = re.compile(r"`(tests/[\w/]+\.py)((?:::\w+)+)`")

ROWS = {int(number): (comes, does, shown) for number, comes, does, shown in ROW.findall(DOCUMENT.read_text("utf-8"))}
NAMES = sorted({(file, name) for row in ROWS.values() for file, name in NAMED.findall(" ".join(row))})


@cache
def names_in(file: str) -> set[str]:
    """Return the names of a file's tests as pytest writes them, without what parametrises them."""
    found = set()
    for node in ast.parse((ROOT / file).read_text("utf-8")).body:
        inner = node.body if isinstance(node, ast.ClassDef) else [node]
        outer = f"::{node.name}" if isinstance(node, ast.ClassDef) else ""
        found |= {f"{outer}::{test.name}" for test in inner if isinstance(test, ast.FunctionDef)}
    return {name for name in found if name.rpartition("::")[2].startswith("test_")}


def test_every_number_has_one_row_in_order() -> None:
    numbers = [int(number) for number, *_ in ROW.findall(DOCUMENT.read_text("utf-8"))]
    assert numbers == NUMBERS


@pytest.mark.parametrize("number", NUMBERS)
def test_every_row_says_what_comes_what_is_done_and_what_shows_it(number: int) -> None:
    comes, does, shown = ROWS[number]
    assert len(comes.split()) > 1
    assert does.strip()
    assert NAMED.search(shown) or re.search(r"Exception: \w+ \w+ \w+", shown), shown


@pytest.mark.parametrize(("file", "name"), NAMES, ids=["".join(named) for named in NAMES])
def test_every_test_that_the_table_names_is_there(file: str, name: str) -> None:
    assert name in names_in(file)


def test_no_test_of_the_checklist_is_forgotten_by_the_table() -> None:
    named = {(file, name) for file, name in NAMES}
    for path in sorted(Path(__file__).parent.glob("test_checklist_*.py")):
        file = str(path.relative_to(ROOT))
        numbered = {name for name in names_in(file) if re.match(r"test_f\d", name.rpartition("::")[2])}
        assert numbered <= {name for of, name in named if of == file}, file
