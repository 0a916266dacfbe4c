"""The facilitation guide: the minutes add up, and leads come after the team's own reasons."""

from __future__ import annotations

from itertools import pairwise

import pytest

from builders import reports
from hansei.core.guide import LENGTHS, Length, make_guide


@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("name", reports.EVERY)
def test_minutes_add_up(name: str, length: Length) -> None:
    plan = make_guide(reports.EVERY[name]()).plans[length]
    assert plan[0].start == 0
    assert all(a.end == b.start for a, b in pairwise(plan))
    assert all(s.end > s.start for s in plan)
    assert plan[-1].end == length


def test_the_hour_is_the_one_of_the_product_page() -> None:
    plan = make_guide(reports.changed()).plans[60]
    assert [s.start for s in plan] == [0, 5, 15, 23, 30, 42, 55]
    assert [s.end - s.start for s in make_guide(reports.changed()).plans[15]] == [4, 3, 4, 4]


def test_own_reasons_come_before_the_leads() -> None:
    texts = [s.text for s in make_guide(reports.changed()).plans[60]]
    silent = next(i for i, t in enumerate(texts) if "What happened around Sprint 36?" in t)
    uncover = next(i for i, t in enumerate(texts) if t.startswith("Uncover the leads"))
    assert "Leads stay covered" in texts[silent]
    assert silent < uncover


def test_no_leads_to_uncover_where_there_are_none() -> None:
    for guide in (make_guide(reports.improved()), make_guide(reports.quiet())):
        assert not any(
            "Uncover" in s.text or "uncover" in s.text for plan in guide.plans.values() for s in plan
        )


@pytest.mark.parametrize("name", reports.EVERY)
def test_three_questions_that_yes_does_not_answer(name: str) -> None:
    questions = make_guide(reports.EVERY[name]()).questions
    assert len(questions) == 3
    if name != "hostile":
        first = {q.split()[0].casefold() for q in questions}
        assert first <= {"what", "which", "how", "where", "when", "who", "think"}


def test_no_levels_to_tick_where_nothing_was_checked() -> None:
    texts = " ".join(s.text for plan in make_guide(reports.unchecked()).plans.values() for s in plan)
    assert "levels" not in texts
    assert "surprise" in texts


def test_variants() -> None:
    assert [who for who, _ in make_guide(reports.quiet()).variants] == [
        "Fewer than 4 people",
        "Remote",
        "A manager is present",
    ]
