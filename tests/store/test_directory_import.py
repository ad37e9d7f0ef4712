"""An import is written whole, once, and keeps what was: a changed right is ended and written anew."""

import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from mailbot.domain.ordering.events import AnyEvent, DirectoryImported, RightImported
from mailbot.domain.people.directory import Directory, RightKind
from mailbot.domain.people.import_plan import DifferenceKind, ImportPlan, import_plan
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import OwnCost
from mailbot.flows.admin.import_directory import import_directory, look
from mailbot.store.event_json import read_event
from tests.support.harness import ANNA, EVA, HEAD, ORGANISATION, POLICY, START, Harness, harness
from tests.support.samples import kr
from tests.support.stated import Organisation, StatedPerson, StatedRight, StatedUnit

DAY = START.date()
RIGHTS = "SELECT id, max_amount, valid_to, ground, registered_at, ended_at FROM rights ORDER BY id"


def line(number: int, **changes: object) -> Organisation:
    """Return the house's files with one right changed."""
    rights = list(ORGANISATION.rights)
    rights[number] = replace(rights[number], **changes)  # type: ignore[arg-type]
    return replace(ORGANISATION, rights=tuple(rights))


def known(home: Harness) -> Directory:
    with home.bot.database.read() as connection:
        return home.bot.directory(connection)


def take_in(home: Harness, files: Organisation) -> frozenset[str]:
    done = import_directory(home.bot, files.numbered, look(home.bot, files.numbered, home.now), home.now)
    assert isinstance(done, frozenset), done.refused
    return done


def logged(home: Harness) -> list[AnyEvent]:
    rows = "SELECT what, body FROM events JOIN event_payloads p ON p.id = payload_id ORDER BY events.id"
    return [read_event(what, body) for what, body in home.query(rows)]


@pytest.mark.parametrize("by", [("dekan",), ("dekan", "prodekan, stf")])
def test_who_decides_own_costs_is_kept_in_order_and_a_row_of_an_older_version_is_read(
    home: Harness, by: tuple[str, ...]
) -> None:
    home.query("INSERT INTO own_costs VALUES ('rektor', 'planeringschef')")
    take_in(home, replace(ORGANISATION, own_costs=(OwnCost("prefekt", ("rektor", "dekan")),)))
    take_in(home, replace(ORGANISATION, own_costs=(OwnCost("prefekt", by),)))
    assert set(known(home).own_costs) == {OwnCost("prefekt", by), OwnCost("rektor", ("planeringschef",))}


class TestARight:
    def test_that_changes_is_ended_and_written_anew(self, home: Harness) -> None:
        home.later(days=1)
        assert take_in(home, line(0, limit=kr("5000"))) == {"cs"}
        old, _, new = home.query(RIGHTS)
        assert (old[1], old[5]) == (None, f"{home.now:%Y-%m-%d %H:%M:%S}.000000")
        assert (new[1], new[4], new[5]) == ("5000.00", old[5], None)
        assert [r.limit for r in known(home).rights_of(home.person(EVA).id) if r.live(DAY)] == [kr("5000")]

    def test_keeps_the_document_behind_its_ground_while_the_ground_stays(self, home: Harness) -> None:
        home.query("UPDATE rights SET ground = 'Beslut 1', ground_sha256 = 'abc' WHERE id = 1")
        take_in(home, line(0, limit=kr("5000"), ground="Beslut 1"))
        assert home.query("SELECT ground_sha256 FROM rights ORDER BY id DESC LIMIT 1") == [("abc",)]
        take_in(home, line(0, limit=kr("5000"), ground="Beslut 2"))
        assert home.query("SELECT ground_sha256 FROM rights ORDER BY id DESC LIMIT 1") == [(None,)]

    def test_is_ended_by_a_last_day_in_the_file(self, home: Harness) -> None:
        take_in(home, line(0, valid_to=DAY - timedelta(days=1)))
        assert [p.address for p in known(home).holders("cs", RightKind.ORDER, DAY)] == [ANNA]
        assert look(home.bot, line(0, valid_to=DAY - timedelta(days=1)).numbered, home.now).differences == ()

    def test_that_was_ended_stays_ended(self, home: Harness) -> None:
        home.end_right(EVA)
        before = home.dump()
        assert take_in(home, ORGANISATION) == frozenset()
        assert take_in(home, line(0, limit=kr("5000"))) == frozenset()
        assert home.dump() == before
        assert [d.kind for d in look(home.bot, ORGANISATION.numbered, home.now).differences] == [
            DifferenceKind.RIGHT_NOT_REVIVED
        ]

    def test_left_out_of_the_files_goes_on(self, home: Harness) -> None:
        before = home.dump()
        assert take_in(home, replace(ORGANISATION, rights=(), persons=ORGANISATION.persons[:4])) == frozenset()
        assert home.dump() == before


class TestAnImport:
    FILES = Organisation(
        persons=(
            StatedPerson(
                "Eva Lund",
                "eva@example.se",
                aliases=(EVA, "el@example.se"),
                units=("ny", "cs", "ny"),
                language="en",
                interests=("Dustin AB",),
            ),
            StatedPerson("Ny Nord", "Ny.Nord@example.se", aliases=("nn@example.se",), units=("ny",)),
            StatedPerson("Hedvig Hall", HEAD),
        ),
        units=(
            StatedUnit("ny", "Nya", head="Ny.Nord@example.se", parent="cs"),
            StatedUnit("cs", "Datavetenskap", head="eva@example.se"),
        ),
        rights=(
            StatedRight("Ny.Nord@example.se", "ny", RightKind.ORDER, valid_from=DAY, limit=kr("1000")),
            StatedRight(
                "eva@example.se",
                "ny",
                RightKind.ORDER,
                valid_from=DAY,
                limit=kr("1000"),
                deputy_for="Ny.Nord@example.se",
            ),
        ),
        suppliers=(replace(ORGANISATION.suppliers[0], name="Dustin Group", address="ny@dustin.example"),),
    )

    def test_writes_what_the_files_state_and_leaves_the_rest(self, home: Harness) -> None:
        take_in(home, self.FILES)
        now = known(home)
        eva, ny = now.person_at(EVA), now.person_at("nn@example.se")
        assert eva is not None
        assert ny is not None
        assert (eva.id, eva.name, eva.address, eva.language) == (1, "Eva Lund", "eva@example.se", "en")
        assert ({*eva.aliases}, {*eva.units}, eva.interests) == ({EVA, "el@example.se"}, {"ny", "cs"}, ("Dustin AB",))
        assert (ny.address, ny.units) == ("ny.nord@example.se", ("ny",))
        assert (now.units["ny"].head, now.units["ny"].parent, now.units["cs"].head) == (ny.id, "cs", eva.id)
        assert [(r.person, r.limit, r.deputy_for) for r in now.rights_in("ny", RightKind.ORDER)] == [
            (ny.id, Money(kr("1000").amount), None),
            (eva.id, Money(kr("1000").amount), ny.id),
        ]
        assert {(s.name, s.address) for s in now.suppliers.values()} == {
            ("Dustin Group", "ny@dustin.example"),
            ("Atea Sverige AB", "order@atea.example"),
        }
        assert now.person_at(ANNA) is not None
        assert now.person_at(HEAD).units == ()  # type: ignore[union-attr]
        assert {u.id for u in now.units.values()} == {"cs", "tom", "ny"}

    def test_made_twice_writes_nothing_the_second_time(self, home: Harness) -> None:
        take_in(home, self.FILES)
        before = home.dump()
        assert look(home.bot, self.FILES.numbered, home.now).differences == ()
        assert take_in(home, self.FILES) == frozenset()
        assert home.dump() == before

    def test_gives_the_same_as_filling_an_empty_store(self, tmp_path: Path) -> None:
        nothing = Organisation(persons=(), units=(), rights=(), suppliers=())
        for name in ("filled", "imported"):
            (tmp_path / name).mkdir()
        with harness(tmp_path / "filled", organisation=self.FILES) as home:
            filled = known(home)
        with harness(tmp_path / "imported", organisation=nothing) as home:
            take_in(home, self.FILES)
            assert known(home) == filled

    def test_is_recorded_with_its_counts_and_each_right(self, home: Harness) -> None:
        take_in(home, line(0, limit=kr("5000")))
        assert logged(home) == [
            DirectoryImported(counts={DifferenceKind.RIGHT_LIMIT: 1}),
            RightImported(
                what="right_changed",
                right=f"cs order: Eva Ek <{EVA}> from 2026-01-01",
                differences={DifferenceKind.RIGHT_LIMIT: "no limit -> 5000 SEK"},
            ),
        ]

    def test_that_is_refused_writes_nothing(self, home: Harness) -> None:
        before = home.dump()
        files = replace(line(0, limit=kr("5000")), persons=(*ORGANISATION.persons, StatedPerson("X", "eva@example.se")))
        shown = look(home.bot, files.numbered, home.now)
        assert shown.refused
        assert isinstance(import_directory(home.bot, files.numbered, shown, home.now), ImportPlan)
        assert home.dump() == before

    def test_is_not_made_when_the_store_has_changed_since_it_was_shown(self, home: Harness) -> None:
        files = line(0, limit=kr("5000"))
        shown = look(home.bot, files.numbered, home.now)
        home.end_right(EVA)
        before = home.dump()
        again = import_directory(home.bot, files.numbered, shown, home.now)
        assert isinstance(again, ImportPlan)
        assert again.changes == ()
        assert home.dump() == before

    def test_is_made_when_something_else_has_changed_since(self, home: Harness) -> None:
        files = line(0, limit=kr("5000"))
        shown = look(home.bot, files.numbered, home.now)
        home.mail(sender="ny.person@example.se")
        assert import_directory(home.bot, files.numbered, shown, home.now) == frozenset({"cs"})
        assert known(home).person_at("ny.person@example.se") is not None

    def test_that_fails_half_way_leaves_nothing(self, home: Harness) -> None:
        before = home.dump()
        files = self.FILES
        shown = look(home.bot, files.numbered, home.now)
        twice = {-1: replace(shown.after.suppliers[2], id=-1)}
        broken = replace(shown, after=replace(shown.after, suppliers=twice))
        with pytest.raises(IntegrityError):
            import_directory(home.bot, files.numbered, broken, home.now)
        assert home.dump() == before

    def test_tells_how_many_rows_it_has_written(self, home: Harness) -> None:
        told: list[int] = []
        files = line(0, limit=kr("5000"))
        import_directory(home.bot, files.numbered, look(home.bot, files.numbered, home.now), home.now, told.append)
        assert told == [1, 1]

    def test_of_people_who_only_mailed_says_nothing(self, home: Harness) -> None:
        home.mail(sender="ny.person@example.se")
        assert look(home.bot, ORGANISATION.numbered, home.now).differences == ()


def university(part: int) -> Organisation:
    """Return 2 000 units, 20 000 people and 6 000 rights, divided by `part`."""
    units, people, rights = 2000 // part, 20_000 // part, 6000 // part
    return Organisation(
        persons=tuple(
            StatedPerson(f"P {n}", f"p{n}@x.se", aliases=(f"a{n}@x.se",), units=(f"u{n % units}",))
            for n in range(people)
        ),
        units=tuple(
            StatedUnit(f"u{n}", f"Unit {n}", head=f"p{n}@x.se", parent=f"u{(n - 1) // 8}" if n else None)
            for n in range(units)
        ),
        rights=tuple(
            StatedRight(f"p{n}@x.se", f"u{n % units}", RightKind.ORDER, valid_from=DAY, limit=kr("1"))
            for n in range(rights)
        ),
        suppliers=(),
    )


@pytest.mark.slow
def test_a_tenth_of_a_university_is_imported_in_a_tenth_of_a_minute(home: Harness) -> None:
    """The whole, with reading the file: 4 seconds of one core (docs/operating.md)."""
    large = university(10)
    changed = replace(large, rights=tuple(replace(r, limit=kr("2")) for r in large.rights))
    started = time.process_time()
    take_in(home, large)
    assert take_in(home, changed) == {u.id for u in large.units}
    assert time.process_time() - started < 6
    assert import_plan(changed.numbered, known(home), POLICY, DAY).changes == ()
    assert home.query("SELECT count(*) FROM rights WHERE ended_at IS NULL AND max_amount = '2.00'") == [(600,)]
