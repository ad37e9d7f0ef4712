"""Nobody gives by a form more than they hold and may pass on, and nobody gives to themselves
(docs/rules/promises.md#gain)."""

from dataclasses import replace
from datetime import timedelta
from random import Random

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from mailbot.domain.people.appointment import ProposalContext, judge, may_propose, propose, taken_away
from mailbot.domain.people.directory import Directory, Right, RightKind
from mailbot.domain.people.proposal import Proposal
from mailbot.domain.people.right_rules import RightProblem, hollow, limit_of, standing
from mailbot.domain.people.rights import Authority, Deciders, Denial
from mailbot.domain.people.scheme import Scheme, SchemeEntry, SchemeKey, SchemeProblemKind
from mailbot.domain.values.policy import Policy
from tests.support.examples import examples
from tests.support.samples import DAY, NOW
from tests.support.university import (
    PEOPLE,
    RIGHTS,
    UNIVERSITY,
    away,
    matter,
    money,
    person,
    right_of,
    shipped,
    the_right,
    with_rights,
)

SU, UMU = shipped("su"), shipped("umu")
MILLIONS = 900_000_000
ONE_DAY = timedelta(days=1)
CLERK = "Rut"


def circumstances(by: str, directory: Directory = UNIVERSITY, policy: Policy = SU) -> ProposalContext:
    return ProposalContext(person(by), directory, policy, DAY, DAY)


def entry(who: str = CLERK, **more: str) -> SchemeEntry:
    """Return an entry of the form that states all that profile su asks for; a value of "" is left out."""
    stated = {"to": "2026-12-31", "limit": "", "may_delegate": "ja", "ground": "beslut 7", "own_area": "ja"} | more
    return SchemeEntry({SchemeKey.APPROVER: person(who).address, **{SchemeKey(k): v for k, v in stated.items() if v}})


def against(
    by: str, unit: str, given: SchemeEntry, directory: Directory = UNIVERSITY
) -> set[SchemeProblemKind | RightProblem]:
    """Return all that stands against a form with this entry."""
    outcome = judge(Scheme(unit, (given,)), circumstances(by, directory), document=True)
    if isinstance(outcome, Proposal):
        return set()
    return {p.why if isinstance(p.why, RightProblem) else p.fault for p in outcome}


class TestAPostIsGivenFromAbove:
    """docs/rules/attest.md#r55, #r56, #r67."""

    GIVEN = (
        # by whom, in which unit, which post, up to
        ("dekan", "cs", "prefekt", "2 000 000 kr"),
        ("vicerektor", "cs", "prefekt", "2 000 000 kr"),
        ("dekan", "cs-a", "avdelningschef", "500 000 kr"),
        ("prefekt", "cs-a", "avdelningschef", "500 000 kr"),
        ("prefekt", "cs-a", "administrativ chef", "500 000 kr"),
        ("prefekt", "cs-g", "gruppledare", "50 000 kr"),
        ("vicerektor", "mat", "dekan", "2 500 000 kr"),
        ("rektor", "natur", "vicerektor", "3 000 000 kr"),
        ("rektor", "uf", "universitetsdirektör", "3 000 000 kr"),
        ("universitetsdirektör", "it", "avdelningschef inom förvaltningen", "2 000 000 kr"),
    )

    @pytest.mark.parametrize(("by", "unit", "post", "limit"), GIVEN)
    def test_by_somebody_who_holds_at_least_as_much(self, by: str, unit: str, post: str, limit: str) -> None:
        assert against(by, unit, entry(role=post, limit=limit)) == set()

    @pytest.mark.parametrize(
        ("by", "unit", "post", "limit", "why"),
        [
            ("prefekt", "cs", "rektor", "", RightProblem.WRONG_LEVEL),
            ("prefekt", "cs", "dekan", "2 500 000 kr", RightProblem.WRONG_LEVEL),
            ("prefekt", "cs", "prefekt", "2 000 000 kr", RightProblem.GIVER_NOT_ABOVE),
            ("dekan", "cs", "rektor", "", RightProblem.WRONG_LEVEL),
            ("styrelsens ordförande", "su", "rektor", "", RightProblem.BY_FILE),
            ("styrelsens ordförande", "styrelsen", "styrelsens ordförande", "", RightProblem.BY_FILE),
            ("prefekt", "cs", "administrativ chef", "500 000 kr", RightProblem.DELEGATOR_MISSING),
            ("dekan", "mat", "kanslichef", "500 000 kr", RightProblem.DELEGATOR_MISSING),
            ("vicerektor", "mat", "kanslichef", "500 000 kr", RightProblem.DELEGATOR_MISSING),
            ("universitetsdirektör", "drift", "sektionschef", "500 000 kr", RightProblem.DELEGATOR_MISSING),
            ("vicerektor", "mat", "prodekan", "2 500 000 kr", RightProblem.DEPUTY_FOR_MISSING),
            ("prefekt", "cs", "", "100 kr", RightProblem.ROLE_MISSING),
        ],
    )
    def test_and_by_nobody_else_nor_anywhere_else(
        self, by: str, unit: str, post: str, limit: str, why: RightProblem
    ) -> None:
        assert against(by, unit, entry(role=post, limit=limit)) == {why}

    def test_the_top_is_not_delegated_by_mail_either(self) -> None:
        given = entry(role="rektor", delegated_from=person("rektor").address)
        assert against("rektor", "su", given) == {RightProblem.NOT_DELEGABLE}

    def test_never_beyond_the_givers_own_limit(self) -> None:
        lower = with_rights(replace(the_right("dekan"), limit=money(400_000)))
        assert against("dekan", "cs", entry(role="prefekt", limit="400 000 kr"), lower) == set()
        assert against("dekan", "cs", entry(role="prefekt", limit="400 000,01 kr"), lower) == {RightProblem.OVER_GIVER}

    def test_never_by_a_right_that_may_not_be_passed_on(self) -> None:
        kept = with_rights(replace(the_right("dekan"), may_delegate=False))
        assert against("dekan", "cs", entry(role="prefekt", limit="1 kr"), kept) == {RightProblem.GIVER_MAY_NOT}

    @pytest.mark.parametrize(
        "change",
        [
            {"ended_at": NOW},
            {"valid_to": DAY - ONE_DAY},
            {"valid_from": DAY + ONE_DAY},
            {"deputy_for": person("vicerektor").id},
            {"delegated_from": person("vicerektor").id},
            {"role": "rektor"},
        ],
        ids=["ended", "over", "to come", "a deputy's", "delegated", "no post of the unit"],
    )
    def test_never_by_a_right_that_is_not_held_in_the_givers_own_name(self, change: dict[str, object]) -> None:
        known = with_rights(replace(the_right("dekan"), **change))  # type: ignore[arg-type]
        assert RightProblem.GIVER_NOT_ABOVE in against("dekan", "cs", entry(role="prefekt", limit="1 kr"), known)

    @pytest.mark.parametrize(("first", "why"), [("2026-12-31", set()), ("2027-01-01", {RightProblem.DELEGATOR_GONE})])
    def test_for_a_first_day_on_which_the_giver_still_holds_it(self, first: str, why: set[RightProblem]) -> None:
        days = {"from": first, "to": "2030-12-31"}
        assert against("dekan", "cs", entry(role="prefekt", limit="1 kr", **days)) == why
        delegated = entry(limit="1 kr", delegated_from=person("prefekt").address, **days)
        assert against("prefekt", "cs", delegated) == why

    def test_a_delegated_right_begins_no_sooner_than_its_delegators(self) -> None:
        later = with_rights(replace(the_right("prefekt"), valid_from=DAY + ONE_DAY))
        given = {"limit": "1 kr", "delegated_from": person("prefekt").address}
        assert against("prefekt", "cs", entry(**given), later) == {RightProblem.DELEGATOR_WITHOUT_RIGHT}
        tomorrow = entry(**{"from": (DAY + ONE_DAY).isoformat()}, **given)
        assert against("prefekt", "cs", tomorrow, later) == set()

    def test_a_head_without_a_right_gives_none(self) -> None:
        headed = with_rights(without=["dekan"])
        assert RightProblem.GIVER_NOT_ABOVE in against("dekan", "cs", entry(role="prefekt", limit="1 kr"), headed)


class TestADelegatedRightAndADeputys:
    def test_is_delegated_by_its_sender_up_to_the_printed_ceiling(self) -> None:
        self_given = {"role": "administrativ chef", "delegated_from": person("prefekt").address}
        assert against("prefekt", "cs", entry(limit="500 000 kr", **self_given)) == set()
        assert against("prefekt", "cs", entry(limit="500 001 kr", **self_given)) == {RightProblem.OVER_CEILING}

    @pytest.mark.parametrize(
        ("by", "unit", "post", "limit"),
        [
            ("prefekt", "cs", "prefekt", "2 000 000 kr"),
            ("dekan", "mat", "dekan", "2 500 000 kr"),
            ("rektor", "mat", "dekan", "1 kr"),
            ("prefekt", "cs-g", "gruppledare", "50 000 kr"),
            ("prefekt", "cs-a", "avdelningschef", "1 kr"),
        ],
    )
    def test_is_a_post_only_where_the_delegators_post_passes_it_on(
        self, by: str, unit: str, post: str, limit: str
    ) -> None:
        given = entry(role=post, limit=limit, delegated_from=person(by).address)
        assert against(by, unit, given) == {RightProblem.NOT_DELEGABLE}

    @pytest.mark.parametrize("by", ["prefekt", "dekan"])
    def test_is_no_deputys_post(self, by: str) -> None:
        named = {"deputy_for": person("prefekt").address, "delegated_from": person(by).address}
        given = entry(role="ställföreträdande prefekt", limit="1 kr", **named)
        assert against(by, "cs", given) == {RightProblem.NOT_DELEGABLE}

    def test_gives_no_post_by_a_delegate_without_one(self) -> None:
        known = with_rights(replace(right_of(CLERK, "cs", 2_000_000, role="", delegator="prefekt"), id=99))
        given = entry("gruppledare", role="prefekt", limit="1 kr", delegated_from=person(CLERK).address)
        assert RightProblem.NOT_DELEGABLE in against("prefekt", "cs", given, known)

    @pytest.mark.parametrize(
        ("by", "unit", "post", "most"),
        [("dekan", "cs", "administrativ chef", "500 000"), ("vicerektor", "mat", "dekan", "2 500 000")],
    )
    def test_is_never_larger_than_the_post_that_it_names(self, by: str, unit: str, post: str, most: str) -> None:
        named = {"role": post, "delegated_from": person(by).address}
        assert against(by, unit, entry(limit=f"{most} kr", **named)) == set()
        assert against(by, unit, entry(limit=f"{most},01 kr", **named)) == {RightProblem.OVER_CEILING}

    def test_of_somebody_elses_waits_for_that_one(self) -> None:
        given = entry(limit="1 kr", delegated_from=person("dekan").address)
        assert RightProblem.DELEGATOR_WITHOUT_RIGHT not in against("prefekt", "cs", given)
        outcome = propose(Scheme("cs", (given,)), "cs", circumstances("prefekt"))
        assert isinstance(outcome, Proposal)
        assert outcome.delegators == (person("dekan"),)

    def test_a_post_of_a_deputy_is_given_from_above_and_names_its_holder(self) -> None:
        post = {"role": "ställföreträdande prefekt", "limit": "2 000 000 kr"}
        named = entry(deputy_for=person("prefekt").address, **post)
        assert against("dekan", "cs", named) == set()
        assert against("prefekt", "cs", named) == {RightProblem.GIVER_NOT_ABOVE}
        other = entry(deputy_for=person("administrativ chef").address, **post)
        assert RightProblem.DEPUTY_WITHOUT_HOLDER in against("dekan", "cs", other)

    def test_a_deputy_without_a_post_may_be_named_by_the_holder_too(self) -> None:
        named = entry(deputy_for=person("prefekt").address, limit="2 000 000 kr")
        assert against("prefekt", "cs", named) == set()
        assert against("dekan", "cs", named) == set()


class TestWhoSends:
    OMBUD = replace(right_of(CLERK, "cs", None, role=""), id=99, kind=RightKind.APPOINT)

    def test_never_gains_under_posts_not_even_the_head(self) -> None:
        own = entry("prefekt", limit="1 kr", delegated_from=person("dekan").address)
        known = with_rights(without=["prefekt"])
        assert SchemeProblemKind.OWN_GAIN in against("prefekt", "cs", own, known)
        assert SchemeProblemKind.OWN_GAIN in against("dekan", "cs", entry("dekan", role="prefekt", limit="1 kr"))

    def test_whom_the_head_named_gives_no_post_and_gains_nothing(self) -> None:
        known = with_rights(self.OMBUD)
        assert RightProblem.GIVER_NOT_ABOVE in against(
            CLERK, "cs-g", entry("ämnesansvarig", role="gruppledare", limit="1 kr"), known
        )
        own = entry(CLERK, limit="10 000 kr", delegated_from=person("prefekt").address)
        assert against(CLERK, "cs", own, known) == {SchemeProblemKind.OWN_GAIN}

    def test_under_umu_the_head_appoints_for_the_own_unit_and_whom_the_head_named_too(self) -> None:
        free = SchemeEntry({SchemeKey.APPROVER: person("dekan").address})
        for by in ("prefekt", CLERK):
            at = circumstances(by, with_rights(self.OMBUD), UMU)
            assert isinstance(judge(Scheme("cs", (free,)), at, document=True), Proposal)
        at = circumstances(CLERK, with_rights(self.OMBUD), UMU)
        outcome = judge(Scheme("cs", (SchemeEntry({SchemeKey.APPROVER: person(CLERK).address}),)), at, document=True)
        assert isinstance(outcome, tuple)
        assert [p.fault for p in outcome] == [SchemeProblemKind.OWN_GAIN]


class TestWhatTheRulesDoNotKnowGivesNoPower:
    """However it came to be stored: older files, another profile, a level that nobody stated."""

    @pytest.mark.parametrize(
        ("right", "why"),
        [
            (right_of(CLERK, "cs", None, role="rektor"), Denial.WRONG_LEVEL),
            (right_of(CLERK, "cs", 1_999_999, role="ställföreträdande prefekt"), Denial.DEPUTY_FOR_MISSING),
            (right_of(CLERK, "mat", 500_000, role="kanslichef"), Denial.DELEGATOR_MISSING),
            (right_of(CLERK, "cs", 100_000, role="administrativ chef"), Denial.DELEGATOR_MISSING),
            (right_of(CLERK, "cs", None, role="kung"), Denial.UNKNOWN_ROLE),
            (right_of(CLERK, "cs", 2_000_000, role="prefekt", delegator="prefekt"), Denial.NOT_DELEGABLE),
            (right_of(CLERK, "cs", None, role=""), Denial.ROLE_MISSING),
        ],
    )
    def test_at_the_decision(self, right: Right, why: Denial) -> None:
        stored = replace(right, id=99)
        known = with_rights(stored)
        assert Deciders(matter("cs", 100, requester="prefekt"), known, SU).authority(person(CLERK)) is why
        assert [(r, objection.value) for r, objection in hollow(known, SU, DAY)] == [(stored, why.value)]

    def test_a_post_in_a_unit_of_no_stated_level_decides_nothing(self) -> None:
        units = {**UNIVERSITY.units, "cs": replace(UNIVERSITY.units["cs"], level="")}
        known = replace(UNIVERSITY, units=units)
        assert Deciders(matter("cs"), known, SU).authority(person("prefekt")) is Denial.WRONG_LEVEL

    def test_a_stored_limit_above_the_posts_counts_as_the_posts(self) -> None:
        known = with_rights(replace(the_right("prefekt"), limit=money(MILLIONS)))
        found = Deciders(matter("cs", "2000000.01"), known, SU).authority(person("prefekt"))
        assert found is Denial.OVER_OWN_LIMIT

    def test_the_universitys_own_rights_all_count(self) -> None:
        assert list(hollow(UNIVERSITY, SU, DAY)) == []
        assert not [r for r in RIGHTS if any(standing(r, UNIVERSITY, SU))]

    def test_an_avdelnings_administrativ_chef_holds_a_post_of_their_own(self) -> None:
        known = with_rights(replace(right_of(CLERK, "cs-a", 500_000, role="administrativ chef"), id=99))
        assert isinstance(Deciders(matter("cs-a", requester="prefekt"), known, SU).authority(person(CLERK)), Authority)

    def test_what_was_delegated_before_goes_on_and_what_would_begin_after_decides_nothing(self) -> None:
        over = replace(the_right("prefekt"), valid_to=DAY)
        later = right_of(CLERK, "cs", 100, role="", delegator="prefekt")
        later = replace(later, id=99, valid_from=DAY + ONE_DAY)
        known = with_rights(over, later)
        tomorrow = replace(matter("cs", 100, requester="prefekt"), day=DAY + ONE_DAY)
        assert Deciders(tomorrow, known, SU).authority(person(CLERK)) is Denial.DELEGATOR_GONE
        assert isinstance(Deciders(tomorrow, known, SU).authority(person("administrativ chef")), Authority)

    def test_a_deputy_decides_never_more_than_the_holder_may_now(self) -> None:
        lower = with_rights(replace(the_right("prefekt"), limit=money(1_000)))
        known = replace(lower, absences=away("prefekt").absences)
        deciders = [Deciders(matter("cs", amount), known, SU) for amount in ("1000", "1000.01")]
        found = [d.authority(person("ställföreträdande prefekt")) for d in deciders]
        assert isinstance(found[0], Authority)
        assert found[1] is Denial.OVER_OWN_LIMIT

    def test_a_delegate_decides_never_more_than_the_delegator_has_while_there_is_one(self) -> None:
        lower = with_rights(replace(the_right("prefekt"), limit=money(1_000)))
        over = matter("cs", "1000.01")
        assert Deciders(over, lower, SU).authority(person("administrativ chef")) is Denial.OVER_OWN_LIMIT
        gone = with_rights(replace(the_right("prefekt"), ended_at=NOW))
        assert isinstance(Deciders(over, gone, SU).authority(person("administrativ chef")), Authority)

    def test_what_a_delegate_delegates_is_bounded_by_the_first(self) -> None:
        chain = replace(right_of(CLERK, "cs", 300_000, role="", delegator="ämnesansvarig"), id=99)
        known = with_rights(replace(the_right("prefekt"), limit=money(1_000)), chain)
        found = Deciders(matter("cs", "1000.01", requester="prefekt"), known, SU).authority(person(CLERK))
        assert found is Denial.OVER_OWN_LIMIT


# --- Whatever is mailed by whom ---

LIMITS = ("", "1 kr", "50 000 kr", "500 000 kr", "2 000 000 kr", "3 000 000 kr", "900 000 000 kr")
UNITS = ("styrelsen", "su", "natur", "mat", "cs", "cs-a", "cs-g", "centrum", "uf", "it")
WHO = tuple(PEOPLE)


@st.composite
def forms(draw: st.DrawFn) -> tuple[str, Scheme]:
    """Draw a sender and a form: mostly as the rules want it, and then often with one thing changed."""
    chance = draw(st.randoms(use_true_random=True))
    unit = chance.choice(UNITS)
    heads = [who for who in WHO if person(who).id in {UNIVERSITY.units[u].head for u in UNIVERSITY.path(unit)}]
    sender = chance.choice([*heads, *heads, *heads, chance.choice(WHO)])
    return sender, Scheme(unit, tuple(_entry(chance, unit, sender) for _ in range(chance.choice([1, 1, 2]))))


def _entry(chance: Random, unit: str, sender: str) -> SchemeEntry:
    who = chance.choice([*WHO, *[sender] * 6])
    if chance.random() < 0.2:
        return SchemeEntry({SchemeKey.APPROVER: person(who).address, SchemeKey.ENDS: "nu"})
    level, head = UNIVERSITY.units[unit].level, UNIVERSITY.units[unit].head
    post = chance.choice([*(name for name, rule in SU.roles.items() if level in rule.levels), ""])
    rule = SU.roles.get(post)
    delegated = rule is None or level in rule.delegated_at
    more = {
        "role": post,
        "limit": chance.choice(LIMITS),
        "may_delegate": chance.choice(["ja", "nej"]),
        "delegated_from": person(sender).address if delegated else "",
        "deputy_for": UNIVERSITY.persons[head].address if rule and rule.deputy_of and head else "",
    }
    anybody = ["", *(one.address for one in PEOPLE.values())]
    other = {"role": [*SU.roles, ""], "limit": LIMITS, "delegated_from": anybody, "deputy_for": anybody}
    if chance.random() < 0.6:
        key = chance.choice(list(other))
        more[key] = chance.choice(other[key])
    return entry(who, **more)


@st.composite
def files(draw: st.DrawFn) -> Directory:
    """Draw the university where the file gave some people less, or nothing to pass on."""
    chance = draw(st.randoms(use_true_random=True))
    less = [None, None, None, money(100_000), money(400_000)]
    return with_rights(
        *(
            replace(r, limit=lower if lower and (not r.limit or lower < r.limit) else r.limit, may_delegate=passes)
            for r in RIGHTS
            for lower, passes in [(chance.choice(less), chance.random() < 0.8)]
        )
    )


def mailed(sender: str, scheme: Scheme, known: Directory) -> Directory:
    """Return the directory after a form that everybody whose yes is needed has agreed to."""
    at = circumstances(sender, known)
    taken = taken_away(scheme, at)
    if taken is not None:
        gone = {ending.right.id for ending in taken.proposal.endings}
        rights = tuple(replace(r, ended_at=NOW) if r.id in gone else r for r in known.rights)
        known, scheme = replace(known, rights=rights), taken.rest
    outcome = judge(scheme, replace(at, directory=known), document=True)
    if not isinstance(outcome, Proposal):
        return known
    event(f"gives {len(outcome.gains)}")
    first = max(r.id for r in known.rights) + 1
    gone = {ending.right.id for ending in outcome.endings}
    kept = (replace(r, ended_at=NOW) if r.id in gone else r for r in known.rights)
    gains = (replace(r, id=first + n) for n, r in enumerate(outcome.gains))
    return replace(known, rights=(*kept, *gains))


@examples(600)
@given(files(), st.lists(forms(), min_size=1, max_size=4))
def test_whatever_is_mailed_nobody_holds_more_than_the_file_gave_in_the_unit_or_above(
    file: Directory, mails: list[tuple[str, Scheme]]
) -> None:
    known = file
    for sender, scheme in mails:
        after = mailed(sender, scheme, known)
        for unit in UNITS:
            over = [r for r in file.rights if r.unit in file.path(unit)]
            by_file = [float(r.limit.amount) if r.limit else float("inf") for r in over]
            for right in after.rights_in(unit, RightKind.ORDER):
                if right.id > len(PEOPLE):
                    limit = limit_of(right, SU)
                    assert (float(limit.amount) if limit else float("inf")) <= max(by_file)
                    assert right.role not in {"rektor", "styrelsens ordförande"}
                    assert not right.role or UNIVERSITY.units[unit].level in SU.roles[right.role].levels
                    assert right.deputy_for is not None or not right.role or not SU.roles[right.role].deputy_of
        own = person(sender).id
        assert len(after.rights_of(own)) == len(known.rights_of(own))
        known = after


@examples(600)
@given(files(), forms())
def test_whatever_is_mailed_what_is_given_was_in_the_givers_hands(file: Directory, mail: tuple[str, Scheme]) -> None:
    sender, scheme = mail
    after = mailed(sender, scheme, file)
    for right in after.rights:
        if right.id <= len(PEOPLE):
            continue
        giver = right.delegated_from or person(sender).id
        units = file.path(right.unit)[0 if right.delegated_from or not right.role else 1 :]
        held = [r for r in file.rights if r.person == giver and r.unit in units and r.may_delegate]
        wanted = limit_of(right, SU)
        assert [r for r in held if r.limit is None or (wanted is not None and wanted <= r.limit)]
        assert may_propose(person(sender), right.unit, UNIVERSITY, DAY)
