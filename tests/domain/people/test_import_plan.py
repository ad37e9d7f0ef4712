"""What an import would change, and what it never does: end what the files leave out, or revive what was ended."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mailbot.domain.people.directory import Directory, Person, Right, RightKind, Supplier
from mailbot.domain.people.import_merge import ImportProblem, same_right
from mailbot.domain.people.import_plan import Difference, DifferenceKind, changed_units, import_plan
from mailbot.domain.people.right_rules import RightProblem
from mailbot.domain.values.policy import OwnCost, SelfOrder
from tests.support.examples import examples
from tests.support.samples import POLICY, kr
from tests.support.stated import Organisation, StatedPerson, StatedRight, StatedSupplier, StatedUnit

DAY = date(2026, 6, 1)
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)
EVA, ANNA, NY = "eva.ek@example.se", "anna.ask@example.se", "ny.nord@example.se"
EVA_LINE = StatedPerson("Eva Ek", EVA, aliases=("eva@example.se",), units=("cs",))
ANNA_LINE = StatedPerson("Anna Ask", ANNA)
CS = StatedUnit("cs", "Datavetenskap", head=EVA)
GRP = StatedUnit("grp", "Gruppen", head=None, parent="cs")
EVA_RIGHT = StatedRight(
    EVA, "cs", RightKind.ORDER, valid_from=FIRST, valid_to=LAST, limit=kr("50000"), role="", ground="Beslut 1"
)
DUSTIN = StatedSupplier("Dustin AB", "order@dustin.example", org_number="556666-1012")
FILES = Organisation(
    persons=(EVA_LINE, ANNA_LINE),
    units=(CS, GRP),
    rights=(EVA_RIGHT,),
    suppliers=(DUSTIN,),
    own_costs=(OwnCost("prefekt", ("rektor",)),),
)
KNOWN = FILES.directory()

WHO = "Eva Ek <eva.ek@example.se>"
RIGHT = f"cs order: {WHO} from 2026-01-01"


def eva(**changes: object) -> Organisation:
    return replace(FILES, persons=(replace(EVA_LINE, **changes), ANNA_LINE))  # type: ignore[arg-type]


def grp(**changes: object) -> Organisation:
    return replace(FILES, units=(CS, replace(GRP, **changes)))  # type: ignore[arg-type]


def line(**changes: object) -> Organisation:
    return replace(FILES, rights=(replace(EVA_RIGHT, **changes),))  # type: ignore[arg-type]


def dustin(**changes: str) -> Organisation:
    return replace(FILES, suppliers=(replace(DUSTIN, **changes),))  # type: ignore[arg-type]


def holding(*rights: Right) -> Directory:
    return replace(KNOWN, rights=rights)


def ended(right: Right, at: datetime = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)) -> Right:
    return replace(right, ended_at=at)


HELD = KNOWN.rights[0]


def difference(files: Organisation, known: Directory, day: date) -> tuple[Difference, ...]:
    return import_plan(files.numbered, known, POLICY, day).differences


class TestWhatDiffers:
    def test_the_same_files_differ_in_nothing(self) -> None:
        assert difference(FILES, KNOWN, DAY) == ()

    @pytest.mark.parametrize(
        ("files", "found"),
        [
            (eva(name="Eva Lund"), (DifferenceKind.PERSON_RENAMED, f"Eva Lund <{EVA}>", "Eva Ek", "Eva Lund")),
            (eva(aliases=("EVA@example.se", "ee@example.se")), (DifferenceKind.ALIAS_ADDED, WHO, "", "ee@example.se")),
            (eva(aliases=()), (DifferenceKind.ALIAS_REMOVED, WHO, "eva@example.se", "")),
            (eva(units=("grp", "cs")), (DifferenceKind.PERSON_UNITS, WHO, "cs", "cs, grp")),
            (eva(language="en"), (DifferenceKind.PERSON_LANGUAGE, WHO, "", "en")),
            (eva(interests=("Dustin AB",)), (DifferenceKind.PERSON_INTERESTS, WHO, "", "Dustin AB")),
            (grp(name="Grupp 2"), (DifferenceKind.UNIT_RENAMED, "Grupp 2 (grp)", "Gruppen", "Grupp 2")),
            (grp(head=ANNA), (DifferenceKind.UNIT_HEAD, "Gruppen (grp)", "", ANNA)),
            (grp(parent=None), (DifferenceKind.UNIT_PARENT, "Gruppen (grp)", "cs", "")),
            (grp(level="avdelning"), (DifferenceKind.UNIT_LEVEL, "Gruppen (grp)", "", "avdelning")),
            (grp(self_order=SelfOrder.DENY), (DifferenceKind.UNIT_SELF_ORDER, "Gruppen (grp)", "", "deny")),
            (grp(language="en"), (DifferenceKind.UNIT_LANGUAGE, "Gruppen (grp)", "", "en")),
            (line(limit=kr("40000")), (DifferenceKind.RIGHT_LIMIT, RIGHT, "50000 SEK", "40000 SEK")),
            (line(limit=None), (DifferenceKind.RIGHT_LIMIT, RIGHT, "50000 SEK", "no limit")),
            (line(valid_to=date(2026, 8, 31)), (DifferenceKind.RIGHT_PERIOD, RIGHT, "to 2026-12-31", "to 2026-08-31")),
            (line(role="prefekt"), (DifferenceKind.RIGHT_ROLE, RIGHT, "", "prefekt")),
            (line(ground="Beslut 2"), (DifferenceKind.RIGHT_GROUND, RIGHT, "Beslut 1", "Beslut 2")),
            (line(may_delegate=False), (DifferenceKind.RIGHT_MAY_DELEGATE, RIGHT, "", "false")),
            (line(delegated_from=ANNA), (DifferenceKind.RIGHT_DELEGATED_FROM, RIGHT, "", ANNA)),
            (
                dustin(address="ny@dustin.example"),
                (DifferenceKind.SUPPLIER_ADDRESS, "Dustin AB", DUSTIN.address, "ny@dustin.example"),
            ),
            (
                dustin(org_number="556666-1013"),
                (DifferenceKind.SUPPLIER_NUMBER, "Dustin AB", "556666-1012", "556666-1013"),
            ),
            (
                dustin(name="Dustin Group"),
                (DifferenceKind.SUPPLIER_RENAMED, "Dustin Group", "Dustin AB", "Dustin Group"),
            ),
            (
                replace(FILES, own_costs=(OwnCost("Prefekt", ("dekan", "prodekan")),)),
                (DifferenceKind.OWN_COST_CHANGED, "prefekt", "rektor", "dekan, prodekan"),
            ),
            (
                replace(FILES, own_costs=(*FILES.own_costs, OwnCost("dekan", ("rektor",)))),
                (DifferenceKind.OWN_COST_ADDED, "dekan", "", "rektor"),
            ),
            (
                replace(
                    FILES,
                    persons=(*FILES.persons, StatedPerson("Ny Nord", NY, aliases=("ny@example.se",), units=("cs",))),
                ),
                (DifferenceKind.PERSON_ADDED, f"Ny Nord <{NY}>", "", "alias ny@example.se; units cs"),
            ),
            (
                replace(
                    FILES,
                    units=(*FILES.units, StatedUnit("ny", "Nya", head=ANNA, parent="cs", self_order=SelfOrder.DENY)),
                ),
                (DifferenceKind.UNIT_ADDED, "Nya (ny)", "", f"head {ANNA}; parent cs; self order deny"),
            ),
            (
                replace(
                    FILES, rights=(EVA_RIGHT, StatedRight(ANNA, "cs", RightKind.PURCHASING, valid_from=DAY, role="x"))
                ),
                (
                    DifferenceKind.RIGHT_ADDED,
                    f"cs purchasing: Anna Ask <{ANNA}> from {DAY}",
                    "",
                    "no end, no limit, role x",
                ),
            ),
            (
                replace(FILES, suppliers=(DUSTIN, StatedSupplier("Atea", "order@atea.example", org_number="1"))),
                (DifferenceKind.SUPPLIER_ADDED, "Atea", "", "order@atea.example, 1"),
            ),
        ],
        ids=lambda value: value[0].value if isinstance(value, tuple) else "",
    )
    def test_every_change_is_named_with_before_and_after(
        self, files: Organisation, found: tuple[DifferenceKind, str, str, str]
    ) -> None:
        assert difference(files, KNOWN, DAY) == (Difference(*found),)
        assert (
            not import_plan(files.numbered, KNOWN, POLICY, DAY).refused
            or found[0] is DifferenceKind.RIGHT_DELEGATED_FROM
        )

    def test_what_the_files_leave_out_is_left_alone(self) -> None:
        assert difference(Organisation(persons=(), units=(), rights=(), suppliers=()), KNOWN, DAY) == ()
        assert (
            import_plan(Organisation(persons=(), units=(), rights=(), suppliers=()).numbered, KNOWN, POLICY, DAY).after
            == KNOWN
        )

    def test_an_address_that_was_an_alias_becomes_the_main_one_of_the_same_person(self) -> None:
        files = Organisation(
            persons=(replace(EVA_LINE, address="Eva@Example.SE", aliases=(EVA,)), ANNA_LINE),
            units=(CS, GRP),
            rights=(),
            suppliers=(),
        )
        files = replace(files, units=(replace(CS, head="Eva@Example.SE"), GRP))
        made = import_plan(files.numbered, KNOWN, POLICY, DAY)
        assert {d.kind for d in made.differences} == {
            DifferenceKind.PERSON_ADDRESS,
            DifferenceKind.ALIAS_ADDED,
            DifferenceKind.ALIAS_REMOVED,
        }
        assert made.after.persons[1].address == "eva@example.se"
        assert len(made.after.persons) == len(KNOWN.persons)

    def test_someone_who_only_mailed_becomes_a_registered_person(self) -> None:
        known = replace(KNOWN, persons={**KNOWN.persons, 9: Person(9, NY, NY, registered=False)})
        files = replace(FILES, persons=(*FILES.persons, StatedPerson("Ny Nord", NY)))
        assert difference(files, known, DAY) == (
            Difference(DifferenceKind.PERSON_REGISTERED, f"Ny Nord <{NY}>", NY, f"Ny Nord <{NY}>"),
        )
        assert import_plan(files.numbered, known, POLICY, DAY).after.persons[9].registered

    def test_rights_come_first_in_what_is_shown(self) -> None:
        files = replace(eva(name="Eva Lund"), rights=(replace(EVA_RIGHT, limit=None),))
        assert [d.kind for d in difference(files, KNOWN, DAY)] == [
            DifferenceKind.RIGHT_LIMIT,
            DifferenceKind.PERSON_RENAMED,
        ]


class TestWhatIsNotRevived:
    def not_revived(self, files: Organisation, known: Directory) -> list[tuple[str, str]]:
        made = import_plan(files.numbered, known, POLICY, DAY)
        assert made.changes == ()
        assert made.after.rights == known.rights
        assert all(d.kind is DifferenceKind.RIGHT_NOT_REVIVED for d in made.differences)
        return [(d.before, d.after) for d in made.differences]

    def test_a_right_that_was_ended_in_the_store_stays_ended(self) -> None:
        told = [("ended 2026-05-04 07:30 UTC", "to 2026-12-31")]
        assert self.not_revived(FILES, holding(ended(HELD))) == told
        assert self.not_revived(line(limit=kr("1")), holding(ended(HELD))) == told

    @pytest.mark.parametrize("day", [date(2026, 3, 31), date(2026, 8, 31)], ids=["over", "still_running"])
    def test_a_right_that_ends_sooner_in_the_store_is_not_prolonged(self, day: date) -> None:
        known = holding(replace(HELD, valid_to=day))
        assert self.not_revived(FILES, known) == [(f"to {day}", "to 2026-12-31")]
        assert self.not_revived(line(valid_to=None), known) == [(f"to {day}", "no end")]

    def test_its_other_terms_still_change_while_it_runs(self) -> None:
        known = holding(replace(HELD, valid_to=date(2026, 8, 31)))
        made = import_plan(line(limit=kr("40000")).numbered, known, POLICY, DAY)
        assert [d.kind for d in made.differences] == [DifferenceKind.RIGHT_NOT_REVIVED, DifferenceKind.RIGHT_LIMIT]
        (right,) = made.after.rights
        assert (right.valid_to, right.limit) == (date(2026, 8, 31), kr("40000"))

    def test_a_line_that_is_over_itself_is_not_told_of(self) -> None:
        assert difference(line(valid_to=date(2026, 5, 31)), holding(ended(HELD)), DAY) == ()

    def test_what_is_over_is_history_and_does_not_change(self) -> None:
        known = holding(replace(HELD, valid_to=date(2026, 3, 31)))
        assert difference(line(valid_to=date(2026, 3, 31), limit=kr("1")), known, DAY) == ()

    def test_a_right_written_anew_counts_instead_of_the_row_it_replaced(self) -> None:
        anew = replace(HELD, id=7, limit=kr("40000"))
        for rights in ((ended(HELD), anew), (anew, ended(HELD))):
            assert difference(line(limit=kr("40000")), holding(*rights), DAY) == ()

    def test_what_was_ended_and_given_anew_with_less_is_not_given_back_by_the_unchanged_file(self) -> None:
        known = holding(ended(HELD), replace(HELD, id=7, limit=kr("100")))
        assert self.not_revived(FILES, known) == [("100 SEK", "50000 SEK")]

    def test_but_is_lessened_further_and_ended_by_the_file(self) -> None:
        known = holding(ended(HELD), replace(HELD, id=7, limit=kr("100")))
        made = import_plan(line(limit=kr("50"), valid_to=DAY - timedelta(days=1)).numbered, known, POLICY, DAY)
        assert (made.after.rights[-1].limit, made.after.rights[-1].valid_to) == (kr("50"), DAY - timedelta(days=1))
        assert not made.refused

    def test_what_an_import_lowered_an_import_raises_again(self) -> None:
        moment = datetime(2026, 5, 4, 7, 30, tzinfo=UTC)
        known = holding(ended(HELD, moment), replace(HELD, id=7, limit=kr("100"), registered_at=moment))
        assert [d.kind for d in difference(FILES, known, DAY)] == [DifferenceKind.RIGHT_LIMIT]

    def test_a_right_to_come_is_taken_away_by_an_earlier_last_day(self) -> None:
        known = holding(replace(HELD, valid_from=date(2026, 9, 1)))
        made = import_plan(
            line(valid_from=date(2026, 9, 1), valid_to=DAY - timedelta(days=1)).numbered, known, POLICY, DAY
        )
        assert not made.refused
        assert not any(made.after.rights[-1].live(DAY + timedelta(days=n)) for n in range(400))

    def test_a_new_line_with_a_later_first_day_is_taken(self) -> None:
        made = import_plan(line(valid_from=DAY).numbered, holding(ended(HELD)), POLICY, DAY)
        assert [d.kind for d in made.differences] == [DifferenceKind.RIGHT_ADDED]
        assert not made.refused


def refusals(files: Organisation, known: Directory = KNOWN) -> list[tuple[str, int, str, str]]:
    return [(r.table, r.number, r.key, r.why) for r in import_plan(files.numbered, known, POLICY, DAY).refused]


class TestWhatIsRefused:
    def test_a_new_right_that_begins_before_today_unless_the_store_is_empty(self) -> None:
        files = replace(
            FILES, rights=(EVA_RIGHT, StatedRight(ANNA, "cs", RightKind.ORDER, valid_from=DAY - timedelta(days=1)))
        )
        assert refusals(files) == [("right", 2, "from", RightProblem.BACK_DATED)]
        assert refusals(files, Directory()) == []
        assert refusals(replace(files, rights=(EVA_RIGHT, replace(files.rights[1], valid_from=DAY)))) == []

    def test_a_new_right_that_falls_into_one_of_the_store(self) -> None:
        by_mail = replace(HELD, valid_from=date(2026, 5, 1))
        files = replace(FILES, rights=(replace(EVA_RIGHT, valid_from=DAY),))
        assert refusals(files, holding(by_mail)) == [("right", 1, "from", RightProblem.OVERLAPS)]
        assert refusals(files, holding(ended(by_mail))) == []

    def test_a_right_may_follow_one_that_the_same_import_ends(self) -> None:
        ending = replace(EVA_RIGHT, valid_to=DAY)
        files = replace(FILES, rights=(ending, replace(EVA_RIGHT, valid_from=DAY + timedelta(days=1))))
        assert refusals(files) == []

    def test_a_right_with_a_new_first_day_is_not_moved(self) -> None:
        assert refusals(line(valid_from=DAY)) == [("right", 1, "from", RightProblem.OVERLAPS)]

    def test_a_deputy_of_somebody_whose_right_was_ended_in_the_store(self) -> None:
        deputy = StatedRight(ANNA, "cs", RightKind.ORDER, valid_from=DAY, deputy_for=EVA)
        files = replace(FILES, rights=(EVA_RIGHT, deputy))
        assert refusals(files, holding(ended(HELD))) == [("right", 2, "deputy_for", RightProblem.DEPUTY_WITHOUT_HOLDER)]

    def test_a_right_can_always_be_ended_whatever_else_is_against_it(self) -> None:
        deputy = Right(2, 2, "cs", kind=RightKind.ORDER, valid_from=FIRST, deputy_for=1)
        stated = StatedRight(ANNA, "cs", RightKind.ORDER, valid_from=FIRST, valid_to=DAY, deputy_for=EVA)
        files = replace(FILES, rights=(EVA_RIGHT, stated))
        assert refusals(files, holding(ended(HELD), deputy)) == []

    def test_an_alias_of_somebody_else_in_the_store(self) -> None:
        taking = StatedPerson("Ny Nord", NY, aliases=("eva@example.se",))
        files = replace(FILES, persons=(replace(EVA_LINE, aliases=()), ANNA_LINE, taking))
        assert refusals(files) == [("person", 3, "aliases", ImportProblem.ADDRESS_TAKEN)]

    def test_two_persons_of_the_store_become_one(self) -> None:
        files = Organisation(persons=(StatedPerson("Eva Ek", EVA, aliases=(ANNA,)),), units=(), rights=(), suppliers=())
        (found,) = import_plan(files.numbered, KNOWN, POLICY, DAY).refused
        assert (found.key, found.why, found.text) == ("aliases", ImportProblem.ADDRESS_TAKEN, ANNA)
        assert found.owner == f"Anna Ask <{ANNA}>"

    def test_one_person_of_the_store_becomes_two(self) -> None:
        files = Organisation(
            persons=(StatedPerson("Eva", "eva@example.se"), StatedPerson("Ek", EVA)), units=(), rights=(), suppliers=()
        )
        assert refusals(files) == [("person", 1, "address", ImportProblem.ADDRESS_TAKEN)]

    def test_a_unit_named_like_one_that_the_file_leaves_out(self) -> None:
        files = Organisation(persons=(), units=(StatedUnit("ny", "gruppen"),), rights=(), suppliers=())
        assert refusals(files) == [("unit", 1, "name", ImportProblem.UNIT_TAKEN)]

    @pytest.mark.parametrize("key", ["name", "address", "org_number", "names"])
    def test_a_supplier_with_what_is_another_s(self, key: str) -> None:
        atea: dict[str, Any] = {
            "name": "Atea",
            "address": "order@atea.example",
            "org_number": "1",
            "names": ("Atea Sverige",),
        }
        known = replace(KNOWN, suppliers={**KNOWN.suppliers, 2: Supplier(2, **atea)})
        others = {"name": "Ny", "address": "a@ny.example", "org_number": "2", "names": ("Nyare",)}
        stated = StatedSupplier(**others | {key: atea[key]})
        files = replace(FILES, suppliers=(StatedSupplier(**atea), stated))
        assert ("supplier", 2, key, ImportProblem.SUPPLIER_TAKEN) in refusals(files, known)


class TestWhoseOrdersMove:
    def test_the_units_whose_rights_change(self) -> None:
        assert changed_units(import_plan(line(limit=None).numbered, KNOWN, POLICY, DAY), POLICY) == {"cs"}
        assert changed_units(import_plan(grp(parent=None).numbered, KNOWN, POLICY, DAY), POLICY) == {"grp"}
        assert changed_units(import_plan(eva(name="Eva Lund").numbered, KNOWN, POLICY, DAY), POLICY) == frozenset()

    def test_every_unit_where_only_the_table_of_own_costs_changes(self) -> None:
        files = replace(FILES, own_costs=(OwnCost("prefekt", ("dekan",)),))
        for own_costs, units in ((True, {"cs", "grp"}), (False, set())):
            policy = replace(POLICY, own_costs=own_costs)
            assert changed_units(import_plan(files.numbered, KNOWN, policy, DAY), policy) == units
            assert changed_units(import_plan(FILES.numbered, KNOWN, policy, DAY), policy) == frozenset()

    def test_those_below_too_where_superiors_decide(self) -> None:
        policy = replace(POLICY, superiors=True)
        assert changed_units(import_plan(line(limit=None).numbered, KNOWN, policy, DAY), policy) == {"cs", "grp"}


# --- For any files and any store. ---

ADDRESSES = [f"p{n}@example.se" for n in range(6)]
UNITS = ["a", "b", "c"]
days = st.sampled_from([date(2026, 5, 1), DAY, date(2026, 7, 1), date(2026, 8, 1)])
owners = st.lists(st.integers(0, 2), min_size=len(ADDRESSES), max_size=len(ADDRESSES))


@st.composite
def organisations(draw: st.DrawFn, owned: list[int]) -> Organisation:
    """Draw files as the settings let them through: nothing stated twice, no unknown reference, no circle."""
    own = [[a for a, n in zip(ADDRESSES, owned, strict=True) if n == person] for person in range(3)]
    persons = tuple(
        StatedPerson(
            draw(st.sampled_from(["Eva", "Anna"])),
            mine[0],
            aliases=tuple(mine[1:]),
            units=tuple(draw(st.sets(st.sampled_from(UNITS)))),
            interests=tuple(draw(st.sets(st.sampled_from(["x", "y"])))),
        )
        for mine in own
        if mine
    )
    mains = st.sampled_from([p.address for p in persons])
    parents = [None, *draw(st.lists(st.sampled_from([None, "a"]), min_size=2, max_size=2))]
    units = tuple(
        StatedUnit(u, f"Unit {u}", head=draw(mains | st.none()), parent=p) for u, p in zip(UNITS, parents, strict=True)
    )
    lines = st.builds(
        StatedRight,
        mains,
        st.sampled_from(UNITS),
        st.sampled_from(RightKind),
        valid_from=days,
        valid_to=st.none() | days,
        limit=st.sampled_from([None, kr("100"), kr("200")]),
    )
    rights = draw(st.lists(lines, max_size=4, unique_by=lambda r: (r.person, r.unit, r.kind)))
    suppliers = tuple(
        StatedSupplier(f"S{n}", f"s{n}@s.example", org_number=draw(st.sampled_from(["", f"55-{n}"])))
        for n in draw(st.sets(st.integers(0, 2)))
    )
    return Organisation(persons=persons, units=units, rights=tuple(rights), suppliers=suppliers)


@st.composite
def changes(draw: st.DrawFn) -> tuple[Directory, Organisation]:
    """Draw a store, filled in spring with some rights ended since, and other files."""
    owned = draw(owners)
    known = imported(draw(organisations(owned)), Directory(), MOMENT)
    ends = draw(st.lists(st.booleans(), min_size=len(known.rights), max_size=len(known.rights)))
    rights = [ended(r) if end else r for r, end in zip(known.rights, ends, strict=True)]
    return replace(known, rights=tuple(rights)), draw(organisations(draw(st.just(owned) | owners)))


def stored(known: Directory, moment: datetime) -> Directory:
    """Return what a store would hold: the same with ids of its own, and all ended rights kept."""
    ids = {key: n for n, key in enumerate(known.persons, 1)}
    persons = {ids[k]: replace(p, id=ids[k]) for k, p in known.persons.items()}
    rights = [replace(r, id=n, person=ids[r.person], registered_at=moment) for n, r in enumerate(known.rights, 1)]
    suppliers = {n: replace(s, id=n) for n, s in enumerate(known.suppliers.values(), 1)}
    units = {k: replace(u, head=ids[u.head] if u.head is not None else None) for k, u in known.units.items()}
    return replace(known, persons=persons, rights=tuple(rights), suppliers=suppliers, units=units)


def imported(files: Organisation, known: Directory, moment: datetime) -> Directory:
    made = import_plan(files.numbered, known, POLICY, moment.date())
    gone = [replace(r, ended_at=moment) for r in known.rights if r.id not in {a.id for a in made.after.rights}]
    return stored(replace(made.after, rights=(*gone, *made.after.rights)), moment)


def shuffled(entries: Iterable[Any], luck: random.Random) -> tuple[Any, ...]:
    found = list(entries)
    luck.shuffle(found)
    return tuple(found)


MOMENT = datetime(2026, 6, 1, 9, 0, tzinfo=UTC)


@examples(100)
@given(changes())
def test_importing_twice_is_importing_once(drawn: tuple[Directory, Organisation]) -> None:
    known, files = drawn
    assume(not import_plan(files.numbered, known, POLICY, DAY).refused)
    once = imported(files, known, MOMENT)
    again = import_plan(files.numbered, once, POLICY, DAY)
    assert (again.changes, again.refused) == ((), ())
    assert again.after.rights == once.rights


@examples(100)
@given(changes(), st.randoms(use_true_random=False))
def test_the_order_of_the_lines_never_matters(drawn: tuple[Directory, Organisation], luck: random.Random) -> None:
    known, files = drawn
    other = Organisation(**{name: shuffled(entries, luck) for name, entries in vars(files).items()})
    made, same = import_plan(files.numbered, known, POLICY, DAY), import_plan(other.numbered, known, POLICY, DAY)
    one, two = ({(r.why, r.key, r.text, r.owner) for r in p.refused} for p in (made, same))
    assert one == two
    assert one or made.differences == same.differences


@examples(100)
@given(changes())
def test_no_line_makes_a_right_of_the_store_last_longer(drawn: tuple[Directory, Organisation]) -> None:
    known, files = drawn
    made = import_plan(files.numbered, known, POLICY, DAY)
    assume(not made.refused)

    def last(rights: Iterable[Right]) -> dict[object, date]:
        ends = [(same_right(r), date.min if r.ended_at else r.valid_to or date.max) for r in rights]
        return {key: max(end for k, end in ends if k == key) for key, _ in ends}

    before, after = last(known.rights), last(made.after.rights)
    assert all(after[key] <= end for key, end in before.items())
