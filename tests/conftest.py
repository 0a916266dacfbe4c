"""Fixtures that every suite may use: real servers, one fresh database a test, a free port."""

from __future__ import annotations

import gc
import socket
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings

from hansei.db import schema
from hansei.db.session import Database
from support import databases, scratch, servers

# The same examples in every run; no time limit on one, since a suite may share its machine.
hypothesis_settings.register_profile("hansei", derandomize=True, deadline=None, database=None)
hypothesis_settings.load_profile("hansei")

scratch.use()
# What is imported and collected stays to the end: to look through it again and again takes a tenth of the suite.
gc.disable()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Collect garbage again, of what the tests themselves make."""
    gc.freeze()
    gc.set_threshold(10_000, 20)
    gc.enable()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a developer leave PostgreSQL out while working."""
    parser.addoption("--sqlite-only", action="store_true", help="leave out the runs on PostgreSQL")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Honour ``--sqlite-only``."""
    if config.getoption("--sqlite-only"):
        for item in items:
            if item.get_closest_marker("postgres"):
                item.add_marker(pytest.mark.skip(reason="--sqlite-only"))


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    """A free loopback port."""
    return free_port()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL for the whole session; the URL's ``DATABASE`` is to be replaced."""
    with servers.postgres() as url:
        yield url


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: str) -> str:
    """A migrated database that each test's own is copied from."""
    name = "template_hansei"
    admin = postgres_server.replace("DATABASE", "postgres").replace("+psycopg", "")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    database = Database(postgres_server.replace("DATABASE", name))
    schema.upgrade(database)
    database.close()
    return name


@pytest.fixture(scope="session")
def broker_url() -> Iterator[str]:
    """A Valkey for the whole session."""
    with servers.valkey(free_port()) as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a fresh, migrated database: once on SQLite, once on PostgreSQL."""
    if request.param == "sqlite":
        url = databases.sqlite(tmp_path / "hansei.db")
        yield url
        return
    server: str = request.getfixturevalue("postgres_server")
    template: str = request.getfixturevalue("_postgres_template")
    name = f"test_{uuid.uuid4().hex}"
    admin = server.replace("DATABASE", "postgres").replace("+psycopg", "")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield server.replace("DATABASE", name)
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A connected handle on that database."""
    handle = Database(database_url)
    yield handle
    handle.close()


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared material beside the repository; tests that need it skip where it is absent."""
    folder = Path(__file__).resolve().parents[1].parent / "shared"
    if not folder.is_dir():
        pytest.skip("the folder ../shared is not here")
    return folder
