"""Every sample report with its prose, as it would be stored."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from builders import reports
from hansei.core.narrative import Narrative
from hansei.narrative.template import TemplateNarrator

NOTE = 'Two people away <script>alert(1)</script> #panic("x") =1+1 \u202e*not bold* | cell'


@dataclass(frozen=True)
class Sample:
    """A stored report and what a renderer is told with it."""

    name: str
    stored: dict[str, Any]
    narrative: Narrative
    team_name: str
    custom_context: str

    @property
    def told(self) -> dict[str, Any]:
        return {"team_name": self.team_name, "custom_context": self.custom_context}


@pytest.fixture(params=list(reports.EVERY))
def sample(request: pytest.FixtureRequest) -> Sample:
    return make(request.param)


def make(name: str) -> Sample:
    report = reports.EVERY[name]()
    team = "Heron <img src=x> $x$ @mention" if name == "hostile" else "Heron"
    narrative = TemplateNarrator().narrate(report, team_name=team, custom_context=NOTE)
    return Sample(name, report.to_dict(), narrative, team, NOTE)


@pytest.fixture
def hostile() -> Sample:
    return make("hostile")


@pytest.fixture
def changed() -> Sample:
    return make("changed")
