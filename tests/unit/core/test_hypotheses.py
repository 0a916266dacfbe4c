"""What a team's answers change, and what a swing of everything does not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from hansei import analyse
from hansei.core.answers import BOUND, Answer, residuals
from hansei.errors import InvalidInput
from hansei.stats.synthetic import simulated_team


def logit(p: float) -> float:
    return float(np.log(p / (1 - p)))


def test_one_answer_moves_a_quarter_of_the_gap() -> None:
    found = residuals([Answer("morale", 0.4, "confirmed"), Answer("workflow", 0.4, "rejected")])
    assert found == pytest.approx({"morale": 0.25 * 0.6, "workflow": -0.25 * 0.4})
    assert residuals([Answer("morale", 0.4, "unsure")]) == {}


def test_answers_are_bounded_and_their_order_does_not_matter() -> None:
    answers = [Answer("morale", 0.1 * (i % 9), "confirmed") for i in range(40)]
    assert residuals(answers) == {"morale": BOUND} == residuals(reversed(answers))


@pytest.mark.parametrize(
    "answer", [Answer("astrology", 0.4, "confirmed"), Answer("morale", 1.4, "confirmed")]
)
def test_an_answer_about_nothing_is_refused(answer: Answer) -> None:
    with pytest.raises(InvalidInput, match="no lead of this catalogue"):
        residuals([answer])


def test_honest_answers_do_not_run_away() -> None:
    """A cause is at work in 22 of 100 reports; stated at first as 30, it goes down to that, and stays."""
    means = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        answers: list[Answer] = []
        stated = []
        for _ in range(120):
            p = 1 / (1 + np.exp(-logit(0.3) - residuals(answers).get("morale", 0.0)))
            stated.append(p)
            answers.append(Answer("morale", float(p), "confirmed" if rng.random() < 0.22 else "rejected"))
        means.append(float(np.mean(stated[-60:])))
    assert np.mean(means) == pytest.approx(0.22, abs=0.02)


def sprints(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"sprint_id": f"S{i:02d}", **r} for i, r in enumerate(rows)]


def test_answers_reach_the_report_and_its_fingerprint() -> None:
    rows = sprints(simulated_team(seed=5, size=2.0)[0])
    plain = analyse(rows)
    told = analyse(rows, feedback=[Answer("review_bottleneck", 0.9, "rejected")] * 2)
    assert told.cause_probabilities["review_bottleneck"] < plain.cause_probabilities["review_bottleneck"]
    assert sum(told.cause_probabilities.values()) == pytest.approx(1.0)
    assert [
        (s.metric, s.probability_with_companions, s.significant) for s in told.signals if s.significant
    ] == [
        (s.metric, s.probability_with_companions, s.significant) for s in plain.signals if s.significant
    ]  # whether a metric changed is not a matter of opinion
    assert told.fingerprint != plain.fingerprint
    assert analyse(rows, feedback=[Answer("morale", 0.3, "unsure")]) == plain


def test_a_lead_says_what_the_answers_changed() -> None:
    rows = sprints(simulated_team(seed=5, size=2.0)[0])
    answers = [
        Answer("review_bottleneck", 0.6, "rejected"),
        Answer("review_bottleneck", 0.6, "confirmed"),
        Answer("review_bottleneck", 0.9, "rejected"),
        Answer("review_bottleneck", 0.9, "unsure"),
    ]
    plain, told = analyse(rows), analyse(rows, feedback=answers)
    first, moved = plain.hypotheses[0], told.hypotheses[0]
    assert (first.family, moved.family) == ("review_bottleneck", "review_bottleneck")
    assert first.answered is None
    assert moved.answered is not None
    assert (moved.answered.confirmed, moved.answered.rejected) == (1, 2)
    assert moved.answered.without == first.probability > moved.probability
    again = analyse(rows, feedback=list(reversed(answers)))
    assert again == told
    assert again.fingerprint == told.fingerprint


def test_another_word_than_the_three_is_no_answer() -> None:
    rows = sprints(simulated_team(seed=5, size=2.0)[0])
    wrong = Answer("morale", 0.4, "yes")  # type: ignore[arg-type]  # what a caller without types may send
    with pytest.raises(InvalidInput, match="“yes” is no answer"):
        analyse(rows, feedback=[wrong])


def test_a_lead_that_answers_put_aside_is_named() -> None:
    named = 0
    for seed in range(40):
        rows = sprints(simulated_team(seed=seed, size=1.2)[0])
        plain = analyse(rows)
        for lead in plain.hypotheses:
            told = analyse(rows, feedback=[Answer(lead.family, 1.0, "rejected")] * 8)
            if lead.family not in {h.family for h in told.hypotheses}:
                named += 1
                assert any(
                    "Your earlier answers put this lead below" in n and lead.title in n for n in told.notes
                )
            else:
                assert not any(lead.title in n for n in told.notes)
    assert named > 3


VOLUME = ("story_points_planned", "story_points_completed", "items_planned", "items_completed")


def test_smaller_sprints_are_one_finding_and_no_cause() -> None:
    rng = np.random.default_rng(2)
    size = np.where(np.arange(12) >= 9, 0.5, 1.0)
    levels = dict(zip(VOLUME, (60, 55, 40, 36), strict=True))
    rows = [
        {m: round(level * s * float(np.exp(0.07 * rng.standard_normal()))) for m, level in levels.items()}
        for s in size
    ]
    report = analyse(sprints(rows))
    moved = [s for s in report.signals if s.significant]
    assert {s.metric for s in moved} == set(VOLUME)
    for s in moved:
        assert set(s.joined_with) == {o.id for o in moved} - {s.id}
    assert report.hypotheses == ()
    assert report.cause_probabilities["none"] > 0.8
    assert report.associations == ()
