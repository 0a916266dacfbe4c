"""Our own export of sprints (``GET /teams/ID/sprints.csv``): nothing to find out, so everything is taken as written."""

from __future__ import annotations

from hansei.core.metrics import HEADER, REGISTRY, SIZES
from hansei.core.tables import ColumnRead, Reading
from hansei.sources.rows import Row, gather
from hansei.sources.table import cells
from hansei.sources.table.grid import Grid
from hansei.sources.table.headers import SERIES

SIZE = "story_point_distribution."
_MARKED = ("=", "+", "-", "@", "'")


def read(grid: Grid) -> Reading | None:
    """Read the export; None where a table only resembles one."""
    header = [cells.text(c) for c in grid.lines[0].cells]
    names = header[len(HEADER) :]
    if tuple(header[: len(HEADER)]) != HEADER or not all(_is_ours(n) for n in names):
        return None
    rows = [_row(at, [cells.text(c) for c in line.cells], names) for at, line in enumerate(grid.lines[1:])]
    if not rows or any(row is None for row in rows):
        return None
    body = grid.lines[1:]
    fetched = gather((r for r in rows if r), where=lambda at: f"{grid.place} {body[at].number}: ")
    columns = [ColumnRead(i, n, n, n.replace("_", " ")) for i, n in enumerate(HEADER, 1)]
    for i, name in enumerate(names, len(HEADER) + 1):
        metric = REGISTRY.get(name)
        columns.append(
            ColumnRead(i, name, name, metric.title if metric else name, metric.unit if metric else "")
        )
    notes = (*grid.notes, "This is an export of Hansei.", *fetched.notes)
    return Reading(
        "sprints",
        tuple(columns),
        fetched.sprints,
        fetched.rejected,
        notes=notes,
        unknown_names=fetched.unknown_names,
    )


def _is_ours(name: str) -> bool:
    return name in REGISTRY or name.startswith(SERIES) or name.removeprefix(SIZE) in SIZES


def _row(number: int, row: list[str], names: list[str]) -> Row | None:
    if len(row) != len(HEADER) + len(names):
        return None
    sizes: dict[str, object] = {}
    head = [_unmarked(cell) for cell in row[: len(HEADER)]]
    payload: dict[str, object] = {k: v for k, v in zip(HEADER, head, strict=True) if v}
    for name, cell in zip(names, row[len(HEADER) :], strict=True):
        if not cell:
            continue
        try:
            value = float(cell)
        except ValueError:
            return None
        if name.startswith(SIZE):
            sizes[name.removeprefix(SIZE)] = value
        else:
            payload[name.removeprefix(SERIES)] = value
    if sizes:
        payload["story_point_distribution"] = sizes
    return Row(number, payload)


def _unmarked(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_MARKED) else text
