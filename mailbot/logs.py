"""How the log is written: one line per event, as JSON or text, with every link's token taken out."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Literal

import structlog

from mailbot.domain.notices.notice import Purpose
from mailbot.terminal import visible

_TOKEN = re.compile(rf"/({'|'.join(Purpose)})/[^\s\"'<>?/]+")


def without_tokens(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Take the token out of every link that a log line would show."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _TOKEN.sub(r"/\1/...", value)
    return event


def within_lines(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Write out what would begin another line or steer a terminal; a traceback's lines are set in."""
    for key, value in event.items():
        if isinstance(value, str):
            lines = value.split("\n") if key == "exception" else [value]
            indent = "    " if key == "exception" else ""
            event[key] = "\n".join(indent + visible(line) for line in lines)
    return event


def set_up(style: Literal["json", "text"], level: str) -> None:
    """Send the log of the bot and of its libraries to standard error, in one form."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    last: list[Any] = [structlog.processors.format_exc_info, without_tokens]
    as_text = [within_lines, structlog.dev.ConsoleRenderer(colors=False)]
    last += [structlog.processors.JSONRenderer()] if style == "json" else as_text
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level.upper())),
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    # A scheduler says at every poll that it polls, and that a job still running is not started twice.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)
