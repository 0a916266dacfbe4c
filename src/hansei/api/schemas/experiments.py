"""Bodies of experiments."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from hansei.api.schemas.common import Moment, Request, TeamId
from hansei.core.report import plain
from hansei.core.words import ENGLISH
from hansei.services.experiments import ExperimentView


class ExperimentStart(Request):
    """How a proposed experiment starts."""

    role: Annotated[str, Field(max_length=100, description="The role that looks after it; no name.")] = ""


class OwnExperiment(Request):
    """A team's own experiment, registered like any other and started at once."""

    team_id: TeamId
    title: Annotated[str, Field(min_length=1, max_length=200, description="What you will try. No names.")]
    metric: Annotated[
        str, Field(min_length=1, max_length=100, description="What will tell: a measure that the team has.")
    ]
    direction: Annotated[Literal["up", "down"], Field(description="Which way it should go.")]
    change: Annotated[str, Field(max_length=2000, description="What is done differently.")] = ""
    role: Annotated[str, Field(max_length=100, description="The role that looks after it; no name.")] = ""
    useful_effect: Annotated[
        float, Field(ge=0.05, le=0.9, description="The smallest change worth it, as a share of the level.")
    ] = 0.2
    sprints: Annotated[
        int, Field(ge=2, le=12, description="How many sprints it runs before its verdict.")
    ] = 4
    report_id: Annotated[
        int | None, Field(ge=1, lt=2**31, description="The report that the meeting was about.")
    ] = None


class ExperimentAbandon(Request):
    """Why a running experiment stops before its verdict."""

    reason: Annotated[str, Field(min_length=1, max_length=2000, description="In a sentence. No names.")]


class ConclusionIn(Request):
    """What the team makes of a verdict."""

    conclusion: Literal["keep", "stop", "change"]
    reason: Annotated[str, Field(max_length=2000, description="Why, in a sentence. No names.")] = ""


class RegistrationOut(BaseModel):
    """What an experiment is judged by; frozen at its start. Effects are fractions of the baseline's level."""

    metric: str
    direction: Literal["up", "down"]
    baseline_level: float | None
    useful_effect: float
    detectable_effect: float | None
    baseline_sprint_ids: list[str]
    sprints: int
    guardrails: list[str]
    rule: str
    fingerprint: str


class ExperimentProgress(BaseModel):
    """How far a started experiment is; there is no interim verdict."""

    done: Annotated[int, Field(description="Sprints that count and have closed.")]
    sprints: Annotated[int, Field(description="The registered number.")]
    text: str


class ExperimentOut(BaseModel):
    """An experiment: its words, its registration, how far it is, and the verdict once it is there."""

    experiment_id: int
    team_id: str
    report_id: int | None
    hypothesis_id: int | None
    evidence_id: str
    family: str
    title: str
    change: str
    steps: list[str]
    cost: str
    role: str
    state: Literal["proposed", "running", "judged", "abandoned"]
    registration: RegistrationOut
    fingerprint: Annotated[
        str, Field(description="Of the registration; from the start on, of all that is frozen.")
    ]
    started_at: Moment | None
    started_after: Annotated[str, Field(description="The last closed sprint when it started.")]
    progress: ExperimentProgress | None
    outcome: Literal["worked", "no_useful_effect", "made_it_worse", "inconclusive"] | None
    verdict: Annotated[
        dict[str, Any] | None,
        Field(
            description="Outcome, reason, goal and guardrails with interval and sample, sprints, fingerprint."
        ),
    ]
    judged_at: Moment | None
    abandoned_at: Moment | None
    abandoned_because: str
    conclusion: Literal["keep", "stop", "change"] | None
    concluded_at: Moment | None
    concluded_because: str

    @classmethod
    def of(cls, view: ExperimentView) -> ExperimentOut:
        """Return the wire form of an experiment."""
        progress = None
        if view.state in ("running", "judged"):
            of = view.registration.sprints
            text = (
                ENGLISH("early", n=view.now, of=of)
                if view.state == "running"
                else ENGLISH(view.outcome or "")
            )
            progress = ExperimentProgress(done=view.done, sprints=of, text=text)
        given = {name: getattr(view, name) for name in cls.model_fields if hasattr(view, name)}
        plan = view.plan
        told = {"change": plan.change, "steps": list(plan.steps), "cost": plan.cost, "role": plan.role}
        return cls.model_validate(
            given | told | {"registration": plain(view.registration), "progress": progress}
        )


class ExperimentDetails(ExperimentOut):
    """One experiment, and whether the sprints of its verdict have changed since."""

    late_changes: Annotated[
        list[str], Field(description="Judged sprints whose values changed afterwards; the verdict stands.")
    ]


class ExperimentList(BaseModel):
    """Experiments, newest first."""

    items: list[ExperimentOut]
    next_cursor: str | None
