"""The job row's promises, on both databases."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from hansei import jobs
from hansei.db.models import Job, WorkerSeen
from hansei.db.session import Database
from hansei.db.types import database_time
from hansei.errors import AlreadyFinished, InvalidInput, NotFound
from hansei.services import workers


def accept(database: Database, kind: jobs.Kind = "report", team: str | None = "T") -> str:
    with database.write() as session:
        return jobs.accept(session, kind, team, {"n": 1}).id


def claim(database: Database, job_id: str, worker: str = "w1") -> jobs.Claim:
    with database.write() as session:
        claimed = jobs.claim(session, job_id, worker)
    assert claimed is not None
    return claimed


def status(database: Database, job_id: str) -> str:
    with database.read() as session:
        return jobs.get(session, job_id).status


def lapse(session: Session, job_id: str) -> None:
    """Let the lease run out, by the database's own clock."""
    session.execute(
        update(Job).where(Job.id == job_id).values(lease_until=database_time(-timedelta(seconds=1)))
    )


def test_an_accepted_job_is_pending_and_rings_once(database: Database) -> None:
    job_id = accept(database)
    with database.read() as session:
        assert jobs.get(session, job_id).status == "PENDING"
        assert jobs.bells(session).now == [jobs.Bell(job_id, "hansei.tasks.generate_report_task", "reports")]
    with database.write() as session:
        jobs.mark_published(session, [job_id])
    with database.read() as session:
        assert jobs.bells(session).now == []
        assert [b.job_id for b in jobs.unanswered(session, after=timedelta())] == [job_id]
        assert jobs.unanswered(session, after=timedelta(minutes=1)) == []


def test_one_teams_backlog_stays_in_the_database_and_others_come_next(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TEAM_WINDOW", 3)
    accepted = [accept(database, team="many") for _ in range(8)]
    with database.read() as session:  # two may be of one millisecond
        rows = session.scalars(select(Job).where(Job.id.in_(accepted)).order_by(Job.run_at, Job.id))
        many = [row.id for row in rows]
    with database.write() as session:
        first = [b.job_id for b in jobs.bells(session).now]
        assert first == many[:3]
        jobs.mark_published(session, first)
        assert jobs.bells(session).now == []
        assert jobs.bells(session).more
    few = accept(database, team="few")
    claim(database, many[0])
    with database.read() as session:
        assert [b.job_id for b in jobs.bells(session).now] == [few, many[3]]


def test_long_and_short_backlogs_take_turns_up_to_the_window(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "TEAM_WINDOW", 3)
    teams = ["long"] * 5 + ["short"] * 2 + [None] * 4 + ["longer"] * 6
    accepted = {accept(database, team=team): team for team in teams}
    with database.write() as session:
        rung = [accepted[b.job_id] for b in jobs.bells(session).now]
        assert sorted(rung, key=str) == [None] * 3 + ["long"] * 3 + ["longer"] * 3 + ["short"] * 2
        assert [set(rung[:4]), set(rung[4:8])] == [
            set(teams)
        ] * 2  # the first of each, then the second of each
        first = [b.job_id for b in jobs.bells(session, limit=4).now]
        assert {accepted[i] for i in first} == set(teams)
        jobs.mark_published(session, first)
        assert len(jobs.bells(session).now) == 7
        assert not set(first) & {b.job_id for b in jobs.bells(session).now}


def test_only_one_of_two_claims_wins(database: Database) -> None:
    job_id = accept(database)
    won: list[jobs.Claim | None] = []
    start = threading.Barrier(8)

    def take() -> None:
        start.wait()
        with database.write() as session:
            won.append(jobs.claim(session, job_id, threading.current_thread().name))

    threads = [threading.Thread(target=take) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 8
    assert len([c for c in won if c is not None]) == 1


def test_an_unknown_job_cannot_be_claimed_and_is_not_found(database: Database) -> None:
    with database.write() as session:
        assert jobs.claim(session, "no-such-job", "w") is None
    with database.read() as session, pytest.raises(NotFound):
        jobs.get(session, "no-such-job")


def test_progress_never_goes_back(database: Database) -> None:
    claimed = claim(database, accept(database))
    for percent in (40, 10):
        with database.write() as session:
            assert jobs.heartbeat(session, claimed, percent=percent, stage=f"at {percent}")
    with database.read() as session:
        found = jobs.get(session, claimed.job_id)
    assert (found.percent, found.stage) == (40, "at 10")


def test_a_finished_job_holds_its_result_and_takes_no_second_one(database: Database) -> None:
    claimed = claim(database, accept(database))
    with database.write() as session:
        assert jobs.finish(session, claimed, {"report_id": 1})
    with database.write() as session:
        assert not jobs.finish(session, claimed, {"report_id": 2})
        assert not jobs.fail(session, claimed, "X", "x")
    with database.read() as session:
        found = jobs.get(session, claimed.job_id)
    assert (found.status, found.result, found.percent) == ("SUCCESS", {"report_id": 1}, 100)
    assert found.finished_at is not None


def test_a_silent_workers_job_runs_again_and_its_old_owner_is_refused(database: Database) -> None:
    job_id = accept(database)
    old = claim(database, job_id, "silent")
    with database.write() as session:
        lapse(session, job_id)
        assert jobs.expired(session)
        assert jobs.requeue_expired(session) == (1, 0)
    assert status(database, job_id) == "RETRY"
    new = claim(database, job_id, "second")
    assert new.attempt == old.attempt + 1
    with database.write() as session:
        assert not jobs.heartbeat(session, old, percent=99, stage="late")
        assert not jobs.finish(session, old, {"late": True})
        assert not jobs.owns(session, old)
        assert jobs.finish(session, new, {"late": False})
    with database.read() as session:
        assert jobs.get(session, job_id).result == {"late": False}


def test_a_job_that_keeps_killing_its_worker_stops_after_three_attempts(database: Database) -> None:
    job_id = accept(database)
    for _ in range(jobs.MAX_CRASHES):
        claim(database, job_id)
        with database.write() as session:
            lapse(session, job_id)
            jobs.requeue_expired(session)
    with database.read() as session:
        found = jobs.get(session, job_id)
    assert (found.status, found.error_type, found.attempts) == ("FAILURE", "WorkerDied", 3)
    assert "3 times" in (found.error or "")


def test_the_number_of_crashes_can_be_set(database: Database) -> None:
    job_id = accept(database)
    for crash in range(1, 6):
        claim(database, job_id)
        with database.write() as session:
            lapse(session, job_id)
            assert jobs.requeue_expired(session, max_crashes=5) == ((0, 1) if crash == 5 else (1, 0))
    with database.read() as session:
        assert "5 times" in (jobs.get(session, job_id).error or "")


def test_handing_over_is_no_crash(database: Database) -> None:
    job_id = accept(database)
    for _ in range(5):
        claimed = claim(database, job_id)
        with database.write() as session:
            assert jobs.hand_over(session, claimed)
    claim(database, job_id, "leaving")
    with database.write() as session:
        assert jobs.hand_over_all(session, "leaving") == 1
        assert jobs.hand_over_all(session, "leaving") == 0
    assert status(database, job_id) == "RETRY"
    with database.read() as session:
        assert [b.job_id for b in jobs.bells(session).now] == [job_id]


def test_upstream_trouble_is_tried_three_times_in_all_and_later(database: Database) -> None:
    job_id = accept(database, "sync")
    first = claim(database, job_id)
    with database.write() as session:
        assert jobs.retry(session, first, after=timedelta(hours=-1), error_type="E", error="away")
    second = claim(database, job_id)
    with database.write() as session:
        assert jobs.retry(session, second, after=timedelta(hours=-1), error_type="E", error="away")
    third = claim(database, job_id)
    with database.write() as session:
        assert not jobs.retry(session, third, after=timedelta(), error_type="E", error="away")


def test_a_retry_beyond_five_minutes_is_refused_and_a_later_one_is_not_due(database: Database) -> None:
    job_id = accept(database, "sync")
    claimed = claim(database, job_id)
    with database.write() as session:
        assert not jobs.retry(session, claimed, after=timedelta(minutes=6), error_type="E", error="away")
        assert jobs.retry(session, claimed, after=timedelta(minutes=4), error_type="E", error="away")
    with database.write() as session:
        assert jobs.bells(session).now == []
        assert jobs.claim(session, job_id, "early") is None


@pytest.mark.parametrize("running", [False, True])
def test_cancelling_is_final(database: Database, running: bool) -> None:
    job_id = accept(database)
    claimed = claim(database, job_id) if running else None
    with database.write() as session:
        assert jobs.cancel(session, job_id).status == "REVOKED"
    with database.write() as session:
        assert jobs.claim(session, job_id, "late") is None
        if claimed:
            assert not jobs.finish(session, claimed, {})
            assert not jobs.hand_over(session, claimed)
        with pytest.raises(AlreadyFinished, match="REVOKED"):
            jobs.cancel(session, job_id)
        jobs.requeue_expired(session)
    assert status(database, job_id) == "REVOKED"


def test_cancelling_an_unknown_job_is_not_found(database: Database) -> None:
    with database.write() as session, pytest.raises(NotFound):
        jobs.cancel(session, "no-such-job")


def test_cancel_and_finish_racing_leave_one_final_state(database: Database) -> None:
    for _ in range(20):
        claimed = claim(database, accept(database))
        ended: list[str] = []
        start = threading.Barrier(2)

        def stop(
            job_id: str = claimed.job_id, at: threading.Barrier = start, said: list[str] = ended
        ) -> None:
            at.wait()
            try:
                with database.write() as session:
                    jobs.cancel(session, job_id)
                said.append("REVOKED")
            except AlreadyFinished:
                pass

        def end(owned: jobs.Claim = claimed, at: threading.Barrier = start, said: list[str] = ended) -> None:
            at.wait()
            with database.write() as session:
                done = jobs.finish(session, owned, {"x": 1})
            if done:
                said.append("SUCCESS")

        threads = [threading.Thread(target=stop), threading.Thread(target=end)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with database.read() as session:
            found = jobs.get(session, claimed.job_id)
        assert ended == [found.status]
        assert (found.result is not None) == (found.status == "SUCCESS")


def test_the_list_is_newest_first_filtered_and_paged_without_gaps(database: Database) -> None:
    ids = [accept(database, "sync" if i % 2 else "report", "A" if i < 4 else "B") for i in range(6)]
    with database.read() as session:
        seen: list[str] = []
        before = None
        while page := jobs.newest(session, limit=2, before=before):
            seen += [job.id for job in page]
            before = jobs.parse_cursor(jobs.cursor_of(page[-1]))
        assert sorted(seen) == sorted(ids)
        assert len(seen) == len(set(seen))
        stamps = [jobs.get(session, i).created_at for i in seen]
        assert stamps == sorted(stamps, reverse=True)
        assert {j.id for j in jobs.newest(session, limit=9, kind="sync", team_id="A")} == {ids[1], ids[3]}
        assert jobs.newest(session, limit=9, status="FAILURE") == []


@pytest.mark.parametrize("cursor", ["", "x", "2026-01-01~", "~", "2026-01-01T00:00:00Z~nope", "é~\x00"])
def test_a_foreign_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput):
        jobs.parse_cursor(cursor)


def test_two_workers_of_one_name_are_told_apart_from_one_that_came_after_another(database: Database) -> None:
    def says(process: str, *, again: bool) -> bool:
        with database.write() as session:
            return workers.seen(
                session, "w@h", queues=("reports",), pool="solo", process=process, again=again
            )

    def warnings() -> list[str]:
        with database.read() as session:
            return [w.warning for w in workers.fresh(session)]

    assert not says("died", again=False)
    assert not says("a", again=False)
    assert not says("a", again=True)
    assert warnings() == [""]
    assert not says("b", again=False)  # as one that was started in the place of the other
    assert says("a", again=True)
    assert "several workers are called w@h" in warnings()[0]
    with database.write() as session:
        session.execute(update(WorkerSeen).values(shared_at=database_time(-timedelta(minutes=2))))
    assert not says("a", again=True)
    assert warnings() == [""]
    for process, left in (("b", [""]), ("a", [])):  # the one that stops takes no row of the other
        with database.write() as session:
            workers.gone(session, "w@h", process=process)
        assert warnings() == left
