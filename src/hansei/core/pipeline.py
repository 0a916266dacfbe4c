"""The steps from sprints to a report, in order, and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import isnan
from typing import TypeAlias, get_args

import numpy as np

from hansei.core import associations, experiments, forecast, hypotheses, levels, quality, signals
from hansei.core.answers import Answer, Said, residuals
from hansei.core.catalogue import FAMILIES
from hansei.core.focus import focused
from hansei.core.metrics import REGISTRY, SIZES, SprintMetrics, describe, in_time_order, parse_sprint, resolve
from hansei.core.panel import Panel, build
from hansei.core.policy import Policy
from hansei.core.quality import Provenance, Quality
from hansei.core.report import (
    Refusal,
    Report,
    Series,
    Signal,
    SprintRef,
    StorySizes,
)
from hansei.core.seal import fingerprint
from hansei.core.words import ENGLISH
from hansei.errors import InvalidInput, NotEnoughSprints

#: Changes whenever the same input may give another report.
ENGINE = "3"

Sprint: TypeAlias = SprintMetrics | Mapping[str, object]


def analyse(
    sprints: Iterable[Sprint],
    *,
    history: Iterable[Sprint] = (),
    focus_metrics: Sequence[str] | None = None,
    previous: Report | Mapping[str, object] | None = None,
    policy: Policy | None = None,
    provenance: Provenance | None = None,
    seed: int = 0,
    feedback: Iterable[Answer] = (),
) -> Report:
    """Say what changed in ``sprints``, why it may have, what to try and what comes next.

    ``sprints`` are under review; ``history`` are earlier ones that inform the baseline; both in any order, as
    :class:`SprintMetrics` or in wire form. ``focus_metrics`` orders and filters what is reported, never what is
    tested. ``previous`` is the last report: a signal that it held too is *confirmed*. ``provenance`` is what is known
    of the values beside them (late changes, sources in trouble): nothing is concluded from a series that it shows to be
    two records. ``seed`` is kept for methods that need one; the present ones do not. ``feedback`` is what the team
    answered about earlier leads; it moves the probability of these families a little, within bounds. Equal input gives
    an equal report.

    Raises:
        InvalidSprint: a row cannot be read. InvalidInput: a sprint id comes twice, or an answer is none.
        UnknownMetric: a focus metric that neither the registry nor the data know. NotEnoughSprints: fewer than two
            closed sprints.
    """
    rules = policy or Policy()
    window, asked = _read(sprints)
    past, asked_before = _read(history)
    _refuse_duplicates([*past, *window])
    window, past, left_out, notes = _closed(window, past)
    if len(window) < 2:
        raise NotEnoughSprints(
            f"{len(window)} closed sprint{'' if len(window) == 1 else 's'} to look at; at least 2 are needed.",
            remedy="Choose more sprints, or sync again when the running one has ended.",
        )
    focus = _focus(focus_metrics, [*past, *window])
    verdict = quality.judge([*past, *window], provenance or Provenance())
    panel = build([*past, *window], len(past), rules, (*asked, *asked_before, *focus), verdict.withheld())
    report = _report(panel, rules, focus, previous, notes, seed, _answers(feedback))
    return _of_record(report, left_out, verdict)


def _report(
    panel: Panel,
    rules: Policy,
    focus: tuple[str, ...],
    previous: Report | Mapping[str, object] | None,
    notes: list[str],
    seed: int,
    answers: Sequence[Answer],
) -> Report:
    learnt = residuals(answers)
    weighed = signals.weigh(panel, rules) if panel.tested else None
    before = previous.to_dict() if isinstance(previous, Report) else previous
    if weighed is None:
        causes = hypotheses.nothing()
        found: tuple[Signal, ...] = ()
        notes = [*notes, "No series could be checked; the reasons stand with each."]
    else:
        causes = hypotheses.score(panel, weighed, rules, learnt)
        hints = hypotheses.support(panel, causes, rules)
        chosen = signals.choose(panel, weighed, causes.companions, causes.gains, rules, hints)
        found = signals.describe_signals(panel, weighed, chosen, before)
    usual = levels.make_levels(panel, found)
    leads = hypotheses.leads(causes, found, usual, rules, answers)
    report = Report(
        sprints=_references(panel),
        series=_series(panel),
        signals=found,
        associations=associations.find(panel, weighed, rules) if weighed else (),
        hypotheses=leads,
        cause_probabilities=causes.probabilities,
        experiments=experiments.propose(panel, leads, found, rules),
        forecast=forecast.look_ahead(panel),
        ordinary=levels.make_ordinary(panel, usual, found, weighed, causes.companions),
        levels=usual,
        detectable=levels.make_detectable(panel, weighed, rules) if weighed else (),
        refusals=_refusals(panel),
        focus_metrics=(),
        checked=len(panel.tested),
        notes=(*notes, *_notes(panel), *_put_aside(causes, rules)),
        policy=rules.to_dict(),
        engine=ENGINE,
        fingerprint=_fingerprint(panel, rules, focus, before, seed, answers),
        sizes=tuple(
            StorySizes(s.sprint_id, *(s.sizes.get(size) for size in SIZES)) for s in panel.sprints if s.sizes
        ),
    )
    return focused(report, focus)


def _of_record(report: Report, left_out: Sequence[SprintMetrics], verdict: Quality) -> Report:
    """Say what the record is worth; the fingerprint covers it, and what the team noted."""
    refs = tuple(SprintRef(s.sprint_id, s.name, s.start, s.end, "left_out", s.notes) for s in left_out)
    noted = [[s.sprint_id, *s.notes] for s in (*report.sprints, *refs) if s.notes or s.role == "left_out"]
    mark = report.fingerprint
    if noted or verdict.findings:
        mark = fingerprint({"report": mark, "noted": noted, "quality": [f.text for f in verdict.findings]})
    return replace(report, left_out=refs, quality=verdict, fingerprint=mark)


def _read(sprints: Iterable[Sprint]) -> tuple[list[SprintMetrics], list[str]]:
    """Read sprints; also return the registry metrics that were sent without a value."""
    out, asked = [], dict[str, None]()
    for sprint in sprints:
        if isinstance(sprint, SprintMetrics):
            out.append(sprint)
            continue
        out.append(parse_sprint(sprint))
        asked.update(dict.fromkeys(k for k, v in sprint.items() if v is None and k in REGISTRY))
    return out, [name for name in asked if REGISTRY[name].analysed]


def _answers(feedback: Iterable[Answer]) -> tuple[Answer, ...]:
    answers = tuple(feedback)
    for a in answers:
        if a.said not in get_args(Said):
            raise InvalidInput(
                f"“{str(a.said)[:60]}” is no answer to a lead.",
                remedy=f"Say one of: {', '.join(get_args(Said))}.",
            )
    return answers


def _refuse_duplicates(sprints: Sequence[SprintMetrics]) -> None:
    seen: set[str] = set()
    for s in sprints:
        if s.sprint_id in seen:
            raise InvalidInput(
                f"The sprint “{s.sprint_id}” comes twice.",
                remedy="Send each sprint once, with an id of its own.",
            )
        seen.add(s.sprint_id)


def _closed(
    window: list[SprintMetrics], past: list[SprintMetrics]
) -> tuple[list[SprintMetrics], list[SprintMetrics], list[SprintMetrics], list[str]]:
    """Leave out what has not ended or is not to count, order the rest; history is what is earlier than the window.

    Return the window, the history, what the team left out, and sentences about it.
    """
    notes = []
    still_open = [s.name for s in in_time_order(s for s in (*past, *window) if s.provisional)]
    if still_open:
        notes.append(f"Not ended when last read, so left out: {', '.join(still_open)}.")
    closed = in_time_order(s for s in (*past, *window) if not s.provisional)
    left_out = [s for s in closed if s.left_out]
    if left_out:
        notes.append(f"Left out by the team, so in no number: {', '.join(_named(s) for s in left_out)}.")
    ordered = [s for s in closed if not s.left_out]
    reviewed = {s.sprint_id for s in window}
    inside = [s for s in ordered if s.sprint_id in reviewed]
    first = next((i for i, s in enumerate(ordered) if s.sprint_id in reviewed), len(ordered))
    late = [s.name for s in ordered[first:] if s.sprint_id not in reviewed]
    if late:
        notes.append(
            f"Not earlier than the sprints under review, so not part of the baseline: {', '.join(late)}."
        )
    return inside, ordered[:first], left_out, notes


def _named(sprint: SprintMetrics) -> str:
    noted = [ENGLISH(f"note.{kind}") for kind in sprint.notes]
    return f"{sprint.name} ({', '.join(noted)})" if noted else sprint.name


def _focus(names: Sequence[str] | None, sprints: Sequence[SprintMetrics]) -> tuple[str, ...]:
    out: dict[str, None] = {}
    known = {name for s in sprints for name in s.names()} if names else set()
    for name in names or ():
        out[name if name in known else resolve(name)] = None
    return tuple(out)


def _references(panel: Panel) -> tuple[SprintRef, ...]:
    return tuple(
        SprintRef(s.sprint_id, s.name, s.start, s.end, "baseline" if i < panel.window else "window", s.notes)
        for i, s in enumerate(panel.sprints)
    )


def _series(panel: Panel) -> tuple[Series, ...]:
    out = []
    for name, row in zip(panel.names, panel.raw.tolist(), strict=True):
        entry = describe(name)
        out.append(Series(name, entry.title, entry.unit, tuple(None if isnan(v) else v for v in row)))
    return tuple(out)


def _refusals(panel: Panel) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(
            f"R{i}",
            r.metric,
            describe(r.metric).title if r.metric else "Every measure",
            r.reason,
            r.text,
            r.sample,
        )
        for i, r in enumerate(panel.refused, 1)
    )


def _notes(panel: Panel) -> list[str]:
    notes = []
    if not all(s.end or s.start for s in panel.sprints):
        notes.append("Some sprints have no dates: their order is taken from their names.")
    missing = int(np.isnan(panel.raw[list(panel.tested)]).sum())
    if missing:
        notes.append(f"{missing} value{'' if missing == 1 else 's'} missing in the series that were checked.")
    if panel.exposure:
        notes.append(panel.exposure.note)
    older = [m.title for m, short in zip(panel.metrics, _shortened(panel), strict=True) if short]
    if older:
        notes.append(f"Changed its level long ago, so compared with what came after: {', '.join(older)}.")
    echoes = [f"{m.title} ({other})" for m, other in zip(panel.metrics, panel.echoes, strict=True) if other]
    if echoes:
        notes.append(
            f"Equal to another series, perhaps by chance, so no proof of their own: {', '.join(echoes)}."
        )
    made = [m.title for m, derived in zip(panel.metrics, panel.derived, strict=True) if derived]
    if made:
        notes.append(
            f"Computed from other series that are here too, so no proof of their own: {', '.join(made)}."
        )
    return notes


def _put_aside(causes: hypotheses.Causes, rules: Policy) -> list[str]:
    return [
        f"Your earlier answers put this lead below what is shown: “{FAMILIES[key].title}”."
        for key in hypotheses.put_aside(causes, rules)
    ]


def _shortened(panel: Panel) -> list[bool]:
    """Say of each tested series whether its old values were left out."""
    known = ~np.isnan(panel.raw[list(panel.tested)])
    if panel.exposure:
        flows = np.array([m.name in panel.exposure.metrics for m in panel.metrics], dtype=bool)
        known &= ~(flows[:, None] & np.isnan(panel.exposure.relative)[None, :])
    return [bool(lost.any()) for lost in np.isnan(panel.y) & known]


def _fingerprint(
    panel: Panel,
    rules: Policy,
    focus: tuple[str, ...],
    before: Mapping[str, object] | None,
    seed: int,
    answers: Sequence[Answer],
) -> str:
    """Return the hash of data, definitions, engine version, policy and what was asked."""
    return fingerprint(
        {
            "sprints": [s.to_payload() for s in panel.sprints],
            "window": panel.window,
            "definitions": [[m.name, m.unit, m.family, m.better, m.definition] for m in panel.metrics],
            "engine": ENGINE,
            "policy": rules.to_dict(),
            "focus": list(focus),
            "previous": (before or {}).get("fingerprint"),
            "seed": seed,
            "feedback": sorted([a.family, a.stated, a.said] for a in answers if a.said != "unsure"),
        }
    )
