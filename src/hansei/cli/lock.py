"""One ``hansei up`` for one data folder."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from hansei.errors import Conflict, SetupError

NAME = "up.lock"


class DataLock:
    """A lock on the data folder, held until the process ends, however it ends.

    Raises (on entering):
        Conflict: another ``up`` holds it, with that one's pid.
        SetupError: the folder cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / NAME
        self._handle: int | None = None

    def __enter__(self) -> Self:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise SetupError(
                f"The data folder {self._path.parent} cannot be used: {error.strerror}.",
                remedy="Choose a folder that you may write with --data-dir.",
            ) from None
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            who = _read(self._handle)
            self._close()
            pid = who.get("pid", "unknown")
            raise Conflict(
                f"`hansei up` is already running on {self._path.parent} (pid {pid}).",
                remedy="Stop that one first, or choose another folder with --data-dir.",
            ) from None
        self.note(pid=os.getpid())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._close()

    def note(self, **what: object) -> None:
        """Write what another process may want to know about this one."""
        if self._handle is not None:
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, json.dumps(what).encode(), 0)

    def _close(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


def holder(folder: Path) -> dict[str, Any] | None:
    """Return what the running ``up`` of a folder wrote (``pid``, ``address``); None where none runs."""
    try:
        handle = os.open(folder / NAME, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read(handle)
    else:
        return None
    finally:
        os.close(handle)


def _read(handle: int) -> dict[str, Any]:
    try:
        found = json.loads(os.pread(handle, 4096, 0))
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
