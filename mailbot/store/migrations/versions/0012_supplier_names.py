"""A supplier may have other names under which orders mean it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Add a column; nothing that is stored changes."""
    op.add_column("suppliers", sa.Column("names", sa.Text(), nullable=True))
