"""The server as a process of its own: start, refusals, memory, stop."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil
import pytest
import redis
from sqlalchemy import update

from conftest import free_port
from hansei.api.serve import serve
from hansei.db.models import Job
from hansei.db.session import Database
from hansei.errors import SetupError, StaleSchema
from support import databases, servers, stack
from support.http_api import client, running, wired
from support.waiting import until

PROGRAM = """
import sys
from hansei.api.serve import serve
from hansei.bootstrap import wire

def ready(host, port):
    print(port, sorted({"numpy", "scipy"} & set(sys.modules)), flush=True)

serve(wire(), host=sys.argv[1], port=0, ready=ready)
"""
MB = 1024 * 1024


@contextmanager
def api_process(environ: dict[str, str]) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """Run the server as a child; yield it, its address, and what it had loaded when it was ready."""
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, "127.0.0.1"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert child.stdout is not None
    assert child.stderr is not None
    try:
        line = child.stdout.readline().strip()
        assert line, child.stderr.read()
        port, _, loaded = line.partition(" ")
        yield child, f"http://127.0.0.1:{port}", loaded
    finally:
        child.kill()
        child.wait(10)
        child.stdout.close()
        child.stderr.close()


def test_the_process_is_lean_and_stops_cleanly_with_a_stream_open(database_url: str, broker_url: str) -> None:
    with api_process(stack.environment(database_url, broker_url)) as (child, url, loaded):
        assert loaded == "[]"  # the statistics are for workers
        with client(url) as http:
            for _ in range(100):
                assert http.post("/tasks/metrics/sync").status_code == 202
            assert http.get("/ready").json()["status"] == "degraded"
            rss = psutil.Process(child.pid).memory_info().rss
            assert rss <= 130 * MB, rss / MB
            task_id = http.post("/tasks/metrics/sync").json()["task_id"]
            with http.stream("GET", f"/tasks/{task_id}/events") as stream:
                lines = stream.iter_lines()
                assert next(lines) == "retry: 2000"
                os.kill(child.pid, signal.SIGTERM)
                started = time.monotonic()
                assert list(lines)
        assert child.wait(10) == 0
        assert time.monotonic() - started < 4
        assert child.stderr is not None
        assert child.stderr.read() == ""


def test_submitting_works_with_the_broker_away_and_readiness_says_so(tmp_path: Path) -> None:
    url = databases.sqlite(tmp_path / "a.db")
    environ = stack.environment(url, "redis://127.0.0.1:1/0")
    with api_process(environ) as (_, address, _loaded), client(address) as http:
        took = []
        for _ in range(50):
            before = time.perf_counter()
            assert http.post("/tasks/metrics/sync", json={}).status_code == 202
            took.append(time.perf_counter() - before)
        answer = http.get("/ready")
        assert answer.status_code == 200
        assert answer.json()["status"] == "degraded"
        checks = {c["name"]: c["ok"] for c in answer.json()["checks"]}
        assert checks == {"database": True, "migrations": True, "broker": False, "worker": False}
        assert sorted(took)[45] < 0.25


def test_a_stale_schema_is_said_with_the_command_to_run(tmp_path: Path, broker_url: str) -> None:
    wiring = wired(f"sqlite:///{tmp_path / 'empty.db'}", broker_url)
    with pytest.raises(StaleSchema, match="no tables") as refused:
        serve(wiring, host="127.0.0.1", port=0)
    assert "hansei db upgrade" in refused.value.remedy
    wiring.database.close()


def test_without_a_broker_the_start_is_refused(tmp_path: Path) -> None:
    wiring = wired(databases.sqlite(tmp_path / "a.db"), "")
    with pytest.raises(SetupError, match="No broker"):
        serve(wiring, host="127.0.0.1", port=0)
    wiring.database.close()


def test_a_taken_port_and_an_impossible_address_are_said(tmp_path: Path, broker_url: str) -> None:
    wiring = wired(databases.sqlite(tmp_path / "a.db"), broker_url)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(SetupError, match="Address already in use"):
            serve(wiring, host="127.0.0.1", port=taken.getsockname()[1])
    with pytest.raises(SetupError, match="Cannot listen on"):
        serve(wiring, host="203.0.113.1", port=0)
    for host in ("999.1.1.1", "no.such.host.invalid", "a..b"):
        with pytest.raises(SetupError, match="no address of a machine"):
            serve(wiring, host=host, port=0)
    wiring.database.close()


def test_an_address_that_others_reach_needs_a_token(tmp_path: Path, broker_url: str) -> None:
    wiring = wired(databases.sqlite(tmp_path / "a.db"), broker_url)
    with pytest.raises(SetupError, match="without a token"):
        serve(wiring, host="0.0.0.0", port=0)
    wiring.database.close()


def test_readiness_is_503_when_the_schema_is_stale_or_the_database_away(
    tmp_path: Path, broker_url: str
) -> None:
    path = tmp_path / "a.db"
    with api_process(stack.environment(databases.sqlite(path), broker_url)) as (_, address, _loaded):
        database = Database(f"sqlite:///{path}")
        with database.write() as session:
            session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0000'")
        database.close()
        answer = httpx.get(f"{address}/ready")
        assert answer.status_code == 503
        migrations = next(c for c in answer.json()["checks"] if c["name"] == "migrations")
        assert not migrations["ok"]
        assert httpx.get(f"{address}/health").json() == {"status": "ok"}


def test_no_file_is_made_where_the_database_was_moved_away(tmp_path: Path, broker_url: str) -> None:
    folder, away = tmp_path / "data", tmp_path / "away"
    folder.mkdir()
    url = databases.sqlite(folder / "hansei.db")
    with (
        api_process(stack.environment(url, broker_url)) as (_, address, _),
        client(address) as http,
    ):
        assert http.post("/tasks/metrics/sync").status_code == 202
        folder.rename(away)
        for _ in range(3):
            refused = http.post("/tasks/metrics/sync")
            assert refused.status_code == 503
            assert "The database file is gone" in refused.json()["detail"]
            assert http.get("/tasks").status_code == 503
        ready = http.get("/ready")
        assert ready.status_code == 503
        assert [c["ok"] for c in ready.json()["checks"] if c["name"] == "database"] == [False]
        assert not folder.exists()
        away.rename(folder)
        assert http.post("/tasks/metrics/sync").status_code == 202
        assert len(http.get("/tasks").json()["items"]) == 2


def checked(http: httpx.Client, name: str) -> tuple[int, str, bool, str]:
    """Return what readiness says: the code, the status, and of one check whether it is well, and its words."""
    answer = http.get("/ready")
    found = next(c for c in answer.json()["checks"] if c["name"] == name)
    return answer.status_code, answer.json()["status"], found["ok"], found["detail"]


def test_readiness_knows_of_a_full_disk_until_something_is_stored_again(
    tmp_path: Path, broker_url: str
) -> None:
    wiring = wired(databases.sqlite(tmp_path / "a.db"), broker_url)
    with running(wiring) as address, client(address) as http:

        def room(pages: int) -> None:
            with wiring.database.write_engine.connect() as connection:
                connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")

        room(1)  # no more than it has
        until("the disk is full", lambda: http.post("/tasks/metrics/sync").status_code == 503)
        code, status, well, said = checked(http, "database")
        assert (code, status, well) == (200, "degraded", False)
        assert "full" in said
        assert http.get("/tasks").status_code == 200
        with wiring.database.write() as session:
            session.execute(
                update(Job).values(percent=Job.percent)
            )  # needs no room, and so says nothing of it
        assert not checked(http, "database")[2]
        room(1_000_000)
        assert http.post("/tasks/metrics/sync").status_code == 202
        assert checked(http, "database")[2:] == (True, "answers")


def test_readiness_knows_of_a_broker_that_answers_and_takes_nothing(tmp_path: Path) -> None:
    port = free_port()
    server = servers.start_valkey(port, tmp_path)
    try:
        url = f"redis://127.0.0.1:{port}/0"
        environ = stack.environment(databases.sqlite(tmp_path / "a.db"), url)
        with (
            redis.Redis(port=port) as valkey,
            api_process(environ) as (_, address, _loaded),
            client(address) as http,
        ):
            assert checked(http, "broker")[2]
            valkey.config_set("maxmemory", 1)
            assert http.post("/tasks/metrics/sync").status_code == 202
            until("readiness knows", lambda: not checked(http, "broker")[2])
            code, status, _, said = checked(http, "broker")
            assert (code, status) == (200, "degraded")
            assert "takes no messages" in said
            valkey.config_set("maxmemory", 0)
            until("the message is there", lambda: valkey.llen("metrics") == 1)
            until("readiness knows", lambda: checked(http, "broker")[2])
    finally:
        server.kill()
        server.wait(10)
