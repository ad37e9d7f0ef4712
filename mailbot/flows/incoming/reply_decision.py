"""A decision by reply mail, off by default (docs/rules/promises.md#reply; docs/rules/limits.md#k5).

The mail went to the approver's secret address for this order, version and step; its sender is proven to be them, not by
confirmation, whose page does not show the decision; its first own line is one keyword alone; the amount is below the
limit. Otherwise nothing is decided, and who may decide gets the link to the page.
"""

from dataclasses import dataclass

from mailbot.domain.notices.notice import HelpNotice, NotCorrectedNotice, Purpose
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.routing import route
from mailbot.domain.ordering.workflow import Act, Change, Refusal, Verdict
from mailbot.domain.people.rights import Authority, Denial
from mailbot.domain.trust.senders import Proof
from mailbot.domain.values.order import Order
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.decide import flagged
from mailbot.flows.steps.desk import Desk, ProvenDesk
from mailbot.flows.steps.open_link import LinkRefusal, ReplyLink, open_reply
from mailbot.mail.reading.gist import Keyword
from mailbot.store import orders
from mailbot.store.inbox import MailOutcome

MAX_COMMENT = 2_000
"""Letters below the keyword, the signature included."""


@dataclass(frozen=True)
class ReplyAtAddress:
    """A reply that came to a secret address: the link stored for the address, and the order that the link names."""

    link: ReplyLink
    order: Order


def addressed(desk: Desk) -> ReplyAtAddress | None:
    """Return the reply if a person's mail came to a secret reply address that still works."""
    if desk.bot.replies is None or desk.mail.robot:
        return None
    for secret in desk.bot.replies.secrets_in(desk.recipients):
        link = open_reply(desk.work, secret)
        if not isinstance(link, LinkRefusal):
            return ReplyAtAddress(link, orders.load(desk.work.connection, link.order))
    return None


def take(desk: ProvenDesk, letter: ReplyAtAddress) -> None:
    """Decide as the reply says, or answer why not, with the link to the page."""
    outcome = _outcome(desk, letter)
    if isinstance(outcome, Change):
        apply_change(desk.work, outcome, desk.cause())
        desk.finish(MailOutcome.DECISION, reason="reply", order=outcome.after)
        return
    able, order = isinstance(_authority(desk, letter), Authority), letter.order
    told = NotCorrectedNotice(to=desk.person, order=order, refusal=outcome, form=order.form, link=Purpose.DECIDE)
    concerned = able or letter.link.person == desk.person.id
    desk.answer(told if concerned else HelpNotice(to=desk.person, lost=True), reason=f"no decision: {outcome}")


def _outcome(desk: ProvenDesk, letter: ReplyAtAddress) -> Change | Refusal:
    bot, link, order, found = desk.bot, letter.link, letter.order, desk.intake.decision
    authority = _authority(desk, letter)
    if link.person != desk.person.id or found is None or isinstance(authority, Denial):
        return Refusal.NOT_BY_REPLY
    if desk.actor.proof == Proof.CONFIRMATION_LINK or bot.replies is None or not bot.replies.allow(order, bot.policy):
        return Refusal.NOT_BY_REPLY
    approved, comment = found[0] is Keyword.APPROVE, found[1]
    if len(comment) > MAX_COMMENT:
        return Refusal.TOO_LONG_BY_REPLY
    where = route(order.content, comment if approved else "", desk.directory, bot.policy)
    verdict = Verdict(approved, comment, link.version, where)
    decided = workflow.decide(order, authority, verdict, Act(desk.actor, bot.policy, desk.work.now))
    # An undone decision has used its secret up: the next step is decided on the page (docs/rules/limits.md#k5).
    if isinstance(decided, Change) and link.step == order.step:
        return flagged(desk.work, decided, authority)
    return decided if isinstance(decided, Refusal) else Refusal.NOT_BY_REPLY


def _authority(desk: ProvenDesk, letter: ReplyAtAddress) -> Authority | Denial:
    return desk.work.deciders(letter.order).authority(desk.person)
