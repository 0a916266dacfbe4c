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
from hansei.core.metrics import (
    REGISTRY,
    SIZES,
    Metric,
    SprintMetrics,
    describe,
    in_time_order,
    parse_sprint,
    resolve,
)
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
from hansei.core.words import ENGLISH, Words
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
    words: Words = ENGLISH,
) -> Report:
    """Say what changed in ``sprints``, why it may have, what to try and what comes next.

    ``sprints`` are under review; ``history`` are earlier ones that inform the baseline; both in any order, as
    :class:`SprintMetrics` or in wire form. ``focus_metrics`` orders and filters what is reported, never what is
    tested. ``previous`` is the last report: a signal that it held too is *confirmed*. ``provenance`` is what is known
    of the values beside them (late changes, sources in trouble): nothing is concluded from a series that it shows to be
    two records. ``seed`` is kept for methods that need one; the present ones do not. ``feedback`` is what the team
    answered about earlier leads; it moves the probability of these families a little, within bounds. ``words`` is
    the language of what the report says of its data. Equal input gives an equal report.

    Raises:
        InvalidSprint: a row cannot be read. InvalidInput: a sprint id comes twice, or an answer is none.
        UnknownMetric: a focus metric that neither the registry nor the data know. NotEnoughSprints: fewer than two
            closed sprints.
    """
    rules = policy or Policy()
    window, asked = _read(sprints)
    past, asked_before = _read(history)
    _refuse_duplicates([*past, *window])
    window, past, left_out, notes = _closed(window, past, words)
    if len(window) < 2:
        raise NotEnoughSprints(
            f"{len(window)} closed sprint{'' if len(window) == 1 else 's'} to look at; at least 2 are needed.",
            remedy="Choose more sprints, or sync again when the running one has ended.",
        )
    focus = _focus(focus_metrics, [*past, *window])
    verdict = quality.judge([*past, *window], provenance or Provenance(), words)
    panel = build([*past, *window], len(past), rules, (*asked, *asked_before, *focus), verdict.withheld())
    report = _report(panel, rules, focus, previous, notes, seed, _answers(feedback), words)
    return _of_record(report, left_out, verdict)


def _report(
    panel: Panel,
    rules: Policy,
    focus: tuple[str, ...],
    previous: Report | Mapping[str, object] | None,
    notes: list[str],
    seed: int,
    answers: Sequence[Answer],
    words: Words,
) -> Report:
    learnt = residuals(answers)
    weighed = signals.weigh(panel, rules) if panel.tested else None
    before = previous.to_dict() if isinstance(previous, Report) else previous
    if weighed is None:
        causes = hypotheses.nothing()
        found: tuple[Signal, ...] = ()
        notes = [*notes, words("notes.unchecked")]
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
        refusals=_refusals(panel, words),
        focus_metrics=(),
        checked=len(panel.tested),
        notes=(*notes, *_notes(panel, words), *_put_aside(causes, rules, words)),
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
    window: list[SprintMetrics], past: list[SprintMetrics], words: Words
) -> tuple[list[SprintMetrics], list[SprintMetrics], list[SprintMetrics], list[str]]:
    """Leave out what has not ended or is not to count, order the rest; history is what is earlier than the window.

    Return the window, the history, what the team left out, and sentences about it.
    """
    notes = []
    still_open = [s.name for s in in_time_order(s for s in (*past, *window) if s.provisional)]
    if still_open:
        notes.append(words("notes.open", names=", ".join(still_open)))
    closed = in_time_order(s for s in (*past, *window) if not s.provisional)
    left_out = [s for s in closed if s.left_out]
    if left_out:
        notes.append(words("notes.left_out", names=", ".join(_named(s, words) for s in left_out)))
    ordered = [s for s in closed if not s.left_out]
    reviewed = {s.sprint_id for s in window}
    inside = [s for s in ordered if s.sprint_id in reviewed]
    first = next((i for i, s in enumerate(ordered) if s.sprint_id in reviewed), len(ordered))
    late = [s.name for s in ordered[first:] if s.sprint_id not in reviewed]
    if late:
        notes.append(words("notes.late", names=", ".join(late)))
    return inside, ordered[:first], left_out, notes


def _named(sprint: SprintMetrics, words: Words) -> str:
    noted = ", ".join(words(f"note.{kind}") for kind in sprint.notes)
    return words("notes.left_out.noted", name=sprint.name, notes=noted) if noted else sprint.name


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


def _refusals(panel: Panel, words: Words) -> tuple[Refusal, ...]:
    return tuple(
        Refusal(
            f"R{i}",
            r.metric,
            describe(r.metric).title if r.metric else words("every.measure"),
            r.reason,
            r.text,
            r.sample,
        )
        for i, r in enumerate(panel.refused, 1)
    )


def _notes(panel: Panel, words: Words) -> list[str]:
    def title(metric: Metric) -> str:
        return words.titles.get(metric.name) or metric.title

    notes = []
    if not all(s.end or s.start for s in panel.sprints):
        notes.append(words("notes.undated"))
    missing = int(np.isnan(panel.raw[list(panel.tested)]).sum())
    if missing:
        notes.append(words.count("notes.missing", missing))
    if panel.exposure:
        notes.append(panel.exposure.note)
    older = [title(m) for m, short in zip(panel.metrics, _shortened(panel), strict=True) if short]
    echoes = [
        words("notes.echo", title=title(m), other=other)
        for m, other in zip(panel.metrics, panel.echoes, strict=True)
        if other
    ]
    made = [title(m) for m, derived in zip(panel.metrics, panel.derived, strict=True) if derived]
    for key, found in (("shortened", older), ("echoes", echoes), ("derived", made)):
        if found:
            notes.append(words(f"notes.{key}", names=", ".join(found)))
    return notes


def _put_aside(causes: hypotheses.Causes, rules: Policy, words: Words) -> list[str]:
    return [
        words("notes.put_aside", title=FAMILIES[key].title) for key in hypotheses.put_aside(causes, rules)
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
