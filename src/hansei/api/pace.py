"""How many requests a token may make: an allowance that refills steadily, kept in the memory of this process."""

from __future__ import annotations

import math
from collections.abc import Callable
from time import monotonic

from hansei.errors import HanseiError

#: Owners remembered; those whose allowance is full again are forgotten first.
MOST = 10_000


class TooManyRequests(HanseiError):
    """A token has used its allowance up. ``seconds``: how long until the next request is taken."""

    title = "Too many requests"

    def __init__(self, message: str, *, remedy: str = "", seconds: int = 1) -> None:
        super().__init__(message, remedy=remedy)
        self.seconds = seconds


class Pace:
    """Lets ``per_minute`` requests of an owner through, and as many at once after a quiet minute (0: any number)."""

    def __init__(self, per_minute: int, clock: Callable[[], float] = monotonic) -> None:
        self._per_minute, self._clock = per_minute, clock
        self._used_until: dict[str, float] = {}
        """When an owner's allowance will be full again: the one number that the leaky bucket needs."""

    def check(self, owner: str) -> None:
        """Count a request.

        Raises:
            TooManyRequests: it is one too many, and does not count.
        """
        if not self._per_minute:
            return
        now, each = self._clock(), 60.0 / self._per_minute
        full_at = max(self._used_until.get(owner, now), now) + each
        if full_at - now > 60.0 + each / 2:
            wait = math.ceil(full_at - now - 60.0)
            raise TooManyRequests(
                f"This token has made more than {self._per_minute} requests within a minute.",
                remedy=f"Try again in {wait} s; whoever runs this server may raise HANSEI_RATE_LIMIT.",
                seconds=wait,
            )
        if owner not in self._used_until and len(self._used_until) >= MOST:
            self._used_until = {o: t for o, t in self._used_until.items() if t > now}
        self._used_until[owner] = full_at
