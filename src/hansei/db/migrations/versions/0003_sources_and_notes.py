"""Each source's rows apart from the sprints put together of them; connected sources; notes about sprints.

Revision: 0003, after 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from hansei.db.types import Json, UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: What was stored so far without a source: rows sent over the API, and the sample teams.
OWN = (("api", "api", False), ("sample", "sample", True))


def upgrade() -> None:
    # Column by column, never in a batch: that drops the old table, and SQLite would take its rows out of ``sprints``.
    op.add_column("sources", sa.Column("connected", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("sources", sa.Column("secret", sa.Text(), nullable=True))
    op.add_column("sources", sa.Column("secret_key_id", sa.String(length=16), nullable=True))
    op.create_table(
        "team_sources",
        sa.Column("team_id", sa.String(length=100), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("last_sync_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("last_rows", sa.Integer(), nullable=True),
        sa.Column("last_refused", sa.Integer(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("last_error_at", UtcDateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('ok', 'empty', 'lost_access', 'refused', 'unavailable')",
            name=op.f("ck_team_sources_state"),
        ),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_team_sources_team_id_teams"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_team_sources_source_id_sources"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "source_id", name=op.f("pk_team_sources")),
    )
    op.create_table(
        "source_sprints",
        sa.Column("team_id", sa.String(length=100), nullable=False),
        sa.Column("source_id", sa.Integer(), nullable=False),
        sa.Column("sprint_id", sa.String(length=100), nullable=False),
        sa.Column("merged_id", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("start_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("end_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("metrics", Json(), nullable=False),
        sa.Column("extra", Json(), nullable=False),
        sa.Column("sizes", Json(none_as_null=True), nullable=True),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("first_synced_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("last_synced_at", UtcDateTime(timezone=True), nullable=False),
        sa.Column("revised_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("revised", Json(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_source_sprints_team_id_teams"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"],
            ["sources.id"],
            name=op.f("fk_source_sprints_source_id_sources"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("team_id", "source_id", "sprint_id", name=op.f("pk_source_sprints")),
    )
    op.create_index("ix_source_sprints_source_id", "source_sprints", ["source_id"], unique=False)
    op.create_index(
        "ix_source_sprints_team_id_merged_id", "source_sprints", ["team_id", "merged_id"], unique=False
    )
    op.create_table(
        "sprint_notes",
        sa.Column("team_id", sa.String(length=100), nullable=False),
        sa.Column("sprint_id", sa.String(length=100), nullable=False),
        sa.Column("kinds", Json(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("left_out", sa.Boolean(), nullable=False),
        sa.Column("left_out_at", UtcDateTime(timezone=True), nullable=True),
        sa.Column("left_out_after", sa.Integer(), nullable=True),
        sa.Column("updated_at", UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["team_id"], ["teams.id"], name=op.f("fk_sprint_notes_team_id_teams"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("team_id", "sprint_id", name=op.f("pk_sprint_notes")),
    )
    _keep_what_is_stored()


def _keep_what_is_stored() -> None:
    """Make each stored sprint a row of the source that it came from."""
    for name, kind, sample in OWN:
        without = (
            "FROM sprints s JOIN teams t ON t.id = s.team_id WHERE s.source_id IS NULL AND t.sample = :sample"
        )
        op.execute(
            sa.text(
                f"INSERT INTO sources (name, kind) SELECT :name, :kind WHERE EXISTS (SELECT 1 {without}) "  # noqa: S608 - our own words
                "AND NOT EXISTS (SELECT 1 FROM sources WHERE name = :name)"
            ).bindparams(name=name, kind=kind, sample=sample)
        )
        op.execute(
            sa.text(
                "UPDATE sprints SET source_id = (SELECT id FROM sources WHERE name = :name) "
                "WHERE source_id IS NULL AND team_id IN (SELECT id FROM teams WHERE sample = :sample)"
            ).bindparams(name=name, sample=sample)
        )
    columns = "name, start_at, end_at, metrics, extra, sizes, provisional, first_synced_at, last_synced_at, revised_at"
    op.execute(
        f"INSERT INTO source_sprints (team_id, source_id, sprint_id, merged_id, {columns}) "  # noqa: S608 - as above
        f"SELECT team_id, source_id, sprint_id, sprint_id, {columns} FROM sprints"
    )
    op.execute(
        "INSERT INTO team_sources (team_id, source_id, position, state, last_sync_at) "
        "SELECT team_id, source_id, ROW_NUMBER() OVER (PARTITION BY team_id ORDER BY source_id), 'ok', "
        "MAX(last_synced_at) FROM sprints GROUP BY team_id, source_id"
    )
    # From now on the rows of several sources lie side by side; until the next sync nothing needs putting together,
    # since a sprint was in the table once, whichever source it came from.


def downgrade() -> None:
    for table in ("sprint_notes", "source_sprints", "team_sources"):
        op.drop_table(table)
    for column in ("secret_key_id", "secret", "connected"):
        op.drop_column("sources", column)
