"""What an experiment keeps from its start to its conclusion; decisions and feedback outlive their report.

Revision: 0005, after 0004
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from hansei.db.types import UtcDateTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_OUTCOMES = "'worked', 'no_useful_effect', 'made_it_worse', 'inconclusive'"
_CHECKED = {
    "outcome": f"VARCHAR(20) CONSTRAINT ck_experiments_outcome CHECK (outcome IN ({_OUTCOMES}))",
    "conclusion": "VARCHAR(10) CONSTRAINT ck_experiments_conclusion CHECK (conclusion IN ('keep', 'stop', 'change'))",
}
_TEXTS = ("abandoned_because", "concluded_because")
_TIMES = ("abandoned_at", "concluded_at")


def upgrade() -> None:
    for name in ("plan", "start"):
        op.add_column("experiments", sa.Column(name, sa.JSON(none_as_null=True), nullable=True))
    for name, kind in _CHECKED.items():
        # Alembic would copy the whole table on SQLite for a check, and with it lose what points at its rows.
        op.execute(f"ALTER TABLE experiments ADD COLUMN {name} {kind}")
    for name in _TEXTS:
        op.add_column("experiments", sa.Column(name, sa.Text(), nullable=True))
    for name in _TIMES:
        op.add_column("experiments", sa.Column(name, UtcDateTime(timezone=True), nullable=True))
    # What was started so far has nothing frozen to be judged by: it is an idea again, to be started properly.
    op.execute("UPDATE experiments SET state = 'proposed', started_at = NULL WHERE state = 'running'")
    decisions = _rows(
        "SELECT r.team_id, d.report_id, d.choice, d.experiment_id, d.own, d.reason, d.role, d.decided_at "
        "FROM decisions d JOIN reports r ON r.id = d.report_id ORDER BY d.report_id"
    )
    feedback = _rows(
        "SELECT r.team_id, f.hypothesis_id, h.family, h.title, h.probability, f.answer, f.reason, f.answered_at "
        "FROM feedback f JOIN hypotheses h ON h.id = f.hypothesis_id JOIN reports r ON r.id = h.report_id "
        "ORDER BY f.hypothesis_id"
    )
    op.drop_table("decisions")
    op.drop_table("feedback")
    _insert(_decisions(), decisions)
    _insert(_feedback(), feedback)


def downgrade() -> None:
    op.drop_table("feedback")
    op.drop_table("decisions")
    for name in ("plan", "start", *_CHECKED, *_TEXTS, *_TIMES):
        op.drop_column("experiments", name)
    op.create_table(
        "decisions",
        sa.Column("report_id", sa.Integer(), nullable=False),
        *_decision_columns(),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_decisions_report_id_reports"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_decisions")),
    )
    op.create_index("ix_decisions_experiment_id", "decisions", ["experiment_id"], unique=False)
    op.create_table(
        "feedback",
        sa.Column("hypothesis_id", sa.Integer(), nullable=False),
        *_feedback_columns(),
        sa.ForeignKeyConstraint(
            ["hypothesis_id"],
            ["hypotheses.id"],
            name=op.f("fk_feedback_hypothesis_id_hypotheses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("hypothesis_id", name=op.f("pk_feedback")),
    )


def _decision_columns() -> list[Any]:
    return [
        sa.Column("choice", sa.String(length=10), nullable=False),
        sa.Column("experiment_id", sa.Integer(), nullable=True),
        sa.Column("own", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=100), nullable=True),
        sa.Column("decided_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("choice IN ('experiment', 'own', 'nothing')", name=op.f("ck_decisions_choice")),
        sa.ForeignKeyConstraint(
            ["experiment_id"],
            ["experiments.id"],
            name=op.f("fk_decisions_experiment_id_experiments"),
            ondelete="SET NULL",
        ),
    ]


def _feedback_columns() -> list[Any]:
    return [
        sa.Column("answer", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answered_at", UtcDateTime(timezone=True), nullable=False),
        sa.CheckConstraint("answer IN ('confirmed', 'rejected', 'unsure')", name=op.f("ck_feedback_answer")),
    ]


def _decisions() -> sa.Table:
    made = op.create_table(
        "decisions",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("team_id", sa.String(length=100), nullable=False),
        sa.Column("report_id", sa.Integer(), nullable=True),
        *_decision_columns(),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_decisions_report_id_reports"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_decisions_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
        sa.UniqueConstraint("report_id", name=op.f("uq_decisions_report_id")),
    )
    op.create_index("ix_decisions_experiment_id", "decisions", ["experiment_id"], unique=False)
    op.create_index("ix_decisions_team_id", "decisions", ["team_id"], unique=False)
    return made


def _feedback() -> sa.Table:
    made = op.create_table(
        "feedback",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("team_id", sa.String(length=100), nullable=False),
        sa.Column("hypothesis_id", sa.Integer(), nullable=True),
        sa.Column("family", sa.String(length=60), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("probability", sa.Double(), nullable=False),
        *_feedback_columns(),
        sa.ForeignKeyConstraint(
            ["hypothesis_id"],
            ["hypotheses.id"],
            name=op.f("fk_feedback_hypothesis_id_hypotheses"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_feedback_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feedback")),
        sa.UniqueConstraint("hypothesis_id", name=op.f("uq_feedback_hypothesis_id")),
    )
    op.create_index("ix_feedback_team_id", "feedback", ["team_id"], unique=False)
    return made


def _rows(query: str) -> list[Mapping[str, Any]]:
    return [dict(row) for row in op.get_bind().execute(sa.text(query)).mappings()]


def _insert(table: sa.Table, rows: list[Mapping[str, Any]]) -> None:
    moments = {c.name for c in table.columns if isinstance(c.type, UtcDateTime)}
    typed = [
        {
            k: UtcDateTime().process_result_value(v, op.get_bind().dialect) if k in moments else v
            for k, v in r.items()
        }
        for r in rows
    ]
    if typed:
        op.bulk_insert(table, typed)
