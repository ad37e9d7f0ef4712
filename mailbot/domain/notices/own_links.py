"""What opens or decides something for its reader alone: our signed links, and secret addresses for answers."""

import re

from mailbot.domain.notices.notice import Purpose

_SLASH = "(?:/|%2F|_)"  # some gateways write a link inside another one
_SIGNED = r"(?:[\w-]{25,}\.[\w-]|I[i-n][\w-]{0,40}\.?=?$)"
"""Whole, or cut off at the end of a line; it begins as any quoted text does in base64."""
_SECRET = re.compile(
    rf"(?i:{_SLASH}(?:{'|'.join(Purpose)}){_SLASH}){_SIGNED}|[+\-_.][a-z2-7]{{26}}@", re.ASCII | re.MULTILINE
)


def before_secrets(text: str) -> str:
    """Return the lines above the first one that holds a link of ours or a secret address: nobody else may get these."""
    found = _SECRET.search(text)
    return text[: text.rfind("\n", 0, found.start()) + 1].rstrip() if found else text
