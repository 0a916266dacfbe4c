"""One ``up`` for one data folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from hansei.cli.lock import DataLock, holder
from hansei.errors import Conflict, SetupError
from support.waiting import until

HOLD = """
import sys, pathlib
from hansei.cli.lock import DataLock
with DataLock(pathlib.Path(sys.argv[1])) as lock:
    lock.note(pid=1234, address="http://127.0.0.1:1")
    sys.stdin.read()
"""


def test_a_second_is_refused_and_told_the_pid_of_the_first(tmp_path: Path) -> None:
    with DataLock(tmp_path), pytest.raises(Conflict, match=rf"pid {os.getpid()}"), DataLock(tmp_path):
        pass
    with DataLock(tmp_path):  # and free again afterwards
        pass


def test_another_process_sees_who_holds_it_until_that_one_is_killed(tmp_path: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdin=subprocess.PIPE)
    seen = until("the lock is held", lambda: (holder(tmp_path) or {}).get("address") and holder(tmp_path))
    assert seen == {"pid": 1234, "address": "http://127.0.0.1:1"}
    with pytest.raises(Conflict, match="pid 1234"), DataLock(tmp_path):
        pass
    child.kill()
    child.communicate()
    assert holder(tmp_path) is None


def test_a_folder_that_cannot_be_made_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(SetupError, match=r"data folder .* cannot be used") as caught,
        DataLock(tmp_path / "file"),
    ):
        pass
    assert "--data-dir" in caught.value.remedy
