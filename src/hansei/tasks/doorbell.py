"""How a worker reads its queues: what cannot be read is dropped, and work goes on.

Whoever reaches the broker can put anything into a queue. Kombu decodes a message where it reads it, and what fails
there ends a Celery worker (celery/kombu#2421). The row is the truth: a message of ours that was spoilt is sent again.
"""

from __future__ import annotations

from queue import Empty
from typing import Any

import structlog
from kombu import transport
from kombu.transport import redis
from kombu.utils.json import loads

log = structlog.get_logger(__name__)
UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading a message raises that is not JSON, or not of the form that Celery gives one."""


def refused(queue: str | None, error: Exception | None) -> None:
    """Say that a message was dropped, and nothing of what it held."""
    why = type(error).__name__ if error else "not a task"
    log.warning("message_refused", queue=queue, why=why, so="dropped; the tasks in the database go on")


class _Reads:
    """A channel that drops what it cannot read; the rest of this is what kombu 5.7.0 does (decision 1)."""

    _in_poll: bool

    def _brpop_read(self: Any, **options: Any) -> bool:
        try:
            try:
                found = self.client.parse_response(self.client.connection, "BRPOP", **options)
            except self.connection_errors:
                self.client.connection.disconnect()
                raise
            if not found:
                raise Empty
            queue = found[0].decode().rsplit(self.sep, 1)[0]
            self._queue_cycle.rotate(queue)
            try:
                self._hand_on(found[1], queue)
            except UNREADABLE as error:
                refused(queue, error)
            return True
        finally:
            self._in_poll = False
            self._flush_brpop_reauth()

    def _hand_on(self: Any, message: bytes, queue: str) -> None:
        self.connection._deliver(loads(message.decode()), queue)  # type: ignore[no-untyped-call]  # noqa: SLF001 - kombu's own


class Channel(_Reads, redis.Channel):
    """A channel to Redis or Valkey."""


class SentinelChannel(_Reads, redis.SentinelChannel):
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
