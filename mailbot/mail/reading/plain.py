"""Plain text as mail programs and gateways leave it: wrapped lines, wrapped links, and phrases that no person wrote."""

import re
from urllib.parse import parse_qs, unquote, urlsplit

from mailbot.domain.values.text import fold
from mailbot.mail.reading.blocks import without_bullet

MAX_PHRASE = 1_000
MAX_LINES = 20_000
MAX_CUTS = 8
_BEGINNING = 12

_LINK = re.compile(r"https?://[^\s<>\"\x01\x02]{1,4000}")
_WHOLE_LINK = re.compile(r"(?:https?://|mailto:)[^\s<>\"\x00-\x1f\x7f-\x9f]+")
_LINK_AFTER_ITS_TEXT = re.compile(r"(?<=[^\s:：<]) ?<(?:mailto:|tel:|https?://)[^<>\s]{1,4000}>")
_WRAPPER_HOSTS = (".safelinks.protection.outlook.com", "urldefense.com", "urldefense.proofpoint.com")

_MAIL = r"(?:e-?mail|e-?post\w*|mejl\w*|mail\w*|message|meddelande\w*|sender|avsändare\w*)"
_OUTSIDE = r"(?:outside|external|utanför|utifrån|extern\w*)"
_THIS = r"(?:this|the|detta|det här|denna|den här)"
_TAG = re.compile(r"^[\s*_]*\[(?:external|extern|externt|ext)(?: e-?(?:mail|post))?\][\s*_:]*", re.IGNORECASE)
_PHRASES: tuple[tuple[str, ...], ...] = (
    # phones and mail programs
    (
        r"(?:skickat|skickades|sänt|sent|sendt) (?:från|via|with|from|fra) "
        r"(?:my|min|mitt|outlook|gmail|e-post|mail|yahoo|proton)\b",
    ),
    (r"(?:hämta|get|ladda ner|hent|få|holen sie sich) (?:outlook|bluemail) (?:för|for|til)\b",),
    (r"(?:von meine[mr]|gesendet (?:von|mit|aus)|envoyé (?:de mon|depuis|à partir)|télécharger outlook)\b",),
    (r"(?:verzonden (?:vanaf|met|via|vanuit)|verstuurd vanaf|lähetetty (?:\w{1,20}sta|laitteesta)|hanki outlook)\b",),
    # gateways
    (r"(?:caution|warning|varning|obs|notice|external|extern\w*)\b", rf"{_MAIL}\b", rf"{_OUTSIDE}\b"),
    (
        rf"{_THIS} (?:external )?{_MAIL} (?:was|is|has|came|comes|originate[sd]|kommer|är|har|skickades)\b",
        rf"\b{_OUTSIDE}\b",
    ),
    (r"(?:external sender|extern avsändare)\b",),
    (r"(?:please )?(?:do not|don't) (?:click|open)\b",),
    (r"(?:klicka|öppna) inte\b",),
    (r"(?:you|some people who received this message) don't often get e-?mail\b",),
    (r"(?:du|vissa som har fått det här meddelandet) får (?:inte ofta|sällan) e-post\b",),
    (r"(?:learn why this is|läs om varför det här är)\b",),
    # legal departments
    (r"(?:when you e-?mail|e-?mailing|sending e-?mail to)\b", r"\b(?:personal data|process)"),
    (r"när du (?:skickar e-post|mejlar|har kontakt med)\b", r"\b(?:innebär|behandla|personuppgifter)"),
    (rf"{_THIS} {_MAIL} (?:and any|och eventuella|och bifogade|\(?including|\(?inklusive)\b",),
    (rf"{_THIS} {_MAIL} (?:may|can|kan) (?:be|contain|innehålla)\b",),
    (rf"{_THIS} {_MAIL} (?:contains|innehåller)\b",),
    (rf"{_THIS} {_MAIL} (?:is|är) (?:confidential|intended|konfidentiell|avsett)\b",),
    (rf"{_THIS} {_MAIL} (?:has been|har) s[ck]ann",),
    (r"the information (?:in|contained in) this\b",),
    (r"informationen i (?:detta|det här)\b",),
    (r"if you (?:are not the intended|have received this)\b",),
    (r"om du (?:inte är (?:rätt|den avsedda)|har fått detta|av misstag)\b",),
    (r"(?:please )?consider the environment\b",),
    (r"(?:var snäll och )?tänk på miljön\b",),
    (r"virus-free\b|virusfri\w*\b",),
)
"""How each begins, and what else it holds: tried one after the other, since one pattern of several gaps grows with the
square of a line."""
_ADDED = [[re.compile(part, re.IGNORECASE) for part in phrase] for phrase in _PHRASES]
_ADDED_FIRST = re.compile("|".join(f"(?:{first})" for first, *_ in _PHRASES), re.IGNORECASE)
_GOES_ON = re.compile(r"[^\s:;|\t\d•*>-][^:;|\t]*")
_SENTENCE_ENDS = (".", "!", "?", ":", ")")


def unflow(text: str, delsp: bool) -> str:
    """Undo format=flowed (RFC 3676): join the lines that a mail program wrapped, each at its own depth of quotation."""
    lines: list[tuple[int, list[str]]] = []
    goes_on = False
    for line in text.replace("\r\n", "\n").split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        signature = content == "-- "
        if goes_on and lines[-1][0] == depth and not signature:
            lines[-1][1].append(content)
        else:
            lines.append((depth, [content]))
        goes_on = content.endswith(" ") and not signature
        if goes_on and delsp:
            lines[-1][1][-1] = content[:-1]
    return "\n".join(">" * depth + " " * (depth > 0) + "".join(content) for depth, content in lines)


def rejoined(text: str, whole: str) -> str:
    """Return a text with those lines joined that stand whole in another: Gmail cuts its text part at 78 columns."""
    known = {folded_line(line) for line in whole.split("\n")}
    beginnings = {line[:_BEGINNING] for line in known}
    lines = text.split("\n")
    joined: list[str] = []
    place = 0
    while place < len(lines) and len(joined) < MAX_LINES:
        height = _fitting(lines[place : place + MAX_CUTS], known) if _may_begin(lines[place], beginnings) else 1
        joined.append(" ".join(lines[place : place + height]))
        place += height
    return "\n".join([*joined, *lines[place:]])


def _may_begin(line: str, beginnings: set[str]) -> bool:
    """Tell whether the line may begin one of the known lines; of a short one that is not asked."""
    bare = folded_line(line)
    return len(bare) < _BEGINNING or bare[:_BEGINNING] in beginnings


def _fitting(lines: list[str], known: set[str]) -> int:
    bare = ""
    for height, line in enumerate(lines, 1):
        bare = f"{bare} {folded_line(line)}".strip()
        if bare[:MAX_PHRASE] in known:
            return height
    return 1


def folded_line(line: str) -> str:
    """Return a line as two bodies of one mail are compared: without marks of lists and bold, case and double spaces."""
    return fold(without_bullet(line[:MAX_PHRASE].strip()).replace("*", ""))


def without_additions(text: str) -> str:
    """Return the text without the known phrases of gateways, phones and legal departments, and with plain links.

    A phrase goes on to the end of its sentence, but never past a blank line or one that may be a field or a row.
    """
    kept: list[str] = []
    goes_on = False
    for line in text.split("\n"):
        bare = line[:MAX_PHRASE].strip(" *_")
        goes_on = (goes_on and _GOES_ON.fullmatch(bare) is not None) or _was_added(bare)
        if not goes_on:
            kept.append(unwrapped(_LINK_AFTER_ITS_TEXT.sub("", _TAG.sub("", line))))
        goes_on = goes_on and not bare.endswith(_SENTENCE_ENDS)
    return "\n".join(kept)


def _was_added(line: str) -> bool:
    if not _ADDED_FIRST.match(line):
        return False
    return any(first.match(line) and all(part.search(line) for part in rest) for first, *rest in _ADDED)


def unwrapped(text: str) -> str:
    """Return the text with the links that Safe Links and urldefense put around others taken off; nothing is opened."""
    return _LINK.sub(lambda found: _inner_link(found[0]), text) if "https" in text else text


def _inner_link(link: str) -> str:
    try:
        parts = urlsplit(link)
        host = parts.hostname or ""
    except ValueError:
        return link
    if not host.endswith(_WRAPPER_HOSTS):
        return link
    if host == "urldefense.com":
        inner = link.partition("__")[2].rpartition("__;")[0]
    elif host == "urldefense.proofpoint.com":
        inner = unquote(parse_qs(parts.query).get("u", [""])[0].replace("-", "%").replace("_", "/"))
    else:
        inner = parse_qs(parts.query).get("url", [""])[0]
    return inner if _WHOLE_LINK.fullmatch(inner) else link
