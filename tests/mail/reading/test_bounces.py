"""Bounces in any form: whoever From names and whatever the parts are, and never a person's mail
(docs/rules/mail.md#bounces)."""

import time
from pathlib import Path

import pytest

from mailbot.mail.reading.automatic_signs import FAILURE, LATER, AutoMail
from mailbot.mail.reading.parsed_mail import read

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
NO_BOUNCES = {"arf-", "rfc3834-", "lhost-fml-02", "lhost-amazonses-12"}
"""Of sisimai's samples: abuse reports, absences, a mailing list's answer, and a notice of another service."""
OF_PEOPLE = ("mail-parser-reply", "mime4j", "reply-trimmer-odd", "ruby-mail", "stalwart", "talon")
ARE_BOUNCES = {
    *("multi_address_bounce1.eml", "multi_address_bounce2.eml", "multipart_report_multiple_status.eml"),
    *("report_422.eml", "report_530.eml", "raw_email_with_mimepart_without_content_type.eml"),
}
"""Among the samples of people's mail."""

EVA, ME = "eva.ek@example.se", "order@inkop.example.se"
OURS = "<abcdefghijkmabcdefghijkm@inkop.example.se>"
WORDS = f"<{EVA}>: 550 5.1.1 user unknown\n\n--- returned mail ---\nMessage-ID: {OURS}\nTo: {EVA}\n"

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"the sample mails are not at {CORPUS}")


def mail(sender: str | None, *headers: str, subject: str = "Undelivered mail", body: str = WORDS) -> bytes:
    usual = [f"From: {sender}"] if sender is not None else []
    return "\r\n".join([*usual, f"To: {ME}", f"Subject: {subject}", *headers, "", body]).encode()


def bounces() -> list[Path]:
    files = sorted((CORPUS / "sisimai-bsd-odd").glob("*.eml"))
    return [p for p in files if not p.name.startswith(tuple(NO_BOUNCES))]


@needs_corpus
def test_every_true_bounce_of_the_samples_is_one() -> None:
    assert len(bounces()) > 290
    assert [p.name for p in bounces() if read(p.read_bytes(), "").robot is not AutoMail.BOUNCE] == []


@needs_corpus
def test_nearly_every_one_is_known_without_its_envelope_too() -> None:
    """As from a mailbox whose server has left no Return-Path."""
    missed = [p.name for p in bounces() if read(p.read_bytes(), "a@b.example").robot is not AutoMail.BOUNCE]
    assert len(missed) <= 2, missed


@needs_corpus
def test_every_one_of_them_names_a_mail_or_a_recipient() -> None:
    found = [(p.name, read(p.read_bytes(), "").bounce) for p in bounces()]
    assert [name for name, one in found if not (one and (one.message_ids or one.recipients))] == []


@needs_corpus
@pytest.mark.parametrize("mail_from", ["", "a@b.example"])
def test_no_person_s_mail_is_one(mail_from: str) -> None:
    files = [p for folder in OF_PEOPLE for p in (CORPUS / folder).rglob("*") if p.is_file()]
    found = {p.name for p in files if read(p.read_bytes(), mail_from).robot is AutoMail.BOUNCE}
    assert len(files) > 700
    assert found <= ARE_BOUNCES


@pytest.mark.parametrize(
    "sender",
    [
        *("MAILER-DAEMON@mx.example.se (Mail Delivery System)", "MAILER-DAEMON <>", "<>", "", None, "mailer-daemon"),
        *("Mailer Daemon <MAILER-DAEMON@localhost>", "Mail Delivery Subsystem <MAILER-DAEMON>", "=?utf-8?q?x?="),
        *("postmaster@example.se (postmaster@example.se)", "MMSC NDR Administrator <sysadmin@example.se>"),
        *("Mail Delivery System <Mail.Delivery.System@mx.example.se>", "no-reply@example.se", "post_master@example.se"),
    ],
)
def test_from_may_have_any_form(sender: str | None) -> None:
    found = read(mail(sender), "")
    assert found.robot is AutoMail.BOUNCE
    assert found.is_automatic
    assert found.bounce
    assert found.bounce.permanent
    assert OURS in found.bounce.message_ids
    assert found.bounce.recipients[0] == EVA


@pytest.mark.parametrize(
    "subject",
    [
        *("Olevererbart: order", "Mejlet kunde inte levereras", "Unzustellbar: order", "Non remis : order"),
        *("Mail delivery failed: returning message to sender", "failure notice", "Kan ikke leveres"),
        *("Delivery Status Notification (Failure)", "Недоставленное сообщение", "配信できませんでした"),
        *("Mancata consegna", "Onbestelbaar bericht"),
    ],
)
def test_words_of_failure_are_known_in_many_languages(subject: str) -> None:
    assert read(mail("Mail Delivery System <x@example.se>", subject=subject, body="-"), "").robot is AutoMail.BOUNCE


@pytest.mark.parametrize("sender", [f"Eva Ek <{EVA}>", "Rut Rask <postmaster@example.se>"])
@pytest.mark.parametrize("subject", ["Beställning", "Fwd: Undelivered mail", "SV: failure notice"])
def test_a_person_who_passes_one_on_is_not_ignored(sender: str, subject: str) -> None:
    found = read(mail(sender, subject=subject, body="Hej, se nedan.\n\n" + "> ".join(WORDS.splitlines(True))), EVA)
    assert not found.is_automatic


def test_an_order_from_the_postmaster_is_none_for_certain() -> None:
    assert not read(mail("postmaster@example.se", subject="Beställning", body="2 st Mus"), EVA).is_automatic


@pytest.mark.parametrize("words", ["Warning: message delayed 24 hours", "will retry until", "Leveransen är försenad"])
def test_one_that_goes_on_trying_is_not_lost(words: str) -> None:
    found = read(mail("mailer-daemon@example.se", subject="Mail delivery", body=words), "").bounce
    assert found
    assert not found.permanent


@pytest.mark.parametrize(
    "word", ["fail", "deliver", "levere", "mail ", "failed ", "message x x x ", "ei", "a", "(", "<"]
)
def test_no_text_makes_the_search_slow(word: str) -> None:
    started = time.process_time()
    FAILURE.search(word * 20_000)
    LATER.search(word * 20_000)
    read(mail(word * (8_000 // len(word)), subject=word * (8_000 // len(word)), body=word * 50_000), "")
    assert time.process_time() - started < 2
