"""A small university as data, and the rules of both profiles as they ship.

    styrelsen (styrelsens ordförande)
      su (rektor, prorektor as deputy)
        natur (vicerektor)
          mat (dekan, prodekan as deputy)
            cs (prefekt, deputy, administrativ chef, one more delegate)
              cs-a (avdelningschef), cs-g (gruppledare)
            centrum (föreståndare (centrumbildning))
          hum (another dekan)
            hist (another prefekt)
        uf (universitetsdirektör and the biträdande)
          plan (planeringschef), it (avdelningschef) over drift (sektionschef), suhf (föreståndare)

Rut is a plain employee of cs. Everything is a plain value; what a test needs otherwise it replaces.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from mailbot.domain.people.directory import Absence, Directory, Person, Right, RightKind, Unit
from mailbot.domain.people.rights import Matter
from mailbot.domain.values.money import Money
from mailbot.domain.values.policy import Policy
from mailbot.settings import load
from tests.support.samples import ATEA, DAY, DUSTIN

FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)

_MAILBOT = """
[bot]
address = "order@inkop.example.se"
purchasing = "it-inkop@example.se"
operator = "drift@example.se"
[requesters]
domains = ["example.se"]
[policy]
profile = "{profile}"
"""


@cache
def shipped(profile: str) -> Policy:
    """Return the rules as the program reads them when mailbot.toml states the profile and nothing else of them."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "mailbot.toml").write_text(_MAILBOT.format(profile=profile), encoding="utf-8")
        for empty in ("organisation.toml", "suppliers.toml"):
            (folder / empty).touch()
        return load(folder).policy


ROLES = (
    "styrelsens ordförande",
    "rektor",
    "prorektor",
    "planeringschef",
    "vicerektor",
    "dekan",
    "prodekan",
    "prefekt",
    "ställföreträdande prefekt",
    "administrativ chef",
    "ämnesansvarig",
    "avdelningschef",
    "gruppledare",
    "föreståndare (centrumbildning)",
    "universitetsdirektör",
    "ställföreträdande universitetsdirektör",
    "avdelningschef inom förvaltningen",
    "sektionschef",
    "chef för övrig verksamhet (SUHF, STAF)",
    "annan dekan",
    "annan prefekt",
    "Rut",
)
PEOPLE = {
    who: Person(number, who.capitalize(), f"p{number}@example.se", aliases=(f"alias{number}@example.se",))
    for number, who in enumerate(ROLES, 1)
}
PEOPLE["Rut"] = replace(PEOPLE["Rut"], units=("cs",))


def person(who: str) -> Person:
    """Return who has this post."""
    return PEOPLE[who]


def _unit(key: str, parent: str | None, head: str | None, level: str) -> Unit:
    return Unit(key, key.upper(), head=person(head).id if head else None, parent=parent, level=level)


UNITS = (
    _unit("styrelsen", None, "styrelsens ordförande", "styrelse"),
    _unit("su", "styrelsen", "rektor", "universitet"),
    _unit("natur", "su", "vicerektor", "område"),
    _unit("mat", "natur", "dekan", "fakultet"),
    _unit("cs", "mat", "prefekt", "institution"),
    _unit("cs-a", "cs", "avdelningschef", "avdelning"),
    _unit("cs-g", "cs", "gruppledare", "forskargrupp"),
    _unit("centrum", "mat", "föreståndare (centrumbildning)", "centrum"),
    _unit("hum", "natur", "annan dekan", "fakultet"),
    _unit("hist", "hum", "annan prefekt", "institution"),
    _unit("uf", "su", "universitetsdirektör", "förvaltning"),
    _unit("plan", "uf", "planeringschef", "förvaltningsavdelning"),
    _unit("it", "uf", "avdelningschef inom förvaltningen", "förvaltningsavdelning"),
    _unit("drift", "it", "sektionschef", "sektion"),
    _unit("suhf", "uf", "chef för övrig verksamhet (SUHF, STAF)", "övrig verksamhet"),
)


def money(kronor: str | int | Decimal | None) -> Money | None:
    """Return kronor; None stays no limit."""
    return None if kronor is None else Money(Decimal(kronor))


def right_of(
    who: str,
    unit: str,
    limit: str | int | None,
    *,
    role: str | None = None,
    delegator: str | None = None,
    deputy_for: str | None = None,
) -> Right:
    """Return a right for the year 2026 that states everything profile su asks for; `role` is otherwise `who`."""
    return Right(
        person(who).id,
        person(who).id,
        unit,
        kind=RightKind.ORDER,
        valid_from=FIRST,
        valid_to=LAST,
        limit=money(limit),
        role=who if role is None else role,
        ground="SU FV-4558-22",
        may_delegate=True,
        delegated_from=person(delegator).id if delegator else None,
        deputy_for=person(deputy_for).id if deputy_for else None,
    )


RIGHTS = (
    right_of("styrelsens ordförande", "styrelsen", None),
    right_of("rektor", "su", None),
    right_of("prorektor", "su", None, deputy_for="rektor"),
    right_of("vicerektor", "natur", 3_000_000),
    right_of("dekan", "mat", 2_500_000),
    right_of("prodekan", "mat", 2_500_000, deputy_for="dekan"),
    right_of("prefekt", "cs", 2_000_000),
    right_of("ställföreträdande prefekt", "cs", 2_000_000, deputy_for="prefekt"),
    right_of("administrativ chef", "cs", 500_000, delegator="prefekt"),
    right_of("ämnesansvarig", "cs", 300_000, role="", delegator="prefekt"),
    right_of("avdelningschef", "cs-a", 500_000),
    right_of("gruppledare", "cs-g", 50_000),
    right_of("föreståndare (centrumbildning)", "centrum", 2_000_000),
    right_of("annan dekan", "hum", 2_500_000, role="dekan"),
    right_of("annan prefekt", "hist", 2_000_000, role="prefekt"),
    right_of("universitetsdirektör", "uf", 3_000_000),
    right_of("ställföreträdande universitetsdirektör", "uf", 2_000_000, delegator="universitetsdirektör"),
    right_of("planeringschef", "plan", 2_000_000),
    right_of("avdelningschef inom förvaltningen", "it", 2_000_000),
    right_of("sektionschef", "drift", 500_000, delegator="avdelningschef inom förvaltningen"),
    right_of("chef för övrig verksamhet (SUHF, STAF)", "suhf", 1_000_000),
)

UNIVERSITY = Directory(
    persons={p.id: p for p in PEOPLE.values()},
    units={u.id: u for u in UNITS},
    rights=RIGHTS,
    suppliers={s.id: s for s in (DUSTIN, ATEA)},
)


def with_rights(*changed: Right, without: Iterable[str] = ()) -> Directory:
    """Return the university where these rights stand instead of those with the same id, or beside them."""
    gone = {person(who).id for who in without} | {r.id for r in changed}
    return replace(UNIVERSITY, rights=(*(r for r in RIGHTS if r.id not in gone), *changed))


def the_right(who: str) -> Right:
    """Return the right that goes with a post."""
    return next(r for r in RIGHTS if r.person == person(who).id)


def away(*who: str, first: date = DAY, last: date = DAY, registered: bool = True) -> Directory:
    """Return the university with these people away."""
    gone = tuple(Absence(person(w).id, first, last, registered=registered) for w in who)
    return replace(UNIVERSITY, absences=gone)


def matter(
    unit: str, amount: str | int | Decimal | None = 100, requester: str = "Rut", concerns: str | None = None
) -> Matter:
    """Return what an order asks for on DAY."""
    about = person(concerns).id if concerns else None
    return Matter(unit, person(requester).id, DAY, money(amount), supplier=DUSTIN.id, concerns=about)
