"""The fault scenarios. Each starts real components, breaks something, and returns a row of the table.

With ``arena.full`` the sizes are those of the published table and leases run out by themselves; otherwise they are
small and a lease is made to run out at once.
"""

from __future__ import annotations

import random
import signal
import socket
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from multiprocessing import get_context

import httpx
import psycopg
from sqlalchemy import func, select

from faults import job_model
from faults.rig import REPORT, Arena, Rig, Verdict
from hansei.db.models import FINAL, STATUSES, IdempotencyKey, Job, Rendering
from support.waiting import until

KILLING_SECONDS = 400.0
"""After this long the full F2 lets a worker live."""


@dataclass(frozen=True)
class Row:
    """One line of the table. ``recovery`` and ``target`` in seconds; ``checks`` are further promises."""

    fault: str
    verdict: Verdict
    recovery: float | None = None
    target: float | None = None
    checks: Mapping[str, bool] = field(default_factory=dict)
    note: str = ""

    @property
    def held(self) -> bool:
        """True where nothing was lost or doubled, recovery was in time and every check holds."""
        in_time = self.recovery is None or self.target is None or self.recovery <= self.target
        return self.verdict.clean and in_time and all(self.checks.values())

    @property
    def broken(self) -> list[str]:
        """What did not hold."""
        found = [f"not true: {what}" for what, held in self.checks.items() if not held]
        wrong = ("lost", "duplicated", "overdue", "bad_answers")
        found += [f"{n}: {listed[:3]}" for n in wrong if (listed := getattr(self.verdict, n))]
        if self.recovery is not None and self.target is not None and self.recovery > self.target:
            found.append(f"recovered after {self.recovery:.1f} s, not within {self.target:g} s")
        return found


def percentile(values: list[float], share: float) -> float:
    """Return the nearest-rank percentile; infinity of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("inf")


def since(moment: float) -> float:
    """Return the seconds since a monotonic moment."""
    return time.monotonic() - moment


@contextmanager
def sustained(rig: Rig, rate: float) -> Iterator[None]:
    """Hand tasks in at a steady rate for as long as the block lasts, whatever the answers take."""
    over = threading.Event()
    with ThreadPoolExecutor(64) as pool:

        def pace() -> None:
            begun = time.monotonic()
            for n in count():
                if over.wait(max(0.0, begun + n / rate - time.monotonic())):
                    return
                pool.submit(rig.submit)

        thread = threading.Thread(target=pace)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()


def lapse(arena: Arena, rig: Rig, job_id: str) -> None:
    """Let a lease run out: by itself in the full campaign, at once in the short one."""
    if not arena.full:
        rig.expire(job_id)


# ---------------------------------------------------------------- workers


def pool_child_killed(arena: Arena) -> Row:
    with arena.rig() as rig:
        _, worker = rig.all_up(concurrency=1, slow="sleep:2")
        job_id = rig.one()
        rig.running(job_id, stage="writing")
        killed = time.monotonic()
        for child in worker.pool():
            child.kill()
        lapse(arena, rig, job_id)
        row = rig.ended(job_id)
        took = since(killed)
        checks = {"ran a second time and succeeded": (row.status, row.attempt) == ("SUCCESS", 2)}
        return Row("F1 kill -9 of a pool child in mid-report", rig.judge(), took, 30, checks)


def worker_group_killed_again_and_again(arena: Arena) -> Row:
    size, seed = (1500, 1) if arena.full else (40, 1)
    chance = random.Random(seed)
    kills = 0
    settings = {"max_crashes": "20"} if arena.full else {}
    with arena.rig(**settings) as rig:
        _, worker = rig.all_up()
        worker.kill()
        rig.submit_many(size)
        most, seconds = (1000, KILLING_SECONDS) if arena.full else (2, 60.0)
        begun = time.monotonic()
        while not rig.all_ended() and kills < most and since(begun) < seconds:
            worker = rig.worker()
            time.sleep(chance.uniform(0.2, 1.0))  # the fault itself: a moment after readiness
            worker.kill()
            kills += 1
        left = sum(status not in FINAL for status, _, _ in rig.jobs().values())
        if left:  # a machine too slow for its work to be done between the kills
            for job_id in list(rig.jobs()):
                lapse(arena, rig, job_id)
            rig.worker()
            rig.wait_for_all(seconds=300, every=0.5)
        verdict = rig.judge(seconds=60)
        worst = max(attempts for _, attempts, _ in rig.jobs().values())
        checks = {"every job succeeded": verdict.statuses == {"SUCCESS": size}}
        note = f"{kills} kills, at most {worst} attempts of one job; {size - left} jobs done before the last kill"
        return Row(
            "F2 kill -9 of the whole worker group 0.2–1 s after each readiness",
            verdict,
            None,
            None,
            checks,
            note,
        )


def worker_stopped_past_its_lease(arena: Arena) -> Row:
    with arena.rig() as rig:
        _, old = rig.all_up(concurrency=1, slow="sleep:2")
        job_id = rig.one()
        rig.running(job_id, stage="writing")
        old.signal_group(signal.SIGSTOP)
        stopped = time.monotonic()
        rig.worker(concurrency=1)
        lapse(arena, rig, job_id)
        row = rig.ended(job_id)
        took = since(stopped)
        old.signal_group(signal.SIGCONT)
        until("the old worker gives up", lambda: old.said("job_given_up") or old.said("worker_process_ended"))
        checks = {
            "another worker finished it": (row.status, row.attempt) == ("SUCCESS", 2),
            "the old one's write was refused": rig.row(job_id).attempt == 2,
        }
        return Row("F3 SIGSTOP of a worker past its lease, then SIGCONT", rig.judge(), took, 30, checks)


def worker_told_to_stop(arena: Arena, pool: str) -> Row:
    with arena.rig() as rig:
        _, first = rig.all_up(pool=pool, concurrency=1, slow="sleep:60")
        job_id = rig.one()
        rig.running(job_id, stage="writing")
        rig.worker(pool=pool, concurrency=1, slow="sleep:0.1")
        told = time.monotonic()
        first.signal(signal.SIGTERM)
        rig.running(job_id, attempt=2)
        elsewhere = since(told)
        first.process.wait(20)
        ended = since(told)
        row = rig.ended(job_id)
        checks = {"the worker ended within 12 s": ended <= 12, "no crash was counted": row.crashes == 0}
        return Row(
            f"F4 SIGTERM in mid-job, {pool}",
            rig.judge(),
            elsewhere,
            5,
            checks,
            f"worker ended after {ended:.1f} s",
        )


def job_that_kills_its_worker(arena: Arena) -> Row:
    with arena.rig() as rig:
        rig.all_up(concurrency=1, slow="die")
        job_id = rig.one()
        begun = time.monotonic()
        for attempt in (1, 2, 3):
            until(f"attempt {attempt}", lambda n=attempt: rig.row(job_id).attempt == n, seconds=60)  # type: ignore[misc]
            lapse(arena, rig, job_id)
        row = rig.ended(job_id)
        checks = {
            "failed after three attempts": (row.status, row.attempt) == ("FAILURE", 3),
            "says why": row.error_type == "WorkerDied" and "3 times" in (row.error or ""),
        }
        return Row("F20 a job that kills its worker", rig.judge(), since(begun), 90, checks)


def job_that_ignores_its_limit(arena: Arena) -> Row:
    limit = 5.0 if arena.full else 1.0
    with arena.rig() as rig:
        rig.all_up(concurrency=1, app="faults.rigged_worker", slow="block:300", HANSEI_TEST_LIMIT=str(limit))
        job_id = rig.one()
        rig.running(job_id)
        begun = time.monotonic()
        row = rig.ended(job_id)
        took = since(begun)
        checks = {"failed with the reason": (row.status, row.error_type) == ("FAILURE", "TimeLimit")}
        return Row("F21 a job that holds signals back past its limit", rig.judge(), took, limit + 10, checks)


# ---------------------------------------------------------------- broker


def broker_restarted_idle(arena: Arena) -> Row:
    with arena.rig() as rig:
        _, worker = rig.all_up()
        rig.ended(rig.one())
        rig.broker.stop()
        # Asked now: the worker may be back before it is noticed here that the broker is.
        seen_before = rig.seen_at(worker)
        rig.broker.start()
        job_id = rig.one()
        begun = time.monotonic()
        row = rig.ended(job_id)
        took = since(begun)
        until("the worker says again that it lives", lambda: rig.seen_at(worker) > seen_before, seconds=10)
        checks = {"it succeeded": row.status == "SUCCESS", "no worker is gone": worker.alive}
        return Row("F5 broker restarted while idle", rig.judge(), took, 10, checks)


def broker_restarted_under_load(arena: Arena) -> Row:
    times = 6 if arena.full else 2
    took: list[float] = []
    with arena.rig() as rig:
        api, worker = rig.all_up()
        for _ in range(times):
            rig.submit_many(40, at_once=16)
            rig.broker.stop()
            rig.broker.start()
            last = rig.one()
            begun = time.monotonic()
            rig.ended(last)
            took.append(since(begun))
        verdict = rig.judge()
        checks = {
            "every job succeeded": set(verdict.statuses) == {"SUCCESS"},
            "no process is gone": worker.alive and api.alive,
        }
        return Row(
            f"F6 broker restarted {times} times with jobs in flight",
            verdict,
            max(took),
            10,
            checks,
            "worst of all",
        )


def broker_frozen(arena: Arena) -> Row:
    seconds, rate, allowed = (20.0, 10.0, 0.25) if arena.full else (3.0, 10.0, 2.0)
    with arena.rig() as rig:
        rig.all_up()
        rig.ended(rig.one())
        rig.answers.took.clear()
        rig.broker.freeze()
        with sustained(rig, rate):
            time.sleep(seconds)  # the fault itself
        p99 = percentile(rig.answers.took, 0.99)
        rig.broker.thaw()
        begun = time.monotonic()
        rig.wait_for_all(seconds=60)
        took = since(begun)
        verdict = rig.judge()
        checks = {
            f"submit p99 below {allowed * 1000:.0f} ms": p99 < allowed,
            "every submission was accepted": not rig.answers.refused,
        }
        note = f"submit p99 {p99 * 1000:.0f} ms meanwhile"
        return Row(
            f"F7 broker frozen for {seconds:.0f} s at {rate:.0f} submissions/s",
            verdict,
            took,
            10,
            checks,
            note,
        )


def half_open_sockets(arena: Arena) -> Row:
    with arena.rig() as rig:
        api, worker = rig.all_up()
        rig.ended(rig.one())
        dead = rig.proxy.cut()
        begun = time.monotonic()
        row = rig.ended(rig.one())
        took = since(begun)
        checks = {
            "connections were cut": dead >= 2,
            "it succeeded": row.status == "SUCCESS",
            "no process is gone": worker.alive and api.alive,
        }
        return Row(
            "F8 every connection to the broker half-open",
            rig.judge(),
            took,
            15,
            checks,
            f"{dead} connections",
        )


def broker_flushed(arena: Arena) -> Row:
    size, names = (500, 5) if arena.full else (40, 1)
    with arena.rig() as rig:
        for i in range(names):
            rig.add_team(f"team{i}")
        _, worker = rig.all_up()
        worker.signal_group(signal.SIGSTOP)
        rig.submit_many(size, team=lambda i: f"team{i % names}")
        # One message a queue may be on its way to the worker that stands still.
        until("the messages are sent", lambda: queued(rig) >= size - 1)
        rig.broker.flush()
        flushed = time.monotonic()
        worker.signal_group(signal.SIGCONT)
        rig.wait_for_all(seconds=90)
        took = since(flushed)
        verdict = rig.judge()
        checks = {"every job succeeded": verdict.statuses == {"SUCCESS": size}}
        return Row(f"F10 FLUSHALL with {size} queued", verdict, took, 30, checks)


def queued(rig: Rig) -> int:
    """Return how many messages wait in the broker."""
    import redis

    with closing(redis.Redis(port=rig.broker.port)) as client:
        return sum(int(client.llen(q)) for q in ("reports", "metrics", "maintenance"))


def broker_down(arena: Arena) -> Row:
    size = 1000 if arena.full else 60
    with arena.rig() as rig:
        rig.all_up()
        rig.broker.stop()
        rig.submit_many(size)
        ready = rig.http.get("/ready").json()
        rig.broker.start()
        begun = time.monotonic()
        first_done = until("a job is done", lambda: done(rig) and since(begun), seconds=60)
        rig.wait_for_all(seconds=120, every=0.3)
        verdict = rig.judge()
        checks = {
            "every submission was accepted": verdict.jobs == size,
            "/ready said degraded": ready["status"] == "degraded",
            "every job succeeded": verdict.statuses == {"SUCCESS": size},
        }
        note = f"all done {since(begun):.1f} s after the broker was back"
        return Row(f"F11 broker down, {size} submissions", verdict, first_done, 10, checks, note)


def done(rig: Rig) -> bool:
    """Say whether any job has succeeded."""
    return any(status == "SUCCESS" for status, _, _ in rig.jobs().values())


# ---------------------------------------------------------------- database


def postgres_restarted(arena: Arena) -> Row:
    from faults.postgres import own_postgres

    with own_postgres() as server, arena.rig(url=server.url) as rig:
        rig.all_up()
        rig.ended(rig.one())
        with sustained(rig, 20):
            until("load runs", lambda: len(rig.answers.accepted) > 20)
            server.restart()
            begun = time.monotonic()
            before = len(rig.answers.accepted)
            until("tasks are accepted again", lambda: len(rig.answers.accepted) > before)
            healed = since(begun)
            until("load goes on", lambda: len(rig.answers.accepted) > before + 20)
            refused_before = len(rig.answers.refused)
            until("load goes on", lambda: len(rig.answers.accepted) > before + 60)
        refused = len(rig.answers.refused)
        verdict = rig.judge()
        checks = {
            "only 503 with Retry-After": set(rig.answers.refused) <= {503},
            "none refused once healed": refused == refused_before,
            "every job succeeded": set(verdict.statuses) == {"SUCCESS"},
        }
        return Row(
            "F13 PostgreSQL restarted under load",
            verdict,
            healed,
            10,
            checks,
            f"{refused} answered 503 meanwhile",
        )


def database_connections_killed(arena: Arena) -> Row:
    with arena.rig() as rig:
        _, worker = rig.all_up(concurrency=1, slow="sleep:2")
        job_id = rig.one()
        rig.running(job_id, stage="writing")
        killed = time.monotonic()
        cut = kill_backends(rig)
        row = rig.ended(job_id)
        took = since(killed)
        checks = {
            "backends were killed": cut >= 1,
            "it succeeded": row.status == "SUCCESS",
            "worker": worker.alive,
        }
        return Row(
            "F14 database connections killed between compute and commit", rig.judge(), took, 30, checks,
            f"{cut} connections",
        )  # fmt: skip


def kill_backends(rig: Rig) -> int:
    """End every connection to the rig's PostgreSQL database but our own."""
    rig.database.read_engine.dispose()
    rig.database.write_engine.dispose()  # what looks on must not be hit: a server ends its connections a little later
    url = rig.database.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as connection:
        query = (
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        found = connection.execute(query).fetchone()
        return int(found[0]) if found else 0


def sqlite_locked(arena: Arena) -> Row:
    seconds = 30.0 if arena.full else 6.5
    with arena.rig("sqlite") as rig:
        rig.all_up()
        rig.ended(rig.one())
        before = len(rig.jobs())
        rig.answers.took.clear()
        with closing(sqlite3.connect(str(rig.database.url.database), isolation_level=None)) as writer:
            writer.execute("BEGIN IMMEDIATE")
            begun = time.monotonic()
            refused = [rig.submit()]
            while since(begun) < seconds:
                refused.append(rig.submit())
            stored = len(rig.jobs()) - before
            writer.execute("ROLLBACK")
        longest = max(rig.answers.took)
        freed = time.monotonic()
        row = rig.ended(rig.one())
        checks = {
            "nothing was accepted, nothing half-written": stored == 0
            or stored == sum(1 for i in refused if i),
            "answered 503 with Retry-After": 503 in rig.answers.refused and not rig.answers.bad,
            "bounded wait (≤ 12 s)": longest <= 12,
            "it succeeded": row.status == "SUCCESS",
        }
        return Row(
            f"F15 SQLite locked {seconds:.0f} s by another writer", rig.judge(), since(freed), 10, checks,
            f"longest answer {longest:.1f} s",
        )  # fmt: skip


def disk_full(arena: Arena) -> Row:
    with arena.rig("sqlite") as rig:
        full = rig.home / "full"
        rig.all_up(concurrency=1, app="faults.full_disk_worker", HANSEI_TEST_FULL=str(full))
        number = (rig.ended(rig.one()).result or {})["report_id"]
        full.touch()
        refused = rig.http.get(f"/reports/{number}.pdf", timeout=60)
        with rig.database.read() as session:
            exported = session.scalars(select(Job).where(Job.kind == "export")).one()
            left = session.scalar(select(func.count()).select_from(Rendering))
        full.unlink()
        freed = time.monotonic()
        given = rig.http.get(f"/reports/{number}.pdf", timeout=60)
        took = since(freed)
        checks = {
            "the task failed, by name": (exported.status, exported.error_type) == ("FAILURE", "StorageFull"),
            "its sentence says what to do": "full" in (exported.error or "")
            and "Make room" in (exported.error or ""),
            "the reader is told the same": refused.status_code == 503 and "Make room" in refused.text,
            "nothing was kept of it": left == 0,
            "the next one works": given.status_code == 200 and given.content.startswith(b"%PDF-"),
        }
        return Row("F25 disk full while storing an export", rig.judge(), took, 30, checks)


# ---------------------------------------------------------------- submitting


def api_killed(arena: Arena, point: str) -> Row:
    name = {
        "before": "F16 API killed between commit and publish",
        "after": "F17 API killed between publish and mark",
    }[point]
    with arena.rig() as rig:
        api, _ = rig.all_up()
        api.kill()
        dying = rig.start("-m", "faults.dying_api", point, log="dying")
        rig.wait_for_api(dying)
        with suppress(httpx.TransportError):  # it may die before it has answered
            rig.submit(key="once")
        dying.process.wait(20)
        begun = time.monotonic()
        rig.all_up()
        job_id = rig.submit(key="once")
        assert job_id is not None
        row = rig.ended(job_id)
        took = since(begun)
        checks = {
            "it was killed there": dying.process.returncode == -signal.SIGKILL,
            "the retry gave the same job": len(rig.jobs()) == 1,
            "it succeeded": row.status == "SUCCESS",
        }
        return Row(name, rig.judge(), took, 15, checks, "recovery includes the start of a new API")


def identical_posts(arena: Arena) -> Row:
    with arena.rig() as rig:
        rig.all_up()
        with ThreadPoolExecutor(32) as pool:
            ids = list(pool.map(lambda _: rig.submit(key="same"), range(100)))
        verdict = rig.judge()
        checks = {
            "100 answers with one id": len(ids) == 100 and len(set(ids)) == 1 and None not in ids,
            "one job": len(rig.jobs()) == 1,
        }
        return Row("F18 100 identical POSTs at once with one Idempotency-Key", verdict, None, None, checks)


def client_gone(arena: Arena) -> Row:
    times = 20 if arena.full else 5
    with arena.rig() as rig:
        rig.all_up()
        ids = []
        for n in range(times):
            send_and_leave(rig.port, f"gone{n}")
            until("the job is there", lambda n=n: keyed(rig, f"gone{n}"))  # type: ignore[misc]
            ids.append((keyed(rig, f"gone{n}"), rig.submit(key=f"gone{n}")))
        checks = {
            "the retry gives the same id": all(a == b for a, b in ids),
            "one job each": len(rig.jobs()) == times,
        }
        return Row("F19 client gone after sending, then a retry", rig.judge(), None, None, checks)


def send_and_leave(port: int, key: str) -> None:
    """Send a whole request and close without reading the answer."""
    body = b'{"team_id": "T", "sprint_count": 12}'
    head = (
        f"POST {REPORT} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        f"Idempotency-Key: {key}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head.encode() + body)


def keyed(rig: Rig, key: str) -> str | None:
    """Return the job that a key belongs to."""
    with rig.database.read() as session:
        return session.scalar(select(IdempotencyKey.job_id).where(IdempotencyKey.key == key))


# ---------------------------------------------------------------- cancelling


def cancelled_everywhere(arena: Arena) -> Row:
    with arena.rig() as rig:
        _, worker = rig.all_up(concurrency=1, slow="sleep:30")
        worker.kill()
        no_worker = rig.one()
        checks = {"cancelled with no worker up": cancel(rig, no_worker) == 200}
        rig.all_up(concurrency=1, slow="sleep:30")
        running = rig.one()
        rig.running(running, stage="writing")
        waiting, after = rig.one(), rig.one()
        checks["cancelled while queued"] = cancel(rig, waiting) == 200
        checks["cancelled while running"] = cancel(rig, running) == 200
        begun = time.monotonic()
        rig.running(after)
        free = since(begun)
        checks["cancelled once more: 409"] = cancel(rig, running) == 409
        cancel(rig, after)
        verdict = rig.judge()
        checks["all say REVOKED, over HTTP too"] = verdict.statuses == {"REVOKED": 4} and all(
            rig.http.get(f"/tasks/status/{i}").json()["status"] == "REVOKED" for i in rig.answers.accepted
        )
        return Row(
            "F22 cancelled: no worker, queued, running",
            verdict,
            free,
            2,
            checks,
            "recovery: until the slot is free",
        )


def cancel(rig: Rig, job_id: str) -> int:
    """Cancel over HTTP; return the status code."""
    return rig.http.delete(f"/tasks/{job_id}").status_code


def cancel_racing_completion(arena: Arena) -> Row:
    size = 1000 if arena.full else 30
    chance = random.Random(3)
    wrong: list[str] = []
    won = 0
    with arena.rig() as rig:
        rig.all_up()
        rig.ended(rig.one())

        def race(_: int) -> bool:
            job_id = rig.submit()
            assert job_id is not None
            time.sleep(chance.uniform(0, 0.25))  # the race itself
            code = cancel(rig, job_id)
            status = rig.http.get(f"/tasks/status/{job_id}").json()["status"]
            if (code, status) not in ((200, "REVOKED"), (409, "SUCCESS")):
                wrong.append(f"{job_id}: {code}, {status}")
            return code == 200

        with ThreadPoolExecutor(3) as pool:
            won = sum(pool.map(race, range(size)))
        verdict = rig.judge()
        checks = {
            "the answer is what became of it": not wrong,
            "both happened": not arena.full or 0 < won < size,
            "as many REVOKED as said": verdict.statuses.get("REVOKED", 0) == won,
        }
        note = f"{won} cancelled, {size - won} finished first"
        return Row(f"F23 cancel racing completion, {size} times", verdict, None, None, checks, note)


# ---------------------------------------------------------------- random steps


def random_steps(arena: Arena) -> Row:
    steps = 10_000 if arena.full else 500
    urls = [arena.new_database(kind) for kind in ("sqlite", "postgres")]
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        done = list(pool.map(job_model.drive, urls, [steps, steps]))
    reached: Counter[str] = sum((d.reached for d in done), Counter())
    taken = min(d.steps for d in done)
    verdict = Verdict(reached["PENDING"], dict(reached), [], [], [], [])
    checks = {
        f"{steps} steps on each": taken >= steps,
        "every status was reached": set(reached) == set(STATUSES),
    }
    note = f"at least {taken} on SQLite and on PostgreSQL, none illegal"
    return Row(
        "F35 random steps of submit, cancel, claim, expire, finish, crash", verdict, None, None, checks, note
    )


# ---------------------------------------------------------------- schedulers


def two_schedulers(arena: Arena) -> Row:
    with arena.rig() as rig:
        rig.all_up()
        beats = [rig.beat(HANSEI_REPORT_RETENTION_DAYS="30") for _ in range(4 if arena.full else 2)]
        log = beats[0].log
        looked = "calendar_looked"
        until(
            "all have looked", lambda: log.read_text(encoding="utf-8").count(looked) >= len(beats), seconds=40
        )
        rig.answers.accepted += list(rig.jobs())
        verdict = rig.judge()
        checks = {"one run": verdict.statuses == {"SUCCESS": 1}, "all live": all(b.alive for b in beats)}
        return Row(f"F31 {len(beats)} schedulers at once", verdict, None, None, checks)


Scenario = Callable[[Arena], Row]
#: In an order in which neighbours need the same worker.
SCENARIOS: dict[str, Scenario] = {
    "F5": broker_restarted_idle,
    "F6": broker_restarted_under_load,
    "F7": broker_frozen,
    "F8": half_open_sockets,
    "F10": broker_flushed,
    "F11": broker_down,
    "F18": identical_posts,
    "F19": client_gone,
    "F23": cancel_racing_completion,
    "F31": two_schedulers,
    "F16": lambda arena: api_killed(arena, "before"),
    "F17": lambda arena: api_killed(arena, "after"),
    "F2": worker_group_killed_again_and_again,
    "F1": pool_child_killed,
    "F3": worker_stopped_past_its_lease,
    "F14": database_connections_killed,
    "F4-prefork": lambda arena: worker_told_to_stop(arena, "prefork"),
    "F4-solo": lambda arena: worker_told_to_stop(arena, "solo"),
    "F20": job_that_kills_its_worker,
    "F21": job_that_ignores_its_limit,
    "F22": cancelled_everywhere,
    "F13": postgres_restarted,
    "F15": sqlite_locked,
    "F25": disk_full,
    "F35": random_steps,
}
