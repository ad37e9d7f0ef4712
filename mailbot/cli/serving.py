"""`serve` and `demo`: the commands that run a bot until it is stopped."""

import gc
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli.console import Config, err, fail, out, say
from mailbot.cli.opening import refusals, settings_in

if TYPE_CHECKING:
    from mailbot.app import App
    from mailbot.demo.sink import Sink
    from mailbot.settings import Settings


def serve(config: Config) -> None:
    """Run the bot until Ctrl-C or SIGTERM."""
    from mailbot import logs

    settings = settings_in(config)
    logs.set_up(settings.log.format, settings.log.level)
    _serve(settings, lambda _app: err.print(f"mailbot serves {settings.web.base_url}; Ctrl-C stops it", markup=False))


@contextmanager
def _kept() -> Iterator[None]:
    """Look for no garbage while modules are loaded, nor ever in what they hold: that is an eighth of the start."""
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()


def _serve(settings: "Settings", ready: Callable[["App"], None], sink: "Sink | None" = None) -> None:
    with _kept():
        from mailbot.app import serve
    from mailbot.edge.lock import AnotherServesError

    try:
        with refusals():
            serve(settings, ready, sink.routes() if sink else [])
    except* OSError as group:
        fail(f"cannot listen: {group.exceptions[0]}; stop what listens there, or change the address")
    except* AnotherServesError as group:
        fail(str(group.exceptions[0]))


def demo(
    once: Annotated[bool, typer.Option("--once", help="Tell the whole story with no hands, and stop.")] = False,
) -> None:
    """Run everything on this machine, with a sample organisation and a relay you can read in the browser."""
    (_tell_story if once else _show)()


def _tell_story() -> None:
    import logging
    import tempfile

    from mailbot import logs
    from mailbot.demo.walkthrough import WalkthroughError, walk_through

    logging.getLogger().setLevel(logging.CRITICAL)
    logs.set_up("text", "error")
    with tempfile.TemporaryDirectory(prefix="mailbot-demo-") as folder:
        try:
            walk_through(Path(folder), lambda line: say([line]))
        except WalkthroughError as error:
            fail(f"FAILED: {error}")
    out.print("every step happened")


def _show() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the bot itself ends in order, which it does soon
    from mailbot import logs
    from mailbot.demo.demo_run import open_sink, where_free
    from mailbot.demo.sink import Sink
    from mailbot.demo.welcome import welcome
    from mailbot.package_data import resource

    settings = where_free(settings_in(resource("config") / "demo"))
    logs.set_up(settings.log.format, "warning")
    sink = Sink(Path("var/demo/outbox"))
    try:
        with open_sink(sink, settings.relay.port):
            _serve(settings, lambda app: out.print(welcome(app, settings), markup=False), sink)
    except OSError as error:
        fail(f"cannot listen: {error}; stop what listens there (perhaps another demo)")
    out.print("stopped")
