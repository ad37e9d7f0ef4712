"""Who sent a mail: what proves it, who may order at all (product.md section 8)."""

from dataclasses import replace

import pytest

from mailbot.domain.directory import Directory
from mailbot.domain.senders import (
    Doubt,
    Evidence,
    Proof,
    Proven,
    Stranger,
    TrustSource,
    Unproven,
    judge,
    may_order,
)
from tests.support.samples import DIRECTORY, RUT

DOMAINS = ("example.se",)
VISITOR = replace(RUT, id=7, name="Vera Vik", address="vera@partner.example", aliases=("v.vik@partner.example",))
WITH_VISITOR = replace(DIRECTORY, persons={**DIRECTORY.persons, VISITOR.id: VISITOR})


def verdict(evidence: Evidence, trust: TrustSource = TrustSource.LOOPBACK) -> Proven | Unproven | Stranger:
    return judge(evidence, WITH_VISITOR, trust, DOMAINS)


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
    assert judge(Evidence(RUT.address, from_loopback=True), Directory(), TrustSource.LOOPBACK, ()) == Stranger(
        Doubt.UNKNOWN_ADDRESS
    )
