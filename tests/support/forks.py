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
        "hansei.core.pipeline",
        "hansei.render.words",
        "hansei.tasks.consumer",
        "hansei.tasks.runner",
        "psycopg",
    ]
)


class Fork:
    """``python -m MODULE WORDS…`` as a fork, at the head of a session of its own."""

    def __init__(self, module: str, *words: str, environ: dict[str, str], log: Path | None) -> None:
        self._process = _CONTEXT.Process(target=_become, args=(module, words, environ, log), daemon=True)
        self._process.start()
        assert self._process.pid is not None
        self.pid: int = self._process.pid

    @property
    def exitcode(self) -> int | None:
        """What it ended with, None while it runs."""
        return self._process.exitcode

    def end(self) -> None:
        """Kill it with everything it started."""
        with suppress(ProcessLookupError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.join(10)
        self._process.close()


def _become(module: str, words: tuple[str, ...], environ: dict[str, str], log: Path | None) -> None:
    os.setsid()
    os.environ.clear()
    os.environ.update(environ)
    sink = os.open(log or os.devnull, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    for standard in (1, 2):
        os.dup2(sink, standard)
    sys.argv = [module, *words]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
