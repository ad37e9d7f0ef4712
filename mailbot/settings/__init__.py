"""The configuration: three TOML files over the defaults, read into frozen values with every problem named.

Read values (one text, one value), shapes (tables), contradictions, problems (words), reading, secrets. No rule of the
business is applied; nothing below `app` reads this.
"""

from mailbot.settings.problems import ConfigError
from mailbot.settings.reading import load
from mailbot.settings.secrets import read_secret
from mailbot.settings.shapes import ImapInSettings, Settings
from mailbot.settings.values import TcpAddress, UnixAddress

__all__ = ["ConfigError", "ImapInSettings", "Settings", "TcpAddress", "UnixAddress", "load", "read_secret"]
