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
    Hypothesis,
    Interval,
    Level,
    Refusal,
    Report,
    Signal,
    Swing,
)
from hansei.core.words import ENGLISH, Words

Section: TypeAlias = Literal["changed", "normal", "ordinary", "unseen", "leads", "forecast"]
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


def unsupported(narrative: Narrative, report: Report, words: Words = ENGLISH) -> tuple[Unsupported, ...]:
    """Return every number of the prose that is not in the evidence its text cites, under the rounding rules.

    Digits, and small counts in words, are compared as whole tokens; "24 h" needs 24 hours, "30 %" a percentage.
    Headline and summary may use all of the evidence. Directions and names are not checked here.
    """
    facts = _facts(report)
    everything = tuple(facts)
    texts = [("headline", narrative.headline, everything), ("summary", narrative.summary, everything)]
    texts += [(p.section, f"{p.heading} {p.text}", p.cites) for p in narrative.paragraphs]
    names = _sprint_numbers(report)
    out = []
    for where, text, cites in texts:
        known = _counts(report) | {f for c in cites for f in facts.get(c, ())}
        out += [Unsupported(where, n, text) for n in _wrong(_bare(text, report, words), known, names, words)]
    return tuple(out)


Fact: TypeAlias = tuple[float, str]
_SPRINT = re.compile(r"\bS(?:prints? )?(\d+)(?:–(\d+))?\b")
_CHANCE = re.compile(r"\b(\d+) in (100|10)\b")
_NUMBER = re.compile(
    r"(?<![\w.])(\d+(?:\.\d+)?)(?:–(\d+(?:\.\d+)?))?(?: (h|hours?|%|percentage points)(?!\w))?"
)


def _bare(text: str, report: Report, words: Words) -> str:
    """Return the text without fixed phrases and names that have digits of their own."""
    fixed = [v for k, v in words.texts.items() if k.startswith("times.") and "{" not in v]
    fixed += [m.label for m in words.measures.values() if any(c.isdigit() for c in m.label)]
    fixed += [clean(s.name, 24) for s in report.sprints if not _SPRINT.fullmatch(s.name)]
    fixed += [words("sure.most"), words("chance.most"), words("chance.least")]
    for phrase in sorted(fixed, key=len, reverse=True):
        if not phrase.isdecimal():
            text = text.replace(phrase, " ")
    return text


def _sprint_numbers(report: Report) -> set[str]:
    return {n for s in report.sprints for n in re.findall(r"\d+", s.name)}


def _wrong(text: str, known: set[Fact], names: set[str], words: Words) -> Iterator[str]:
    for found in _SPRINT.finditer(text):
        yield from (n for n in found.groups() if n and n not in names)
    text = _SPRINT.sub(" ", text)
    for found in _CHANCE.finditer(text):
        scale = int(found[2])
        if not any(
            unit == "p" and abs(p * scale - int(found[1])) <= (1 if scale == 10 else 0.5) for p, unit in known
        ):
            yield found[0]
    text = _CHANCE.sub(" ", text)
    for found in _NUMBER.finditer(text):
        unit = {"%": "%", None: "", "percentage points": "%"}.get(found[3], "h")
        fitting = {f for f in known if f[1] != "n"} if found[2] else known  # a count is never a range
        yield from (n for n in found.groups()[:2] if n and not _supported(n, unit, fitting))
    for n, word in enumerate(words.spelled):
        if n > 1 and re.search(rf"\b{word}\b", text, re.IGNORECASE) and (float(n), "n") not in known:
            yield word


def _supported(token: str, unit: str, known: set[Fact]) -> bool:
    places = len(token.partition(".")[2])
    roundings: tuple[Callable[[float], str], ...] = (
        lambda v: f"{v:.{places}f}",
        lambda v: f"{math.floor(v * 10**places + 0.5) / 10**places:.{places}f}",
    )
    inward: dict[str, Callable[[float], str]] = {
        "low": lambda v: f"{math.ceil(v - 1e-9)}",
        "high": lambda v: f"{math.floor(v + 1e-9)}",
    }
    for value, kind in known:
        of, _, end = kind.partition(":")
        if kind == "p" or (unit and of != unit):
            continue
        if any(r(abs(value)) == token for r in roundings) or (end and inward[end](value) == token):
            return True
    return False


def _counts(report: Report) -> set[Fact]:
    """Return the counts that any text may use."""
    sure = [s for s in report.signals if s.significant]
    told = {s.metric for s in report.signals}
    rest = sum(x.metric not in told for x in report.levels)
    lasting = sum(s.kind != "outlier" for s in sure)
    sizes = (
        len(report.window),
        len(sure),
        lasting,
        len(sure) - lasting,
        len(report.signals) - len(sure),
        rest,
    )
    # "and 3 more …": any part of what is listed elsewhere in the report
    parts = range(1, max(len(report.detectable), len(report.refusals), len(sure)) + 1)
    return {(float(n), "n") for n in (*sizes, *parts)}


def _facts(report: Report) -> dict[str, set[Fact]]:
    out: dict[str, set[Fact]] = {s.id: _of_signal(s) | _since(s, report) for s in report.signals}
    out |= {x.id: _of_level(x) for x in report.levels}
    out |= {d.id: _of_size(d) for d in report.detectable}
    out |= {o.id: _of_swing(o) for o in report.ordinary}
    out |= {f.id: _of_forecast(f) for f in report.forecast}
    out |= {r.id: _of_refusal(r) for r in report.refusals}
    out |= {a.id: _of_pair(a) for a in report.associations}
    out |= {h.id: _of_lead(h) for h in report.hypotheses}
    return out


def _of_signal(s: Signal) -> set[Fact]:
    out = {(v, s.unit) for v in (s.before, s.after, s.effect, s.interval.low, s.interval.high)}
    out |= {(s.probability, "p"), (s.probability_with_companions, "p"), *((float(n), "n") for n in s.sample)}
    for ratio in (s.ratio, *((s.ratio_interval.low, s.ratio_interval.high) if s.ratio_interval else ())):
        if ratio is not None:
            out |= {(ratio, ""), (100 * (ratio - 1), "%")}
    return out


def _since(s: Signal, report: Report) -> set[Fact]:
    """Return how many sprints there are since a change, and how many of them lie outside the usual range."""
    row = next((x.values for x in report.series if x.metric == s.metric), ())
    at = next((i for i, x in enumerate(report.sprints) if x.sprint_id == s.since_sprint_id), len(row))
    values = [v for v in row[at:] if v is not None]
    out = {(float(len(values)), "n"), *((v, s.unit) for v in values[:1])}
    for level in report.levels:
        if level.metric == s.metric:
            out |= {
                (float(sum(v > level.usual.high for v in values)), "n"),
                (float(sum(v < level.usual.low for v in values)), "n"),
            }
    return out


def _of_range(usual: Interval, unit: str) -> set[Fact]:
    return {(usual.low, f"{unit}:low"), (usual.high, f"{unit}:high")}


def _of_level(x: Level) -> set[Fact]:
    return {(x.typical, x.unit), (x.last, x.unit), (float(x.sample), "n"), *_of_range(x.usual, x.unit)}


def _of_size(d: Detectable) -> set[Fact]:
    share = {(100 * d.fraction, "%")} if d.fraction is not None else set()
    return {(d.amount, d.unit), *((float(n), "n") for n in d.sample), *share}


def _of_swing(o: Swing) -> set[Fact]:
    return {*((v, o.unit) for v in o.values), *_of_range(o.usual, o.unit)}


def _of_forecast(f: Forecast) -> set[Fact]:
    out = {(f.middle, f.unit), (float(f.sample), "n")}
    for r in f.ranges:
        out |= {*_of_range(Interval(r.low, r.high), f.unit), (float(r.held), "n"), (float(r.tried), "n")}
        out.add((round(100 * r.level, 6), "n"))
    return out


def _of_refusal(r: Refusal) -> set[Fact]:
    return {(float(r.sample), "n"), *((float(n), "n") for n in re.findall(r"\d+(?:\.\d+)?", r.text))}


def _of_pair(a: Association) -> set[Fact]:
    return {(float(a.sample), "n"), (float(a.lag), "n")}


def _of_lead(h: Hypothesis) -> set[Fact]:
    return {(h.probability, "p")}
