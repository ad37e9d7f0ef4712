"""Random organisations for properties: trees of units, people with several rights, deputies, absences, interests.

Hypothesis chooses the seed and the rest is plain chance: worlds drawn choice by choice are mostly empty, and slow.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from random import Random

from hypothesis import strategies as st

from mailbot.domain.people.directory import Absence, Directory, Person, Right, RightKind, Unit
from mailbot.domain.people.rights import Deciders, Matter
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import OwnCost, Policy, SelfOrder
from tests.support.samples import ATEA, DAY, DUSTIN, NOW
from tests.support.university import shipped

POSTS = {
    "universitet": ("rektor",),
    "fakultet": ("dekan",),
    "institution": ("prefekt", "prefekt", "ställföreträdande prefekt"),
    "forskargrupp": ("gruppledare",),
    "förvaltningsavdelning": ("planeringschef",),
}
"""Some posts of profile su by the level of their units."""
SOME_ROLES = ("", "", *sorted({role for roles in POSTS.values() for role in roles}))
AMOUNTS = tuple(Money(Decimal(a)) for a in ("0.01", "100", "100.01", "50000", "50000.01", "2000000", "3000000.01"))


@dataclass(frozen=True)
class World:
    """An organisation, the rules and one order in it."""

    directory: Directory
    policy: Policy
    matter: Matter

    @cached_property
    def deciders(self) -> Deciders:
        """Who may decide the order."""
        return Deciders(self.matter, self.directory, self.policy)

    @property
    def denies(self) -> bool:
        """Tell whether profile or unit bars own orders, worked out apart from the code under test."""
        of_unit = self.directory.units[self.matter.unit].self_order
        return self.policy.profile == "su" or (of_unit or self.policy.self_order) is SelfOrder.DENY


def _people(chance: Random, keys: list[str]) -> dict[int, Person]:
    return {
        n: Person(
            n,
            chance.choice(["Kim Ek", "Åsa Al", "Bo Asp"]),
            f"p{n}@example.se",
            aliases=(f"q{n}@example.se",),
            units=tuple(chance.sample(keys, chance.randint(0, min(2, len(keys))))),
            interests=chance.choice([(), (), (), (), (), (), (DUSTIN.name,), (ATEA.org_number,)]),
        )
        for n in range(1, chance.randint(2, 6) + 1)
    }


def _units(chance: Random, keys: list[str], people: list[int]) -> dict[str, Unit]:
    return {
        key: Unit(
            key,
            key,
            head=chance.choice([None, *people]),
            parent=chance.choice(keys[max(0, n - 2) : n]) if n else None,
            self_order=chance.choice([None, *SelfOrder]),
            level=chance.choice([*POSTS, *POSTS, ""]),
        )
        for n, key in enumerate(keys)
    }


def _rights(chance: Random, units: dict[str, Unit], people: list[int]) -> tuple[Right, ...]:
    places = [chance.choice(list(units.values())) for _ in range(16)]
    return tuple(
        Right(
            key,
            chance.choice(people),
            places[key - 1].id,
            kind=chance.choice([RightKind.ORDER] * 8 + [RightKind.OWN_COST, RightKind.PURCHASING]),
            valid_from=DAY + timedelta(days=chance.choice([-30] * 5 + [-1, 0, 0, 1])),
            valid_to=chance.choice([None] * 5 + [DAY - timedelta(days=1), DAY, DAY + timedelta(days=30)]),
            ended_at=chance.choice([None] * 9 + [NOW]),
            limit=chance.choice([None, None, *AMOUNTS, *AMOUNTS[3:]]),
            role=chance.choice([*SOME_ROLES, *POSTS.get(places[key - 1].level, ("",)) * 8]),
            delegated_from=chance.choice([None, None, None, *people]),
            deputy_for=chance.choice([None, None, None, None, people[0], people[-1]]),
        )
        for key in range(1, chance.choice([0, 4, 8, 12, 16]) + 1)
    )


def _absences(chance: Random, people: list[int]) -> tuple[Absence, ...]:
    firsts = [(DAY + timedelta(days=chance.randint(-2, 1))) for _ in range(chance.choice([0, 0, 1, 2, 4]))]
    return tuple(
        Absence(
            chance.choice([people[0], people[-1]]),
            first,
            first + timedelta(days=chance.randint(0, 2)),
            substitute=chance.choice([None, *people]),
            registered=chance.choice([True, True, False]),
        )
        for first in firsts
    )


def _own_costs(chance: Random) -> tuple[OwnCost, ...]:
    names = ["prefekt", "dekan", "p1@example.se", "q1@example.se", "p2@example.se"]
    rows = range(chance.choice([0, 0, 1, 2]))
    return tuple(OwnCost(chance.choice(names), tuple(chance.sample(names, chance.choice([1, 1, 2])))) for _ in rows)


def _matter(chance: Random, keys: list[str], people: list[int]) -> Matter:
    return Matter(
        chance.choice(keys[-2:]),
        chance.choice(people),
        DAY,
        chance.choice([None, *AMOUNTS, *AMOUNTS[:4], *AMOUNTS[:4]]),
        any_amount=chance.random() < 0.1,
        supplier=chance.choice([None, DUSTIN.id, ATEA.id]),
        concerns=chance.choice([None, *people]) if chance.random() < 0.3 else None,
        recused=frozenset(chance.sample(people, chance.choice([0, 0, 0, 0, 1, 2]))),
    )


@st.composite
def worlds(draw: st.DrawFn, profiles: tuple[str, ...] = ("su", "umu")) -> World:
    """Draw an organisation with an order under one of these profiles."""
    chance = draw(st.randoms(use_true_random=True))
    keys = [f"u{n}" for n in range(chance.randint(1, 4))]
    persons = _people(chance, keys)
    people = list(persons)
    units = _units(chance, keys, people)
    directory = Directory(
        persons=persons,
        units=units,
        rights=_rights(chance, units, people),
        suppliers={s.id: s for s in (DUSTIN, ATEA)},
        absences=_absences(chance, people),
        own_costs=_own_costs(chance),
    )
    policy = replace(shipped(chance.choice(profiles)), counts_as_portal=chance.random() < 0.5)
    return World(directory, policy, _matter(chance, keys, people))


@st.composite
def shuffled(draw: st.DrawFn, directory: Directory) -> Directory:
    """Draw the same directory with everything in another order; only the table of own costs has one that counts."""
    chance = draw(st.randoms(use_true_random=True))
    return replace(
        directory,
        persons=dict(chance.sample(list(directory.persons.items()), len(directory.persons))),
        units=dict(chance.sample(list(directory.units.items()), len(directory.units))),
        rights=tuple(chance.sample(directory.rights, len(directory.rights))),
        absences=tuple(chance.sample(directory.absences, len(directory.absences))),
    )
