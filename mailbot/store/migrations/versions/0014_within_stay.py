"""Rights end no later than their persons leave."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    """Shorten what was shortened on reading before, so that a later last day gives nothing back."""
    op.execute(
        "UPDATE rights SET valid_to = people.last_day FROM people WHERE people.id = rights.person_id "
        "AND rights.ended_at IS NULL AND people.last_day < coalesce(rights.valid_to, '9999-12-31')"
    )
