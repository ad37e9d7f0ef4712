"""The page on which a head confirms the attest plan: GET shows the plan, the head's POST confirms what was shown."""

from dataclasses import dataclass
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailbot.edge.web.pages import Fields, Pages, RefusedLinkError
from mailbot.flows.pages.confirm_plan import FormerHead, confirm_plan, see_plan
from mailbot.flows.steps.open_link import LinkRefusal


@dataclass(frozen=True)
class PlanPages(Pages):
    """The routes, views and acts of these pages."""

    def routes(self) -> list[Route]:
        """Return the routes; GET and HEAD reach only views that read."""
        return [self.page("/plan/{token}", self.see, self.do)]

    def do(self, request: Request, fields: Fields) -> Response:
        """Confirm the plan that the page showed."""
        token, digest = request.path_params["token"], fields.get("digest", "")
        confirmed = confirm_plan(self.bot, token, digest, self.now())
        if isinstance(confirmed, LinkRefusal):
            raise RefusedLinkError(confirmed)
        if isinstance(confirmed, FormerHead):
            return self._not_yours(confirmed)
        return self.see(request, done=confirmed, changed=not confirmed)

    def see(self, request: Request, *, done: bool = False, changed: bool = False) -> Response:
        """Show the plan as it is now."""
        found = see_plan(self.bot, request.path_params["token"], self.now())
        if isinstance(found, LinkRefusal):
            raise RefusedLinkError(found)
        if isinstance(found, FormerHead):
            return self._not_yours(found)
        finance = bool(self.bot.addresses.finance)
        values = {"finance": finance, "plan": found.plan, "person": found.person, "token": request.path_params["token"]}
        language = self.bot.speaks(found.person, found.plan.unit)
        status = HTTPStatus.CONFLICT if changed else HTTPStatus.OK
        return self.render("plan.html", {**values, "done": done, "changed": changed}, language, status)

    def _not_yours(self, found: FormerHead) -> Response:
        language = self.bot.speaks(found.person, found.unit)
        return self.render("former_head.html", {"unit": found.unit}, language, HTTPStatus.GONE)
