"""True sentences with something added that no report can carry: each must be refused, whatever the sentence was."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
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


#: What makes a true sentence false wherever it stands in one that names its measure.
OPPOSITES = {
    "rose": "fell", "risen": "fallen", "longer": "shorter", "fell": "rose", "fallen": "risen", "higher": "lower",
    "lower": "higher", "above": "below", "below": "above", "went up": "went down", "dropped": "climbed",
    "has been drifting": "has jumped", "bit by bit": "at once", "doubled": "tripled", "tripled": "doubled",
    "helpful": "unhelpful", "improved": "worsened", "did not change": "changed", "may have": "has probably",
    "High": "Medium", "Medium": "Low", "in 100": "in 10", "17 times": "19 times", "percentage points": "percent",
    "hours": "points", "items": "points", "No measure": "One measure", "None of": "Each of", "Nothing": "Something",
}  # fmt: skip
#: Told of any measure, so that the other way round it is true as well; or true of another number as well.
EITHER_WAY = {"No measure rose.", "Points completed and items completed have not changed."}


def other_words(x: Labelled) -> Iterator[str]:
    for word, other in OPPOSITES.items():
        for found in re.finditer(rf"(?<!\w){re.escape(word)}(?!\w)", x.sentence):
            yield x.sentence[: found.start()] + other + x.sentence[found.end() :]


def other_numbers(x: Labelled) -> Iterator[str]:
    """Yield a sentence with one number half as large again; sprints keep their names."""
    names = {n for s in reader(x.report).facts.names for n in re.findall(r"\d+(?:\.\d+)?", s)}
    for found in re.finditer(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w.-]*\d)", x.sentence):
        if found[0] not in names:
            places = len(found[0].partition(".")[2])
            yield (
                x.sentence[: found.start()]
                + f"{float(found[0]) * 1.4 + 1:.{places}f}"
                + x.sentence[found.end() :]
            )


def other_sprints(x: Labelled) -> Iterator[str]:
    """Yield a sentence that says of a change that it began one sprint later or earlier than it did."""
    names = reader(x.report).facts.called
    for i, name in enumerate(names):
        for found in re.finditer(rf"[Ss]ince {re.escape(name)}\b", x.sentence):
            for at in (i - 1, i + 1):
                if 0 <= at < len(names):
                    yield (
                        x.sentence[: found.start()] + f"{found[0][:6]}{names[at]}" + x.sentence[found.end() :]
                    )


@pytest.mark.parametrize(
    ("changed", "least"),
    [(other_words, 150), (other_numbers, 300), (other_sprints, 60)],
    ids=lambda x: str(x)[:24],
)
def test_one_word_number_or_sprint_that_is_wrong_is_found(
    changed: Callable[[Labelled], Iterator[str]], least: int
) -> None:
    made = [(x, text) for x in true() if x.sentence not in EITHER_WAY for text in changed(x)]
    passed = [text for x, text in made if not refused(x, text)]
    assert len(made) > least
    assert len(passed) <= 0.01 * len(made), passed
