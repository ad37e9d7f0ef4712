"""With trust = "none" a mail waits until its sender confirms it from the registered address."""

from pathlib import Path

from tests.journeys.browser import head, link, visit
from tests.journeys.people import asked, order
from tests.support.process import CALM, DUSTIN, EVA, RUT, mail, serving


def test_an_unproven_order_waits_for_its_sender_who_confirms_it_from_a_link(tmp_path: Path) -> None:
    with serving(tmp_path, CALM, {'sender = "loopback"': 'sender = "none"'}) as bot:
        bot.hand_in(mail("Leverantör: Dustin AB", sender="nobody@elsewhere.example"), order(reference="REF-CONFIRMED"))

        question = bot.wait(RUT, "/confirm/")
        url = link(question, "confirm")
        assert "REF-CONFIRMED" not in question.as_string()
        assert "Dell" not in question.as_string()
        assert head(url) == visit(url).status == 200
        # The elsewhere mail and Rut's are dealt with by now: nobody else was told anything.
        assert [m["Message-ID"] for m in bot.relay.mails()] == [question["Message-ID"]]

        page = visit(url)
        page.press()
        page.press()  # twice is once
        waiting = asked(bot, "REF-CONFIRMED")
        waiting.page().press("approve")

        assert bot.wait(DUSTIN, waiting.number)
        assert len(bot.sent(EVA, "choice=approve")) == 1
        assert len(bot.sent(DUSTIN, "")) == 1
