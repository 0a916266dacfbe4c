"""The embedded broker is real, private, and kept in memory only."""

from __future__ import annotations

import shutil
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

from hansei.bootstrap import celery_app
from hansei.cli.broker import SOCKET_PATH_LIMIT, EmbeddedBroker, find_server, private_folder
from hansei.settings import Settings
from support.waiting import until


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    made = EmbeddedBroker(private_folder())
    server = subprocess.Popen(made.arguments(), stdout=subprocess.DEVNULL)
    until("the broker answers", made.answers)
    yield made
    server.kill()
    server.wait(10)
    shutil.rmtree(made.home)


@contextmanager
def queue_on(broker: EmbeddedBroker) -> Iterator[Any]:
    """Open a queue the way the service does."""
    app = celery_app(Settings(broker_url=broker.url), role="test")
    with app.connection_for_write() as connection, connection.SimpleQueue("q") as queue:
        yield queue


def test_kombu_sends_and_receives_through_its_url(broker: EmbeddedBroker) -> None:
    with queue_on(broker) as queue:
        queue.put({"task": 1}, serializer="json")
        message = queue.get(timeout=5)
        message.ack()
    assert message.payload == {"task": 1}


def test_nobody_else_reaches_it(broker: EmbeddedBroker) -> None:
    assert stat.S_IMODE(broker.home.stat().st_mode) == 0o700
    socket_file = broker.home / "s.sock"
    assert stat.S_IMODE(socket_file.stat().st_mode) == 0o700
    own = psutil.Process().children()
    server = next(p for p in own if str(socket_file) in " ".join(p.cmdline()))
    assert server.net_connections(kind="inet") == []


def test_it_writes_nothing_to_disk(broker: EmbeddedBroker) -> None:
    with queue_on(broker) as queue:
        queue.put({"task": 1}, serializer="json")
    assert [p.name for p in broker.home.iterdir()] == ["s.sock"]


def test_a_long_temporary_folder_is_not_used_for_the_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    deep = tmp_path / ("long" * 25)
    deep.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(deep))
    made = EmbeddedBroker(private_folder())
    assert len(made.url.removeprefix("redis+socket://")) <= SOCKET_PATH_LIMIT
    made.home.rmdir()
    assert list(deep.iterdir()) == []


def test_a_server_on_the_path_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "redis-server"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert find_server() == program
    preferred = tmp_path / "valkey-server"
    preferred.write_text("#!/bin/sh\n")
    preferred.chmod(0o755)
    assert find_server() == preferred
