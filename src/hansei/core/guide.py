"""How to run the meeting: 60, 30 or 15 minutes that add up, for a change, for none, and for too little data.

Experiments come first, then the numbers, then the team's own reasons; leads stay covered until it has spoken, so
nothing before that step, and no question to open with, may hold a word of a lead.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from hansei.core.phrases import clean, names_of
from hansei.core.report import Report, Signal
from hansei.core.words import ENGLISH, Words

Length = Literal[60, 30, 15]
Who = Literal["small", "remote", "manager"]
LENGTHS: tuple[Length, ...] = (60, 30, 15)

#: Minutes of each step. Fifteen minutes have no time to open, to close, or to read out apart from the leads.
_PLANS: dict[Length, tuple[tuple[str, int], ...]] = {
    60: (("open", 5), ("try", 10), ("charts", 8), ("read", 7), ("leads", 12), ("choose", 13), ("close", 5)),
    30: (("open", 2), ("try", 4), ("charts", 5), ("read", 4), ("leads", 6), ("choose", 7), ("close", 2)),
    15: (("try", 4), ("charts", 3), ("own", 4), ("choose", 4)),
}
#: The step in which leads are uncovered, where there are any.
UNCOVERS = ("leads", "own")
#: What is asked while it is not known why: by what the report found.
_QUESTIONS: Mapping[str, tuple[str, str, str]] = {
    "change": ("around", "work", "first"),
    "odd": ("odd", "work.odd", "again"),
    "none": ("level", "dropped", "measure"),
    "plain": ("surprise", "dropped", "measure"),
}
#: Which steps a variant changes; "first" is the first step of a plan, whichever that is.
_VARIANTS: Mapping[Who, tuple[str, ...]] = {
    "small": ("charts", "close"),
    "remote": ("charts", "read"),
    "manager": ("first", "read"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One part of the meeting, from minute ``start`` to minute ``end``: its key, and what to do."""

    start: int
    end: int
    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Variant:
    """What is done otherwise with such a team: a text for each step that differs."""

    who: Who
    name: str
    texts: Mapping[str, str]

    def applied(self, plan: tuple[Step, ...]) -> tuple[Step, ...]:
        """Return a plan with the variant's texts added where it differs; the minutes stay."""
        return tuple(
            replace(s, text=" ".join([s.text, *self._added(s, first=i == 0)])) for i, s in enumerate(plan)
        )

    def _added(self, step: Step, *, first: bool) -> list[str]:
        key = "read" if step.key == "own" else step.key
        return [text for at, text in self.texts.items() if at == key or (at == "first" and first)]


@dataclass(frozen=True, slots=True)
class Guide:
    """The meeting's plans by length, three questions nobody can answer with yes, and the variants."""

    changed: bool
    plans: Mapping[Length, tuple[Step, ...]]
    questions: tuple[str, ...]
    variants: tuple[Variant, ...]

    def plan(self, length: Length, who: Who | None = None) -> tuple[Step, ...]:
        """Return the plan of one length, with what such a team does otherwise."""
        plan = self.plans[length]
        return next((v.applied(plan) for v in self.variants if v.who == who), plan)

    @property
    def uncovers(self) -> int:
        """The minute of the hour at which leads are uncovered."""
        return next(s.start for s in self.plans[60] if s.key in UNCOVERS)


def make_guide(report: Report, words: Words = ENGLISH) -> Guide:
    """Return the guide for one report."""
    found = _found(report)
    sprint = words.join(_sprints(report, words))
    return Guide(
        changed=found in ("change", "odd"),
        plans={n: tuple(_plan(n, report, found, sprint, words)) for n in LENGTHS},
        questions=tuple(words(f"guide.q.{q}", sprint=sprint) for q in _QUESTIONS[found]),
        variants=tuple(
            Variant(who, words(f"guide.v.{who}"), {at: words(f"guide.v.{who}.{at}") for at in steps})
            for who, steps in _VARIANTS.items()
        ),
    )


def _found(report: Report) -> str:
    """Return what the meeting is about: a change, an odd sprint, none, or plain numbers."""
    sure = [s for s in report.signals if s.significant]
    if sure:
        return "odd" if all(s.kind == "outlier" for s in sure) else "change"
    return "none" if report.checked else "plain"


def _sprints(report: Report, words: Words) -> list[str]:
    """Return the sprints to ask about, in their order: where the first change began, and another, if there is one."""
    sure = [s for s in report.signals if s.significant]
    told = [s for s in sure if s.kind != "outlier"] or sure
    ids = [s.sprint_id for s in report.sprints]

    def at(s: Signal) -> int:
        return ids.index(s.since_sprint_id) if s.since_sprint_id in ids else len(ids)

    other = next((s for s in told[1:] if abs(at(s) - at(told[0])) > 1), None)
    asked = sorted([*told[:1], *([other] if other else [])], key=at)
    called = names_of(report, words)
    return [called(s.since_sprint_id, clean(s.since_sprint_name)) for s in asked]


def _plan(length: Length, report: Report, found: str, sprint: str, words: Words) -> list[Step]:
    steps, at = [], 0
    for key, minutes in _PLANS[length]:
        text = (
            _tried(report, words) if key == "try" else words(_text(key, report, found, words), sprint=sprint)
        )
        steps.append(Step(at, at + minutes, key, text))
        at += minutes
    return steps


def _text(key: str, report: Report, found: str, words: Words) -> str:
    """Return the name of the text for a step: the most special one that the catalogue has."""
    kind = "change" if found == "odd" else found
    special = [f"guide.{key}.{kind}"]
    if key in UNCOVERS:
        if kind == "change" and not report.hypotheses:
            special.insert(0, f"guide.{key}.change.bare")
        elif kind == "none" and report.hypotheses:
            special.insert(0, f"guide.{key}.none.weak")
    if key == "charts" and not any(v is not None for s in report.series for v in s.values):
        special.insert(0, f"guide.{key}.empty")
    return next((k for k in special if k in words.texts), f"guide.{key}")


def _tried(report: Report, words: Words) -> str:
    """Return how the meeting begins: with the verdict, the experiment that runs, or what was agreed and dropped."""
    for state in ("judged", "running", "abandoned"):
        t = next((t for t in report.tried if t.state == state), None)
        if t is not None:
            done = ".done" if state == "judged" and t.conclusion else ""
            n = min(t.done + 1, t.sprints)
            return words(f"guide.try.{state}{done}", title=clean(t.title, 60), n=n, of=t.sprints)
    if report.decided is None:
        return words("guide.try.none")
    if report.decided.choice == "nothing":
        return words("guide.try.nothing")
    return words("guide.try.undone", title=clean(report.decided.what, 60).rstrip("."))
