"""What gateways, scanners, previews and mail programs do to links, after which nothing may have changed
(docs/rules/mail.md#scanners, #links)."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import quote

from mailbot.doctor.browser import Browser, HttpRequest, HttpResponse, NoAnswerError, at
from mailbot.edge.web.headers import page_headers

RowsByTable = Mapping[str, frozenset[tuple[object, ...]]]

OFTEN = 20
APPROVAL = "action=approve&version=1&destination=supplier&comment="
QUOTED_PRINTABLE_LINE = 76
MAIL_WRAPS_AT = 60

PREFETCHES = (
    {"Sec-Purpose": "prefetch"},
    {"Sec-Purpose": "prefetch;prerender"},
    {"Purpose": "prefetch"},
    {"X-Purpose": "preview"},
    {"X-Moz": "prefetch"},
)
ROBOTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; BingPreview/1.0b)",
    "Mozilla/5.0 (compatible; MSIE 9.0; Windows NT 6.1; Trident/5.0; SkypeUriPreview)",
    "BarracudaCentral/1.0",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "facebookexternalhit/1.1",
    "WhatsApp/2.23.20.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "GoogleImageProxy",
    "python-requests/2.32",
    "curl/8.5.0",
    "",
)
READING = ("GET", "HEAD")
OTHER_METHODS = ("OPTIONS", "PUT", "PATCH", "DELETE", "PROPFIND")
FOREIGN = (
    {"Origin": "https://mail-scanner.example"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
)

OPENING = (
    "Opening a link must never decide: stop the bot, and run an unchanged mailbot with nothing in front that presses"
    " buttons."
)
METHODS = "Let the proxy in front pass methods on as they are."
TEXTS = "Run an unchanged mailbot, and let nothing in front rewrite addresses."
ORIGINS = "Let the proxy pass Origin and Sec-Fetch-Site on as they are."


@dataclass(frozen=True)
class TestedLink:
    """One of the bot's links: what it is for, where it leads, and what a form on its page would send."""

    what: str
    url: str
    form: str

    @property
    def path(self) -> str:
        """The path without a query."""
        return at(self.url)[1].partition("?")[0]

    @property
    def root(self) -> str:
        """The path up to the token."""
        return self.path.rpartition("/")[0]

    @property
    def token(self) -> str:
        """The token alone."""
        return self.path.rpartition("/")[2]


@dataclass(frozen=True)
class Attack:
    """One kind of attack, what to do when it changes anything, and its requests for a link; some go all at once."""

    name: str
    remedy: str
    requests: Callable[[TestedLink], Sequence[HttpRequest]]
    at_once: bool = False


def _each(link: TestedLink, *methods: str, **headers: str) -> list[HttpRequest]:
    return [HttpRequest(method, link.path, headers) for method in methods]


def _choices(link: TestedLink) -> list[HttpRequest]:
    return [HttpRequest("GET", f"{link.path}?choice={choice}") for _ in range(5) for choice in ("approve", "reject")]


def _headers(link: TestedLink, several: Sequence[Mapping[str, str]]) -> list[HttpRequest]:
    return [request for headers in several for request in _each(link, "HEAD", "GET", **headers)]


def _texts(link: TestedLink) -> list[HttpRequest]:
    found = [f"{link.root}/{text}" for text in (*changed(link.token), *_wrapped(link))]
    return [HttpRequest(method, path) for path in found for method in READING]


ATTACKS = (
    Attack("HEAD and GET, twenty times each", OPENING, lambda link: _each(link, "HEAD", "GET") * OFTEN),
    Attack("both buttons of a mail at once", OPENING, _choices, at_once=True),
    Attack("prefetching", OPENING, lambda link: _headers(link, PREFETCHES)),
    Attack("robots by name", OPENING, lambda link: _headers(link, [{"User-Agent": name} for name in ROBOTS])),
    Attack(
        "a form sent as an address", OPENING, lambda x: [HttpRequest(m, f"{x.path}?{x.form}") for m in ("GET", "HEAD")]
    ),
    Attack("other methods", METHODS, lambda link: [HttpRequest(m, link.path, body=link.form) for m in OTHER_METHODS]),
    Attack("addresses as mail programs damage them", TEXTS, _texts),
    Attack("a press from another site", ORIGINS, lambda x: [HttpRequest("POST", x.path, h, x.form) for h in FOREIGN]),
)


def changed(token: str) -> list[str]:
    """Return what mail programs, gateways and people make of a token's text (docs/rules/mail.md#f124)."""
    zero_width = quote("\u200b")
    tails = [".", ",", ";", ")", "%3E", "'", "=", "==", "%3D", "%20", "%0A", "%00", zero_width, "&choice=reject", "/"]
    encoded = "".join(f"%{byte:02X}" for byte in token.encode())
    return [
        token.upper(),
        token.lower(),
        token.swapcase(),
        *(token + tail for tail in tails),
        f"%3C{token}%3E",
        encoded,
        encoded.replace("%", "%25"),
        token.replace(".", "%2E"),
        token.replace(".", "%252E"),
        token[:-1],
        token[:-1] + ("A" if token[-1] != "A" else "B"),
    ]


def _wrapped(link: TestedLink) -> list[str]:
    token = link.token
    cut = max(QUOTED_PRINTABLE_LINE - (len(link.url) - len(token)), 1)
    return [
        token[:cut],
        f"{token[: cut - 1]}=",
        f"{token[:cut]}={token[cut:]}",
        f"{token[:cut]}=%0D%0A{token[cut:]}",
        f"{token[:MAIL_WRAPS_AT]}%0D%0A%20{token[MAIL_WRAPS_AT:]}",
        f"{token[:MAIL_WRAPS_AT]}%20{token[MAIL_WRAPS_AT:]}",
    ]


def attack(
    links: Sequence[TestedLink], before: RowsByTable, state: Callable[[], RowsByTable], say: Callable[[str], None]
) -> Iterator[str]:
    """Carry out every attack on every link; yield a finding for each that changed something since `before` or met an
    error."""
    for kind in ATTACKS:
        found = []
        for link in links:
            browser, _path = at(link.url)
            statuses = [answer.status for answer in _asked(browser, kind, link)]
            after = state()
            if after != before:
                tables = ", ".join(name for name in after if after[name] != before[name])
                found.append(f"{_upper(kind.name)}, on the link to {link.what}, changed {tables}. {kind.remedy}")
            elif max(statuses) >= HTTPStatus.INTERNAL_SERVER_ERROR:
                found.append(
                    f"{_upper(kind.name)}, on the link to {link.what}, was answered with {max(statuses)}."
                    " Look in the log of the bot, or of the proxy in front."
                )
            before = after
        say(f"  {kind.name}: {'CHANGED OR FAILED' if found else 'nothing changed'}")
        yield from found


def _upper(text: str) -> str:
    return text[0].upper() + text[1:]


def _asked(browser: Browser, kind: Attack, link: TestedLink) -> list[HttpResponse]:
    requests = kind.requests(link)
    if not kind.at_once:
        return [browser.ask(request) for request in requests]
    with ThreadPoolExecutor(len(requests)) as hands:
        return list(hands.map(browser.ask, requests))


def reachable(link: TestedLink, number: str) -> str | None:
    """Return why an attack would prove nothing: no answer, or not this bot's; None when the page is the order's."""
    browser, path = at(link.url)
    try:
        page = browser.get(path)
    except NoAnswerError as error:
        return f"{error}. Start the bot with `run.py serve`, or mend the proxy or [web] base_url."
    if page.status == HTTPStatus.OK and number in page.text:
        return None
    return (
        f"{browser.base} answers a link just made with {page.status} and without its order. Let a bot of this very"
        " configuration answer there, with the same [store] and [keys], and without a login before links."
    )


def exposure(link: TestedLink) -> Iterator[str]:
    """Yield what the way in between has taken from or added to a page (docs/rules/limits.md#k18, #k20, #k21)."""
    browser, path = at(link.url)
    page = browser.get(path)
    wanted = page_headers(secure=browser.base.startswith("https://"))
    lacking = [name for name, value in wanted.items() if page.headers.get(name.lower()) != value]
    if lacking:
        yield f"Pages come without the bot's own {', '.join(lacking)}. Let the proxy pass these headers on unchanged."
    if "set-cookie" in page.headers:
        yield "A cookie is set on the pages, which need none. Let the proxy set no cookies on them."
    if browser.ask(HttpRequest("POST", path, browser.own(), "action=none")).status == HTTPStatus.FORBIDDEN:
        yield "A press on the bot's own page is refused as another site's. Let the proxy pass Origin on unchanged."
