"""Migrated SQLite files, each a copy of one that was migrated once in this process."""

from __future__ import annotations

import shutil
import tempfile
from functools import cache
from pathlib import Path

from hansei.db import schema
from hansei.db.session import Database


def sqlite(file: Path) -> str:
    """Put a migrated, empty database at a path where none is; return its URL."""
    assert not file.exists()
    shutil.copyfile(_template(), file)
    return f"sqlite:///{file}"


@cache
def _template() -> Path:
    # Outside pytest's folders, which may be swept while the process still runs.
    folder = tempfile.TemporaryDirectory(prefix="hsq")
    _kept.append(folder)
    file = Path(folder.name) / "template.db"
    database = Database(f"sqlite:///{file}")
    schema.upgrade(database)
    database.close()
    assert not file.with_name("template.db-wal").exists()
    return file


_kept: list[tempfile.TemporaryDirectory[str]] = []
