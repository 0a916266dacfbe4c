"""What the evidence of a report says, measure by measure, as the checker asks for it."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hansei.core.metrics import describe
from hansei.core.naming import SprintNames, plain_number
from hansei.core.phrases import PERCENT_BASE, certainty, names_of
from hansei.core.report import Detectable, Forecast, Hypothesis, Interval, Level, Report, Signal, Swing
from hansei.core.words import ENGLISH, Words


@dataclass(frozen=True, slots=True)
class Known:
    """One measure: its signals, level, swing, the size that would show, the forecast, and its values by sprint."""

    metric: str
    title: str
    unit: str
    signals: tuple[Signal, ...]
    level: Level | None
    swing: Swing | None
    size: Detectable | None
    forecast: Forecast | None
    values: tuple[float | None, ...]
    refusal: str = ""

    @property
    def sure(self) -> Signal | None:
        """The signal that counts as a change, if there is one."""
        return next((s for s in self.signals if s.significant), None)

    @property
    def signal(self) -> Signal | None:
        """The change, or else the hint of one."""
        return self.sure or next(iter(self.signals), None)

    def numbers(self, role: str) -> list[float]:
        """Return the values that a number in this role may be."""
        s = self.signal
        out: list[float] = []
        if role == "last":
            out += [self.level.last] if self.level else [v for v in self.values[-1:] if v is not None]
        elif role == "usual":
            out += [self.level.typical] if self.level else []
            out += [s.before] if s else []
        elif role == "before":
            out += [s.before] if s else []
        elif s is not None:
            out += [s.after]
        elif self.level is not None:
            out += [self.level.typical, self.level.last]
        return out

    @property
    def ratio(self) -> float | None:
        """How many times as much as before."""
        s = self.signal
        if s is None or s.before <= 0:
            return None
        return s.ratio if s.ratio is not None else s.after / s.before

    @property
    def percent(self) -> bool:
        """Whether a change may be said in percent: from a base of 5, and never of a share."""
        s = self.signal
        return s is not None and s.before >= PERCENT_BASE and self.unit not in ("%", "ratio")

    @property
    def helpful(self) -> bool | None:
        """Whether the change helps; None where nobody says."""
        s = self.sure
        return s.helpful if s else None


@dataclass(frozen=True, slots=True)
class Facts:
    """A report as the checker reads it.

    ``names`` are the sprints' own, ``called`` what prose calls each of them, ``numbered`` finds one by its number.
    """

    report: Report
    known: dict[str, Known]
    leads: dict[str, Hypothesis]
    of: dict[str, frozenset[str]]
    names: tuple[str, ...]
    called: tuple[str, ...]
    numbered: dict[str, int]
    sprints: SprintNames

    @classmethod
    def read(cls, report: Report, words: Words = ENGLISH) -> Facts:
        """Index a report by measure and by evidence id."""
        sprints = names_of(report, words)
        called = tuple(sprints(s.sprint_id) for s in report.sprints)
        parts = (
            report.signals,
            report.levels,
            report.ordinary,
            report.detectable,
            report.forecast,
            report.refusals,
        )
        of = {x.id: frozenset({x.metric}) for part in parts for x in part}
        of |= {a.id: frozenset(a.metrics) for a in report.associations}
        for h in report.hypotheses:
            ids = [e.id for e in (*h.evidence_for, *h.evidence_against)]
            of[h.id] = frozenset(m for i in ids for m in of.get(i, ()))
        of |= {
            e.id: frozenset({e.registration.metric, *e.registration.guardrails}) for e in report.experiments
        }
        of |= {t.id: frozenset[str]() for t in report.tried}
        metrics = {m: None for part in (report.series, *parts) for m in (x.metric for x in part) if m}
        return cls(
            report=report,
            known={m: _known(report, m) for m in metrics},
            leads={h.id: h for h in report.hypotheses},
            of=of,
            names=tuple(s.name for s in report.sprints),
            called=called,
            numbered=_numbered([s.name for s in report.sprints], called),
            sprints=sprints,
        )

    def index(self, sprint_id: str) -> int:
        """Return the place of a sprint."""
        return next(i for i, s in enumerate(self.report.sprints) if s.sprint_id == sprint_id)

    def since(self, s: Signal) -> list[float]:
        """Return the values from the sprint of a signal on."""
        row = self.known[s.metric].values
        return [v for v in row[self.index(s.since_sprint_id) :] if v is not None]

    def places(self, metric: str) -> list[str]:
        """Return where each sprint since the change (else each recent one) lies: above, below or inside."""
        known = self.known[metric]
        if known.level is None:
            return []
        s = known.sure
        values = self.since(s) if s else [*known.swing.values] if known.swing else [known.level.last]
        if s is not None and s.kind == "outlier":
            values = values[:1]
        return [place(v, known.level.usual) for v in values]

    @property
    def sure(self) -> list[Signal]:
        """The changes, in the order of the report."""
        return [s for s in self.report.signals if s.significant]

    def tallies(self) -> dict[str, frozenset[int]]:
        """Return how many of something there are, by the kind of sentence that may say so."""
        sure = self.sure
        told = {s.metric for s in self.report.signals}
        flat = [x for x in self.report.levels if x.metric not in told]
        lasting = [s for s in sure if s.kind != "outlier"]
        first = lasting[0] if lasting else None
        near = [
            s
            for s in lasting
            if first and abs(self.index(s.since_sprint_id) - self.index(first.since_sprint_id)) <= 1
        ]
        stories = {self.index(s.since_sprint_id) for s in lasting}
        return {
            "changed": frozenset({len(sure), len(lasting)} - {0}),
            "near": frozenset({len(near)} - {0}),
            "odd": frozenset({len(sure) - len(lasting)} - {0}),
            "hints": frozenset({len(self.report.signals) - len(sure)} - {0}),
            "flat": frozenset({len(flat), sum(place(x.last, x.usual) == "inside" for x in flat)}),
            "checked": frozenset({self.report.checked, len(self.report.levels)}),
            "more": frozenset(range(1, len(stories) + 1)) | frozenset({len(sure) - 1}),
            "leads": frozenset({len(self.report.hypotheses)}),
            "experiments": frozenset({len(self.report.experiments)}),
            "window": frozenset({len(self.report.window)}),
            "baseline": frozenset({len(self.report.baseline)}),
        }


def _numbered(names: Sequence[str], called: Sequence[str]) -> dict[str, int]:
    """Return number → place of the sprints that a bare number names: what they are called by, else their last one."""
    numbers = [
        plain_number(c) or next(reversed(numbers_in(n)), "") for n, c in zip(names, called, strict=True)
    ]
    often = Counter(numbers)
    return {n: at for at, n in enumerate(numbers) if n and often[n] == 1}


def place(value: float, usual: Interval) -> str:
    """Return where a value lies beside a usual range."""
    return "above" if value > usual.high else "below" if value < usual.low else "inside"


def _known(report: Report, metric: str) -> Known:
    def first(part: Iterable[object]) -> object:
        return next((x for x in part if getattr(x, "metric", None) == metric), None)

    series = next((s for s in report.series if s.metric == metric), None)
    level, swing, size, forecast = (
        first(p) for p in (report.levels, report.ordinary, report.detectable, report.forecast)
    )
    refusal = next((r for r in report.refusals if r.metric == metric), None)
    any_of = next((x for x in (series, level, swing, size, refusal) if x is not None), None)
    return Known(
        metric=metric,
        title=getattr(any_of, "title", describe(metric).title),
        unit=getattr(series or level, "unit", describe(metric).unit),
        signals=tuple(s for s in report.signals if s.metric == metric),
        level=level,  # type: ignore[arg-type]
        swing=swing,  # type: ignore[arg-type]
        size=size,  # type: ignore[arg-type]
        forecast=forecast,  # type: ignore[arg-type]
        values=series.values if series else (),
        refusal=refusal.text if refusal else "",
    )


def rounds_to(value: float, token: str) -> bool:
    """Say whether the token is the value at the token's own decimals; halves may go either way."""
    token = token.replace(",", "")
    places = len(token.partition(".")[2])
    return abs(abs(value) - float(token)) <= 0.5 * 10.0**-places + 1e-9


def is_range(low: str, high: str, a: float, b: float) -> bool:
    """Say whether two tokens are the ends of a range, rounded to nearest or, for whole things, inwards."""
    inward = (str(math.ceil(a - 1e-9)), str(math.floor(b + 1e-9)))
    return (low, high) == inward or (rounds_to(a, low) and rounds_to(b, high))


def numbers_in(name: str) -> list[str]:
    """Return the digits of a sprint's name."""
    return re.findall(r"\d+", name)


def sureness(s: Signal) -> tuple[float, float]:
    """Return what is said of a change, and what its own numbers say."""
    return certainty(s) if s.significant else s.probability, s.probability
