"""The pages: GET shows, a person's POST acts. Routes and rendering only; what a press does is flows' business."""

import base64
import hashlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, quote

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
from mailbot.domain.order import Status
from mailbot.domain.routing import Authority, Denial
from mailbot.domain.workflow import Change, Happened, Refusal
from mailbot.flows.bot import Bot
from mailbot.flows.decide import Action, Outcome, Press, ShowAgain, disown_decision, mail_fresh_link, open_other, press
from mailbot.flows.health import Health, health
from mailbot.flows.visit import LinkTrouble, Visit, fetch_file, visit
from mailbot.flows.withdraw import confirm_sender, withdraw
from mailbot.mail.mailto import Mailto, mailto_for
from mailbot.places import resource
from mailbot.presentation import Words, render
from mailbot.store.events import Event
from mailbot.store.links import Link

log = structlog.get_logger()

MAX_BODY = 8_192

Fields = Mapping[str, str]
Note = ShowAgain | Refusal | Denial | None


@dataclass(frozen=True)
class Web:
    """What the pages need: the bot, the clock, whom to wake after a press, and how old a tick may be."""

    bot: Bot
    now: Callable[[], datetime]
    wake: Callable[[], None]
    stale_after: timedelta

    def app(self, extra: list[BaseRoute] | None = None) -> Starlette:
        """Return the application; `extra` routes are a demo's."""
        routes: list[BaseRoute] = [
            self._page("/decide/{token}", self.see_decide, self.do_decide),
            self._page("/decide/{token}/open/{reference}", None, self.do_open),
            self._page("/decide/{token}/file/{mail:int}/{number:int}", self.see_file, None),
            self._page("/order/{token}/file/{mail:int}/{number:int}", self.see_file, None),
            self._page("/list/{token}", self.see_list, None),
            self._page("/list/{token}/open/{reference}", None, self.do_open),
            self._page("/order/{token}", self.see_order, self.do_withdraw),
            self._page("/disown/{token}", self.see_disown, self.do_withdraw),
            self._page("/not-me/{token}", self.see_not_me, self.do_not_me),
            self._page("/confirm/{token}", self.see_confirm, self.do_confirm),
            self._page("/{purpose}/{token}/fresh", None, self.do_fresh),
            Route("/healthz", self.healthz, methods=["GET"]),
            *(extra or []),
        ]
        return Starlette(
            routes=routes,
            middleware=[Middleware(_WithHeaders)],
            exception_handlers={404: self._not_found, 405: self._not_found, 500: self._error},
        )

    def _page(self, path: str, see: "View | None", act: "Act | None") -> Route:
        """Route GET and HEAD to a view that reads and POST to an act; nothing else reaches either."""

        async def endpoint(request: Request) -> Response:
            if request.method == "POST":
                return await self._post(request, act)
            return await run_in_threadpool(see, request) if see else self._not_found(request, None)

        methods = [*(["GET"] if see else []), *(["POST"] if act else [])]
        return Route(path, endpoint, methods=methods)

    async def _post(self, request: Request, act: "Act | None") -> Response:
        if act is None or not _same_site(request):
            return self._message("cross_site", HTTPStatus.FORBIDDEN)
        fields = await _form(request)
        if fields is None:
            return self._message("too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        response = await run_in_threadpool(act, request, fields)
        self.wake()
        return response

    # Views: what a link shows.

    def _visit(self, request: Request, purpose: Purpose) -> Visit | LinkTrouble:
        return visit(self.bot, purpose, request.path_params["token"], self.now())

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
            return self._trouble(request, Purpose.DECIDE, found)
        order = found.summary.order
        decision = order.decision
        values = {
            "visit": found,
            "order": found.summary,
            "token": request.path_params["token"],
            "chosen": chosen,
            "note": note,
            "comment": comment,
            "question": question,
            "asked": request.query_params.get("done") == "asked",
            "changed": found.link.version != order.version,
            "left": order.left_at is not None,
            "may": isinstance(found.authority, Authority),
            "denial": found.authority if isinstance(found.authority, Denial) else None,
            "may_undo": bool(
                decision
                and found.person
                and decision.person == found.person.id
                and order.status in {Status.APPROVED, Status.REJECTED}
                and order.left_at is None
            ),
            "now": self.now(),
        }
        return self._render("decide.html", values, found.language, status)

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
            return self._trouble(request, purpose, found)
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
            "now": self.now(),
        }
        return self._render(template, values, found.language, status)

    def _mailto(self, found: Visit) -> Mailto | None:
        """Return what the requester's page offers to write."""
        if found.summary is None:
            return None
        order, language = found.summary.order, found.language or self.bot.language
        subject = Words(language, self.bot.policy.timezone).say("order")
        return mailto_for(self.bot.addresses.bot, order.reference, subject, order.form, language)

    def see_file(self, request: Request) -> Response:
        """Hand out a file of the order for saving; no browser shows it in our name (email.md F109)."""
        purpose = Purpose(request.url.path.split("/")[1])
        place = (request.path_params["mail"], request.path_params["number"])
        found = fetch_file(self.bot, purpose, request.path_params["token"], place, self.now())
        if isinstance(found, LinkTrouble):
            return self._trouble(request, purpose, found)
        file, data = found
        name = f"attachment; filename=\"file\"; filename*=UTF-8''{quote(file.name, safe='')}"
        headers = {**page_headers(), "Content-Security-Policy": "sandbox", "Content-Disposition": name}
        return Response(data, media_type="application/octet-stream", headers=headers)

    # Acts: what a press does.

    def do_decide(self, request: Request, fields: Fields) -> Response:
        """Carry out a press; what was decided is shown after a redirect, so that a reload presses nothing."""
        pressed = _pressed(fields)
        if pressed is None:
            return self._message("damaged", HTTPStatus.BAD_REQUEST)
        outcome = press(self.bot, request.path_params["token"], pressed, self.now())
        if isinstance(outcome, Change):
            done = "?done=asked" if pressed.action is Action.ASK else ""
            return RedirectResponse(request.url.path + done, HTTPStatus.SEE_OTHER)
        if isinstance(outcome, LinkTrouble):
            return self._trouble(request, Purpose.DECIDE, outcome)
        status = HTTPStatus.OK if isinstance(outcome, ShowAgain) else HTTPStatus.CONFLICT
        if pressed.action is Action.ASK:
            return self._decide_page(request, note=outcome, question=pressed.comment, status=status)
        chosen = "approve" if outcome is ShowAgain.COMMENT_CHANGES_ROUTE else ""
        return self._decide_page(request, chosen=chosen, note=outcome, comment=pressed.comment, status=status)

    def do_open(self, request: Request, _fields: Fields) -> Response:
        """Go to another order of the same person's, by a fresh link."""
        purpose = Purpose(request.url.path.split("/")[1])
        token, reference = request.path_params["token"], request.path_params["reference"]
        address = open_other(self.bot, purpose, token, reference, self.now())
        if isinstance(address, LinkTrouble):
            return self._trouble(request, purpose, address)
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
            return self._trouble(request, purpose, outcome)
        note = outcome if isinstance(outcome, Refusal) else None
        return self._show(request, purpose, template, note=note, done=True)

    def do_confirm(self, request: Request, _fields: Fields) -> Response:
        """Confirm a waiting mail."""
        outcome = confirm_sender(self.bot, request.path_params["token"], self.now())
        if isinstance(outcome, LinkTrouble):
            return self._trouble(request, Purpose.CONFIRM, outcome)
        return self._show(request, Purpose.CONFIRM, "confirm.html", done=True)

    def do_fresh(self, request: Request, _fields: Fields) -> Response:
        """Mail a fresh link to the registered address; the answer is the same whether or not there was one to mail."""
        name = request.path_params["purpose"]
        if name in {Purpose.DECIDE, Purpose.LIST, Purpose.ORDER}:
            mail_fresh_link(self.bot, Purpose(name), request.path_params["token"], self.now())
        return self._message("fresh_link", HTTPStatus.OK)

    # Everything else.

    def healthz(self, _request: Request) -> Response:
        """Say whether the bot is alive and its queues move (promise P7)."""
        found: Health = health(self.bot, self.now(), self.stale_after)
        status = HTTPStatus.OK if found.well else HTTPStatus.SERVICE_UNAVAILABLE
        return JSONResponse(found.as_json(), status)

    def _trouble(self, request: Request, purpose: Purpose, trouble: Visit | LinkTrouble) -> Response:
        trouble = trouble if isinstance(trouble, LinkTrouble) else LinkTrouble.DAMAGED
        status = HTTPStatus.NOT_FOUND if trouble is LinkTrouble.DAMAGED else HTTPStatus.GONE
        fresh = trouble is LinkTrouble.EXPIRED and purpose in {Purpose.DECIDE, Purpose.LIST, Purpose.ORDER}
        action = f"/{purpose}/{request.path_params['token']}/fresh" if fresh else ""
        return self._message(trouble.value, status, action)

    def _message(self, name: str, status: int, fresh: str = "") -> Response:
        return self._render("message.html", {"name": name, "fresh": fresh}, None, status)

    def _not_found(self, _request: Request, _error: Exception | None) -> Response:
        return self._message("not_found", HTTPStatus.NOT_FOUND)

    def _error(self, _request: Request, error: Exception) -> Response:
        log.error("page_failed", error=type(error).__name__, exc_info=error)
        return self._message("trouble", HTTPStatus.SERVICE_UNAVAILABLE)

    def _render(self, template: str, values: Mapping[str, Any], language: str | None, status: int) -> Response:
        page = {
            **values,
            "style_markup": style_markup(),
            "script_markup": script_markup(),
            "contact": self.bot.addresses.contact,
            "policy": self.bot.policy,
        }
        html = render(
            f"web/{template}",
            page,
            language=language or self.bot.language,
            timezone=self.bot.policy.timezone,
            html=True,
        )
        return HTMLResponse(html, status, headers=page_headers())


View = Callable[[Request], Response]
Act = Callable[[Request, Fields], Response]
Endpoint = Callable[[Request], Awaitable[Response]]


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


def page_headers() -> dict[str, str]:
    """Return the headers of every page (reliability-security.md K18, K20)."""
    return {
        "Content-Security-Policy": _content_policy(),
        "Cache-Control": "no-store",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "X-Robots-Tag": "noindex",
        "Cross-Origin-Opener-Policy": "same-origin",
    }


@dataclass(frozen=True)
class _WithHeaders:
    """Gives every answer the headers of the pages, redirects and errors included, where it does not set its own."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in page_headers().items():
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
    return Press(action, version, fields.get("destination", ""), fields.get("comment", ""))
