"""The life of an experiment without a database: what is frozen, which sprints count, one verdict, no peeking."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from scipy.linalg import toeplitz
from scipy.stats import t as student

from builders.reports import BROKEN, RUNNING, STOPPED, TRIED
from hansei import analyse
from hansei.core import own, verdicts
from hansei.core.metrics import SprintMetrics, describe, parse_sprint
from hansei.core.panel import scale_of
from hansei.core.phrases import Figures
from hansei.core.report import Registration, plain
from hansei.core.seal import fingerprint
from hansei.core.stored import read_value
from hansei.core.telling import Telling
from hansei.core.verdicts import Judged, Kept, Plan, Start
from hansei.errors import InvalidInput, UnknownMetric
from hansei.stats import change
from hansei.stats.series import resolution
from hansei.stats.synthetic import latent, simulated_team

FIRST = datetime(2026, 1, 5, tzinfo=UTC)
PLAN = Plan("Smaller changes", "Split what takes longer than an hour to read.", (), "practice", "daily host")
BEFORE = (23.0, 27.5, 21.0, 26.0, 24.5, 22.0)
SINCE = (15.0, 14.0, 17.0, 13.5)


def sprint(number: int, value: float | None, **more: object) -> SprintMetrics:
    begin = FIRST + timedelta(days=14 * number)
    values = {} if value is None else {"review_time": value, "bugs_prod": 1.0 + number % 2}
    plain_ = SprintMetrics(f"S{number}", f"Sprint {number}", begin, begin + timedelta(days=11), values)
    return replace(plain_, **more)  # type: ignore[arg-type]  # the fields are SprintMetrics' own


OLD = [sprint(n, v) for n, v in enumerate(BEFORE)]
REGISTERED = Registration(
    "review_time",
    "down",
    24.0,
    0.2,
    0.3,
    tuple(s.sprint_id for s in OLD),
    4,
    ("bugs_prod",),
    "the rule",
    "seal",
)
BEGUN = FIRST + timedelta(days=14 * 5 + 12)
START = verdicts.freeze(REGISTERED, PLAN, OLD, BEGUN)
NEW = [sprint(len(BEFORE) + n, v) for n, v in enumerate(SINCE)]


def test_the_start_freezes_the_baseline_and_seals_everything() -> None:
    assert START.after == "Sprint 5"
    assert START.values == {"review_time": BEFORE, "bugs_prod": (1.0, 2.0, 1.0, 2.0, 1.0, 2.0)}
    sealed = {
        "registration": plain(REGISTERED),
        "plan": plain(PLAN),
        "start": plain(replace(START, fingerprint="")),
    }
    assert START.fingerprint == fingerprint(sealed)
    for other in (
        verdicts.freeze(replace(REGISTERED, useful_effect=0.1), PLAN, OLD, BEGUN),
        verdicts.freeze(REGISTERED, replace(PLAN, title="Another"), OLD, BEGUN),
        verdicts.freeze(REGISTERED, PLAN, [*OLD[:-1], sprint(5, 99.0)], BEGUN),
    ):
        assert other.fingerprint != START.fingerprint


def test_before_the_last_sprint_there_is_no_verdict() -> None:
    for n in range(4):
        assert verdicts.judge(REGISTERED, START, [*OLD, *NEW[:n]]) is None
        told = verdicts.tell("T1", Kept(1, "x", "running", REGISTERED, START, None), [*OLD, *NEW[:n]])
        assert (told.done, told.outcome, told.goal, told.reason) == (n, None, None, "")


def test_the_verdict_is_the_same_whoever_asks_and_whatever_comes_later() -> None:
    first = verdicts.judge(REGISTERED, START, [*OLD, *NEW])
    assert first is not None
    assert first.outcome == "worked"
    stored = read_value(Judged, json.loads(json.dumps(plain(first))))
    assert plain(stored) == plain(first)
    start = read_value(Start, json.loads(json.dumps(plain(START))))
    shuffled = [*NEW[::-1], sprint(10, 99.0), *OLD[::-1]]  # another order, and one sprint more
    assert plain(verdicts.judge(REGISTERED, start, shuffled)) == plain(first)
    changed = [sprint(n, 1.0) for n in range(6)]  # the baseline was frozen: nobody can mend it afterwards
    assert plain(verdicts.judge(REGISTERED, start, [*changed, *NEW])) == plain(first)


def test_a_late_change_is_named_and_moves_nothing() -> None:
    judged = verdicts.judge(REGISTERED, START, [*OLD, *NEW])
    assert judged is not None
    assert verdicts.late(judged, [*OLD, *NEW]) == ()
    assert verdicts.late(judged, [*OLD, *NEW[:2], sprint(8, 44.0)]) == (
        "Sprint 8",
        "Sprint 9",
    )  # changed, gone


@pytest.mark.parametrize(
    ("more", "counts"),
    [
        ({}, True),
        ({"provisional": True}, False),
        ({"left_out": True}, False),
        ({"notes": ("holiday",)}, False),
        ({"notes": ("other",)}, True),
        ({"end": BEGUN - timedelta(days=1)}, False),  # ended before the start
        ({"start": BEGUN - timedelta(days=2), "end": BEGUN + timedelta(days=9)}, True),  # just begun
        ({"start": BEGUN - timedelta(days=8), "end": BEGUN + timedelta(days=2)}, False),  # nearly over
        ({"start": None}, True),
    ],
)
def test_which_sprints_count(more: dict[str, object], counts: bool) -> None:
    found = verdicts.counted(START, [*OLD, sprint(6, 15.0, **more)])
    assert [s.sprint_id for s in found] == (["S6"] if counts else [])


def test_sprints_without_dates_count_by_their_place() -> None:
    def undated(n: int) -> SprintMetrics:
        return sprint(n, 20.0, start=None, end=None)

    rows = [undated(n) for n in range(5, 9)]
    start = verdicts.freeze(REGISTERED, PLAN, rows[:2], BEGUN)
    found = verdicts.counted(start, [undated(4), *rows])
    assert [s.sprint_id for s in found] == ["S7", "S8"]


def test_the_numbers_of_a_verdict_come_out_of_scipy_too() -> None:
    """Generalised least squares with a dense covariance matrix and scipy's own t, on the logarithms."""
    judged = verdicts.judge(REGISTERED, START, [*OLD, *NEW])
    assert judged is not None
    assert judged.goal is not None
    raw = np.array([*BEFORE, *SINCE])
    y, path = np.log(raw), np.array([0.0] * 6 + [1.0] * 4)
    scale = scale_of(describe("review_time"), raw)
    assert np.allclose(scale.forward(raw), y - np.log(scale.unit))
    weight, grain = min(scale.weight, 2.0), resolution(y)
    rest = y - np.where(path > 0, y[6:].mean(), y[:6].mean())
    found = change.evidence(rest[None, :], np.array([scale.noise]), np.array([weight]), np.array([grain]))
    phi = float(found.phi @ np.array(change.PHIS))
    inverse = np.linalg.inv(toeplitz(phi ** np.arange(10.0)))
    design = np.column_stack([np.ones(10), path])
    spread = np.linalg.inv(design.T @ inverse @ design)
    level, effect = spread @ design.T @ inverse @ y
    left = y - design @ np.array([level, effect])
    dof = weight + 10 - 2
    noise = np.sqrt((left @ inverse @ left + weight * scale.noise**2 + 10 * grain**2 / 12) / dof)
    half = student.ppf(0.975, dof) * noise * np.sqrt(spread[1, 1])
    goal = judged.goal
    assert goal.before == pytest.approx(np.exp(level), rel=1e-9)
    assert goal.after == pytest.approx(np.exp(level + effect), rel=1e-9)
    assert goal.ratio_interval.low == pytest.approx(np.exp(effect - half), rel=1e-7)
    assert goal.ratio_interval.high == pytest.approx(np.exp(effect + half), rel=1e-7)
    assert goal.interval.high == pytest.approx(np.exp(level) * (np.exp(effect + half) - 1), rel=1e-7)
    assert goal.sample == (6, 4)


def test_doing_nothing_after_a_bad_sprint_rarely_worked_from_report_to_verdict() -> None:
    """A bad sprint makes the team look; the catalogue's experiment is started; nothing is done; four sprints pass."""
    judged = worked = 0
    for seed in range(60):
        z = latent(np.random.default_rng([seed, 5]), 40, 0.2)
        bad = next((i for i in range(11, 34) if z[i] > 1.3), 20)
        hours = [float(v) for v in 24 * np.exp(0.18 * z)]
        rows = [sprint(n, v) for n, v in enumerate(hours)]
        report = analyse(rows[bad - 11 : bad + 1])
        plans = [e.registration for e in report.experiments if e.registration.metric == "review_time"]
        if not plans:
            continue
        known = rows[: bad + 1]
        begun = FIRST + timedelta(days=14 * bad + 12)
        start = verdicts.freeze(plans[0], PLAN, known, begun)
        assert rows[bad].sprint_id not in start.sprint_ids
        verdict = verdicts.judge(plans[0], start, rows[: bad + 1 + plans[0].sprints])
        assert verdict is not None
        judged += 1
        worked += verdict.outcome == "worked"
    assert judged >= 40
    assert worked <= 0.05 * judged


def test_an_own_experiment_takes_the_team_s_baseline_and_the_catalogue_s_guardrails() -> None:
    rows, _ = simulated_team(seed=2)
    sprints = [parse_sprint({"sprint_id": f"S{i:02d}", **r}) for i, r in enumerate(rows)]
    found = own.register(sprints, (), metric="review_time", direction="down", useful=0.25, sprints=3)
    proposed = next(
        e.registration for e in analyse(sprints).experiments if e.registration.metric == "review_time"
    )
    assert found.baseline_sprint_ids == proposed.baseline_sprint_ids
    assert (found.useful_effect, found.sprints) == (0.25, 3)
    assert found.guardrails
    assert "review_time" not in found.guardrails
    assert found.fingerprint == fingerprint(plain(replace(found, fingerprint="")))
    with pytest.raises((InvalidInput, UnknownMetric), match="team_size"):
        own.register(sprints, (), metric="team_size", direction="up", useful=0.2, sprints=4)


def test_what_was_tried_reads_like_the_model() -> None:
    def told(tried: object) -> tuple[str, str]:
        said = Telling(tried, Figures.of_tried(tried))  # type: ignore[arg-type]  # each is a Tried
        return said.heading(), " ".join(said.sentences())

    assert told(TRIED) == (
        "Smaller stories (started after Sprint 34, judged after Sprint 37): inconclusive.",
        "Goal: items carried over down by at least 1 per sprint. Seen: from 2.0 to 2.3; the data fit anything from "
        "1 fewer to 2 more per sprint. This does not say that it failed. Keep it, stop it, or change it?",
    )
    heading, text = told(RUNNING)
    assert heading == "Reviews first (started after Sprint 39): sprint 2 of 4, too early to say."
    assert not {"worked", "worse", "inconclusive", "29"} & set(text.replace(".", "").split())
    assert "Got clearly worse meanwhile: coding time (from 20 h to 31 h)." in told(BROKEN)[1]
    assert "Changed at the source after the verdict, which stands: Sprint 36." in told(BROKEN)[1]
    assert told(BROKEN)[1].endswith("You decided to stop it.")
    assert told(STOPPED)[0].endswith("stopped before its verdict.")
