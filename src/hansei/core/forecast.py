"""The next sprint's points and items, if nothing changes."""

from __future__ import annotations

import numpy as np

from hansei.core.metrics import describe
from hansei.core.panel import Panel
from hansei.core.report import Forecast, ForecastRange
from hansei.stats.forecast import next_value

METRICS = ("story_points_completed", "items_completed")


def look_ahead(panel: Panel) -> tuple[Forecast, ...]:
    """Return a forecast for each of the two metrics that is recorded often enough."""
    out: list[Forecast] = []
    for name in METRICS:
        if name not in panel.names:
            continue
        raw = panel.raw[panel.names.index(name)]
        found = next_value(raw[~np.isnan(raw)])
        if found is None:
            continue
        entry = describe(name)
        ranges = tuple(ForecastRange(r.level, r.low, r.high, r.held, r.tried) for r in found.ranges)
        out.append(
            Forecast(f"F{len(out) + 1}", name, entry.title, entry.unit, found.middle, ranges, found.sample)
        )
    return tuple(out)
