"""How to run the meeting: 60, 30 or 15 minutes that add up, for a change and for none.

Experiments come first, then the numbers, then the team's own reasons; leads stay covered until it has spoken.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from hansei.core.phrases import clean, sprint_name
from hansei.core.report import Report
from hansei.core.words import ENGLISH, Words

Length = Literal[60, 30, 15]
LENGTHS: tuple[Length, ...] = (60, 30, 15)

#: Minutes of each step; ``{kind}`` becomes ``change``, ``none``, or ``plain`` where nothing was checked.
_PLANS: dict[Length, tuple[tuple[int, str], ...]] = {
    60: (
        (5, "guide.open"),
        (10, "guide.try"),
        (8, "guide.charts.{kind}"),
        (7, "guide.read.{kind}"),
        (12, "guide.leads.{kind}"),
        (13, "guide.choose.{kind}"),
        (5, "guide.close"),
    ),
    30: (
        (2, "guide.open.short"),
        (4, "guide.try.short"),
        (5, "guide.charts.{kind}"),
        (4, "guide.read.{kind}"),
        (6, "guide.leads.{kind}"),
        (7, "guide.choose.{kind}"),
        (2, "guide.close"),
    ),
    15: (
        (4, "guide.try.short"),
        (3, "guide.charts.{kind}"),
        (4, "guide.own.{kind}"),
        (4, "guide.choose.{kind}"),
    ),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the meeting, from minute ``start`` to minute ``end``: its name and what to do."""

    start: int
    end: int
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Guide:
    """The meeting's plans by length, three questions nobody can answer with yes, and the variants (who, what)."""

    changed: bool
    plans: dict[Length, tuple[Step, ...]]
    questions: tuple[str, ...]
    variants: tuple[tuple[str, str], ...]


def make_guide(report: Report, words: Words = ENGLISH) -> Guide:
    """Return the guide for one report."""
    first = next((s for s in report.signals if s.significant), None)
    sprint = sprint_name(first.since_sprint_name, words, 24) if first else ""
    return Guide(
        changed=first is not None,
        plans={n: _plan(n, report, sprint, words) for n in LENGTHS},
        questions=_questions(report, sprint, words),
        variants=tuple(
            (words(f"guide.v.{who}"), words(f"guide.v.{who}.text")) for who in ("small", "remote", "manager")
        ),
    )


def _plan(length: Length, report: Report, sprint: str, words: Words) -> tuple[Step, ...]:
    kind = "change" if sprint else "none" if report.checked else "plain"
    steps, at = [], 0
    for minutes, template in _PLANS[length]:
        key = template.format(kind=kind)
        if sprint and not report.hypotheses and f"{key}.bare" in words.texts:
            key = f"{key}.bare"
        name = words(f"guide.name.{template.split('.')[1]}")
        steps.append(Step(at, at + minutes, name, words(key, sprint=sprint)))
        at += minutes
    return tuple(steps)


def _questions(report: Report, sprint: str, words: Words) -> tuple[str, ...]:
    if not sprint:
        return tuple(words(f"guide.q.{q}") for q in ("level", "dropped", "measure"))
    odd = all(s.kind == "outlier" for s in report.signals if s.significant)
    asked = [words("guide.q.odd" if odd else "guide.q.around", sprint=sprint), words("guide.q.work")]
    asked += [clean(q, 200) for h in report.hypotheses[:1] for q in h.questions[:1]]
    return tuple([*asked, words("guide.q.first")][:3])
