"""Hostile mails of every kind that was measured (docs/rules/limits.md#cost): each ends in its bucket soon, and the next
is answered.

The reading runs where it can be stopped, as in the real bot: a child process with bounds on CPU time and memory.
"""

import base64
import smtplib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from mailbot.domain.trust.envelope import LostChildError, StoppedError
from mailbot.edge.sandbox import WORKERS, Sandbox, TaskLimits
from mailbot.mail.reading.intake import Intake, take_in
from tests.flows.incoming.mails import HTML, LAPTOP, PLAIN, file, lines_of, mail, multipart, part, told
from tests.mail.reading.signed import signed
from tests.mail.reading.test_spreadsheet import entities, many_cells, zip_bomb
from tests.support.examples import LONG
from tests.support.harness import ORDER, RUT, Harness, harness
from tests.support.process import BOT, Served, serving
from tests.support.process import mail as letter_to

SECONDS = 8  # of CPU time; a child is stopped at ten, and processors differ by half
PRICE_LOG = "2026-03-02 09:00:00 INFO order {0}: 2 st artikel{0} à {0} kr, totalt {0} kr\n"
MAIL_IN_MAIL = "Content-Type: message/rfc822"
PDF = b"%PDF-1.7 " + bytes(15_000_000)


def nested(levels: int) -> bytes:
    inner = "".join(f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n" for n in range(levels))
    return mail("Content-Type: multipart/mixed; boundary=b0", body=inner + ORDER)


def report(lines: int) -> bytes:
    """Return a bounce whose report has no end."""
    body = "--b\n\nHej\n--b\nContent-Type: message/delivery-status\n\n" + "Action: failed\n\n" * lines + "--b--\n"
    headers = ("Content-Type: multipart/report; report-type=delivery-status; boundary=b",)
    return mail(*headers, body=body, sender="From: MAILER-DAEMON@mx.example.se")


def signed_mail(block: bytes) -> bytes:
    headers = ("Content-Type: application/pkcs7-mime; smime-type=signed-data", "Content-Transfer-Encoding: base64")
    return mail(*headers, body=base64.encodebytes(block))


MEASURED: Mapping[str, Callable[[], bytes]] = {
    "commas": lambda: mail("X-To: " + "," * 20_000),
    "commas_below_the_limit": lambda: mail("Cc: " + "," * 15_000),
    "dots": lambda: mail("X-To: " + "." * 20_000),
    "dots_below_the_limit": lambda: mail("Cc: " + "." * 15_000),
    "parameters": lambda: mail("Content-Type: text/plain" + "; a=b" * 5_000),
    "parameters_below_the_limit": lambda: mail("Content-Type: text/plain" + "; a=b" * 3_000),
    "semicolons": lambda: mail("Content-Disposition: inline" + ";" * 15_000),
    "subject_of_words": lambda: mail(subject="Subject: " + "a " * 100_000),
    "subject_of_encoded_words": lambda: mail(subject="Subject: " + "=?utf-8?q?a?= " * 1_100),
    "folds": lambda: mail("X-Note: a" + "\r\n a" * 100_000),
    "parts": lambda: multipart(*[part("")] * 100_000),
    "parts_below_the_limit": lambda: multipart(*[part("")] * 900),
    "depth": lambda: nested(1_000),
    "depth_below_the_limit": lambda: nested(400),
    "mails_in_mails": lambda: mail(body="Content-Type: message/rfc822\n\n" * 1_000, subject=MAIL_IN_MAIL),
    "comments": lambda: mail("Cc: " + "(" * 5_000),
    "quotes": lambda: mail("Cc: " + '"\\' * 5_000, sender="From: " + '"\\' * 4_000 + f"<{RUT}>"),
    "references": lambda: mail("References: " + "<" * 15_000),
    "one_endless_line": lambda: mail(body="On " + "a " * 1_000_000),
    "a_million_lines": lambda: mail(body="a\n" * 1_000_000),
    "order_lines": lambda: mail(body=ORDER + "1 st x à 1 kr\n" * 100_000),
    "price_log": lambda: mail(body=ORDER + "\n\n" + "".join(map(PRICE_LOG.format, range(5_500)))),
    "spaces": lambda: mail(body=f"Enhet: cs{' ' * 2_000_000}\n"),
    "html_depth": lambda: mail(HTML, body="<div>" * 200_000),
    "html_brackets": lambda: mail(HTML, body="<" * 1_000_000),
    "html_attributes": lambda: mail(HTML, body='<a ="' * 200_000),
    "html_tables": lambda: mail(HTML, body="<table><tr><td>" * 60_000),
    "html_entities": lambda: mail(HTML, body="&#x41;" * 160_000),
    "csv": lambda: multipart(part("", PLAIN), file("order.csv", b"a;b;c\r\n" * 140_000)),
    "csv_quotes": lambda: multipart(part("", PLAIN), file("order.csv", b'"' * 1_000_000)),
    "csv_letters": lambda: multipart(part("", PLAIN), file("order.csv", bytes(range(128, 256)) * 7_000)),
    "xlsx_bomb": lambda: multipart(part("", PLAIN), file("order.xlsx", zip_bomb())),
    "xlsx_entities": lambda: multipart(part("", PLAIN), file("order.xlsx", entities())),
    "xlsx_cells": lambda: multipart(part("", PLAIN), file("order.xlsx", many_cells())),
    "signed_depth": lambda: signed_mail(b"\x30\x80" * 400_000),
    "signed_tag": lambda: signed_mail(b"\x3f" + b"\xff" * 1_000_000),
    "signed_length": lambda: signed_mail(b"\x30\x88\x7f" + b"\xff" * 7),
    "signed_parts": lambda: signed_mail(
        signed(b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 900)
    ),
    "signed_blocks": lambda: multipart(*[part(b"0\x80" * 2_000, "Content-Type: application/pkcs7-mime")] * 190),
    "json_depth": lambda: multipart(part("", PLAIN), file("order.json", b"[" * 900_000)),
    "json_number": lambda: multipart(part("", PLAIN), file("order.json", b'{"total": ' + b"9" * 900_000 + b"}")),
    "json_exponent": lambda: multipart(part("", PLAIN), file("order.json", b'{"total": 1e999999999}')),
    "uuencode": lambda: mail("Content-Transfer-Encoding: x-uuencode", body="begin 644 x\n" + "M" * 60 + "\n" * 500_000),
    "quoted_printable": lambda: mail("Content-Transfer-Encoding: quoted-printable", body="=C3=A5" * 300_000),
    "bounce_below_the_limit": lambda: report(4_000),
    "bounce_without_end": lambda: report(600_000),
}


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    """The sandbox as the real bot has it."""
    made = Sandbox()
    made.warm_up(take_in)
    for _ in range(WORKERS):  # its children take a moment to start, as at the start of the bot
        made.run(take_in, mail(), RUT)
    yield made
    made.close()


@pytest.fixture
def guarded(tmp_path: Path, box: Sandbox) -> Iterator[Harness]:
    """A house that reads every mail in the sandbox."""
    with harness(tmp_path) as home:
        home.change(read=lambda raw, mail_from, ours: box.run(take_in, raw, mail_from, ours))
        yield home


def spent(box: Sandbox) -> float:
    """Return the CPU seconds that this process and its readers have used, which the machine's other work leaves alone.

    The readers take turns.
    """
    return time.process_time() + sum(box.run(time.process_time) for _ in range(WORKERS))


@pytest.mark.parametrize("name", MEASURED)
def test_a_hostile_mail_ends_in_its_bucket_in_time_and_the_next_is_answered(
    guarded: Harness, box: Sandbox, name: str
) -> None:
    raw = MEASURED[name]()
    guarded.store(raw)
    guarded.store(mail())
    before = spent(box)
    guarded.settle()
    assert spent(box) - before < SECONDS
    assert sum(guarded.sums().values()) == 2
    assert "new" not in guarded.sums()
    assert lines_of(guarded) == LAPTOP


def test_a_large_quote_is_no_attack_and_its_order_is_taken(guarded: Harness, box: Sandbox) -> None:
    attached = file("offert.pdf", PDF, "application/pdf")
    before = spent(box)
    guarded.raw(multipart(part(ORDER, PLAIN), attached))
    assert spent(box) - before < SECONDS
    assert lines_of(guarded) == LAPTOP
    assert guarded.query("SELECT name, size FROM files") == [("offert.pdf", len(PDF))]


def test_a_long_log_below_an_order_does_not_park_it(guarded: Harness) -> None:
    line = "2026-03-02 09:00:{:02} INFO server[{}]: request {} from 10.0.0.{} took {} ms, status 200\n"
    log = "".join(line.format(n % 60, n, n, n % 250, n % 97) for n in range(4_500))
    assert len(log) > 380_000
    guarded.raw(mail(body=f"{ORDER}\n\n{log}"))
    assert lines_of(guarded) == LAPTOP


def sleep_instead(_raw: bytes, _mail_from: str, _ours: bytes) -> Intake:
    while True:
        time.monotonic()


def eat_instead(_raw: bytes, _mail_from: str, _ours: bytes) -> Intake:
    eaten = []
    while True:
        eaten.append(bytearray(10_000_000))


class TestWhatTheReaderItselfCannotStop:
    """Should the reader ever meet what none of its limits foresees, the mail is set aside and the bot goes on."""

    @pytest.mark.parametrize("function", [sleep_instead, eat_instead])
    def test_a_mail_that_takes_too_much_is_parked_and_the_next_is_answered(
        self, tmp_path: Path, function: Callable[[bytes, str, bytes], Intake]
    ) -> None:
        box = Sandbox(TaskLimits(cpu_seconds=0.5))
        try:
            with harness(tmp_path) as home:
                home.change(read=lambda raw, mail_from, ours: box.run(function, raw, mail_from, ours), tries=1)
                home.raw(mail())
                assert home.sums() == {"parked": 1}
                assert str(home.reasons()[0]).startswith("took ")
                home.change(read=take_in)
                home.mail()
                assert lines_of(home) == LAPTOP
        finally:
            box.close()

    def test_a_mail_whose_child_was_ended_by_something_else_is_tried_again(self, tmp_path: Path) -> None:
        def lost(raw: bytes, mail_from: str, _ours: bytes = b"") -> Intake:
            if not ended:
                ended.append(mail_from)
                message = "its child was ended"
                raise LostChildError(message)
            return take_in(raw, mail_from)

        ended: list[str] = []
        with harness(tmp_path) as home:
            home.change(read=lost)
            home.raw(mail())
            assert (home.sums(), told(home)) == ({"new": 1}, [])
            home.later(seconds=31)
            assert lines_of(home) == LAPTOP

    def test_a_parked_mails_proven_sender_is_told_where_its_headers_can_be_read(self, tmp_path: Path) -> None:
        def only_headers(raw: bytes, mail_from: str, _ours: bytes = b"") -> Intake:
            if b"Dell" in raw:
                message = "took too long"
                raise StoppedError(message)
            return take_in(raw, mail_from)

        with harness(tmp_path) as home:
            home.change(read=only_headers, tries=1)
            home.raw(mail())
            assert told(home) == [("parked", RUT)]


def hand_in(bot: Served, raw: bytes) -> bool:
    """Hand in a mail, and tell whether it was taken: the door itself refuses some."""
    with smtplib.SMTP("127.0.0.1", bot.smtp_port, timeout=30) as client:
        try:
            client.sendmail(RUT, [BOT], raw)
        except smtplib.SMTPDataError as refused:
            return refused.smtp_code not in {550, 552}  # any other refusal shows in the sum
    return True


def test_the_real_bot_answers_a_person_while_hostile_mails_come_and_accounts_for_all(tmp_path: Path) -> None:
    with serving(tmp_path) as bot:
        taken = [hand_in(bot, MEASURED[name]()) for name in [*MEASURED][:: 1 if LONG else 4]]
        bot.hand_in(letter_to(ORDER.replace("Dell XPS 13", "Rödpenna")))
        bot.wait(RUT, "Rödpenna")
        mails = dict(bot.health()["mails"])
        assert "new" not in mails
        assert sum(mails.values()) == sum(taken) + 1
        assert mails["parked"] >= 2


def test_the_measured_mails_are_as_large_as_they_were_measured() -> None:
    assert len(MEASURED["commas"]()) > 20_000
    assert len(base64.b64encode(PDF)) > 20_000_000
