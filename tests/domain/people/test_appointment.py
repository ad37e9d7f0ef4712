"""What an order scheme would change, and everything that is wrong with one
(docs/rules/attest.md#r4, #r27, #r28, #limits, #r64, #r65, #r66, #r67)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from mailbot.domain.people.appointment import MAX_ENTRIES, ProposalContext, confirmers, judge, may_propose, propose
from mailbot.domain.people.directory import Directory, Person, Right, RightKind, Unit
from mailbot.domain.people.proposal import Proposal
from mailbot.domain.people.right_rules import RightProblem
from mailbot.domain.people.scheme import Scheme, SchemeEntry, SchemeKey, SchemeProblem, SchemeProblemKind, keys_of
from mailbot.domain.values.policy import Policy, RoleRule
from tests.support.samples import (
    ANNA,
    CS,
    DAY,
    DIRECTORY,
    EVA,
    MARTA,
    NILS,
    NOW,
    ORJAN,
    POLICY,
    RUT,
    START,
    UMF,
    kr,
    right,
)

YESTERDAY, TOMORROW = DAY - timedelta(days=1), DAY + timedelta(days=1)
SU = replace(
    POLICY,
    two_persons=True,
    deputies_when_absent=True,
    right_states=frozenset({"to", "limit", "ground", "may_delegate"}),
    roles={
        "prefekt": RoleRule(kr("2000000"), delegates={"administrativ chef": kr("500000"), "other": None}),
        "administrativ chef": RoleRule(kr("500000")),
    },
)
STATED = {SchemeKey.TO: "2026-12-31", SchemeKey.LIMIT: "50 000 kr", SchemeKey.MAY_DELEGATE: "nej"}


def at(
    directory: Directory = DIRECTORY, policy: Policy = POLICY, by: Person = EVA, mailed: date = DAY, today: date = DAY
) -> ProposalContext:
    return ProposalContext(by, directory, policy, mailed, today)


def entry(person: str = "Rut Rask", **fields: str) -> SchemeEntry:
    return SchemeEntry({SchemeKey.APPROVER: person, **{SchemeKey[name.upper()]: text for name, text in fields.items()}})


def scheme(*entries: SchemeEntry, unit: str = "cs") -> Scheme:
    return Scheme(unit, entries or (entry(),), (unit,) if unit else ())


def proposed(*entries: SchemeEntry, where: ProposalContext | None = None) -> Proposal:
    found = propose(scheme(*entries), "cs", where or at())
    assert isinstance(found, Proposal), found
    return found


def problems(
    *entries: SchemeEntry, where: ProposalContext | None = None
) -> list[tuple[SchemeProblemKind | RightProblem, SchemeKey | None]]:
    found = propose(scheme(*entries), "cs", where or at())
    assert isinstance(found, tuple), found
    return [(p.why if isinstance(p.why, RightProblem) else p.fault, p.key) for p in found]


class TestWhoMayPropose:
    def test_the_head_one_above_and_somebody_named_there(self) -> None:
        above = Unit("fac", "Fakulteten", head=ORJAN.id)
        named = right(9, NILS, above, RightKind.APPOINT)
        known = replace(
            DIRECTORY,
            units={**DIRECTORY.units, "fac": above, "cs": replace(CS, parent="fac")},
            rights=(*DIRECTORY.rights, named),
        )
        able = {p.id for p in known.persons.values() if may_propose(p, "cs", known, DAY)}
        assert able == {EVA.id, ORJAN.id, NILS.id}
        ended = replace(known, rights=(replace(named, ended_at=NOW),))
        assert not may_propose(NILS, "cs", ended, DAY)
        assert not may_propose(NILS, "cs", known, START - timedelta(days=1))
        assert not may_propose(EVA, "fac", known, DAY)

    @pytest.mark.parametrize("by", [ANNA, RUT, MARTA, ORJAN], ids=lambda p: p.name)
    def test_others_learn_that_alone(self, by: Person) -> None:
        wrong = scheme(entry("Ingen"))
        assert judge(wrong, at(by=by), document=False) == (
            SchemeProblem(SchemeProblemKind.NOT_YOURS, SchemeKey.UNIT, CS.name),
        )

    def test_a_sender_who_appoints_nowhere_learns_nothing_about_units(self) -> None:
        assert judge(scheme(unit="finns ej"), at(by=RUT), document=True) == (
            SchemeProblem(SchemeProblemKind.NOT_YOURS, SchemeKey.UNIT),
        )


class TestTheUnit:
    def test_can_be_left_out_by_the_head_of_one(self) -> None:
        found = judge(scheme(unit=""), at(), document=True)
        assert isinstance(found, Proposal)
        assert found.unit == CS

    def test_is_asked_for_with_all_else_that_is_wrong(self) -> None:
        two = replace(DIRECTORY, units={**DIRECTORY.units, "x": Unit("x", "X", head=EVA.id)})
        found = judge(scheme(entry("Ingen"), unit=""), at(two), document=False)
        assert isinstance(found, tuple)
        assert [p.fault for p in found] == [
            SchemeProblemKind.MISSING,
            SchemeProblemKind.UNKNOWN_PERSON,
            SchemeProblemKind.NO_DOCUMENT,
        ]

    def test_must_be_known_and_one(self) -> None:
        for given, fault in (
            (scheme(unit="kemi"), SchemeProblemKind.UNKNOWN_UNIT),
            (replace(scheme(), units=("cs", "umf")), SchemeProblemKind.CONFLICT),
        ):
            found = judge(given, at(), document=True)
            assert isinstance(found, tuple)
            assert [p.fault for p in found] == [fault]


class TestAppointing:
    def test_a_new_right_says_ground_and_days(self) -> None:
        found = proposed(
            SchemeEntry({SchemeKey.APPROVER: "Rut Rask", SchemeKey.FROM: "2026-12-01", SchemeKey.TO: "2027-12-31"})
        )
        [new] = found.gains
        assert (new.person, new.unit, new.kind) == (RUT.id, "cs", RightKind.ORDER)
        assert (new.valid_from, new.valid_to) == (date(2026, 12, 1), date(2027, 12, 31))
        assert new.ground == "beställningsordning 2026-11-23, Eva Ek"

    def test_without_days_it_is_from_now_until_further_notice(self) -> None:
        [new] = proposed(entry()).gains
        assert (new.valid_from, new.valid_to) == (DAY, None)

    def test_shows_each_person_before_and_after(self) -> None:
        [row] = proposed(entry()).rows
        assert (row.person, row.before) == (RUT, ())
        assert row.after[0].valid_from == DAY

    def test_counts_who_may_decide_afterwards(self) -> None:
        assert proposed(entry()).approvers == 3
        assert proposed(entry("Eva Ek", ends="nu"), entry("Anna Ask", ends="nu")).approvers == 0

    def test_a_first_day_that_passed_since_the_mail_becomes_today(self) -> None:
        for written in ({}, {SchemeKey.FROM: YESTERDAY.isoformat()}):
            given = SchemeEntry({SchemeKey.APPROVER: "Rut Rask", **written})
            assert proposed(given, where=at(mailed=YESTERDAY)).gains[0].valid_from == DAY

    def test_the_mark_of_a_row_changes_with_what_it_shows(self) -> None:
        one, other = proposed(entry()), proposed(entry(to="2027-01-01"))
        assert one.rows[0].mark == proposed(entry()).rows[0].mark != other.rows[0].mark


class TestEnding:
    def test_at_once(self) -> None:
        for word in ("nu", "Now", "NU"):
            [ending] = proposed(entry("Eva Ek", ends=word)).endings
            assert (ending.right.person, ending.last) == (EVA.id, None)

    def test_after_a_last_day(self) -> None:
        [ending] = proposed(entry("Eva Ek", ends="2026-12-31")).endings
        assert ending.last == date(2026, 12, 31)

    def test_at_once_when_the_last_day_passed_while_it_waited(self) -> None:
        [ending] = proposed(entry("Eva Ek", ends=YESTERDAY.isoformat()), where=at(mailed=YESTERDAY)).endings
        assert ending.last is None

    @pytest.mark.parametrize("text", ["Nu.", "nu!", "idag", "Today", "2026-11-22"])
    def test_at_once_in_any_words_and_for_a_day_that_has_passed(self, text: str) -> None:
        [ending] = proposed(entry("Eva Ek", ends=text)).endings
        assert ending.last is None

    def test_alone_needs_no_document(self) -> None:
        assert isinstance(judge(scheme(entry("Eva Ek", ends="nu")), at(), document=False), Proposal)

    def test_a_right_that_would_begin_later_ends_before_it_has_begun(self) -> None:
        later = replace(right(9, RUT, CS), valid_from=date(2027, 1, 1))
        known = replace(DIRECTORY, rights=(*DIRECTORY.rights, later))
        [ending] = proposed(entry(ends="2026-12-31"), where=at(known)).endings
        assert ending.last is None

    def test_and_appointing_anew_in_one_mail_is_a_change_of_days(self) -> None:
        found = proposed(entry("Eva Ek", ends="nu"), entry("Eva Ek", to="2027-12-31"))
        [row] = found.rows
        assert [t.valid_to for t in row.before] == [None]
        assert [t.valid_to for t in row.after] == [date(2027, 12, 31)]


class TestNamingSomebodyToDoThis:
    NAMED = SchemeEntry({SchemeKey.APPOINTER: "Nils Nord"})

    def test_is_a_right_to_appoint_and_none_to_decide(self) -> None:
        found = proposed(self.NAMED)
        [new] = found.gains
        assert (new.person, new.kind) == (NILS.id, RightKind.APPOINT)
        assert [t.kind for t in found.rows[0].after] == [RightKind.APPOINT]
        assert found.approvers == 2

    def test_ends_by_itself(self) -> None:
        both = (right(8, NILS, CS, RightKind.APPOINT), right(9, NILS, CS))
        known = replace(DIRECTORY, rights=(*DIRECTORY.rights, *both))
        ended = SchemeEntry({**self.NAMED.fields, SchemeKey.ENDS: "nu"})
        assert [e.right.id for e in proposed(ended, where=at(known)).endings] == [8]

    def test_is_the_heads_alone(self) -> None:
        known = replace(DIRECTORY, rights=(*DIRECTORY.rights, right(9, RUT, CS, RightKind.APPOINT)))
        assert problems(self.NAMED, where=at(known, by=RUT)) == [(SchemeProblemKind.HEAD_ONLY, SchemeKey.APPOINTER)]
        assert proposed(entry("Nils Nord"), where=at(known, by=RUT)).gains

    def test_states_no_limit_where_rules_want_one_for_deciding(self) -> None:
        assert proposed(self.NAMED, where=at(policy=SU)).gains


class TestWhatIsWrong:
    @pytest.mark.parametrize(
        ("given", "fault", "key"),
        [
            (entry("Ingen Alls"), SchemeProblemKind.UNKNOWN_PERSON, SchemeKey.APPROVER),
            (entry(to="i sommar"), SchemeProblemKind.BAD_DAY, SchemeKey.TO),
            (entry(to="2026-02-30"), SchemeProblemKind.BAD_DAY, SchemeKey.TO),
            (entry(to="20261231"), SchemeProblemKind.BAD_DAY, SchemeKey.TO),
            (entry(to="2026-11-22"), RightProblem.BACKWARDS, SchemeKey.TO),
            (
                SchemeEntry({SchemeKey.APPROVER: "Rut Rask", SchemeKey.FROM: "2026-11-22"}),
                RightProblem.BACK_DATED,
                SchemeKey.FROM,
            ),
            (entry("Eva Ek"), RightProblem.OVERLAPS, SchemeKey.FROM),
            (entry(limit="15,000"), SchemeProblemKind.BAD_LIMIT, SchemeKey.LIMIT),
            (entry(limit="100 EUR"), SchemeProblemKind.BAD_LIMIT, SchemeKey.LIMIT),
            (entry(limit="-500 000 kr"), SchemeProblemKind.BAD_LIMIT, SchemeKey.LIMIT),
            (entry(limit="mycket"), SchemeProblemKind.BAD_LIMIT, SchemeKey.LIMIT),
            (entry(may_delegate="kanske"), SchemeProblemKind.BAD_YES_NO, SchemeKey.MAY_DELEGATE),
            (entry("Eva Ek", ends="snart"), SchemeProblemKind.BAD_DAY, SchemeKey.ENDS),
            (entry("Nils Nord", ends="nu"), SchemeProblemKind.NOTHING_TO_END, SchemeKey.APPROVER),
            (entry("Eva Ek", ends="nu", to="2027-01-01"), SchemeProblemKind.ENDS_AND_BEGINS, SchemeKey.ENDS),
            (SchemeEntry({SchemeKey.TO: "2026-12-31"}), SchemeProblemKind.MISSING, SchemeKey.APPROVER),
            (entry(deputy_for="Rut Rask"), RightProblem.DEPUTY_OF_SELF, SchemeKey.DEPUTY_FOR),
            (entry(deputy_for="Nils Nord"), RightProblem.DEPUTY_WITHOUT_HOLDER, SchemeKey.DEPUTY_FOR),
            (entry(delegated_from="Nils Nord"), RightProblem.DELEGATOR_WITHOUT_RIGHT, SchemeKey.DELEGATED_FROM),
            (entry(delegated_from="Ingen"), SchemeProblemKind.UNKNOWN_PERSON, SchemeKey.DELEGATED_FROM),
        ],
    )
    def test_is_named_with_its_key(
        self, given: SchemeEntry, fault: SchemeProblemKind | RightProblem, key: SchemeKey
    ) -> None:
        assert (fault, key) in problems(given)

    def test_is_named_all_at_once(self) -> None:
        found = problems(entry("Ingen", to="x", limit="y"), entry("Eva Ek"), SchemeEntry({}, (SchemeKey.TO,)))
        assert found == [
            (SchemeProblemKind.UNKNOWN_PERSON, SchemeKey.APPROVER),
            (SchemeProblemKind.BAD_DAY, SchemeKey.TO),
            (SchemeProblemKind.BAD_LIMIT, SchemeKey.LIMIT),
            (SchemeProblemKind.CONFLICT, SchemeKey.TO),
            (SchemeProblemKind.MISSING, SchemeKey.APPROVER),
            (RightProblem.OVERLAPS, SchemeKey.FROM),
        ]

    def test_two_of_one_name_are_both_offered(self) -> None:
        twin = Person(77, "Rut Rask", "rut2@example.se")
        known = replace(DIRECTORY, persons={**DIRECTORY.persons, 77: twin})
        found = propose(scheme(), "cs", at(known))
        assert isinstance(found, tuple)
        assert (found[0].fault, set(found[0].choices)) == (SchemeProblemKind.AMBIGUOUS_PERSON, {RUT, twin})
        assert isinstance(propose(scheme(entry("rut2@example.se")), "cs", at(known)), Proposal)

    def test_who_is_known_only_by_having_mailed_is_nobody_yet(self) -> None:
        guest = Person(77, "gast@example.se", "gast@example.se", registered=False)
        known = replace(DIRECTORY, persons={**DIRECTORY.persons, 77: guest})
        assert problems(entry("gast@example.se"), where=at(known)) == [
            (SchemeProblemKind.NOT_YET_A_PERSON, SchemeKey.APPROVER)
        ]

    def test_the_same_person_twice_in_one_mail_overlaps(self) -> None:
        assert set(problems(entry(), entry())) == {(RightProblem.OVERLAPS, SchemeKey.FROM)}

    def test_no_approver_a_form_passed_on_and_far_too_many(self) -> None:
        for given, fault in (
            (Scheme("cs"), SchemeProblemKind.MISSING),
            (replace(scheme(), forwarded=True), SchemeProblemKind.FORWARDED),
            (scheme(*(entry(f"n{i}") for i in range(MAX_ENTRIES + 1))), SchemeProblemKind.TOO_MANY),
        ):
            found = propose(given, "cs", at())
            assert isinstance(found, tuple)
            assert fault in {p.fault for p in found}

    def test_a_proposer_who_may_no_longer_is_a_problem_too(self) -> None:
        known = replace(DIRECTORY, units={**DIRECTORY.units, "cs": replace(CS, head=ANNA.id)})
        assert (SchemeProblemKind.NOT_YOURS, SchemeKey.UNIT) in problems(entry(), where=at(known))


class TestTheSuProfile:
    ABOVE = replace(
        DIRECTORY,
        units={"umf": UMF, "cs": replace(CS, parent="umf")},
        rights=(*DIRECTORY.rights, replace(right(9, ORJAN, UMF), role="prefekt", limit=kr("2000000"))),
    )
    """Örjan holds a post in the unit above cs, and gives those below."""

    def stated(self, **more: str) -> SchemeEntry:
        return SchemeEntry(
            {SchemeKey.APPROVER: "Rut Rask", **STATED, **{SchemeKey[k.upper()]: v for k, v in more.items()}}
        )

    def test_rules_27_65_66_and_67_want_everything_stated(self) -> None:
        assert problems(entry(), where=at(policy=SU)) == [
            (RightProblem.TO_MISSING, SchemeKey.TO),
            (RightProblem.LIMIT_MISSING, SchemeKey.LIMIT),
            (RightProblem.MAY_DELEGATE_MISSING, SchemeKey.MAY_DELEGATE),
            (RightProblem.ROLE_MISSING, SchemeKey.ROLE),
        ]
        [new] = proposed(self.stated(role="Prefekt"), where=at(self.ABOVE, SU, by=ORJAN)).gains
        assert (new.limit, new.may_delegate) == (kr("50000"), False)

    def test_rule_66_a_limit_never_over_the_roles(self) -> None:
        over = {**self.stated(role="Prefekt").fields, SchemeKey.LIMIT: "2 000 001 kr"}
        assert problems(SchemeEntry(over), where=at(policy=SU)) == [(RightProblem.OVER_ROLE, SchemeKey.LIMIT)]
        exactly = {**over, SchemeKey.LIMIT: "2 000 000 kr"}
        assert proposed(SchemeEntry(exactly), where=at(self.ABOVE, SU, by=ORJAN)).gains[0].role == "prefekt"
        unknown = {**over, SchemeKey.ROLE: "kung"}
        assert problems(SchemeEntry(unknown), where=at(policy=SU)) == [(RightProblem.UNKNOWN_ROLE, SchemeKey.ROLE)]

    @pytest.mark.parametrize(
        ("may", "limit", "objection"),
        [
            (True, "500 000 kr", None),
            (True, "500 001 kr", RightProblem.OVER_CEILING),
            (False, "500 000 kr", RightProblem.DELEGATOR_MAY_NOT),
        ],
    )
    def test_a6_the_ceilings_of_delegation(self, may: bool, limit: str, objection: RightProblem | None) -> None:
        held: Right = replace(right(1, EVA, CS), role="prefekt", limit=kr("2000000"), may_delegate=may)
        known = replace(DIRECTORY, rights=(held,))
        given = SchemeEntry(
            {
                **self.stated(role="administrativ chef", delegated_from="Eva Ek").fields,
                SchemeKey.LIMIT: limit,
            }
        )
        found = propose(scheme(given), "cs", at(known, SU))
        assert [p.why for p in found] == [objection] if isinstance(found, tuple) else objection is None

    def test_the_form_shows_the_keys_that_the_profile_knows(self) -> None:
        assert SchemeKey.LIMIT not in keys_of(POLICY)
        assert set(keys_of(SU)) == set(SchemeKey) - {SchemeKey.APPOINTER, SchemeKey.OWN_AREA}


class TestWhoMayConfirm:
    def test_a_purchasing_right_anywhere_but_not_the_proposer_where_two_are_needed(self) -> None:
        held = (*DIRECTORY.rights, right(9, EVA, CS, RightKind.PURCHASING))
        known = replace(DIRECTORY, rights=held)
        assert confirmers(EVA.id, known, POLICY, DAY) == (EVA, MARTA)
        assert confirmers(EVA.id, known, SU, DAY) == (MARTA,)

    def test_only_while_it_holds(self) -> None:
        held = replace(right(9, NILS, CS, RightKind.PURCHASING), valid_to=YESTERDAY)
        assert confirmers(EVA.id, replace(DIRECTORY, rights=(held,)), POLICY, DAY) == ()
