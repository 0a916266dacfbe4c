"""Numbers, ranges, chances and names as a reader sees them; every rounding rule of the prose is here.

- A number has no more decimals than the data; the mean of whole numbers has one more.
- Numbers from 10 on (shares from 5 % on) have none, from 1 on one, below that two; two that differ look different.
- A range that counted things usually fall in is rounded inwards: only whole numbers can lie in it.
- Values and the usual range of one measure get as many decimals as it takes that what is printed lies inside or outside
  where the value does.
- A change is said in percent or "times" from a base of 5 on; below that, for shares, and from 100 % on, in the unit.
- A chance is "about N in 100" (that it changed) or "about N in 10" (why), kept inside the band of its word.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise

from hansei.core.metrics import REGISTRY, Metric, describe
from hansei.core.naming import Sprint, SprintNames
from hansei.core.report import Interval, Level, Report, Signal, SprintRef, Tried
from hansei.core.unseen import is_shown
from hansei.core.words import ENGLISH, Measure, Words

#: Below this base a change is never said in percent: 1 to 2 is "1 more", not "100 % more".
PERCENT_BASE = 5.0
#: Below this chance a change is told as likely, not as a fact; below that one, out of a
#: hundred as it is printed, it is little more than a guess.
LIKELY, PERHAPS = 0.8, 67
DOUBTS = ("", ".likely", ".perhaps")
#: Fewer sprints than these show a large change only, whatever their measures.
FEW_SPRINTS = 8
#: No value or range is printed with more decimals than this.
MOST_PLACES = 2
#: Farther from an end of its usual range no value changes its side by rounding.
_NEAR = 2.0
#: From this share on it is said that an amount is told for a sprint of usual size, and is not what was recorded.
SIZE_TELLS = 0.1
#: Counted at a moment, not over a sprint.
STOCKS = ("open_bugs_count", "wip")


def clean(text: str, limit: int = 120) -> str:
    """Return one line without control, invisible or reordering characters, at most ``limit`` long.

    The zero-width joiners stay: Persian, Hindi and emoji need them.
    """
    kept = text
    if not text.isprintable():  # most are, and this is asked hundreds of times a report
        kept = "".join(" " if c.isspace() else c for c in text if c.isspace() or is_shown(c))
    line = " ".join(kept.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def number(value: float, places: int) -> str:
    """Return a number with so many decimals; never "-0"."""
    text = f"{value:.{places}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.") else text.replace("-", "−")


def in_hundred(probability: float, words: Words = ENGLISH) -> str:
    """Return how sure it is that something changed: "about 97 in 100"."""
    n = math.floor(100 * probability + 0.5)
    return words("sure.most") if n > 99 else words("sure.about", n=n)


def certainty(signal: Signal) -> float:
    """Return how sure it is that a measure changed; what its companions lend counts where it matters."""
    return signal.probability_with_companions if borrows(signal) else signal.probability


def borrows(signal: Signal) -> bool:
    """Say whether a reader must know that the measure alone would make us less sure."""
    return signal.probability_with_companions - signal.probability > 0.05


def in_ten(probability: float, words: Words = ENGLISH) -> str:
    """Return how often a lead is right: "about 8 in 10", inside the band of its word (High from 8, Medium from 5)."""
    if probability < 0.05:
        return words("chance.least")
    n = math.floor(10 * probability + 0.5)
    for edge in (5, 8):
        if probability < edge / 10:
            n = min(n, edge - 1)
            break
    return words("chance.most") if n >= 10 else words("chance.about", n=max(n, 1))


def doubt(signal: Signal) -> str:
    """Return how much doubt there is about a change, as the ending of a text's key: one of ``DOUBTS``."""
    sure = certainty(signal)
    return "" if sure >= LIKELY else ".likely" if math.floor(100 * sure + 0.5) >= PERHAPS else ".perhaps"


def finding(signal: Signal) -> str:
    """Return the key of the text that tells a change; an odd sprint's value is a fact, its oddness told apart."""
    return f"finding.{signal.kind}{'' if signal.kind == 'outlier' else doubt(signal)}"


def lasting(report: Report) -> list[Signal]:
    """Return the changes that last, those that are told as facts first: one of them makes the headline."""
    found = [s for s in report.signals if s.significant and s.kind != "outlier"]
    return sorted(found, key=lambda s: bool(doubt(s)))


def few_sprints(report: Report) -> bool:
    """Say whether there are so few sprints that what is called usual is a first sketch."""
    return len(report.sprints) < FEW_SPRINTS


def lower_first(text: str) -> str:
    """Return the text for the middle of a sentence; an abbreviation keeps its capitals."""
    return text if len(text) > 1 and text[1].isupper() else text[:1].lower() + text[1:]


def upper_first(text: str) -> str:
    """Return the text for the start of a sentence."""
    return text[:1].upper() + text[1:]


def ended(text: str) -> str:
    """Return somebody's words as a sentence: with a full stop unless they bring their own end."""
    plain = text.rstrip()
    return plain if not plain or plain[-1] in ".!?…" else f"{plain}."


def day(moment: datetime, words: Words = ENGLISH) -> str:
    """Return "17 Apr 2026"."""
    return f"{moment.day} {words.months[moment.month - 1]} {moment.year}"


#: By so many days sprints of one length may differ: a holiday at an end, a start on Tuesday.
_A_HOLIDAY = 3


def cadence_days(sprints: Sequence[SprintRef]) -> int | None:
    """Return the days from one start to the next where the sprints agree on it, else None.

    A gap between two sprints breaks no rhythm, and a sprint that is clearly shorter or longer than the others does.
    """
    starts = [s.start for s in sprints]
    gaps = [
        round((b - a).total_seconds() / 86_400)
        for a, b in pairwise(starts)
        if a is not None and b is not None
    ]
    if not gaps or len(gaps) < len(starts) - 1:
        return None
    usual = sorted(gaps)[len(gaps) // 2]
    lengths = [(s.end - s.start).total_seconds() / 86_400 for s in sprints if s.start and s.end]
    if lengths and max(lengths) - min(lengths) > _A_HOLIDAY:
        return None
    return usual if usual > 0 and sum(abs(g - usual) <= 1 for g in gaps) >= 0.8 * len(gaps) else None


def names_of(report: Report, words: Words = ENGLISH) -> SprintNames:
    """Return what the sprints of a report are called: those it is on, and those of the experiments that it judges."""
    refs = {s.sprint_id: Sprint(s.sprint_id, clean(s.name), s.start) for s in report.sprints}
    tried = {p.sprint_id: p.name for t in report.tried for p in t.points if p.sprint_id not in refs}
    earlier = [Sprint(ident, clean(name)) for ident, name in tried.items()]
    return SprintNames.of([*earlier, *refs.values()], words)


@dataclass(frozen=True, slots=True)
class Figures:
    """Writes a report's numbers and names: knows how finely its series were recorded, what its sprints are called."""

    grains: Mapping[str, int]
    values: Mapping[tuple[str, str], float]
    words: Words = ENGLISH
    finer: Mapping[str, int] = field(default_factory=dict)
    sprints: SprintNames = field(default_factory=lambda: SprintNames({}, {}))

    @classmethod
    def of(cls, report: Report, words: Words = ENGLISH) -> Figures:
        """Read the decimals of each series from its values, and how many its usual range needs."""
        values = {
            (s.metric, ref.sprint_id): v
            for s in report.series
            for ref, v in zip(report.sprints, s.values, strict=False)
            if v is not None
        }
        grains = {t.metric: _grain([p.value for p in t.points]) for t in report.tried}
        grains |= {s.metric: _grain(s.values) for s in report.series}
        plain = cls(grains, values, words, sprints=names_of(report, words))
        rows = {s.metric: [v for v in s.values if v is not None] for s in report.series}
        needed = {x.metric: plain._needed(x, rows.get(x.metric, [])) for x in report.levels}
        return replace(plain, finer={metric: places for metric, places in needed.items() if places})

    @classmethod
    def of_tried(cls, tried: Tried, words: Words = ENGLISH) -> Figures:
        """Read the decimals from what is known of one experiment."""
        points = [Sprint(p.sprint_id, clean(p.name)) for p in tried.points]
        grain = {tried.metric: _grain([p.value for p in tried.points])}
        return cls(grain, {}, words, sprints=SprintNames.of(points, words))

    def since(self, signal: Signal) -> str:
        """Return what the sprint is called in which a change began, or that stood out."""
        return self.sprints(signal.since_sprint_id, clean(signal.since_sprint_name))

    def label(self, metric: str, title: str) -> str:
        """Return the name of a measure for a table or a heading."""
        known = self.words.measures.get(metric)
        return known.label if known else self.title(title, metric)

    def title(self, title: str, metric: str = "") -> str:
        """Return the name of a measure at the start of a sentence: the language's, else the report's ``title``."""
        return self.words.titles.get(metric) or clean(title, 60)

    def name(self, title: str, metric: str = "") -> str:
        """Return the name of a measure inside a sentence."""
        return lower_first(self.title(title, metric))

    def clause(self, metric: str, title: str, direction: str) -> str:
        """Return what the measure did, such as "Reviews have taken longer"."""
        known: Measure | None = self.words.measures.get(metric)
        way = "more" if direction == "up" else "fewer"
        if known:
            return known.more if direction == "up" else known.fewer
        kind = "count" if describe(metric).family == "count" else "value"
        return upper_first(
            self.words(f"{kind}.{way}", title=(self.name if kind == "count" else self.title)(title, metric))
        )

    def places(self, metric: str, size: float, *, mean: bool = True) -> int:
        """Return the decimals of a number of this size. ``mean``: an average, not a value of the data."""
        wanted = _places_for(describe(metric), abs(size))
        return min(wanted if mean else max(wanted, self.finer.get(metric, 0)), self._most(metric, mean=mean))

    def _most(self, metric: str, *, mean: bool) -> int:
        return self.grains.get(metric, 2) + (1 if mean else 0)

    def plain(self, metric: str, *numbers: float, mean: bool = True) -> tuple[str, ...]:
        """Return numbers without a unit; two that differ also look different, where the decimals allow it."""
        places = [self.places(metric, n, mean=mean) for n in numbers]
        texts = [number(n, p) for n, p in zip(numbers, places, strict=True)]
        while len({*texts}) < len({*numbers}) and max(places) < min(self._most(metric, mean=mean), 2):
            places = [max(places) + 1] * len(numbers)
            texts = [number(n, p) for n, p in zip(numbers, places, strict=True)]
        return tuple(texts)

    def cell(self, metric: str, unit: str, *numbers: float, mean: bool = True) -> tuple[str, ...]:
        """Return numbers for a table, each with its short unit ("14 h", "24 %", "2.1")."""
        return tuple(f"{t}{_symbol(unit)}" for t in self.plain(metric, *numbers, mean=mean))

    def sizes(self, signal: Signal) -> tuple[str, str]:
        """Return before and after with their short unit; an odd sprint's own value is data, not an average."""
        if signal.kind != "outlier":
            before, after = self.cell(signal.metric, signal.unit, signal.before, signal.after)
            return before, after
        (usually,) = self.plain(signal.metric, signal.before)
        seen = self.values.get((signal.metric, signal.since_sprint_id), signal.after)
        (value,) = self.plain(signal.metric, seen, mean=False)
        symbol = _symbol(signal.unit)
        return f"{usually.removesuffix('.0')}{symbol}", f"{value}{symbol}{self.compared(signal)}"

    def beyond(self, signal: Signal, row: Sequence[float | None]) -> float | None:
        """Return the last recorded value where the estimated end of a drift lies beyond every value of the series."""
        known = [v for v in row if v is not None]
        if signal.kind != "drift" or not known or min(known) <= signal.after <= max(known):
            return None
        return known[-1]

    def compared(self, signal: Signal) -> str:
        """Return what an odd sprint's value would be at usual size, in brackets; nothing where that is the same."""
        seen = self.values.get((signal.metric, signal.since_sprint_id))
        if not signal.sized or seen is None or abs(signal.after - seen) <= SIZE_TELLS * abs(seen):
            return ""
        (compared,) = self.cell(signal.metric, signal.unit, signal.after)
        return self.words("sized", compared=compared)

    def full(self, metric: str, unit: str, *numbers: float, mean: bool = True) -> tuple[str, ...]:
        """Return numbers for a sentence, each with its unit in words ("24 hours", "1 item", "7.2")."""
        return tuple(f"{t}{self._unit(unit, t)}" for t in self.plain(metric, *numbers, mean=mean))

    def _unit(self, unit: str, text: str) -> str:
        if unit not in self.words.units:
            return _symbol(unit)
        one, several = self.words.units[unit]
        return f" {one if text == '1' else several}"

    def usual(self, metric: str, unit: str, usual: Interval) -> str:
        """Return a usual range: "6–22 h", "0–3"."""
        low, high = self.bounds(metric, usual)
        if low == high:
            return f"{low}{_symbol(unit)}"
        return f"{low}–{high}{_symbol(unit)}"

    def bounds(self, metric: str, usual: Interval) -> tuple[str, str]:
        """Return both ends of a usual range; whole things are rounded inwards."""
        low, high, places = self._ends(metric, usual)
        return number(low, places), number(high, places)

    def drawn(self, metric: str, usual: Interval) -> tuple[float, float]:
        """Return the ends of a usual range as they are printed: what a chart draws its band between."""
        low, high, places = self._ends(metric, usual)
        return round(low, places), round(high, places)

    def _ends(self, metric: str, usual: Interval, finer: int | None = None) -> tuple[float, float, int]:
        entry = describe(metric)
        counted = entry.whole or entry.family == "count" or metric not in REGISTRY
        if counted and self.grains.get(metric, 0 if entry.whole else 1) == 0:
            low, high = math.ceil(usual.low - 1e-9), math.floor(usual.high + 1e-9)
            if low <= high:
                return float(low), float(high), 0
        places = min(_places_for(entry, abs(usual.high)), self.grains.get(metric, 2) + 1)
        return usual.low, usual.high, max(places, self.finer.get(metric, 0) if finer is None else finer)

    def _needed(self, level: Level, values: Sequence[float]) -> int:
        """Return the decimals with which each printed value lies where it does: inside the printed range or outside."""
        entry, most = describe(level.metric), self._most(level.metric, mean=False)
        lowest, highest = level.usual.low, level.usual.high
        # Rounding moves a value or an end by one at most: only what lies near an end can change its side.
        near = [v for v in values if abs(v - lowest) <= _NEAR or abs(v - highest) <= _NEAR]
        known = [(v, _places_for(entry, abs(v)), lowest <= v <= highest) for v in near]
        for places in range(MOST_PLACES + 1 if near else 1):
            low, high, ends = self._ends(level.metric, level.usual, places)
            low, high = round(low, ends), round(high, ends)
            if all(
                (low <= round(v, min(max(own, places), most)) <= high) == inside for v, own, inside in known
            ):
                return places
        return MOST_PLACES

    def size(self, metric: str, unit: str, amount: float, fraction: float | None) -> str:
        """Return the size of a change: a percentage where the base allows it, else an amount with its unit."""
        base = amount / fraction if fraction else 0.0
        if fraction and fraction < 1 and base >= PERCENT_BASE and unit != "%":
            return f"{math.floor(100 * fraction + 0.5)} %"
        text = number(amount, self.places(metric, amount))
        if unit == "%":
            return f"{text}{self.words('points.percent')}"
        per = self._per(metric)
        return f"{text}{_symbol(unit)}{per}"

    def fit(self, signal: Signal) -> str:
        """Return the range that the data fit: "1.4 to 1.9 times as long", "1 to 3 more per sprint"."""
        return self.fits(signal.metric, signal.unit, signal.before, signal.interval, signal.ratio_interval)

    def fits(self, metric: str, unit: str, before: float, effect: Interval, ratio: Interval | None) -> str:
        """Return the range of a change that the data fit; ``effect`` in the unit, ``ratio`` after ÷ before."""
        if ratio is not None and before >= PERCENT_BASE and unit != "%" and ratio.low > 0:
            return self._fit_ratio(metric, ratio)
        return self._fit_unit(metric, unit, effect)

    def comparatives(self, metric: str) -> tuple[str, str, str]:
        """Return the words for more, less, and "as … as" of a measure."""
        table, family = self.words.comparatives, describe(metric).family
        return table.get(metric) or table.get(family) or table[""]

    def _fit_ratio(self, metric: str, ratio: Interval) -> str:
        more, less, as_ = self.comparatives(metric)
        say, low, high = self.words, ratio.low, ratio.high
        if low >= 1.05 and high >= 1.5:
            places = 0 if low >= 10 else 1
            return say("fit.times", low=number(low, places), high=number(high, places), as_=as_)
        if low >= 1:
            return self._percent(low - 1, high - 1, more)
        if high <= 1:
            return self._percent(1 - high, 1 - low, less)
        if _percent(high - 1) == "0":
            return say("fit.percent.upto", high=_percent(1 - low), word=less)
        if _percent(1 - low) == "0":
            return say("fit.percent.upto", high=_percent(high - 1), word=more)
        return say("fit.percent.both", low=_percent(1 - low), high=_percent(high - 1), less=less, more=more)

    def _percent(self, low: float, high: float, word: str) -> str:
        if _percent(low) == "0":
            return self.words("fit.percent.upto", high=_percent(high), word=word)
        return self.words("fit.percent", low=_percent(low), high=_percent(high), word=word)

    def _fit_unit(self, metric: str, unit: str, effect: Interval) -> str:
        more, less, _ = self.comparatives(metric)
        low, high = effect.low, effect.high
        said = self.words("points.percent") if unit == "%" else _symbol(unit)
        per = self._per(metric)
        if low < 0 < high:
            a, b = self._same(metric, -low, high)
            return self.words("fit.unit.both", low=a, high=b, unit=said, less=less, more=more, per=per)
        small, large = sorted((abs(low), abs(high)))
        a, b = self._same(metric, small, large)
        key = "fit.unit.same" if a == b else "fit.unit.upto" if not float(a) else "fit.unit"
        return self.words(key, low=a, high=b, unit=said, word=less if high <= 0 else more, per=per)

    def _per(self, metric: str) -> str:
        flows = describe(metric).family == "count" and metric not in STOCKS
        return self.words("per.sprint") if flows else ""

    def _same(self, metric: str, low: float, high: float) -> tuple[str, str]:
        places = self.places(metric, max(low, high))
        if describe(metric).whole and low >= 1:
            places = 0
        return number(low, places), number(high, places)


def _percent(fraction: float) -> str:
    return str(math.floor(100 * fraction + 0.5))


def _symbol(unit: str) -> str:
    return f" {unit}" if unit in ("h", "%") else ""


def _places_for(entry: Metric, size: float) -> int:
    if entry.family in ("ratio", "rate") and entry.unit != "%":
        return 2 if size < 10 else 0
    if entry.name in REGISTRY and entry.family == "bounded":
        return 1
    whole = 5 if entry.unit == "%" else 10
    return 0 if size >= whole or size == 0 else 1 if size >= 1 else 2


def _grain(row: Sequence[float | None]) -> int:
    """Return how many decimals a series was recorded with, at most 2."""
    values = [float(v) for v in row if v is not None]
    for places, times in ((0, 1.0), (1, 10.0)):
        # Nearly all are told at once; what a product's own rounding hides is looked at closely.
        if all(map(float.is_integer, [v * times for v in values])) or all(
            abs(v - round(v, places)) < 1e-9 * max(1.0, abs(v)) for v in values
        ):
            return places
    return 2


def listed(items: Iterable[str], words: Words = ENGLISH) -> str:
    """Return the items as one enumeration."""
    return words.join([*items])
