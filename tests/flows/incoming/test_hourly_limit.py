"""Orders over the hourly bound wait in line and are taken in by themselves, and their sender is told the truth once."""

import tomllib
from datetime import timedelta
from pathlib import Path

from mailbot.flows.clock.health import health
from mailbot.flows.steps.desk import HourlyBounds
from mailbot.package_data import resource
from mailbot.store import inbox
from tests.support.harness import EVA, HEAD, ORDER, RUT, Harness, harness, mail_to_bot
from tests.support.relay import text_of

OLLE = "olle.o@example.se"


def order(number: int) -> str:
    return ORDER.replace("Dell XPS 13", f"Vara {number}")


def ordered(home: Harness) -> list[str]:
    """Return what was ordered, in the order in which it was taken in."""
    rows = home.query("SELECT content FROM order_versions ORDER BY order_id, version")
    return [row[0].partition('"description":"')[2].partition('"')[0] for row in rows]


def state(home: Harness) -> list[tuple[str, str | None]]:
    return [(row[0], row[1]) for row in home.query("SELECT state, outcome FROM inbox ORDER BY id")]


class TestAnOrderOverTheBound:
    def test_waits_and_is_taken_in_by_itself_when_the_hour_has_room(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(2))
        for number in (1, 2, 3):
            home.mail(order(number))
        assert state(home)[2] == ("queued", None)
        home.later(minutes=59)
        assert ordered(home) == ["Vara 1", "Vara 2"]
        home.later(minutes=1)
        assert ordered(home) == ["Vara 1", "Vara 2", "Vara 3"]
        assert home.sums() == {"order": 3}
        assert home.count(RUT, "Vara 3", "/disown/") == home.count(EVA, "Vara 3", "/decide/") == 1

    def test_tells_its_sender_how_many_there_were_and_when_it_is_taken_in(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(2))
        home.mail(order(1))
        home.later(minutes=5)
        home.mail(order(2))
        home.mail(order(3))
        told = home.sent(RUT, "tas emot kl.")
        at = f"{home.now + timedelta(minutes=55) + timedelta(hours=1):%H:%M}"  # Swedish winter time
        words = " ".join(text_of(told).split())
        assert "Du har skickat 2 beställningar den senaste timmen." in words
        assert f"Den här tas emot kl. {at}. Du behöver inte göra något." in words
        assert "gick inte att läsa" not in words
        home.later(minutes=55)
        assert ordered(home)[2:] == ["Vara 3"]

    def test_is_reported_in_english_to_a_reader_of_english(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(1))
        home.mail(order(1), sender=OLLE)
        home.mail(order(2), sender=OLLE)
        told = " ".join(text_of(home.sent(OLLE, "taken in at 11:00")).split())
        assert "You have sent 1 order within the last hour" in told
        assert "You don't need to do anything." in told

    def test_is_no_try_of_the_mail_and_no_trouble_of_the_bot(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(1))
        home.mail(order(1))
        for _ in range(5):
            home.mail(order(2))
        home.later(minutes=30)
        assert home.query("SELECT DISTINCT tries FROM inbox WHERE state = 'queued'") == [(0,)]
        assert health(home.bot, home.now).oldest_unread is None
        assert home.sums() == {"order": 1, "queued": 5}

    def test_that_nobody_takes_in_when_it_is_due_shows_as_a_queue_that_stands_still(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(1))
        home.mail(order(1))
        home.mail(order(2))
        home.now += timedelta(minutes=80)
        assert health(home.bot, home.now).oldest_unread == 20 * 60

    def test_is_reported_once_an_hour_however_many_there_are(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(2))
        for number in range(7):
            home.mail(order(number))
        assert home.count(RUT, "tas emot kl.") == 1
        home.later(minutes=61)
        assert len(ordered(home)) == 4
        home.mail(order(7))
        assert home.count(RUT, "tas emot kl.") == 2
        assert home.count(RUT, "3 beställningar väntar före den") == 1

    def test_keeps_the_order_in_which_they_came_and_never_more_than_the_bound_within_an_hour(
        self, home: Harness
    ) -> None:
        home.change(hourly=HourlyBounds(2))
        for number in range(7):
            home.mail(order(number))
            home.later(minutes=3)
        taken = []
        for _ in range(80):
            home.later(minutes=3)
            taken.append(len(ordered(home)))
        assert ordered(home) == [f"Vara {number}" for number in range(7)]
        assert all(later - now <= 2 for now, later in zip(taken, taken[20:], strict=False))
        assert taken[59] == 7  # as soon as there is room: the last in the fourth hour

    def test_waits_behind_an_earlier_one_that_another_worker_has_in_hand(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(1))
        home.mail(order(1))
        home.mail(order(2))
        home.now += timedelta(minutes=61)
        with home.bot.database.write() as connection:
            assert inbox.claim(connection, home.now)
        home.mail(order(3))
        assert ordered(home) == ["Vara 1"]
        assert home.count(RUT, "tas emot kl. 12:01", "1 beställning väntar före den") == 1
        assert home.count(RUT, "Du har skickat 0") == 0
        home.later(minutes=1)
        assert ordered(home) == ["Vara 1", "Vara 2"]
        home.later(minutes=61)
        assert ordered(home) == ["Vara 1", "Vara 2", "Vara 3"]

    def test_is_not_lost_at_a_restart(self, tmp_path: Path) -> None:
        with harness(tmp_path) as home:
            home.change(hourly=HourlyBounds(1))
            home.mail(order(1))
            home.mail(order(2))
            later = home.now + timedelta(minutes=61)
        with harness(tmp_path, now=later) as home:
            home.change(hourly=HourlyBounds(1))
            home.settle()
            assert ordered(home) == ["Vara 1", "Vara 2"]

    def test_leaves_room_for_everybody_else(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(1))
        home.mail(order(1))
        home.mail(order(2))
        home.mail(order(3), sender=HEAD)
        assert ordered(home) == ["Vara 1", "Vara 3"]

    def test_of_all_together_waits_too_and_is_told_so(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(everyone=1))
        home.mail(order(1))
        home.mail(order(2), sender=HEAD)
        assert ordered(home) == ["Vara 1"]
        assert home.count(HEAD, "många beställningar just nu", "tas emot kl.") == 1
        home.later(minutes=60)
        assert ordered(home) == ["Vara 1", "Vara 2"]

    def test_of_a_listed_system_never_waits(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(1), robots=frozenset({RUT}), robot_contact=EVA)
        home.mail(order(1))
        home.mail(order(2))
        assert ordered(home) == ["Vara 1", "Vara 2"]

    def test_that_completes_a_draft_waits_as_well(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(1))
        home.mail(order(1))
        home.mail(order(2).replace("Godkännare: Eva Ek\n", ""))
        problems = home.sent(RUT, "Godkännare: Eva Ek")
        home.mail("Godkännare: Eva Ek", subject=f"Re: {problems['Subject']}", answers=problems)
        assert ordered(home) == ["Vara 1"]
        home.later(minutes=60)
        assert ordered(home) == ["Vara 1", "Vara 2"]

    def test_keeps_its_files(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(1))
        home.mail(order(1))
        mail = mail_to_bot(order(2))
        mail.add_attachment(b"%PDF-1.7 offert", maintype="application", subtype="pdf", filename="Offert.pdf")
        home.raw(mail.as_bytes())
        home.later(minutes=60)
        assert home.count(EVA, "Vara 2", "Offert.pdf") == 1

    def test_is_one_order_however_often_its_mail_comes(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(1))
        home.mail(order(1))
        raw = mail_to_bot(order(2)).as_bytes()
        home.raw(raw)
        home.raw(raw)
        home.later(hours=2)
        assert ordered(home) == ["Vara 1", "Vara 2"]
        assert home.sums() == {"order": 2, "ignored": 1}


def test_the_bound_is_sixty_orders_of_one_person_and_none_of_all() -> None:
    stated = tomllib.loads((resource("config") / "defaults.toml").read_text("utf-8"))["requesters"]
    assert (stated["orders_per_hour"], stated["all_orders_per_hour"]) == (60, 0)


class TestWhatIsNotCounted:
    def test_corrections_questions_and_commands_go_on(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(1))
        home.mail(order(1))
        home.mail(order(2))
        home.mail("Referens: RR2", answers=home.sent(RUT, "/disown/"))
        home.mail("", subject="hjälp")
        assert [outcome for _, outcome in state(home)] == ["order", None, "answer", "answer"]

    def test_an_order_that_is_asked_back_is_asked_back_at_once(self, home: Harness) -> None:
        home.change(hourly=HourlyBounds(1))
        home.mail(order(1))
        home.mail(order(2).replace("Eva Ek", "Ingen Alls"))
        assert state(home)[1] == ("done", "answer")
