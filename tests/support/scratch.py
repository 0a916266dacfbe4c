"""Where tests write: in memory where there is room. To make files takes a disk longer than most tests take."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY, DISK = Path("/dev/shm"), Path("/tmp")
ROOM = 3_000_000_000
"""Bytes that have to be free: a suite writes less than one of these three gigabytes."""


def folder() -> Path:
    """Return the folder for what need not outlive the suite; its path is short enough for a socket below it."""
    return MEMORY if _usable(MEMORY) else DISK


def use() -> None:
    """Let this process and all that it starts write their temporary files there, pytest's own folders included."""
    if _usable(MEMORY):
        os.environ["TMPDIR"] = os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)
        tempfile.tempdir = None


def _usable(memory: Path) -> bool:
    # Containers often have 64 MB there, or let nothing of it be run (the wheel's environment is).
    if not (memory.is_dir() and os.access(memory, os.W_OK)):
        return False
    return shutil.disk_usage(memory).free >= ROOM and not os.statvfs(memory).f_flag & os.ST_NOEXEC
