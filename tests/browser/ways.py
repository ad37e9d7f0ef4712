"""Who does what people do on the pages: somebody at a bot of their own, in every size, script on or off, language.

`MAILBOT_EVERY_WAY=1 pytest tests/browser` walks every flow in all twelve; another run takes those that differ.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import Status
from tests.browser.chromium import SIZES, Visitor, visitor
from tests.browser.scenes import peopled, serving
from tests.support.examples import LONG
from tests.support.harness import Harness

if TYPE_CHECKING:
    from playwright.sync_api import Browser

FEW = [("small", False, "sv"), ("desk", True, "en")]
"""Both ends of what there is of sizes, script and languages."""
CASES = [*FEW, ("small", True, "en")]
"""The smallest page with and without script: for flows in which script has a part."""
if LONG:
    FEW, CASES = ([*ways, ("phone", True, "en"), ("desk", True, "sv")] for ways in (FEW, CASES))
if os.environ.get("MAILBOT_EVERY_WAY"):
    CASES = FEW = [(size, script, language) for size in SIZES for script in (True, False) for language in ("sv", "en")]


@dataclass
class Visit:
    """A visitor to a bot of their own."""

    home: Harness
    at: Visitor
    script: bool

    def link(self, to: str, purpose: Purpose, *words: str) -> str:
        """Return the path of the newest link mailed to a person."""
        return f"/{purpose}/{self.home.token(to, purpose, *words)}"

    def status(self, number: str = "") -> Status:
        return self.home.order(number).status


@contextmanager
def visiting(browser: "Browser", folder: Path, size: str, *, script: bool, language: str) -> Iterator[Visit]:
    with peopled(folder) as home:
        home.change(language=language)
        with serving(home) as client, visitor(browser, str(client.base_url), size, java_script_enabled=script) as at:
            yield Visit(home, at, script)


def name_of(case: tuple[str, bool, str]) -> str:
    return "-".join((case[0], "script" if case[1] else "plain", case[2]))


every_way = pytest.mark.parametrize("way", CASES, indirect=True, ids=name_of)
