"""A `mailto:` address says what the order says, is short enough to open, and never changes what it leaves out."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from mailbot.domain.values.order import Field, Form, FormLine
from mailbot.mail.reading.order_form import read_form
from mailbot.mail.writing.mailto import MAX_ADDRESS, Mailto, mailto, mailto_for, opening

BOT = "order@inkop.example.se"
LINE = FormLine("Dell XPS 13; blå & 100 %", "2", "12 500,00", "XPS-13", "st")
FORM = Form(
    {Field.UNIT: "cs", Field.APPROVER: "Eva Ek", Field.SUPPLIER: "Dustin AB", Field.REASON: "Öl & så?"}, (LINE,)
)


def made(form: Form, language: str = "sv") -> Mailto:
    return mailto_for(BOT, "k7xq2m", "Beställning", form, language)


def opened(address: str) -> tuple[str, str, str]:
    """Return to, subject and body as a mail program shows them."""
    parts = urlsplit(address)
    found = parse_qs(parts.query, keep_blank_values=True, strict_parsing=True)
    return unquote(parts.path), found["subject"][0], found["body"][0]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_both_hold_the_whole_order_as_the_form_is_read(language: str) -> None:
    for address, subject in ((made(FORM, language).correct, "#k7xq2m"), (made(FORM, language).again, "Beställning")):
        to, said, body = opened(address)
        assert (to, said) == (BOT, subject)
        read = read_form(body)
        assert read.fields == FORM.fields
        assert [(line.quantity, line.price) for line in read.lines] == [("2", "12 500,00")]


def test_a_new_order_carries_no_reference() -> None:
    assert "k7xq2m" not in made(FORM).again


def test_neither_passes_on_what_was_written_beside_the_order() -> None:
    found = made(Form(FORM.fields, FORM.lines, unread=("3 dussin",), notes=("hemligt",)))
    assert "hemligt" not in unquote(found.correct + found.again)
    assert "dussin" not in unquote(found.correct + found.again)


def test_a_new_order_leaves_out_the_lines_that_have_no_room_and_says_how_many() -> None:
    found = made(Form(FORM.fields, (LINE,) * 60))
    assert len(found.again) <= MAX_ADDRESS
    kept = len(read_form(opened(found.again)[2]).lines)
    assert 5 < kept == 60 - found.left_out


def test_a_correction_holds_all_lines_or_none_since_any_line_replaces_all() -> None:
    found = made(Form(FORM.fields, (LINE,) * 60))
    assert len(found.correct) <= MAX_ADDRESS
    assert read_form(opened(found.correct)[2]).lines == ()


def test_long_fields_give_way_before_those_that_an_order_needs() -> None:
    long = Form({**FORM.fields, Field.REASON: "å" * 500, Field.DELIVERY_ADDRESS: "ö" * 500}, (LINE,))
    for address in (made(long).correct, made(long).again):
        assert len(address) <= MAX_ADDRESS
        assert read_form(opened(address)[2]).fields.keys() >= {Field.UNIT, Field.APPROVER, Field.SUPPLIER}
    longest = Form(dict.fromkeys(FORM.fields, "𝒳" * 500), (LINE,) * 5)
    assert len(made(longest).again) <= MAX_ADDRESS


def test_text_adds_no_header_and_no_recipient() -> None:
    sly = Form({**FORM.fields, Field.SUPPLIER: "x&cc=a@b.example&subject=y?to=z#t\r\nBcc: a@b.example"}, (LINE,))
    query = urlsplit(made(sly).again).query
    assert [part.partition("=")[0] for part in query.split("&")] == ["subject", "body"]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_end_in_cr_lf_however_they_were_written_and_the_address_is_not_encoded(end: str) -> None:
    written = mailto(BOT, "Beställning", f"Enhet: cs{end}{end}Godkännare: Eva Ek{end}")
    assert written.startswith(f"mailto:{BOT}?subject=Best%C3%A4llning&body=Enhet%3A%20cs%0D%0A%0D%0AGodk")
    assert opened(written)[2] == "Enhet: cs\r\n\r\nGodkännare: Eva Ek\r\n"


def test_a_body_that_has_no_room_is_left_out_whole_and_line_ends_count_as_they_are_written() -> None:
    bare = mailto(BOT, "x")
    room = (MAX_ADDRESS - len(f"{bare}&body=")) // len("%0D%0A")
    assert opened(opening(BOT, "x", "\n" * room))[2] == "\r\n" * room
    assert opening(BOT, "x", "\n" * (room + 1)) == bare
    assert bare == f"mailto:{BOT}?subject=x"
