"""Mails that are files and little else (docs/rules/mail.md#f112); what comes with an order is in
tests/flows/incoming/test_files.py."""

import pytest

from tests.flows.incoming.mails import LAPTOP, PLAIN, file, lines_of, multipart, part
from tests.mail.reading.test_attachments import PDF
from tests.support.harness import ORDER, RUT, Harness


@pytest.mark.parametrize("data", [b"", PDF], ids=["empty", "quote"])
@pytest.mark.parametrize("text", ["", "Se bilagan."])
def test_f112_a_mail_with_nothing_but_a_file_is_answered_that_no_order_was_found(
    home: Harness, data: bytes, text: str
) -> None:
    home.raw(multipart(part(text, PLAIN), file("offert.pdf", data, "application/pdf")))
    assert home.reasons() == ["no order"]
    assert home.count(RUT, "Enhet:", "Godkännare:", "Leverantör:") == 1


def test_f112_a_file_without_bytes_is_no_file_of_the_order(home: Harness) -> None:
    home.raw(multipart(part(ORDER, PLAIN), file("tom.pdf", b"", "application/pdf"), file("offert.pdf", PDF)))
    assert lines_of(home) == LAPTOP
    assert home.query("SELECT name FROM files") == [("offert.pdf",)]
