"""One database is served by one process; commands go on working beside it."""

import signal
import subprocess
import sys
from pathlib import Path

from tests.support.process import RUN, Served, environment, serving


def run(bot: Served, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command on the bot's configuration, and return how it ended and what it said."""
    return subprocess.run(  # noqa: S603
        [sys.executable, str(RUN), *arguments, "--config", str(bot.config)],
        cwd=bot.config,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_second_serve_on_one_database_is_refused_in_one_plain_line_until_the_first_has_ended_however(
    tmp_path: Path,
) -> None:
    with serving(tmp_path) as bot:
        second = run(bot, "serve")
        assert second.returncode == 1
        assert second.stderr.splitlines()[-1].startswith(f"another mailbot serves from {bot.config}/mailbot.db: stop")
        assert "Traceback" not in second.stderr
        assert bot.health()["well"]
        assert run(bot, "parked", "list").returncode == 0
        bot.restart(signal.SIGKILL)  # the kernel lets go of a dead process's lock
