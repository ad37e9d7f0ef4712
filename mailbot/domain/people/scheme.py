"""The form `Beställningsordning` as it is written, and what can be wrong with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from mailbot.domain.people.directory import Person, RightKind
from mailbot.domain.people.right_rules import RightProblem
from mailbot.domain.values.money import AmountProblem, Money
from mailbot.domain.values.policy import Policy


class SchemeKey(StrEnum):
    """The keys of the form; values that a right has too are named alike."""

    UNIT = "unit"
    APPROVER = "approver"
    APPOINTER = "appointer"
    FROM = "from"
    TO = "to"
    ENDS = "ends"
    LAST_DAY = "last_day"
    LIMIT = "limit"
    ROLE = "role"
    GROUND = "ground"
    MAY_DELEGATE = "may_delegate"
    DELEGATED_FROM = "delegated_from"
    DEPUTY_FOR = "deputy_for"
    OWN_AREA = "own_area"


ALWAYS = (SchemeKey.UNIT, SchemeKey.APPROVER, SchemeKey.FROM, SchemeKey.TO, SchemeKey.ENDS, SchemeKey.LAST_DAY)
TAKES = {SchemeKey.ENDS, SchemeKey.LAST_DAY}
"""The keys by which an entry takes away: a right, or all that a person who leaves may do."""


@dataclass(frozen=True)
class SchemeEntry:
    """What the form says of one person; `conflicts` are keys with two values. An appointer may propose approvers."""

    fields: Mapping[SchemeKey, str] = field(default_factory=dict)
    conflicts: tuple[SchemeKey, ...] = ()

    @property
    def names(self) -> SchemeKey:
        """The key under which the person stands."""
        return SchemeKey.APPOINTER if SchemeKey.APPOINTER in self.fields else SchemeKey.APPROVER

    @property
    def who(self) -> str:
        """The person as written."""
        return self.fields.get(self.names, "")

    @property
    def kind(self) -> RightKind:
        """The kind of right that the entry is about."""
        return RightKind.APPOINT if self.names is SchemeKey.APPOINTER else RightKind.ORDER


@dataclass(frozen=True)
class Scheme:
    """The form as written. `forwarded`: it stands in a mail only passed on. `notes`: other lines of the mail."""

    unit: str = ""
    entries: tuple[SchemeEntry, ...] = ()
    units: tuple[str, ...] = ()
    forwarded: bool = False
    notes: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is filled in: who mails it so asks for the form."""
        return not (self.unit or self.entries or self.forwarded)


class SchemeProblemKind(StrEnum):
    """What is wrong with a form."""

    NO_DOCUMENT = "no_document"
    NOT_YOURS = "not_yours"
    FORWARDED = "forwarded"
    MISSING = "missing"
    CONFLICT = "conflict"
    TOO_MANY = "too_many"
    UNKNOWN_UNIT = "unknown_unit"
    UNKNOWN_PERSON = "unknown_person"
    AMBIGUOUS_PERSON = "ambiguous_person"
    BAD_DAY = "bad_day"
    BAD_LIMIT = "bad_limit"
    BAD_YES_NO = "bad_yes_no"
    NOT_ALL_YOURS = "not_all_yours"
    BEYOND_LAST_DAY = "beyond_last_day"
    NOTHING_TO_END = "nothing_to_end"
    ENDS_AND_BEGINS = "ends_and_begins"
    HEAD_ONLY = "head_only"
    SUPPORT_STAFF = "support_staff"
    NOT_YET_A_PERSON = "not_yet_a_person"
    OWN_GAIN = "own_gain"
    OBJECTION = "objection"


@dataclass(frozen=True)
class SchemeProblem:
    """One thing to mend. `why` says more of an amount or a right, `readings` what an amount may mean."""

    fault: SchemeProblemKind
    key: SchemeKey | None = None
    text: str = ""
    who: str = ""
    why: AmountProblem | RightProblem | None = None
    choices: tuple[Person, ...] = ()
    readings: tuple[Money, ...] = ()


def keys_of(policy: Policy) -> tuple[SchemeKey, ...]:
    """Return the keys that the empty form shows: what the profile's rules know of."""
    wanted = {*ALWAYS, *map(SchemeKey, policy.right_states)}
    if policy.roles:
        wanted |= {SchemeKey.LIMIT, SchemeKey.ROLE, SchemeKey.MAY_DELEGATE, SchemeKey.DELEGATED_FROM}
    if policy.deputies_when_absent:
        wanted.add(SchemeKey.DEPUTY_FOR)
    return tuple(key for key in SchemeKey if key in wanted)
