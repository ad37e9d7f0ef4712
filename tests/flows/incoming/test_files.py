"""Files that come with orders: kept once, shown by clean names, handed out as downloads and to nobody else
(docs/rules/limits.md#k14)."""

import re
from collections.abc import Iterator
from html import unescape
from urllib.parse import quote

import httpx
import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import AttachedFile
from mailbot.store import files
from tests.flows.incoming.test_intake import WITHOUT_APPROVER, mailto
from tests.mail.reading.test_attachments import EXE, PDF, PNG, zipped
from tests.mail.reading.test_spreadsheet import HEAD, SCREEN, sheet_of
from tests.support.harness import ANNA, DUSTIN, EVA, ORDER, RUT, Harness, mail_to_bot, token_in
from tests.support.relay import html_of, text_of


@pytest.fixture
def browser(home: Harness) -> Iterator[httpx.Client]:
    with home.pages() as made:
        yield made


def order_with(home: Harness, *attached: tuple[str, bytes], text: str = ORDER, sender: str = RUT) -> None:
    """Let an order come in with files of these names."""
    mail = mail_to_bot(text, sender=sender)
    for name, data in attached:
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    home.raw(mail.as_bytes(), mail_from=sender)


def kept(home: Harness, number: str = "") -> list[AttachedFile]:
    with home.bot.database.read() as connection:
        return list(files.of_order(connection, home.order(number).id))


def links(page: httpx.Response) -> list[tuple[str, str]]:
    """Return address and shown name of every file on a page."""
    found = re.findall(r'<a href="(/[a-z]+/[^/"]+/file/\d+/\d+)">(.*?)</a>', page.text)
    return [(address, unescape(name)) for address, name in found]


def pages_of(home: Harness) -> tuple[str, str]:
    """Return the addresses of the newest decide page and order page."""
    return f"/decide/{home.token(EVA, Purpose.DECIDE)}", f"/order/{home.token(RUT, Purpose.ORDER)}"


class TestShowing:
    def test_approver_and_requester_see_each_file_by_name_and_type(self, home: Harness, browser: httpx.Client) -> None:
        order_with(home, ("Offert gåva.pdf", PDF), ("faktura.pdf", EXE))
        for address in pages_of(home):
            page = browser.get(address)
            assert [name for _, name in links(page)] == ["Offert gåva.pdf", "faktura.pdf"]
            assert [kind for kind in ("PDF, 1", "okänd filtyp, 1") if f"{kind}\xa0kB" in page.text] == [
                "PDF, 1",
                "okänd filtyp, 1",
            ]

    def test_an_order_without_files_shows_none(self, home: Harness, browser: httpx.Client) -> None:
        home.mail()
        assert all(not links(browser.get(address)) for address in pages_of(home))

    @pytest.mark.parametrize(
        ("name", "shown"),
        [
            ("../../x.pdf", "x.pdf"),
            ("..\\..\\x.pdf", "x.pdf"),
            ("offert\u202efdp.exe", "offert fdp.exe"),
            ("<img src=x onerror=alert(1)>.pdf", "img src=x onerror=alert(1) .pdf"),
            ("x" * 300 + ".pdf", "x" * 96 + ".pdf"),
            ("CON.pdf", "file-2.pdf"),
        ],
    )
    def test_a_name_is_clean_where_it_is_shown_and_where_it_is_saved(
        self, home: Harness, browser: httpx.Client, name: str, shown: str
    ) -> None:
        order_with(home, (name, PDF))
        for page in pages_of(home):
            ((address, said),) = links(browser.get(page))
            assert said == shown
            answer = browser.get(address)
            where = f"attachment; filename=\"file\"; filename*=UTF-8''{quote(shown, safe='')}"
            assert answer.headers["Content-Disposition"] == where

    def test_a_name_with_a_line_break_makes_no_header(self, home: Harness, browser: httpx.Client) -> None:
        mail = mail_to_bot()
        mail.add_attachment(PDF, "application", "pdf", filename="x.pdf")
        broken = b"filename*=utf-8''x%0D%0ASet-Cookie:%20a=b%0D%0A.pdf"
        home.raw(mail.as_bytes().replace(b'filename="x.pdf"', broken))
        ((address, said),) = links(browser.get(pages_of(home)[0]))
        answer = browser.get(address)
        assert "Set-Cookie" not in answer.headers
        assert "\n" not in said
        assert "%0D" not in answer.headers["Content-Disposition"]

    def test_two_files_of_one_name_are_both_there(self, home: Harness, browser: httpx.Client) -> None:
        order_with(home, ("offert.pdf", PDF), ("offert.pdf", PDF + b"2"))
        found = links(browser.get(pages_of(home)[0]))
        assert [name for _, name in found] == ["offert.pdf", "offert.pdf"]
        assert [browser.get(address).content for address, _ in found] == [PDF, PDF + b"2"]

    def test_a_logo_in_the_text_is_not_shown_and_an_attached_picture_is(
        self, home: Harness, browser: httpx.Client
    ) -> None:
        mail = mail_to_bot()
        mail.add_attachment(PNG, "image", "png", filename="ritning.png")
        mail.add_attachment(PNG, "image", "png", filename="image001.png", disposition="inline", cid="<image001@01DC>")
        home.raw(mail.as_bytes())
        assert [name for _, name in links(browser.get(pages_of(home)[0]))] == ["ritning.png"]


class TestDownloading:
    @pytest.fixture
    def address(self, home: Harness, browser: httpx.Client) -> str:
        order_with(home, ("sida.html", b"<html><script>alert(1)</script>"))
        ((found, _),) = links(browser.get(pages_of(home)[0]))
        return found

    def test_gives_the_bytes_as_they_came_for_saving_only(self, browser: httpx.Client, address: str) -> None:
        answer = browser.get(address)
        assert answer.content == b"<html><script>alert(1)</script>"
        assert answer.headers["Content-Type"] == "application/octet-stream"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Security-Policy"] == "sandbox"
        assert answer.headers["Content-Disposition"].startswith("attachment;")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"

    def test_changes_nothing(self, home: Harness, browser: httpx.Client, address: str) -> None:
        before = home.dump()
        for _ in range(3):
            assert browser.get(address).status_code == 200
            assert browser.head(address).status_code == 200
            assert browser.post(address).status_code == 404
        assert home.dump() == before

    def test_needs_a_link_of_that_order(self, home: Harness, browser: httpx.Client, address: str) -> None:
        place = address.partition("/file/")[2]
        home.mail()
        other = token_in(home.sent(EVA, "IT-2026-00002"), Purpose.DECIDE)
        mine = token_in(home.sent(RUT, "IT-2026-00002"), Purpose.ORDER)
        listing = token_in(home.sent(EVA, "IT-2026-00002"), Purpose.LIST)
        for start in (f"/decide/{other}", f"/order/{mine}", f"/list/{listing}", f"/decide/{listing}", "/decide/x"):
            answer = browser.get(f"{start}/file/{place}")
            assert answer.status_code == 404
            assert b"alert" not in answer.content

    @pytest.mark.parametrize("place", ["1/2", "2/1", "0/0", "1/0", "1/99999999999999999999", "-1/1", "1/1x", "1"])
    def test_of_a_place_where_there_is_none_is_not_found(self, browser: httpx.Client, address: str, place: str) -> None:
        assert browser.get(f"{address.partition('/file/')[0]}/file/{place}").status_code == 404

    def test_ends_with_the_link(self, home: Harness, browser: httpx.Client, address: str) -> None:
        home.now = home.now.replace(day=20)
        assert browser.get(address).status_code == 410

    def test_reaches_no_other_kind_of_link(self, home: Harness, browser: httpx.Client, address: str) -> None:
        place = address.partition("/file/")[2]
        token = home.token(RUT, Purpose.DISOWN)
        assert browser.get(f"/disown/{token}/file/{place}").status_code == 404
        assert browser.get(f"/order/{token}/file/{place}").status_code == 404


class TestKeeping:
    def test_the_same_bytes_are_stored_once_under_their_hash(self, home: Harness) -> None:
        order_with(home, ("a.pdf", PDF), ("b.pdf", PDF))
        order_with(home, ("c.pdf", PDF), ("d.bin", EXE))
        assert home.query("SELECT count(*) FROM blobs") == [(2,)]
        assert [f.name for f in kept(home, "IT-2026-00001")] == ["a.pdf", "b.pdf"]
        assert [f.name for f in kept(home, "IT-2026-00002")] == ["c.pdf", "d.bin"]
        assert len({f.sha256 for f in kept(home, "IT-2026-00001")}) == 1

    def test_nothing_is_unpacked(self, home: Harness) -> None:
        data = zipped(**{"hemlig.pdf": PDF, "../../etc/passwd": b"x"})
        order_with(home, ("offert.zip", data))
        (found,) = kept(home)
        assert (found.name, found.media_type, found.size) == ("offert.zip", "application/zip", len(data))
        assert home.query("SELECT count(*) FROM blobs") == [(1,)]

    def test_the_same_mail_twice_keeps_its_files_once(self, home: Harness) -> None:
        mail = mail_to_bot()
        mail.add_attachment(PDF, "application", "pdf", filename="offert.pdf")
        for _ in range(2):
            home.raw(mail.as_bytes())
        assert len(kept(home)) == 1
        assert home.query("SELECT count(*) FROM files") == [(1,)]

    def test_nothing_of_a_robot_s_or_a_stranger_s_mail_is_kept(self, home: Harness) -> None:
        order_with(home, ("virus.exe", EXE), sender="okand@annan.example")
        mail = mail_to_bot(headers={"Auto-Submitted": "auto-generated"})
        mail.add_attachment(EXE, "application", "pdf", filename="virus.exe")
        home.raw(mail.as_bytes())
        assert home.query("SELECT count(*) FROM blobs") == [(0,)]

    def test_the_supplier_gets_none_of_them(self, home: Harness) -> None:
        order_with(home, ("intern.pdf", PDF))
        home.approve()
        home.later(minutes=6)
        assert not list(home.sent(DUSTIN).iter_attachments())


class TestADraft:
    """Files stay with the order that a draft becomes, whichever of its mails brought them."""

    def test_s_files_stay_with_the_order_it_becomes(self, home: Harness, browser: httpx.Client) -> None:
        order_with(home, ("offert.pdf", PDF), text=WITHOUT_APPROVER)
        subject, body = mailto(home.sent(RUT), "Godkännare: Eva Ek")
        home.mail(body, subject=subject)
        assert [f.name for f in kept(home)] == ["offert.pdf"]
        ((address, _),) = links(browser.get(pages_of(home)[0]))
        assert browser.get(address).content == PDF

    def test_s_files_stay_also_over_several_answers(self, home: Harness) -> None:
        order_with(home, ("ett.pdf", PDF), text="Leverantör: Dustin AB\n\n1 st Dell XPS 13 à 12 500 kr\n")
        for name, text in (("två.pdf", "Moms: 17 %"), ("tre.pdf", "Moms: 25 %\nGodkännare: Eva Ek")):
            mail = mail_to_bot(text, answers=home.sent(RUT), subject="Re: order")
            mail.add_attachment(PDF + name.encode(), "application", "pdf", filename=name)
            home.raw(mail.as_bytes())
        assert home.sums() == {"answer": 2, "order": 1}
        assert sorted(f.name for f in kept(home)) == ["ett.pdf", "tre.pdf", "två.pdf"]

    def test_s_answer_names_the_files_that_stay(self, home: Harness) -> None:
        order_with(home, ("offert.pdf", PDF), ("ritning.png", PNG), text=WITHOUT_APPROVER)
        said = " ".join(text_of(home.sent(RUT)).split())
        assert "finns kvar: offert.pdf, ritning.png. Du behöver inte bifoga dem igen" in said
        mail = mail_to_bot("Moms: 17 %", answers=home.sent(RUT), subject="Re: order")
        mail.add_attachment(PDF, "application", "pdf", filename="tre.pdf")
        home.raw(mail.as_bytes())
        assert "offert.pdf, ritning.png, tre.pdf" in " ".join(text_of(home.sent(RUT, "17 %")).split())

    @pytest.mark.parametrize("name", ["offert.pdf", "winmail.dat"])
    def test_is_kept_for_files_that_came_without_an_order(self, home: Harness, name: str) -> None:
        order_with(home, (name, PDF), text="Hej, kan ni köpa det som står i offerten?\n")
        assert home.reasons() == ["no order"]
        help_mail = home.sent(RUT)
        assert name in text_of(help_mail)
        home.mail(ORDER, subject="Re: order", answers=help_mail)
        assert [f.name for f in kept(home)] == [name]

    def test_shows_its_files_to_nobody_before(self, home: Harness) -> None:
        order_with(home, ("offert.pdf", PDF), text=WITHOUT_APPROVER)
        home.mail()
        assert kept(home) == []


FIELDS = "Enhet: Institutionen för datavetenskap\nGodkännare: Eva Ek\nLeverantör: Dustin AB\n"


class TestAFileThatIsTheOrder:
    """Read where it can be; else its sender is told which file it was, why not, and what to do."""

    def test_as_a_workbook_goes_the_whole_way_to_the_supplier(self, home: Harness) -> None:
        order_with(home, ("Beställning 2026-03.xlsx", sheet_of([HEAD, SCREEN])), text=FIELDS)
        assert [(x.item_no, x.description, str(x.price.amount)) for x in home.order().content.lines] == [
            ("A100", "Skärm 27 tum", "2900.00")
        ]
        assert [f.name for f in kept(home)] == ["Beställning 2026-03.xlsx"]
        home.approve()
        home.later(minutes=6)
        assert "Skärm 27 tum" in text_of(home.sent(DUSTIN))

    @pytest.mark.parametrize(
        ("name", "data", "said"),
        [
            ("order.csv", "Description;Quantity;Unit price\nKärra;2;100\n".encode("mac_roman"), "teckenuppsättning"),
            ("order.xlsx", sheet_of([HEAD, ("A1", "Mus", 1, "st", "=100*2")]), "formel"),
            ("order.xlsx", PDF, "gick inte att öppna"),
            ("order.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "av det slaget läses inte"),
            ("Beställning.pdf", PDF, "av det slaget läses inte"),
        ],
        ids=["charset", "formula", "damaged", "xls", "pdf"],
    )
    def test_that_cannot_be_read_is_named_with_its_reason_and_mended_by_another(
        self, home: Harness, name: str, data: bytes, said: str
    ) -> None:
        order_with(home, (name, data), text=FIELDS)
        assert (home.orders(), str(home.reasons()[0]).split()[:2]) == (0, ["problems:", "unread_file"])
        asked = home.sent(RUT)
        for form in (" ".join(text_of(asked).split()), " ".join(unescape(html_of(asked)).split())):
            assert f"Filen {name} lästes inte." in form
            assert said in form
        mail = mail_to_bot("Här kommer den igen.", answers=asked, subject="Re: order")
        mail.add_attachment(sheet_of([HEAD, SCREEN]), "application", "octet-stream", filename="order.xlsx")
        home.raw(mail.as_bytes())
        assert [x.description for x in home.order().content.lines] == ["Skärm 27 tum"]
        assert sorted(f.name for f in kept(home)) == sorted([name, "order.xlsx"])

    def test_that_cannot_be_read_orders_nothing_by_an_answer_about_something_else(self, home: Harness) -> None:
        order_with(home, ("order.xlsx", sheet_of([HEAD, SCREEN, ("A2", "Mus", 1, "st", "=100*2")])), text=FIELDS)
        home.mail("Godsmärkning: RASK", subject="Re: order", answers=home.sent(RUT))
        assert home.orders() == 0
        home.mail("2 st Skärm à 2 900 kr\n", subject="Re: order", answers=home.sent(RUT, "RASK"))
        assert [x.description for x in home.order().content.lines] == ["Skärm"]


class TestAnAnswer:
    def test_with_a_correction_adds_its_files(self, home: Harness) -> None:
        order_with(home, ("offert.pdf", PDF))
        mail = mail_to_bot("Godsmärkning: RASK", answers=home.sent(RUT))
        mail.add_attachment(PDF + b"2", "application", "pdf", filename="ny offert.pdf")
        home.raw(mail.as_bytes())
        assert [f.name for f in kept(home)] == ["offert.pdf", "ny offert.pdf"]

    def test_that_has_to_be_asked_back_keeps_its_files_for_the_correction(self, home: Harness) -> None:
        home.mail()
        mail = mail_to_bot("Moms: 17 %", answers=home.sent(RUT))
        mail.add_attachment(PDF, "application", "pdf", filename="offert.pdf")
        home.raw(mail.as_bytes())
        for name, text in (("två.pdf", "Moms: 18 %"), ("tre.pdf", "Moms: 12 %")):
            mail = mail_to_bot(text, answers=home.sent(RUT, "17 %" if name == "två.pdf" else "18 %"))
            mail.add_attachment(PDF + name.encode(), "application", "pdf", filename=name)
            home.raw(mail.as_bytes())
        assert home.order().version == 2
        assert [f.name for f in kept(home)] == ["offert.pdf", "två.pdf", "tre.pdf"]

    @pytest.mark.parametrize("text", ["Se bilagan", "Godsmärkning: RASK"])
    def test_by_anyone_but_the_requester_adds_nothing(self, home: Harness, text: str) -> None:
        """Nobody else changes what approver and purchasing see of an order."""
        home.mail()
        mail = mail_to_bot(text, sender=ANNA, subject=f"#{home.order().reference}")
        mail.add_attachment(EXE, "application", "pdf", filename="offert.pdf")
        home.raw(mail.as_bytes(), mail_from=ANNA)
        assert home.reasons()[1] == "a question to the requester"
        assert kept(home) == []
