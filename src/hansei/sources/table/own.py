"""Our own export of sprints (``GET /teams/ID/sprints.csv``): nothing to find out, so everything is taken as written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from hansei.core.metrics import HEADER, NOTES, REGISTRY, SIZES, SprintMetrics
from hansei.core.people import is_of_a_person
from hansei.core.tables import ColumnRead, Reading
from hansei.sources.rows import Row, gather
from hansei.sources.table import cells
from hansei.sources.table.grid import Grid
from hansei.sources.table.headers import OF_PEOPLE, SERIES

SIZE = "story_point_distribution."
STATES = ("dates_assumed", "provisional", "notes", "left_out")
_MARKED = ("=", "+", "-", "@", "'")


def read(grid: Grid) -> Reading | None:
    """Read the export; None where a table only resembles one."""
    header = [cells.text(c) for c in grid.lines[0].cells]
    names = header[len(HEADER) :]
    if tuple(header[: len(HEADER)]) != HEADER or not all(_is_ours(n) for n in names):
        return None
    body = grid.lines[1:]
    rows = [_row(at, [cells.text(c) for c in line.cells], names) for at, line in enumerate(body)]
    if not rows or any(row is None for row in rows):
        return None
    fetched = gather((r[0] for r in rows if r), where=lambda at: f"{grid.place} {body[at].number}: ")
    states = {str(r[0].payload.get("sprint_id", "")).strip(): r[1] for r in rows if r}
    sprints = tuple(_in_state(s, states[s.sprint_id]) for s in fetched.sprints)
    columns = [ColumnRead(i, n, n, n.replace("_", " ")) for i, n in enumerate(HEADER, 1)]
    for i, name in enumerate(names, len(HEADER) + 1):
        if name.startswith(SERIES) and is_of_a_person(name.removeprefix(SERIES)):
            columns.append(ColumnRead(i, reason=OF_PEOPLE))
            continue
        metric = REGISTRY.get(name)
        title = metric.title if metric else name.replace("_", " ") if name in STATES else name
        columns.append(ColumnRead(i, name, name, title, metric.unit if metric else ""))
    return Reading(
        "sprints",
        tuple(columns),
        sprints,
        fetched.rejected,
        notes=(*grid.notes, "This is an export of Hansei.", *fetched.notes),
        unknown_names=fetched.unknown_names,
        assumed=any(s.assumed for s in sprints),
    )


def _is_ours(name: str) -> bool:
    known = name in REGISTRY or name in STATES
    return known or name.startswith(SERIES) or name.removeprefix(SIZE) in SIZES


def _row(number: int, row: list[str], names: list[str]) -> tuple[Row, dict[str, str]] | None:
    """Return a row and what it says beside numbers; None where it is not one of ours."""
    if len(row) != len(HEADER) + len(names):
        return None
    sizes: dict[str, object] = {}
    states: dict[str, str] = {}
    head = [_unmarked(cell) for cell in row[: len(HEADER)]]
    payload: dict[str, object] = {k: v for k, v in zip(HEADER, head, strict=True) if v}
    for name, cell in zip(names, row[len(HEADER) :], strict=True):
        if not cell:
            continue
        if name in STATES:
            states[name] = cell
            continue
        try:
            value = float(cell)
        except ValueError:
            return None
        if name.startswith(SIZE):
            sizes[name.removeprefix(SIZE)] = value
        else:
            payload[name.removeprefix(SERIES)] = value
    if not _are_states(states):
        return None
    if sizes:
        payload["story_point_distribution"] = sizes
    return Row(number, payload), states


def _are_states(states: Mapping[str, str]) -> bool:
    noted = set(states.get("notes", "").split())
    return noted <= set(NOTES) and all(v == "yes" for n, v in states.items() if n != "notes")


def _in_state(sprint: SprintMetrics, states: Mapping[str, str]) -> SprintMetrics:
    noted = states.get("notes", "").split()
    return replace(
        sprint,
        assumed="dates_assumed" in states,
        provisional="provisional" in states,
        notes=tuple(kind for kind in NOTES if kind in noted),
        left_out="left_out" in states,
    )


def _unmarked(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_MARKED) else text
