"""The tables. Times are UTC; money is exact decimal text inside JSON. migrations/ makes the same, step by step."""

from datetime import UTC, datetime

from sqlalchemy import DateTime, Dialect, Index, MetaData, Table, TypeDecorator, select

from mailbot.domain.people.directory import CANARY_DOMAIN, CANARY_UNIT
from mailbot.store.table_text import parts_of_table


class Utc(TypeDecorator[datetime]):
    """A moment in UTC, stored without its time zone; a moment that has no time zone is refused."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Return the moment as it is stored."""
        if value is not None and value.tzinfo is None:
            raise ValueError("a time without a zone reached the store")
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


def _table(name: str, columns: str, *indexes: str, key: str = "id") -> Table:
    """Make a table from text (store/table_text.py). An index is its columns, after `name: ` if it is named."""
    made = Table(name, metadata, *parts_of_table(columns, key, Utc))
    for index in indexes:
        own, _, on = index.rpartition(": ")
        Index(own or f"ix_{name}_{on.replace(' ', '_')}", *(made.c[column] for column in on.split()))
    return made


people = _table("people", "id int, name text, address text unique, language text?, registered bool, last_day day?")
aliases = _table("aliases", "address text, person_id int people.id", key="address")
units = _table(
    "units",
    "id text, name text, head_id int? people.id, parent_id text? units.id, self_order text?, language text?, "
    "level text?, reviewer_id int?",
)
memberships = _table("memberships", "person_id int people.id, unit_id text units.id", key="person_id unit_id")
# `max_amount` is kronor as exact decimal text, in the VAT basis of the policy's limits; NULL is no limit.
# `ground_inbox_id` is the mail that the ground came with, `ground_sha256` that of the document attached to it.
rights = _table(
    "rights",
    "id int, person_id int people.id, unit_id text units.id, kind text, valid_from day, valid_to day?, "
    "registered_at time, ended_at time?, max_amount text?, role text, ground long, ground_inbox_id int? inbox.id, "
    "ground_sha256 text?, may_delegate bool?, delegated_from_id int? people.id, deputy_for_id int? people.id, "
    "kept_by_id int?",
    "unit_id kind",
)
# `registered` is false for an absence guessed from an automatic reply: others are asked, but no deputy gets a right.
absences = _table(
    "absences",
    "id int, person_id int people.id, first_day day, last_day day, substitute_id int? people.id, registered bool, "
    "registered_at time, ended_at time?",
    "person_id",
)
interests = _table("interests", "person_id int people.id, supplier text", key="person_id supplier")
SEVERAL = "\n"
"""What stands between several in one column; no text of a file holds it."""

own_costs = _table("own_costs", "of text, by text", key="of")
appointments = _table(
    "appointments",
    "id int, inbox_id int inbox.id, proposed_by_id int people.id, unit_id text units.id, body long, at time, "
    "state text, settled_by_id int? people.id, settled_at time?",
)
# Whom an open proposal appoints, if the same form has ended rights at once: meanwhile the unit takes orders.
awaited = _table(
    "awaited", "appointment_id int appointments.id, person_id int people.id", key="appointment_id person_id"
)
# Who has said yes, in which part ("purchasing" or "delegator"), and the marks of the rows that their page had shown.
appointment_answers = _table(
    "appointment_answers",
    "appointment_id int appointments.id, person_id int people.id, part text, at time, shown long",
    key="appointment_id person_id part",
)
suppliers = _table("suppliers", "id int, name text unique, address text, org_number text, names long?")

# `taken_as` is set when the mail is dealt with. It is unique, so that the same mail cannot be taken twice, by whatever
# door (docs/rules/promises.md#p5). The last index holds all columns that /healthz asks for, so that no row is read: a
# row is as long as its mail.
inbox = _table(
    "inbox",
    "id int, received_at time, via text, peer text, mail_from text, rcpt_to long, raw bytes, state text, tries int, "
    "next_at time, confirmed_at time?, taken_as text? unique, outcome text?, reason long?, sender text?, "
    "order_id int?, done_at time?",
    "state next_at",
    "order_id",
    "ix_inbox_health: state received_at outcome via order_id",
)
unconfirmed = _table(
    "unconfirmed",
    "inbox_id int inbox.id, owner text, subject text, supplier text, lines int, amount text?, "
    "currency text?, scheme long?",
    "owner",
    key="inbox_id",
)

# `recused` has the ids of those who said that they have an interest in the order, as JSON.
orders = _table(
    "orders",
    "id int, number text unique, reference text unique, requester_id int people.id, unit_id text units.id, "
    "status text, version int, step int, created_at time, asked_at time, reminders int, remind_at time?, "
    "route long?, leaves_at time?, left_at time?, sender_proof text, handed_to_id int? people.id, recused long",
    "unit_id status",
    "remind_at",
    "created_at",
    "status leaves_at",
)
order_versions = _table(
    "order_versions",
    "order_id int orders.id, version int, content long, form long, sha256 text, inbox_id int? inbox.id, at time",
    key="order_id version",
)
# At most one decision for each order and step, whatever races (docs/rules/promises.md#p3): the primary key is a second
# lock behind the conditional UPDATE.
decisions = _table(
    "decisions",
    "order_id int orders.id, step int, person_id int people.id, approved bool, comment long, at time, proof text, "
    "version int, undone_at time?",
    "person_id at",
    key="order_id step",
)
reminders = _table("reminders", "order_id int orders.id, step int, number int, at time", key="order_id step number")
drafts = _table(
    "drafts",
    "reference text, person_id int people.id, inbox_id int? inbox.id, order_id int? orders.id, form long, at time, "
    "closed_at time?",
    key="reference",
)
# `root` is the fingerprint of the mailed link from which this one was opened; NULL for a mailed link.
links = _table(
    "links",
    "fingerprint text, purpose text, person_id int? people.id, order_id int? orders.id, version int?, step int?, "
    "inbox_id int? inbox.id, unit_id text? units.id, appointment_id int? appointments.id, issued_at time, "
    "expires_at time, revoked_at time?, root text?",
    "order_id person_id",
    key="fingerprint",
)
step_up_codes = _table(
    "step_up_codes",
    "id int, person_id int people.id, order_id int orders.id, step int, version int, action text, destination text, "
    "comment long, browser text, seal text, sent_at time, tries int, used_at time?, root text?",
    "order_id person_id",
)

blobs = _table("blobs", "sha256 text, data bytes", key="sha256")
files = _table(
    "files",
    "inbox_id int inbox.id, number int, name text, media_type text, size int, sha256 text blobs.sha256",
    key="inbox_id number",
)

# `shares`: the mail may become one with others of its kind to the same reader.
outbox = _table(
    "outbox",
    "id int, kind text, person_id int? people.id, mail_to text, message_id text unique, raw bytes, state text, "
    "tries int, created_at time, next_at time, done_at time?, error long?, pending_only bool, dispatch bool, "
    "draft text? drafts.reference, shares bool?",
    "state next_at",
    "kind state",
    "ix_outbox_health: state created_at person_id",
    "state done_at",
)
outbox_orders = _table(
    "outbox_orders", "outbox_id int outbox.id, order_id int orders.id, step int", "order_id", key="outbox_id order_id"
)

event_payloads = _table("event_payloads", "id int, body long")
# `payload_id` is no foreign key: a payload may be weeded while its event stays (docs/rules/promises.md#log).
events = _table(
    "events",
    "id int, at time, what text, order_id int? orders.id, inbox_id int? inbox.id, person_id int? people.id, "
    "proof text, payload_id int?",
    "order_id",
)
counters = _table("counters", "name text, value int", key="name")
beats = _table("beats", "name text, at time", key="name")
marks = _table("marks", "name text, at time", key="name")

# What the doctor's runs leave behind (domain/people/canary.py); lists and sums leave these out.
canary_orders = select(orders.c.id).where(orders.c.unit_id == CANARY_UNIT)
canary_people = select(people.c.id).where(people.c.address.endswith(f"@{CANARY_DOMAIN}"))
