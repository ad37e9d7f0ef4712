"""One mail being dealt with in one transaction: what every flow about incoming mail has in hand."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection

from mailbot.domain.directory import Directory, Person
from mailbot.domain.notices import Notice, NoticeKind
from mailbot.domain.order import Order
from mailbot.domain.workflow import BOT
from mailbot.flows.bot import Bot
from mailbot.flows.post import Cause, post
from mailbot.mail.inbound import InboundMail
from mailbot.mail.intake import Intake
from mailbot.store import events, inbox
from mailbot.store.inbox import Outcome


@dataclass(frozen=True)
class Desk:
    """One mail being dealt with in one transaction."""

    bot: Bot
    connection: Connection
    inbox_id: int
    recipients: tuple[str, ...]
    intake: Intake
    now: datetime

    @property
    def mail(self) -> InboundMail:
        """The mail as read."""
        return self.intake.mail

    @property
    def directory(self) -> Directory:
        """The directory as this transaction sees it."""
        return self.bot.directory(self.connection)

    def cause(self, earlier: int | None = None) -> Cause:
        """Return the mail as the cause of a change; `earlier` is the mail that the draft began with."""
        return Cause(self.inbox_id, self.mail.message_id, earlier)

    def finish(self, outcome: Outcome, *, reason: str = "", order: Order | None = None) -> None:
        """Record how the mail ended."""
        inbox.finish(
            self.connection,
            self.inbox_id,
            outcome,
            self.now,
            reason=reason,
            taken_as=None if outcome is Outcome.IGNORED else self.mail.key,
            order_id=order.id if order else None,
            sender=self.mail.sender,
        )

    def answer(self, notice: Notice, *, reason: str, order: Order | None = None) -> None:
        """Answer the mail and finish it."""
        post(self.bot, self.connection, [notice], self.now, self.mail.message_id)
        self.finish(Outcome.ANSWER, reason=reason, order=order)

    def park(self, reason: str, person: Person | None = None) -> None:
        """Set the mail aside where an operator sees it, and tell its proven sender (product.md section 8)."""
        inbox.park(self.connection, self.inbox_id, reason, self.now, sender=self.mail.sender)
        actor, payload = BOT, {"reason": reason}
        events.record(self.connection, "parked", actor, self.now, inbox_id=self.inbox_id, payload=payload)
        if person is not None:
            post(
                self.bot,
                self.connection,
                [Notice(NoticeKind.PARKED, person, text=reason)],
                self.now,
                self.mail.message_id,
            )
