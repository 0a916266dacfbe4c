"""A PostgreSQL that a scenario may restart."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg
from sqlalchemy.engine import make_url

from hansei.db import schema
from hansei.db.session import Database
from support import servers
from support.waiting import until


@dataclass
class OwnPostgres:
    """A server with one migrated database."""

    url: str
    _restarted: subprocess.Popen[bytes] | None = None

    @property
    def _data(self) -> Path:
        return Path(str(make_url(self.url).query["host"]))

    def restart(self) -> None:
        """End it as an operator would (every connection breaks), start it, and return once it answers."""
        process = psutil.Process(int((self._data / "postmaster.pid").read_text().split()[0]))
        argv = process.cmdline()
        user: dict[str, Any] = (
            {"user": process.uids().real, "group": process.gids().real, "extra_groups": []}
            if os.geteuid() == 0
            else {}
        )
        process.send_signal(signal.SIGINT)
        until("PostgreSQL has ended", lambda: not (self._data / "postmaster.pid").exists())
        self._restarted = subprocess.Popen(
            argv, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **user
        )
        until("PostgreSQL answers", self.answers)

    def close(self) -> None:
        """End the server that :meth:`restart` started."""
        if self._restarted is not None:
            self._restarted.send_signal(signal.SIGINT)
            self._restarted.wait(20)

    def answers(self) -> bool:
        """Say whether it takes connections."""
        try:
            with psycopg.connect(host=str(self._data), user="hansei", dbname="postgres", connect_timeout=2):
                return True
        except psycopg.OperationalError:
            return False


@contextmanager
def own_postgres() -> Iterator[OwnPostgres]:
    """Run a server of one's own with a migrated database."""
    with servers.postgres() as url:
        server = OwnPostgres(url.replace("DATABASE", "postgres"))
        database = Database(server.url)
        schema.upgrade(database)
        database.close()
        try:
            yield server
        finally:
            server.close()
