"""No pattern of the project takes time by the square of what it reads: a mail of a few kilobytes would stop the bot."""

import ast
import importlib
import pkgutil
import re
import time
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any

import pytest

import mailbot

Pattern = re.Pattern[str] | re.Pattern[bytes]
Use = Callable[[str], object]
ROOT = Path(mailbot.__file__).parent
AT_THE_START = {"match", "fullmatch"}
METHODS = {*AT_THE_START, "search", "sub", "subn", "finditer", "findall", "split"}

LETTERS, MORE = 2_000, 8_000
"""The length of a hostile text; and how long it is made when it took more than LOOK."""

LOOK, SLOW, HOPELESS = 0.002, 0.01, 0.1
"""Seconds of processor time: what is worth a closer look, what four times the length may take, what needs no look."""

GROWTH = 9
"""At four times the length: in proportion is 4, by the square 16."""

UNITS = [
    *("(", ")", '"', "\\", "<", ">", "[", "]", "{", "&", ";", ":", ",", ".", "-", "_", "=", "@", "/", "*", "|", "#"),
    *(" ", "\t", "\n", "\r", "\r\n", "\u00a0", "\x00", "\u200b"),
    *("a", "Z", "é", "0", "19", "kr", "st ", "à ", "x", "re:"),
]
PAIRS = [a + b for a, b in product('("\\< \n-.,:=a0@', repeat=2) if a != b]
WORDS = [
    *("\\(", '\\"', '""', "()", "(a", "a)", '"a" ', "<a>", "<a ", "<!--", "<![", "a=b ", "a = ", 'a="', "&#1", "a;"),
    *(
        "1 st a ",
        "1 000 ",
        "1.000,",
        "12 400,00 kr ",
        "à 1 kr ",
        "2 x ",
        "a: ",
        "> ",
        "- - ",
        "--\n",
        "a@b.se ",
        "<a@b>",
    ),
    *("From: a\n", "Den 1 ", "skrev ", " wrote:", "on 2026-", "2026-01-01 ", "borta a ", "t.o.m. ", "IT-2026-00001 "),
    *(
        " by ",
        "by a ",
        "dkim=pass ",
        "spf=pass a=",
        "header.d=",
        "; adkim=",
        "a.b",
        "message-id: <",
        "action: ",
        "\n a",
    ),
]
BEGINNINGS = ['"', "(", "<", "a", "1", "borta ", "1 st a ", "message-id: "]

UNMENDED = {
    ("mailbot.mail.reading.absence_form", "_AWAY"),  # given 500 letters at most
}
"""Those of which it is known, by module and name: they run in the reading child alone, which is stopped in time."""


def _within(value: object) -> Iterator[Pattern]:
    """Yield the patterns that a module's name stands for, also inside of tables."""
    match value:
        case re.Pattern():
            yield value
        case dict():
            for item in (*value.keys(), *value.values()):
                yield from _within(item)
        case tuple() | list() | set() | frozenset():
            for item in value:
                yield from _within(item)


@cache
def patterns() -> dict[tuple[str, str], Pattern]:
    """Return every compiled pattern of the package by its module and name."""
    found: dict[tuple[str, str], Pattern] = {}
    for module in pkgutil.walk_packages(mailbot.__path__, "mailbot."):
        if ".migrations." in module.name or module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if not name.startswith("__"):
                found |= {(module.name, f"{name}{n or ''}"): pattern for n, pattern in enumerate(_within(value))}
    return found


@cache
def methods() -> dict[tuple[str, str], set[str]]:
    """Return how each pattern is used anywhere; one that is handed on, or used out of a table, in every way."""
    used: dict[str, set[str]] = {}
    for path in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                used.setdefault(node.value.id, set()).add(node.attr)
    return {place: used.get(place[1], {"finditer", "match"}) & METHODS or {"finditer", "match"} for place in patterns()}


@cache
def hostile() -> list[tuple[str, str]]:
    """Return what each text begins with, and what it then repeats."""
    alone = [("", unit) for unit in (*UNITS, *PAIRS, *WORDS)]
    return alone + [(beginning, unit) for beginning in BEGINNINGS for unit in UNITS]


def spent(use: Use, start: str, unit: str, letters: int) -> float:
    """Return the seconds of processor time that one use of a pattern takes on a text."""
    text = start + (unit * letters)[:letters] + "\x01"
    begun = time.process_time()
    use(text)
    return time.process_time() - begun


def uses(pattern: Pattern, methods: set[str]) -> list[Use]:
    """Return what is done with a pattern: it looks for matches anywhere, or at the beginning alone."""

    def encoded(text: str) -> Any:  # noqa: ANN401  text and pattern are of one kind
        return text.encode() if isinstance(pattern.pattern, bytes) else text

    anywhere = [lambda text: sum(1 for _ in pattern.finditer(encoded(text)))]
    at_the_start: list[Use] = [lambda text: pattern.match(encoded(text)), lambda text: pattern.fullmatch(encoded(text))]
    return (anywhere if methods - AT_THE_START else []) + (at_the_start if methods & AT_THE_START else [])


def slow_on(pattern: Pattern, methods: set[str]) -> str:
    """Return the first text on which it is slow: beyond the bound, and by more than the text is longer; "" for none."""
    tried = ((use, start, unit) for use in uses(pattern, methods) for start, unit in hostile())
    return next((start + unit for use, start, unit in tried if _is_slow(use, start, unit)), "")


def _is_slow(use: Use, start: str, unit: str) -> bool:
    if spent(use, start, unit, LETTERS) < LOOK:
        return False
    short = _least(use, start, unit, LETTERS)
    if short > HOPELESS:
        return True
    return short > LOOK and (long := _least(use, start, unit, MORE)) > SLOW and long > GROWTH * short


def _least(use: Use, start: str, unit: str, letters: int) -> float:
    """Return the shortest of three times: another process may have had the machine."""
    return min(spent(use, start, unit, letters) for _ in range(3))


@pytest.mark.parametrize("place", sorted(patterns().keys() - UNMENDED), ids=".".join)
def test_a_pattern_takes_time_in_proportion_to_its_text(place: tuple[str, str]) -> None:
    assert slow_on(patterns()[place], methods()[place]) == ""


@pytest.mark.parametrize("pattern", [r'"(?:[^"\\]|\\.)*"|\((?:[^()\\]|\\.)*\)', r"\s+$", r"[ \t]*[^@<]*<"])
def test_a_quadratic_pattern_is_found(pattern: str) -> None:
    assert slow_on(re.compile(pattern), {"sub"})


def test_every_exception_is_a_pattern_that_the_reading_child_has() -> None:
    assert patterns().keys() >= UNMENDED
    assert all(module.startswith("mailbot.mail.") for module, _ in UNMENDED)
