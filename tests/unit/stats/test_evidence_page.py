"""The evidence page belongs to this engine and to the stored figures, and `make check` would say if it did not."""

from __future__ import annotations

import json

import pytest
from benchmarks.evidence import external, fingerprint, page, run


def test_the_evidence_is_that_of_this_engine() -> None:
    assert run.stale() == []


def test_another_engine_makes_the_page_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fingerprint, "engine", lambda: "0" * 16)
    assert len(run.stale()) == len(run.PARTS) + 1  # every part, and the page that names the engine


def test_a_changed_number_changes_the_fingerprint_and_a_comment_does_not() -> None:
    code = 'def f(x):\n    """Say."""\n    return x + 1  # one\n'
    same = 'def f(x):\n\n    """Say it otherwise."""\n    # two\n    return x + 1\n'
    assert fingerprint._code(code) == fingerprint._code(same)
    assert fingerprint._code(code) != fingerprint._code(code.replace("1", "2"))


def test_the_level_for_own_values_keeps_the_alarms_that_are_allowed() -> None:
    rows = [(kind, 0.0, i / 100, 0.0) for kind in external.KINDS for i in range(100)]
    rows += [("planted", d, 0.0, p) for d, p in ((2.0, 0.5), (2.0, 0.97), (3.0, 0.99), (3.0, 0.98))]
    found = external.own_power(rows)
    level, strict = next(iter(found.items()))
    assert float(level) == pytest.approx(0.96, abs=0.01)
    assert all(v <= 0.04 for v in strict["alarms"].values())
    assert (strict["2"], strict["3"]) == (0.5, 1.0)


def test_a_missed_target_is_said_on_the_page() -> None:
    figures = json.loads((run.HERE / "retrobench.json").read_text())
    figures["alarms"]["null"] = 0.2
    assert "independent: 20.0 %, target ≤ 4 %" in page.shortfalls(figures)
    assert "| **no** |" in page.field(figures)


def test_differences_of_shares_are_told_in_points() -> None:
    text = page.field(json.loads((run.HERE / "retrobench.json").read_text()))
    rows = [line for line in text.splitlines() if "minus right" in line or "calibration error" in line]
    assert len(rows) == 4
    assert all("points" in line.split("|")[4] and "%" not in line.split("|")[5] for line in rows)


def test_each_group_of_our_own_teams_that_falls_short_is_named_with_its_figure() -> None:
    study = json.loads((run.HERE / "study.json").read_text())
    name = "sprint length and team size change"
    block = study["worlds"][name]
    high = next(w for w in block["words"] if w["word"] == "High")
    high["stated"], high["observed"] = 0.93, 0.82
    block["false_alarms"] = {**block["false_alarms"], "rate": 0.31, "low": 0.2, "high": 0.4}
    study["partial"]["unmoved"] = {**study["partial"]["unmoved"], "rate": 0.08}
    text = page.own_shortfalls(study)
    assert f"{name} 93.0 → 82.0 %" in text
    assert f"{name} 31.0 % (20–40)" in text
    assert "only the companions of a cause moved: a metric that stood still was claimed in 8.0 %" in text
    high["observed"] = high["stated"] = 0.95
    assert f"{name} 93" not in page.own_shortfalls(study)


def test_missed_targets_of_verdicts_and_forecasts_are_said() -> None:
    parts = run.stored()
    parts["study"]["do_nothing"]["phi 0"]["worked"] = 0.2
    parts["velocities"]["coverage"]["0.85"] = 0.5
    parts["annotated"]["f1"] = 0.1
    text = page.judged_shortfalls(parts)
    assert "“worked” in 20.0 %, target ≤ 3 %" in text
    assert "Forecasts at 85 %: held 50.0 %" in text
    assert "Change points: f1 0.100" in text
