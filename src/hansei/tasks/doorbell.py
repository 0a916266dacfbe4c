"""How a worker reads its queues: what cannot be read is dropped, and work goes on.

Whoever reaches the broker can put anything into a queue. Kombu decodes a message where it reads it, and what fails
there ends a Celery worker (celery/kombu#2421). The row is the truth: a message of ours that was spoilt is sent again.
"""

from __future__ import annotations

from typing import Any

import structlog
from kombu import transport
from kombu.transport import redis

log = structlog.get_logger(__name__)
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading a message raises that is not JSON, or not of the form that Celery gives one."""


def refused(queue: str | None, error: Exception | None) -> None:
    """Say that a message was dropped, and nothing of what it held."""
    why = type(error).__name__ if error else "not a task"
    log.warning("message_refused", queue=queue, why=why, so="dropped; the tasks in the database go on")


class Channel(redis.Channel):
    """A channel to Redis or Valkey that drops what it cannot read; kombu has taken it from its queue by then."""

    def _brpop_read(self, **options: Any) -> bool:
        try:
            return bool(super()._brpop_read(**options))  # type: ignore[no-untyped-call]  # kombu's own
        except UNREADABLE as error:
            refused(None, error)
            return True


class SentinelChannel(Channel, redis.SentinelChannel):
    """A channel to whichever server the sentinels name."""


class Transport(redis.Transport):
    """Redis or Valkey, read as above."""

    Channel = Channel


class SentinelTransport(redis.SentinelTransport):
    """The same behind sentinels."""

    Channel = SentinelChannel


def install() -> None:
    """Let every connection of this process read so, whatever its URL; before the first is made."""
    for scheme in ("redis", "rediss"):
        transport.TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
    transport.TRANSPORT_ALIASES["sentinel"] = f"{__name__}:SentinelTransport"
