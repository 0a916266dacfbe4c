"""Secrets with a mark go through every door and every kind of trouble: no answer, log, row or export shows one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from faults.rig import Rig
from hansei.db.models import Base
from hansei.services import access
from hansei.services.vault import new_key
from support.model import answer, completion
from support.upstream import Reply, upstream

MARK = "CanaryBird"
ENV_KEY, QUERY, PASSWORD, SOURCE_KEY, USERINFO, MODEL_KEY = (f"{MARK}{n}xyz" for n in range(6))
#: What the upstream answers in turn: each says the secret that it was asked with, as careless servers do.
ECHO = f"bad key {ENV_KEY} {SOURCE_KEY}"
ANSWERS = (
    Reply({"error": ECHO}, 401),
    Reply({"error": ECHO}, 404),
    Reply(f"<html>{ECHO}</html>".encode()),
    Reply(ECHO.encode(), 200, {"Content-Type": "text/plain"}),
    Reply(b"", 302, {"Location": f"http://127.0.0.1:9/?key={ENV_KEY}"}),
    Reply({"items": ECHO}),
)
#: … and the model: as an error, in a redirect, and in the words that it writes.
MODEL_ECHO = f"bad key {MODEL_KEY}"
MODEL_ANSWERS = (
    completion(answer({"headline": MODEL_ECHO, "summary": f"{{S1.moved}}. {MODEL_ECHO}"})),
    Reply({"error": {"message": MODEL_ECHO}}, 401),
    Reply(MODEL_ECHO.encode(), 400, {"Content-Type": "text/plain"}),
    Reply(b"", 307, {"Location": f"http://127.0.0.1:9/{MODEL_KEY}"}),
    completion(MODEL_ECHO),
)
EXPORTS = ("", ".json", ".md", ".html", ".csv", ".pdf")


@pytest.mark.parametrize(
    "database_url", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
def test_no_secret_is_in_an_answer_a_log_a_row_or_an_export(tmp_path: Path, database_url: str) -> None:
    url = database_url.replace(
        "hansei@", f"hansei:{PASSWORD}@"
    )  # nobody asks for the password; it must not show
    with upstream(*ANSWERS) as server, upstream(*MODEL_ANSWERS) as service:
        settings = {
            "metrics_api_url": f"{server.url}/api?token={QUERY}",
            "metrics_api_key": ENV_KEY,
            "secret_key": new_key(),
            "log_level": "DEBUG",
            "egress_allow": "127.0.0.1",
            "llm_model": "openai-chat:any",
            "llm_base_url": service.url,
            "llm_api_key": MODEL_KEY,
        }
        with Rig(tmp_path / "rig", url, forks=True, **settings) as rig:
            rig.all_up(concurrency=1)
            with rig.database.write() as session:
                token = access.create(session, "canary", "admin").text
                revoked = access.create(session, "revoked", "admin")
                access.revoke(session, revoked.view.id)
            secrets = [
                ENV_KEY,
                QUERY,
                PASSWORD,
                SOURCE_KEY,
                USERINFO,
                MODEL_KEY,
                settings["secret_key"],
                token,
                revoked.text,
            ]
            said = [*ask_everything(rig, server.url, token, revoked.text, secrets)]
            rows = stored(rig)
        logs = {
            path.name: path.read_text(encoding="utf-8", errors="replace")
            for path in (tmp_path / "rig").glob("*.log")
        }
    assert sum(" 200" in what or " 201" in what for what, _ in said) >= 20
    assert {"api.log", "w1.log"} <= logs.keys()
    assert len(server.seen) >= len(ANSWERS)
    assert any(ENV_KEY in headers.get("authorization", "") for _, headers in server.seen)
    assert any(SOURCE_KEY in headers.get("authorization", "") for _, headers in server.seen)
    assert len(service.seen) >= len(MODEL_ANSWERS)
    assert all(MODEL_KEY in headers.get("authorization", "") for _, headers in service.seen)
    places = {**logs, **rows, **{f"answer {n}: {what}": text for n, (what, text) in enumerate(said)}}
    hits = [(place, secret[:12]) for place, text in places.items() for secret in secrets if secret in text]
    assert hits == []


def ask_everything(rig: Rig, upstream_url: str, token: str, revoked: str, secrets: list[str]) -> Any:
    """Go through every door with a secret in hand; yield (what, answer)."""
    http = rig.http
    own = {"Authorization": f"Bearer {token}"}

    def ask(method: str, path: str, **more: Any) -> tuple[str, str]:
        answer = http.request(method, path, timeout=60, **{"headers": own, **more})
        return f"{method} {path} {answer.status_code}", answer.text + str(dict(answer.headers))

    source = {"kind": "metrics_api", "address": f"{upstream_url}/other", "key": SOURCE_KEY}
    yield ask("PUT", "/sources/tracker", json=source)
    yield ask("PUT", "/sources/tracker", json={**source, "address": f"http://me:{USERINFO}@127.0.0.1:9/"})
    yield ask("PUT", "/sources/tracker", json={**source, "key": [SOURCE_KEY]})
    yield ask(
        "PUT",
        "/sources/tracker",
        content=f'{{"key": "{SOURCE_KEY}"',
        headers={**own, "Content-Type": "application/json"},
    )
    for _ in ANSWERS:
        yield ask("POST", "/sources/tracker/test")
    for body in ({"team_id": "T"}, {"team_id": "T", "source": "tracker"}):
        job = http.post("/tasks/metrics/sync", json=body, headers=own).json()
        assert "task_id" in job, job
        assert rig.ended(job["task_id"]).status == "FAILURE"
        yield ask("GET", f"/tasks/status/{job['task_id']}")
        yield ask("GET", f"/tasks/{job['task_id']}/events")
        yield ask("GET", f"/dashboard/tasks/{job['task_id']}")
    for bad in (revoked, token + "x", SOURCE_KEY):
        yield ask("GET", "/tasks", headers={"Authorization": f"Bearer {bad}"})
        yield ask("POST", "/login", data={"token": bad}, headers={"Origin": str(http.base_url)})
    yield ask("PUT", "/teams/T/wording", json={"model": True})
    report = (rig.ended(rig.one()).result or {})["report_id"]
    for _ in MODEL_ANSWERS:
        job = http.post(f"/reports/{report}/narrative", headers=own).json()
        assert rig.ended(job["task_id"]).error_type == "ModelWroteNothing"
        yield ask("GET", f"/tasks/status/{job['task_id']}")
        yield ask("GET", f"/dashboard/tasks/{job['task_id']}")
    for suffix in EXPORTS:
        yield ask("GET", f"/reports/{report}{suffix}")
    link = http.post("/shares", json={"report_id": report}, headers=own)
    assert link.status_code == 201, link.text
    path = link.json()["path"] if "path" in link.json() else link.json()["url"]
    secrets.append(path.rsplit("/", 1)[-1])
    yield ask("GET", "/shares")
    for page in (
        "/sources",
        "/sources/tracker",
        "/tasks",
        "/teams",
        "/wording",
        "/teams/T/wording",
        f"/reports/{report}/narrative",
        "/ready",
        "/metrics",
        "/openapi.json",
        "/docs",
    ):
        yield ask("GET", page)
    for page in (
        "/dashboard",
        "/dashboard/tasks",
        f"/dashboard/reports/{report}",
        "/dashboard/sources",
        "/dashboard/wording",
        "/login",
    ):
        yield ask("GET", page)
    yield ask("DELETE", "/sources/tracker")


def stored(rig: Rig) -> dict[str, str]:
    """Return every table's rows as text."""
    with rig.database.read() as session:
        return {
            f"table {table.name}": "\n".join(str(tuple(row)) for row in session.execute(select(table)))
            for table in Base.metadata.sorted_tables
        }
