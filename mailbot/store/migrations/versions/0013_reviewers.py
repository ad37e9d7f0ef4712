"""A unit may have a reviewer."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    """Add a column; no unit has a reviewer before an import states one."""
    op.add_column("units", sa.Column("reviewer_id", sa.Integer(), nullable=True))
