"""How each notice is said: what the template of its kind gets beside it, and what the mail must hold whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, assert_never

from mailbot.domain.notices import notice as n
from mailbot.domain.notices.who_hears import HEAD_FROM, newly_reminded
from mailbot.domain.ordering.flags import Flag
from mailbot.domain.ordering.summary import Summary
from mailbot.domain.ordering.workflow import Happened
from mailbot.domain.people.attest_plan import AttestPlan
from mailbot.domain.values.order import AttachedFile, Form, Order, Status

MAX_ENCLOSED = 5_000_000
"""Bytes of the files that are attached: relays do not take a mail of any size."""
OPEN_TO_CHANGE = {Status.PENDING, Status.REJECTED, Status.APPROVED}


@dataclass(frozen=True)
class ShownOrder:
    """One order as a mail shows it: the recipient's own `urls` by purpose, the `flags` that they see."""

    summary: Summary
    urls: Mapping[str, str]
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True)
class MailParts:
    """What store and keys add to a notice: its orders, the links of a notice without orders, an order's files."""

    items: Sequence[ShownOrder] = ()
    urls: Mapping[str, str] | None = None
    files: Sequence[AttachedFile] = ()


@dataclass(frozen=True)
class MailInput:
    """What a notice's template gets, and what the mail must hold whole even if its lists are cut.

    `form` is to edit, `scheme` to fill in, `plan` to keep. `carried_out` is an order that the reader carries out by
    this mail alone.
    """

    values: Mapping[str, Any]
    form: Form | None = None
    carried_out: Order | None = None
    scheme: str = ""
    plan: AttestPlan | None = None


def are_enclosed(files: Sequence[AttachedFile]) -> bool:
    """Tell whether an order's files are attached beside the original mail, which holds them once more."""
    return sum(file.size for file in files) <= MAX_ENCLOSED


def say(notice: n.AnyNotice, parts: MailParts) -> MailInput:  # noqa: C901  one case for each notice
    """Return the values by which a notice is said."""
    match notice:
        case n.ProblemsNotice():
            return _problems(notice, parts)
        case n.RejectedNotice():
            return MailInput(_one(parts), form=notice.order.form)
        case n.NotCorrectedNotice():
            # An order that takes no change can only be ordered again: the mail has its form to edit.
            closed = notice.order.status not in OPEN_TO_CHANGE
            return MailInput(_one(parts), form=notice.form if closed else None)
        case n.ReceiptNotice() | n.RequestNotice() | n.ReviewNotice():
            return MailInput(_one(parts) | {"files": parts.files})
        case n.ToPurchasingNotice():
            shown = {"files": parts.files, "enclosed": are_enclosed(parts.files)}
            return MailInput(_one(parts) | shown, carried_out=notice.order)
        case n.ToSupplierNotice():
            return MailInput(_one(parts), carried_out=notice.order)
        case n.AlarmNotice():
            lost = notice.happened is Happened.NOT_DELIVERED
            return MailInput(_one(parts), carried_out=notice.order if lost else None)
        case n.ReminderNotice():
            return MailInput(_several(parts) | {"coming": _coming([item.summary for item in parts.items])})
        case n.PendingListNotice() | n.SeveralNotice() | n.LeftNotice():
            return MailInput(_several(parts))
        case n.PlanNotice():
            return MailInput(_links(parts), plan=notice.plan if notice.confirmed_by is not None else None)
        case n.AppointmentProblemsNotice():
            return MailInput(_links(parts), scheme=notice.about.form)
        case n.LostMailNotice() | n.DailyNotice():
            return MailInput({"parked": isinstance(notice, n.DailyNotice)})
        case n.ClockNotice() | n.DiskNotice():
            return MailInput({"clock": isinstance(notice, n.ClockNotice)})
        case n.OrderNotice():
            return MailInput(_one(parts))
        case (
            n.AppointmentMail()
            | n.AbsenceNotice()
            | n.ConfirmSenderNotice()
            | n.HelpNotice()
            | n.MailboxNotice()
            | n.OneApproverNotice()
            | n.ParkedNotice()
            | n.PointerNotice()
            | n.QueuedNotice()
            | n.RelayNotice()
            | n.ResignedNotice()
            | n.RightEndsNotice()
            | n.TooFastNotice()
            | n.UnitClosedNotice()
        ):
            return MailInput(_links(parts))
    assert_never(notice)


def _links(parts: MailParts) -> dict[str, Any]:
    return {"urls": parts.urls or {}}


def _one(parts: MailParts) -> dict[str, Any]:
    shown = parts.items[0]
    return {"order": shown.summary, "urls": shown.urls, "flags": shown.flags}


def _several(parts: MailParts) -> dict[str, Any]:
    """Return the template's values about several orders; the links of the first are also the mail's own."""
    first = parts.items[0] if parts.items else None
    urls = first.urls if first else parts.urls or {}
    return {"items": parts.items, "order": first.summary if first else None, "urls": urls}


def _coming(reminded: Sequence[Summary]) -> dict[str, Any]:
    """Return when the next reminder of any of these orders comes, whom it reaches besides, and whether one is third."""
    new = dict.fromkeys(person for s in reminded for person in newly_reminded(s.order, s.deciders))
    due = [s.order.remind_at for s in reminded if s.order.remind_at]
    third = any(s.order.reminders + 1 == HEAD_FROM for s in reminded)
    return {"at": min(due, default=None), "new": tuple(new), "third": third}


def _problems(notice: n.ProblemsNotice, parts: MailParts) -> MailInput:
    """Return how problems are said; there is an order only if the draft changes one."""
    shown = parts.items[0].summary if parts.items else None
    return MailInput({"order": shown, "urls": {}}, form=notice.form)
