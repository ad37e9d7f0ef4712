"""A round of the day that is stopped in the middle goes on where it was: nothing is said twice, nothing is left out."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from mailbot.domain.people.directory import RightKind
from mailbot.domain.trust.senders import TrustSource
from mailbot.flows.clock.daily import daily_round
from mailbot.flows.clock.new_day import new_day
from tests.support.harness import ANNA, EVA, HEAD, OPERATOR, ORGANISATION, PURCHASING, Harness, harness
from tests.support.stated import StatedPerson, StatedRight

ENDING = replace(
    ORGANISATION,
    persons=(*ORGANISATION.persons, *(StatedPerson(f"Person {n}", f"p{n}@example.se") for n in range(6))),
    rights=(
        *ORGANISATION.rights,
        *(
            StatedRight(
                f"p{n}@example.se", "cs", RightKind.ORDER, valid_from=date(2026, 1, 1), valid_to=date(2026, 4, 2)
            )
            for n in range(6)
        ),
    ),
)


def stopped(home: Harness, trigger: str, round_: Callable[[], object]) -> None:
    """Let a round fail again and again at a place, and then no more."""
    home.query(f"CREATE TRIGGER stop BEFORE {trigger} BEGIN SELECT RAISE(ABORT, 'stopped'); END")
    for _ in range(2):
        with pytest.raises(Exception, match="stopped"):
            round_()
    home.query("DROP TRIGGER stop")
    assert round_()
    assert not round_()


def test_each_right_that_runs_out_is_warned_of_once(tmp_path: Path) -> None:
    with harness(tmp_path, organisation=ENDING) as home:
        assert new_day(home.bot, home.now)
        home.now += timedelta(days=1)
        stopped(
            home,
            "INSERT ON marks WHEN NEW.name LIKE 'ends:%' AND (SELECT count(*) FROM marks WHERE name LIKE 'ends:%') = 4",
            lambda: new_day(home.bot, home.now),
        )
        told = home.query("SELECT mail_to, count(*) FROM outbox WHERE kind = 'right_ends' GROUP BY mail_to")
        assert dict(told) == {HEAD: 6} | {f"p{n}@example.se": 1 for n in range(6)}


def test_each_plan_is_mailed_once(tmp_path: Path) -> None:
    with harness(tmp_path, plan_every=timedelta(days=30)) as home:
        assert new_day(home.bot, home.now)
        home.now += timedelta(days=30)
        stopped(home, "INSERT ON beats WHEN NEW.name = 'new_day'", lambda: new_day(home.bot, home.now))
        assert home.query("SELECT mail_to FROM outbox WHERE kind = 'plan'") == [(HEAD,)]


def test_each_order_of_somebody_who_goes_away_is_told_of_once(home: Harness) -> None:
    assert new_day(home.bot, home.now)
    for _ in range(3):
        home.mail()
    home.mail("", subject="borta 2026-03-03-2026-03-09", sender=EVA)
    home.now += timedelta(days=1)
    stopped(
        home,
        "INSERT ON outbox WHEN NEW.kind = 'away' AND (SELECT count(*) FROM outbox WHERE kind = 'away') = 2",
        lambda: new_day(home.bot, home.now),
    )
    home.settle()
    told = "SELECT kind, count(*) FROM outbox WHERE kind IN ('away', 'request') AND {} GROUP BY kind"
    assert home.query(told.format("shares")) == [("away", 3), ("request", 3)]
    assert home.query(told.format("state = 'sent'")) == [("away", 1), ("request", 4)]
    assert home.count(ANNA, "/decide/") == 1


def test_each_mail_that_nobody_confirmed_is_parked_once_and_listed(tmp_path: Path) -> None:
    with harness(tmp_path, trust=TrustSource.NONE) as home:
        assert daily_round(home.bot, home.now)
        for _ in range(3):
            home.mail()
        home.now += timedelta(days=15)
        stopped(home, "INSERT ON outbox WHEN NEW.kind = 'operator'", lambda: daily_round(home.bot, home.now))
        home.settle()
        assert home.sums() == {"parked": 3}
        assert home.query("SELECT count(*) FROM events WHERE what = 'parked'") == [(3,)]
        assert home.count(OPERATOR, "1  2026-03-02", "2  2026-03-02", "3  2026-03-02") == 1
        assert home.count(PURCHASING) == 0
