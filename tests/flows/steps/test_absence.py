"""An absence moves what waits, gives nobody a right, and ends by itself (docs/rules/promises.md#away;
docs/rules/attest.md#r54)."""

from dataclasses import replace
from datetime import date

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.import_plan import ImportPlan
from mailbot.domain.values.policy import SelfOrder
from mailbot.flows.admin.import_directory import import_directory, look
from mailbot.flows.clock.new_day import new_day
from mailbot.flows.steps.decide import Action
from tests.flows.incoming.test_automatic_mail import outlook
from tests.support.harness import ANNA, BOT, EVA, HEAD, ORDER, ORGANISATION, RUT, Harness
from tests.support.stated import StatedAbsence

TODAY, TOMORROW, LATER = "2026-03-02", "2026-03-03", "2026-03-20"
LATER_SAID = "20 mars 2026"


def asked(home: Harness) -> list[str]:
    """Return who has been asked to decide the newest order, in the order of the mails."""
    number = home.order().number
    return [str(m["To"].addresses[0].addr_spec) for m in home.relay.mails("", number, "/decide/")]


def answered_by_itself(home: Harness) -> None:
    """Let Eva's Outlook answer the newest request by itself."""
    home.raw(outlook(home.sent(EVA, "/decide/"), "Autosvar"), mail_from="", to=BOT)


class TestStatedByMail:
    def test_from_today_orders_go_to_the_others_and_the_requester_reads_why(self, home: Harness) -> None:
        home.mail("", sender=EVA, subject=f"borta {TODAY}–{LATER}")
        assert home.count(EVA, "anmäld som frånvarande", LATER_SAID) == 1
        home.mail()
        assert asked(home) == [ANNA]
        assert home.count(RUT, f"Eva Ek är borta till och med {LATER_SAID}. I stället tillfrågas: Anna Ask") == 1

    def test_what_waits_already_is_put_to_the_others_and_its_requester_is_told(self, home: Harness) -> None:
        home.mail()
        home.mail("", sender=EVA, subject=f"borta {TODAY}–{LATER}")
        assert asked(home) == [EVA, ANNA]
        assert home.count(RUT, "anmäld som frånvarande till och med") == 1
        assert home.history() == ["opened", "away"]

    def test_one_that_begins_later_begins_with_its_day(self, home: Harness) -> None:
        home.mail("", sender=EVA, subject=f"borta {TOMORROW}–{LATER}")
        home.mail()
        assert asked(home) == [EVA]
        new_day(home.bot, home.now)
        home.settle()
        assert asked(home) == [EVA]
        home.later(days=1)
        new_day(home.bot, home.now)
        home.settle()
        assert asked(home) == [EVA, ANNA]
        assert not new_day(home.bot, home.now)

    def test_it_ends_with_its_last_day(self, home: Harness) -> None:
        home.mail("", sender=EVA, subject=f"borta {TODAY}")
        home.later(days=1)
        home.mail()
        assert asked(home) == [EVA]

    def test_the_absent_may_decide_still_and_back_ends_it(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        home.mail("", sender=EVA, subject=f"borta {TODAY}–{LATER}")
        home.mail("", sender=EVA, subject="tillbaka")
        assert home.count(EVA, "inte längre anmäld") == 1
        home.press(token, Action.REJECT)
        home.mail()
        assert asked(home) == [EVA]

    def test_a_substitute_is_asked_only_where_their_right_allows(self, home: Harness) -> None:
        home.mail("", sender=EVA, subject=f"borta {TODAY}–{LATER}, ersättare Hedvig Hall")
        home.mail()
        assert asked(home) == [ANNA]

    def test_the_head_may_say_it_for_somebody_of_the_unit_and_both_are_told(self, home: Harness) -> None:
        home.mail("", sender=HEAD, subject=f"borta Eva Ek {TODAY}–{LATER}")
        assert home.count(HEAD, "Eva Ek är anmäld") == 1
        assert home.count(EVA, "Eva Ek är anmäld") == 1
        home.mail()
        assert asked(home) == [ANNA]

    @pytest.mark.parametrize(
        ("subject", "words"),
        [
            (f"borta Eva Ek {TODAY}", "Bara personen själv och enhetens chef"),
            (f"borta Nemo {TODAY}", "Ingen är registrerad under det namnet"),
            (f"borta {LATER}–{TODAY}", "Sista dagen är före den första"),
            ("borta 2026-01-01–2026-01-31", "Sista dagen har redan varit"),
            (f"borta {TODAY}–2028-01-01", "längre än ett år"),
            (f"borta {TODAY}, ersättare Nemo", "Ersättaren hittades inte"),
            (f"borta {TODAY}, ersättare rut.rask@example.se", "Ingen är sin egen ersättare"),
        ],
    )
    def test_what_cannot_be_registered_is_answered_with_the_remedy(
        self, home: Harness, subject: str, words: str
    ) -> None:
        home.mail("", subject=subject)
        assert home.count(RUT, words, "Så skriver du") == 1
        assert home.query("SELECT count(*) FROM absences") == [(0,)]

    def test_it_is_registered_in_other_words_than_the_command_too(self, home: Harness) -> None:
        home.mail("Jag är borta 11-15 december 2026.\n\nMvh\nEva", sender=EVA, subject="Hej")
        home.mail("", sender=ANNA, subject="Semester 2026-12-11 - 2026-12-15")
        assert home.query("SELECT DISTINCT first_day, last_day FROM absences") == [("2026-12-11", "2026-12-15")]
        assert home.query("SELECT count(*) FROM absences") == [(2,)]

    @pytest.mark.parametrize(
        ("subject", "words"),
        [
            ("Frånvaro", "Hej!\n\nJag är borta 11-15 december 2026.\n\nEva"),
            ("Out of office", "Hi,\n\nI am away 11-15 Dec 2026."),
            ("Frånvaro vecka 51", "Hej Anna, jag är borta 11-15 december 2026."),
        ],
    )
    def test_it_is_registered_from_below_a_greeting(self, home: Harness, subject: str, words: str) -> None:
        home.mail(words, sender=EVA, subject=subject)
        assert home.query("SELECT first_day, last_day FROM absences") == [("2026-12-11", "2026-12-15")]

    def test_a_week_is_answered_with_how_to_write_its_days(self, home: Harness) -> None:
        home.mail("", sender=EVA, subject="Frånvaro vecka 49")
        assert home.count(EVA, "Dagarna gick inte att läsa", "Så skriver du") == 1

    def test_it_takes_no_order_s_place(self, home: Harness) -> None:
        home.mail(f"Jag är borta 11-15 december 2026.\n\n{ORDER}")
        assert (home.orders(), home.query("SELECT count(*) FROM absences")) == (1, [(0,)])

    def test_an_automatic_reply_to_our_mail_is_no_such_mail(self, home: Harness) -> None:
        home.mail()
        headers = {"X-Autoreply": "yes"}
        home.mail("Jag är borta 11-15 december 2026.", sender=EVA, answers=home.sent(EVA, "/decide/"), headers=headers)
        assert home.history() == ["opened", "away"]
        assert str(home.reasons()[-1]).startswith("may be automatic")

    def test_nor_is_one_whose_subject_states_the_days(self, home: Harness) -> None:
        home.mail()
        home.mail(
            "Jag läser inte.", sender=EVA, answers=home.sent(EVA, "/decide/"), subject="Frånvaro till 15 december"
        )
        assert home.history() == ["opened", "away"]

    def test_days_in_words_are_answered_with_how_to_write_them(self, home: Harness) -> None:
        home.mail("", sender=EVA, subject="borta nästa vecka")
        assert home.count(EVA, "Dagarna gick inte att läsa", "Så skriver du") == 1

    def test_a_deputy_who_is_the_head_does_not_make_the_own_right_hold(self, home: Harness) -> None:
        holder, deputy = (home.person(a).id for a in (EVA, HEAD))
        columns = "person_id, unit_id, kind, valid_from, registered_at, role, ground, deputy_for_id"
        values = f"{deputy}, 'cs', 'order', '2026-01-01', '2026-01-01', '', '', {holder}"
        home.query(f"INSERT INTO rights ({columns}) VALUES ({values})")  # noqa: S608
        home.end_right(ANNA)
        home.mail("", sender=HEAD, subject=f"borta Eva Ek {TODAY}–{LATER}")
        assert home.count(HEAD, "Du är personens ställföreträdare, så någon annan måste anmäla frånvaron") == 1
        assert home.query("SELECT count(*) FROM absences") == [(0,)]

    def test_where_only_the_absent_could_decide_they_are_asked(self, home: Harness) -> None:
        home.end_right(ANNA)
        home.mail("", sender=EVA, subject=f"borta {TODAY}–{LATER}")
        home.mail()
        assert asked(home) == [EVA]


class TestToldByAnAutomaticReply:
    def test_it_holds_for_the_next_orders_too_until_its_person_does_something(self, home: Harness) -> None:
        home.mail()
        answered_by_itself(home)
        assert asked(home) == [EVA, ANNA]
        home.mail()
        assert asked(home) == [ANNA]
        home.mail("", sender=EVA, subject="lista")
        home.mail()
        assert asked(home) == [EVA]

    def test_it_makes_no_deputy(self, home: Harness) -> None:
        home.change(policy=replace(home.bot.policy, deputies_when_absent=True))
        holder, deputy = (home.person(a).id for a in (EVA, HEAD))
        columns = "person_id, unit_id, kind, valid_from, registered_at, role, ground, deputy_for_id"
        values = f"{deputy}, 'cs', 'order', '2026-01-01', '2026-01-01', '', '', {holder}"
        home.query(f"INSERT INTO rights ({columns}) VALUES ({values})")  # noqa: S608
        home.end_right(ANNA)
        home.mail()
        answered_by_itself(home)
        assert asked(home) == [EVA]
        home.mail("", sender=EVA, subject=f"borta {TODAY}–{LATER}")
        assert asked(home) == [EVA, HEAD]


class TestHandedOn:
    def test_a_recused_approver_decides_no_more_and_others_are_asked(self, home: Harness) -> None:
        home.mail()
        token = home.token(EVA, Purpose.DECIDE)
        home.press(token, Action.RECUSE, "Min bror äger firman")
        assert asked(home) == [EVA, ANNA]
        assert str(home.press(token, Action.APPROVE)) == "recused"
        assert home.count(RUT, "Eva Ek beslutar inte om den här beställningen", "Anna Ask") == 1
        assert home.count("", "Min bror äger firman") == 0
        assert home.count(EVA, "har jäv anmälts i ditt namn", "Var det inte du?") == 1
        home.approve(ANNA)
        assert home.history() == ["opened", "recused", "approved"]

    def test_another_is_asked_instead_and_reminders_go_there(self, home: Harness) -> None:
        home.mail()
        home.hand_over(EVA, ANNA)
        assert asked(home) == [EVA, ANNA]
        assert home.count(ANNA, "Eva Ek ber dig besluta om den här beställningen i stället") == 1
        assert home.count(RUT, "Eva Ek har bett någon annan att besluta", "Anna Ask") == 1
        home.later(days=3)
        assert home.count(ANNA, "väntar", "/decide/") == 2
        home.approve(EVA)
        assert home.order().decision is not None

    def test_only_somebody_who_may_decide_can_be_asked_instead(self, home: Harness) -> None:
        home.mail()
        assert str(home.hand_over(EVA, HEAD)) == "nobody_chosen"
        assert str(home.hand_over(EVA, EVA)) == "nobody_chosen"
        assert home.history() == ["opened"]

    def test_if_nobody_is_left_head_and_purchasing_are_told(self, home: Harness) -> None:
        home.end_right(ANNA)
        home.mail()
        home.press(home.token(EVA, Purpose.DECIDE), Action.RECUSE)
        assert home.count(HEAD, "Ingen kan besluta om en beställning") == 1
        assert home.count(home.bot.addresses.purchasing, "Ingen kan besluta om en beställning") == 1
        assert home.count(RUT, "Ingen kan besluta om den i dag") == 1


def test_an_order_approved_by_its_requester_alone_never_leaves_where_two_are_required(home: Harness) -> None:
    home.change(policy=replace(home.bot.policy, self_order=SelfOrder.ALLOW))
    home.mail(sender=EVA)
    home.approve(EVA)
    home.change(policy=replace(home.bot.policy, two_persons=True))
    home.later(minutes=10)
    home.later(minutes=10)
    assert home.history()[-1] == "held"
    assert home.history().count("held") == 1
    assert home.count("order@dustin.example") == 0
    assert home.count(home.bot.addresses.operator) == 1


class TestStatedInTheFile:
    def test_an_import_registers_it_once_and_what_waits_goes_to_the_others(self, home: Harness) -> None:
        home.mail()
        start, end = date(2026, 3, 1), date(2026, 3, 20)
        stated = replace(ORGANISATION, absences=(StatedAbsence(EVA, start, end),))
        plan = look(home.bot, stated.numbered, home.now)
        assert [(d.kind, d.after) for d in plan.changes] == [("absence_added", "2026-03-01 to 2026-03-20")]
        assert not isinstance(import_directory(home.bot, stated.numbered, plan, home.now), ImportPlan)
        home.settle()
        assert asked(home) == [EVA, ANNA]
        assert look(home.bot, stated.numbered, home.now).changes == ()

    def test_one_that_was_ended_by_mail_is_not_begun_anew(self, home: Harness) -> None:
        stated = replace(ORGANISATION, absences=(StatedAbsence(EVA, date(2026, 3, 1), date(2026, 3, 20)),))
        import_directory(home.bot, stated.numbered, look(home.bot, stated.numbered, home.now), home.now)
        home.mail("", sender=EVA, subject="tillbaka")
        assert look(home.bot, stated.numbered, home.now).changes == ()
        home.mail()
        assert asked(home) == [EVA]
