"""``hansei up``: everything on this machine, until somebody stops it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hansei.cli import exits, screen
from hansei.cli.lock import DataLock
from hansei.cli.stack import Plan, Stack, stop_on_signals

if TYPE_CHECKING:
    from hansei.bootstrap import Wiring


def run(wiring: Wiring, *, sample: bool, verbose: bool) -> int:
    """Run everything; return the exit code when stopped.

    Raises:
        Conflict: another ``up`` runs on the same folder.
        NotReady: something does not start, or does not stay up.
    """
    folder = wiring.settings.data_dir
    plan = Plan(
        sample=sample, sample_syncs=(None,) if sample else (), verbose=screen.say if verbose else None
    )
    with DataLock(folder) as lock:
        stack = Stack(wiring, plan, say=screen.say, environ=os.environ)
        with stop_on_signals(stack.stopping), stack:
            screen.say("Starting …")
            if stack.wait_ready():
                lock.note(pid=os.getpid(), address=stack.address)
                _greet(wiring, stack, sample=sample)
                stack.watch()
            screen.say("Stopping …")
    return exits.OK


def _greet(wiring: Wiring, stack: Stack, *, sample: bool) -> None:
    screen.put(f"Hansei is ready: {stack.address}")
    docs = f"API described at {stack.address}/docs"
    screen.say(f"{docs}. Data and logs in {wiring.settings.data_dir.absolute()}. Ctrl-C stops it.")
    if sample:
        screen.say("The sample metrics API is the source; the default team's sprints are there already.")
    elif wiring.settings.metrics_api_url is None:
        screen.say(
            "No metrics source yet: set HANSEI_METRICS_API_URL, or start with --sample to look around."
        )
