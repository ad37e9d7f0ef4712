"""Pictures of mails in Chromium, by Playwright, in two widths and three colour schemes.

"forced" is what Gmail and Outlook make of a light mail; Chromium's own such mode stands in.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
QUIET = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
WIDTHS = (360, 700)
SCHEMES = ("light", "dark", "forced")


@contextmanager
def chromium(*more: str) -> Iterator["Browser"]:
    """Run the system's Chromium, with more arguments."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *more])
        try:
            yield browser
        finally:
            browser.close()


def take(found: Mapping[str, str], folder: Path) -> None:
    """Write the pictures of these HTML texts, by name, into the folder."""
    for scheme in SCHEMES:
        with chromium(*(["--enable-features=WebContentsForceDark"] if scheme == "forced" else [])) as browser:
            for width in WIDTHS:
                page = browser.new_page(
                    viewport={"width": width, "height": 600}, color_scheme="dark" if scheme == "dark" else "light"
                )
                for name, html in found.items():
                    page.set_content(html)
                    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)
