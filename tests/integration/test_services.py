"""Teams, sprints, sync, cleanup and submissions, on both databases."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from hansei import jobs
from hansei.core.metrics import SprintMetrics
from hansei.core.ports import Fetched, Rejected
from hansei.db.models import (
    Decision,
    ExperimentRow,
    Feedback,
    HypothesisRow,
    IdempotencyKey,
    Job,
    PageSession,
    ReportRow,
    SourceSprint,
    Sprint,
    SprintNote,
    Team,
    TeamSource,
)
from hansei.db.session import Database
from hansei.db.types import database_time
from hansei.errors import (
    InvalidInput,
    NotEnoughSprints,
    NotFound,
    TooManyWaiting,
    UnknownMetric,
    UnknownSprints,
)
from hansei.services import (
    access,
    cleanup,
    idempotency,
    notes,
    privacy,
    reports,
    retention,
    submissions,
    sync,
    teams,
)
from hansei.services.caps import Caps
from hansei.services.reports import ReportOrder
from hansei.services.sprint_rows import Counts

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def sprint(number: int, *, ends: datetime | None = None, **values: float) -> SprintMetrics:
    end = ends or NOW - timedelta(days=14 * (100 - number))
    return SprintMetrics(
        f"S{number}", f"Sprint {number}", end - timedelta(days=13), end, values or {"wip": 1.0}
    )


def order(**changes: object) -> ReportOrder:
    plain = {
        "team_id": "T",
        "sprint_count": 5,
        "sprint_ids": None,
        "custom_context": None,
        "focus_metrics": (),
    }
    return ReportOrder(**plain | changes)  # type: ignore[arg-type]  # the test gives fields of the right type


def store(database: Database, rows: list[SprintMetrics], *, force: bool = False, team: str = "T") -> Counts:
    with database.write() as session:
        return teams.upsert(session, team, rows, now=NOW, force=force)


def test_a_sync_counts_what_it_did_and_the_parts_add_up(database: Database) -> None:
    fetched = Fetched(
        sprints=(sprint(1), sprint(2), sprint(3)),
        rejected=(Rejected(3, "S9", "negative"),),
        unknown_names=("x",),
    )
    todo = sync.SyncOrder("T", 10, force_refresh=False, asked_team=None)

    def run(what: Fetched, how: sync.SyncOrder = todo) -> dict[str, object]:
        with database.write() as session:
            return sync.store(
                session,
                how,
                what,
                origin=sync.Origin("default", "metrics_api", "u"),
                now=NOW,
                least_answers=5,
            )

    first = run(fetched)
    assert (first["sprints_fetched"], first["created"], first["updated"], first["skipped"]) == (4, 3, 0, 0)
    assert first["rejected"] == [{"row": 3, "sprint_id": "S9", "reason": "negative"}]
    again = run(Fetched(sprints=(sprint(1, wip=9.0), sprint(4))))
    assert (again["created"], again["updated"], again["skipped"]) == (1, 0, 1)
    forced = run(Fetched(sprints=(sprint(1, wip=9.0),)), sync.SyncOrder("T", 10, True, None))
    assert (forced["created"], forced["updated"], forced["skipped"]) == (0, 1, 0)
    with database.read() as session:
        view = teams.get_sprint(session, "T", "S1")
    assert view.metrics.values == {"wip": 9.0}
    assert view.source == "default"
    assert view.revised_at == NOW  # changed after it had closed


def test_a_sync_in_mid_sprint_and_one_after_its_end_leave_the_final_numbers(database: Database) -> None:
    end = NOW + timedelta(days=3)
    store(database, [sprint(1), sprint(2), sprint(3, ends=end, wip=2.0)])
    with database.read() as session:
        assert teams.get_sprint(session, "T", "S3").metrics.provisional
        material = reports.gather(session, order(), least_answers=5)
    assert [s.sprint_id for s in material.window] == ["S1", "S2"]  # shown as still open, never analysed
    assert any("still open" in n for n in material.notes)
    with database.write() as session:
        later = teams.upsert(
            session, "T", [sprint(3, ends=end, wip=7.0)], now=end + timedelta(hours=1), force=False
        )
    assert (later.created, later.updated, later.skipped) == (0, 1, 0)
    with database.read() as session:
        view = teams.get_sprint(session, "T", "S3")
        material = reports.gather(session, order(), least_answers=5)
    assert (view.metrics.values, view.metrics.provisional, view.revised_at) == ({"wip": 7.0}, False, None)
    assert [s.sprint_id for s in material.window] == ["S1", "S2", "S3"]


def test_a_row_stays_with_its_sprint_after_the_source_that_had_its_id_is_gone(database: Database) -> None:
    def send(source: str, rows: list[SprintMetrics]) -> None:
        with database.write() as session:
            row = teams.source_row(session, name=source, kind="metrics_api", address=None)
            teams.upsert(session, "T", rows, now=NOW, force=True, source_id=row.id)

    send("jira", [replace(sprint(15, wip=1.0), sprint_id="1")])
    send("other", [replace(sprint(1, wip=2.0), sprint_id="1"), replace(sprint(2, wip=3.0), sprint_id="2")])
    with database.write() as session:
        teams.remove_sprint(session, "T", "1")
    send("other", [replace(sprint(1, wip=4.0), sprint_id="1"), replace(sprint(2, wip=3.0), sprint_id="2")])
    with database.read() as session:
        found = {v.metrics.name: v.metrics.values["wip"] for v in teams.sprint_views(session, "T")}
        assert session.scalar(select(func.count()).select_from(Sprint)) == 2
    assert found == {"Sprint 1": 4.0, "Sprint 2": 3.0}


def test_two_syncs_of_a_new_team_at_once_create_each_sprint_once(database: Database) -> None:
    counts: list[Counts] = []
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        counts.append(store(database, [sprint(i) for i in range(20)]))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(c.created for c in counts) == [0, 0, 0, 20]
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Sprint)) == 20


def test_the_window_is_the_latest_closed_sprints_and_the_baseline_up_to_forty_before(
    database: Database,
) -> None:
    store(database, [sprint(i) for i in range(60)])
    with database.read() as session:
        material = reports.gather(session, order(), least_answers=5)
        chosen = reports.gather(session, order(sprint_count=None, sprint_ids=("S12", "S10")), least_answers=5)
    assert [s.sprint_id for s in material.window] == ["S55", "S56", "S57", "S58", "S59"]
    assert [s.sprint_id for s in material.history] == [f"S{i}" for i in range(15, 55)]
    assert [s.sprint_id for s in chosen.window] == ["S10", "S12"]
    assert [s.sprint_id for s in chosen.history] == [f"S{i}" for i in range(10)]


def test_fewer_sprints_than_asked_are_used_and_said(database: Database) -> None:
    store(database, [sprint(i) for i in range(3)])
    with database.read() as session:
        material = reports.gather(session, order(sprint_count=12), least_answers=5)
    assert len(material.window) == 3
    assert any("12 sprints asked for, 3 closed" in n for n in material.notes)


def test_what_cannot_be_reported_on_is_refused_with_the_remedy(database: Database) -> None:
    store(database, [sprint(1), sprint(2, ends=NOW + timedelta(days=1))])
    with database.read() as session:
        with pytest.raises(NotEnoughSprints, match="1 closed sprint;"):
            reports.gather(session, order(), least_answers=5)
        with pytest.raises(NotEnoughSprints, match="nobody has 0 closed"):
            reports.gather(session, order(team_id="nobody"), least_answers=5)
        with pytest.raises(UnknownSprints, match="S7, S8"):
            reports.gather(session, order(sprint_count=None, sprint_ids=("S1", "S7", "S8")), least_answers=5)
        with pytest.raises(UnknownSprints, match="Still open"):
            reports.gather(session, order(sprint_count=None, sprint_ids=("S1", "S2")), least_answers=5)


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        ({"team_happiness": 7.0}, False),
        ({"team_happiness": 7.0, "team_size": 4.0}, False),
        ({"team_happiness": 7.0, "team_size": 5.0}, True),
        ({"team_happiness": 7.0, "team_size": 9.0, "team_happiness_answers": 4.0}, False),
        ({"team_happiness": 7.0, "team_happiness_answers": 5.0}, True),
    ],
)
def test_happiness_is_shown_only_where_nobody_can_be_singled_out(
    values: dict[str, float], shown: bool
) -> None:
    kept, withheld = privacy.withhold(SprintMetrics("S1", "Sprint 1", values=values), 5)
    assert ("team_happiness" in kept.values) is shown
    assert withheld is not shown


def test_withheld_happiness_reaches_no_analysis_and_is_said(database: Database) -> None:
    store(database, [sprint(i, team_happiness=7.0, wip=2.0) for i in range(4)])
    with database.read() as session:
        material = reports.gather(session, order(), least_answers=5)
    assert all("team_happiness" not in s.values for s in material.window)
    assert any("at least 5 answers" in n for n in material.notes)


def test_the_team_of_a_report_is_the_only_one_with_sprints_or_the_default(database: Database) -> None:
    with database.write() as session:
        assert submissions.submit_report(session).team_id == "default"
    store(database, [sprint(1)], team="HERON")
    with database.write() as session:
        assert submissions.submit_report(session).team_id == "HERON"
    store(database, [sprint(1)], team="other")
    with database.write() as session:
        assert submissions.submit_report(session).team_id == "default"
        assert submissions.submit_report(session, team_id="HERON").team_id == "HERON"


def test_wrong_orders_are_refused_and_leave_nothing(database: Database) -> None:
    wrong: list[tuple[type[Exception], dict[str, object]]] = [
        (InvalidInput, {"team_id": "nobody"}),
        (InvalidInput, {"team_id": "a b"}),
        (InvalidInput, {"sprint_count": 3, "sprint_ids": ("a", "b")}),
        (UnknownMetric, {"focus_metrics": ("velocity", "hapiness_of_team")}),
    ]
    for kind, fields in wrong:
        with pytest.raises(kind), database.write() as session:
            submissions.submit_report(session, **fields)  # type: ignore[arg-type]  # wrong on purpose
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 0


def test_an_idempotency_key_gives_the_first_job_again_and_refuses_another_body(database: Database) -> None:
    def submit(body: bytes, owner: str = "local") -> str:
        key = idempotency.Key(owner, "/tasks/reports/cleanup", "k1", body)
        with database.write() as session:
            return submissions.submit_cleanup(session, key=key).id

    first = submit(b'{"days_to_keep": 90}')
    assert submit(b'{ "days_to_keep":90 }') == first
    assert submit(b'{"days_to_keep": 90}', owner="other") != first
    with pytest.raises(InvalidInput, match="another body"):
        submit(b'{"days_to_keep": 91}')


def test_one_hundred_identical_posts_at_once_make_one_job(database: Database) -> None:
    ids: list[str] = []

    def run() -> None:
        key = idempotency.Key("local", "r", "k", b"{}")
        for _ in range(10):
            with database.write() as session:
                ids.append(submissions.submit_cleanup(session, key=key).id)

    threads = [threading.Thread(target=run) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ids) == 100
    assert len(set(ids)) == 1


def add_report(database: Database, age_days: int, *, state: str = "proposed") -> int:
    with database.write() as session:
        teams.ensure(session, "T")
        report = ReportRow(
            team_id="T",
            headline="h",
            summary="s",
            body={},
            fingerprint="f",
            created_at=NOW - timedelta(days=age_days),
        )
        session.add(report)
        session.flush()
        lead = HypothesisRow(
            report_id=report.id, evidence_id="H1", family="f", title="t", probability=0.5, confidence="Medium"
        )
        session.add(lead)
        session.flush()
        session.add(
            ExperimentRow(
                team_id="T",
                report_id=report.id,
                hypothesis_id=lead.id,
                evidence_id="E1",
                family="f",
                title="t",
                state=state,
                registration={},
                fingerprint="f",
            )
        )
        return report.id


def test_cleanup_takes_old_reports_with_their_leads_and_keeps_started_experiments(database: Database) -> None:
    old, young = add_report(database, 91), add_report(database, 89)
    running, judged = add_report(database, 200, state="running"), add_report(database, 200, state="judged")
    todo = cleanup.CleanupOrder(days_to_keep=90)

    def run(what: cleanup.CleanupOrder) -> tuple[object, ...]:
        found = cleanup.clean(database, what, NOW, lambda _percent, _stage: None)
        return (
            found["deleted"],
            found["deleted_hypotheses"],
            found["deleted_experiments"],
            found["cutoff_date"],
        )

    cutoff = "2026-03-03T00:00:00Z"
    assert run(cleanup.CleanupOrder(90, dry_run=True)) == (1, 1, 1, cutoff)
    assert run(todo) == (1, 1, 1, cutoff)
    assert run(todo) == (0, 0, 0, cutoff)
    with database.read() as session:
        assert set(session.scalars(select(ReportRow.id))) == {young, running, judged}
        assert old not in set(session.scalars(select(HypothesisRow.report_id)))
        assert session.scalar(select(func.count()).select_from(ExperimentRow)) == 3


def test_cleanup_keeps_every_report_that_the_team_acted_on(database: Database) -> None:
    answered, decided, plain = (add_report(database, 200) for _ in range(3))
    with database.write() as session:
        lead = session.scalars(select(HypothesisRow.id).where(HypothesisRow.report_id == answered)).one()
        said = {"family": "workflow", "title": "t", "probability": 0.5, "answer": "unsure"}
        session.add(Feedback(team_id="T", hypothesis_id=lead, **said))
        session.add(Decision(team_id="T", report_id=decided, choice="nothing", reason="We wait."))
    order = cleanup.CleanupOrder(90)
    for asked in (replace(order, dry_run=True), order):
        found = cleanup.clean(database, asked, NOW, lambda _percent, _stage: None)
        assert (found["deleted"], found["deleted_hypotheses"], found["deleted_experiments"]) == (1, 1, 1)
    with database.read() as session:
        assert set(session.scalars(select(ReportRow.id))) == {answered, decided}
        for table in (Feedback, Decision):
            assert session.scalar(select(func.count()).select_from(table)) == 1
        assert plain not in set(session.scalars(select(ExperimentRow.report_id)))


def test_what_the_team_does_while_a_cleanup_runs_is_kept(database: Database) -> None:
    ids = [add_report(database, 200) for _ in range(4)]

    def act(_percent: int, stage: str) -> None:
        if "(0 so far" in stage:  # the first batch is chosen and not yet deleted
            with database.write() as session:
                session.add(Decision(team_id="T", report_id=ids[2], choice="nothing", reason="We wait."))
                started = (
                    update(ExperimentRow).where(ExperimentRow.report_id == ids[3]).values(state="running")
                )
                session.execute(started)

    assert cleanup.clean(database, cleanup.CleanupOrder(90), NOW, act)["deleted"] == 2
    with database.read() as session:
        assert sorted(session.scalars(select(ReportRow.id))) == ids[2:]


def test_a_long_cleanup_goes_in_small_batches_and_its_progress_only_rises(database: Database) -> None:
    for _ in range(40):
        add_report(database, 200)
    seen: list[tuple[int, str]] = []
    found = cleanup.clean(database, cleanup.CleanupOrder(90), NOW, lambda *said: seen.append(said))
    assert (found["deleted"], found["deleted_hypotheses"], found["deleted_experiments"]) == (40, 40, 40)
    assert len(seen) >= 4
    assert [p for p, _ in seen] == sorted(p for p, _ in seen)


def test_ended_tasks_keys_and_page_sessions_go_after_their_time_and_reports_stay(database: Database) -> None:
    report = add_report(database, 400)

    def job(age_days: int, status: str) -> str:
        with database.write() as session:
            job_id = jobs.accept(session, "cleanup", "T", {}).id
            then = database_time(-timedelta(days=age_days))
            ended = then if status == "SUCCESS" else None
            changed = update(Job).where(Job.id == job_id)
            session.execute(changed.values(created_at=then, finished_at=ended, status=status))
        return job_id

    old, young, waiting = job(31, "SUCCESS"), job(29, "SUCCESS"), job(400, "PENDING")
    with database.write() as session:
        session.execute(update(ReportRow).where(ReportRow.id == report).values(job_id=old))
        token = access.create(session, "ci", "read").view.id
        for key, hours in (("young", 23), ("old", 25)):
            then = database_time(-timedelta(hours=hours))
            kept = IdempotencyKey(owner="o", route="r", key=key, body_sha256="x", job_id=young)
            session.add(kept)
            session.flush()
            session.execute(update(IdempotencyKey).where(IdempotencyKey.key == key).values(created_at=then))
        for name, hours in (("a", 1), ("b", -1)):
            ends = session.scalars(select(database_time(timedelta(hours=hours)))).one()
            session.add(PageSession(sha256=name, token_id=token, expires_at=ends))
    assert retention.forget(database, task_days=30) == 1
    assert retention.forget(database, task_days=30) == 0
    with database.read() as session:
        assert set(session.scalars(select(Job.id))) == {young, waiting}
        assert session.get_one(ReportRow, report).job_id is None
        assert list(session.scalars(select(IdempotencyKey.key))) == ["young"]
        assert list(session.scalars(select(PageSession.sha256))) == ["a"]


def test_a_team_with_as_many_tasks_waiting_as_it_may_is_refused_and_others_are_not(
    database: Database,
) -> None:
    caps = Caps(3)
    store(database, [sprint(1)])

    def submit(team: str, key: idempotency.Key | None = None) -> str:
        with database.write() as session:
            return submissions.submit_sync(session, team_id=team, key=key, caps=caps).id

    key = idempotency.Key("me", "/tasks/metrics/sync", "k", b"{}")
    first = submit("T", key)
    for _ in range(2):
        submit("T")
    for _ in range(2):
        with pytest.raises(TooManyWaiting, match="Team T has 3 tasks waiting"):
            submit("T")
    assert submit("T", key) == first  # the answer to the first try is no new task
    submit("other")
    with database.write() as session:
        jobs.cancel(session, first)
    submit("T")
    with pytest.raises(TooManyWaiting):
        submit("T")


def test_a_large_cap_is_kept_without_counting_every_time(database: Database) -> None:
    caps = Caps(60)
    with database.write() as session:
        for _ in range(60):
            caps.take(session, "T")
            jobs.accept(session, "sync", "T", {})
        with pytest.raises(TooManyWaiting):
            caps.take(session, "T")


def test_deleting_a_team_takes_all_of_it(database: Database) -> None:
    add_report(database, 1)
    store(database, [sprint(1)])
    with database.write() as session:
        notes.put(session, "T", "S1", kinds=["holiday"], text=None, left_out=True, now=NOW)
        teams.remove(session, "T")
    with database.read() as session:
        for table in (
            Team,
            TeamSource,
            Sprint,
            SourceSprint,
            SprintNote,
            ReportRow,
            HypothesisRow,
            ExperimentRow,
        ):
            assert session.scalar(select(func.count()).select_from(table)) == 0
        with pytest.raises(NotFound):
            teams.get(session, "T")


def test_leases_run_on_the_databases_clock(database: Database) -> None:
    with database.read() as session:
        early, late = session.execute(select(database_time(-timedelta(hours=1)), database_time())).one()
    assert timedelta(minutes=59) < late - early < timedelta(minutes=61)
    assert late.tzinfo is not None
    hours = []
    for offset in (-1, 1, 3, 1):  # a compiled statement that is kept must not keep its offset
        with database.read() as session:
            moment = session.scalars(select(database_time(timedelta(hours=offset)))).one()
        hours.append(round((moment - late) / timedelta(hours=1)))
    assert hours == [-1, 1, 3, 1]
