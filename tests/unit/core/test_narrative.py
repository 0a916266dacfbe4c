"""The checker: the corpus labelled by hand, the template's own prose, and one changed number at a time."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

import pytest

from builders import reports
from builders.corpus import FILES, REPORTS, Labelled, labelled
from hansei.core.narrative import Narrative, Paragraph, check, refused_sentences
from hansei.core.narrative.check import Reader
from hansei.core.report import Report
from hansei.core.stored import read_report
from hansei.narrative.template import TemplateNarrator


@cache
def report(name: str) -> Report:
    return read_report(json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8")))


@cache
def reader(name: str) -> Reader:
    return Reader(report(name))


def accepted(x: Labelled) -> bool:
    return not list(reader(x.report).refused("text", x.sentence, x.cites))


@dataclass(frozen=True)
class Read:
    accepted: list[Labelled]
    refused: list[Labelled]


@cache
def read() -> Read:
    told = [(x, accepted(x)) for f in FILES for x in labelled(f)]
    return Read([x for x, ok in told if ok], [x for x, ok in told if not ok])


def test_the_corpus_is_large_and_has_every_kind() -> None:
    kinds = Counter(x.kind for f in FILES for x in labelled(f))
    assert sum(kinds.values()) >= 400
    assert {
        "plain",
        "paraphrased",
        "number",
        "unit",
        "direction",
        "metric",
        "sprint",
        "cause",
        "mixed",
    } <= set(kinds)


def test_no_false_statement_is_accepted() -> None:
    assert [x.sentence for x in read().accepted if not x.true] == []


def test_few_true_statements_are_refused() -> None:
    true = [x for part in (read().accepted, read().refused) for x in part if x.true]
    refused = [x.sentence for x in read().refused if x.true]
    assert len(refused) <= 0.03 * len(true), refused


def say(text: str, *cites: str) -> tuple[str, ...]:
    narrative = Narrative("", "", (Paragraph("changed", text, cites),), "someone")
    return tuple(r for x in check(narrative, reports.changed()) for r in x.reasons)


def test_a_measure_needs_its_citation() -> None:
    assert say("Cycle time: 68 h.", "S1") != ()
    assert say("Cycle time: 68 h.", "S2") == ()


def test_an_id_that_the_report_does_not_have_is_refused() -> None:
    assert say("Cycle time: 68 h.", "S9") == ("it cites S9, which the report does not have",)


def test_whole_things_are_rounded_inwards() -> None:
    # 0.4 to 3.9 items: only 1, 2 and 3 can lie in it
    assert say("Items carried over are usually 1–3.", "L3") == ()
    assert say("Items carried over are usually 1–6.", "L3") != ()


def test_headline_and_summary_are_read_too() -> None:
    narrative = Narrative("Reviews take 99 h", "An item spends about 24 hours in review.", (), "someone")
    assert [x.where for x in check(narrative, reports.changed())] == ["headline"]


@pytest.mark.parametrize(
    "text",
    [
        "Review time rose: see https://evil.example.",
        "Review time rose. [More](http://evil.example)",
        "Review time rose. <b>Now</b>",
        "Review time rose, write to a@evil.example.",
        "Review time rose. The password is hunter2.",
        "Review time rose, says Anna.",
    ],
)
def test_what_the_report_does_not_hold_is_refused(text: str) -> None:
    assert say(text, "S1") != ()


def test_words_of_the_note_may_be_repeated_where_the_sentence_says_so_and_claims_nothing() -> None:
    note = "We had a release freeze in Sprint 36 and velocity doubled"
    made = reports.changed()

    def refused(text: str) -> bool:
        return bool(refused_sentences(text, ("S1",), made, note=note))

    assert not refused("Your note mentions a release freeze in Sprint 36.")
    assert refused("There was a release freeze in Sprint 36.")
    assert refused("Your note says that velocity doubled.")
    assert not refused("Your note mentions a release freeze and Sprint 36.")
    assert refused("Your note mentions Sprint 36 and the release freeze.")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("robin", "Only bugs in production changed."),
        ("swift", "There is no lead."),
        ("heron", "Testing time was checked."),
        ("heron", "Your usual review time is about 12 h."),
    ],
)
def test_what_is_refused_where_it_is_false_passes_where_it_is_true(name: str, text: str) -> None:
    assert list(reader(name).refused("text", text, None)) == []


def test_a_likely_change_told_as_a_fact_is_refused() -> None:
    unsure = replace(reports.CARRIED_SIGNAL, probability=0.7, probability_with_companions=0.7)
    made = reports.changed(signals=(reports.REVIEW_SIGNAL, unsure))
    fact = "More items have been carried over at the same time."
    assert refused_sentences(fact, None, made)
    assert not refused_sentences(f"Likely, not sure: {fact.lower()}", None, made)


def test_the_same_time_is_that_of_the_change_told_first() -> None:
    starts = {"S1": "s36", "S2": "s35", "S3": "s37"}

    def refused(**since: str) -> bool:
        signals = tuple(
            replace(x, since_sprint_id=since[x.id], since_sprint_name=f"Sprint {since[x.id][1:]}")
            for x in (reports.REVIEW_SIGNAL, reports.CYCLE_SIGNAL, reports.CARRIED_SIGNAL)
        )
        text = (
            f"Reviews have taken longer since Sprint {since['S1'][1:]}. Items have taken longer from start to end "
            "and more items have been carried over at about the same time."
        )
        return bool(refused_sentences(text, None, reports.changed(signals=signals)))

    assert not refused(**starts)  # each within a sprint of the first, though two sprints from one another
    assert refused(**{**starts, "S3": "s38"})
    assert refused(**{**starts, "S1": "s38"})


def test_every_sentence_of_the_templates_prose_passes() -> None:
    for name, make in reports.EVERY.items():
        if name == "hostile":  # each sprint has the same name there: which one is meant cannot be read
            continue
        told = TemplateNarrator().narrate(make(), team_name="Heron", custom_context=None)
        assert check(told, make()) == (), name


def test_nearly_every_changed_number_of_the_templates_prose_is_found() -> None:
    """Change each number of each paragraph once; what slips through is another true number of the same measure."""
    rng = random.Random(1)
    changed, missed = 0, []
    for name in ("heron", "otter", "robin", "swift", "crane"):
        made = report(name)
        told = TemplateNarrator().narrate(made, team_name="Heron", custom_context=None)
        for p in told.paragraphs:
            for found in re.finditer(r"(?<!in )\d+(?:\.\d+)?(?! times in|–10\))", p.text):
                places = len(found[0].partition(".")[2])
                other = f"{float(found[0]) * rng.choice([0.5, 1.3, 2.0]) + 1:.{places}f}"
                if other == found[0]:
                    continue
                text = p.text[: found.start()] + other + p.text[found.end() :]
                changed += 1
                if not check(replace(told, paragraphs=(replace(p, text=text),)), made):
                    missed.append(text)
    assert changed > 150
    # 3 %, not 2: how many more measures "stand in the small print" is not bound to its list, so any small count passes.
    assert len(missed) <= 0.03 * changed, missed


@pytest.mark.parametrize(
    "text",
    [
        "We are 100 % sure that review time has risen.",
        "It is 100 in 100 that review time rose.",
        "Review time gets worse next sprint.",
        "Review time will rise.",
        "In the next sprint cycle time will be longer.",
    ],
)
def test_nothing_is_certain_and_nothing_is_foretold(text: str) -> None:
    assert refused_sentences(text, None, reports.changed())


@pytest.mark.parametrize("text", ["and.", "yet.", "—", "...", "“”.", ", but"])
def test_a_sentence_of_joins_and_marks_alone_is_read_without_a_fall(text: str) -> None:
    assert all(x.reasons for x in reader("heron").refused("text", text, None))
