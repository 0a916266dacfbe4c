"""The app of a worker whose SQLite finds no room for more than a few pages while the file HANSEI_TEST_FULL is there.

The refusal is SQLite's own (SQLITE_FULL): its limit on the size of the file stands in for the end of the disk.
"""

from __future__ import annotations

import os
from pathlib import Path

from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from hansei.tasks.celery_app import app

__all__ = ["app"]
FULL = Path(os.environ["HANSEI_TEST_FULL"])
#: Room for the row that says what went wrong, not for a PDF.
PAGES_LEFT = 8
NO_LIMIT = 1_073_741_823


@event.listens_for(Engine, "begin")
def _limit(connection: Connection) -> None:
    raw = connection.connection.driver_connection
    assert raw is not None
    (pages,) = raw.execute("PRAGMA page_count").fetchone()
    raw.execute(f"PRAGMA max_page_count={pages + PAGES_LEFT if FULL.exists() else NO_LIMIT}")
