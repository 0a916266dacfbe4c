"""What both databases can do and SQLAlchemy spells differently for each."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session


def insert_into(session: Session, table: Any) -> Any:
    """Return an INSERT that knows ``on_conflict_do_update`` and ``on_conflict_do_nothing``."""
    if session.get_bind().dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert as sqlite_insert

        return sqlite_insert(table)
    from sqlalchemy.dialects.postgresql import (
        insert as postgres_insert,  # brings every driver's dialect with it
    )

    return postgres_insert(table)
