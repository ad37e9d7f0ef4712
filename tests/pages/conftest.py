"""One browser for all tests of pages; it is gone after them, since Playwright holds the thread's event loop."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.pages.chromium import chromium, missing

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@pytest.fixture(scope="package")
def browser() -> Iterator["Browser"]:
    """The browser, or a skip that says what is missing."""
    if lacking := missing():
        pytest.skip(lacking)
    with chromium() as made:
        yield made
