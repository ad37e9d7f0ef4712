"""One word, one thing: no public class has two definitions, and docs/glossary.md speaks of what there is.

Of what a function takes there is a word too: one that takes more than five things lacks a name for some of them.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

import mailbot

ROOT = Path(mailbot.__file__).parent
GLOSSARY = ROOT.parent / "docs" / "glossary.md"
MODULES = [path for path in sorted(ROOT.rglob("*.py")) if "versions" not in path.parts]

MISLEADING_MODULES = {
    *("served", "seldom", "pace", "sheets", "insiders", "vouching"),
    *("post", "visit", "confirming", "named", "hourly", "words", "refusals", "replies", "trouble"),
    *("appointing", "settle_appointment", "difference", "merging", "robots", "signs", "inbound"),
    *("told", "unusable", "private", "chain", "stage", "story", "places", "importing"),
}
"""Names that told nobody what is in the file, or told of something else: HTTP's POST, a visit of the doctor."""
MISLEADING_CLASSES = {
    *("Hall", "Postman", "Sight", "Letter", "Letters", "Robot", "Stranded", "Stage", "Story", "Seldom", "Insiders"),
    *("Fault", "Flaw", "Conflict", "Objection", "Found", "Stop", "ShowAgain", "WhyNot", "Refused"),
    *("Taken", "Said", "Asked", "Pressed", "Answer", "Choice", "Target", "Entry", "Item"),
    *("Row", "Key", "State", "Part"),
}
"""Names of which there were several, or that say nothing; docs/glossary.md has the six words for "why not"."""

MOST_PARAMETERS = 5

_ROW = re.compile(r"^\| [^|]+ \| [^|]+ \| [^|]+ \| (?P<where>[^|]+) \|$", re.MULTILINE)
_NAME = re.compile(r"`([^`]+)`")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def classes(module: ast.Module) -> Iterator[str]:
    """Yield the names of the classes and enumerations that stand at a module's top."""
    return (node.name for node in module.body if isinstance(node, ast.ClassDef))


def names(body: list[ast.stmt]) -> Iterator[str]:
    """Yield what a module or class defines: classes, functions, and what is assigned."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from (target.id for target in targets if isinstance(target, ast.Name))


def defines(body: list[ast.stmt], dotted: list[str]) -> bool:
    """Tell whether `Status` or `Status.PENDING` stands in a module."""
    first, *rest = dotted
    if not rest:
        return first in names(body)
    return any(isinstance(node, ast.ClassDef) and node.name == first and defines(node.body, rest) for node in body)


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> set[str]:
    """Return what a function takes, but for `self` and `cls`."""
    given = function.args
    rest = [taken for taken in (given.vararg, given.kwarg) if taken is not None]
    return {taken.arg for taken in [*given.posonlyargs, *given.args, *given.kwonlyargs, *rest]} - {"self", "cls"}


def entries(text: str) -> list[str]:
    """Return all that the last column of the glossary's tables names."""
    return [name for row in _ROW.finditer(text) for name in _NAME.findall(row["where"])]


def test_a_public_class_or_enumeration_has_one_definition() -> None:
    places = defaultdict(list)
    for path in MODULES:
        for name in classes(tree(path)):
            if not name.startswith("_"):
                places[name].append(str(path.relative_to(ROOT)))
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


def test_no_name_that_misled_comes_back() -> None:
    assert {path.stem for path in MODULES} & MISLEADING_MODULES == set(), "docs/glossary.md has the word"
    found = {name for path in MODULES for name in classes(tree(path))}
    assert {name for name in found if name.lstrip("_") in MISLEADING_CLASSES} == set(), "docs/glossary.md has the word"


def test_no_function_takes_more_than_five_things() -> None:
    functions = [
        (f"{path.stem}.{node.name}", parameters(node))
        for path in MODULES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    assert {name for name, taken in functions if len(taken) > MOST_PARAMETERS} == set()
    one_by_one = {name for name, taken in functions if {"bot", "connection", "now"} <= taken}
    assert not one_by_one, "a View has all three"


@pytest.mark.parametrize("entry", entries(GLOSSARY.read_text(encoding="utf-8")))
def test_what_the_glossary_names_is_there(entry: str) -> None:
    module, *dotted = entry.split(".")
    there = [path for path in MODULES if path.stem == module]
    assert there, f"no module is called {module}"
    assert any(defines(tree(path).body, dotted) for path in there), f"no module {module} holds {'.'.join(dotted)}"


def test_every_row_of_the_glossary_says_where() -> None:
    text = GLOSSARY.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("|") and not line.startswith(("|--", "| English"))]
    assert len(_ROW.findall(text)) == len(rows) + text.count("| English"), "a row has four columns"
    unclear = [row for row in rows if not _NAME.search(row.rpartition(" | ")[2])]
    assert not unclear


def test_no_english_word_stands_twice_in_the_glossary() -> None:
    words = re.findall(r"^\| ([^|]+) \|", GLOSSARY.read_text(encoding="utf-8"), re.MULTILINE)
    words = [word for word in words if word != "English"]
    assert len(words) == len(set(words))
