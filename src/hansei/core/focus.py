"""What a team asked to see of a report, in its order, numbered without gaps; pure. Nothing that was tested changes."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import replace
from typing import TypeVar

from hansei.core.report import (
    Association,
    Detectable,
    Evidence,
    Forecast,
    Hypothesis,
    Level,
    Report,
    Signal,
    Swing,
)

Told = TypeVar("Told", Signal, Level, Detectable, Swing, Forecast)
Numbered = TypeVar("Numbered", Signal, Level, Detectable, Swing, Forecast, Association)
NOTHING: frozenset[str] = frozenset()


def focused(report: Report, focus: tuple[str, ...]) -> Report:
    """Return the report with the measures in ``focus`` first, then what its leads cite and its experiments watch.

    Everything else is left out, and evidence ids are given anew: the first level is L1. Without a focus it stays.
    """
    if not focus:
        return report
    cited = {e.id for h in report.hypotheses for e in (*h.evidence_for, *h.evidence_against)}
    watched = {g for e in report.experiments for g in e.registration.guardrails}
    ids: dict[str, str] = {}
    signals = _numbered(_kept(report.signals, focus, cited), ids)
    pairs = tuple(a for a in report.associations if set(a.metrics) & set(focus))
    found = replace(
        report,
        associations=_numbered(pairs, ids),
        forecast=_numbered(_kept(report.forecast, focus), ids),
        ordinary=_numbered(_kept(report.ordinary, focus), ids),
        levels=_numbered(_kept(report.levels, focus, cited, watched), ids),
        detectable=_numbered(_kept(report.detectable, focus), ids),
        focus_metrics=focus,
    )
    return replace(
        found,
        signals=tuple(
            replace(s, joined_with=tuple(ids[j] for j in s.joined_with if j in ids)) for s in signals
        ),
        hypotheses=tuple(_citing(h, ids) for h in report.hypotheses),
    )


def _kept(
    items: tuple[Told, ...],
    focus: tuple[str, ...],
    cited: Container[str] = NOTHING,
    watched: Container[str] = NOTHING,
) -> tuple[Told, ...]:
    rank = {name: i for i, name in enumerate(focus)}
    kept = [x for x in items if x.metric in rank or x.id in cited or x.metric in watched]
    return tuple(sorted(kept, key=lambda x: rank.get(x.metric, len(rank))))


def _numbered(items: tuple[Numbered, ...], ids: dict[str, str]) -> tuple[Numbered, ...]:
    """Return the items numbered from 1 under their letter; ``ids`` notes what each is called now."""
    out = []
    for number, item in enumerate(items, 1):
        ids[item.id] = f"{item.id[0]}{number}"
        out.append(replace(item, id=ids[item.id]))
    return tuple(out)


def _citing(lead: Hypothesis, ids: Mapping[str, str]) -> Hypothesis:
    def renamed(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
        return tuple(replace(e, id=ids.get(e.id, e.id)) for e in evidence)

    return replace(
        lead, evidence_for=renamed(lead.evidence_for), evidence_against=renamed(lead.evidence_against)
    )
