"""How many rows to change in one transaction, so that nobody waits long for its lock."""

from __future__ import annotations

from time import monotonic

AIM_SECONDS = 0.04
"""A transaction is to hold its lock about so long; the promise is 0.1 s, on a machine that may stumble."""


class Pace:
    """Starts small, doubles while batches are quick, and falls back at once where one was slow.

    Never below ``least``: on a busy machine most of a transaction's time does not depend on its size.
    """

    def __init__(self, *, least: int = 5, most: int) -> None:
        self.size, self._least, self._most = least, least, most
        self._begun = monotonic()

    def begin(self) -> None:
        """Say that the lock is held from now on."""
        self._begun = monotonic()

    def end(self) -> None:
        """Say that it is not any more, and choose the size of the next batch."""
        took = monotonic() - self._begun
        if took > AIM_SECONDS:
            self.size = max(self._least, int(self.size * AIM_SECONDS / took))
        elif took < AIM_SECONDS / 2:
            self.size = min(self._most, self.size * 2)
