"""The catalogue is data: these are the rules that it keeps."""

from __future__ import annotations

import re

import pytest

from hansei.core.catalogue import FAMILIES, IDEAS, Family
from hansei.core.metrics import REGISTRY

FILLER = {
    "the",
    "a",
    "of",
    "in",
    "to",
    "is",
    "and",
    "more",
    "less",
    "work",
    "items",
    "it",
    "than",
    "team",
    "per",
    "all",
    "time",
}


def words(text: str) -> set[str]:
    return {w.rstrip("s") for w in re.findall(r"[a-z]+", text.lower())} - {f.rstrip("s") for f in FILLER}


def test_there_are_the_families_that_were_promised() -> None:
    assert {
        "review_bottleneck", "story_sizing", "quality_degradation", "testing_gaps", "morale", "workflow",
        "overcommitment", "scope_churn", "unplanned_work", "wip_overload", "environment_or_config_trouble",
        "requirement_gaps", "improvement",
    } <= set(FAMILIES)  # fmt: skip


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda f: f.key)
def test_a_family_says_more_than_its_metric(family: Family) -> None:
    assert 3 <= len(family.mechanisms) <= 5
    assert family.source
    for p in family.predicts:
        assert p.metric in REGISTRY
        assert REGISTRY[p.metric].analysed
        title = words(REGISTRY[p.metric].title)
        assert not title <= words(family.title), f"“{family.title}” only renames {p.metric}"
    assert {m for m, _, _ in family.against} <= set(REGISTRY)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda f: f.key)
def test_questions_cannot_be_answered_with_yes(family: Family) -> None:
    assert family.questions
    for q in family.questions:
        assert q.endswith("?")
        last = q.rstrip("?").split(". ")[-1]
        first = last.split()[0].lower().rstrip(",")
        assert first in {"what", "which", "who", "how", "where", "when", "on"}, q


@pytest.mark.parametrize("family", FAMILIES.values(), ids=lambda f: f.key)
def test_each_family_has_two_experiments_or_more(family: Family) -> None:
    ideas = [i for i in IDEAS if i.family == family.key]
    assert len(ideas) >= 2
    for idea in ideas:
        assert idea.change.endswith(".")
        assert len(idea.steps) >= 2
        assert idea.cost
        assert idea.role
        assert {*idea.guardrails, *(m for m, _ in idea.metrics)} <= set(REGISTRY)
        assert idea.metrics or family.key == "improvement"


def test_keys_are_unique() -> None:
    keys = [i.key for i in IDEAS]
    assert len(keys) == len(set(keys))
    assert {i.family for i in IDEAS} == set(FAMILIES)


def test_no_word_blames_anyone() -> None:
    text = " ".join(
        [
            *(t for f in FAMILIES.values() for t in (f.title, *f.mechanisms, *f.questions)),
            *(i.change for i in IDEAS),
        ]
    ).lower()
    for word in (
        "should have",
        "failed to",
        "fault of",
        "lazy",
        "root cause",
        "significant",
        "caused by",
        "velocity",
    ):
        assert word not in text
