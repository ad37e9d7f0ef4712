"""Words of somebody who may decide an order: a question to the requester, never a decision.

A bare yes or no and a reaction are answered with the links to the page.
"""

from dataclasses import replace
from typing import Literal

from mailbot.domain.notices.notice import NoticeKind, UndecidedNotice
from mailbot.domain.ordering import workflow
from mailbot.domain.ordering.workflow import Refusal
from mailbot.domain.values.order import Order
from mailbot.flows.steps.apply import apply_change
from mailbot.flows.steps.desk import Desk, ProvenDesk
from mailbot.mail.reading.gist import Gist
from mailbot.store import outbox

Became = Literal["asked", "verdict", "kept"]


def ask(desk: ProvenDesk, order: Order, *, by_number: bool) -> Refusal | None:
    """Make the words a question to the requester if they say more than yes or no; return why not.

    If the mail leads to the order only `by_number`, or answers the mail of a code, its words are passed on to nobody.
    """
    text = desk.intake.said.text
    change = workflow.ask(order, text, desk.actor, desk.work.now)
    if isinstance(change, Refusal):
        return change
    if desk.intake.said.gist is not Gist.WORDS:
        lead_to_page(desk, order, "verdict")
    elif by_number or _answers_a_code(desk):
        lead_to_page(desk, order, "kept")
    else:
        apply_change(desk.work, replace(change, by_reply=True), desk.cause())
        lead_to_page(desk, order, "asked", text)
    return None


def lead_to_page(desk: ProvenDesk, order: Order, became: Became, text: str = "") -> None:
    """Tell the writer that nothing is decided, and what became of the words.

    "asked": a question now. "verdict": yes or no, which decides nothing by mail. "kept": nobody else gets them.
    """
    files_left = bool(desk.mail.files)
    notice = UndecidedNotice(to=desk.person, order=order, became=became, text=text, files_left=files_left)
    reason = {"asked": "a question to the requester", "verdict": "no decision by mail"}.get(became, "words kept back")
    # A mail that belongs to an order shows its files there, and only the requester may add files.
    desk.answer(notice, reason=reason, order=None if became == "kept" else order)


def _answers_a_code(desk: Desk) -> bool:
    """Tell whether the code of a decision may stand in what is quoted: no copy of that mail is kept to know it by."""
    ours = outbox.by_message_id(desk.work.connection, desk.mail.references)
    return ours is not None and ours.kind == NoticeKind.STEP_UP_CODE


def about_several(desk: Desk) -> tuple[int, ...]:
    """Return the ids of the orders if the mail answers a mail of ours about several: nobody knows which is meant."""
    ours = outbox.by_message_id(desk.work.connection, desk.mail.references)
    return tuple(key for key, _step in ours.about) if ours is not None and len(ours.about) > 1 else ()
