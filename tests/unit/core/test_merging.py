"""Rows of several sources become sprints: what belongs together, whose value counts, and that nothing is lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hansei.core.merging import SIZES, Merged, Row, as_stored, merge, same_name
from hansei.core.metrics import SprintMetrics

DAY = timedelta(days=1)
START = datetime(2026, 1, 5, tzinfo=UTC)
SEEN = datetime(2026, 6, 1, tzinfo=UTC)


def row(
    source: int,
    sprint_id: str,
    first: float | None = None,
    days: float = 14,
    *,
    name: str = "",
    since: int = 0,
    provisional: bool = False,
    by_id: bool = False,
    assumed: bool = False,
    **values: float,
) -> Row:
    start = None if first is None else START + first * DAY
    end = None if start is None else start + days * DAY
    sprint = SprintMetrics(
        sprint_id, name or sprint_id, start, end, values, provisional=provisional, assumed=assumed
    )
    return Row(source, sprint, SEEN + since * DAY, by_id)


def ids(merged: tuple[Merged, ...]) -> list[list[str]]:
    return [[f"{source}:{sprint_id}" for source, sprint_id in m.members] for m in merged]


@pytest.mark.parametrize(
    ("other", "same"),
    [
        ((0, 14), True),
        ((1, 14), True),  # began a day later: 13 of 14 days shared
        ((2.8, 14), True),  # exactly four fifths
        ((2.9, 14), False),
        ((0, 9.4), True),  # the working days of the same fortnight
        ((0, 7), False),  # a week inside it is another sprint
        ((0, 21), True),  # extended by a week
        ((14, 14), False),
    ],
)
def test_dates_decide_where_both_have_them(other: tuple[float, float], same: bool) -> None:
    merged = merge([row(1, "a", 0, 14, wip=1), row(2, "b", *other, wip=1)], [1, 2])
    assert (len(merged) == 1) is same


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Sprint 07", "sprint 7", True),
        ("S7", "Sprint 7", True),
        ("ALPHA  Sprint  12", "Alpha sprint 12", True),
        ("Sprint 1", "Sprint 11", False),
        ("2026 Sprint 1", "2025 Sprint 1", False),
        ("Ｓｐｒｉｎｔ 7", "Sprint 7", True),
        ("Hardening", "hardening", True),
        ("???", "!!!", False),
        ("HER\u00a0Sprint 1", "HER Sprint 1", True),
        ("Sprint 1\u200b", "Sprint 1", True),
        ("\u202aSprint 1\u202c", "SPRINT  1", True),
        ("Spr\u2065int 1\U000e0041\ufe0f", "Sprint 1", True),
        ("HER\u2011Sprint\u00ad 1", "her-sprint 1", True),
        ("Sprint １２", "Sprint 012", True),
        ("Sprint \U0001f680", "Sprint \U0001f433", False),
        ("C++", "C", False),
        ("\u0915\u093f", "\u0915\u093e", False),  # two syllables that differ in their vowel
    ],
)
def test_names_decide_where_dates_are_missing(one: str, other: str, same: bool) -> None:
    assert (same_name(one) == same_name(other)) is same
    merged = merge([row(1, "a", name=one, wip=1), row(2, "b", 0, name=other, wip=1)], [1, 2])
    assert (len(merged) == 1) is same


@pytest.mark.parametrize("order", [[1, 2], [2, 1]])
def test_assumed_dates_give_way_to_recorded_ones_and_part_nothing(order: list[int]) -> None:
    """A table with dates counted from a wrong first day, then the source that knows them: one history."""
    table = [row(1, f"S{n}", 14 * n + 9, name=f"Sprint {n}", assumed=True, wip=n) for n in range(8)]
    known = [row(2, f"J-{n}", 14 * n, name=f"sprint {n:02}", since=1, bugs_prod=n) for n in range(8)]
    merged = merge([*table, *known], order)
    assert ids(merged) == [[f"{s}:{'S' if s == 1 else 'J-'}{n}" for s in order] for n in range(8)]
    assert [(m.sprint.start, m.sprint.assumed) for m in merged] == [
        (START + 14 * n * DAY, False) for n in range(8)
    ]


def test_assumed_dates_join_where_names_do_not_agree() -> None:
    merged = merge(
        [row(1, "a", 0, name="Heron 7", assumed=True), row(2, "b", 1, name="Team sprint 7")], [1, 2]
    )
    assert len(merged) == 1
    # … but a name that agrees goes before a date that is only assumed
    rows = [
        row(1, "a", 14, name="Sprint 7", assumed=True),
        row(2, "b", 0, name="Sprint 7"),
        row(2, "c", 14, name="X"),
    ]
    assert ids(merge(rows, [1, 2])) == [["1:a", "2:b"], ["2:c"]]


@given(st.text(st.characters(max_codepoint=127), max_size=30))
def test_a_mark_that_cannot_be_seen_changes_no_plain_name(name: str) -> None:
    # Names of plain characters are read another way than those with others.
    assert same_name(f"{name} a\u200b") == same_name(f"{name} a")


def test_the_same_name_a_year_apart_is_another_sprint_even_where_a_date_is_assumed() -> None:
    rows = [row(1, "1", 0, name="Sprint 1", assumed=True), row(2, "b", -364, name="Sprint 1")]
    assert len(merge(rows, [1, 2])) == 2


def test_whether_a_sprint_has_ended_is_not_taken_from_an_assumed_end() -> None:
    table, known = row(1, "a", 0, assumed=True, provisional=True), row(2, "a", 0)
    (merged,) = merge([table, known], [1, 2])
    assert not merged.sprint.provisional
    undated = row(1, "a", provisional=True)
    assert merge([undated], [1])[0].sprint.provisional
    assert not merge([undated, known], [1, 2])[0].sprint.provisional


def test_names_do_not_join_what_dates_keep_apart() -> None:
    last_year, this_year = row(1, "1", -364, name="Sprint 1", wip=3), row(2, "1", 0, name="Sprint 1", wip=9)
    merged = merge([last_year, this_year], [1, 2])
    assert [m.sprint.values["wip"] for m in merged] == [3, 9]
    assert [m.sprint.sprint_id for m in merged] == ["1", "1~2"]


def test_of_several_sprints_of_one_name_an_undated_row_is_the_last() -> None:
    rows = [row(1, "a", 0, name="Sprint 1"), row(1, "b", 365, name="Sprint 1"), row(2, "x", name="Sprint 1")]
    assert ids(merge(rows, [1, 2])) == [["1:a"], ["1:b", "2:x"]]


def test_whoever_names_a_sprints_id_means_that_sprint() -> None:
    rows = [row(1, "S1", 0, wip=1), row(2, "S1", 100, by_id=True, wip=5)]
    (merged,) = merge(rows, [2, 1])
    assert (merged.sprint.values, merged.sprint.start) == ({"wip": 5}, START + 100 * DAY)


def test_the_first_source_counts_metric_by_metric_and_the_rest_is_listed() -> None:
    table = row(1, "t7", 0, name="Sprint 7", story_points_completed=30.0, wip=4.0)
    live = row(2, "J-7", 0, name="ALPHA 7", story_points_completed=31.0, review_time=12.0, since=3)
    (merged,) = merge([live, table], [2, 1])
    assert merged.sprint.sprint_id == "t7"  # the older id stays, whoever counts
    assert merged.sprint.name == "ALPHA 7"
    assert merged.sprint.values == {"story_points_completed": 31.0, "review_time": 12.0, "wip": 4.0}
    assert merged.origins == {"story_points_completed": 2, "review_time": 2, "wip": 1}
    (found,) = merged.differences
    assert (found.metric, found.source, found.value, found.other, found.other_value) == (
        "story_points_completed",
        2,
        31.0,
        1,
        30.0,
    )
    (other,) = merge([live, table], [1, 2])
    assert other.sprint.values == {"story_points_completed": 30.0, "review_time": 12.0, "wip": 4.0}


def test_what_was_read_in_mid_sprint_does_not_count_once_it_has_ended() -> None:
    early = row(1, "a", 0, provisional=True, wip=2.0, review_time=1.0)
    late = row(2, "b", 0, wip=7.0)
    (merged,) = merge([early, late], [1, 2])
    assert (merged.sprint.values, merged.sprint.provisional) == ({"wip": 7.0}, False)
    (alone,) = merge([early], [1])
    assert (alone.sprint.values, alone.sprint.provisional) == ({"wip": 2.0, "review_time": 1.0}, True)
    (undated,) = merge([early, row(3, "c", name="a", bugs_prod=1.0)], [1, 3])
    assert undated.sprint.provisional  # a row without dates does not end a sprint


def test_sprints_that_run_side_by_side_are_told_apart_by_their_names() -> None:
    rows = [row(1, "r", 0, name="Red 3"), row(1, "b", 0, name="Blue 3"), row(2, "x", 0, name="blue 03")]
    assert ids(merge(rows, [1, 2])) == [["1:b", "2:x"], ["1:r"]]


def test_thousands_of_rows_on_the_same_days_are_no_trouble() -> None:
    rows = [row(s, f"{s}-{i}", 0, name="same") for s in (1, 2) for i in range(1_000)]
    assert len(merge(rows, [1, 2])) >= 1_000


NUMBERS = st.floats(0, 100).map(lambda v: round(v, 2))


@st.composite
def sources_rows(draw: st.DrawFn) -> list[Row]:
    out = []
    for source in range(draw(st.integers(1, 4))):
        for sprint_id in draw(
            st.lists(st.sampled_from([f"S{i}" for i in range(6)]), unique=True, max_size=5)
        ):
            made = row(
                source,
                sprint_id,
                draw(st.none() | st.sampled_from([0, 1, 7, 14, 20, 28])),
                draw(st.sampled_from([7, 10, 14])),
                name=draw(st.sampled_from(["Sprint 1", "sprint 01", "Sprint 2", "Hardening"])),
                since=draw(st.integers(0, 3)),
                provisional=draw(st.booleans()),
                by_id=source == 3,
            )
            values = draw(st.dictionaries(st.sampled_from(["wip", "review_time", "bugs_prod"]), NUMBERS))
            extra = draw(st.dictionaries(st.sampled_from(["mood", "deploys"]), NUMBERS))
            sizes = draw(st.none() | st.just({"small": 3, "large": 1}) | st.just({"small": 2}))
            out.append(replace(made, sprint=replace(made.sprint, values=values, extra=extra, sizes=sizes)))
    return out


@settings(max_examples=40)
@given(sources_rows(), st.permutations([0, 1, 2, 3]), st.randoms(use_true_random=False))
def test_the_order_of_the_rows_changes_nothing(rows: list[Row], order: list[int], chance: object) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    assert merge(shuffled, order) == merge(rows, order)


@settings(max_examples=40)
@given(sources_rows(), st.permutations([0, 1, 2, 3]))
def test_merging_what_was_merged_changes_nothing(rows: list[Row], order: list[int]) -> None:
    once = merge(rows, order)
    age = {r.key: r.since for r in rows}
    again = merge([Row(9, m.sprint, min(age[k] for k in m.members)) for m in once], order)
    assert sorted((m.sprint for m in again), key=lambda s: s.sprint_id) == sorted(
        (m.sprint for m in once), key=lambda s: s.sprint_id
    )


@settings(max_examples=40)
@given(sources_rows(), st.permutations([0, 1, 2, 3]))
def test_every_row_is_in_one_sprint_and_every_value_counts_or_is_listed(
    rows: list[Row], order: list[int]
) -> None:
    merged = merge(rows, order)
    assert sorted(k for m in merged for k in m.members) == sorted(r.key for r in rows)
    assert len({m.sprint.sprint_id for m in merged}) == len(merged)
    by_key = {r.key: r for r in rows}
    for m in merged:
        said = [by_key[k] for k in m.members]
        assert len({r.source for r in said}) == len(said)
        for r in said:
            if r.sprint.provisional and not m.sprint.provisional:
                continue  # read in mid-sprint: superseded
            series: dict[str, object] = {**r.sprint.values, **r.sprint.extra}
            if r.sprint.sizes is not None:
                series[SIZES] = r.sprint.sizes
            for metric, value in series.items():
                shown = m.sprint.sizes if metric == SIZES else m.sprint.value(metric)
                listed = [(d.other, d.other_value) for d in m.differences if d.metric == metric]
                assert shown == value or (r.source, value) in listed


@settings(max_examples=40)
@given(sources_rows(), st.permutations([0, 1, 2, 3]), st.permutations([0, 1, 2, 3]))
def test_which_rows_belong_together_does_not_depend_on_the_order_of_the_sources(
    rows: list[Row], one: list[int], other: list[int]
) -> None:
    def groups(order: list[int]) -> dict[str, set[tuple[int, str]]]:
        return {m.sprint.sprint_id: set(m.members) for m in merge(rows, order)}

    assert groups(one) == groups(other)


def test_a_sprint_spelt_in_another_way_is_the_stored_one_where_just_one_fits() -> None:
    def one(sprint_id: str, name: str = "", start: datetime | None = None) -> SprintMetrics:
        return SprintMetrics(sprint_id, name or sprint_id, start, start, {"wip": 1.0})

    def ids_of(new: list[SprintMetrics], stored: list[SprintMetrics]) -> list[str]:
        return [s.sprint_id for s in as_stored(new, stored)[0]]

    assert as_stored([one("sprint\u00a01")], [one("Sprint 1")]) == (
        (one("Sprint 1"),),
        (("sprint\u00a01", "Sprint 1"),),
    )
    assert ids_of([one("7", "S1")], [one("Sprint 1")]) == ["Sprint 1"]
    # Ids that somebody gave, two that fit, an id that is stored, and days of another year: nothing is guessed.
    assert ids_of([one("7", "S1")], [one("8", "S1")]) == ["7"]
    assert ids_of([one("S1")], [one("Sprint 1"), one("sprint 1")]) == ["S1"]
    assert ids_of([one("S1"), one("Sprint 1")], [one("Sprint 1")]) == ["S1", "Sprint 1"]
    assert ids_of([one("S1", start=START)], [one("Sprint 1", start=START - 364 * DAY)]) == ["S1"]
