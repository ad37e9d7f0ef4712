"""The log: one form for the bot and its libraries, and no line of it from which a link could be opened."""

import json
import logging
import re
from collections.abc import Iterator
from datetime import timedelta
from email.header import Header
from urllib.parse import quote

import pytest
import structlog
from sqlalchemy.exc import OperationalError

from mailbot.domain.notices.notice import Purpose
from mailbot.flows.clock.daily import daily_round
from mailbot.flows.steps.decide import Action
from mailbot.logs import set_up
from tests.support.harness import BASE_URL, DUSTIN, EVA, ORDER, RUT, Harness, mail_to_bot
from tests.support.relay import html_of, text_of

TOKEN = "IlNfUXdFUlRZdWlvcGFzZGZnaGprbHp4YyI.Z1m0rKxwq8Jc0bq2dJ5n7t0uQv4yHs3oXgE6aLfPiWk"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    """Leave logging to the other tests as this one found it."""
    root, config = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    quieted = {name: logging.getLogger(name).level for name in ("apscheduler", "alembic", "uvicorn")}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, before in quieted.items():
        logging.getLogger(name).setLevel(before)
    structlog.configure(**config)


def tokens_in_mails(home: Harness) -> set[str]:
    texts = [text_of(mail) + html_of(mail) for mail in home.relay.mails()]
    return {token for text in texts for token in re.findall(rf"{re.escape(BASE_URL)}/[a-z-]+/([^\s\"?<>]+)", text)}


def tell_a_whole_story(home: Harness) -> set[str]:
    """Let everything happen that a bot goes through in a month, trouble included; return every token it gave out."""
    with home.pages() as browser:
        home.mail()
        home.mail(peer="192.0.2.7")
        browser.post(f"/confirm/{home.token(RUT, Purpose.CONFIRM)}")
        home.settle()
        decide = home.token(EVA, Purpose.DECIDE)
        for path in (f"/decide/{decide}?choice=approve", f"/decide/{decide}=", f"/list/{decide}"):
            browser.get(path)
        browser.post(f"/decide/{decide}", data={"action": "approve", "version": "1", "destination": "supplier"})
        home.settle()
        browser.post(f"/not-me/{home.token(EVA, Purpose.NOT_ME)}")
        home.settle()
        home.relay.refused.add(DUSTIN)
        home.press(home.token(EVA, Purpose.DECIDE), Action.APPROVE)
        home.later(minutes=6)
        home.lose_relay()
        home.mail(ORDER.replace("Enhet: cs", "Enhet: tom"))
        home.find_relay()
        home.later(days=3)
        daily_round(home.bot, home.now)
        home.now += timedelta(days=15)
        browser.post(f"/decide/{decide}/fresh")
        home.settle()
        receipt = home.sent(RUT, "/disown/")
        home.query("DELETE FROM order_versions")
        home.mail("Referens: RR2", answers=receipt)
        for _ in range(3):
            home.later(minutes=1)
        home.query("ALTER TABLE links RENAME TO elsewhere")
        browser.get(f"/decide/{decide}")
    return tokens_in_mails(home)


@pytest.mark.parametrize("style", ["json", "text"])
def test_no_line_of_a_whole_story_holds_a_token(home: Harness, capsys: pytest.CaptureFixture[str], style: str) -> None:
    set_up(style, "debug")  # type: ignore[arg-type]
    tokens = tell_a_whole_story(home)
    log = capsys.readouterr().err
    assert len(tokens) > 20
    for happened in ("mail_failed", "mail_refused", "relay_gone", "page_failed", "Traceback", "HTTP Request"):
        assert happened in log
    assert [token for token in tokens if token in log] == []
    # Not the half of one either: enough to open a link must not be pieced together.
    assert [token for token in tokens if token.partition(".")[0] in log or token.partition(".")[2] in log] == []
    assert "/decide/..." in log


def test_the_database_holds_no_token_outside_the_mails(home: Harness) -> None:
    home.mail()
    home.approve()
    tokens = tokens_in_mails(home)
    (_, link_ids) = zip(*[(t, home.bot.signer.read(p, t)) for t in tokens for p in Purpose], strict=True)
    dump = "\n".join(line for line in home.dump().splitlines() if not line.startswith('INSERT INTO "outbox" '))
    found = {link_id for link_id in link_ids if link_id}
    assert len(found) == len(tokens)
    assert [secret for secret in (*tokens, *found) if secret in dump] == []


class TestAnOrderFromMailToMail:
    """Whether a mail came, what became of it and what left: one line each at level info, and nothing about anybody."""

    @pytest.fixture
    def lines(self, home: Harness, capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
        set_up("json", "info")
        home.mail("Motivering: hemlig\n" + ORDER)
        home.mail("Hej, jag undrar en sak.", sender="mallory@elsewhere.example", subject="Hemligt")
        home.approve(comment="Ta den hemliga.")
        home.later(minutes=6)
        found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
        own = {"mail_taken", "mail_settled", "mail_waits", "mail_sent", "order_step"}
        return [line for line in found if line["event"] in own]

    def test_each_step_is_a_line_in_its_order(self, home: Harness, lines: list[dict[str, object]]) -> None:
        number = home.order().number
        told = [(line["event"], line.get("outcome") or line.get("what") or line.get("via")) for line in lines]
        assert [step for step in told if step[0] != "mail_sent"] == [
            *[("mail_taken", "smtp"), ("order_step", "opened"), ("mail_settled", "order")],
            *[("mail_taken", "smtp"), ("mail_settled", "parked")],
            *[("order_step", "approved"), ("order_step", "leaving"), ("order_step", "delivered")],
        ]
        assert {line["order"] for line in lines if line["event"] == "order_step"} == {number}
        assert {line.get("reason") for line in lines if line.get("outcome") == "parked"} == {"unknown_address"}
        sent = [line["kind"] for line in lines if line["event"] == "mail_sent"]
        assert sorted(map(str, sent)) == sorted(kind for (kind,) in home.query("SELECT kind FROM outbox"))
        assert all(line["level"] == "info" for line in lines)

    def test_no_line_says_who_or_what(self, home: Harness, lines: list[dict[str, object]]) -> None:
        text = json.dumps(lines, ensure_ascii=False).casefold()
        private = ("@", "rut", "eva", "mallory", "hemlig", "dell", "dustin", "beställning", "http", "12 500", "datav")
        assert [word for word in private if word in text] == []
        assert [token for token in tokens_in_mails(home) if token in text] == []

    def test_what_is_undone_is_not_told(self, home: Harness, capsys: pytest.CaptureFixture[str]) -> None:
        set_up("json", "info")
        home.query("ALTER TABLE outbox_orders RENAME TO elsewhere")
        with pytest.raises(OperationalError, match="outbox_orders"):
            home.mail()
        told = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
        assert {"mail_taken", "mail_held_up"} <= set(told)
        assert "order_step" not in told


class TestOneForm:
    def test_every_line_is_json_with_time_level_and_event(self, capsys: pytest.CaptureFixture[str]) -> None:
        set_up("json", "info")
        structlog.get_logger().info("mail_taken", inbox=7)
        logging.getLogger("some.library").warning("%s of %s", 1, 2)
        own, foreign = (json.loads(line) for line in capsys.readouterr().err.splitlines())
        assert (own["event"], own["level"], own["inbox"]) == ("mail_taken", "info", 7)
        assert (foreign["event"], foreign["level"]) == ("1 of 2", "warning")
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]+Z", own["timestamp"])
        assert foreign["timestamp"].endswith("Z")

    def test_an_error_is_one_line_with_its_traceback(self, capsys: pytest.CaptureFixture[str]) -> None:
        set_up("json", "info")
        try:
            raise LookupError(f"no {BASE_URL}/order/{TOKEN} here")
        except LookupError:
            structlog.get_logger().exception("failed")
        (line,) = capsys.readouterr().err.splitlines()
        found = json.loads(line)
        assert "LookupError" in found["exception"]
        assert TOKEN not in line
        assert f"{BASE_URL}/order/..." in found["exception"]

    def test_lines_below_the_level_are_left_out(self, capsys: pytest.CaptureFixture[str]) -> None:
        set_up("text", "warning")
        structlog.get_logger().info("quiet")
        logging.getLogger("some.library").info("quiet too")
        structlog.get_logger().warning("loud")
        log = capsys.readouterr().err
        assert "quiet" not in log
        assert "loud" in log

    def test_the_clock_s_library_does_not_tell_of_every_tick(self, capsys: pytest.CaptureFixture[str]) -> None:
        set_up("text", "info")
        logging.getLogger("apscheduler.executors.default").info("Running job")
        logging.getLogger("apscheduler.scheduler").warning("skipped: maximum number of running instances reached")
        assert capsys.readouterr().err == ""


LINE = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z \[\w+ *\] ")
BREAKING = {
    "line": "x\n2026-03-02T09:00:00Z [info     ] forged",
    "return": "x\r2026-03-02T09:00:00Z [info     ] forged",
    "other line ends": "x\x0b\x0c\x85\u2028\u2029forged",
    "colour": "x\x1b[31m\x1b[2J\x9b31m",
    "title and link": "x\x1b]0;title\x07\x1b]8;;//elak.example\x1b\\",
    "direction": "x\u202egnp.exe\u2066",
    "json": 'x", "level": "info", "event": "forged"}',
    "nul and backspace": "x\x00\x08\x08\x7f",
}


def lines_of(log: str, style: str) -> list[str]:
    """Return the lines of a log in a style, each read as such; a traceback's lines belong to the one before."""
    *lines, after = log.split("\n")
    assert after == ""
    if style == "json":
        return [json.loads(line)["event"] for line in lines]
    assert all(LINE.match(line) or line.startswith("    ") for line in lines), lines
    return [line for line in lines if LINE.match(line)]


@pytest.mark.parametrize("style", ["json", "text"])
class TestNothingBreaksOutOfALine:
    @pytest.mark.parametrize("hostile", BREAKING.values(), ids=BREAKING)
    def test_wherever_it_stands(self, capsys: pytest.CaptureFixture[str], style: str, hostile: str) -> None:
        set_up(style, "info")  # type: ignore[arg-type]
        own = structlog.get_logger()
        own.warning("mail_refused", reason=hostile, several=[hostile], by={hostile: hostile}, raw=hostile.encode())
        own.warning(hostile)
        logging.getLogger("some.library").warning("no %s", hostile)
        try:
            raise LookupError(hostile)
        except LookupError:
            own.exception("failed")
        log = capsys.readouterr().err
        assert len(lines_of(log, style)) == 4
        assert [sign for sign in log if not sign.isprintable() and sign != "\n"] == []

    def test_through_the_fields_of_a_mail(self, home: Harness, capsys: pytest.CaptureFixture[str], style: str) -> None:
        """A subject, names, a file's name and an address, in a mail that fails and in one that is refused."""
        set_up(style, "debug")  # type: ignore[arg-type]
        text = "".join(BREAKING.values())
        encoded = str(Header(text, "utf-8", maxlinelen=5000).encode(linesep=""))
        mail = mail_to_bot(ORDER)
        mail.add_attachment(b"x", maintype="text", subtype="plain", filename="long name.txt")
        raw = mail.as_bytes().decode().replace("long name", encoded)
        raw = raw.replace("Subject: ", f"Subject: {encoded} ").replace(f"From: {RUT}", f"From: {encoded} <{RUT}>")
        home.store(raw.encode())
        home.query("ALTER TABLE orders RENAME TO elsewhere")
        with pytest.raises(OperationalError):
            home.processor.process_next(home.now)
        home.query("ALTER TABLE elsewhere RENAME TO orders")
        home.later(minutes=1)
        home.relay.refused.add(DUSTIN)
        home.approve()
        home.later(minutes=6)
        home.raw(raw.encode(), mail_from=f"{text[:40]}@example.se")
        with home.pages() as browser:
            browser.get(f"/decide/{quote(text)}")
        log = capsys.readouterr().err
        events = " ".join(lines_of(log, style))
        assert "mail_held_up" in events
        assert "mail_refused" in events
        assert [sign for sign in log if not sign.isprintable() and sign not in "\n\xa0"] == []


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize(
    "line",
    [
        "{base}/{purpose}/{token}",
        "GET /{purpose}/{token}?choice=approve HTTP/1.1",
        "GET /{purpose}/{token}/fresh",
        "see <{base}/{purpose}/{token}>, now",
        '"path": "/{purpose}/{token}"',
        "{purpose} /{purpose}/{token}\nand /{purpose}/{token}",
    ],
)
def test_a_link_is_named_without_its_token(capsys: pytest.CaptureFixture[str], purpose: Purpose, line: str) -> None:
    set_up("json", "info")
    text = line.format(base=BASE_URL, purpose=purpose, token=TOKEN)
    structlog.get_logger().info("seen", where=text)
    structlog.get_logger().info(text)
    logging.getLogger("some.library").info("%s", text)
    log = capsys.readouterr().err
    assert TOKEN not in log
    assert log.count(f"/{purpose}/...") >= 3
