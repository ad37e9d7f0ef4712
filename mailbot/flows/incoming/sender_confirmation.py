"""A mail whose sender is not proven waits, and the owner of its address is asked by a mail that shows nothing of it."""

from mailbot.domain.notices.notice import ConfirmSenderNotice, NoticeKind, Recipient, UnregisteredAddress
from mailbot.domain.ordering.draft import worth
from mailbot.domain.values.calendar import ONE_DAY
from mailbot.domain.values.order import Field, Form
from mailbot.domain.values.text import fold
from mailbot.flows.steps.desk import Desk
from mailbot.flows.steps.outgoing import enqueue, mailbox
from mailbot.flows.view import View
from mailbot.mail.reading.appointment_form import write_scheme
from mailbot.store import inbox, outbox, unconfirmed
from mailbot.store.unconfirmed import Glimpse

ASKED_A_DAY = 3
MAX_SUPPLIER = 200
MAX_SCHEME = 4_000


def owner(view: View, address: str) -> Recipient:
    """Return the recipient for questions about a mail from this address: its person, or the bare address."""
    return view.directory.person_at(address) or UnregisteredAddress(fold(address))


def ask(desk: Desk, address: str) -> None:
    """Let the mail wait, and ask the address's owner, three times a day at most (docs/rules/promises.md#confirm)."""
    work, to = desk.work, owner(desk.work, address)
    _name, mail_to = mailbox(desk.bot, to)
    work.put(inbox.await_confirmation, desk.inbox_id, address)
    work.put(unconfirmed.add, desk.inbox_id, fold(mail_to), _glimpse(desk, address))
    asked = work.rely_on(outbox.daily_count, NoticeKind.CONFIRM_SENDER, mail_to, work.now - ONE_DAY)
    if asked < ASKED_A_DAY:
        waits = unconfirmed.count(work.connection, fold(mail_to)) + 1
        last = asked + 1 == ASKED_A_DAY
        enqueue(work, [ConfirmSenderNotice(to=to, inbox=desk.inbox_id, waits=waits, last=last)])


def _glimpse(desk: Desk, address: str) -> Glimpse:
    intake = desk.intake
    form = intake.form if isinstance(intake.form, Form) else Form()
    supplier = form.fields.get(Field.SUPPLIER, "")[:MAX_SUPPLIER]
    lines, total = len(form.lines) + len(form.unread), worth(form, desk.bot.policy.vocabulary)
    language = desk.bot.speaks(desk.work.directory.person_at(address))
    scheme = write_scheme(intake.scheme, language)[:MAX_SCHEME] if intake.scheme else ""
    return Glimpse(intake.mail.subject, supplier, lines, total, scheme)
