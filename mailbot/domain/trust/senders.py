"""Judges who sent a mail, from evidence that other modules have gathered (docs/rules/promises.md#proof)."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum, StrEnum

from mailbot.domain.people.directory import Directory
from mailbot.domain.values.text import fold


class TrustSource(StrEnum):
    """What can prove a sender: `[trust] sender` in the configuration."""

    LOOPBACK = "loopback"
    NONE = "none"
    AUTHENTICATION_RESULTS = "authentication-results"
    DKIM = "dkim"


class PlusTags(StrEnum):
    """Whether `eva+tag@` counts as `eva@`: `[requesters] plus_tags` in the configuration (docs/rules/mail.md#f37)."""

    KEEP = "keep"
    STRIP = "strip"


class Proof(StrEnum):
    """How a sender was proven."""

    LOOPBACK = "loopback"
    CONFIRMATION_LINK = "confirmation_link"
    AUTHENTICATION_RESULTS = "authentication_results"
    DKIM = "dkim"


class Doubt(StrEnum):
    """Why a sender is not proven, or may not order."""

    UNREADABLE_FROM = "unreadable_from"
    UNKNOWN_ADDRESS = "unknown_address"
    NOT_PROVEN = "not_proven"
    SMUGGLED_HEADER = "smuggled_header"
    DUPLICATE_HEADERS = "duplicate_headers"
    NO_RESULT = "no_result"
    UNREADABLE_RESULT = "unreadable_result"
    FORGED_RESULT = "forged_result"
    NOT_PASSED = "not_passed"
    NOT_SIGNED = "not_signed"
    SIGNATURE_WRONG = "signature_wrong"
    DOMAIN_DIFFERS = "domain_differs"
    COULD_NOT_VERIFY = "could_not_verify"
    CUT_ANEW = "cut_anew"
    WRITTEN_TO_OTHERS = "written_to_others"


class Unknown(Enum):
    """DNS tells neither that there is a record nor that there is none (docs/rules/mail.md#f34)."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


@dataclass(frozen=True)
class SenderRules:
    """What proves a sender, and who may order besides registered people: everybody in these domains."""

    trust: TrustSource
    domains: tuple[str, ...]
    plus_tags: PlusTags = PlusTags.KEEP


@dataclass(frozen=True)
class Vouched:
    """A check found that `domain`, the address's own or aligned by DMARC, vouches that `address` is the mail's only
    From.

    `to` are the receivers that the signature covers; None if it covers none, since anybody may then have written them.
    """

    address: str
    domain: str
    proof: Proof
    to: tuple[str, ...] | None = None


@dataclass(frozen=True)
class Evidence:
    """What is known of a mail's sender; `address` is None unless there is one From with one plain mailbox.

    `finding` is what `mail/reading/authenticity.py` found. `to_us`: it was written to the bot, not handed in by another
    receiver.
    """

    address: str | None
    from_loopback: bool = False
    confirmed: bool = False
    finding: Vouched | Doubt = Doubt.NOT_PROVEN
    to_us: bool = True


@dataclass(frozen=True)
class Proven:
    """The sender is the owner of this address, and may order."""

    address: str
    proof: Proof


@dataclass(frozen=True)
class Unproven:
    """The address may order, but nothing shows that its owner sent the mail; `reason` says which proof is missing."""

    address: str
    reason: Doubt = Doubt.NOT_PROVEN


@dataclass(frozen=True)
class Later:
    """DNS gave no answer, so that the sender is neither proven nor unproven yet."""

    address: str


@dataclass(frozen=True)
class Stranger:
    """The sender may not order, and is never answered."""

    doubt: Doubt


_TAKEN_FROM = {TrustSource.AUTHENTICATION_RESULTS: Proof.AUTHENTICATION_RESULTS, TrustSource.DKIM: Proof.DKIM}
_READ_IN_TWO_WAYS = {Doubt.SMUGGLED_HEADER, Doubt.DUPLICATE_HEADERS}


def may_order(address: str, directory: Directory, domains: Collection[str]) -> bool:
    """Tell whether the address is a known person's, or in a domain whose people may order."""
    domain = fold(address).rpartition("@")[2]
    return directory.person_at(address) is not None or domain in {fold(d) for d in domains}


def known_as(address: str, directory: Directory, plus_tags: PlusTags) -> str:
    """Return the address that counts: without its plus tag if the setting says so and nobody has it with the tag."""
    local, _, domain = address.rpartition("@")
    person, plus, _ = local.partition("+")
    if plus_tags is PlusTags.KEEP or not plus or not person or directory.person_at(address):
        return address
    return f"{person}@{domain}"


def judge(
    evidence: Evidence, directory: Directory, rules: SenderRules, *, may_wait: bool = False
) -> Proven | Unproven | Later | Stranger:
    """Judge the sender; who may not order is a stranger, however proven. Without DNS it waits while it `may_wait`."""
    # An address that is not ASCII is refused: folded for comparison, a look-alike could pass for the real one.
    if evidence.address is None or not evidence.address.isascii():
        return Stranger(Doubt.UNREADABLE_FROM)
    address = known_as(evidence.address, directory, rules.plus_tags)
    if not may_order(address, directory, rules.domains):
        return Stranger(Doubt.UNKNOWN_ADDRESS)
    proof = _proof(evidence, rules.trust)
    if isinstance(proof, Proof):
        return Proven(address, proof)
    return Later(address) if proof is Doubt.COULD_NOT_VERIFY and may_wait else Unproven(address, proof)


def _proof(evidence: Evidence, trust: TrustSource) -> Proof | Doubt:
    """Return what proves the sender, or why nothing does; only the trusted source and a confirmation count."""
    finding = evidence.finding
    if evidence.confirmed:
        return Proof.CONFIRMATION_LINK
    if trust is TrustSource.LOOPBACK:
        return Proof.LOOPBACK if evidence.from_loopback and finding not in _READ_IN_TWO_WAYS else _reason(finding)
    if trust not in _TAKEN_FROM or isinstance(finding, Doubt):
        return _reason(finding)
    # If two readers of the same header disagree about who wrote the mail, nothing is proven (docs/rules/limits.md#k2).
    if finding.address != evidence.address:
        return Doubt.UNREADABLE_FROM
    if finding.proof is not _TAKEN_FROM[trust]:
        return Doubt.NOT_PROVEN
    return finding.proof if evidence.to_us else Doubt.WRITTEN_TO_OTHERS


def _reason(finding: Vouched | Doubt) -> Doubt:
    return finding if isinstance(finding, Doubt) else Doubt.NOT_PROVEN
