"""Draws the pictures of the pages beside this file: `make pictures`.

On a phone and at a desk, in Swedish and English; one of them dark. Needs what the tests of pages need.
"""

import sys
from datetime import timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from mailbot.languages import LANGUAGES
from tests.browser.chromium import SIZES, chromium, missing, visitor
from tests.browser.scenes import serving, staged

PAGES = {
    "plain": "request",
    "approved": "result",
    "list": "list",
    "requester_pending": "requester",
    "form_filled": "form",
    "code": "code",
    "sheet_1": "sheet",
}
"""The pages of the scene that are shown, and what their pictures are called."""
LOOKS = {"phone": ("light", ""), "phone-dark": ("dark", "request"), "desk": ("light", "")}
"""A size, its colours, and the one page that is shown so, if not all are."""

HEIGHTS = {"phone": 800, "desk": 720}


def draw(folder: Path) -> list[Path]:
    """Draw every picture into the folder and return them: each shows what fits in the window."""
    drawn, hours = [], count()  # three codes may be sent in each
    with TemporaryDirectory() as work, staged(Path(work)) as scene, chromium() as browser:
        now = scene.home.now
        for language in LANGUAGES:
            scene.home.change(language=language)
            with serving(scene.home) as client:
                for look, (scheme, only) in LOOKS.items():
                    size = look.partition("-")[0]
                    with visitor(browser, str(client.base_url), size, color_scheme=scheme, locale=language) as at:
                        for page, name in PAGES.items():
                            if only in {"", name}:
                                at.page.set_viewport_size({"width": SIZES[size][0], "height": HEIGHTS[size]})
                                scene.home.now = now + timedelta(hours=next(hours) if page == "code" else 0)
                                scene.show(at, page)
                                at.ask("scrollTo(0, 0)")
                                drawn.append(folder / f"{name}-{look}-{language}.png")
                                at.page.screenshot(path=drawn[-1])
    return drawn


if __name__ == "__main__":
    if lacking := missing():
        sys.exit(f"no pictures: {lacking}")
    for path in draw(Path(__file__).parent):
        print(path, path.stat().st_size)  # noqa: T201
