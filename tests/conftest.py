"""What tests share: a bot in a folder of its own, as tests/support/harness.py builds it, and a log without pictures.

What takes long to import is imported where it is used: a test of the domain alone starts within a second.

Where there is room, their files are kept in memory: every commit waits for the disk, which was half of the whole run.
A file in memory outlives the process as one on a disk does; that a commit outlives a power cut is a matter of pragmas.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.harness import Harness

sys.dont_write_bytecode = False  # else each process of a run compiles every test anew, which takes it seven seconds

MEMORY = Path("/dev/shm")  # noqa: S108  pytest makes a folder of its own there, closed to others
ROOM_BYTES = 2_000_000_000

LONG = (
    "tests/doctor/test_doctor.py",
    "tests/cli/test_cli.py",
    "tests/journeys/",
    "tests/browser/",
    "tests/flows/incoming/test_hostile.py",
)
"""Files that start many processes: a minute each, so that one of them as the last would be waited for alone."""
SLOW = (
    *LONG,
    *("tests/edge/", "tests/flows/", "tests/advisories/", "tests/bench/"),
    *(f"tests/mail/reading/test_{name}.py" for name in ("authenticity", "bounces", "html", "reading_properties")),
    "tests/mail/reading/test_wrapped_lines.py",
    *(f"tests/mails/test_{name}.py" for name in ("at_a_glance", "in_chromium", "injection", "mail_programs", "size")),
    *("tests/mails/test_templates.py", "tests/preview/"),
    *(f"tests/test_{name}.py" for name in ("logs", "patterns", "rotation", "start", "unit", "wheel")),
    *("tests/cli/test_cli_directory.py", "tests/test_security.py"),
)
"""Files that start servers, browsers or processes, draw every mail, or read thousands: `make check` leaves them out."""
WITHOUT_SLOW = "not slow"
LONG_RUN = int(os.environ.get("MAILBOT_EXAMPLES", "0")) >= 2_000
"""Whether tests marked `long` are run too: further examples of what an ordinary run tries on one or two."""


def pytest_configure(config: pytest.Config) -> None:
    """Have pytest make its folders in memory, where there is some, and programs in it may be run."""
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False  # else xdist begins with the files of most tests, not the longest
    if "MAILBOT_EXAMPLES" in os.environ:
        from tests.support.examples import bound_all

        bound_all()
    if not MEMORY.is_dir():
        return
    there = os.statvfs(MEMORY)
    if there.f_bavail * there.f_frsize >= ROOM_BYTES and not there.f_flag & os.ST_NOEXEC:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Have slow files not even read where they are left out: that takes longer than the fast tests."""
    name = collection_path.relative_to(config.rootpath).as_posix()
    return True if config.option.markexpr == WITHOUT_SLOW and f"{name}/".startswith(SLOW) else None


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark what is slow, leave out what is long, and have the long files run first where processes share them."""
    left_out = [] if LONG_RUN else [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]
    for item in items:
        if item.nodeid.startswith(SLOW):
            item.add_marker("slow")
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: not item.nodeid.startswith(LONG))


@pytest.fixture(scope="session", autouse=True)
def _plain_log() -> None:
    """Keep structlog from drawing every traceback with all its values, which takes longer than most tests."""
    import structlog

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ]
    )


@pytest.fixture
def home(tmp_path: Path) -> Iterator["Harness"]:
    """A bot with the ordinary rules."""
    from tests.support.harness import harness

    with harness(tmp_path) as made:
        yield made
