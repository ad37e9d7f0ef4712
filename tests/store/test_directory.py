"""The database is the truth about people and rights, and no process goes on believing an older one."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from mailbot.domain.people.directory import Directory, RightKind
from mailbot.store import directory
from mailbot.store.database import Database
from mailbot.store.directory import DirectoryCache
from tests.support.harness import ANNA, EVA, HEAD, ORGANISATION, RUT, START
from tests.support.stated import StatedRight, StatedUnit

DAY = date(2026, 3, 2)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path}/mailbot.db")
    made.upgrade()
    yield made
    made.close()


@pytest.fixture
def filled(database: Database) -> Database:
    with database.write() as connection:
        directory.fill(connection, ORGANISATION.numbered, START)
    return database


def seen(database: Database, cache: DirectoryCache | None = None) -> Directory:
    with database.read() as connection:
        return (cache or DirectoryCache()).current(connection)


def end_eva_s_right(database: Database) -> None:
    with database.write() as connection:
        known = DirectoryCache().current(connection)
        (right,) = [r for r in known.rights if known.persons[r.person].address == EVA]
        assert directory.end_right(connection, right.id, START)


def approvers(known: Directory) -> list[str]:
    return [person.address for person in known.holders("cs", RightKind.ORDER, DAY)]


class TestFilling:
    def test_what_the_files_state_comes_back(self, filled: Database) -> None:
        known = seen(filled)
        eva = known.person_at("EVA@example.se")
        assert eva is not None
        assert (eva.name, eva.address, eva.aliases, eva.units) == ("Eva Ek", EVA, ("eva@example.se",), ("cs",))
        assert {unit.id: known.persons[unit.head or 0].address for unit in known.units.values()} == {
            "cs": HEAD,
            "tom": HEAD,
        }
        assert approvers(known) == [ANNA, EVA]
        dustin = known.supplier_named("dustin ab")
        assert dustin is not None
        assert dustin.address == "order@dustin.example"

    def test_an_empty_store_is_told_from_a_filled_one(self, database: Database) -> None:
        with database.write() as connection:
            assert directory.is_empty(connection)
            directory.fill(connection, ORGANISATION.numbered, START)
            assert not directory.is_empty(connection)

    def test_a_parent_may_stand_later_in_the_file(self, database: Database) -> None:
        units = (StatedUnit("grupp", "Gruppen", parent="inst"), StatedUnit("inst", "Institutionen"))
        with database.write() as connection:
            directory.fill(
                connection, replace(ORGANISATION, persons=(), units=units, rights=(), suppliers=()).numbered, START
            )
        assert seen(database).units["grupp"].parent == "inst"

    def test_a_right_to_purchase_is_no_right_to_decide_orders(self, database: Database) -> None:
        rights = (StatedRight(RUT, "cs", RightKind.PURCHASING, valid_from=DAY),)
        with database.write() as connection:
            directory.fill(connection, replace(ORGANISATION, rights=rights).numbered, START)
        assert approvers(seen(database)) == []


class TestEndingARight:
    def test_ends_it_at_once_and_only_once(self, filled: Database) -> None:
        end_eva_s_right(filled)
        known = seen(filled)
        assert approvers(known) == [ANNA]
        (ended,) = [right for right in known.rights if right.ended_at]
        with filled.write() as connection:
            assert not directory.end_right(connection, ended.id, START)
            assert not directory.end_right(connection, 4711, START)


class TestTheCache:
    def test_is_not_loaded_anew_while_nothing_changes(self, filled: Database) -> None:
        cache = DirectoryCache()
        assert seen(filled, cache) is seen(filled, cache)

    def test_sees_a_change_made_in_the_same_process(self, filled: Database) -> None:
        cache = DirectoryCache()
        assert approvers(seen(filled, cache)) == [ANNA, EVA]
        end_eva_s_right(filled)
        assert approvers(seen(filled, cache)) == [ANNA]

    def test_sees_a_change_made_by_another_process(self, filled: Database, tmp_path: Path) -> None:
        cache = DirectoryCache()
        seen(filled, cache)
        other = Database(f"sqlite:///{tmp_path}/mailbot.db")
        end_eva_s_right(other)
        other.close()
        assert approvers(seen(filled, cache)) == [ANNA]

    def test_sees_a_change_inside_the_transaction_that_makes_it(self, filled: Database) -> None:
        cache = DirectoryCache()
        with filled.write() as connection:
            cache.current(connection)
            added = directory.add_requester(connection, "Ny.Person@example.se")
            assert cache.current(connection).person_at("ny.person@example.se") == added

    def test_forgets_what_was_never_committed(self, filled: Database) -> None:
        """A change that was rolled back and the next one that is made must not be taken for each other."""
        cache = DirectoryCache()
        seen(filled, cache)

        def fail() -> None:
            with filled.write() as connection:
                directory.add_requester(connection, "ny.person@example.se")
                cache.current(connection)
                raise LookupError

        with pytest.raises(LookupError):
            fail()
        end_eva_s_right(filled)
        known = seen(filled, cache)
        assert approvers(known) == [ANNA]
        assert known.person_at("ny.person@example.se") is None
