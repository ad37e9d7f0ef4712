"""Indexes with all that /healthz asks for, so that it never reads the row of a mail, which is as long as the mail."""

from alembic import op

revision = "0003"
down_revision = "0001"


def upgrade() -> None:
    """Make the indexes, which reads each row once."""
    op.create_index("ix_inbox_health", "inbox", ["state", "received_at", "outcome", "via", "order_id"])
    op.create_index("ix_outbox_health", "outbox", ["state", "created_at", "person_id"])
    op.create_index("ix_outbox_state_done_at", "outbox", ["state", "done_at"])
