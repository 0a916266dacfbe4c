"""The part of a worker that listens to the broker: it takes a message when it has a process free, and answers nothing.

The job row says what became of a task, and a lost message is sent again. So nothing is gained by acknowledging
messages or by keeping some in hand, and much is lost: measured with brokers that restart, both could leave a worker
alive and deaf (decision 7).
"""

from __future__ import annotations

from typing import Any

import structlog
from celery.worker.consumer import Consumer as CeleryConsumer
from celery.worker.request import Request as CeleryRequest
from celery.worker.state import maybe_shutdown

from hansei.jobs import QUEUES
from hansei.tasks.doorbell import refused

log = structlog.get_logger(__name__)
FIRST_PAUSE, LONGER_BY, LONGEST_PAUSE = 0.2, 0.3, 2.0
"""Seconds between two looks for a broker that is away."""

QUIET = {"without_gossip": True, "without_mingle": True, "without_heartbeat": True}
"""Workers do not talk among themselves, however they were started: the database says who lives."""


class Consumer(CeleryConsumer):  # type: ignore[misc]  # Celery is untyped
    """Celery's consumer without channels to other workers, and soon back when the broker is."""

    def __init__(self, *args: Any, worker_options: dict[str, Any] | None = None, **kwargs: Any) -> None:
        super().__init__(
            *args, worker_options={**(worker_options or {}), **QUIET}, **{**kwargs, "task_events": False}
        )

    def ensure_connected(self, conn: Any) -> Any:
        """Return the connection once the broker takes it; Celery's own pauses grow to half a minute."""
        conn.ensure_connection(
            _away,
            max_retries=None,
            interval_start=FIRST_PAUSE,
            interval_step=LONGER_BY,
            interval_max=LONGEST_PAUSE,
            callback=maybe_shutdown,
        )
        self.first_connection_attempt = False
        return conn

    def on_unknown_message(self, _body: Any, message: Any) -> None:
        """Drop a message that is no task; Celery would log all that it holds, here and below."""
        refused(_queue(message), None)

    def on_unknown_task(self, _body: Any, message: Any, exc: Exception) -> None:
        """Drop a task that nobody here knows."""
        refused(_queue(message), exc)

    def on_invalid_task(self, _body: Any, message: Any, exc: Exception) -> None:
        """Drop a task whose message lacks what is needed."""
        refused(_queue(message), exc)

    def on_decode_error(self, message: Any, exc: Exception) -> None:
        """Drop a message in another encoding than JSON."""
        refused(_queue(message), exc)


class Request(CeleryRequest):  # type: ignore[misc]  # Celery is untyped
    """A message that was gone from the broker when it was read: there is nothing to acknowledge."""

    def acknowledge(self) -> None:
        """Note it, and tell nobody."""
        self.acknowledged = True


def _away(error: Exception, pause: float) -> None:
    log.warning("broker_away", why=type(error).__name__, next_look_in=pause)


def _queue(message: Any) -> str | None:
    """Return the queue that a message says it was for, if that is one of ours."""
    named = (message.delivery_info or {}).get("routing_key")
    return named if named in QUEUES.values() else None
