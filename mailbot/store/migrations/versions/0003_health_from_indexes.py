"""Indexes that hold all that /healthz asks for, so that it reads no mail's row: a row is as long as its mail."""

from alembic import op

revision = "0003"
down_revision = "0001"


def upgrade() -> None:
    """Make the indexes; each row is read once for that."""
    op.create_index("ix_inbox_health", "inbox", ["state", "received_at", "outcome", "via", "order_id"])
    op.create_index("ix_outbox_health", "outbox", ["state", "created_at", "person_id"])
    op.create_index("ix_outbox_state_done_at", "outbox", ["state", "done_at"])
