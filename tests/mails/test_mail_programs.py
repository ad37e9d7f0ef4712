"""Every mail against what Outlook, Gmail and iOS Mail support (tests/mails/mail_programs.py), and against its size."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from html.parser import HTMLParser

import pytest

from mailbot.domain.notices.notice import ReminderNotice, RequestNotice
from mailbot.domain.values.money import Money
from mailbot.domain.values.order import Content, Line
from mailbot.mail.writing.compose import OutgoingMail, compose
from mailbot.preview.every_mail import ADDRESSES, NOW, SampleMail, World, called_for, mails, opened, write
from tests.mails import mail_programs as known
from tests.mails.texts import links_in, text_of

VOID = {"meta", "br"}


class Elements(HTMLParser):
    """Every element of a mail with its attributes, the elements around it, and the text of style sheets."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str], tuple[str, ...]]] = []
        self.open: list[str] = []
        self.sheet = ""
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}, tuple(self.open)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "style":
            self.sheet += data


def declarations(style: str) -> Iterator[tuple[str, str]]:
    for declaration in filter(None, style.split(";")):
        name, _, value = declaration.partition(":")
        yield name.strip(), value.strip()


@pytest.fixture(scope="module")
def written() -> list[SampleMail]:
    return mails(World())


@pytest.fixture(scope="module")
def pages(written: list[SampleMail]) -> list[tuple[SampleMail, Elements]]:
    return [(mail, Elements(mail.html)) for mail in written]


class TestMarkup:
    def test_every_element_is_closed_and_known_to_all(self, pages: list[tuple[SampleMail, Elements]]) -> None:
        for mail, page in pages:
            assert page.open == [], mail.name
            assert {tag for tag, _, _ in page.found} <= known.ELEMENTS, mail.name

    def test_every_attribute_is_known_to_all(self, pages: list[tuple[SampleMail, Elements]]) -> None:
        for mail, page in pages:
            for tag, attributes, _ in page.found:
                assert attributes.keys() <= known.ATTRIBUTES.get(tag, set()), (mail.name, tag)

    def test_every_property_is_known_to_all_or_lost_without_harm(
        self, pages: list[tuple[SampleMail, Elements]]
    ) -> None:
        for mail, page in pages:
            for tag, attributes, _ in page.found:
                for name, value in declarations(attributes.get("style", "")):
                    assert name in known.PROPERTIES, (mail.name, name)
                    assert value in known.VALUES.get(name, {value}), (mail.name, name, value)
                    assert not [bad for bad in known.UNITS_REFUSED if bad in value], (mail.name, name, value)
                    where = known.CELLS_ONLY.get(name, {tag}) | (known.PADDED_ELSEWHERE if name == "padding" else set())
                    assert tag in where, (mail.name, tag, name)

    def test_no_border_is_wider_than_outlook_draws(self, pages: list[tuple[SampleMail, Elements]]) -> None:
        for mail, page in pages:
            for _, attributes, _ in page.found:
                for name, value in declarations(attributes.get("style", "")):
                    assert not name.startswith("border-") or int(value.partition("px")[0]) <= known.MAX_BORDER, (
                        mail.name
                    )

    def test_a_table_is_layout_or_says_what_its_cells_are(self, pages: list[tuple[SampleMail, Elements]]) -> None:
        for mail, page in pages:
            roles: list[str | None] = []
            for tag, attributes, around in page.found:
                if tag == "table":
                    roles[around.count("table") :] = [attributes.get("role")]
                elif tag == "th":
                    assert attributes["scope"] in {"row", "col"}, mail.name
                    assert roles[around.count("table") - 1] is None, mail.name

    def test_headings_come_in_order(self, pages: list[tuple[SampleMail, Elements]]) -> None:
        for mail, page in pages:
            headings = [tag for tag, _, _ in page.found if tag in {"h1", "h2"}]
            assert headings[0] == "h1", mail.name
            assert headings.count("h1") == 1, mail.name

    def test_the_preheader_is_the_first_text_and_hidden(self, pages: list[tuple[SampleMail, Elements]]) -> None:
        for mail, page in pages:
            in_body = [attributes for tag, attributes, around in page.found if "body" in around and tag == "div"]
            assert in_body[1]["style"] == "display:none;max-height:0;overflow:hidden;mso-hide:all", mail.name
            assert text_of(mail.html.partition("<body")[2].partition("mso-hide:all")[2]).strip(), mail.name

    def test_the_preheader_of_a_request_says_which_order_what_how_much_and_what_is_wanted(self) -> None:
        world = World(product="Dell XPS 13")
        request = called_for(opened(world, world.content), world.directory)[1]
        preheader = write(world, request, "sv").html.partition('mso-hide:all">')[2].partition("</div>")[0]
        for said in ("IT-2026-00042", "Dell XPS 13", "12\u00a0500,00\u00a0kr", "väntar på dig"):
            assert said in preheader


class TestColours:
    def test_the_style_sheet_only_recolours_for_who_asks_for_dark(
        self, pages: list[tuple[SampleMail, Elements]]
    ) -> None:
        for mail, page in pages:
            assert len([1 for tag, _, around in page.found if tag == "style" and around == ("html", "head")]) == 1
            assert page.sheet.strip().startswith("@media (prefers-color-scheme: dark) {"), mail.name
            names = {name.strip() for name in re.findall(r"([a-z-]+):(?! dark)", page.sheet)}
            assert names == {"color", "background-color", "border-color"}, mail.name
            assert page.sheet.count("!important") == page.sheet.count(" !important"), mail.name

    def test_every_class_and_every_coloured_element_has_its_dark_colour(
        self, pages: list[tuple[SampleMail, Elements]]
    ) -> None:
        for mail, page in pages:
            classes = set(re.findall(r"\.([a-z]+)", page.sheet))
            for tag, attributes, _ in page.found:
                style = dict(declarations(attributes.get("style", "")))
                assert attributes.get("class", "page") in classes, (mail.name, tag)
                assert "background-color" not in style or attributes.get("class"), (mail.name, tag)
                assert "bgcolor" not in attributes or attributes.get("class"), (mail.name, tag)

    @pytest.mark.parametrize("scheme", ["light", "dark"])
    def test_every_text_stands_out_from_what_is_behind_it(self, written: list[SampleMail], scheme: str) -> None:
        """At least 4.5 to 1 (WCAG 1.4.3), for each pair of colours that a mail sets one upon the other."""
        sheet = Elements(written[0].html).sheet
        rules = {
            name.strip(): dict(declarations(body.replace("!important", "")))
            for names, body in re.findall(r"^([^@{}]+)\{([^}]*)\}", sheet, re.MULTILINE)
            for name in names.split(",")
        }
        for mail in written:
            for text, behind in set(_pairs(mail.html, rules if scheme == "dark" else {})):
                assert _contrast(text, behind) >= 4.5, (mail.name, text, behind)

    def test_nothing_is_pure_black_and_white_is_only_paper_and_the_words_of_buttons(
        self, written: list[SampleMail]
    ) -> None:
        for mail in written:
            assert not re.search(r"#000000|#000\b|black", mail.html), mail.name


def _pairs(source: str, rules: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    """Yield text and background colour of every element, as the rules change them."""
    stack: list[tuple[str, str]] = []
    for tag, attributes, around in Elements(source).found:
        inherited = stack[len(around) - 1] if around and stack else ("#1c2b2d", "#ffffff")
        style = dict(declarations(attributes.get("style", "")))
        text = style.get("color", inherited[0])
        behind = style.get("background-color", attributes.get("bgcolor", inherited[1]))
        for name in (tag, "." + attributes.get("class", "")):
            text = rules.get(name, {}).get("color", text)
            behind = rules.get(name, {}).get("background-color", behind)
        stack[len(around) :] = [(text, behind)]
        around_a_button = tag == "td" and attributes.get("class") in {"yes", "no"}
        if tag in {"td", "th", "p", "h1", "h2", "li", "a", "span"} and not around_a_button:
            yield text, behind


def _contrast(one: str, other: str) -> float:
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def raw(mail: SampleMail) -> bytes:
    """Return the mail as it is sent."""
    letter = OutgoingMail(
        ADDRESSES.bot, "mailbot", "eva.ek@example.se", "Eva Ek", ADDRESSES.bot, mail.subject, mail.text, mail.html,
        "<k7m2q9x4w8t3@inkop.example.se>", mail.language,
    )  # fmt: skip
    return compose(letter, NOW)


def large(world: World, count: int) -> Content:
    """An order of so many lines, each of an ordinary length."""
    lines = tuple(
        Line(f"Skärm Dell P2425H 24 tum, med stativ och kablar, rum {n}", Decimal(1 + n % 3), Money(Decimal(1895)),
             f"210-BMFF-{n:04}", "st")
        for n in range(count)
    )  # fmt: skip
    return replace(world.content, lines=lines)


class Large(World):
    """A world whose order has 200 lines."""

    @property
    def content(self) -> Content:
        return large(World(), 200)


class TestSize:
    def test_every_mail_is_below_60_kb_as_it_is_sent(self, written: list[SampleMail]) -> None:
        for mail in written:
            assert len(raw(mail)) < 60_000, (mail.name, len(raw(mail)))

    def test_a_request_says_how_many_lines_are_on_the_page_alone_and_sums_them_all(self) -> None:
        world = Large()
        request = called_for(opened(world, world.content), world.directory)[1]
        mail = write(world, request, "en")
        for form in (mail.text, text_of(mail.html)):
            assert "and 180 more lines on the order's page" in form
            assert "rum 19" in form
            assert "rum 20" not in form
            assert "SEK\u00a0756,105.00" in form

    def test_a_line_that_was_changed_among_500_is_named(self) -> None:
        world = World()
        before = large(world, 500)
        new = replace(before.lines[250], price=Money(Decimal(1)))
        after = replace(before, lines=(*before.lines[:250], new, *before.lines[251:]))
        order = replace(opened(world, after).after, previous=before, version=2)
        notice = RequestNotice(to=world.directory.persons[1], order=order)
        mail = write(world, notice, "sv")
        assert mail.text.count("rum 250") == 2


class TestReminder:
    def test_it_lists_what_waits_oldest_first_each_with_age_amount_and_link(self) -> None:
        world = World()
        order = opened(world, world.content).after
        days = (1, 9, 4)
        waiting = tuple(replace(order, id=n, number=f"IT-2026-{n:05}", asked_at=NOW - timedelta(days=n)) for n in days)
        notice = ReminderNotice(to=world.directory.persons[1], waiting=waiting)
        mail = write(world, notice, "en")
        for form in (mail.text, text_of(mail.html)):
            heads = [form.index(f"IT-2026-{n:05}: SEK") for n in (9, 4, 1)]
            assert heads == sorted(heads)
            said = " ".join(form.split(" "))
            assert all(f"Rut Rask has been waiting for {n + 3} days" in said for n in days)
        assert mail.text.count("/decide/") == len([link for link in links_in(mail.html) if "/decide/" in link]) == 3
        assert "Oldest: IT-2026-00009" in mail.html
