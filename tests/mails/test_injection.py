"""Text from outside in every field of every mail: no tag, no attribute, no header and no template syntax gets out.

Each text stands in each field once; a mail made of it must have the very elements and attributes of one made of plain
words, its links must lead where those lead, and its headers must be the ones we set (docs/rules/mail.md#f25, #f85;
docs/rules/limits.md#k9, #k13).
"""

import re
from collections.abc import Iterator
from dataclasses import fields
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from urllib.parse import unquote

import pytest

from mailbot.domain.notices.notice import OrderNotice
from mailbot.mail.writing.compose import OutgoingMail, compose
from mailbot.preview.every_mail import ADDRESSES, BASE, NOW, SampleMail, World, notices, write
from tests.mails.texts import links_in, text_of
from tests.support.examples import LONG

HOSTILE = (
    "<script>alert(1)</script>",
    "</td></tr></table><h1>Approved</h1>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)' style='position:fixed",
    "<a href=https://evil.example/>Approve</a>",
    "<style>*{display:none}</style>",
    "<!--[if mso]><p>Outlook</p><![endif]-->",
    "--><b>out of a comment</b><!--",
    "<![CDATA[<b>x</b>]]>",
    "&lt;b&gt;already escaped&lt;/b&gt;",
    "&#60;script&#62;alert(1)&#60;/script&#62;",
    "javascript:alert(1)",
    "{{ 7 * 7 }}{% for x in () %}{# gone #}{{ config }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "%(amount)s %(number)s %s %d %%",
    "{0} {order.form} ${7*7} #{7*7} <%= 7*7 %>",
    "x\r\nBcc: evil@x.test\r\n\r\n<b>body</b>",
    "x\nContent-Type: text/html\n\n--===============",
    "=?utf-8?q?=0ABcc:_evil=40x.test?=",
    "Eva Ek <evil@x.test>, boss@company.se",
    "\u202egnp.exe\u202c\u200b\u2066\x00\x1b[31m",
    "mailto:evil@x.test?bcc=all@x.test&body=GODKÄNN",
    "?choice=approve#&subject=x",
    "ｓｃｒｉｐｔ ＜b＞ \u2028 ' \" ` \\",
)
ROUNDS = range(0, len(HOSTILE), 1 if LONG else 3)
"""With which text the first field begins: in an ordinary run a third of the texts stands in each field."""
PLAIN = "ord"
FIELDS = tuple(field.name for field in fields(World))


def world(*texts: str) -> World:
    """A world whose fields hold these texts in turn."""
    values = {name: texts[n % len(texts)] for n, name in enumerate(FIELDS)}
    return World(**{n: (v,) if n in {"notes", "files"} else v for n, v in values.items()})  # type: ignore[arg-type]


def written(made: World) -> Iterator[SampleMail]:
    """One mail of each kind and turn."""
    seen = set()
    for notice in notices(made):
        happened = notice.happened if isinstance(notice, OrderNotice) else None
        turn = (type(notice), happened, type(notice.to), len(notice.orders))
        if turn not in seen:
            seen.add(turn)
            yield write(made, notice, "sv")


def skeleton(source: str) -> list[str]:
    """Every tag as a browser finds it, attributes and all, but for where a link to a mail leads, and without <br>."""
    tags = re.findall(r"<[!/a-zA-Z][^>]*>", source)
    return [re.sub(r'href="mailto:[^"]*"', "mailto", tag) for tag in tags if tag != "<br>"]


def headers(mail: SampleMail, name: str) -> EmailMessage:
    letter = OutgoingMail(
        ADDRESSES.bot, "mailbot", "eva.ek@example.se", name, ADDRESSES.bot, mail.subject, mail.text, mail.html,
        "<k7m2q9x4w8t3@inkop.example.se>", "sv",
    )  # fmt: skip
    message = message_from_bytes(compose(letter, NOW), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


@pytest.fixture(scope="module")
def harmless() -> list[SampleMail]:
    return list(written(world(PLAIN)))


@pytest.mark.parametrize("first", ROUNDS, ids=[repr(HOSTILE[first])[:24] for first in ROUNDS])
def test_no_text_gets_out_of_its_place(harmless: list[SampleMail], first: int) -> None:
    made = world(*HOSTILE[first:], *HOSTILE[:first])
    for mail, like in zip(written(made), harmless, strict=True):
        assert mail.notice.kind == like.notice.kind
        assert skeleton(mail.html) == skeleton(like.html), mail.name
        for link in links_in(mail.html):
            assert link.startswith((f"{BASE}/", f"mailto:{ADDRESSES.bot}?subject=")), mail.name
            assert link.count("?") <= 1, mail.name
            assert re.fullmatch(r"subject=[^&=?]*(?:&body=[^&=?]*)?|choice=\w+|", link.partition("?")[2]), mail.name
            assert unquote(link).isascii() or link.startswith("mailto:"), mail.name
        sent = headers(mail, made.approver)
        assert sorted(sent.keys()) == sorted(headers(like, PLAIN).keys()), mail.name
        assert [a.addr_spec for a in sent["To"].addresses] == ["eva.ek@example.se"], mail.name
        assert not re.search("[\r\n]", str(sent["Subject"])), mail.name
        parts = [part.get_content_type() for part in sent.walk()]
        assert parts == ["multipart/alternative", "text/plain", "text/html"], mail.name
        assert not re.search("[\x00-\x08\x0b-\x1f\u200b\u202a-\u202e\u2066-\u2069]", _shown(sent)), mail.name


@pytest.mark.parametrize("text", [t for t in HOSTILE if t.isprintable()], ids=repr)
def test_a_text_is_shown_as_it_was_written(text: str) -> None:
    """What was escaped once too often, read as a template or left out would not stand there."""
    made = world(text)
    for mail in written(made):
        if mail.notice.kind in {"request", "to_purchasing"}:
            flat = " ".join(" ".join(mail.text.replace("\n> ", "\n").split()).split(" "))
            for form in (flat, " ".join(text_of(mail.html).split())):
                assert form.count(" ".join(text.split())) >= 8, mail.name
            assert unescape(mail.html).count("49") == unescape(text).count("49") == 0 or "7" not in text, mail.name


def _shown(message: EmailMessage) -> str:
    bodies = (message.get_body((kind,)) for kind in ("plain", "html"))
    return "".join(str(body.get_content()).replace("\r\n", "\n") for body in bodies if body)
