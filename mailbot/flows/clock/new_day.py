"""Once a local day: absences and rights that begin or end on this day take effect, and warnings are sent."""

from collections.abc import Iterator
from datetime import date, datetime

from mailbot.domain.notices.notice import AnyNotice, Mailbox, OneApproverNotice, Recipient, RightEndsNotice
from mailbot.domain.people.attest_plan import ending, unit_plan
from mailbot.domain.people.directory import Directory
from mailbot.domain.values.calendar import ONE_DAY
from mailbot.flows.bot import Bot
from mailbot.flows.steps.attest_plan import ask_about_orphans, mail_due
from mailbot.flows.steps.outgoing import enqueue
from mailbot.flows.steps.take_effect import IMPORTED, take_effect
from mailbot.flows.view import open_view, skim
from mailbot.flows.write import Work, carry_out_each
from mailbot.store import beats, marks

BEAT = "new_day"


def new_day(bot: Bot, now: datetime) -> bool:
    """Begin the local day unless that has been done; return whether it was done now.

    It is recorded at the end: each part is safe to begin anew.
    """
    with open_view(bot, now) as view:
        last = beats.last_beat(view.connection, BEAT)
        imported = marks.mark_of(view.connection, IMPORTED)
        directory = view.directory
    if last is not None and bot.day(last) >= bot.day(now) and imported is None:
        return False
    # On the day of the first start or of an import, absences that begin on this day have not taken effect yet.
    since = bot.day(min(filter(None, (last, imported, now))) - ONE_DAY if imported or not last else last)
    take_effect(bot, [found for found in directory.absences if found.first > since], now)
    # On its first day the bot sends no warnings and only records them: `check` has shown them already.
    _warn(bot, directory.ordinary, now, quietly=last is None)
    mail_due(bot, now)
    ask_about_orphans(bot, now)
    with bot.database.write() as connection:
        beats.record_beat(connection, BEAT, now)
    return True


def _warn(bot: Bot, directory: Directory, now: datetime, *, quietly: bool) -> None:
    """Send each warning once; a mark under the warning's name says that it was sent."""

    def send(work: Work, warning: tuple[str, list[AnyNotice]]) -> None:
        name, notices = warning
        if work.rely_on(marks.mark_of, name) is None:
            work.put(marks.set_mark, name, now)
            enqueue(work, [] if quietly else notices)

    with skim(bot, now) as view:
        new = [w for w in _warnings(directory, view.day) if marks.mark_of(view.connection, w[0]) is None]
    carry_out_each(bot, now, new, send)


def _warnings(directory: Directory, day: date) -> Iterator[tuple[str, list[AnyNotice]]]:
    """Yield the warnings, each under its own name: rights that run out, and units with only one approver."""
    for right, last, days in ending(directory, day):
        who, unit = directory.persons[right.person], directory.units[right.unit]
        told = dict.fromkeys((who, *_head(directory, right.unit)))
        ends = [RightEndsNotice(to=to, person=who, unit=unit, last=last) for to in told]
        yield f"ends:{right.id}:{days}", [*ends]
    for unit in directory.units.values():
        found = unit_plan(unit.id, directory, day)
        if found.alone:
            told = dict.fromkeys(_head(directory, unit.id) or (Mailbox.PURCHASING,))
            yield f"alone:{unit.id}:{found.digest}", [OneApproverNotice(to=to, unit=unit) for to in told]


def _head(directory: Directory, unit: str) -> tuple[Recipient, ...]:
    return tuple(filter(None, [directory.head(unit)]))
