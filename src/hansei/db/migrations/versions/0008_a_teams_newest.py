"""A team's newest report and its experiments by state, found without reading the others.

Revision: 0008, after 0007
"""

from __future__ import annotations

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_reports_team_id_id", "reports", ["team_id", "id"], unique=False)
    op.create_index(
        "ix_experiments_team_id_state_id", "experiments", ["team_id", "state", "id"], unique=False
    )
    op.drop_index("ix_experiments_team_id", "experiments")


def downgrade() -> None:
    op.create_index("ix_experiments_team_id", "experiments", ["team_id"], unique=False)
    op.drop_index("ix_experiments_team_id_state_id", "experiments")
    op.drop_index("ix_reports_team_id_id", "reports")
