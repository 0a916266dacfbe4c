"""``make evidence``: run the study, write its JSON, and generate ``docs/method/evidence.md`` with its plot.

``--page`` writes the page again from the stored JSON; ``--retrobench A.json B.json …`` takes over the figures of the
external benchmark (see ``docs/method/evidence.md``) from its own output.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.evidence import page, study

HERE = Path(__file__).parent / "results"
DOCS = Path(__file__).resolve().parents[2] / "docs" / "method"


def retrobench(files: list[Path]) -> dict[str, Any]:
    """Return the mean figures of several runs of the external benchmark."""
    runs = [json.loads(f.read_text()) for f in files]

    def mean(get: Any) -> float:
        return float(np.mean([get(r) for r in runs]))

    def alarm(kind: str, what: str) -> float:
        return mean(lambda r: r["false_alarms_all"][kind][what]["rate"])

    def by_size(d: float, what: str) -> float:
        return mean(lambda r: next(p[what] for p in r["power_by_d"] if p["d"] == d))

    kinds = ("null", "null_ar", "null_coupled")
    improved = [
        [p for p in r["power_by_scenario_d"] if p["scenario"] == "improvement" and p["d"] == 3] for r in runs
    ]
    words = {
        w: [
            mean(lambda r, w=w, k=k: next(x[k] for x in r["calibration"]["reliability"] if x["label"] == w))
            for k in ("stated", "observed_true")
        ]
        for w in ("High", "Medium", "Low")
    }
    return {
        "seeds": [r["seed"] for r in runs],
        "histories": sum(r["histories"] for r in runs),
        "alarms": {k: alarm(k, "significant_trend") for k in kinds},
        "worst_length": mean(
            lambda r: max(a["significant_trend"]["rate"] for a in r["false_alarms"].values())
        ),
        "sequence": {k: mean(lambda r, k=k: r["sequence"][k]) for k in ("ever", "ever confirmed")},
        "quiet": {k: alarm("null", k) for k in ("high", "medium_or_high", "any_hypothesis")},
        "unmoved": {
            k: mean(lambda r, k=k: r["unmoved"][k]["reports_with_a_claim"]) for k in ("planted", "partial")
        },
        "trend": {f"{d:g}": by_size(d, "trend") for d in (1.0, 2.0, 3.0)},
        "wrong_direction": max(by_size(d, "wrong_direction") for d in (2.0, 3.0)),
        "lead": {f"{d:g}": by_size(d, "hypothesis") for d in (1.0, 2.0, 3.0)},
        "lead_when_quiet": by_size(3.0, "hypothesis_when_null"),
        "improvement": float(np.mean([p[0]["hypothesis"] for p in improved])),
        "words": words,
        "skill": mean(lambda r: r["cause_matrix"]["skill"]),
        "ece": mean(lambda r: r["cause_matrix"]["ece"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer quiet teams, nothing written")
    parser.add_argument("--page", action="store_true", help="only write the page again")
    parser.add_argument("--retrobench", nargs="*", type=Path, default=[])
    options = parser.parse_args()
    HERE.mkdir(exist_ok=True)
    if options.retrobench:
        (HERE / "retrobench.json").write_text(json.dumps(retrobench(options.retrobench), indent=1) + "\n")
    elif not options.page:
        started = time.perf_counter()
        found = study.run(study.SEEDS, 8) if options.quick else study.run()
        if options.quick:
            print(json.dumps(found["all"], indent=1))
            return
        (HERE / "study.json").write_text(json.dumps(found, indent=1) + "\n")
        print(f"{found['all']['teams']} teams in {time.perf_counter() - started:.0f} s")
    page.write(HERE, DOCS)


if __name__ == "__main__":
    main()
