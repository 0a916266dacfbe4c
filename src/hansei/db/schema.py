"""The schema's version: upgrade, check, backup, restore."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text

from hansei.db.session import Database, busy_is_an_error
from hansei.errors import Conflict, InvalidInput, StaleSchema

if TYPE_CHECKING:
    from alembic.config import Config

_MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 7_264_451  # any constant: keeps two upgrades of one PostgreSQL database from interleaving


def _config(connection: Connection | None = None) -> Config:
    from alembic.config import Config  # a third of a second that only an upgrade pays for

    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["connection"] = connection
    return config


def _revisions() -> list[str]:
    """Return the revisions of this version, oldest first: their files begin with their four digits."""
    return sorted(p.stem.split("_")[0] for p in (_MIGRATIONS / "versions").glob("[0-9]*.py"))


def head() -> str:
    """Return the revision this version of Hansei needs."""
    return _revisions()[-1]


def current(database: Database) -> str | None:
    """Return the database's revision; None for an empty database, and for one whose file was not made yet."""
    if database.new:
        return None
    with busy_is_an_error(), database.read_engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return None if found is None else str(found)


def upgrade(database: Database, *, to: str = "head") -> tuple[str | None, str]:
    """Bring the database to this version's schema (or to an earlier revision of it), in one transaction.

    Returns the revisions before and after.

    Raises:
        StaleSchema: the database was made by a newer version.
    """
    before = current(database)
    _refuse_newer(before)
    database.may_create = True
    from alembic import command

    with busy_is_an_error(), _changing(database) as connection:
        if not database.sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        command.upgrade(_config(connection), to)
    database.may_create = False
    return before, head() if to == "head" else to


@contextmanager
def _changing(database: Database) -> Iterator[Connection]:
    """Open the transaction of an upgrade.

    SQLite changes a table by copying it and dropping the old one, which would take along whatever points at its rows:
    foreign keys are off meanwhile, and looked over before the commit.
    """
    with database.write_engine.connect() as connection:
        raw = connection.connection.driver_connection
        if database.sqlite and raw is not None:
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                yield connection
                if database.sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first():
                    raise Conflict(
                        "Rows would point at nothing after the upgrade.", remedy="Restore a backup."
                    )
        finally:
            if database.sqlite and raw is not None:
                raw.execute("PRAGMA foreign_keys=ON")


def check(database: Database) -> None:
    """Do nothing where the schema fits.

    Raises:
        StaleSchema: with the command to run.
    """
    found = current(database)
    _refuse_newer(found)
    if found != head():
        state = (
            "has no tables yet" if found is None else f"is at revision {found}, this version needs {head()}"
        )
        raise StaleSchema(f"The database {state}.", remedy="Run `hansei db upgrade`, then start again.")


def _refuse_newer(revision: str | None) -> None:
    if revision is not None and revision not in _revisions():
        raise StaleSchema(
            f"The database was made by a newer version of Hansei (revision {revision}).",
            remedy="Install that version or newer, or restore a backup that this version made.",
        )


def backup(database: Database, target: Path) -> None:
    """Write a consistent copy of an embedded database while it is in use.

    Raises:
        InvalidInput: the database is not SQLite (PostgreSQL has pg_dump).
        Conflict: the target exists.
    """
    source = _file(database, "pg_dump --format=custom")
    if target.exists():
        raise Conflict(f"{target} exists.", remedy="Name a file that does not exist yet.")
    unfinished = target.with_name(target.name + ".part")
    unfinished.unlink(missing_ok=True)
    try:
        with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(unfinished)) as new:
            old.backup(new)
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)


def restore(database: Database, backup_file: Path) -> None:
    """Replace an embedded database by a backup; nothing may be running.

    Raises:
        InvalidInput: the database is not SQLite, or the file is not a sound backup of Hansei.
    """
    target = Path(_file(database, "pg_restore"))
    _examine(backup_file)
    database.close()
    unfinished = target.with_name(target.name + ".part")
    with closing(sqlite3.connect(backup_file)) as old, closing(sqlite3.connect(unfinished)) as new:
        old.backup(new)
    for leftover in ("-wal", "-shm"):
        target.with_name(target.name + leftover).unlink(missing_ok=True)
    unfinished.replace(target)


def _examine(path: Path) -> None:
    remedy = "Give a file that `hansei db backup` wrote."
    if not path.is_file():
        raise InvalidInput(f"There is no file {path}.", remedy=remedy)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            sound = connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            revision = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.DatabaseError:
        raise InvalidInput(f"{path} is not a backup of Hansei.", remedy=remedy) from None
    if not sound:
        raise InvalidInput(f"{path} is damaged.", remedy=remedy)
    _refuse_newer(revision[0] if revision else None)


def _file(database: Database, instead: str) -> str:
    if not database.sqlite or not database.url.database:
        raise InvalidInput(
            "This command is for the embedded database; this one is PostgreSQL.", remedy=f"Use {instead}."
        )
    return database.url.database
