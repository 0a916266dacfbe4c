"""``hansei doctor``: look at everything that commonly goes wrong; change nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from hansei.cli import lock, running
from hansei.errors import Busy, HanseiError

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

    from hansei.bootstrap import Wiring

State = Literal["ok", "note", "wrong"]
LEAST_PYTHON = (3, 11)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: its state, what was seen, and what to do about it."""

    state: State
    what: str
    says: str
    remedy: str = ""


Check = Callable[["Wiring"], Iterator[Finding]]


def examine(data_dir: Path | None) -> list[Finding]:
    """Look at everything; a check that fails never stops the next."""
    from hansei.cli.options import wired

    found = list(_python())
    try:
        wiring = running.knowing(wired(data_dir))
    except HanseiError as error:
        return [*found, _wrong("settings", error)]
    found.append(Finding("ok", "settings", "readable"))
    for name, check in CHECKS:
        if name in ON_DATA and any(f.what == "database" and f.state == "wrong" for f in found):
            continue  # the same again, and no help
        try:
            found += check(wiring)
        except HanseiError as error:
            found.append(_wrong(name, error))
    return found


def _python() -> Iterator[Finding]:
    version = sys.version.split()[0]
    if sys.version_info[:2] >= LEAST_PYTHON:
        yield Finding("ok", "python", version)
    else:
        yield Finding("wrong", "python", version, "Install Python 3.11 or newer.")


def _data_dir(wiring: Wiring) -> Iterator[Finding]:
    folder = wiring.settings.data_dir.absolute()
    nearest = next(p for p in (folder, *folder.parents) if p.exists())
    if not nearest.is_dir() or not os.access(nearest, os.W_OK | os.X_OK):
        yield Finding(
            "wrong", "data folder", f"{folder} cannot be written", "Choose another with --data-dir."
        )
    elif nearest == folder:
        yield Finding("ok", "data folder", f"{folder} can be written")
    else:
        yield Finding("ok", "data folder", f"{folder} does not exist yet; it will be made")


def _running(wiring: Wiring) -> Iterator[Finding]:
    held = lock.holder(wiring.settings.data_dir)
    if held is None:
        yield Finding("ok", "lock", "no `hansei up` is running on this folder")
    else:
        at = f", {held['address']}" if "address" in held else ", still starting"
        yield Finding("ok", "lock", f"held by `hansei up` with pid {held.get('pid', 'unknown')}{at}")


def _database(wiring: Wiring) -> Iterator[Finding]:
    from hansei.db import schema

    database = wiring.database
    kind = "SQLite" if database.sqlite else "PostgreSQL"
    if database.sqlite and not Path(database.url.database or "").exists():
        yield Finding(
            "note", "database", "SQLite, not made yet", "`hansei up` or `hansei db upgrade` makes it."
        )
        return
    where = f"{kind} at {_where(database.url)}"
    try:
        schema.check(database)
    except Busy:
        remedy = (
            "Start it, or correct host, port, database, user and password in HANSEI_DATABASE_URL."
            if not database.sqlite
            else "Look what else uses the file, then try again."
        )
        yield Finding("wrong", "database", f"{where} does not answer", remedy)
        return
    yield Finding("ok", "database", f"{where} answers, schema {schema.head()}")


def _where(url: URL) -> str:
    """Return where a database is; no user, no password."""
    if url.get_backend_name() == "sqlite":
        return str(url.database)
    port = f", port {url.port}" if url.port else ""
    return f"{url.host or 'a local socket'}{port}, database {url.database or 'of the user’s name'}"


def _broker(wiring: Wiring) -> Iterator[Finding]:
    from hansei.cli.broker import find_server
    from hansei.services.relay import BrokerDown

    if wiring.settings.broker_url is None:
        yield Finding("ok", "broker", f"none configured; `hansei up` starts {find_server()}")
        return
    try:
        wiring.publisher.depth("reports")
    except BrokerDown as error:
        remedy = (
            "Start the Redis or Valkey that HANSEI_BROKER_URL names; tasks are accepted and safe until then."
        )
        yield Finding("wrong", "broker", error.message, remedy)
    else:
        yield Finding("ok", "broker", "answers")


def _workers(wiring: Wiring) -> Iterator[Finding]:
    from hansei.services import workers

    if wiring.database.sqlite and not Path(wiring.database.url.database or "").exists():
        return
    with wiring.database.read() as session:
        seen = workers.fresh(session)
    if seen:
        names = ", ".join(f"{w.name} ({w.pool}; {', '.join(w.queues)})" for w in seen)
        yield Finding("ok", "workers", names)
        for warning in (w.warning for w in seen if w.warning):
            yield Finding("note", "workers", warning)
    else:
        remedy = "Start one with `hansei up` or `hansei worker`; tasks are safe until then."
        yield Finding("note", "workers", "none was seen in the last minute", remedy)


def _source(wiring: Wiring) -> Iterator[Finding]:
    if hint := running.source_there(wiring):
        yield Finding("note", "source", "none is configured here", hint)
        return
    if wiring.settings.metrics_api_url is None:
        remedy = "Set HANSEI_METRICS_API_URL, start `hansei up --sample`, or use `hansei analyse FILE`."
        yield Finding("note", "source", "none is configured", remedy)
        return
    fetched = wiring.source(None).fetch(1, None, lambda _percent, _stage: None)
    rows = len(fetched.sprints) + len(fetched.rejected)
    if fetched.rejected:
        yield Finding("note", "source", "answers, but its sprint was refused", fetched.rejected[0].reason)
    else:
        which = "the sample of `hansei up --sample` " if wiring.settings.sample else ""
        yield Finding("ok", "source", f"{which}answers ({rows} of 1 sprint asked for)")


def _connected(wiring: Wiring) -> Iterator[Finding]:
    from hansei.db import schema
    from hansei.services import sources

    if wiring.database.sqlite and not Path(wiring.database.url.database or "").exists():
        return
    if schema.current(wiring.database) != schema.head():
        return  # said above
    with wiring.database.read() as session:
        found = sources.listed(session)
    for source in found:
        what = f"source {source.name}"
        try:
            fetched = wiring.source(source.name).fetch(1, None, lambda _percent, _stage: None)
        except HanseiError as error:
            yield _wrong(what, error)
        else:
            yield Finding("ok", what, f"answers ({len(fetched.sprints)} of 1 sprint asked for)")


def _wording(wiring: Wiring) -> Iterator[Finding]:
    from importlib.util import find_spec

    from hansei.db import schema
    from hansei.services import wording

    model = wiring.wording_model
    if model is None:
        return
    if find_spec("pydantic_ai") is None:
        remedy = (
            "Install the extra: pip install 'hansei[llm]'. Reports are worded by the template until then."
        )
        yield Finding("wrong", "wording", f"{model.name} is set, but cannot be asked", remedy)
        return
    if wiring.database.sqlite and not Path(wiring.database.url.database or "").exists():
        return
    if schema.current(wiring.database) != schema.head():
        return  # said above
    with wiring.database.read() as session:
        rates = wording.pass_rates(session)
    yield Finding("ok", "wording", f"{model.name} at {model.address}, for teams that choose it")
    for rate in rates:
        passed = "none offered" if rate.passed is None else f"{100 * rate.passed:.0f} % passed the check"
        said = f"{rate.used} of {rate.asked} reports in its words; {rate.sentences} sentences, {passed}"
        yield Finding("ok", f"wording by {rate.model}", said)


def _port(wiring: Wiring) -> Iterator[Finding]:
    from hansei.cli.addresses import check_port

    held = lock.holder(wiring.settings.data_dir)
    settings = wiring.settings
    if held is not None and str(held.get("address", "")).endswith(f":{settings.port}"):
        yield Finding("ok", "port", f"{settings.port} is used by that `hansei up`")
        return
    check_port(settings.host, settings.port)
    yield Finding("ok", "port", f"{settings.port} on {settings.host} is free")


def _open(wiring: Wiring) -> Iterator[Finding]:
    if not wiring.settings.loopback:
        from hansei.cli.stack import refuse_open_door

        refuse_open_door(wiring)
        yield Finding("ok", "access", "a usable token exists")


CHECKS: tuple[tuple[str, Check], ...] = (
    ("data folder", _data_dir),
    ("lock", _running),
    ("database", _database),
    ("broker", _broker),
    ("workers", _workers),
    ("source", _source),
    ("sources", _connected),
    ("wording", _wording),
    ("port", _port),
    ("access", _open),
)


ON_DATA = ("workers", "sources", "access")
"""What needs a database that answers."""


def _wrong(what: str, error: HanseiError) -> Finding:
    return Finding("wrong", what, error.message, error.remedy)
