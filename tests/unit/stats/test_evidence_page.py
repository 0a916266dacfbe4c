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
