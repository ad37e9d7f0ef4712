"""Addresses of the `mailto:` kind: they open a mail with an order already written in it. No rule lives here."""

from dataclasses import dataclass, replace
from urllib.parse import quote

from mailbot.domain.order import Form
from mailbot.mail.order_form import ALWAYS_SHOWN, write_form

MAX_ADDRESS = 2_000
"""Longer addresses are cut off or not opened at all by some mail programs and phones."""


@dataclass(frozen=True)
class Mailto:
    """Two addresses for one order: a mail that corrects it, and one that orders the same again.

    `left_out` says how many of the order's lines had no room in the new order.
    """

    correct: str
    again: str
    left_out: int


def mailto(address: str, subject: str, body: str) -> str:
    """Return the address that opens a mail with subject and body; lines end as RFC 6068 wants them."""
    text = "\r\n".join(body.splitlines())
    return f"mailto:{quote(address)}?subject={quote(subject, safe='')}&body={quote(text, safe='')}"


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
    """Return as much of the form as has room.

    A correction holds every line or none, since any line given replaces all; a field left out of one stays as it is.
    """
    while len(_written(bot, subject, form, language)) > MAX_ADDRESS:
        if form.lines:
            form = replace(form, lines=form.lines[:-1] if cut_lines else ())
        else:
            spare = [f for f in form.fields if f not in ALWAYS_SHOWN] or list(form.fields)
            if not spare:
                break
            longest = max(spare, key=lambda f: len(quote(form.fields[f])))
            form = replace(form, fields={f: text for f, text in form.fields.items() if f is not longest})
    return form
