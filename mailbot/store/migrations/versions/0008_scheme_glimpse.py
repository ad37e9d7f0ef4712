"""Who owns an address sees the order scheme that waits in their name."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Add a column; nothing that is stored changes."""
    op.add_column("unconfirmed", sa.Column("scheme", sa.Text(), nullable=True))
