"""True sentences with something added that no report can carry: each must be refused, whatever the sentence was."""

from __future__ import annotations

import json
from functools import cache

import pytest

from builders.corpus import FILES, REPORTS, Labelled, labelled
from hansei.core.narrative.check import Reader
from hansei.core.stored import read_report


@cache
def reader(name: str) -> Reader:
    return Reader(read_report(json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8"))))


def refused(x: Labelled, sentence: str) -> bool:
    return bool(list(reader(x.report).refused("text", sentence, x.cites)))


def some(extra: str) -> tuple[Labelled, ...]:
    """Return every fourth of the true sentences, others for each addition."""
    return true()[len(extra) % 4 :: 4]


@cache
def true() -> tuple[Labelled, ...]:
    """Return the true sentences that pass, of which a longer one is to be refused."""
    return tuple(
        x
        for f in FILES
        for x in labelled(f)
        if x.true and x.sentence.count(". ") == 0 and x.sentence.endswith(".") and not refused(x, x.sentence)
    )


@pytest.mark.parametrize(
    "tail",
    [
        " in most sprints", " every time", " once more", " again", " already", " yet", " so far", ", as always",
        ", as planned", ", as expected", ", which is good", ", sadly", " on the whole", " for the whole team",
        " in no other sprint", " and nowhere else", " with one exception", " as soon as the sprint started",
        " for the first time", ", more than in any other sprint", " because of the plan", " at the end of each sprint",
        " as you can see", " for every item", " per person", " and will stay there", ", and still does", " at last",
    ],
)  # fmt: skip
def test_what_is_added_at_the_end_is_refused(tail: str) -> None:
    passed = [x.sentence for x in some(tail) if not refused(x, f"{x.sentence[:-1]}{tail}.")]
    assert len(true()) > 200
    assert passed == []


@pytest.mark.parametrize(
    "head",
    [
        "In every sprint, ", "In most sprints, ", "Always, ", "Each time, ", "As in every report, ", "At the end, ",
        "The team says that ", "Nobody knows why ", "After the meeting, ", "In no sprint before, ", "As you planned, ",
        "When people were away, ", "Once again, ", "Until Sprint 40, ", "By Sprint 40, ", "In half of the sprints, ",
    ],
)  # fmt: skip
def test_what_is_put_in_front_is_refused(head: str) -> None:
    passed = [
        x.sentence for x in some(head) if not refused(x, f"{head}{x.sentence[0].lower()}{x.sentence[1:]}")
    ]
    assert passed == []
