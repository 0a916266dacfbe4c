"""Real workers: both queues, cancelling, limits, death and hand-over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import psutil
import pytest
from sqlalchemy import delete, func, select, update

from hansei import jobs
from hansei.bootstrap import Wiring
from hansei.core.metrics import SprintMetrics
from hansei.core.narrative import Narrative
from hansei.core.ports import Progress, quiet
from hansei.core.report import Report
from hansei.db.models import ExperimentRow, HypothesisRow, Job, NarrativeRow, ReportRow
from hansei.db.session import Database
from hansei.db.types import database_time
from hansei.errors import NotFound
from hansei.narrative.template import TemplateNarrator
from hansei.services import experiments, relay, reports, submissions, teams
from hansei.tasks import runner
from support import databases, servers, stack
from support.slow import SlowNarrator
from support.waiting import until

SLOW = "support.slow_worker"
FIRST = datetime(2026, 1, 5, tzinfo=UTC)


def sprints(count: int) -> list[SprintMetrics]:
    """Return plain sprints, two weeks each."""
    return [
        SprintMetrics(
            sprint_id=f"S{i}",
            name=f"Sprint {i}",
            start=FIRST + timedelta(days=14 * i),
            end=FIRST + timedelta(days=14 * i + 13),
            values={"story_points_completed": 30.0 + (7 * i) % 5, "review_time": 12.0 + (3 * i) % 4},
        )
        for i in range(count)
    ]


@pytest.fixture
def environ(database_url: str, broker_url: str) -> dict[str, str]:
    """The environment of a worker on a fresh database and a broker database of its own."""
    return stack.environment(database_url, broker_url)


@pytest.fixture
def wiring(environ: dict[str, str], database: Database) -> Iterator[Wiring]:
    """This process's own wiring, with a team of eight sprints stored and nothing left in the broker."""
    wired = stack.wired(environ)
    with wired.publisher._app.connection_for_write() as connection:
        connection.default_channel.client.flushall()
    with database.write() as session:
        teams.upsert(session, "T", sprints(8), now=datetime(2026, 11, 1, tzinfo=UTC), force=False)
    yield wired
    wired.database.close()


def submit(wiring: Wiring) -> str:
    """Accept a report task and publish it."""
    with wiring.database.write() as session:
        job = submissions.submit_report(session, team_id="T", custom_context="Two people were away.")
    stack.ring(wiring)
    return job.id


def stored_reports(database: Database) -> int:
    """Count every row that a report leaves."""
    with database.read() as session:
        tables = (ReportRow, NarrativeRow, HypothesisRow, ExperimentRow)
        return sum(session.scalar(select(func.count()).select_from(t)) or 0 for t in tables)


def test_a_worker_on_two_queues_takes_both_kinds_and_leaves_the_third(
    wiring: Wiring, environ: dict[str, str]
) -> None:
    with stack.worker(environ, "--pool=solo", "--queues=reports,metrics") as process:
        assert process.nice() > psutil.Process().nice(), "reports must not hold up requests"
        report = submit(wiring)
        with wiring.database.write() as session:
            sync = submissions.submit_sync(session)
            cleanup = submissions.submit_cleanup(session)
        stack.ring(wiring)
        done = stack.finished(wiring.database, report)
        assert (done.status, done.percent, done.attempts) == ("SUCCESS", 100, 1), done.error
        assert done.result is not None
        assert done.result["sprints_analyzed"] == 5
        failed = stack.finished(wiring.database, sync.id)
        assert (failed.status, failed.error_type) == ("FAILURE", "NoSource")
        assert "HANSEI_METRICS_API_URL" in (failed.error or "")
    with wiring.database.read() as session:
        assert jobs.get(session, cleanup.id).status == "PENDING"


def test_a_message_delivered_twice_stores_one_report(wiring: Wiring, environ: dict[str, str]) -> None:
    with wiring.database.write() as session:
        job = submissions.submit_report(session, team_id="T")
    bell = jobs.Bell(job.id, jobs.TASK_NAMES["report"], "reports")
    for _ in range(3):
        wiring.publisher.publish(bell)
    wiring.publisher.publish(jobs.Bell("unknown-" + uuid.uuid4().hex, jobs.TASK_NAMES["report"], "reports"))
    with stack.worker(environ, "--concurrency=2"):
        stack.finished(wiring.database, job.id)
        last = submit(wiring)
        stack.finished(wiring.database, last)
    with wiring.database.read() as session:
        assert session.scalar(select(func.count()).where(ReportRow.job_id == job.id)) == 1


@pytest.mark.parametrize("pool", ["prefork", "solo"])
def test_a_cancelled_pending_task_leaves_no_report(
    pool: str, wiring: Wiring, environ: dict[str, str]
) -> None:
    job_id = submit(wiring)
    with wiring.database.write() as session:
        jobs.cancel(session, job_id)
    with stack.worker(environ, f"--pool={pool}", "--concurrency=1"):
        after = submit(wiring)
        stack.finished(wiring.database, after)
    with wiring.database.read() as session:
        assert jobs.get(session, job_id).status == "REVOKED"
        assert session.scalar(select(func.count()).where(ReportRow.job_id == job_id)) == 0


@pytest.mark.parametrize(
    ("pool", "wait"),
    [("prefork", "sleep:60"), ("solo", "sleep:60"), ("prefork", "spin:60"), ("prefork", "block:60")],
)
def test_a_cancelled_running_task_leaves_no_report_and_frees_its_slot(
    pool: str, wait: str, wiring: Wiring, environ: dict[str, str]
) -> None:
    environ["HANSEI_TEST_WAIT"] = wait
    with stack.worker(environ, f"--pool={pool}", "--concurrency=1", app=SLOW):
        job_id = submit(wiring)
        stack.started(wiring.database, job_id, stage="writing")
        with wiring.database.write() as session:
            jobs.cancel(session, job_id)
            free = submissions.submit_cleanup(session)
        cancelled = time.monotonic()
        stack.ring(wiring)
        stack.finished(wiring.database, free.id)
        assert time.monotonic() - cancelled < 10  # the promise is 2 s; this only tells stuck from free
    with wiring.database.read() as session:
        assert jobs.get(session, job_id).status == "REVOKED"
    assert stored_reports(wiring.database) == 0


def test_a_task_past_its_limit_fails_with_the_reason(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "LIMITS", {**runner.LIMITS, "report": 1.0})
    monkeypatch.setenv("HANSEI_TEST_WAIT", "sleep:30")
    wiring.__dict__["narrator"] = SlowNarrator()
    with wiring.database.write() as session:
        job = submissions.submit_report(session, team_id="T")
    found = runner.run_inline(wiring, job.id)
    assert (found.status, found.error_type) == ("FAILURE", "TimeLimit")
    assert "1 s" in (found.error or "")
    assert stored_reports(wiring.database) == 0


def test_a_job_whose_worker_was_killed_runs_again_once(wiring: Wiring, environ: dict[str, str]) -> None:
    environ["HANSEI_TEST_WAIT"] = "sleep:60"
    with stack.worker(environ, "--concurrency=1", app=SLOW) as process:
        job_id = submit(wiring)
        stack.started(wiring.database, job_id)
        os.killpg(process.pid, signal.SIGKILL)
    expire(wiring.database, job_id)
    relay.sweep(wiring.database, wiring.publisher)
    with stack.worker(environ, "--concurrency=1"):
        done = stack.finished(wiring.database, job_id)
    assert (done.status, done.attempts) == ("SUCCESS", 2)
    with wiring.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ReportRow)) == 1


def expire(database: Database, job_id: str) -> None:
    """Let a lease run out now instead of in twenty seconds."""
    with database.write() as session:
        past = database_time(-timedelta(seconds=1))
        session.execute(update(Job).where(Job.id == job_id).values(lease_until=past))


def test_a_job_that_kills_its_worker_fails_after_three_attempts(
    wiring: Wiring, environ: dict[str, str]
) -> None:
    environ["HANSEI_TEST_WAIT"] = "die"
    with stack.worker(environ, "--concurrency=1", app=SLOW):
        job_id = submit(wiring)
        for attempt in range(1, jobs.MAX_CRASHES + 1):
            until(f"attempt {attempt} has started", partial(claimed_times, wiring, job_id, attempt))
            expire(wiring.database, job_id)
            relay.sweep(wiring.database, wiring.publisher)
        done = stack.finished(wiring.database, job_id)
    assert (done.status, done.error_type, done.attempts) == ("FAILURE", "WorkerDied", 3)
    assert stored_reports(wiring.database) == 0


def claimed_times(wiring: Wiring, job_id: str, times: int) -> bool:
    """Say whether a job was claimed so often."""
    with wiring.database.read() as session:
        return jobs.get(session, job_id).attempts == times


@pytest.mark.parametrize("pool", ["prefork", "solo"])
def test_a_worker_told_to_stop_hands_its_job_over(pool: str, wiring: Wiring, environ: dict[str, str]) -> None:
    environ["HANSEI_TEST_WAIT"] = "sleep:60"
    with stack.worker(environ, f"--pool={pool}", "--concurrency=1", app=SLOW) as process:
        job_id = submit(wiring)
        stack.started(wiring.database, job_id, stage="writing")
        process.terminate()
        process.wait(12)
    with wiring.database.read() as session:
        assert jobs.get(session, job_id).status == "RETRY"
    relay.sweep(wiring.database, wiring.publisher)
    with stack.worker(environ, "--concurrency=1"):
        done = stack.finished(wiring.database, job_id)
    assert (done.status, done.attempts) == ("SUCCESS", 2)


def test_a_worker_told_to_stop_leaves_the_job_of_another_one_of_its_name(
    wiring: Wiring, environ: dict[str, str]
) -> None:
    environ["HANSEI_TEST_WAIT"] = "sleep:60"
    alike = ("--pool=solo", "--hostname=w@here")
    with stack.worker(environ, *alike, app=SLOW) as leaving:
        given_back = submit(wiring)
        stack.started(wiring.database, given_back, stage="writing")
        with stack.worker(environ, *alike, app=SLOW):
            kept = submit(wiring)
            stack.started(wiring.database, kept, stage="writing")
            leaving.terminate()
            leaving.wait(12)
            with wiring.database.read() as session:
                assert jobs.get(session, given_back).status == "RETRY"
                found = jobs.get(session, kept)
    assert (found.status, found.attempts) == ("STARTED", 1)


def test_a_job_that_is_claimed_while_its_worker_ends_is_given_back_as_well(
    wiring: Wiring, environ: dict[str, str]
) -> None:
    environ["HANSEI_TEST_WAIT"] = "sleep:60"
    with stack.worker(environ, "--concurrency=1", app=SLOW) as leaving:
        running = submit(wiring)
        stack.started(wiring.database, running, stage="writing")
        with wiring.database.write() as session:
            late = submissions.submit_report(session, team_id="T").id
            holder = session.scalars(select(Job.worker).where(Job.id == running)).one()
        leaving.terminate()
        until("the first is given back", lambda: status_of(wiring, running) == "RETRY")
        # As a process of the worker does that had its message before the end began.
        with wiring.database.write() as session:
            assert jobs.claim(session, late, holder or "") is not None
        until("the late one is as well", lambda: status_of(wiring, late) == "RETRY")
        leaving.wait(12)
    with wiring.database.read() as session:
        assert session.scalars(select(Job.crashes)).all() == [0, 0]


def status_of(wiring: Wiring, job_id: str) -> str:
    """Return a job's status."""
    with wiring.database.read() as session:
        return jobs.get(session, job_id).status


def test_losing_the_whole_broker_loses_no_job(
    wiring: Wiring, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [submit(wiring) for _ in range(5)]
    with wiring.publisher._app.connection_for_write() as connection:
        connection.default_channel.client.flushall()
    monkeypatch.setattr(jobs, "REPUBLISH_AFTER", timedelta())
    assert relay.sweep(wiring.database, wiring.publisher).published == 5
    assert (
        relay.sweep(wiring.database, wiring.publisher).published == 0
    )  # a queue that holds messages is let be
    with stack.worker(environ, "--concurrency=2"):
        assert {stack.finished(wiring.database, i).status for i in ids} == {"SUCCESS"}


def test_one_message_lost_from_a_queue_that_does_not_empty_is_sent_again(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    lost, *others = [submit(wiring) for _ in range(4)]
    monkeypatch.setattr(jobs, "REPUBLISH_AFTER", timedelta())
    with wiring.publisher._app.connection_for_write() as connection:
        broker = connection.default_channel.client
        assert wiring.publisher.oldest("reports") == lost
        broker.rpop("reports")
        assert wiring.publisher.oldest("reports") == others[0]
        with wiring.database.write() as session:
            before = database_time(-timedelta(seconds=5))
            session.execute(update(Job).where(Job.id == lost).values(published_at=before))
        assert relay.sweep(wiring.database, wiring.publisher).published == 1
        assert relay.sweep(wiring.database, wiring.publisher).published == 0
        assert broker.llen("reports") == 4
        broker.delete("reports")
        broker.rpush("reports", "not a message of ours")
        assert relay.sweep(wiring.database, wiring.publisher).published == 0


def test_a_worker_listens_to_its_queues_alone_and_leaves_no_trace_in_the_broker(
    wiring: Wiring, environ: dict[str, str]
) -> None:
    with (
        stack.worker(environ, "--concurrency=1"),
        wiring.publisher._app.connection_for_write() as connection,
    ):
        stack.finished(wiring.database, submit(wiring))
        broker = connection.default_channel.client
        until("it waits for the next message", lambda: "brpop" in {c["cmd"] for c in broker.client_list()})
        # Deaf workers were found with both: a channel to other workers, and messages left to acknowledge.
        assert [c for c in broker.client_list() if int(c["sub"]) + int(c["psub"]) > 0] == []
        assert broker.keys("unacked*") == []


def test_a_worker_refuses_a_stale_schema(tmp_path: Path, broker_url: str) -> None:
    environ = stack.environment(f"sqlite:///{tmp_path / 'empty.db'}", broker_url)
    argv = [sys.executable, "-m", "celery", "-A", "hansei.tasks.celery_app", "worker", "--pool=solo"]
    ended = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode != 0
    assert "hansei db upgrade" in ended.stderr + ended.stdout


def test_publishing_with_the_broker_down_says_so_and_keeps_the_job(
    database: Database, port: int, environ: dict[str, str]
) -> None:
    environ["HANSEI_BROKER_URL"] = f"redis://127.0.0.1:{port}/0"
    wiring = stack.wired(environ)
    with database.write() as session:
        job = submissions.submit_cleanup(session)
    begun = time.monotonic()
    with pytest.raises(relay.BrokerDown):
        stack.ring(wiring)
    assert time.monotonic() - begun < 15
    wiring.database.close()
    with database.read() as session:
        assert [b.job_id for b in jobs.bells(session).now] == [job.id]


def test_publishing_goes_on_once_the_broker_is_back(database: Database, port: int) -> None:
    wiring = stack.wired(stack.environment(str(database.url), f"redis://127.0.0.1:{port}/0"))
    bell = jobs.Bell("some-job", jobs.TASK_NAMES["report"], "reports")
    for _ in range(3):
        with servers.valkey(port):
            for count in (1, 2, 3):
                wiring.publisher.publish(bell)
                assert wiring.publisher.depth("reports") == count
        for _ in range(3):
            with pytest.raises(relay.BrokerDown):
                wiring.publisher.publish(bell)


def test_a_broker_that_took_no_message_is_remembered_until_it_takes_one_or_a_minute_has_passed(
    database: Database, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    wiring = stack.wired(stack.environment(str(database.url), f"redis://127.0.0.1:{port}/0"))
    ringing = wiring.relay()
    monkeypatch.setattr(relay, "RETRY_SECONDS", 0.05)
    ringing.start()
    try:
        until("nothing was sent yet", lambda: ringing.broker_up)
        with database.write() as session:
            first = submissions.submit_cleanup(session).id
        ringing.wake()
        until("the broker is missed", lambda: not ringing.broker_up)
        with servers.valkey(port):
            until("the broker is back", lambda: ringing.broker_up)
        with database.write() as session:
            jobs.cancel(session, first)
            second = submissions.submit_cleanup(session).id
        ringing.wake()
        until("it is missed again", lambda: not ringing.broker_up)
        with database.write() as session:
            jobs.cancel(session, second)
        monkeypatch.setattr(relay, "SWEEP_SECONDS", 600.0)  # nothing waits, so nothing is sent any more
        assert not ringing.broker_up
        monkeypatch.setattr(relay, "REFUSED_SECONDS", 0.0)
        until("it is forgotten", lambda: ringing.broker_up)
    finally:
        ringing.stop()
        wiring.database.close()


#: What is no message of Hansei's, from no JSON at all to a task with parts that Celery cannot use.
SPOILT = [
    b"garbage SECRET-WORD",
    b"\xff\xfe\x00",
    b"[]",
    b"5",
    b"null",
    b"[" * 100_000,
    b'{"body": "SECRET-WORD"}',
    b'{"__type__": "decimal", "__value__": "SECRET-WORD"}',
    *(
        json.dumps({"properties": properties, "headers": headers, "body": body, **more}).encode()
        for properties, headers, body, more in (
            ({}, {}, "e30=", {}),
            ([], {}, "e30=", {}),
            ({"delivery_tag": "1"}, {"SECRET-WORD": 1}, "SECRET-WORD", {}),
            ({"delivery_tag": "1"}, ["SECRET-WORD"], "e30=", {}),
            ({"delivery_tag": "1", "body_encoding": "base64"}, {}, "SECRET-WORD!", {}),
            ({"delivery_tag": "1"}, {"task": "SECRET-WORD", "id": "1"}, "[]", {}),
            ({"delivery_tag": "1"}, {"task": jobs.TASK_NAMES["report"]}, "[]", {}),
            ({"delivery_tag": "1"}, {"task": jobs.TASK_NAMES["report"], "id": {"SECRET-WORD": 1}}, "[]", {}),
            ({"delivery_tag": "1"}, {"task": jobs.TASK_NAMES["report"], "id": "1", "timelimit": 5}, "[]", {}),
            ({"delivery_tag": "1", "delivery_info": 5}, {"task": ["SECRET-WORD"]}, "[]", {}),
            (
                {"delivery_tag": "1"},
                {"task": jobs.TASK_NAMES["report"], "id": "1"},
                "gASVCAAAAAAAAABdlIwBYZRhLg==",
                {"content-type": "application/x-python-serialize", "content-encoding": "binary"},
            ),
        )
    ),
]


@pytest.mark.parametrize("pool", ["prefork", "solo"])
def test_a_spoilt_message_is_dropped_with_a_line_and_work_goes_on(
    pool: str, wiring: Wiring, environ: dict[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "worker.log"
    with (
        stack.worker(environ, f"--pool={pool}", "--concurrency=1", log=log) as process,
        wiring.publisher._app.connection_for_write() as connection,
    ):
        broker = connection.default_channel.client
        for spoilt in SPOILT:
            broker.lpush("reports", spoilt)
        assert stack.finished(wiring.database, submit(wiring)).status == "SUCCESS"
        assert process.is_running()
        assert broker.llen("reports") == 0
    said = log.read_text(encoding="utf-8")
    assert said.count("message_refused") >= len(SPOILT) - 1, said
    assert "SECRET-WORD" not in said
    assert "broker_away" not in said
    assert "Connection to broker lost" not in said


def test_a_worker_that_an_error_ends_says_so_by_its_exit_code(tmp_path: Path, broker_url: str) -> None:
    environ = stack.environment(databases.sqlite(tmp_path / "one.db"), broker_url)
    with stack.wired(environ).publisher._app.connection_for_write() as connection:
        broker = connection.default_channel.client
        broker.set("reports", "a key that is no list, so that nobody can read the queue")
        argv = [sys.executable, "-m", "hansei.cli", "worker", "--pool=solo"]
        ended = subprocess.run(argv, env=environ, capture_output=True, text=True, timeout=30, check=False)
        broker.delete("reports")
    assert ended.returncode == 1, ended.stderr
    assert "WRONGTYPE" in ended.stderr


@pytest.mark.parametrize("pool", ["prefork", "solo"])
def test_the_tasks_of_a_deleted_team_end_with_that_reason(
    pool: str, wiring: Wiring, environ: dict[str, str], tmp_path: Path
) -> None:
    environ["HANSEI_TEST_WAIT"] = "sleep:60"
    log = tmp_path / "worker.log"
    with stack.worker(environ, f"--pool={pool}", "--concurrency=1", app=SLOW, log=log):
        running, queued = submit(wiring), submit(wiring)
        stack.started(wiring.database, running, stage="writing")
        with wiring.database.write() as session:
            sync = submissions.submit_sync(session, team_id="T").id
            other = submissions.submit_cleanup(session).id
            teams.remove(session, "T")
        stack.ring(wiring)
        stack.finished(wiring.database, other)  # the slot is free
    with wiring.database.read() as session:
        ends = [jobs.get(session, job_id) for job_id in (running, queued, sync)]
        assert [(j.status, j.error) for j in ends] == [("REVOKED", "The team was deleted.")] * 3
        with pytest.raises(NotFound):
            teams.get(session, "T")
    assert stored_reports(wiring.database) == 0
    assert "job_failed" not in log.read_text(encoding="utf-8")


class Abandoning:
    """The team abandons its experiment while a report is written."""

    name = "abandoning"

    def __init__(self, database: Database, experiment_id: int) -> None:
        self._database, self._experiment_id = database, experiment_id

    def narrate(
        self, report: Report, *, team_name: str, custom_context: str | None, progress: Progress = quiet
    ) -> Narrative:
        """Abandon it, and go on."""
        with self._database.write() as session:
            experiments.abandon(session, self._experiment_id, "No time for it.")
        return TemplateNarrator().narrate(report, team_name=team_name, custom_context=custom_context)


def test_what_was_abandoned_while_a_report_was_made_is_told_by_the_next_one(
    wiring: Wiring, database: Database
) -> None:
    order = experiments.OwnOrder("T", "Review within a day", "review_time", "down")
    with database.write() as session:
        mine = experiments.write_own(session, order, least_answers=5).experiment_id
    told = []
    for narrator in (Abandoning(database, mine), TemplateNarrator(), TemplateNarrator()):
        wiring.__dict__["narrator"] = narrator
        with database.write() as session:
            job = submissions.submit_report(session, team_id="T")
        made = runner.run_inline(wiring, job.id)
        assert made.result is not None
        with database.read() as session:
            body = reports.get(session, made.result["report_id"]).body
        told.append([t["state"] for t in body["tried"]])
    assert told == [["running"], ["abandoned"], []]


def test_what_the_second_attempt_of_a_report_told_is_not_told_again(
    wiring: Wiring, database: Database
) -> None:
    order = experiments.OwnOrder("T", "Review within a day", "review_time", "down")
    with database.write() as session:
        mine = experiments.write_own(session, order, least_answers=5).experiment_id
        job = submissions.submit_report(session, team_id="T")
    with database.write() as session:
        first = jobs.claim(session, job.id, "leaving")
        assert first is not None
        jobs.hand_over(session, first)
        experiments.abandon(session, mine, "No time for it.")
    told = []
    for _ in range(2):
        made = runner.run_inline(wiring, job.id)
        assert made.result is not None
        with database.write() as session:
            body = reports.get(session, made.result["report_id"]).body
            session.execute(update(ReportRow).values(job_id=None))
            session.execute(delete(Job))  # as a cleanup does
            job = submissions.submit_report(session, team_id="T")
        told.append([t["state"] for t in body["tried"]])
    assert told == [["abandoned"], []]


class Deleting:
    """Somebody deletes the team at the moment in which its report is written."""

    name = "deleting"

    def __init__(self, database: Database) -> None:
        self._database = database

    def narrate(
        self, report: Report, *, team_name: str, custom_context: str | None, progress: Progress = quiet
    ) -> Narrative:
        """Delete the team, and go on as if nothing had happened."""
        with self._database.write() as session:
            teams.remove(session, "T")
        return TemplateNarrator().narrate(report, team_name=team_name, custom_context=custom_context)


def test_a_team_deleted_as_its_report_is_stored_is_no_error_of_ours(
    wiring: Wiring, database: Database
) -> None:
    wiring.__dict__["narrator"] = Deleting(database)
    with wiring.database.write() as session:
        job = submissions.submit_report(session, team_id="T")
    found = runner.run_inline(wiring, job.id)
    assert (found.status, found.error, found.error_type) == ("REVOKED", "The team was deleted.", None)
    assert stored_reports(database) == 0


@pytest.mark.parametrize(
    "argv",
    [
        ["hansei.cli", "worker", "--pool=threads"],
        ["celery", "-A", "hansei.tasks.celery_app", "worker", "--pool=threads"],
    ],
)
def test_a_pool_that_keeps_no_limit_is_refused(argv: list[str], tmp_path: Path, broker_url: str) -> None:
    environ = stack.environment(databases.sqlite(tmp_path / "one.db"), broker_url)
    said = subprocess.run(
        [sys.executable, "-m", *argv], env=environ, capture_output=True, text=True, timeout=30, check=False
    )
    assert said.returncode != 0
    assert "prefork" in said.stderr + said.stdout
    assert "cannot be stopped" in said.stderr + said.stdout
