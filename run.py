"""Start mailbot from a checkout: `python run.py --help` lists the commands."""

from mailbot.cli import main

main()
