"""Categories of purchases that finance handles by hand, such as representation (docs/rules/attest.md#special)."""

from collections.abc import Iterable

from mailbot.domain.values.order import Content, Field
from mailbot.domain.values.policy import Policy
from mailbot.domain.values.text import fold


def special_category(content: Content, policy: Policy) -> str:
    """Return the category of the policy that the order's own field names, "" for none; an ending may be left out."""
    said = fold(content.details.get(Field.CATEGORY, ""))
    return next((name for name, words in policy.categories.items() if _names(said, (name, *words))), "")


def _names(said: str, texts: Iterable[str]) -> bool:
    return len(said) > 3 and any(said.startswith(fold(text)) or fold(text).startswith(said) for text in texts)


def perhaps_special(content: Content, policy: Policy) -> tuple[str, ...]:
    """Return the categories of which a word begins a word of the order's lines, where the order names no category."""
    if Field.CATEGORY in content.details:
        return ()
    text = " ".join((*(line.description for line in content.lines), content.details.get(Field.REASON, "")))
    found = [word.strip("().,:;") for word in fold(text).split()]
    return tuple(
        name
        for name, words in policy.categories.items()
        if any(word.startswith(fold(begin)) for word in found for begin in words)
    )
