"""From the page at `/` to a sent order, for somebody who has never ordered and reads nothing but what is shown."""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx

from tests.edge.web.test_form_page import Page
from tests.journeys.people import asked
from tests.support.process import BOT, EVA, RUT, mail, serving
from tests.support.relay import text_of


def test_whoever_fills_in_the_form_and_sends_the_mail_has_ordered(tmp_path: Path) -> None:
    with serving(tmp_path) as bot, httpx.Client(base_url=bot.base_url, trust_env=False) as browser:
        start = browser.get("/")
        approver = re.search(r'value="([^"]+)"> <span>Eva Ek<', start.text)
        assert approver
        typed = Page(start).with_(chosen=approver[1], supplier="Dustin AB", what="Dell XPS 13", reference="FORM-1")

        wrong = Page(browser.post("/", data={name: [v for n, v in typed if n == name] for name, _ in typed}))
        assert (wrong.status, wrong.wrong) == (422, ["quantity-1", "price-1"])

        mended = wrong.with_(quantity="2", price="6 250,50", do="check")
        done = Page(browser.post("/", data={name: [v for n, v in mended if n == name] for name, _ in mended}))
        (mailto,) = (urlsplit(href) for href in done.links if href.startswith("mailto:"))
        opened = parse_qs(mailto.query)
        assert mailto.path == BOT
        assert opened["body"] == [done.mail.replace("\n", "\r\n")]
        assert not bot.sent(RUT)

        bot.hand_in(mail(done.mail, subject=opened["subject"][0]))

        order = asked(bot, "FORM-1")
        assert order.receipt["To"].endswith(f"<{RUT}>")
        assert order.request["To"].endswith(f"<{EVA}>")
        assert "12 501,00" in text_of(order.request).replace("\u00a0", " ")
        assert "approve" in order.page().buttons
