"""Which sprints have dates that were computed from an answer.

Revision: 0009, after 0008
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = ("source_sprints", "sprints")
#: Until now it was kept of a team: where it answered for its calendar, what its tables say may be assumed.
ASKED = """
UPDATE {table} SET assumed = true
WHERE start_at IS NOT NULL AND end_at IS NOT NULL
  AND source_id IN (SELECT id FROM sources WHERE kind = 'table')
  AND team_id IN (
    SELECT team_id FROM import_answers
    WHERE CAST(answers AS TEXT) LIKE '%"first_start"%' OR CAST(answers AS TEXT) LIKE '%"count_from"%'
  )
"""


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("assumed", sa.Boolean(), server_default=sa.false(), nullable=False))
        op.execute(ASKED.format(table=table))


def downgrade() -> None:
    for table in TABLES:
        op.drop_column(table, "assumed")
