"""Units have a level; a proposal may let its unit await new approvers; delegators and purchasing both answer."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Add a column and two tables; nothing that is stored changes."""
    op.add_column("units", sa.Column("level", sa.String(), nullable=True))
    op.create_table(
        "awaited",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["appointment_id"], ["appointments.id"], name=op.f("fk_awaited_appointment_id")),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_awaited_person_id")),
        sa.PrimaryKeyConstraint("appointment_id", "person_id", name=op.f("pk_awaited")),
    )
    op.create_table(
        "appointment_answers",
        sa.Column("appointment_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["appointment_id"], ["appointments.id"], name=op.f("fk_appointment_answers_appointment_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_appointment_answers_person_id")),
        sa.PrimaryKeyConstraint("appointment_id", "person_id", "part", name=op.f("pk_appointment_answers")),
    )
