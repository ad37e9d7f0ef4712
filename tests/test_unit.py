"""The systemd unit that the documents give: what it lets the bot do, judged by systemd's own tool where that is."""

import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
UNIT = ROOT / "docs" / "deploy" / "mailbot.service"
MOST_EXPOSED = 20
"""Tenths of systemd's scale from 0 to 10; an ordinary service without any bounds has 96."""


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed")
    return subprocess.run([program, *arguments, str(UNIT)], capture_output=True, text=True, check=False, timeout=60)  # noqa: S603


def test_the_unit_gives_the_bot_no_more_than_it_needs() -> None:
    said = analyze("security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager")
    assert said.returncode == 0, said.stdout[-200:]


def test_systemd_understands_every_line_of_it() -> None:
    said = analyze("verify", "--man=no")
    odd = [line for line in said.stderr.splitlines() if "mailbot.service" in line and "is not executable" not in line]
    assert odd == []


def test_it_holds_bounds_that_no_score_counts() -> None:
    unit = RawConfigParser(strict=False)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read(UNIT, "utf-8")
    service = unit["Service"]
    assert {name: service[name] for name in ("UMask", "StateDirectoryMode", "RestartPreventExitStatus")} == {
        "UMask": "0077",
        "StateDirectoryMode": "0700",
        "RestartPreventExitStatus": "2",
    }
    for name in ("MemoryMax", "TasksMax", "LimitNOFILE", "TimeoutStopSec"):
        assert service[name]


def test_the_documents_quote_it_as_it_is() -> None:
    assert f"```ini\n{UNIT.read_text('utf-8').strip()}\n```" in (ROOT / "docs" / "operating.md").read_text("utf-8")
