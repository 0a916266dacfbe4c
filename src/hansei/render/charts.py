"""Charts of a stored report as hand-built Vega-Lite: one specification serves the page, SVG, PNG and PDF.

Colours are the light theme's tokens (:data:`LIGHT`). Any other theme is the same drawing with these tokens replaced,
see :func:`recolour`; so nothing is drawn twice. What a chart says is also said by shape (a triangle lies outside the
usual range, a ring inside), by its caption and by its table.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias

from hansei.core.metrics import describe
from hansei.core.naming import sprint_short, without_common
from hansei.core.phrases import Figures, clean, finding, lower_first
from hansei.core.report import Forecast, Interval, Level, Report, Series, Signal
from hansei.core.stored import read_report
from hansei.core.words import ENGLISH

LIGHT: Mapping[str, str] = {
    "surface": "#FFFFFF",
    "sunk": "#F1EEE7",
    "ink": "#1E2326",
    "ink-2": "#555C61",
    "line": "#DAD5CA",
    "line-strong": "#8A8578",
    "helpful": "#12599C",
    "unhelpful": "#A8480B",
    "ordinary": "#5F666D",
}
DARK: Mapping[str, str] = {
    "surface": "#1C2226",
    "sunk": "#101315",
    "ink": "#ECEAE4",
    "ink-2": "#A9B1B6",
    "line": "#323A40",
    "line-strong": "#7C8891",
    "helpful": "#7DBBF5",
    "unhelpful": "#F2A35E",
    "ordinary": "#98A3AB",
}
WIDTH, HEIGHT = 620, 190
SHOWN_BEFORE_FOLD = 4
#: How much higher than its highest bar a stack is drawn where flags stand over it.
FLAG_ROOM = 1.2
#: An axis has room for labels of so many characters.
LABEL_LIMIT = 12
SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
ZERO_BASED = ("count", "duration", "proportion", "rate")
Spec: TypeAlias = dict[str, Any]

STAGES = ("coding_time", "review_time", "testing_time")
PLACES = ("bugs_prod", "bugs_acc", "bugs_test", "bugs_dev", "bugs_other")
#: How the sizes of stories enter the analysis: as the share of the large ones.
SHARE_LARGE = "story_share_large"
#: Neighbours differ in lightness, so that a stack reads without any hue.
TONES = ("ink-2", "line", "line-strong", "sunk", "ink")


@dataclass(frozen=True, slots=True)
class DataTable:
    """The numbers of a chart for those who do not see it: a header and rows, as text with units in the header."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """One chart: ``id`` is its evidence id or a name of its own, ``caption`` a sentence with the finding.

    ``since`` is the label of the sprint in which a change began, empty where there is none.
    """

    id: str
    title: str
    caption: str
    table: DataTable
    spec: Spec = field(repr=False)
    since: str = ""


def charts_of(stored: Mapping[str, Any]) -> tuple[Chart, ...]:
    """Return the charts of a stored report, in the order in which they are to be read.

    Raises:
        InvalidInput: this is not a stored report.
    """
    report = read_report(stored)
    drawer = _Drawer(report, Figures.of(report))
    return tuple(drawer.all())


def recolour(svg: str, theme: Mapping[str, str] | None = None) -> str:
    """Return a drawing in another theme's colours; without a theme as CSS variables (``var(--ink)``)."""
    shades = {LIGHT[k].upper(): (theme[k] if theme else f"var(--{k})") for k in LIGHT}
    return re.sub(r"#[0-9A-Fa-f]{6}\b", lambda m: shades.get(m[0].upper(), m[0]), svg)


def set_in(svg: str, font: str) -> str:
    """Return a drawing with its words set in another font."""
    return re.sub(r'font-family="[^"]*"', f'font-family="{font}"', svg)


def to_svg(chart: Chart) -> str:
    """Draw a chart as SVG in the light theme's colours (about 0.1 s; holds the interpreter meanwhile)."""
    import vl_convert

    return _lean(str(vl_convert.vegalite_to_svg(json.dumps(chart.spec))))


def _lean(svg: str) -> str:
    """Leave out of a drawing what nobody sees: a tenth of a pixel is enough, and defaults need not be said."""
    svg = re.sub(r'<path class="(?:background|foreground)"[^>]*/>', "", svg)
    svg = re.sub(r' (?:opacity="1"|pointer-events="none"|version="1.1"|xmlns:xlink="[^"]*")', "", svg)
    return re.sub(r"-?\d+\.\d{2,}(?=[^<>]*>)", lambda m: f"{float(m[0]):.1f}".removesuffix(".0"), svg)


def to_png(chart: Chart, *, scale: float = 2.0) -> bytes:
    """Draw a chart as PNG in the light theme's colours."""
    import vl_convert

    return bytes(vl_convert.vegalite_to_png(json.dumps(chart.spec), scale=scale))


@dataclass(frozen=True, slots=True)
class _Drawer:
    report: Report
    figures: Figures

    def all(self) -> Iterator[Chart]:
        from hansei.render.tried import chart_of  # which draws with the helpers below

        rows = {s.metric: s for s in self.report.series}
        for tried in self.report.tried:
            drawn = chart_of(tried, self.figures) if tried.state == "judged" else None
            if drawn is not None:
                yield drawn
        for signal in self.report.signals:
            if signal.significant and signal.metric in rows:
                yield self.behaviour(rows[signal.metric], signal)
        for forecast in self.report.forecast:
            if forecast.metric in rows:
                yield self.forecast(rows[forecast.metric], forecast)
        yield from self.stack(
            "stages", "Stages of work time", [rows[m] for m in STAGES if m in rows], "hours per item"
        )
        yield from self.stack(
            "bugs", "Bugs by where they were found", [rows[m] for m in PLACES if m in rows], "bugs per sprint"
        )
        changed = {s.metric for s in self.report.signals if s.significant}
        if self.report.sizes:
            yield from self._sizes()
        elif SHARE_LARGE in rows and SHARE_LARGE not in changed:
            yield from self._course("sizes", rows[SHARE_LARGE])

    # one measure over time

    def behaviour(self, series: Series, signal: Signal) -> Chart:
        """Return the process-behaviour chart of a measure that changed."""
        level = next((x for x in self.report.levels if x.metric == series.metric), None)
        names = self._names()
        at = next((i for i, s in enumerate(self.report.sprints) if s.sprint_id == signal.since_sprint_id), 0)
        points = [
            {
                "sprint": names[i],
                "value": v,
                "place": _place(v, level.usual if level else None),
                "label": f"{names[i]}: {self._value(series, v)}{_after(_place(v, level.usual if level else None))}",
            }
            for i, v in enumerate(series.values)
            if v is not None
        ]
        layers = [
            *self._band(series, level, points[:3]),
            *self._regimes(signal, names, at),
            _line(points),
        ]
        layers += [_points(points, signal.helpful), *self._flags(names)]
        title = self.figures.label(series.metric, series.title)
        return Chart(
            id=signal.id,
            title=title,
            caption=self._finding(signal, level, points, at, names),
            table=self._table((series,)),
            spec=self._spec(layers, self._y(series, level), f"{title}, sprint by sprint"),
            since=names[at],
        )

    def _finding(
        self, signal: Signal, level: Level | None, points: Sequence[Spec], at: int, names: Sequence[str]
    ) -> str:
        before, after = self.figures.sizes(signal)
        label = self.figures.label(signal.metric, signal.title)
        since = self.figures.since(signal)
        text = ENGLISH(finding(signal), label=label, after=after, before=before, sprint=since)
        if level is not None:
            text += (
                f" Grey band: the usual range ({self.figures.usual(level.metric, level.unit, level.usual)})."
            )
        outside = sum(p["place"] != "inside" for p in points if names.index(p["sprint"]) >= at)
        if outside:
            text += f" Triangles ({outside} since then) lie outside it."
        return text + self._told(names)

    def _told(self, names: Sequence[str], first: int = 0) -> str:
        """Say what the flags stand for."""
        noted = [(n, s.notes) for n, s in zip(names, self.report.sprints, strict=False) if s.notes]
        shown = [(n, kinds) for n, kinds in noted if n in names[first:]]
        told = "; ".join(f"{n} {', '.join(ENGLISH(f'note.{k}') for k in kinds)}" for n, kinds in shown)
        return f" Flags: {told}." if told else ""

    def _flags(self, names: Sequence[str], first: int = 0) -> list[Spec]:
        """Draw a flag over each sprint from ``first`` on of which the team noted something."""
        noted = [
            {
                "sprint": name,
                "label": f"{name}: {', '.join(ENGLISH(f'note.{k}') for k in s.notes)}",
            }
            for name, s in list(zip(names, self.report.sprints, strict=False))[first:]
            if s.notes
        ]
        if not noted:
            return []
        pole = {
            "type": "rule",
            "color": LIGHT["ink-2"],
            "aria": False,
        }  # short: a long line is where a change began
        flag = {
            "type": "point",
            "shape": "triangle-right",
            "filled": True,
            "color": LIGHT["ink-2"],
            "size": 80,
        }
        return [
            {
                "data": {"values": noted},
                "mark": pole,
                "encoding": {"x": _x(names[first:]), "y": {"value": 0}, "y2": {"value": 20}},
            },
            {
                "data": {"values": noted},
                "mark": flag | {"opacity": 1, "xOffset": 5},
                "encoding": {
                    "x": _x(names[first:]),
                    "y": {"value": 6},
                    "description": {"field": "label", "type": "nominal"},
                },
            },
        ]

    def _band(self, series: Series, level: Level | None, first: Sequence[Spec]) -> list[Spec]:
        """Draw the usual range with its name above it; at its foot where the first points would cover the name."""
        if level is None:
            return []
        low, high = self.figures.drawn(level.metric, level.usual)
        usual = self.figures.usual(level.metric, level.unit, level.usual)
        band = {"low": low, "high": high}
        rect = {"type": "rect", "color": LIGHT["line"], "opacity": 0.55, "aria": False}
        if low == high:  # a single value is a line
            rect |= {"stroke": LIGHT["line"], "strokeWidth": 3}
        reach = max((v for v in series.values if v is not None), default=1.0) * 0.2
        covered = any(-reach / 10 < p["value"] - high < reach for p in first)
        return [
            {
                "data": {"values": [band]},
                "mark": rect,
                "encoding": {"y": _q("low"), "y2": {"field": "high"}},
            },
            {
                "data": {"values": [band | {"text": f"usual range {usual}"}]},
                "mark": _text(align="left", baseline="bottom", dx=4, dy=-2, color=LIGHT["ink-2"]),
                "encoding": {
                    "y": _q("low" if covered else "high"),
                    "x": {"value": 0},
                    "text": {"field": "text", "type": "nominal"},
                },
            },
        ]

    def _regimes(self, signal: Signal, names: Sequence[str], at: int) -> list[Spec]:
        """Draw the level before and since the change; a drift as one sloping line."""
        if signal.kind == "outlier" or not 0 < at < len(names):
            return []
        before, after = self.figures.sizes(signal)
        first = [(names[0], signal.before), (names[at - 1], signal.before)]
        then = [
            (names[at], signal.before if signal.kind == "drift" else signal.after),
            (names[-1], signal.after),
        ]
        rows = [
            {"sprint": n, "value": v, "part": part}
            for part, pairs in (("before", first), ("since", then))
            for n, v in pairs
        ]
        ends = [
            {"sprint": names[at - 1], "value": signal.before, "text": before},
            {"sprint": names[-1], "value": signal.after, "text": after},
        ]
        flag = {"sprint": names[at]}
        return [
            {
                "data": {"values": [flag]},
                "mark": {"type": "rule", "color": LIGHT["line-strong"], "strokeDash": [2, 3], "aria": False},
                "encoding": {"x": _x(names)},
            },
            {
                "data": {"values": rows},
                "mark": {"type": "line", "color": LIGHT["ink"], "strokeWidth": 2, "aria": False},
                "encoding": {
                    "x": _x(names),
                    "y": _q("value"),
                    "detail": {"field": "part", "type": "nominal"},
                },
            },
            {
                "data": {"values": ends},
                "mark": _text(align="left", dx=9, dy=0, color=LIGHT["ink"], fontWeight="bold", fontSize=13),
                "encoding": {"x": _x(names), "y": _q("value"), "text": {"field": "text", "type": "nominal"}},
            },
        ]

    # the next sprint

    def forecast(self, series: Series, forecast: Forecast) -> Chart:
        """Return the last sprints and the ranges for the next one."""
        names = [*self._names(), "next"]
        points: list[Spec] = [
            {"sprint": names[i], "value": v, "place": "inside",
             "label": f"{names[i]}: {self._value(series, v)}"}
            for i, v in enumerate(series.values)
            if v is not None
        ]  # fmt: skip
        first = max(0, len(names) - 14)
        shown: list[Spec] = [p for p in points if names.index(p["sprint"]) >= first]
        widths = {0.5: 22, 0.85: 12, 0.95: 3}
        title = self.figures.label(forecast.metric, forecast.title)
        bars = [
            {
                "data": {"values": [{
                    "sprint": "next", "low": r.low, "high": r.high,
                    "label": f"next sprint, {_times(r.level)}: {self._range(forecast, r.low, r.high)}",
                }]},
                "mark": {"type": "bar", "width": widths.get(r.level, 6), "color": LIGHT["line-strong"],
                         "opacity": {0.5: 0.9, 0.85: 0.6}.get(r.level, 0.9), "tooltip": None},
                "encoding": {"x": _x(names[first:]), "y": _q("low"), "y2": {"field": "high"},
                             "description": {"field": "label", "type": "nominal"}},
            }
            for r in sorted(forecast.ranges, key=lambda r: -r.level)
        ]  # fmt: skip
        half, wide = ([r for r in forecast.ranges if r.level == x] for x in (0.5, 0.85))
        caption = f"{title}, next sprint:"
        caption += "".join(
            f" {_times(r.level)} {self._range(forecast, r.low, r.high)}{mark}"
            for r, mark in [*((r, ";") for r in half), *((r, ".") for r in wide)]
        )
        caption += "".join(
            f" On your own past the wider range held in {r.held} of {r.tried} sprints."
            for r in wide
            if r.tried
        )
        caption += self._told(names, first)
        rows = tuple(
            (
                _times(r.level),
                *self.figures.bounds(forecast.metric, Interval(r.low, r.high)),
                f"{r.held} of {r.tried}",
            )
            for r in forecast.ranges
        )
        y = self._y(series, None)
        return Chart(
            id=forecast.id,
            title=title,
            caption=caption,
            table=DataTable(("how often", f"from ({forecast.unit})", "to", "held on your past"), rows),
            spec=self._spec(
                [
                    _line(shown),
                    _points(shown, None),
                    *bars,
                    *self._reach(forecast, y, names[first:]),
                    *self._flags(names, first),
                ],
                y,
                f"{title}: next sprint",
            ),
        )

    def _reach(self, forecast: Forecast, y: Spec, names: Sequence[str]) -> list[Spec]:
        """Write the ranges beside their bars; the wider one only where it stands clear of the other."""
        low, high = y["scale"]["domain"]
        ranges = {r.level: r for r in forecast.ranges}
        rows: list[Spec] = []
        half, wide = ranges.get(0.5), ranges.get(0.85)
        if half is not None:
            middle = (half.low + half.high) / 2
            rows.append({"sprint": "next", "at": middle, "text": self._range(forecast, half.low, half.high)})
            if wide is not None and (wide.high - middle) / (high - low) * HEIGHT > 16:
                text = self._range(forecast, wide.low, wide.high)
                rows.append({"sprint": "next", "at": wide.high, "text": text})
        return [
            {
                "data": {"values": [row]},
                "mark": _text(align="left", dx=14, color=LIGHT["ink"], fontWeight="normal" if i else "bold"),
                "encoding": {"x": _x(names), "y": _q("at"), "text": {"field": "text", "type": "nominal"}},
            }
            for i, row in enumerate(rows)
        ]

    def _range(self, f: Forecast, low: float, high: float) -> str:
        return self.figures.usual(f.metric, f.unit, Interval(low, high))

    # parts of a whole

    def _sizes(self) -> Iterator[Chart]:
        """Draw the finished stories by size; a report of an older version holds only the share of the large ones."""
        found = {s.sprint_id: s for s in self.report.sizes}
        ids = [s.sprint_id for s in self.report.sprints]
        parts = [
            Series(size, size, "items", tuple(getattr(found.get(i), size, None) for i in ids))
            for size in ("small", "medium", "large")
        ]
        whole = replace(self.figures, grains={**self.figures.grains, **{p.metric: 0 for p in parts}})
        yield from replace(self, figures=whole).stack(
            "sizes", "Finished stories by size", parts, "items per sprint"
        )

    def stack(self, ident: str, title: str, given: Sequence[Series], axis: str) -> Iterator[Chart]:
        """Draw parts of a whole over each other, sprint by sprint, where there are at least two."""
        parts = [s for s in given if any(v is not None for v in s.values)]
        if len(parts) < 2:
            return
        names = self._names()
        labels = [self.figures.label(s.metric, s.title) for s in parts]
        rows = [
            {"sprint": names[i], "value": v, "part": label, "order": at,
             "label": f"{names[i]}, {label}: {self._value(s, v)}"}
            for at, (s, label) in enumerate(zip(parts, labels, strict=True))
            for i, v in enumerate(s.values)
            if v is not None
        ]  # fmt: skip
        bar = {
            "data": {"values": rows},
            "mark": {"type": "bar", "stroke": LIGHT["ink-2"], "strokeWidth": 0.6, "width": {"band": 0.72}},
            "encoding": {
                "x": _x(names),
                "y": _q("value") | {"stack": "zero"},
                "color": {
                    "field": "part",
                    "type": "nominal",
                    "scale": {"domain": labels, "range": [LIGHT[t] for t in TONES[: len(labels)]]},
                    "legend": {"orient": "top", "title": None, "symbolType": "square", "columns": 3},
                },
                "order": {"field": "order", "type": "quantitative"},
                "description": {"field": "label", "type": "nominal"},
            },
        }
        flags = self._flags(names)
        y: Spec = {"title": axis}
        if flags:  # they stand above the highest bar
            sums = [sum(s.values[i] or 0.0 for s in parts) for i in range(len(names))]
            y["scale"] = {"domain": [0, (max(sums) or 1.0) * FLAG_ROOM]}
        caption = f"{title}. {self._largest(parts, labels, names)}{self._told(names)}"
        yield Chart(ident, title, caption, self._table(parts), self._spec([bar, *flags], y, title))

    def _largest(self, parts: Sequence[Series], labels: Sequence[str], names: Sequence[str]) -> str:
        """Say in a sentence how the last sprint with values divides, the largest part first."""
        at = max(i for i in range(len(names)) if any(s.values[i] is not None for s in parts))
        known = [(s.values[at] or 0.0, lower_first(label), self._value(s, s.values[at])) for s, label in
                 zip(parts, labels, strict=True) if s.values[at] is not None]  # fmt: skip
        known.sort(key=lambda part: -part[0])
        if known[0][0] == 0:
            return f"None in {names[at]}."
        rest = ENGLISH.join([f"{label} {value}" for _, label, value in known[1:]])
        if not rest:
            return f"In {names[at]}: {known[0][1]} {known[0][2]}."
        if known[0][2] == known[1][2]:
            return f"In {names[at]}: {known[0][1]} {known[0][2]}, {rest}."
        return f"The largest part in {names[at]}: {known[0][1]}, {known[0][2]}; then {rest}."

    def _course(self, ident: str, series: Series) -> Iterator[Chart]:
        """Draw a measure that did not change: its points over its usual range."""
        level = next((x for x in self.report.levels if x.metric == series.metric), None)
        names = self._names()
        usual = level.usual if level else None
        points: list[Spec] = [
            {"sprint": names[i], "value": v, "place": _place(v, usual),
             "label": f"{names[i]}: {self._value(series, v)}{_after(_place(v, usual))}"}
            for i, v in enumerate(series.values)
            if v is not None
        ]  # fmt: skip
        if len(points) < 2:
            return
        title = self.figures.label(series.metric, series.title)
        last = points[-1]
        caption = f"{title}: {self._value(series, last['value'])} in {last['sprint']}"
        if level is not None:
            within = "inside" if last["place"] == "inside" else last["place"]
            caption += (
                f", {within} the usual range ({self.figures.usual(level.metric, level.unit, level.usual)})"
            )
        layers = [
            *self._band(series, level, points[:3]),
            _line(points),
            _points(points, None),
            *self._flags(names),
        ]
        yield Chart(
            ident,
            title,
            f"{caption}.{self._told(names)}",
            self._table((series,)),
            self._spec(layers, self._y(series, level), f"{title}, sprint by sprint"),
        )

    # shared parts

    def _names(self) -> list[str]:
        return short_names([self.figures.sprints(s.sprint_id) for s in self.report.sprints])

    def _value(self, series: Series, value: float | None) -> str:
        if value is None:
            return "–"
        return self.figures.cell(series.metric, series.unit, value, mean=False)[0]

    def _table(self, parts: Sequence[Series]) -> DataTable:
        head = ("sprint", *(f"{self.figures.label(s.metric, s.title)} ({s.unit})" for s in parts))
        rows = tuple(
            (name, *("–" if s.values[i] is None else self.figures.plain(s.metric, s.values[i] or 0.0, mean=False)[0]
                     for s in parts))
            for i, name in enumerate(self._names())
        )  # fmt: skip
        return DataTable(head, rows)

    def _y(self, series: Series, level: Level | None) -> Spec:
        entry = describe(series.metric)
        unit = {"h": f"hours per {entry.per}" if entry.per else "hours"}.get(series.unit, series.unit)
        values = [v for v in series.values if v is not None]
        if level is not None:
            values += [level.usual.low, level.usual.high]
        low, high = min(values, default=0.0), max(values, default=1.0)
        if _zero(series.metric):
            low = min(0.0, low)
            domain = [low, (high or 1.0) * 1.12]
        else:
            pad = (high - low) * 0.15 or abs(high) * 0.1 or 1.0
            domain = [low - pad, high + pad]
        return {"title": clean(unit, 40), "scale": {"domain": domain, "nice": True}}

    def _spec(self, layers: list[Spec], y: Spec, title: str) -> Spec:
        return layered(layers, y, title)


def short_names(names: Iterable[str]) -> list[str]:
    """Return the sprints' labels on an axis, each different from the others: where they are long, what differs."""
    given = [clean(n) for n in names]
    tries = (
        [sprint_short(n) for n in given],
        _numbers(given),
        without_common(given),
    )
    fitting = (t for t in tries if len({*t}) == len(given) and all(len(x) <= LABEL_LIMIT for x in t))
    pairs = zip(tries[0], tries[2], strict=True)
    return next(fitting, None) or _apart([s if len(s) <= LABEL_LIMIT else _cut(rest) for s, rest in pairs])


def _numbers(names: Sequence[str]) -> list[str]:
    """Return the first number of each name that tells all of them apart ("HER Sprint 12": "S12")."""
    found = [[*re.finditer(r"\d+", n)] for n in names]
    for at in range(min(map(len, found), default=0)):
        numbers = [f[at][0] for f in found]
        if len({*numbers}) == len(names):
            before = [n[: f[at].start()] for n, f in zip(names, found, strict=True)]
            sprint = all(re.search(r"(?i)\b(?:sprint|sp|s)\W{0,2}$", text) for text in before)
            return [f"S{n}" if sprint else n for n in numbers]
    return []


def _cut(label: str) -> str:
    """Shorten a label in its middle: names tell themselves apart at their ends."""
    if len(label) <= LABEL_LIMIT:
        return label
    return f"{label[: LABEL_LIMIT // 2 - 1]}…{label[-(LABEL_LIMIT - LABEL_LIMIT // 2) :]}"


def _apart(labels: Iterable[str]) -> list[str]:
    out: list[str] = []
    for label in labels:
        same = sum(x == label or x.startswith(f"{label} (") for x in out)
        out.append(f"{label} ({same + 1})" if same else label)
    return out


def layered(layers: list[Spec], y: Spec, title: str) -> Spec:
    """Return the specification of a chart of layers; ``y`` is the axis that they share."""
    first = next((x for x in layers if "y" in x.get("encoding", {})), None)
    if first is not None:
        first["encoding"]["y"] |= y
    return {
        "$schema": SCHEMA,
        "description": title,
        "width": WIDTH,
        "height": HEIGHT,
        "padding": {"left": 4, "right": 52, "top": 6, "bottom": 4},
        "background": None,
        "layer": layers,
        "config": _CONFIG,
    }


_CONFIG: Spec = {
    "view": {"stroke": None},
    "font": "system-ui, sans-serif",
    "axis": {
        "labelColor": LIGHT["ink-2"], "titleColor": LIGHT["ink-2"], "labelFontSize": 13, "titleFontSize": 13,
        "titleFontWeight": "normal", "grid": False, "domainColor": LIGHT["line-strong"],
        "tickColor": LIGHT["line-strong"], "labelAngle": 0, "labelOverlap": True, "labelSeparation": 8,
    },
    "axisY": {"grid": True, "gridColor": LIGHT["line"], "domain": False, "ticks": False, "tickCount": 5},
    "legend": {"labelColor": LIGHT["ink-2"], "labelFontSize": 13, "labelLimit": 320,
               "symbolStrokeWidth": 0.6, "symbolSize": 120},
    "text": {"fontSize": 13},
}  # fmt: skip


def _zero(metric: str) -> bool:
    return describe(metric).family in ZERO_BASED


def _place(value: float, usual: Interval | None) -> str:
    if usual is None or usual.low <= value <= usual.high:
        return "inside"
    return "above" if value > usual.high else "below"


def _after(place: str) -> str:
    return {"above": ", above the usual range", "below": ", below the usual range"}.get(place, "")


def _times(level: float) -> str:
    return {0.5: "half of the time", 0.85: "17 times in 20", 0.95: "19 times in 20"}.get(
        level, f"{level:.0%}"
    )


def _x(names: Iterable[str]) -> Spec:
    axis = {"title": None, "labelAngle": 0, "labelOverlap": True, "labelSeparation": 8}
    return {"field": "sprint", "type": "ordinal", "sort": None, "scale": {"domain": [*names]}, "axis": axis}


def _q(name: str) -> Spec:
    return {"field": name, "type": "quantitative"}


def _text(**more: Any) -> Spec:
    return {"type": "text", "fontSize": 13, "aria": False, **more}


def _line(points: list[Spec]) -> Spec:
    names = [p["sprint"] for p in points]
    return {
        "data": {"values": points},
        "mark": {"type": "line", "color": LIGHT["ordinary"], "strokeWidth": 1, "opacity": 0.7, "aria": False},
        "encoding": {"x": _x(names) | {"scale": {}}, "y": _q("value")},
    }


def _points(points: list[Spec], helpful: bool | None) -> Spec:
    """Draw the values: rings inside the usual range, filled triangles outside it."""
    outside = LIGHT["ink"] if helpful is None else LIGHT["helpful" if helpful else "unhelpful"]
    inside = {"test": "datum.place === 'inside'"}
    return {
        "data": {"values": points},
        "mark": {
            "type": "point",
            "filled": True,
            "size": 75,
            "strokeWidth": 1.6,
            "opacity": 1,
            "tooltip": None,
        },
        "encoding": {
            "x": _x([p["sprint"] for p in points]) | {"scale": {}},
            "y": _q("value"),
            "shape": {
                "field": "place",
                "type": "nominal",
                "scale": {
                    "domain": ["inside", "above", "below"],
                    "range": ["circle", "triangle-up", "triangle-down"],
                },
                "legend": None,
            },
            "fill": {"condition": {**inside, "value": LIGHT["surface"]}, "value": outside},
            "stroke": {"condition": {**inside, "value": LIGHT["ordinary"]}, "value": outside},
            "description": {"field": "label", "type": "nominal"},
        },
    }
