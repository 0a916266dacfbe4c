"""Fixtures of the API's tests: a real server, a real database, a real broker."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hansei.services import access
from hansei.services.access import TokenView
from support import databases
from support.http_api import Api, client, running, wired


@pytest.fixture
def api(database_url: str, broker_url: str) -> Iterator[Api]:
    """A server in local mode, once on each database."""
    wiring = wired(database_url, broker_url)
    with running(wiring) as url, client(url) as http:
        yield Api(url, wiring, http)


def migrated(folder: Path) -> str:
    """Make a SQLite database in a folder; return its URL."""
    return databases.sqlite(folder / "one.db")


@pytest.fixture(scope="module")
def local_api(tmp_path_factory: pytest.TempPathFactory, broker_url: str) -> Iterator[Api]:
    """A server in local mode on SQLite, one for all tests of a module: what does not depend on the database."""
    wiring = wired(migrated(tmp_path_factory.mktemp("local")), broker_url)
    with running(wiring) as url, client(url) as http:
        yield Api(url, wiring, http)


@pytest.fixture
def open_api(tmp_path: Path, broker_url: str) -> Iterator[Api]:
    """A server that others can reach: every request needs a token."""
    wiring = wired(migrated(tmp_path), broker_url)
    with running(wiring, local=False) as url, client(url) as http:
        yield Api(url, wiring, http)


@pytest.fixture
def new_token(open_api: Api) -> Callable[[str], tuple[str, TokenView]]:
    """Make a token of a scope; return its text and what is stored."""

    def make(scope: str) -> tuple[str, TokenView]:
        with open_api.wiring.database.write() as session:
            made = access.create(session, f"for {scope}", scope)
        return made.text, made.view

    return make
