"""A press on the page of a unit's reviewer: pass a remark to the order's approver. It decides and delays nothing."""

from datetime import datetime

from mailbot.domain.notices.own_links import before_secrets
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.workflow import BY_LINK, Actor, Change, Happened, Refusal
from mailbot.flows.bot import Bot
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.decide import MAX_COMMENT, PressProblem
from mailbot.flows.steps.open_link import LinkRefusal, open_review
from mailbot.flows.write import Work, carry_out
from mailbot.store import orders

RemarkOutcome = Change | PressProblem | Refusal | LinkRefusal


def remark(bot: Bot, token: str, text: str, now: datetime) -> RemarkOutcome:
    """Mail the words to those who are asked to decide, while the order waits, and keep them with it."""
    return carry_out(bot, now, lambda work: _remark(work, token, before_secrets(text).strip()))


def _remark(work: Work, token: str, words: str) -> RemarkOutcome:
    link = open_review(work, token)
    if isinstance(link, LinkRefusal):
        return link
    if not words or len(words) > MAX_COMMENT:
        return PressProblem.TOO_LONG if words else PressProblem.QUESTION_MISSING
    order = orders.load(work.connection, link.order)
    change = workflow.ask(order, words, Actor(link.person, BY_LINK), work.now, Happened.REMARKED)
    apply_change(work, change)
    return change
