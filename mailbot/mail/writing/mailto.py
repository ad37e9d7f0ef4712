"""Addresses of the `mailto:` kind: they open a mail with an order already written in it. No rule lives here."""

import re
from bisect import bisect_left
from dataclasses import dataclass, replace
from urllib.parse import quote

from mailbot.domain.values.order import Form
from mailbot.mail.reading.order_text import ALWAYS_SHOWN, write_form

MAX_ADDRESS = 1_600
"""Longer addresses are cut off or not opened at all, counted whole. Measured by others: Gmail takes about 1 620
characters, Firefox 2 008, Outlook 2 046."""
SHORTEST_LINE = 8
"""No order line takes fewer characters."""
_LINE_END = re.compile("\r\n?|\n")


@dataclass(frozen=True)
class Mailto:
    """A mail that corrects an order, one that orders it again, and how many lines had no room in that."""

    correct: str
    again: str
    left_out: int


def mailto(address: str, subject: str, body: str = "") -> str:
    """Return the address that opens a mail with subject and body; its lines end in CR LF (RFC 6068 section 5)."""
    bare = f"mailto:{quote(address, safe='@')}?subject={quote(subject, safe='')}"
    text = _LINE_END.sub("\r\n", body)
    return f"{bare}&body={quote(text, safe='')}" if text else bare


def opening(address: str, subject: str, body: str) -> str:
    """Return the same, without the body where the whole would be too long: half a text looks like all of it."""
    whole = mailto(address, subject, body)
    return whole if len(whole) <= MAX_ADDRESS else mailto(address, subject)


def mailto_for(bot: str, reference: str, subject: str, form: Form, language: str) -> Mailto:
    """Return both addresses for an order written as `form`; `subject` is that of the new order's mail."""
    plain = replace(form, notes=(), unread=(), conflicts=())
    again = _fitting(bot, subject, plain, language, cut_lines=True)
    kept = _fitting(bot, f"#{reference}", plain, language, cut_lines=False)
    return Mailto(
        correct=_written(bot, f"#{reference}", kept, language),
        again=_written(bot, subject, again, language),
        left_out=len(form.lines) - len(again.lines),
    )


def _written(bot: str, subject: str, form: Form, language: str) -> str:
    return mailto(bot, subject, write_form(form, language))


def _fitting(bot: str, subject: str, form: Form, language: str, *, cut_lines: bool) -> Form:
    """Return as much of the form as has room; a correction has every line or none, since any replaces all."""

    def fits(part: Form) -> bool:
        return len(_written(bot, subject, part, language)) <= MAX_ADDRESS

    def of_lines(count: int) -> Form:
        return replace(form, lines=form.lines[:count])

    most = min(len(form.lines), MAX_ADDRESS // SHORTEST_LINE)
    if not (most == len(form.lines) and fits(form)):
        fitting = bisect_left(range(most + 1), True, key=lambda count: not fits(of_lines(count))) - 1
        form = of_lines(max(fitting, 0) if cut_lines else 0)
    while form.fields and not fits(form):
        spare = [f for f in form.fields if f not in ALWAYS_SHOWN] or list(form.fields)
        longest = max(spare, key=lambda f: len(quote(form.fields[f])))
        form = replace(form, fields={f: text for f, text in form.fields.items() if f is not longest})
    return form
