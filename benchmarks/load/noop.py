"""The yardstick: a bare Celery app whose task does nothing but count itself in the broker."""

from __future__ import annotations

import os

import redis
from celery import Celery

app = Celery("bare", broker=os.environ["BARE_BROKER"])
app.conf.update(task_ignore_result=True, worker_prefetch_multiplier=4, task_default_queue="bare")
_client = redis.Redis.from_url(os.environ["BARE_BROKER"])


@app.task(name="bare.nothing")  # type: ignore[untyped-decorator]  # Celery is untyped
def nothing() -> None:
    """Count, so that the end can be seen."""
    _client.incr("bare-done")
