"""The one typeface that browsers in tests see, so that a layout is the same on every machine.

Arimo (tests/fonts) is as wide as Arial, letter by letter.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

FOLDER = Path(__file__).parents[1] / "fonts"
CONFIG = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
<dir>{fonts}</dir>
<cachedir>{cache}</cachedir>
<match target="pattern"><edit name="family" mode="assign" binding="strong"><string>Arimo</string></edit></match>
</fontconfig>
"""


@contextmanager
def own_fonts() -> Iterator[dict[str, str]]:
    """Give the environment for a browser that knows no font of the machine's."""
    with TemporaryDirectory() as folder:
        config = Path(folder) / "fonts.conf"
        config.write_text(CONFIG.format(fonts=FOLDER, cache=folder), "utf-8")
        yield {**os.environ, "FONTCONFIG_FILE": str(config)}
