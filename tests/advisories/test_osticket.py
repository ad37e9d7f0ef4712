"""osTicket's published holes, played against mailbot (docs/rules/limits.md#advisories)."""

import pytest

from tests.advisories.test_glpi import download
from tests.flows.incoming.mails import OUR_HEADERS, PLAIN, file, header_names, mail, multipart, part, told
from tests.support.harness import EVA, ORDER, RUT, Harness
from tests.support.relay import html_of, text_of


@pytest.mark.parametrize(
    "name",
    [
        '"Rut, evil@x.test"',
        '"Rut\\" <evil@x.test>, \\"R"',
        "=?utf-8?q?Rut=2C_evil=40x=2Etest?=",
        "=?utf-8?q?Rut=22_=3Cevil=40x=2Etest=3E=2C_=22?=",
        "=?utf-8?q?Rut=0D=0ATo=3A_evil=40x=2Etest?=",
        '"Rut;evil@x.test"',
    ],
)
def test_osticket_name_injection_a_persons_name_adds_no_recipient(home: Harness, name: str) -> None:
    """A user called `Rut, evil@x.test` made every mail to her go to another too."""
    for text in (ORDER, "Enhet: cs", "Hej"):
        home.raw(mail(sender=f"From: {name} <{RUT}>", body=text))
    assert {address for _, address in told(home)} <= {RUT, EVA}
    for _, raw in home.relay.raw:
        assert header_names(raw) <= OUR_HEADERS
        assert b"evil@x.test" not in raw.partition(b"\r\n\r\n")[0]


def test_osticket_name_injection_a_new_persons_name_is_their_address_and_nothing_they_say(home: Harness) -> None:
    home.raw(mail(sender='From: "Rektor Rolf Ros" <ny.person@example.se>'), mail_from="ny.person@example.se")
    assert "Rektor" not in text_of(home.sent(EVA, "ny.person@example.se"))


def test_osticket_svg_a_picture_that_is_a_page_is_handed_out_for_saving_only(home: Harness) -> None:
    """An SVG with a script in it ran when it was opened in the browser."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    home.raw(multipart(part(ORDER, PLAIN), file("logo.svg", svg, "image/svg+xml")))
    with home.pages() as browser:
        answer = download(home, browser)
    assert answer.content == svg
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_osticket_ssrf_a_picture_from_elsewhere_is_in_no_mail_and_no_page(home: Harness) -> None:
    """Remote pictures of a mail were fetched by the server that made a PDF of it."""
    page = f"<pre>{ORDER}</pre><img src='http://169.254.169.254/latest/meta-data'><img src='file:///etc/passwd'>"
    home.raw(mail("Content-Type: text/html; charset=utf-8", body=page))
    assert home.orders() == 1
    for sent in home.relay.mails():
        assert "169.254" not in html_of(sent)
        assert "etc/passwd" not in html_of(sent)


def test_osticket_loops_the_bots_own_mail_under_another_name_is_answered_by_nobody(home: Harness) -> None:
    """The check for loops was mended again and again: it knew own addresses, but not own mail."""
    home.mail("Hej")
    before = told(home)
    for _, raw in list(home.relay.raw):
        for sender in (b"rut.rask@example.se", b"eva.ek@example.se", b"list@example.se"):
            home.raw(raw.replace(b"order@inkop.example.se", sender), mail_from=RUT)
    assert told(home) == before
