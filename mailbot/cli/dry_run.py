"""The dry run of the command `check`: who is asked, who holds which right, and where orders around the limit go."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from mailbot.domain.ordering.routing import route
from mailbot.domain.people.directory import RightKind
from mailbot.domain.people.rights import Deciders, Matter
from mailbot.domain.values.calendar import local_day
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Content, Destination, Line, Vat
from mailbot.flows.admin.explain import terms
from mailbot.presentation import money
from mailbot.settings import Settings
from mailbot.store import directory
from mailbot.store.database import Database
from mailbot.store.tables import metadata

AROUND_THE_LIMIT = (Decimal(-1), Decimal(0), Decimal(1))


def dry_run(settings: Settings, now: datetime) -> Iterator[str]:
    """Yield lines for people. The files are read into a store in memory; the real store is not opened."""
    database = Database("sqlite://")
    metadata.create_all(database.engine)
    with database.write() as connection:
        directory.fill(connection, settings.organisation, now)
        known = directory.DirectoryCache().current(connection)
    policy, day = settings.policy, local_day(now, settings.policy)
    basis = "with VAT" if policy.limit_includes_vat else "without VAT"
    over = (
        f"above {money(policy.purchasing_limit, 'sv')} {basis}"
        if policy.purchasing_over_limit
        else "not for the sum alone"
    )
    yield f"profile {policy.profile}; to purchasing {over}"
    if policy.step_up_above is not None:
        yield f"a decision above {money(policy.step_up_above, 'sv')} {basis} also needs a mailed code or a login"
    for unit in known.units.values():
        able = Deciders(Matter(unit.id, 0, day, any_amount=True), known, policy).able
        names = ", ".join(f"{a.person.name} <{a.person.address}>" for a in able)
        yield f"\n{unit.name} ({unit.id})"
        yield f"  asked: {names}" if able else "  asked: nobody; the unit takes no orders until someone has a right"
        held = (r for r in known.rights_in(unit.id, RightKind.ORDER) if r.live(day))
        yield from (f"  {known.persons[r.person].name}: {terms(r, known, policy, day)}" for r in held)
    supplier = next(iter(known.suppliers.values()), None)
    if supplier is None or not any(known.holders(u, RightKind.ORDER, day) for u in known.units):
        return
    yield f"\nApproved without a comment, ordered from {supplier.name}:"
    for offset in AROUND_THE_LIMIT:
        amount = Money(policy.purchasing_limit.amount + offset)
        content = _sample(amount, supplier.id, with_vat=policy.limit_includes_vat)
        to = route(content, "", known, policy)
        where = supplier.address if to.destination is Destination.SUPPLIER else settings.bot.purchasing
        why = f" ({', '.join(to.reasons)})" if to.reasons else ""
        yield f"  {money(amount, 'sv')} -> {where}{why}"


def _sample(amount: Money, supplier: int, *, with_vat: bool) -> Content:
    line = Line("sample", Decimal(1), amount)
    return Content("", 0, "", supplier, (line,), "SEK", Vat(included=with_vat), None, {})
