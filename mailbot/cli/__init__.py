"""The commands of `run.py` and `mailbot`."""
