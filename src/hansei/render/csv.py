"""A stored report as CSV: one row for each thing that the report says, with its evidence id."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from hansei.core.metrics import SIZES, describe
from hansei.core.phrases import clean
from hansei.core.report import Report
from hansei.core.stored import read_report

COLUMNS = (
    "kind",
    "id",
    "metric",
    "title",
    "unit",
    "direction",
    "sprint_id",
    "sprint",
    "before",
    "after",
    "value",
    "low",
    "high",
    "level",
    "probability",
    "word",
    "sample",
    "text",
)
Row: TypeAlias = dict[str, str | float | int | None]
#: A spreadsheet reads a cell that begins with one of these as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def render(report: Mapping[str, Any]) -> str:
    """Return the report as CSV (RFC 4180, header row, UTF-8, decimal point).

    Texts that a spreadsheet would run as a formula get an apostrophe in front; numbers stay numbers. An empty cell
    means that there is no such value.

    Raises:
        InvalidInput: ``report`` is not a stored report.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\r\n")
    writer.writeheader()
    for row in _rows(read_report(report)):
        writer.writerow({name: _cell(row.get(name)) for name in COLUMNS})
    return out.getvalue()


def _cell(value: str | float | int | None) -> str | float | int:
    if value is None:
        return ""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, str):
        text = clean(value, 2000)
        return f"'{text}" if value.startswith(_FORMULA) or text.startswith(_FORMULA) else text
    return value


def _rows(report: Report) -> Iterator[Row]:
    yield from _values(report)
    yield from _sizes(report)
    yield from _tried(report)
    yield from _findings(report)
    yield from _context(report)
    yield from _reasons(report)


def _values(report: Report) -> Iterator[Row]:
    for series in report.series:
        for sprint, value in zip(report.sprints, series.values, strict=True):
            yield {
                "kind": "value",
                "metric": series.metric,
                "title": series.title,
                "unit": series.unit,
                "sprint_id": sprint.sprint_id,
                "sprint": sprint.name,
                "value": value,
                "text": sprint.role,
            }


def _sizes(report: Report) -> Iterator[Row]:
    names = {s.sprint_id: s.name for s in report.sprints}
    for row in report.sizes:
        for size in SIZES:
            yield {
                "kind": "value",
                "metric": f"story_point_distribution.{size}",
                "title": f"Story sizes: {size}",
                "unit": "items",
                "sprint_id": row.sprint_id,
                "sprint": names.get(row.sprint_id, ""),
                "value": getattr(row, size),
            }


def _tried(report: Report) -> Iterator[Row]:
    for t in report.tried:
        yield {
            "kind": "tried",
            "id": t.id,
            "metric": t.metric,
            "title": t.title,
            "unit": t.unit,
            "direction": t.direction,
            "sprint": t.started_after,
            "before": t.goal.before if t.goal else None,
            "after": t.goal.after if t.goal else None,
            "value": t.goal.effect if t.goal else None,
            "low": t.goal.interval.low if t.goal else None,
            "high": t.goal.interval.high if t.goal else None,
            "level": t.goal.interval.level if t.goal else None,
            "word": t.outcome or t.state,
            "sample": sum(t.goal.sample) if t.goal else None,
            "text": t.note,
        }
    if report.decided is not None:
        made = report.decided
        yield {"kind": "decided", "title": made.what, "word": made.choice, "text": made.reason}


def _findings(report: Report) -> Iterator[Row]:
    for s in report.signals:
        yield {
            "kind": s.kind if s.significant else f"{s.kind} (not sure)",
            "id": s.id,
            "metric": s.metric,
            "title": s.title,
            "unit": s.unit,
            "direction": s.direction,
            "sprint_id": s.since_sprint_id,
            "sprint": s.since_sprint_name,
            "before": s.before,
            "after": s.after,
            "value": s.effect,
            "low": s.interval.low,
            "high": s.interval.high,
            "level": s.interval.level,
            "probability": s.probability,
            "word": s.status,
            "sample": sum(s.sample),
        }
    for a in report.associations:
        yield {
            "kind": "seen together",
            "id": a.id,
            "metric": " & ".join(a.metrics),
            "title": " & ".join(a.titles),
            "direction": a.sign,
            "value": a.strength,
            "probability": None,
            "sample": a.sample,
            "text": f"{a.lag} sprint later" if a.lag else "same sprint",
        }


def _context(report: Report) -> Iterator[Row]:
    for x in report.levels:
        yield {
            "kind": "usual range",
            "id": x.id,
            "metric": x.metric,
            "title": x.title,
            "unit": x.unit,
            "after": x.last,
            "value": x.typical,
            "low": x.usual.low,
            "high": x.usual.high,
            "sample": x.sample,
        }
    for o in report.ordinary:
        yield {
            "kind": "ordinary swing",
            "id": o.id,
            "metric": o.metric,
            "title": o.title,
            "unit": o.unit,
            "sprint_id": o.sprint_ids[1],
            "sprint": o.sprint_names[1],
            "before": o.values[0],
            "after": o.values[1],
            "low": o.usual.low,
            "high": o.usual.high,
        }
    for d in report.detectable:
        yield {
            "kind": "would have been noticed",
            "id": d.id,
            "metric": d.metric,
            "title": d.title,
            "unit": d.unit,
            "value": d.amount,
            "sample": sum(d.sample),
        }
    for r in report.refusals:
        yield {
            "kind": "not checked",
            "id": r.id,
            "metric": r.metric,
            "title": r.title,
            "word": r.reason,
            "sample": r.sample,
            "text": r.text,
        }
    for f in report.forecast:
        for held in f.ranges:
            yield {
                "kind": "next sprint",
                "id": f.id,
                "metric": f.metric,
                "title": f.title,
                "unit": f.unit,
                "value": f.middle,
                "low": held.low,
                "high": held.high,
                "level": held.level,
                "sample": f.sample,
                "text": f"held in {held.held} of {held.tried}",
            }


def _reasons(report: Report) -> Iterator[Row]:
    for h in report.hypotheses:
        yield {
            "kind": "lead",
            "id": h.id,
            "title": h.title,
            "probability": h.probability,
            "word": h.confidence,
            "text": h.family,
        }
    for family, probability in report.cause_probabilities.items():
        yield {"kind": "chance of a cause", "probability": float(probability), "text": family}
    for e in report.experiments:
        entry = describe(e.registration.metric)
        yield {
            "kind": "experiment",
            "id": e.id,
            "metric": entry.name,
            "title": e.title,
            "unit": entry.unit,
            "direction": e.registration.direction,
            "before": e.registration.baseline_level,
            "value": e.registration.useful_effect,
            "sample": e.registration.sprints,
            "text": e.change,
        }
