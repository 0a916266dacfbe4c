"""Large tables are taken one at a time: each takes memory and a processor for seconds."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, move_on_after, to_thread

from hansei.errors import TablesBusy
from hansei.memory import give_back

T = TypeVar("T")
MOST_WAITING = 4
WAIT_SECONDS = 20.0


class Turns:
    """Lets one large table in at a time; a few wait for it, without a thread."""

    def __init__(self) -> None:
        self._limiter = CapacityLimiter(1)

    async def run(self, work: Callable[[], T], *, large: bool) -> T:
        """Do the work in a thread, a large one when its turn has come.

        Raises:
            TablesBusy: too many wait, or it takes too long.
        """
        if not large:
            return await to_thread.run_sync(work)
        if self._limiter.statistics().tasks_waiting >= MOST_WAITING:
            raise _busy()
        with move_on_after(WAIT_SECONDS) as waiting:
            await self._limiter.acquire()
        if waiting.cancelled_caught:
            raise _busy()
        try:
            return await to_thread.run_sync(work)
        finally:
            give_back()
            self._limiter.release()


def _busy() -> TablesBusy:
    return TablesBusy(
        "Other large tables are being read; nothing was read of this one.",
        remedy="Send it again in half a minute.",
    )
