"""Who sent a mail: what proves it, who may order at all (docs/rules/promises.md#proof)."""

from dataclasses import replace

import pytest

from mailbot.domain.people.directory import Directory
from mailbot.domain.trust.senders import (
    Doubt,
    Evidence,
    Later,
    PlusTags,
    Proof,
    Proven,
    SenderRules,
    Stranger,
    TrustSource,
    Unproven,
    Vouched,
    judge,
    known_as,
    may_order,
)
from tests.support.samples import DIRECTORY, RUT

DOMAINS = ("example.se",)
TRUSTING_DKIM = SenderRules(TrustSource.DKIM, DOMAINS)
VISITOR = replace(RUT, id=7, name="Vera Vik", address="vera@partner.example", aliases=("v.vik@partner.example",))
WITH_VISITOR = replace(DIRECTORY, persons={**DIRECTORY.persons, VISITOR.id: VISITOR})


def verdict(evidence: Evidence, trust: TrustSource = TrustSource.LOOPBACK) -> Proven | Unproven | Later | Stranger:
    return judge(evidence, WITH_VISITOR, replace(TRUSTING_DKIM, trust=trust))


def test_a_known_address_over_loopback_is_proven_where_loopback_is_trusted() -> None:
    assert verdict(Evidence(RUT.address, from_loopback=True)) == Proven(RUT.address, Proof.LOOPBACK)


def test_a_known_address_from_elsewhere_is_not_proven() -> None:
    assert verdict(Evidence(RUT.address)) == Unproven(RUT.address)


def test_loopback_proves_nothing_where_no_source_is_trusted() -> None:
    assert verdict(Evidence(RUT.address, from_loopback=True), TrustSource.NONE) == Unproven(RUT.address)


@pytest.mark.parametrize("trust", list(TrustSource))
@pytest.mark.parametrize("from_loopback", [True, False])
def test_a_pressed_confirmation_link_proves_the_sender_whatever_is_trusted(
    trust: TrustSource, *, from_loopback: bool
) -> None:
    evidence = Evidence(RUT.address, from_loopback=from_loopback, confirmed=True)
    assert verdict(evidence, trust) == Proven(RUT.address, Proof.CONFIRMATION_LINK)


@pytest.mark.parametrize("trust", list(TrustSource))
@pytest.mark.parametrize("confirmed", [True, False])
def test_a_mail_without_one_readable_from_is_a_strangers_however_it_came(
    trust: TrustSource, *, confirmed: bool
) -> None:
    evidence = Evidence(None, from_loopback=True, confirmed=confirmed)
    assert verdict(evidence, trust) == Stranger(Doubt.UNREADABLE_FROM)


@pytest.mark.parametrize("confirmed", [True, False])
def test_an_unknown_address_is_a_stranger_however_well_proven(*, confirmed: bool) -> None:
    evidence = Evidence("someone@elsewhere.example", from_loopback=True, confirmed=confirmed)
    assert verdict(evidence) == Stranger(Doubt.UNKNOWN_ADDRESS)


@pytest.mark.parametrize(
    "address",
    [
        "rut.rask@example.se",
        "RUT.RASK@Example.SE",
        "never.seen@example.se",
        "never.seen@EXAMPLE.se",
        "vera@partner.example",
        "V.Vik@Partner.Example",
    ],
)
def test_people_of_the_own_domain_and_registered_people_may_order(address: str) -> None:
    assert may_order(address, WITH_VISITOR, DOMAINS)


@pytest.mark.parametrize(
    "address",
    [
        "other@partner.example",
        "rut@sub.example.se",
        "rut@notexample.se",
        "rut@example.se.evil.test",
        "rut@xn--exampl-cua.se",
        "rut@example",
        "example.se@evil.test",
    ],
)
def test_neighbours_subdomains_and_lookalikes_of_the_own_domain_may_not_order(address: str) -> None:
    assert not may_order(address, WITH_VISITOR, DOMAINS)


def test_without_domains_only_registered_people_may_order() -> None:
    assert may_order(RUT.address, DIRECTORY, ())
    assert not may_order("never.seen@example.se", DIRECTORY, ())


def test_an_empty_directory_knows_nobody() -> None:
    assert judge(
        Evidence(RUT.address, from_loopback=True), Directory(), SenderRules(TrustSource.LOOPBACK, ())
    ) == Stranger(Doubt.UNKNOWN_ADDRESS)


# --- What a check found ---

BY_GATEWAY = Vouched(RUT.address, "example.se", Proof.AUTHENTICATION_RESULTS)
BY_DKIM = Vouched(RUT.address, "example.se", Proof.DKIM)


@pytest.mark.parametrize(
    ("trust", "finding"), [(TrustSource.AUTHENTICATION_RESULTS, BY_GATEWAY), (TrustSource.DKIM, BY_DKIM)]
)
def test_a_sender_is_proven_by_the_one_source_that_is_trusted(trust: TrustSource, finding: Vouched) -> None:
    evidence = Evidence(RUT.address, finding=finding)
    assert verdict(evidence, trust) == Proven(RUT.address, finding.proof)
    for other in set(TrustSource) - {trust}:
        assert verdict(evidence, other) == Unproven(RUT.address, Doubt.NOT_PROVEN)


@pytest.mark.parametrize("trust", [TrustSource.AUTHENTICATION_RESULTS, TrustSource.DKIM])
def test_loopback_proves_nothing_where_another_source_is_trusted(trust: TrustSource) -> None:
    evidence = Evidence(RUT.address, from_loopback=True)
    assert verdict(evidence, trust) == Unproven(RUT.address, Doubt.NOT_PROVEN)


@pytest.mark.parametrize("doubt", list(Doubt))
@pytest.mark.parametrize("trust", [TrustSource.AUTHENTICATION_RESULTS, TrustSource.DKIM])
def test_an_unproven_sender_comes_with_the_reason(trust: TrustSource, doubt: Doubt) -> None:
    assert verdict(Evidence(RUT.address, finding=doubt), trust) == Unproven(RUT.address, doubt)


@pytest.mark.parametrize("seen", ["eva.ek@example.se", "rut.rask@evil.test", "RUT.RASK@example.se"])
@pytest.mark.parametrize("proof", [Proof.AUTHENTICATION_RESULTS, Proof.DKIM])
def test_nothing_is_proven_where_two_readers_see_different_senders(seen: str, proof: Proof) -> None:
    evidence = Evidence(RUT.address, finding=Vouched(seen, "example.se", proof))
    for trust in TrustSource:
        assert isinstance(verdict(evidence, trust), Unproven)
    trusted = TrustSource.DKIM if proof is Proof.DKIM else TrustSource.AUTHENTICATION_RESULTS
    assert verdict(evidence, trusted) == Unproven(RUT.address, Doubt.UNREADABLE_FROM)


@pytest.mark.parametrize("doubt", [Doubt.SMUGGLED_HEADER, Doubt.DUPLICATE_HEADERS])
def test_a_header_that_can_be_read_in_two_ways_is_not_proven_by_loopback_either(doubt: Doubt) -> None:
    assert verdict(Evidence(RUT.address, from_loopback=True, finding=doubt)) == Unproven(RUT.address, doubt)


def test_a_proven_address_that_may_not_order_is_still_a_strangers() -> None:
    finding = Vouched("evil@evil.test", "evil.test", Proof.DKIM)
    evidence = Evidence("evil@evil.test", finding=finding)
    assert verdict(evidence, TrustSource.DKIM) == Stranger(Doubt.UNKNOWN_ADDRESS)


@pytest.mark.parametrize(
    "address",
    ["rut.ras\u212a@example.se", "rut.rask@ex\u0430mple.se", "\uff52ut.rask@example.se", "rut.rask@example.se\u200b"],
)
def test_a_look_alike_in_other_letters_has_no_rights_even_where_it_would_compare_as_equal(address: str) -> None:
    evidence = Evidence(address, from_loopback=True, confirmed=True, finding=Vouched(address, "x.test", Proof.DKIM))
    for trust in TrustSource:
        assert verdict(evidence, trust) == Stranger(Doubt.UNREADABLE_FROM)


# --- DNS that does not answer (docs/rules/mail.md#f34) ---

SILENT = Evidence(RUT.address, finding=Doubt.COULD_NOT_VERIFY)


@pytest.mark.parametrize("trust", [TrustSource.AUTHENTICATION_RESULTS, TrustSource.DKIM])
def test_a_mail_that_could_not_be_verified_waits_while_it_may(trust: TrustSource) -> None:
    assert judge(SILENT, DIRECTORY, replace(TRUSTING_DKIM, trust=trust), may_wait=True) == Later(RUT.address)
    assert judge(SILENT, DIRECTORY, replace(TRUSTING_DKIM, trust=trust), may_wait=False) == Unproven(
        RUT.address, Doubt.COULD_NOT_VERIFY
    )
    assert judge(SILENT, DIRECTORY, replace(TRUSTING_DKIM, trust=trust)) == Unproven(
        RUT.address, Doubt.COULD_NOT_VERIFY
    )


@pytest.mark.parametrize("doubt", sorted(set(Doubt) - {Doubt.COULD_NOT_VERIFY}))
def test_nothing_else_waits(doubt: Doubt) -> None:
    evidence = Evidence(RUT.address, finding=doubt)
    assert judge(evidence, DIRECTORY, TRUSTING_DKIM, may_wait=True) == Unproven(RUT.address, doubt)


def test_a_stranger_or_a_confirmed_sender_does_not_wait_for_dns() -> None:
    stranger = replace(SILENT, address="someone@elsewhere.example")
    assert judge(stranger, DIRECTORY, TRUSTING_DKIM, may_wait=True) == Stranger(Doubt.UNKNOWN_ADDRESS)
    confirmed = judge(replace(SILENT, confirmed=True), DIRECTORY, TRUSTING_DKIM, may_wait=True)
    assert confirmed == Proven(RUT.address, Proof.CONFIRMATION_LINK)


# --- Plus tags (docs/rules/mail.md#f37) ---

TAGGED = replace(RUT, id=8, name="Tage Tagg", address="tage+it@example.se", aliases=())
WITH_TAGGED = replace(DIRECTORY, persons={**DIRECTORY.persons, TAGGED.id: TAGGED})


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("rut.rask+it@example.se", "rut.rask@example.se"),
        ("Rut.Rask+IT+2@Example.SE", "Rut.Rask@Example.SE"),
        ("rut.rask+@example.se", "rut.rask@example.se"),
        ("rut.rask@example.se", "rut.rask@example.se"),
        ("never.seen+a@example.se", "never.seen@example.se"),
        ("tage+it@example.se", "tage+it@example.se"),
        ("Tage+IT@example.se", "Tage+IT@example.se"),
        ("tage+hr@example.se", "tage@example.se"),
        ("+it@example.se", "+it@example.se"),
    ],
)
def test_a_plus_tag_is_left_out_by_policy_unless_someone_has_the_address_with_it(address: str, known: str) -> None:
    assert known_as(address, WITH_TAGGED, PlusTags.STRIP) == known
    assert known_as(address, WITH_TAGGED, PlusTags.KEEP) == address


def test_a_registered_person_is_proven_under_the_registered_address_where_tags_are_stripped() -> None:
    address = "vera+po@partner.example"
    evidence = Evidence(address, finding=Vouched(address, "partner.example", Proof.DKIM))
    kept = judge(evidence, WITH_VISITOR, TRUSTING_DKIM)
    stripped = judge(evidence, WITH_VISITOR, replace(TRUSTING_DKIM, plus_tags=PlusTags.STRIP))
    assert kept == Stranger(Doubt.UNKNOWN_ADDRESS)
    assert stripped == Proven("vera@partner.example", Proof.DKIM)


def test_the_confirmation_link_goes_to_the_address_without_its_tag_where_tags_are_stripped() -> None:
    evidence = Evidence("rut.rask+po@example.se")
    found = judge(evidence, DIRECTORY, SenderRules(TrustSource.NONE, DOMAINS, plus_tags=PlusTags.STRIP))
    assert found == Unproven("rut.rask@example.se")
