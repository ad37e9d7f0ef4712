"""A small sample world for tests: two units, six people, two suppliers, the rules of profile umu, one order.

Rut orders in cs; Eva, its head, and Anna decide there. Örjan decides in umf and heads it. Märta is purchasing,
Nils is no one in particular. Everything is a plain value; what a test needs otherwise it replaces.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from mailbot.domain.notices.notice import AnyNotice
from mailbot.domain.notices.who_hears import notices_for
from mailbot.domain.ordering.workflow import Act, Actor, Change, NewOrder, Verdict, decide, leave, open_order
from mailbot.domain.people.directory import Directory, Person, Right, RightKind, Supplier, Unit
from mailbot.domain.people.rights import Authority, Deciders
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Content, Destination, Field, Form, FormLine, Line, Order, Route, Vat
from mailbot.domain.values.policy import Policy, SelfOrder
from mailbot.preview.sample_policy import POLICY as POLICY

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
"""A Monday, ten o'clock in Stockholm."""
DAY = date(2026, 11, 23)
START = date(2026, 1, 1)

EVA = Person(1, "Eva Ek", "eva.ek@example.se", aliases=("eva@example.se",), units=("cs",))
ANNA = Person(2, "Anna Ask", "anna.ask@example.se", units=("cs",))
RUT = Person(3, "Rut Rask", "rut.rask@example.se", units=("cs",))
ORJAN = Person(4, "Örjan Åström", "orjan.astrom@example.se", units=("umf",))
MARTA = Person(5, "Märta Öst", "marta.ost@example.se")
NILS = Person(6, "Nils Nord", "nils.nord@example.se", units=("cs", "umf"))

CS = Unit("cs", "Institutionen för datavetenskap", head=EVA.id)
UMF = Unit("umf", "Umeskärs marina forskningsstation", head=ORJAN.id)

DUSTIN = Supplier(1, "Dustin AB", "order@dustin.example", org_number="556666-1012")
ATEA = Supplier(2, "Atea Sverige AB", "bestallning@atea.example", org_number="556448-0282")


def right(key: int, person: Person, unit: Unit, kind: RightKind = RightKind.ORDER) -> Right:
    """Return a right without end."""
    return Right(key, person.id, unit.id, kind=kind, valid_from=START)


RIGHTS = (
    right(1, EVA, CS),
    right(2, ANNA, CS),
    right(3, ORJAN, UMF),
    right(4, MARTA, CS, RightKind.PURCHASING),
)

DIRECTORY = Directory(
    persons={p.id: p for p in (EVA, ANNA, RUT, ORJAN, MARTA, NILS)},
    units={u.id: u for u in (CS, UMF)},
    rights=RIGHTS,
    suppliers={s.id: s for s in (DUSTIN, ATEA)},
)


def directory_with(
    *rights: Right, self_order: SelfOrder | None = None, head: Person | None = EVA, unit: Unit = CS
) -> Directory:
    """Return the sample directory with these rights instead (all of them when none is given) and one unit changed."""
    changed = replace(unit, self_order=self_order, head=head.id if head else None)
    return replace(DIRECTORY, rights=rights or RIGHTS, units={**DIRECTORY.units, unit.id: changed})


def without_approvers() -> Directory:
    """Return the sample directory with nobody who may decide anything."""
    return replace(DIRECTORY, rights=())


def kr(amount: str) -> Money:
    """Return kronor."""
    return Money(Decimal(amount))


def line(price: str, quantity: str = "1", description: str = "Dell XPS 13", currency: str = "SEK") -> Line:
    """Return one order line."""
    return Line(description, Decimal(quantity), Money(Decimal(price), currency))


def content(
    *lines: Line,
    unit: str = CS.id,
    approver: Person = EVA,
    supplier: Supplier | None = DUSTIN,
    currency: str = "SEK",
    vat: Vat | None = None,
    total: Money | None = None,
    details: Mapping[Field, str] | None = None,
) -> Content:
    """Return what Rut orders: one laptop for 12 500 kr from Dustin unless said otherwise."""
    return Content(
        unit=unit,
        approver=approver.id,
        supplier=supplier.name if supplier else "Hörnbutiken",
        supplier_id=supplier.id if supplier else None,
        lines=lines or (line("12500", currency=currency),),
        currency=currency,
        vat=vat or Vat(),
        stated_total=total,
        details=details or {},
    )


FORM = Form(
    fields={Field.UNIT: "cs", Field.APPROVER: "Eva Ek", Field.SUPPLIER: "Dustin AB"},
    lines=(FormLine("Dell XPS 13", "1", "12 500"),),
)


def authority_of(person: Person, *, own: bool = False) -> Authority:
    """Return the authority that the person's first right gives, or would give."""
    held = DIRECTORY.rights_of(person.id)
    return Authority(person, held[0] if held else right(99, person, CS), own=own)


BY_RUT = Actor(RUT.id, "loopback")
BY_EVA = Actor(EVA.id, "signed link")
BY_ANNA = Actor(ANNA.id, "signed link")
TO_SUPPLIER = Route(Destination.SUPPLIER)


def opened(ordered: Content | None = None, requester: Person = RUT, policy: Policy = POLICY) -> Change:
    """Return the opening of an order, mailed at NOW."""
    request = NewOrder(0, "IT-2026-00042", "abcdefghijkm", ordered or content(), FORM)
    return open_order(request, requester.id, Act(Actor(requester.id, "loopback"), policy, NOW))


def pending(ordered: Content | None = None, requester: Person = RUT, policy: Policy = POLICY) -> Order:
    """Return a stored order that waits for its decision since NOW."""
    return replace(opened(ordered, requester, policy).after, id=42)


def verdict(order: Order, *, approved: bool = True, comment: str = "", route: Route = TO_SUPPLIER) -> Verdict:
    """Return a yes or no to the order as it stands."""
    return Verdict(approved, comment, order.version, route)


def done(step: object) -> Change:
    """Return the change, where a refusal would be the test's own mistake."""
    assert isinstance(step, Change), step
    return step


def decided(
    order: Order | None = None,
    *,
    approved: bool = True,
    by: Person = EVA,
    comment: str = "",
    route: Route = TO_SUPPLIER,
    policy: Policy = POLICY,
) -> Change:
    """Return the decision of an order at NOW."""
    stands = order or pending(policy=policy)
    said = verdict(stands, approved=approved, comment=comment, route=route)
    return done(decide(stands, authority_of(by), said, Act(Actor(by.id, "signed link"), policy, NOW)))


def approved(by: Person = EVA, route: Route = TO_SUPPLIER) -> Order:
    """Return an order approved at NOW, which has not left."""
    return decided(by=by, route=route).after


def rejected(by: Person = EVA) -> Order:
    """Return an order rejected at NOW, which has not gone back."""
    return decided(by=by, approved=False, comment="Köp en billigare").after


def left(order: Order) -> Order:
    """Return the decided order when its undo window is over and its mails are claimed for sending."""
    assert order.leaves_at is not None
    return done(leave(order, POLICY, order.leaves_at)).after


def called_for(change: Change, directory: Directory = DIRECTORY, policy: Policy = POLICY) -> tuple[AnyNotice, ...]:
    """Return the notices that a change calls for."""
    return notices_for(change, Deciders.of(change.after, directory, policy, DAY))
