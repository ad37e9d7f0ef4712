"""Who sent a mail, judged from evidence that others gathered (product.md section 8)."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from mailbot.domain.directory import Directory, fold


class TrustSource(StrEnum):
    """What proves a sender: `[trust] sender` in the configuration."""

    LOOPBACK = "loopback"
    NONE = "none"


class Proof(StrEnum):
    """How a sender was proven."""

    LOOPBACK = "loopback"
    CONFIRMATION_LINK = "confirmation_link"


class Doubt(StrEnum):
    """Why a sender is not proven, or may not order."""

    UNREADABLE_FROM = "unreadable_from"
    UNKNOWN_ADDRESS = "unknown_address"
    NOT_PROVEN = "not_proven"


@dataclass(frozen=True)
class Evidence:
    """What is known of a mail's sender: `address` is None unless there is one From with one plain mailbox."""

    address: str | None
    from_loopback: bool = False
    confirmed: bool = False


@dataclass(frozen=True)
class Proven:
    """The sender is the owner of this address, and may order."""

    address: str
    proof: Proof


@dataclass(frozen=True)
class Unproven:
    """The address may order, but nothing shows that its owner sent the mail."""

    address: str


@dataclass(frozen=True)
class Stranger:
    """No one who may order: never answered."""

    doubt: Doubt


def may_order(address: str, directory: Directory, domains: Collection[str]) -> bool:
    """Tell whether the address is a registered person's or of a domain whose people may order."""
    domain = fold(address).rpartition("@")[2]
    return directory.person_at(address) is not None or domain in {fold(d) for d in domains}


def judge(
    evidence: Evidence, directory: Directory, trust: TrustSource, domains: Collection[str]
) -> Proven | Unproven | Stranger:
    """Judge the sender; an address that may not order is a stranger, however well proven."""
    if evidence.address is None:
        return Stranger(Doubt.UNREADABLE_FROM)
    if not may_order(evidence.address, directory, domains):
        return Stranger(Doubt.UNKNOWN_ADDRESS)
    if evidence.confirmed:
        return Proven(evidence.address, Proof.CONFIRMATION_LINK)
    if trust is TrustSource.LOOPBACK and evidence.from_loopback:
        return Proven(evidence.address, Proof.LOOPBACK)
    return Unproven(evidence.address)
