"""The app of a slow worker whose reports have another time limit: ``HANSEI_TEST_LIMIT`` in seconds."""

from __future__ import annotations

import os

from hansei.tasks import runner
from support.slow_worker import app

__all__ = ["app"]
runner.LIMITS = {**runner.LIMITS, "report": float(os.environ["HANSEI_TEST_LIMIT"])}
