"""The page at `/`: the order form and the finished mail. The page stores and sends nothing."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from itertools import zip_longest
from typing import Any
from urllib.parse import parse_qs

import structlog
from babel import negotiate_locale
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from mailbot.domain.trust.envelope import LostChildError, StoppedError
from mailbot.domain.trust.senders import TrustSource
from mailbot.domain.values import vat
from mailbot.domain.values.money import CURRENCIES
from mailbot.domain.values.order import Field, Form, FormLine
from mailbot.domain.values.text import tidy
from mailbot.edge.web.pages import whole_body
from mailbot.flows.bot import Bot
from mailbot.flows.pages.order_form import (
    FOLDED,
    MAX_LINES,
    SUBJECTS,
    Finished,
    FormProblem,
    FormProblemKind,
    Menu,
    Typed,
    chosen_of,
    draft_context,
    finish,
    key,
    link,
    menus,
    search,
    typed_again,
)
from mailbot.languages import BY_CODE, LANGUAGES
from mailbot.mail.reading.order_text import LINE_HEADS
from mailbot.mail.reading.read_back import ReadsBack

log = structlog.get_logger()

MAX_PAGE = 50_000
MAX_BODY = 60_000
MAX_FIELDS = 200
MAX_QUERY = 100
MAX_LANGUAGES = 20
MAX_FAULTS, FEW_FAULTS = 20, 5
"""How many faults a page shows at once, and how many if it has no room for so many."""
ROWS, MORE_ROWS = 1, 5
BRIEF_ROWS = 5
"""How many lines are shown beside the finished mail, if the page has no room for the whole order twice."""

Render = Callable[[str, Mapping[str, Any], str | None, int], Response]
Faults = tuple[FormProblem, ...]


@dataclass(frozen=True)
class FormReaders:
    """What reads the text that a visitor typed (mail/reading/read_back.py).

    Both raise StoppedError if it took too much, and LostChildError if it may be tried again.
    """

    read_back: ReadsBack
    read_again: Callable[[str], Form]


@dataclass(frozen=True)
class FormPage:
    """The order form; `readers` is None where the setting turns the form off."""

    bot: Bot
    now: Callable[[], datetime]
    render: Render
    readers: FormReaders | None

    async def answer(self, request: Request, *, same_site: bool) -> Response:
        """Answer a GET with the empty form, and a POST with the finished mail or with what must be mended."""
        language = language_of(request, self.bot.language)
        if self.readers is None:
            status = HTTPStatus.OK if request.method in {"GET", "HEAD"} else HTTPStatus.NOT_FOUND
            return self._note("off", language, status)
        if request.method != "POST":
            return await run_in_threadpool(self._start, request, language)
        if not same_site:
            return self._note("cross_site", language, HTTPStatus.FORBIDDEN)
        body = await _body(request)
        if body is None:
            return self._too_large(language)
        return await run_in_threadpool(self._answer, self.readers, body, language)

    def _start(self, request: Request, language: str) -> Response:
        """Return the form, or the page to choose a unit or approver first if the form has no room for all of them."""
        asked = {name: request.query_params.get(name, "")[:MAX_QUERY] for name in ("unit", "approver", "q")}
        chosen = f"{asked['approver']}/{asked['unit']}" if asked["unit"] else ""
        page = self._fitting(Typed(chosen), language)
        if page is not None and (asked["unit"] or not asked["q"]):
            return page
        return self._choose(chosen, asked["q"], language)

    def _answer(self, readers: FormReaders, body: Mapping[str, list[str]], language: str) -> Response:
        typed, wish, words = _typed(body), body.get("do", [""])[0], body.get("q", [""])[0][:MAX_QUERY]
        match wish:
            case "more":
                rows = typed.rows + (FormLine("", "", ""),) * MORE_ROWS
                more = replace(typed, rows=rows[: max(MAX_LINES, len(typed.rows))])
                return self._form(more, language, focus=len(typed.rows) + 1)
            case "edit":
                if "text" not in body:
                    return self._form(typed, language)
                return self._edit(readers.read_again, typed, body["text"][0], language)
            case "unit" | "approver":
                return self._choose(typed.chosen if wish == "approver" else "", words, language, typed)
        if "pick" in body:
            return self._form(replace(typed, chosen=body["pick"][0]), language)
        if "meant" in body:
            typed = replace(typed, fields={**typed.fields, Field.SUPPLIER: tidy(body["meant"][0])})
        found = finish(typed, draft_context(self.bot, self.now()), language, readers.read_back)
        if isinstance(found, Finished):
            return self._done(typed, found, language)
        busy = any(fault.kind is FormProblemKind.NOT_NOW for fault in found)
        status = HTTPStatus.SERVICE_UNAVAILABLE if busy else HTTPStatus.UNPROCESSABLE_ENTITY
        return self._form(typed, language, found, status=status)

    def _edit(self, read_again: Callable[[str], Form], typed: Typed, text: str, language: str) -> Response:
        """Return the form of a finished mail, or a page that keeps the mail so that the visitor can try again."""
        try:
            return self._form(typed_again(typed.chosen, read_again(text)), language)
        except (LostChildError, StoppedError) as error:
            log.warning("form_not_read", why=str(error))
            page = self._note("not_now", language, HTTPStatus.SERVICE_UNAVAILABLE, text=text, chosen=typed.chosen)
            return page if len(page.body) < MAX_PAGE else self._too_large(language)

    def _choose(self, chosen: str, words: str, language: str, typed: Typed | None = None) -> Response:
        hits = search(draft_context(self.bot, self.now()), chosen, words)
        values = {"hits": hits, "query": words, "typed": typed, "languages": BY_CODE}
        page = self.render("form_choose.html", values, language, HTTPStatus.OK)
        return page if len(page.body) < MAX_PAGE else self._too_large(language)

    def _form(self, typed: Typed, language: str, faults: Faults = (), focus: int = 0, status: int = 200) -> Response:
        """Return the form with what was typed, or, if its lists are too long, the page to search unit and approver."""
        page = self._fitting(typed, language, faults, focus, status)
        if page is None and all(chosen_of(typed.chosen, draft_context(self.bot, self.now()))):
            return self._too_large(language)
        return page or self._choose(typed.chosen, "", language, typed)

    def _fitting(
        self, typed: Typed, language: str, faults: Faults = (), focus: int = 0, status: int = 200
    ) -> Response | None:
        """Return the form with the fullest menu for which it has room; None if it has room for none."""
        offered = list(menus(draft_context(self.bot, self.now()), typed.chosen))
        for menu, shown in ((menu, shown) for shown in (MAX_FAULTS, FEW_FAULTS) for menu in offered):
            values = self._values(menu, typed, language)
            page = self.render("form.html", {**values, **_told(faults, shown), "focus": focus}, language, status)
            if len(page.body) < MAX_PAGE:
                return page
        return None

    def _values(self, menu: Menu, typed: Typed, language: str) -> Mapping[str, Any]:
        return {
            "menu": menu,
            "typed": typed,
            "rows": typed.rows + (FormLine("", "", ""),) * (ROWS - len(typed.rows)),
            "key": key,
            "fields": {f.value: f for f in Field},
            "folded": FOLDED,
            "needed": self.bot.policy.accounting_required or any(typed.fields.get(f) for f in FOLDED),
            "max_lines": MAX_LINES,
            "columns": "; ".join(LINE_HEADS[language]),
            "currencies": CURRENCIES,
            "rates": vat.RATES,
            "languages": BY_CODE,
        }

    def _done(self, typed: Typed, found: Finished, language: str) -> Response:
        address = self.bot.addresses.bot
        href = link(address, language, found.text)
        values = {
            "typed": typed,
            "order": found,
            "address": address,
            "subject": SUBJECTS[language],
            "href": href,
            "whole": "&body=" in href,
            "asks": self.bot.senders.trust is TrustSource.NONE,
        }
        for rows in (found.content.lines, found.content.lines[:BRIEF_ROWS]):
            page = self.render("form_done.html", {**values, "rows": rows}, language, HTTPStatus.OK)
            if len(page.body) < MAX_PAGE:
                return page
        return self._too_large(language)

    def _too_large(self, language: str) -> Response:
        return self._note("too_large", language, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

    def _note(self, name: str, language: str, status: int, **kept: str) -> Response:
        values = {"name": name, "address": self.bot.addresses.bot, **kept}
        return self.render("form_note.html", values, language, status)


def _told(faults: Faults, count: int) -> Mapping[str, Any]:
    """Return what the form says of the first `count` faults, and how many faults it does not show yet."""
    shown = faults[:count]
    return {
        "faults": shown,
        "at": {fault.place: fault for fault in shown},
        "hidden": len(faults) - len(shown),
        "wrong_there": any(fault.field in FOLDED for fault in shown),
    }


def language_of(request: Request, default: str) -> str:
    """Return the language of a page: that of `?lang=`, else the one that the browser prefers, else the bot's."""
    asked = request.query_params.get("lang", "")
    if asked in LANGUAGES:
        return asked
    accepted = request.headers.get("accept-language", "").split(",")[:MAX_LANGUAGES]
    liked = sorted((part for part in accepted if _quality(part) > 0), key=_quality, reverse=True)
    wanted = [part.partition(";")[0].strip().lower() for part in liked]
    return negotiate_locale(wanted, LANGUAGES, sep="-") or default


def _quality(part: str) -> float:
    """Return how much a language is wanted (RFC 9110 section 12.4.2); 0 if the part cannot be read."""
    _, named, quality = part.replace(" ", "").lower().partition(";q=")
    try:
        return min(1.0, max(0.0, float(quality))) if named else 1.0
    except ValueError:
        return 0.0


async def _body(request: Request) -> dict[str, list[str]] | None:
    """Return the values of an urlencoded body in their order; None if the body is larger than any form of ours."""
    body = await whole_body(request, MAX_BODY)
    try:
        return parse_qs(body, keep_blank_values=True, max_num_fields=MAX_FIELDS) if body is not None else None
    except ValueError:
        return None


def _typed(body: Mapping[str, list[str]]) -> Typed:
    cells = [[tidy(text) for text in body.get(name, [])] for name in ("what", "quantity", "price", "no", "measure")]
    fields = {f: tidy(body[f.value][0]) for f in Field if f.value in body}
    rows = tuple(FormLine(*row) for row in zip_longest(*cells, fillvalue=""))
    return Typed(body.get("chosen", [""])[-1], fields, rows)
