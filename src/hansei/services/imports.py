"""Bring a table: look at what it would do, store it, keep the answers for the next one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from hansei.core.merging import as_stored
from hansei.core.metrics import SprintMetrics, describe, slips
from hansei.core.tables import KINDS, Reading
from hansei.core.words import ENGLISH
from hansei.core.worth import SEEN, worth
from hansei.db.models import ImportAnswers
from hansei.db.session import Database
from hansei.errors import Conflict, InvalidInput, Problem
from hansei.memory import give_back
from hansei.services import judging, notes, overview, said, sprint_rows, teams
from hansei.services.sprint_rows import RowChange, ValueChange

#: Reads the table, given the answers kept from an earlier one of the team.
Read = Callable[[Mapping[str, str]], Reading]
#: Each kind of table is a source of its own: their rows about one sprint add to each other.
SOURCES = {"sprints": "table", "items": "list of items", "sprint_report": "sprint report"}
#: From so many cells on reading a table leaves much memory behind.
LARGE = 50_000


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did, or would do where it is not ``stored``.

    ``team_name`` is the team's as it is stored.
    ``created``, ``changed``, ``refreshed`` (open until now, or with dates that they did not have) and ``unchanged`` are
    the table's sprints; ``worth`` says what a report could see then; ``twins`` are those notes that say what may be one
    sprint and would be two, and ``overruled`` is the one that says that another source's values are shown all the same.
    """

    team_id: str
    team_name: str
    team_is_new: bool
    reading: Reading
    created: tuple[str, ...]
    changed: tuple[RowChange, ...]
    refreshed: tuple[str, ...]
    unchanged: int
    worth: str
    twins: tuple[str, ...]
    overruled: str
    stored: bool


def kept_answers(session: Session, team_id: str) -> dict[str, str]:
    """Return the answers that served for the team's last table; empty where there was none."""
    row = session.get(ImportAnswers, team_id)
    return dict(row.answers) if row is not None else {}


def assumed_dates(sprints: Iterable[SprintMetrics]) -> tuple[str, ...]:
    """Return the sentence that stands where dates were computed from one answer; nothing where none were."""
    found = list(sprints)
    count = sum(s.assumed for s in found)
    if not count:
        return ()
    if count == len(found):
        return (ENGLISH("notes.assumed"),)
    return (ENGLISH.count("notes.assumed", count, all=len(found)),)


def run(
    database: Database,
    team_id: str,
    read: Read,
    *,
    now: datetime,
    least_answers: int,
    dry_run: bool,
    confirm_changes: bool,
    name: str | None = None,
) -> Imported:
    """Read a table and store its sprints and the verdicts that are due; with ``dry_run`` do all of it and roll back.

    ``name`` counts where the team is new. A value that is stored already and differs is stored only with
    ``confirm_changes``; a value that the table does not have leaves the stored one alone.

    Raises:
        InvalidInput: the table cannot be used, or (not in a dry run) a needed answer is missing.
        Conflict: stored values would change and nobody confirmed it, or the team is a sample; nothing was stored.
    """
    teams.check_team_id(team_id)
    with database.read() as session:
        kept = kept_answers(session, team_id)
    reading = read(kept)  # before the transaction: it may take seconds
    if len(reading.sprints) * len(reading.columns) > LARGE:
        give_back()  # what the reading took, before the look at what the table is worth takes as much
    if not dry_run:
        _check(reading)
        judging.prepare(database, team_id)
    with database.write() as session:
        done = _apply(session, team_id, reading, now=now, dry_run=dry_run, confirm=confirm_changes, name=name)
        if not dry_run:
            judging.judge(session, team_id, least_answers=least_answers)
    return done


def _check(reading: Reading) -> None:
    """Refuse a table that cannot be stored as it was read."""
    if reading.open:
        asked = tuple(Problem(f"/answers/{q.key}", f"{q.text} {q.answer()}") for q in reading.open)
        raise InvalidInput(
            f"The table leaves a question open: {reading.open[0].text}",
            remedy=f"Answer {reading.open[0].answer()} and send it again.",
            problems=asked,
        )
    if not reading.sprints:
        reason = reading.rejected[0].reason if reading.rejected else "It holds no sprint."
        wrong = tuple(Problem("", r.reason) for r in reading.rejected[:50])
        raise InvalidInput("None of the sprints can be stored.", remedy=reason, problems=wrong)


def _apply(
    session: Session,
    team_id: str,
    reading: Reading,
    *,
    now: datetime,
    dry_run: bool,
    confirm: bool,
    name: str | None,
) -> Imported:
    nested = session.begin_nested()
    _, new = teams.for_sprints(session, team_id, name=name)
    source = teams.source_row(session, name=SOURCES[reading.kind], kind="table", address=None)
    session.flush()
    reading = _spelt_as_stored(session, team_id, reading, source.id)
    found = sprint_rows.changes(session, team_id, reading.sprints, source.id, now, adding=True)
    if found.changed and not confirm and not dry_run:
        nested.rollback()
        raise _unconfirmed(found.changed)
    touched = {*found.created, *found.refreshed, *(c.sprint_id for c in found.changed)}
    teams.upsert(
        session,
        team_id,
        [r for r in reading.sprints if r.sprint_id in touched],
        now=now,
        force=True,
        source_id=source.id,
        adding=True,
    )
    notes.take_over(session, team_id, reading.sprints, now)
    changed = sprint_rows.with_what_counts(session, team_id, source.id, found.changed)
    overruled = _overruled(changed, source.name)
    seen = worth(*teams.latest_closed(session, team_id, SEEN))
    twins = teams.twins(session, team_id, reading.sprints)
    told = (*slips(reading.unknown_names), *twins, *([overruled] if overruled else []))
    reading = replace(reading, notes=(*reading.notes, *told))
    _keep(session, team_id, reading.answers, now)
    done = Imported(
        team_id=team_id,
        team_name=overview.names_of(session, [team_id])[team_id],
        team_is_new=new,
        reading=reading,
        created=found.created,
        changed=changed,
        refreshed=found.refreshed,
        unchanged=found.unchanged,
        worth=seen,
        twins=tuple(twins),
        overruled=overruled,
        stored=not dry_run,
    )
    if dry_run:
        nested.rollback()
    else:
        nested.commit()
    return done


def _spelt_as_stored(session: Session, team_id: str, reading: Reading, source_id: int) -> Reading:
    """Let a sprint that the source knows under another spelling be that sprint, and say so."""
    known = said.places(session, team_id, source_id).values()
    sprints, spelt = as_stored(reading.sprints, (place.sprint() for place in known))
    if not spelt:
        return reading
    new, old = spelt[0]
    text = ENGLISH.count("notes.spelt", len(spelt), new=_on_one_line(new), old=_on_one_line(old))
    return replace(reading, sprints=sprints, notes=(*reading.notes, text))


def _on_one_line(name: str) -> str:
    return "".join(c if c.isprintable() else " " for c in name)[:60]


def values_changed(changed: Iterable[RowChange]) -> int:
    """Return how many stored values would change; of very many only the first are listed."""
    return sum(c.count for c in changed)


def _overruled(changed: Iterable[RowChange], source: str) -> str:
    """Return the sentence that says how many changes are not shown, since other sources come first; empty for none."""
    changes = list(changed)
    listed = [v for c in changes for v in c.values]
    others = sorted({v.instead[0] for v in listed if v.instead})
    if not others:
        return ""
    total, count = values_changed(changes), sum(v.instead is not None for v in listed)
    many = f"{'at least ' if total > len(listed) else ''}{count:,}"
    first = ("source " if len(others) == 1 else "sources ") + ", ".join(f"“{name}”" for name in others)
    return (
        f"Of {total:,} changed {'value' if total == 1 else 'values'}, {many} will not show in reports: {first} "
        f"{'comes' if len(others) == 1 else 'come'} before “{source}” for this team. Change the order under “Data” on "
        "the team's page, or with `hansei source order`."
    )


def _unconfirmed(changed: tuple[RowChange, ...]) -> Conflict:
    many = values_changed(changed)
    said = "1 stored value would change" if many == 1 else f"{many} stored values would change"
    listed = tuple(Problem("", sentence) for c in changed for sentence in change_sentences(c))
    return Conflict(
        f"{said}, and nothing was stored.",
        remedy="Look at them in a dry run, then import again and confirm the changes.",
        problems=listed[:200],
    )


def change_sentences(change: RowChange) -> list[str]:
    """Return one sentence for each listed value that would change."""
    return [
        f"{change.name}: {_title(v.metric)} from {_shown(v.old)} to {_shown(v.new)}{_instead(v)}."
        for v in change.values
    ]


def _instead(value: ValueChange) -> str:
    """Say what is shown where another source's value counts."""
    if value.instead is None:
        return ""
    source, shown = value.instead
    return f"; reports show {_shown(shown)}, from “{source}”"


def _title(name: str) -> str:
    days = {"start_date": "first day", "end_date": "last day"}
    return days.get(name) or describe(name).title


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, Mapping):
        return ", ".join(f"{count} {size}" for size, count in value.items()) or "nothing"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _keep(session: Session, team_id: str, answers: Mapping[str, str], now: datetime) -> None:
    row = session.get(ImportAnswers, team_id)
    told: dict[str, Any] = dict(answers)
    if row is None:
        session.add(ImportAnswers(team_id=team_id, answers=told, updated_at=now))
    else:
        row.answers, row.updated_at = {**row.answers, **told}, now


def summary(done: Imported) -> str:
    """Return what an import did, or would do, as one sentence."""
    changed = len(done.changed) + len(done.refreshed)
    parts = f"{len(done.created)} new, {changed} changed, {done.unchanged} unchanged"
    counted = f"{parts}, {len(done.reading.rejected)} refused"
    return f"Read as {KINDS[done.reading.kind]}: {counted}{'' if done.stored else ' (nothing stored yet)'}."
