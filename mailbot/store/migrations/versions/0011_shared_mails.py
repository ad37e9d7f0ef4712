"""Mails that one change makes about many orders of one person become one mail."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    """Add a column; a mail that is queued already goes alone."""
    op.add_column("outbox", sa.Column("shares", sa.Boolean(), nullable=True))
