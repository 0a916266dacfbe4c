"""Whatever the export of sprints can write, an import reads back to the same sprints."""

from __future__ import annotations

from hypothesis import given

from builders.sprints import SOME
from hansei.core.metrics import SprintMetrics
from hansei.render import sprints as exported
from hansei.sources.table import read


@given(SOME)
def test_what_is_written_is_read_back(made: tuple[SprintMetrics, ...]) -> None:
    reading = read(exported.render(made).encode())
    assert reading.rejected == ()
    assert reading.open == ()
    assert reading.sprints == made
