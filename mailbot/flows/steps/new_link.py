"""Makes links and reply addresses. The Write of the work that makes them stores what they may do."""

from dataclasses import dataclass
from datetime import datetime

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.directory import Person
from mailbot.domain.values.order import Order
from mailbot.flows.reply_address import ReplyRules
from mailbot.flows.write import Work
from mailbot.links import fingerprint
from mailbot.store.links import Link


@dataclass(frozen=True)
class LinkTarget:
    """What a link is for: a purpose, for a person, about an order, a mail, a unit or an appointment.

    A link made from another has its `root`, and expires no later than it does (`until`, UTC).
    """

    purpose: Purpose
    person: Person | None
    order: Order | None = None
    inbox: int | None = None
    unit: str | None = None
    appointment: int | None = None
    until: datetime | None = None
    root: str = ""


def new_link(work: Work, target: LinkTarget) -> str:
    """Make a signed link, have what it may do stored, and return its address."""
    token, link_id = work.bot.signer.make(target.purpose)
    work.links[fingerprint(link_id)] = _link(work, target)
    return f"{work.bot.base_url}/{target.purpose}/{token}"


def reply_address(work: Work, replies: ReplyRules, person: Person, order: Order) -> str:
    """Make a secret address at which this person's reply decides the order."""
    address, secret = replies.make()
    work.links[fingerprint(secret)] = _link(work, LinkTarget(Purpose.REPLY, person, order))
    return address


def _link(work: Work, target: LinkTarget) -> Link:
    order = None if target.purpose is Purpose.LIST else target.order  # a list holds all orders, not those of the mail
    expires_at = work.now + work.policy.link_life
    return Link(
        target.purpose,
        target.person.id if target.person else None,
        order.id if order else None,
        order.version if order else None,
        order.step if order else None,
        target.inbox,
        min(expires_at, target.until or expires_at),
        unit=target.unit,
        appointment=target.appointment,
        root=target.root,
    )
