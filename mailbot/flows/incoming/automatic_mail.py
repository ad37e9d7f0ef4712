"""Automatic mail, which is never answered: what is a program's, and what a bounce or an absence means for our mails."""

from datetime import timedelta
from typing import Literal

from mailbot.domain.ordering.events import MailTrouble
from mailbot.domain.ordering.workflow import BY_ROBOT, Actor, Happened
from mailbot.domain.trust.senders import Proven, Stranger, Unproven
from mailbot.domain.values.order import Field, Order, Status
from mailbot.domain.values.text import fold
from mailbot.flows.incoming import order_mail
from mailbot.flows.steps import absence
from mailbot.flows.steps.desk import Desk
from mailbot.flows.steps.undelivered import undelivered
from mailbot.mail.reading.automatic_signs import IN_SUBJECT, AutoMail, Strength
from mailbot.mail.reading.bounces import Bounce
from mailbot.mail.reading.choice import Contradiction
from mailbot.store import events, orders, outbox
from mailbot.store.inbox import MailOutcome
from mailbot.store.outbox import Mail

BOUNCES_COME_WITHIN = timedelta(days=6)
"""After this time a mail server has given a mail up (RFC 5321 section 4.5.4.1: four to five days)."""
_OF_AN_ORDER = {Field.UNIT, Field.APPROVER, Field.SUPPLIER}


def is_persons(desk: Desk, verdict: Proven | Unproven | Stranger) -> bool:
    """Tell whether the mail is treated as a person's: it has no sign of a program, or one that a person's may have."""
    sign = desk.mail.sign
    if sign is None or may_order_by_itself(desk):
        return True
    known = not isinstance(verdict, Stranger) or sign.strength is Strength.WEAK
    return sign.strength <= Strength.LIST and known and asks_for_something(desk)


def may_order_by_itself(desk: Desk) -> bool:
    """Tell whether the mail is from a listed system whose orders count (docs/rules/mail.md#f99)."""
    return desk.mail.robot is AutoMail.GENERATED and fold(desk.mail.sender or "") in desk.bot.robots


def asks_for_something(desk: Desk) -> bool:
    """Tell whether the mail holds an order or a command in its own words, not only in what it quotes."""
    intake, subject = desk.intake, fold(desk.mail.subject)
    form = intake.answer if desk.mail.references else intake.form
    return (
        isinstance(form, Contradiction)
        or bool(form.lines or form.unread or _OF_AN_ORDER & form.fields.keys())
        or bool(form.fields and _answers_something(desk))
        or intake.scheme is not None
        or subject in order_mail.LIST_COMMANDS | order_mail.HELP_COMMANDS
        or (_states_absence(desk) and not (desk.mail.references and desk.mail.robot is AutoMail.AWAY))
    )


def _states_absence(desk: Desk) -> bool:
    sign = desk.mail.sign
    return desk.intake.away is not None or (sign is not None and sign.name == IN_SUBJECT and desk.intake.means_away)


def _answers_something(desk: Desk) -> bool:
    """Tell whether the mail may answer one of ours: it names a mail, or its subject an order or perhaps a reference."""
    return bool(desk.mail.references or desk.intake.named.numbers) or "#" in desk.mail.subject


def take(desk: Desk) -> None:
    """Use what a program's mail says of a mail of ours; one that only may be a program's is parked.

    So is what came over a list and answers a mail of ours.
    """
    order, sign = _put_to_use(desk), desk.mail.sign
    certain = sign is not None and sign.strength in {Strength.CERTAIN, Strength.LIST}
    if sign and certain and not (sign.strength is Strength.LIST and _ours(desk)):
        desk.finish(MailOutcome.IGNORED, reason=f"automatic: {sign.robot}", order=order)
    else:
        desk.park(f"may be automatic: {sign.robot}, by {sign.name}" if sign else "may be automatic")


def _ours(desk: Desk) -> Mail | None:
    """Return the mail of ours that a bounce names, or another mail answers."""
    bounce = desk.mail.bounce
    return outbox.by_message_id(desk.work.connection, bounce.message_ids if bounce else desk.mail.references)


def _put_to_use(desk: Desk) -> Order | None:
    """Record what a bounce or an absence says of a mail of ours; return its order, None if it has not just one."""
    robot, bounce, ours = desk.mail.robot, desk.mail.bounce, _ours(desk)
    names_a_mail = bounce is not None and set(bounce.message_ids) - {desk.mail.message_id}
    if bounce is not None and desk.mail.is_automatic and not (names_a_mail or bounce.arrived):
        _by_recipient(desk, bounce)
    elif ours is not None and bounce is not None and bounce.permanent:
        _note_bounce(desk, ours, bounce)
    elif ours is not None and bounce is not None and not bounce.arrived:
        _note(desk, ours, Happened.MAIL_DELAYED)
    elif ours is not None and robot is AutoMail.AWAY and _is_from_its_reader(desk, ours):
        _note_absence(desk, ours)
    about = ours.about[0][0] if ours and len(ours.about) == 1 else None
    return orders.load(desk.work.connection, about) if about is not None else None


def _by_recipient(desk: Desk, bounce: Bounce) -> None:
    """Take a bounce that names a recipient but no mail as that of our newest mail to them.

    Anybody can write one: it is shown and others are asked, once for each mail, but a dispatched order stays so.
    """
    ours = _newest_to(desk, bounce)
    if ours is None:
        return
    if not bounce.permanent:
        _note(desk, ours, Happened.MAIL_DELAYED)
    elif ours.dispatch:
        _note(desk, ours, Happened.MAIL_FAILED)
    else:
        _note_bounce(desk, ours, bounce)


def _newest_to(desk: Desk, bounce: Bounce) -> Mail | None:
    """Return our newest mail about an order to one of the recipients, preferring an order that the bounce names."""
    own = {fold(a) for a in (desk.bot.addresses.bot, desk.bot.addresses.operator)}
    to = [a for a in map(fold, bounce.recipients) if a not in own]
    sent = outbox.sent_to(desk.work.connection, to, desk.work.now - BOUNCES_COME_WITHIN)
    # Anybody can write a bounce with thousands of numbers, and each number is a query.
    named = [orders.by_number(desk.work.connection, number) for number in bounce.numbers[:5]]
    ids = {order.id for order in named if order}
    about = [mail for mail in sent if ids & {key for key, _ in mail.about}]
    return next(iter(about or sent), None)


def _note_bounce(desk: Desk, ours: Mail, bounce: Bounce) -> None:
    reason = f"bounced: {', '.join(bounce.failed) or ours.mail_to}"
    if not desk.work.rely_on(outbox.has_failed, ours.message_id):
        desk.work.put(outbox.bounced, ours.message_id, reason)
        undelivered(desk.work, ours, reason)


def _note(desk: Desk, ours: Mail, what: Literal[Happened.MAIL_FAILED, Happened.MAIL_DELAYED]) -> None:
    """Show on the orders what a mail server says, once for each order, and change nothing else."""
    for key, _step in ours.about:
        if not any(e.what == what for e in events.of_order(desk.work.connection, key)):
            noted = MailTrouble(what=what, kind=ours.kind, to=ours.mail_to)
            desk.work.record(noted, Actor(None, BY_ROBOT), order_id=key)


def _is_from_its_reader(desk: Desk, ours: Mail) -> bool:
    """Tell whether the mail's From is the person whom we mailed: somebody who was passed our mail may answer it too."""
    sender = desk.directory.person_at(desk.mail.sender or "")
    return sender is not None and sender.id == ours.person


def _note_absence(desk: Desk, ours: Mail) -> None:
    """Guess that the approver is away; tell requester and others once an order (docs/rules/promises.md#away)."""
    for key, _step in ours.about:
        order = orders.load(desk.work.connection, key)
        waits = order.status is Status.PENDING and order.approver == ours.person
        if waits and not desk.work.rely_on(events.has, order.id, Happened.AWAY, ours.person):
            absence.guess(desk.work, order.approver)
            absence.tell(desk.work, order, Actor(order.approver, BY_ROBOT))
