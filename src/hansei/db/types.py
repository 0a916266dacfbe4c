"""Column types and database-side time that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.expression import ColumnElement
from sqlalchemy.sql.visitors import InternalTraversal
from sqlalchemy.types import TypeDecorator, TypeEngine

Json = JSON
"""Plain JSON, not JSONB: a stored report keeps the order of its keys."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment in UTC; on SQLite a text that sorts as time (``2026-03-02T10:00:00.000Z``)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Text on SQLite, timestamptz elsewhere."""
        kind: TypeEngine[Any] = String(24) if dialect.name == "sqlite" else DateTime(timezone=True)
        return dialect.type_descriptor(kind)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Refuse naive moments: they would silently take the machine's zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        moment = value.astimezone(UTC)
        if dialect.name != "sqlite":
            return moment
        return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - as above
        """Give back an aware moment in UTC."""
        if value is None:
            return None
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        return moment.astimezone(UTC)


class database_time(ColumnElement[datetime]):  # noqa: N801 - reads as a function in SQL expressions, like func.now
    """The database's clock plus ``offset``; leases compare against this, never against a worker's clock."""

    # Part of a compiled statement's cache key: without it every claim and heartbeat would be compiled anew.
    _traverse_internals = [("seconds", InternalTraversal.dp_plain_obj)]  # noqa: RUF012 - typed so in the base
    inherit_cache = True
    type = UtcDateTime()

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.seconds = offset.total_seconds()


@compiles(database_time, "sqlite")
def _sqlite_time(element: database_time, _compiler: SQLCompiler, **_: object) -> str:
    return f"strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '{element.seconds:+.3f} seconds')"


@compiles(database_time, "postgresql")
def _postgres_time(element: database_time, _compiler: SQLCompiler, **_: object) -> str:
    return f"(clock_timestamp() + interval '{element.seconds:.3f} seconds')"
