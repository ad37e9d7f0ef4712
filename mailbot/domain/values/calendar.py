"""Days and hours: when the next reminder is due. Times in and out are UTC; zone and rule come from the policy."""

from datetime import date, datetime, time, timedelta
from functools import cache
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mailbot.domain.values.policy import Policy

if TYPE_CHECKING:
    from holidays import HolidayBase

ONE_DAY = timedelta(days=1)


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


def reminders_may_leave(now: datetime, policy: Policy) -> bool:
    """Tell whether reminders are sent at this hour; short delays, as in a demo, ignore the hours."""
    if policy.remind_after < ONE_DAY:
        return True
    local = now.astimezone(ZoneInfo(policy.timezone))
    open_hours = time(policy.remind_from_hour) <= local.time() < time(policy.remind_until_hour)
    return open_hours and (not policy.remind_on_working_days or is_working_day(local.date()))
