"""A narrator that waits: long enough for a task to be seen running.

``HANSEI_TEST_WAIT`` says how: ``sleep:N`` sleeps N seconds, ``spin:N`` computes for N seconds, ``die`` kills the
process, ``block:N`` waits N seconds in one system call with interrupts held back.
"""

from __future__ import annotations

import os
import signal
import time

from hansei.core.narrative import Narrative
from hansei.core.ports import Progress, quiet
from hansei.core.report import Report
from hansei.narrative.template import TemplateNarrator


class SlowNarrator:
    """Waits, then writes."""

    name = "slow"

    def narrate(
        self, report: Report, *, team_name: str, custom_context: str | None, progress: Progress = quiet
    ) -> Narrative:
        """Return the template's prose after the wait."""
        how, _, seconds = os.environ.get("HANSEI_TEST_WAIT", "sleep:0").partition(":")
        wait(how, float(seconds or 0))
        return TemplateNarrator().narrate(report, team_name=team_name, custom_context=custom_context)


def wait(how: str, seconds: float) -> None:
    """Wait as told."""
    if how == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if how == "block":
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    if how == "spin":
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            sum(range(1000))
        return
    time.sleep(seconds)
