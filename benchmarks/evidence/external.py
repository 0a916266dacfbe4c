"""The external benchmark of ``../shared/bench``: its histories, its scoring, our reports; beside its stored results.

The histories cost more than the reports, and depend on nothing but the benchmark's own code and the seed: they are
kept in ``.cache``. The figures are those of its own ``run.py ours``.
"""

from __future__ import annotations

import hashlib
import multiprocessing as mp
import pickle
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
BENCH = ROOT.parent / "shared" / "bench"
SEEDS, REPS, NULL_REPS, STREAMS = (1, 2, 3), 15, 100, 60
KINDS = ("null", "null_ar", "null_coupled")
#: The shares of alarms that the targets allow for each kind of quiet team.
ALLOWED = (0.04, 0.06, 0.06)


def available() -> bool:
    """Say whether the benchmark lies beside the repository."""
    return BENCH.is_dir()


def _make(job: tuple[tuple[Any, ...], int]) -> Any:
    from retrobench.generate import make

    return make(*job[0], seed=job[1])


def _row(history: Any) -> dict[str, Any]:
    from retrobench import score
    from retrobench.adapters import build

    row: dict[str, Any] = score.row(build("ours"), history)
    if history.scenario in KINDS or (history.primary and history.d in (2.0, 3.0)):
        row["own"] = _own(history)
    return row


def _own(history: Any) -> tuple[float, float]:
    """Return the largest probability of any metric, and that of the planted one, from its own values alone."""
    from hansei.core import signals
    from hansei.core.metrics import parse_sprint
    from hansei.core.panel import build
    from hansei.core.policy import Policy

    rules = Policy()
    panel = build([parse_sprint(s) for s in history.sprints], 0, rules)
    own = signals.weigh(panel, rules).own
    names = [m.name for m in panel.metrics]
    if history.primary not in names:
        return float(own.max()), 0.0
    way = 0 if history.true_direction(history.primary) == "up" else 1
    return float(own.max()), float(own[names.index(history.primary), way])


def _stream(job: tuple[int, int]) -> tuple[float, bool, float, bool]:
    from retrobench import score
    from retrobench.adapters import build

    found: tuple[float, bool, float, bool] = score.sequence((build("ours"), job[0], job[1], 20))
    return found


def _start() -> None:
    sys.path.insert(0, str(BENCH))


def histories(seed: int, reps: int, null_reps: int, pool: Any) -> list[Any]:
    """Return the histories of one seed, made once."""
    from retrobench import score

    code = b"".join((BENCH / "retrobench" / f"{m}.py").read_bytes() for m in ("generate", "model"))
    name = f"{hashlib.sha256(code).hexdigest()[:12]}-{reps}-{null_reps}-{seed}.pkl"
    file = ROOT / ".cache" / "retrobench" / name
    if file.exists():
        made: list[Any] = pickle.loads(file.read_bytes())  # written by ourselves, below
        return made
    made = pool.map(_make, [(s, seed) for s in score.plan(null_reps, reps)], chunksize=32)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(pickle.dumps(made))
    return made


def run(
    seeds: Sequence[int] = SEEDS, reps: int = REPS, null_reps: int = NULL_REPS, processes: int = 2
) -> dict[str, Any]:
    """Return the mean figures of several seeds, those of each seed, and those of the others."""
    _start()
    from retrobench import score

    runs, own = [], []
    with mp.get_context("spawn").Pool(processes, _start) as pool:
        for seed in seeds:
            rows = pool.map(_row, histories(seed, reps, null_reps, pool), chunksize=32)
            streams = pool.map(_stream, [(i, seed) for i in range(STREAMS)])
            told = dict(
                zip(("alarm", "ever", "confirmed", "ever confirmed"), np.mean(streams, axis=0), strict=True)
            )
            own += [(r["scenario"], r["d"], *r["own"]) for r in rows if "own" in r]
            runs.append({"seed": seed, **score.summarize(rows), "sequence": told})
            print(f"external benchmark, seed {seed}: {len(rows)} histories", flush=True)
    return {
        "seeds": list(seeds),
        "reps": reps,
        "null_reps": null_reps,
        "histories": sum(r["histories"] for r in runs),
        **means(runs),
        "each": {str(r["seed"]): means([r]) for r in runs},
        "own": own_power(own),
        "others": {name: others(BENCH / "results" / f"{file}.md") for name, file in OTHERS},
    }


def own_power(rows: Sequence[tuple[str, float, float, float]]) -> dict[str, Any]:
    """Return the power of a metric's own values alone, at the lowest level that keeps the alarms that are allowed."""
    quiet = {k: np.array([most for kind, _, most, _ in rows if kind == k]) for k in KINDS}
    at = max(
        float(np.quantile(v, 1 - a, method="higher")) for v, a in zip(quiet.values(), ALLOWED, strict=True)
    )
    out: dict[str, Any] = {}
    for level in (at, 0.3):
        power = {
            f"{d:g}": float(np.mean([p > level for _, size, _, p in rows if size == d])) for d in (2.0, 3.0)
        }
        out[f"{level:.3f}"] = {"alarms": {k: float((v > level).mean()) for k, v in quiet.items()}, **power}
    return out


def means(runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the mean figures of several runs of the external benchmark."""

    def mean(get: Callable[[dict[str, Any]], float]) -> float:
        return float(np.mean([get(r) for r in runs]))

    def alarm(kind: str, what: str) -> float:
        return mean(lambda r: r["false_alarms_all"][kind][what]["rate"])

    def by(table: str, what: str, **where: Any) -> float:
        def one(r: dict[str, Any]) -> float:
            rows = [p[what] for p in r[table] if all(p[k] == v for k, v in where.items())]
            return float(np.mean(rows))

        return mean(one)

    def word(label: str, key: str) -> float:
        return mean(lambda r: next(x[key] for x in r["calibration"]["reliability"] if x["label"] == label))

    causes = [p["scenario"] for p in runs[0]["power_by_scenario"]]
    lengths = sorted({p["n"] for p in runs[0]["power_by_n_position"]})
    return {
        "alarms": {k: alarm(k, "significant_trend") for k in KINDS},
        "worst_length": mean(
            lambda r: max(a["significant_trend"]["rate"] for a in r["false_alarms"].values())
        ),
        "sequence": {k: mean(lambda r, k=k: r["sequence"][k]) for k in ("ever", "ever confirmed")},  # type: ignore[misc]
        "quiet": {k: alarm("null", k) for k in ("high", "medium_or_high", "any_hypothesis")},
        "unmoved": {
            k: mean(lambda r, k=k: r["unmoved"][k]["reports_with_a_claim"])  # type: ignore[misc]
            for k in ("planted", "partial")
        },
        "trend": {f"{d:g}": by("power_by_d", "trend", d=d) for d in (1.0, 2.0, 3.0)},
        "wrong_direction": max(by("power_by_d", "wrong_direction", d=d) for d in (2.0, 3.0)),
        "lead": {f"{d:g}": by("power_by_d", "hypothesis", d=d) for d in (1.0, 2.0, 3.0)},
        "lead_when_quiet": by("power_by_d", "hypothesis_when_null", d=3.0),
        "improvement": by("power_by_scenario_d", "hypothesis", scenario="improvement", d=3.0),
        "words": {w: [word(w, "stated"), word(w, "observed_true")] for w in ("High", "Medium", "Low")},
        "skill": mean(lambda r: r["cause_matrix"]["skill"]),
        "ece": mean(lambda r: r["cause_matrix"]["ece"]),
        "by_cause": {
            c: [by("power_by_scenario_d", w, scenario=c, d=3.0) for w in ("trend", "hypothesis")]
            for c in causes
        },
        "by_length": {
            str(n): [
                mean(lambda r, n=n: r["false_alarms"][f"null n={n}"]["significant_trend"]["rate"]),  # type: ignore[misc]
                *(by("power_by_n_position", w, n=n) for w in ("trend", "hypothesis")),
            ]
            for n in lengths
        },
    }


OTHERS = (("peer", "peer"), ("textbook", "reference"))


def others(file: Path) -> dict[str, Any]:
    """Return what a stored result of the benchmark says per cause (3 sigma) and per length, from its tables."""
    table = [
        re.split(r"\s*\|\s*", line.strip("| \n"))
        for line in file.read_text().splitlines()
        if line.startswith("|")
    ]
    out: dict[str, Any] = {"by_cause": {}, "by_length": {}}
    head: list[str] = []
    found: dict[str, list[list[float]]] = {}
    alarms: dict[str, float] = {}
    for row in table:
        if row[0] in ("scenario", "n", "d", "kind", "label") or row[:2] == ["null", "any significant"]:
            head = row
        elif head[:3] == ["scenario", "d", "reps"] and row[1] == "3.00":
            out["by_cause"][row[0]] = [float(row[head.index(k)]) for k in ("trend", "hypothesis")]
        elif head[:2] == ["n", "position"] and "trend" in head and row[0].isdigit():
            found.setdefault(row[0], []).append([float(row[head.index(k)]) for k in ("trend", "hypothesis")])
        elif head[:1] == ["null"] and re.fullmatch(r"null n=\d+", row[0]):
            alarms[row[0][7:]] = float(row[head.index("sig. trend")].split()[0])
    out["by_length"] = {n: [alarms[n], *np.mean(rows, axis=0).tolist()] for n, rows in found.items()}
    return out
