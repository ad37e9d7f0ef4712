"""Zammad's published holes, played against mailbot (docs/rules/limits.md#advisories)."""

from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from tests.flows.incoming.mails import PLAIN, file, mail, multipart, part, recipients
from tests.support.harness import EVA, ORDER, RUT, Harness, harness
from tests.support.relay import html_of

XSS = "x<svg/onload=alert(1)>"  # in brackets alone it would be a form's example


def pages(home: Harness) -> list[str]:
    with home.pages() as browser:
        paths = [f"/{p}/{home.token(EVA, p)}" for p in (Purpose.DECIDE, Purpose.LIST)]
        return [browser.get(path).text for path in (*paths, f"/order/{home.token(RUT, Purpose.ORDER)}")]


@pytest.mark.parametrize("subject", [f"Subject: {XSS}", "Subject: =?utf-8?b?PHN2Zy9vbmxvYWQ9YWxlcnQoMSk+?="])
def test_zammad_cve_2018_1000154_a_subject_runs_nowhere(home: Harness, subject: str) -> None:
    """The subject of a mail was shown unescaped."""
    home.raw(mail(subject=subject))
    assert all(XSS not in page for page in (*pages(home), *map(html_of, home.relay.mails())))


@pytest.mark.parametrize(
    "text",
    [
        ORDER.replace("Dell XPS 13", XSS),
        ORDER.replace("Dustin AB", XSS),
        *(f"{ORDER}{key}: {XSS}\n" for key in ("Motivering", "Godsmärkning", "Referens", "Kontering", "Offert")),
        f"{ORDER}\n{XSS}\n",
    ],
)
def test_zammad_cve_2018_1000154_nor_does_any_field_line_or_note(home: Harness, text: str) -> None:
    home.mail(text)
    assert all(XSS not in page for page in (*pages(home), *map(html_of, home.relay.mails())))


def test_zammad_cve_2018_1000154_nor_does_a_name_of_a_person_or_file(home: Harness) -> None:
    picture = file(f'"{XSS}.pdf"', b"%PDF-1.4 x")
    raw = multipart(part(ORDER, PLAIN), picture)
    home.raw(
        raw.replace(f"From: {RUT}".encode(), f"From: =?utf-8?q?=3Csvg/onload=3Dalert=281=29=3E?= <{RUT}>".encode())
    )
    assert home.orders() == 1
    assert all(XSS not in page for page in (*pages(home), *map(html_of, home.relay.mails())))


def test_zammad_cve_2026_84458_an_address_is_a_claim_until_its_owner_has_answered(tmp_path: Path) -> None:
    """Whoever wrote under an address got the account behind it."""
    with harness(tmp_path, trust="none") as home:
        home.mail()
        home.mail("", subject="lista", sender=EVA)
        home.mail(ORDER, sender="eva@example.se")
        assert home.orders() == 0
        assert home.sums() == {"waiting": 3}
        assert recipients(home) == {RUT, EVA}
        assert home.count("", "/decide/") == home.count("", "/list/") == 0
