"""Who is who and who may what, when: lookups by name and address, rights and their periods."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mailbot.domain.people.directory import Directory, Person, RightKind, Supplier
from mailbot.domain.values.text import fold
from tests.support.samples import (
    ANNA,
    ATEA,
    CS,
    DAY,
    DIRECTORY,
    DUSTIN,
    EVA,
    MARTA,
    NILS,
    NOW,
    ORJAN,
    RUT,
    START,
    UMF,
    directory_with,
    right,
)

ONE_DAY = timedelta(days=1)
EVERYONE = tuple(DIRECTORY.persons.values())


def approvers(directory: Directory, day: date = DAY) -> tuple[Person, ...]:
    return directory.holders(CS.id, RightKind.ORDER, day)


@pytest.mark.parametrize("address", ["eva.ek@example.se", "EVA.EK@EXAMPLE.SE", "eva@example.se", "Eva@Example.se"])
def test_a_person_is_one_person_at_every_address_in_any_case(address: str) -> None:
    assert DIRECTORY.person_at(address) == EVA


@pytest.mark.parametrize("address", ["", "eva", "eva.ek@example.com", "eva.ek+order@example.se", "eva.ek @example.se"])
def test_an_address_that_nobody_has_finds_nobody(address: str) -> None:
    assert DIRECTORY.person_at(address) is None


@pytest.mark.parametrize(
    "text",
    [
        "cs",
        "CS",
        "Institutionen för datavetenskap",
        "institutionen  FÖR\u00a0datavetenskap",
        "Institutionen fo\u0308r datavetenskap",
    ],
)
def test_a_unit_is_found_by_id_or_name_whatever_its_case_spacing_and_letters(text: str) -> None:
    assert DIRECTORY.unit_named(text) == CS


@pytest.mark.parametrize("text", ["", "c", "datavetenskap", "cs umf"])
def test_part_of_a_units_name_finds_no_unit(text: str) -> None:
    assert DIRECTORY.unit_named(text) is None


@pytest.mark.parametrize(
    ("text", "supplier"),
    [
        ("Dustin AB", DUSTIN),
        ("dustin ab", DUSTIN),
        ("Dustin\u00a0AB", DUSTIN),
        ("556666-1012", DUSTIN),
        ("order@dustin.example", DUSTIN),
        ("Atea Sverige AB", ATEA),
        ("Dustin", None),
        ("Dustin AB, Stockholm", None),
        ("", None),
    ],
)
def test_a_supplier_is_found_by_name_number_or_address_and_never_by_resemblance(text: str, supplier: object) -> None:
    assert DIRECTORY.supplier_named(text) == supplier


def test_a_supplier_without_organisation_number_is_not_found_by_an_empty_text() -> None:
    directory = replace(DIRECTORY, suppliers={1: replace(DUSTIN, org_number="")})
    assert directory.supplier_named("") is None


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Eva Ek", (EVA,)),
        ("eva  ek", (EVA,)),
        ("eva.ek@example.se", (EVA,)),
        ("eva@example.se", (EVA,)),
        ("Eva Ek <eva.ek@example.se>", (EVA,)),
        ("<eva@example.se>", (EVA,)),
        ("Örjan Åström", (ORJAN,)),
        ("O\u0308rjan A\u030astro\u0308m", (ORJAN,)),
        ("ÖRJAN ÅSTRÖM", (ORJAN,)),
        ("Eva", ()),
        ("Ek", ()),
        ("", ()),
        ("<>", ()),
        ("Orjan Astrom", ()),
    ],
)
def test_people_are_named_by_full_name_or_address_only(text: str, found: tuple[Person, ...]) -> None:
    assert DIRECTORY.named(text, EVERYONE) == found


def test_a_name_and_an_address_of_two_people_name_both() -> None:
    assert DIRECTORY.named("Eva Ek <anna.ask@example.se>", EVERYONE) == (EVA, ANNA)


def test_two_people_of_one_name_are_both_named() -> None:
    namesake = replace(EVA, id=9, address="eva.ek2@example.se", aliases=())
    known = replace(DIRECTORY, persons={**DIRECTORY.persons, 9: namesake})
    assert known.named("Eva Ek", (EVA, namesake)) == (EVA, namesake)
    assert known.named("Eva Ek <eva.ek2@example.se>", (EVA, namesake)) == (namesake,)


def test_approvers_are_listed_by_name_in_any_order_of_their_rights() -> None:
    rights = (right(1, ORJAN, CS), right(2, EVA, CS), right(3, ANNA, CS))
    assert approvers(directory_with(*rights)) == (ANNA, EVA, ORJAN)


def test_a_person_with_two_rights_is_listed_once() -> None:
    assert approvers(directory_with(right(1, EVA, CS), right(2, EVA, CS))) == (EVA,)


def test_a_right_counts_in_its_own_unit_only() -> None:
    assert DIRECTORY.holders(UMF.id, RightKind.ORDER, DAY) == (ORJAN,)


def test_a_purchasing_right_lets_nobody_approve_and_the_other_way_round() -> None:
    assert MARTA not in approvers(DIRECTORY)
    assert DIRECTORY.holders(CS.id, RightKind.PURCHASING, DAY) == (MARTA,)


def test_heading_or_belonging_to_a_unit_gives_no_right() -> None:
    directory = directory_with(right(1, ANNA, CS), head=EVA)
    assert approvers(directory) == (ANNA,)
    assert not {RUT, NILS} & set(approvers(directory))


@pytest.mark.parametrize(
    ("day", "holds"),
    [
        (START - ONE_DAY, False),
        (START, True),
        (DAY, True),
        (date(2026, 12, 31), True),
        (date(2027, 1, 1), False),
    ],
    ids=["day_before", "first_day", "between", "last_day", "day_after"],
)
def test_a_right_holds_from_its_first_to_its_last_day_inclusive(day: date, *, holds: bool) -> None:
    limited = replace(right(1, EVA, CS), valid_to=date(2026, 12, 31))
    assert (approvers(directory_with(limited), day) == (EVA,)) is holds


def test_a_right_without_last_day_holds_on() -> None:
    assert EVA in approvers(DIRECTORY, date(2046, 1, 1))


def test_an_ended_right_is_gone_at_once_also_within_its_period() -> None:
    ended = replace(right(1, EVA, CS), ended_at=NOW, valid_to=date(2027, 1, 1))
    assert approvers(directory_with(ended, right(2, ANNA, CS)), NOW.date()) == (ANNA,)


def test_a_new_right_holds_although_an_older_one_was_ended() -> None:
    ended = replace(right(1, EVA, CS), ended_at=NOW)
    assert approvers(directory_with(ended, right(2, EVA, CS))) == (EVA,)


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("  Eva\u00a0 Ek ", "eva ek"),
        ("STRASSE", "straße"),
        ("A\u030a", "å"),
        ("Ｅｖａ", "eva"),
        ("\tEva\nEk", "eva ek"),
    ],
)
def test_texts_are_compared_without_case_spacing_and_ways_of_writing_a_letter(a: str, b: str) -> None:
    assert fold(a) == fold(b)


@pytest.mark.parametrize(("a", "b"), [("å", "a"), ("ö", "o"), ("eva ek", "evaek"), ("е", "e")])
def test_different_letters_stay_different(a: str, b: str) -> None:
    assert fold(a) != fold(b)


def test_a_supplier_is_meant_by_a_shorter_name_only_where_no_other_has_it() -> None:
    both = {1: Supplier(1, "Dustin AB", "a@dustin.example"), 2: Supplier(2, "Dustin Ltd.", "b@dustin.example")}
    assert Directory(suppliers={1: both[1]}).supplier_meant("d.u.s.t.i.n") == both[1]
    assert Directory(suppliers=both).supplier_meant("Dustin") is None
    assert Directory(suppliers=both).supplier_meant("dustin ab") == both[1]
    assert Directory(suppliers=both).supplier_meant("Dustin Limited") == both[2]


def test_a_supplier_is_not_meant_by_a_name_that_states_another_company_form() -> None:
    known = {
        1: Supplier(1, "Dustin AB", "a@dustin.example", names=("Dustin",)),
        2: Supplier(2, "Atea", "b@atea.example"),
    }
    for text in ("Dustin", "Dustin A.B.", "Dustin Aktiebolag", "Dustin AB (publ)", "DUSTIN (publ)"):
        assert Directory(suppliers=known).supplier_meant(text) == known[1], text
    for text in ("Dustin GmbH", "Dustin HB", "Dustin Ltd."):
        assert Directory(suppliers=known).supplier_meant(text) is None, text
    assert Directory(suppliers=known).supplier_meant("Atea AB") == known[2]
