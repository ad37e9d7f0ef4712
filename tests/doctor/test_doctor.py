"""The doctor: passes a healthy bot, finds a broken one, and its own order reaches nobody and shows nowhere."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from threading import Thread
from typing import ClassVar

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailbot.building import build
from mailbot.demo.demo_run import write_config
from mailbot.doctor.canary_run import BrokenChainError, CanaryRun
from mailbot.doctor.checkup import STEP_SECONDS, Doctor
from mailbot.domain.notices.notice import Purpose
from mailbot.domain.people.directory import CANARY_SUPPLIER, CANARY_UNIT
from mailbot.edge.lock import locked
from mailbot.edge.system_clock import utc_now
from mailbot.edge.web.pages import GetHandler, PostHandler
from mailbot.edge.web.server import Web
from mailbot.flows.admin import canary as flow
from mailbot.flows.pages.confirm_sender import confirm_sender
from mailbot.flows.steps.decide import Action, Press, mail_fresh_link, press
from mailbot.settings import Settings, load
from mailbot.store import canary
from tests.journeys.people import place
from tests.support.harness import OPERATOR as HOUSE_OPERATOR
from tests.support.harness import ORDER, PURCHASING, RUT, Harness, Server, harness
from tests.support.process import CALM, EVA, RUN, Served, environment, free_ports, serving
from tests.support.relay import text_of

OPERATOR = "drift@example.se"
long = partial(pytest.param, marks=pytest.mark.long)


@dataclass(frozen=True)
class Said:
    """How the doctor ended, and what it said."""

    code: int
    out: str
    err: str


def doctor(config: Path, *options: str) -> Said:
    """Run the command as a person or cron does."""
    done = subprocess.run(  # noqa: S603
        [sys.executable, str(RUN), "doctor", "--config", str(config), *options],
        cwd=config,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
    assert "Traceback" not in done.stderr, done.stderr
    findings = [line for line in done.stderr.splitlines() if not line.startswith("warning: ")]
    return Said(done.returncode, done.stdout, "\n".join(findings))


def canary_run(config: Path) -> Sequence[str]:
    """Let the doctor's own order walk through a running bot, without its attacks; return what was said."""
    settings, said = load(config), list[str]()
    bot = build(settings, utc_now())
    cast = flow.open_unit(bot, utc_now())
    try:
        CanaryRun(bot, settings, cast, utc_now, said.append, STEP_SECONDS).run()
    finally:
        flow.close_unit(bot, utc_now())
    return said


# --- A healthy bot. ---


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, Said]]:
    """A bot that serves, whose undo window is a day, after a visit of the doctor's."""
    with serving(tmp_path_factory.mktemp("healthy"), CALM | {"undo_window": "1 day"}) as bot:
        yield bot, doctor(bot.config)


def test_a_healthy_bot_is_found_well_and_each_step_has_its_time(healthy: tuple[Served, Said]) -> None:
    _, said = healthy
    assert (said.code, said.err) == (0, "")
    assert said.out.endswith("all is well\n")
    for attack in ("HEAD and GET", "both buttons", "prefetching", "robots", "addresses", "another site"):
        assert re.search(rf"^  .*{attack}.*: nothing changed$", said.out, re.MULTILINE), attack
    assert len(re.findall(r"^ +\d+\.\d s  it ", said.out, re.MULTILINE)) == 3


def test_nobody_gets_a_mail_but_the_operator_who_gets_the_order(healthy: tuple[Served, Said]) -> None:
    bot, _ = healthy
    [(to, _raw)] = bot.relay.raw
    assert to == OPERATOR
    assert "CANARY-" in str(bot.relay.mails()[0]["Subject"])


def test_the_canary_is_in_no_list_and_no_number_and_leaves_no_gap(healthy: tuple[Served, Said]) -> None:
    bot, _ = healthy
    health = bot.health()
    assert (health["mails"], health["outbox"]) == ({}, {})
    listed = subprocess.run(  # noqa: S603
        [sys.executable, str(RUN), "orders", "list", "--config", str(bot.config)],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert "CANARY" not in listed.stdout
    asked = place(bot)
    assert asked.number.endswith("-00001")
    asked.page().press("approve")
    canary_run(bot.config)
    bot.wait(OPERATOR, "CANARY", count=2)
    assert bot.health()["mails"] == {"order": 1}
    assert not bot.sent("order@dustin.example"), "the doctor ends no undo window but its own"


@pytest.mark.long
def test_links_only_sends_no_order(tmp_path: Path) -> None:
    with serving(tmp_path) as bot:
        said = doctor(bot.config, "--links-only")
        assert (said.code, said.err) == (0, "")
        assert "Canary" not in said.out
        assert bot.relay.raw == []


@pytest.mark.parametrize("sender", ["none", long("dkim")])
def test_where_a_mail_from_this_machine_proves_nothing_the_canary_is_confirmed_from_its_link(
    tmp_path: Path, sender: str
) -> None:
    changes = {'sender = "loopback"': f'sender = "{sender}"'}
    with serving(tmp_path, changes=changes) as bot:
        said = canary_run(bot.config)
        assert [line for line in said if f"[trust] sender is '{sender}'" in line]
        assert [to for to, _ in bot.relay.raw] == [OPERATOR]


def test_the_order_is_handed_over_by_lmtp_on_a_unix_socket_where_that_is_the_door(tmp_path: Path) -> None:
    with serving(
        tmp_path / "c",
        changes={
            'sender = "loopback"': 'sender = "none"',
            "[smtp_in]\nlisten = ": f'[smtp_in]\nprotocol = "lmtp"\nlisten = "unix:{tmp_path}/door" # ',
        },
    ) as bot:
        canary_run(bot.config)
        assert bot.relay.mails(OPERATOR, "CANARY")


def test_a_relay_that_refuses_the_order_is_found_and_purchasing_hears_nothing(tmp_path: Path) -> None:
    with serving(tmp_path) as bot:
        bot.relay.refused.add(OPERATOR)
        with pytest.raises(BrokenChainError, match="The relay did not take the order"):
            canary_run(bot.config)
        assert bot.relay.raw == []


def test_two_doctors_at_once_do_not_disturb_each_other(tmp_path: Path) -> None:
    folder = write_config(tmp_path / "config", dict(zip(("smtp", "relay", "web"), free_ports(3), strict=True)), CALM)
    with locked(folder / "mailbot.toml"):
        said = doctor(folder)
    assert said.code == 1
    assert "another doctor is at work" in said.err


# --- A bot that is not well. ---


@contextmanager
def pages(folder: Path, kind: type[Web] = Web, way: type["Way"] | None = None) -> Iterator[Settings]:
    """Serve the pages alone, by a class of their own and behind a way in of its own, as the configuration says."""
    ports = dict(zip(("smtp", "relay", "web"), free_ports(3), strict=True))
    settings = load(write_config(folder / "config", ports, CALM | {"undo_window": "1 day"}))
    bot = build(settings, utc_now())
    app = kind(bot, utc_now, lambda: None).app()
    with serve(way(app) if way else app, ports["web"]):
        yield settings


@contextmanager
def serve(app: ASGIApp, port: int) -> Iterator[None]:
    """Serve any application."""
    config = uvicorn.Config(app, access_log=False, log_config=None, lifespan="off", ws="none")
    with closing(socket.create_server(("127.0.0.1", port))) as listening:
        server = Server(config)
        thread = Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield
        finally:
            server.told_to_stop.set_result(None)
            thread.join(10)


def examined(settings: Settings) -> Sequence[str]:
    """Return what the doctor finds on the links."""
    bot = build(settings, utc_now())
    return Doctor(bot, settings, utc_now, lambda _line: None).visit(links_only=True)


class Sick(Web):
    """Does something wrong when a page is looked at."""

    where: ClassVar[str]

    def page(self, path: str, see: GetHandler | None, act: PostHandler | None) -> Route:
        return super().page(path, partial(self._look, see) if see and path == self.where else see, act)

    def _look(self, see: GetHandler, request: Request) -> Response:
        self.do_wrong(request, request.path_params["token"])
        return see(request)

    def do_wrong(self, request: Request, token: str) -> None:
        raise NotImplementedError


class DecidesOnGet(Sick):
    """Approves when the link is opened."""

    where = "/decide/{token}"

    def do_wrong(self, _request: Request, token: str) -> None:
        press(self.bot, token, Press(Action.APPROVE, 1, "supplier"), self.now())


class ConfirmsOnGet(Sick):
    """Confirms a mail when the link is opened, unless it is a prefetch."""

    where = "/confirm/{token}"

    def do_wrong(self, request: Request, token: str) -> None:
        if "sec-purpose" not in request.headers:
            confirm_sender(self.bot, token, self.now())


class DecidesOnPrefetch(Sick):
    """Knows browsers, but not prefetching."""

    where = "/decide/{token}"

    def do_wrong(self, request: Request, token: str) -> None:
        if request.headers.get("x-moz") == "prefetch":
            press(self.bot, token, Press(Action.REJECT, 1, "", "Nej"), self.now())


class MailsOnGet(Sick):
    """Makes a fresh link at every look."""

    where = "/list/{token}"

    def do_wrong(self, _request: Request, token: str) -> None:
        mail_fresh_link(self.bot, Purpose.LIST, token, self.now() + self.bot.policy.link_life + timedelta(days=1))


class BreaksOnOddText(Sick):
    """Trusts that a token has a dot."""

    where = "/order/{token}"

    def do_wrong(self, _request: Request, token: str) -> None:
        if "." not in token:
            raise ValueError


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        long(BreaksOnOddText, ("addresses as mail programs damage them", "withdraw an order", "503")),
        (DecidesOnPrefetch, ("Prefetching", "decide an order", "decisions")),
        long(ConfirmsOnGet, ("HEAD and GET", "confirm a mail", "inbox", "Opening a link must never decide")),
        long(MailsOnGet, ("list what waits", "outbox", "links")),
    ],
)
def test_a_bot_that_acts_when_a_link_is_only_looked_at_is_found(
    tmp_path: Path, kind: type[Web], words: Sequence[str]
) -> None:
    with pages(tmp_path, kind) as settings:
        found = examined(settings)
    assert found
    for word in words:
        assert [line for line in found if word.lower() in line.lower()], (word, found)


def test_the_command_fails_with_a_sentence_for_each_finding(tmp_path: Path) -> None:
    with pages(tmp_path, DecidesOnGet):
        said = doctor(tmp_path / "config", "--links-only")
    assert said.code == 1
    for words in ("HEAD and GET", "decide an order", "decisions", "Opening a link must never decide"):
        assert words.lower() in (said.out + said.err).lower()
    assert "CHANGED" in said.out
    assert "Canary" not in said.out
    assert "all is well" not in said.out
    for line in said.err.splitlines():
        assert re.fullmatch(r"[A-Z].+\. [A-Z].+\.", line), line


@dataclass
class Way:
    """What stands between the network and the pages."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope = {**scope, "headers": self.asked(scope["headers"])}

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": self.answered(message["headers"])}
            await send(message)

        await self.app(scope, receive, answer)

    def asked(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        return headers

    def answered(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        return headers


class DropsOrigin(Way):
    """Keeps from the bot where a press comes from."""

    def asked(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        return [(n, v) for n, v in headers if n not in {b"origin", b"sec-fetch-site"}]


class RenamesOrigin(Way):
    """Passes on another Origin."""

    def asked(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        return [(n, b"http://backend:1" if n == b"origin" else v) for n, v in headers]


class DropsHeaders(Way):
    """Lets the browser send the token on to other sites."""

    def answered(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        return [(n, v) for n, v in headers if n.lower() != b"referrer-policy"]


class SetsCookie(Way):
    """Marks its visitors."""

    def answered(self, headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        return [*headers, (b"set-cookie", b"balance=1")]


@pytest.mark.parametrize(
    ("way", "word"),
    [
        (DropsOrigin, "Let the proxy pass Origin"),
        long(DropsHeaders, "without the bot's own Referrer-Policy"),
        long(RenamesOrigin, "Let the proxy pass Origin on unchanged"),
        long(SetsCookie, "A cookie is set"),
    ],
)
def test_a_way_in_that_takes_the_links_protection_away_is_found(tmp_path: Path, way: type[Way], word: str) -> None:
    with pages(tmp_path, way=way) as settings:
        found = examined(settings)
    assert [line for line in found if word in line], found


def test_that_nothing_answers_is_found_and_nothing_is_left_open(tmp_path: Path) -> None:
    ports = dict(zip(("smtp", "relay", "web"), free_ports(3), strict=True))
    settings = load(write_config(tmp_path / "config", ports, CALM))
    bot = build(settings, utc_now())
    found = Doctor(bot, settings, utc_now, lambda _line: None, step_seconds=1).visit()
    assert "does not answer" in found[0]
    assert "[smtp_in] listen" in found[1]
    with bot.database.read() as connection:
        assert canary.unfinished(connection) == []


def test_that_somebody_else_answers_is_found(tmp_path: Path) -> None:
    ports = dict(zip(("smtp", "relay", "web"), free_ports(3), strict=True))
    settings = load(write_config(tmp_path / "config", ports, CALM))
    login = Starlette(routes=[Route("/{path:path}", lambda _request: PlainTextResponse("Log in"))])
    with serve(login, ports["web"]):
        found = examined(settings)
    assert [line for line in found if "without its order" in line] == list(found)
    assert found


# --- Nobody else can use the canary's unit. ---


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Harness]:
    """A bot while the doctor is at work on it."""
    with harness(tmp_path) as made:
        flow.open_unit(made.bot, made.now)
        yield made


CANARY_ORDER = f"""\
Enhet: {{unit}}
Godkännare: mailbot canary approver
Leverantör: {CANARY_SUPPLIER}

1 st Kanariefågel à 1 kr
"""


def without_reference(text: str) -> list[str]:
    return re.sub(r"(#|%23)\w+", "", text).split()


@pytest.mark.parametrize("name", [CANARY_UNIT, "mailbot canary", CANARY_UNIT.upper()])
def test_for_a_person_the_canary_s_unit_is_a_unit_that_does_not_exist(home: Harness, name: str) -> None:
    home.mail(CANARY_ORDER.format(unit="no such unit"))
    home.mail(CANARY_ORDER.format(unit=name))
    unknown, reserved = (text_of(mail) for mail in home.relay.mails(RUT))
    assert without_reference(unknown.replace("no such unit", name)) == without_reference(reserved)
    assert home.orders() == 0
    assert "canary" not in reserved.replace(name, "").replace(CANARY_SUPPLIER, "").replace("canary approver", "")


def test_a_person_cannot_name_its_supplier_or_its_approver(home: Harness) -> None:
    home.mail(ORDER.replace("Dustin AB", CANARY_SUPPLIER))
    home.approve()
    home.later(minutes=6)
    assert home.count(PURCHASING, CANARY_SUPPLIER) == 1
    assert home.count(HOUSE_OPERATOR) == 0
    home.mail(ORDER.replace("Eva Ek", "mailbot canary approver"))
    assert home.orders() == 1


@pytest.mark.parametrize("trust", ["loopback", "none"])
def test_a_stranger_in_its_name_is_unknown_once_the_doctor_has_gone(tmp_path: Path, trust: str) -> None:
    with harness(tmp_path, trust=trust) as home:
        cast = flow.open_unit(home.bot, home.now)
        flow.close_unit(home.bot, home.now)
        for sender in (cast.address, "requester@canary.invalid"):
            home.mail(CANARY_ORDER.format(unit=CANARY_UNIT), sender=sender)
        assert home.sums() == {"parked": 2}
        assert set(home.reasons()) == {"unknown_address"}
        assert home.count() == 0


def test_a_mail_in_its_name_from_outside_is_not_proven_while_the_doctor_is_at_work(tmp_path: Path) -> None:
    with harness(tmp_path) as home:
        cast = flow.open_unit(home.bot, home.now)
        home.mail(CANARY_ORDER.format(unit=CANARY_UNIT), sender=cast.address, peer="192.0.2.7")
        assert home.sums() == {"waiting": 1}
        assert home.count() == 0


def test_more_visits_a_day_are_confirmed_than_a_person_s_mails(tmp_path: Path) -> None:
    """People may leave three mails unconfirmed a day; the doctor is another sender at each visit."""
    with harness(tmp_path, trust="none") as home:
        for _ in range(5):
            cast = flow.open_unit(home.bot, home.now)
            home.mail(CANARY_ORDER.format(unit=CANARY_UNIT), sender=cast.address)
        assert home.sums() == {"waiting": 5}


def test_the_doctor_s_own_people_can_name_nothing_real(tmp_path: Path) -> None:
    with harness(tmp_path) as home:
        cast = flow.open_unit(home.bot, home.now)
        home.mail(ORDER, sender=cast.address)
        assert home.orders() == 0
        assert home.count(EVA) == 0
        assert home.query("SELECT outcome, reason FROM inbox")[0][0] == "answer"


def test_a_canary_left_behind_is_never_reminded_of_and_the_next_visit_withdraws_it(home: Harness) -> None:
    cast = flow.open_unit(home.bot, home.now)
    flow.expose(home.bot, cast, home.now)
    home.later(days=30)
    assert home.count() == 0
    assert set(home.query("SELECT reminders FROM orders")) == {(0,)}
    flow.open_unit(home.bot, home.now)
    assert {status for (status,) in home.query("SELECT status FROM orders")} <= {"withdrawn", "sent"}


def test_after_a_visit_its_links_open_nothing_and_its_unit_has_no_approver(home: Harness) -> None:
    cast = flow.open_unit(home.bot, home.now)
    exposed = flow.expose(home.bot, cast, home.now)
    flow.close_unit(home.bot, home.now)
    with home.pages() as browser:
        answers = {browser.get(url.partition("8080")[2]).status_code for url in exposed.links.values()}
    assert answers == {410}
    assert home.query("SELECT count(*) FROM rights WHERE unit_id = 'mailbot-canary' AND ended_at IS NULL") == [(0,)]
    with home.bot.database.read() as connection:
        assert CANARY_UNIT not in home.bot.directory(connection).ordinary.units


def test_many_visits_add_no_people_and_no_rights(home: Harness) -> None:
    for _ in range(5):
        flow.open_unit(home.bot, home.now)
        flow.close_unit(home.bot, home.now)
    assert home.query("SELECT count(*) FROM people WHERE address LIKE '%@canary.invalid'") == [(2,)]
    assert home.query("SELECT count(*) FROM rights WHERE unit_id = 'mailbot-canary'") == [(1,)]
