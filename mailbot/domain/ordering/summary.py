"""An order with names instead of ids: what every mail and page shows, worked out in one place."""

from dataclasses import dataclass

from mailbot.domain.ordering.categories import perhaps_special
from mailbot.domain.ordering.routing import route
from mailbot.domain.people.directory import Absence, Person, Supplier, Unit
from mailbot.domain.people.rights import Deciders, Denial, self_order_rule
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import FIELDS, FOR_THE_SUPPLIER, Content, Field, Line, Order, Route, changed_fields
from mailbot.domain.values.policy import SelfOrder


@dataclass(frozen=True)
class Summary:
    """What people are shown of an order. `counted` is compared with the limit, in its VAT basis.

    `route` is where an approval without a comment leads, or the decision has led. `able` may decide, `asked` are asked
    now. `away` is the chosen approver's absence, `denial` why they may not. `changed` names Content's fields that were
    corrected last. `own`: the requester could decide it under a rule that only warns. `concerns` is whom it is for.
    `perhaps_special` are categories that its words suggest.
    """

    order: Order
    requester: Person
    unit: Unit
    approver: Person
    decider: Person | None
    supplier: Supplier | None
    deciders: Deciders
    able: tuple[Person, ...]
    asked: tuple[Person, ...]
    away: Absence | None
    route: Route
    counted: Money
    counted_with_vat: bool
    limit: Money | None
    changed: tuple[str, ...]
    own: bool
    concerns: Person | None = None
    denial: Denial | None = None
    perhaps_special: tuple[str, ...] = ()

    @property
    def content(self) -> Content:
        """The order's content in its current version."""
        return self.order.content

    def near(self, *but: Person) -> tuple[Person, ...]:
        """Return whom people are told of who can decide it: the nearest level, as if those in `but` could not."""
        return self.deciders.near(*(person.id for person in but))

    def askable(self, by: Person) -> tuple[Person, ...]:
        """Return whom may be asked instead of this person: the nearest level, never the requester."""
        return self.deciders.askable(by.id)

    def above(self, by: Person) -> tuple[Person, ...]:
        """Return who is asked instead only where somebody insists: those of the level above."""
        return tuple(person for person in self.deciders.askable(by.id, up=1) if person not in self.askable(by))

    @property
    def lines_removed(self) -> tuple[Line, ...]:
        """The lines of the previous version that are gone now."""
        kept = set(self.content.lines)
        return tuple(line for line in (self.order.previous or self.content).lines if line not in kept)

    @property
    def lines_added(self) -> tuple[Line, ...]:
        """The lines that the previous version did not have."""
        known = set((self.order.previous or self.content).lines)
        return tuple(line for line in self.content.lines if line not in known)

    @property
    def needed(self) -> tuple[tuple[Field, str], ...]:
        """The details that say until when it is needed."""
        return tuple((f, text) for f, text in self.content.details.items() if FIELDS[f].hurries)

    @property
    def for_supplier(self) -> tuple[tuple[Field, str], ...]:
        """The details that a supplier is told."""
        return tuple((f, self.content.details[f]) for f in FOR_THE_SUPPLIER if f in self.content.details)


def summarise(order: Order, deciders: Deciders) -> Summary:
    """Return the order as people are shown it on the local day of its deciders."""
    content, directory, policy = order.content, deciders.directory, deciders.policy
    own_rule = self_order_rule(content.unit, directory, policy)
    chosen = deciders.authority(directory.persons[order.approver])
    return Summary(
        order=order,
        requester=directory.persons[order.requester],
        unit=directory.units[content.unit],
        approver=directory.persons[content.approver],
        decider=directory.persons[order.decision.person] if order.decision else None,
        supplier=directory.suppliers.get(content.supplier_id) if content.supplier_id is not None else None,
        deciders=deciders,
        able=deciders.persons,
        asked=deciders.asked(order.approver),
        away=directory.absence(order.approver, deciders.matter.day),
        route=order.route or route(content, "", directory, policy),
        counted=content.total_in(includes_vat=policy.limit_includes_vat),
        counted_with_vat=policy.limit_includes_vat,
        limit=policy.purchasing_limit if policy.purchasing_over_limit else None,
        changed=changed_fields(order.previous, content) if order.previous else (),
        own=own_rule is SelfOrder.WARN and order.requester in {p.id for p in deciders.persons},
        concerns=directory.persons[content.concerns] if content.concerns is not None else None,
        denial=chosen if isinstance(chosen, Denial) else None,
        perhaps_special=perhaps_special(content, policy),
    )
