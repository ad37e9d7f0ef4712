"""The first tables, as in store/tables.py at version 0.1."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from mailbot.store.table_text import parts_of_table

revision = "0001"
down_revision = None


def _create(table: str, columns: str, *, key: str = "id", indexes: Sequence[str] = ()) -> None:
    op.create_table(table, *parts_of_table(columns, key, sa.DateTime))
    for index in indexes:
        op.create_index(f"ix_{table}_{index.replace(' ', '_')}", table, index.split())


def upgrade() -> None:
    """Create every table, and the triggers that keep events append-only."""
    _create("beats", "name text, at time", key="name")
    _create("blobs", "sha256 text, data bytes", key="sha256")
    _create("counters", "name text, value int", key="name")
    _create("event_payloads", "id int, body long")
    _create(
        "inbox",
        "id int, received_at time, via text, peer text, mail_from text, rcpt_to long, raw bytes, state text, "
        "tries int, next_at time, confirmed_at time?, taken_as text? unique, outcome text?, reason long?, "
        "sender text?, order_id int?, done_at time?",
        indexes=("order_id", "state next_at"),
    )
    _create("own_costs", "of text, by text", key="of")
    _create("people", "id int, name text, address text unique, language text?, registered bool")
    _create("suppliers", "id int, name text unique, address text, org_number text")
    _create(
        "absences",
        "id int, person_id int people.id, first_day day, last_day day, substitute_id int? people.id, "
        "registered bool, registered_at time, ended_at time?",
        indexes=("person_id",),
    )
    _create("aliases", "address text, person_id int people.id", key="address")
    _create(
        "files",
        "inbox_id int inbox.id, number int, name text, media_type text, size int, sha256 text blobs.sha256",
        key="inbox_id number",
    )
    _create("interests", "person_id int people.id, supplier text", key="person_id supplier")
    _create(
        "units",
        "id text, name text, head_id int? people.id, parent_id text? units.id, self_order text?, language text?",
    )
    _create(
        "appointments",
        "id int, inbox_id int inbox.id, proposed_by_id int people.id, unit_id text units.id, body long, at time, "
        "state text, settled_by_id int? people.id, settled_at time?",
    )
    _create("memberships", "person_id int people.id, unit_id text units.id", key="person_id unit_id")
    _create(
        "orders",
        "id int, number text unique, reference text unique, requester_id int people.id, unit_id text units.id, "
        "status text, version int, step int, created_at time, asked_at time, reminders int, remind_at time?, "
        "route long?, leaves_at time?, left_at time?, sender_proof text, handed_to_id int? people.id, "
        "recused long",
        indexes=("created_at", "remind_at", "status leaves_at", "unit_id status"),
    )
    _create(
        "rights",
        "id int, person_id int people.id, unit_id text units.id, kind text, valid_from day, valid_to day?, "
        "registered_at time, ended_at time?, max_amount text?, role text, ground long, "
        "ground_inbox_id int? inbox.id, ground_sha256 text?, may_delegate bool?, delegated_from_id int? people.id, "
        "deputy_for_id int? people.id",
        indexes=("unit_id kind",),
    )
    _create(
        "decisions",
        "order_id int orders.id, step int, person_id int people.id, approved bool, comment long, at time, "
        "proof text, version int, undone_at time?",
        key="order_id step",
        indexes=("person_id at",),
    )
    _create(
        "drafts",
        "reference text, person_id int people.id, inbox_id int? inbox.id, order_id int? orders.id, form long, "
        "at time, closed_at time?",
        key="reference",
    )
    _create(
        "events",
        "id int, at time, what text, order_id int? orders.id, inbox_id int? inbox.id, person_id int? people.id, "
        "proof text, payload_id int?",
        indexes=("order_id",),
    )
    _create(
        "links",
        "fingerprint text, purpose text, person_id int? people.id, order_id int? orders.id, version int?, "
        "step int?, inbox_id int? inbox.id, unit_id text? units.id, appointment_id int? appointments.id, "
        "issued_at time, expires_at time, revoked_at time?",
        key="fingerprint",
        indexes=("order_id person_id",),
    )
    _create(
        "order_versions",
        "order_id int orders.id, version int, content long, form long, sha256 text, inbox_id int? inbox.id, at time",
        key="order_id version",
    )
    _create("reminders", "order_id int orders.id, step int, number int, at time", key="order_id step number")
    _create(
        "step_up_codes",
        "id int, person_id int people.id, order_id int orders.id, step int, version int, action text, "
        "destination text, comment long, browser text, seal text, sent_at time, tries int, used_at time?",
        indexes=("order_id person_id",),
    )
    _create(
        "outbox",
        "id int, kind text, person_id int? people.id, mail_to text, message_id text unique, raw bytes, state text, "
        "tries int, created_at time, next_at time, done_at time?, error long?, pending_only bool, dispatch bool, "
        "draft text? drafts.reference",
        indexes=("kind state", "state next_at"),
    )
    _create(
        "outbox_orders",
        "outbox_id int outbox.id, order_id int orders.id, step int",
        key="outbox_id order_id",
        indexes=("order_id",),
    )
    _append_only()


def _append_only() -> None:
    """Let triggers refuse to change or remove an event; somebody who owns the file can still drop the triggers."""
    for verb in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER events_no_{verb.lower()} BEFORE {verb} ON events "
            "BEGIN SELECT RAISE(ABORT, 'events are append-only'); END"
        )
