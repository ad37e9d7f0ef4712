"""Parts and letters as mail programs should not send them (docs/rules/mail.md#parts), through the whole flow."""

import base64
import select
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from tests.flows.incoming.mails import (
    HTML,
    LAPTOP,
    PLAIN,
    STRANGER,
    file,
    lines_of,
    mail,
    multipart,
    part,
    recipients,
    told,
)
from tests.mail.reading.signed import encrypted, signed, signed_in_pieces
from tests.support.harness import BOT, EVA, ORDER, RUT, Harness
from tests.support.relay import html_of, text_of

AS_HTML = "<table>{}</table><p>1 st Dell XPS 13 à 12 500 kr</p>".format(
    "".join(
        f"<tr><td>{key}</td><td>{value}</td></tr>"
        for key, _, value in (line.partition(": ") for line in ORDER.splitlines()[:3])
    )
)


@dataclass(frozen=True)
class Elsewhere:
    """A stranger's server."""

    listening: socket.socket

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}/pixel.png"

    @property
    def was_asked(self) -> bool:
        return bool(select.select([self.listening], [], [], 0)[0])


@pytest.fixture
def elsewhere() -> Iterator[Elsewhere]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield Elsewhere(listening)


def nested(levels: int) -> bytes:
    inner = "".join(f"--b{n}\nContent-Type: multipart/mixed; boundary=b{n + 1}\n\n" for n in range(levels))
    return mail("Content-Type: multipart/mixed; boundary=b0", body=inner + ORDER)


class TestTwoBodies:
    def test_f39_an_html_table_alone_is_an_order(self, home: Harness) -> None:
        home.raw(mail(HTML, body=AS_HTML))
        assert lines_of(home) == LAPTOP
        assert home.order().content.supplier == "Dustin AB"

    def test_f40_a_blank_text_hides_no_order_in_html(self, home: Harness) -> None:
        home.raw(multipart(part(" \n\u00a0\n", PLAIN), part(AS_HTML, HTML), kind="alternative"))
        assert lines_of(home) == LAPTOP

    def test_f41_text_and_html_that_disagree_on_the_amount_are_set_aside_and_their_sender_is_told(
        self, home: Harness
    ) -> None:
        home.raw(multipart(part(ORDER, PLAIN), part(AS_HTML.replace("12 500", "2 500"), HTML), kind="alternative"))
        assert home.sums() == {"parked": 1}
        assert home.reasons() == ["text and HTML, or two files, say different things"]
        assert told(home) == [("parked", RUT)]

    def test_f42_a_lists_footer_as_text_hides_no_order_in_html(self, home: Harness) -> None:
        home.raw(multipart(part(AS_HTML, HTML), part("--\nInkop mailing list\nhttps://lists.example.se", PLAIN)))
        assert lines_of(home) == LAPTOP

    def test_f43_texts_around_a_picture_are_one_order(self, home: Harness) -> None:
        top, _, line = ORDER.partition("\n\n")
        home.raw(multipart(part(top, PLAIN), part(b"PNG", "Content-Type: image/png"), part(line, PLAIN)))
        assert lines_of(home) == LAPTOP

    def test_f44_an_attached_order_txt_is_read_where_no_body_holds_the_order(self, home: Harness) -> None:
        home.raw(multipart(part("Se bilagan.", PLAIN), file("order.txt", ORDER.encode(), "text/plain")))
        assert lines_of(home) == LAPTOP

    def test_f44_an_attached_text_of_another_name_is_not_read_as_an_order(self, home: Harness) -> None:
        home.raw(multipart(part("Se bilagan.", PLAIN), file("avtal.txt", ORDER.encode(), "text/plain")))
        assert home.reasons() == ["no order"]


BLOCK = ("Content-Type: application/pkcs7-mime; smime-type=signed-data", "Content-Transfer-Encoding: base64")


class TestLetters:
    def test_f50_a_gateways_footer_in_another_charset_spoils_no_letter_of_the_order(self, home: Harness) -> None:
        home.raw(
            mail(PLAIN, body=ORDER.replace("Dell", "Grå Dell").encode() + "Kontrollerad för virus".encode("latin-1"))
        )
        assert home.order().content.lines[0].description == "Grå Dell XPS 13"

    @pytest.mark.parametrize(
        ("charset", "encoded"),
        [
            ("utf-7", "Enhet: cs".encode("utf-7")),
            ("utf-16", ORDER.encode("utf-16-le")),
            ("utf-16-be", ORDER.encode("utf-16-be")),
            ("iso-2022-jp", "Enhet: cs\nMotivering: \u6ce8\u6587\n".encode("iso-2022-jp")),
            ("gb2312", "Enhet: cs\nMotivering: \u8ba2\u5355\n".encode("gb2312")),
            ("ks_c_5601-1987", "Enhet: cs\nMotivering: \uc8fc\ubb38\n".encode("euc-kr")),
        ],
    )
    def test_f52_letters_of_other_alphabets_are_read_and_escaped(
        self, home: Harness, charset: str, encoded: bytes
    ) -> None:
        header = f"Content-Type: text/plain; charset={charset}"
        home.raw(mail(header, "Content-Transfer-Encoding: base64", body=base64.encodebytes(encoded)))
        assert home.sums() in ({"order": 1}, {"answer": 1})
        home.dump().encode()

    @pytest.mark.parametrize("charset", ["utf-7", "hz-gb-2312", "utf-16", "iso-2022-kr"])
    def test_f52_no_alphabet_smuggles_markup_past_the_escaping(self, home: Harness, charset: str) -> None:
        script = b"Motivering: +ADw-script+AD4-alert(1)+ADw-/script+AD4- <script>alert(1)</script>"
        home.raw(mail(f"Content-Type: text/plain; charset={charset}", body=ORDER.encode() + script))
        for sent in home.relay.mails():
            assert "<script" not in html_of(sent)

    @pytest.mark.parametrize("charset", ["", "x-unknown", "hex", "idna", "undefined", '"utf-8;"', "utf-8; x", "rot13"])
    def test_f51_a_charset_that_is_none_hides_no_order(self, home: Harness, charset: str) -> None:
        home.raw(mail(f"Content-Type: text/plain; charset={charset}"))
        assert lines_of(home) == LAPTOP

    def test_f48_a_text_that_is_still_encoded_never_becomes_a_suppliers_name(self, home: Harness) -> None:
        text = ORDER.replace("Dustin AB", "Sk=C3=A5ne AB")
        home.raw(mail(PLAIN, "Content-Transfer-Encoding: quoted-printeable", body=text))
        assert home.order().content.supplier == "Skåne AB"


class TestStructure:
    @pytest.mark.parametrize(
        "header",
        [
            "Content-Type: multipart/mixed",
            'Content-Type: multipart/mixed; boundary=""',
            "Content-Type: multipart/mixed; boundary=kommer-aldrig",
            "Content-Type: multipart/alternative; boundary*=idna'sv'%C3%A5",
        ],
    )
    def test_f55_parts_that_cannot_be_found_end_in_a_bucket_and_make_no_wrong_order(
        self, home: Harness, header: str
    ) -> None:
        home.raw(mail(header, body=part(ORDER, PLAIN)))
        assert home.sums() in ({"answer": 1}, {"parked": 1}, {"order": 1})
        assert home.orders() == 0 or lines_of(home) == LAPTOP
        assert home.count(RUT) == 1

    def test_f55_a_missing_end_hides_no_order(self, home: Harness) -> None:
        home.raw(multipart(part(ORDER, PLAIN)).removesuffix(b"--grans--\r\n"))
        assert lines_of(home) == LAPTOP

    @pytest.mark.parametrize("inner", ["grans", "gran", "grans2", "grans--"])
    def test_f56_boundaries_that_are_alike_end_in_a_bucket(self, home: Harness, inner: str) -> None:
        nested = f"--{inner}\n{PLAIN}\n\n{ORDER}\n--{inner}--\n"
        home.raw(multipart(part(nested, f"Content-Type: multipart/alternative; boundary={inner}")))
        assert home.sums() in ({"answer": 1}, {"order": 1})

    @pytest.mark.parametrize(
        ("raw", "reason"),
        [
            (multipart(*[part("x")] * 100_000), "too many parts"),
            (multipart(*[part("x")] * 300), "too many parts"),
            (nested(25), "parts in parts too deep"),
            (nested(900), "parts in parts too deep"),
            (mail(*["Content-Type: message/rfc822\r\n"] * 300), "parts in parts too deep"),
            (mail(*["Content-Type: message/rfc822\r\n"] * 1_000), "parts in parts too deep"),
            (mail("X-To: " + "," * 20_000), "header too long"),
            (mail(*["X-Note: a"] * 2_000), "too many header lines"),
            (mail(*["X-Note: " + "a" * 10_000] * 12), "header block too large"),
            (mail(*["Received: from a by b"] * 60), "too many hops"),
        ],
        ids=["parts", "some_parts", "depth", "great_depth", "mails", "many_mails", "commas", "lines", "block", "hops"],
    )
    def test_f57_what_exceeds_a_limit_is_set_aside_unparsed_and_the_next_is_served(
        self, home: Harness, raw: bytes, reason: str
    ) -> None:
        home.raw(raw)
        assert home.reasons() == [reason]
        assert home.sums() == {"parked": 1}
        home.mail()
        assert home.orders() == 1


class TestOtherFormats:
    def test_f58_a_winmail_dat_alone_is_answered_with_the_form(self, home: Harness) -> None:
        home.raw(multipart(file("winmail.dat", b"\x78\x9f\x3e\x22" + b"\x00" * 50, "application/ms-tnef")))
        assert home.reasons() == ["no order"]
        assert home.count(RUT, "Enhet:", "Godkännare:", "winmail.dat") == 1

    def test_f59_beside_a_winmail_dat_the_text_is_the_order_and_the_file_is_kept_once(self, home: Harness) -> None:
        tnef = file("winmail.dat", b"\x78\x9f\x3e\x22" + b"\x00" * 50, "application/ms-tnef")
        home.raw(multipart(part(ORDER, PLAIN), tnef))
        assert lines_of(home) == LAPTOP
        assert home.query("SELECT name FROM files") == [("winmail.dat",)]

    @pytest.mark.parametrize("kind", ["application/pkcs7-signature", "application/pgp-signature"])
    def test_f60_a_signed_order_is_read_and_its_signature_decides_nothing(self, home: Harness, kind: str) -> None:
        signature = part("-----BEGIN PGP SIGNATURE-----\nGODKÄNN\n", f"Content-Type: {kind}")
        home.raw(multipart(part(ORDER, PLAIN), signature, kind="signed"))
        assert lines_of(home) == LAPTOP
        assert home.history() == ["opened"]

    @pytest.mark.parametrize("make", [signed, signed_in_pieces])
    def test_f60_an_order_in_a_signed_block_is_read_and_its_signature_decides_nothing(
        self, home: Harness, make: Callable[[bytes], bytes]
    ) -> None:
        block = make(f"{PLAIN}\r\n\r\n{ORDER}".encode())
        home.raw(mail(*BLOCK, body=base64.encodebytes(block)))
        assert lines_of(home) == LAPTOP
        assert home.history() == ["opened"]

    def test_f60_a_signed_block_makes_nobody_known(self, home: Harness) -> None:
        block = signed(f"From: {RUT}\r\n{PLAIN}\r\n\r\n{ORDER}".encode())
        home.raw(mail(*BLOCK, body=base64.encodebytes(block), sender=f"From: {STRANGER}"))
        assert (home.sums(), told(home)) == ({"parked": 1}, [])

    @pytest.mark.parametrize(
        ("block", "said"),
        [(encrypted(PLAIN.encode()), "krypterat"), (signed(PLAIN.encode())[:100], "signerat med S/MIME")],
        ids=["encrypted", "damaged"],
    )
    def test_f61_a_block_that_cannot_be_read_is_set_aside_and_its_sender_is_told_what_to_do(
        self, home: Harness, block: bytes, said: str
    ) -> None:
        home.raw(mail(*BLOCK, body=base64.encodebytes(block)))
        assert home.sums() == {"parked": 1}
        answer = " ".join(text_of(home.sent(RUT)).split())
        assert said in answer
        assert "Skicka det igen utan" in answer

    @pytest.mark.parametrize(
        "header",
        [
            "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=smime.p7m",
            "Content-Type: application/x-pkcs7-mime",
            "Content-Type: application/pgp-encrypted",
            "Content-Type: application/x-microsoft-rpmsg-message",
        ],
    )
    def test_f61_an_encrypted_mail_is_set_aside_and_its_sender_is_told(self, home: Harness, header: str) -> None:
        home.raw(multipart(part("Version: 1", header), part("xxx"), kind="encrypted"))
        assert home.reasons() == ["encrypted"]
        assert told(home) == [("parked", RUT)]

    @pytest.mark.parametrize(
        "kind", ["message/partial; id=1; number=1; total=2", "message/external-body; access-type=URL"]
    )
    def test_f64_a_mail_that_lies_elsewhere_is_set_aside_and_nothing_is_fetched(
        self, home: Harness, kind: str, elsewhere: Elsewhere
    ) -> None:
        home.raw(mail(f'Content-Type: {kind}; URL="{elsewhere.url}"', body=f"Content-Type: text/plain\n\n{ORDER}"))
        assert home.reasons() == ["a part or body kept elsewhere"]
        assert told(home) == [("parked", RUT)]
        assert not elsewhere.was_asked


class TestForwarded:
    def test_f62_an_order_forwarded_as_a_file_is_nobodys_order(self, home: Harness) -> None:
        inner = mail(body=ORDER, sender=f"From: {EVA}").decode()
        home.raw(multipart(part("Kan ni ta hand om den här?", PLAIN), part(inner, "Content-Type: message/rfc822")))
        assert (home.orders(), recipients(home)) == (0, {RUT})
        assert home.reasons() == ["no order"]

    @pytest.mark.parametrize(
        "head",
        [
            f"-------- Vidarebefordrat meddelande --------\nÄmne: Order\nDatum: i dag\nFrån: {EVA}\nTill: {BOT}\n",
            f"Från: {EVA}\nSkickat: den 2 mars 2026 09:00\nTill: {BOT}\nÄmne: Order\n",
            f"---------- Forwarded message ---------\nFrom: {EVA}\nDate: today\nSubject: x\nTo: {BOT}\n",
        ],
    )
    def test_f63_an_order_in_a_forwarded_text_is_asked_back_and_opened_by_the_answer(
        self, home: Harness, head: str
    ) -> None:
        home.raw(mail(PLAIN, body=f"Se nedan.\n\n{head}\n{ORDER}"))
        assert (home.orders(), recipients(home)) == (0, {RUT})
        assert str(home.reasons()[0]).startswith("problems: forwarded")
        asked = home.sent(RUT, "Dell XPS 13")
        home.mail(ORDER, subject="Re: order", answers=asked)
        assert lines_of(home) == LAPTOP
        assert home.order().requester == home.person(RUT).id


class TestHtml:
    def test_f65_nothing_that_a_mail_points_to_is_ever_loaded(self, home: Harness, elsewhere: Elsewhere) -> None:
        url = elsewhere.url
        page = (
            f'<style>@import url("{url}"); body {{ background: url({url}) }}</style><link rel=stylesheet href="{url}">'
            f'<img src="{url}"><iframe src="{url}"></iframe><script src="{url}"></script>{AS_HTML}<p>Avtal: {url}</p>'
        )
        home.raw(mail(HTML, body=page))
        assert lines_of(home) == LAPTOP
        for sent in home.relay.mails():
            assert f'src="{url}"' not in html_of(sent)
        assert not elsewhere.was_asked
        with socket.create_connection(elsewhere.listening.getsockname()):
            assert elsewhere.was_asked

    @pytest.mark.parametrize(
        "markup",
        [
            "<script>Leverantör: Ond AB</script>",
            "<a href='javascript:alert(1)'>länk</a>",
            "<svg onload=alert(1)><text>Hej</text></svg>",
            "<form action='https://x.test'><input name=a value='Leverantör: Ond AB'><button>Ja</button></form>",
            "<img src=x onerror=alert(1)>",
            "<style>Leverantör: Ond AB</style>",
            "<!-- Leverantör: Ond AB -->",
        ],
    )
    def test_f66_scripts_links_and_forms_are_gone_and_only_text_is_shown(self, home: Harness, markup: str) -> None:
        home.raw(mail(HTML, body=f"{AS_HTML}{markup}"))
        assert home.order().content.supplier == "Dustin AB"
        shown = html_of(home.sent(EVA))
        assert not any(
            word in shown for word in ("<script", "javascript:", "<svg", "<form", "onerror", "onload", "Ond AB")
        )

    @pytest.mark.parametrize("style", ["display:none", "visibility:hidden", "font-size:0", "mso-hide:all"])
    def test_f67_what_a_reader_does_not_see_orders_nothing(self, home: Harness, style: str) -> None:
        home.raw(mail(HTML, body=f"{AS_HTML}<div style='{style}'>Leverantör: Atea Sverige AB</div>"))
        assert home.order().content.supplier == "Dustin AB"

    @pytest.mark.parametrize("style", ["color:white;background:white", "position:absolute;left:-9999px"])
    def test_f67_hidden_in_other_ways_a_second_value_is_asked_back(self, home: Harness, style: str) -> None:
        home.raw(mail(HTML, body=f"{AS_HTML}<p style='{style}'>Leverantör: Atea Sverige AB</p>"))
        assert home.orders() == 0
        assert home.reasons() == ["problems: conflict"]

    def test_f67_hidden_in_other_ways_a_single_value_is_shown_to_the_approver(self, home: Harness) -> None:
        home.raw(mail(HTML, body=f"{AS_HTML}<p style='color:white'>Godsmärkning: Hemma hos mig</p>"))
        assert "Hemma hos mig" in text_of(home.sent(EVA, "/decide/"))

    def test_a_strangers_html_is_read_by_nobody(self, home: Harness) -> None:
        home.raw(mail(HTML, body=AS_HTML, sender=f"From: {STRANGER}"))
        assert home.sums() == {"parked": 1}


def test_the_page_in_html_says_what_the_text_says(home: Harness) -> None:
    """The two bodies above are the same order."""
    home.raw(multipart(part(ORDER, PLAIN), part(AS_HTML, HTML), kind="alternative"))
    assert lines_of(home) == LAPTOP
