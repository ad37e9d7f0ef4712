"""The IMAP door, on a real Dovecot with real sockets, real TLS and its own OAuth2 login."""

import itertools
import logging
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import structlog

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.trust.envelope import RawMail
from mailbot.edge.imap.account import ImapAccount, ImapLimits
from mailbot.edge.imap.door import ImapDoor, ImapReception, OversizedMail
from mailbot.edge.imap.envelope_sender import envelope_sender
from mailbot.edge.imap.mailbox import ImapMailbox, silence_client_log
from mailbot.edge.imap.mailbox_trouble import ImapTrouble, ImapTroubleKind, explained
from mailbot.edge.imap.oauth import AccessTokens, TokenSource
from mailbot.edge.peers import verified_tls
from mailbot.flows.incoming.receive import receive
from mailbot.flows.pages.confirm_sender import confirm_sender
from tests.support.dovecot import PASSWORD, Dovecot, Wire, dovecot, free_port, missing, until, wire
from tests.support.harness import RUT, harness
from tests.support.harness import mail_to_bot as order_letter
from tests.support.token_server import CLIENT_ID, CLIENT_SECRET, TokenServer, token_server

pytestmark = pytest.mark.skipif(bool(missing("dovecot", "openssl")), reason=missing("dovecot", "openssl"))

NOW = datetime(2026, 11, 2, 8, 0, tzinfo=UTC)
FAST = ImapLimits(
    poll_seconds=1,
    first_wait_seconds=0.05,
    longest_wait_seconds=0.2,
    refused_wait_seconds=0.3,
    connect_seconds=5,
    read_seconds=5,
)
EAGER = replace(FAST, poll_seconds=0.05)
PATIENT = replace(FAST, poll_seconds=300)
NO_MOVE = "imap_capability = IMAP4rev1 LITERAL+ NAMESPACE UNSELECT UIDPLUS IDLE"
NO_UIDPLUS = "imap_capability = IMAP4rev1 LITERAL+ NAMESPACE UNSELECT IDLE"
NO_IDLE = "imap_capability = IMAP4rev1 LITERAL+ UNSELECT MOVE"

users = (f"order{number}@example.test" for number in itertools.count())


def letter(text: str, size: int = 0) -> bytes:
    head = f"Return-Path: <rut@example.test>\r\nFrom: Rut <rut@example.test>\r\nSubject: {text}\r\n\r\n"
    return head.encode() + (b"x" * 70 + b"\r\n") * (size // 72) + b"bye\r\n"


@dataclass
class Desk:
    """Behind the door: a store that can be told to fail or to wait, and what it was told."""

    batches: list[list[RawMail]] = field(default_factory=list)
    refused: list[list[bytes]] = field(default_factory=list)
    parked: list[OversizedMail] = field(default_factory=list)
    troubles: list[ImapTrouble] = field(default_factory=list)
    polls: list[datetime] = field(default_factory=list)
    broken: bool = False
    poison: bytes = b"poison"
    entered: threading.Event = field(default_factory=threading.Event)
    gate: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.gate.set()

    def receive(self, mails: Sequence[RawMail]) -> None:
        self.entered.set()
        assert self.gate.wait(10)
        if self.broken or any(self.poison in mail.raw for mail in mails):
            self.refused.append([mail.raw for mail in mails])
            raise RuntimeError(f"disk full at {mails[0].raw!r}")
        self.batches.append(list(mails))

    def park(self, mail: OversizedMail) -> None:
        if self.broken:
            raise RuntimeError("disk full")
        self.parked.append(mail)

    @property
    def raw(self) -> list[bytes]:
        return [mail.raw for batch in self.batches for mail in batch]

    def has(self, *mails: bytes) -> bool:
        return set(mails) <= set(self.raw)

    def heard(self, kind: ImapTroubleKind) -> list[str]:
        return [trouble.words for trouble in self.troubles if trouble.kind is kind]


class Post:
    """One mailbox at a server, its doors, and another mail program that looks into it."""

    def __init__(self, server: Dovecot, stack: ExitStack) -> None:
        self.server = server
        self.desk = Desk()
        self.account = ImapAccount("127.0.0.1", server.port, "none", next(users), PASSWORD)
        self.reception = ImapReception(
            receive=self.desk.receive,
            park=self.desk.park,
            on_poll=self.desk.polls.append,
            on_trouble=self.desk.troubles.append,
            now=lambda: NOW,
        )
        self._stack = stack
        self._client: Any = None

    def door(self, limits: ImapLimits = FAST, **account: object) -> ImapDoor:
        return ImapDoor(
            replace(self.account, **account),  # type: ignore[arg-type]
            self.reception,
            limits,
        )

    def check(self, limits: ImapLimits = FAST, **account: object) -> ImapTrouble | None:
        """Log in once, look at the folders, and return what stands in the way."""
        silence_client_log()
        stated = replace(self.account, **account)  # type: ignore[arg-type]
        try:
            ImapMailbox(stated, limits).leave()
        except Exception as error:  # noqa: BLE001  all of them are looked at
            return explained(error, stated.host)
        return None

    def open(self, limits: ImapLimits = FAST, **account: object) -> ImapDoor:
        """Start a door that is stopped when the test ends."""
        return self._stack.enter_context(running(self.door(limits, **account)))

    def wire(self) -> Wire:
        return self._stack.enter_context(wire(self.server.port))

    @contextmanager
    def program(self, folder: str = "INBOX") -> Iterator[Any]:
        """Look into a folder with another mail program, which logs in once for all looks."""
        if self._client is None:
            self._client = self._stack.enter_context(self.server.client(self.account.user))
        self._client.select_folder(folder)
        yield self._client
        self._client.unselect_folder()

    def restart(self) -> None:
        """Let the server come back, and the other mail program log in again."""
        self.server.start()
        self._client = None

    def put(self, *mails: bytes, folder: str = "INBOX", flags: Sequence[bytes] = ()) -> None:
        with self.program() as client:
            for mail in mails:
                client.append(folder, mail, flags)

    def folders(self) -> list[str]:
        with self.program() as client:
            return sorted(name for _, _, name in client.list_folders())

    def flags(self, folder: str = "INBOX") -> dict[bytes, tuple[bytes, ...]]:
        """Return the mails of a folder with their flags."""
        with self.program(folder) as client:
            found = client.fetch(client.search("ALL"), ["FLAGS", "BODY.PEEK[]"])
        return {mail[b"BODY[]"]: mail[b"FLAGS"] for mail in found.values()}

    def there(self, folder: str = "INBOX") -> list[bytes]:
        with self.program(folder) as client:
            found = client.fetch(client.search("ALL"), ["BODY.PEEK[]"])
        return sorted(mail[b"BODY[]"] for mail in found.values() if mail[b"BODY[]"])  # None where it just has gone

    def done(self, *mails: bytes) -> None:
        """Wait until these mails, and no others, are in the done folder."""
        until(lambda: "Processed" in self.folders(), "the done folder is there")
        until(lambda: self.there("Processed") == sorted(mails), "the mails are in the done folder")


@contextmanager
def running(door: ImapDoor) -> Iterator[ImapDoor]:
    door.start()
    try:
        yield door
    finally:
        began = time.monotonic()
        door.stop()
        assert time.monotonic() - began < 7, "a stop takes seconds"


@pytest.fixture(scope="module")
def tokens() -> Iterator[TokenServer]:
    with token_server() as made:
        yield made


@pytest.fixture(scope="module")
def server(tokens: TokenServer) -> Iterator[Dovecot]:
    with dovecot(introspection=f"http://127.0.0.1:{tokens.port}/introspect") as made:
        yield made


@pytest.fixture
def post(server: Dovecot) -> Iterator[Post]:
    with ExitStack() as stack:
        yield Post(server, stack)


class Elsewhere:
    """Mailboxes at servers that are set up otherwise; each server is started once."""

    def __init__(self, servers: ExitStack, posts: ExitStack, started: dict[str, Dovecot]) -> None:
        self._servers = servers
        self._posts = posts
        self._started = started

    def __call__(self, settings: str, namespace: str = "separator = /") -> Post:
        key = settings + namespace
        if key not in self._started:
            self._started[key] = self._servers.enter_context(dovecot(settings, namespace))
        return Post(self._started[key], self._posts)


@pytest.fixture(scope="module")
def other_servers() -> Iterator[tuple[ExitStack, dict[str, Dovecot]]]:
    with ExitStack() as stack:
        yield stack, {}


@pytest.fixture
def post_at(other_servers: tuple[ExitStack, dict[str, Dovecot]]) -> Iterator[Elsewhere]:
    servers, started = other_servers
    with ExitStack() as posts:
        yield Elsewhere(servers, posts, started)


# Taking mail


def test_a_mail_is_stored_as_it_came_and_then_moved_to_the_done_folder(post: Post) -> None:
    post.put(letter("one"))
    post.open()
    post.done(letter("one"))
    assert post.desk.batches == [[RawMail(letter("one"), "rut@example.test", (), "", "imap", NOW)]]
    assert post.there() == []
    assert post.desk.troubles == []


def test_a_mail_that_comes_while_the_door_waits_is_taken_at_once(post: Post) -> None:
    post.open(PATIENT)
    until(lambda: post.desk.polls, "the first look")
    wake(post)


def wake(post: Post) -> None:
    """Send mails until one is taken at once.

    Dovecot tells nothing of a mail that comes in the instant in which IDLE begins; for such the door polls.
    """
    for number in range(5):
        post.put(letter(f"{number}"))
        with suppress(AssertionError):
            until(lambda: post.desk.raw, "the mail is taken", 2)
            return
    raise AssertionError("IDLE wakes nobody")


def test_a_server_without_idle_is_polled(post_at: Elsewhere) -> None:
    post = post_at(NO_IDLE)
    post.open(EAGER)
    until(lambda: len(post.desk.polls) > 2, "some looks")
    post.put(letter("one"))
    post.done(letter("one"))


def test_idle_is_renewed_in_time_and_only_wakes_the_door(post: Post) -> None:
    line = post.wire()
    post.open(replace(FAST, idle_seconds=0.05), port=line.port)
    until(lambda: line.said.count(b"IDLE\r\n") > 3, "IDLE is renewed")
    assert line.said.count(b"SEARCH UNDELETED") >= line.said.count(b"IDLE\r\n")
    assert ImapLimits().idle_seconds < 600
    assert ImapLimits().poll_seconds <= 300


def test_a_read_mail_is_taken_as_well_and_an_unread_one_stays_unread(post: Post) -> None:
    post.put(letter("read"), flags=[rb"\Seen"])
    post.put(letter("unread"))
    post.open()
    post.done(letter("read"), letter("unread"))
    unread = [mail for mail, flags in post.flags("Processed").items() if rb"\Seen" not in flags]
    assert unread == [letter("unread")]


def test_a_mail_that_somebody_has_marked_as_deleted_is_left_alone(post: Post) -> None:
    post.put(letter("deleted"), flags=[rb"\Deleted"])
    post.put(letter("one"))
    post.open()
    post.done(letter("one"))
    assert post.there() == [letter("deleted")]


def test_mails_come_in_batches_of_bounded_number_and_size(post: Post) -> None:
    mails = [letter(f"{number:02}", 4_000) for number in range(11)]
    post.put(*mails)
    post.open(replace(FAST, batch_mails=5, message_bytes=13_000))
    post.done(*mails)
    assert [len(batch) for batch in post.desk.batches] == [3, 2, 3, 2, 1]
    assert post.desk.raw == mails


def test_nothing_is_moved_before_it_is_stored(post: Post) -> None:
    post.desk.gate.clear()
    post.put(letter("one"))
    post.open()
    assert post.desk.entered.wait(10)
    assert post.there() == [letter("one")]
    post.desk.gate.set()
    post.done(letter("one"))


def test_an_empty_mail_and_one_of_odd_bytes_are_taken_as_they_are(post: Post) -> None:
    odd = b"From: \xe5\r\nX: a\rb\r\n\r\n" + bytes(range(128, 256)) + b"\r\n"
    post.put(letter("one"))
    drop = post.server.maildir(post.account.user) / "new"
    for name, content in (("1.a", odd), ("2.b", b"\r\n")):
        (drop / name).write_bytes(content)
        (drop / name).chmod(0o644)
    post.open()
    until(lambda: post.desk.has(letter("one"), odd, b"\r\n"), "all are taken")


# Oversized mail


def test_a_giant_is_never_fetched_but_shown_as_parked_and_moved_aside(post: Post) -> None:
    line = post.wire()
    giant = letter("giant", 300_000)
    post.put(giant, letter("one"))
    post.open(replace(FAST, message_bytes=100_000), port=line.port)
    post.done(letter("one"))
    head = giant[: giant.index(b"\r\n\r\n") + 4]
    mail = RawMail(head, "rut@example.test", (), "", "imap", NOW)
    assert post.desk.parked == [OversizedMail(mail, len(giant), "Parked")]
    assert post.there("Parked") == [giant]
    assert post.desk.raw == [letter("one")]
    assert line.said.count(b"BODY.PEEK[]") == 2
    assert line.said.count(b"BODY.PEEK[]<0.100000>") == 1


def test_a_giant_header_is_cut(post: Post) -> None:
    post.put(b"Subject: " + b"x" * 5_000 + b"\r\n\r\n" + letter("giant", 5_000))
    post.open(replace(FAST, message_bytes=4_000, header_bytes=1_000))
    until(lambda: post.desk.parked, "the giant is parked")
    assert len(post.desk.parked[0].mail.raw) == 1_000


def test_a_giant_that_cannot_be_shown_as_parked_stays_and_is_tried_again(post: Post) -> None:
    post.desk.broken = True
    post.put(letter("giant", 300_000))
    post.open(replace(FAST, message_bytes=100_000))
    until(lambda: len(post.desk.heard(ImapTroubleKind.NOT_TAKEN)) > 1, "it was tried again")
    assert len(post.there()) == 1
    post.desk.broken = False
    until(lambda: post.desk.parked, "the giant is parked")
    until(lambda: post.there() == [], "the giant is moved")


# A store that fails


def test_a_mail_that_cannot_be_stored_does_not_block_the_others(post: Post) -> None:
    mails = [letter(f"{number}") for number in range(7)]
    post.put(*mails[:3], letter("poison"), *mails[3:])
    post.open()
    post.done(*mails)
    assert post.there() == [letter("poison")]
    post.put(letter("later"))
    post.done(*mails, letter("later"))
    assert "the mail with UID 4 could not be stored: RuntimeError." in post.desk.heard(ImapTroubleKind.NOT_TAKEN)


def test_a_mail_that_could_not_be_stored_is_tried_again_until_it_is(post: Post) -> None:
    post.put(letter("poison"))
    post.open()
    until(lambda: len(post.desk.refused) > 2, "some tries")
    assert post.there() == [letter("poison")]
    post.desk.poison = b"no mail has this"
    post.done(letter("poison"))
    assert len(post.desk.batches) == 1


def test_while_nothing_can_be_stored_everything_stays_and_little_is_tried(post: Post) -> None:
    mails = [letter(f"{number:02}") for number in range(20)]
    post.desk.broken = True
    post.put(*mails)
    post.open(replace(FAST, first_wait_seconds=0.5, longest_wait_seconds=0.5))
    until(lambda: len(post.desk.refused) >= 4, "the first tries")
    assert [len(tried) for tried in post.desk.refused[:5]] == [20, 1, 1, 1]
    assert post.there() == mails
    post.desk.broken = False
    post.done(*mails)
    assert sorted(post.desk.raw) == mails


# Crashes and cut connections: nothing is lost, and what comes twice comes with the same bytes


def test_a_crash_between_storing_and_moving_brings_the_same_bytes_once_more(post: Post) -> None:
    line = post.wire()
    line.cut_at_request = b"UID MOVE"
    post.put(letter("one"))
    with running(post.door(replace(FAST, first_wait_seconds=300, longest_wait_seconds=300), port=line.port)):
        until(lambda: post.desk.troubles, "the connection is cut")
    assert post.there() == [letter("one")]
    post.open()
    post.done(letter("one"))
    assert post.desk.raw == [letter("one")] * 2


def test_a_mail_that_comes_twice_by_a_crash_is_one_order(post: Post, tmp_path: Path) -> None:
    line = post.wire()
    line.cut_at_request = b"UID MOVE"
    post.put(order_letter().as_bytes())
    with harness(tmp_path, trust="none") as bot:
        post.reception = replace(post.reception, receive=partial(receive, bot.bot))
        with running(post.door(replace(FAST, first_wait_seconds=300, longest_wait_seconds=300), port=line.port)):
            until(lambda: post.desk.troubles, "the connection is cut")
        with running(post.door()):
            until(lambda: post.there() == [], "the mail is moved")
        bot.now = NOW
        bot.settle()
        assert sum(bot.sums().values()) == 2
        confirm_sender(bot.bot, bot.token(RUT, Purpose.CONFIRM), bot.now)
        bot.settle()
        assert bot.orders() == 1


def test_a_connection_cut_between_storing_and_moving_brings_nothing_twice(post: Post) -> None:
    line = post.wire()
    line.cut_at_request = b"UID MOVE"
    post.put(letter("one"), letter("two"))
    post.open(port=line.port)
    until(lambda: len(post.desk.troubles) > 2, "the connection is cut again and again")
    line.cut_at_request = b""
    post.done(letter("one"), letter("two"))
    assert post.desk.raw == [letter("one"), letter("two")]


def test_a_move_whose_answer_is_lost_brings_nothing_twice(post: Post) -> None:
    line = post.wire()
    line.cut_at_answer = b"Move completed"
    post.put(letter("one"))
    post.open(port=line.port)
    post.done(letter("one"))
    until(lambda: line.connections > 1, "the connection was cut")
    assert post.desk.raw == [letter("one")]


@pytest.mark.parametrize("step", [700, 977, 2_000, 3_500, 9_000])
def test_a_connection_cut_after_any_number_of_bytes_loses_nothing(post: Post, step: int) -> None:
    mails = [letter(f"{number:02}", 2_000) for number in range(6)]
    line = post.wire()
    line.cut_after = step
    post.put(*mails)
    post.open(port=line.port)
    for _ in range(4):
        seen = line.connections
        until(lambda seen=seen: line.connections > seen or not post.there(), "the next try")  # type: ignore[misc]
        line.cut_after += step
    line.cut_after = 0
    post.done(*mails)
    assert sorted(post.desk.raw) == mails


def test_a_mail_at_which_the_connection_always_breaks_does_not_block_the_others(post: Post) -> None:
    mails = [letter(f"{number}") for number in range(6)]
    line = post.wire()
    line.cut_at_answer = b"breaker"
    post.put(letter("breaker"), *mails)
    post.open(port=line.port)
    post.done(*mails)
    assert post.there() == [letter("breaker")]
    stubborn = "the mail with UID 1 could not be taken in 3 tries."
    until(lambda: stubborn in post.desk.heard(ImapTroubleKind.NOT_TAKEN), "the operator hears which mail it is")
    line.cut_at_answer = b""
    post.done(*mails, letter("breaker"))


def test_a_mail_that_the_server_cannot_read_does_not_block_the_others(post: Post) -> None:
    mails = [letter(f"{number}") for number in range(4)]
    post.put(letter("closed"), *mails)
    (closed,) = [path for path in post.server.maildir(post.account.user).glob("*/*") if b"closed" in _content(path)]
    closed.chmod(0)
    post.open()
    post.done(*mails)
    assert post.desk.heard(ImapTroubleKind.NOT_TAKEN) or post.desk.heard(ImapTroubleKind.UNREACHABLE)
    closed.chmod(0o644)
    post.done(letter("closed"), *mails)


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def test_a_server_that_restarts_is_found_again(post_at: Elsewhere) -> None:
    post = post_at("")
    post.open()
    until(lambda: post.desk.polls, "the first look")
    post.server.stop()
    until(lambda: len(post.desk.heard(ImapTroubleKind.UNREACHABLE)) > 2, "some tries")
    post.restart()
    post.put(letter("one"))
    post.done(letter("one"))


def test_the_waits_between_tries_double_up_to_the_longest(post: Post) -> None:
    limits = replace(FAST, first_wait_seconds=0.05, longest_wait_seconds=0.2)
    began = time.monotonic()
    post.open(limits, port=free_port())
    until(lambda: len(post.desk.troubles) == 6, "six tries")
    assert time.monotonic() - began >= 0.05 + 0.1 + 0.2 * 3
    assert (ImapLimits().first_wait_seconds, ImapLimits().longest_wait_seconds) == (5, 300)


def test_a_half_open_connection_is_found_by_the_next_poll(post: Post) -> None:
    line = post.wire()
    post.open(replace(FAST, poll_seconds=0.3, read_seconds=0.5), port=line.port)
    until(lambda: post.desk.polls, "the first look")
    line.held.set()
    post.put(letter("one"))
    until(lambda: post.desk.heard(ImapTroubleKind.UNREACHABLE), "the silence is noticed")
    line.held.clear()
    post.done(letter("one"))
    assert "fallen silent (TimeoutError)" in post.desk.heard(ImapTroubleKind.UNREACHABLE)[0]


def test_a_new_uidvalidity_only_means_to_look_again(post: Post) -> None:
    """Folder and mail are made anew, so that the same UID is another mail."""
    with post.program() as client:
        client.create_folder("Orders")
    post.put(letter("old"), folder="Orders")
    line = post.wire()
    post.open(port=line.port, folder="Orders")
    post.done(letter("old"))
    line.cut_at_request = b"AUTHENTICATE"
    line.cut()
    until(lambda: post.desk.troubles, "the door is out")
    with post.program() as client:
        client.delete_folder("Orders")
        client.create_folder("Orders")
    post.put(letter("new"), folder="Orders")
    line.cut_at_request = b""
    post.done(letter("old"), letter("new"))
    assert post.desk.raw == [letter("old"), letter("new")]


# Somebody else in the same mailbox


@pytest.mark.parametrize("deed", ["delete", "move"])
def test_a_mail_that_a_user_takes_away_while_it_is_in_hand_does_no_harm(post: Post, deed: str) -> None:
    post.desk.gate.clear()
    post.put(letter("one"), letter("two"))
    post.open()
    assert post.desk.entered.wait(10)
    with post.program() as client:
        if deed == "move":
            client.create_folder("Private")
            client.move([1], "Private")
        else:
            client.add_flags([1], [rb"\Deleted"])
            client.expunge()
    post.desk.gate.set()
    post.done(letter("two"))
    post.put(letter("three"))
    post.done(letter("two"), letter("three"))
    assert post.desk.raw == [letter("one"), letter("two"), letter("three")]
    assert post.desk.troubles == []


def test_a_mail_that_goes_between_listing_and_fetching_is_passed_over(post: Post) -> None:
    line = post.wire()
    post.put(letter("one"), letter("two"))
    line.held.set()
    post.open(port=line.port)
    with post.program() as client:
        release_until(line, b"SEARCH UNDELETED")
        client.add_flags([1], [rb"\Deleted"])
        client.expunge()
    line.held.clear()
    post.done(letter("two"))


def release_until(line: Wire, request: bytes) -> None:
    """Let the wire pass everything until a client says this, and hold it there."""
    line.hold_at_request = request
    line.held.clear()
    until(line.held.is_set, f"a client says {request!r}")


def test_a_done_folder_that_a_user_removes_is_made_again(post: Post) -> None:
    post.put(letter("one"))
    post.open()
    post.done(letter("one"))
    with post.program() as client:
        client.delete_folder("Processed")
    post.put(letter("two"))
    post.done(letter("two"))
    assert post.desk.raw == [letter("one"), letter("two")]


# Servers


def test_without_move_mails_are_copied_and_only_they_are_expunged(post_at: Elsewhere) -> None:
    post = post_at(NO_MOVE)
    line = post.wire()
    post.put(letter("somebody else's"), flags=[rb"\Deleted"])
    post.put(letter("one"), letter("two"))
    post.open(port=line.port)
    post.done(letter("one"), letter("two"))
    assert post.there() == [letter("somebody else's")]
    assert re.findall(rb"(?:UID )?EXPUNGE", line.said) == [b"UID EXPUNGE"]


def test_without_move_and_uidplus_nothing_is_touched_and_the_operator_hears_why(post_at: Elsewhere) -> None:
    post = post_at(NO_UIDPLUS)
    post.put(letter("one"))
    post.open()
    until(lambda: post.desk.troubles, "the trouble is told")
    assert "neither MOVE nor UIDPLUS" in post.desk.heard(ImapTroubleKind.UNUSABLE)[0]
    assert post.desk.raw == []
    assert post.folders() == ["INBOX"]
    assert post.check() == post.desk.troubles[0]


@pytest.mark.parametrize(
    ("namespace", "wanted", "made"),
    [
        ("separator = /", "Behandlade ärenden & mer", "Behandlade ärenden & mer"),
        ("separator = /", "INBOX/Behandlat", "INBOX/Behandlat"),
        ("separator = /", "inbox/処理済み", "INBOX/処理済み"),
        ("separator = .", "Bot/Processed", "Bot.Processed"),
        ("separator = .\n  prefix = INBOX.", "Processed", "INBOX.Processed"),
        ("separator = .\n  prefix = INBOX.", "INBOX/Åtgärdat/2026", "INBOX.Åtgärdat.2026"),
        ("separator = /", 'A "quoted" \\ 100% * name', 'A "quoted" \\ 100% * name'),
        ("separator = /", "2026", "2026"),
    ],
)
def test_folders_are_made_whatever_their_names_and_the_servers_delimiter(
    post_at: Elsewhere, namespace: str, wanted: str, made: str
) -> None:
    post = post_at("", namespace)
    prefix = "INBOX." if "prefix" in namespace else ""
    for text in ("one", "two"):
        post.put(letter(text))
        with running(post.door(done_folder=wanted, parked_folder="Parked")):
            until(lambda: post.there() == [], "the mail is moved")
    assert post.there(made) == [letter("one"), letter("two")]
    assert {made, f"{prefix}Parked"} <= set(post.folders())


def test_a_folder_that_is_there_in_other_letters_is_used(post: Post) -> None:
    """Exchange does not tell the two apart; NFD is what a Mac makes of a name."""
    with post.program() as client:
        client.create_folder("behandlade a\u0308renden")
    post.put(letter("one"))
    post.open(done_folder="Behandlade Ärenden")
    until(lambda: post.there() == [], "the mail is moved")
    assert post.there("behandlade a\u0308renden") == [letter("one")]


def test_a_folder_to_look_in_that_is_not_there_is_told_and_not_made(post: Post) -> None:
    post.open(folder="Beställningar")
    until(lambda: post.desk.troubles, "the trouble is told")
    assert post.desk.heard(ImapTroubleKind.UNUSABLE)[0] == "There is no folder Beställningar."
    assert "Beställningar" not in post.folders()
    with post.program() as client:
        client.create_folder("Beställningar")
    post.put(letter("one"), folder="Beställningar")
    post.done(letter("one"))


def test_a_mail_is_never_moved_to_where_it_came_from(post: Post) -> None:
    for wanted in ("INBOX", "inbox", "Inbox"):
        with pytest.raises(ValueError, match="the folder that it comes from"):
            post.door(done_folder=wanted)


# Values that would be commands


@pytest.mark.parametrize("key", ["host", "user", "folder", "done_folder", "parked_folder", "credentials"])
@pytest.mark.parametrize("bad", ["a\r\nx LOGOUT", "a\nb", "a\x00", "a\x7f", "a\x01b", "a\x85b", "a\ud800"])
def test_a_control_character_never_reaches_the_server(post: Post, key: str, bad: str) -> None:
    values: dict[str, object] = {"tls": "tls", key: bad}
    with pytest.raises(ValueError, match="control character"):
        post.door(FAST, **values)


def test_a_token_with_a_control_character_never_reaches_the_server(post: Post, tokens: TokenServer) -> None:
    line = post.wire()
    tokens.answer = (200, b'{"access_token": "a\\u0001b"}')
    try:
        post.open(port=line.port, credentials=by_credentials(tokens))
        until(lambda: post.desk.troubles, "the trouble is told")
    finally:
        tokens.answer = None
    assert b"AUTHENTICATE" not in line.said


# Logging in


def test_a_wrong_password_is_told_and_tried_seldom(post: Post) -> None:
    line = post.wire()
    began = time.monotonic()
    post.open(port=line.port, credentials="wrong")
    until(lambda: len(post.desk.troubles) > 2, "some tries")
    assert time.monotonic() - began >= FAST.refused_wait_seconds * 2
    assert {trouble.kind for trouble in post.desk.troubles} == {ImapTroubleKind.REFUSED}
    assert post.desk.troubles[0].words.startswith("127.0.0.1 refuses the login: [AUTHENTICATIONFAILED]")
    assert line.said.count(b"AUTHENTICATE") <= len(post.desk.troubles) + 1
    assert post.desk.polls == []


def test_refused_logins_are_six_an_hour_at_most() -> None:
    """The first may cost two, where the token had grown old."""
    wait = ImapLimits().refused_wait_seconds
    logins = [0.0] + [number * wait for number in range(100)]
    assert all(len([t for t in logins if begin <= t < begin + 3600]) <= 6 for begin in logins)


def test_a_login_that_is_good_again_goes_on(post: Post) -> None:
    assert post.check(user="nobody-yet@example.test", credentials="wrong") == ImapTrouble(
        ImapTroubleKind.REFUSED, "127.0.0.1 refuses the login: [AUTHENTICATIONFAILED] Authentication failed."
    )
    assert post.check() is None


def by_credentials(tokens: TokenServer) -> AccessTokens:
    return AccessTokens(TokenSource(tokens.url, CLIENT_ID, CLIENT_SECRET, "imap"))


@pytest.fixture
def oauth(post: Post, tokens: TokenServer) -> Iterator[tuple[Post, TokenServer]]:
    """A mailbox whose tokens the server asks the endpoint about."""
    tokens.user = post.account.user
    tokens.asked.clear()
    post.account = replace(post.account, credentials=by_credentials(tokens))
    yield post, tokens
    tokens.answer, tokens.introspection_status = None, 200


def test_a_login_by_xoauth2_with_the_bots_own_credentials(oauth: tuple[Post, TokenServer]) -> None:
    post, tokens = oauth
    post.put(letter("one"))
    post.open()
    post.done(letter("one"))
    assert [form["grant_type"] for form in tokens.asked] == ["client_credentials"]
    assert re.search(f"user=<{post.account.user}>, method=XOAUTH2", post.server.log())


def test_a_login_by_xoauth2_with_a_refresh_token_that_changes(oauth: tuple[Post, TokenServer], tmp_path: Path) -> None:
    post, tokens = oauth
    path = tmp_path / "refresh-token"
    path.write_text(tokens.refresh_token)
    path.chmod(0o600)
    tokens.rotates = True
    known = AccessTokens(TokenSource(tokens.url, CLIENT_ID, CLIENT_SECRET, refresh_token_file=path))
    post.put(letter("one"))
    post.open(credentials=known)
    post.done(letter("one"))
    assert path.read_text().strip() == tokens.refresh_token != "refresh-1"


def test_a_kept_token_is_used_for_the_next_login(oauth: tuple[Post, TokenServer]) -> None:
    post, tokens = oauth
    line = post.wire()
    post.open(port=line.port)
    until(lambda: post.desk.polls, "the first look")
    line.cut()
    post.put(letter("one"))
    post.done(letter("one"))
    assert len(tokens.asked) == 1


def test_a_token_that_the_server_no_longer_takes_is_replaced_at_once(oauth: tuple[Post, TokenServer]) -> None:
    post, tokens = oauth
    line = post.wire()
    post.open(port=line.port)
    until(lambda: post.desk.polls, "the first look")
    tokens.revoke()
    line.cut()
    post.put(letter("one"))
    post.done(letter("one"))
    assert len(tokens.asked) == 2
    assert post.desk.heard(ImapTroubleKind.REFUSED) == []


def test_a_token_that_no_server_takes_is_told_and_costs_one_login_each_time(oauth: tuple[Post, TokenServer]) -> None:
    post, tokens = oauth
    tokens.user = "somebody-else@example.test"
    line = post.wire()
    post.open(port=line.port)
    until(lambda: len(post.desk.heard(ImapTroubleKind.REFUSED)) > 1, "two tries")
    assert line.said.count(b"AUTHENTICATE XOAUTH2") <= len(tokens.asked)
    assert line.said.count(b"AUTHENTICATE XOAUTH2") <= line.connections
    assert post.desk.polls == []


def test_a_withdrawn_consent_is_told_with_its_remedy_and_asked_for_seldom(
    oauth: tuple[Post, TokenServer], tmp_path: Path
) -> None:
    post, tokens = oauth
    path = tmp_path / "refresh-token"
    path.write_text("withdrawn")
    path.chmod(0o600)
    known = AccessTokens(TokenSource(tokens.url, CLIENT_ID, CLIENT_SECRET, refresh_token_file=path))
    began = time.monotonic()
    post.open(credentials=known)
    until(lambda: len(post.desk.troubles) > 2, "some tries")
    assert time.monotonic() - began >= FAST.refused_wait_seconds * 2
    assert all("invalid_grant" in words for words in post.desk.heard(ImapTroubleKind.REFUSED))
    assert len(post.desk.heard(ImapTroubleKind.REFUSED)) == len(post.desk.troubles)


def test_a_server_that_cannot_ask_about_tokens_is_tried_again_soon(oauth: tuple[Post, TokenServer]) -> None:
    post, tokens = oauth
    tokens.introspection_status = 500
    post.put(letter("one"))
    post.open()
    until(lambda: post.desk.troubles, "the first try")
    assert "cannot let anybody in just now: [UNAVAILABLE]" in post.desk.heard(ImapTroubleKind.UNREACHABLE)[0]
    tokens.introspection_status = 200
    post.done(letter("one"))
    assert len(tokens.asked) == 1, "the token is still good"


def test_a_token_endpoint_in_trouble_is_asked_again_soon(oauth: tuple[Post, TokenServer]) -> None:
    post, tokens = oauth
    tokens.answer = (503, b"")
    post.put(letter("one"))
    post.open()
    until(lambda: post.desk.heard(ImapTroubleKind.UNREACHABLE), "the first try")
    tokens.answer = None
    post.done(letter("one"))


# TLS


@pytest.fixture
def trusted(server: Dovecot, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's authority is known, as an operator would make it known."""
    monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate.certificate))


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_mail_comes_over_verified_tls(post: Post, tls: str) -> None:
    port = post.server.tls_port if tls == "tls" else post.server.port
    post.open(PATIENT, tls=tls, port=port)
    until(lambda: post.desk.polls, "the first look")
    wake(post)
    assert re.search(f"user=<{post.account.user}>.*TLS", post.server.log())


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_a_server_with_an_unknown_certificate_is_shown_no_password(post: Post, tls: str) -> None:
    trouble = post.check(tls=tls, port=post.server.tls_port if tls == "tls" else post.server.port)
    assert trouble is not None
    assert trouble.kind is ImapTroubleKind.UNREACHABLE
    assert re.fullmatch(r"The certificate of 127\.0\.0\.1 is not accepted: self-signed certificate", trouble.words)
    assert post.account.user not in post.server.log()


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_a_certificate_for_another_name_is_refused(post: Post, tls: str) -> None:
    port = post.server.tls_port if tls == "tls" else post.server.port
    trouble = post.check(tls=tls, port=port, host="localhost")
    assert trouble is not None
    assert "Hostname mismatch" in trouble.words


def test_a_server_that_does_not_offer_starttls_is_shown_no_password(post_at: Elsewhere) -> None:
    post = post_at("ssl = no")
    trouble = post.check(tls="starttls")
    assert trouble is not None
    assert "CapabilityError" in trouble.words
    assert post.account.user not in post.server.log()


def test_tls_is_at_least_1_2() -> None:
    assert verified_tls().minimum_version.name == "TLSv1_2"
    assert verified_tls().check_hostname


@pytest.mark.parametrize("host", ["mail.example.test", "192.0.2.1", "localhost.example.test", "::2", ""])
def test_a_server_on_another_machine_is_not_spoken_to_without_tls(host: str) -> None:
    with pytest.raises(ValueError, match="only spoken to over TLS"):
        ImapAccount(host, 143, "none", "rut", "secret")


# Stopping, and telling


def test_a_stop_ends_the_wait_at_once_and_logs_out(post: Post) -> None:
    line = post.wire()
    with running(post.door(port=line.port)) as door:
        until(lambda: b"IDLE\r\n" in line.said, "the door waits")
        began = time.monotonic()
        door.stop()
        assert time.monotonic() - began < 2
    assert b"LOGOUT" in line.said


def test_a_stop_lets_the_batch_in_hand_end(post: Post) -> None:
    post.desk.gate.clear()
    post.put(letter("one"))
    with running(post.door()) as door:
        assert post.desk.entered.wait(10)
        threading.Timer(0.2, post.desk.gate.set).start()
        door.stop()
    assert post.there("Processed") == [letter("one")]


def test_a_stop_cuts_a_connection_that_has_fallen_silent(post: Post) -> None:
    line = post.wire()
    with running(post.door(replace(EAGER, read_seconds=60, stop_seconds=0.5), port=line.port)) as door:
        until(lambda: post.desk.polls, "the first look")
        said = len(line.said)
        line.held.set()
        until(lambda: len(line.said) > said, "the door waits for an answer")
        began = time.monotonic()
        door.stop()
        assert time.monotonic() - began < 2
        assert post.desk.troubles == []


def test_each_successful_look_is_told(post: Post) -> None:
    post.open(EAGER)
    until(lambda: len(post.desk.polls) > 3, "some looks")
    assert set(post.desk.polls) == {NOW}


def test_a_door_whose_troubles_nobody_can_hear_goes_on(post: Post) -> None:
    def deaf(_trouble: ImapTrouble) -> None:
        raise RuntimeError("the database is gone")

    post.put(letter("poison"), letter("one"))
    with running(ImapDoor(post.account, replace(post.reception, on_trouble=deaf), FAST)):
        post.done(letter("one"))


def test_no_log_line_holds_a_secret_or_text_of_a_mail(
    oauth: tuple[Post, TokenServer], caplog: pytest.LogCaptureFixture
) -> None:
    post, tokens = oauth
    caplog.set_level(logging.DEBUG)
    post.put(letter("poison of hemlig order"), letter("hemlig order"), letter("hemlig giant", 9_000))
    line = post.wire()
    with structlog.testing.capture_logs() as logged:
        with running(post.door(replace(FAST, message_bytes=5_000), port=line.port)):
            until(lambda: post.desk.raw and post.desk.parked, "mails are taken")
            line.cut_at_answer = b"hemlig"
            until(lambda: post.desk.heard(ImapTroubleKind.UNREACHABLE), "the connection is cut in a mail")
        post.check(credentials="wr0ng-pa55")
    said = f"{logged} {caplog.text} {post.desk.troubles} {post.account!r}"
    assert "imap_trouble" in said
    secrets = [PASSWORD, CLIENT_SECRET, "wr0ng", "hemlig", "disk full", *tokens.good]
    assert [secret for secret in secrets if secret in said] == []


def test_a_server_that_speaks_no_imap_is_told_and_left_alone(post: Post) -> None:
    """The token endpoint answers any line with an error page."""
    with token_server() as other:
        trouble = post.check(replace(FAST, read_seconds=0.5, connect_seconds=0.5), port=other.port)
    assert trouble is not None
    assert trouble.kind is ImapTroubleKind.UNREACHABLE


def test_new_folders_are_shown_by_mail_programs_that_show_only_subscribed_ones(post: Post) -> None:
    post.put(letter("one"))
    post.open()
    post.done(letter("one"))
    with post.program() as client:
        assert {name for _, _, name in client.list_sub_folders()} == {"Parked", "Processed"}


# The envelope


@pytest.mark.parametrize(
    ("head", "sender"),
    [
        (b"Return-Path: <rut@example.test>", "rut@example.test"),
        (b"return-path:rut@example.test", "rut@example.test"),
        (b"Return-Path :\r\n\t<rut@example.test>", "rut@example.test"),
        (b"Return-Path: <>", ""),
        (b"Received: by x\r\nReturn-Path: <top@x.test>\r\nReturn-Path: <>", "top@x.test"),
        (b"Return-Path: <a@x.test>\nFrom: b@x.test", "a@x.test"),
        (b"From: Rut <rut@example.test>", "rut@example.test"),
        (b"From: rut@example.test", "rut@example.test"),
        (b"Return-Path: \xe5@example.test\r\nFrom: rut@example.test", "rut@example.test"),
        (b"Return-Path: two words\r\nFrom: rut@example.test", "rut@example.test"),
        (b"Return-Path:\r\nFrom: rut@example.test", "rut@example.test"),
        (b"Return-Path: <a\rb@x.test>\r\nFrom: rut@example.test", "rut@example.test"),
        (b"Return-Path: <" + b"a" * 400 + b"@x.test>\r\nFrom: rut@example.test", "rut@example.test"),
        (b"Subject: x\r\n\r\nReturn-Path: <body@x.test>", ""),
        (b"Subject: x\r\n Return-Path: <folded@x.test>", ""),
        (b"X-Return-Path: <no@x.test>", ""),
        (b"From: undisclosed", "undisclosed"),
        (b"", ""),
    ],
)
def test_the_envelope_sender_is_the_topmost_return_path_or_else_from(head: bytes, sender: str) -> None:
    assert envelope_sender(head + b"\r\n\r\nReturn-Path: <x@y.test>\r\nFrom: <x@y.test>\r\n") == sender


@pytest.mark.parametrize(
    "hostile", [b"Return-Path:" + b"\r\n " * 8_000_000, b"<" * 25_000_000, b"From: " + b"<" * 25_000_000]
)
def test_a_huge_header_is_searched_in_no_time(hostile: bytes) -> None:
    began = time.monotonic()
    assert envelope_sender(hostile) == ""
    assert time.monotonic() - began < 1
