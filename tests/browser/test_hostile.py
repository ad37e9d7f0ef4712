"""Pages in a browser that runs scripts: hostile text in every field runs nothing, and a scanner changes nothing."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.text import tidy
from mailbot.flows.steps.attest_plan import mail_plan
from mailbot.flows.steps.decide import Action
from mailbot.package_data import resource
from mailbot.presentation import environment
from tests.browser.chromium import Visitor, visitor
from tests.browser.scenes import CODE_ABOVE, LAPTOPS, PEOPLE, cell, serving, with_files
from tests.support import appointments
from tests.support.appointments import MARTA, PIA, RUT_TOO
from tests.support.harness import BASE_URL, EVA, HEAD, RUT, Harness, harness, mail_to_bot
from tests.support.relay import text_of
from tests.support.stated import StatedSupplier

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RUNS = "console.log(1)"
CORPUS = [
    f"<script>{RUNS}</script>",
    f"</script><script>{RUNS}</script>",
    f"</style><script>{RUNS}</script>",
    f"</textarea><script>{RUNS}</script>",
    f"</title><img src=x onerror={RUNS}>",
    f'"><svg onload={RUNS}>',
    f"' autofocus onfocus={RUNS} x='",
    f'" autofocus onfocus={RUNS} x="',
    f"--><img src=//elak.example/x.png onerror={RUNS}>",
    f"<iframe srcdoc='<script>parent.{RUNS}</script>'></iframe>",
    "<style>@import '//elak.example/x.css';*{background:url(//elak.example/y)}</style>",
    "<meta http-equiv=refresh content='0;url=//elak.example/'>",
    "<base href='//elak.example/'><link rel=stylesheet href='//elak.example/z'>",
    f"<form action=//elak.example><button autofocus>x</button></form><a href='javascript:{RUNS}'>y</a>",
    f"javascript:{RUNS}",
    "{{ 7*7 }}{% raw %}${7*7}<%= 7*7 %>#{7*7}",
    f"\u202e<scr\u200bipt>{RUNS}</script>&lt;script&gt;&#x3c;script&#x3e;",
]
SOME, OTHERS = " ".join(CORPUS[::2]), " ".join(CORPUS[1::2])
"""As much as a field takes, each."""


def _short(number: int) -> str:
    """Return one of the corpus for a field that holds a line at most."""
    return CORPUS[number % len(CORPUS)].replace(";", ",")


REVIEWED = replace(PEOPLE, units=tuple(replace(u, reviewer=PIA) if u.id == "cs" else u for u in PEOPLE.units))
HOSTILE = replace(
    REVIEWED,
    persons=tuple(
        replace(p, name=f"{_short(i)} {p.name}") if p.address in {EVA, RUT, HEAD, MARTA} else p
        for i, p in enumerate(PEOPLE.persons)
    ),
    units=tuple(replace(u, name=f"Enhet {CORPUS[5]}") if u.id == "cs" else u for u in REVIEWED.units),
    rights=tuple(replace(r, ground=SOME, role=CORPUS[0]) if r.person == EVA else r for r in PEOPLE.rights),
    suppliers=(*PEOPLE.suppliers, StatedSupplier(f"{CORPUS[4]} AB", "order@elak.example")),
)


FIELDS = [
    *("Kontering", "Avtal", "Offert", "Projekt", "Referens", "Leveransadress", "Godsmärkning"),
    *("Önskat leveransdatum", "Motivering", "Avser person", "Kategori"),
]


def order_mail(first: int) -> EmailMessage:
    """Return an order with a hostile text in every field, beginning with this one of the corpus."""
    supplier = f"{CORPUS[4]} AB" if first else f"Okänd {_short(first)}"
    text = [_short(n) for n in range(len(CORPUS))]
    text += ["Hej!", "Vi vill ha det här.", "Med tack på förhand."]  # beside lines a percentage is asked about
    text += ["", "Enhet: cs", f"Godkännare: {EVA}", f"Leverantör: {supplier}"]
    text += [f"{name}: x {_short(first + n)}" for n, name in enumerate(FIELDS)]
    text += ["", "Artikelnr; Benämning; Antal; Enhet; À-pris"]
    text += [f"{_short(n)[:30]}; x {_short(n)}; 1; st; 10 kr" for n in range(first, first + 6)]
    mail = mail_to_bot("\n".join(text), subject=f"Beställning {_short(first)}")
    name = f"{_short(first)}.txt".replace("/", "")
    mail.add_attachment(b"hej", maintype="text", subtype="plain", filename=name)
    return mail


def scheme_mail() -> EmailMessage:
    """Return an order scheme with a hostile text in every field that takes one, around it and in its file's name."""
    form = f"Enhet: cs\nGodkännare: {RUT}\nDelegerad av: {EVA}\nFrån: 2026-03-02\nGrund: {_short(5)}\nRoll: {_short(7)}"
    form = f"{form}\n\n{SOME} {OTHERS}"
    mail = mail_to_bot(f"Beställningsordning\n\n{form}", sender=HEAD, subject=f"Beställningsordning {_short(5)}")
    name = f"{_short(5)}.pdf".replace("/", "")
    mail.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename=name)
    return mail


def links_mailed(home: Harness) -> list[str]:
    """Return the path of every link that was mailed to anyone, once each."""
    found = (path for mail in home.relay.mails() for path in re.findall(rf"{BASE_URL}(/\S+)", text_of(mail)))
    return list(dict.fromkeys(found))


def mail_the_plan(home: Harness) -> None:
    mail_plan(home.bot, "cs", home.now)
    home.deliver()


@contextmanager
def hostile(folder: Path) -> Iterator[Harness]:
    with harness(folder, organisation=HOSTILE, step_up_above=CODE_ABOVE) as home:
        for number in range(0, 12, 4):
            home.raw(order_mail(number).as_bytes())
            assert home.order().number == f"IT-2026-{number // 4 + 1:05}", home.reasons()
        home.press(home.token(EVA, Purpose.DECIDE, "IT-2026-00002"), Action.APPROVE_WITH_COMMENT, SOME)
        home.press(home.token(EVA, Purpose.DECIDE, "IT-2026-00003"), Action.REJECT, OTHERS)
        home.press(home.token(EVA, Purpose.DECIDE, "IT-2026-00001"), Action.ASK, OTHERS)
        home.mail(
            f"Motivering: {_short(1)}\nReferens: {_short(5)}", subject=f"#{home.order('IT-2026-00001').reference}"
        )
        home.raw(scheme_mail().as_bytes(), mail_from=HEAD)
        appointments.personal(home)
        mail_the_plan(home)
        home.mail(f"Enhet: cs\nGodkännare: {EVA}\nLeverantör: Dustin AB\n\n1 st {_short(0)} à 124 000 kr")
        assert home.order().number == "IT-2026-00004", home.reasons()
        yield home


def inert(at: Visitor, path: str) -> str:
    """Return what can be read on the page, which holds nothing that is not its own."""
    own = at.page.locator("#decision").count()
    assert at.page.locator("script, style, iframe, meta[http-equiv], base, img, svg").count() == 1 + own, path
    return at.text("body")


@pytest.mark.parametrize("guarded", [True, False], ids=["as served", "without the policy of headers"])
def test_nothing_that_anyone_wrote_runs_or_is_fetched(browser: "Browser", tmp_path: Path, *, guarded: bool) -> None:
    """Escaping holds alone, without the policy that would stop what got through."""
    with (
        hostile(tmp_path) as home,
        serving(home) as client,
        visitor(browser, str(client.base_url), bypass_csp=not guarded) as at,
    ):
        seen = dict.fromkeys(Purpose, "")
        for path in links_mailed(home):
            at.open(path)
            seen[Purpose(path.split("/")[1])] += inert(at, path)
        assert sum(text.count(RUNS) for text in seen.values()) > 100  # it was shown, as text
        shown = {purpose for purpose, text in seen.items() if RUNS in text}
        assert shown == {*Purpose} - {Purpose.REPLY, Purpose.CONFIRM}  # of a mail that waits nothing is shown
        assert "{{ 7*7 }}" in seen[Purpose.DECIDE]
        assert "svg onload=console.log(1) .pdf" in seen[Purpose.APPOINT]  # names of files are cleaned before
        assert " ".join(_short(5).split()) in seen[Purpose.APPOINT]
        assert seen[Purpose.PLAN].count(CORPUS[8]) == 1  # the ground
        at.open(f"/decide/{home.token(EVA, Purpose.DECIDE, 'IT-2026-00001')}")
        at.page.fill("#comment", SOME)
        at.press("[value=approve_with_comment]")
        assert "onerror" in at.text(".state")


@pytest.mark.parametrize("guarded", [True, False], ids=["as served", "without the policy of headers"])
def test_what_is_typed_on_a_page_is_shown_there_as_text(browser: "Browser", tmp_path: Path, *, guarded: bool) -> None:
    """The comment on the page with the code, and every field of the order form, with its faults and finished."""
    with (
        hostile(tmp_path) as home,
        serving(home) as client,
        visitor(browser, str(client.base_url), bypass_csp=not guarded) as at,
    ):
        at.cookies = {"mailbot"}
        at.open(f"/decide/{home.token(EVA, Purpose.DECIDE, 'IT-2026-00004')}")
        at.page.fill("#comment", OTHERS)
        at.press("[value=approve_with_comment]")
        assert at.text("blockquote") == " ".join(OTHERS.split())
        at.page.fill("#code", CORPUS[5][:20])
        at.press("[value=code]")
        inert(at, "code")

        at.open("/")
        inert(at, "form")
        assert CORPUS[5] in at.text("summary >> nth=0")
        at.page.evaluate(FILL, [CORPUS, True])
        at.press("button.main")
        inert(at, "faults")
        assert at.page.locator("[aria-invalid]").count() > 5
        assert at.page.evaluate(TYPED) >= len(CORPUS)
        at.page.locator("summary").first.click()
        at.page.locator("[name=chosen]").first.check()
        at.page.evaluate(FILL, [[CORPUS[5]], False])
        for name, text in {"what": CORPUS[5], "quantity": "1", "price": "10"}.items():
            at.page.fill(cell(name), text)
        at.press("button.main")
        inert(at, "finished")
        assert at.page.locator("#mail").count() == 1, at.text()
        assert at.text().count(CORPUS[5]) > 5


FILL = """([texts, all]) => [...document.querySelectorAll('form input[type=text], form textarea')].forEach((e, n) => {
    e.value = all || !e.closest('.row') && !/total|countervalue/.test(e.name) ? texts[n % texts.length] : '';
})"""
TYPED = "() => [...document.querySelectorAll('form input[type=text], form textarea')].filter(e => e.value).length"


def test_a_comment_that_is_asked_about_stays_inside_its_field(browser: "Browser", tmp_path: Path) -> None:
    with harness(tmp_path) as home, home.pages() as client:
        home.mail()
        with visitor(browser, str(client.base_url), java_script_enabled=False) as plain:
            plain.open(f"/decide/{home.token(EVA, Purpose.DECIDE)}")
            plain.page.fill("#comment", OTHERS)
            plain.press("[value=approve]")
            assert plain.page.input_value("#comment") == tidy(OTHERS)
            assert plain.page.locator("form").count() == 5


def test_a_scanner_that_runs_scripts_and_follows_every_link_changes_nothing(browser: "Browser", tmp_path: Path) -> None:
    """As mail gateways do: every link of every mail, and what those pages link to, with script on; no button."""
    with harness(tmp_path, organisation=REVIEWED, step_up_above=CODE_ABOVE) as home:
        home.raw(with_files(LAPTOPS).as_bytes())
        home.mail()
        home.press(home.token(EVA, Purpose.DECIDE, "IT-2026-00002"), Action.APPROVE)
        home.mail(peer="192.0.2.7")
        appointments.send(home, f"{RUT_TOO}Delegerad av: Anna Ask\n")
        appointments.personal(home)
        mail_the_plan(home)
        before = home.dump()
        with serving(home) as client, visitor(browser, str(client.base_url)) as at:
            links = links_mailed(home)
            assert {path.split("/")[1] for path in links} == {*Purpose} - {Purpose.REPLY}
            further = {path: None for link in [*links, "/"] for path in _scan(at, link)}
            for path in further:
                assert at.page.request.get(at.base + path).status == 200
            for part in ("/decide/", "/order/", "/appointment/", "/appoint/"):
                assert any(path.startswith(part) and "/file/" in path for path in further), part
            assert "/?lang=sv" in further
        assert home.dump() == before


def _scan(at: Visitor, path: str) -> list[str]:
    """Open a page, scroll to its end, and return what it links to."""
    at.page.goto(at.base + path)
    at.ask("scrollTo(0, 100000)")
    found = [str(a.get_attribute("href")) for a in at.page.locator("a[href]").all()]
    return [urljoin(path, href) for href in found if not href.startswith("mailto:")]


def test_no_page_may_be_framed(browser: "Browser", home: Harness) -> None:
    home.mail()
    with home.pages() as client, visitor(browser, "about:") as at:
        base = str(client.base_url).rstrip("/")
        at.page.set_content(f"<iframe src='{base}/decide/{home.token(EVA, Purpose.DECIDE)}'></iframe>")
        at.page.wait_for_load_state("networkidle")
        assert all(frame.locator("form").count() == 0 for frame in at.page.frames)
        assert any("frame-ancestors" in trouble for trouble in at.troubles)
        at.troubles.clear()


TEMPLATES = sorted(path for path in resource("templates").rglob("*") if path.suffix in {".html", ".j2", ".txt"})


def test_no_template_turns_escaping_off() -> None:
    """By the parsed template, so that no spelling of it is missed."""
    assert len(TEMPLATES) > 40
    for path in TEMPLATES:
        text = path.read_text("utf-8")
        assert not re.search(r"\|\s*(safe|forceescape)\b|autoescape|Markup|__html__", text), path
    assert environment("sv", "Europe/Stockholm", html=True).autoescape is True


def test_no_page_holds_a_style_or_a_handler_of_its_own() -> None:
    """The policy of headers would stop them, and hashes could not let them through."""
    for path in (p for p in TEMPLATES if p.parent.name == "web"):
        assert not re.search(r"\sstyle=|\son\w+=|javascript:", path.read_text("utf-8")), path
