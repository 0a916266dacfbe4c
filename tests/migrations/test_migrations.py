"""The schema that the migrations make is the one the code speaks of; upgrades, backups and refusals."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from hansei.db import schema
from hansei.db.models import Base
from hansei.db.session import Database
from hansei.errors import Busy, Conflict, InvalidInput, SetupError, StaleSchema
from hansei.services import teams


def sqlite(path: Path) -> Database:
    return Database(f"sqlite:///{path}")


def test_the_migrations_make_what_the_models_say(database: Database) -> None:
    with database.read_engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_the_newest_file_is_the_head_of_the_chain() -> None:
    scripts = ScriptDirectory(str(Path(schema.__file__).parent / "migrations"))
    assert scripts.get_heads() == [schema.head()]


def test_upgrading_twice_changes_nothing(database: Database) -> None:
    assert schema.upgrade(database) == (schema.head(), schema.head())
    schema.check(database)


def test_an_empty_database_is_refused_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(StaleSchema, match="no tables yet") as caught:
        schema.check(sqlite(tmp_path / "new.db"))
    assert "hansei db upgrade" in caught.value.remedy


def test_a_newer_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    database = sqlite(tmp_path / "new.db")
    schema.upgrade(database)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for use in (schema.check, schema.upgrade):
        with pytest.raises(StaleSchema, match="newer version"):
            use(database)
    assert schema.current(database) == "9999"


def test_a_backup_taken_in_use_is_restored_whole(tmp_path: Path) -> None:
    database = sqlite(tmp_path / "one.db")
    schema.upgrade(database)
    with database.write() as session:
        teams.put(session, "before")
    schema.backup(database, tmp_path / "copy.db")
    with database.write() as session:
        teams.put(session, "after")
    schema.restore(database, tmp_path / "copy.db")
    with database.read() as session:
        assert [t.team_id for t in teams.listed(session, limit=9)] == ["before"]
    with pytest.raises(Conflict):
        schema.backup(database, tmp_path / "copy.db")
    database.close()


def test_only_a_sound_backup_is_restored(tmp_path: Path) -> None:
    database = sqlite(tmp_path / "one.db")
    schema.upgrade(database)
    (tmp_path / "text.db").write_text("not a database, but long enough to look at" * 50)
    sqlite3.connect(tmp_path / "other.db").execute("CREATE TABLE t (x)").connection.close()
    for name in ("missing.db", "text.db", "other.db"):
        with pytest.raises(InvalidInput):
            schema.restore(database, tmp_path / name)
    schema.check(database)


def test_a_database_that_is_locked_is_busy_and_nothing_is_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hansei.db.session.BUSY_SECONDS", 0.2)
    database = sqlite(tmp_path / "one.db")
    schema.upgrade(database)
    other = sqlite3.connect(tmp_path / "one.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(Busy), database.write() as session:
        teams.put(session, "T")
    other.execute("ROLLBACK")
    other.close()
    with database.read() as session:
        assert teams.listed(session, limit=9) == []


@pytest.mark.parametrize("url", ["mysql://u:s3cret@h/d", "s3cret", ""])
def test_an_unusable_url_is_refused_without_repeating_it(url: str) -> None:
    with pytest.raises(SetupError) as caught:
        Database(url)
    assert "s3cret" not in caught.value.sentence()


def test_a_database_that_is_not_there_is_busy_not_a_traceback() -> None:
    database = Database("postgresql://hansei@127.0.0.1:1/hansei")
    with pytest.raises(Busy):
        schema.current(database)


def test_stored_sprints_become_rows_of_their_source(database: Database) -> None:
    """A database of 0002 with sprints of a source, sprints sent over the API, and a sample team."""
    with database.write_engine.begin() as connection:
        command.downgrade(schema._config(connection), "0002")
        moment = "2026-03-02T10:00:00.000Z"
        connection.execute(text("INSERT INTO sources (id, name, kind) VALUES (7, 'default', 'metrics_api')"))
        for team, sample in (("T", False), ("demo", True)):
            connection.execute(
                text(
                    "INSERT INTO teams (id, name, sample, created_at) VALUES (:team, 'n', :sample, :moment)"
                ),
                {"team": team, "sample": sample, "moment": moment},
            )
        for team, sprint_id, source in (("T", "S1", 7), ("T", "S2", None), ("demo", "S1", None)):
            connection.execute(
                text(
                    "INSERT INTO sprints (team_id, sprint_id, name, metrics, extra, sizes, provisional, source_id, "
                    "first_synced_at, last_synced_at, revised_at) VALUES (:team, :sprint, 'Sprint', :metrics, :extra, "
                    ":sizes, false, :source, :moment, :moment, :moment)"
                ),
                {"team": team, "sprint": sprint_id, "source": source, "moment": moment}
                | {"metrics": '{"wip":4.0}', "extra": '{"mood":2.0}', "sizes": '{"large":1}'},
            )
    assert schema.upgrade(database) == ("0002", schema.head())
    with database.read() as session:
        seen = {t: {v.metrics.sprint_id: v for v in teams.sprint_views(session, t)} for t in ("T", "demo")}
    assert {s: v.sources for s, v in seen["T"].items()} == {"S1": ("default",), "S2": ("api",)}
    assert seen["demo"]["S1"].sources == ("sample",)
    view = seen["T"]["S1"]
    assert (view.metrics.values, view.metrics.extra, view.metrics.sizes) == (
        {"wip": 4.0},
        {"mood": 2.0},
        {"large": 1},
    )
    assert view.revised_at == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert view.values["wip"].source == "default"
    with database.write() as session:  # and the next sync of the same sprints makes no new ones
        counts = teams.upsert(
            session, "T", [replace(view.metrics, values={"wip": 5.0})], now=view.last_synced_at, force=True,
            source_id=7,
        )  # fmt: skip
    assert (counts.created, counts.updated) == (0, 1)


def test_an_upgrade_keeps_what_points_at_a_table_that_is_copied(tmp_path: Path) -> None:
    database = sqlite(tmp_path / "old.db")
    schema.upgrade(database, to="0002")
    before = """
        INSERT INTO teams (id, name, sample, created_at) VALUES ('T', 'T', 0, '2026-01-01T00:00:00.000Z');
        INSERT INTO jobs
            (id, kind, queue, params, status, attempt, crashes, retries, percent, stage, run_at, created_at)
            VALUES ('j', 'report', 'reports', '{}', 'SUCCESS', 1, 0, 0, 100, 'done', '2026', '2026');
        INSERT INTO reports (id, team_id, job_id, headline, summary, body, fingerprint, created_at)
            VALUES (7, 'T', 'j', 'h', 's', '{}', 'f', '2026-01-01T00:00:00.000Z');
        INSERT INTO idempotency_keys (owner, route, key, body_sha256, job_id, created_at)
            VALUES ('o', 'r', 'k', 'b', 'j', '2026');
    """
    with closing(sqlite3.connect(tmp_path / "old.db")) as raw:
        raw.executescript(before)
    schema.upgrade(database)
    with database.read() as session:
        assert session.execute(text("SELECT job_id FROM reports")).all() == [("j",)]
        assert session.execute(text("SELECT job_id FROM idempotency_keys")).all() == [("j",)]
    with database.write() as session:
        assert session.execute(text("PRAGMA foreign_keys")).all() == [(1,)]
        session.execute(text("UPDATE jobs SET kind = 'export'"))
    for wrong in ("kind = 'dance'", "status = 'PERHAPS'"):
        with pytest.raises(IntegrityError), database.write() as session:
            session.execute(text(f"UPDATE jobs SET {wrong}"))
    with database.read() as session:
        partial = session.execute(
            text("SELECT sql FROM sqlite_master WHERE name = 'ix_jobs_leases'")
        ).scalar_one()
    assert "WHERE status = 'STARTED'" in partial
    database.close()


def test_decisions_and_answers_survive_the_upgrade_and_then_their_report(database: Database) -> None:
    """A database of 0004 in which a team had decided, answered, and started an experiment."""
    with database.write_engine.begin() as connection:
        command.downgrade(schema._config(connection), "0004")
        moment = "2026-03-02T10:00:00.000Z"
        for statement in (
            "INSERT INTO teams (id, name, sample, created_at) VALUES ('T', 'n', false, :moment)",
            "INSERT INTO reports (id, team_id, headline, summary, body, fingerprint, created_at) "
            "VALUES (7, 'T', 'h', 's', '{}', 'f', :moment)",
            "INSERT INTO hypotheses (id, report_id, evidence_id, family, title, probability, confidence) "
            "VALUES (3, 7, 'H1', 'review_bottleneck', 'Waiting', 0.81, 'High')",
            "INSERT INTO experiments (id, team_id, report_id, evidence_id, family, title, state, registration, "
            "fingerprint, started_at) VALUES (5, 'T', 7, 'E1', 'x', 'Try', 'running', '{}', 'f', :moment)",
            "INSERT INTO decisions (report_id, choice, experiment_id, reason, decided_at) "
            "VALUES (7, 'experiment', 5, 'because', :moment)",
            "INSERT INTO feedback (hypothesis_id, answer, reason, answered_at) "
            "VALUES (3, 'confirmed', 'seen', :moment)",
        ):
            connection.execute(text(statement), {"moment": moment} if ":moment" in statement else {})
    schema.upgrade(database)
    with database.write() as session:
        session.execute(text("DELETE FROM reports"))
    with database.read() as session:
        decided = session.execute(
            text("SELECT team_id, report_id, choice, experiment_id, reason FROM decisions")
        )
        assert decided.one() == ("T", None, "experiment", 5, "because")
        said = session.execute(
            text("SELECT team_id, hypothesis_id, family, probability, answer FROM feedback")
        )
        assert said.one() == ("T", None, "review_bottleneck", 0.81, "confirmed")
        # nothing was frozen when it started, so it is an idea again
        assert session.execute(text("SELECT state, started_at FROM experiments")).one() == ("proposed", None)
    with pytest.raises(IntegrityError), database.write() as session:
        session.execute(text("UPDATE experiments SET outcome = 'brilliant'"))


def test_dates_that_a_team_had_answered_for_become_assumed_ones_of_its_table_s_sprints(
    database: Database,
) -> None:
    """A database of 0008: one team had answered for its calendar, the other's table had dates."""
    with database.write_engine.begin() as connection:
        command.downgrade(schema._config(connection), "0008")
        moment = "2026-03-02T10:00:00.000Z"
        connection.execute(
            text(
                "INSERT INTO sources (id, name, kind) VALUES (7, 'table', 'table'), (8, 'live', 'metrics_api')"
            )
        )
        rows = [
            ("asked", "S1", 7, moment),
            ("asked", "S2", 8, moment),
            ("asked", "S3", 7, None),
            ("told", "S1", 7, moment),
        ]
        for team, answers in (("asked", '{"first_start": "2026-01-05"}'), ("told", '{"unit": "items"}')):
            connection.execute(
                text("INSERT INTO teams (id, name, sample, created_at) VALUES (:team, 'n', false, :moment)"),
                {"team": team, "moment": moment},
            )
            connection.execute(
                text(
                    "INSERT INTO import_answers (team_id, answers, updated_at) VALUES (:team, :answers, :moment)"
                ),
                {"team": team, "answers": answers, "moment": moment},
            )
        for table, more, given in (("sprints", "", ""), ("source_sprints", ", merged_id", ", :sprint")):
            for team, sprint, source, day in rows:
                connection.execute(
                    text(
                        f"INSERT INTO {table} (team_id, sprint_id, name, start_at, end_at, metrics, extra, "
                        f"provisional, source_id, first_synced_at, last_synced_at{more}) VALUES (:team, :sprint, "
                        f"'S', :day, :day, '{{}}', '{{}}', false, :source, :moment, :moment{given})"
                    ),
                    {"team": team, "sprint": sprint, "source": source, "day": day, "moment": moment},
                )
    schema.upgrade(database)
    with database.read() as session:
        for table in ("sprints", "source_sprints"):
            found = session.execute(text(f"SELECT team_id, sprint_id FROM {table} WHERE assumed"))
            assert found.all() == [("asked", "S1")], table
