"""The tables. Times are UTC; money is exact decimal text inside JSON. migrations/ makes the same, step by step."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    TypeDecorator,
    select,
)

from mailbot.domain.people.directory import CANARY_DOMAIN, CANARY_UNIT


class Utc(TypeDecorator[datetime]):
    """A moment in UTC, stored without its time zone; a moment that has no time zone is refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment as it is stored."""
        if value is not None and value.tzinfo is None:
            message = "a time without a zone reached the store"
            raise ValueError(message)
        return value.astimezone(UTC).replace(tzinfo=None) if value else None

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment as the rest of the bot knows it."""
        return value.replace(tzinfo=UTC) if value else None


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _id() -> Column[int]:
    return Column("id", Integer, primary_key=True)


def _ref(name: str, target: str, *, nullable: bool = True) -> Column[Any]:
    return Column(name, ForeignKey(target), nullable=nullable)


people = Table(
    "people",
    metadata,
    _id(),
    Column("name", String, nullable=False),
    Column("address", String, nullable=False, unique=True),
    Column("language", String),
    Column("registered", Boolean, nullable=False),
)
aliases = Table(
    "aliases",
    metadata,
    Column("address", String, primary_key=True),
    _ref("person_id", "people.id", nullable=False),
)
units = Table(
    "units",
    metadata,
    Column("id", String, primary_key=True),
    Column("name", String, nullable=False),
    _ref("head_id", "people.id"),
    _ref("parent_id", "units.id"),
    Column("self_order", String),
    Column("language", String),
    Column("level", String),
)
memberships = Table(
    "memberships",
    metadata,
    _ref("person_id", "people.id", nullable=False),
    _ref("unit_id", "units.id", nullable=False),
    PrimaryKeyConstraint("person_id", "unit_id"),
)
rights = Table(
    "rights",
    metadata,
    _id(),
    _ref("person_id", "people.id", nullable=False),
    _ref("unit_id", "units.id", nullable=False),
    Column("kind", String, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("registered_at", Utc, nullable=False),
    Column("ended_at", Utc),
    # Kronor as exact decimal text, in the VAT basis of the policy's limits; NULL is no limit.
    Column("max_amount", String),
    Column("role", String, nullable=False),
    Column("ground", Text, nullable=False),
    # The mail that the ground came with, and the SHA-256 of the document attached to it.
    _ref("ground_inbox_id", "inbox.id"),
    Column("ground_sha256", String),
    Column("may_delegate", Boolean),
    _ref("delegated_from_id", "people.id"),
    _ref("deputy_for_id", "people.id"),
    Index("ix_rights_unit_id_kind", "unit_id", "kind"),
)
absences = Table(
    "absences",
    metadata,
    _id(),
    _ref("person_id", "people.id", nullable=False),
    Column("first_day", Date, nullable=False),
    Column("last_day", Date, nullable=False),
    _ref("substitute_id", "people.id"),
    # False for an absence guessed from an automatic reply: it has others asked, but gives no deputy a right.
    Column("registered", Boolean, nullable=False),
    Column("registered_at", Utc, nullable=False),
    Column("ended_at", Utc),
    Index("ix_absences_person_id", "person_id"),
)
interests = Table(
    "interests",
    metadata,
    _ref("person_id", "people.id", nullable=False),
    Column("supplier", String, nullable=False),
    PrimaryKeyConstraint("person_id", "supplier"),
)
own_costs = Table(
    "own_costs",
    metadata,
    Column("of", String, primary_key=True),
    Column("by", String, nullable=False),
)
appointments = Table(
    "appointments",
    metadata,
    _id(),
    _ref("inbox_id", "inbox.id", nullable=False),
    _ref("proposed_by_id", "people.id", nullable=False),
    _ref("unit_id", "units.id", nullable=False),
    Column("body", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("state", String, nullable=False),
    _ref("settled_by_id", "people.id"),
    Column("settled_at", Utc),
)
# Whom an open proposal appoints, if the same form has ended rights at once: meanwhile the unit takes orders.
awaited = Table(
    "awaited",
    metadata,
    _ref("appointment_id", "appointments.id", nullable=False),
    _ref("person_id", "people.id", nullable=False),
    PrimaryKeyConstraint("appointment_id", "person_id"),
)
# Who has said yes, in which part ("purchasing" or "delegator"), and the marks of the rows that their page had shown.
appointment_answers = Table(
    "appointment_answers",
    metadata,
    _ref("appointment_id", "appointments.id", nullable=False),
    _ref("person_id", "people.id", nullable=False),
    Column("part", String, nullable=False),
    Column("at", Utc, nullable=False),
    Column("shown", Text, nullable=False),
    PrimaryKeyConstraint("appointment_id", "person_id", "part"),
)
suppliers = Table(
    "suppliers",
    metadata,
    _id(),
    Column("name", String, nullable=False, unique=True),
    Column("address", String, nullable=False),
    Column("org_number", String, nullable=False),
)

inbox = Table(
    "inbox",
    metadata,
    _id(),
    Column("received_at", Utc, nullable=False),
    Column("via", String, nullable=False),
    Column("peer", String, nullable=False),
    Column("mail_from", String, nullable=False),
    Column("rcpt_to", Text, nullable=False),
    Column("raw", LargeBinary, nullable=False),
    Column("state", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("next_at", Utc, nullable=False),
    Column("confirmed_at", Utc),
    # Set when the mail is dealt with. It is unique, so that the same mail cannot be taken twice, by whatever door
    # (docs/rules/promises.md#p5).
    Column("taken_as", String, unique=True),
    Column("outcome", String),
    Column("reason", Text),
    Column("sender", String),
    Column("order_id", Integer),
    Column("done_at", Utc),
    Index("ix_inbox_state_next_at", "state", "next_at"),
    Index("ix_inbox_order_id", "order_id"),
    # Holds all columns that /healthz asks for, so that no row is read: a row is as long as its mail.
    Index("ix_inbox_health", "state", "received_at", "outcome", "via", "order_id"),
)

unconfirmed = Table(
    "unconfirmed",
    metadata,
    Column("inbox_id", ForeignKey("inbox.id"), primary_key=True),
    Column("owner", String, nullable=False, index=True),
    Column("subject", String, nullable=False),
    Column("supplier", String, nullable=False),
    Column("lines", Integer, nullable=False),
    Column("amount", String),
    Column("currency", String),
)

orders = Table(
    "orders",
    metadata,
    _id(),
    Column("number", String, nullable=False, unique=True),
    Column("reference", String, nullable=False, unique=True),
    _ref("requester_id", "people.id", nullable=False),
    _ref("unit_id", "units.id", nullable=False),
    Column("status", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("asked_at", Utc, nullable=False),
    Column("reminders", Integer, nullable=False),
    Column("remind_at", Utc),
    Column("route", Text),
    Column("leaves_at", Utc),
    Column("left_at", Utc),
    Column("sender_proof", String, nullable=False),
    _ref("handed_to_id", "people.id"),
    # The ids of those who said that they have an interest in the order, as JSON.
    Column("recused", Text, nullable=False),
    Index("ix_orders_unit_id_status", "unit_id", "status"),
    Index("ix_orders_remind_at", "remind_at"),
    Index("ix_orders_created_at", "created_at"),
    Index("ix_orders_status_leaves_at", "status", "leaves_at"),
)
order_versions = Table(
    "order_versions",
    metadata,
    _ref("order_id", "orders.id", nullable=False),
    Column("version", Integer, nullable=False),
    Column("content", Text, nullable=False),
    Column("form", Text, nullable=False),
    Column("sha256", String, nullable=False),
    _ref("inbox_id", "inbox.id"),
    Column("at", Utc, nullable=False),
    PrimaryKeyConstraint("order_id", "version"),
)
decisions = Table(
    "decisions",
    metadata,
    _ref("order_id", "orders.id", nullable=False),
    Column("step", Integer, nullable=False),
    _ref("person_id", "people.id", nullable=False),
    Column("approved", Boolean, nullable=False),
    Column("comment", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("proof", String, nullable=False),
    Column("version", Integer, nullable=False),
    Column("undone_at", Utc),
    # At most one decision for each order and step, whatever races (docs/rules/promises.md#p3): a second lock behind the
    # conditional UPDATE.
    PrimaryKeyConstraint("order_id", "step"),
    Index("ix_decisions_person_id_at", "person_id", "at"),
)
reminders = Table(
    "reminders",
    metadata,
    _ref("order_id", "orders.id", nullable=False),
    Column("step", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("at", Utc, nullable=False),
    PrimaryKeyConstraint("order_id", "step", "number"),
)
drafts = Table(
    "drafts",
    metadata,
    Column("reference", String, primary_key=True),
    _ref("person_id", "people.id", nullable=False),
    _ref("inbox_id", "inbox.id"),
    _ref("order_id", "orders.id"),
    Column("form", Text, nullable=False),
    Column("at", Utc, nullable=False),
    Column("closed_at", Utc),
)
links = Table(
    "links",
    metadata,
    Column("fingerprint", String, primary_key=True),
    Column("purpose", String, nullable=False),
    _ref("person_id", "people.id"),
    _ref("order_id", "orders.id"),
    Column("version", Integer),
    Column("step", Integer),
    _ref("inbox_id", "inbox.id"),
    _ref("unit_id", "units.id"),
    _ref("appointment_id", "appointments.id"),
    Column("issued_at", Utc, nullable=False),
    Column("expires_at", Utc, nullable=False),
    Column("revoked_at", Utc),
    # The fingerprint of the mailed link from which this one was opened; NULL for a mailed link.
    Column("root", String),
    Index("ix_links_order_id_person_id", "order_id", "person_id"),
)

step_up_codes = Table(
    "step_up_codes",
    metadata,
    _id(),
    _ref("person_id", "people.id", nullable=False),
    _ref("order_id", "orders.id", nullable=False),
    Column("step", Integer, nullable=False),
    Column("version", Integer, nullable=False),
    Column("action", String, nullable=False),
    Column("destination", String, nullable=False),
    Column("comment", Text, nullable=False),
    Column("browser", String, nullable=False),
    Column("seal", String, nullable=False),
    Column("sent_at", Utc, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("used_at", Utc),
    Column("root", String),
    Index("ix_step_up_codes_order_id_person_id", "order_id", "person_id"),
)

blobs = Table(
    "blobs", metadata, Column("sha256", String, primary_key=True), Column("data", LargeBinary, nullable=False)
)
files = Table(
    "files",
    metadata,
    _ref("inbox_id", "inbox.id", nullable=False),
    Column("number", Integer, nullable=False),
    Column("name", String, nullable=False),
    Column("media_type", String, nullable=False),
    Column("size", Integer, nullable=False),
    _ref("sha256", "blobs.sha256", nullable=False),
    PrimaryKeyConstraint("inbox_id", "number"),
)

outbox = Table(
    "outbox",
    metadata,
    _id(),
    Column("kind", String, nullable=False),
    _ref("person_id", "people.id"),
    Column("mail_to", String, nullable=False),
    Column("message_id", String, nullable=False, unique=True),
    Column("raw", LargeBinary, nullable=False),
    Column("state", String, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("next_at", Utc, nullable=False),
    Column("done_at", Utc),
    Column("error", Text),
    Column("pending_only", Boolean, nullable=False),
    Column("dispatch", Boolean, nullable=False),
    _ref("draft", "drafts.reference"),
    Index("ix_outbox_state_next_at", "state", "next_at"),
    Index("ix_outbox_kind_state", "kind", "state"),
    Index("ix_outbox_health", "state", "created_at", "person_id"),
    Index("ix_outbox_state_done_at", "state", "done_at"),
)
outbox_orders = Table(
    "outbox_orders",
    metadata,
    _ref("outbox_id", "outbox.id", nullable=False),
    _ref("order_id", "orders.id", nullable=False),
    Column("step", Integer, nullable=False),
    PrimaryKeyConstraint("outbox_id", "order_id"),
    Index("ix_outbox_orders_order_id", "order_id"),
)

event_payloads = Table("event_payloads", metadata, _id(), Column("body", Text, nullable=False))
events = Table(
    "events",
    metadata,
    _id(),
    Column("at", Utc, nullable=False),
    Column("what", String, nullable=False),
    _ref("order_id", "orders.id"),
    _ref("inbox_id", "inbox.id"),
    _ref("person_id", "people.id"),
    Column("proof", String, nullable=False),
    # No foreign key: a payload may be weeded while its event stays (docs/rules/promises.md#log).
    Column("payload_id", Integer),
    Index("ix_events_order_id", "order_id"),
)
counters = Table(
    "counters",
    metadata,
    Column("name", String, primary_key=True),
    Column("value", Integer, nullable=False),
)
beats = Table("beats", metadata, Column("name", String, primary_key=True), Column("at", Utc, nullable=False))
marks = Table("marks", metadata, Column("name", String, primary_key=True), Column("at", Utc, nullable=False))

# What the doctor's runs leave behind (domain/people/canary.py); lists and sums leave these out.
canary_orders = select(orders.c.id).where(orders.c.unit_id == CANARY_UNIT)
canary_people = select(people.c.id).where(people.c.address.endswith(f"@{CANARY_DOMAIN}"))
