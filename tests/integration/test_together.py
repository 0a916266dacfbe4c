"""Writes that wait together share a transaction, and each is answered as if it were alone."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import wait
from contextlib import closing, contextmanager

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from hansei import jobs
from hansei.db.models import Job
from hansei.db.session import Database
from hansei.errors import Busy, InvalidInput

SECONDS = 20


def accepted(session: Session) -> str:
    return jobs.accept(session, "report", "T", {}).id


def stored(database: Database) -> set[str]:
    with database.read() as session:
        return set(session.scalars(select(Job.id)))


@contextmanager
def held_up(database: Database) -> Iterator[None]:
    """Keep the writer busy while the block hands in more."""
    begun, go_on = threading.Event(), threading.Event()

    def hold(_session: Session) -> None:
        begun.set()
        go_on.wait(SECONDS)

    first = database.together(hold)
    assert begun.wait(SECONDS)
    try:
        yield
    finally:
        go_on.set()
        first.result(SECONDS)


def test_what_waits_is_committed_at_once_and_every_caller_gets_its_own(database: Database) -> None:
    commits: list[object] = []
    event.listen(database.write_engine, "commit", commits.append)
    with held_up(database):
        waiting = [database.together(accepted) for _ in range(50)]
    ids = [one.result(SECONDS) for one in waiting]
    assert stored(database) == set(ids)
    assert len(set(ids)) == 50
    assert len(commits) == 1  # the one that held the writer up touched nothing


def test_an_answer_comes_only_after_the_commit(database: Database) -> None:
    seen: list[bool] = []
    done = database.together(accepted)
    done.add_done_callback(lambda one: seen.append(one.result() in stored(database)))
    wait([done], SECONDS)
    database.close()  # joins the thread that called back
    assert seen == [True]


def test_one_that_fails_takes_nobody_with_it(database: Database) -> None:
    def refused(session: Session) -> str:
        accepted(session)
        raise InvalidInput("No.")

    with held_up(database):
        before, bad, after = (database.together(one) for one in (accepted, refused, accepted))
    with pytest.raises(InvalidInput):
        bad.result(SECONDS)
    kept = {before.result(SECONDS), after.result(SECONDS)}
    assert stored(database) == kept


def test_a_commit_that_failed_is_told_to_all_and_done_once(database: Database) -> None:
    calls: list[int] = []

    def work(session: Session) -> None:
        accepted(session)
        calls.append(1)

    def broken(_connection: object) -> None:
        raise Busy("The connection broke.")

    with held_up(database):
        waiting = [database.together(work) for _ in range(2)]
        event.listen(database.write_engine, "commit", broken)
    for one in waiting:
        with pytest.raises(Busy):
            one.result(SECONDS)
    event.remove(database.write_engine, "commit", broken)
    assert len(calls) == 2
    assert stored(database) == set()


def test_nobody_is_written_for_who_does_not_wait_any_more(database: Database) -> None:
    with held_up(database):
        given_up, other = database.together(accepted), database.together(accepted)
        assert given_up.cancel()
    kept = other.result(SECONDS)
    assert stored(database) == {kept}


def test_closing_writes_what_waits_and_a_later_write_begins_anew(database: Database) -> None:
    waiting = [database.together(accepted) for _ in range(20)]
    database.close()
    assert all(one.done() for one in waiting)
    later = database.together(accepted).result(SECONDS)
    assert later in stored(database)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Job)) == 21


def test_a_database_that_is_busy_is_so_for_all_that_wait(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database.sqlite:
        pytest.skip("only SQLite has a single writer")
    monkeypatch.setattr("hansei.db.session.BUSY_SECONDS", 0.5)
    monkeypatch.setattr("hansei.db.together.PATIENCE_SECONDS", 0.5)
    tries: list[int] = []

    def counted(session: Session) -> str:
        tries.append(1)
        return accepted(session)

    path = database.url.database
    assert path
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        asked = [database.together(counted) for _ in range(400)]
        assert [type(one.exception(SECONDS)) for one in asked] == [Busy] * 400
    assert len(tries) < 5
    assert stored(database) == set()
