"""Fixtures of the command-line tests."""

from __future__ import annotations

import io
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
import structlog

from hansei.cli.main import main
from hansei.sample.serve import SampleApi
from support import processes

Cli = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """The environment of a command that works in a fresh folder."""
    return processes.clean_environment(HANSEI_DATA_DIR=str(tmp_path / "data"))


@pytest.fixture
def cli(environ: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cli]:
    """Run ``hansei …`` to its end, in this process: starting another costs seconds, and every line is the same."""
    monkeypatch.chdir(tmp_path)
    handlers = logging.getLogger().handlers[:]

    def run(*words: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
        out, err = io.StringIO(), io.StringIO()
        with ExitStack() as stack:
            patch = stack.enter_context(monkeypatch.context())
            patch.setattr(os, "environ", environ | more)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode())))
            stack.enter_context(redirect_stdout(out))
            stack.enter_context(redirect_stderr(err))
            code = main(words)
        return subprocess.CompletedProcess(words, code, out.getvalue(), err.getvalue())

    yield run
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers


@pytest.fixture
def sample_url() -> Iterator[str]:
    """The address of a running sample metrics API."""
    with SampleApi() as api:
        yield api.url
