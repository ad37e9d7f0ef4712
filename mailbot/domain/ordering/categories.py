"""Categories of purchases that finance handles by hand, such as representation (docs/rules/attest.md#special)."""

import re
from collections.abc import Iterable

from mailbot.domain.values.order import Content, Field
from mailbot.domain.values.policy import Policy
from mailbot.domain.values.text import fold

_ENDING = "(?:[aenrst]|[aeo]r|[aeo]rs|e[nt]s?|ns|na|[aeo]rnas?)?"
"""How a Swedish word may go on without becoming another: `lunch`, `luncher`, `lunchens`."""


def special_category(content: Content, policy: Policy) -> str:
    """Return the category of the policy with which the order's own field begins, "" for none."""
    said = fold(content.details.get(Field.CATEGORY, ""))
    return next((name for name, words in policy.categories.items() if _any_of((name, *words)).match(said)), "")


def _any_of(words: Iterable[str]) -> re.Pattern[str]:
    """Return what finds one of these as whole words, each with an ending of its own."""
    phrases = (" ".join(re.escape(word) + _ENDING for word in fold(phrase).split()) for phrase in words)
    return re.compile(rf"(?<!\w)(?:{'|'.join(phrases)})(?!\w)")


def perhaps_special(content: Content, policy: Policy) -> tuple[str, ...]:
    """Return the categories of which a word stands in the order's lines or reason, where its field names none."""
    if Field.CATEGORY in content.details:
        return ()
    text = fold(" ".join((*(line.description for line in content.lines), content.details.get(Field.REASON, ""))))
    return tuple(name for name, words in policy.categories.items() if words and _any_of(words).search(text))
