"""Where `mailbot`, `run.py` and `python -m mailbot` start. Reading children import it anew: so it imports nothing
yet."""

import signal
from types import FrameType


def main() -> None:
    """Run a command."""
    signal.signal(signal.SIGINT, _interrupted)
    try:
        from mailbot.cli.commands import main as run

        run()
    except KeyboardInterrupt:  # before or after what a command itself does about it
        _end()


def _end() -> None:
    """End as a program does that SIGINT ends."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.raise_signal(signal.SIGINT)


def _interrupted(number: int, frame: FrameType | None) -> None:
    """End at once while something is loaded, when there is nothing to end in order; else raise KeyboardInterrupt."""
    at = frame
    while at is not None:
        if at.f_code.co_filename.startswith("<frozen importlib"):
            _end()
        at = at.f_back
    signal.default_int_handler(number, frame)


if __name__ == "__main__":
    main()
