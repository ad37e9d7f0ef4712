"""The disk of the database fills up and is freed: no accepted order is lost, parked, or answered with a falsehood."""

import smtplib
import urllib.error
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path

import pytest

from tests.journeys.people import asked, order
from tests.support.disk import fill, small_disk
from tests.support.process import RUT, serving


def test_below_the_bound_the_doors_say_later_and_with_room_again_all_goes_on_by_itself(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "small", 8) as disk,
        serving(disk, changes={"[store]\n": '[store]\nkeep_free = "2 MB"\n'}) as bot,
    ):
        bot.hand_in(order(reference="REF-BEFORE"))
        waiting = asked(bot, "REF-BEFORE")
        filler = fill(disk, leave=1_900_000)
        with pytest.raises(smtplib.SMTPSenderRefused, match=r"452.*disk space"):
            bot.hand_in(order(reference="REF-LATER"))
        with pytest.raises(urllib.error.HTTPError, match="503"):
            bot.health()
        assert waiting.page().press("approve").status == HTTPStatus.SERVICE_UNAVAILABLE
        filler.unlink()
        bot.hand_in(order(reference="REF-LATER"))
        asked(bot, "REF-LATER")
        waiting.page().press("approve")
        assert bot.health()["mails"] == {"order": 2}


def test_what_was_taken_before_the_disk_was_full_becomes_orders_once_there_is_room(tmp_path: Path) -> None:
    with (
        small_disk(tmp_path / "small", 8) as disk,
        serving(disk, changes={"[store]\n": '[store]\nkeep_free = "1 kB"\n'}) as bot,
    ):
        filler = fill(disk, leave=60_000)
        taken = []
        for number in range(20):
            mail = order(reference=f"REF-{number:02}")
            mail.add_attachment(bytes(5_000), maintype="application", subtype="pdf", filename="offert.pdf")
            with suppress(smtplib.SMTPException):
                bot.hand_in(mail)
                taken.append(f"REF-{number:02}")
        assert taken
        assert len(taken) < 20
        bot.words.wait("store_failed")
        with pytest.raises(urllib.error.HTTPError, match="503"):
            bot.health()
        filler.unlink()
        for reference in taken:
            bot.wait(RUT, reference)
        mails = bot.health()["mails"]
        assert mails == {"order": len(taken)}
        assert len(bot.sent(RUT)) == len(taken)
