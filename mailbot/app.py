"""The composition root: a running bot, its parts put together from the settings, started and stopped."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import TYPE_CHECKING

import structlog
import uvicorn
import uvloop
from starlette.routing import BaseRoute

from mailbot.building import build
from mailbot.domain.people.right_rules import hollow
from mailbot.domain.trust.envelope import RawMail
from mailbot.domain.trust.senders import UNKNOWN, TrustSource, Unknown
from mailbot.edge.authentication import authenticator
from mailbot.edge.clock import Backoff, Clock
from mailbot.edge.lock import alone
from mailbot.edge.sandbox import Sandbox
from mailbot.edge.smtp.door import SmtpDoor
from mailbot.edge.smtp.limits import SmtpLimits
from mailbot.edge.smtp.open_connections import SmtpReception
from mailbot.edge.smtp_out import Relay, SmtpOut
from mailbot.edge.system_clock import utc_now
from mailbot.edge.web.form_page import FormReaders
from mailbot.edge.web.http_server import BACKLOG, server_config
from mailbot.edge.web.login import Login
from mailbot.edge.web.metrics_access import MetricsAccess
from mailbot.edge.web.server import Web
from mailbot.flows.admin.explain import HOLLOW
from mailbot.flows.admin.import_directory import look
from mailbot.flows.bot import Bot
from mailbot.flows.clock.daily import daily_round
from mailbot.flows.clock.deliver import Deliverer, Retry
from mailbot.flows.clock.dispatch import dispatch_due
from mailbot.flows.clock.health import polled, tick
from mailbot.flows.clock.machine import clock_moved, disk_low
from mailbot.flows.clock.new_day import new_day
from mailbot.flows.clock.remind import remind_due
from mailbot.flows.incoming.process import Processor
from mailbot.flows.incoming.receive import receive, receive_oversized
from mailbot.flows.pages.confirm_appointment import expire_appointments
from mailbot.flows.steps.alarms import mailbox_trouble
from mailbot.flows.steps.desk import HourlyBounds
from mailbot.mail.reading.authenticity import Trusted
from mailbot.mail.reading.intake import take_in
from mailbot.mail.reading.read_back import read_again, read_back
from mailbot.settings import ImapInSettings, Settings, TcpAddress, UnixAddress, read_secret
from mailbot.store.database import is_trouble

if TYPE_CHECKING:
    from mailbot.edge.imap.door import ImapDoor
    from mailbot.edge.imap.oauth import AccessTokens

log = structlog.get_logger()

SLOW_PACE = timedelta(seconds=30)
CHECKPOINT_PACE = timedelta(seconds=5)
FOR_A_PLACE = 5
"""Seconds for which a connection too many waits for a place at the SMTP door. If it is refused at once, a relay comes
back only much later."""
LAST_PAGES = timedelta(seconds=3)
"""How long a stop waits for pages in hand. A client that never finishes its request must not hold up the stop."""
LAST_MAILS_SECONDS = 3
"""How long a stop waits for mails that are coming in, and then again for their commit."""
LAST_JOBS_SECONDS = 6
"""How long a stop waits for jobs in hand, such as a relay's answer. All waits of a stop run at the same time: a stop
ends within ten seconds."""


def made_to_serve(settings: Settings, now: datetime) -> Bot:
    """Return the bot to serve with; log if the files differ from the directory, and which rights decide nothing."""
    bot = build(settings, now)
    if found := look(bot, settings.organisation, now).differences:
        remedy = "`directory import` shows and takes in what the files say"
        remedy = f"the database decides about people and rights; {remedy}"
        log.warning("files_differ", differences=len(found), remedy=remedy)
    with bot.database.read() as connection:
        known = bot.directory(connection)
    for right, why in hollow(known, bot.policy, bot.day(now)):
        remedy = "state what it lacks in organisation.toml, then `directory import`; `plan` shows the unit's rights"
        log.warning("right_decides_nothing", right=right.id, unit=right.unit, why=HOLLOW[why], remedy=remedy)
    return bot


def _processor(bot: Bot, settings: Settings, sandbox: Sandbox) -> Processor:
    """Return what deals with mail, and reads it in child processes."""
    stated, requesters = settings.trust, settings.requesters
    trusted = Trusted(TrustSource(stated.sender), stated.authserv_id, stated.received_by)
    return Processor(
        bot,
        read=lambda raw, mail_from, answered: sandbox.run(take_in, raw, mail_from, answered),
        vouch=authenticator(sandbox.run, trusted, _lookup(trusted.source)),
        tries=settings.worker.tries,
        hourly=HourlyBounds(requesters.orders_per_hour, requesters.all_orders_per_hour),
    )


def _lookup(source: TrustSource) -> Callable[[str], Sequence[str] | Unknown]:
    """Return who asks DNS; without gateway or signature to believe, nobody need."""
    if source not in {TrustSource.AUTHENTICATION_RESULTS, TrustSource.DKIM}:
        return lambda _name: UNKNOWN
    from mailbot.edge.dns import txt_lookup

    return txt_lookup()


def _login(settings: Settings) -> Login | None:
    web = settings.web
    return Login(web.login_header, web.login_proxies) if web.login_header else None


def _imap(settings: Settings, door: "App") -> "ImapDoor | None":
    stated = settings.imap_in
    if not stated.host:
        return None
    from mailbot.edge.imap.account import ImapAccount, ImapLimits
    from mailbot.edge.imap.door import ImapDoor, ImapReception

    same = ("host", "port", "tls", "user", "folder", "done_folder", "parked_folder")
    account = ImapAccount(credentials=_credentials(stated), **{key: getattr(stated, key) for key in same})
    limits = ImapLimits(message_bytes=settings.smtp_in.max_size, poll_seconds=stated.poll_every.total_seconds())
    return ImapDoor(
        account,
        ImapReception(
            receive=door.receive,
            park=lambda mail: receive_oversized(door.bot, mail.mail, mail.size, mail.folder),
            on_poll=lambda now: polled(door.bot, now),
            on_trouble=lambda trouble: mailbox_trouble(door.bot, trouble.words, utc_now()),
            now=utc_now,
        ),
        limits,
    )


def _credentials(stated: ImapInSettings) -> "str | AccessTokens":
    if stated.auth == "password":
        return _secret("[imap_in] password_file", stated.password_file)
    from mailbot.edge.imap.oauth import AccessTokens, TokenSource

    refresh = Path(stated.refresh_token_file) if stated.auth == "refresh-token" else None
    client_secret = _secret("[imap_in] client_secret_file", stated.client_secret_file)
    return AccessTokens(TokenSource(stated.token_url, stated.client_id, client_secret, stated.scope, refresh))


def _secret(key: str, file: str) -> str:
    found = read_secret(key, file)
    return found.get_secret_value() if found else ""


@dataclass
class App:
    """One running bot: its doors and its clock. `extra` are routes of the demo."""

    settings: Settings
    bot: Bot
    extra: list[BaseRoute] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Put the parts together; no door is opened yet."""
        self.stopping, self.rest, self.sandbox = Event(), Backoff(), Sandbox()
        settings, bot = self.settings, self.bot
        self.processor = _processor(bot, settings, self.sandbox)
        secret = _secret("[relay] password_file", settings.relay.password_file)
        relay = Relay(settings.relay.host, settings.relay.port, settings.relay.tls, settings.relay.username, secret)
        self.out = SmtpOut(relay)
        self.deliverer = Deliverer(bot, self.out.send, Retry(settings.relay.retry, settings.relay.give_up_after))
        self.clock = Clock()
        self.door = SmtpDoor(
            hostname=settings.bot.address.rpartition("@")[2],
            protocol=settings.smtp_in.protocol,
            reception=SmtpReception(bot.is_own, self.receive, utc_now, bot.has_room),
            limits=SmtpLimits(
                message_bytes=settings.smtp_in.max_size,
                connections_per_address=settings.smtp_in.connections_per_address,
                stop_seconds=LAST_MAILS_SECONDS,
                patience=FOR_A_PLACE,
            ),
        )
        self.imap = _imap(settings, self)
        metrics_access = MetricsAccess(_secret("[web] metrics_token_file", settings.web.metrics_token_file))
        self.readers = FormReaders(
            lambda form, names, language: self.sandbox.aside(read_back, form, names, language),
            lambda text: self.sandbox.aside(read_again, text),
        )
        form = self.readers if settings.web.order_form else None
        web = Web(bot, utc_now, self._wake_all, self.imap is not None, form, _login(settings), metrics_access)
        self.web = _Pages(web, settings, self.extra)

    def receive(self, mails: Sequence[RawMail]) -> None:
        """Store mails that a door has taken, and have them processed at once."""
        receive(self.bot, mails)
        self.clock.wake("process")

    def _wake_all(self) -> None:
        self.clock.wake("process", "dispatch", "deliver")

    def _process(self, _now: datetime) -> None:
        if self.rest.on:  # the store fails, and asking it at every poll would not help
            return
        try:
            while not self.stopping.is_set() and self.processor.process_next(utc_now()):
                self.rest.end()
        except Exception as error:
            if not is_trouble(error):
                raise
            self.rest.begin()
            log.warning("store_failed", error=type(error).__name__)
        self.clock.wake("deliver")

    def _queue(self, due: Callable[[Bot, datetime], int], now: datetime) -> None:
        if due(self.bot, now):
            self.clock.wake("deliver")

    def _deliver(self, _now: datetime) -> None:
        self.deliverer.deliver_due(utc_now, self.stopping.is_set)
        self.out.close()  # otherwise the relay hangs up on the idle connection, and that makes the next mail late

    def _tick(self, now: datetime) -> None:
        tick(self.bot, now)
        self._look_after_machine(now)
        expire_appointments(self.bot, now)
        daily_round(self.bot, now)
        if new_day(self.bot, now):
            self.clock.wake("deliver")

    def _look_after_machine(self, now: datetime) -> None:
        moved = self.clock.moved
        if clock_moved(self.bot, moved, now):
            self.clock.moved -= moved  # not set to zero: the clock may have been moved again meanwhile
            self.deliverer.hurry()
            self.clock.wake("deliver")
        if disk_low(self.bot, now):
            self.clock.wake("deliver")

    def _jobs(self) -> Iterator[tuple[str, timedelta, Callable[[datetime], object]]]:
        pace = self.settings.worker.poll_every
        yield "process", pace, self._process
        yield "dispatch", pace, partial(self._queue, dispatch_due)
        yield "remind", pace, partial(self._queue, remind_due)
        yield "deliver", pace, self._deliver
        yield "tick", SLOW_PACE, self._tick
        yield "checkpoint", CHECKPOINT_PACE, lambda _now: self.bot.database.checkpoint()

    async def run(self, stop: asyncio.Event, ready: Callable[["App"], None]) -> None:
        """Serve until `stop` is set; `ready` is called once everything listens. Raises AnotherServesError.

        Work in hand may end within a few seconds.
        """
        with alone(self.bot.database.path):
            await self._run(stop, ready)

    async def _run(self, stop: asyncio.Event, ready: Callable[["App"], None]) -> None:
        self.sandbox.warm_up(take_in)
        try:
            if self.settings.smtp_in.listen is not None:
                await self.door.start(str(self.settings.smtp_in.listen))
            for name, pace, job in self._jobs():
                self.clock.every(pace, name, job)
            async with asyncio.TaskGroup() as tasks:
                serving = tasks.create_task(self.web.serve(_opened(self.settings.web.listen)))
                while not (self.web.started or serving.done()):  # noqa: ASYNC110  uvicorn has no event for it
                    await asyncio.sleep(0.01)
                self.clock.start()
                if self.imap is not None:
                    self.imap.start()
                ready(self)
                await stop.wait()
                self.web.should_exit = True
                await self._stop()
        finally:
            await self._stop()  # again, because an error may have come before the stop above
            await asyncio.to_thread(self.deliverer.close)
            self.bot.database.close()

    async def _stop(self) -> None:
        """Stop all doors and the clock at the same time, and let work in hand end; a second call does nothing."""
        if self.stopping.is_set():
            return
        self.stopping.set()
        doors = [self.door.stop(), *([asyncio.to_thread(self.imap.stop)] if self.imap is not None else [])]
        await asyncio.gather(*doors, self.clock.stop(LAST_JOBS_SECONDS, self.sandbox.close))
        self.sandbox.close()


class _Pages(uvicorn.Server):
    """The web server without uvicorn's signal handling, because the app starts and stops it."""

    def __init__(self, web: Web, settings: Settings, extra: list[BaseRoute]) -> None:
        listen = settings.web.listen
        place = {"uds": str(listen.path)} if isinstance(listen, UnixAddress) else dict(vars(listen))
        graceful = int(LAST_PAGES.total_seconds())
        super().__init__(server_config(web.app(extra), timeout_graceful_shutdown=graceful, **place))

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave signals to the app."""
        yield


def _opened(listen: TcpAddress | UnixAddress) -> list[socket.socket] | None:
    """Open the port of the pages; raises OSError, where uvicorn would end the process."""
    if isinstance(listen, UnixAddress):
        return None
    family = socket.AF_INET6 if ":" in listen.host else socket.AF_INET
    return [socket.create_server((listen.host, listen.port), family=family, backlog=BACKLOG)]


def serve(settings: Settings, ready: Callable[[App], None], extra: list[BaseRoute] | None = None) -> None:
    """Run a bot in this thread until SIGINT or SIGTERM; raises OSError if it cannot listen on an address."""

    async def main() -> None:
        stop = asyncio.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(name, stop.set)
        await App(settings, made_to_serve(settings, utc_now()), extra or []).run(stop, ready)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


@contextmanager
def running(settings: Settings) -> Iterator[App]:
    """Run a bot in its own thread while the block lasts, and stop it cleanly after that."""
    app = App(settings, build(settings, utc_now()))
    started: Future[asyncio.Event] = Future()
    runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)

    async def main() -> None:
        stop = asyncio.Event()
        try:
            await app.run(stop, lambda _app: started.set_result(stop))
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    def thread() -> None:
        with runner:
            runner.run(main())

    worker = Thread(target=thread, name="mailbot")
    worker.start()
    try:
        stop = started.result(timeout=30)
        try:
            yield app
        finally:
            runner.get_loop().call_soon_threadsafe(stop.set)
    finally:
        worker.join(timeout=30)
