"""Connections that lie in the pool while the server ends them."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from hansei.db.session import Database
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
