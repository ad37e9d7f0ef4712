"""One browser for all tests of pages, and who visits with it.

The browser is gone after them, since Playwright holds the thread's event loop.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.chromium import chromium, missing
from tests.browser.ways import FEW, Visit, name_of, visiting

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="package")
def browser() -> Iterator["Browser"]:
    """The browser, or a skip that says what is missing."""
    if lacking := missing():
        pytest.skip(lacking)
    with chromium() as made:
        yield made


@pytest.fixture(params=FEW, ids=name_of)
def way(request: pytest.FixtureRequest, browser: "Browser", tmp_path: Path) -> Iterator[Visit]:
    """Somebody who visits in each of a few ways, or in every one where the test says so."""
    size, script, language = request.param
    with visiting(browser, tmp_path, size, script=script, language=language) as made:
        yield made


@pytest.fixture
def phone(browser: "Browser", tmp_path: Path) -> Iterator[Visit]:
    """Somebody with an ordinary phone."""
    with visiting(browser, tmp_path, "phone", script=True, language="sv") as made:
        yield made
