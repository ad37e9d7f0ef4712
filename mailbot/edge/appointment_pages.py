"""The pages about appointing approvers: the shared link only shows, a personal one confirms or refuses by a press.

Routes and rendering only; what a press does is flows/settle_appointment's.
"""

from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mailbot.domain.notices import Purpose
from mailbot.edge.pages import Fields, Pages, handed_out
from mailbot.flows.settle_appointment import Answer, Choice, Sight, Stop, act_as, answer, fetch_document, see
from mailbot.flows.visit import LinkTrouble

WRITE_AGAIN = {Stop.REASON_MISSING, Stop.REASON_TOO_LONG}


@dataclass(frozen=True)
class AppointmentPages(Pages):
    """The routes, views and acts of these pages."""

    def routes(self) -> list[Route]:
        """Return the routes; GET and HEAD reach only what reads."""
        return [
            self.page("/appointment/{token}", self.see_shared, None),
            self.page("/appointment/{token}/as/{person:int}", None, self.do_act_as),
            self.page("/appointment/{token}/file/{number:int}", self.see_file, None),
            self.page("/appoint/{token}", self.see_personal, self.do_answer),
            self.page("/appoint/{token}/file/{number:int}", self.see_file, None),
            self.page("/delegate/{token}", self.see_delegators, self.do_answer_as_delegator),
            self.page("/delegate/{token}/file/{number:int}", self.see_file, None),
        ]

    def see_shared(self, request: Request) -> Response:
        """Show the proposal to whoever reads the purchasing mailbox, with a button for each who may act on it."""
        return self._show(request, Purpose.APPOINTMENT)

    def see_personal(self, request: Request) -> Response:
        """Show the proposal with the two buttons to the person whose link it is."""
        return self._show(request, Purpose.APPOINT)

    def see_delegators(self, request: Request) -> Response:
        """Show the proposal with the two buttons to the person in whose name somebody else delegates."""
        return self._show(request, Purpose.DELEGATE)

    def _show(
        self,
        request: Request,
        purpose: Purpose,
        *,
        note: Stop | None = None,
        shown: frozenset[str] | None = None,
        reason: str = "",
        status: int = HTTPStatus.OK,
    ) -> Response:
        found = see(self.bot, purpose, request.path_params["token"], self.now())
        if not isinstance(found, Sight):
            return self.trouble(request, purpose, found)
        sent = request.query_params.get("sent", "")
        values = {
            "sight": found,
            "purpose": purpose.value,
            "token": request.path_params["token"],
            "note": note,
            "reason": reason,
            "changed": found.marks - shown if shown is not None else frozenset(),
            "sent": next((p for p in found.holders if str(p.id) == sent), None),
        }
        return self.render("appointment.html", values, found.language, status)

    def see_file(self, request: Request) -> Response:
        """Hand out a file of the proposal's mail for saving."""
        purpose = Purpose(request.url.path.split("/")[1])
        found = fetch_document(
            self.bot, purpose, request.path_params["token"], request.path_params["number"], self.now()
        )
        if isinstance(found, LinkTrouble):
            return self.trouble(request, purpose, found)
        return handed_out(*found)

    def do_act_as(self, request: Request, _fields: Fields) -> Response:
        """Mail the personal link; the answer is the same whether or not there was one to mail."""
        token, person = request.path_params["token"], request.path_params["person"]
        trouble = act_as(self.bot, token, person, self.now())
        if trouble is not None:
            return self.trouble(request, Purpose.APPOINTMENT, trouble)
        return RedirectResponse(f"/appointment/{quote(token, safe='')}?sent={person}", HTTPStatus.SEE_OTHER)

    def do_answer(self, request: Request, fields: Fields) -> Response:
        """Confirm or refuse for purchasing."""
        return self._answer(request, Purpose.APPOINT, fields)

    def do_answer_as_delegator(self, request: Request, fields: Fields) -> Response:
        """Say yes or no as who delegates."""
        return self._answer(request, Purpose.DELEGATE, fields)

    def _answer(self, request: Request, purpose: Purpose, fields: Fields) -> Response:
        """Take the press; how it ended is shown after a redirect, so that a reload presses nothing."""
        shown = frozenset(fields.get("shown", "").split())
        if fields.get("action") not in set(Choice):
            return self.trouble(request, purpose, LinkTrouble.DAMAGED)
        pressed = Answer(Choice(fields["action"]), shown, fields.get("reason", ""))
        match answer(self.bot, request.path_params["token"], pressed, self.now(), purpose):
            case LinkTrouble() as trouble:
                return self.trouble(request, purpose, trouble)
            case Stop() as stop:
                shown_again = shown if stop is Stop.CHANGED else None
                status = HTTPStatus.OK if stop in WRITE_AGAIN else HTTPStatus.CONFLICT
                return self._show(request, purpose, note=stop, shown=shown_again, reason=pressed.reason, status=status)
        return RedirectResponse(request.url.path, HTTPStatus.SEE_OTHER)
