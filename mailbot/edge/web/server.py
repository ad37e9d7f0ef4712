"""The pages: GET shows, a person's POST acts. Only routes and rendering are here; flows carry a press out."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs, urlsplit

import structlog
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from mailbot.domain.notices.notice import Purpose
from mailbot.domain.values.text import tidy
from mailbot.edge.web.appointment_pages import AppointmentPages
from mailbot.edge.web.approver_pages import ApproverPages
from mailbot.edge.web.form_page import FormPage, FormReaders, language_of
from mailbot.edge.web.headers import WithHeaders, page_headers, script_markup, style_markup
from mailbot.edge.web.login import Login
from mailbot.edge.web.long_order_pages import LongOrderPages
from mailbot.edge.web.metrics_access import MetricsAccess
from mailbot.edge.web.pages import Fields, GetHandler, PostHandler, RefusedLinkError, opened, whole_body
from mailbot.edge.web.plan_pages import PlanPages
from mailbot.edge.web.rate_limit import RateLimit
from mailbot.edge.web.requester_pages import RequesterPages
from mailbot.edge.web.throttle import Throttled
from mailbot.flows.bot import Bot
from mailbot.flows.clock.health import health, numbers
from mailbot.flows.steps.alarms import many_wrong_links
from mailbot.flows.steps.decide import MAX_COMMENT, mail_fresh_link
from mailbot.flows.steps.link_page import LinkNames, names_of_link
from mailbot.flows.steps.open_link import LinkRefusal
from mailbot.presentation import Place
from mailbot.presentation import render as render_template
from mailbot.wording import statements

log = structlog.get_logger()

MAX_BODY = 8_192
WRONG_LINKS_A_MINUTE = 20
MINUTES_UNTOLD = 4
"""In so many minutes of an hour too many wrong links are only logged; in more, the operator is told. A scanner that
mangles links, and the doctor's attacks, end sooner."""

RENEWED = {Purpose.DECIDE, Purpose.LIST, Purpose.ORDER}
"""The purposes for which a fresh link can be mailed."""


@dataclass(frozen=True)
class Web:
    """What the pages need: the bot, the time, and a call to wake the jobs after a press.

    `polls`: the bot fetches mail from a mailbox. `form` puts the order form at `/`. `metrics_access` says who may read
    the numbers. `wrong`, `noted` and `brief` count wrong links: all, the lines logged, and the minutes for which the
    operator is not told.
    """

    bot: Bot
    now: Callable[[], datetime]
    wake: Callable[[], None]
    polls: bool = False
    form: FormReaders | None = None
    login: Login | None = None
    metrics_access: MetricsAccess = field(default_factory=MetricsAccess)
    numbers: Throttled[Mapping[str, Any]] = field(init=False)
    wrong: RateLimit = field(default_factory=lambda: RateLimit(WRONG_LINKS_A_MINUTE, timedelta(minutes=1)))
    noted: RateLimit = field(default_factory=lambda: RateLimit(1, timedelta(minutes=1)))
    brief: RateLimit = field(default_factory=lambda: RateLimit(MINUTES_UNTOLD, timedelta(hours=1)))

    def __post_init__(self) -> None:
        """Let the numbers be counted seldom if counting them takes long."""
        object.__setattr__(self, "numbers", Throttled(lambda: numbers(self.bot)))

    def app(self, extra: list[BaseRoute] | None = None) -> Starlette:
        """Return the application; `extra` are routes of the demo."""
        routes: list[BaseRoute] = [
            Route("/", self.start, methods=["GET", "POST"]),
            self.page("/{purpose}/{token}/fresh", None, self.do_fresh),
            *self._pages(),
            Route("/healthz", self.healthz, methods=["GET"]),
            *(extra or []),
        ]
        return Starlette(
            routes=routes,
            middleware=[Middleware(WithHeaders, secure=self.bot.base_url.startswith("https://"))],
            exception_handlers={
                404: self._not_found,
                405: self._not_found,
                500: self._error,
                RefusedLinkError: self._refused,
            },
        )

    def page(self, path: str, see: "GetHandler | None", act: "PostHandler | None") -> Route:
        """Return the route of a page: GET and HEAD call `see`, which only reads; POST alone calls `act`."""

        async def endpoint(request: Request) -> Response:
            if request.method == "POST":
                return await self._post(request, act)
            return await run_in_threadpool(see, request) if see else self._not_found(request, None)

        methods = [*(["GET"] if see else []), *(["POST"] if act else [])]
        return Route(path, endpoint, methods=methods)

    def _pages(self) -> Iterator[Route]:
        lent = (self.bot, self.now, self.page, self.render)
        yield from ApproverPages(*lent, self.login).routes()
        for pages in (RequesterPages, LongOrderPages, PlanPages, AppointmentPages):
            yield from pages(*lent).routes()

    async def _post(self, request: Request, act: "PostHandler | None") -> Response:
        if act is None or not self._same_site(request):
            return self._message(request, "cross_site", HTTPStatus.FORBIDDEN)
        if not self.bot.has_room():  # a press writes too: like new mail, it must wait for room
            return self._message(request, "trouble", HTTPStatus.SERVICE_UNAVAILABLE)
        if forged := await run_in_threadpool(self._forged, request):
            return forged
        fields = await _form(request)
        if fields is None:
            return self._message(request, "too_large", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        response = await run_in_threadpool(act, request, fields)
        self.wake()
        return response

    def _same_site(self, request: Request) -> bool:
        """Tell whether a press comes from a page of ours, as the browser says; who says nothing holds the token."""
        if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
            return False
        return request.headers.get("origin") in {None, "null", _origin(self.bot.base_url)}

    def _forged(self, request: Request) -> Response | None:
        """Refuse a press whose token is not ours, before body or store is read (docs/rules/limits.md#k6)."""
        if self._is_ours(request):
            return None
        return self.trouble(request, LinkRefusal.DAMAGED)

    def _is_ours(self, request: Request) -> bool:
        """Tell whether we made the token for this purpose, even if its link is dead."""
        purpose = _purpose(request)
        return purpose is not None and self.bot.signer.read(purpose, request.path_params["token"]) is not None

    def do_fresh(self, request: Request, _fields: Fields) -> Response:
        """Mail a fresh link to the registered address, or say when one was mailed or why none is mailed."""
        name, token, now = request.path_params["purpose"], request.path_params["token"], self.now()
        if name not in RENEWED:
            return self._not_found(request, None)
        found = opened(mail_fresh_link(self.bot, Purpose(name), token, now))
        if found is None:
            return RedirectResponse(request.url.path.removesuffix("/fresh"), HTTPStatus.SEE_OTHER)
        names = names_of_link(self.bot, Purpose(name), token, self.now())
        return self._message(request, "fresh_link", HTTPStatus.OK, names, mailed=found, now=now)

    # Everything else.

    async def start(self, request: Request) -> Response:
        """Show the order form, or say where to mail orders."""
        form = FormPage(self.bot, self.now, self.render, self.form)
        return await form.answer(request, same_site=self._same_site(request))

    def healthz(self, request: Request) -> Response:
        """Say whether the bot is alive; only who has access learns why and the numbers (docs/rules/promises.md#p7)."""
        found = health(self.bot, self.now(), polls=self.polls)
        status = HTTPStatus.OK if found.well else HTTPStatus.SERVICE_UNAVAILABLE
        if not self.metrics_access.include(request):
            return JSONResponse({"well": found.well}, status)
        return JSONResponse({**found.as_json(), **self.numbers.value()}, status)

    def _refused(self, request: Request, error: Exception) -> Response:
        return self.trouble(request, error.refusal if isinstance(error, RefusedLinkError) else LinkRefusal.DAMAGED)

    def trouble(self, request: Request, trouble: LinkRefusal) -> Response:
        """Say why a link opens nothing; a place that tries too many links which we never made is told to wait.

        A token of ours is not counted: behind a proxy all visitors are one place.
        """
        place = request.client.host if request.client else ""
        if not (self._is_ours(request) or self.wrong.allows(place, self.now())):
            if self.noted.allows(place, self.now()):
                log.warning("many_wrong_links", peer=place)
                if not self.brief.allows(place, self.now()):
                    many_wrong_links(self.bot, place, self.now())
            return self._message(request, "too_many", HTTPStatus.TOO_MANY_REQUESTS)
        status = HTTPStatus.NOT_FOUND if trouble is LinkRefusal.DAMAGED else HTTPStatus.GONE
        purpose = _purpose(request) or Purpose.DECIDE
        fresh = trouble is LinkRefusal.EXPIRED and purpose in RENEWED
        action = f"/{purpose}/{request.path_params['token']}/fresh" if fresh else ""
        names = names_of_link(self.bot, purpose, request.path_params["token"], self.now())
        return self._message(request, trouble.value, status, names, fresh=action, purpose=purpose)

    def _message(
        self, request: Request, name: str, status: int, names: LinkNames | None = None, **values: object
    ) -> Response:
        """Show a page that opens nothing; if its link names nobody, it is in the language that the browser prefers."""
        language = names.language if names else language_of(request, self.bot.language)
        said = {"fresh": "", "purpose": None, **values, "name": name, "names": names}
        return self.render("message.html", said, language, status)

    def _not_found(self, request: Request, _error: Exception | None) -> Response:
        return self._message(request, "not_found", HTTPStatus.NOT_FOUND)

    def _error(self, request: Request, error: Exception) -> Response:
        log.error("page_failed", error=type(error).__name__, exc_info=error)
        return self._message(request, "trouble", HTTPStatus.SERVICE_UNAVAILABLE)

    def render(self, template: str, values: Mapping[str, Any], language: str | None, status: int) -> Response:
        """Return a page of templates/web in `language`; None stands for the bot's language."""
        page = {
            **values,
            "style_markup": style_markup(),
            "script_markup": script_markup(),
            "contact": self.bot.addresses.contact,
            "orders_to": self.bot.addresses.bot,
            "policy": self.bot.policy,
            "max_comment": MAX_COMMENT,
            "statements": statements(self.bot.policy.statements),
        }
        place = Place(language or self.bot.language, self.bot.policy.timezone, self.bot.policy.profile)
        html = render_template(f"web/{template}", page, place, html=True)
        return HTMLResponse(html, status, headers=page_headers())


def _purpose(request: Request) -> Purpose | None:
    """Return the purpose of links to this place; None if no links lead here."""
    name = request.url.path.split("/")[1]
    return Purpose(name) if name in set(Purpose) else None


def _origin(base_url: str) -> str:
    """Return the origin as browsers write it: without the port if it is the scheme's usual one."""
    place = urlsplit(base_url)
    usual = {"http": ":80", "https": ":443"}[place.scheme]
    return f"{place.scheme}://{place.netloc.lower().removesuffix(usual)}"


async def _form(request: Request) -> Fields | None:
    """Return the fields of an urlencoded body, with their text tidied as in mails; None if the body is over 8 KB."""
    body = await whole_body(request, MAX_BODY)
    if body is None:
        return None
    try:
        fields = parse_qs(body, max_num_fields=20)
    except ValueError:  # more fields than any page has
        return {}
    return {key: tidy(values[0]) for key, values in fields.items()}
