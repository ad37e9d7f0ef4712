"""Secrets: each alone in its file, read when it is needed, never kept in Settings and never shown."""

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import SecretStr

from mailbot.settings.problems import ConfigError
from mailbot.settings.shapes import MAILBOT


def read_secret(key: str, file: str, environ: Mapping[str, str] = os.environ) -> SecretStr | None:
    """Return the one line of the file that the key, such as "[relay] password_file", names; None where it names none.

    A bare name is first looked for among systemd's credentials; any other file must be closed to group and others.
    ConfigError never shows the file's name: the secret itself may stand there.
    """
    if not file:
        return None
    path, credentials = Path(file), environ.get("CREDENTIALS_DIRECTORY")
    given = Path(credentials) / path if credentials and path.name == file else None
    try:
        if given and given.is_file():
            path = given
        elif path.stat().st_mode & 0o077:
            raise _refused(key, "others can read; run chmod 600 on it")
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:
        raise _refused(key, "cannot be read; make it, and let the bot's user read it") from None
    except UnicodeDecodeError:
        lines = []
    if len(lines) != 1 or not lines[0]:
        raise _refused(key, "is not one line of text; write the secret in it, and only that")
    return SecretStr(lines[0])


def _refused(key: str, words: str) -> ConfigError:
    return ConfigError([f"{MAILBOT}: {key} names a file that {words}."])
