"""The catalogue of words: every key that the code asks for is there, and every metric has its words."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import hansei
from hansei.core.metrics import REGISTRY
from hansei.core.naming import sprint_name, sprint_short, sprint_span
from hansei.core.phrases import (
    clean,
    ended,
    in_hundred,
    in_ten,
    number,
)
from hansei.core.words import ENGLISH

SOURCE = Path(hansei.__file__).parent
ASKED = re.compile(r"words(?:\.count)?\(\s*\"([a-z_.]+)\"")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [("Waiting hurts", "Waiting hurts."), ("Really?", "Really?"), ("Done. ", "Done."), ("…", "…"), ("", "")],
)
def test_somebodys_words_end_like_a_sentence(said: str, sentence: str) -> None:
    assert ended(said) == sentence


def test_every_text_that_is_asked_for_is_there() -> None:
    files = [*SOURCE.glob("core/*.py"), *SOURCE.glob("narrative/*.py"), *SOURCE.glob("render/*.py")]
    asked = {key for f in files for key in ASKED.findall(f.read_text(encoding="utf-8"))}
    assert len(asked) > 80
    assert {k for k in asked if k not in ENGLISH.texts and f"{k}.other" not in ENGLISH.texts} == set()


def test_plurals_come_in_pairs() -> None:
    for key in ENGLISH.texts:
        if key.endswith(".one") and not key.startswith("unseen."):
            assert f"{key.removesuffix('.one')}.other" in ENGLISH.texts or key in (
                "forecast.held.one",
                "small.missing.one",
            )


def test_measures_are_the_registrys() -> None:
    assert {*ENGLISH.measures} <= {*REGISTRY}


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.971, "about 97 in 100"), (0.5, "about 50 in 100"), (0.999, "more than 99 in 100")],
)
def test_how_sure_it_is(p: float, words: str) -> None:
    assert in_hundred(p) == words


@pytest.mark.parametrize(
    ("p", "words"),
    [
        (0.81, "about 8 in 10"),
        (0.78, "about 7 in 10"),  # Medium ends below 0.8
        (0.47, "about 4 in 10"),  # Low ends below 0.5
        (0.5, "about 5 in 10"),
        (0.03, "fewer than 1 in 10"),
        (0.97, "more than 9 in 10"),
    ],
)
def test_how_often_a_lead_is_right_stays_in_the_band_of_its_word(p: float, words: str) -> None:
    assert in_ten(p) == words


@pytest.mark.parametrize(
    ("first", "last", "long", "short"),
    [
        ("Sprint 29", "Sprint 40", "Sprints 29–40", "S29–40"),
        ("41", "66", "Sprints 41–66", "S41–66"),
        ("S9", "S10", "Sprints 9–10", "S9–10"),
        ("Sprint 5", "Sprint 5", "Sprint 5", "S5"),
        ("Iteration 3", "Iteration 8", "Iteration 3–8", "Iteration 3–8"),
        ("2026-03", "2026-07", "2026-03 to 2026-07", "2026-03 to 2026-07"),
        ("Alpha", "Zulu", "Alpha to Zulu", "Alpha to Zulu"),
    ],
)
def test_spans(first: str, last: str, long: str, short: str) -> None:
    assert sprint_span(first, last) == long
    assert sprint_span(first, last, short=True) == short


def test_names() -> None:
    assert sprint_name("36") == "Sprint 36"
    assert sprint_short("Sprint 36") == "S36"
    assert sprint_short("Release “Ö”") == "Release “Ö”"
    assert clean("a\u202eb\x00c\u200b\n d") == "abc d"
    assert len(clean("x" * 500)) == 120


def test_numbers_never_show_a_negative_zero() -> None:
    assert number(-0.01, 1) == "0.0"
    assert number(-1.25, 1) == "−1.2"
