"""The prose of a report: what a narrator hands over, and a first check that its numbers are the report's.

Rounding rules of the prose, which the checker applies: a number may be written with fewer decimals than the
report holds, rounded to nearest; probabilities become "N in 100" or "N in 10"; ratios become percent; a usual
range of counted things is rounded inwards (0.4 to 3.6 bugs: 1–3), since only whole numbers can lie in it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, get_args

from hansei.core.phrases import clean
from hansei.core.report import (
    Association,
    Detectable,
    Forecast,
    Interval,
    Level,
    Refusal,
    Report,
    Signal,
    Swing,
    Tried,
)
from hansei.core.telling import TITLE_LIMIT
from hansei.core.words import ENGLISH, Words

Section: TypeAlias = Literal["tried", "changed", "normal", "ordinary", "unseen", "leads", "forecast"]
SECTIONS: tuple[str, ...] = get_args(Section)
HEADLINE_LIMIT = 90


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A piece of prose and the evidence ids it rests on.

    ``section`` is one of :data:`SECTIONS`. ``heading`` is a sentence of its own that runs into the text.
    Both are plain text: a renderer escapes them for its own format.
    """

    section: str
    text: str
    cites: tuple[str, ...] = ()
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Narrative:
    """Headline (≤ 90 characters), summary, and paragraphs by section; ``narrator`` says who wrote it."""

    headline: str
    summary: str
    paragraphs: tuple[Paragraph, ...]
    narrator: str

    def part(self, section: Section) -> tuple[Paragraph, ...]:
        """Return the paragraphs of one section, in order."""
        return tuple(p for p in self.paragraphs if p.section == section)

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON values; :meth:`from_dict` reads them back."""
        return {
            "headline": self.headline,
            "summary": self.summary,
            "paragraphs": [
                {"section": p.section, "heading": p.heading, "text": p.text, "cites": list(p.cites)}
                for p in self.paragraphs
            ],
            "narrator": self.narrator,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Narrative:
        """Read stored prose; what an older version did not write is empty."""
        return cls(
            headline=str(data.get("headline", "")),
            summary=str(data.get("summary", "")),
            paragraphs=tuple(
                Paragraph(
                    section=str(p.get("section", "")),
                    text=str(p.get("text", "")),
                    cites=tuple(str(c) for c in p.get("cites", ())),
                    heading=str(p.get("heading", "")),
                )
                for p in data.get("paragraphs", ())
            ),
            narrator=str(data.get("narrator", "")),
        )


@dataclass(frozen=True, slots=True)
class Unsupported:
    """A number in the prose that the cited evidence does not hold; ``where`` is headline, summary or a section."""

    where: str
    number: str
    text: str


@dataclass(frozen=True, slots=True)
class _Known:
    """What may be written: values and ranges with their unit, counts, "a of b", chances, and values of a sprint."""

    values: frozenset[tuple[float, str]] = frozenset()
    ranges: frozenset[tuple[float, float, str]] = frozenset()
    counts: frozenset[int] = frozenset()
    of: frozenset[tuple[int, int]] = frozenset()
    chances: frozenset[float] = frozenset()
    seen: frozenset[tuple[float, str]] = frozenset()

    def __or__(self, other: _Known) -> _Known:
        return _Known(
            self.values | other.values,
            self.ranges | other.ranges,
            self.counts | other.counts,
            self.of | other.of,
            self.chances | other.chances,
            self.seen | other.seen,
        )


def unsupported(narrative: Narrative, report: Report, words: Words = ENGLISH) -> tuple[Unsupported, ...]:
    """Return every number of the prose that is not in the evidence its text cites, under the rounding rules.

    Digits, and small counts in words, are compared as whole tokens; "24 h" needs 24 hours, "6–22 h" the two ends of
    one range, "3 of 12 sprints" both counts, "36 in Sprint 38" the value of that sprint. Headline and summary may
    use all of the evidence. Directions, metric names and causes are not checked here.
    """
    facts = _facts(report)
    everything = tuple(facts)
    texts = [("headline", narrative.headline, everything), ("summary", narrative.summary, everything)]
    texts += [(p.section, f"{p.heading} {p.text}", p.cites) for p in narrative.paragraphs]
    names = {n for name in _sprints(report) for n in re.findall(r"\d+", name)}
    tallies = _tallies(report)
    out = []
    for where, text, cites in texts:
        known = _Known()
        for c in cites:
            known |= facts.get(c, _Known())
        wrong = _wrong(_bare(text, report, words), known, tallies, names, words)
        out += [Unsupported(where, n, text) for n in wrong]
    return tuple(out)


_N = r"\d+(?:\.\d+)?"
_UNIT = r"(?: (h|hours?|%|percentage points)(?!\w))?"
_SEEN = re.compile(rf"(?<![\w.–])({_N}){_UNIT} in S(?:print )?(\d+)\b")
_SPRINT = re.compile(r"\bS(?:prints? )?(\d+)(?:–(\d+))?\b")
_CHANCE = re.compile(r"\b(\d+) in (100|10)\b")
_OF = re.compile(r"\b(\d+) of (?:the )?(\d+) sprints\b")
_COUNT = re.compile(r"\b(\d+) sprints?\b")
_TALLY = re.compile(r"\b(\d+) (?:more (?:changes?|stands?|measures?)|more,|measures?\b)")
_RANGE = re.compile(rf"(?<![\w.])({_N})–({_N}){_UNIT}")
_VALUE = re.compile(rf"(?<![\w.])({_N}){_UNIT}")
_UNITS = {"%": "%", "percentage points": "%", "h": "h", "hour": "h", "hours": "h"}


def _bare(text: str, report: Report, words: Words) -> str:
    """Return the text without fixed phrases and names that have digits of their own."""
    fixed = [v for k, v in words.texts.items() if k.startswith("times.") and "{" not in v]
    fixed += [m.label for m in words.measures.values() if any(c.isdigit() for c in m.label)]
    names = {clean(name, most) for name in _sprints(report) for most in (24, 40)}
    fixed += [clean(t.title, TITLE_LIMIT).rstrip(".:") for t in report.tried]
    fixed += [n for n in names if not _SPRINT.fullmatch(n) and not n.isdecimal()]
    fixed += [words("sure.most"), words("chance.most"), words("chance.least")]
    for phrase in sorted(fixed, key=len, reverse=True):
        text = text.replace(phrase, " ")
    return text


def _sprints(report: Report) -> list[str]:
    """Return every sprint's name that may be written."""
    tried = [name for t in report.tried for name in (t.started_after, t.judged_after, *t.late) if name]
    return [*(s.name for s in report.sprints), *tried]


def _wrong(text: str, known: _Known, tallies: set[int], names: set[str], words: Words) -> Iterator[str]:
    """Read the text from the most to the least specific form of a number; what was read is taken out."""
    checks: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], bool]], ...] = (
        (_SEEN, lambda m: _was_seen(m[1], m[3], known)),
        (_SPRINT, lambda m: {g for g in m.groups() if g} <= names),
        (_CHANCE, lambda m: any(_is_chance(p, int(m[1]), int(m[2])) for p in known.chances)),
        (_OF, lambda m: (int(m[1]), int(m[2])) in known.of),
        (_COUNT, lambda m: int(m[1]) in known.counts),
        (_TALLY, lambda m: int(m[1]) in tallies),
        (_RANGE, lambda m: _is_range(m[1], m[2], _UNITS.get(m[3] or "", ""), known)),
        (_VALUE, lambda m: _is_value(m[1], _UNITS.get(m[2] or "", ""), known)),
    )
    for pattern, holds in checks:
        yield from (m[0].strip() for m in pattern.finditer(text) if not holds(m))
        text = pattern.sub(" ", text)
    for n, word in enumerate(words.spelled):
        if n > 1 and re.search(rf"\b{word}\b", text, re.IGNORECASE) and n not in known.counts | tallies:
            yield word


def _is_chance(p: float, n: int, scale: int) -> bool:
    """Allow "about 7 in 10" for 0.78: a chance stays inside the band of its word."""
    return abs(p * scale - n) <= (1 if scale == 10 else 0.5 + 1e-9)


def _was_seen(token: str, sprint: str, known: _Known) -> bool:
    return any(name == sprint and _rounds_to(value, token) for value, name in known.seen)


def _is_range(low: str, high: str, unit: str, known: _Known) -> bool:
    for a, b, of in known.ranges:
        if unit and of != unit:
            continue
        inward = (f"{math.ceil(a - 1e-9)}", f"{math.floor(b + 1e-9)}")
        if (low, high) == inward or (_rounds_to(a, low) and _rounds_to(b, high)):
            return True
    return False


def _is_value(token: str, unit: str, known: _Known) -> bool:
    return any(_rounds_to(abs(v), token) for v, of in known.values if not unit or of == unit)


def _rounds_to(value: float, token: str) -> bool:
    """Say whether the token is the value at the token's own decimals; halves may go either way."""
    places = len(token.partition(".")[2])
    return abs(value - float(token)) <= 0.5 * 10.0**-places + 1e-9


def _tallies(report: Report) -> set[int]:
    """Return how many of something the report holds: changes, hints, the rest, and any part of a longer list."""
    sure = [s for s in report.signals if s.significant]
    told = {s.metric for s in report.signals}
    rest = sum(x.metric not in told for x in report.levels)
    lasting = sum(s.kind != "outlier" for s in sure)
    longest = max(len(report.detectable), len(report.refusals), len(sure))
    return {
        len(sure),
        lasting,
        len(sure) - lasting,
        len(report.signals) - len(sure),
        rest,
        *range(1, longest),
    }


def _facts(report: Report) -> dict[str, _Known]:
    out: dict[str, _Known] = {s.id: _of_signal(s, report) for s in report.signals}
    out |= {x.id: _of_level(x) for x in report.levels}
    out |= {d.id: _of_size(d) for d in report.detectable}
    out |= {o.id: _of_swing(o) for o in report.ordinary}
    out |= {f.id: _of_forecast(f) for f in report.forecast}
    out |= {r.id: _of_refusal(r) for r in report.refusals}
    out |= {a.id: _of_pair(a) for a in report.associations}
    out |= {t.id: _of_tried(t) for t in report.tried}
    out |= {h.id: _Known(chances=frozenset({h.probability})) for h in report.hypotheses}
    return out


def _of_signal(s: Signal, report: Report) -> _Known:
    values = {(v, s.unit) for v in (s.before, s.after, s.effect, s.interval.low, s.interval.high)}
    for ratio in (s.ratio, *((s.ratio_interval.low, s.ratio_interval.high) if s.ratio_interval else ())):
        if ratio is not None:
            values |= {(ratio, ""), (100 * (ratio - 1), "%")}
    row = next((x.values for x in report.series if x.metric == s.metric), ())
    at = next((i for i, x in enumerate(report.sprints) if x.sprint_id == s.since_sprint_id), len(row))
    since = [v for v in row[at:] if v is not None]
    levels = [x.usual for x in report.levels if x.metric == s.metric]
    out = {sum(v > u.high for v in since) for u in levels} | {sum(v < u.low for v in since) for u in levels}
    names = re.findall(r"\d+", s.since_sprint_name)[-1:]
    # an odd sprint is told by its own value, and that value may stand beside the sprint's name
    odd = since[:1] if s.kind == "outlier" else []
    return _Known(
        values=frozenset({*values, *((v, s.unit) for v in odd)}),
        counts=frozenset({*s.sample, len(since), *out}),
        chances=frozenset({s.probability, s.probability_with_companions}),
        seen=frozenset((v, n) for v in (*odd, s.after) for n in names),
    )


def _span(usual: Interval, unit: str) -> frozenset[tuple[float, float, str]]:
    return frozenset({(usual.low, usual.high, unit)})


def _of_level(x: Level) -> _Known:
    values = frozenset({(x.typical, x.unit), (x.last, x.unit)})
    return _Known(values, _span(x.usual, x.unit), frozenset({x.sample}))


def _of_size(d: Detectable) -> _Known:
    share = {(100 * d.fraction, "%")} if d.fraction is not None else set()
    return _Known(values=frozenset({(d.amount, d.unit), *share}), counts=frozenset(d.sample))


def _of_swing(o: Swing) -> _Known:
    numbers = [re.findall(r"\d+", name)[-1:] for name in o.sprint_names]
    seen = frozenset((v, n) for v, found in zip(o.values, numbers, strict=True) for n in found)
    return _Known(frozenset((v, o.unit) for v in o.values), _span(o.usual, o.unit), seen=seen)


def _of_forecast(f: Forecast) -> _Known:
    return _Known(
        values=frozenset({(f.middle, f.unit), *((round(100 * r.level, 6), "") for r in f.ranges)}),
        ranges=frozenset((r.low, r.high, f.unit) for r in f.ranges),
        counts=frozenset({f.sample}),
        of=frozenset((r.held, r.tried) for r in f.ranges),
    )


def _of_refusal(r: Refusal) -> _Known:
    pairs = frozenset(
        (int(a), int(b)) for a, b in re.findall(r"\b(\d+) of (?:its |the )?(\d+) sprints\b", r.text)
    )
    numbers = [float(n) for n in re.findall(_N, r.text)]
    return _Known(
        values=frozenset((n, "") for n in numbers),
        counts=frozenset({r.sample, *(int(n) for n in numbers)}),
        of=pairs,
    )


def _of_tried(t: Tried) -> _Known:
    values: set[tuple[float, str]] = {(100 * t.useful_effect, "%"), (100 * t.useful_effect, "")}
    if t.baseline_level is not None:
        values.add((t.useful_effect * t.baseline_level, t.unit))
    moved = [*([t.goal] if t.goal else []), *(g for g in t.guardrails if g.metric in t.broken)]
    for m in moved:
        values |= {(v, m.unit) for v in (m.before, m.after, m.effect, m.interval.low, m.interval.high)}
        for ratio in (m.ratio_interval.low, m.ratio_interval.high):
            values |= {(ratio, ""), (100 * (ratio - 1), "%")}
    now = min(t.done + 1, t.sprints)
    values |= {(float(n), "") for n in (t.done, now, t.sprints)}
    counts = {t.sprints, t.done, now, *(n for m in moved for n in m.sample)}
    return _Known(
        frozenset(values), counts=frozenset(counts), of=frozenset({(t.done, t.sprints), (now, t.sprints)})
    )


def _of_pair(a: Association) -> _Known:
    return _Known(counts=frozenset({a.sample, a.lag}))
