"""What stays of a mail that has left opens nothing and decides nothing (docs/rules/limits.md#k18)."""

import email
import re
from collections.abc import Iterator
from decimal import Decimal
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.money import Money
from mailbot.flows.reply_address import ReplyRules
from mailbot.store.blanking import blanked, is_blanked
from mailbot.store.database import Database
from tests.support.harness import EVA, RUT, Harness, harness, mail_to_bot
from tests.support.relay import html_of, text_of

BOT = "order@inkop.example.se"


def stored(home: Harness, state: str) -> list[EmailMessage]:
    rows = home.query(f"SELECT raw FROM outbox WHERE state = '{state}'")  # noqa: S608
    return [email.message_from_bytes(raw, policy=default) for (raw,) in rows]


def opened(home: Harness, text: str) -> list[str]:
    """Return every piece of a text that opens something, or is a secret address."""
    words = re.findall(r"[\w.-]{10,}", text)
    links = [word for word in words for purpose in Purpose if home.bot.signer.read(purpose, word)]
    return links + re.findall(r"\+[a-z2-7]{26}@", text)


def everything_in(mail: EmailMessage) -> str:
    parts = [part.get_payload(decode=True) for part in mail.walk() if not part.is_multipart()]
    headers = " ".join(str(value) for value in mail.values())
    return headers + " ".join(part.decode("utf-8", "replace") for part in parts if isinstance(part, bytes))


@pytest.fixture
def lived(tmp_path: Path) -> Iterator[Harness]:
    """A bot that sent every sort of link, a secret address for answers, and a received mail passed on."""
    with harness(tmp_path) as home:
        home.change(replies=ReplyRules(BOT, "+", Money(Decimal(100_000), "SEK")))
        home.mail()
        receipt = home.sent(RUT, "/order/")
        answer = mail_to_bot("Referens: RR2\n\n> " + text_of(receipt).replace("\n", "\n> "), answers=receipt)
        home.raw(answer.as_bytes())
        home.approve(comment="Ta den svarta.")
        home.later(minutes=6)
        home.later(days=3)
        yield home


def test_no_mail_that_has_left_keeps_a_link_or_a_secret_address(lived: Harness) -> None:
    sent = stored(lived, "sent")

    assert len(sent) > 4
    assert any("original.eml" in str(mail) for mail in sent)
    assert {secret for mail in sent for secret in opened(lived, everything_in(mail))} == set()
    on_the_way = [opened(lived, everything_in(mail)) for mail in lived.relay.mails()]
    assert sum(map(bool, on_the_way)) > 4  # those that arrived had theirs


def test_it_stays_the_same_mail_but_for_that(lived: Harness) -> None:
    arrived = {mail["Message-ID"]: mail for mail in lived.relay.mails()}
    link = re.compile(rf"/({'|'.join(Purpose)})/[\w-]+\.[\w-]+")
    for mail in stored(lived, "sent"):
        came = arrived[mail["Message-ID"]]
        for name in ("From", "To", "Subject", "Date", "References"):
            assert mail[name] == came[name]
        for form in (text_of, html_of):
            assert form(mail).split() == link.sub(r"/\1/...", form(came)).split()


def test_a_mail_keeps_its_links_until_it_has_left(home: Harness) -> None:
    home.lose_relay()
    home.mail()
    assert any(opened(home, everything_in(mail)) for mail in stored(home, "queued"))
    home.find_relay()
    home.relay.refused.add(EVA)
    home.later(minutes=10)
    [refused] = stored(home, "failed")  # an operator may have it sent again
    assert opened(home, everything_in(refused))


def test_no_byte_of_the_file_holds_what_was_blanked(lived: Harness) -> None:
    tokens = {t for mail in lived.relay.mails() for t in opened(lived, text_of(mail))}
    data = (lived.folder / "mailbot.db").read_bytes().replace(b"=\r\n", b"")
    own = {t for row in lived.query("SELECT raw FROM inbox") for t in opened(lived, row[0].decode("utf-8", "replace"))}
    assert [token for token in tokens - own if token.encode() in data] == []


@pytest.mark.parametrize(
    "raw", [b"", b"\r\n\r\n", b"no mail at all", b"\xff" * 100, b"Content-Type: multipart/x\r\n\r\n--"]
)
def test_nothing_makes_it_raise_since_a_sent_mail_must_be_recorded(raw: bytes) -> None:
    again = blanked(raw)
    assert blanked(again) == again
    assert is_blanked(again) or not raw


def test_mails_that_left_before_are_blanked_by_the_upgrade(tmp_path: Path) -> None:
    with harness(tmp_path) as home:
        home.lose_relay()
        home.mail()
        home.query("UPDATE outbox SET state = 'sent', done_at = next_at WHERE kind = 'request'")
        for later in ("TABLE awaited", "TABLE appointment_answers", "TABLE marks"):
            home.query(f"DROP {later}")
        for column in (
            "units DROP COLUMN level",
            "unconfirmed DROP COLUMN scheme",
            "people DROP COLUMN last_day",
            "rights DROP COLUMN kept_by_id",
            "suppliers DROP COLUMN names",
            "outbox DROP COLUMN shares",
            "units DROP COLUMN reviewer_id",
        ):
            home.query(f"ALTER TABLE {column}")
        home.query("UPDATE alembic_version SET version_num = '0004'")
        assert opened(home, everything_in(stored(home, "sent")[0]))

        database = Database(f"sqlite:///{home.folder}/mailbot.db")
        database.upgrade()
        database.close()

        [sent] = stored(home, "sent")
        assert opened(home, everything_in(sent)) == []
        assert "Dell XPS 13" in text_of(sent)
        assert any(opened(home, everything_in(mail)) for mail in stored(home, "queued"))
