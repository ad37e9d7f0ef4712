"""People have a last day."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add a column; nothing that is stored changes."""
    op.add_column("people", sa.Column("last_day", sa.Date(), nullable=True))
