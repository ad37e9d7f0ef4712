"""Who sent a mail, read from its bytes: true mails are proven, forged ones never (docs/rules/promises.md#proof).

Real signatures with fresh keys; DNS is a dictionary, and a name server on this machine where the real lookup is tested.
"""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TypedDict, Unpack

import dns.flags
import dns.message
import dns.rcode
import dns.rrset
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.domain.trust.senders import (
    UNKNOWN,
    Doubt,
    Evidence,
    Later,
    Proof,
    Proven,
    SenderRules,
    Stranger,
    TrustSource,
    Unknown,
    Unproven,
    Vouched,
    judge,
)
from mailbot.edge.dns import txt_lookup
from mailbot.mail.reading import parsed_mail
from mailbot.mail.reading.authenticity import Trusted, gather
from mailbot.mail.reading.gateway_results import MICROSOFT
from tests.mail.reading.forgeries import (
    BORDER,
    EDGE,
    FROM,
    GATEWAY,
    INSIDE,
    MAILBOX,
    MICROSOFT_RESULTS,
    NAMES,
    PASS,
    PLAIN,
    RESULTS,
    STRANGER,
    TAMPERINGS,
    VOUCHED,
    Forgery,
    Key,
    Tampering,
    at_microsoft,
    ed25519_key,
    mail,
    nameless,
    passing,
    rsa_key,
    says,
    sign,
)
from tests.mail.reading.forgeries import dns as key_records
from tests.support.examples import examples
from tests.support.samples import DIRECTORY, RUT

RECEIVED = datetime.now(UTC)

Records = Mapping[str, Sequence[str] | Unknown]
Verdict = Proven | Unproven | Later | Stranger


class How(TypedDict, total=False):
    """What a test says besides the mail; otherwise DNS is empty and the gateway is ours."""

    records: Records
    authserv_id: str
    received_by: Sequence[str]
    domain: str


def judged(
    raw: bytes, trust: TrustSource = TrustSource.AUTHENTICATION_RESULTS, **how: Unpack[How]
) -> tuple[Vouched | Doubt, Verdict]:
    """Return what a mail shows and what the bot decides of it, as its flow asks."""
    records = how.get("records", {})

    def lookup(name: str) -> Sequence[str] | Unknown:
        return records.get(name, ())

    trusted = Trusted(trust, how.get("authserv_id", GATEWAY), tuple(how.get("received_by", ())))
    finding = gather(raw, RECEIVED, trusted, lookup)
    evidence = Evidence(parsed_mail.read(raw, "someone@sender.test").sender, finding=finding)
    return finding, judge(evidence, DIRECTORY, SenderRules(trust, (how.get("domain", "example.se"),)), may_wait=True)


def verdict(raw: bytes, trust: TrustSource = TrustSource.AUTHENTICATION_RESULTS, **how: Unpack[How]) -> Verdict:
    return judged(raw, trust, **how)[1]


def signed_verdict(raw: bytes, records: Records | None = None, domain: str = "example.se") -> Verdict:
    known = key_records() if records is None else records
    return verdict(raw, TrustSource.DKIM, records=known, domain=domain)


def why_not(found: tuple[Vouched | Doubt, Verdict]) -> Doubt | None:
    """Return what is wrong with the mail or, where someone does vouch for it, with its sender."""
    finding, decided = found
    assert not isinstance(decided, Proven)
    return finding if isinstance(finding, Doubt) else reason(decided)


def reason(found: Verdict) -> Doubt | None:
    match found:
        case Unproven(_, doubt) | Stranger(doubt):
            return doubt
        case _:
            return None


BY_GATEWAY = Proven(RUT.address, Proof.AUTHENTICATION_RESULTS)
BY_DKIM = Proven(RUT.address, Proof.DKIM)


# --- Forged mails ---


def test_there_are_far_more_forged_mails_than_forty() -> None:
    assert len(RESULTS) + len(MICROSOFT_RESULTS) + len(TAMPERINGS) > 120


@pytest.mark.parametrize("forgery", RESULTS, ids=lambda f: f.how)
def test_a_forged_mail_is_not_proven_by_the_gateways_words(forgery: Forgery) -> None:
    assert why_not(judged(forgery.raw)) == forgery.doubt


@pytest.mark.parametrize("forgery", MICROSOFT_RESULTS, ids=lambda f: f.how)
def test_a_forged_mail_is_not_proven_by_microsofts_words(forgery: Forgery) -> None:
    assert why_not(judged(forgery.raw, authserv_id=MICROSOFT)) == forgery.doubt


@pytest.mark.parametrize("tampering", TAMPERINGS, ids=lambda t: t.how)
def test_a_signed_mail_that_was_changed_is_not_proven(tampering: Tampering) -> None:
    signed = sign(PLAIN)
    changed = tampering.change(signed)
    assert changed != signed
    assert why_not(judged(changed, TrustSource.DKIM, records=key_records())) == tampering.doubt


@pytest.mark.parametrize("forgery", [*RESULTS, *MICROSOFT_RESULTS], ids=lambda f: f.how)
@pytest.mark.parametrize("trust", [TrustSource.NONE, TrustSource.LOOPBACK, TrustSource.DKIM])
def test_no_result_counts_where_another_source_is_trusted(forgery: Forgery, trust: TrustSource) -> None:
    assert not isinstance(verdict(forgery.raw, trust), Proven)


def test_a_signature_does_not_count_where_the_gateway_is_trusted() -> None:
    assert reason(verdict(sign(PLAIN), records=key_records())) is Doubt.NO_RESULT


def test_without_an_id_no_result_counts() -> None:
    for result in (VOUCHED, says(PASS, ""), f"Authentication-Results: {PASS}"):
        assert reason(verdict(mail(result), authserv_id="")) is Doubt.NOT_PROVEN


def test_nameless_results_count_only_where_microsoft_is_the_configured_id() -> None:
    assert reason(verdict(at_microsoft(nameless()))) is Doubt.NO_RESULT
    assert reason(verdict(at_microsoft(says(PASS, MICROSOFT)), authserv_id=MICROSOFT)) is Doubt.UNREADABLE_RESULT


# --- Other products' published holes (docs/rules/limits.md#advisories) ---


def test_gitlab_349329_reply_to_is_never_the_author() -> None:
    forged = sign(mail("Reply-To: rut.rask@example.se", sender="From: evil@evil.test"), domain="evil.test")
    assert signed_verdict(forged, key_records("evil.test")) == Stranger(Doubt.UNKNOWN_ADDRESS)


def test_zammad_cve_2026_84458_an_address_is_a_claim_until_it_is_proven() -> None:
    assert verdict(PLAIN, TrustSource.NONE) == Unproven(RUT.address, Doubt.NOT_PROVEN)


def test_rt_cve_2023_41259_the_mails_own_headers_about_itself_are_not_believed() -> None:
    forged = mail("X-Mailbot-Sender: proven", "X-RT-Originator: rut.rask@example.se", BORDER, STRANGER)
    assert reason(verdict(forged)) is Doubt.NO_RESULT


def test_freescout_cve_2026_47123_a_known_message_id_proves_no_one() -> None:
    forged = mail("In-Reply-To: <po-1@example.se>", "References: <po-1@example.se>", BORDER, STRANGER)
    assert reason(verdict(forged)) is Doubt.NO_RESULT


# --- True mails: the gateway's words ---

RSPAMD = says(
    "\r\n\tdkim=pass header.d=example.se header.s=s1 header.b=AbC/+d1E;\r\n\tspf=pass (mx.example.se: domain of"
    " rut.rask@example.se designates 192.0.2.7 as permitted sender) smtp.mailfrom=rut.rask@example.se;\r\n\t"
    "dmarc=pass (policy=reject) header.from=example.se"
)
OPENDMARC = says("dmarc=pass (p=none dis=none) header.from=example.se")
OPENDKIM = says('dkim=pass (2048-bit key; unprotected) header.d=example.se header.i=@example.se header.b="AbC/+d1E"')
EXIM = says("\r\n\tdmarc=pass header.from=EXAMPLE.SE", "MX.Example.SE")
GOOGLE = (
    "Authentication-Results: mx.google.com;\r\n       dkim=pass header.i=@example.se header.s=s1 header.b=AbC+d1E/;\r\n"
    "       spf=pass (google.com: domain of rut.rask@example.se designates 192.0.2.7 as permitted sender)"
    " smtp.mailfrom=rut.rask@example.se;\r\n       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.se"
)
GOOGLE_MAILBOX = "Received: by 2002:a05:6402:1e91:b0:5d0:9e51:cbe8 with SMTP id 4fb4d7f45d1cf"
GOOGLE_BORDER = "Received: from mail.sender.test ([192.0.2.7]) by mx.google.com with ESMTPS id 4fb4d7f45d1"
DOVECOT = "Received: from mx.example.se by mx.example.se with LMTP id 8F2 (envelope-from <rut.rask@example.se>)"


@pytest.mark.parametrize(
    "raw",
    [
        mail(RSPAMD, BORDER, STRANGER),
        mail(BORDER, RSPAMD, STRANGER),
        mail("Return-Path: <rut.rask@example.se>", DOVECOT, BORDER, RSPAMD, STRANGER),
        mail(OPENDMARC, OPENDKIM, BORDER, STRANGER),
        mail(BORDER, "DKIM-Filter: OpenDKIM Filter v2.11.0", OPENDMARC, OPENDKIM, STRANGER),
        mail(EXIM, BORDER, STRANGER),
        mail(says("dmarc=pass header.from=example.se", "mx.example.se 1"), BORDER, STRANGER),
        mail(VOUCHED, BORDER, says("dmarc=fail header.from=example.se", "mx.elsewhere.test"), STRANGER),
        mail(VOUCHED, BORDER, STRANGER).replace(b"\r\n", b"\n"),
    ],
)
def test_a_mail_that_the_own_gateway_vouches_for_is_proven(raw: bytes) -> None:
    assert verdict(raw) == BY_GATEWAY


def test_a_mail_that_google_vouches_for_is_proven() -> None:
    raw = mail("Delivered-To: bot@example.se", GOOGLE_MAILBOX, GOOGLE_BORDER, GOOGLE, STRANGER)
    assert verdict(raw, authserv_id="mx.google.com") == BY_GATEWAY


def test_a_mail_that_microsoft_vouches_for_is_proven() -> None:
    assert verdict(at_microsoft(nameless()), authserv_id=MICROSOFT) == BY_GATEWAY
    assert verdict(at_microsoft(nameless("bestguesspass")), authserv_id=MICROSOFT) == BY_GATEWAY
    old = nameless("fail")
    assert verdict(mail(MAILBOX, INSIDE, nameless(), EDGE, old), authserv_id=MICROSOFT) == BY_GATEWAY


def test_other_names_of_own_servers_are_told_by_the_configuration() -> None:
    raw = mail("Received: from mx.example.se by store7.example.se with LMTP", BORDER, VOUCHED, STRANGER)
    assert reason(verdict(raw)) is Doubt.FORGED_RESULT
    assert verdict(raw, received_by=("STORE*.example.se",)) == BY_GATEWAY


@pytest.mark.parametrize("dmarc", ["", "; dmarc=none header.from=example.se"])
def test_aligned_dkim_counts_where_the_gateway_found_no_dmarc_policy(dmarc: str) -> None:
    other = "dkim=fail header.d=list.test"
    assert verdict(passing(f"dkim=pass header.d=example.se; {other}{dmarc}")) == BY_GATEWAY
    assert verdict(passing(f"dkim=pass header.d=mail.example.se{dmarc}")) == BY_GATEWAY


@pytest.mark.parametrize(
    "sender",
    [
        "From: rut.rask@example.se",
        "From: <rut.rask@example.se>",
        "From:Rut Rask\r\n <rut.rask@example.se>",
        'From: "Rask, Rut (IT)" <rut.rask@example.se>',
        "From: Rut Råsk <rut.rask@example.se>",
        "From: =?utf-8?q?Rut_R=C3=A5sk?= <rut.rask@example.se>",
        'From: "evil@evil.test" <rut.rask@example.se>',
    ],
)
def test_every_shape_of_from_with_one_plain_mailbox_is_good(sender: str) -> None:
    assert verdict(mail(VOUCHED, BORDER, STRANGER, sender=sender)) == BY_GATEWAY
    assert signed_verdict(sign(mail(STRANGER, sender=sender))) == BY_DKIM


def test_the_domain_is_compared_without_regard_to_case() -> None:
    found = verdict(mail(VOUCHED, BORDER, sender="From: Rut.Rask@Example.SE"))
    assert found == Proven("Rut.Rask@Example.SE", Proof.AUTHENTICATION_RESULTS)


# --- True mails: the own check of DKIM ---


@pytest.mark.parametrize("canonical", [(a, b) for a in (b"simple", b"relaxed") for b in (b"simple", b"relaxed")])
@pytest.mark.parametrize("key", [rsa_key, ed25519_key])
def test_a_mail_signed_by_the_from_domain_is_proven(key: Callable[[], Key], canonical: tuple[bytes, bytes]) -> None:
    assert signed_verdict(sign(PLAIN, key(), canonical=canonical)) == BY_DKIM


@pytest.mark.parametrize("body", ["", "\r\n", "a\r\n\r\n\r\n", "a \t b  \r\n \r\n", "no end of line", "\r\n\r\nb\r\n"])
@pytest.mark.parametrize("canonical", [(b"simple", b"simple"), (b"relaxed", b"relaxed")])
def test_a_signed_body_may_have_any_shape(body: str, canonical: tuple[bytes, bytes]) -> None:
    assert signed_verdict(sign(mail(body=body), canonical=canonical)) == BY_DKIM


def test_a_signed_mail_may_gain_lines_on_top_on_its_way() -> None:
    assert signed_verdict(f"{BORDER}\r\n".encode() + sign(PLAIN)) == BY_DKIM
    assert signed_verdict(sign(PLAIN).replace(b"\r\n", b"\n")) == BY_DKIM


def test_a_good_signature_counts_below_bad_and_foreign_ones() -> None:
    foreign = sign(sign(PLAIN), domain="list.test")
    bad = sign(PLAIN).replace(b"bh=", b"bh=AAAA", 1).partition(b"Received:")[0]
    assert signed_verdict(bad + foreign) == BY_DKIM
    assert signed_verdict(sign(sign(PLAIN), ed25519_key())) == BY_DKIM


def test_at_most_three_signatures_are_tried_and_foreign_ones_cost_no_lookup() -> None:
    raw = sign(PLAIN)
    bad = b"".join(
        sign(PLAIN, more={"n": str(n)}).partition(b"Received:")[0].replace(b"bh=", b"bh=A") for n in range(3)
    )
    assert reason(signed_verdict(bad + raw)) is Doubt.SIGNATURE_WRONG
    for _ in range(20):
        raw = sign(PLAIN, domain="list.test").partition(b"Received:")[0] + raw
    asked: list[str] = []

    def lookup(name: str) -> Sequence[str]:
        asked.append(name)
        return key_records().get(name, ())

    found = gather(raw, RECEIVED, Trusted(TrustSource.DKIM), lookup)
    assert found == Vouched(RUT.address, "example.se", Proof.DKIM, ("order@inkop.example.se",))
    assert asked == [f"{rsa_key().selector}._domainkey.example.se"]


# --- What a signature must be ---


def test_a_signature_with_a_length_counts_as_none_even_over_the_whole_body() -> None:
    signed = sign(PLAIN, length=True)
    assert reason(signed_verdict(signed)) is Doubt.NOT_SIGNED
    assert reason(signed_verdict(signed + b"20 st bord\r\n")) is Doubt.NOT_SIGNED


@pytest.mark.parametrize("name", ["subject", "date", "message-id"])
def test_a_signature_that_leaves_out_what_a_mail_is_known_by_proves_nothing(name: str) -> None:
    signed = sign(PLAIN, names=[n for n in NAMES if n != name])
    assert reason(signed_verdict(signed)) is Doubt.SIGNATURE_WRONG


def test_a_header_that_a_mail_lacks_must_be_signed_as_lacking() -> None:
    lacking = PLAIN.replace(b"Subject: Stolar\r\n", b"")
    assert reason(signed_verdict(sign(lacking, names=[n for n in NAMES if n != "subject"]))) is Doubt.SIGNATURE_WRONG
    assert signed_verdict(sign(lacking)) == BY_DKIM
    assert reason(signed_verdict(b"Subject: 20 stolar\r\n" + sign(lacking))) is Doubt.SIGNATURE_WRONG


@pytest.mark.parametrize(("bits", "good"), [(512, False), (768, False), (1016, False), (1024, True), (2048, True)])
def test_rsa_keys_under_1024_bits_are_refused(bits: int, *, good: bool) -> None:
    key = rsa_key(bits)
    found = signed_verdict(sign(PLAIN, key), {f"{key.selector}._domainkey.example.se": (key.record,)})
    assert found == (BY_DKIM if good else Unproven(RUT.address, Doubt.SIGNATURE_WRONG))


def test_rsa_with_sha1_is_refused() -> None:
    old = Key("rsa-sha1", rsa_key().private, rsa_key().record, rsa_key().selector)
    assert reason(signed_verdict(sign(PLAIN, old))) is Doubt.SIGNATURE_WRONG


@pytest.mark.parametrize(
    ("end", "good"),
    [(timedelta(hours=1), True), (timedelta(seconds=-1), False), (timedelta(hours=-9), False), (timedelta(-30), False)],
)
def test_a_signature_must_outlive_the_mails_receipt(end: timedelta, *, good: bool) -> None:
    seconds = str(int((RECEIVED + end).timestamp()))
    # Signed before it ends, or dkimpy would call the signature senseless.
    signed = sign(PLAIN, more={"x": seconds})
    assert (signed_verdict(signed) == BY_DKIM) is good


@pytest.mark.parametrize("end", ["", "soon", "-1", "1e30", "9" * 13])
def test_a_signature_with_an_unreadable_end_is_refused(end: str) -> None:
    assert reason(signed_verdict(sign(PLAIN, more={"x": end}))) is Doubt.SIGNATURE_WRONG


@pytest.mark.parametrize("before", ["t=s; ", "s=email; ", "s=*; ", "h=sha256; ", "h=sha1:sha256; ", "n=note; "])
def test_a_key_may_say_what_it_is_for(before: str) -> None:
    record = rsa_key().record.replace("p=", f"{before}p=")
    assert signed_verdict(sign(PLAIN), key_records(rsa=record)) == BY_DKIM


@pytest.mark.parametrize(
    "change",
    [
        lambda _: "",
        lambda _: "v=DKIM1; k=rsa; p=",
        lambda _: "v=DKIM1; k=rsa",
        lambda _: "v=DKIM1; k=rsa; p=AAAA",
        lambda _: "v=DKIM1; k=rsa; p=not base64 ö",
        lambda _: "v=spf1 -all",
        lambda _: f"v=DKIM1; k=rsa; p={'A' * 2000}",
        lambda record: record.replace("DKIM1", "DKIM2"),
        lambda record: record.replace("p=", "t=y; p="),
        lambda record: record.replace("p=", "t=y:s; p="),
        lambda record: record.replace("p=", "s=tlsrpt; p="),
        lambda record: record.replace("p=", "h=sha1; p="),
        lambda record: record.replace("k=rsa", "k=ed25519"),
        lambda _: rsa_key(1040).record,
        lambda _: ed25519_key().record,
    ],
)
def test_a_key_that_is_revoked_broken_on_trial_or_for_something_else_proves_nothing(
    change: Callable[[str], str],
) -> None:
    changed = change(rsa_key().record)
    assert reason(signed_verdict(sign(PLAIN), key_records(rsa=changed))) is Doubt.SIGNATURE_WRONG


def test_a_strict_key_is_not_for_identities_below_its_domain() -> None:
    below = sign(PLAIN, identity="@it.example.se")
    strict = rsa_key().record.replace("p=", "t=s; p=")
    assert signed_verdict(below) == BY_DKIM
    assert reason(signed_verdict(below, key_records(rsa=strict))) is Doubt.SIGNATURE_WRONG


def test_no_key_or_two_keys_in_one_place_prove_nothing() -> None:
    name = f"{rsa_key().selector}._domainkey.example.se"
    record = rsa_key().record
    assert reason(signed_verdict(sign(PLAIN), {})) is Doubt.SIGNATURE_WRONG
    assert reason(signed_verdict(sign(PLAIN), {name: (record, record)})) is Doubt.SIGNATURE_WRONG


# --- Alignment as DMARC has it ---


@pytest.mark.parametrize(
    ("author", "signer", "aligned"),
    [
        ("example.se", "example.se", True),
        ("example.se", "EXAMPLE.SE", True),
        ("example.se", "mail.example.se", True),
        ("it.example.se", "example.se", True),
        ("it.example.se", "mail.example.se", True),
        ("a.co.uk", "b.co.uk", False),
        ("a.github.io", "b.github.io", False),
        ("a.github.io", "github.io", False),
        ("example.se", "evil.test", False),
        ("example.se", "example.se.evil.test", False),
        ("example.se", "anexample.se", False),
    ],
)
def test_domains_are_aligned_when_they_are_one_organisations(author: str, signer: str, *, aligned: bool) -> None:
    signed = sign(mail(sender=f"From: rut@{author}"), domain=signer)
    proven = Proven(f"rut@{author}", Proof.DKIM)
    expected = proven if aligned else Unproven(f"rut@{author}", Doubt.DOMAIN_DIFFERS)
    assert signed_verdict(signed, key_records(signer.lower()), domain=author) == expected


@pytest.mark.parametrize(
    ("records", "aligned"),
    [
        ({}, True),
        ({"_dmarc.it.example.se": ("v=DMARC1; p=reject; adkim=r",)}, True),
        ({"_dmarc.it.example.se": ("v=DMARC1; p=reject; adkim=s",)}, False),
        ({"_dmarc.it.example.se": ("v=DMARC1;p=none;ADKIM = S ;",)}, False),
        ({"_dmarc.example.se": ("v=DMARC1; p=reject; adkim=s; aspf=r",)}, False),
        ({"_dmarc.it.example.se": ("v=DMARC1; p=none",), "_dmarc.example.se": ("v=DMARC1; p=none; adkim=s",)}, True),
        ({"_dmarc.it.example.se": ("v=spf1 adkim=s", "v=DMARC1; p=none; xadkim=s")}, True),
        ({"_dmarc.it.example.se": ("v=DMARC1; p=none", "v=DMARC1; p=none; adkim=s")}, False),
    ],
)
def test_a_strict_dmarc_policy_wants_the_very_same_domain(records: Records, *, aligned: bool) -> None:
    signed = sign(mail(sender="From: rut@it.example.se"))
    found = signed_verdict(signed, {**key_records(), **records}, domain="it.example.se")
    assert isinstance(found, Proven) is aligned
    by_gateway = mail(says("dkim=pass header.d=example.se"), sender="From: rut@it.example.se")
    assert isinstance(verdict(by_gateway, records=records, domain="it.example.se"), Proven) is aligned


# --- DNS that does not answer (docs/rules/mail.md#f34) ---


def test_a_key_that_dns_does_not_tell_is_asked_for_later() -> None:
    name = f"{rsa_key().selector}._domainkey.example.se"
    assert signed_verdict(sign(PLAIN), {name: UNKNOWN}) == Later(RUT.address)


def test_a_policy_that_dns_does_not_tell_is_asked_for_later() -> None:
    signed = sign(PLAIN, domain="mail.example.se")
    silent: Records = {**key_records("mail.example.se"), "_dmarc.example.se": UNKNOWN}
    assert signed_verdict(signed, silent) == Later(RUT.address)
    assert verdict(passing("dkim=pass header.d=mail.example.se"), records=silent) == Later(RUT.address)


def test_one_good_signature_is_enough_though_dns_is_silent_on_another() -> None:
    signed = sign(sign(PLAIN), ed25519_key())
    silent: Records = {**key_records(), f"{ed25519_key().selector}._domainkey.example.se": UNKNOWN}
    assert signed_verdict(signed, silent) == BY_DKIM


def test_a_wrong_signature_beside_one_that_dns_is_silent_on_is_judged_later() -> None:
    signed = sign(sign(PLAIN), ed25519_key())
    silent: Records = {f"{ed25519_key().selector}._domainkey.example.se": UNKNOWN}
    assert signed_verdict(signed, silent) == Later(RUT.address)


def test_no_dns_is_asked_where_the_mail_decides_alone() -> None:
    def lookup(name: str) -> Sequence[str]:
        raise AssertionError(name)

    for raw in (mail(VOUCHED, BORDER), mail(BORDER), sign(PLAIN)):
        gather(raw, RECEIVED, Trusted(TrustSource.AUTHENTICATION_RESULTS, GATEWAY), lookup)
    for raw in (PLAIN, sign(PLAIN, domain="evil.test"), sign(PLAIN, length=True), b"", b"\r\n\r\n", b"From: \xff"):
        gather(raw, RECEIVED, Trusted(TrustSource.DKIM), lookup)


# --- Cost ---


@pytest.mark.parametrize("canonical", [(b"simple", b"simple"), (b"relaxed", b"relaxed")])
@pytest.mark.parametrize("unit", [b" ", b"\t \t ", b"\r\n", b"\r", b"\n", b" \r\n", b"x" * 76 + b"\r\n", b"= ;"])
def test_a_hostile_body_costs_no_more_than_a_plain_one(unit: bytes, canonical: tuple[bytes, bytes]) -> None:
    raw = sign(PLAIN, canonical=canonical) + (unit * 900_000)[:900_000] + b"x"
    begun = time.process_time()
    assert reason(signed_verdict(raw)) is Doubt.SIGNATURE_WRONG
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    "unit", ["(", '"', "\\", " ", "; dmarc=pass", "((a)", '"a"', "b=", " b= ", "a:", "=", ".", "by "]
)
@pytest.mark.parametrize(
    "name", ["Authentication-Results: mx.example.se; ", "DKIM-Signature: v=1; d=example.se; s=a; h="]
)
def test_a_hostile_header_costs_little(name: str, unit: str) -> None:
    raw = mail(name + unit * (7_900 // len(unit)), f"Received: {unit * (7_900 // len(unit))}")
    begun = time.process_time()
    assert not isinstance(verdict(raw), Proven)
    assert not isinstance(signed_verdict(raw, {"a._domainkey.example.se": (rsa_key().record,)}), Proven)
    assert time.process_time() - begun < 1


def test_a_mail_that_is_too_large_to_check_is_not_proven() -> None:
    assert reason(signed_verdict(sign(PLAIN) + b"x" * 30_000_000)) is Doubt.NOT_PROVEN
    assert reason(signed_verdict(sign(PLAIN) + b"\n" * 1_000_000)) is Doubt.NOT_PROVEN
    assert reason(verdict(mail(VOUCHED, "X-Note: " + "a" * 20_000))) is Doubt.NOT_PROVEN


# --- Properties ---

STRICT_FROM = re.compile(
    rb"(?im)^from:[ \t]*(?:[^\r\n<>]*<([a-z0-9.+_-]+@[a-z0-9.-]+)>|([a-z0-9.+_-]+@[a-z0-9.-]+))[ \t]*\r?$"
)
PIECES = st.sampled_from(
    [
        *("rut.rask@example.se", "eva.ek@example.se", "evil@evil.test", "Rut Rask", "=?utf-8?q?rut?=", "@", "<", ">"),
        *(
            "<rut.rask@example.se>",
            "<evil@evil.test>",
            '"',
            "\\",
            "(",
            ")",
            ",",
            ";",
            ":",
            " ",
            "\t",
            "å",
            "\0",
            "\x0b",
        ),
        *("\r\n ", "\r", "\n", "\r\n", "\r\nFrom: eva.ek@example.se", "\nFrom: ", "\rFrom: ", "\r\n\r\n", "\n\n"),
    ]
)
NAMES_SHOWN = st.sampled_from(
    ["", "Rut", "Råsk, Rut", '"Rask, Rut" ', '"evil@evil.test" ', "=?utf-8?q?r=40t?= ", "Rut\r\n "]
)
ADDRESSES = st.sampled_from(
    ["rut.rask@example.se", "Eva.Ek@Example.SE", "x+y@example.se", "evil@evil.test", "=?a?=@example.se"]
)
SENDERS = st.one_of(
    ADDRESSES,
    st.builds("{}<{}>".format, NAMES_SHOWN, ADDRESSES),
    st.builds("{}<{}>{}".format, NAMES_SHOWN, ADDRESSES | PIECES, PIECES),
    st.lists(PIECES, max_size=5).map("".join),
)
GOOD_LINES = st.sampled_from(
    [BORDER, STRANGER, "Sender: eva.ek@example.se", "Reply-To: evil@evil.test", "X-A: b\r\n c", "X: å"]
)
LINES = (
    GOOD_LINES
    | GOOD_LINES
    | st.sampled_from([VOUCHED, FROM, "x", "From : evil@evil.test", "X: a\nFrom: evil@evil.test"])
)


@examples(1000)
@given(
    sender=SENDERS, above=st.lists(GOOD_LINES, max_size=3, unique=True), below=st.lists(LINES, max_size=2, unique=True)
)
def test_a_proven_address_is_the_one_that_another_reader_sees(sender: str, above: list[str], below: list[str]) -> None:
    raw = mail(VOUCHED, BORDER, *above, f"From: {sender}", *below, sender="")
    found = verdict(raw)
    if isinstance(found, Proven):
        block = raw.partition(b"\n\n" if b"\r" not in raw.partition(b"\n\n")[0] else b"\r\n\r\n")[0]
        seen = [a or b for a, b in STRICT_FROM.findall(re.sub(rb"\r?\n[ \t]+", b" ", block))]
        assert [found.address.encode()] == seen


@examples(1000)
@given(raw=st.binary(max_size=400) | st.text(max_size=200).map(lambda t: mail(VOUCHED, t, sender="")))
def test_no_bytes_at_all_make_it_raise(raw: bytes) -> None:
    for trust in TrustSource:
        for authserv_id in (GATEWAY, MICROSOFT, "mx.google.com", "[x"):
            gather(raw, RECEIVED, Trusted(trust, authserv_id), lookup=lambda _: ())


@examples(1000)
@given(words=st.text(alphabet='dmarc=pskfnoe.h;:()"\\ \t/1@x', max_size=60), id_=st.sampled_from([GATEWAY, MICROSOFT]))
def test_random_words_of_a_gateway_prove_no_one(words: str, id_: str) -> None:
    raw = mail(MAILBOX, says(words), words, EDGE) if id_ == MICROSOFT else passing(words)
    assert not isinstance(verdict(raw, authserv_id=id_), Proven)


@examples(500)
@given(at=st.integers(min_value=0), bit=st.integers(0, 7), ed25519=st.booleans())
def test_a_flipped_bit_leaves_a_signed_mail_unproven_or_as_it_was_read(at: int, bit: int, *, ed25519: bool) -> None:
    signed = bytearray(sign(PLAIN, ed25519_key() if ed25519 else None))
    before = parsed_mail.read(bytes(signed), "")
    signed[at % len(signed)] ^= 1 << bit
    if isinstance(signed_verdict(bytes(signed)), Proven):
        after = parsed_mail.read(bytes(signed), "")
        assert (after.sender, after.message_id) == (before.sender, before.message_id)
        assert (after.subject.split(), after.plain.split()) == (before.subject.split(), before.plain.split())


# --- The real lookup, against a name server on this machine ---

Answer = Callable[[dns.message.QueryMessage], dns.message.Message | None]


@contextmanager
def name_server(answer: Answer) -> Iterator[int]:
    """Run a name server that answers so, or not at all; yield its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        thread = threading.Thread(target=_serve, args=(door, answer))
        thread.start()
        try:
            yield door.getsockname()[1]
        finally:
            door.sendto(b"", door.getsockname())
            thread.join(5)


def _serve(door: socket.socket, answer: Answer) -> None:
    while True:
        data, peer = door.recvfrom(4096)
        if not data:
            return
        query = dns.message.from_wire(data)
        assert isinstance(query, dns.message.QueryMessage)
        if reply := answer(query):
            door.sendto(reply.to_wire(), peer)


def _with_records(*records: str) -> Answer:
    def answer(query: dns.message.QueryMessage) -> dns.message.Message:
        reply = dns.message.make_response(query)
        if records:
            reply.answer.append(dns.rrset.from_text(query.question[0].name, 300, "IN", "TXT", *records))
        return reply

    return answer


def _with_code(code: dns.rcode.Rcode) -> Answer:
    def answer(query: dns.message.QueryMessage) -> dns.message.Message:
        reply = dns.message.make_response(query)
        reply.set_rcode(code)
        return reply

    return answer


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (_with_records('"v=DKIM1; " "p=abc"', '"other"'), ["other", "v=DKIM1; p=abc"]),
        (_with_records('"\\255"'), ["ÿ"]),
        (_with_records(), []),
        (_with_code(dns.rcode.NXDOMAIN), []),
        (_with_code(dns.rcode.SERVFAIL), UNKNOWN),
        (_with_code(dns.rcode.REFUSED), UNKNOWN),
        (lambda _: None, UNKNOWN),
    ],
)
def test_records_none_and_no_answer_are_told_apart(answer: Answer, expected: list[str] | Unknown) -> None:
    with name_server(answer) as port:
        lookup = txt_lookup(["127.0.0.1"], port, timedelta(seconds=0.5))
        begun = time.monotonic()
        found = lookup("s1._domainkey.example.se")
        assert (sorted(found) if isinstance(found, tuple) else found) == expected  # their order means nothing
        assert time.monotonic() - begun < 2


def test_a_name_that_cannot_exist_has_no_records_and_is_not_asked_for() -> None:
    lookup = txt_lookup(["127.0.0.1"], 9)
    for name in ("a..example.se", "x" * 64 + ".example.se", ".".join(["abcdefgh"] * 40), "\\999.example.se"):
        assert lookup(name) == ()


def test_a_signed_mail_is_proven_by_a_key_from_a_real_name_server() -> None:
    record = rsa_key().record
    quoted = f'"{record[:200]}" "{record[200:]}"'
    with name_server(_with_records(quoted)) as port:
        found = gather(sign(PLAIN), RECEIVED, Trusted(TrustSource.DKIM), txt_lookup(["127.0.0.1"], port))
    assert found == Vouched(RUT.address, "example.se", Proof.DKIM, ("order@inkop.example.se",))
