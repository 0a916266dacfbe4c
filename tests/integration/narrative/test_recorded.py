"""What a large model answered about the demo's reports, through the real road: what passed, and what came back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hansei.bootstrap import wire
from hansei.core.narrative import Narrative, check
from hansei.core.pipeline import analyse
from hansei.core.report import Report
from hansei.narrative.template import TemplateNarrator
from hansei.render import markdown
from hansei.sample import SIMULATED
from hansei.sample.build import simulated, velocity
from support.model import Asked, model, says

ANSWERS = Path(__file__).resolve().parents[2] / "payloads" / "narrative" / "answers"
NAMES = ["alpha", "velocity", "velocity_58"]


def recorded(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ANSWERS / f"{name}.json").read_text(encoding="utf-8"))
    return found


def demo(kept: dict[str, Any]) -> Report:
    """Return the report of the demo that was asked about: the last twelve sprints of those that were there."""
    rows = (simulated() if kept["team"] == SIMULATED else velocity())["sprints"][: kept["sprints"]]
    return analyse(rows[-12:], history=rows[:-12])


def worded(kept: dict[str, Any]) -> tuple[Report, Narrative, list[Asked]]:
    made = demo(kept)
    with model(says(*kept["turns"])) as service:
        settings = {"MODEL": "openai-chat:any", "BASE_URL": service.url, "API_KEY": "k", "SECONDS": "30"}
        narrator = wire({f"HANSEI_LLM_{k}": v for k, v in settings.items()}).model_narrator
        assert narrator is not None
        told = narrator.narrate(made, team_name="Demo", custom_context=kept["note"])
    return made, told, service.seen


@pytest.mark.parametrize("name", NAMES)
def test_the_demos_reports_read_as_they_were_read_by_eye(name: str) -> None:
    kept = recorded(name)
    made, told, asked = worded(kept)
    back = [[x["part"], x["sentence"], x["reason"]] for a in asked[1:] for x in a.refused]
    assert back == kept["refused"]
    assert len(asked) == len(kept["turns"])
    assert (told.headline, told.summary) == (kept["headline"], kept["summary"])
    assert told.wording is not None
    assert len(told.wording.written) == told.wording.parts
    assert check(told, made, note=kept["note"]) == ()
    text = markdown.render(made.to_dict(), told, team_name="Demo", custom_context=kept["note"])
    assert text.rstrip().endswith(f"wording: {kept['small_print']}")


@pytest.mark.parametrize("name", NAMES)
def test_no_lead_reaches_the_model_and_none_stands_where_it_words(name: str) -> None:
    kept = recorded(name)
    made, told, asked = worded(kept)
    for lead in made.hypotheses:
        assert lead.title not in asked[0].whole
        assert lead.title not in f"{told.headline} {told.summary}"


@pytest.mark.parametrize("name", NAMES)
def test_where_the_model_answers_once_only_the_refused_parts_are_the_templates(name: str) -> None:
    kept = recorded(name)
    first = kept["turns"][0]
    made, told, _ = worded({**kept, "turns": [first, {}]})
    was = TemplateNarrator().narrate(made, team_name="Demo", custom_context=None)
    assert told.wording is not None
    back = {part for part, *_ in kept["refused"]}
    assert {*told.wording.written} == {*first} - back
    for i, p in enumerate(told.paragraphs):
        if str(i) in back:
            assert p.text == was.paragraphs[i].text
    assert (told.summary == was.summary) is ("summary" in back)
