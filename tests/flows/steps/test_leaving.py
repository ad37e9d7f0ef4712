"""A person has a last day: from then on they hold and order nothing (found W1: nothing said that somebody has left)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.directory import RightKind
from mailbot.domain.people.import_plan import DifferenceKind
from mailbot.domain.values.order import Status
from mailbot.flows.admin.import_directory import import_directory, look
from mailbot.flows.clock.new_day import new_day
from mailbot.flows.steps.decide import Action
from mailbot.flows.steps.link_page import see_list, see_order
from mailbot.flows.steps.open_link import LinkRefusal
from mailbot.flows.view import open_view
from mailbot.store.database import Database
from tests.support.appointments import DEAN, DORA, MARTA, TREE, personal, send, settle
from tests.support.harness import ANNA, EVA, HEAD, ORDER, PURCHASING, RUT, Harness, harness
from tests.support.stated import Organisation

EVA_LEAVES = "Beställningsordning\nEnhet: cs\nMedarbetare: Eva Ek\nSista arbetsdag: 2026-03-04\n"
LAST = date(2026, 3, 4)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Harness]:
    """A house with heads in two levels and a purchasing office; its first day has begun."""
    with harness(tmp_path, organisation=TREE) as home:
        new_day(home.bot, home.now)
        yield home


def stated(address: str, last: date) -> Organisation:
    """Return what the files state with a person's last day."""
    persons = (replace(p, last_day=last) if p.address == address else p for p in TREE.persons)
    return replace(TREE, persons=tuple(persons))


def bring_in(home: Harness, files: Organisation) -> None:
    """Import the files."""
    assert not isinstance(
        import_directory(home.bot, files.numbered, look(home.bot, files.numbered, home.now), home.now), str
    )
    home.settle()


def pass_until(home: Harness, day: date) -> None:
    """Let days begin, up to this one."""
    while home.bot.day(home.now) < day:
        home.now += timedelta(days=1)
        new_day(home.bot, home.now)
    home.settle()


class TestFromTheirLastDay:
    def test_they_decide_until_the_last_day_is_over(self, house: Harness) -> None:
        send(house, EVA_LEAVES)
        pass_until(house, LAST)
        house.mail()
        house.approve()
        assert house.order().status is Status.APPROVED

    def test_what_waited_for_them_moves_to_others_and_the_requester_is_told(self, house: Harness) -> None:
        house.mail()
        send(house, EVA_LEAVES)
        assert house.count(ANNA, "IT-2026-00001") == 0
        pass_until(house, date(2026, 3, 5))
        assert house.count(ANNA, "IT-2026-00001") == 1
        assert house.count(RUT, "i stället för Eva Ek") == 1

    def test_they_order_nothing_and_are_told_why(self, house: Harness) -> None:
        send(house, EVA_LEAVES)
        pass_until(house, date(2026, 3, 5))
        house.mail(ORDER.replace("Eva Ek", "Anna Ask"), sender=EVA)
        assert house.orders() == 0
        assert house.reasons()[-1] == "its sender has left"
        assert house.count(EVA, "Enligt registret har du slutat") == 1

    def test_their_links_say_so_on_a_page_of_their_own(self, house: Harness) -> None:
        house.mail()
        token, every = house.token(EVA, Purpose.DECIDE), house.token(EVA, Purpose.LIST)
        send(house, EVA_LEAVES)
        pass_until(house, date(2026, 3, 5))
        assert see_order(house.bot, Purpose.DECIDE, token, house.now) is LinkRefusal.PERSON_LEFT
        assert see_list(house.bot, every, house.now) is LinkRefusal.PERSON_LEFT
        with house.pages() as browser:
            page = browser.get(f"/decide/{token}")
            fresh = browser.post(f"/decide/{token}/fresh", follow_redirects=False)
        assert page.status_code == 410
        assert "Enligt registret har du slutat" in page.text
        assert "IT-2026" not in page.text
        assert fresh.status_code == 410

    def test_what_they_ordered_and_has_not_left_is_shown_to_the_head_once(self, house: Harness) -> None:
        house.mail(ORDER.replace("Eva Ek", "Anna Ask"), sender=EVA)
        send(house, EVA_LEAVES)
        pass_until(house, date(2026, 3, 7))
        assert house.count(HEAD, "Eva Ek har slutat", "IT-2026-00001", "Anna Ask") == 1
        assert house.order().status is Status.PENDING

    def test_what_concerns_their_order_goes_to_the_head_and_nothing_to_them(self, house: Harness) -> None:
        house.mail(ORDER.replace("Eva Ek", "Anna Ask"), sender=EVA)
        send(house, EVA_LEAVES)
        pass_until(house, date(2026, 3, 5))
        before = house.count(EVA)
        house.press(house.token(ANNA, Purpose.DECIDE), Action.ASK, "Till vem är den?")
        house.reject(ANNA, "Behövs inte längre")
        house.later(minutes=6)
        assert house.count(HEAD, "Eva Ek har slutat", "Till vem är den?") == 1
        assert house.count(HEAD, "Eva Ek har slutat", "Status", "Avslagen") == 1
        assert house.count(EVA) == before

    def test_where_nobody_heads_the_unit_purchasing_is_told(self, house: Harness) -> None:
        house.mail(ORDER.replace("Eva Ek", "Anna Ask"), sender=EVA)
        bring_in(house, replace(stated(EVA, LAST), units=tuple(replace(u, head=None) for u in TREE.units)))
        pass_until(house, date(2026, 3, 5))
        house.press(house.token(ANNA, Purpose.DECIDE), Action.ASK, "Till vem är den?")
        assert house.count(PURCHASING, "Eva Ek har slutat", "Till vem är den?") == 1

    def test_a_supplier_answers_who_decided_once_the_requester_has_left(self, house: Harness) -> None:
        house.mail(ORDER.replace("Eva Ek", "Anna Ask"), sender=EVA)
        send(house, EVA_LEAVES)
        pass_until(house, date(2026, 3, 5))
        house.approve(ANNA)
        house.later(minutes=6)
        assert house.sent("order@dustin.example", "Dell")["Reply-To"] == ANNA


class TestWhoHeaded:
    def test_they_head_nothing_and_the_level_above_is_told(self, house: Harness) -> None:
        bring_in(house, stated(HEAD, LAST))
        pass_until(house, date(2026, 3, 5))
        assert house.query("SELECT count(head_id) FROM units WHERE id != 'fac'") == [(0,)]
        assert house.count(DEAN, "Hedvig Hall har slutat", "Institutionen för datavetenskap") == 1
        assert house.count(PURCHASING, "Hedvig Hall har slutat", "Enheten utan godkännare") == 1

    def test_an_import_does_not_make_them_head_again(self, house: Harness) -> None:
        bring_in(house, stated(HEAD, LAST))
        pass_until(house, date(2026, 3, 5))
        made = look(house.bot, TREE.numbered, house.now)
        assert not made.changes


class TestTheHeadsMail:
    def test_it_holds_without_a_document_or_a_confirmation_and_all_are_told(self, house: Harness) -> None:
        send(house, EVA_LEAVES, document=None)
        house.settle()
        for to in (HEAD, EVA, PURCHASING):
            assert house.count(to, "Sista arbetsdag för Eva Ek", "4 mars 2026") == 1, to
        assert house.query(f"SELECT last_day FROM people WHERE address = '{EVA}'") == [("2026-03-04",)]  # noqa: S608

    def test_now_is_at_once(self, house: Harness) -> None:
        house.mail()
        send(house, EVA_LEAVES.replace("2026-03-04", "nu"))
        house.settle()
        assert house.count(ANNA, "IT-2026-00001") == 1
        assert see_order(house.bot, Purpose.DECIDE, house.token(EVA, Purpose.DECIDE), house.now) is (
            LinkRefusal.PERSON_LEFT
        )

    def test_every_right_ends_in_any_unit(self, house: Harness) -> None:
        send(house, EVA_LEAVES.replace("Eva Ek", "Dora Dal"))
        assert house.query("SELECT valid_to FROM rights WHERE kind = 'appoint'") == [("2026-03-04",)]

    @pytest.mark.parametrize(("sender", "who"), [(DORA, "Eva Ek"), (HEAD, "Pia Palm"), (EVA, "Rut Rask")])
    def test_only_who_heads_all_units_of_a_person_says_when_they_leave(
        self, house: Harness, sender: str, who: str
    ) -> None:
        send(house, EVA_LEAVES.replace("Eva Ek", who), sender=sender)
        assert house.query("SELECT count(last_day) FROM people") == [(0,)]
        assert house.reasons()[-1] in {"appointment: not_all_yours", "appointment: not_yours"}

    def test_nobody_says_that_the_head_above_leaves(self, tmp_path: Path) -> None:
        persons = (replace(p, units=("cs",)) if p.address == DEAN else p for p in TREE.persons)
        with harness(tmp_path, organisation=replace(TREE, persons=tuple(persons))) as home:
            send(home, EVA_LEAVES.replace("Eva Ek", DEAN))
            assert home.reasons() == ["appointment: not_all_yours"]

    def test_a_file_without_the_day_does_not_take_it_back(self, house: Harness) -> None:
        send(house, EVA_LEAVES)
        bring_in(house, TREE)
        assert house.query("SELECT count(last_day) FROM people") == [(1,)]

    def test_a_right_of_the_file_ends_with_its_person(self, house: Harness) -> None:
        bring_in(house, stated(MARTA, LAST))
        pass_until(house, date(2026, 3, 5))
        with open_view(house.bot, house.now) as view:
            assert view.directory.holders("tom", RightKind.PURCHASING, LAST) == (house.person(MARTA),)
            assert view.directory.holders("tom", RightKind.PURCHASING, view.day) == ()


class TestALaterDay:
    """It gives nothing back: who comes back gets new rights (found: one mail prolonged its sender's own stay)."""

    def ends(self, house: Harness, address: str) -> set[str]:
        rows = f"SELECT valid_to FROM rights WHERE ended_at IS NULL AND person_id = {house.person(address).id}"  # noqa: S608
        return {day for (day,) in house.query(rows)}

    @pytest.mark.parametrize("day", ["2030-01-01", "2026-03-11"])
    def test_is_not_said_by_mail_of_oneself_or_another(self, house: Harness, day: str) -> None:
        for address, name in ((HEAD, "Hedvig Hall"), (EVA, "Eva Ek")):
            bring_in(house, stated(address, date(2026, 3, 10)))
            before = house.query("SELECT person_id, valid_to FROM rights"), house.query("SELECT last_day FROM people")
            send(house, f"Beställningsordning\nEnhet: cs\nMedarbetare: {name}\nSista arbetsdag: {day}\n")
            house.settle()
            assert house.reasons()[-1] == "appointment: beyond_last_day"
            assert house.count(HEAD, "har redan en tidigare sista arbetsdag") == 1 + (address == EVA)
            after = house.query("SELECT person_id, valid_to FROM rights"), house.query("SELECT last_day FROM people")
            assert after == before

    @pytest.mark.parametrize("day", ["2030-01-01", "2026-03-04", "nu"])
    def test_is_not_said_by_mail_of_who_has_left(self, house: Harness, day: str) -> None:
        send(house, EVA_LEAVES)
        pass_until(house, date(2026, 3, 9))
        send(house, EVA_LEAVES.replace("2026-03-04", day))
        assert house.reasons()[-1] == "appointment: beyond_last_day"
        assert self.ends(house, EVA) == {"2026-03-04"}

    def test_an_earlier_one_is(self, house: Harness) -> None:
        bring_in(house, stated(EVA, date(2026, 3, 10)))
        send(house, EVA_LEAVES)
        assert self.ends(house, EVA) == {"2026-03-04"}

    @pytest.mark.parametrize("left", [False, True])
    def test_in_the_file_is_kept_and_revives_no_right(self, house: Harness, *, left: bool) -> None:
        bring_in(house, stated(EVA, LAST))
        again = look(house.bot, stated(EVA, LAST).numbered, house.now)
        assert again.differences == ()
        if left:
            pass_until(house, date(2026, 3, 9))
        later = look(house.bot, stated(EVA, date(2030, 1, 1)).numbered, house.now)
        assert {d.kind for d in later.differences} == {DifferenceKind.RIGHT_NOT_REVIVED, DifferenceKind.PERSON_LAST_DAY}
        bring_in(house, stated(EVA, date(2030, 1, 1)))
        with open_view(house.bot, house.now) as view:
            assert house.person(EVA).last_day == date(2030, 1, 1)
            assert not any(r.lasts(date(2026, 3, 5)) for r in view.directory.rights_of(house.person(EVA).id))

    def test_nor_one_that_the_file_does_not_name(self, house: Harness) -> None:
        unnamed = replace(stated(EVA, LAST), rights=tuple(r for r in TREE.rights if r.person != EVA))
        bring_in(house, unnamed)
        assert self.ends(house, EVA) == {"2026-03-04"}

    def test_a_right_given_by_mail_ends_with_the_stay_too(self, house: Harness) -> None:
        bring_in(house, stated(RUT, LAST))
        send(house, "Beställningsordning\nEnhet: cs\nGodkännare: Rut Rask\n")
        settle(house, personal(house))
        assert self.ends(house, RUT) == {"2026-03-04"}
        send(house, "Beställningsordning\nEnhet: cs\nGodkännare: Rut Rask\nFrån: 2026-03-05\n")
        assert house.reasons()[-1] == "appointment: beyond_last_day"

    def test_nor_a_right_that_an_older_version_had_not_shortened(self, house: Harness) -> None:
        house.query(f"UPDATE people SET last_day = '2026-03-04' WHERE address = '{EVA}'")  # noqa: S608
        house.query("UPDATE alembic_version SET version_num = '0013'")
        database = Database(f"sqlite:///{house.folder}/mailbot.db")
        database.upgrade()
        database.close()
        assert self.ends(house, EVA) == {"2026-03-04"}
        assert self.ends(house, ANNA) == {None}
