"""Sprint notes, late changes and sources in trouble, from the door to the report, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from hansei.core.metrics import SprintMetrics
from hansei.core.ports import Fetched
from hansei.db.session import Database
from hansei.errors import AccessLost, InvalidInput, NotEnoughSprints, NotFound, SourceUnavailable
from hansei.narrative.template import TemplateNarrator
from hansei.render import markdown
from hansei.services import notes, record, reports, sync, teams

NOW = datetime(2026, 7, 1, tzinfo=UTC)
FIRST = datetime(2026, 1, 5, tzinfo=UTC)


def rows(count: int = 10, **values: float) -> list[SprintMetrics]:
    return [
        SprintMetrics(
            f"S{n}",
            f"Sprint {n}",
            FIRST + timedelta(days=14 * n),
            FIRST + timedelta(days=14 * n + 13),
            {"review_time": 10.0 + n % 3, "bugs_prod": float(n % 4), **values},
        )
        for n in range(count)
    ]


def order(**changes: object) -> reports.ReportOrder:
    plain: dict[str, Any] = {
        "team_id": "T",
        "sprint_count": 6,
        "sprint_ids": None,
        "custom_context": None,
        "focus_metrics": (),
    }
    return reports.ReportOrder(**plain | changes)


def note(database: Database, sprint_id: str, *kinds: str, **more: Any) -> teams.SprintView:
    given = {"text": None, "left_out": False, "now": NOW} | more
    with database.write() as session:
        return notes.put(session, "T", sprint_id, kinds=kinds, **given)


def make_report(database: Database) -> tuple[int, str]:
    with database.read() as session:
        material = reports.gather(session, order(), least_answers=5)
    written = reports.write(material, order(), TemplateNarrator(), lambda _percent, _stage: None)
    with database.write() as session:
        report_id = reports.store(session, order(), written, job_id=None)["report_id"]
    with database.read() as session:
        stored = reports.get(session, report_id)
    return report_id, markdown.render(stored.body, stored.narrative, team_name="T", custom_context=None)


@pytest.fixture
def stored(database: Database) -> Database:
    with database.write() as session:
        source = teams.source_row(session, name="default", kind="metrics_api", address=None)
        teams.upsert(session, "T", rows(), now=NOW, force=False, source_id=source.id)
    return database


def test_a_note_is_masked_kept_and_forgotten(stored: Database) -> None:
    text = "Ask @maria or maria.lopez@example.org\u202e about the outage"
    view = note(stored, "S3", "other", "incident", text=text)
    assert view.note is not None
    assert view.note.kinds == ("incident", "other")
    assert view.note.text == "Ask [name] or [e-mail] about the outage"
    assert view.metrics.notes == ("incident", "other")
    assert note(stored, "S3").note is None
    note(stored, "S3", "holiday")
    with stored.write() as session:
        notes.remove(session, "T", "S3")
        assert teams.get_sprint(session, "T", "S3").note is None


def test_wrong_notes_are_refused(stored: Database) -> None:
    with pytest.raises(InvalidInput, match="party"):
        note(stored, "S3", "party")
    with pytest.raises(InvalidInput, match="2,000"):
        note(stored, "S3", text="x" * 2001)
    with pytest.raises(NotFound):
        note(stored, "S99", "holiday")


def test_a_left_out_sprint_is_in_no_number_and_the_report_says_so_also_afterwards(stored: Database) -> None:
    first, text = make_report(stored)
    assert "Left out" not in text
    view = note(stored, "S8", "holiday", left_out=True)
    assert view.note is not None
    assert view.note.left_out_after == first
    note(stored, "S1", left_out=True)  # the first report had used it as baseline
    with stored.read() as session:
        material = reports.gather(session, order(), least_answers=5)
    assert [s.sprint_id for s in material.window if not s.left_out] == ["S3", "S4", "S5", "S6", "S7", "S9"]
    second, text = make_report(stored)
    assert "Left out by the team, so in no number: Sprint 1, Sprint 8 (holiday)." in text
    assert f"Sprint 8 was left out after report {first} had used it" in text
    with stored.read() as session:
        body = reports.get(session, second).body
    assert [s["sprint_id"] for s in body["left_out"]] == ["S1", "S8"]
    assert "S8" not in {s["sprint_id"] for s in body["sprints"]}


def test_too_few_sprints_that_count_are_refused_with_the_reason(stored: Database) -> None:
    for n in range(9):
        note(stored, f"S{n}", left_out=True)
    with (
        stored.read() as session,
        pytest.raises(NotEnoughSprints, match=r"1 closed sprint that count \(9 left out\)"),
    ):
        reports.gather(session, order(), least_answers=5)


def test_a_note_follows_its_sprint_when_another_source_takes_it_over(stored: Database) -> None:
    note(stored, "S8", "holiday", left_out=True)
    other = [SprintMetrics(f"J{s.sprint_id}", s.name, s.start, s.end, {"wip": 3.0}) for s in rows()]
    with stored.write() as session:
        source = teams.source_row(session, name="table", kind="table", address=None)
        teams.upsert(session, "T", other, now=NOW + timedelta(days=1), force=False, source_id=source.id)
    with stored.read() as session:
        assert teams.get_sprint(session, "T", "JS8").metrics.left_out


def test_late_changes_en_masse_withhold_the_series_and_the_report_prints_why(stored: Database) -> None:
    for n in (2, 4, 6, 8):
        changed = [s for s in rows(review_time=40.0) if s.sprint_id == f"S{n}"]
        with stored.write() as session:
            source = teams.source_row(session, name="default", kind="metrics_api", address=None)
            moment = NOW + timedelta(days=n)
            teams.upsert(session, "T", changed, now=moment, force=True, source_id=source.id)
    with stored.read() as session:
        found = record.verdict(session, "T", teams.sprint_views(session, "T"), least_answers=5)
    assert found.verdict == "alarm"
    assert set(found.withheld()) == {"review_time"}
    _, text = make_report(stored)
    assert "cannot be told from a change of the record" in text


def send(database: Database, source: str, changed: list[SprintMetrics], *, days: int) -> None:
    with database.write() as session:
        row = teams.source_row(session, name=source, kind="metrics_api", address=None)
        moment = NOW + timedelta(days=days)
        teams.upsert(session, "T", changed, now=moment, force=True, source_id=row.id)


def unchanged(_database: Database) -> None:
    """Leave the record as it is."""


def changed_late(database: Database) -> None:
    for n in (2, 4):
        send(database, "default", [s for s in rows(review_time=40.0) if s.sprint_id == f"S{n}"], days=n)


def taken_away_late(database: Database) -> None:
    changed_late(database)
    gone = [replace(s, values={"bugs_prod": s.values["bugs_prod"]}) for s in rows() if s.sprint_id == "S4"]
    send(database, "default", gone, days=9)


def disagreeing(database: Database) -> None:
    changed_late(database)
    send(database, "other", [replace(s, values={"bugs_prod": 9.0}) for s in rows()[3:7]], days=5)


def failing(database: Database) -> None:
    with database.write() as session:
        sync.failed(session, "T", "default", SourceUnavailable("It is away."), NOW)


@pytest.mark.parametrize(
    ("what_happened", "findings"),
    [(unchanged, 0), (changed_late, 1), (taken_away_late, 1), (disagreeing, 2), (failing, 1)],
)
def test_a_report_knows_of_the_record_what_the_teams_page_says(
    stored: Database, what_happened: Callable[[Database], None], findings: int
) -> None:
    what_happened(stored)
    with stored.read() as session:
        views = teams.sprint_views(session, "T")
        shown = record.verdict(session, "T", views, least_answers=5)
    report_id, _ = make_report(stored)
    with stored.read() as session:
        told = reports.get(session, report_id).body["quality"]
    assert told["verdict"] == shown.verdict
    assert [f["text"] for f in told["findings"]] == [f.text for f in shown.findings]
    assert len(shown.findings) == findings


def test_a_sync_without_a_sprint_is_an_alarm_and_deletes_nothing(stored: Database) -> None:
    todo, origin = sync.SyncOrder("T", 5, False, None), sync.Origin("default", "metrics_api", "u")
    with stored.write() as session:
        result = sync.store(session, todo, Fetched(()), origin=origin, now=NOW, least_answers=5)
    assert "answered with no sprint" in result["notes"][0]
    with stored.read() as session:
        (line,) = record.sources(session, "T")
        assert (line.state, line.rows) == ("empty", 10)
    _, text = make_report(stored)
    assert "answered with no sprint" in text
    with stored.write() as session:  # the next sync that works ends the alarm
        sync.store(session, todo, Fetched(tuple(rows(1))), origin=origin, now=NOW, least_answers=5)
        assert [s.state for s in sync.states(session, "T")] == ["ok"]


@pytest.mark.parametrize(
    ("error", "state"),
    [(AccessLost("It answers 403."), "lost_access"), (SourceUnavailable("It is away."), "unavailable")],
)
def test_lost_access_is_told_apart_from_deletion(stored: Database, error: Any, state: str) -> None:
    with stored.write() as session:
        sync.failed(session, "T", "default", error, NOW)
    with stored.read() as session:
        (line,) = record.sources(session, "T")
        assert (line.state, line.last_error, line.rows) == (state, error.message, 10)
        assert len(teams.sprint_views(session, "T")) == 10
