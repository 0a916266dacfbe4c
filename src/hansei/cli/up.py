"""``hansei up``: everything on this machine, until somebody stops it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hansei.cli import addresses, exits, screen
from hansei.cli.lock import DataLock
from hansei.cli.stack import Plan, Stack, stop_on_signals
from hansei.sample import SIMULATED

if TYPE_CHECKING:
    from hansei.bootstrap import Wiring

SPRINTS_OF_SAMPLE = 40


def run(wiring: Wiring, *, sample: bool, verbose: bool) -> int:
    """Run everything; return the exit code when stopped.

    Raises:
        Conflict: another ``up`` runs on the same folder, or the sample would meet somebody's own sprints.
        NotReady: something does not start, or does not stay up.
    """
    folder = wiring.settings.data_dir
    plan = Plan(
        sample=sample, first_sync=SPRINTS_OF_SAMPLE if sample else 0, verbose=screen.say if verbose else None
    )
    has_source = wiring.settings.metrics_api_url is not None
    with DataLock(folder) as lock:
        stack = Stack(wiring, plan, say=screen.say, environ=os.environ)
        with stop_on_signals(stack.stopping), stack:
            screen.say("Starting …")
            if stack.wait_ready():
                lock.note(
                    pid=os.getpid(),
                    address=stack.address,
                    has_source=has_source and not sample,
                    sample_port=stack.sample_port if sample else None,
                )
                _greet(wiring, stack, sample=sample)
                stack.watch()
            screen.say("Stopping …")
    return exits.OK


def _greet(wiring: Wiring, stack: Stack, *, sample: bool) -> None:
    settings = wiring.settings
    screen.put(f"Hansei is ready: {stack.address}")
    if not settings.loopback:
        screen.say(addresses.told(settings.public_url, settings.host, stack.port))
    docs = f"API described at {stack.address}/docs"
    screen.say(f"{docs}. Data and logs in {settings.data_dir.absolute()}. Ctrl-C stops it.")
    own, samples = _teams(wiring)
    if sample:
        screen.say(f"The sample is the source; the sprints of its team {SIMULATED} are there already.")
        if own:
            kept = "team of your own is" if own == 1 else "teams of your own are"
            screen.say(f"{own} {kept} here too: nothing of the sample goes in there.")
        return
    if samples:
        kept = f"The sample is here too ({', '.join(samples)}): nothing of yours goes in there."
        screen.say(f"{kept} `hansei team remove-sample` takes it away.")
    if settings.metrics_api_url is None and not _connected(wiring):
        screen.say(
            "No metrics source yet: connect one with `hansei source add`, set HANSEI_METRICS_API_URL, or start with "
            "--sample to look around."
        )


def _teams(wiring: Wiring) -> tuple[int, list[str]]:
    from hansei.services import samples, teams

    with wiring.database.read() as session:
        return teams.own(session), samples.there(session)


def _connected(wiring: Wiring) -> bool:
    from hansei.services import sources

    with wiring.database.read() as session:
        return sources.any_there(session, has_default=False)
