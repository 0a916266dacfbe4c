"""The CSV report: every statement a row, nothing a formula."""

from __future__ import annotations

import csv
import io
import json

import pytest

from builders import reports
from hansei.core.report import Report
from hansei.render.csv import COLUMNS, render


def rows(report: Report) -> list[dict[str, str]]:
    text = render(json.loads(json.dumps(report.to_dict())))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def test_every_statement_has_a_row() -> None:
    found = {r["id"] for r in rows(reports.changed()) if r["id"]}
    assert found == {
        "S1",
        "S2",
        "S3",
        *(f"L{i}" for i in range(1, 8)),
        "D4",
        "D5",
        "D6",
        "D7",
        "O1",
        "R1",
        "F1",
    } | {
        "H1",
        "H2",
        "E1",
        "E2",
    }


def test_signal_row_has_its_numbers() -> None:
    row = next(r for r in rows(reports.changed()) if r["id"] == "S1")
    assert (row["kind"], row["metric"], row["before"], row["after"], row["low"], row["high"]) == (
        "step",
        "review_time",
        "14.0",
        "24.0",
        "5.6",
        "12.6",
    )
    assert row["sprint"] == "Sprint 36"


def test_missing_values_are_empty_not_zero() -> None:
    happy = [
        r["value"]
        for r in rows(reports.changed())
        if r["kind"] == "value" and r["metric"] == "team_happiness"
    ]
    assert happy[4] == ""
    assert len(happy) == 12


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_text_is_a_formula(start: str) -> None:
    refs = reports.sprints()
    bad = reports.signal("S1", "review_time", f"{start} title", "h", since_sprint_name=start)
    found = rows(reports.changed(sprints=refs, signals=(bad,)))
    row = next(r for r in found if r["id"] == "S1")
    assert row["title"].startswith("'")
    assert row["sprint"].startswith("'")


def test_falls_stay_numbers() -> None:
    row = next(r for r in rows(reports.improved()) if r["id"] == "S1")
    assert float(row["value"]) == -1.9


@pytest.mark.parametrize("name", reports.EVERY)
def test_every_row_has_every_column(name: str) -> None:
    for row in rows(reports.EVERY[name]()):
        assert tuple(row) == COLUMNS
        assert None not in row.values()
