"""Automatic mail: a bounce or an absence concerns our own mail and its orders; all else is ignored, none answered."""

from mailbot.domain.order import Status
from mailbot.domain.workflow import Actor, Happened
from mailbot.flows import absence
from mailbot.flows.desk import Desk
from mailbot.flows.undelivered import undelivered
from mailbot.mail.robots import Bounce, Robot
from mailbot.store import events, orders, outbox
from mailbot.store.inbox import Outcome
from mailbot.store.outbox import Mail

ROBOT = "automatic mail"


def take(desk: Desk) -> None:
    """Deal with a robot's mail. Only one that names a Message-ID of ours has a say: those are secret enough."""
    robot, bounce = desk.mail.robot, desk.mail.bounce
    ids = bounce.message_ids if bounce else desk.mail.references
    ours = outbox.by_message_id(desk.connection, ids)
    if ours is not None and bounce is not None and bounce.permanent:
        _note_bounce(desk, ours, bounce)
    elif ours is not None and bounce is not None and not bounce.arrived:
        _note_delay(desk, ours)
    elif ours is not None and robot is Robot.AWAY and _is_from_its_reader(desk, ours):
        _note_absence(desk, ours)
    about = ours.about[0][0] if ours and len(ours.about) == 1 else None
    order = orders.load(desk.connection, about) if about is not None else None
    desk.finish(Outcome.IGNORED, reason=f"automatic: {robot}", order=order)


def _note_bounce(desk: Desk, ours: Mail, bounce: Bounce) -> None:
    """One mail is lost once, however many servers say so and however often."""
    reason = f"bounced: {', '.join(bounce.failed) or ours.mail_to}"
    if outbox.bounced(desk.connection, ours.message_id, reason):
        undelivered(desk.bot, desk.connection, ours, reason, desk.now)


def _note_delay(desk: Desk, ours: Mail) -> None:
    for key, _step in ours.about:
        payload = {"to": ours.mail_to, "kind": ours.kind}
        events.record(
            desk.connection, Happened.MAIL_DELAYED, Actor(None, ROBOT), desk.now, order_id=key, payload=payload
        )


def _is_from_its_reader(desk: Desk, ours: Mail) -> bool:
    """Tell whether the mail says that it is from the person we mailed: what was passed on is in another's hands."""
    sender = desk.directory.person_at(desk.mail.sender or "")
    return sender is not None and sender.id == ours.person


def _note_absence(desk: Desk, ours: Mail) -> None:
    """The chosen approver is away: the others and the requester are told, once per order (product.md section 6)."""
    for key, _step in ours.about:
        order = orders.load(desk.connection, key)
        waits = order.status is Status.PENDING and order.approver == ours.person
        if waits and not events.has(desk.connection, order.id, Happened.AWAY, ours.person):
            absence.guess(desk.bot, desk.connection, order.approver, desk.now)
            absence.tell(desk.bot, desk.connection, order, Actor(order.approver, ROBOT), desk.now)
