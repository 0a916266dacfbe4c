"""The registry and the reading of a sprint's wire form."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hansei.core.metrics import (
    REGISTRY,
    SprintMetrics,
    describe,
    in_time_order,
    nearest,
    parse_sprint,
    resolve,
)
from hansei.errors import InvalidSprint, UnknownMetric

# The names of design/metrics.md, typed from that page.
WIRE_NAMES = [
    "team_happiness",
    "story_points_planned",
    "story_points_completed",
    "items_completed",
    "items_planned",
    "items_carried_over",
    "items_out_of_sprint_percent",
    "say_do_ratio",
    "completion_ratio",
    "scope_change_percent",
    "defect_rate_production",
    "defect_rate_all",
    "bugs_prod",
    "bugs_acc",
    "bugs_test",
    "bugs_dev",
    "bugs_other",
    "defect_escape_rate",
    "open_bugs_count",
    "bugs_missed_testing",
    "bugs_missed_impact",
    "bugs_requirement_gap",
    "bugs_configuration",
    "bugs_third_party",
    "bugs_database",
    "bugs_security",
    "coding_time",
    "review_time",
    "testing_time",
    "cycle_time",
    "lead_time",
    "wip",
    "throughput",
    "work_item_age",
    "capacity_hours",
    "capacity_person_days",
    "working_days",
    "team_size",
    "flow_efficiency",
    "unplanned_work_percent",
    "story_point_distribution",
]


def sprint(**fields: Any) -> dict[str, Any]:
    return {"sprint_id": "S1", "sprint_name": "Sprint 1", **fields}


def test_every_wire_name_of_the_contract_is_in_the_registry() -> None:
    assert set(WIRE_NAMES) <= set(REGISTRY)


def test_every_metric_is_told_in_full_and_made_of_known_ones() -> None:
    aliases = [a for m in REGISTRY.values() for a in m.aliases]
    assert len(aliases) == len(set(aliases))
    assert not set(aliases) & set(REGISTRY)
    for metric in REGISTRY.values():
        assert metric.definition.endswith(".")
        assert metric.source
        assert metric.title
        assert set(metric.parts) <= set(REGISTRY)


def test_points_have_no_better_direction() -> None:
    assert REGISTRY["story_points_completed"].better is None
    assert REGISTRY["review_time"].better == "down"
    assert REGISTRY["team_happiness"].better == "up"


def test_an_alias_and_any_case_resolve() -> None:
    assert resolve("velocity") == "story_points_completed"
    assert resolve(" Review_Time ") == "review_time"


def test_an_unknown_name_offers_the_nearest() -> None:
    assert nearest("reviewtime")[0] == "review_time"
    assert nearest("Velocty")[0] == "velocity (story_points_completed)"
    with pytest.raises(UnknownMetric) as caught:
        resolve("team_hapiness")
    assert "team_happiness" in caught.value.sentence()
    with pytest.raises(UnknownMetric):
        resolve("x" * 100_000)


def test_a_sprint_is_read_as_sent() -> None:
    read = parse_sprint(
        sprint(
            start_date="2026-03-02",
            end_date="2026-03-15T17:00:00+02:00",
            velocity=31,
            review_time=14.5,
            team_happiness=None,
            deploys=7,
            mood_text="fine",
            story_point_distribution={"small": 5, "medium": 3, "large": 2},
        )
    )
    assert read.values == {"story_points_completed": 31.0, "review_time": 14.5}
    assert read.extra == {"deploys": 7.0}
    assert read.end == datetime(2026, 3, 15, 15, tzinfo=UTC)
    assert read.value("team_happiness") is None
    assert read.value("story_share_large") == 20.0
    assert read.names() == ("story_points_completed", "review_time", "story_share_large", "deploys")


def test_a_sprint_that_ends_on_a_day_ends_with_that_day() -> None:
    read = parse_sprint(sprint(start_date="2026-03-02", end_date="2026-03-15"))
    assert read.start == datetime(2026, 3, 2, tzinfo=UTC)
    assert read.end == datetime(2026, 3, 15, 23, 59, 59, tzinfo=UTC)


def test_a_number_is_a_fine_id_and_becomes_the_name() -> None:
    read = parse_sprint({"sprint_id": 41})
    assert (read.sprint_id, read.name) == ("41", "41")


@pytest.mark.parametrize(
    ("fields", "pointer", "part"),
    [
        ({"sprint_id": None}, "/sprint_id", "1 to 100"),
        ({"sprint_id": ""}, "/sprint_id", "1 to 100"),
        ({"sprint_id": "a\x00b"}, "/sprint_id", "printable"),
        ({"sprint_id": "\x80"}, "/sprint_id", "printable"),
        ({"sprint_id": "x" * 101}, "/sprint_id", "1 to 100"),
        ({"sprint_id": True}, "/sprint_id", "text"),
        ({"start_date": "03/04/2026"}, "/start_date", "ISO 8601"),
        ({"start_date": "2026-03-10", "end_date": "2026-03-02"}, "/end_date", "ends before it starts"),
        ({"bugs_prod": -1}, "/bugs_prod", "negative"),
        ({"bugs_prod": "3"}, "/bugs_prod", "must be a number"),
        ({"bugs_prod": True}, "/bugs_prod", "must be a number"),
        ({"bugs_prod": float("nan")}, "/bugs_prod", "finite"),
        ({"review_time": float("inf")}, "/review_time", "finite"),
        ({"review_time": 10**400}, "/review_time", "finite"),
        ({"review_time": 1e16}, "/review_time", "too large"),
        ({"deploys": -1e16}, "/deploys", "too large"),
        ({"team_happiness": 11}, "/team_happiness", "0 to 10"),
        ({"defect_escape_rate": 100.5}, "/defect_escape_rate", "0 to 100"),
        ({"velocity": 3, "story_points_completed": 4}, "/story_points_completed", "same metric"),
        ({"story_point_distribution": [1, 2]}, "/story_point_distribution", "small, medium, large"),
        ({"story_point_distribution": {"huge": 1}}, "/story_point_distribution/huge", "small, medium"),
        ({"story_point_distribution": {"small": 1.5}}, "/story_point_distribution/small", "whole number"),
        ({"story_point_distribution": {"small": -1}}, "/story_point_distribution/small", "whole number"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(fields: dict[str, Any], pointer: str, part: str) -> None:
    with pytest.raises(InvalidSprint) as caught:
        parse_sprint(sprint() | fields)
    assert [(p.pointer, part in p.detail) for p in caught.value.problems] == [(pointer, True)]


def test_several_problems_are_all_told() -> None:
    with pytest.raises(InvalidSprint) as caught:
        parse_sprint(sprint(bugs_prod=-1, team_happiness=99))
    assert {p.pointer for p in caught.value.problems} == {"/bugs_prod", "/team_happiness"}
    assert "1 more" in caught.value.message


def test_names_from_anywhere_are_kept() -> None:
    for name in ("Sprint 🚀", "ספרינט 7", "Sprint – “Æther”"):
        assert parse_sprint({"sprint_id": "1", "sprint_name": name}).name == name


@pytest.mark.parametrize(
    ("named", "kept"),
    [
        ("Spr\u202eint\u200b 1\ufeff", "Sprint 1"),
        ("Sp\u034frint\U000e0041 1\U0001d173", "Sprint 1"),  # graphemes joined, a tag, a beam begun
        ("Sprint \u2764\ufe0f", "Sprint \u2764\ufe0f"),  # without the mark no red heart
        ("اسپرینت\u200cها \u0601۲", "اسپرینت\u200cها \u0601۲"),  # a word's joiner, the sign of a year
    ],
)
def test_marks_that_nobody_sees_are_no_part_of_a_name(named: str, kept: str) -> None:
    assert parse_sprint({"sprint_id": "1", "sprint_name": named}).name == kept


numbers = st.floats(min_value=0, max_value=10, allow_nan=False)
metric_names = st.sampled_from([m.name for m in REGISTRY.values() if m.family != "composition"])


MOMENTS = st.datetimes(datetime(1990, 1, 1), datetime(2100, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 - as asked


@given(st.dictionaries(metric_names, numbers), MOMENTS)
def test_the_wire_form_reads_back_to_the_same_sprint(values: dict[str, float], end: datetime) -> None:
    end = end.replace(microsecond=end.microsecond // 1000 * 1000)
    one = SprintMetrics("S1", "Sprint 1", None, end, values, {"small": 1, "large": 0}, {"custom": 3.0})
    assert parse_sprint(one.to_payload()) == one


@given(
    st.lists(
        st.none() | st.integers() | st.floats() | st.booleans() | st.text(max_size=3),
        min_size=45,
        max_size=45,
    )
    | st.lists(st.floats(-2e15, 2e15) | st.floats(-9, 9), min_size=45, max_size=45)
)
def test_many_series_are_read_as_few_are(values: list[object]) -> None:
    """Wide sprints take a short way: each field alone gives the same, or the same refusal."""
    many = {f"s_{n}": v for n, v in enumerate(values)} | {
        "velocity": 3,
        "anna.k@example.org": 1.0,
        "x" * 90: 1.0,
    }
    try:
        read = parse_sprint(sprint(**many))
    except InvalidSprint as error:
        found = {p.pointer for p in error.problems}
        assert found == {f"/{k}" for k, v in many.items() if refused(k, v)}
    else:
        alone = [parse_sprint(sprint(**{k: v})).extra for k, v in many.items()]
        assert read.extra == {k: v for one in alone for k, v in one.items()}
        assert list(read.extra) == [k for one in alone for k in one]


def refused(key: str, value: object) -> bool:
    try:
        parse_sprint(sprint(**{key: value}))
    except InvalidSprint:
        return True
    return False


@pytest.mark.parametrize(
    "name",
    ["Anna.Schmidt", "Anna_Schmidt", "Anna-Maria-Schmidt", "assignee", "assignee_anna", "reporterCount", "anna@x.org",
     "bearbeiter_otto", "owner.points"],
)  # fmt: skip
def test_a_series_of_a_person_is_never_read(name: str) -> None:
    assert parse_sprint(sprint(velocity=3, **{name: 5.0})).extra == {}


@pytest.mark.parametrize(
    "name",
    ["deploys_per_week", "Build_Time", "user_stories_done", "UserStories", "pages.viewed", "MTTR", "Deploys"],
)
def test_a_series_of_the_team_is_read(name: str) -> None:
    assert parse_sprint(sprint(**{name: 5.0})).extra == {name: 5.0}


@pytest.mark.parametrize("day", ["0001-01-01", "1989-12-31", "2101-01-01", "9999-12-31T23:59:59-05:00"])
def test_a_year_in_which_no_sprint_can_be_is_refused_with_what_to_do(day: str) -> None:
    with pytest.raises(InvalidSprint, match="years from 1990 to 2100: correct it") as caught:
        parse_sprint(sprint(end_date=day))
    assert [p.pointer for p in caught.value.problems] == ["/end_date"]


def test_dated_sprints_go_by_time_and_undated_ones_by_natural_order() -> None:
    def dated(name: str, day: int) -> SprintMetrics:
        return SprintMetrics(name, name, end=datetime(2026, 1, day, tzinfo=UTC))

    assert [s.name for s in in_time_order([dated("A", 9), dated("B", 3), dated("C", 5)])] == ["B", "C", "A"]
    plain = [SprintMetrics(n, n) for n in ("Sprint 10", "Sprint 9", "sprint 11")]
    assert [s.name for s in in_time_order(plain)] == ["Sprint 9", "Sprint 10", "sprint 11"]


def test_two_sprints_that_end_together_keep_one_order_whatever_came_first() -> None:
    end = datetime(2026, 1, 5, tzinfo=UTC)
    a, b = SprintMetrics("a", "Sprint 2", end=end), SprintMetrics("b", "Sprint 10", end=end)
    assert in_time_order([b, a]) == in_time_order([a, b]) == [a, b]


def test_an_extra_series_is_described_without_a_direction() -> None:
    assert describe("deploys_per_day").title == "Deploys per day"
    assert describe("deploys_per_day").better is None
