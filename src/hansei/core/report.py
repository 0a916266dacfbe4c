"""The report: a frozen value in which every number has an evidence id.

An id is a letter for the kind and a number in the order of the report: ``S`` signal, ``A`` association,
``H`` hypothesis, ``E`` experiment, ``O`` ordinary swing, ``L`` level, ``D`` detectable size, ``F`` forecast,
``R`` refusal, ``T`` something tried. Prose may cite only these.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from functools import cache
from typing import Any, Literal

from hansei.core.metrics import stamp
from hansei.core.quality import Quality

Direction = Literal["up", "down"]
Kind = Literal["step", "drift", "outlier"]
Confidence = Literal["High", "Medium", "Low"]
Status = Literal["new", "confirmed"]
Outcome = Literal["worked", "no_useful_effect", "made_it_worse", "inconclusive"]
Conclusion = Literal["keep", "stop", "change"]


def word_for(probability: float) -> Confidence:
    """Return the word that stands beside a probability: High from 0.8, Medium from 0.5."""
    return "High" if probability >= 0.8 else "Medium" if probability >= 0.5 else "Low"


@dataclass(frozen=True, slots=True)
class Interval:
    """A range the data fit, at a stated level (0.95 unless said)."""

    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class SprintRef:
    """A sprint as the report names it; ``notes`` are the kinds of what the team noted of it."""

    sprint_id: str
    name: str
    start: datetime | None
    end: datetime | None
    role: Literal["window", "baseline", "left_out"]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Series:
    """The values behind the report, one for each sprint of ``Report.sprints``; None where missing."""

    metric: str
    title: str
    unit: str
    values: tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class StorySizes:
    """The finished items of one sprint by size, in items; None where that size was not counted."""

    sprint_id: str
    small: int | None
    medium: int | None
    large: int | None


@dataclass(frozen=True, slots=True)
class Signal:
    """A metric that moved more than this team's sprints usually do.

    ``before``, ``after`` and ``effect`` are in the metric's unit; ``ratio`` is after ÷ before where that has a
    meaning. ``interval`` holds the effect, ``ratio_interval`` the ratio. ``probability`` comes from the metric's
    own series only; ``probability_with_companions`` borrows from metrics that move together with it and is never
    evidence; companions lend and never take, so it is not below the first. ``helpful`` is None where the registry has
    no better direction. ``sample`` counts the values before and after. ``sized`` says that the amounts are told for a
    sprint of usual size. ``joined_with`` names other signals that are part of the same story.
    """

    id: str
    metric: str
    title: str
    unit: str
    kind: Kind
    direction: Direction
    significant: bool
    probability: float
    probability_with_companions: float
    status: Status
    since_sprint_id: str
    since_sprint_name: str
    before: float
    after: float
    effect: float
    effect_sigma: float
    ratio: float | None
    interval: Interval
    ratio_interval: Interval | None
    sample: tuple[int, int]
    helpful: bool | None
    joined_with: tuple[str, ...] = ()
    sized: bool = False


@dataclass(frozen=True, slots=True)
class Association:
    """Two metrics that often moved together; it does not say which came first."""

    id: str
    metrics: tuple[str, str]
    titles: tuple[str, str]
    sign: Literal["positive", "negative"]
    lag: int
    significant: bool
    strength: float
    p_value: float
    sample: int


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason for or against a lead: the id it rests on and what it says."""

    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Answered:
    """What the team's answers to earlier leads of this kind changed: their counts, and the probability without them."""

    confirmed: int
    rejected: int
    without: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """A lead: a possible reason for what changed, with a probability that is an observed frequency.

    ``mechanisms`` are explanations that the data cannot tell apart; ``questions`` are what to ask the team.
    ``answered`` is set where the team's earlier answers moved the probability.
    """

    id: str
    family: str
    title: str
    probability: float
    confidence: Confidence
    evidence_for: tuple[Evidence, ...]
    evidence_against: tuple[Evidence, ...]
    mechanisms: tuple[str, ...]
    questions: tuple[str, ...]
    source: str
    answered: Answered | None = None


@dataclass(frozen=True, slots=True)
class Registration:
    """What is fixed before an experiment starts, so that its verdict cannot be chosen afterwards.

    ``useful_effect`` is the smallest worthwhile change as a fraction of the level (0.2: a fifth);
    ``detectable_effect`` what this team's noise lets us see 4 times in 5, None where it cannot be said.
    ``baseline_sprint_ids`` leave out the sprints that triggered the experiment. ``fingerprint`` is the hash
    of all the rest.
    """

    metric: str
    direction: Direction
    baseline_level: float | None
    useful_effect: float
    detectable_effect: float | None
    baseline_sprint_ids: tuple[str, ...]
    sprints: int
    guardrails: tuple[str, ...]
    rule: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Experiment:
    """Something to try, with what is expected and how it will be judged."""

    id: str
    key: str
    family: str
    hypothesis_id: str | None
    title: str
    change: str
    steps: tuple[str, ...]
    cost: str
    role: str
    registration: Registration


@dataclass(frozen=True, slots=True)
class Moved:
    """How a measure moved from the baseline of an experiment to its sprints.

    ``before``, ``after`` and ``effect`` are in the metric's unit; ``interval`` holds the effect, ``ratio_interval`` the
    ratio after ÷ before. ``sample`` counts the values before and since. ``clear`` is set where the whole range lies on
    one side.
    """

    metric: str
    title: str
    unit: str
    before: float
    after: float
    effect: float
    interval: Interval
    ratio_interval: Interval
    sample: tuple[int, int]
    clear: Direction | None


@dataclass(frozen=True, slots=True)
class TriedSprint:
    """One sprint of an experiment's story: part of its baseline, or one of those it is judged by."""

    sprint_id: str
    name: str
    part: Literal["baseline", "experiment"]
    value: float | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of an experiment that a team started: how far it is, its verdict, or why it was stopped.

    ``sprints`` is the registered number, ``done`` how many of them had closed. Before the last one there is neither
    ``outcome`` nor ``goal``. ``started_after`` and ``judged_after`` name sprints, empty where unknown. ``broken`` names
    guardrails that clearly got worse; ``late`` the sprints whose values changed after the verdict, which stands.
    ``note`` is the team's reason for stopping, or for its ``conclusion``. ``fingerprint`` is the hash of all that the
    verdict was computed from.
    """

    id: str
    experiment_id: int
    title: str
    state: Literal["running", "judged", "abandoned"]
    metric: str
    metric_title: str
    unit: str
    direction: Direction
    useful_effect: float
    baseline_level: float | None
    sprints: int
    done: int
    started_after: str
    judged_after: str
    points: tuple[TriedSprint, ...]
    outcome: Outcome | None
    reason: str
    goal: Moved | None
    guardrails: tuple[Moved, ...]
    broken: tuple[str, ...]
    late: tuple[str, ...]
    conclusion: Conclusion | None
    note: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Decided:
    """What the team decided at its last meeting: ``what`` in its own words or an experiment's title, and why."""

    report_id: int | None
    choice: Literal["experiment", "own", "nothing"]
    what: str
    reason: str
    role: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class ForecastRange:
    """A range for the next sprint at one level, with how often the same method held on this team's past."""

    level: float
    low: float
    high: float
    held: int
    tried: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """The next sprint, if nothing changes."""

    id: str
    metric: str
    title: str
    unit: str
    middle: float
    ranges: tuple[ForecastRange, ...]
    sample: int


@dataclass(frozen=True, slots=True)
class Swing:
    """A recent move that looks like news and is not: inside the usual range."""

    id: str
    metric: str
    title: str
    unit: str
    sprint_ids: tuple[str, str]
    sprint_names: tuple[str, str]
    values: tuple[float, float]
    usual: Interval


@dataclass(frozen=True, slots=True)
class Level:
    """A metric's typical value and usual range (XmR natural process limits) over ``sample`` sprints."""

    id: str
    metric: str
    title: str
    unit: str
    typical: float
    usual: Interval
    last: float
    sample: int


@dataclass(frozen=True, slots=True)
class Detectable:
    """The smallest change of a metric that would have been noticed, 4 times in 5, in either direction.

    ``amount`` is in the unit, ``fraction`` relative to the level (None where the level is near zero).
    """

    id: str
    metric: str
    title: str
    unit: str
    amount: float
    fraction: float | None
    sample: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that was not checked, and why. ``reason`` is a stable code, ``text`` a sentence.

    Without a ``metric`` it speaks of all of them.
    """

    id: str
    metric: str
    title: str
    reason: str
    text: str
    sample: int


@dataclass(frozen=True, slots=True)
class Report:
    """Everything one analysis says. Equal inputs give an equal report, byte for byte.

    ``sprints`` are oldest first, baseline before window. ``cause_probabilities`` covers every family of the
    catalogue and ``none``; they add to 1. ``notes`` are sentences about the data that a reader must know.
    ``left_out`` are sprints that the team keeps out of every number; ``quality`` is the verdict on the record, None in
    reports that an older version made.
    ``sizes`` are the story sizes of the sprints that have them, of which the share of large ones is analysed.
    ``tried`` and ``decided`` are what became of the last meetings; the analysis neither knows nor uses them.
    """

    sprints: tuple[SprintRef, ...]
    series: tuple[Series, ...]
    signals: tuple[Signal, ...]
    associations: tuple[Association, ...]
    hypotheses: tuple[Hypothesis, ...]
    cause_probabilities: Mapping[str, float]
    experiments: tuple[Experiment, ...]
    forecast: tuple[Forecast, ...]
    ordinary: tuple[Swing, ...]
    levels: tuple[Level, ...]
    detectable: tuple[Detectable, ...]
    refusals: tuple[Refusal, ...]
    focus_metrics: tuple[str, ...]
    checked: int
    notes: tuple[str, ...]
    policy: Mapping[str, float | int | str]
    engine: str
    fingerprint: str
    left_out: tuple[SprintRef, ...] = ()
    quality: Quality | None = None
    tried: tuple[Tried, ...] = ()
    decided: Decided | None = None
    sizes: tuple[StorySizes, ...] = ()

    @property
    def window(self) -> tuple[SprintRef, ...]:
        """The sprints under review."""
        return tuple(s for s in self.sprints if s.role == "window")

    @property
    def baseline(self) -> tuple[SprintRef, ...]:
        """The earlier sprints that serve as comparison."""
        return tuple(s for s in self.sprints if s.role == "baseline")

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; ``sprints_analyzed`` and ``baseline_sprints`` are counts."""
        out: dict[str, Any] = plain(self)
        out["sprints_analyzed"] = len(self.window)
        out["baseline_sprints"] = len(self.baseline)
        return out


_PLAIN = frozenset((type(None), str, float, int, bool))


@cache
def _names(kind: type) -> tuple[str, ...] | None:
    """Return the names of a dataclass's fields; None of another type."""
    return tuple(f.name for f in fields(kind)) if is_dataclass(kind) else None


def plain(value: Any) -> Any:
    """Turn a frozen value of the report into dicts, lists, strings and numbers."""
    kind: Any = type(value)
    if kind in _PLAIN:
        return value
    if kind is tuple or kind is list:
        return [v if type(v) in _PLAIN else plain(v) for v in value]
    if (names := _names(kind)) is not None:
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, Mapping):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return stamp(value) if isinstance(value, datetime) else value
