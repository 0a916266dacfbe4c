"""The chart of an experiment: its baseline, the sprints since, and what was called useful before it began.

Before the verdict it shows values and the registered goal, nothing that could be read as a result. Afterwards the level
since and, in dashes, the range that the data fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hansei.core.metrics import describe
from hansei.core.phrases import Figures, clean
from hansei.core.report import Tried
from hansei.core.telling import TITLE_LIMIT, Telling
from hansei.render import charts
from hansei.render.charts import LIGHT, Chart, DataTable, Spec

#: What a reader of the table reads for each part.
#: By this share of the height a text keeps away from a value.
NEAR = 0.15
PARTS = {"baseline": "baseline", "experiment": "experiment"}


def chart_of(tried: Tried, figures: Figures) -> Chart | None:
    """Return the chart of an experiment; None where no value is known."""
    rows = _rows(tried, figures)
    if not rows:
        return None
    names = _names(tried, figures)
    first = sum(p.part == "baseline" for p in tried.points)
    label = figures.label(tried.metric, tried.metric_title)
    told = Telling(tried, figures)
    spec = charts.layered(
        [*_levels(tried, figures, names, first), _thread(rows, names), _marks(tried, rows, names)],
        _y(tried, rows),
        f"{label}: {clean(tried.title, TITLE_LIMIT)}",
    )
    seen = told.seen(tried.goal) if tried.goal else ""
    dots = " Dotted: the range that the data fit." if tried.goal else ""
    caption = f"{label}, before and since. {told.goal()} {seen}{dots}".strip()
    return Chart(
        id=tried.id,
        title=f"{label}, before and since “{clean(tried.title, 60)}”",
        caption=caption,
        table=_table(tried, figures, names),
        spec=spec,
        since=names[first] if first < len(names) else "",
    )


def _rows(tried: Tried, figures: Figures) -> list[Spec]:
    names = _names(tried, figures)
    return [
        {
            "sprint": names[i],
            "value": p.value,
            "part": p.part,
            "label": f"{names[i]} ({PARTS[p.part]}): {_cell(tried, figures, p.value)}",
        }
        for i, p in enumerate(tried.points)
        if p.value is not None
    ]


def _names(tried: Tried, figures: Figures) -> list[str]:
    return charts.short_names([figures.sprints(p.sprint_id, clean(p.name)) for p in tried.points])


def _cell(tried: Tried, figures: Figures, value: float) -> str:
    return figures.cell(tried.metric, tried.unit, value, mean=False)[0]


def _levels(tried: Tried, figures: Figures, names: Sequence[str], first: int) -> list[Spec]:
    """Return the level before, the goal, and after the verdict the level since with its range."""
    goal = tried.goal
    level = goal.before if goal else tried.baseline_level
    before, since = names[:first], names[first:]
    out: list[Spec] = []
    if level is None:
        return out
    if before:
        out += _level(level, before, figures.cell(tried.metric, tried.unit, level)[0])
    aim = level * (1 + (tried.useful_effect if tried.direction == "up" else -tried.useful_effect))
    if since:
        way = "or more" if tried.direction == "up" else "or less"
        text = f"goal: {figures.cell(tried.metric, tried.unit, aim)[0]} {way}"
        out += _dashes(aim, since, [6, 3], LIGHT["line-strong"])
        out.append(_note(aim, since[0], text, dodges=_beside(tried, first, aim)))
    if since and goal:
        out += _level(goal.after, since, figures.cell(tried.metric, tried.unit, goal.after)[0])
        for end in (goal.interval.low, goal.interval.high):
            out += _dashes(goal.before + end, since, [2, 3], LIGHT["ink"])
    return out


def _level(value: float, names: Sequence[str], text: str) -> list[Spec]:
    rows = [{"sprint": n, "value": value} for n in (names[0], names[-1])]
    line = {"type": "line", "color": LIGHT["ink"], "strokeWidth": 2, "aria": False}
    mark = _text(align="left", dx=9, dy=0, color=LIGHT["ink"], fontWeight="bold", fontSize=13)
    return [_over(rows, line, names), _over([rows[-1] | {"text": text}], mark, names, text=True)]


def _dashes(value: float, names: Sequence[str], dash: list[int], colour: str) -> list[Spec]:
    rows = [{"sprint": n, "value": value} for n in (names[0], names[-1])]
    line = {"type": "line", "color": colour, "strokeWidth": 1.2, "strokeDash": dash, "aria": False}
    return [_over(rows, line, names)]


def _beside(tried: Tried, first: int, aim: float) -> bool:
    """Say whether the last value before lies where the goal is to be written."""
    last = tried.points[first - 1].value if first else None
    values = [p.value for p in tried.points if p.value is not None] + [aim]
    return last is not None and abs(last - aim) < NEAR * (max(values) - min(values))


def _note(value: float, name: str, text: str, *, dodges: bool) -> Spec:
    """Write beside the left end of a line, where the sprints before have left room; a little lower where a value is."""
    mark = _text(align="right", baseline="middle", dx=-10, dy=15 if dodges else 0, color=LIGHT["ink-2"])
    return _over([{"sprint": name, "value": value, "text": text}], mark, [name], text=True)


def _x(names: Sequence[str]) -> Spec:
    axis = {"title": None, "labelAngle": 0, "labelOverlap": True, "labelSeparation": 8}
    return {"field": "sprint", "type": "ordinal", "sort": None, "scale": {"domain": [*names]}, "axis": axis}


def _text(**more: Any) -> Spec:
    return {"type": "text", "fontSize": 13, "aria": False, **more}


def _thread(rows: list[Spec], names: Sequence[str]) -> Spec:
    line = {"type": "line", "color": LIGHT["ordinary"], "strokeWidth": 1, "opacity": 0.7, "aria": False}
    return _over(rows, line, names)


def _over(rows: list[Spec], mark: Spec, names: Sequence[str], *, text: bool = False) -> Spec:
    encoding: dict[str, Any] = {
        "x": _x(names) | {"scale": {}},
        "y": {"field": "value", "type": "quantitative"},
    }
    if text:
        encoding["text"] = {"field": "text", "type": "nominal"}
    return {"data": {"values": rows}, "mark": mark, "encoding": encoding}


def _marks(tried: Tried, rows: list[Spec], names: Sequence[str]) -> Spec:
    """Draw the values: rings before, filled squares since; no colour says more than the verdict does."""
    colours = {"worked": LIGHT["helpful"], "made_it_worse": LIGHT["unhelpful"]}
    since = colours.get(tried.outcome or "", LIGHT["ordinary"])
    old = {"test": "datum.part === 'baseline'"}
    return {
        "data": {"values": rows},
        "mark": {"type": "point", "filled": True, "size": 75, "strokeWidth": 1.6, "opacity": 1, "tooltip": None},
        "encoding": {
            "x": _x(names),
            "y": {"field": "value", "type": "quantitative"},
            "shape": {
                "field": "part",
                "type": "nominal",
                "scale": {"domain": list(PARTS), "range": ["circle", "square"]},
                "legend": None,
            },
            "fill": {"condition": {**old, "value": LIGHT["surface"]}, "value": since},
            "stroke": {"condition": {**old, "value": LIGHT["ordinary"]}, "value": since},
            "description": {"field": "label", "type": "nominal"},
        },
    }  # fmt: skip


def _y(tried: Tried, rows: Sequence[Spec]) -> Spec:
    entry = describe(tried.metric)
    unit = {"h": f"hours per {entry.per}" if entry.per else "hours"}.get(tried.unit, tried.unit)
    values = [float(r["value"]) for r in rows]
    level = tried.goal.before if tried.goal else tried.baseline_level
    if level is not None:
        values += [level, level * (1 + tried.useful_effect), level * (1 - tried.useful_effect)]
    if tried.goal:
        values += [tried.goal.before + e for e in (tried.goal.interval.low, tried.goal.interval.high)]
    low, high = min(values), max(values)
    pad = (high - low) * 0.15 or abs(high) * 0.1 or 1.0
    zero = entry.family in charts.ZERO_BASED
    domain = [min(0.0, low), (high or 1.0) * 1.12] if zero else [low - pad, high + pad]
    return {"title": clean(unit, 40), "scale": {"domain": domain, "nice": True}}


def _table(tried: Tried, figures: Figures, names: Sequence[str]) -> DataTable:
    label = figures.label(tried.metric, tried.metric_title)
    rows = tuple(
        (
            name,
            PARTS[p.part],
            "–" if p.value is None else figures.plain(tried.metric, p.value, mean=False)[0],
        )
        for name, p in zip(names, tried.points, strict=True)
    )
    return DataTable(("sprint", "part", f"{label} ({tried.unit})"), rows)
