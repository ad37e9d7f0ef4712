"""How every page looks and reads: axe finds nothing, light and dark; text twice as large fits; a thumb hits."""

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from mailbot.domain.notices.notice import Purpose
from tests.browser.chromium import Visitor, visitor
from tests.browser.scenes import ON_THE_WAY, Scene, serving, staged
from tests.support.examples import LONG
from tests.support.harness import EVA

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TARGETS = ", ".join(
    (
        *("button:not(.unseen)", ".button", "summary", "textarea", "select", "input[type=text]", ".choice"),
        *("a[href*='/file/']", ".languages a", ".faults a", ".other a"),
    )
)
TOO_SMALL = """selector => [...document.querySelectorAll(selector)]
    .filter(e => e.offsetParent && (e.getBoundingClientRect().height < 44 || e.getBoundingClientRect().width < 44))
    .map(e => e.outerHTML)"""


AXE = "options => axe.run(document, {resultTypes: ['violations'], ...options})"
ENGLISH = {
    *("pending", "list", "approved", "requester_pending", "damaged", "code", "appoint", "plan", "sheet_1"),
    *("form", "form_faults", "form_done", "cross_site"),
}
"""What is looked at in English too, at a desk; everything is in Swedish, on the smallest phone."""
LIKE_OTHERS = {
    *("commented", "own", "large", "unknown_supplier", "costly", "undone", "long_list", "long_list_2", "sheet_2"),
    *("unknown_before", "requester_unknown_before", "requester_approved", "requester_sent", "requester_commented"),
    *("requester_rejected", "requester_withdrawn", "requester_with_purchasing", "sent", "withdrawn_just_now"),
    *("appointment_first", "appointment_second", "appoint_first", "appoint_second", "appoint_stale", "appoint_refused"),
    *("form_rows", "form_filled", "form_unit", "form_search", "form_not_found", "form_off", "plan_changed"),
    *("code_sent_again", "no_code", "code_waiting", "no_more_codes", "other_login_pressed", "disowned", "not_me_said"),
    *("expired_list", "expired_requester_pending", "expired_not_me", "expired_confirm", "expired_plan"),
    *("expired_disown", "expired_delegate", "expired_appointment", "expired_appoint", "fresh_link_again"),
    *("no_fresh_link", "revoked", "not_found", "cross_site", "broken", "too_many", "too_large", "form_too_large"),
}
"""What is laid out and coloured as another page is: a long run looks at it too."""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with staged(tmp_path_factory.mktemp("scene")) as made:
        yield made


@pytest.mark.parametrize("language", [pytest.param("en", marks=pytest.mark.long), "sv"])
def test_every_page_is_accessible_fits_and_takes_a_thumb(scene: Scene, browser: "Browser", language: str) -> None:
    from axe_playwright_python.base import AXE_SCRIPT, AxeResults

    swedish, now = language == "sv", scene.home.now
    scene.home.change(language=language)
    size = "small" if swedish else "desk"
    found: dict[str, str] = {}
    # The policy of headers would keep axe out; what the pages may do is tested with it.
    still = {"bypass_csp": True, "reduced_motion": "reduce", "locale": language}
    with serving(scene.home) as client, visitor(browser, str(client.base_url), size, **still) as at:
        if swedish:
            scene.home.now += timedelta(hours=2)  # the codes of the English round count no longer
        for name in [*scene.paths, *scene.acts]:
            if name.startswith(ON_THE_WAY) or (not swedish and name not in ENGLISH):
                continue
            if name in LIKE_OTHERS and not LONG:
                continue
            scene.show(at, name)
            at.ask("document.querySelectorAll('details').forEach(d => { d.open = true })")
            at.page.evaluate(AXE_SCRIPT)
            for scheme, options in {"light": {}, "dark": {"runOnly": ["color-contrast"]}}.items():
                at.page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                result = AxeResults(at.page.evaluate(AXE, options))
                if result.violations_count:
                    found[f"{name} {scheme}"] = result.generate_report()
            if small := at.page.evaluate(TOO_SMALL, TARGETS):
                found[f"{name}: too small"] = small
            at.double_text()
            if at.overflow() > 0:
                found[f"{name}: too wide"] = str(_widest(at))
    scene.home.now = now
    assert found == {}


def _widest(at: Visitor) -> object:
    wide = "e => e.getBoundingClientRect().right > document.documentElement.clientWidth"
    return at.ask(f"[...document.querySelectorAll('*')].filter({wide}).slice(-3).map(e => e.outerHTML.slice(0, 200))")


def test_text_twice_as_large_leaves_everything_readable(scene: Scene, browser: "Browser") -> None:
    with serving(scene.home) as client, visitor(browser, str(client.base_url), "desk") as at:
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
    with serving(scene.home) as client, visitor(browser, str(client.base_url), "desk") as at:
        at.open(f"/decide/{scene.home.token(EVA, Purpose.DECIDE, 'IT-2026-00003')}")
        at.page.emulate_media(media="print")
        assert at.page.locator("button:visible, textarea:visible").count() == 0
        for known in ("IT-2026-00003", "PE-R760", "2310-1150-9900", "Ring mig"):
            assert known in at.text()
        assert at.ask("getComputedStyle(document.querySelector('.lines li')).breakInside") == "avoid"
