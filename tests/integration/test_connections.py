"""Connections to PostgreSQL: what happens while the server ends them, and while many wait for one row."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select, text

from hansei.api.app import THREADS
from hansei.db.models import Team
from hansei.db.session import Database
from support.http_api import client, running, wired
from support.waiting import until

OTHERS = "FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"


def test_connections_that_the_server_ended_are_replaced_before_the_next_use(database: Database) -> None:
    if database.sqlite:
        pytest.skip("an embedded database has no connections to lose")
    other = Database(database.url.render_as_string(hide_password=False))
    with database.read() as one, database.read() as two, database.write() as three:
        assert [s.scalar(text("SELECT 1")) for s in (one, two, three)] == [1, 1, 1]
    with other.read() as session:
        assert session.scalar(text(f"SELECT count(pg_terminate_backend(pid)) {OTHERS}")) == 3
        left = text(f"SELECT count(*) {OTHERS}")
        until("they have ended", lambda: session.scalar(left) == 0)
    other.close()
    for _ in range(4):
        with database.read() as one, database.write() as two:
            assert [s.scalar(text("SELECT 1")) for s in (one, two)] == [1, 1]


def test_a_task_is_accepted_while_every_other_request_waits_for_another_teams_row(
    database: Database, broker_url: str
) -> None:
    if database.sqlite:
        pytest.skip("an embedded database has no locks of rows")
    wiring = wired(database.url.render_as_string(hide_password=False), broker_url)
    waiting = text(f"SELECT count(*) {OTHERS} AND wait_event_type = 'Lock'")

    def store(_: int) -> int:
        row = {"story_points_completed": 20}
        return http.put("/teams/held/sprints/S1", json=row).status_code

    with running(wiring) as url, client(url) as http, ThreadPoolExecutor(THREADS) as pool:
        for team in ("held", "free"):
            assert http.put(f"/teams/{team}", json={}).status_code == 201
        with database.write() as holding:
            holding.scalars(select(Team).where(Team.id == "held").with_for_update()).one()
            stored = [pool.submit(store, n) for n in range(THREADS)]
            with database.read() as session:
                until("they all wait", lambda: session.scalar(waiting) == THREADS)
            task = http.post("/tasks/reports/generate", json={"team_id": "free"})
            assert task.status_code == 202
            with database.read() as session:
                assert session.scalar(waiting) == THREADS  # it did not wait for them
        assert {one.result() for one in stored} <= {200, 201}
