"""An API that kills itself at a named point of the relay: ``python -m faults.dying_api before|after``.

``before``: the job is committed and its message not yet sent. ``after``: sent, and not yet marked as sent.
"""

from __future__ import annotations

import os
import signal
import sys

from hansei import jobs
from hansei.api.serve import serve
from hansei.bootstrap import CeleryPublisher, wire


class Dying:
    """Hands messages on, or dies instead."""

    def __init__(self, real: CeleryPublisher, *, sends: bool) -> None:
        self._real, self._sends = real, sends

    def publish(self, bell: jobs.Bell) -> None:
        """Send, perhaps, and die."""
        if self._sends:
            self._real.publish(bell)
        os.kill(os.getpid(), signal.SIGKILL)

    def depth(self, queue: str) -> int:
        """Return how many messages wait in a queue."""
        return self._real.depth(queue)

    def oldest(self, queue: str) -> str | None:
        """Return the id of the job whose message is next in a queue."""
        return self._real.oldest(queue)


def main() -> None:
    """Serve until the first task comes."""
    wiring = wire()
    wiring.__dict__["publisher"] = Dying(wiring.publisher, sends=sys.argv[1] == "after")
    serve(wiring, host=wiring.settings.host, port=wiring.settings.port)


if __name__ == "__main__":
    main()
