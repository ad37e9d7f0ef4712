"""Pictures of every mail, to be looked at: `python -m tests.mail.pictures FOLDER [KIND ...]`.

One picture for each kind and turn, language, width and colour scheme, and the text form beside them. "forced" is what
Gmail and Outlook make of a light mail when they recolour it on their own; Chromium's own such mode stands in.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tests.mail.every_mail import SampleMail, World, mails
from tests.support.fonts import own_fonts

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
def chromium(*more: str) -> Iterator[Browser]:
    """Run the system's Chromium."""
    with own_fonts() as environment, sync_playwright() as engine:
        browser = engine.chromium.launch(executable_path=CHROMIUM, args=[*QUIET, *more], env=environment)  # type: ignore[arg-type]
        try:
            yield browser
        finally:
            browser.close()


def turns(written: list[SampleMail]) -> dict[str, SampleMail]:
    """Return the first mail of each name: kind, what happened, language."""
    found: dict[str, SampleMail] = {}
    for mail in written:
        found.setdefault(mail.name.replace("  ", " ").replace(" ", "-"), mail)
    return found


def take(found: dict[str, SampleMail], folder: Path) -> None:
    """Write the pictures and the texts into the folder."""
    for name, mail in found.items():
        (folder / f"{name}.txt").write_text(f"{mail.subject}\n\n{mail.text}", encoding="utf-8")
        (folder / f"{name}.html").write_text(mail.html, encoding="utf-8")
    for scheme in SCHEMES:
        with chromium(*(["--enable-features=WebContentsForceDark"] if scheme == "forced" else [])) as browser:
            for width in WIDTHS:
                page = browser.new_page(
                    viewport={"width": width, "height": 600}, color_scheme="dark" if scheme == "dark" else "light"
                )
                for name, mail in found.items():
                    page.set_content(mail.html)
                    page.screenshot(path=folder / f"{name}-{width}-{scheme}.png", full_page=True)


def main(folder: str, *kinds: str) -> None:
    """Take the pictures of these kinds, or of all."""
    Path(folder).mkdir(parents=True, exist_ok=True)
    found = {name: mail for name, mail in turns(mails(World())).items() if not kinds or mail.notice.kind in kinds}
    take(found, Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])
