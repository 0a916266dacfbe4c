"""The whole analysis, through its one door."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hansei import analyse
from hansei.core.metrics import REGISTRY, parse_sprint
from hansei.core.policy import Policy
from hansei.errors import InvalidInput, NotEnoughSprints, UnknownMetric
from hansei.stats.synthetic import Truth, World, simulated_team, team


def dated(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "sprint_id": f"S{i:03d}",
            "sprint_name": f"Sprint {i}",
            "end_date": f"2025-{1 + i // 28:02d}-{1 + i % 28:02d}",
            **r,
        }
        for i, r in enumerate(rows, 1)
    ]


def numbers(value: Any, where: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for k, v in value.items():
            yield from numbers(v, f"{where}/{k}")
    elif isinstance(value, list):
        for i, v in enumerate(value):
            yield from numbers(v, f"{where}/{i}")
    elif isinstance(value, float):
        yield where, value


def bytes_of(sprints: Iterable[Any], **options: Any) -> str:
    return json.dumps(analyse(sprints, **options).to_dict(), allow_nan=False)


@pytest.fixture
def demo() -> list[dict[str, Any]]:
    rows, _ = simulated_team(seed=1)
    return dated(rows)


def test_the_planted_cause_of_the_demo_leads(demo: list[dict[str, Any]]) -> None:
    report = analyse(demo)
    assert report.hypotheses[0].family == "review_bottleneck"
    assert report.hypotheses[0].confidence == "High"
    first = next(s for s in report.signals if s.metric == "review_time")
    assert (first.kind, first.direction, first.significant, first.helpful) == ("step", "up", True, False)
    assert first.since_sprint_id == "S008"
    assert 11 < first.before < 17 < first.after < 28
    assert first.interval.low < first.effect < first.interval.high
    assert first.ratio is not None
    assert first.ratio == pytest.approx(first.after / first.before)


def test_story_sizes_are_kept_as_they_were_counted(demo: list[dict[str, Any]]) -> None:
    demo[-1]["story_point_distribution"] = {"small": 4, "large": 1}
    report = analyse(demo).to_dict()
    assert report["sizes"] == [{"sprint_id": demo[-1]["sprint_id"], "small": 4, "medium": None, "large": 1}]


def test_every_part_is_filled_and_cited_ids_exist(demo: list[dict[str, Any]]) -> None:
    report = analyse(demo).to_dict()
    for part in ("signals", "hypotheses", "experiments", "forecast", "levels", "detectable", "series"):
        assert report[part], part
    ids = [
        x["id"]
        for part in report.values()
        if isinstance(part, list)
        for x in part
        if isinstance(x, dict) and "id" in x
    ]
    assert len(ids) == len(set(ids))
    cited = [e["id"] for h in report["hypotheses"] for e in (*h["evidence_for"], *h["evidence_against"])]
    assert cited
    assert set(cited) <= set(ids)
    assert {e["hypothesis_id"] for e in report["experiments"]} <= {*ids, None}


def test_every_lead_rests_on_something() -> None:
    leads = 0
    for seed in range(60):
        report = analyse(dated(team(seed, 10, Truth("x", 7, {"review_time": 1.5, "cycle_time": 1.0}))))
        for h in report.hypotheses:
            leads += 1
            assert h.evidence_for, h.family
            assert {e.id for e in h.evidence_for} <= {s.id for s in report.signals}
    assert leads > 10


def test_causes_and_none_add_to_one(demo: list[dict[str, Any]]) -> None:
    causes = analyse(demo).cause_probabilities
    assert sum(causes.values()) == pytest.approx(1.0, abs=1e-9)
    assert "none" in causes
    assert len(causes) >= 14
    assert min(causes.values()) >= 0


def test_a_quiet_team_is_told_so() -> None:
    alarms = [any(s.significant for s in analyse(dated(team(seed, 12))).signals) for seed in range(40)]
    assert sum(alarms) <= 4  # 5 % of 40 with room for chance (binomial, 0.95 quantile)


def test_order_of_sprints_and_of_metrics_changes_nothing(demo: list[dict[str, Any]]) -> None:
    shuffled = [dict(reversed(list(s.items()))) for s in reversed(demo)]
    assert bytes_of(shuffled) == bytes_of(demo)
    assert bytes_of([parse_sprint(s) for s in demo]) == bytes_of(demo)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10_000), order=st.randoms(use_true_random=False))
def test_any_order_gives_the_same_bytes(seed: int, order: Any) -> None:
    sprints = dated(team(seed, 9, world=World(missing=0.08)))
    mixed = [dict(order.sample(list(s.items()), len(s))) for s in order.sample(sprints, len(sprints))]
    assert bytes_of(mixed) == bytes_of(sprints)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), factor=st.sampled_from([60.0, 3600.0, 1 / 24, 1e-6, 1e-12]))
def test_the_unit_of_time_changes_nothing(seed: int, factor: float) -> None:
    sprints = dated(
        team(seed, 10, Truth("x", 6, {"review_time": 3.0, "cycle_time": 2.0}), World(missing=0.05))
    )
    times = ("coding_time", "review_time", "testing_time", "cycle_time", "work_item_age")
    other = [{k: v * factor if k in times else v for k, v in s.items()} for s in sprints]
    a, b = analyse(sprints), analyse(other)
    assert [(s.metric, s.since_sprint_id, s.kind) for s in a.signals] == [
        (s.metric, s.since_sprint_id, s.kind) for s in b.signals
    ]
    for x, y in zip(a.signals, b.signals, strict=True):
        assert x.probability == pytest.approx(y.probability, abs=1e-5)  # told to six places
        scale = factor if x.metric in times else 1.0
        assert y.effect == pytest.approx(x.effect * scale, rel=1e-9)
    for key, p in a.cause_probabilities.items():
        assert b.cause_probabilities[key] == pytest.approx(p, abs=2e-6)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10_000), size=st.floats(0.6, 1.2), last=st.integers(1, 5))
def test_mirrored_data_give_mirrored_signals(seed: int, size: float, last: int) -> None:
    z = np.random.default_rng(seed).standard_normal(12) * 0.1 + size * (np.arange(12) >= 12 - last)
    up = analyse(dated([{"review_time": float(np.exp(3 + v))} for v in z]))
    down = analyse(dated([{"review_time": float(np.exp(3 - v))} for v in z]))
    assert [s.kind for s in up.signals] == [s.kind for s in down.signals]
    assert up.signals
    for a, b in zip(up.signals, down.signals, strict=True):
        assert {a.direction, b.direction} == {"up", "down"}
        assert a.probability == pytest.approx(b.probability, abs=1e-6)
        assert a.effect_sigma == pytest.approx(-b.effect_sigma, rel=1e-9)
        assert a.ratio is not None
        assert b.ratio is not None
        assert a.ratio == pytest.approx(1 / b.ratio, rel=1e-9)


def test_more_noise_lowers_confidence() -> None:
    means = []
    for spread in (0.7, 1.0, 1.6):
        found = []
        for seed in range(200):
            # the planted change keeps its size in hours while the noise around it grows
            rng = np.random.default_rng(seed)
            z = 0.15 * spread * rng.standard_normal(12) + 0.45 * (np.arange(12) >= 8)
            report = analyse(dated([{"review_time": float(np.exp(3 + v))} for v in z]))
            found.append(report.cause_probabilities["review_bottleneck"])
        means.append(float(np.mean(found)))
    assert means[0] > means[1] > means[2]


def test_focus_orders_and_filters_what_is_told_not_what_is_tested(demo: list[dict[str, Any]]) -> None:
    whole, part = analyse(demo), analyse(demo, focus_metrics=["velocity", "review_time"])
    assert part.focus_metrics == ("story_points_completed", "review_time")
    assert part.levels[0].metric == "story_points_completed"
    assert part.cause_probabilities == whole.cause_probabilities
    assert part.checked == whole.checked
    wholly = {s.metric: s for s in whole.signals}
    assert [replace(s, id="", joined_with=()) for s in part.signals] == [
        replace(wholly[s.metric], id="", joined_with=()) for s in part.signals
    ]
    assert [f.metric for f in part.forecast] == ["story_points_completed"]


def test_a_focus_leaves_no_gap_in_what_is_told(demo: list[dict[str, Any]]) -> None:
    whole, part = analyse(demo), analyse(demo, focus_metrics=["bugs_prod", "velocity"])
    assert [x.metric for x in part.levels[:2]] == ["bugs_prod", "story_points_completed"]
    groups: tuple[tuple[Any, ...], ...] = (
        part.signals,
        part.levels,
        part.detectable,
        part.forecast,
        part.ordinary,
        part.associations,
    )
    for told in groups:
        assert [int(x.id[1:]) for x in told] == list(range(1, len(told) + 1))
    # What a lead cites is there, and is the same measure as without a focus.
    before = {s.id: s.metric for s in whole.signals} | {x.id: x.metric for x in whole.levels}
    after = {s.id: s.metric for s in part.signals} | {x.id: x.metric for x in part.levels}
    for one, other in zip(whole.hypotheses, part.hypotheses, strict=True):
        cited = [(before[e.id], e.text) for e in (*one.evidence_for, *one.evidence_against)]
        assert [(after[e.id], e.text) for e in (*other.evidence_for, *other.evidence_against)] == cited
    watched = {g for e in part.experiments for g in e.registration.guardrails}
    assert watched & {x.metric for x in whole.levels} <= {x.metric for x in part.levels}
    assert all(j in {s.id for s in part.signals} for s in part.signals for j in s.joined_with)


def test_a_focus_on_a_metric_without_values_is_answered(demo: list[dict[str, Any]]) -> None:
    report = analyse(demo, focus_metrics=["lead_time"])
    assert [(r.metric, r.reason) for r in report.refusals] == [("lead_time", "all_missing")]


def test_an_unknown_focus_names_the_nearest(demo: list[dict[str, Any]]) -> None:
    with pytest.raises(UnknownMetric, match="reviwe_time") as caught:
        analyse(demo, focus_metrics=["reviwe_time"])
    assert "review_time" in caught.value.remedy


def test_a_second_report_confirms(demo: list[dict[str, Any]]) -> None:
    first = analyse(demo[:-1])
    assert {s.status for s in first.signals} == {"new"}
    again = analyse(demo, previous=first)
    assert next(s for s in again.signals if s.metric == "review_time").status == "confirmed"
    assert again.to_dict() == analyse(demo, previous=first.to_dict()).to_dict()
    assert again.fingerprint != analyse(demo).fingerprint


def test_an_old_shift_in_the_history_neither_hides_nor_poses_as_new() -> None:
    posed = hidden = 0
    for seed in range(20):
        old = 3.0 * (np.arange(24) >= 8)
        new = 4.0 * (np.arange(24) >= 20)
        rng = np.random.default_rng([seed, 5])
        quiet, moved = rng.standard_normal((2, 24))
        rows = dated([{"review_time": float(np.exp(3 + 0.15 * v))} for v in quiet + old])
        report = analyse(rows[16:], history=rows[:16])
        posed += any(s.significant for s in report.signals)
        rows = dated([{"review_time": float(np.exp(3 + 0.15 * v))} for v in moved + old + new])
        report = analyse(rows[16:], history=rows[:16])
        hidden += not any(s.significant and s.direction == "up" for s in report.signals)
    assert posed <= 2
    assert hidden <= 5


def test_roles_and_counts_of_window_and_baseline(demo: list[dict[str, Any]]) -> None:
    report = analyse(demo[6:], history=reversed(demo[:6])).to_dict()
    assert (report["sprints_analyzed"], report["baseline_sprints"]) == (6, 6)
    assert [s["role"] for s in report["sprints"]] == ["baseline"] * 6 + ["window"] * 6
    assert len({s["sprint_id"] for s in report["sprints"]}) == 12


def test_history_that_is_not_earlier_is_left_out_and_said(demo: list[dict[str, Any]]) -> None:
    report = analyse(demo[:8], history=demo[8:])
    assert len(report.baseline) == 0
    assert any("Not earlier" in n for n in report.notes)


def test_a_running_sprint_is_never_analysed(demo: list[dict[str, Any]]) -> None:
    from dataclasses import replace

    sprints = [parse_sprint(s) for s in demo]
    sprints[-1] = replace(sprints[-1], provisional=True)
    report = analyse(sprints)
    assert len(report.window) == 11
    assert any("Not ended" in n for n in report.notes)


def test_duplicates_are_refused(demo: list[dict[str, Any]]) -> None:
    with pytest.raises(InvalidInput, match="twice"):
        analyse([*demo, demo[0]])
    with pytest.raises(InvalidInput, match="twice"):
        analyse(demo[6:], history=demo[:7])


@pytest.mark.parametrize("count", [0, 1])
def test_fewer_than_two_sprints_are_refused(demo: list[dict[str, Any]], count: int) -> None:
    with pytest.raises(NotEnoughSprints, match="at least 2"):
        analyse(demo[:count])


def test_the_policy_is_part_of_the_report_and_its_fingerprint(demo: list[dict[str, Any]]) -> None:
    a, b = analyse(demo), analyse(demo, policy=Policy(prior_change=0.2))
    assert b.policy["prior_change"] == 0.2
    assert a.fingerprint != b.fingerprint
    assert b.cause_probabilities["none"] > a.cause_probabilities["none"]


STRANGE: dict[str, list[dict[str, Any]]] = {
    "constant": [{"review_time": 5.0, "bugs_prod": 2} for _ in range(10)],
    "two values": [{"review_time": [4.0, 8.0][i % 2], "bugs_prod": i % 2} for i in range(10)],
    "all missing": [{"review_time": None, "team_happiness": None} for _ in range(10)],
    "nothing at all": [{} for _ in range(10)],
    "all zero": [{"bugs_prod": 0, "review_time": 0.0} for _ in range(10)],
    "a rise from zero": [
        {"bugs_prod": max(0, i - 7) * 3, "review_time": max(0.0, i - 7.0)} for i in range(12)
    ],
    "one huge outlier": [
        {"review_time": 1e9 if i == 5 else 10.0 + i % 3, "points": 7 + i % 2} for i in range(12)
    ],
    "identical sprints": [{"review_time": 9.0, "cycle_time": 50.0, "items_completed": 12} for _ in range(12)],
    "two sprints": [{"review_time": 9.0}, {"review_time": 12.0}],
    "huge": [{"review_time": 1e12 * (1 + i % 3), "x": 1e12 + i, "bugs_prod": 10**12 + i} for i in range(12)],
    "tiny": [{"review_time": 1e-12 * (1 + i % 3), "x": 1e-12 * i, "say_do_ratio": 1e-12} for i in range(12)],
    "percent at the edges": [
        {"flow_efficiency": 100.0 if i > 6 else 0.0, "team_happiness": 10} for i in range(12)
    ],
    "largest values": [{"x": (1e15 if i % 2 else -1e15), "review_time": 9e14 + i} for i in range(12)],
    "smallest floats": [{"x": 5e-324 * i, "review_time": 5e-324 * (i + 1)} for i in range(12)],
    "half missing": [{"review_time": 10.0 + i} if i % 2 else {} for i in range(12)],
    "first seen lately": [
        {"bugs_prod": i, **({"review_time": 10.0 + i} if i > 8 else {})} for i in range(12)
    ],
    "no capacity at all": [
        {"capacity_hours": 0, "working_days": 0, "items_completed": 10 + i % 3} for i in range(10)
    ],
    "a capacity of every size": [
        {
            "capacity_hours": 10.0 ** (i - 5),
            "team_size": 1 + i % 2,
            "items_completed": 9 + i % 4,
            "bugs_prod": i % 2,
        }
        for i in range(12)
    ],
    "a hundred zeros and a one": [{"bugs_prod": int(i == 99)} for i in range(100)],
}


@pytest.mark.parametrize("name", STRANGE)
def test_strange_input_gets_a_reason_and_no_nan(name: str) -> None:
    report = analyse(dated_long(STRANGE[name])).to_dict()
    json.dumps(report, allow_nan=False)
    assert all(math.isfinite(v) for _, v in numbers(report))
    seen = {m["metric"] for m in report["levels"]} | {r["metric"] for r in report["refusals"]}
    sent = {
        k for s in STRANGE[name] for k in s if k != "points" and (k not in REGISTRY or REGISTRY[k].analysed)
    }
    assert sent <= seen
    assert all(r["text"] and r["reason"] for r in report["refusals"])


def dated_long(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"sprint_id": f"S{i:04d}", **r} for i, r in enumerate(rows, 1)]


@pytest.mark.parametrize(
    ("name", "reasons"),
    [
        ("constant", {"constant"}),
        ("all missing", {"all_missing"}),
        ("all zero", {"all_zero"}),
        ("identical sprints", {"constant"}),
        ("two sprints", {"too_short"}),
        ("first seen lately", {"too_short"}),
    ],
)
def test_reasons(name: str, reasons: set[str]) -> None:
    assert {r.reason for r in analyse(dated_long(STRANGE[name])).refusals} == reasons


def test_a_copied_series_is_looked_at_once() -> None:
    rows = [{"items_completed": v, "throughput": v} for v in (12, 15, 9, 14, 13, 11, 16, 10)]
    report = analyse(dated(rows))
    assert [(r.metric, r.reason) for r in report.refusals] == [("throughput", "copied")]


def test_equal_columns_prove_no_more_than_one() -> None:
    """Six columns of one family with the same few values, also in another unit: told as one of them would be."""
    step = [2, 2, 3, 2, 2, 3, 2, 2, 2, 9, 9, 9]
    quiet = [{"team_happiness": 7 + 0.1 * (i * 7 % 5), "wip": 6 + i % 3} for i in range(12)]
    names = ("bugs_prod", "bugs_missed_testing", "bugs_acc", "bugs_test", "open_bugs_count", "bugs_other")
    one = analyse(dated([{**q, names[0]: v} for q, v in zip(quiet, step, strict=True)]))
    six = analyse(dated([{**q, **dict.fromkeys(names, v)} for q, v in zip(quiet, step, strict=True)]))
    assert [(r.metric, r.reason) for r in six.refusals] == [(m, "copied") for m in sorted(names[1:])]
    assert six.signals == one.signals
    assert six.cause_probabilities == one.cause_probabilities
    hours = [14, 12, 14, 12, 14, 12, 14, 12, 14, 28, 28, 28]
    alone = analyse(dated([{**q, "review_time": v} for q, v in zip(quiet, hours, strict=True)]))
    both = [
        {**q, "review_time": v, "cycle_time": 60 * v, "items_carried_over": 2 * v}
        for q, v in zip(quiet, hours, strict=True)
    ]
    report = analyse(dated(both))
    assert {r.metric: r.text.split("; ")[0] for r in report.refusals} == {
        "review_time": "Review time: always 0.5 times Items carried over",
        "cycle_time": "Cycle time: always 30 times Items carried over",
    }
    assert alone.checked == report.checked


def test_equality_that_may_be_chance_is_said_and_proves_nothing_twice() -> None:
    odd = [0] * 11 + [2]
    quiet = [{"team_happiness": 7 + 0.1 * (i * 7 % 5), "wip": 6 + i % 3} for i in range(12)]
    one = analyse(dated([{**q, "bugs_prod": v} for q, v in zip(quiet, odd, strict=True)]))
    both = analyse(
        dated([{**q, "bugs_prod": v, "bugs_missed_testing": v} for q, v in zip(quiet, odd, strict=True)])
    )
    assert not both.refusals
    assert any("Equal to another series, perhaps by chance" in n for n in both.notes)
    for family in ("quality_degradation", "testing_gaps"):
        assert both.cause_probabilities[family] <= one.cause_probabilities[family] + 0.02
    assert both.associations == ()  # one odd sprint in both is no "often"


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1.0, 1e9])
def test_what_is_derived_does_not_depend_on_the_unit(scale: float) -> None:
    rng = np.random.default_rng(3)
    a, b, c, other = rng.lognormal(2.5, 0.2, (4, 12)) * scale
    parts = {"coding_time": a, "review_time": b, "testing_time": c}
    for total, derived in ((a + b + c, True), (other * 3, False)):
        rows = [
            {**{m: float(v[i]) for m, v in parts.items()}, "cycle_time": float(total[i])} for i in range(12)
        ]
        report = analyse(dated(rows))
        assert any("no proof of their own: Cycle time" in n for n in report.notes) is derived


def test_without_any_measure_there_is_a_reason_and_what_to_do() -> None:
    empty: list[dict[str, Any]] = [{} for _ in range(6)]
    for rows in (empty, [{"team_size": 5, "working_days": 10 + i % 2} for i in range(6)]):
        report = analyse(dated(rows))
        assert [(r.metric, r.reason) for r in report.refusals] == [("", "no_metrics")]
        assert "Sync sprints that carry values, or add a column" in report.refusals[0].text
        assert report.checked == 0


def test_an_odd_sprint_is_news_only_while_it_is_recent() -> None:
    rng = np.random.default_rng(5)
    for n, back, told in ((500, 99, False), (500, 4, True), (40, 20, False), (40, 11, True), (12, 6, True)):
        hours = rng.lognormal(3, 0.1, n)
        hours[n - 1 - back] *= 8
        report = analyse(dated_long([{"review_time": float(v)} for v in hours]))
        odd = [s.since_sprint_id for s in report.signals if s.kind == "outlier"]
        assert odd == ([f"S{n - back:04d}"] if told else []), (n, back)


def test_companions_lend_and_never_take() -> None:
    """A second change at another time has no place in a world of one cause; that is no evidence against it."""
    found = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        first = 12 * np.exp(0.1 * rng.standard_normal(14) + 1.5 * (np.arange(14) >= 5))
        second = 40 * np.exp(0.1 * rng.standard_normal(14) - 1.2 * (np.arange(14) >= 11))
        rows = [
            {"review_time": float(a), "story_points_completed": float(b), "wip": 6.0 + i % 3}
            for i, (a, b) in enumerate(zip(first, second, strict=True))
        ]
        for s in analyse(dated(rows)).signals:
            found += s.significant
            assert s.probability_with_companions >= s.probability
    assert found >= 20


def test_a_rate_computed_from_counts_is_no_second_proof() -> None:
    rng = np.random.default_rng(3)
    bugs, items = rng.poisson(4, 12), rng.poisson(20, 12)
    rows = [
        {"bugs_prod": int(b), "items_completed": int(n), "defect_rate_production": round(b / n, 3)}
        for b, n in zip(bugs, items, strict=True)
    ]
    assert any("no proof of their own" in n for n in analyse(dated(rows)).notes)


def test_counts_never_fall_below_zero_in_any_range() -> None:
    report = analyse(dated([{"bugs_prod": v} for v in (0, 1, 0, 4, 0, 0, 1, 5, 0, 1)]))
    assert report.levels[0].usual.low == 0
    for s in report.signals:
        assert s.before + s.interval.low >= -1e-9


def test_five_hundred_sprints_and_two_hundred_extra_metrics() -> None:
    rng = np.random.default_rng(1)
    long = [
        {"review_time": float(v), "bugs_prod": int(b)}
        for v, b in zip(rng.lognormal(3, 0.2, 500), rng.poisson(3, 500), strict=True)
    ]
    assert analyse(dated_long(long)).checked == 2
    wide = [{f"extra_{i}": float(v) for i, v in enumerate(row)} for row in rng.normal(5, 1, (12, 200))]
    report = analyse(dated_long(wide))
    assert report.checked == 200
    assert all(math.isfinite(v) for _, v in numbers(report.to_dict()))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(
                ["review_time", "bugs_prod", "team_happiness", "story_points_completed", "say_do_ratio", "x"]
            ),
            st.one_of(st.none(), st.floats(0, 10), st.sampled_from([0.0, 1e-9, 10.0])),
        ),
        min_size=2,
        max_size=15,
    )
)
def test_anything_valid_is_answered_without_nan(rows: list[dict[str, Any]]) -> None:
    report = analyse(dated_long(rows)).to_dict()
    assert all(math.isfinite(v) for _, v in numbers(report))
    assert sum(report["cause_probabilities"].values()) == pytest.approx(1.0, abs=1e-9)
    for s in report["signals"]:
        assert 0 <= s["probability"] < 1
        assert s["interval"]["low"] <= s["interval"]["high"]


def test_a_series_that_was_never_negative_has_no_negative_usual_range() -> None:
    sprints = [{"sprint_id": f"S{i}", "sprint_name": f"Sprint {i}", "mystery": i % 3} for i in range(9)]
    assert [level.usual.low for level in analyse(sprints).levels if level.metric == "mystery"] == [0.0]
