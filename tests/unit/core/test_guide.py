"""The facilitation guide: the minutes add up, no lead shows before its step, and yes answers no question."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

from builders import reports
from hansei.core.guide import LENGTHS, UNCOVERS, Length, Who, make_guide
from hansei.core.report import Report

WHO: tuple[Who | None, ...] = (None, "small", "remote", "manager")
#: A question that begins so can be answered with yes or no.
CLOSED = re.compile(
    r"^(is|are|was|were|do|does|did|has|have|had|can|could|will|would|should|may|must)\b", re.IGNORECASE
)


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("name", reports.EVERY)
def test_minutes_add_up(name: str, length: Length, who: Who | None) -> None:
    plan = make_guide(reports.EVERY[name]()).plan(length, who)
    assert plan[0].start == 0
    assert all(a.end == b.start for a, b in pairwise(plan))
    assert all(s.end > s.start for s in plan)
    assert sum(s.end - s.start for s in plan) == length


def test_the_minutes_are_those_of_the_product_page() -> None:
    plans = make_guide(reports.changed()).plans
    assert [s.start for s in plans[60]] == [0, 5, 15, 23, 30, 42, 55]
    assert [(s.key, s.end - s.start) for s in plans[15]] == [
        ("try", 4),
        ("charts", 3),
        ("own", 4),
        ("choose", 4),
    ]


@pytest.mark.parametrize("length", LENGTHS)
def test_what_was_tried_comes_first_then_numbers_own_reasons_leads_and_one_decision(length: Length) -> None:
    keys = [s.key for s in make_guide(reports.changed()).plans[length]]
    order = [k for k in ("open", "try", "charts", "read", "leads", "own", "choose", "close") if k in keys]
    assert keys == order


@pytest.mark.parametrize("who", WHO)
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("name", [n for n in reports.EVERY if n != "hostile"])
def test_no_lead_shows_before_its_step(name: str, length: Length, who: Who | None) -> None:
    report = reports.EVERY[name]()
    guide = make_guide(report)
    plan = guide.plan(length, who)
    uncovers = next((i for i, s in enumerate(plan) if s.key in UNCOVERS), len(plan))
    before = " ".join([*(s.text for s in plan[:uncovers]), *guide.questions]).casefold()
    for h in report.hypotheses:
        for secret in (h.title, *h.mechanisms, *h.questions):
            assert secret.casefold() not in before
    assert "uncover" not in before
    if report.hypotheses:
        assert "lead" in plan[uncovers].text


def test_the_team_writes_its_own_reasons_while_leads_are_covered() -> None:
    charts = next(s for s in make_guide(reports.changed()).plans[60] if s.key == "charts")
    assert charts.text == (
        "Numbers only, in silence: “What happened around Sprint 36?” One thought a note. Leads stay covered."
    )


def test_no_leads_to_uncover_where_there_are_none() -> None:
    for guide in (make_guide(reports.improved()), make_guide(reports.quiet())):
        assert not any("uncover" in s.text.casefold() for plan in guide.plans.values() for s in plan)


def test_leads_without_a_sure_change_are_read_as_questions() -> None:
    guide = make_guide(reports.quiet(hypotheses=(reports.WEAK,)))
    (step,) = (s for s in guide.plans[60] if s.key == "leads")
    assert step.text.endswith("Then uncover the leads: no change is sure, so read them as questions.")


@pytest.mark.parametrize("name", [n for n in reports.EVERY if n != "hostile"])
def test_three_questions_that_yes_does_not_answer(name: str) -> None:
    questions = make_guide(reports.EVERY[name]()).questions
    assert len({*questions}) == 3
    for q in questions:
        assert q.endswith("?")
        assert not CLOSED.match(q)
        assert q.split()[0] in ("What", "Which", "How", "Where", "When", "Who")


def test_questions_name_both_times_where_changes_began_apart() -> None:
    assert (
        make_guide(reports.EVERY["two_times"]()).questions[0]
        == "What happened around Sprint 36 and Sprint 39?"
    )


def test_an_odd_sprint_beside_a_lasting_change_is_not_what_the_meeting_is_about() -> None:
    odd = replace(
        reports.CARRIED_SIGNAL, id="S0", kind="outlier", since_sprint_id="s31", since_sprint_name="Sprint 31"
    )
    guide = make_guide(reports.changed(signals=(odd, reports.REVIEW_SIGNAL)))
    assert guide.questions[0] == "What happened around Sprint 36?"


@pytest.mark.parametrize(
    ("report", "said"),
    [
        (reports.changed(tried=(reports.STOPPED, reports.RUNNING, reports.TRIED)), "the verdict on “Smaller stories”"),
        (reports.changed(tried=(reports.STOPPED, reports.RUNNING)), "“Reviews first” is in sprint 2 of 4"),
        (reports.changed(tried=(reports.STOPPED,)), "“Pair on bugs” was stopped"),
        (reports.changed(tried=(reports.BROKEN,)), "what you decided"),
        (reports.changed(decided=reports.DECIDED), "“Reviews first” has not been started"),
        (reports.EVERY["decided_nothing"](), "you chose to change nothing"),
        (reports.changed(), "which agreement did we quietly drop"),
    ],
)  # fmt: skip
def test_it_begins_with_what_was_tried(report: Report, said: str) -> None:
    for plan in make_guide(report).plans.values():
        (step,) = (s for s in plan if s.key == "try")
        assert said in step.text


def test_no_levels_to_tick_where_nothing_was_checked() -> None:
    texts = " ".join(s.text for plan in make_guide(reports.unchecked()).plans.values() for s in plan)
    assert "levels" not in texts
    assert "surprise" in texts


def test_no_numbers_to_look_at_where_none_was_recorded() -> None:
    charts = next(s for s in make_guide(reports.unchecked(series=())).plans[15] if s.key == "charts")
    assert "numbers" not in charts.text


def test_variants_say_what_is_done_otherwise_and_in_which_step() -> None:
    guide = make_guide(reports.changed())
    assert [v.name for v in guide.variants] == ["Three people or fewer", "Remote", "A manager is present"]
    for who, length, key, said in (
        ("small", 60, "charts", "talk instead of writing or ticking"),
        ("small", 30, "close", "No counts"),
        ("remote", 15, "charts", "send all at once"),
        ("remote", 15, "own", "shares the screen"),
        ("manager", 60, "open", "not used for appraisal"),
        ("manager", 15, "try", "not used for appraisal"),
        ("manager", 30, "read", "read last"),
    ):
        plain, told = guide.plan(length), guide.plan(length, who)  # type: ignore[arg-type]  # literals of the table
        assert [(s.start, s.end) for s in plain] == [(s.start, s.end) for s in told]
        assert [s.key for s in told if said in s.text] == [key]
        assert not any(said in s.text for s in plain)
