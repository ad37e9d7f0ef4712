"""Request Tracker's published holes, played against mailbot (docs/rules/limits.md#advisories)."""

import time

import pytest

from mailbot.domain.values.order import Status
from mailbot.mail.reading.intake import take_in
from tests.flows.incoming.mails import LAPTOP, OUR_HEADERS, STRANGER, header_names, lines_of, mail, told
from tests.support.harness import EVA, RUT, Harness
from tests.support.relay import text_of


def test_rt_cve_2023_41259_a_mails_own_headers_of_ours_are_not_believed(home: Harness) -> None:
    """Headers of RT's own kind in mail from outside were taken for RT's own words."""
    home.mail()
    number, reference = home.order().number, home.order().reference
    forged = [
        "X-Mailbot-Sender: eva.ek@example.se",
        "X-Mailbot-Decision: approve",
        f"X-Mailbot-Order: {number}",
        "X-Mailbot-Trusted: yes",
        f"References: <{reference}@inkop.example.se>",
        "Authentication-Results: inkop.example.se; dmarc=pass header.from=example.se",
    ]
    home.raw(mail(*forged, sender=f"From: {STRANGER}", body="GODKÄNN"), mail_from=EVA)
    home.raw(mail(*forged), mail_from=RUT)
    assert home.order(number).status is Status.PENDING
    assert home.orders() == 2
    assert lines_of(home) == LAPTOP
    assert home.order().sender_proof == "loopback"


def test_rt_cve_2023_41260_an_answer_tells_nobody_more_than_they_knew(home: Harness) -> None:
    """The mail gateway's answers gave away what was in the ticket."""
    home.mail()
    order = home.order()
    for subject in (f"#{order.reference}", order.number, f"Re: {order.number} #{order.reference}"):
        home.mail("?", sender="nyfiken@example.se", subject=subject)
        home.mail("?", sender=STRANGER, subject=subject)
    told_of = [f"{sent['Subject']} {text_of(sent)}" for sent in home.relay.mails("nyfiken@example.se")]
    assert len(told_of) == 3
    assert not any(word in text for text in told_of for word in ("Dell", order.number, order.reference, "Rut"))
    assert home.count(STRANGER) == 0


@pytest.mark.parametrize("newline", ["\r\n ", "\n ", "\r ", "=0D=0A", "=0A", "\u2028", "\x0b", "\x85"])
def test_rt_cve_2012_4730_no_line_of_a_mail_becomes_a_header_of_ours(home: Harness, newline: str) -> None:
    """A line break in a subject or name added recipients to outgoing mail."""
    evil = f"Order{newline}Bcc: evil@x.test"
    word = f"=?utf-8?q?{evil.replace(' ', '_')}?="
    for subject in (f"Subject: {evil}", f"Subject: {word}"):
        home.raw(mail(subject=subject))
        home.raw(mail(subject=subject, body=f"Enhet: cs\nLeverantör: {evil}\n1 st {evil} à 10 kr"))
    assert {address for _, address in told(home)} <= {RUT, EVA}
    for _, raw in home.relay.raw:
        assert header_names(raw) <= OUR_HEADERS


@pytest.mark.parametrize(
    "header",
    ["To: " + "," * 15_000, "To: " + "(" * 15_000, "From: " + '"\\' * 7_000, "Subject: " + "=?utf-8?q?a?= " * 900],
    ids=["commas", "comments", "quotes", "words"],
)
def test_rt_cve_2014_9472_no_header_keeps_the_reader_busy(header: str) -> None:
    """One mail with a crafted header kept the gateway busy for ever."""
    started = time.process_time()
    take_in(f"{header}\r\n".encode() + mail(), RUT)
    assert time.process_time() - started < 1
