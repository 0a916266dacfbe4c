"""The app of a worker whose narrator waits: ``celery -A support.slow_worker worker``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hansei.bootstrap import Wiring, wire
from hansei.tasks import celery_app
from support.slow import SlowNarrator


def slow_wire(environ: Mapping[str, str] | None = None, **overrides: Any) -> Wiring:
    """Wire as ever, with the slow narrator."""
    wiring = wire(environ, **overrides)
    wiring.__dict__["narrator"] = SlowNarrator()  # fills the cached property, as any other value would
    return wiring


celery_app.build = slow_wire
app = celery_app.app
