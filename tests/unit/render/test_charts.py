"""Charts: what they show is what the report holds, in form, colour, caption and table."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from builders import reports
from hansei.core.phrases import clean
from hansei.core.report import Report
from hansei.render import charts
from hansei.render.charts import DARK, LIGHT, Chart, charts_of, recolour, to_svg
from unit.render.conftest import Sample


def _luminance(colour: str) -> float:
    """Relative luminance, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def _contrast(a: str, b: str) -> float:
    high, low = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _points(chart: Chart) -> list[dict[str, Any]]:
    """Return the values that are drawn as points."""
    layer = next(x for x in chart.spec["layer"] if x["mark"]["type"] == "point")
    return list(layer["data"]["values"])


def test_the_points_are_the_series() -> None:
    report = reports.changed()
    chart = next(c for c in charts_of(report.to_dict()) if c.id == "S1")
    assert [p["value"] for p in _points(chart)] == [v for v in reports.REVIEW if v is not None]
    assert [p["place"] for p in _points(chart)] == [
        "above" if v > 21.8 else "below" if v < 6.2 else "inside" for v in reports.REVIEW if v is not None
    ]
    assert chart.since == "S36"


def test_a_missing_value_is_a_gap_and_no_zero() -> None:
    report = reports.changed()
    holed = tuple(None if i == 3 else v for i, v in enumerate(reports.REVIEW))
    row = report.to_dict()
    row["series"][0]["values"] = list(holed)
    chart = next(c for c in charts_of(row) if c.id == "S1")
    assert [p["sprint"] for p in _points(chart)] == [f"S{n}" for n in range(29, 41) if n != 32]
    assert chart.table.rows[3] == ("S32", "–")


def test_every_chart_is_drawn_and_named(sample: Sample) -> None:
    for chart in charts_of(sample.stored):
        svg = to_svg(chart)
        assert ET.fromstring(svg).tag.endswith("svg")
        assert chart.caption.endswith(".")
        assert {len(r) for r in chart.table.rows} == {len(chart.table.head)}
        assert "style=" not in svg


def test_axes_say_their_unit() -> None:
    units = {c.id: json.dumps(c.spec) for c in charts_of(reports.changed().to_dict())}
    assert '"title": "hours per item"' in units["S1"]
    assert '"title": "items"' in units["S3"]
    assert '"title": "points"' in units["F1"]


def test_only_our_colours_are_drawn_and_dark_is_the_same_drawing() -> None:
    chart = charts_of(reports.changed().to_dict())[0]
    light = to_svg(chart)
    assert set(re.findall(r"#[0-9A-Fa-f]{6}\b", light)) <= set(LIGHT.values())
    dark = recolour(light, DARK)
    assert set(re.findall(r"#[0-9A-Fa-f]{6}\b", dark)) <= set(DARK.values())
    assert "#" not in re.sub(r'"#\w+"', "", recolour(light)).replace("http://www.w3.org", "")


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_marks_and_words_stand_out_from_their_ground(theme: dict[str, str]) -> None:
    for mark in ("helpful", "unhelpful", "ordinary", "ink", "ink-2"):
        assert _contrast(theme[mark], theme["surface"]) >= 4.5, mark
    assert _contrast(theme["helpful"], theme["unhelpful"]) > 1.0
    tones = [theme[t] for t in charts.TONES[:4]]
    assert all(_contrast(a, b) > 1.05 for a, b in pairwise(tones))


@pytest.mark.parametrize(
    ("names", "labels"),
    [
        (["Sprint 36", "Sprint 37"], ["S36", "S37"]),
        (["HER Sprint 12", "HER Sprint 13"], ["S12", "S13"]),
        (["Team Heron 2026 Iteration 7", "Team Heron 2026 Iteration 8"], ["7", "8"]),
        (["The Heron Alpha", "The Heron Bravo", "The Heron Charlie"], ["Alpha", "Bravo", "Charlie"]),
        (["Heron in January", "Heron in February"], ["January", "February"]),
        (["Sprint 36", "Hardening after the release"], ["S36", "Harde…elease"]),
        (["Sprint", "Sprint", "Sprint"], ["Sprint", "Sprint (2)", "Sprint (3)"]),
        (["Platform Sprint 9 (March)", "Platform Sprint 10 (April)"], ["S9", "S10"]),
        (["One sprint with a very long name"], ["One s…g name"]),
        ([], []),
    ],
)
def test_an_axis_names_sprints_by_what_differs(names: list[str], labels: list[str]) -> None:
    assert charts.short_names(names) == labels


def test_the_band_is_drawn_where_it_is_printed() -> None:
    chart = next(c for c in charts_of(reports.changed().to_dict()) if c.id == "S3")
    (band,) = chart.spec["layer"][0]["data"]["values"]
    assert "usual range (1–3)" in chart.caption  # 0.4 to 3.9 items
    assert (band["low"], band["high"]) == (1.0, 3.0)


def test_what_is_printed_lies_where_the_mark_does() -> None:
    report = reports.changed().to_dict()
    row = next(s for s in report["series"] if s["metric"] == "review_time")
    row["values"][-1] = 22.3
    level = next(x for x in report["levels"] if x["metric"] == "review_time")
    level["usual"]["high"], level["last"] = 21.8, 22.3
    chart = next(c for c in charts_of(report) if c.id == "S1")
    assert _points(chart)[-1]["label"] == "S40: 22.3 h, above the usual range"
    assert "usual range (6.2–21.8 h)" in chart.caption
    assert chart.table.rows[-1][1] == "22.3"


def test_story_sizes_are_drawn_by_size() -> None:
    report = reports.changed().to_dict()
    ids = [s["sprint_id"] for s in report["sprints"]]
    report["sizes"] = [{"sprint_id": ids[-1], "small": 5, "medium": 3, "large": None}]
    chart = next(c for c in charts_of(report) if c.id == "sizes")
    assert chart.caption == "Finished stories by size. The largest part in S40: small, 5; then medium 3."
    assert chart.table.head == ("sprint", "small (items)", "medium (items)")
    assert chart.table.rows[-1] == ("S40", "5", "3")
    assert chart.table.rows[0][1:] == ("–", "–")


def test_hostile_names_stay_text(hostile: Sample) -> None:
    for chart in charts_of(hostile.stored):
        svg = to_svg(chart)
        root = ET.fromstring(svg)
        tags = {e.tag.rpartition("}")[2] for e in root.iter()}
        assert tags <= {"svg", "g", "path", "text", "line", "rect", "tspan", "defs", "clipPath", "title"}
        assert not any(
            k.rpartition("}")[2] in ("href", "onload", "onclick") for e in root.iter() for k in e.attrib
        )
        assert all(clean(cell) == cell for row in chart.table.rows for cell in row)


def test_two_hundred_sprints_and_one() -> None:
    many = reports.changed().to_dict()
    many["sprints"] = [dict(many["sprints"][0], sprint_id=f"s{i}", name=f"Sprint {i}") for i in range(200)]
    for s in many["series"]:
        s["values"] = [float(i % 7) for i in range(200)]
    for signal in many["signals"]:
        signal["since_sprint_id"] = "s150"
    assert len(_points(charts_of(many)[0])) == 200
    assert charts_of(reports.unchecked().to_dict()) == ()


def test_sprints_of_one_name_stay_apart() -> None:
    row = reports.changed().to_dict()
    for s in row["sprints"]:
        s["name"] = "Sprint"
    names = [p["sprint"] for p in _points(charts_of(row)[0])]
    assert len(set(names)) == len(names)


def test_noted_sprints_have_a_flag_on_every_chart_over_time_also_over_stacks() -> None:
    plain = reports.changed().to_dict()
    plain["series"] += [
        {**plain["series"][0], "metric": metric, "title": title, "values": [1.0] * len(plain["sprints"])}
        for metric, title in (("coding_time", "Coding time"), ("story_share_large", "Share of large stories"))
    ]
    noted = json.loads(json.dumps(plain))
    noted["sprints"][-2]["notes"] = ["incident"]
    drawn = {c.id: c for c in charts_of(noted)}
    assert {"S1", "stages", "sizes"} <= drawn.keys()
    for before in charts_of(plain):
        chart = drawn[before.id]
        assert "Flags: S39 incident." in chart.caption, chart.id
        assert "Flags" not in before.caption
        layers = [x for x in chart.spec["layer"] if x["mark"].get("shape") == "triangle-right"]
        assert [v["label"] for x in layers for v in x["data"]["values"]] == ["S39: incident"], chart.id
        assert "S39: incident" in to_svg(chart)
    bars = drawn["stages"].spec["layer"][0]["encoding"]["y"]
    highest = max(
        sum(v for v in pair if v is not None) for pair in zip([1.0] * 12, reports.REVIEW, strict=True)
    )
    assert bars["scale"]["domain"][1] > highest * 1.1  # the flag stands above the bar, not in it


def test_a_chart_says_no_more_surely_than_the_report_that_its_measure_changed() -> None:
    (chart, *_) = charts_of(reports.EVERY["likely"]().to_dict())
    assert chart.caption.startswith(
        "Review time per item: probably a new level since Sprint 36, about 24 h; 14 h"
    )


def test_the_goal_is_written_beside_its_line_or_below_where_a_value_stands() -> None:
    report = reports.EVERY["tried"]()
    last = reports.TRIED.points[3]
    assert (last.part, last.value) == ("baseline", 1.0)  # the goal is one, too: 2.0 less a half
    apart = tuple(replace(p, value=3.0) if p is last else p for p in reports.TRIED.points)
    moved = replace(report, tried=(replace(reports.TRIED, points=apart),))
    assert [_goal(r)["mark"]["dy"] for r in (report, moved)] == [15, 0]


def _goal(report: Report) -> dict[str, Any]:
    chart = next(c for c in charts_of(report.to_dict()) if c.id == "T1")
    texts = [x for x in chart.spec["layer"] if x["mark"]["type"] == "text"]
    return next(x for x in texts if x["data"]["values"][0]["text"].startswith("goal"))
