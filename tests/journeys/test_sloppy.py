"""An order as people write it becomes a draft, one press an order, and that is decided and sent, in both profiles
(found U7: who writes as people write got a manual back)."""

import re
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.order import Status
from tests.support.harness import ANNA, DUSTIN, RUT, harness
from tests.support.relay import html_of, text_of
from tests.support.university_harness import university

PROSE = "Hej {name}, kan du godkänna detta? 2 st HDMI-kabel 2m 199 kr/st från Dustin{more}\n\nMvh Rut"


def filled_in(mail: EmailMessage) -> tuple[str, str]:
    """Return the subject and the text of the first answer that the mail offers ready to send."""
    [link, *_] = re.findall(r'href="(mailto:[^"]+&amp;body=[^"]+)"', html_of(mail))
    opened = parse_qs(urlsplit(unescape(link)).query)
    return opened["subject"][0], opened["body"][0]


def test_under_umu(tmp_path: Path) -> None:
    with harness(tmp_path) as home:
        home.mail(PROSE.format(name="Anna", more=""), subject="Kablar")
        assert home.orders() == 0
        draft = home.sent(RUT)
        for known in ("Anna Ask", "Dustin AB", "2 st HDMI-kabel 2m"):
            assert known in text_of(draft), known
        subject, text = filled_in(draft)
        home.mail(text, subject=subject)
        assert (home.orders(), home.count(ANNA, "HDMI-kabel", "/decide/")) == (1, 1)
        with home.pages() as browser:
            page = browser.get(f"/decide/{home.token(ANNA, Purpose.DECIDE)}")
            fields = dict(re.findall(r'name="(version|destination)" value="([^"]*)"', page.text))
            browser.post(str(page.url), data={**fields, "action": "approve"})
        home.later(minutes=6)
        assert home.count(DUSTIN, "IT-2026-00001", "HDMI-kabel 2m") == 1
        assert home.order().status is Status.SENT


def test_under_su(tmp_path: Path) -> None:
    with university(tmp_path) as su:
        su.mail("Rut", PROSE.format(name="Prefekt", more="\n\nKontering: 1100:4010"), subject="Kablar")
        assert su.home.orders() == 0
        draft = su.sent("Rut")
        for known in ("Prefekt", "Dustin AB", "HDMI-kabel 2m", "1100:4010"):
            assert known in text_of(draft), known
        subject, text = filled_in(draft)
        su.mail("Rut", text, subject=subject)
        assert su.asked() == ["prefekt"]
        su.decide("prefekt", "approve")
        su.home.later(minutes=6)
        assert su.home.count(DUSTIN, "IT-2026-00001", "HDMI-kabel 2m") == 1
        assert su.home.order().status is Status.SENT
