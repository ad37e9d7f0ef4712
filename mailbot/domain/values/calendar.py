"""Days and hours: when the next reminder is due. Times in and out are UTC; zone and rule come from the policy."""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import count
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailbot.domain.values.policy import Policy, ReminderWait

if TYPE_CHECKING:
    from holidays import HolidayBase

ONE_DAY = timedelta(days=1)
_DAY = re.compile(
    r"(?<!\d)(?:(\d{4})[-/.](\d\d?)[-/.](\d\d?)|(\d\d?)(?:[/.]|\.?\s)(\d\d?|[^\W\d_]{3,20})(?:[/.\s-](\d{4}))?)(?!\d)"
)
"""`2026-12-18`, `18/12`, `18.12.2026` or `18 december`."""


def local_day(now: datetime, policy: Policy) -> date:
    """Return the local calendar day of a UTC moment."""
    return now.astimezone(ZoneInfo(policy.timezone)).date()


@cache
def _swedish_holidays() -> "HolidayBase":
    import holidays  # which few days need, and which takes long to load

    # De facto holidays are the eves of Midsummer, Christmas and New Year; Sundays are weekend anyway.
    return holidays.country_holidays("SE", categories=("public", "de_facto"))


def is_working_day(day: date) -> bool:
    """Tell whether the day is Monday to Friday and no Swedish holiday, de facto ones included."""
    return day.weekday() < 5 and day not in _swedish_holidays()


def _add_working_days(moment: datetime, days: int) -> datetime:
    while days > 0:
        moment += ONE_DAY
        days -= is_working_day(moment.date())
    return moment


def later(moment: datetime, delay: timedelta, policy: Policy) -> datetime:
    """Return the UTC moment `delay` after another. Whole days keep the local time and count by the policy's working
    days; less is plain time."""
    if delay < ONE_DAY:
        return moment + delay
    local = moment.astimezone(ZoneInfo(policy.timezone))
    naive = local.replace(tzinfo=None)
    if policy.remind_on_working_days:
        naive = _add_working_days(naive, delay.days) + (delay - timedelta(days=delay.days))
    else:
        naive += delay
    return naive.replace(tzinfo=local.tzinfo).astimezone(moment.tzinfo)


def reminder_due(since: datetime, delay: timedelta, number: int, policy: Policy, by: date | None = None) -> datetime:
    """Return when a reminder, counted from 1, is due: `delay` after the UTC moment of what it counts from.

    It is brought forward to the last working day before the local day `by`, or to that day, if it is a day away still;
    where it could not leave on that day either, it is not. Then it is moved on to the hours at which reminders leave,
    and to a working day if it waits for one. A delay that is short, as in a demo, is plain time.
    """
    due = later(since, delay, policy)
    if policy.remind_after < ONE_DAY:
        return due
    zone = ZoneInfo(policy.timezone)
    local, began = (moment.astimezone(zone).replace(tzinfo=None) for moment in (due, since))
    leaves = _may_leave(local, number, policy)
    if by is not None:
        before = next(day for n in count(1) if is_working_day(day := by - n * ONE_DAY))
        sooner = min(local, max(datetime.combine(before, local.time()), began + ONE_DAY))
        forward = _may_leave(sooner, number, policy)
        leaves = forward if forward.date() <= by else leaves
    return leaves.replace(tzinfo=zone).astimezone(since.tzinfo)


def _may_leave(local: datetime, number: int, policy: Policy) -> datetime:
    """Return the first local moment from this one on at which a reminder may leave."""
    local = max(local, datetime.combine(local.date(), time(policy.remind_from_hour)))
    if local.time() >= time(policy.remind_until_hour):
        local = datetime.combine(local.date() + ONE_DAY, time(policy.remind_from_hour))
    while not may_leave_on(local.date(), number, policy):
        local += ONE_DAY
    return local


def may_leave_on(day: date, number: int, policy: Policy) -> bool:
    """Tell whether a reminder, counted from 1, may leave on this local day; short delays ignore the days."""
    waits = policy.remind_on_working_days or policy.remind_waits is ReminderWait.ALL
    waits = waits or (policy.remind_waits is ReminderWait.LATER and number > 1)
    return policy.remind_after < ONE_DAY or not waits or is_working_day(day)


def reminders_may_leave(now: datetime, policy: Policy) -> bool:
    """Tell whether reminders are sent at this hour; short delays, as in a demo, ignore the hours."""
    local = now.astimezone(ZoneInfo(policy.timezone))
    in_hours = time(policy.remind_from_hour) <= local.time() < time(policy.remind_until_hour)
    return policy.remind_after < ONE_DAY or in_hours


def first_day(text: str, since: date, months: Mapping[str, int]) -> date | None:
    """Return the first day from `since` on that a text names, in whatever way; without a year the next such day."""
    found: list[date] = []
    for match in _DAY.finditer(text):
        year, month, day, name_day, name, name_year = match.groups()
        number = month or (name if name.isdecimal() else months.get(name.lower(), 0))
        years = [int(year or name_year)] if year or name_year else [since.year, since.year + 1]
        with suppress(ValueError):
            found += [date(y, int(number), int(day or name_day)) for y in years]
    return min((day for day in found if day >= since), default=None)
