"""The words of the `orders` commands: an order in one row, and an order with every step of its life."""

from collections.abc import Iterator, Sequence

from mailbot.cli.as_json import details
from mailbot.cli.console import from_stranger
from mailbot.domain.people.directory import Directory
from mailbot.domain.values.order import Order
from mailbot.presentation import TemplateFilters, money
from mailbot.store.events import RecordedEvent


def row(order: Order, directory: Directory, language: str) -> Sequence[str]:
    """Return the cells for one order: number, status, unit, requester, supplier, total, since when."""
    content, who = order.content, from_stranger(directory.persons[order.requester].name)
    supplier, total = from_stranger(content.supplier), money(content.total, language)
    return order.number, order.status, content.unit, who, supplier, total, f"{order.asked_at:%Y-%m-%d %H:%M}"


def lines_about(order: Order, steps: Sequence[RecordedEvent], directory: Directory, language: str) -> Iterator[str]:
    """Yield an order, its lines and its steps."""
    content = order.content
    yield f"{order.number}  {order.status}  version {order.version}, step {order.step}"
    yield f"{directory.persons[order.requester].name} -> {content.supplier}, {money(content.total, language)}"
    for line in content.lines:
        yield f"  {line.quantity} {line.unit} {line.description} à {TemplateFilters(language, 'UTC').price(line)}"
    for step in steps:
        who = directory.persons[step.person].name if step.person is not None else "mailbot"
        more = " ".join(f"{key}={value}" for key, value in details(step.event, directory).items())
        yield f"{step.at:%Y-%m-%d %H:%M:%S} UTC  {step.what}  {who}  ({step.proof})  {more}"
