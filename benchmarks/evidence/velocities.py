"""Forecasts of real teams' next sprint, one sprint ahead along each history, against mean ± normal quantile."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np

from hansei.stats.forecast import LEAST, LEVELS, next_value
from hansei.stats.series import Array

#: Standard normal quantiles of 0.75, 0.925 and 0.975.
NORMAL = (0.6745, 1.4395, 1.9600)
#: Four in five of its sprints deliver nothing: there is no velocity to foresee.
LEFT_OUT = "Apache-board1"
FILES = ("jira_points_histories.csv", "gitlab_sprint_histories.csv")
COLUMNS = ("points_completed", "items_completed")


def histories(folder: Path) -> dict[str, Array]:
    """Return each team's completed points and items in the order of its sprints."""
    out: dict[str, list[float]] = {}
    for file in FILES:
        with (folder / file).open(newline="", encoding="utf-8") as rows:
            for row in csv.DictReader(rows):
                for column in COLUMNS:
                    value = row.get(column)
                    if value and row["team"] != LEFT_OUT and float(value) >= 0:
                        out.setdefault(f"{row['team']} {column.split('_')[0]}", []).append(float(value))
    return {k: np.array(v) for k, v in out.items()}


def score(low: float, high: float, value: float, level: float) -> float:
    """Return the interval score: width, and 2 / (1 - level) for each unit of a miss (Gneiting & Raftery, JASA 2007)."""
    return high - low + 2.0 / (1.0 - level) * (max(low - value, 0.0) + max(value - high, 0.0))


def study(folder: Path) -> dict[str, Any]:
    """Return coverage and score (relative to mean ± normal quantile) of each level, over all forecasts."""
    held, theirs_held = np.zeros(len(LEVELS)), np.zeros(len(LEVELS))
    ours, theirs, cut, count = np.zeros(len(LEVELS)), np.zeros(len(LEVELS)), np.zeros(len(LEVELS)), 0
    teams = histories(folder)
    for values in teams.values():
        unit = float(values.mean()) or 1.0
        for n in range(LEAST, values.size):
            found, truth = next_value(values[:n]), float(values[n])
            if found is None:
                continue
            count += 1
            mean, sd = float(values[:n].mean()), float(values[:n].std(ddof=1))
            for i, r in enumerate(found.ranges):
                low, high = mean - NORMAL[i] * sd, mean + NORMAL[i] * sd
                held[i] += r.low <= truth <= r.high
                theirs_held[i] += low <= truth <= high
                ours[i] += score(r.low, r.high, truth, r.level) / unit
                theirs[i] += score(low, high, truth, r.level) / unit
                cut[i] += score(max(low, 0.0), high, truth, r.level) / unit
    names = [f"{level:.2f}" for level in LEVELS]
    return {
        "series": len(teams),
        "forecasts": count,
        "coverage": dict(zip(names, (held / count).tolist(), strict=True)),
        "coverage of mean ± normal quantile": dict(zip(names, (theirs_held / count).tolist(), strict=True)),
        "relative score": dict(zip(names, (ours / theirs).tolist(), strict=True)),
        "relative score, cut at zero": dict(zip(names, (ours / cut).tolist(), strict=True)),
    }
