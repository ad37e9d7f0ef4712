"""A decision in a reply: one keyword alone on its first own line."""

import unicodedata
from enum import StrEnum

from mailbot.languages import COMMAND_WORDS, phrases


class Keyword(StrEnum):
    """What a reply can decide."""

    APPROVE = "approve"
    REJECT = "reject"


_KEYWORDS = {
    **dict.fromkeys(phrases(COMMAND_WORDS.approve), Keyword.APPROVE),
    **dict.fromkeys(phrases(COMMAND_WORDS.reject), Keyword.REJECT),
}


def decision_in(words: str) -> tuple[Keyword, str] | None:
    """Return the keyword alone on the first own line, and all text below it as a comment.

    "Godkänns inte", a quoted word (docs/rules/mail.md#replies), or the other keyword alone below, is no decision.
    """
    first, _, rest = words.strip().partition("\n")
    keyword = _keyword(first)
    contradicted = any(_keyword(line) not in {None, keyword} for line in rest.split("\n"))
    return (keyword, rest.strip()) if keyword and not contradicted else None


def _keyword(line: str) -> Keyword | None:
    return _KEYWORDS.get(unicodedata.normalize("NFC", line).strip().strip(" .!*").casefold())
