"""Find and run processes of Hansei's own, marked in their environment so that no other is ever touched."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from hansei.cli import guard
from support.waiting import until

MARK = "TEST_MARK"
PROMISED_SECONDS = 5.0
"""Nobody is left so long after the one who started them was killed, on a machine that does little else."""
SHARED_SECONDS = 20.0
"""What a machine that runs other suites besides may take for the same."""


def all_gone(mark: str) -> None:
    """Wait until nobody carries a mark; all that is waited for on purpose must fit into the promise."""
    assert guard.GRACE_SECONDS < PROMISED_SECONDS - 1
    until("everybody has gone", lambda: not marked(mark), seconds=SHARED_SECONDS)


def marked(mark: str) -> list[psutil.Process]:
    """Return the living processes that carry a mark."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.environ().get(MARK) == mark and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def words(process: psutil.Process) -> list[str]:
    """Return what a process was started with: nothing once it has ended, be it in this moment."""
    with suppress(psutil.Error):
        return process.cmdline()
    return []


def clean_environment(**more: str) -> dict[str, str]:
    """Return our environment without Hansei's settings, with a fresh mark."""
    kept = {
        k: v
        for k, v in os.environ.items()
        if not k.startswith("HANSEI_") and k not in ("NO_COLOR", "FORCE_COLOR")
    }
    return kept | {MARK: uuid.uuid4().hex} | more


@contextmanager
def hansei(
    *words: str, environ: dict[str, str], cwd: Path, log: Path | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run ``hansei …`` as a child; it is asked to stop at the end, and what is left is killed."""
    sink = log.open("wb") if log else None
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", "-m", "hansei.cli", *words],
            env=environ,
            cwd=cwd,
            stdin=subprocess.DEVNULL,
            stdout=sink or subprocess.PIPE,
            stderr=subprocess.STDOUT if sink else subprocess.PIPE,
            start_new_session=True,
        )
        try:
            yield child
        finally:
            child.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.communicate(timeout=10)
            for process in marked(environ[MARK]):
                with suppress(psutil.Error):
                    process.send_signal(signal.SIGKILL)
            child.communicate(timeout=20)
    finally:
        if sink:
            sink.close()


def run(*words: str, environ: dict[str, str], cwd: Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Run ``hansei …`` to its end and return what it said."""
    return subprocess.run(
        [sys.executable, "-P", "-m", "hansei.cli", *words],
        env=environ,
        cwd=cwd,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=90,
        check=False,
    )
