"""Marks get a table of their own, apart from the heartbeats of recurring jobs."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

MOVED = (
    "name LIKE 'ends:%' OR name LIKE 'alone:%' OR name LIKE 'plan:%' OR name LIKE 'plan confirmed:%'"
    " OR name IN ('disk low', 'relay refuses', 'outbox retry')"
)


def upgrade() -> None:
    """Make the table, and move the rows that belong to no recurring job."""
    op.create_table(
        "marks",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )
    op.execute(f"INSERT INTO marks SELECT name, at FROM beats WHERE {MOVED}")  # noqa: S608  nothing from outside
    op.execute(f"DELETE FROM beats WHERE {MOVED}")  # noqa: S608
