"""Text as people and programs write it: compared without case, on one line, without letters that nobody sees."""

import re
import unicodedata
from collections.abc import Iterable
from typing import TypeVar

MAX_ADDRESSES = 8_000
"""Letters of a header in which addresses are looked for."""

_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_PLAIN_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+")

K = TypeVar("K")
V = TypeVar("V")


def fold(text: str) -> str:
    """Return the text as names and addresses are compared: NFKC, one space between words, no case."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def fits(text: str, mask: str) -> bool:
    """Tell whether the whole text is as the mask: `#` is a digit, `@` a letter, `*` anything, all else itself.

    The time is in proportion: what a `*` has passed is never tried again. An empty mask fits all.
    """
    first, *rest = (
        re.escape(part).replace(r"\#", r"\d").replace("@", r"[^\W\d_]") for part in re.split(r"\*", fold(mask))
    )
    tail = f".*{rest.pop()}" if rest else ""
    found = "".join(f"(?>.*?{part})" for part in rest)
    return not mask or re.fullmatch(f"{first}{found}{tail}", fold(text)) is not None


def grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    """Return the second of each pair by the first, in their order."""
    found: dict[K, list[V]] = {}
    for key, value in pairs:
        found.setdefault(key, []).append(value)
    return found


def clean(text: str) -> str:
    """Return the text on one line, without control, bidi and zero-width characters."""
    return " ".join(_CONTROLS.sub(" ", text).split())


def tidy(text: str) -> str:
    """Return text as it is read: composed letters, plain line ends, no invisible or bidi characters."""
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(
        re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]", "", x)
        for x in lines
    )


def addresses_in(text: str) -> tuple[str, ...]:
    """Return the plain addresses that a header names, in order."""
    return tuple(_PLAIN_ADDRESS.findall(text[:MAX_ADDRESSES]))


def is_plain_address(address: str) -> bool:
    """Tell whether this is one ASCII local@domain and nothing else."""
    return _PLAIN_ADDRESS.fullmatch(address) is not None
