"""The page on which a head confirms the attest plan: GET shows it, the head's POST confirms what was shown."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailbot.domain.notices import Purpose
from mailbot.flows.bot import Bot
from mailbot.flows.plan import confirm_plan, see_plan
from mailbot.flows.visit import LinkTrouble

Fields = Mapping[str, str]
View = Callable[[Request], Response]
Act = Callable[[Request, Fields], Response]


@dataclass(frozen=True)
class PlanPages:
    """What the page needs: the bot, the clock, and web's own ways to route, render and name trouble."""

    bot: Bot
    now: Callable[[], datetime]
    page: Callable[[str, View | None, Act | None], Route]
    render: Callable[[str, Mapping[str, Any], str | None, int], Response]
    trouble: Callable[[Request, Purpose, LinkTrouble], Response]

    def routes(self) -> list[Route]:
        """Return the routes; GET and HEAD reach only what reads."""
        return [self.page("/plan/{token}", self.see, self.do)]

    def see(self, request: Request) -> Response:
        """Show the plan as it is now."""
        return self._show(request)

    def do(self, request: Request, fields: Fields) -> Response:
        """Confirm the plan that the page showed."""
        confirmed = confirm_plan(self.bot, request.path_params["token"], fields.get("digest", ""), self.now())
        if isinstance(confirmed, LinkTrouble):
            return self.trouble(request, Purpose.PLAN, confirmed)
        return self._show(request, done=confirmed, changed=not confirmed)

    def _show(self, request: Request, *, done: bool = False, changed: bool = False) -> Response:
        found = see_plan(self.bot, request.path_params["token"], self.now())
        if isinstance(found, LinkTrouble):
            return self.trouble(request, Purpose.PLAN, found)
        values = {"plan": found, "token": request.path_params["token"], "done": done, "changed": changed}
        return self.render("plan.html", values, found.unit.language, HTTPStatus.CONFLICT if changed else HTTPStatus.OK)
