"""The attest plan of a unit, mailed to its head when it is time."""

from datetime import datetime

from mailbot.domain.notices.notice import PlanNotice
from mailbot.domain.people.attest_plan import unit_plan
from mailbot.domain.people.directory import Directory, RightKind, Unit
from mailbot.flows.bot import Bot
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.view import View, skim
from mailbot.flows.write import Work, carry_out, carry_out_each
from mailbot.store import marks

LATEST = "plan:"


def mail_plan(bot: Bot, unit: str, now: datetime) -> bool:
    """Mail the head of a unit, given by its id, the plan with a link to confirm it; False if the unit has no head."""
    return carry_out(bot, now, lambda work: _mail(work, work.directory.units[unit]))


def _mail(work: Work, unit: Unit) -> bool:
    if unit.head is None:
        return False
    work.put(marks.set_mark, LATEST + unit.id, work.now)
    head = work.directory.persons[unit.head]
    enqueue(work, [PlanNotice(to=head, plan=unit_plan(unit.id, work.directory, work.day))])
    return True


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
