"""Teams that let a language model word their reports, what became of its words, and rewording as a kind of task.

Revision: 0011, after 0010
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BEFORE = "kind IN ('report', 'sync', 'cleanup', 'export')"
SINCE = "kind IN ('report', 'sync', 'cleanup', 'export', 'narrative')"


def upgrade() -> None:
    _allow(SINCE)
    with op.batch_alter_table("teams") as teams:
        teams.add_column(sa.Column("model_wording", sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table("narratives") as narratives:
        narratives.add_column(sa.Column("model", sa.String(length=100), nullable=True))
        narratives.add_column(sa.Column("prompt", sa.Text(), nullable=True))
        narratives.add_column(sa.Column("sentences", sa.Integer(), nullable=True))
        narratives.add_column(sa.Column("refused", sa.Integer(), nullable=True))
        narratives.create_index("ix_narratives_model", ["model"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("narratives") as narratives:
        narratives.drop_index("ix_narratives_model")
        for column in ("refused", "sentences", "prompt", "model"):
            narratives.drop_column(column)
    with op.batch_alter_table("teams") as teams:
        teams.drop_column("model_wording")
    op.execute("DELETE FROM jobs WHERE kind = 'narrative'")
    _allow(BEFORE)


def _allow(kinds: str) -> None:
    with op.batch_alter_table("jobs") as jobs:
        jobs.drop_constraint(op.f("ck_jobs_kind"), type_="check")
        jobs.create_check_constraint(op.f("ck_jobs_kind"), kinds)
