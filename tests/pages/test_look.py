"""How every page looks and reads: axe finds nothing, light and dark; text twice as large fits; a thumb hits."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from mailbot.domain.notices import Purpose
from tests.pages.chromium import SIZES, Visitor, visitor
from tests.pages.scenes import Scene, stage
from tests.support.house import EVA, house

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

TARGETS = "button, .button, summary, textarea, .files a"
TOO_SMALL = """selector => [...document.querySelectorAll(selector)]
    .filter(e => e.offsetParent && (e.getBoundingClientRect().height < 44 || e.getBoundingClientRect().width < 44))
    .map(e => e.outerHTML)"""


@pytest.fixture(scope="module", params=["sv", "en"])
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder: Path = tmp_path_factory.mktemp("scene")
    with house(folder) as home:
        home.change(language=request.param)
        yield stage(home)


def test_every_page_is_accessible_fits_and_takes_a_thumb(scene: Scene, browser: "Browser") -> None:
    """The two languages share out the sizes: Swedish on phones, English at the desk; both light and dark."""
    from axe_playwright_python.sync_playwright import Axe

    size = "phone" if scene.home.bot.language == "sv" else "desk"
    small = {"width": SIZES["small"][0], "height": SIZES["small"][1]}
    found: dict[str, str] = {}
    # Only so that axe itself may run; what the pages may do is tested without.
    with (
        scene.home.pages() as client,
        visitor(browser, str(client.base_url), size, bypass_csp=True, reduced_motion="reduce") as at,
    ):
        for name, path in scene.paths.items():
            at.open(path)
            at.ask("document.querySelectorAll('details').forEach(d => { d.open = true })")
            for scheme, options in (("light", {}), ("dark", {"runOnly": ["color-contrast"]})):
                at.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                result = Axe().run(at.page, options={"resultTypes": ["violations"], **options})
                if result.violations_count:
                    found[f"{name} {scheme}"] = result.generate_report()
            assert at.page.evaluate(TOO_SMALL, TARGETS) == [], name
            at.double_text()
            for window in (SIZES[size], tuple(small.values())):
                at.page.set_viewport_size({"width": window[0], "height": window[1]})
                assert at.overflow() <= 0, (name, window, _widest(at))
            at.page.set_viewport_size({"width": SIZES[size][0], "height": SIZES[size][1]})
    assert found == {}


def _widest(at: Visitor) -> object:
    wide = "e => e.getBoundingClientRect().right > document.documentElement.clientWidth"
    return at.ask(f"[...document.querySelectorAll('*')].filter({wide}).slice(-3).map(e => e.outerHTML.slice(0, 200))")


def test_text_twice_as_large_leaves_everything_readable(scene: Scene, browser: "Browser") -> None:
    with scene.home.pages() as client, visitor(browser, str(client.base_url), "desk") as at:
        at.open(scene.paths["large"])
        before = at.text("body")
        at.double_text()
        assert at.text("body") == before
        for button in at.page.locator("#decision button:visible").all():
            button.scroll_into_view_if_needed()
            box = button.bounding_box()
            assert box is not None
            assert box["height"] > 80


def test_the_order_prints_without_what_can_only_be_pressed(scene: Scene, browser: "Browser") -> None:
    with scene.home.pages() as client, visitor(browser, str(client.base_url), "desk") as at:
        at.open(f"/decide/{scene.home.token(EVA, Purpose.DECIDE, 'IT-2026-00001')}")
        at.page.emulate_media(media="print")
        assert at.page.locator("button:visible, textarea:visible").count() == 0
        for known in ("IT-2026-00001", "PE-R760", "Kontering", "Ring mig"):
            assert known in at.text() or scene.home.bot.language == "en"
        assert at.ask("getComputedStyle(document.querySelector('.lines li')).breakInside") == "avoid"
