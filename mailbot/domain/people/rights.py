"""May this person decide this order now, in what capacity, and if not, why (docs/rules/promises.md#decide).

Who may decide is who the rules let: those whom nobody asks may too. Who is asked and offered are the nearest of them.

The answer comes from directory and policy alone, so that pages, mails, log and transaction say the same.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from functools import cached_property
from itertools import chain

from mailbot.domain.people.directory import DECIDING, Directory, Person, Right, RightKind
from mailbot.domain.people.right_rules import givers, is_delegated, reach, standing, stood_in_for
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Content, Order
from mailbot.domain.values.policy import OwnCost, Policy, SelfOrder
from mailbot.domain.values.text import fold


class Denial(StrEnum):
    """Why a person may not decide an order; where several rights fail, the one that came nearest says why."""

    RECUSED = "recused"
    OWN_ORDER = "own_order"
    INTEREST = "interest"
    OWN_COST = "own_cost"
    OWN_COST_OF_OTHER = "own_cost_of_other"
    NOT_ABOVE = "not_above"
    ONLY_OWN_UNIT = "only_own_unit"
    DEPENDENT = "dependent"
    OVER_OWN_LIMIT = "over_own_limit"
    AMOUNT_UNKNOWN = "amount_unknown"
    HOLDER_PRESENT = "holder_present"
    HOLDER_GONE = "holder_gone"
    WRONG_LEVEL = "wrong_level"
    DEPUTY_FOR_MISSING = "deputy_for_missing"
    DELEGATOR_MISSING = "delegator_missing"
    DELEGATOR_GONE = "delegator_gone"
    NOT_DELEGABLE = "not_delegable"
    UNKNOWN_ROLE = "unknown_role"
    ROLE_MISSING = "role_missing"
    NOT_PORTAL = "not_portal"
    NOT_YET = "not_yet"
    EXPIRED = "expired"
    ENDED = "ended"
    NO_RIGHT = "no_right"


class Capacity(StrEnum):
    """As what somebody decides."""

    HOLDER = "holder"
    DEPUTY = "deputy"
    SUPERIOR = "superior"
    OWN_COST = "own_cost"


@dataclass(frozen=True)
class Authority:
    """A person's right to decide one order; `own` marks an own order that the unit only warns about.

    `level` counts the steps up the tree from the order's unit to the right's; by the table of own costs, the places of
    its row before the one named and the steps up from there. `named`: the table names them, or whose deputy they are.
    """

    person: Person
    right: Right
    capacity: Capacity = Capacity.HOLDER
    level: int = 0
    own: bool = False
    named: bool = False


@dataclass(frozen=True)
class Matter:
    """What authority depends on in an order. `amount` is in kronor, in the VAT basis of the policy's limits, None if
    there is none in kronor; `any_amount` says that it is not asked for yet."""

    unit: str
    requester: int
    day: date
    amount: Money | None = None
    any_amount: bool = False
    supplier: int | None = None
    concerns: int | None = None
    recused: frozenset[int] = frozenset()


def counted(content: Content, policy: Policy) -> Money | None:
    """Return the amount that limits are compared with, in kronor: of a foreign order its stated countervalue."""
    if content.currency == policy.purchasing_limit.currency:
        return content.total_in(includes_vat=policy.limit_includes_vat)
    return content.countervalue_in(includes_vat=policy.limit_includes_vat)


def matter_of(order: Order, policy: Policy, day: date) -> Matter:
    """Return what authority depends on in this order on the local day."""
    content = order.content
    return Matter(
        content.unit,
        order.requester,
        day,
        counted(content, policy),
        supplier=content.supplier_id,
        concerns=content.concerns,
        recused=order.recused,
    )


def self_order_rule(unit: str, directory: Directory, policy: Policy) -> SelfOrder:
    """Return the unit's rule for own orders, else the policy's; two persons beat both (docs/rules/attest.md#r16, #r32,
    #r36)."""
    return SelfOrder.DENY if policy.two_persons else directory.units[unit].self_order or policy.self_order


def _authority(person: Person, matter: Matter, directory: Directory, policy: Policy) -> Authority | Denial:
    if person.id in matter.recused:
        return Denial.RECUSED
    rule = self_order_rule(matter.unit, directory, policy)
    own = person.id == matter.requester
    if own and rule is SelfOrder.DENY:
        return Denial.OWN_ORDER
    if any(directory.is_supplier(key, matter.supplier) for key in person.interests):
        return Denial.INTEREST
    found = _by_right(person, matter, directory, policy)
    return replace(found, own=own and rule is SelfOrder.WARN) if isinstance(found, Authority) else found


def _by_right(person: Person, matter: Matter, directory: Directory, policy: Policy) -> Authority | Denial:
    """What concerns a person goes by the table, else to somebody above them (docs/rules/attest.md#r59, #r62)."""
    usual = list(_rights_over(matter.unit, person, directory, policy))
    if not policy.own_costs or matter.concerns is None:
        return _best(usual, matter, directory, policy)
    if person.id == matter.concerns:
        return Denial.OWN_COST
    if table := _by_table(matter, directory, policy):
        held = [a for a in table if a.person == person]
        return _best(held, matter, directory, policy) if held else Denial.OWN_COST_OF_OTHER
    superior = _best([a for a in usual if _is_above(a, matter, directory, policy)], matter, directory, policy)
    if isinstance(superior, Authority):
        return superior
    nearest = _best(usual, matter, directory, policy)
    return Denial.NOT_ABOVE if isinstance(nearest, Authority) else nearest


def _best(held: Iterable[Authority], matter: Matter, directory: Directory, policy: Policy) -> Authority | Denial:
    """Return a person's right nearest to the unit, an own one first; or what came nearest to allowing it."""
    denials = [Denial.NO_RIGHT]
    able: list[Authority] = []
    for authority in held:
        barred = _barred(authority, matter, directory, policy)
        if barred is not None:
            denials.append(barred)
        else:
            able.append(authority)
    if able:
        return min(able, key=lambda a: (a.level, a.right.deputy_for is not None, a.right.valid_from, a.right.id))
    order = list(Denial)
    return min(denials, key=order.index)


def _rights_over(unit: str, person: Person, directory: Directory, policy: Policy) -> Iterator[Authority]:
    """Yield the rights over the unit's orders, those above too where superiors may (docs/rules/attest.md#r56)."""
    levels = {u: level for level, u in enumerate(places_over(unit, directory, policy))}
    for right in directory.rights_of(person.id):
        if right.kind is RightKind.ORDER and right.unit in levels:
            yield _at_level(right, levels[right.unit], directory)


def places_over(unit: str, directory: Directory, policy: Policy) -> tuple[str, ...]:
    """Return the units whose rights reach the unit's orders, the unit itself first."""
    return directory.path(unit) if policy.superiors else (unit,)


def approvers(unit: str, directory: Directory, policy: Policy, day: date) -> set[int]:
    """Return whose rights cover the unit on the local day, whatever the order is."""
    levels = enumerate(places_over(unit, directory, policy))
    held = (_at_level(r, n, directory) for n, u in levels for r in directory.rights_in(u, RightKind.ORDER))
    return {a.person.id for a in held if a.right.live(day) and not _is_only_of_unit(a, directory, policy)}


def _is_only_of_unit(authority: Authority, directory: Directory, policy: Policy) -> bool:
    """Tell whether a unit above has only delegated the right, which then is for that unit alone."""
    is_superior = authority.level > 0 and not authority.named
    return is_superior and not policy.superior_delegates and is_delegated(authority.right, directory, policy)


def _at_level(right: Right, level: int, directory: Directory) -> Authority:
    capacity = Capacity.DEPUTY if right.deputy_for else Capacity.SUPERIOR if level else Capacity.HOLDER
    return Authority(directory.persons[right.person], right, capacity, level)


def _barred(authority: Authority, matter: Matter, directory: Directory, policy: Policy) -> Denial | None:
    """Return why this right does not cover it, or None (docs/rules/attest.md#r54, #r55, #r56, #r65, #r66, #portal)."""
    right = authority.right
    role, deputy = policy.roles.get(right.role), right.deputy_for
    registered = directory.absence(deputy, matter.day) if deputy is not None else None
    limit = reach(right, directory, policy, matter.day)
    reasons = {
        Denial.ENDED: right.ended_at is not None,
        Denial.EXPIRED: right.valid_to is not None and right.valid_to < matter.day,
        Denial.NOT_YET: right.valid_from > matter.day,
        Denial.NOT_PORTAL: role is not None and role.via_portal and not policy.counts_as_portal,
        Denial.HOLDER_PRESENT: (policy.deputies_when_absent or (role is not None and role.deputy_of != ()))
        and deputy is not None
        and not (registered is not None and registered.registered),
        Denial.HOLDER_GONE: deputy is not None
        and not any(r.live(matter.day) for r in stood_in_for(right, directory, policy)),
        Denial.ONLY_OWN_UNIT: _is_only_of_unit(authority, directory, policy),
        Denial.DEPENDENT: not policy.dependent_approvers and depends_on(authority, matter.requester, directory),
        Denial.AMOUNT_UNKNOWN: limit is not None and matter.amount is None and not matter.any_amount,
        Denial.OVER_OWN_LIMIT: limit is not None and matter.amount is not None and matter.amount > limit,
    }
    against = (Denial(found.objection.value) for found in standing(right, directory, policy))
    return next((reason for reason, found in reasons.items() if found), next(against, None))


def depends_on(authority: Authority, superior: int, directory: Directory) -> bool:
    """Tell whether who decides works in a unit that this person heads, or decides by a right that comes from them.

    Whom the table of own costs names is excepted (docs/rules/flags.md#r21).
    """
    if authority.capacity is Capacity.OWN_COST or authority.person.id == superior:
        return False
    headed = set(directory.heads(superior))
    places = {authority.right.unit, *authority.person.units}
    works_there = any(headed & set(directory.path(place)) for place in places)
    return works_there or superior in givers(authority.right, directory)


def _by_table(matter: Matter, directory: Directory, policy: Policy) -> list[Authority]:
    """Return whom the table of own costs names, their deputies, and those above them; nothing where it is silent.

    The organisation's rows go before the profile's, and a row of the person before one of their post. Of several named
    ones the first is the nearest. Nobody below a named one decides, and above it only who is above the person too
    (docs/rules/attest.md#r54, #r56, #r62).
    """
    row = _row(matter, directory, policy)
    if row is None:
        return []
    by = [(place, r) for place, by in enumerate(row.by) for r in _holding(row, by, matter, directory, policy)]
    found = [replace(_at_level(r, place, directory), capacity=Capacity.OWN_COST, named=True) for place, r in by]
    for place, named in by:
        for steps, unit in enumerate(places_over(named.unit, directory, policy)):
            kind = RightKind.ORDER if steps else named.kind
            over = [_at_level(r, place + steps, directory) for r in directory.rights_in(unit, kind)]
            deputies = (replace(a, named=True) for a in over if a.right.deputy_for == named.person)
            found += deputies if steps == 0 else (a for a in over if _is_above(a, matter, directory, policy))
    return [a for a in found if a.person.id != matter.concerns]


def _row(matter: Matter, directory: Directory, policy: Policy) -> OwnCost | None:
    concerned = matter.concerns
    if concerned is None:
        return None
    posts = [r for r in directory.rights_of(concerned) if r.live(matter.day)]
    roles = {r.role for r in posts if not any(standing(r, directory, policy))}
    rows = (*directory.own_costs, *policy.own_cost_table)
    own = (r for r in rows if directory.person_at(r.of) == directory.persons[concerned])
    return next(chain(own, (r for r in rows if r.of in roles)), None)


def _holding(row: OwnCost, by: str, matter: Matter, directory: Directory, policy: Policy) -> Iterator[Right]:
    """Yield the live rights of a person or role that the row names, never the concerned person's own.

    Of a role those nearest above the person; with none above, those below: the planeringschef for the rektor. A dean of
    another faculty is neither.
    """
    at, concerned, day = directory.person_at(by), matter.concerns, matter.day
    if at is not None:
        yield from (r for r in _posts(at.id, directory, day) if at.id != concerned)
        return
    held = [r for r in directory.rights_with(by) if r.kind in DECIDING and r.live(day)]
    held = [r for r in held if r.deputy_for is None and r.person != concerned]
    held = [r for r in held if not any(standing(r, directory, policy))]
    units = {r.unit for r in held}
    starts = _places(row, concerned, directory, day)
    above = {next((u for u in directory.path(start) if u in units), None) for start in starts} - {None}
    chosen = above or {u for u in units if starts.intersection(directory.path(u))}
    yield from (r for r in held if r.unit in chosen)


def _posts(person: int, directory: Directory, day: date) -> list[Right]:
    return [r for r in directory.rights_of(person) if r.kind in DECIDING and r.live(day)]


def _places(row: OwnCost, person: int | None, directory: Directory, day: date) -> set[str]:
    """Return where the person has the row's role; where it names the person, every unit they have a post in."""
    if person is None:
        return set()
    held = _posts(person, directory, day)
    in_role = {r.unit for r in held if r.role == row.of}
    return in_role or {*directory.heads(person), *(r.unit for r in held), *directory.persons[person].units}


def _is_above(authority: Authority, matter: Matter, directory: Directory, policy: Policy) -> bool:
    """Tell whether the right is a superior's of the person whom it is for (docs/rules/attest.md#r59).

    For a plain employee an approver of the unit is one. Whoever decides by delegation is nobody's superior.
    """
    right, concerned = authority.right, matter.concerns
    if concerned is None:
        return False
    headed = directory.heads(concerned)
    held = {r.unit for r in _posts(concerned, directory, matter.day)}
    if (authority.level or headed or held) and is_delegated(right, directory, policy):
        return False
    strictly = all(right.unit in directory.path(u)[1:] for u in headed)
    head_or_above = (directory.units[u].head == right.person or right.unit in directory.path(u)[1:] for u in held)
    return strictly and all(head_or_above)


def _candidates(matter: Matter, directory: Directory, policy: Policy) -> tuple[Person, ...]:
    """Return those with any right over the unit, valid or not, and those whom the own-cost table names."""
    units = places_over(matter.unit, directory, policy)
    ids = {r.person for u in units for r in directory.rights_in(u, RightKind.ORDER)}
    ids |= {a.person.id for a in _by_table(matter, directory, policy)} if policy.own_costs else set()
    return directory.by_name(ids)


@dataclass(frozen=True)
class Deciders:
    """Who may decide a matter, who may not and why, and who is asked: each worked out once, when it is first needed."""

    matter: Matter
    directory: Directory
    policy: Policy
    _answers: dict[int, Authority | Denial] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def of(cls, order: Order, directory: Directory, policy: Policy, day: date) -> "Deciders":
        """Return who may decide this order on the local day."""
        return cls(matter_of(order, policy, day), directory, policy)

    def authority(self, person: Person) -> Authority | Denial:
        """Say whether the person may decide the matter, as what, or why not."""
        if person.id not in self._answers:
            self._answers[person.id] = _authority(person, self.matter, self.directory, self.policy)
        return self._answers[person.id]

    @cached_property
    def able(self) -> tuple[Authority, ...]:
        """Everyone who may decide the matter: the nearest level first, then by name."""
        answers = map(self.authority, _candidates(self.matter, self.directory, self.policy))
        able = [a for a in answers if isinstance(a, Authority)]
        return tuple(sorted(able, key=lambda a: (a.level, fold(a.person.name), a.person.id)))

    @property
    def persons(self) -> tuple[Person, ...]:
        """Everyone who may decide the matter, in the same order."""
        return tuple(a.person for a in self.able)

    def near(self, *but: int, up: int = 0) -> tuple[Person, ...]:
        """Return everyone of the nearest level that may decide with somebody present, as if those in `but` could not.

        `up` adds as many levels above it, but never the top: the top unit, and where posts are that only the operator's
        file gives (docs/rules/promises.md#nearest).
        """
        able = [a for a in self.able if a.person.id not in but]
        nearest = self._level(able)
        above = sorted({a.level for a in able if a.level > nearest} - {a.level for a in self.able if self._at_top(a)})
        levels = {nearest, *above[:up]}
        return tuple(a.person for a in able if a.level in levels)

    def askable(self, by: int, up: int = 0) -> tuple[Person, ...]:
        """Return whom may be asked instead of this person: as `near`, and nobody about their own order
        (docs/rules/attest.md#r16)."""
        return self.near(by, self.matter.requester, up=up)

    def is_above(self, person: Person, chosen: int | None = None) -> bool:
        """Tell whether the person may decide the matter, but only from above the nearest level.

        The `chosen` approver is looked at first: a superior's list is long, and most often that answers it.
        """
        found, day = self.authority(person), self.matter.day
        if not isinstance(found, Authority) or found.level == 0:
            return False
        known = self.authority(self.directory.persons[chosen]) if chosen is not None else None
        is_nearer = isinstance(known, Authority) and known.level < found.level
        if is_nearer and chosen is not None and not self.directory.absence(chosen, day):
            return True
        return found.level > self._level(self.able)

    def _level(self, able: Sequence[Authority]) -> int:
        return self._present(able)[0].level if able else 0

    def _at_top(self, held: Authority) -> bool:
        role = self.policy.roles.get(held.right.role)
        return self.directory.units[held.right.unit].parent is None or (role is not None and role.by_file)

    def asked(self, chosen: int) -> tuple[Person, ...]:
        """Return who is asked: the chosen approver, else those nearest who may decide and are there.

        The absent are asked where only they could decide. After a recusal a superior is asked first, where there is one
        (docs/rules/attest.md#r60); a requester only if they chose themself or are alone (docs/rules/attest.md#r16:
        should not).
        """
        present = self._present(self.able)
        if any(a.person.id == chosen for a in present):
            return (self.directory.persons[chosen],)
        return self._nearest(present, chosen)

    def others_than(self, chosen: int) -> tuple[Person, ...]:
        """Return who is asked if the chosen approver cannot be reached: those nearest who may decide and are there."""
        return self._nearest(self._present([a for a in self.able if a.person.id != chosen]), chosen)

    def _present(self, able: Sequence[Authority]) -> Sequence[Authority]:
        return [a for a in able if not self.directory.absence(a.person.id, self.matter.day)] or able

    def _nearest(self, present: Sequence[Authority], chosen: int) -> tuple[Person, ...]:
        present = [a for a in present if not a.own] or present
        if chosen in self.matter.recused:
            present = [a for a in present if a.level > 0] or present
        away = self.directory.absence(chosen, self.matter.day)
        named = [a for a in present if away is not None and a.person.id == away.substitute]
        nearest = named or [a for a in present if a.level == present[0].level]
        return tuple(a.person for a in nearest)

    def explain(self, order: Order) -> tuple[tuple[Person, Authority | Denial], ...]:
        """Return the answer for everyone whom it could concern: those with a right over the unit, valid or not."""
        ids = {p.id for p in _candidates(self.matter, self.directory, self.policy)}
        ids |= {order.content.approver, order.requester} | ({order.decision.person} if order.decision else set())
        return tuple((p, self.authority(p)) for p in self.directory.by_name(ids))
