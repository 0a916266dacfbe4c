"""The evidence page belongs to this engine and to the stored figures."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
RESULTS = ROOT / "benchmarks" / "evidence" / "results"


def test_the_evidence_page_is_the_one_of_the_stored_figures() -> None:
    spec = importlib.util.spec_from_file_location("page", ROOT / "benchmarks" / "evidence" / "page.py")
    assert spec is not None
    assert spec.loader is not None
    page = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(page)
    study = json.loads((RESULTS / "study.json").read_text())
    bench = json.loads((RESULTS / "retrobench.json").read_text())
    assert (ROOT / "docs" / "method" / "evidence.md").read_text() == page.text(study, bench)
