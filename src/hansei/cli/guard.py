"""Ends what ``hansei up`` started when ``up`` itself is killed and cannot.

Runs as a process of its own (``python -I -S guard.py``), outside the group of ``up``, with nothing but the
standard library. Its standard input is a pipe from ``up``: ``+N`` adds the process group N, ``-N`` removes it,
``rm PATH`` names a temporary folder. When the pipe ends, ``up`` is gone: the groups are asked to stop, then
killed, and the folders deleted. A pipe's end works on every Unix, however the parent died, and for children
that are no Python (the broker).
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
import time
from collections.abc import Iterable

GRACE_SECONDS = 2.0
"""From asking to killing."""


def main() -> None:
    """Follow the pipe to its end, then clear up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    groups, folders = follow(sys.stdin)
    end(groups)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)


def follow(lines: Iterable[str]) -> tuple[set[int], list[str]]:
    """Return the groups and folders that are left when the lines end."""
    groups: set[int] = set()
    folders: list[str] = []
    for line in lines:
        word = line.rstrip("\n")
        if word.startswith("+"):
            groups.add(int(word[1:]))
        elif word.startswith("-"):
            groups.discard(int(word[1:]))
        elif word.startswith("rm "):
            folders.append(word[3:])
    return groups, folders


def end(groups: set[int]) -> None:
    """Ask process groups to stop; kill those that have not after the grace."""
    left = {g for g in groups if send(g, signal.SIGTERM)}
    until = time.monotonic() + GRACE_SECONDS
    while left and time.monotonic() < until:
        time.sleep(0.05)
        left = {g for g in left if send(g, 0)}
    for group in left:
        send(group, signal.SIGKILL)


def send(group: int, number: int) -> bool:
    """Signal a process group; False where it has no member any more."""
    try:
        os.killpg(group, number)
    except ProcessLookupError:
        return False
    except PermissionError:  # macOS says so for a group of zombies only
        return False
    return True


if __name__ == "__main__":
    main()
