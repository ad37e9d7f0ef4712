"""docs/hacking.md leads to what there is: files, symbols, rooms, commands; and no link of a document is dead."""

import re
import shlex
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests.test_imports import ROOMS

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "hacking.md").read_text("utf-8")
DOCUMENTS = sorted(p for f in (".", "docs", ".github") for p in (ROOT / f).glob("**/*.md" if f != "." else "*.md"))

ROW = re.compile(r"^\| `(?P<file>[^`]+)` \| (?P<symbols>`[^|]+`) \|", re.MULTILINE)
NAMED = re.compile(r"`([^`]+)`")
PLACE = re.compile(r"`((?:mailbot|tests|templates|config|docs|\.ci)/[^`\s]*)`")
SHELL = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]+))?\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
ANCHOR = re.compile(r'<a id="([^"]+)"></a>')

TO_TOUCH = [(row["file"], symbol) for row in ROW.finditer(TEXT) for symbol in NAMED.findall(row["symbols"])]


def commands(text: str) -> Iterator[list[str]]:
    """Yield the words of each command that a document's blocks of shell hold, without comments and settings."""
    for block in SHELL.findall(text):
        for line in re.split(r"\n|&&", block):
            words = shlex.split(line, comments=True)
            if words:
                yield [word for word in words if not re.match(r"[A-Z_]+=", word)]


def stands_in(symbol: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(symbol)}(?!\w)", text) is not None


@cache
def anchors(path: Path) -> set[str]:
    """Return what a link into a document may lead to: headings as GitHub spells them, and anchors."""
    text = path.read_text("utf-8")
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in HEADING.findall(text)}
    return slugs | set(ANCHOR.findall(text))


def dead(path: Path) -> list[str]:
    """Return the relative links of a document that lead nowhere."""
    text = CODE.sub("", path.read_text("utf-8"))
    links = ((path.parent / file if file else path, anchor, file) for file, anchor in LINK.findall(text))
    return [
        f"{file}#{anchor}"
        for to, anchor, file in links
        if not to.exists() or (anchor and to.suffix == ".md" and anchor not in anchors(to))
    ]


def test_the_tables_are_seen() -> None:
    assert len(TO_TOUCH) > 100


def test_a_file_to_touch_holds_what_to_look_for() -> None:
    texts = {file: (ROOT / file).read_text("utf-8") for file, _ in TO_TOUCH}
    assert [(file, symbol) for file, symbol in TO_TOUCH if not stands_in(symbol, texts[file])] == []


def test_every_place_that_is_named_is_there() -> None:
    assert [place for place in PLACE.findall(TEXT) if not (ROOT / place).exists()] == []


def test_every_room_is_named() -> None:
    named = set(PLACE.findall(TEXT))
    assert [room for room in ROOMS if not {f"mailbot/{room}", f"mailbot/{room}.py"} & named] == []


def test_every_command_names_a_file_module_or_target_that_is_there() -> None:
    missing = []
    for words in commands(TEXT):
        files = [word for word in words if "/" in word and not word.startswith((".venv/", "/"))]
        missing += [word for word in files if not (ROOT / word).exists()]
        if "-m" in words and (module := words[words.index("-m") + 1]).startswith("tests."):
            missing += [] if (ROOT / f"{module.replace('.', '/')}.py").is_file() else [module]
        if words[0] == "make":
            missing += [target for target in words[1:] if not stands_in(f"{target}:", (ROOT / "Makefile").read_text())]
    assert missing == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_link_of_a_document_is_dead(path: Path) -> None:
    assert dead(path) == []


def test_a_dead_link_is_seen(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("# One Thing, and more\n[a](page.md#one-thing-and-more) [b](#none) [c](gone.md) [d](https://x.se)")
    assert dead(page) == ["#none", "gone.md#"]
