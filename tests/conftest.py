"""What tests share: a bot in a folder of its own, as tests/support/house.py builds it, and a log without pictures."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.support.house import House, house


@pytest.fixture(scope="session", autouse=True)
def _plain_log() -> None:
    """Keep structlog from drawing every traceback with all its values, which takes longer than most tests."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            structlog.processors.KeyValueRenderer(key_order=["event"]),
        ]
    )


@pytest.fixture
def home(tmp_path: Path) -> Iterator[House]:
    """A bot with the ordinary rules."""
    with house(tmp_path) as made:
        yield made
