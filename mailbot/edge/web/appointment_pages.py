"""The pages about appointing approvers: the shared link only shows; on a personal link's page a press settles."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mailbot.domain.notices.notice import Purpose
from mailbot.edge.web.pages import Fields, Pages, RefusedLinkError, handed_out, opened
from mailbot.flows.pages.confirm_appointment import (
    ProposalAction,
    ProposalAnswer,
    ProposalRefusal,
    act_as,
    answer_proposal,
    fetch_document,
    see_proposal,
)
from mailbot.flows.steps.open_link import LinkRefusal

WRITE_AGAIN = {ProposalRefusal.REASON_MISSING, ProposalRefusal.REASON_TOO_LONG}


@dataclass(frozen=True)
class AppointmentPages(Pages):
    """The routes, views and acts of these pages."""

    def routes(self) -> Iterator[Route]:
        """Yield the routes; GET and HEAD reach only views that read. The shared link has no act."""
        yield self.page("/appointment/{token}/as/{person:int}", None, self.do_act_as)
        for purpose in (Purpose.APPOINTMENT, Purpose.APPOINT, Purpose.DELEGATE):
            act = partial(self.do_answer, purpose) if purpose is not Purpose.APPOINTMENT else None
            yield self.page(f"/{purpose}/{{token}}", partial(self.see_proposal, purpose), act)
            yield self.page(f"/{purpose}/{{token}}/file/{{number:int}}", partial(self.see_file, purpose), None)

    def see_proposal(
        self,
        purpose: Purpose,
        request: Request,
        note: ProposalRefusal | None = None,
        pressed: ProposalAnswer | None = None,
    ) -> Response:
        """Show the proposal with the link's buttons; `note` says why nothing was done when `pressed`.

        Purchasing's shared link has a button for each who may confirm, which mails them a personal link; that one and a
        delegator's confirm and refuse.
        """
        found = opened(see_proposal(self.bot, purpose, request.path_params["token"], self.now()))
        sent = request.query_params.get("sent", "")
        values = {
            "sight": found,
            "purpose": purpose.value,
            "token": request.path_params["token"],
            "note": note,
            "reason": pressed.reason if pressed else "",
            "changed": found.marks - pressed.shown if pressed and note is ProposalRefusal.CHANGED else frozenset(),
            "sent": next((p for p in found.holders if str(p.id) == sent), None),
        }
        well = note is None or note in WRITE_AGAIN
        return self.render("appointment.html", values, found.language, HTTPStatus.OK if well else HTTPStatus.CONFLICT)

    def see_file(self, purpose: Purpose, request: Request) -> Response:
        """Return a file of the proposal's mail for saving."""
        token, number = request.path_params["token"], request.path_params["number"]
        return handed_out(*opened(fetch_document(self.bot, purpose, token, number, self.now())))

    def do_act_as(self, request: Request, _fields: Fields) -> Response:
        """Mail the personal link; the answer is the same if none was mailed."""
        token, person = request.path_params["token"], request.path_params["person"]
        opened(act_as(self.bot, token, person, self.now()))
        return RedirectResponse(f"/appointment/{quote(token, safe='')}?sent={person}", HTTPStatus.SEE_OTHER)

    def do_answer(self, purpose: Purpose, request: Request, fields: Fields) -> Response:
        """Confirm or refuse, for purchasing or as a delegator; after a redirect a reload presses nothing."""
        shown = frozenset(fields.get("shown", "").split())
        if fields.get("action") not in set(ProposalAction):
            raise RefusedLinkError(LinkRefusal.DAMAGED)
        pressed = ProposalAnswer(ProposalAction(fields["action"]), shown, fields.get("reason", ""))
        stop = opened(answer_proposal(self.bot, request.path_params["token"], pressed, self.now(), purpose))
        if isinstance(stop, ProposalRefusal):
            return self.see_proposal(purpose, request, stop, pressed)
        return RedirectResponse(request.url.path, HTTPStatus.SEE_OTHER)
