"""The templates, filled in as a newcomer does: whatever they can hold is read as it was written."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from hansei.core.metrics import SprintMetrics
from hansei.dashboard.import_pages import template
from hansei.sources.table import read

MEASURES = (
    "story_points_planned", "story_points_completed", "items_carried_over", "review_time", "team_happiness"
)  # fmt: skip
Row = tuple[
    str, date | None, date | None, float | None, float | None, float | None, float | None, float | None
]


@st.composite
def filled(draw: st.DrawFn) -> list[Row]:
    numbers = draw(st.lists(st.integers(1, 300), min_size=1, max_size=8, unique=True))
    called = draw(st.sampled_from(["Sprint", "HER Sprint", "Iteration", "Sprint Ü", "Team A - Sprint"]))
    dated = draw(st.booleans())
    points = st.none() | st.integers(0, 4000).map(lambda n: n / 10)
    rows: list[Row] = []
    for place, number in enumerate(sorted(numbers)):
        start = date(2024, 1, 8) + timedelta(days=14 * place) if dated else None
        end = start + timedelta(days=11) if start else None
        carried = draw(st.none() | st.integers(0, 50).map(float))
        mood = draw(st.none() | st.integers(0, 100).map(lambda n: n / 10))
        rows.append(
            (f"{called} {number}", start, end, draw(points), draw(points), carried, draw(points), mood)
        )
    return rows


def expected(row: Row) -> SprintMetrics:
    name, start, end, *found = row
    return SprintMetrics(
        name,
        name,
        datetime.combine(start, time.min, UTC) if start else None,
        datetime.combine(end, time(23, 59, 59), UTC) if end else None,
        {name: value for name, value in zip(MEASURES, found, strict=True) if value is not None},
    )


def as_csv(rows: list[Row]) -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows([["" if c is None else c for c in row] for row in rows])
    return bytes(template("csv").body) + out.getvalue().encode()


def as_workbook(rows: list[Row]) -> bytes:
    book = load_workbook(io.BytesIO(bytes(template("xlsx").body)))
    for row in rows:
        book.worksheets[0].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("fill", [as_csv, as_workbook])
@given(filled())
def test_what_is_filled_in_is_read_as_it_was_written(
    fill: Callable[[list[Row]], bytes], rows: list[Row]
) -> None:
    reading = read(fill(rows))
    assert reading.rejected == ()
    assert reading.open == ()
    assert {s.sprint_id: s for s in reading.sprints} == {row[0]: expected(row) for row in rows}
