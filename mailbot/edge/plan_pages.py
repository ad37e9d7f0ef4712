"""The page on which a head confirms the attest plan: GET shows it, the head's POST confirms what was shown."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from mailbot.domain.notices import Purpose
from mailbot.edge.web import Fields, Web
from mailbot.flows.plan import confirm_plan, see_plan
from mailbot.flows.visit import LinkTrouble


def routes(web: Web) -> list[BaseRoute]:
    """Return the routes of the plan's page."""

    def show(request: Request, *, done: bool = False, changed: bool = False) -> Response:
        found = see_plan(web.bot, request.path_params["token"], web.now())
        if isinstance(found, LinkTrouble):
            return web.trouble(request, Purpose.PLAN, found)
        values = {"plan": found, "token": request.path_params["token"], "done": done, "changed": changed}
        return web.render("plan.html", values, found.unit.language, HTTPStatus.CONFLICT if changed else HTTPStatus.OK)

    def confirm(request: Request, fields: Fields) -> Response:
        confirmed = confirm_plan(web.bot, request.path_params["token"], fields.get("digest", ""), web.now())
        if isinstance(confirmed, LinkTrouble):
            return web.trouble(request, Purpose.PLAN, confirmed)
        return show(request, done=confirmed, changed=not confirmed)

    return [web.page("/plan/{token}", show, confirm)]
