"""Simulated teams, analysed and counted. Seed 301 was not used while the engine was made."""

from __future__ import annotations

import multiprocessing as mp
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from hansei import analyse
from hansei.core.catalogue import IDEAS
from hansei.core.experiments import Outcome, register, verdict
from hansei.core.metrics import in_time_order, parse_sprint
from hansei.core.panel import build
from hansei.core.policy import Policy
from hansei.core.report import Registration
from hansei.stats import scoring
from hansei.stats.forecast import LEVELS, next_value
from hansei.stats.scoring import Case
from hansei.stats.synthetic import CAUSES, Shape, World, latent, partial, planted, team

WORLDS = {
    "as the engine expects": World(),
    "heavy tails, 5 % missing": World(tail=4, missing=0.05),
    "autocorrelated, metrics differ": World(phi=0.3, phi_spread=0.2),
    "holidays": World(holiday=0.06),
    "sprint size swings": World(size_swing=0.18),
    "quieter than expected": World(spread=0.6),
    "noisier than expected": World(spread=1.7),
    "old shifts": World(old_shift=3.0),
    "sprint length and team size change": World(long_sprint=0.2, team_change=True),
    "copied columns, whole days": World(copied=True, whole_days=True),
    "all at once, missing blocks, whole days": World(
        phi=0.2,
        phi_spread=0.2,
        tail=5,
        missing=0.08,
        blocks=True,
        holiday=0.04,
        size_swing=0.1,
        whole_days=True,
    ),
}
LENGTHS, SIZES, LASTING = (6, 8, 12, 20), (1.0, 2.0, 3.0), (1, 3)
SEEDS = (301,)
#: Sprints of history before the window, in the world of old shifts.
EARLIER = 12
CONTEXT = ("working_days", "team_size")
Job = tuple[str, int, str | None, float, int, int, int, bool]


def sprints(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"sprint_id": f"S{i:03d}", **row} for i, row in enumerate(rows, 1)]


def jobs(seeds: Sequence[int], quiet: int) -> list[Job]:
    out: list[Job] = [
        (w, n, None, 0.0, 1, i, s, False)
        for s in seeds
        for w in WORLDS
        for n in LENGTHS
        for i in range(quiet)
    ]
    causes = (*CAUSES, "improvement")
    out += [
        (w, n, c, d, k, 0, s, False)
        for s in seeds for w in WORLDS for n in LENGTHS[1:] for c in causes for d in SIZES for k in LASTING
    ]  # fmt: skip
    out += [
        (w, n, c, d, 3, 0, s, True)
        for s in seeds for w in WORLDS for n in LENGTHS[1:] for c in CAUSES for d in SIZES[1:] if len(CAUSES[c]) > 1
    ]  # fmt: skip
    return out


def one(job: Job) -> tuple[float, Case]:
    """Make, analyse and record one team; it tracks 55 to 100 % of the metrics, and the first one of its cause."""
    world, n, cause, size, lasting, i, seed, part = job
    rng = np.random.default_rng(
        [seed, i, n, lasting, int(10 * size), sorted(WORLDS).index(world), _code(cause)]
    )
    past = EARLIER if WORLDS[world].old_shift else 0
    shape: Shape = "ramp" if cause == "morale" and rng.random() < 0.5 else "step"
    truth = planted(rng, cause, past + n, past + n - lasting, size, shape)
    if part:
        truth = partial(truth)
    rows = team(int(rng.integers(2**31)), past + n, truth, WORLDS[world])
    first = max(truth.effects, key=lambda m: abs(truth.effects[m])) if truth.effects else None
    share = rng.uniform(0.55, 1.0)
    kept = {
        m for m in sorted({k for r in rows for k in r}) if rng.random() < share or m == first or m in CONTEXT
    }
    told = sprints([{m: v for m, v in r.items() if m in kept} for r in rows])
    report = analyse(told[past:], history=told[:past])
    moved = frozenset((s.metric, 1 if s.direction == "up" else -1) for s in report.signals if s.significant)
    leads = tuple(h.family for h in report.hypotheses)
    return size, Case(world, n, truth, moved, dict(report.cause_probabilities), leads)


def _code(cause: str | None) -> int:
    return 0 if cause is None else 1 + (*CAUSES, "improvement").index(cause)


def sequence(seed: int) -> tuple[bool, bool]:
    """Report on a quiet team after each of 16 sprints: was a change ever claimed, and in two reports running."""
    rows = sprints(team(seed, 20))
    before: set[tuple[str, str]] = set()
    ever = confirmed = False
    for n in range(5, 21):
        moved: set[tuple[str, str]] = {
            (s.metric, s.direction) for s in analyse(rows[:n]).signals if s.significant
        }
        ever, confirmed, before = ever or bool(moved), confirmed or bool(moved & before), moved
    return ever, confirmed


OUTCOMES: tuple[Outcome, ...] = ("worked", "no_useful_effect", "made_it_worse", "inconclusive")


def do_nothing(phi: float, runs: int = 600) -> dict[str, float]:
    """Judge experiments in which nothing was done, begun after a bad sprint that the baseline leaves out."""
    rule = Registration("review_time", "down", 24.0, 0.2, None, (), 4, (), "", "")
    found = []
    for seed in range(runs):
        z = latent(np.random.default_rng([seed, 31]), 60, phi)
        bad = next((i for i in range(10, 50) if z[i] > 1.3), 20)
        values = (24 * np.exp(0.18 * z)).tolist()
        found.append(verdict(rule, values[bad - 8 : bad], values[bad + 1 : bad + 5]).outcome)
    return {k: found.count(k) / runs for k in OUTCOMES}


def real_effect(times: float, runs: int = 400) -> dict[str, float]:
    """Judge experiments whose true effect is so many times the smallest detectable one of their registration."""
    idea = next(i for i in IDEAS if i.metrics[0] == ("review_time", -1))
    found = []
    for seed in range(runs):
        rng = np.random.default_rng([seed, 41])
        noise, sprints = rng.uniform(0.1, 0.25), int(rng.integers(7, 15))
        before = (24 * np.exp(noise * rng.standard_normal(sprints))).tolist()
        rows = [{"sprint_id": f"S{i:02d}", "review_time": v} for i, v in enumerate(before)]
        panel = build(in_time_order(map(parse_sprint, rows)), 0, Policy())
        rule = register(idea, ("review_time", "down"), panel, ())
        if rule.detectable_effect is None:
            continue
        level = 24 * np.exp(-times * np.log1p(rule.detectable_effect))
        during = (level * np.exp(noise * rng.standard_normal(rule.sprints))).tolist()
        baseline = before[: len(rule.baseline_sprint_ids)]
        found.append(verdict(rule, baseline, during).outcome)
    return {k: found.count(k) / len(found) for k in OUTCOMES}


def forecasts(runs: int = 800) -> dict[str, float]:
    """Return how often the next value lay inside the ranges, for points with ordinary noise."""
    held = np.zeros(len(LEVELS))
    for seed in range(runs):
        rng = np.random.default_rng([seed, 17])
        values = np.round(40 * np.exp(0.14 * latent(rng, int(rng.integers(7, 20)), 0.1)))
        found = next_value(values[:-1])
        if found is not None:
            held += [r.low <= values[-1] <= r.high for r in found.ranges]
    return {f"{level:.2f}": float(h / runs) for level, h in zip(LEVELS, held, strict=True)}


def _told(rate: scoring.Rate | None) -> dict[str, float] | None:
    return None if rate is None else asdict(rate)


def block(cases: Sequence[tuple[float, Case]]) -> dict[str, Any]:
    """Return every figure of one group of teams."""
    plain = [c for _, c in cases]
    out: dict[str, Any] = {
        "teams": len(plain),
        "false_alarms": _told(scoring.false_alarms(plain)),
        "unmoved": _told(scoring.unmoved(plain)),
        "quiet_with_a_lead": _told(scoring.rate(bool(c.leads) for c in plain if c.quiet)),
        "quiet_with_high": _told(scoring.rate(any(c.causes[k] >= 0.8 for k in c.leads) for c in plain if c.quiet)),
        "power": {}, "lead": {},
    }  # fmt: skip
    for size in SIZES:
        part = [c for d, c in cases if d == size]
        out["power"][f"{size:g}"], out["lead"][f"{size:g}"] = (
            _told(scoring.power(part)),
            _told(scoring.lead_found(part)),
        )
    if any(c.quiet for c in plain) and not all(c.quiet for c in plain):
        out["words"] = [asdict(r) for r in scoring.reliability(plain)]
        out["skill"], out["calibration_error"] = scoring.skill(plain)
    return out


def run(seeds: Sequence[int] = SEEDS, quiet: int = 20, processes: int = 2) -> dict[str, Any]:
    """Run the whole study."""
    with mp.get_context("spawn").Pool(processes) as pool:
        every = pool.map(one, jobs(seeds, quiet), chunksize=32)
        streams = pool.map(sequence, range(9_000, 9_000 + 2 * quiet), chunksize=4)
    cases = [c for c in every if c[1].truth.cause != "partial"]
    parts = [c for _, c in every if c.truth.cause == "partial"]
    ever, confirmed = (float(np.mean(column)) for column in zip(*streams, strict=True))
    causes = (*CAUSES, "improvement")
    return {
        "policy": Policy().to_dict(),
        "seeds": list(seeds),
        "all": block(cases),
        "worlds": {w: block([c for c in cases if c[1].world == w]) for w in WORLDS},
        "lengths": {str(n): block([c for c in cases if c[1].sprints == n]) for n in LENGTHS},
        "causes": {k: block([c for c in cases if c[1].truth.cause == k]) for k in causes},
        "partial": {"teams": len(parts), "unmoved": _told(scoring.unmoved(parts))},
        "after_every_sprint": {"teams": len(streams), "ever": ever, "confirmed": confirmed},
        "do_nothing": {f"phi {phi:g}": do_nothing(phi) for phi in (0.0, 0.3)},
        "real_effect": {f"{times:g}": real_effect(times) for times in (1.0, 2.0)},
        "forecast": forecasts(),
    }
