"""Where `mailbot`, `run.py` and `python -m mailbot` start.

The child processes that read mail import the main program anew: so this file imports nothing until it is told to run.
"""


def main() -> None:
    """Run a command."""
    from mailbot.cli import main as run

    run()


if __name__ == "__main__":
    main()
