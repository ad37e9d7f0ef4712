"""A made-up language, made_up.toml: for what runs orders through it, and for what every language must have."""

from pathlib import Path

from mailbot.languages.files import language_in

FILE = Path(__file__).with_name("made_up.toml")
LANGUAGE = language_in(FILE)
