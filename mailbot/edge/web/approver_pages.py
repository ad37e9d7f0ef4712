"""The pages of approvers: the order and its buttons, the code, the list, giving up a right, and "not me"."""

from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.ordering.workflow import Change, Happened, Refusal
from mailbot.domain.people.rights import Authority, Denial
from mailbot.domain.people.step_up import applies, guards_rights
from mailbot.domain.values.order import Order
from mailbot.edge.web.cookie import browser_of, remember
from mailbot.edge.web.login import Login
from mailbot.edge.web.long_order_pages import shown_first
from mailbot.edge.web.pages import Fields, Pages, RefusedLinkError, number, opened
from mailbot.flows.pages.enter_code import CodePage, code_page, enter_code
from mailbot.flows.pages.resign import ResignOutcome, resign, see_resign
from mailbot.flows.steps.decide import (
    Action,
    Press,
    PressOutcome,
    PressProblem,
    disown_decision,
    open_listed,
    open_other,
    press,
)
from mailbot.flows.steps.link_page import ListPart, OrderPage, see_list
from mailbot.flows.steps.open_link import DecideLink, LinkRefusal, NotMeLink
from mailbot.flows.steps.step_up import (
    CODE_LIFE,
    Caller,
    CodeAsked,
    CodeRefusal,
    NoMoreCodes,
    OtherLogin,
    logged_in_as_other,
)
from mailbot.store.codes import Code
from mailbot.store.events import RecordedEvent

Note = PressProblem | Refusal | Denial | CodeRefusal | None
_OPENS = {Purpose.DECIDE: open_other, Purpose.LIST: open_listed}
"""The pages that list other orders, and what opens one of these."""


@dataclass(frozen=True)
class ApproverPages(Pages):
    """The routes, views and acts of these pages; `login` is a login in front of them, if there is one."""

    login: Login | None

    def routes(self) -> list[Route]:
        """Return the routes; GET and HEAD reach only views that read."""
        return [
            self.page("/decide/{token}", self.see_decide, self.do_decide),
            self.page("/decide/{token}/code", self.see_code, self.do_code),
            self.page("/decide/{token}/resign", self.see_resign, self.do_resign),
            self.page("/list/{token}", self.see_list, None),
            self.page("/list/{token}/page/{number:int}", self.see_list, None),
            self.page("/list/{token}/below/{number:int}", partial(self.see_list, below=True), None),
            *(
                self.page(f"/{purpose}/{{token}}/open/{{reference}}", see_back, partial(self.do_open, purpose))
                for purpose in _OPENS
            ),
            self.page("/not-me/{token}", self.see_not_me, self.do_not_me),
        ]

    def see_decide(self, request: Request) -> Response:
        """Show the order with its buttons, or how it stands if it is decided."""
        return self._decide_page(request, chosen=request.query_params.get("choice", ""))

    def _decide_page(
        self, request: Request, note: Note = None, typed: Fields | None = None, *, chosen: str = "", status: int = 200
    ) -> Response:
        """Show the order; `typed` is the text to keep, by the field in which it was typed."""
        found = self.visit(request, Purpose.DECIDE)
        order, other = found.summary.order, self._other_login(request, found)
        values = {
            "chosen": chosen,
            "note": note,
            "comment": "",
            "question": "",
            "why": "",
            **(typed or {}),
            "done": request.query_params.get("done"),
            "changed": isinstance(found.link, DecideLink) and found.link.version != order.version,
            "may": isinstance(found.authority, Authority) and other is None,
            "other": other,
            "denial": found.authority if isinstance(found.authority, Denial) else None,
            "may_undo": found.may_undo and other is None,
            "steps_up": self._asks_for_code(request, order),
            "code": self._waiting_code(request, order),
            "shown": shown_first(found),
        }
        return self.show("decide.html", request, found, values, status)

    def _caller(self, request: Request) -> Caller:
        login = self.login.of(request) if self.login else ""
        return Caller(browser_of(request, self.bot.base_url), login)

    def _other_login(self, request: Request, found: OrderPage) -> OtherLogin | None:
        caller = self._caller(request)
        return logged_in_as_other(self.bot, found.person.id, caller, self.now()) if caller.login else None

    def _asks_for_code(self, request: Request, order: Order) -> bool:
        return applies(order.content, self.bot.policy) and not (self.login and self.login.of(request))

    def _waiting_code(self, request: Request, order: Order) -> Code | None:
        found = self._code_now(request) if self._asks_for_code(request, order) else None
        return found.code if found and found.live else None

    def see_code(self, request: Request) -> Response:
        """Ask for the mailed code; if this browser has asked for none, lead to the order."""
        found = self._code_now(request)
        if found.code is None:
            return RedirectResponse(f"{request.url.path.removesuffix('/code')}?done=no_code", HTTPStatus.SEE_OTHER)
        return self._code_page(request, found)

    def _code_now(self, request: Request) -> CodePage:
        return opened(code_page(self.bot, request.path_params["token"], self._caller(request), self.now()))

    def _code_page(
        self, request: Request, found: CodePage, note: CodeRefusal | None = None, status: int = 200
    ) -> Response:
        values = {"page": found, "note": note, "code_life": CODE_LIFE}
        return self.show("step_up.html", request, found.visit, values, status)

    def see_resign(self, request: Request, *, changed: bool = False, status: int = 200) -> Response:
        """Show which rights the person would give up, and what follows; if there are none, lead to the order."""
        found = opened(see_resign(self.bot, request.path_params["token"], self.now()))
        seen, held = found
        if not held.rights or self._other_login(request, seen):
            return see_back(request)
        caller, content = self._caller(request), seen.summary.order.content
        steps_up = guards_rights(content, self.bot.policy) and not caller.login
        values = {"held": held, "changed": changed, "steps_up": steps_up}
        return self.show("resign.html", request, seen, values, status)

    def see_list(self, request: Request, *, below: bool = False) -> Response:
        """Show the orders that wait for this person's decision, or those `below` that somebody nearer decides first."""
        token, page = request.path_params["token"], request.path_params.get("number", 1)
        found = opened(see_list(self.bot, token, self.now(), ListPart(page, below, "sum" in request.query_params)))
        values = {"visit": found, "token": token, "now": self.now()}
        return self.render("list.html", values, found.language, 200)

    def see_not_me(self, request: Request) -> Response:
        """Show what "not me" would do, or has done."""
        found = self.visit(request, Purpose.NOT_ME)
        said = any(_is_not_me(step.recorded, found) for step in found.history)
        return self.show("not_me.html", request, found, {"said": said})

    def do_decide(self, request: Request, fields: Fields) -> Response:
        """Carry out a press; the outcome is shown after a redirect, so that a reload presses nothing."""
        pressed = _pressed(fields)
        if pressed is None:
            typed = _typed(fields.get("action", ""), fields.get("comment", ""))
            return self._decide_page(request, PressProblem.UNREADABLE, typed, status=HTTPStatus.BAD_REQUEST)
        outcome = press(self.bot, request.path_params["token"], pressed, self.now(), self._caller(request))
        said = {Action.ASK: "asked", Action.HAND_OVER: "handed", Action.UNDO: "undone"}.get(pressed.action)
        done = f"?done={said}" if said else ""
        return self._after_press(request, outcome, request.url.path, done, _typed(pressed.action, pressed.comment))

    def do_code(self, request: Request, fields: Fields) -> Response:
        """Carry out the press by the code typed, or mail a new code."""
        typed = None if fields.get("action") == "send" else fields.get("code", "")
        outcome = enter_code(self.bot, request.path_params["token"], typed, self._caller(request), self.now())
        stays = isinstance(outcome, PressProblem | Refusal)
        typed_before = {"comment": self._code_now(request).comment} if stays else {}
        return self._after_press(request, outcome, request.url.path.removesuffix("/code"), typed=typed_before)

    def _after_press(
        self,
        request: Request,
        outcome: PressOutcome | ResignOutcome,
        place: str,
        done: str = "",
        typed: Fields | None = None,
    ) -> Response:
        """Show the outcome of a press at `place`; `typed` is the text to keep, as in `_decide_page`."""
        match outcome:
            case Change() | ResignOutcome():
                return RedirectResponse(place + done, HTTPStatus.SEE_OTHER)
            case LinkRefusal():
                raise RefusedLinkError(outcome)
            case CodeAsked():
                response = RedirectResponse(f"{place}/code", HTTPStatus.SEE_OTHER)
                remember(response, outcome.browser, self.bot.base_url)
                return response
            case OtherLogin():
                return self._not_yours(outcome)
            case NoMoreCodes():
                found = self._code_now(request)
                if request.url.path == place:
                    found = replace(found, code=None, live=False)  # the code there is was for another press
                return self._code_page(request, found, status=HTTPStatus.TOO_MANY_REQUESTS)
            case CodeRefusal.MISSING | Refusal() | Denial():
                status = HTTPStatus.TOO_MANY_REQUESTS if outcome is Refusal.TOO_FAST else HTTPStatus.CONFLICT
                return self._decide_page(request, outcome, typed, status=status)
            case CodeRefusal():
                return self._code_page(request, self._code_now(request), outcome, HTTPStatus.FORBIDDEN)
            case PressProblem():
                chosen = _CHOSEN.get(outcome, "")
                return self._decide_page(request, outcome, typed, chosen=chosen)

    def _not_yours(self, other: OtherLogin) -> Response:
        return self.render("other_login.html", {"other": other}, other.person.language, HTTPStatus.FORBIDDEN)

    def do_resign(self, request: Request, fields: Fields) -> Response:
        """End the approver's own rights in the unit that the page showed, then lead to the order."""
        unit, caller = fields.get("unit", ""), self._caller(request)
        outcome = resign(self.bot, request.path_params["token"], unit, self.now(), caller)
        if outcome is ResignOutcome.OTHER_UNIT:
            return self.see_resign(request, changed=True, status=HTTPStatus.CONFLICT)
        return self._after_press(request, outcome, request.url.path.removesuffix("/resign"))

    def do_open(self, purpose: Purpose, request: Request, _fields: Fields) -> Response:
        """Lead the same person to another order, by a fresh link."""
        token, reference = request.path_params["token"], request.path_params["reference"]
        address = _OPENS[purpose](self.bot, token, reference, self.now(), self._caller(request))
        if isinstance(address, LinkRefusal):
            raise RefusedLinkError(address)
        if isinstance(address, OtherLogin):
            return self._not_yours(address)
        return RedirectResponse(address.removeprefix(self.bot.base_url), HTTPStatus.SEE_OTHER)

    def do_not_me(self, request: Request, _fields: Fields) -> Response:
        """Disown a decision."""
        opened(disown_decision(self.bot, request.path_params["token"], self.now()))
        return self.see_not_me(request)


_CHOSEN = {PressProblem.COMMENT_CHANGES_ROUTE: "approve", PressProblem.REASON_MISSING: "reject"}
"""The choice that is still ready when a press is asked about once more."""


def see_back(request: Request) -> Response:
    """Lead a GET to the page that the button was on: a login in front may turn a press into a GET."""
    return RedirectResponse("/".join(request.url.path.split("/")[:3]), HTTPStatus.SEE_OTHER)


def _is_not_me(event: RecordedEvent, found: OrderPage) -> bool:
    """Tell whether the link's person has said "not me" of the decision for which the link was mailed."""
    said = event.what == Happened.DECISION_DISOWNED and event.person == found.person.id
    return said and isinstance(found.link, NotMeLink) and event.at >= found.link.issued_at


def _pressed(fields: Fields) -> Press | None:
    try:
        action, version = Action(fields.get("action") or fields.get("anyway", "")), int(fields.get("version", ""))
    except ValueError:
        return None
    to, step = (number(fields.get(name, "")) or 0 for name in ("to", "step"))
    return Press(
        action, version, fields.get("destination", ""), fields.get("comment", ""), to, step, "anyway" in fields
    )


def _typed(action: str, text: str) -> Fields:
    """Return the text by its field on the page; a recusal has its own, because its text is mailed to nobody."""
    fields: Fields = {Action.ASK: "question", Action.RECUSE: "why"}
    return {fields.get(action, "comment"): text}
