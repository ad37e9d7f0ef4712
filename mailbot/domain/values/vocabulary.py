"""The words that the domain reads in what people wrote. Which they are is not said here: mailbot/languages has them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

_RATE = r"(?:\d\d?(?:[.,]0+)?\ ?%)"


@dataclass(frozen=True, kw_only=True)
class Vocabulary:
    """Words in small letters, of all languages at once.

    `currencies`, beside codes and signs, and `multiples` of kronor stand at an amount, `currency_names` alone. The
    words from `now` on, and the `scheme_title`, are of the form that says who may approve, `own_area` is what it
    certifies; `unstated` stands where a value should; `oneself` is who writes; `months` have their
    numbers.
    """

    currencies: Mapping[str, str] = field(default_factory=dict)
    multiples: Mapping[str, int] = field(default_factory=dict)
    currency_names: Mapping[str, str] = field(default_factory=dict)
    included: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    tax: frozenset[str] = frozenset()
    now: frozenset[str] = frozenset()
    no_limit: frozenset[str] = frozenset()
    yes: frozenset[str] = frozenset()
    no: frozenset[str] = frozenset()
    scheme_title: str = ""
    own_area: str = ""
    unstated: frozenset[str] = frozenset()
    oneself: frozenset[str] = frozenset()
    months: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def sides(self) -> frozenset[str]:
        """What says that VAT is in an amount or not."""
        return self.included | self.excluded

    @cached_property
    def of_vat(self) -> frozenset[str]:
        """All words about VAT."""
        return self.sides | self.tax

    @cached_property
    def vat_phrase(self) -> re.Pattern[str]:
        """What a text says of VAT: `exkl. 25 % moms`, or `moms (inkl.)`."""
        side, tax = ("|".join(map(re.escape, sorted(words))) or "(?!)" for words in (self.sides, self.tax))
        return re.compile(
            rf"(?<!\w)(?:(?:{side})\b\.?,?\ ?{_RATE}?\ ?(?:{tax})\b|(?:{tax}),?\ ?{_RATE}?\ ?\(?(?:{side})\b)\.?\)?",
            re.IGNORECASE,
        )
