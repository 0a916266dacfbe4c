"""One sprint, one row: what several sources say of a team, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from hansei.core.metrics import SprintMetrics
from hansei.db.models import SourceSprint
from hansei.db.session import Database
from hansei.services import sprint_rows, teams
from hansei.services.sprint_rows import Counts

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FIRST = datetime(2026, 1, 5, tzinfo=UTC)
HOSTILE = "=1+1'); DROP TABLE sprints; --<script>\u202e%s{}"


def sprint(
    sprint_id: str, number: int, name: str | None = None, *, dated: bool = True, **values: float
) -> SprintMetrics:
    start = FIRST + timedelta(days=14 * number)
    return SprintMetrics(
        sprint_id,
        name or f"Sprint {number}",
        start if dated else None,
        start + timedelta(days=13) if dated else None,
        values,
    )


def table_rows(*, dated: bool = True) -> list[SprintMetrics]:
    """Ten sprints as a table has them: its own ids, points and nothing else."""
    return [
        sprint(f"row-{n}", n, f"Sprint {n:02}", dated=dated, story_points_completed=20.0 + n)
        for n in range(10)
    ]


def live_rows() -> list[SprintMetrics]:
    """The last seven of them and one more as a metrics API has them: other ids, more measures."""
    return [
        sprint(f"JIRA-{n}", n, f"sprint {n}", story_points_completed=20.0 + n, review_time=10.0 + n)
        for n in range(3, 11)
    ]


def store(
    database: Database,
    rows: list[SprintMetrics],
    source: str,
    kind: str,
    *,
    force: bool = False,
    now: datetime = NOW,
) -> Counts:
    with database.write() as session:
        row = teams.source_row(session, name=source, kind=kind, address=None)
        return teams.upsert(session, "T", rows, now=now, force=force, source_id=row.id)


def shown(database: Database) -> list[teams.SprintView]:
    with database.read() as session:
        return teams.sprint_views(session, "T")


@pytest.mark.parametrize("dated", [True, False])
@pytest.mark.parametrize("table_first", [True, False])
def test_moving_between_a_table_and_a_metrics_api_neither_doubles_nor_loses_history(
    database: Database, table_first: bool, dated: bool
) -> None:
    def from_table() -> Counts:
        return store(database, table_rows(dated=dated), "table", "table")

    def from_api() -> Counts:
        return store(database, live_rows(), "default", "metrics_api")

    first, second = (from_table, from_api) if table_first else (from_api, from_table)
    one, two = first(), second()
    assert (one.created, one.updated, one.skipped) == ((10, 0, 0) if table_first else (8, 0, 0))
    assert (two.created, two.updated, two.skipped) == ((1, 7, 0) if table_first else (3, 7, 0))
    views = shown(database)
    assert [v.metrics.values["story_points_completed"] for v in views] == [20.0 + n for n in range(11)]
    assert [v.metrics.values.get("review_time") for v in views] == [None] * 3 + [
        10.0 + n for n in range(3, 11)
    ]
    assert [v.sources for v in views] == [("table",)] * 3 + [("default", "table")] * 7 + [("default",)]
    assert [len({v.metrics.sprint_id for v in views}), sum(bool(v.differences) for v in views)] == [11, 0]
    kept = [v.metrics.sprint_id for v in views[3:10]]  # an id that was given once stays
    assert kept == [f"row-{n}" if table_first else f"JIRA-{n}" for n in range(3, 10)]
    again = from_table(), from_api()
    assert [(c.created, c.updated) for c in again] == [(0, 0), (0, 0)]
    assert [v.metrics for v in shown(database)] == [v.metrics for v in views]


def test_the_first_source_counts_and_the_other_word_is_listed(database: Database) -> None:
    store(database, [sprint("a", 1, wip=4.0, bugs_prod=1.0)], "table", "table")
    store(database, [sprint("b", 1, wip=5.0, review_time=9.0)], "default", "metrics_api")
    (view,) = shown(database)
    assert view.metrics.values == {"wip": 5.0, "review_time": 9.0, "bugs_prod": 1.0}
    assert {m: o.source for m, o in view.values.items()} == {
        "wip": "default",
        "review_time": "default",
        "bugs_prod": "table",
    }
    (found,) = view.differences
    assert (found.metric, found.source, found.value, found.other_source, found.other_value) == (
        "wip",
        "default",
        5.0,
        "table",
        4.0,
    )
    with database.write() as session:  # what somebody sends counts before what is fetched
        teams.upsert(session, "T", [sprint("a", 1, wip=6.0)], now=NOW, force=True)
    (view,) = shown(database)
    assert (view.metrics.values["wip"], view.sources) == (6.0, ("api", "default", "table"))
    with database.read() as session:
        assert teams.get_sprint(session, "T", "b").metrics.sprint_id == "a"  # by the id of any source


def test_each_value_knows_whether_it_changed_after_the_close_and_what_it_was(database: Database) -> None:
    late, later = NOW + timedelta(days=1), NOW + timedelta(days=2)
    store(database, [sprint("a", 1, wip=4.0, bugs_prod=1.0)], "default", "metrics_api")
    for moment, wip in ((late, 5.0), (later, 6.0)):
        rows = [sprint("a", 1, wip=wip, bugs_prod=1.0)]
        store(database, rows, "default", "metrics_api", force=True, now=moment)
    (view,) = shown(database)
    assert (view.values["wip"].was, view.values["wip"].revised_at, view.revised_at) == (4.0, later, later)
    assert (view.values["bugs_prod"].revised_at, view.values["bugs_prod"].synced_at) == (None, later)
    store(database, [sprint("a", 1, wip=6.0)], "default", "metrics_api", force=True, now=later)
    (view,) = shown(database)  # a value that was taken back is not forgotten
    assert "bugs_prod" not in view.metrics.values
    assert "bugs_prod" not in view.values
    assert (view.removed["bugs_prod"].was, view.removed["bugs_prod"].revised_at) == (1.0, later)


def test_what_an_upsert_would_change_is_told_before_and_nothing_is_stored(database: Database) -> None:
    store(database, [sprint("a", 1, wip=4.0), sprint("b", 2, wip=1.0)], "table", "table")
    rows = [sprint("a", 1, wip=5.0, bugs_prod=0.0), sprint("b", 2, wip=1.0), sprint("c", 3, wip=2.0)]
    with database.read() as session:
        source = teams.source_row(session, name="table", kind="table", address=None).id
        found = sprint_rows.changes(session, "T", rows, source, NOW)
    assert (found.created, found.unchanged) == (("c",), 1)
    (change,) = found.changed
    assert [(v.metric, v.old, v.new) for v in change.values] == [("wip", 4.0, 5.0), ("bugs_prod", None, 0.0)]
    assert [v.metrics.values for v in shown(database)] == [{"wip": 4.0}, {"wip": 1.0}]


def test_a_deleted_sprint_is_gone_from_every_source(database: Database) -> None:
    store(database, table_rows(), "table", "table")
    store(database, live_rows(), "default", "metrics_api")
    with database.write() as session:
        teams.remove_sprint(session, "T", "JIRA-5")
    assert len(shown(database)) == 10
    with database.read() as session:
        left = select(func.count()).select_from(SourceSprint).where(SourceSprint.merged_id == "row-5")
        assert session.scalar(left) == 0


def test_hostile_names_are_kept_as_they_are_and_told_apart(database: Database) -> None:
    store(database, [sprint(HOSTILE, 1, HOSTILE, wip=1.0)], "table", "table")
    store(database, [sprint(HOSTILE + "x", 5, HOSTILE + "x", wip=2.0)], "default", "metrics_api")
    assert [v.metrics.sprint_id for v in shown(database)] == [HOSTILE, HOSTILE + "x"]
