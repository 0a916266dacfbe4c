"""The supervisor with real children: it restarts, gives up, and leaves nobody behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hansei.cli.addresses import check_port, free_port
from hansei.cli.supervisor import ChildFailed, Supervisor
from hansei.errors import SetupError
from support.processes import MARK, all_gone, clean_environment, marked, words
from support.waiting import until

#: Starts a child of its own, ignores SIGTERM, and waits: as stubborn as a process can be.
STUBBORN = """
import signal, subprocess, sys, pathlib
signal.signal(signal.SIGTERM, signal.SIG_IGN)
code = "import signal, threading; signal.signal(signal.SIGTERM, signal.SIG_IGN); threading.Event().wait()"
subprocess.Popen([sys.executable, "-c", code])
pathlib.Path(sys.argv[1]).write_text("ready")
signal.pause()
"""
SUPERVISE = """
import os, pathlib, sys, threading
from hansei.cli.supervisor import Supervisor
here = pathlib.Path(sys.argv[1])
temporary = here / "temporary"
temporary.mkdir()
with Supervisor(here, print) as supervisor:
    supervisor.temporary(temporary)
    supervisor.start("stubborn", [sys.executable, "-c", sys.argv[2], str(here / "ready")], os.environ)
    supervisor.watch(threading.Event())
"""


def test_a_crashed_child_starts_again_after_a_pause(tmp_path: Path) -> None:
    starts = tmp_path / "starts"
    code = f"import os, time; open({str(starts)!r}, 'a').write(f'{{os.getpid()}}\\n'); time.sleep(60)"
    said: list[str] = []

    def pids() -> list[int]:
        return [int(line) for line in starts.read_text().splitlines()] if starts.exists() else []

    with Supervisor(tmp_path, said.append) as supervisor:
        supervisor.start("part", [sys.executable, "-c", code], os.environ)
        until("it runs", lambda: len(pids()) == 1)
        os.kill(pids()[0], signal.SIGKILL)
        assert supervisor.wait(lambda: len(pids()) == 2, threading.Event(), seconds=10)
    assert said == [f"The part ended (signal 9); starting it again. Log: {tmp_path / 'part.log'}"]


def test_five_crashes_in_a_minute_stop_all_and_say_the_last_lines(tmp_path: Path) -> None:
    environ = clean_environment()
    code = "import sys; print('cannot open the thing'); sys.exit(3)"
    with Supervisor(tmp_path, lambda _: None) as supervisor:
        supervisor.start("steady", [sys.executable, "-c", "import time; time.sleep(60)"], environ)
        supervisor.start("broken", [sys.executable, "-c", code], environ)
        with pytest.raises(ChildFailed, match=r"ended 5 times within 60 s \(exit code 3\)") as caught:
            supervisor.wait(lambda: False, threading.Event(), seconds=30)
    assert caught.value.message.count("cannot open the thing") == 5
    assert str(tmp_path / "broken.log") in caught.value.remedy
    assert marked(environ[MARK]) == []


def test_stop_reaches_grandchildren_that_ignore_the_signal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hansei.cli.supervisor.STOP_SECONDS", 0.5)
    environ = clean_environment()
    with Supervisor(tmp_path, lambda _: None) as supervisor:
        supervisor.start("stubborn", [sys.executable, "-c", STUBBORN, str(tmp_path / "ready")], environ)
        until("it runs", (tmp_path / "ready").exists)
        assert len(marked(environ[MARK])) == 2
    assert marked(environ[MARK]) == []


def test_killing_the_supervisor_leaves_nobody_and_no_folder(tmp_path: Path) -> None:
    environ = clean_environment()
    argv = [sys.executable, "-c", SUPERVISE, str(tmp_path), STUBBORN]
    with subprocess.Popen(argv, env=environ, stdout=subprocess.DEVNULL) as supervisor:
        try:
            until("the children run", (tmp_path / "ready").exists)
            assert len(marked(environ[MARK])) == 4  # the supervisor, its guard, the child and its child
        finally:
            supervisor.kill()
    all_gone(environ[MARK])
    assert not (tmp_path / "temporary").exists()


def test_a_killed_guard_is_replaced_and_knows_everything(tmp_path: Path) -> None:
    environ = clean_environment()
    argv = [sys.executable, "-c", SUPERVISE, str(tmp_path), STUBBORN]

    def guards() -> list[int]:
        return [p.pid for p in marked(environ[MARK]) if any("guard.py" in word for word in words(p))]

    with subprocess.Popen(argv, env=environ, stdout=subprocess.DEVNULL) as supervisor:
        until("the children run", (tmp_path / "ready").exists)
        try:
            (first,) = guards()
            os.kill(first, signal.SIGKILL)
            until("another guard runs", lambda: guards() not in ([], [first]))
        finally:  # else its end would be waited for, for ever
            supervisor.kill()
    all_gone(environ[MARK])
    assert not (tmp_path / "temporary").exists()


def test_the_log_keeps_what_a_child_says(tmp_path: Path) -> None:
    echoed: list[str] = []
    code = "print('Grüße'); import time; time.sleep(60)"
    with Supervisor(tmp_path, lambda _: None, echo=echoed.append) as supervisor:
        environ = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONUTF8": "1"}
        supervisor.start("part", [sys.executable, "-c", code], environ)
        until("it has spoken", lambda: echoed)
    assert echoed == ["   part | Grüße"]
    assert (tmp_path / "part.log").read_text() == "Grüße\n"


def test_a_port_in_use_is_a_clear_error() -> None:
    import socket

    port = free_port()
    check_port("127.0.0.1", port)
    with socket.create_server(("127.0.0.1", port)), pytest.raises(SetupError, match=f"Port {port}") as caught:
        check_port("127.0.0.1", port)
    assert "--port" in caught.value.remedy


def test_a_held_child_begins_when_it_is_let_and_not_before(tmp_path: Path) -> None:
    begun, waits = tmp_path / "begun", tmp_path / "waits"
    code = (
        f"import pathlib, sys, time; pathlib.Path({str(waits)!r}).touch(); sys.stdin.read(); "
        f"open({str(begun)!r}, 'a').write('x'); time.sleep(60)"
    )
    with Supervisor(tmp_path, lambda _: None) as supervisor:
        supervisor.start("part", [sys.executable, "-c", code], os.environ, held=True)
        until("it waits", waits.exists)
        assert not begun.exists()
        supervisor.release("part")
        until("it has begun", begun.exists)
        (process,) = supervisor._children
        assert process.process is not None
        os.kill(process.process.pid, signal.SIGKILL)
        again = supervisor.wait(lambda: begun.read_text() == "xx", threading.Event(), seconds=10)
    assert again  # one that crashed waits for nobody
