"""The rules as data: what a profile and the operator's settings decide. No rule is applied here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from mailbot.domain.values.money import Money
from mailbot.domain.values.pointer import Pointer
from mailbot.domain.values.vocabulary import Vocabulary


class SelfOrder(StrEnum):
    """What happens when an approver decides an order of their own (docs/rules/attest.md#r16)."""

    ALLOW = "allow"
    WARN = "warn"
    DENY = "deny"


class ReminderWait(StrEnum):
    """Which reminders wait for the next working day: none, all but the first, or all."""

    NONE = "none"
    LATER = "later"
    ALL = "all"


@dataclass(frozen=True)
class OwnCost:
    """Who decides what concerns whom, the first asked first: roles or persons' addresses (docs/rules/attest.md#r62)."""

    of: str
    by: tuple[str, ...]


@dataclass(frozen=True)
class RoleRule:
    """What a post may decide and delegate (docs/rules/attest.md#limits). `limit` is in kronor, None for no limit.

    `delegates`: the ceiling by the delegate's role, "other" for any other; None is the delegator's own limit, no entry
    forbids it. `via_portal`: it counts only where the bot is declared to be the portal. `levels`: the units where it is
    held, empty for all; `delegated_at` those where only by delegation. `deputy_of`: the posts it stands in for.
    `by_file`: nobody stands above it, so that no mail gives it.
    """

    limit: Money | None
    via_portal: bool = False
    delegates: Mapping[str, Money | None] = field(default_factory=dict)
    levels: tuple[str, ...] = ()
    delegated_at: tuple[str, ...] = ()
    deputy_of: tuple[str, ...] = ()
    by_file: bool = False


@dataclass(frozen=True)
class Policy:
    """The rules in force (docs/rules/promises.md#profile, #reminders).

    Exactly the `purchasing_limit` does not exceed it; `limit_includes_vat` is the basis of all limits.
    `step_up_above`: a decision on more needs more than the link; None for never. `remind_later_every`: the pace
    after the third reminder; `remind_waits`: which wait for a working day. `superiors` may always decide for units
    below, their delegates only with `superior_delegates`; deputies with `deputies_when_absent` only then; nobody
    decides an own order with `two_persons`, nobody below the requester without `dependent_approvers`. With
    `own_costs` what concerns a person goes by the table, else to the nearest superior; with `for_person_required`
    who holds a right over the unit says for whom they order. `accounting_pattern`: what an accounting is like
    (values/text.py), "" for anything. `categories` are handled by finance, each with words that ask for it; with
    `categories_first` before the supplier. `right_states`: what a right must state besides its
    first day. `plan_every`: how often a unit's plan is confirmed, never if zero. `statements`: the version of the
    wording that an approval certifies, "" for none (docs/rules/attest.md#r37).
    """

    profile: str
    purchasing_limit: Money
    limit_includes_vat: bool
    self_order: SelfOrder
    remind_after: timedelta
    remind_every: timedelta
    remind_later_every: timedelta
    remind_on_working_days: bool
    remind_from_hour: int
    remind_until_hour: int
    undo_window: timedelta
    link_life: timedelta
    timezone: str
    order_prefix: str
    vocabulary: Vocabulary
    remind_waits: ReminderWait = ReminderWait.LATER
    purchasing_over_limit: bool = True
    purchasing_foreign: bool = True
    purchasing_interests: bool = False
    superiors: bool = False
    superior_delegates: bool = False
    deputies_when_absent: bool = False
    two_persons: bool = False
    own_costs: bool = False
    for_person_required: bool = False
    dependent_approvers: bool = True
    counts_as_portal: bool = False
    right_states: frozenset[str] = frozenset()
    accounting_required: bool = False
    accounting_pattern: str = ""
    categories: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    categories_first: bool = False
    countervalue_required: bool = False
    statements: str = ""
    roles: Mapping[str, RoleRule] = field(default_factory=dict)
    plan_every: timedelta = timedelta(0)
    own_cost_table: tuple[OwnCost, ...] = ()
    pointers: tuple[Pointer, ...] = ()
    step_up_above: Money | None = None

    @property
    def has_posts(self) -> bool:
        """Whether rights come with posts or by delegation; otherwise the head of a unit gives what the unit needs."""
        return bool(self.roles)
