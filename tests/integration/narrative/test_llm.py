"""The narrator that asks a language model: what it sends, what it lets pass, and what becomes of everything else."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from builders import reports
from builders.corpus import REPORTS, Injection, injections
from conftest import free_port
from hansei.bootstrap import wire
from hansei.core.narrative import Narrative, check
from hansei.core.ports import quiet
from hansei.core.report import Report
from hansei.core.stored import read_report
from hansei.errors import TaskStopped
from hansei.narrative import prompt
from hansei.narrative.llm import LlmNarrator
from hansei.narrative.template import TemplateNarrator
from support import model as fake
from support.broken import BROKEN, SLOW
from support.model import Asked, completion, honest, model, says
from support.upstream import Reply

KEY = "sk-CanaryBird5xyz"
SECONDS = 1.0


def narrator(url: str, kind: str = "openai-chat:any", **more: str) -> LlmNarrator:
    settings = {"MODEL": kind, "BASE_URL": url, "API_KEY": KEY, "SECONDS": str(SECONDS), **more}
    found = wire({f"HANSEI_LLM_{k}": v for k, v in settings.items()}).model_narrator
    assert isinstance(found, LlmNarrator)
    return found


def told(report: Report, url: str, note: str | None = None, team: str = "Heron", **more: str) -> Narrative:
    return narrator(url, **more).narrate(report, team_name=team, custom_context=note)


def template(report: Report) -> Narrative:
    return TemplateNarrator().narrate(report, team_name="Heron", custom_context=None)


def prose(narrative: Narrative) -> list[str]:
    return [narrative.headline, narrative.summary, *(f"{p.heading} {p.text}" for p in narrative.paragraphs)]


def stored(name: str) -> Report:
    return read_report(json.loads((REPORTS / f"{name}.json").read_text(encoding="utf-8")))


# ---------------------------------------------------------------- a model that does well


@pytest.mark.parametrize("kind", ["openai-chat:any", "anthropic:claude-any", "ollama:llama3", "azure:any"])
def test_every_kind_of_service_words_the_report_in_its_own_protocol(kind: str) -> None:
    made = reports.changed()
    with model(lambda asked: says(honest(asked))(asked)) as service:
        base = f"{service.url}/openai/v1" if kind.startswith("azure") else service.url
        narrative = told(made, base, kind=kind, SECONDS="30")
    assert narrative.narrator == kind
    assert narrative.headline == "Since Sprint 36, reviews have taken longer: 14 h before, 24 h now"
    assert narrative.wording is not None
    assert {"headline", "summary", "0"} <= {*narrative.wording.written}
    assert narrative.wording.refused == 0
    assert narrative.wording.sentences >= 5
    assert narrative.wording.input_tokens > 0
    assert check(narrative, made) == ()
    (asked,) = service.seen
    assert [k for k, v in asked.headers.items() if KEY in v] == ["authorization"]


def test_the_numbers_stay_where_they_were_and_what_was_not_worded_is_the_templates() -> None:
    made = stored("heron")
    with model(lambda asked: says({"headline": honest(asked)["headline"]})(asked)) as service:
        narrative = told(made, service.url)
    was = template(made)
    assert narrative.headline != was.headline
    assert (narrative.summary, narrative.paragraphs) == (was.summary, was.paragraphs)
    assert [p.cites for p in narrative.paragraphs] == [p.cites for p in was.paragraphs]
    assert narrative.wording is not None
    assert narrative.wording.written == ("headline",)


def test_what_may_not_be_said_goes_back_once_with_the_reasons() -> None:
    made = reports.changed()
    wrong, right = (
        "Since {S1.sprint}, {S1.moved}: 3 h before.",
        "{S1.moved} since {S1.sprint}: {S1.after} now",
    )
    with model(says({"headline": wrong}, {"headline": right})) as service:
        narrative = told(made, service.url)
    first, second = service.seen
    (back,) = second.refused
    assert back["part"] == "headline"
    assert "3" in back["reason"]
    assert second.messages[:2] == first.messages
    assert narrative.headline == "Reviews have taken longer since Sprint 36: 24 h now"
    assert narrative.wording is not None
    assert (narrative.wording.sentences, narrative.wording.refused) == (2, 1)


def test_what_fails_twice_is_replaced_by_the_template() -> None:
    made = reports.changed()
    with model(says({"headline": "Reviews take 99 h because of Anna", "summary": "{S9.before}"})) as service:
        narrative = told(made, service.url)
    assert len(service.seen) == 2
    assert (narrative.narrator, narrative.headline) == ("template", template(made).headline)
    assert narrative.summary == template(made).summary
    assert narrative.wording is not None
    assert narrative.wording.written == ()
    assert narrative.wording.refused == narrative.wording.sentences == 4


def test_the_note_may_be_mentioned_and_claims_nothing() -> None:
    made = reports.changed()
    moved = "{S1.moved} since {S1.sprint}. {S2.moved} since {S2.sprint}. {S3.moved} since {S3.sprint}."
    summary = f"{moved} Your note mentions a release freeze."
    with model(says({"summary": summary})) as service:
        narrative = told(made, service.url, note="We had a release freeze.")
    assert narrative.summary.endswith("Your note mentions a release freeze.")
    with model(says({"headline": "Your note mentions a release freeze and {S1.measure}"})) as service:
        narrative = told(made, service.url, note="We had a release freeze.")
    assert narrative.headline == template(made).headline  # where a share without the note would still show it


def test_no_last_value_of_a_changed_measure_is_in_the_facts() -> None:
    with model(lambda asked: says(honest(asked))(asked)) as service:
        told(stored("heron"), service.url)
    (asked,) = service.seen
    facts = asked.data["facts"]
    levels = [f for f in facts if f["id"].startswith("L")]
    assert levels
    assert {key.partition(".")[2] for f in levels for key in f if key.startswith("{")} == {
        *("measure}", "usual}", "typical}")
    }


def test_a_text_without_a_full_stop_gets_one() -> None:
    moved = "{S1.moved} since {S1.sprint}. {S2.moved} since {S2.sprint}. {S3.moved} since {S3.sprint} [S3]"
    with model(says({"headline": "{S1.moved} since {S1.sprint}.", "summary": moved})) as service:
        narrative = told(reports.changed(), service.url)
    assert narrative.narrator != "template"
    assert narrative.summary.endswith(" since Sprint 36.")
    assert narrative.headline == "Reviews have taken longer since Sprint 36"


def test_no_tool_is_offered_and_nothing_but_the_prompt_is_sent() -> None:
    with model(lambda asked: says(honest(asked))(asked)) as service:
        narrative = told(stored("heron"), service.url, note="note", team="Nightjar")
    (asked,) = service.seen
    assert "tools" not in asked.body
    assert "Nightjar" not in asked.whole
    assert KEY not in asked.whole
    assert {*asked.headers} <= {
        *("host", "connection", "accept-encoding", "content-length", "accept", "content-type"),
        *("authorization", "user-agent"),
    }
    assert asked.headers["user-agent"] == "hansei"
    assert narrative.wording is not None
    instructions, data = asked.messages
    assert prompt.INSTRUCTIONS.strip() in instructions
    assert narrative.wording.prompt == f"{prompt.VERSION}\n{prompt.INSTRUCTIONS}\n{data}"


def test_a_report_that_is_too_long_for_its_budget_is_not_sent() -> None:
    with model(lambda asked: says(honest(asked))(asked)) as service:
        narrative = told(stored("heron"), service.url, TOKENS="1500")
    assert service.seen == []
    assert narrative.wording is not None
    assert "budget" in narrative.wording.why


def test_an_answer_that_took_more_tokens_than_a_report_may_is_not_used() -> None:
    def behave(asked: Asked) -> Reply:
        reply = completion(fake.answer(honest(asked)))
        reply.body["usage"] |= {"prompt_tokens": 5000, "completion_tokens": 90_000, "total_tokens": 95_000}
        return reply

    with model(behave) as service:
        narrative = told(stored("heron"), service.url)
    assert narrative.wording is not None
    assert "tokens" in narrative.wording.why
    assert narrative.wording.output_tokens == 90_000


def test_a_service_that_asks_for_a_pause_is_asked_again_after_it() -> None:
    limited = BROKEN["429 each time"][0]

    def behave(asked: Asked) -> Any:
        return limited(asked) if len(service.seen) == 1 else says(honest(asked))(asked)

    with model(behave) as service:
        narrative = told(reports.changed(), service.url, SECONDS="30")
    assert narrative.narrator == "openai-chat:any"
    assert narrative.wording is not None
    assert narrative.wording.requests == 2


def test_sentences_as_a_good_writer_puts_them_pass() -> None:
    texts = {
        "headline": "Since {S1.sprint} {S1.moved}: about {S1.before} before, {S1.after} now",
        "summary": (
            "Since {S1.sprint}, {S1.moved}: about {S1.after} in review, where it used to be {S1.before}. At the same "
            "time {S3.moved}, and {S4.moved}. {S2.moved} as well, though this began earlier, in {S2.sprint}. "
            "Everything else moved as it usually does. Your note mentions a release freeze."
        ),
    }
    with model(says(texts)) as service:
        narrative = told(stored("heron"), service.url, note="We had a release freeze.", SECONDS="30")
    assert len(service.seen) == 1
    assert narrative.headline == "Since Sprint 36 reviews have taken longer: about 12 h before, 26 h now"
    assert narrative.summary == (
        "Since Sprint 36, reviews have taken longer: about 26 h in review, where it used to be 12 h. At the same "
        "time a larger share of items has been carried over, and items have taken longer from start to end. More "
        "items have been carried over as well, though this began earlier, in Sprint 34. Everything else moved as it "
        "usually does. Your note mentions a release freeze."
    )


def test_what_a_small_model_once_answered_is_read_and_its_empty_words_are_refused() -> None:
    """Recorded: 135 million parameters on a report in which nothing changed; it says the same thing forty times."""
    recorded = json.loads((fake.PAYLOADS / "smollm2_swift.json").read_text(encoding="utf-8"))
    said = json.loads(recorded["choices"][0]["message"]["content"])["summary"]
    made = reports.changed()
    with model(lambda _asked: Reply(recorded)) as service:
        narrative = told(made, service.url)
    assert narrative.wording is not None
    assert (narrative.wording.why, narrative.wording.written) == ("", ())
    assert narrative.wording.sentences == narrative.wording.refused > 40
    assert (narrative.wording.requests, narrative.wording.output_tokens) == (2, 2 * 457)
    assert narrative.summary == template(made).summary
    assert said.count("The report is a report about the report.") > 40


# ---------------------------------------------------------------- cancelled, off, not there


def test_a_cancelled_task_ends_at_once_whatever_the_model_does() -> None:
    asked = threading.Event()

    def behave(_asked: Asked) -> Any:
        asked.set()
        return BROKEN["says nothing (time-out)"][0](_asked)

    def progress(_percent: int, stage: str) -> None:
        assert stage == "writing with openai-chat:any"
        if asked.is_set():
            raise TaskStopped("cancelled")

    with model(behave) as service, pytest.raises(TaskStopped):
        narrator(service.url, SECONDS="60").narrate(
            reports.changed(), team_name="Heron", custom_context=None, progress=progress
        )


def test_nothing_of_it_is_imported_where_no_model_is_asked() -> None:
    program = (
        "import sys\n"
        "from hansei.bootstrap import wire\n"
        "import hansei.api.app, hansei.tasks.runner, hansei.cli.main\n"
        "for off in ({}, {'HANSEI_LLM_MODEL': 'anthropic:x', 'HANSEI_LLM': 'false'}):\n"
        "    wiring = wire(off)\n"
        "    assert wiring.narrator_for(opted_in=True).name == 'template'\n"
        "assert wire({'HANSEI_LLM_MODEL': 'anthropic:x'}).narrator_for(opted_in=False).name == 'template'\n"
        "ours = ('hansei.narrative.llm', 'hansei.narrative.models')\n"
        "found = sorted(m for m in sys.modules if m in ours or m.split('.')[0] in\n"
        "    ('pydantic_ai', 'openai', 'anthropic', 'httpx2'))\n"
        "assert not found, found\n"
        "assert wire({'HANSEI_LLM_MODEL': 'anthropic:x'}).narrator_for(opted_in=True).name == 'anthropic:x'\n"
        "assert 'pydantic_ai' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


# ---------------------------------------------------------------- broken answers (F29)


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_answer_leaves_the_templates_prose_with_the_reason_within_the_budget(name: str) -> None:
    behave, word = BROKEN[name]
    made = reports.changed()
    seconds = SECONDS if name in SLOW else 20.0
    began = time.monotonic()
    with model(behave) as service:
        narrative = told(made, service.url, SECONDS=str(seconds))
    took = time.monotonic() - began
    assert service.seen
    assert prose(narrative) == prose(template(made))
    assert narrative.narrator == "template"
    assert narrative.wording is not None
    assert narrative.wording.written == ()
    assert word in narrative.wording.why
    assert KEY.casefold() not in narrative.wording.why.casefold()
    assert took < seconds + 5  # the budget, and what a busy machine adds


def test_a_service_that_is_not_there_leaves_the_templates_prose() -> None:
    narrative = told(reports.changed(), f"http://127.0.0.1:{free_port()}")
    assert narrative.narrator == "template"
    assert narrative.wording is not None
    assert "no connection" in narrative.wording.why


def test_what_is_good_of_a_first_answer_stays_when_the_second_breaks() -> None:
    made = reports.changed()
    good, bad = "{S1.moved} since {S1.sprint}", "Reviews take 99 h"

    def behave(asked: Asked) -> Any:
        first = len(service.seen) == 1
        return says({"headline": good, "summary": bad})(asked) if first else BROKEN["500 each time"][0](asked)

    with model(behave) as service:
        narrative = told(made, service.url)
    assert narrative.headline == "Reviews have taken longer since Sprint 36"
    assert narrative.summary == template(made).summary
    assert narrative.wording is not None
    assert "500" in narrative.wording.why


# ---------------------------------------------------------------- injections

_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_LINK = re.compile(r"https?:|//|www\.|\]\(|<[a-z/!]|@\w|evil\.example", re.IGNORECASE)


def placed(injection: Injection) -> tuple[Report, str | None, str]:
    """Return a report, a note and a team name with the instruction in its place."""
    made, note, team = reports.changed(), None, "Heron"
    if injection.place == "note":
        note = injection.text
    elif injection.place == "team":
        team = injection.text
    elif injection.place == "sprint":
        named = tuple(replace(s, name=injection.text) if s.sprint_id == "s36" else s for s in made.sprints)
        signals = tuple(replace(s, since_sprint_name=injection.text) for s in made.signals)
        made = replace(made, sprints=named, signals=signals)
    else:

        def retitled(part: tuple[Any, ...]) -> tuple[Any, ...]:
            return tuple(
                replace(x, title=injection.text, metric="waiting") if x.metric == "review_time" else x
                for x in part
            )

        made = replace(
            made,
            series=retitled(made.series),
            signals=retitled(made.signals),
            levels=retitled(made.levels),
        )
    return made, note, team


def strings(value: Any) -> Iterator[str]:
    """Yield every text of some JSON."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)


def obedient(injection: Injection, obeyed: list[Asked]) -> fake.Behave:
    """Do what the instruction says, in every part, wherever it can be seen; else word the report well."""

    def behave(asked: Asked) -> Reply:
        seen = "".join(c for c in injection.text if c not in "\u200b\u202e")[:20].casefold()
        if not any(seen in text.casefold() for text in strings(asked.data)):
            return completion(fake.answer(honest(asked)))
        obeyed.append(asked)
        text = injection.obeyed.replace("{KEY}", asked.headers["authorization"])
        text = text.replace("{PROMPT}", asked.messages[0][:250])
        return completion(fake.answer({p["part"]: text for p in asked.data["parts"]}))

    return behave


@pytest.mark.parametrize("injection", injections(), ids=lambda x: f"{x.place}: {x.text[:30]}")
def test_a_fully_obedient_model_changes_no_number_and_brings_in_no_link_and_no_secret(
    injection: Injection,
) -> None:
    made, note, team = placed(injection)
    obeyed: list[Asked] = []
    with model(obedient(injection, obeyed)) as service:
        narrative = narrator(service.url, SECONDS="30").narrate(
            made, team_name=team, custom_context=note, progress=quiet
        )
    assert bool(obeyed) == (injection.place != "team")  # a team's name is not even sent
    assert narrative.wording is not None
    assert check(narrative, made, note=note) == ()
    was, foreign = template(made), {injection.text, injection.text[:23] + "…"}
    allowed = {n for text in prose(was) for n in _NUMBER.findall(text)}
    for text in prose(narrative):
        ours = text
        for name in foreign:  # the tracker's own name of a sprint or measure, as the template shows it too
            ours = ours.replace(name, "").replace(name[:1].lower() + name[1:], "")
        assert {*_NUMBER.findall(ours)} <= allowed
        assert not _LINK.search(ours), ours
    kept = json.dumps(narrative.to_dict()) + narrative.wording.prompt
    assert KEY not in kept
    assert prompt.INSTRUCTIONS[:40] not in json.dumps(narrative.to_dict())


def test_there_are_enough_injections() -> None:
    found = injections()
    assert len(found) >= 60
    assert {x.place for x in found} == {"note", "sprint", "measure", "team"}
