"""Fixtures of the command-line tests."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hansei.sample.serve import SampleApi
from support import processes

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of a command that works in a fresh folder."""
    return processes.clean_environment(HANSEI_DATA_DIR=str(tmp_path / "data"))


@pytest.fixture
def cli(environ: dict[str, str], tmp_path: Path) -> Cli:
    """Run ``hansei …`` to its end."""

    def run(*words: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        done = processes.run(*words, environ=environ | more, cwd=tmp_path, stdin=stdin)
        assert "Traceback" not in done.stderr, done.stderr
        return done

    return run


@pytest.fixture
def sample_url() -> Iterator[str]:
    """The address of a running sample metrics API."""
    with SampleApi() as api:
        yield api.url
