"""Programs that begin with their libraries already imported: forks of one process that has imported them.

A worker spends most of its first seconds importing, and the tests start a hundred. What runs afterwards is the program
as ever, in a process and a session of its own, under its own environment. That a fresh interpreter comes up as well is
for the tests of ``hansei up``, of the faults and of the wheel.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import signal
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

_CONTEXT = multiprocessing.get_context("forkserver")
# Nothing that reads a setting as it is imported: each fork has settings of its own.
_CONTEXT.set_forkserver_preload(
    [
        "celery.bin.celery",
        "celery.apps.worker",
        "celery.concurrency.prefork",
        "celery.concurrency.solo",
        "kombu.transport.redis",
        "hansei.api.serve",
        "hansei.cli.main",
        "hansei.core.pipeline",
        "hansei.render.words",
        "hansei.tasks.consumer",
        "hansei.tasks.runner",
        "psycopg",
    ]
)


class Fork:
    """``python -m MODULE WORDS…`` as a fork, at the head of a session of its own; asked as a ``Popen`` is."""

    def __init__(
        self, module: str, *words: str, environ: dict[str, str], log: Path | None, cwd: Path | None = None
    ) -> None:
        here, there = _CONTEXT.Pipe(duplex=False)
        what = (there, module, words, environ, log, cwd)
        self._process = _CONTEXT.Process(target=_become, args=what, daemon=True)
        self._process.start()
        there.close()
        assert here.poll(30), "the fork has not begun"  # from now on a signal to its group arrives
        here.close()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def returncode(self) -> int | None:
        """What it ended with, None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """Return what it ended with, None while it runs."""
        return self._process.exitcode

    def wait(self, seconds: float) -> None:
        """Wait for its end."""
        self._process.join(seconds)
        assert self._process.exitcode is not None, f"it has not ended after {seconds:g} s"

    def send_signal(self, number: int) -> None:
        """Send a signal to it alone."""
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def end(self) -> None:
        """Kill it with everything it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self.wait(10)


def _become(
    there: Connection,
    module: str,
    words: tuple[str, ...],
    environ: dict[str, str],
    log: Path | None,
    cwd: Path | None,
) -> None:
    os.setsid()
    there.close()
    if cwd:
        os.chdir(cwd)
    os.environ.clear()
    os.environ.update(environ)
    sink = os.open(log or os.devnull, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for standard in (1, 2):
        os.dup2(sink, standard)
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
