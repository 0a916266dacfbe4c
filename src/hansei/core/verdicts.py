"""The life of an experiment after it was chosen: what is frozen at its start, which sprints count, the verdict.

Everything a verdict rests on is fixed at the start (registration, values of the baseline) or fixes itself (the first
registered number of sprints that count), so that neither the rule nor the sprints can be chosen afterwards. Statistics
are imported only where a verdict is due: a page that lists experiments does not pay for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TypeAlias, cast

from hansei.core.metrics import SprintMetrics, describe, in_time_order
from hansei.core.report import (
    Conclusion,
    Interval,
    Moved,
    Outcome,
    Registration,
    Tried,
    TriedSprint,
    plain,
)
from hansei.core.seal import fingerprint

if TYPE_CHECKING:
    from hansei.core.experiments import Change

Values: TypeAlias = Mapping[str, Sequence[float | None]]
#: The family of an experiment that the catalogue does not know.
OWN = "own"


@dataclass(frozen=True, slots=True)
class Plan:
    """An experiment in words. ``role`` looks after it; nobody is named."""

    title: str
    change: str
    steps: tuple[str, ...]
    cost: str
    role: str


@dataclass(frozen=True, slots=True)
class Start:
    """What is frozen when an experiment starts, beside its registration.

    ``after`` names the last closed sprint of that moment (empty where there was none), ``known`` the ids of all closed
    ones. ``sprint_ids``, ``sprint_names`` and ``values`` are those of the registration's baseline: a later change of
    these sprints does not move the verdict. ``fingerprint`` is the hash of the registration, the plan, and all of this.
    """

    started_at: datetime
    after: str
    known: tuple[str, ...]
    sprint_ids: tuple[str, ...]
    sprint_names: tuple[str, ...]
    values: Values
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Judged:
    """A verdict, with everything it was computed from. Never computed again."""

    outcome: Outcome
    reason: str
    goal: Moved | None
    guardrails: tuple[Moved, ...]
    broken: tuple[str, ...]
    sprint_ids: tuple[str, ...]
    sprint_names: tuple[str, ...]
    values: Values
    engine: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Kept:
    """A started experiment as it is stored; ``note`` is the team's reason for stopping, or for its conclusion."""

    experiment_id: int
    title: str
    state: Literal["running", "judged", "abandoned"]
    registration: Registration
    start: Start
    judged: Judged | None
    conclusion: Conclusion | None = None
    note: str = ""


def freeze(
    registration: Registration, plan: Plan, sprints: Iterable[SprintMetrics], started_at: datetime
) -> Start:
    """Return what an experiment starts from. ``sprints`` are all that the team has, in any order."""
    closed = [s for s in in_time_order(sprints) if not s.provisional]
    wanted = set(registration.baseline_sprint_ids)
    baseline = [s for s in closed if s.sprint_id in wanted and not s.left_out]
    start = Start(
        started_at=started_at,
        after=closed[-1].name if closed else "",
        known=tuple(s.sprint_id for s in closed),
        sprint_ids=tuple(s.sprint_id for s in baseline),
        sprint_names=tuple(s.name for s in baseline),
        values=_values(registration, baseline),
        fingerprint="",
    )
    sealed = {"registration": plain(registration), "plan": plain(plan), "start": plain(start)}
    return replace(start, fingerprint=fingerprint(sealed))


def counted(start: Start, sprints: Iterable[SprintMetrics]) -> tuple[SprintMetrics, ...]:
    """Return the closed sprints that an experiment is judged by, oldest first.

    A sprint counts if it was not known as closed at the start, and if more than half of it was still to come then; one
    without dates, if it comes after all that were known. A sprint that the team left out, or noted as unlike others
    (holiday, people away, incident, release freeze), does not count: the experiment runs on until it has its number.
    """
    rows = [s for s in in_time_order(sprints) if not s.provisional]
    known = set(start.known)
    last = max((i for i, s in enumerate(rows) if s.sprint_id in known), default=-1)
    out = []
    for i, s in enumerate(rows):
        if s.sprint_id in known or s.left_out or {*s.notes} - {"other"}:
            continue
        begin = s.start or (rows[i - 1].end if i else None)
        if s.end is not None:
            middle = s.end if begin is None else begin + (s.end - begin) / 2
            fits = start.started_at < min(middle, s.end)
        else:
            fits = i > last
        if fits:
            out.append(s)
    return tuple(out)


def judge(registration: Registration, start: Start, sprints: Iterable[SprintMetrics]) -> Judged | None:
    """Return the verdict of a running experiment; None before its registered number of sprints has closed.

    Equal arguments give an equal verdict, whoever asks and however often.
    """
    during = counted(start, sprints)[: registration.sprints]
    if len(during) < registration.sprints:
        return None
    from hansei.core import experiments  # numpy and scipy: only a verdict that is due pays for them
    from hansei.core.pipeline import ENGINE

    values = _values(registration, during)
    nothing = (None,) * len(start.sprint_names)
    pairs = {m: (start.values.get(m, nothing), values[m]) for m in registration.guardrails}
    before = start.values.get(registration.metric, nothing)
    found = experiments.verdict(registration, before, values[registration.metric], pairs)
    ids = tuple(s.sprint_id for s in during)
    inputs = {"start": start.fingerprint, "sprints": ids, "values": plain(values), "engine": ENGINE}
    return Judged(
        outcome=cast("Outcome", found.outcome),
        reason=found.reason,
        goal=_moved(found.goal) if found.goal else None,
        guardrails=tuple(_moved(c) for c in found.guardrails),
        broken=found.broken,
        sprint_ids=ids,
        sprint_names=tuple(s.name for s in during),
        values=values,
        engine=ENGINE,
        fingerprint=fingerprint(inputs),
    )


def late(judged: Judged, sprints: Iterable[SprintMetrics]) -> tuple[str, ...]:
    """Return the names of judged sprints whose values are no longer those of the verdict, or that are gone."""
    now = {s.sprint_id: s for s in sprints}
    out = []
    for i, (ident, name) in enumerate(zip(judged.sprint_ids, judged.sprint_names, strict=True)):
        found = now.get(ident)
        if found is None or any(found.value(m) != row[i] for m, row in judged.values.items()):
            out.append(name)
    return tuple(out)


def tell(ident: str, kept: Kept, sprints: Sequence[SprintMetrics]) -> Tried:
    """Return an experiment as a report tells it. ``sprints`` are all that the team has now."""
    registration, start, judged = kept.registration, kept.start, kept.judged
    entry = describe(registration.metric)
    during = counted(start, sprints)[: registration.sprints] if kept.state == "running" else ()
    return Tried(
        id=ident,
        experiment_id=kept.experiment_id,
        title=kept.title,
        state=kept.state,
        metric=registration.metric,
        metric_title=entry.title,
        unit=entry.unit,
        direction=registration.direction,
        useful_effect=registration.useful_effect,
        baseline_level=registration.baseline_level,
        sprints=registration.sprints,
        done=len(judged.sprint_ids) if judged else len(during),
        started_after=start.after,
        judged_after=judged.sprint_names[-1] if judged else "",
        points=tuple(_points(registration.metric, start, judged, during)),
        outcome=judged.outcome if judged else None,
        reason=judged.reason if judged else "",
        goal=judged.goal if judged else None,
        guardrails=judged.guardrails if judged else (),
        broken=judged.broken if judged else (),
        late=late(judged, sprints) if judged else (),
        conclusion=kept.conclusion,
        note=kept.note,
        fingerprint=judged.fingerprint if judged else start.fingerprint,
    )


def _points(
    metric: str, start: Start, judged: Judged | None, during: Sequence[SprintMetrics]
) -> list[TriedSprint]:
    before = zip(start.sprint_ids, start.sprint_names, start.values.get(metric, ()), strict=True)
    points = [TriedSprint(i, name, "baseline", value) for i, name, value in before]
    if judged:
        rows = zip(judged.sprint_ids, judged.sprint_names, judged.values.get(metric, ()), strict=True)
        return points + [TriedSprint(i, name, "experiment", value) for i, name, value in rows]
    return points + [TriedSprint(s.sprint_id, s.name, "experiment", s.value(metric)) for s in during]


def _values(registration: Registration, sprints: Sequence[SprintMetrics]) -> Values:
    names = (registration.metric, *registration.guardrails)
    return {m: tuple(s.value(m) for s in sprints) for m in names}


def _moved(change: Change) -> Moved:
    """Say a change in the metric's unit as well as relative to its level."""
    entry, level, range_ = describe(change.metric), change.before, change.interval
    return Moved(
        metric=change.metric,
        title=entry.title,
        unit=entry.unit,
        before=level,
        after=change.after,
        effect=change.after - level,
        interval=Interval(level * range_.low, level * range_.high, range_.level),
        ratio_interval=Interval(1.0 + range_.low, 1.0 + range_.high, range_.level),
        sample=change.sample,
        clear=change.clear,
    )
