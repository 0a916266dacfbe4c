"""Change points of series that people annotated: the measures of the data's paper, and binary segmentation beside ours.

van den Burg & Williams, *An evaluation of change point detection algorithms* (arXiv 2003.06222, 2020), section 4.1.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from hansei.stats.segments import change_points
from hansei.stats.series import Array

#: How far from a marked place a found one still counts; the paper's figure.
MARGIN = 5
#: The control series in which nobody saw a change.
CONTROL = "quality_control_5"


def f1(found: Sequence[int], marked: Sequence[Sequence[int]]) -> float:
    """Return F1: precision against all annotators together, recall averaged over them; the start counts for all."""
    said, each = {0, *found}, [{0, *m} for m in marked]
    precision = _hits(set[int]().union(*each), said) / len(said)
    recall = float(np.mean([_hits(m, said) / len(m) for m in each]))
    return 2 * precision * recall / (precision + recall)


def _hits(truth: set[int], said: set[int]) -> int:
    left, count = set(said), 0
    for t in sorted(truth):
        near = sorted((abs(t - x), x) for x in left if abs(t - x) <= MARGIN)
        if near:
            left.discard(near[0][1])
            count += 1
    return count


def cover(found: Sequence[int], marked: Sequence[Sequence[int]], n: int) -> float:
    """Return how well our stretches cover each annotator's (largest Jaccard index, weighed by length), averaged."""
    ours = _stretches(found, n)
    each = []
    for m in marked:
        best = [len(a) * max(len(a & b) / len(a | b) for b in ours) for a in _stretches(m, n)]
        each.append(sum(best) / n)
    return float(np.mean(each))


def _stretches(points: Sequence[int], n: int) -> list[set[int]]:
    return [set(range(a, b)) for a, b in pairwise([0, *sorted(points), n]) if b > a]


def binary_segmentation(y: Array) -> tuple[int, ...]:
    """Return the change points of binary segmentation: least squares, standardised, the usual penalty 3 log n."""
    import ruptures

    z = (y - y.mean()) / (y.std() or 1.0)
    ends = ruptures.Binseg(model="l2", min_size=2, jump=1).fit(z).predict(pen=3.0 * np.log(y.size))
    return tuple(ends[:-1])


def study(folder: Path) -> dict[str, Any]:
    """Return both measures of both methods, mean over the univariate series with annotations, and each series."""
    notes = json.loads((folder / "annotations.json").read_text())
    rows = {}
    for file in sorted(folder.glob("*.json")):
        data = json.loads(file.read_text())
        if data.get("n_dim") != 1:
            continue
        y = np.array([np.nan if v is None else v for v in data["series"][0]["raw"]], dtype=float)
        places = np.flatnonzero(~np.isnan(y))
        marked = [[int(k) for k in m] for m in notes[data["name"]].values()]
        row: dict[str, Any] = {"values": int(y.size)}
        for name, method in (("", change_points), ("binary segmentation ", binary_segmentation)):
            found = [int(places[k]) for k in method(y[places])]
            row |= {f"{name}found": len(found), f"{name}f1": f1(found, marked)}
            row[f"{name}cover"] = cover(found, marked, y.size)
        rows[data["name"]] = row
    measures = ("f1", "cover", "binary segmentation f1", "binary segmentation cover")
    out: dict[str, Any] = {m: float(np.mean([r[m] for r in rows.values()])) for m in measures}
    return {**out, "control": rows[CONTROL]["found"], "series": rows}
