"""Debian's Chromium, driven by Playwright, and a visitor who notes everything that a page does without being asked."""

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from tests.support.fonts import own_fonts

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request, Response

PROGRAMS = (Path("/usr/bin/chromium-headless-shell"), Path("/usr/bin/chromium"))
"""The same engine twice: the first draws no window, and takes less than half of the time."""
PROGRAM = next((program for program in PROGRAMS if program.exists()), PROGRAMS[0])
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
SIZES = {"small": (320, 568), "phone": (390, 844), "desk": (1280, 900)}
MAX_BYTES = 50_000


def missing() -> str:
    """Return why no browser can be run here, or ""."""
    if not PROGRAM.exists():
        return f"{PROGRAM.name} is not installed"
    parts = [name for name in ("playwright", "axe_playwright_python") if importlib.util.find_spec(name) is None]
    return f"{' and '.join(parts)} is not installed" if parts else ""


@contextmanager
def chromium() -> Iterator["Browser"]:
    """Run the browser while the block lasts; nothing of its own leaves the machine."""
    from playwright.sync_api import sync_playwright

    with own_fonts() as environment, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=PROGRAM, args=ARGUMENTS, env=environment)  # type: ignore[arg-type]
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Visitor:
    """Somebody with a browser of one size; `troubles` is what no page may do."""

    page: "Page"
    base: str
    asked: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    cookies: set[str] = field(default_factory=set)
    """What the bot may leave behind: nothing, unless a code is asked for."""

    def __post_init__(self) -> None:
        """Listen from the start."""
        self.page.on("request", self._asks)
        self.page.on("dialog", self._opens_dialog)
        self.page.on("console", self._says)
        self.page.on("pageerror", lambda error: self.troubles.append(f"error: {error}"))

    def _asks(self, request: "Request") -> None:
        self.asked.append(request.url)
        if urlsplit(request.url).netloc != urlsplit(self.base).netloc and not request.url.startswith("data:"):
            self.troubles.append(f"asks elsewhere: {request.url}")

    def _opens_dialog(self, dialog: "Dialog") -> None:
        self.troubles.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _says(self, message: "ConsoleMessage") -> None:
        # That a page is 404 or 410 is said by the browser itself.
        if not message.text.startswith("Failed to load resource"):
            self.troubles.append(f"console: {message.text}")

    def open(self, path: str) -> "Response":
        """Open a page of the bot's: one answer, one round trip, small, and no wider than the window."""
        self.asked.clear()
        response = self.page.goto(self.base + path)
        assert response is not None
        assert [url for url in self.asked if not url.startswith("data:")] == [self.base + path]
        assert len(response.body()) < MAX_BYTES, path
        assert self.overflow() <= 0, path
        return response

    def press(self, selector: str) -> None:
        """Press a button and wait for the page that follows: no larger or wider than one that was opened."""
        with self.page.expect_navigation() as following:
            self.page.locator(selector).click()
        response = following.value
        assert response is None or len(response.body()) < MAX_BYTES, self.page.url
        assert self.overflow() <= 0, self.page.url

    def key(self, key: str) -> None:
        """Press a key that leads to another page."""
        with self.page.expect_navigation():
            self.page.keyboard.press(key)

    def overflow(self) -> int:
        """Return by how many pixels the page is wider than the window."""
        return cast("int", self.ask("document.documentElement.scrollWidth - document.documentElement.clientWidth"))

    def ask(self, expression: str) -> object:
        """Evaluate an expression of the test's own, which works with the page's scripts off too."""
        return cast("object", self.page.evaluate(expression))

    def text(self, selector: str = "main") -> str:
        """Return what can be read there."""
        return " ".join(self.page.locator(selector).inner_text().split())

    def focused(self) -> str:
        """Return the value of the button that has the focus, or the name of the element; a page gives it once drawn."""
        self.page.locator(":focus").wait_for(state="attached")
        return str(self.ask("document.activeElement.value || document.activeElement.tagName"))

    def ready(self) -> str:
        """Return the value of the button that the page has made ready."""
        return str(self.page.locator("#decision .main:visible").get_attribute("value"))

    def shown(self) -> list[str]:
        """Return the values of the decision's buttons that can be seen, from the top."""
        buttons = self.page.locator("#decision button").all()
        return [str(button.get_attribute("value")) for button in buttons if button.is_visible()]

    def double_text(self) -> None:
        """Make all text twice as large, as a person can."""
        self.ask("document.documentElement.style.fontSize = '200%'")


@contextmanager
def visitor(browser: "Browser", base: str, size: str = "phone", **options: object) -> Iterator[Visitor]:
    """Let somebody visit while the block lasts; a page that did what no page may do fails at its end."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, **{"locale": "en", **options})  # type: ignore[arg-type]
    context.set_default_timeout(15_000)
    try:
        made = Visitor(context.new_page(), base.rstrip("/"))
        yield made
        assert made.troubles == []
        assert {cookie.get("name") for cookie in context.cookies()} == made.cookies
    finally:
        context.close()
