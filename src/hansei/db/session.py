"""Engines and sessions: short write transactions, separate reads, the same on both databases."""

from __future__ import annotations

import json
import random
import select
import sqlite3
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection, Dialect
from sqlalchemy.exc import DBAPIError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from hansei.db.together import Together
from hansei.errors import Busy, SetupError, StorageFull

T = TypeVar("T")
first_write: ContextVar[Callable[[Session], None] | None] = ContextVar("first_write", default=None)
"""Done at the start of each write transaction of this context, as a part of it."""

BUSY_SECONDS = 5
"""How long a writer waits for another before it says so."""
FULL_SECONDS = 60.0
"""So long a write that found no room is remembered, where no new row was stored since."""
KEPT, MOST_CONNECTIONS = 5, 20
"""Connections of one kind to PostgreSQL that are kept open, and that may be open at once: more than an API has threads
(sixteen that answer, the writer, the relay), so that nobody waits for a connection while others wait for a row."""
UNUSED_SECONDS = 1.0
"""A connection that was not used for so long, or that was spoken to, is asked whether it lives before its next use."""


class Database:
    """Connects on first use, so that it may be built before a fork.

    SQLite: WAL, ``synchronous=FULL``, and ``BEGIN IMMEDIATE`` for every write (a read that turns into a write
    would fail at once, whatever the busy timeout); one write connection a process, which queues threads in
    Python instead of in SQLite's sleep-and-retry.
    """

    def __init__(self, url: str) -> None:
        try:
            self.url: URL = make_url(url)
        except Exception:  # noqa: BLE001 - make_url raises several kinds; none may print the password inside
            raise SetupError("HANSEI_DATABASE_URL is not a database URL.", remedy=_URL_HELP) from None
        if self.url.get_backend_name() not in ("sqlite", "postgresql"):
            raise SetupError(
                f"Hansei works on SQLite and PostgreSQL, not on {self.url.get_backend_name()}.",
                remedy=_URL_HELP,
            )
        if not self.sqlite:  # whatever driver the URL names: this one is installed
            self.url = self.url.set(drivername="postgresql+psycopg")
        self._met = False
        self._full_until = 0.0
        self.may_create = False
        """Whether a SQLite file that is not there is made: only an upgrade of the schema does."""
        self._write: Engine | None = None
        self._read: Engine | None = None
        self._together = Together(self.write)

    @property
    def sqlite(self) -> bool:
        """True on SQLite."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def write_engine(self) -> Engine:
        """The engine for transactions that change something."""
        if self._write is None:
            self._write = self._sqlite_engine(writes=True) if self.sqlite else self._postgres_engine()
        return self._write

    @property
    def read_engine(self) -> Engine:
        """The engine for everything else.

        On PostgreSQL each statement is its own transaction: at READ COMMITTED each sees its own snapshot anyway,
        and BEGIN and ROLLBACK are two journeys of the five to seven that a short read takes. What is written by a
        single statement is written here too.
        """
        if self._read is None:
            self._read = (
                self._sqlite_engine(writes=False) if self.sqlite else self._postgres_engine(statements=True)
            )
        return self._read

    @contextmanager
    def write(self, *, durable: bool = True, single: bool = False) -> Iterator[Session]:
        """Open one transaction, committed when the block ends and rolled back when it raises.

        ``durable=False`` is for what may be lost with the machine's power because it would be done again (a
        claim, a heartbeat): SQLite does not wait for the disk then, and a later durable commit covers it. PostgreSQL
        waits: it may crash alone, and a worker that goes on with a claim that is forgotten would not be fenced off.
        ``single`` promises that the block executes one statement: PostgreSQL then needs no BEGIN and COMMIT.

        Raises:
            Busy: the database did not answer in time; nothing was stored.
        """
        engine = self.write_engine
        if not durable and self.sqlite:
            engine = engine.execution_options(hansei_durable=False)
        if single and not self.sqlite and first_write.get() is None:
            engine = self.read_engine
        with (
            self._noting_room() as note,
            busy_is_an_error(),
            Session(engine, expire_on_commit=False) as session,
            session.begin(),
        ):
            if durable:
                note(session)
            if (also := first_write.get()) is not None:
                also(session)
            yield session

    @property
    def full(self) -> bool:
        """True where this process's last write, a moment ago, found no room."""
        return time.monotonic() < self._full_until

    @contextmanager
    def _noting_room(self) -> Iterator[Callable[[Session], None]]:
        grown: list[bool] = []

        def look(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
            grown.append(statement.startswith("INSERT"))

        def note(session: Session) -> None:
            if self.full:  # what changes a row in its place needs no room, so that it went well says nothing
                event.listen(session.connection(), "after_cursor_execute", look)

        try:
            yield note
        except StorageFull:
            self._full_until = time.monotonic() + FULL_SECONDS
            raise
        if any(grown):
            self._full_until = 0.0

    def together(self, work: Callable[[Session], T]) -> Future[T]:
        """Write as in :meth:`write`, in one transaction with what else waits; the future is set after its commit.

        For small writes that come in numbers. ``work`` may be called twice, so it does nothing but write.
        """
        return self._together.submit(work)

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session that changes nothing.

        Raises:
            Busy: the database did not answer in time.
        """
        with busy_is_an_error(), Session(self.read_engine, expire_on_commit=False) as session:
            yield session

    def close(self) -> None:
        """Close every connection, once all that waits is written."""
        self._together.close()
        for engine in (self._write, self._read):
            if engine is not None:
                engine.dispose()

    @property
    def file(self) -> Path | None:
        """The file that holds it, where one does."""
        named = self.url.database if self.sqlite else None
        return Path(named) if named and named != ":memory:" and not named.startswith("file:") else None

    def _sqlite_engine(self, *, writes: bool) -> Engine:
        engine = create_engine(
            self.url,
            json_serializer=dumps,
            json_deserializer=loads,
            pool_size=1 if writes else 8,
            max_overflow=0,
            pool_timeout=BUSY_SECONDS * 2,
            connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
        )
        if self.file is not None:
            event.listen(engine, "do_connect", self._only_what_is_there)
            event.listen(engine, "connect", self._note_file)
            event.listen(engine, "checkout", self._same_file)
        event.listen(engine, "connect", _sqlite_write_pragmas if writes else _sqlite_pragmas)
        event.listen(engine, "begin", _begin_immediate if writes else _begin_read)
        return engine

    @property
    def new(self) -> bool:
        """True of a file that is not there and that this process has never opened."""
        return self.file is not None and not self._met and not self.file.exists()

    def _only_what_is_there(
        self, _dialect: Dialect, _record: ConnectionPoolEntry, words: list[Any], options: dict[str, Any]
    ) -> None:
        """Open the file; SQLite would put an empty one where it was moved away or its volume is not mounted."""
        file = Path(words[0]).absolute()
        if self.may_create:
            file.parent.mkdir(parents=True, exist_ok=True)
            return
        if not file.exists():
            raise FileGone("the database file is not there")
        words[0], options["uri"] = f"{file.as_uri()}?mode=rw", True

    def _note_file(self, _connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
        record.info["file"] = self._identity()
        self._met = True

    def _same_file(
        self, _connection: DBAPIConnection, record: ConnectionPoolEntry, _fairy: ConnectionPoolEntry
    ) -> None:
        """Let go of every connection to a file that is no longer the one of that name."""
        if record.info.get("file") != self._identity():
            raise InvalidatePoolError

    def _identity(self) -> tuple[int, int] | None:
        assert self.file is not None  # noqa: S101 - these listen only where there is a file
        try:
            found = self.file.stat()
        except OSError:
            return None
        return found.st_dev, found.st_ino

    def _postgres_engine(self, *, statements: bool = False) -> Engine:
        """Make an engine; ``statements``: each is a transaction of its own."""
        engine = create_engine(
            self.url,
            json_serializer=dumps,
            json_deserializer=loads,
            isolation_level="AUTOCOMMIT" if statements else "READ COMMITTED",
            pool_size=KEPT,
            max_overflow=MOST_CONNECTIONS - KEPT,
            pool_timeout=BUSY_SECONDS,
            pool_use_lifo=True,
            connect_args={
                "connect_timeout": BUSY_SECONDS,
                "options": "-c lock_timeout=5s -c timezone=UTC",
            },
        )
        event.listen(engine, "checkin", _note_use)
        event.listen(engine, "checkout", _Alive(engine.dialect))
        return engine


class FileGone(sqlite3.OperationalError):
    """The file of an embedded database is not where it was."""


def _note_use(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info["used"] = time.monotonic()


def _says_something(connection: Any) -> bool:
    """Say whether the server sent something, its end above all, without asking it."""
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


class _Alive:
    """Finds a connection that died while it lay in the pool, with all that lie beside it.

    The pool's own check makes a journey to the server before every use, which a report does eight times.
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect

    def __call__(self, connection: DBAPIConnection, record: ConnectionPoolEntry, _fairy: Any) -> None:
        used = record.info.get("used")
        if used is None or (time.monotonic() - used < UNUSED_SECONDS and not _says_something(connection)):
            return
        try:
            self._dialect.do_ping(connection)
        except self._dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


_URL_HELP = (
    "Set HANSEI_DATABASE_URL to sqlite:////absolute/path/hansei.db or to "
    "postgresql+psycopg://user:password@host/name."
)


def dumps(value: Any) -> str:
    """Write JSON as it is stored: UTF-8, and never NaN or infinity.

    ``value`` is made of what JSON knows; anything else (a date, a decimal) is the caller's to write as text first.

    Raises:
        ValueError: it holds NaN, infinity, or half of a character.
    """
    try:
        quick = to_json(value, inf_nan_mode="constants")  # a fourth of the time
    except ValueError:
        quick = b"NaN"
    if b"NaN" in quick or b"Infinity" in quick:  # perhaps in a text
        return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return quick.decode()


def loads(text: str | bytes) -> Any:
    """Read JSON as it is stored."""
    try:
        return from_json(text)
    except ValueError:  # it reads nothing that is nested two hundred times, nor half of a character
        return json.loads(text)


def _sqlite_pragmas(connection: Any, _record: ConnectionPoolEntry) -> None:
    _configure(connection, BUSY_SECONDS * 1000)


def _sqlite_write_pragmas(connection: Any, _record: ConnectionPoolEntry) -> None:
    _configure(connection, 0)  # BEGIN IMMEDIATE waits by itself, and after it nobody else holds the lock


def _configure(connection: Any, busy_milliseconds: float) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    cursor = connection.cursor()
    wanted = (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={busy_milliseconds:.0f}",
    )
    cursor.execute(
        f"PRAGMA busy_timeout={BUSY_SECONDS * 1000:.0f}"
    )  # the switch to WAL itself may have to wait
    for pragma in wanted:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    """Take the write lock, looking often.

    SQLite's own waiting sleeps longer and longer, up to 0.1 s, while others come and go: with an API and two
    workers that made the slowest in a hundred submissions take more than a second.
    """
    raw: sqlite3.Connection = connection.connection.driver_connection  # type: ignore[assignment]  # SQLite's own
    level = "FULL" if connection.get_execution_options().get("hansei_durable", True) else "NORMAL"
    if connection.info.get("synchronous") != level:
        raw.execute(f"PRAGMA synchronous={level}")
        connection.info["synchronous"] = level
    until = time.monotonic() + BUSY_SECONDS
    while time.monotonic() < until:
        try:
            raw.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                break
            time.sleep(random.uniform(0.0002, 0.0015))  # noqa: S311 - only keeps waiters from marching in step
        else:
            return
    connection.exec_driver_sql(
        "BEGIN IMMEDIATE"
    )  # the last try, through SQLAlchemy: its error is the known one


def _begin_read(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN")


@contextmanager
def busy_is_an_error() -> Iterator[None]:
    """Turn the driver's many ways of saying "not now" into :class:`Busy`, and "no room" into :class:`StorageFull`."""
    try:
        yield
    except (DBAPIError, PoolTimeout) as error:
        if isinstance(error, DBAPIError) and _full(error.orig):
            raise StorageFull(
                "The disk that holds the database is full; nothing was stored.",
                remedy="Make room there, then try again.",
            ) from error
        if isinstance(error, DBAPIError) and error.connection_invalidated:
            raise Busy(
                "The connection to the database broke, perhaps after it had stored this.",
                remedy="Look before you try again, or send an Idempotency-Key.",
            ) from error
        if isinstance(error, DBAPIError) and isinstance(error.orig, FileGone):
            raise Busy(
                "The database file is gone; nothing was stored, and none is made in its place.",
                remedy="Put it back (`hansei doctor`, where Hansei runs, says where it looks), or restore a backup.",
            ) from error
        if isinstance(error, OperationalError) and error.statement is None:  # not even a connection
            raise Busy(
                "The database gives no connection; nothing was stored.",
                remedy="`hansei doctor`, where Hansei runs, says where it looks. Otherwise try again.",
            ) from error
        if isinstance(error, (OperationalError, PoolTimeout)):
            raise Busy(
                "The database did not answer in time; nothing was stored.", remedy="Try again."
            ) from error
        raise


def _full(error: BaseException | None) -> bool:
    """Say whether a driver's error means that there is no room: SQLITE_FULL, or PostgreSQL's disk_full."""
    sqlite = getattr(error, "sqlite_errorname", "") == "SQLITE_FULL"
    return sqlite or getattr(error, "sqlstate", "") == "53100"
