"""What a subject names of ours: references and order numbers, looked for where a slow pattern can be stopped."""

import re
from dataclasses import dataclass

from mailbot.domain.values.order import REFERENCE_LENGTH, REFERENCE_LETTERS

_REFERENCE = re.compile(rf"#([{REFERENCE_LETTERS}]{{{REFERENCE_LENGTH}}})(?![a-z0-9])")
_NUMBER = re.compile(r"\b([A-Za-z][A-Za-z0-9]{0,7})[-\u2010-\u2015]([0-9]{4})[-\u2010-\u2015]([0-9]{4,9})\b")
_OURS = re.compile(rf"(?<=\(){_NUMBER.pattern}\)$")  # how subjects of ours end
_PREFIX = re.compile(r"(?:\[[^\[\]]{0,40}\]|[^\W\d_]{1,6}(?:\[\d{1,3}\])?\s?[:：])\s*")


@dataclass(frozen=True)
class Named:
    """References and order numbers in a subject; `answered` is the one that an answer's subject begins with, or
    ends with as ours do."""

    references: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    answered: str = ""


def read_subject(subject: str) -> Named:
    """Return what a subject names; a number may lack a zero, and have other dashes."""
    numbers = dict.fromkeys(map(_number, _NUMBER.finditer(subject)))
    return Named(tuple(_REFERENCE.findall(subject)), tuple(numbers), _answered(subject.strip()))


def _number(found: re.Match[str]) -> str:
    return f"{found[1].upper()}-{found[2]}-{int(found[3]):05}"


def _answered(subject: str) -> str:
    rest = subject
    while prefix := _PREFIX.match(rest):
        rest = rest[prefix.end() :]
    found, ours = _NUMBER.match(rest), _OURS.search(rest)
    if ours and rest != subject:
        return _number(ours)
    begins = found is not None and (rest != subject or rest[found.end() :].lstrip()[:1] in {"", ":"})
    return _number(found) if found and begins else ""
