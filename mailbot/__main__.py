"""Where `mailbot`, `run.py` and `python -m mailbot` start.

The child processes that read mail import the main program anew: so this file imports nothing until it is told to run.
"""

import signal


def main() -> None:
    """Run a command."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # while it loads there is nothing to end in order
    from mailbot.cli.commands import main as run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
