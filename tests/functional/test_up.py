"""``hansei up`` for real: every process, every promise about starting and ending."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from support import processes
from support.processes import MARK, all_gone, marked, words
from support.waiting import until

START_SECONDS = 60


@dataclass(frozen=True)
class Running:
    """A running ``up``: the process, where it answers, its environment, its output."""

    process: subprocess.Popen[bytes]
    url: str
    environ: dict[str, str]
    log: Path

    def children(self, word: str) -> list[psutil.Process]:
        """Return its children (of any depth) with a word on their command line."""
        own = psutil.Process(self.process.pid)
        return [p for p in own.children(recursive=True) if word in words(p)]

    def call(self, method: str, path: str, **body: Any) -> httpx.Response:
        """Ask the API."""
        return httpx.request(method, self.url + path, timeout=20, trust_env=False, **body)

    def finished(self, task_id: str) -> dict[str, Any]:
        """Wait until a task has ended and return its status."""

        def look() -> dict[str, Any] | None:
            status: dict[str, Any] = self.call("GET", f"/tasks/status/{task_id}").json()
            return status if status["status"] in ("SUCCESS", "FAILURE", "REVOKED") else None

        return until(f"task {task_id} has ended", look, seconds=60)


@contextmanager
def up(folder: Path, *options: str, **more: str) -> Iterator[Running]:
    """Run ``hansei up`` on a free port until it says that it is ready."""
    environ = processes.clean_environment(HANSEI_DATA_DIR=str(folder / "data"), **more)
    log = folder / "up.log"
    port = ("--port", "0") if "--port" not in options else ()
    with processes.hansei("up", *port, *options, environ=environ, cwd=folder, log=log) as process:

        def ready() -> str | None:
            assert process.poll() is None, log.read_text()
            said = [line for line in log.read_text().splitlines() if line.startswith("Hansei is ready: ")]
            return said[0].removeprefix("Hansei is ready: ") if said else None

        url = until("up is ready", ready, seconds=START_SECONDS)
        yield Running(process, url, environ, log)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One ``up --sample`` for the tests that break nothing."""
    with up(tmp_path_factory.mktemp("up"), "--sample") as started:
        yield started


def generate(running: Running, **body: object) -> dict[str, Any]:
    """Send the mission document's first command's request."""
    answer = running.call("POST", "/tasks/reports/generate", json=body)
    assert answer.status_code == 202, answer.text
    accepted: dict[str, Any] = answer.json()
    return accepted


def test_the_four_printed_commands_in_their_order(running: Running) -> None:
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is not installed")

    def say(*words: str) -> Any:
        done = subprocess.run([curl, "-sS", *words], capture_output=True, text=True, timeout=30, check=True)
        return json.loads(done.stdout)

    as_json = ("-H", "Content-Type: application/json", "-d")
    first = """{
    "sprint_count": 5,
    "custom_context": "Team changed processes this quarter",
    "focus_metrics": ["team_happiness", "velocity"]
  }"""
    accepted = say("-X", "POST", f"{running.url}/tasks/reports/generate", *as_json, first)
    task_id = accepted["task_id"]
    assert accepted["status"] == "PENDING"
    assert accepted["message"] == f"Report generation task submitted successfully. Task ID: {task_id}"

    def status(task: str) -> Any:
        found = say(f"{running.url}/tasks/status/{task}")
        return found if found["status"] in ("SUCCESS", "FAILURE") else None

    done = until("the report is made", lambda: status(task_id), seconds=60)
    assert (done["task_id"], done["status"], done["error"]) == (task_id, "SUCCESS", None)
    result = done["result"]
    assert (result["status"], result["sprints_analyzed"]) == ("success", 5)
    assert set(result) >= {"report_id", "headline", "hypotheses_count", "experiments_count"}
    report = running.call("GET", f"/reports/{result['report_id']}").json()
    assert report["custom_context"] == "Team changed processes this quarter"

    third = """{
    "sprint_count": 10,
    "team_id": "TEAM-ALPHA",
    "force_refresh": true
  }"""
    accepted = say("-X", "POST", f"{running.url}/tasks/metrics/sync", *as_json, third)
    synced = until("the sync is done", lambda: status(accepted["task_id"]), seconds=60)
    counts = synced["result"]
    assert counts["sprints_fetched"] == 10
    assert counts["created"] + counts["updated"] + counts["skipped"] == 10

    # The fourth ends a task that has not ended: with the workers held still, it cannot have.
    workers = running.children("worker")
    for worker in workers:
        worker.suspend()
    try:
        accepted = say("-X", "POST", f"{running.url}/tasks/reports/generate", *as_json, first)
        cancelled = say("-X", "DELETE", f"{running.url}/tasks/{accepted['task_id']}")
    finally:
        for worker in workers:
            worker.resume()
    assert (cancelled["task_id"], cancelled["status"]) == (accepted["task_id"], "REVOKED")
    assert generate(running, sprint_count=5)["status"] == "PENDING"
    assert running.call("GET", f"/tasks/status/{accepted['task_id']}").json()["status"] == "REVOKED"
    ended = running.call("DELETE", f"/tasks/{task_id}")
    assert ended.status_code == 409
    assert running.call("GET", "/tasks/status/unknown").status_code == 404


def test_the_parts_run_under_their_command_names(running: Running) -> None:
    for name in ("api", "worker", "beat"):
        until(f"{name} runs", lambda name=name: running.children(name))  # type: ignore[misc]  # a default binds it
    assert len(running.children("worker")) == 3  # the worker and its two processes
    logs = Path(running.environ["HANSEI_DATA_DIR"]) / "logs"
    assert {p.stem for p in logs.glob("*.log")} == {"api", "worker", "beat", "broker", "sample"}


def test_a_second_up_is_refused_with_the_pid_of_the_first(running: Running, tmp_path: Path) -> None:
    second = processes.run("up", "--port", "0", environ=running.environ, cwd=tmp_path)
    assert second.returncode == 7
    assert f"pid {running.process.pid}" in second.stderr
    assert running.process.poll() is None


def test_doctor_sees_who_holds_the_lock(running: Running, tmp_path: Path) -> None:
    port = running.url.rsplit(":", 1)[1]
    done = processes.run("doctor", "--json", environ=running.environ | {"HANSEI_PORT": port}, cwd=tmp_path)
    seen = {f["what"]: f for f in json.loads(done.stdout)}
    assert f"pid {running.process.pid}, {running.url}" in seen["lock"]["says"]
    assert seen["workers"]["state"] == seen["port"]["state"] == "ok"


def test_commands_know_the_sample_that_runs(running: Running, tmp_path: Path) -> None:
    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return processes.run(*words, environ=running.environ, cwd=tmp_path)

    (listed,) = json.loads(run("source", "list", "--json").stdout)
    assert (listed["name"], listed["state"]) == ("sample", "hansei up --sample")
    assert running.call("GET", "/sources").json()["items"][0]["name"] == "sample"
    synced = run("sync", "--sprints", "3")
    assert synced.returncode == 0, synced.stderr
    assert synced.stdout.startswith("Team TEAM-ALPHA: 3 fetched, 0 new")
    unknown = run("sync", "--team", "nobody")
    assert unknown.returncode == 2
    assert "TEAM-ALPHA, sample-velocity" in unknown.stderr
    found = json.loads(run("doctor", "--json").stdout)
    (source,) = [f for f in found if f["what"] == "source"]
    assert source["says"].startswith("the sample of `hansei up --sample` answers")


def test_nothing_of_ones_own_goes_into_the_sample(running: Running, tmp_path: Path) -> None:
    refused = running.call("PUT", "/teams/TEAM-ALPHA/sprints/mine", json={"wip": 3})
    assert (refused.status_code, "hansei team remove-sample" in refused.text) == (409, True)
    assert running.call("PUT", "/teams/HERON/sprints/mine", json={"wip": 3}).status_code == 201
    (team,) = [t for t in running.call("GET", "/teams").json()["items"] if t["team_id"] == "HERON"]
    assert team["sample"] is False
    assert running.call("DELETE", "/teams/HERON").status_code == 204


def test_commands_and_the_service_share_the_data(running: Running, tmp_path: Path) -> None:
    made = processes.run("report", "generate", "--json", environ=running.environ, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    report_id = json.loads(made.stdout)["result"]["report_id"]
    assert running.call("GET", f"/reports/{report_id}").status_code == 200
    page = tmp_path / "page.md"
    words = ("report", "export", str(report_id), "--out", str(page))
    assert processes.run(*words, environ=running.environ, cwd=tmp_path).returncode == 0
    assert page.read_text() == running.call("GET", f"/reports/{report_id}.md").text
    assert processes.run(*words, environ=running.environ, cwd=tmp_path).returncode == 7


@pytest.mark.parametrize("name", ["api", "worker", "broker"])
def test_a_killed_part_comes_back_and_work_goes_on(running: Running, name: str) -> None:
    own = psutil.Process(running.process.pid)
    parts = [
        p
        for p in own.children()
        if name in words(p) or (name == "broker" and "unixsocket" in " ".join(words(p)[:1]))
    ]
    (part,) = parts
    part.kill()
    until("it was noticed", lambda: f"The {name} ended (signal 9)" in running.log.read_text())

    def answers() -> bool:
        try:
            return running.call("GET", "/ready").status_code == 200
        except httpx.TransportError:
            return False

    until("the API answers", answers, seconds=60)
    accepted = generate(running, sprint_count=5)
    assert running.finished(accepted["task_id"])["status"] == "SUCCESS"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_within_five_seconds(tmp_path: Path, number: signal.Signals) -> None:
    with up(tmp_path) as started:
        assert len(marked(started.environ[MARK])) >= 7
        started.process.send_signal(number)
        assert started.process.wait(10) == 0
        assert marked(started.environ[MARK]) == []
    assert "Stopping" in started.log.read_text()
    assert _temporary(started) == []


def test_a_stop_during_the_start_is_honoured(tmp_path: Path) -> None:
    environ = processes.clean_environment(HANSEI_DATA_DIR=str(tmp_path / "data"))
    log = tmp_path / "log"
    with processes.hansei("up", "--port", "0", environ=environ, cwd=tmp_path, log=log) as process:
        until("it starts", lambda: "Starting" in log.read_text())
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) in (0, 130)
        assert marked(environ[MARK]) == []
    assert "ready" not in log.read_text()
    assert "Traceback" not in log.read_text()


def test_killing_up_leaves_no_process_after_five_seconds(tmp_path: Path) -> None:
    with up(tmp_path, "--sample") as started:
        started.process.kill()
        started.process.wait(20)
        all_gone(started.environ[MARK])
    assert _temporary(started) == []


def test_another_address_needs_a_token(tmp_path: Path) -> None:
    environ = processes.clean_environment(HANSEI_DATA_DIR=str(tmp_path / "data"))
    refused = processes.run("up", "--host", "0.0.0.0", "--port", "0", environ=environ, cwd=tmp_path)
    assert refused.returncode == 6
    assert "Refusing to listen on 0.0.0.0 without a token" in refused.stderr
    assert "hansei token create" in refused.stderr
    made = processes.run("token", "create", "CI", environ=environ, cwd=tmp_path)
    token = made.stdout.strip()
    with up(tmp_path, "--host", "0.0.0.0") as started:
        assert started.url.startswith("http://127.0.0.1:")
        said = started.log.read_text()
        away = next(x for x in said.splitlines() if x.startswith("From other machines: http://"))
        assert "127.0.0.1" not in away
        assert "0.0.0.0" not in away
        assert "hansei token create" in away
        assert started.call("GET", "/teams").status_code == 401
        allowed = started.call("GET", "/teams", headers={"Authorization": f"Bearer {token}"})
        assert allowed.status_code == 200
        assert token not in started.log.read_text()


def test_a_port_in_use_is_said_and_nothing_starts(tmp_path: Path) -> None:
    environ = processes.clean_environment(HANSEI_DATA_DIR=str(tmp_path / "data"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = processes.run("up", "--port", str(port), environ=environ, cwd=tmp_path)
    assert refused.returncode == 6
    assert f"Port {port} on 127.0.0.1 cannot be used" in refused.stderr
    assert marked(environ[MARK]) == []


@pytest.mark.postgres
def test_the_same_on_a_broker_and_a_postgresql_of_ones_own(
    tmp_path: Path, broker_url: str, postgres_server: str
) -> None:
    import uuid

    import psycopg

    name = f"up_{uuid.uuid4().hex}"
    admin = postgres_server.replace("DATABASE", "postgres").replace("+psycopg", "")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    urls = {
        "HANSEI_BROKER_URL": broker_url.replace("/0", "/7"),
        "HANSEI_DATABASE_URL": postgres_server.replace("DATABASE", name),
    }
    with up(tmp_path, "--sample", **urls) as started:
        assert not any("unixsocket" in word for p in marked(started.environ[MARK]) for word in words(p))
        accepted = generate(started, sprint_count=5)
        assert started.finished(accepted["task_id"])["status"] == "SUCCESS"
    assert not (tmp_path / "data" / "hansei.db").exists()


def _temporary(started: Running) -> list[Path]:
    """Return the broker folders that an ended ``up`` left."""
    named = [
        word.split("unixsocket:")[-1]
        for line in (Path(started.environ["HANSEI_DATA_DIR"]) / "logs" / "worker.log")
        .read_text()
        .splitlines()
        for word in line.split()
        if word.startswith("redis+socket://")
    ]
    folders = {Path(w.removeprefix("redis+socket://")).parent for w in named}
    assert folders, "the worker's log names the broker's socket"
    return [f for f in folders if os.path.lexists(f)]
