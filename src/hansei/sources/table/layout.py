"""Where the header stands, what lies above and below the table, and what kind of table it is."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from hansei.core.plain import plain
from hansei.errors import InvalidInput
from hansei.sources.table import cells
from hansei.sources.table.cells import Cell
from hansei.sources.table.desk import counted
from hansei.sources.table.grid import FORM, MAX_ABOVE, MAX_ROWS, Grid, Line, too_high
from hansei.sources.table.headers import Header, item_field, sprint_header
from hansei.sources.table.vocabulary import AROUND_TOTALS, TOTALS

#: The signs that people write for a mean.
_MEAN = re.compile("[Øø∅⌀](?![a-zäöü])")
#: Any two of these in one header: each row is an item, not a sprint.
_ITEM_SIGNS = frozenset({"key", "type", "title", "status"})


@dataclass(frozen=True, slots=True)
class Layout:
    """A table apart from what surrounds it."""

    kind: Literal["sprints", "items"]
    header: list[str]
    body: list[Line]
    place: str
    notes: tuple[str, ...]


def worth(row: list[Cell]) -> int:
    """Return how well a row would serve as the header: how many of its cells are recognised."""
    texts = [
        c for c in row if isinstance(c, str) and len(c) <= 200 and (t := c.strip()) and not t[0].isdecimal()
    ]
    found = [sprint_header(t) for t in texts]
    as_sprints = sum(bool(h.name) or h.is_series for h in found)
    as_items = sum(item_field(t) is not None for t in texts)
    return max(as_sprints, as_items)


def find(grid: Grid, filename: str) -> Layout:
    """Find the header and the rows that belong to it.

    Raises:
        InvalidInput: no row can be the header.
    """
    head = grid.lines[:MAX_ABOVE]
    if _has_lost_its_tabs(head):
        raise InvalidInput(
            f"{filename} has one cell a line: the tabs between its cells were lost on the way.",
            remedy="Select the table in the browser from its first header to its last cell, and copy it again; or paste"
            " it into a spreadsheet first, and copy it from there.",
        )
    if _lies_on_its_side(head):
        raise InvalidInput(
            f"{filename} has its sprints side by side, and is read with one below the other.",
            remedy="Turn it: copy it in a spreadsheet, choose “Paste special” and there “Transpose”, and use that.",
        )
    values = [worth(line.cells) for line in head]
    best = max(values, default=0)
    if best < 1 or (
        best == 1 and len([c for c in head[values.index(best)].cells if cells.text(c).strip()]) > 12
    ):
        unread = "is not written in UTF-8, and " if grid.is_guessed else ""
        again = "Save it again as “CSV UTF-8”. " if grid.is_guessed else ""
        raise InvalidInput(
            f"{filename} {unread}has no line with headers that are known.", remedy=f"{again}{FORM}"
        )
    at = values.index(best)
    header = _header(head, at)
    below = _continued(header, head[at + 1]) if at + 1 < len(head) else None
    header, first = (header, at + 1) if below is None else (below, at + 2)
    body = grid.lines[first:]
    if len(body) > MAX_ROWS:
        raise too_high(filename)
    notes = [*grid.notes]
    other = _another(header, body)
    if other is not None:
        place = f"{grid.place.lower()} {body[other].number}"
        notes.append(f"From {place} on another table begins; it was not read.")
        body = body[:other]
    if at:
        notes.append(f"Skipped above the header: {counted(at, 'row')}.")
    return Layout(_kind(header), header, body, grid.place, tuple(notes))


def _has_lost_its_tabs(head: list[Line]) -> bool:
    """Return whether a table came with each cell on its own line, or with spaces between the cells."""
    filled = [[t for c in line.cells if (t := cells.text(c).strip())] for line in head]
    if any(len(texts) != 1 for texts in filled):
        return False
    found = [texts[0] for texts in filled]
    if _is_spaced([re.split(r"\s{2,}", t) for t in found], 2) or _is_spaced([t.split() for t in found], 3):
        return True
    apart = sum(worth([t]) for t in found[:12]) >= 2
    return apart and sum(t[-1].isdecimal() for t in found[1:]) > 1


def _is_spaced(lines: list[list[str]], least: int) -> bool:
    """Return whether lines that were taken apart at their spaces are a header and a row of at least so many cells."""
    rows = any(len(parts) >= least and parts[-1][-1].isdecimal() for parts in lines[1:])
    return rows and any(worth([*parts]) >= 2 for parts in lines[:3])


def _lies_on_its_side(head: list[Line]) -> bool:
    """Return whether at least two rows are measures: a known name, then numbers."""
    return sum(_is_measure(line) for line in head) > 1


def _is_measure(line: Line) -> bool:
    first, *rest = [cells.text(c).strip() for c in line.cells] or [""]
    what = sprint_header(first)
    found = [c for c in rest if not cells.is_missing(c)]
    return what.known and what.is_metric and len(found) > 1 and all(c[0].isdecimal() for c in found)


def _another(header: list[str], body: list[Line]) -> int | None:
    """Return where another table begins: below a blank row, texts that stand where numbers stood.

    Read on, its rows would be taken for sprints, and the names of people in them for names of sprints.
    """
    measured = [i for i, h in enumerate(header) if (what := sprint_header(h)).known and what.is_metric]
    own = [h.casefold() for h in header]
    for at, (above, line) in enumerate(pairwise(body), 1):
        apart = line.number - above.number
        if apart < 2 or apart - _more_lines(above) < 2:
            continue
        texts = [cells.text(c).strip() for c in line.cells]
        found = [t for t in texts if not cells.is_missing(t)]
        if len(found) < 2 or any(c.isdigit() for t in found for c in t):
            continue
        in_place = [i < len(texts) and not cells.is_missing(texts[i]) for i in measured]
        heads = (any(in_place) and worth(line.cells) > 0) or (len(measured) > 1 and all(in_place))
        if heads and [t.casefold() for t in texts][: len(own)] != own[: len(texts)]:
            return at
    return None


def _more_lines(line: Line) -> int:
    """Return how many lines a row takes beyond the first: texts may hold line ends."""
    return sum(max(0, len(c.splitlines()) - 1) for c in line.cells if isinstance(c, str))


def _header(head: list[Line], at: int) -> list[str]:
    """Return the header; a blank cell of it takes what stands above, where that is known (cells joined over rows)."""
    own = [cells.text(c).strip() for c in head[at].cells]
    if not at:
        return own
    above = [cells.text(c).strip() for c in head[at - 1].cells]
    width = max(len(own), len(above)) if any(not h for h in own) else len(own)
    above += [""] * (width - len(above))
    own += [""] * (width - len(own))
    return [h or (up if sprint_header(up).name else "") for h, up in zip(own, above, strict=False)]


def _continued(header: list[str], line: Line) -> list[str] | None:
    """Return the header with the row below it, where that fills its blank cells with known headers and says no more."""
    under = [cells.text(c).strip() for c in line.cells]
    known = any(under) and all(not u or sprint_header(u).name for u in under)
    width = max(len(header), len(under))
    own, under = header + [""] * (width - len(header)), under + [""] * (width - len(under))
    if not known or any(h and u for h, u in zip(own, under, strict=True)):
        return None
    return [h or u for h, u in zip(own, under, strict=True)]


def _kind(header: list[str]) -> Literal["sprints", "items"]:
    fields = [item_field(h) for h in header]
    found = [sprint_header(h) for h in header]
    measures = {
        h.name for h in found if h.name in _ONLY_SPRINTS or (h.known and h.is_metric and not _is_item(h))
    }
    signs = _ITEM_SIGNS.intersection(f for f in fields if f)
    if len(signs) >= 2 and (
        len(signs) > 2 or "status" in signs or "type" in signs or fields.count("sprint") > 1
    ):
        return "items" if len(measures) < len(signs) + 1 else "sprints"
    dated = {"created", "started", "done"}.intersection(f for f in fields if f)
    if len(dated) >= 2 and signs and not measures and "end_date" not in {h.name for h in found}:
        return "items"
    return "sprints"


_ONLY_SPRINTS = frozenset({"story_points_planned", "items_carried_over", "team_happiness"})


def _is_item(found: Header) -> bool:
    """Return whether a measure of a sprint is also what a list of items holds (its points, its done date)."""
    return found.name in ("story_points_completed", "cycle_time", "lead_time", "review_time")


def without_tail(
    body: list[Line], name_at: int, measured: list[int], dated: list[int]
) -> tuple[list[Line], list[str]]:
    """Return the rows without those at the end that are no sprints (totals, remarks), and what is said of them."""
    kept = [*body]
    dropped = 0
    numbered = sum(any(c.isdigit() for c in _name(line, name_at)) for line in body) * 2 > len(body)
    while len(kept) > 1 and (
        _is_tail(kept[-1], name_at, measured, numbered=numbered) or _sums_up(kept, name_at, measured, dated)
    ):
        kept.pop()
        dropped += 1
    if not dropped:
        return kept, []
    which = (
        "The last row is a total or a remark and was"
        if dropped == 1
        else (f"The last {dropped} rows are totals or remarks and were")
    )
    return kept, [f"{which} left out."]


def is_total(name: str) -> bool:
    """Return whether a row's name says that it sums up others: "Total", "Ø letzte 3", "Average (last 3 sprints)".

    A number after "sprint" is that of a sprint: "Max Sprint 3" is one.
    """
    words = plain(_MEAN.sub("ø ", name)).split()
    if not words or any(a == "sprint" and b.isdecimal() for a, b in pairwise(words)):
        return False
    if words[0] in TOTALS and len(words) <= 2:
        return True
    rest = [w for w in words if w not in AROUND_TOTALS and not w.isdecimal()]
    return bool(rest) and all(w in TOTALS for w in rest)


def _sums_up(body: list[Line], name_at: int, measured: list[int], dated: list[int]) -> bool:
    """Return whether the last row alone has no date and holds the sum, or under a name without a number the mean."""
    *others, last = body
    if len(others) < 3 or not dated:
        return False
    if any(_name(last, at) for at in dated) or not all(_name(o, at) for o in others for at in dated):
        return False
    try:
        mark = cells.decimal_mark(o.cells[at] for o in body for at in measured if at < len(o.cells))
        rows = [[_number(line, at, mark) for at in measured] for line in body]
    except ValueError:
        return False
    columns = [(c[-1], [v for v in c[:-1] if v is not None]) for c in zip(*rows, strict=True)]
    found = [(total, values) for total, values in columns if total is not None and values]
    if not any(total for total, _ in found):
        return False
    if all(math.isclose(total, sum(values), rel_tol=1e-9) for total, values in found):
        return True
    nameless = not any(c.isdigit() for c in _name(last, name_at))
    return nameless and all(abs(total - sum(values) / len(values)) <= 0.5 for total, values in found)


def _number(line: Line, at: int, mark: cells.Decimal | None) -> float | None:
    return cells.number(line.cells[at], mark) if at < len(line.cells) else None


def _is_tail(line: Line, name_at: int, measured: list[int], *, numbered: bool) -> bool:
    name = _name(line, name_at)
    if is_total(name):
        return True
    values = sum(not cells.is_missing(line.cells[at]) for at in measured if at < len(line.cells))
    if not name:
        return True
    others = sum(bool(cells.text(c).strip()) for c in line.cells)
    return numbered and values == 0 and others == 1 and not any(c.isdigit() for c in name)


def _name(line: Line, at: int) -> str:
    return cells.text(line.cells[at]).strip() if at < len(line.cells) else ""
