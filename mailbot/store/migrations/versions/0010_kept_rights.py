"""Somebody has confirmed a delegated right whose delegator has none any more."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Add a column; nothing that is stored changes."""
    op.add_column("rights", sa.Column("kept_by_id", sa.Integer(), nullable=True))
