"""PostgreSQL crashes alone: its workers live on, and what they were told must still be so."""

from __future__ import annotations

import os
import signal
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from faults.postgres import OwnPostgres, own_postgres
from hansei import jobs
from hansei.db.session import Database
from support.waiting import until


@pytest.mark.postgres
def test_a_claim_is_not_forgotten() -> None:
    with own_postgres() as server:
        database = Database(server.url)
        for _ in range(4):
            with database.write() as session:
                job = jobs.accept(session, "report", None, {})
            with database.write(durable=False, single=True) as session:  # as a worker does
                claimed = jobs.claim(session, job.id, "here")
            assert claimed is not None
            crash(server)
            with database.read() as session:
                found = jobs.get(session, job.id)
            assert (found.status, found.attempts) == ("STARTED", 1)
            with database.write() as session:
                assert jobs.finish(session, claimed, {})
        database.close()


def crash(server: OwnPostgres) -> None:
    """Kill a process of the server, upon which it ends all others and reads its log again."""
    host = str(make_url(server.url).query["host"])
    victim, witness = (
        psycopg.connect(host=host, user="hansei", dbname="postgres", autocommit=True) for _ in range(2)
    )
    os.kill(victim.info.backend_pid, signal.SIGKILL)
    until("it has ended the others", lambda: broken(witness))
    until("it answers", server.answers)
    victim.close()
    witness.close()


def broken(connection: psycopg.Connection[Any]) -> bool:
    """Say whether a connection was ended."""
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return True
    return False
