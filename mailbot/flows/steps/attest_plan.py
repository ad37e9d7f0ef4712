"""The attest plan of a unit, mailed to its head when it is time, and when it has rights that somebody must confirm."""

from datetime import datetime, timedelta

from mailbot.domain.notices.notice import PlanNotice
from mailbot.domain.people.attest_plan import AttestPlan, unit_plan
from mailbot.domain.people.directory import Directory, RightKind, Unit
from mailbot.flows.bot import Bot
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.view import View, skim
from mailbot.flows.write import Work, carry_out, carry_out_each
from mailbot.store import marks

LATEST = "plan:"
ORPHAN = "orphan:"
"""The mark of a right whose delegator has none any more: when somebody was last asked to confirm it."""
ASK_AGAIN_AFTER = timedelta(days=30)


def mail_plan(bot: Bot, unit: str, now: datetime) -> bool:
    """Mail the head of a unit, given by its id, the plan with a link to confirm it; False if the unit has no head."""
    return carry_out(bot, now, lambda work: _mail(work, work.directory.units[unit]))


def _mail(work: Work, unit: Unit) -> bool:
    if unit.head is None:
        return False
    work.put(marks.set_mark, LATEST + unit.id, work.now)
    _send(work, unit.head, unit_plan(unit.id, work.directory, work.day))
    return True


def _send(work: Work, head: int, plan: AttestPlan) -> None:
    """Mail a head the plan. What it asks to be confirmed counts as asked: after a month the level above is."""
    for row in plan.orphans:
        work.put(marks.set_mark, f"{ORPHAN}{row.right.id}", work.now)
    enqueue(work, [PlanNotice(to=work.directory.persons[head], plan=plan)])


def ask_about_orphans(bot: Bot, now: datetime) -> None:
    """Mail the plan of each unit with rights that their delegators left behind: first to its head, then, once a month
    until they are confirmed, to the level above. Silence ends nothing."""
    with skim(bot, now) as view:
        due = [unit for unit in view.directory.ordinary.units if _asker(view, unit) is not None]
    carry_out_each(bot, now, due, _ask)


def _ask(work: Work, unit: str) -> None:
    head = _asker(work, unit)
    if head is not None:
        _send(work, head, unit_plan(unit, work.directory, work.day))


def _asker(view: View, unit: str) -> int | None:
    """Return who is asked now: the nearest head who can confirm what is left behind, above the unit after a month."""
    plan, directory = unit_plan(unit, view.directory, view.day), view.directory
    asked = [marks.mark_of(view.connection, f"{ORPHAN}{row.right.id}") for row in plan.orphans]
    recent = [at is not None and view.now - at < ASK_AGAIN_AFTER for at in asked]
    if all(recent):
        return None
    heads = [directory.units[u].head for u in directory.path(unit)]
    able = [h for h in heads if h is not None and any(row.person.id != h for row in plan.orphans)]
    later = [h for h in able if h != heads[0]] if None not in asked else []
    return next(iter(later or able), None)


def mail_due(bot: Bot, now: datetime) -> None:
    """Mail the plan of every unit whose last one, else its oldest right in force, is older than the policy's pace."""
    pace = bot.policy.plan_every
    if not pace:
        return

    def is_due(view: View, unit: Unit) -> bool:
        since = marks.mark_of(view.connection, LATEST + unit.id) or _oldest(view.directory.ordinary, unit)
        return since is not None and now - since >= pace

    with skim(bot, now) as view:
        due = [unit for unit in view.directory.ordinary.units.values() if is_due(view, unit)]
    carry_out_each(bot, now, due, lambda work, unit: is_due(work, unit) and _mail(work, unit))


def _oldest(directory: Directory, unit: Unit) -> datetime | None:
    here = (r for kind in RightKind for r in directory.rights_in(unit.id, kind))
    return min((r.registered_at for r in here if r.registered_at and not r.ended_at), default=None)
