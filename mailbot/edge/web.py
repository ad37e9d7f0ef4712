"""The pages: GET shows, a person's POST acts. Routes and rendering only; what a press does is flows' business."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs

import structlog
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mailbot.domain.notices import Purpose
from mailbot.domain.order import Order, Status
from mailbot.domain.rights import Authority, Denial
from mailbot.domain.step_up import applies
from mailbot.domain.workflow import Change, Happened, Refusal
from mailbot.edge.appointment_pages import AppointmentPages
from mailbot.edge.cookie import browser_of, remember
from mailbot.edge.form_page import FormPage, language_of
from mailbot.edge.login import Login
from mailbot.edge.pace import Pace
from mailbot.edge.pages import Act, Fields, View, handed_out
from mailbot.edge.plan_pages import PlanPages
from mailbot.edge.sheets import SheetPages, shown_first
from mailbot.flows.bot import Bot
from mailbot.flows.decide import Action, Outcome, Press, ShowAgain, disown_decision, mail_fresh_link, open_other, press
from mailbot.flows.enter_code import CodePage, code_page, enter_code
from mailbot.flows.health import Health, health
from mailbot.flows.resign import resign
from mailbot.flows.step_up import (
    CODE_LIFE,
    Caller,
    CodeAsked,
    CodeTrouble,
    NoMoreCodes,
    OtherLogin,
    logged_in_as_other,
)
from mailbot.flows.visit import LinkTrouble, Visit, fetch_file, language_of_link, visit
from mailbot.flows.withdraw import confirm_sender, withdraw
from mailbot.mail.mailto import Mailto, mailto_for
from mailbot.places import resource
from mailbot.presentation import Words
from mailbot.presentation import render as render_template
from mailbot.store.codes import Code
from mailbot.store.events import Event
from mailbot.store.links import Link
from mailbot.wording import STATEMENTS

log = structlog.get_logger()

MAX_BODY = 8_192
MAX_DIGITS = 18
WRONG_LINKS_A_MINUTE = 20

RENEWED = {Purpose.DECIDE, Purpose.LIST, Purpose.ORDER}
"""The links of which a fresh one can be had."""

Note = ShowAgain | Refusal | Denial | CodeTrouble | None


@dataclass(frozen=True)
class Web:
    """What the pages need: the bot, the clock, whom to wake after a press, and how old a tick may be.

    `order_form` puts the order form at `/`; `login` is one in front of the pages.
    """

    bot: Bot
    now: Callable[[], datetime]
    wake: Callable[[], None]
    stale_after: timedelta
    order_form: bool = False
    login: Login | None = None
    wrong: Pace = field(default_factory=lambda: Pace(WRONG_LINKS_A_MINUTE, timedelta(minutes=1)))

    def app(self, extra: list[BaseRoute] | None = None) -> Starlette:
        """Return the application; `extra` routes are a demo's."""
        routes: list[BaseRoute] = [
            Route("/", self.start, methods=["GET", "POST"]),
            self.page("/decide/{token}", self.see_decide, self.do_decide),
            self.page("/decide/{token}/code", self.see_code, self.do_code),
            self.page("/decide/{token}/resign", self.see_back, self.do_resign),
            self.page("/decide/{token}/open/{reference}", self.see_back, self.do_open),
            self.page("/decide/{token}/file/{mail:int}/{number:int}", self.see_file, None),
            self.page("/order/{token}/file/{mail:int}/{number:int}", self.see_file, None),
            self.page("/list/{token}", self.see_list, None),
            self.page("/list/{token}/page/{number:int}", self.see_list, None),
            self.page("/list/{token}/open/{reference}", self.see_back, self.do_open),
            self.page("/order/{token}", self.see_order, self.do_withdraw),
            self.page("/disown/{token}", self.see_disown, self.do_withdraw),
            self.page("/not-me/{token}", self.see_not_me, self.do_not_me),
            self.page("/confirm/{token}", self.see_confirm, self.do_confirm),
            self.page("/{purpose}/{token}/fresh", None, self.do_fresh),
            *(route for pages in (AppointmentPages, PlanPages, SheetPages) for route in self._more(pages)),
            Route("/healthz", self.healthz, methods=["GET"]),
            *(extra or []),
        ]
        return Starlette(
            routes=routes,
            middleware=[Middleware(_WithHeaders, secure=self.bot.base_url.startswith("https://"))],
            exception_handlers={404: self._not_found, 405: self._not_found, 500: self._error},
        )

    def page(self, path: str, see: "View | None", act: "Act | None") -> Route:
        """Route GET and HEAD to a view that reads and POST to an act; nothing else reaches either."""

        async def endpoint(request: Request) -> Response:
            if request.method == "POST":
                return await self._post(request, act)
            return await run_in_threadpool(see, request) if see else self._not_found(request, None)

        methods = [*(["GET"] if see else []), *(["POST"] if act else [])]
        return Route(path, endpoint, methods=methods)

    def _more(self, pages: "type[AppointmentPages | PlanPages | SheetPages]") -> list[Route]:
        """Return the routes of pages that have a file of their own."""
        return pages(self.bot, self.now, self.page, self.render, self.trouble).routes()

    async def _post(self, request: Request, act: "Act | None") -> Response:
        if act is None or not _same_site(request):
            return self._message(request, "cross_site", HTTPStatus.FORBIDDEN)
        fields = await _form(request)
        if fields is None:
            return self._message(request, "too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        response = await run_in_threadpool(act, request, fields)
        self.wake()
        return response

    # Views: what a link shows.

    def _visit(self, request: Request, purpose: Purpose) -> Visit | LinkTrouble:
        return visit(self.bot, purpose, request.path_params["token"], self.now(), request.path_params.get("number", 1))

    def see_decide(self, request: Request) -> Response:
        """Show the order with its buttons, or its state when it is decided."""
        return self._decide_page(request, chosen=request.query_params.get("choice", ""))

    def _decide_page(
        self,
        request: Request,
        *,
        chosen: str = "",
        note: Note = None,
        comment: str = "",
        question: str = "",
        status: int = 200,
    ) -> Response:
        found = self._visit(request, Purpose.DECIDE)
        if not isinstance(found, Visit) or found.summary is None:
            return self.trouble(request, Purpose.DECIDE, found)
        order, other = found.summary.order, self._other_login(request, found)
        decision = order.decision
        values = {
            "visit": found,
            "order": found.summary,
            "token": request.path_params["token"],
            "chosen": chosen,
            "note": note,
            "comment": comment,
            "question": question,
            "done": request.query_params.get("done"),
            "changed": found.link.version != order.version,
            "left": order.left_at is not None,
            "may": isinstance(found.authority, Authority) and other is None,
            "other": other,
            "denial": found.authority if isinstance(found.authority, Denial) else None,
            "may_undo": bool(
                decision
                and found.person
                and decision.person == found.person.id
                and order.status in {Status.APPROVED, Status.REJECTED}
                and order.left_at is None
            ),
            "steps_up": self._asks_for_code(request, order),
            "code": self._waiting_code(request, order),
            "shown": shown_first(found),
            "now": self.now(),
        }
        return self.render("decide.html", values, found.language, status)

    def _caller(self, request: Request) -> Caller:
        login = self.login.of(request) if self.login else ""
        return Caller(browser_of(request, self.bot.base_url), login)

    def _other_login(self, request: Request, found: Visit) -> OtherLogin | None:
        caller = self._caller(request)
        return logged_in_as_other(self.bot, found.person.id, caller) if caller.login and found.person else None

    def _asks_for_code(self, request: Request, order: Order) -> bool:
        return applies(order.content, self.bot.policy) and not (self.login and self.login.of(request))

    def _waiting_code(self, request: Request, order: Order) -> Code | None:
        """Return the code that this browser has asked for and may still enter."""
        found = self._code_now(request) if self._asks_for_code(request, order) else None
        return found.code if isinstance(found, CodePage) and found.live else None

    def see_code(self, request: Request) -> Response:
        """Ask for the code that was mailed; a browser that has asked for none is shown the order."""
        found = self._code_now(request)
        if isinstance(found, CodePage) and found.code is None:
            return RedirectResponse(f"{request.url.path.removesuffix('/code')}?done=no_code", HTTPStatus.SEE_OTHER)
        return self._code_page(request, found)

    def _code_now(self, request: Request) -> CodePage | LinkTrouble:
        return code_page(self.bot, request.path_params["token"], self._caller(request), self.now())

    def _code_page(
        self, request: Request, found: CodePage | LinkTrouble, note: CodeTrouble | None = None, status: int = 200
    ) -> Response:
        if isinstance(found, LinkTrouble):
            return self.trouble(request, Purpose.DECIDE, found)
        values = {"page": found, "token": request.path_params["token"], "note": note, "now": self.now()}
        values |= {"visit": found.visit, "order": found.visit.summary, "code_life": CODE_LIFE}
        return self.render("step_up.html", values, found.visit.language, status)

    def see_list(self, request: Request) -> Response:
        """Show everything that waits for this person's decision."""
        return self._show(request, Purpose.LIST, "list.html")

    def see_order(self, request: Request) -> Response:
        """Show the requester where the order stands."""
        return self._show(request, Purpose.ORDER, "order.html")

    def see_disown(self, request: Request) -> Response:
        """Show what "I did not send this" will do."""
        return self._show(request, Purpose.DISOWN, "disown.html")

    def see_not_me(self, request: Request) -> Response:
        """Show what "not me" will do."""
        return self._show(request, Purpose.NOT_ME, "not_me.html")

    def see_confirm(self, request: Request) -> Response:
        """Show what confirming will do; nothing of the waiting mail is shown."""
        return self._show(request, Purpose.CONFIRM, "confirm.html")

    def _show(
        self,
        request: Request,
        purpose: Purpose,
        template: str,
        *,
        note: Note = None,
        done: bool = False,
        status: int = 200,
    ) -> Response:
        found = self._visit(request, purpose)
        if not isinstance(found, Visit):
            return self.trouble(request, purpose, found)
        order = found.summary.order if found.summary else None
        values = {
            "visit": found,
            "order": found.summary,
            "token": request.path_params["token"],
            "note": note,
            "done": done,
            "open": order is not None and order.status in {Status.PENDING, Status.REJECTED, Status.APPROVED},
            "left": order is not None and order.left_at is not None,  # a rejection leaves too
            "said": any(_is_not_me(step.event, found.link) for step in found.history),
            "mailto": self._mailto(found) if purpose is Purpose.ORDER else None,
            "shown": shown_first(found),
            "now": self.now(),
        }
        return self.render(template, values, found.language, status)

    def _mailto(self, found: Visit) -> Mailto | None:
        """Return what the requester's page offers to write."""
        if found.summary is None:
            return None
        order, language = found.summary.order, found.language
        subject = Words(language, self.bot.policy.timezone).say("order")
        return mailto_for(self.bot.addresses.bot, order.reference, subject, order.form, language)

    def see_back(self, request: Request) -> Response:
        """Lead to the page that the button was on: a login in between makes a GET of a press."""
        return RedirectResponse("/".join(request.url.path.split("/")[:3]), HTTPStatus.SEE_OTHER)

    def see_file(self, request: Request) -> Response:
        """Hand out a file of the order for saving."""
        purpose = Purpose(request.url.path.split("/")[1])
        place = (request.path_params["mail"], request.path_params["number"])
        found = fetch_file(self.bot, purpose, request.path_params["token"], place, self.now())
        if isinstance(found, LinkTrouble):
            return self.trouble(request, purpose, found)
        return handed_out(*found)

    # Acts: what a press does.

    def do_decide(self, request: Request, fields: Fields) -> Response:
        """Carry out a press; what was decided is shown after a redirect, so that a reload presses nothing."""
        pressed = _pressed(fields)
        if pressed is None:
            return self._message(request, "damaged", HTTPStatus.BAD_REQUEST)
        outcome = press(self.bot, request.path_params["token"], pressed, self.now(), self._caller(request))
        said = {Action.ASK: "asked", Action.HAND_OVER: "handed", Action.UNDO: "undone"}.get(pressed.action)
        done = f"?done={said}" if said else ""
        if pressed.action is Action.ASK and isinstance(outcome, ShowAgain):
            return self._decide_page(request, note=outcome, question=pressed.comment)
        return self._after_press(request, outcome, request.url.path, done, pressed.comment)

    def do_code(self, request: Request, fields: Fields) -> Response:
        """Decide by the code that was typed, or send a new one."""
        typed = None if fields.get("action") == "send" else fields.get("code", "")
        outcome = enter_code(self.bot, request.path_params["token"], typed, self._caller(request), self.now())
        left = self._code_now(request) if isinstance(outcome, ShowAgain | Refusal) else None
        comment = left.comment if isinstance(left, CodePage) else ""
        return self._after_press(request, outcome, request.url.path.removesuffix("/code"), comment=comment)

    def _after_press(
        self, request: Request, outcome: Outcome, place: str, done: str = "", comment: str = ""
    ) -> Response:
        match outcome:
            case Change():
                return RedirectResponse(place + done, HTTPStatus.SEE_OTHER)
            case LinkTrouble():
                return self.trouble(request, Purpose.DECIDE, outcome)
            case CodeAsked():
                response = RedirectResponse(f"{place}/code", HTTPStatus.SEE_OTHER)
                remember(response, outcome.browser, self.bot.base_url)
                return response
            case OtherLogin():
                return self.render(
                    "other_login.html", {"other": outcome}, outcome.person.language, HTTPStatus.FORBIDDEN
                )
            case NoMoreCodes():
                found = self._code_now(request)
                if isinstance(found, CodePage) and request.url.path == place:
                    found = replace(found, code=None, live=False)  # the code there is was for another press
                return self._code_page(request, found, status=HTTPStatus.TOO_MANY_REQUESTS)
            case CodeTrouble() if outcome is not CodeTrouble.MISSING:
                return self._code_page(request, self._code_now(request), outcome, HTTPStatus.FORBIDDEN)
            case _:
                refused = HTTPStatus.TOO_MANY_REQUESTS if outcome is Refusal.TOO_FAST else HTTPStatus.CONFLICT
                status = HTTPStatus.OK if isinstance(outcome, ShowAgain) else refused
                chosen = "approve" if outcome is ShowAgain.COMMENT_CHANGES_ROUTE else ""
                return self._decide_page(request, chosen=chosen, note=outcome, comment=comment, status=status)

    def do_resign(self, request: Request, _fields: Fields) -> Response:
        """End the approver's own right in the unit, and show the page as it is then."""
        outcome = resign(self.bot, request.path_params["token"], self.now())
        if isinstance(outcome, LinkTrouble):
            return self.trouble(request, Purpose.DECIDE, outcome)
        return RedirectResponse(request.url.path.removesuffix("/resign"), HTTPStatus.SEE_OTHER)

    def do_open(self, request: Request, _fields: Fields) -> Response:
        """Go to another order of the same person's, by a fresh link."""
        purpose = Purpose(request.url.path.split("/")[1])
        token, reference = request.path_params["token"], request.path_params["reference"]
        address = open_other(self.bot, purpose, token, reference, self.now())
        if isinstance(address, LinkTrouble):
            return self.trouble(request, purpose, address)
        return RedirectResponse(address.removeprefix(self.bot.base_url), HTTPStatus.SEE_OTHER)

    def do_withdraw(self, request: Request, _fields: Fields) -> Response:
        """Withdraw the order, as no longer wanted or as never sent."""
        purpose = Purpose(request.url.path.split("/")[1])
        outcome = withdraw(self.bot, purpose, request.path_params["token"], self.now())
        template = "order.html" if purpose is Purpose.ORDER else "disown.html"
        return self._after(request, purpose, template, outcome)

    def do_not_me(self, request: Request, _fields: Fields) -> Response:
        """Disown a decision."""
        outcome = disown_decision(self.bot, request.path_params["token"], self.now())
        return self._after(request, Purpose.NOT_ME, "not_me.html", outcome)

    def _after(self, request: Request, purpose: Purpose, template: str, outcome: Outcome) -> Response:
        if isinstance(outcome, LinkTrouble):
            return self.trouble(request, purpose, outcome)
        note = outcome if isinstance(outcome, Refusal) else None
        return self._show(request, purpose, template, note=note, done=True)

    def do_confirm(self, request: Request, _fields: Fields) -> Response:
        """Confirm a waiting mail."""
        outcome = confirm_sender(self.bot, request.path_params["token"], self.now())
        if isinstance(outcome, LinkTrouble):
            return self.trouble(request, Purpose.CONFIRM, outcome)
        return self._show(request, Purpose.CONFIRM, "confirm.html", done=True)

    def do_fresh(self, request: Request, _fields: Fields) -> Response:
        """Mail a fresh link to the registered address, or say when that was done or why it is not."""
        name, token, now = request.path_params["purpose"], request.path_params["token"], self.now()
        if name not in RENEWED:
            return self._not_found(request, None)
        found = mail_fresh_link(self.bot, Purpose(name), token, now)
        if isinstance(found, LinkTrouble):
            return self.trouble(request, Purpose(name), found)
        if isinstance(found, Link):
            return RedirectResponse(request.url.path.removesuffix("/fresh"), HTTPStatus.SEE_OTHER)
        language = language_of_link(self.bot, Purpose(name), token)
        return self._message(request, "fresh_link", HTTPStatus.OK, language, mailed=found, now=now)

    # Everything else.

    async def start(self, request: Request) -> Response:
        """Show the order form, or say where to mail orders."""
        form = FormPage(self.bot, self.now, self.render, self.order_form)
        return await form.answer(request, same_site=_same_site(request))

    def healthz(self, _request: Request) -> Response:
        """Say whether the bot is alive and its queues move (promise P7)."""
        found: Health = health(self.bot, self.now(), self.stale_after)
        status = HTTPStatus.OK if found.well else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(found.as_json(), status)

    def trouble(self, request: Request, purpose: Purpose, trouble: Visit | LinkTrouble) -> Response:
        """Say why a link opens nothing."""
        trouble = trouble if isinstance(trouble, LinkTrouble) else LinkTrouble.DAMAGED
        place = request.client.host if request.client else ""
        if trouble is LinkTrouble.DAMAGED and not self.wrong.allows(place, self.now()):
            log.warning("many_wrong_links", peer=place)
            return self._message(request, "too_many", HTTPStatus.TOO_MANY_REQUESTS)
        status = HTTPStatus.NOT_FOUND if trouble is LinkTrouble.DAMAGED else HTTPStatus.GONE
        fresh = trouble is LinkTrouble.EXPIRED and purpose in RENEWED
        action = f"/{purpose}/{request.path_params['token']}/fresh" if fresh else ""
        language = language_of_link(self.bot, purpose, request.path_params["token"])
        return self._message(request, trouble.value, status, language, fresh=action)

    def _message(
        self, request: Request, name: str, status: int, language: str | None = None, **values: object
    ) -> Response:
        """Show a page about no order, where nobody is named in the language that the browser prefers."""
        language = language or language_of(request, self.bot.language)
        return self.render("message.html", {"fresh": "", **values, "name": name}, language, status)

    def _not_found(self, request: Request, _error: Exception | None) -> Response:
        return self._message(request, "not_found", HTTPStatus.NOT_FOUND)

    def _error(self, request: Request, error: Exception) -> Response:
        log.error("page_failed", error=type(error).__name__, exc_info=error)
        return self._message(request, "trouble", HTTPStatus.SERVICE_UNAVAILABLE)

    def render(self, template: str, values: Mapping[str, Any], language: str | None, status: int) -> Response:
        """Return a page of templates/web in a language, None for the bot's."""
        page = {
            **values,
            "style_markup": style_markup(),
            "script_markup": script_markup(),
            "contact": self.bot.addresses.contact,
            "policy": self.bot.policy,
            "statements": STATEMENTS.get(self.bot.policy.statements, ()),
        }
        html = render_template(
            f"web/{template}",
            page,
            language=language or self.bot.language,
            timezone=self.bot.policy.timezone,
            html=True,
        )
        return HTMLResponse(html, status, headers=page_headers())


def _is_not_me(event: Event, link: Link) -> bool:
    """Tell whether the link's person has said "not me" of the decision that the link was sent for."""
    said = event.what == Happened.DECISION_DISOWNED and event.person == link.person
    return said and link.issued_at is not None and event.at >= link.issued_at


@cache
def _own(name: str) -> str:
    """Return a file of our own that pages hold inline."""
    return resource("templates").joinpath("web", name).read_text("utf-8")


def style_markup() -> Markup:
    """Return the one stylesheet as it stands in every page: our own file, not escaped."""
    return Markup(_own("style.css"))  # noqa: S704


def script_markup() -> Markup:
    """Return the one script as it stands in the page with the buttons, which works without it; not escaped either."""
    return Markup(_own("decide.js"))  # noqa: S704


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@cache
def _content_policy() -> str:
    """Allow our own style and script by their hashes, the icon inside the page, and nothing else (K20)."""
    style, script = _hash(_own("style.css")), _hash(_own("decide.js"))
    return (
        f"default-src 'none'; style-src {style}; script-src {script}; img-src data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )


def page_headers(*, secure: bool = False) -> dict[str, str]:
    """Return the headers of every page (reliability-security.md K18, K20).

    `secure` says that people reach the pages by https, and that browsers shall keep to it.
    """
    return {
        "Content-Security-Policy": _content_policy(),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Cross-Origin-Opener-Policy": "same-origin",
        **({"Strict-Transport-Security": "max-age=31536000"} if secure else {}),
    }


@dataclass(frozen=True)
class _WithHeaders:
    """Gives every answer the headers of the pages, redirects and errors included, where it does not set its own."""

    app: ASGIApp
    secure: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in page_headers(secure=self.secure).items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _same_site(request: Request) -> bool:
    """Refuse a press that a browser says comes from another site; a client that says nothing holds the token anyway."""
    if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    return origin in {None, "null"} or origin.partition("//")[2] == request.headers.get("host")


async def _form(request: Request) -> Fields | None:
    """Return the fields of a small urlencoded body; None when it is over 8 KB."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            return None
    try:
        fields = parse_qs(body.decode("utf-8", "replace"), max_num_fields=20)
    except ValueError:  # more fields than any page has
        return {}
    return {key: values[0] for key, values in fields.items()}


def _pressed(fields: Fields) -> Press | None:
    try:
        action, version = Action(fields.get("action", "")), int(fields.get("version", ""))
    except ValueError:
        return None
    to = fields.get("to", "")
    return Press(
        action,
        version,
        fields.get("destination", ""),
        fields.get("comment", ""),
        int(to) if to.isdecimal() and len(to) < MAX_DIGITS else 0,
    )
