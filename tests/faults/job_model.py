"""Random steps of the job's life against both real databases: no illegal transition, ever (F35).

A step is one call of a door, a worker, the relay or the sweep, chosen at random, also by those who no longer own what
they think they own. After each, every row is compared with what it was before.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import timedelta

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import select, update

from hansei import jobs
from hansei.db.models import FINAL, Job
from hansei.db.session import Database
from hansei.db.types import database_time
from hansei.errors import AlreadyFinished

STEPS_OF_A_LIFE = 50
LEGAL = {
    "PENDING": {"PENDING", "STARTED", "REVOKED"},
    "STARTED": {"STARTED", "RETRY", "SUCCESS", "FAILURE", "REVOKED"},
    "RETRY": {"RETRY", "STARTED", "REVOKED"},
    "SUCCESS": {"SUCCESS"},
    "FAILURE": {"FAILURE"},
    "REVOKED": {"REVOKED"},
}
database: Database


@dataclass
class Driven:
    """What random steps did: how many there were, and how often a task came into each status."""

    steps: int = 0
    reached: Counter[str] = field(default_factory=Counter)


class JobLife(RuleBasedStateMachine):
    """Doors, workers, deaths and sweeps, in any order."""

    driven = Driven()
    tasks = Bundle("tasks")
    claims = Bundle("claims")

    def __init__(self) -> None:
        super().__init__()
        self.seen: dict[str, jobs.JobView] = {}
        self.results: dict[str, list[int]] = {}
        self.marks = 0

    @rule(target=tasks, kind=st.sampled_from(["report", "sync", "cleanup"]))
    def submit(self, kind: jobs.Kind) -> str:
        with database.write() as session:
            return jobs.accept(session, kind, "T", {}).id

    @rule(target=claims, task=tasks)
    def claim(self, task: str) -> jobs.Claim:
        with database.write() as session:
            claimed = jobs.claim(session, task, "w")
            attempt = jobs.get(session, task).attempts
        # A claim that was refused still yields a stale one: a worker that believes it owns the job.
        return claimed or jobs.Claim(task, "report", "T", {}, attempt - 1, 0)

    @rule(claimed=claims, percent=st.integers(-5, 150))
    def beat(self, claimed: jobs.Claim, percent: int) -> None:
        with database.write() as session:
            jobs.heartbeat(session, claimed, percent=max(0, min(99, percent)), stage="x")

    @rule(claimed=claims)
    def finish(self, claimed: jobs.Claim) -> None:
        self.marks += 1
        with database.write() as session:
            if jobs.finish(session, claimed, {"mark": self.marks}):
                self.results.setdefault(claimed.job_id, []).append(self.marks)

    @rule(task=tasks)
    def claim_and_finish(self, task: str) -> None:
        with database.write() as session:
            claimed = jobs.claim(session, task, "quick")
        self.every_step_was_legal()
        if claimed is not None:
            self.finish(claimed)
            assert self.look(task) == "SUCCESS"

    @rule(claimed=claims)
    def fail(self, claimed: jobs.Claim) -> None:
        with database.write() as session:
            jobs.fail(session, claimed, "X", "x")

    @rule(claimed=claims, seconds=st.sampled_from([-1, 0, 400]))
    def retry(self, claimed: jobs.Claim, seconds: int) -> None:
        with database.write() as session:
            jobs.retry(session, claimed, after=timedelta(seconds=seconds), error_type="X", error="x")

    @rule(claimed=claims)
    def hand_over(self, claimed: jobs.Claim) -> None:
        with database.write() as session:
            jobs.hand_over(session, claimed)

    @rule(task=tasks)
    def cancel(self, task: str) -> None:
        before = self.look(task)
        try:
            with database.write() as session:
                jobs.cancel(session, task)
            assert before not in FINAL
        except AlreadyFinished:
            assert before in FINAL

    @rule(task=tasks)
    def worker_goes_silent(self, task: str) -> None:
        with database.write() as session:
            past = database_time(-timedelta(seconds=1))
            session.execute(
                update(Job).where(Job.id == task, Job.status == "STARTED").values(lease_until=past)
            )

    @rule(some=st.integers(1, 3))
    def ring(self, some: int) -> None:
        with database.write() as session:
            jobs.mark_published(session, [b.job_id for b in jobs.bells(session, limit=some).now])

    @rule()
    def sweep(self) -> None:
        with database.write() as session:
            jobs.requeue_expired(session)

    def look(self, task: str) -> str:
        with database.read() as session:
            return jobs.get(session, task).status

    @invariant()
    def every_step_was_legal(self) -> None:
        self.driven.steps += 1
        with database.read() as session:
            for job in jobs.newest(session, limit=60):
                before = self.seen.get(job.id)
                self.driven.reached[job.status] += before is None or before.status != job.status
                if before is not None:
                    assert job.status in LEGAL[before.status], (before.status, job.status)
                    assert job.percent >= before.percent
                    assert job.attempts >= before.attempts
                assert (job.result is not None) == (job.status == "SUCCESS")
                assert (job.error_type is not None) or job.status != "FAILURE"
                assert (job.finished_at is not None) == (job.status in FINAL)
                assert len(self.results.get(job.id, [])) <= 1
                if job.result is not None:
                    assert [job.result["mark"]] == self.results[job.id]
                self.seen[job.id] = job

    @invariant()
    def no_waiting_job_is_forgotten(self) -> None:
        with database.read() as session:
            due = select(Job.id).where(Job.status.in_(jobs.WAITING), Job.run_at <= database_time())
            waiting = set(session.scalars(due))
            rung = [*jobs.bells(session).now, *jobs.unanswered(session, after=-timedelta(seconds=1))]
        assert waiting <= {b.job_id for b in rung}

    def teardown(self) -> None:
        with database.write() as session:
            session.query(Job).delete()


def drive(url: str, steps: int) -> Driven:
    """Take at least so many random steps on a migrated database; the same ones every time.

    Raises:
        AssertionError: a step was not legal.
    """
    global database
    database, JobLife.driven = Database(url), Driven()
    try:
        run_state_machine_as_test(
            JobLife,
            settings=settings(
                max_examples=1 + steps // STEPS_OF_A_LIFE,
                stateful_step_count=STEPS_OF_A_LIFE,
                deadline=None,
                derandomize=True,
                database=None,
                phases=(Phase.generate, Phase.shrink),
                suppress_health_check=list(HealthCheck),
            ),
        )
    finally:
        database.close()
    return JobLife.driven
