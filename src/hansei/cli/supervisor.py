"""Runs the broker, the API, the worker and the scheduler as child processes, and ends them all.

Each child is the leader of its own session, so that one signal reaches all that it starts; its output goes to a
log file of bounded size. A crashed child restarts after a growing pause; one that crashes five times within a
minute stops everything. Where this process is killed, :mod:`hansei.cli.guard` ends the rest.
"""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from logging.handlers import RotatingFileHandler
from pathlib import Path
from time import monotonic, sleep
from types import TracebackType
from typing import IO, Self

from hansei.cli import guard
from hansei.errors import NotReady, SetupError

CRASHES, WITHIN_SECONDS = 5, 60.0
PAUSES = (0.2, 0.5, 1.0, 2.0)
"""Seconds before each restart."""
STOP_SECONDS = 4.0
"""From asking the children to stop to killing them."""
LOG_BYTES = 5_000_000
LAST_LINES = 15
LOOK_SECONDS = 0.1

Say = Callable[[str], None]


class ChildFailed(NotReady):
    """A child process does not stay up."""

    title = "A part of Hansei does not stay up"


@dataclass
class Child:
    """One process that is to be kept running."""

    name: str
    argv: list[str]
    environ: Mapping[str, str]
    base: bool = False
    """The others lean on it: it is stopped when they have gone."""
    held: bool = False
    """Its first process waits until its standard input is closed."""
    process: subprocess.Popen[bytes] | None = None
    crashed_at: deque[float] = field(default_factory=lambda: deque(maxlen=CRASHES))
    start_at: float = 0.0
    last_lines: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_LINES))

    @property
    def running(self) -> bool:
        """True while the process lives."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Starts children, keeps them running, ends them; a context manager.

    ``poll`` must be called often: it restarts what crashed. Nothing here runs in the background but the
    threads that copy the children's output.
    """

    def __init__(self, logs: Path, say: Say, *, echo: Say | None = None) -> None:
        self._logs, self._say, self._echo = logs, say, echo
        self._children: list[Child] = []
        self._guard: subprocess.Popen[bytes] | None = None
        self._folders: list[Path] = []
        self._pumps: list[threading.Thread] = []

    def __enter__(self) -> Self:
        try:
            self._logs.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SetupError(f"The folder {self._logs} cannot be made: {error.strerror}.") from None
        self._start_guard()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def temporary(self, folder: Path) -> None:
        """Have a folder deleted when everything has ended, also where this process is killed."""
        self._folders.append(folder)
        self._tell(f"rm {folder}")

    def start(
        self,
        name: str,
        argv: list[str],
        environ: Mapping[str, str],
        *,
        base: bool = False,
        held: bool = False,
    ) -> None:
        """Start a child and keep it running; a ``base`` child is stopped after all others.

        A ``held`` child is one that gets ready and then reads its standard input to the end before it begins:
        :meth:`release` lets it.
        """
        child = Child(name, argv, environ, base, held)
        self._children.append(child)
        self._spawn(child)

    def release(self, name: str) -> None:
        """Let a held child begin."""
        for child in self._children:
            if child.name == name and child.held:
                child.held = False
                _let_go(child)

    def poll(self) -> None:
        """Restart what has crashed and is due.

        Raises:
            ChildFailed: a child crashed too often; the caller ends the block, which stops the others.
        """
        if self._guard is not None and self._guard.poll() is not None:
            self._start_guard()
        for child in self._children:
            if child.process is not None and not child.running:
                self._note_crash(child)
            if child.process is None and monotonic() >= child.start_at:
                self._spawn(child)

    def wait(self, until: Callable[[], bool], stopping: threading.Event, *, seconds: float) -> bool:
        """Poll until a condition holds; False where the time is over or a stop was asked for."""
        deadline = monotonic() + seconds
        while not stopping.is_set() and monotonic() < deadline:
            self.poll()
            if until():
                return True
            stopping.wait(LOOK_SECONDS)
        return False

    def watch(self, stopping: threading.Event) -> None:
        """Keep everything running until a stop is asked for."""
        while not stopping.wait(LOOK_SECONDS):
            self.poll()

    def stop(self) -> None:
        """End every child, those that others lean on last, and delete the temporary folders."""
        deadline = monotonic() + STOP_SECONDS
        for base in (False, True):
            group = [c for c in self._children if c.base is base]
            for child in group:
                _signal(child, signal.SIGTERM)
            while any(c.running for c in group) and monotonic() < deadline:
                sleep(0.02)
            for child in group:
                self._bury(child)
        self._children.clear()
        for pump in self._pumps:
            pump.join(1)
        self._end_guard()

    def _spawn(self, child: Child) -> None:
        process = subprocess.Popen(  # noqa: S603 - our own programs, never through a shell
            child.argv,
            env=dict(child.environ),
            stdin=subprocess.PIPE if child.held else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        self._tell(f"+{process.pid}")
        child.process = process
        assert process.stdout is not None  # noqa: S101 - we asked for a pipe
        pump = threading.Thread(target=self._copy, args=(child, process.stdout), name=f"log-{child.name}")
        pump.daemon = True
        pump.start()
        self._pumps = [p for p in self._pumps if p.is_alive()] + [pump]

    def _note_crash(self, child: Child) -> None:
        code = child.process.returncode if child.process else 0
        self._bury(child)
        now = monotonic()
        child.crashed_at.append(now)
        if len(child.crashed_at) == CRASHES and now - child.crashed_at[0] <= WITHIN_SECONDS:
            lines = "\n".join(f"  {line}" for line in child.last_lines)
            raise ChildFailed(
                f"The {child.name} ended {CRASHES} times within {WITHIN_SECONDS:.0f} s ({_how(code)}), "
                f"so everything was stopped. Its last lines:\n{lines or '  (none)'}\n",
                remedy=f"The whole log is {self._log_file(child)}; `hansei doctor` checks the setup.",
            )
        recent = [t for t in child.crashed_at if now - t <= WITHIN_SECONDS]
        child.start_at = now + PAUSES[min(len(recent), len(PAUSES)) - 1]
        self._say(f"The {child.name} ended ({_how(code)}); starting it again. Log: {self._log_file(child)}")

    def _bury(self, child: Child) -> None:
        """Kill what is left of a child's group and reap it."""
        if child.process is not None:
            _signal(child, signal.SIGKILL)
            _let_go(child)
            child.process.wait()
            self._tell(f"-{child.process.pid}")
            child.process = None

    def _log_file(self, child: Child) -> Path:
        return self._logs / f"{child.name}.log"

    def _copy(self, child: Child, output: IO[bytes]) -> None:
        handler = RotatingFileHandler(self._log_file(child), maxBytes=LOG_BYTES, backupCount=1)
        handler.setFormatter(logging.Formatter("%(message)s"))
        with output:
            for raw in output:
                line = raw.decode(errors="replace").rstrip("\n")
                child.last_lines.append(line)
                handler.emit(logging.LogRecord(child.name, logging.INFO, "", 0, line, None, None))
                if self._echo is not None:
                    self._echo(f"{child.name:>7} | {line}")
        handler.close()

    def _start_guard(self) -> None:
        argv = [sys.executable, "-I", "-S", str(Path(guard.__file__))]
        self._guard = subprocess.Popen(argv, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603 - our own
        for child in self._children:
            if child.process is not None:
                self._tell(f"+{child.process.pid}")
        for folder in self._folders:
            self._tell(f"rm {folder}")

    def _tell(self, line: str) -> None:
        if self._guard is None or self._guard.stdin is None:
            return
        with suppress(BrokenPipeError):  # it was killed: the next poll starts another and tells it everything
            self._guard.stdin.write(f"{line}\n".encode())
            self._guard.stdin.flush()

    def _end_guard(self) -> None:
        if self._guard is not None and self._guard.stdin is not None:
            with suppress(BrokenPipeError):  # it was killed
                self._guard.stdin.close()
            self._guard.wait()
            self._guard = None


def _signal(child: Child, number: int) -> None:
    if child.process is not None:
        guard.send(child.process.pid, number)


def _let_go(child: Child) -> None:
    if child.process is not None and child.process.stdin is not None:
        child.process.stdin.close()
        child.process.stdin = None


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def python(module: str, *words: str) -> list[str]:
    """Return the command line of a module in this very installation; ``-P`` keeps the current folder out."""
    return [sys.executable, "-P", "-m", module, *words]


def program(*words: str) -> list[str]:
    """Return the command line of ``hansei`` itself, under its own name where the script is there."""
    script = Path(sys.executable).with_name("hansei")
    return [sys.executable, "-P", str(script), *words] if script.is_file() else python("hansei.cli", *words)
