"""The short version of every fault scenario; ``make faults`` runs them at full size.

F35 runs in :mod:`faults.test_job_model`.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import psycopg
import pytest

from faults.rig import Arena
from faults.scenarios import SCENARIOS
from support import databases


@pytest.fixture(scope="module")
def arena(
    tmp_path_factory: pytest.TempPathFactory, postgres_server: str, _postgres_template: str
) -> Iterator[Arena]:
    """Where the scenarios run, at their short size."""
    home = tmp_path_factory.mktemp("faults")

    def new_database(kind: str) -> str:
        if kind == "sqlite":
            return databases.sqlite(home / f"{uuid.uuid4().hex}.db")
        name = f"fault_{uuid.uuid4().hex}"
        admin = postgres_server.replace("DATABASE", "postgres").replace("+psycopg", "")
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} TEMPLATE {_postgres_template}")
        return postgres_server.replace("DATABASE", name)

    shared = Arena(home, new_database)
    yield shared
    shared.close()


@pytest.mark.postgres
@pytest.mark.parametrize("fault", [f for f in SCENARIOS if f != "F35"])
def test_nothing_is_lost_or_doubled_and_work_goes_on(fault: str, arena: Arena) -> None:
    row = SCENARIOS[fault](arena)
    assert row.verdict.jobs > 0
    # The times are promised on a machine that does little else; a suite may share its machine.
    patient = replace(row, target=row.target and 2 * row.target)
    assert patient.held, patient.broken
