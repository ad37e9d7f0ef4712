"""All that the bot says, as files to compare before and after a change: `python -m tests.support.said FOLDER`.

Every mail in both languages and forms, every page of the scenes that a link opens, and every mail that the scenes'
bot has sent. Its dice are loaded: a run draws the same tokens as the one before.
"""

import random
import re
import secrets
import sys
from base64 import urlsafe_b64encode
from email import message_from_bytes
from pathlib import Path
from tempfile import TemporaryDirectory

from mailbot.languages import LANGUAGES
from mailbot.preview.folder import as_text, by_name
from tests.browser.scenes import serving, staged

_OWN_ID = re.compile(r"\d{10,}\.\d+(?=\.\d+@)")
"""The time and process in the Message-ID of a mail that a scene sends."""
_DICE = random.Random(1)  # noqa: S311


def same_dice() -> None:
    """Let every run of this tool draw the same tokens and boundaries, so that only what is said can differ."""
    random.seed(1)
    secrets.token_bytes = lambda nbytes=None: _DICE.randbytes(nbytes or 32)
    secrets.token_hex = lambda nbytes=None: _DICE.randbytes(nbytes or 32).hex()
    secrets.token_urlsafe = lambda nbytes=None: urlsafe_b64encode(_DICE.randbytes(nbytes or 32)).rstrip(b"=").decode()
    secrets.choice = _DICE.choice
    secrets.randbelow = lambda exclusive_upper_bound: _DICE.randrange(exclusive_upper_bound)


def mails_to(folder: Path) -> None:
    """Write every mail of the made-up world."""
    for name, mail in by_name().items():
        (folder / f"{name}.txt").write_text(as_text(mail), encoding="utf-8")
        (folder / f"{name}.html").write_text(mail.html, encoding="utf-8")


def scenes_to(folder: Path) -> None:
    """Write every page that a link of the scenes opens, and every mail that was sent in them."""
    with TemporaryDirectory() as work, staged(Path(work)) as scene:
        for place, row in enumerate(scene.home.query("SELECT raw FROM outbox ORDER BY id")):
            (folder / f"sent-{place:04}.txt").write_text(_OWN_ID.sub("", _plain(row[0])), encoding="utf-8")
        for language in LANGUAGES:
            scene.home.change(language=language)
            with serving(scene.home) as client:
                for name, path in scene.paths.items():
                    found = client.get(path)
                    text = f"{found.status_code}\n{found.text}"
                    (folder / f"page-{name}-{language}.html").write_text(text, encoding="utf-8")


def _plain(raw: bytes) -> str:
    """Return a mail's headers and decoded parts."""
    parts = list(message_from_bytes(raw).walk())
    heads = ("\n".join(f"{name}: {value}" for name, value in part.items()) for part in parts)
    bodies = (part.get_payload(decode=True) for part in parts)
    texts = (body.decode("utf-8", "replace") if isinstance(body, bytes) else "" for body in bodies)
    return "\n\n".join(f"{head}\n\n{text}" for head, text in zip(heads, texts, strict=True))


if __name__ == "__main__":
    same_dice()
    target = Path(sys.argv[1])
    target.mkdir(parents=True, exist_ok=True)
    mails_to(target)
    scenes_to(target)
