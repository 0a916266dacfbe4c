"""Connected sources: added by people, their keys encrypted and never given back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from hansei import sample
from hansei.db.models import SourceRow, SourceSprint, TeamSource
from hansei.errors import InvalidInput, NoSource, NotFound, Problem
from hansei.services import homes, said, sprint_rows, teams
from hansei.services.teams import TeamView
from hansei.services.vault import Sealed, Vault

#: The source that the environment names.
DEFAULT = "default"
#: The sample teams: of `hansei up --sample`, which serves them in its place, or loaded at once.
SAMPLE = "sample"
#: Hansei's own sources, which nobody may add.
RESERVED = (DEFAULT, said.API, "table", SAMPLE)
KINDS = ("metrics_api",)
_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
_LONGEST_ADDRESS, _LONGEST_KEY = 2000, 4000


@dataclass(frozen=True, slots=True)
class SourceView:
    """A source as it may be shown: the address without its query, and whether a key is kept.

    Where it is not ``connected``, the environment names it, or `hansei up --sample` runs.
    """

    name: str
    kind: str
    address: str
    team_id: str | None
    has_key: bool
    last_sync_at: datetime | None
    last_error: str | None
    connected: bool = True


@dataclass(frozen=True, slots=True)
class Environment:
    """The source that the environment names, as :class:`hansei.bootstrap.Wiring` knows it: no key."""

    name: str
    address: str = field(repr=False)
    has_key: bool


@dataclass(frozen=True, slots=True)
class Connection:
    """All that is needed to ask a source. The key is in no repr."""

    name: str
    kind: str
    address: str
    key: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Chosen:
    """The source that a sync asks, and the team that it is bound to, if it is."""

    name: str
    team_id: str | None


def listed(session: Session, environment: Environment | None = None) -> list[SourceView]:
    """Return the source of the environment, where it is given, and the connected ones, A to Z."""
    query = select(SourceRow).where(SourceRow.connected).order_by(SourceRow.name)
    own = [] if environment is None else [_of_environment(session, environment)]
    return [*own, *(_view(row) for row in session.scalars(query))]


def get(session: Session, name: str, environment: Environment | None = None) -> SourceView:
    """Return one connected source, or that of the environment where it is given.

    Raises:
        NotFound: there is none of that name.
    """
    if environment is not None and environment.name == name:
        return _of_environment(session, environment)
    return _view(_row(session, name, environment))


def put(
    session: Session,
    vault: Vault,
    name: str,
    *,
    address: str,
    key: str | None = None,
    team_id: str | None = None,
    kind: str = KINDS[0],
) -> tuple[SourceView, bool]:
    """Add a source or change it; return it and whether it is new. Without ``key`` a stored one stays.

    Raises:
        InvalidInput: something cannot be used; also where the address changes and the key is not given again, since a
            kept key must not go to another address.
        SetupError: the key cannot be encrypted. Conflict: the team is a sample.
    """
    _check(name, address, key, kind)
    row = session.scalar(select(SourceRow).where(SourceRow.name == name).with_for_update())
    new = row is None or not row.connected
    if row is not None and not row.connected and row.kind not in KINDS:
        raise InvalidInput(
            f"“{name}” is the name of a source of another kind.", remedy="Choose another name."
        )
    if row is not None and row.secret is not None and address != row.address and not key:
        sentence = "The address changes, so the key is needed again: a kept key goes to no other address."
        raise InvalidInput(sentence, problems=(Problem("/key", sentence),))
    if row is None:
        row = sprint_rows.source_row(session, name=name, kind=kind, address=address)
    if team_id is not None:
        teams.for_sprints(session, team_id)
    row.kind, row.address, row.team_id, row.connected = kind, address, team_id, True
    if key:
        sealed = vault.seal(key)
        row.secret, row.secret_key_id = sealed.token, sealed.key_id
    session.flush()
    return _view(row), new


def remove(session: Session, name: str) -> int:
    """Disconnect a source: its address and key are forgotten; the sprints it gave stay. Return how many those are.

    Raises:
        NotFound: there is none of that name.
    """
    row = _row(session, name)
    kept = session.scalar(
        select(func.count()).select_from(SourceSprint).where(SourceSprint.source_id == row.id)
    )
    if not kept:
        session.execute(delete(SourceRow).where(SourceRow.id == row.id))
        return 0
    row.connected, row.address, row.team_id = False, None, None
    row.secret = row.secret_key_id = row.last_error = None
    for place in session.scalars(select(TeamSource).where(TeamSource.source_id == row.id)):
        place.state, place.last_error, place.last_error_at = "ok", None, None
    return kept


def connection(session: Session, vault: Vault, name: str) -> Connection:
    """Return what is needed to ask a source.

    Raises:
        NoSource: there is none of that name.
        SetupError: its key cannot be read.
    """
    row = session.scalar(select(SourceRow).where(SourceRow.name == name, SourceRow.connected))
    if row is None or row.address is None:
        raise NoSource(f"There is no source called “{name[:60]}”.", remedy="`hansei source list` names them.")
    return Connection(row.name, row.kind, row.address, _key(row, vault))


def choose(session: Session, *, asked: str | None, team_id: str | None, default: str | None) -> Chosen:
    """Return the source of a sync: the one asked for, the team's own, the environment's, or the only one there is.

    ``default`` is the name of the environment's source, if it has one. Of the sample (where that is its name) a sync
    that names no team is of the simulated one, and other teams than its own never get anything.

    Raises:
        InvalidInput: the one asked for is not there, or the sample does not know the team.
    """
    rows = list(session.scalars(select(SourceRow).where(SourceRow.connected).order_by(SourceRow.name)))
    if asked is not None and asked not in (DEFAULT, default):
        found = next((r for r in rows if r.name == asked), None)
        if found is None:
            sentence = f"There is no source called “{asked[:60]}”."
            names = ", ".join([default or DEFAULT, *(r.name for r in rows)])
            raise InvalidInput(
                sentence,
                remedy=f"Leave “source” out, or send one of: {names}.",
                problems=(Problem("/source", sentence),),
            )
        return Chosen(found.name, found.team_id)
    own = [r for r in rows if team_id is not None and r.team_id == team_id]
    if asked is None and own:
        return Chosen(own[0].name, team_id)
    of_sample = default == SAMPLE and (team_id is None or sample.team(team_id) is not None)
    if asked is None and not (default == DEFAULT or of_sample) and len(rows) == 1:
        return Chosen(rows[0].name, rows[0].team_id)
    if default == SAMPLE:
        if not of_sample:
            raise _not_of_sample(team_id or "")
        return Chosen(SAMPLE, team_id or sample.SIMULATED)
    return Chosen(DEFAULT, None)


def reorder(session: Session, team_id: str, names: Sequence[str]) -> None:
    """Put a team's sources in another order and its sprints together again; those not named keep their order, last.

    Raises:
        NotFound: there is no such team.
        InvalidInput: a name that is no source of the team, or one twice.
    """
    teams.require(session, team_id)
    teams.ensure(session, team_id)  # locks it: a sync must not put the sprints together at the same time
    query = (
        select(SourceRow.name, TeamSource)
        .join(TeamSource, TeamSource.source_id == SourceRow.id)
        .where(TeamSource.team_id == team_id)
        .order_by(TeamSource.position)
    )
    places = {name: place for name, place in session.execute(query)}  # noqa: C416 - rows are not pairs to mypy
    wrong = next((n for n in names if n not in places), None)
    if wrong is not None or len(set(names)) < len(names):
        sentence = f"“{wrong[:60]}” is no source of this team." if wrong else "A source is named twice."
        remedy = f"Its sources: {', '.join(places) or 'none yet'}."
        raise InvalidInput(sentence, remedy=remedy, problems=(Problem("/order", sentence),))
    for number, name in enumerate(dict.fromkeys((*names, *places)), 1):
        places[name].position = number
    session.flush()
    homes.rebuild(session, team_id)


def rotate(session: Session, vault: Vault) -> int:
    """Encrypt every stored key again with the first key of the vault; return how many.

    Raises:
        SetupError: one cannot be read; nothing is changed.
    """
    rows = list(session.scalars(select(SourceRow).where(SourceRow.secret.is_not(None)).with_for_update()))
    for row in rows:
        sealed = vault.seal(_key(row, vault) or "")
        row.secret, row.secret_key_id = sealed.token, sealed.key_id
    return len(rows)


def any_there(session: Session, *, has_default: bool) -> bool:
    """Say whether there is a source to sync from."""
    return has_default or session.scalar(select(SourceRow.id).where(SourceRow.connected).limit(1)) is not None


def any_for(session: Session, team: TeamView, *, default: str | None) -> bool:
    """Say whether there is a source that may give a team sprints: the sample gives some to its own teams alone."""
    if team.sample:
        return default == SAMPLE
    return any_there(session, has_default=default == DEFAULT)


def any_key(session: Session) -> bool:
    """Say whether the key of any source is kept."""
    return session.scalar(select(SourceRow.id).where(SourceRow.secret.is_not(None)).limit(1)) is not None


def check_keys(session: Session, vault: Vault) -> None:
    """Do nothing where every stored key can be read.

    Raises:
        SetupError: one cannot; nothing is changed.
    """
    for row in session.scalars(select(SourceRow).where(SourceRow.secret.is_not(None))):
        _key(row, vault)


def _not_of_sample(team_id: str) -> InvalidInput:
    sentence = (
        f"The sample, which is the source while `hansei up --sample` runs, has no team “{team_id[:100]}”."
    )
    remedy = (
        f"Its teams: {', '.join(t.team_id for t in sample.teams())}. For a team of your own connect a source (`hansei "
        "source add`), or start without --sample."
    )
    return InvalidInput(sentence, remedy=remedy, problems=(Problem("/team_id", sentence),))


def _of_environment(session: Session, own: Environment) -> SourceView:
    row = session.scalar(select(SourceRow).where(SourceRow.name == own.name))
    return SourceView(
        name=own.name,
        kind=SAMPLE if own.name == SAMPLE else KINDS[0],
        address=_shown(own.address),
        team_id=None,
        has_key=own.has_key,
        last_sync_at=row.last_sync_at if row is not None else None,
        last_error=row.last_error if row is not None else None,
        connected=False,
    )


def _key(row: SourceRow, vault: Vault) -> str | None:
    return None if row.secret is None else vault.open(Sealed(row.secret, row.secret_key_id or ""))


def _check(name: str, address: str, key: str | None, kind: str) -> None:
    problems = []
    if not _NAME.fullmatch(name):
        problems.append(Problem("/name", "A source's name has 1 to 100 of the characters A-Z a-z 0-9 . _ -."))
    if name in RESERVED:
        problems.append(Problem("/name", f"“{name}” is a source of Hansei itself: choose another name."))
    if kind not in KINDS:
        problems.append(Problem("/kind", f"The kinds of source are: {', '.join(KINDS)}."))
    if len(address) > _LONGEST_ADDRESS:
        problems.append(Problem("/address", f"An address has at most {_LONGEST_ADDRESS:,} characters."))
    if key is not None and (len(key) > _LONGEST_KEY or not (key.isascii() and key.isprintable())):
        problems.append(Problem("/key", "The key holds characters that no key has: enter it again."))
    if problems:
        raise InvalidInput(problems[0].detail, problems=tuple(problems))


def _row(session: Session, name: str, environment: Environment | None = None) -> SourceRow:
    query = select(SourceRow).where(SourceRow.name == name, SourceRow.connected)
    row = session.scalar(query) if _NAME.fullmatch(name) else None
    if row is None:
        names = [s.name for s in listed(session, environment)][:8]
        remedy = f"The sources there are: {', '.join(names)}." if names else "None is connected yet."
        raise NotFound(f"There is no connected source “{name[:60]}”.", remedy=remedy)
    return row


def _view(row: SourceRow) -> SourceView:
    return SourceView(
        row.name,
        row.kind,
        _shown(row.address or ""),
        row.team_id,
        row.secret is not None,
        row.last_sync_at,
        row.last_error,
    )


def _shown(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
