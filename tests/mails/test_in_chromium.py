"""Mails in a real browser: a telephone scrolls in one direction only, and a thumb hits one button and not the other."""

from collections.abc import Iterator
from functools import cache

import pytest

from mailbot.domain.notices.notice import NoticeKind
from mailbot.preview import pictures
from mailbot.preview.every_mail import SampleMail, World, mails
from tests.browser.chromium import chromium, missing

LONG = "Labb" + "oratorie" * 12
TOUCH, APART = 44, 24
"""CSS pixels: WCAG 2.5.5, and "well apart" (docs/rules/promises.md#request)."""
FIRST_LOOK = 600
"""CSS pixels from the top, within which an approver has the gist of an order of two lines and the first button."""
RIGHT = "Math.max(...[...document.querySelectorAll('table, a, h1, h2')].map(e => e.getBoundingClientRect().right))"

written = cache(mails)
"""Every mail of a world, written once for all these tests."""


@pytest.fixture(scope="module")
def page() -> Iterator[object]:
    if lacking := missing():
        pytest.skip(lacking)
    with chromium() as browser:
        yield browser.new_page(viewport={"width": 360, "height": 740}, java_script_enabled=False, offline=True)


@pytest.mark.parametrize(
    "world", [World(), World(unit=LONG, supplier=LONG, product=LONG, detail=LONG, words=LONG, files=(LONG,))],
    ids=["ordinary", "endless words"],
)  # fmt: skip
def test_no_mail_scrolls_sideways_on_a_telephone(page, world: World) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    of_turn = {mail.name: mail for mail in written(world) if mail.language == "sv"}
    for name, mail in of_turn.items():
        page.set_content(mail.html)
        assert page.evaluate(RIGHT) <= 360, name


def test_every_kind_is_as_wide_as_its_window_light_and_dark(page) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    of_kind = {mail.notice.kind: mail for mail in written(World()) if mail.language == "sv"}
    assert set(of_kind) == set(NoticeKind)
    for width in pictures.WIDTHS:
        page.set_viewport_size({"width": width, "height": 600})
        for kind, mail in of_kind.items():
            page.set_content(mail.html)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert page.evaluate("document.documentElement.scrollWidth") == width, (kind, width, scheme)
    page.set_viewport_size({"width": 360, "height": 740})


@pytest.mark.parametrize("language", ["sv", "en"])
def test_approve_and_reject_are_large_and_apart(page, language: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    (mail, *_) = [
        m for m in written(World()) if m.notice.kind is NoticeKind.REQUEST and m.language == language
    ]  # fmt: skip
    assert isinstance(mail, SampleMail)
    page.set_content(mail.html)
    approve, reject = (page.locator(f'a[href$="choice={choice}"]').bounding_box() for choice in ("approve", "reject"))
    for button in (approve, reject):
        assert button["height"] >= TOUCH
        assert button["width"] >= 280
    assert reject["y"] - (approve["y"] + approve["height"]) >= APART


@pytest.mark.parametrize("language", ["sv", "en"])
def test_an_approver_with_a_telephone_finds_gist_and_button_without_searching(page, language: str) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    asked = [m for m in written(World(notes=())) if m.notice.kind is NoticeKind.REQUEST and m.language == language]
    alone = [m for m in written(World(notes=())) if m.notice.kind is NoticeKind.REMINDER and len(m.notice.orders) == 1]
    for mail, link in ((asked[0], 'a[href$="choice=approve"]'), (alone[0], 'a[href*="/decide/"]')):
        page.set_content(mail.html)
        button = page.locator(link).first.bounding_box()
        assert button["y"] + button["height"] <= FIRST_LOOK, mail.name
        for said in ("Dockningsstation", "Örjan Åström", "Dustin AB", "Den gamla datorn startar inte"):
            gist = page.locator("td:not(:has(td)), h1").filter(has_text=said).first.bounding_box()
            assert gist["y"] < button["y"], (mail.name, said)


def test_a_layout_does_not_depend_on_the_fonts_of_the_machine(page) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
    families = ("Segoe UI", "Arial", "DejaVu Sans", "system-ui", "sans-serif", "monospace", "none such")
    page.set_content(
        "".join(f'<span style="font:16px {family}">Beställning 1 234 kr</span><br>' for family in families)
    )
    widths = [round(span.bounding_box()["width"], 2) for span in page.locator("span").all()]
    assert set(widths) == {138}  # pixels in Arimo
