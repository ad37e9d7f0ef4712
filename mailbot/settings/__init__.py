"""The configuration: three TOML files over the defaults, read into frozen values with every problem named.

To read in this order: values (one text, one value), shapes (the tables of each file), contradictions (what two
entries say against each other), problems (what is wrong, in words), reading (files to Settings), secrets.

Nothing is opened, connected or made here, and no rule of the business is applied; nothing below `app` reads this.
"""

from mailbot.settings.problems import ConfigError
from mailbot.settings.reading import load
from mailbot.settings.secrets import read_secret
from mailbot.settings.shapes import ImapInSettings, Settings
from mailbot.settings.values import TcpAddress, UnixAddress

__all__ = ["ConfigError", "ImapInSettings", "Settings", "TcpAddress", "UnixAddress", "load", "read_secret"]
