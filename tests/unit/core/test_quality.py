"""The verdict on a team's record, and what it keeps the analysis from saying."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hansei import analyse
from hansei.core.metrics import SprintMetrics
from hansei.core.quality import Late, Provenance, SourceState, judge

FIRST = datetime(2026, 1, 5, tzinfo=UTC)
MOMENT = datetime(2026, 9, 1, tzinfo=UTC)
SHIFT = [10.0, 11, 9, 10, 12, 10, 31, 30, 33, 29, 32, 31]


def sprints(**series: Sequence[float | None]) -> list[SprintMetrics]:
    count = len(next(iter(series.values())))
    return [
        SprintMetrics(
            f"S{i}",
            f"Sprint {i}",
            FIRST + timedelta(days=14 * i),
            FIRST + timedelta(days=14 * i + 13),
            {name: v for name, row in series.items() if (v := row[i]) is not None},
        )
        for i in range(count)
    ]


def late(ids: list[int], was: float = 5.0, *, at: datetime | None = None) -> Provenance:
    changes = {f"S{i}": Late(at or MOMENT + timedelta(days=i), was) for i in ids}
    return Provenance(late={"review_time": changes})


def kinds(rows: list[SprintMetrics], known: Provenance | None = None) -> set[tuple[str, str, bool]]:
    return {(f.kind, f.metric, f.withholds) for f in judge(rows, known or Provenance()).findings}


def test_a_sound_record_has_nothing_to_remark() -> None:
    found = judge(sprints(review_time=SHIFT), Provenance(sources=(SourceState("default", "ok"),)))
    assert (found.verdict, found.findings) == ("good", ())


@pytest.mark.parametrize(
    ("changed", "withheld"),
    [
        (late([1, 2]), False),
        (late([1, 2, 3]), False),
        (late([1, 2, 3, 4]), True),
        (late([1, 2, 3, 4], 10.1), False),
    ],
)
def test_a_series_changed_late_in_a_third_of_its_sprints_is_withheld(
    changed: Provenance, withheld: bool
) -> None:
    # With 10.1 the first four changes are 0.1, 1.1, 0.1 and 1.9: two of them mere corrections.
    assert kinds(sprints(review_time=SHIFT), changed) == {("changed_late", "review_time", withheld)}


def test_a_series_recorded_anew_as_a_whole_is_one_record() -> None:
    assert kinds(sprints(review_time=SHIFT), late(list(range(12)), at=MOMENT)) == {
        ("changed_late", "review_time", False)
    }


def test_gaps_constants_copies_and_disagreements_are_named() -> None:
    bugs: list[float | None] = [1, None, None, 2, 3, None, 1, 2, 4, 5, 1, 2]
    assert kinds(sprints(bugs_prod=bugs)) == {("missing", "bugs_prod", False)}
    assert kinds(sprints(wip=[4.0] * 12)) == {("constant", "wip", False)}
    assert kinds(sprints(wip=[0.0] * 12)) == set()  # no bugs, no waiting: zero may well be true
    copied = sprints(
        wip=[1, 2, 2, 3], bugs_prod=[5, 6, 6, 7], review_time=[3, 4, 4, 5], cycle_time=[9, 8, 8, 7]
    )
    assert kinds(copied) == {("copied", "", False)}
    assert "Sprint 2: all 4 values are those of Sprint 1" in judge(copied, Provenance()).findings[0].text
    assert kinds(sprints(wip=SHIFT), Provenance(disagreements={"wip": 3})) == {("disagreement", "wip", False)}


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("empty", "empty_sync"),
        ("lost_access", "lost_access"),
        ("refused", "failing"),
        ("unavailable", "failing"),
    ],
)
def test_a_source_in_trouble_is_an_alarm(state: str, kind: str) -> None:
    found = judge(sprints(wip=SHIFT), Provenance(sources=(SourceState("default", state, "Look at it."),)))
    assert found.verdict == "alarm"
    assert [(f.kind, f.text) for f in found.findings] == [(kind, "Look at it.")]


def undated(*names: str, points: float = 30.0) -> list[SprintMetrics]:
    return [SprintMetrics(n, n, None, None, {"story_points_completed": points}) for n in names]


def test_sprints_that_two_sources_may_both_have_under_two_names_are_an_alarm() -> None:
    """A table pasted without dates, then an API that leaves the team out: nothing proves them the same."""
    dated = sprints(story_points_completed=[30.0, 31, 29, 33, 28, 32, 30, 34])
    twice = [*undated("HER Sprint 2", "HER Sprint 3", "HER Sprint 9"), *dated]
    quality = judge(twice, Provenance())
    assert quality.verdict == "alarm"
    (found,) = [f for f in quality.findings if f.kind == "doubled"]
    assert found.text == (
        "2 sprints may be counted twice: “HER Sprint 2” has no dates and may be “Sprint 2”. Give the table its "
        "dates, or the names of the other source, and import it again; or leave one of each two out."
    )


@pytest.mark.parametrize(
    "others",
    [
        ["HER Sprint 2"],  # one alone may be chance
        ["HER Sprint 20", "HER Sprint 30"],  # no such numbers
        ["Planning A", "Planning B"],  # no numbers
        [],
    ],
)
def test_sprints_that_only_look_a_little_alike_are_no_alarm(others: list[str]) -> None:
    dated = sprints(story_points_completed=[30.0, 31, 29, 33, 28, 32, 30, 34])
    assert "doubled" not in {f.kind for f in judge([*undated(*others), *dated], Provenance()).findings}


def test_teams_of_one_table_are_not_taken_for_each_other() -> None:
    dated = [replace(s, name=f"FOX {s.name}") for s in sprints(story_points_completed=[30.0, 31, 29, 33])]
    rows = [*undated("HER Sprint 1", "HER Sprint 2"), *dated]
    assert "doubled" not in {f.kind for f in judge(rows, Provenance()).findings}


def test_nothing_is_concluded_from_a_series_that_is_two_records() -> None:
    rows = sprints(review_time=SHIFT, wip=[4.0, 5, 4, 6, 5, 4, 5, 6, 4, 5, 4, 6])
    assert any(s.metric == "review_time" and s.significant for s in analyse(rows).signals)
    report = analyse(rows, provenance=late([1, 2, 3, 4]))
    assert all(s.metric != "review_time" for s in report.signals)
    (refused,) = [r for r in report.refusals if r.metric == "review_time"]
    assert (refused.reason, refused.sample) == ("changed_late", 12)
    assert "cannot be told from a change of the record" in refused.text
    assert report.quality is not None
    assert report.quality.verdict == "alarm"
    assert report.fingerprint != analyse(rows).fingerprint


def test_a_left_out_sprint_enters_no_number_and_is_named() -> None:
    rows = sprints(review_time=[*SHIFT[:8], 900.0, *SHIFT[9:]])
    without = [r for i, r in enumerate(rows) if i != 8]
    marked = [replace(r, left_out=i == 8, notes=("holiday",) if i == 8 else ()) for i, r in enumerate(rows)]
    report, plain = analyse(marked), analyse(without)
    assert report.series == plain.series
    assert report.signals == plain.signals
    assert [s.sprint_id for s in report.left_out] == ["S8"]
    assert any("Left out by the team, so in no number: Sprint 8 (holiday)." in n for n in report.notes)
    assert report.fingerprint != plain.fingerprint


def test_a_noted_sprint_counts_and_carries_its_note() -> None:
    rows = sprints(review_time=SHIFT)
    noted = [replace(r, notes=("incident", "other") if i == 3 else ()) for i, r in enumerate(rows)]
    report = analyse(noted)
    assert report.sprints[3].notes == ("incident", "other")
    assert report.series == analyse(rows).series
    assert report.fingerprint != analyse(rows).fingerprint
