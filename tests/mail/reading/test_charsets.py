"""Bytes become the letters that were written, by evidence; a file's letters are right or they are in doubt."""

import time
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.reading.charsets import decode, weigh

FOOTER = "\r\nKontrollerad för virus – 5 € Ångström"
HEADS = (
    "Artikelnr;Benämning;Antal;Enhet;À-pris",
    "Item no;Description;Quantity;Unit;Unit price",
    "Description,Quantity,Unit price",
)
GOODS = (
    *(
        "Skärmhållare för båge",
        "Mus grå",
        "Nätverkskabel blå 5 m",
        "SKÄRM",
        "Pärm A4 60 mm",
        "Öronproppar",
        "Åkdon",
        "Kärra",
    ),
    *(
        "Bål",
        "Mjöl",
        "Müllerbord",
        "Café Aurore stol",
        "Crème brûlée",
        "Lumière",
        "Señor",
        "naïve",
        "Bjørn æske",
        "Œuvre",
    ),
    *(
        "Kabel – 5 m",
        "Dell’s dator",
        "Skärm 27” IPS",
        "Stol “Pro”",
        "Intel® Core™ i7",
        "XPS™",
        "SJÖ”",
        "5 €",
        "m² matta",
        "½ tum",
    ),
)
CHARSETS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "mac_roman", "cp850", "cp437")


def files() -> list[tuple[str, str]]:
    """Return short order files and the charset each is written in."""
    found = []
    for charset, head, one, other in product(CHARSETS, HEADS, GOODS, ("", *GOODS[:4])):
        text = f"{head}\r\nA1;{one};2;st;12 400,00\r\n{other};1;st;5\r\n"
        try:
            text.encode(charset)
        except UnicodeEncodeError:
            text = text.replace("À", "A")
        try:
            text.encode(charset)
        except UnicodeEncodeError:
            continue
        found.append((charset, text))
    return found


class TestAText:
    @pytest.mark.parametrize(
        "named", ["utf-8", "", "us-ascii", "iso-8859-1", "windows-1252", "iso-8859-15", "no-such", "gb2312"]
    )
    def test_in_utf_8_stays_so_although_a_gateway_added_its_own_letters(self, named: str) -> None:
        text = "Godkännare: Åsa Öberg\r\n1 st Mus grå à 200 kr\r\n"
        assert decode(text.encode() + FOOTER.encode("cp1252"), named) == text + FOOTER

    @pytest.mark.parametrize("cut", [b"\xc3", b"\xc2"])
    def test_that_was_cut_inside_a_letter_loses_that_letter_alone(self, cut: bytes) -> None:
        assert decode("Godkännare: Åsa ".encode() + cut, "utf-8") == "Godkännare: Åsa \ufffd"

    @pytest.mark.parametrize(
        "named", ["iso-8859-15", "windows-1252", "macintosh", "koi8-r", "cp850", "utf-16", "utf-32"]
    )
    def test_in_utf_8_is_known_by_itself_whatever_it_is_called(self, named: str) -> None:
        assert decode("Godkännare – Åsa".encode(), named) == "Godkännare – Åsa"

    @pytest.mark.parametrize("named", ["", "utf-8", "us-ascii", "utf-16", "no-such", "hex", "utf-7"])
    def test_in_cp1252_is_read_as_that_where_nothing_better_is_said(self, named: str) -> None:
        assert decode("Godkännare – “Åsa” 5 €".encode("cp1252"), named) == "Godkännare – “Åsa” 5 €"

    def test_in_cp1252_is_no_utf_8_for_a_capital_before_a_quotation_mark(self) -> None:
        assert decode("vid “SJÖ”".encode("cp1252"), "windows-1252") == "vid “SJÖ”"

    @pytest.mark.parametrize("letter", ["ł", "Œ", "Ж", "“", "é", "😀"])
    def test_in_utf_8_is_known_by_a_single_letter(self, letter: str) -> None:
        assert decode(f"napisa{letter}a: ok".encode()) == f"napisa{letter}a: ok"

    @pytest.mark.parametrize(
        ("named", "codec"),
        [
            ("x-mac-roman", "mac_roman"),
            ("cp-850", "cp850"),
            ("iso-8859-2", "iso-8859-2"),
            ("koi8-r", "koi8-r"),
            ("gb2312", "gb18030"),
            ("windows-31j", "cp932"),
            ("x-gbk", "gbk"),
        ],
    )
    def test_is_in_the_charset_that_is_named(self, named: str, codec: str) -> None:
        text = {"koi8-r": "Привет, заказ", "gb18030": "订单 2 台", "cp932": "注文①", "gbk": "订单"}.get(
            codec, "Åhöjd".replace("Å", "Ä")
        )
        assert decode(text.encode(codec), named) == text

    @pytest.mark.parametrize("codec", ["iso2022_jp", "iso2022_jp_ext", "iso2022_jp_2004", "euc_jp", "cp932"])
    def test_in_japanese_is_read_with_the_letters_that_mail_programs_add(self, codec: str) -> None:
        assert decode("注文 ﾃｽﾄ".encode(codec, "ignore"), "iso-2022-jp").startswith("注文")

    @pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
    @pytest.mark.parametrize("named", ["", "utf-8", "utf-16"])
    def test_of_wide_letters_is_known_by_its_mark_or_its_nuls(self, codec: str, named: str) -> None:
        text = "Godkännare: Åsa Öberg\n"
        assert decode(text.encode(codec), named) == text

    @given(st.binary(max_size=200), st.sampled_from(["", "utf-8", "iso-2022-jp", "gb2312", "utf-16", "cp850", "utf-7"]))
    def test_never_raises_and_can_be_stored(self, data: bytes, named: str) -> None:
        decode(data, named).encode()


class TestAFile:
    def test_has_the_letters_that_were_written_or_is_in_doubt(self) -> None:
        wrong = [
            (charset, text)
            for charset, text in files()
            if weigh(text.encode(charset)) not in {(text, True), _doubt(text, charset)}
        ]
        assert wrong == []

    @pytest.mark.parametrize("charset", CHARSETS)
    def test_in_swedish_is_read_in_every_charset(self, charset: str) -> None:
        swedish = [text for name, text in files() if name == charset and "Benämning" in text]
        read = [text for text in swedish if weigh(text.encode(charset)) == (text, True)]
        assert len(read) >= 0.98 * len(swedish)

    @pytest.mark.parametrize("charset", ["mac_roman", "cp850", "cp437"])
    def test_with_one_odd_letter_alone_is_in_doubt(self, charset: str) -> None:
        text, is_sure = weigh(f"{HEADS[1]}\r\nA1;Kärra;2;st;5\r\n".encode(charset))
        assert (is_sure, "K\ufffdrra" in text) == (False, True)

    @pytest.mark.parametrize("charset", ["cp1250", "cp1251", "koi8-r", "iso-8859-7", "gb18030", "shift_jis"])
    def test_from_another_part_of_the_world_is_in_doubt(self, charset: str) -> None:
        text = {
            "cp1250": "Żółć łódź",
            "iso-8859-7": "Καλημέρα κόσμε",
            "gb18030": "订单二台显示器",
            "shift_jis": "注文二台の画面",
        }.get(charset, "Монитор для заказа")
        assert not weigh(text.encode(charset))[1]

    def test_in_utf_8_with_bytes_that_are_not_is_in_doubt(self) -> None:
        assert not weigh("Skärm grå\r\n".encode() + "för".encode("cp1252"))[1]

    def test_costs_the_same_for_each_byte_however_odd_it_is(self) -> None:
        started = time.process_time()
        for data in (
            bytes(range(128, 256)) * 8_000,
            b"\xe4" * 1_000_000,
            b"a\xe4;" * 300_000,
            b"\xc3\xa4\xff" * 300_000,
        ):
            weigh(data)
            decode(data)
        assert time.process_time() - started < 3


def _doubt(text: str, charset: str) -> tuple[str, bool]:
    return (text.encode(charset).decode("ascii", "replace"), False)


def test_the_sample_is_large_enough_to_say_something() -> None:
    assert len(files()) > 2_500
    assert {charset for charset, _ in files()} == set(CHARSETS)
