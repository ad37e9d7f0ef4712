"""How the pages are served over HTTP: what the bot, and the tests that ask it over real HTTP, tell uvicorn alike."""

from typing import Any

import uvicorn
from starlette.types import ASGIApp


def served(app: ASGIApp, **place: Any) -> uvicorn.Config:  # noqa: ANN401  as uvicorn takes them
    """Return the server's configuration; `place` says where it listens, and what else is the caller's own.

    Nothing is logged (addresses hold tokens) and nothing about the server is told. No header says who connects: a login
    is believed by the direct peer's address (edge/login.py).
    """
    return uvicorn.Config(
        app,
        access_log=False,
        proxy_headers=False,
        log_config=None,
        lifespan="off",
        ws="none",
        server_header=False,
        **place,
    )
