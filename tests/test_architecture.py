"""docs/architecture.md fits on two screens, and its pictures show the rooms and files that there are.

The bot holds what lives as long as the process, and tests and templates stand by the rooms.
"""

import re
from dataclasses import fields
from pathlib import Path

import pytest

import mailbot
from mailbot.flows.bot import Bot
from tests.test_imports import ROOMS

ROOT = Path(mailbot.__file__).parent
TEXT = (Path(__file__).parents[1] / "docs" / "architecture.md").read_text("utf-8")
ROOMS_DRAWN, WALK_DRAWN = re.findall(r"^```\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
TWO_SCREENS = 110
UNNAMED = {"__init__", "__main__", "logs", "package_data", "rotation", "terminal"}
"""What stands beside the rooms and needs no place in the picture: starting, logging, keys, terminals."""


def test_it_fits_on_two_screens() -> None:
    assert len(TEXT.splitlines()) <= TWO_SCREENS
    assert max(map(len, TEXT.splitlines())) <= 150


def test_the_picture_of_the_rooms_names_every_part_and_every_room() -> None:
    drawn = set(re.findall(r"[a-z_]+", ROOMS_DRAWN))
    parts = {path.stem for path in ROOT.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    rooms = {room.split("/")[1] for room in ROOMS if (ROOT / room).is_dir()}
    assert (parts - UNNAMED | rooms) - drawn == set()


def test_every_part_and_room_that_the_picture_names_is_there() -> None:
    named = re.findall(r"^ ([a-z_/, ]+?)(?: {2}|$)", ROOMS_DRAWN, re.MULTILINE)
    there = {name.strip() for line in named for name in line.split(",") if name.strip()}
    missing = {n for n in there if not ((ROOT / n).is_dir() or (ROOT / f"{n}.py").exists())}
    assert missing == set()


def test_every_file_on_the_walk_and_in_the_tables_is_there() -> None:
    files = re.findall(r"\b((?:edge|flows|mail|mails|domain|store)/[\w/]+\.py)", TEXT)
    assert len(set(files) & set(re.findall(r"[\w/]+\.py", WALK_DRAWN))) > 15
    assert [file for file in files if not (ROOT / file).exists()] == []


@pytest.mark.parametrize("part", [field.name for field in fields(Bot)])
def test_the_bot_holds_nothing_that_one_way_in_alone_needs(part: str) -> None:
    uses = re.compile(rf"\b(?:bot|self)\.{part}\b")
    ways_in = {ROOT / "flows" / room for room in ("incoming", "pages", "clock", "admin")} | {ROOT / "edge" / "web"}
    users = {path.parent for path in ROOT.rglob("*.py") if uses.search(path.read_text("utf-8"))}
    assert not (len(users) == 1 and users <= ways_in), f"give it to {users} alone"


OF_NO_ROOM = {
    "advisories": "what other systems' security advisories teach",
    "bench": "what is measured, not tested",
    "browser": "pages and people in a real browser, which is shared",
    "fonts": "letters for pictures that are the same everywhere",
    "journeys": "whole ways through a bot in a process of its own",
    "support": "what tests build on",
}
"""The folders of tests/ that go across the rooms, and what is in them."""


def test_the_tests_stand_by_the_rooms_of_mailbot() -> None:
    tests = Path(__file__).parent
    folders = {path.parent.relative_to(tests) for path in tests.rglob("*") if path.suffix in {".py", ".sql", ".ttf"}}
    strange = {folder for folder in folders if not (ROOT / folder).is_dir()}
    assert {str(folder) for folder in strange} == set(OF_NO_ROOM)


def test_a_room_that_has_rooms_keeps_no_test_of_theirs() -> None:
    beside = {path.stem for room in ("domain", "mail") for path in (Path(__file__).parent / room).glob("test_*.py")}
    assert beside == set(), "it belongs in a room"


def test_the_templates_stand_by_the_rooms_that_fill_them() -> None:
    templates = ROOT.parent / "templates"
    folders = {path.relative_to(templates).parts[0] for path in templates.rglob("*.*")}
    assert folders - {"__pycache__"} == {"mails", "web"}
    assert (ROOT / "mails").is_dir()
    assert (ROOT / "edge" / "web").is_dir()
