"""Start mailbot from a checkout: `python run.py --help` lists the commands."""

from mailbot.__main__ import main

if __name__ == "__main__":  # the child processes that read mail import this file too
    main()
