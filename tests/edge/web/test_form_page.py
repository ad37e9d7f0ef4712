"""The page at `/`: it writes an order mail and changes nothing, names nobody's address and runs nothing it is told."""

import os
import re
import signal
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import cache, partial
from html.parser import HTMLParser
from pathlib import Path
from typing import NoReturn
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import pytest

from mailbot.domain.people.directory import RightKind
from mailbot.domain.values.order import DETAILS, Field, Form, Status
from mailbot.edge.sandbox import Sandbox
from mailbot.edge.web.form_page import FEW_FAULTS, MAX_BODY, MAX_FAULTS, MAX_FIELDS
from mailbot.edge.web.headers import page_headers
from mailbot.flows.pages.order_form import MAX_FIELD, MAX_HITS, MAX_LINES
from mailbot.mail.reading.order_form import MAX_VALUE
from mailbot.mail.reading.read_back import Names, ReadBack, read_again, read_back
from tests.support.harness import ANNA, BOT, EVA, HEAD, ORGANISATION, PURCHASING, RUT, Harness, harness
from tests.support.stated import Organisation, StatedPerson, StatedRight, StatedUnit

CELLS = ("what", "quantity", "measure", "price", "no")
LAPTOP = ("Dell XPS 13", "1", "st", "12 500", "A-1")
XSS = (
    "<script>alert(1)</script>",
    '"><script>alert(1)</script>',
    "'><img src=x onerror=alert(1)>",
    "</textarea><script>alert(1)</script>",
    "</title><svg onload=alert(1)>",
    "</style><script>alert(1)</script>",
    '" autofocus onfocus="alert(1)',
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(1)",
    "<!--<script>",
    "<details open ontoggle=alert(1)>",
    "\x00<b>\u2028",
)


class Page(HTMLParser):
    """What stands in a page: form values as a browser would send them, ids, labels, links, texts and strange tags."""

    STRANGE = frozenset({"b", "base", "embed", "iframe", "img", "object"})

    def __init__(self, response: httpx.Response) -> None:
        super().__init__()
        self.status = response.status_code
        self.values: list[tuple[str, str]] = []
        self.ids: list[str] = []
        self.labels: list[str] = []
        self.described: list[str] = []
        self.links: list[str] = []
        self.wrong: list[str] = []
        self.focus: list[str] = []
        self.inputs: list[dict[str, str]] = []
        self.buttons: list[dict[str, str]] = []
        self.mail = ""
        self.heading = ""
        self._select = ""
        self._options: list[tuple[str, bool]] = []
        self._inside: list[str] = []
        self._area = ""
        self.feed(response.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert tag not in self.STRANGE, tag
        assert not [name for name in given if name.startswith("on")], given
        self._inside.append(tag)
        self.ids += [given["id"]] if "id" in given else []
        self.described += given.get("aria-describedby", "").split()
        self.focus += [given.get("id") or given.get("role") or tag] if "autofocus" in given else []
        if given.get("id", "").startswith("wrong-"):
            self.wrong.append(given["id"].removeprefix("wrong-"))
        if tag == "label" and "for" in given:
            self.labels.append(given["for"])
        elif tag == "a":
            self.links.append(given["href"])
        elif tag == "input":
            self.inputs.append(given)
            given["wrapped"] = "yes" * ("label" in self._inside)
            if given["type"] != "radio" or "checked" in given:
                self.values.append((given["name"], given.get("value", "")))
        elif tag == "select":
            self._select, self._options = given["name"], []
        elif tag == "option" and self._select:
            self._options.append((given["value"], "selected" in given))
        elif tag == "button":
            self.buttons.append(given)
        elif tag == "textarea":
            self._area = given.get("name", "")
            self.mail = ""

    def handle_endtag(self, tag: str) -> None:
        self._inside = self._inside[: len(self._inside) - self._inside[::-1].index(tag) - 1]
        if tag == "select":
            chosen = [value for value, on in self._options if on] or [self._options[0][0]]
            self.values.append((self._select, chosen[0]))
            self._select = ""
        elif tag == "textarea" and self._area:
            self.values.append((self._area, self.mail))

    def handle_data(self, data: str) -> None:
        assert self._inside[-1:] != ["script"] or "alert" not in data
        if "textarea" in self._inside:
            self.mail += data.removeprefix("\n")
        elif "h1" in self._inside:
            self.heading += data

    def with_(self, **changes: str) -> list[tuple[str, str]]:
        """Return what a browser sends after a person filled in fields; of a line's cells it is those of the first."""
        left = dict(changes)
        return [(name, left.pop(name, value)) for name, value in self.values] + list(left.items())


@pytest.fixture
def browser(home: Harness) -> Iterator[httpx.Client]:
    with home.pages(order_form=True) as made:
        yield made


def post(browser: httpx.Client, fields: object, lang: str = "sv", **headers: str) -> httpx.Response:
    content = urlencode(list(fields)) if isinstance(fields, list) else urlencode(dict(fields))  # type: ignore[call-overload]
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    return browser.post(f"/?lang={lang}", content=content, headers={**kind, **headers})


def chosen(home: Harness, address: str = EVA, unit: str = "cs") -> str:
    return f"{home.person(address).id}/{unit}"


def filled(home: Harness, *rows: tuple[str, str, str, str, str], **more: str) -> list[tuple[str, str]]:
    """Return what a browser sends for a form with these lines."""
    cells = [(name, cell) for row in rows or (LAPTOP,) for name, cell in zip(CELLS, row, strict=True)]
    first = {"do": "check", "chosen": chosen(home), "supplier": "Dustin AB", **more}
    return [*first.items(), *cells]


class TestTheForm:
    def test_shows_units_approvers_and_suppliers_by_name_and_nobodys_address(self, browser: httpx.Client) -> None:
        text = browser.get("/").text
        for name in ("Institutionen för datavetenskap", "Eva Ek", "Anna Ask", "Dustin AB", "Atea Sverige AB"):
            assert name in text
        for person in ORGANISATION.persons:
            for address in (person.address, *person.aliases):
                assert address not in text
        for supplier in ORGANISATION.suppliers:
            assert supplier.address not in text
        assert "Hedvig Hall" not in text  # not an approver
        assert "Enheten utan godkännare" not in text
        assert text.count("@") == text.count(PURCHASING) + text.count("@media")

    def test_needs_no_script_no_cookie_and_nothing_from_elsewhere(self, browser: httpx.Client) -> None:
        response = browser.get("/")
        assert "Set-Cookie" not in response.headers
        assert {name.lower() for name in page_headers()} <= set(response.headers)
        assert not re.search(r"<script|<img|<iframe|@import|url\(|\son\w+=", response.text, re.IGNORECASE)
        assert len(response.content) < 50_000

    def test_every_field_has_a_label_and_every_description_is_there(self, home: Harness, browser: httpx.Client) -> None:
        wrong = post(browser, [("do", "check"), *((f.value, "<x>") for f in DETAILS), ("what", ""), ("price", "x")])
        for response in (browser.get("/"), wrong, post(browser, filled(home))):
            page = Page(response)
            typed = [i for i in page.inputs if i["type"] == "text" and not i["wrapped"]]
            unlabelled = [i["id"] for i in typed if i["id"] not in page.labels]
            assert not unlabelled
            assert len(set(page.ids)) == len(page.ids)
            assert set(page.described) | set(page.labels) <= set(page.ids)
            assert len(page.focus) <= 1

    def test_units_fold_by_themselves_and_one_choice_names_unit_and_approver(self, browser: httpx.Client) -> None:
        page = browser.get("/")
        assert page.text.count('<details name="unit"') == 1
        assert {i["name"] for i in Page(page).inputs if i["type"] == "radio"} == {"chosen"}

    def test_more_lines_keep_what_is_typed_and_go_on_to_the_last(self, home: Harness, browser: httpx.Client) -> None:
        page = Page(browser.get("/"))
        typed = page.with_(
            chosen=chosen(home), what="Mus", price="<9", reason="a\r\n b", vat="inkl 12 %", currency="EUR"
        )
        for count in (6, 11, 16):
            page = Page(post(browser, [*typed, ("do", "more")]))
            assert page.focus == [f"what-{count - 4}"]
            assert sum(name == "what" for name, _ in page.values) == count
            typed = page.values
        kept = dict(reversed(page.values))
        assert (kept["chosen"], kept["what"], kept["price"]) == (chosen(home), "Mus", "<9")
        assert (kept["reason"], kept["vat"], kept["currency"]) == ("a\n b", "inkl 12 %", "EUR")
        again = post(browser, [*typed, ("do", "more")])
        assert sum(name == "what" for name, _ in Page(again).values) == MAX_LINES
        assert 'value="more"' not in again.text
        assert "order.csv med kolumnerna Artikelnr; Benämning; Antal; Enhet; À-pris" in again.text


class TestTheAnswer:
    def test_is_the_mail_as_link_and_text_with_the_order_as_it_will_be_read(
        self, home: Harness, browser: httpx.Client
    ) -> None:
        page = post(browser, filled(home, LAPTOP, ("Mus", "2", "", "99,50", ""), total="13 000"))
        assert page.status_code == 200
        for shown in ("13 000,00 kr", "12 699,00 kr", "199,00 kr", "Eva Ek", "Institutionen för datavetenskap"):
            assert shown.replace(" ", "\u00a0") in page.text.replace(" ", "\u00a0"), shown
        read = Page(page)
        (mailto,) = (href for href in read.links if href.startswith("mailto:"))
        assert urlsplit(mailto).path == BOT
        assert parse_qs(urlsplit(mailto).query)["body"] == [read.mail.replace("\n", "\r\n")]
        assert "Godkännare: Eva Ek" in read.mail
        assert EVA not in page.text
        assert "egen e-postlåda" in page.text

    def test_of_a_long_order_is_a_link_without_text(self, home: Harness, browser: httpx.Client) -> None:
        page = post(browser, filled(home, *[(f"Sak nummer {n} " * 5, "1", "st", "10", "") for n in range(MAX_LINES)]))
        (mailto,) = (href for href in Page(page).links if href.startswith("mailto:"))
        assert parse_qs(urlsplit(mailto).query).keys() == {"subject"}
        assert Page(page).mail.count("Sak") == MAX_LINES * 5

    def test_mailed_makes_the_order(self, home: Harness, browser: httpx.Client) -> None:
        page = Page(post(browser, filled(home, reason="Ny; <doktorand> & --", wanted_date="2026-04-01"), "en"))
        home.mail(page.mail)
        order = home.order()
        assert (order.status, order.content.approver) == (Status.PENDING, home.person(EVA).id)
        assert order.content.details == {
            Field.REASON: "Ny; <doktorand> & --",
            Field.WANTED_DATE: "2026-04-01",
        }
        assert [(x.item_no, x.description, x.unit, str(x.total.amount)) for x in order.content.lines] == [
            ("A-1", "Dell XPS 13", "st", "12500.00")
        ]

    def test_can_be_taken_back_to_the_form(self, home: Harness, browser: httpx.Client) -> None:
        sent = filled(home, LAPTOP, reason="två & tre", vat="inkl 12 %", currency="EUR", countervalue="200 000")
        done = Page(post(browser, sent))
        assert [name for name, _ in done.values] == ["text", "chosen"]  # the mail itself is what is kept
        windows = [(name, value.replace("\n", "\r\n")) for name, value in done.values]
        form = Page(post(browser, [*windows, ("do", "edit")]))
        assert form.status == 200
        left = dict(reversed(form.values))
        assert {name: left[name] for name, _ in sent if name != "do"} == {n: v for n, v in sent if n != "do"}
        assert sum(name == "what" and value != "" for name, value in form.values) == 1

    def test_says_that_the_sender_is_asked_first_where_nothing_else_proves_it(self, tmp_path: Path) -> None:
        with harness(tmp_path, trust="none") as home, home.pages(order_form=True) as browser:
            assert "Du bekräftar att mejlet är ditt." in post(browser, filled(home)).text


class TestWhatIsWrong:
    def test_is_said_in_a_summary_and_at_each_place_and_all_is_kept(self, home: Harness, browser: httpx.Client) -> None:
        sent = filled(home, ("", "x", "", "15,000", ""), chosen="", supplier="", reason="<skäl>")
        response = post(browser, sent)
        page = Page(response)
        assert page.status == 422
        assert page.focus == ["alert"]
        places = ["chosen", "supplier", "what-1", "quantity-1", "price-1", "reason"]
        assert [href for href in page.links if href.startswith("#")] == [f"#{place}" for place in places]
        assert sorted(page.wrong) == sorted(places)
        assert {f"wrong-{place}" for place in places} <= set(page.described)
        assert "15 000,00 kr eller som 15,00 kr" in response.text.replace("\u00a0", " ")
        kept = dict(reversed(page.values))
        assert (kept["quantity"], kept["price"], kept["reason"]) == ("x", "15,000", "<skäl>")

    def test_an_empty_post_is_told_what_to_fill_in(self, browser: httpx.Client) -> None:
        page = Page(post(browser, {}))
        assert (page.status, page.wrong) == (422, ["chosen", "supplier", "lines"])

    def test_a_body_is_taken_up_to_the_limit_and_no_further(self, browser: httpx.Client) -> None:
        assert browser.post("/", content="other=" + "x" * (MAX_BODY - 6)).status_code == 422
        assert browser.post("/", content="other=" + "x" * (MAX_BODY - 5)).status_code == 413
        assert browser.post("/", content="&".join(["a=1"] * (MAX_FIELDS + 1))).status_code == 413

    def test_more_lines_than_the_form_has_are_kept_and_refused(self, home: Harness, browser: httpx.Client) -> None:
        page = Page(post(browser, filled(home, *[("Sak", "1", "", "1", "")] * (MAX_LINES + 1))))
        assert (page.status, page.wrong) == (422, ["lines"])
        assert sum(name == "what" for name, _ in page.values) == MAX_LINES + 1

    @pytest.mark.parametrize(
        "body",
        [
            b"\xff\xfe=%ff%fe&what=%00%ed%a0%80",
            b"what=1&what=2&price=3",
            b"%",
            b"=&=&&&;;",
            b"chosen=%2F&vat=%E2%82%AC",
            b"{}",
        ],
    )
    def test_no_body_breaks_the_page(self, browser: httpx.Client, body: bytes) -> None:
        assert browser.post("/", content=body).status_code == 422

    def test_a_form_of_another_site_is_not_taken(self, home: Harness, browser: httpx.Client) -> None:
        assert post(browser, filled(home), **{"Sec-Fetch-Site": "cross-site"}).status_code == 403
        assert post(browser, filled(home), Origin="https://evil.example").status_code == 403
        assert post(browser, filled(home), **{"Sec-Fetch-Site": "same-origin"}).status_code == 200


class TestASupplierThatIsNearOneOfTheRegister:
    def test_is_one_press_from_that_one_and_from_itself(self, home: Harness, browser: httpx.Client) -> None:
        near = Page(post(browser, filled(home, supplier="Dustin Home")))
        assert near.wrong == ["supplier"]
        meant = [button["value"] for button in near.buttons if button.get("name") == "meant"]
        assert meant == ["Dustin AB", '"Dustin Home"']
        for value in meant:
            done = post(browser, [*filled(home, supplier="Dustin Home"), ("meant", value)])
            assert done.status_code == 200
            assert f"Leverantör: {value}" in Page(done).mail

    def test_counts_as_the_registered_one_where_only_the_company_form_is_left_out(
        self, home: Harness, browser: httpx.Client
    ) -> None:
        assert "Dustin AB" in post(browser, filled(home, supplier="dustin")).text


def end_oneself(how: int, *_form: object) -> NoReturn:
    os.kill(os.getpid(), how)
    raise AssertionError


@pytest.fixture(scope="module")
def box() -> Iterator[Sandbox]:
    made = Sandbox()
    yield made
    made.close()


class TestWhatIsTypedIsReadInAChild:
    @pytest.mark.parametrize(
        ("how", "status", "words"),
        [
            (signal.SIGKILL, 503, "Beställningen kunde inte kontrolleras just nu, och inget har gått förlorat"),
            (signal.SIGPROF, 422, "Beställningen tar för lång tid att kontrollera: gör texterna kortare"),
        ],
        ids=["lost", "stopped"],
    )
    def test_a_child_that_ends_is_told_in_a_sentence_and_all_is_kept(
        self, home: Harness, box: Sandbox, how: int, status: int, words: str
    ) -> None:
        home.readers = replace(home.readers, read_back=partial(box.aside, end_oneself, how))
        sent = filled(home, LAPTOP, ("", "x", "", "15,000", ""), reason="därför <x>")
        with home.pages(order_form=True) as browser:
            response = post(browser, sent)
        page = Page(response)
        assert (page.status, page.focus, page.wrong) == (status, ["alert"], [])
        assert response.text.count(words) == 1
        assert not [href for href in page.links if href.startswith("#")]
        assert [pair for pair in sent[1:] if pair not in page.values] == []

    def test_a_mail_that_cannot_be_taken_back_now_is_kept_to_try_again(self, home: Harness, box: Sandbox) -> None:
        home.readers = replace(home.readers, read_again=partial(box.aside, end_oneself, signal.SIGKILL))
        with home.pages(order_form=True) as browser:
            done = Page(post(browser, filled(home, reason="två <rader>")))
            page = Page(post(browser, [*done.values, ("do", "edit")]))
            home.readers = replace(home.readers, read_again=lambda text: box.aside(read_again, text))
        assert (page.status, sorted(page.values)) == (503, sorted(done.values))
        assert [button["value"] for button in page.buttons] == ["edit"]
        with home.pages(order_form=True) as browser:
            form = Page(post(browser, [*page.values, ("do", "edit")]))
        assert dict(reversed(form.values))["reason"] == "två <rader>"

    def test_a_press_is_one_task_however_much_is_wrong(self, home: Harness, box: Sandbox) -> None:
        tasks: list[int] = []

        def counted(form: Form, names: Names, language: str) -> ReadBack:
            tasks.append(len(form.lines))
            return box.aside(read_back, form, names, language)

        home.readers = replace(home.readers, read_back=counted)
        with home.pages(order_form=True) as browser:
            assert post(browser, filled(home)).status_code == 200
            assert post(browser, filled(home, *[("Totalt", "1", "", "1", "")] * MAX_LINES)).status_code == 422
            post(browser, filled(home, *[LAPTOP] * (MAX_LINES + 1)))
            browser.get("/")
        assert tasks == [1, MAX_LINES]


class TestNothingIsChangedAndNothingRuns:
    def test_by_any_request(self, home: Harness, browser: httpx.Client) -> None:
        before = home.dump()
        for _ in range(3):
            assert browser.get("/").status_code == browser.head("/").status_code == 200
            post(browser, filled(home))
            post(browser, {"do": "more"})
            post(browser, {})
        assert home.dump() == before
        assert home.count() == 0

    @pytest.mark.parametrize("text", XSS)
    def test_whatever_stands_in_the_fields(self, home: Harness, browser: httpx.Client, text: str) -> None:
        every = dict.fromkeys(("chosen", "do", "text", *Field, *CELLS), text)
        right = dict(filled(home)) | dict.fromkeys(("supplier", "what", "no", "measure", *DETAILS), text)
        alone = [{**dict(filled(home)), name: text} for name in ("supplier", "reason", "what", "chosen")]
        for sent in (every, {**every, "do": "edit"}, {**every, "do": "more"}, right, *alone):
            response = post(browser, sent)
            Page(response)  # asserts that no tag and no attribute came of it
            if "<" in text or '"' in text:
                assert text not in response.text
        for sent in (
            {**every, "do": "unit", "q": text},
            {**right, "pick": text},
            {**right, "do": "edit", "text": text},
        ):
            Page(post(browser, sent))
        for asked in ({"q": text}, {"unit": text, "q": text}, {"unit": "cs", "approver": text}):
            Page(browser.get("/", params=asked))
        response = browser.get("/", params={"lang": text}, headers={"Accept-Language": quote_header(text)})
        assert Page(response).status == 200

    def test_a_full_form_is_answered_quickly(self, home: Harness, browser: httpx.Client) -> None:
        rows = [("Totalt", "1", "", "1", "")] * MAX_LINES
        started = time.perf_counter()
        assert post(browser, filled(home, *rows)).status_code == 422
        assert time.perf_counter() - started < 5


def quote_header(text: str) -> str:
    return "".join(c for c in text if " " <= c <= "~")


class TestLanguage:
    @pytest.mark.parametrize(
        ("accepted", "expected"),
        [
            ("", "sv"),
            ("en", "en"),
            ("en-GB,en;q=0.9", "en"),
            ("sv-SE,sv;q=0.9,en;q=0.8", "sv"),
            ("en;q=0.3, sv;q=0.8", "sv"),
            ("de, en;q=0.5", "en"),
            ("de", "sv"),
            ("sv;q=0, en;q=0.1", "en"),
            ("EN-us", "en"),
            ("*", "sv"),
            ("en;q=x, ;;,=,--", "sv"),
            ("en;q=nan", "sv"),
            ("../../etc", "sv"),
        ],
    )
    def test_follows_the_browser_and_falls_back_to_the_bots(
        self, browser: httpx.Client, accepted: str, expected: str
    ) -> None:
        assert f'<html lang="{expected}"' in browser.get("/", headers={"Accept-Language": accepted}).text

    def test_the_address_overrides_the_browser_and_is_kept(self, home: Harness, browser: httpx.Client) -> None:
        page = browser.get("/?lang=en", headers={"Accept-Language": "sv"})
        assert '<html lang="en"' in page.text
        assert 'action="/?lang=en"' in page.text
        assert "/?lang=sv" in Page(page).links
        done = post(browser, filled(home), "en", **{"Accept-Language": "sv"})
        assert "Approver: Eva Ek" in Page(done).mail
        assert '<html lang="sv"' in browser.get("/?lang=xx").text


class TestWhenItIsOff:
    def test_the_page_says_where_to_mail_and_names_nobody(self, home: Harness) -> None:
        with home.pages() as browser:
            page = browser.get("/")
            assert page.status_code == 200
            assert f"mailto:{BOT}" in Page(page).links
            assert "Eva Ek" not in page.text
            assert "<form" not in page.text
            posted = post(browser, filled(home))
            assert posted.status_code == 404
            assert "Eva Ek" not in posted.text
        assert home.count(RUT) == 0


UNITS, CROWD, THRONG = 2_000, 100, 400
LONG = {f.value: "ö" * MAX_FIELD for f in DETAILS} | {"reason": "ö" * MAX_VALUE}
LONG_LINE = ("å" * 200, "1", "å" * 20, "1", "å" * 40)


@cache
def university() -> Organisation:
    """Return 2 000 units with names of 80 letters; `many` has a crowd of approvers and `most` a throng."""
    units = tuple(
        StatedUnit(f"u{n}", f"Institutionen för ämne {n:04} ".ljust(80, "é"), head=HEAD) for n in range(UNITS)
    )
    many, most = StatedUnit("many", "Förvaltningen", head=HEAD), StatedUnit("most", "Övriga", head=HEAD)
    people = tuple(
        StatedPerson(f"Åsa Efternamn-Längre {n:03}", f"a{n}@example.se", aliases=(), units=()) for n in range(THRONG)
    )
    rights = [(EVA, unit.id) for unit in units] + [(ANNA, units[17].id)]
    rights += [(p.address, many.id) for p in people[:CROWD]] + [(p.address, most.id) for p in people]
    stated = tuple(StatedRight(who, unit, RightKind.ORDER, valid_from=date(2026, 1, 1)) for who, unit in rights)
    return replace(
        ORGANISATION,
        persons=ORGANISATION.persons + people,
        units=(*ORGANISATION.units, *units, many, most),
        rights=ORGANISATION.rights + stated,
    )


@pytest.fixture(scope="module")
def campus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Harness, httpx.Client]]:
    folder = tmp_path_factory.mktemp("campus")
    with harness(folder, organisation=university()) as home, home.pages(order_form=True) as browser:
        yield home, browser


def small(response: httpx.Response) -> httpx.Response:
    assert len(response.content) < 50_000
    return response


def hits(page: Page) -> list[str]:
    return [href for href in page.links if "unit=" in href and "lang=sv" in href]


class TestManyUnits:
    """Where the list of all would be long, unit (and approver) are found first; every step is one small page."""

    def test_the_first_page_asks_for_the_unit_only(self, campus: tuple[Harness, httpx.Client]) -> None:
        page = Page(small(campus[1].get("/")))
        assert [i["name"] for i in page.inputs] == ["q", "lang"]
        assert hits(page) == []
        assert "q" in page.labels

    @pytest.mark.parametrize("words", ["ämne 0017", "AMNE 17", "0017", "institutionen  0017"])
    def test_a_part_of_the_name_finds_the_unit_whatever_its_case_and_accents(
        self, campus: tuple[Harness, httpx.Client], words: str
    ) -> None:
        page = Page(small(campus[1].get("/", params={"q": words})))
        assert "/?lang=sv&unit=u17" in hits(page)
        form = Page(small(campus[1].get(hits(page)[-1])))
        assert {i["name"] for i in form.inputs if i["type"] == "radio"} == {"chosen"}
        assert "what" in dict(form.values)
        assert page.focus == ["h2"]

    def test_no_more_than_thirty_are_shown_and_it_is_said_that_there_are_more(
        self, campus: tuple[Harness, httpx.Client]
    ) -> None:
        found = small(campus[1].get("/?q=institutionen"))
        assert len(hits(Page(found))) == MAX_HITS
        assert "de första 30" in found.text
        assert "de första" not in small(campus[1].get("/?q=0017")).text

    @pytest.mark.parametrize(
        "query", ["q=finns+inte", "unit=finns-inte", "q=" + "%22" * 5_000, "unit=tom", "approver=1"]
    )
    def test_what_is_not_found_is_asked_for_again(self, campus: tuple[Harness, httpx.Client], query: str) -> None:
        page = Page(small(campus[1].get(f"/?{query}")))
        assert (page.status, hits(page), [i["name"] for i in page.inputs][:1]) == (200, [], ["q"])

    def test_a_crowd_of_approvers_is_a_list_to_choose_from_and_a_throng_is_searched(
        self, campus: tuple[Harness, httpx.Client]
    ) -> None:
        home, browser = campus
        crowd = small(browser.get("/?unit=many"))
        assert crowd.text.count("/many") == CROWD + 1
        assert dict(Page(crowd).values)["chosen"] == "/many"
        throng = Page(small(browser.get("/?unit=most")))
        assert ([i["name"] for i in throng.inputs], hits(throng)) == (["q", "lang", "unit"], [])
        (hit,) = hits(Page(small(browser.get("/?unit=most&q=asa+123"))))
        form = Page(small(browser.get(hit)))
        assert ("chosen", chosen(home, "a123@example.se", "most")) in form.values

    @pytest.mark.parametrize("unit", ["u17", "many"])
    def test_a_forgotten_approver_is_asked_for_with_the_unit_kept(
        self, campus: tuple[Harness, httpx.Client], unit: str
    ) -> None:
        form = Page(small(campus[1].get(f"/?unit={unit}")))
        wrong = small(post(campus[1], form.with_(supplier="Dustin AB", what="Mus", quantity="1", price="9")))
        page = Page(wrong)
        assert (page.status, page.wrong) == (422, ["chosen"])
        assert ("chosen", f"/{unit}") in page.values
        assert "Öppna din enhet" not in wrong.text

    def test_a_units_only_approver_is_chosen_already(self, campus: tuple[Harness, httpx.Client]) -> None:
        home, browser = campus
        assert ("chosen", chosen(home, EVA, "u18")) in Page(browser.get("/?unit=u18")).values
        assert [v for n, v in Page(browser.get("/?unit=u17")).values if n == "chosen"] == ["/u17"]

    def test_another_unit_is_chosen_and_nothing_is_lost(self, campus: tuple[Harness, httpx.Client]) -> None:
        home, browser = campus
        sent = filled(home, LAPTOP, reason="därför", chosen=chosen(home, EVA, "u17"))
        asked = Page(small(post(browser, [*sent[1:], ("do", "unit")])))
        found = Page(small(post(browser, [*asked.with_(q="1234"), ("do", "unit")])))
        (pick,) = (button["value"] for button in found.buttons if button.get("name") == "pick")
        assert pick == "/u1234"
        form = dict(reversed(Page(small(post(browser, [*found.values, ("pick", pick)]))).values))
        assert (form["chosen"], form["what"], form["reason"]) == ("/u1234", LAPTOP[0], "därför")

    def test_the_other_language_keeps_the_unit(self, campus: tuple[Harness, httpx.Client]) -> None:
        assert "/?lang=en&unit=u17" in Page(campus[1].get("/?unit=u17")).links


class TestEveryPageIsSmall:
    """The page is small with every row there is and every field at its longest, and says so where it cannot be."""

    @pytest.mark.parametrize("unit", ["cs", "u17", "many", "most"])
    def test_with_every_field_at_its_longest(self, campus: tuple[Harness, httpx.Client], unit: str) -> None:
        home, browser = campus
        who = {"cs": EVA, "u17": EVA}.get(unit, "a7@example.se")
        sent = filled(home, *[LONG_LINE] * MAX_LINES, **LONG, chosen=chosen(home, who, unit))
        done = small(post(browser, sent))
        assert (done.status_code, Page(done).mail.count(LONG_LINE[0])) == (200, MAX_LINES)
        edit = Page(small(post(browser, [*Page(done).values, ("do", "edit")])))
        assert sum(value == LONG_LINE[0] for _, value in edit.values) == MAX_LINES
        assert small(post(browser, [*sent[1:], ("do", "unit"), ("q", "0017")])).status_code == 200
        wrong = small(post(browser, [(name, "å" * 20 if name == "quantity" else value) for name, value in sent]))
        assert (wrong.status_code, len(Page(wrong).wrong) >= FEW_FAULTS) == (422, True)

    def test_in_an_organisation_that_is_shown_whole(self, home: Harness, browser: httpx.Client) -> None:
        sent = filled(home, *[LONG_LINE] * MAX_LINES, **LONG)
        assert small(post(browser, sent)).status_code == 200
        assert small(post(browser, [*sent, ("do", "edit")][1:])).status_code == 200

    def test_with_more_faults_than_there_is_room_for(self, home: Harness, browser: httpx.Client) -> None:
        wrong = small(post(browser, filled(home, *[("", "x", "m" * 99, "15,000", "n" * 99)] * MAX_LINES)))
        assert (wrong.status_code, len(Page(wrong).wrong)) == (422, MAX_FAULTS)
        assert "Det finns mer." in wrong.text

    def test_what_has_no_room_is_answered_with_another_way(self, home: Harness, browser: httpx.Client) -> None:
        for do in ("check", "more", "edit", "unit"):
            sent = [*filled(home, *[("&" * 400, "1", "", "1", "")] * MAX_LINES)[1:], ("do", do)]
            page = small(post(browser, sent))
            assert page.status_code == 413
            assert "bifoga" in page.text or "fil" in page.text


class TestFields:
    def test_numbers_get_the_keyboard_for_numbers_and_item_numbers_no_capitals(self, browser: httpx.Client) -> None:
        by_name = {i["name"]: i for i in Page(browser.get("/")).inputs}
        assert {n for n, i in by_name.items() if i.get("inputmode") == "decimal"} == {
            "quantity",
            "price",
            "total",
            "countervalue",
        }
        assert (by_name["no"]["autocapitalize"], by_name["no"]["spellcheck"]) == ("none", "false")

    def test_enter_makes_the_mail(self, home: Harness, browser: httpx.Client) -> None:
        for response in (browser.get("/"), post(browser, {}), post(browser, [*filled(home), ("do", "edit")][1:])):
            assert Page(response).buttons[0]["value"] == "check"

    def test_the_reason_lies_open_and_what_few_orders_need_is_folded(self, browser: httpx.Client) -> None:
        text = browser.get("/").text
        folded = text.index("<summary>Kontering")
        assert text.index('name="reason"') < folded < text.index('name="countervalue"') < text.index('name="total"')

    def test_what_is_filled_in_or_wrong_is_not_folded(self, home: Harness, browser: httpx.Client) -> None:
        fold = "<details open>\n<summary>Kontering"
        assert fold not in post(browser, [*filled(home, reason="x"), ("do", "edit")][1:]).text
        assert fold in post(browser, [*filled(home, total="15 000"), ("do", "edit")][1:]).text
        assert fold in post(browser, filled(home, total="x")).text
