"""What the owner of an address is shown of a waiting mail, and from which mailed link a link or a code comes."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Add the table and fill it with the mails that wait already; add a column to two other tables."""
    op.create_table(
        "unconfirmed",
        sa.Column("inbox_id", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("supplier", sa.String(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("amount", sa.String(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["inbox_id"], ["inbox.id"], name=op.f("fk_unconfirmed_inbox_id")),
        sa.PrimaryKeyConstraint("inbox_id", name=op.f("pk_unconfirmed")),
    )
    op.create_index(op.f("ix_unconfirmed_owner"), "unconfirmed", ["owner"])
    op.execute(
        "INSERT INTO unconfirmed (inbox_id, owner, subject, supplier, lines)"
        " SELECT id, lower(sender), '', '', 0 FROM inbox WHERE state = 'waiting' AND sender IS NOT NULL"
    )
    for name in ("links", "step_up_codes"):
        with op.batch_alter_table(name, recreate="always") as table:
            table.add_column(sa.Column("root", sa.String(), nullable=True))
