"""The pages of requesters: how the order stands, "I did not send this", and which waiting mails are theirs; and that of
a unit's reviewer."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.ordering.workflow import Change, Refusal
from mailbot.domain.values.order import Order
from mailbot.edge.web.long_order_pages import shown_first
from mailbot.edge.web.pages import Fields, Pages, number, opened
from mailbot.flows.pages.confirm_sender import confirm_page, confirm_sender, disown_mails
from mailbot.flows.pages.follow import FollowAction, follow
from mailbot.flows.pages.review import remark
from mailbot.flows.pages.withdraw import withdraw
from mailbot.flows.steps.decide import PressProblem
from mailbot.mail.writing.mailto import Mailto, mailto_for
from mailbot.presentation import TemplateFilters

WITHDRAW = "withdraw"
"""The button that withdraws; what names no button does nothing."""


@dataclass(frozen=True)
class RequesterPages(Pages):
    """The routes, views and acts of these pages."""

    def routes(self) -> list[Route]:
        """Return the routes; GET and HEAD reach only views that read."""
        return [
            *(
                self.page(f"/{purpose}/{{token}}", partial(self.see, purpose), partial(self.do_press, purpose))
                for purpose in (Purpose.ORDER, Purpose.DISOWN)
            ),
            self.page("/review/{token}", self.see_review, self.do_remark),
            self.page("/confirm/{token}", self.see_confirm, self.do_confirm),
        ]

    def do_press(self, purpose: Purpose, request: Request, fields: Fields) -> Response:
        """Ask for a decision again, of the same people or another, or withdraw: no longer wanted, or never sent."""
        token, action, now = request.path_params["token"], fields.get("action", ""), self.now()
        if purpose is Purpose.ORDER and action in set(FollowAction):
            outcome = opened(follow(self.bot, token, FollowAction(action), number(fields.get("to", "")), now))
        elif purpose is Purpose.DISOWN or action == WITHDRAW:
            outcome = opened(withdraw(self.bot, purpose, token, now))
        else:
            return self.see(purpose, request, note=PressProblem.UNREADABLE, status=HTTPStatus.BAD_REQUEST)
        return self.see(purpose, request, note=outcome if isinstance(outcome, Refusal) else None, done=action)

    def see(
        self,
        purpose: Purpose,
        request: Request,
        *,
        note: Refusal | PressProblem | None = None,
        done: str = "",
        status: int = HTTPStatus.OK,
    ) -> Response:
        """Show how the order stands, or what "I did not send this" would do."""
        found = self.visit(request, purpose)
        mailto = self._mailto(found.summary.order, found.language)
        values = {"note": note, "done": done, "mailto": mailto, "shown": shown_first(found)}
        return self.show(f"{purpose}.html", request, found, values, status)

    def do_remark(self, request: Request, fields: Fields) -> Response:
        """Pass a reviewer's remark to who is asked to decide; a remark that is not passed on stays in its field."""
        text = fields.get("comment", "")
        outcome = opened(remark(self.bot, request.path_params["token"], text, self.now()))
        kept = {"note": None, "done": True} if isinstance(outcome, Change) else {"note": outcome, "comment": text}
        return self.see_review(request, kept)

    def see_review(self, request: Request, pressed: Mapping[str, object] | None = None) -> Response:
        """Show the order to its unit's reviewer."""
        found = self.visit(request, Purpose.REVIEW)
        values = {"shown": shown_first(found), "note": None, "comment": "", "done": False}
        return self.show("review.html", request, found, {**values, **(pressed or {})})

    def _mailto(self, order: Order, language: str) -> Mailto:
        """Return the mails that the requester's page offers to write."""
        subject = TemplateFilters(language, self.bot.policy.timezone).say("order")
        return mailto_for(self.bot.addresses.bot, order.reference, subject, order.form, language)

    def do_confirm(self, request: Request, fields: Fields) -> Response:
        """Confirm one mail, or park all mails that are named; if none is named, the link's own is confirmed.

        The button that confirms names no action; any other than "refuse" is none of the page's, and settles nothing.
        """
        token, action = request.path_params["token"], fields.get("action", "")
        if action not in {"", "refuse"}:
            return self.see_confirm(request, status=HTTPStatus.BAD_REQUEST)
        refused = action == "refuse"
        mails = [mail for word in fields.get("mail", "").split() if (mail := number(word)) is not None]
        if refused:
            outcome = opened(disown_mails(self.bot, token, self.now(), mails))
        else:
            outcome = opened(confirm_sender(self.bot, token, self.now(), mails[0] if mails else None))
        done = ("refused" if refused else "confirmed") if outcome else "too_late"
        return self.see_confirm(request, done)

    def see_confirm(self, request: Request, done: str = "", status: int = HTTPStatus.OK) -> Response:
        """Show the owner of an address the mails that wait in their name; opening the page settles nothing."""
        found = opened(confirm_page(self.bot, request.path_params["token"], self.now()))
        values = {"page": found, "token": request.path_params["token"], "done": done}
        return self.render("confirm.html", values, found.language, status)
