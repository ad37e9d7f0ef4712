"""Days and hours: when a reminder is due and when it may leave (docs/rules/promises.md#reminders, #hours;
docs/rules/limits.md#calendar)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.domain.values.calendar import (
    first_day,
    is_working_day,
    later,
    local_day,
    may_leave_on,
    reminder_due,
    reminders_may_leave,
)
from mailbot.domain.values.policy import ReminderWait
from mailbot.languages import VOCABULARY
from tests.support.samples import POLICY

WORKING_DAYS = replace(POLICY, remind_on_working_days=True)
DEMO = replace(POLICY, remind_after=timedelta(seconds=20))
STOCKHOLM = ZoneInfo("Europe/Stockholm")
ONE_DAY = timedelta(days=1)
THREE_DAYS = timedelta(days=3)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def local(text: str) -> datetime:
    """Return the UTC moment of a local time."""
    return datetime.fromisoformat(text).replace(tzinfo=STOCKHOLM).astimezone(UTC)


@pytest.mark.parametrize("day", ["2026-11-23", "2026-04-30", "2026-06-05", "2026-12-23", "2027-01-07", "2026-10-30"])
def test_an_ordinary_weekday_is_a_working_day(day: str) -> None:
    assert is_working_day(date.fromisoformat(day))


@pytest.mark.parametrize(
    ("day", "name"),
    [
        ("2026-11-21", "Saturday"),
        ("2026-11-22", "Sunday"),
        ("2026-01-01", "New Year's Day"),
        ("2026-01-06", "Epiphany"),
        ("2026-04-03", "Good Friday"),
        ("2026-04-06", "Easter Monday"),
        ("2026-05-01", "1 May"),
        ("2026-05-14", "Ascension Day"),
        ("2025-06-06", "National Day on a Friday"),
        ("2026-12-25", "Christmas Day"),
        ("2025-12-26", "Boxing Day on a Friday"),
    ],
)
def test_weekends_and_swedish_public_holidays_are_no_working_days(day: str, name: str) -> None:
    assert not is_working_day(date.fromisoformat(day)), name


@pytest.mark.parametrize(
    ("day", "name"),
    [("2026-06-19", "Midsummer Eve"), ("2026-12-24", "Christmas Eve"), ("2026-12-31", "New Year's Eve")],
)
def test_the_three_eves_that_the_law_treats_as_sundays_are_no_working_days(day: str, name: str) -> None:
    assert not is_working_day(date.fromisoformat(day)), name


@pytest.mark.parametrize("day", ["2026-01-05", "2026-04-02", "2026-05-15"])
def test_half_days_and_squeezed_in_days_are_working_days(day: str) -> None:
    assert is_working_day(date.fromisoformat(day))


def test_three_calendar_days_from_a_friday_end_on_the_monday() -> None:
    assert later(local("2026-11-20 10:00"), THREE_DAYS, POLICY) == local("2026-11-23 10:00")


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-23 10:00", "2026-11-26 10:00"),
        ("2026-11-20 10:00", "2026-11-25 10:00"),
        ("2026-11-21 10:00", "2026-11-25 10:00"),
        ("2026-11-22 23:59", "2026-11-25 23:59"),
        ("2026-06-17 10:00", "2026-06-23 10:00"),
        ("2026-12-22 10:00", "2026-12-29 10:00"),
        ("2026-12-30 10:00", "2027-01-07 10:00"),
    ],
    ids=["weekday", "friday", "saturday", "sunday", "midsummer", "christmas", "new_year_and_epiphany"],
)
def test_three_working_days_skip_weekends_and_holidays(asked: str, due: str) -> None:
    assert later(local(asked), THREE_DAYS, WORKING_DAYS) == local(due)


@pytest.mark.parametrize(
    ("asked", "due", "hours"),
    [("2026-03-27 10:00", "2026-03-30 10:00", 71), ("2026-10-23 10:00", "2026-10-26 10:00", 73)],
    ids=["summer_time_begins", "summer_time_ends"],
)
def test_a_delay_in_days_keeps_the_local_time_of_day_over_a_clock_change(asked: str, due: str, hours: int) -> None:
    found = later(local(asked), THREE_DAYS, POLICY)
    assert found == local(due)
    assert found - local(asked) == timedelta(hours=hours)


def test_a_delay_of_hours_is_plain_time_over_a_clock_change() -> None:
    asked = local("2026-03-28 20:00")
    assert later(asked, timedelta(hours=23), POLICY) == asked + timedelta(hours=23)


def test_a_delay_of_seconds_ignores_working_days() -> None:
    asked = local("2026-06-19 10:00")
    assert later(asked, timedelta(seconds=20), replace(WORKING_DAYS, remind_after=timedelta(seconds=20))) == (
        asked + timedelta(seconds=20)
    )


@given(MOMENTS, st.integers(1, 400))
def test_any_number_of_calendar_days_ends_that_many_local_days_later(moment: datetime, days: int) -> None:
    found = later(moment, timedelta(days=days), POLICY)
    assert local_day(found, POLICY) - local_day(moment, POLICY) == timedelta(days=days)
    assert found.tzinfo is UTC


@given(MOMENTS, st.integers(1, 60))
def test_any_number_of_working_days_ends_on_a_working_day_with_that_many_passed(moment: datetime, days: int) -> None:
    start, end = local_day(moment, POLICY), local_day(later(moment, timedelta(days=days), WORKING_DAYS), POLICY)
    passed = [start + ONE_DAY * i for i in range(1, (end - start).days + 1)]
    assert is_working_day(end)
    assert sum(is_working_day(day) for day in passed) == days


@pytest.mark.parametrize(
    ("moment", "day"),
    [("2026-11-22T23:30:00", "2026-11-23"), ("2026-06-30T22:30:00", "2026-07-01"), ("2026-11-23T09:00", "2026-11-23")],
)
def test_the_day_is_the_local_one_not_the_utc_one(moment: str, day: str) -> None:
    assert local_day(datetime.fromisoformat(moment).replace(tzinfo=UTC), POLICY) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("time", "may"),
    [
        ("2026-11-23 06:59", False),
        ("2026-11-23 07:00", True),
        ("2026-11-23 12:00", True),
        ("2026-11-23 17:59", True),
        ("2026-11-23 18:00", False),
        ("2026-11-23 00:00", False),
        ("2026-07-01 07:00", True),
        ("2026-07-01 06:59", False),
        ("2026-07-01 18:00", False),
    ],
)
def test_reminders_leave_from_07_to_18_local_time_summer_and_winter(time: str, *, may: bool) -> None:
    assert reminders_may_leave(local(time), POLICY) is may


@pytest.mark.parametrize("day", ["2026-11-21", "2026-11-22", "2026-06-19", "2026-12-24"])
def test_reminders_leave_on_any_day_when_calendar_days_count(day: str) -> None:
    assert may_leave_on(date.fromisoformat(day), 1, replace(POLICY, remind_waits=ReminderWait.LATER))


@pytest.mark.parametrize("day", ["2026-11-21", "2026-11-22", "2026-06-19", "2026-12-24"])
def test_reminders_rest_on_weekends_and_holidays_when_working_days_count(day: str) -> None:
    assert not may_leave_on(date.fromisoformat(day), 1, WORKING_DAYS)


@pytest.mark.parametrize("time", ["2026-11-23 03:00", "2026-11-22 23:00"])
def test_short_delays_as_in_the_demo_ignore_the_hours(time: str) -> None:
    assert reminders_may_leave(local(time), DEMO)


@pytest.mark.parametrize(
    ("which", "first", "later"),
    [
        (ReminderWait.LATER, "2026-12-25 10:00", "2026-12-28 10:00"),
        (ReminderWait.ALL, "2026-12-28 10:00", "2026-12-28 10:00"),
        (ReminderWait.NONE, "2026-12-25 10:00", "2026-12-25 10:00"),
    ],
)
def test_which_reminders_wait_for_the_next_working_day_is_a_setting(
    which: ReminderWait, first: str, later: str
) -> None:
    policy = replace(POLICY, remind_waits=which)
    for number, due in ((1, first), (2, later), (7, later)):
        assert reminder_due(local("2026-12-22 10:00"), THREE_DAYS, number, policy) == local(due), number
        assert may_leave_on(date(2026, 12, 25), number, policy) == (due == "2026-12-25 10:00")


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-23 06:00", "2026-11-26 07:00"),
        ("2026-11-23 18:00", "2026-11-27 07:00"),
        ("2026-11-24 18:30", "2026-11-30 07:00"),  # the morning after is a Saturday
        ("2026-03-27 05:00", "2026-03-30 07:00"),  # over the change to summer time
    ],
)
def test_a_reminder_is_due_when_reminders_leave(asked: str, due: str) -> None:
    policy = replace(POLICY, remind_waits=ReminderWait.ALL)
    assert reminder_due(local(asked), THREE_DAYS, 1, policy) == local(due)


@pytest.mark.parametrize(
    ("by", "due"),
    [
        (None, "2026-11-26 10:00"),
        ("2026-12-24", "2026-11-26 10:00"),  # never back
        ("2026-11-26", "2026-11-25 10:00"),  # the last working day before it
        ("2026-11-25", "2026-11-24 10:00"),
        ("2026-11-24", "2026-11-24 10:00"),  # there is no earlier one: never within a day
        ("2026-11-23", "2026-11-26 10:00"),  # too late
        ("2026-11-01", "2026-11-26 10:00"),
    ],
)
def test_a_day_that_is_needed_brings_a_reminder_forward_and_never_back(by: str | None, due: str) -> None:
    day = date.fromisoformat(by) if by else None
    assert reminder_due(local("2026-11-23 10:00"), THREE_DAYS, 1, POLICY, day) == local(due)


def test_a_monday_that_is_needed_has_its_reminder_on_the_friday() -> None:
    assert reminder_due(local("2026-11-19 10:00"), timedelta(days=7), 1, POLICY, date(2026, 11, 23)) == local(
        "2026-11-20 10:00"
    )


def test_a_day_whose_hours_end_within_a_day_of_the_mail_brings_nothing_forward() -> None:
    asked, day = local("2026-12-17 23:30"), date(2026, 12, 18)
    assert reminder_due(asked, THREE_DAYS, 1, POLICY, day) == reminder_due(asked, THREE_DAYS, 1, POLICY)


@settings(deadline=None)  # the first example loads the calendar
@given(asked=MOMENTS, days=st.integers(0, 40), number=st.integers(1, 5), which=st.sampled_from(ReminderWait))
def test_no_day_ever_puts_a_reminder_off(asked: datetime, days: int, number: int, which: ReminderWait) -> None:
    policy = replace(POLICY, remind_waits=which)
    usual = reminder_due(asked, THREE_DAYS, number, policy)
    day = local_day(asked, policy) + days * ONE_DAY
    forward = reminder_due(asked, THREE_DAYS, number, policy, day)
    assert asked < forward <= usual
    assert forward == usual or local_day(forward, policy) <= day
    assert reminders_may_leave(forward, policy)
    assert may_leave_on(local_day(forward, policy), number, policy)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-12-18", "2026-12-18"),
        ("senast 2026-12-18, helst före", "2026-12-18"),
        ("2026/12/8", "2026-12-08"),
        ("18/12", "2026-12-18"),
        ("18.12.2026", "2026-12-18"),
        ("18 december", "2026-12-18"),
        ("18 Dec. 2026", "2026-12-18"),
        ("10-14 december", "2026-12-14"),
        ("7 januari", "2027-01-07"),
        ("2026-11-01 eller 2026-12-01", "2026-12-01"),
        ("1/11", "2027-11-01"),
        ("2026-11-01", None),
        ("31/2", None),
        ("v. 50", None),
        ("så snart som möjligt", None),
        ("12 st till rum 4", None),
        ("", None),
    ],
)
def test_the_first_day_that_a_text_names_is_read_and_nothing_guessed(text: str, day: str | None) -> None:
    found = first_day(text, date(2026, 11, 23), VOCABULARY.months)
    assert found == (date.fromisoformat(day) if day else None)
