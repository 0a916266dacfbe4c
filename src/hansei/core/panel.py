"""From sprints to arrays: one row for each metric, on the scale on which its noise is even, or a refusal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from types import MappingProxyType

import numpy as np

from hansei.core.exposure import Exposure, find_exposure
from hansei.core.metrics import REGISTRY, Metric, SprintMetrics, describe
from hansei.core.policy import Policy
from hansei.stats.copies import Copy, copies
from hansei.stats.noise import scaled
from hansei.stats.segments import change_points, wanders
from hansei.stats.series import Array, Scale, forward, log_scale, plain_scale, resolutions

NOTHING: Mapping[str, str] = MappingProxyType({})
#: What grows and shrinks with the size of a sprint: one thing seen several times.
VOLUME = ("story_points_planned", "story_points_completed", "items_planned", "items_completed", "throughput")
BUGS = ("bugs_prod", "bugs_acc", "bugs_test", "bugs_dev", "bugs_other")


@dataclass(frozen=True, slots=True)
class Refused:
    """A series that is not tested, and why; without a metric: nothing could be."""

    metric: str
    reason: str
    text: str
    sample: int


NO_METRICS = Refused(
    "",
    "no_metrics",
    "No measure is recorded in any of these sprints, so nothing could be checked. Sync sprints that carry values, or "
    "add a column to the table; the reference page of metrics names them.",
    0,
)


@dataclass(frozen=True, slots=True, eq=False)
class Panel:
    """All series of one analysis, oldest sprint first; ``window`` is the index of the first sprint reviewed.

    ``names`` and ``raw`` hold every series with a value; ``tested`` the rows that are analysed, to which ``y``,
    ``scales``, ``noise``, ``weight`` and ``grain`` belong. ``derived`` marks tested rows computed from others;
    ``echoes`` names, for each tested row, the series that it equals, perhaps by chance (empty: none). Neither is a
    proof of its own. ``exposure`` is what counts and points are compared by, None where sprints count as equal.
    """

    sprints: tuple[SprintMetrics, ...]
    window: int
    names: tuple[str, ...]
    raw: Array
    tested: tuple[int, ...]
    metrics: tuple[Metric, ...]
    scales: tuple[Scale, ...]
    y: Array
    noise: Array
    weight: Array
    grain: Array
    derived: tuple[bool, ...]
    echoes: tuple[str, ...]
    refused: tuple[Refused, ...]
    exposure: Exposure | None = None

    def proves(self, row: int) -> bool:
        """Say whether a tested row is a proof of its own, not made of other rows and not equal to one."""
        return not self.derived[row] and not self.echoes[row]


def build(
    sprints: Sequence[SprintMetrics],
    window: int,
    policy: Policy,
    wanted: Iterable[str] = (),
    withheld: Mapping[str, str] = NOTHING,
) -> Panel:
    """Return the panel of ``sprints`` (oldest first).

    ``wanted``: metrics to refuse by name if never seen; ``withheld``: those whose record carries no conclusion, with
    the reason.
    """
    names, raw = _table(sprints)
    entries = [describe(m) for m in names]
    refused = [_missing(describe(m)) for m in dict.fromkeys(wanted) if m not in names]
    table = dict(zip(names, raw, strict=True))
    exposure = find_exposure(sprints, table)
    usable: list[int] = []
    for i, (entry, row) in enumerate(zip(entries, raw.tolist(), strict=True)):
        if not entry.analysed:
            continue
        reason = (
            _withheld(entry, raw[i], withheld)
            or _reason(entry, row, window, policy)
            or _incomparable(entry, raw[i], exposure, window, policy)
        )
        if reason:
            refused.append(reason)
        else:
            usable.append(i)
    found = {usable[k]: (entries[usable[c.of]], c) for k, c in copies(raw[usable]).items()}
    refused += [_copied(entries[i], other, c, raw[i]) for i, (other, c) in found.items() if not c.chance]
    tested = [i for i in usable if i not in found or found[i][1].chance]
    if not tested and not refused:
        refused.append(NO_METRICS)
    rows = [_exposed(entries[i], raw[i], exposure) for i in tested]
    scales = [scale_of(entries[i], row) for i, row in zip(tested, rows, strict=True)]
    y = forward(scales, np.array(rows).reshape(len(tested), len(sprints)))
    kinds = [_kind(entries[i]) for i in tested]
    y = np.array([_without_old_levels(row, window) for row in y]).reshape(y.shape)
    return Panel(
        tuple(sprints),
        window,
        names,
        raw,
        tuple(tested),
        tuple(entries[i] for i in tested),
        tuple(scales),
        y,
        scaled(y, np.array([s.noise for s in scales]), kinds),
        np.array([s.weight for s in scales]),
        resolutions(y),
        tuple(_is_derived(names[i], table) for i in tested),
        tuple(found[i][0].title if i in found else "" for i in tested),
        tuple(sorted(refused, key=lambda r: r.metric)),
        exposure,
    )


def _table(sprints: Sequence[SprintMetrics]) -> tuple[tuple[str, ...], Array]:
    """Return the names of all series with a value, registry first, and their values; NaN where missing."""
    found: list[dict[str, float]] = []
    for s in sprints:
        values = {**s.extra, **s.values}
        share = s.value("story_share_large") if s.sizes else None
        if share is not None:
            values["story_share_large"] = share
        found.append(values)
    every = set().union(*found) if found else set()
    known = [n for n, m in REGISTRY.items() if n in every and m.family != "composition"]
    names = (*known, *sorted(every.difference(REGISTRY)))
    raw = np.array([[values.get(m, nan) for values in found] for m in names], dtype=float)
    return names, raw.reshape(len(names), len(sprints))


def _without_old_levels(row: Array, window: int) -> Array:
    """Leave out what lies before an old change of level, so that it neither hides nor poses as a new one.

    The history is searched for itself, without the window. A long window without history keeps its last change and
    the stretch before it.
    """
    end = window if window >= 6 else row.size
    if end < 6 or (end == row.size and end < 24):
        return row
    places = np.flatnonzero(~np.isnan(row[:end]))
    values = row[places]
    if not wanders(values):
        return row
    points = change_points(values)
    keep = points[-1:] if end == window else points[-2:-1]
    if not keep:
        return row
    out = row.copy()
    out[: places[keep[0]]] = np.nan
    return out


def _missing(entry: Metric) -> Refused:
    return Refused(entry.name, "all_missing", f"{entry.title}: not recorded in any of these sprints.", 0)


def _withheld(entry: Metric, row: Array, withheld: Mapping[str, str]) -> Refused | None:
    text = withheld.get(entry.name)
    return None if text is None else Refused(entry.name, "changed_late", text, int((~np.isnan(row)).sum()))


def _reason(entry: Metric, row: list[float], window: int, policy: Policy) -> Refused | None:
    values = [v for v in row if not isnan(v)]
    found = _too_few(len(values), row, window, policy) or _flat(values)
    return Refused(entry.name, found[0], f"{entry.title}: {found[1]}", len(values)) if found else None


def _too_few(count: int, row: list[float], window: int, policy: Policy) -> tuple[str, str] | None:
    total = len(row)
    if all(isnan(v) for v in row[window:]):
        return "not_in_window", "not recorded in the sprints under review."
    if count < policy.least_values:
        return (
            "too_short",
            f"recorded in {count} of {total} sprints; at least {policy.least_values} are needed.",
        )
    if count < 0.5 * total and count < 12:
        return "gappy", f"recorded in {count} of {total} sprints; at least half are needed."
    return None


def _flat(values: list[float]) -> tuple[str, str] | None:
    count, least, most = len(values), min(values), max(values)
    top = max(abs(least), abs(most))
    if top == 0.0:
        return "all_zero", f"zero in all of its {count} sprints, so there is no change to look for."
    if not 1e-100 < top < 1e100:
        return "out_of_range", "its values lie beyond anything that can be computed with; check their unit."
    if least == most:
        return "constant", f"{least:g} in all of its {count} sprints, so there is no change to look for."
    if most - least <= 1e-9 * top:
        return "constant", "differs only by rounding, so there is no change to look for."
    return None


def _incomparable(
    entry: Metric, row: Array, exposure: Exposure | None, window: int, policy: Policy
) -> Refused | None:
    if exposure is None or entry.name not in exposure.metrics:
        return None
    left = ~np.isnan(row) & ~np.isnan(exposure.relative)
    count = int(left.sum())
    if count >= policy.least_values and left[window:].any():
        return None
    text = f"{entry.title}: too few sprints of a size that can be compared, {count} of {row.size}."
    return Refused(entry.name, "sizes", text, count)


def _copied(entry: Metric, other: Metric, copy: Copy, row: Array) -> Refused:
    times = "the same values as" if abs(copy.factor - 1.0) <= 1e-6 else f"always {copy.factor:.4g} times"
    text = f"{entry.title}: {times} {other.title}; looked at once."
    return Refused(entry.name, "copied", text, int((~np.isnan(row)).sum()))


#: Families on the logarithm: plausible noise there, and how many values that guess is worth.
_LOG = {"duration": (0.2, 4.0), "rate": (0.35, 4.0), "points": (0.15, 4.0)}


def _exposed(entry: Metric, row: Array, exposure: Exposure | None) -> Array:
    """Return a flow of counts or points as it would have been in a sprint of usual size; others as they are."""
    return row / exposure.relative if exposure and entry.name in exposure.metrics else row


def ingredients(entry: Metric) -> set[str]:
    """Return what a metric is made of; metrics that share an ingredient are not two proofs."""
    return {entry.name, *entry.parts, *(["volume"] if entry.name in VOLUME else [])}


def _kind(entry: Metric) -> str:
    return "points" if entry.family == "count" and not entry.whole else entry.family


def scale_of(entry: Metric, row: Array) -> Scale:
    """Return the scale on which a metric's values (NaN where missing) are judged."""
    values = row[~np.isnan(row)]
    family = _kind(entry)
    if family in _LOG:
        return log_scale(values, *_LOG[family])
    if family == "proportion":
        return Scale("arcsine", 100.0, upper=100.0, noise=0.25, weight=4.0)
    if family == "count":
        return Scale("root", 1.0, noise=_count_noise(float(values.mean())), weight=6.0)
    if family == "ratio":
        return _ratio_scale(values)
    return plain_scale(values) if entry.upper is None else _bounded(entry.upper)


def _count_noise(mean: float) -> float:
    """Return the spread of a slightly over-dispersed count on the root scale: 1.1, less where zeros abound."""
    return 1.1 * float(np.sqrt(min(1.0, 0.35 + 0.3 * mean)))


def _bounded(upper: float) -> Scale:
    return Scale("plain", upper / 10.0, upper=upper, noise=0.6, weight=4.0)


def _ratio_scale(values: Array) -> Scale:
    scale = log_scale(values, 0.2, 1.0)
    return (
        scale if float(values.min()) > 0 else Scale("root", float(values.max()) / 20.0, noise=1.0, weight=0.5)
    )


def _is_derived(name: str, table: Mapping[str, Array]) -> bool:
    """Say whether a series is computed from others that are here too, by comparing the numbers themselves."""
    return name in _RECIPES and any(_agrees(table[name], made) for made in _recipes(name, table))


#: How a metric may be computed: numerator, denominator (none: a sum), factor.
_RECIPES: Mapping[str, tuple[tuple[tuple[str, ...], tuple[str, ...], float], ...]] = {
    "defect_rate_production": ((("bugs_prod",), ("items_completed",), 1.0),),
    "defect_rate_all": ((BUGS, ("items_completed",), 1.0),),
    "items_out_of_sprint_percent": (
        (("items_carried_over",), ("items_carried_over", "items_completed"), 100.0),
        (("items_carried_over",), ("items_planned",), 100.0),
    ),
    "say_do_ratio": ((("story_points_completed",), ("story_points_planned",), 1.0),),
    "completion_ratio": ((("story_points_completed",), ("story_points_planned",), 1.0),),
    "defect_escape_rate": ((("bugs_prod",), BUGS, 100.0),),
    "cycle_time": ((("coding_time", "review_time", "testing_time"), (), 1.0),),
}


def _recipes(name: str, table: Mapping[str, Array]) -> list[Array]:
    out = []
    for top, bottom, factor in _RECIPES[name]:
        if not all(m in table for m in (*top, *bottom)):
            continue
        made = factor * np.sum([table[m] for m in top], axis=0)
        if bottom:
            under = np.sum([table[m] for m in bottom], axis=0)
            made = made / np.where(under == 0, np.nan, under)
        out.append(made)
    return out


def _agrees(values: Array, made: Array) -> bool:
    """Say whether nine in ten values are those computed, within 2 % or what rounding does to the small ones."""
    both = ~np.isnan(values) & ~np.isnan(made)
    if both.sum() < 4:
        return False
    size = np.abs(values[both])
    gap = np.abs(values[both] - made[both])
    return float((gap <= 0.02 * size + 0.005 * size.max()).mean()) >= 0.9
