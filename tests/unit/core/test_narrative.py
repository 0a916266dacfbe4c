"""The number checker: true prose passes, one changed number does not."""

from __future__ import annotations

import random
import re
from dataclasses import replace

import pytest

from builders import reports
from hansei.core.narrative import Narrative, Paragraph, unsupported
from hansei.narrative.template import TemplateNarrator


def say(text: str, *cites: str) -> list[str]:
    narrative = Narrative("", "", (Paragraph("changed", text, cites),), "someone")
    return [u.number for u in unsupported(narrative, reports.changed())]


@pytest.mark.parametrize(
    "text",
    [
        "Review time: 24 h since Sprint 36, 14 h before.",
        "About 24 hours since S36.",
        "From 14.0 to 24.0 hours, 10 more.",
        "1.4 to 1.9 times as long; that is 40 % to 90 % longer.",
        "About 100 in 100 sure.",
        "In five of the sprints since then.",
    ],
)
def test_numbers_of_the_cited_signal_pass(text: str) -> None:
    assert say(text, "S1") == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Review time: 25 h since Sprint 36.", "25 h"),
        ("Review time: 24 % since Sprint 36.", "24 %"),
        ("Since Sprint 63.", "Sprint 63"),
        ("Since S29–47.", "S29–47"),
        ("About 97 in 100 sure.", "97 in 100"),
        ("It rose from 14.3 h.", "14.3 h"),
        ("36 in Sprint 38.", "36 in Sprint 38"),
        ("Three of 12 sprints, 5 of the 9 sprints.", "5 of the 9 sprints"),
        ("In four of the sprints, 240 h.", "240 h"),
    ],
)
def test_a_changed_number_is_found(text: str, wrong: str) -> None:
    assert wrong in say(text, "S1")


def test_a_number_needs_its_citation() -> None:
    assert say("Cycle time: 68 h.", "S1") == ["68 h"]
    assert say("Cycle time: 68 h.", "S2") == []


def test_whole_things_are_rounded_inwards() -> None:
    # 0.4 to 3.9 items: only 1, 2 and 3 can lie in it
    assert say("Usually 1–3.", "L3") == []
    assert say("Usually 0–4.", "L3") == []
    assert say("Usually 1–6.", "L3") == ["1–6"]


def test_headline_and_summary_are_read_too() -> None:
    narrative = Narrative("Reviews take 99 h", "About 14 h.", (), "someone")
    assert [(u.where, u.number) for u in unsupported(narrative, reports.changed())] == [("headline", "99 h")]


def test_a_chance_of_a_cause_is_not_a_chance_of_a_change() -> None:
    assert say("About 8 in 10.", "H1") == []
    assert say("About 3 in 10.", "H1") == ["3 in 10"]


def test_values_belong_to_their_sprint() -> None:
    assert say("Points: 36 in Sprint 38, 30 in Sprint 39.", "O1") == []
    assert say("Points: 30 in Sprint 38, 36 in Sprint 39.", "O1") == ["30 in Sprint 38", "36 in Sprint 39"]


def test_nearly_every_changed_number_of_the_templates_prose_is_found() -> None:
    """Change each number of each paragraph once; what slips through is another true number of the same evidence."""
    rng = random.Random(1)
    changed = missed = 0
    for name, make in reports.EVERY.items():
        if name == "hostile":
            continue
        report = make()
        told = TemplateNarrator().narrate(report, team_name="Heron", custom_context=None)
        for p in told.paragraphs:
            for found in re.finditer(r"(?<!in )\d+(?:\.\d+)?(?! times in|–10\))", p.text):
                places = len(found[0].partition(".")[2])
                other = f"{float(found[0]) * rng.choice([0.5, 1.3, 2.0]) + 1:.{places}f}"
                if other == found[0]:
                    continue
                text = p.text[: found.start()] + other + p.text[found.end() :]
                changed += 1
                missed += not unsupported(replace(told, paragraphs=(replace(p, text=text),)), report)
    assert changed > 200
    assert missed <= 0.05 * changed
