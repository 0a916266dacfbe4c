"""The default narrator: fixed sentences filled with the report's own numbers; no model, no chance, no clock."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from hansei.core.metrics import describe
from hansei.core.narrative import HEADLINE_LIMIT, Narrative, Paragraph
from hansei.core.phrases import (
    DOUBTS,
    SIZE_TELLS,
    Figures,
    certainty,
    clean,
    doubt,
    few_sprints,
    finding,
    in_hundred,
    lasting,
    lower_first,
    upper_first,
)
from hansei.core.ports import Progress, quiet
from hansei.core.report import Association, Detectable, Forecast, Interval, Level, Refusal, Report, Signal
from hansei.core.telling import Telling
from hansei.core.words import ENGLISH, Words

#: More than these in one sentence is a list that nobody reads; the rest stands in a table.
EASY_SHOWN, HARD_SHOWN, REFUSED_SHOWN, REST_NAMED, STRAYS_NAMED = 6, 4, 4, 5, 3
#: A longer name of sprints is not repeated where a sentence reads as well without it.
EASY_NAME = 28
#: A change that must be larger than this share of the level is said apart: it would take a lot to see it.
HARD_FRACTION = 0.5


@dataclass(frozen=True, slots=True)
class TemplateNarrator:
    """Writes a report's prose from the catalogue of one language."""

    words: Words = ENGLISH
    name: str = "template"

    def narrate(
        self, report: Report, *, team_name: str, custom_context: str | None, progress: Progress = quiet
    ) -> Narrative:
        """Return the prose; equal reports give equal prose. The team's name and note are left to the renderer."""
        del team_name, custom_context, progress
        told = _Telling(report, Figures.of(report, self.words), self.words)
        return Narrative(
            headline=told.headline(),
            summary=" ".join(told.summary()),
            paragraphs=(
                *told.tried(),
                *told.findings(),
                *told.ordinary(),
                *told.unseen(),
                *told.together(),
                *told.next_sprint(),
            ),
            narrator=self.name,
        )


@dataclass(frozen=True, slots=True)
class _Stray:
    """A value outside the usual range of a measure that did not change, its sprint's place, how many there are."""

    level: Level
    at: int
    value: float
    count: int


@dataclass(frozen=True)  # without slots, so that it can keep what it has looked up
class _Telling:
    report: Report
    figures: Figures
    words: Words

    @property
    def sure(self) -> list[Signal]:
        return [s for s in self.report.signals if s.significant]

    @cached_property
    def lasting(self) -> list[Signal]:
        return lasting(self.report)

    @property
    def odd(self) -> list[Signal]:
        return [s for s in self.sure if s.kind == "outlier"]

    @property
    def hints(self) -> list[Signal]:
        return [s for s in self.report.signals if not s.significant]

    @cached_property
    def strays(self) -> list[_Stray]:
        """The measures without a change or a hint of one that lately had a value outside their usual range."""
        told = {s.metric for s in self.report.signals}
        found = (self._stray(x) for x in self.report.levels if x.metric not in told)
        return [x for x in found if x is not None]

    @cached_property
    def _first(self) -> int | None:
        """The place of the sprint in which the first lasting change began."""
        ids = [x.sprint_id for x in self.report.sprints]
        return min((ids.index(s.since_sprint_id) for s in self.lasting), default=None)

    def _stray(self, level: Level) -> _Stray | None:
        """Return the latest value outside: of the sprints since something changed, where nothing did the last value."""
        row = next((x.values for x in self.report.series if x.metric == level.metric), ())
        known = [(i, v) for i, v in enumerate(row) if v is not None][:-1]
        last = max((i for i, v in enumerate(row) if v is not None), default=len(self.report.sprints) - 1)
        since = last if self._first is None else self._first
        seen = [*((i, v) for i, v in known if i >= since), (last, level.last)]
        out = [(i, v) for i, v in seen if not level.usual.low <= v <= level.usual.high]
        return _Stray(level, *out[-1], len(out)) if out else None

    # what was tried

    def tried(self) -> Iterator[Paragraph]:
        """Return one paragraph for each experiment that was tried."""
        for t in self.report.tried:
            told = Telling(t, self.figures, self.words)
            yield Paragraph("tried", " ".join(told.sentences()), (t.id,), told.heading())

    # headline

    def headline(self) -> str:
        """Return the first wording that fits; the last of each kind always does. None is cut: it might cut a number."""
        options = [upper_first(o) for o in self._headlines()]
        unsure = self._doubt()
        if unsure:
            begin = lower_first if self.lasting else str  # "Sprint 38 stood out" begins with a name
            options = [self.words(f"headline{unsure}", rest=begin(o)) for o in options]
        return next((o for o in options if len(o) <= HEADLINE_LIMIT), options[-1])

    def _headlines(self) -> Iterator[str]:
        if self.lasting:
            yield from self._headlines_changed()
        elif self.odd:
            s = self.odd[0]
            before, after = self.figures.sizes(s)
            named = {
                "sprint": self.figures.since(s),
                "title": self.figures.name(s.title, s.metric),
                "after": after,
            }
            yield self.words("headline.outlier", before=before, **named)
            yield self.words("headline.outlier.short", **named)
            yield self.words("headline.outlier.last", **named)
        elif not self.report.checked:
            yield self.words("headline.unchecked", span=self._span())
            yield self.words("headline.unchecked.short")
        elif self.hints:
            title = self.figures.name(self.hints[0].title, self.hints[0].metric)
            n = len(self.hints)
            count = self.words.spell(n)
            yield self.words.count("headline.hint", n, span=self._span(), title=title, count=count)
            yield self.words.count("headline.hint.short", n, count=count)
        else:
            key = "headline.few" if few_sprints(self.report) or self._hard() else "headline.none"
            yield self.words(key, span=self._span())
            yield self.words(f"{key}.short")

    def _headlines_changed(self) -> Iterator[str]:
        s = self.lasting[0]
        more = len(self._stories()) - 1
        before, after = self.figures.sizes(s)
        named = {"clause": self._clause(s), "sprint": self.figures.since(s)}
        full = self.words(
            "headline.drift" if s.kind == "drift" else "headline.step", before=before, after=after, **named
        )
        short = self.words("headline.step.short", **named)
        if more:
            yield self.words.count("headline.more", more, first=full)
            yield self.words.count("headline.more", more, first=short)
        yield full
        yield short
        title = clean(self.figures.title(s.title, s.metric), 40)
        yield self.words("headline.label", title=title, before=before, after=after)
        yield self.words("headline.last", sprint=self.figures.since(s))

    def _doubt(self) -> str:
        """Return how much doubt there is about what the headline tells."""
        first = (self.lasting or self.odd)[:1]
        return doubt(first[0]) if first else ""

    def _hard(self) -> bool:
        """Say whether each measure would have shown a large change only."""
        sizes = self.report.detectable
        return bool(sizes) and all(map(_hard, sizes))

    # summary

    def summary(self) -> Iterator[str]:
        """Return the sentences under the headline."""
        if not self.sure:
            yield from self._summary_quiet()
            return
        yield from self._summary_lasting()
        yield from self._summary_odd()
        rest = self._rest()
        if rest:
            yield rest
        yield from self._summary_strays()
        why = "summary.why" if self.lasting else "summary.why.odd"
        yield self.words(f"{why}.likely" if self._doubt() else why)

    def _summary_quiet(self) -> Iterator[str]:
        if not self.report.checked:
            yield self._unchecked()
            return
        if self.strays:
            yield from self._summary_with_strays()
            return
        last = self.figures.sprints(self.report.window[-1].sprint_id)
        few = self.words.spell(len(self.report.sprints)) if few_sprints(self.report) else ""
        if self.hints:
            key = "summary.hint.only" if self._only_told() else "summary.hint.few" if few else "summary.hint"
            yield self.words(key, titles=self._hinted(), last=last)
        elif few:
            yield self.words("summary.few", count=few, last=last)
            yield self.words("summary.sketch")
        elif self._hard():
            yield self.words("summary.hard", last=last)
            yield self.words("summary.level")
        else:
            yield self.words("summary.none", last=last)
            if sum(map(_hard, self.report.detectable)) * 2 > len(self.report.detectable):
                yield self.words("summary.mostly")
            yield self.words("summary.stable")

    def _unchecked(self) -> str:
        """Say why nothing is claimed, and for how many sprints to wait where that is all it takes."""
        named = [r for r in self.report.refusals if r.metric]
        least, n = self.report.policy.get("least_values"), len(self.report.sprints)
        wait = f"summary.unchecked.{least - n}" if isinstance(least, int) else ""
        if named and wait in self.words.texts:
            return self.words(wait)
        return self.words("summary.unchecked" if named else "summary.empty")

    def _summary_with_strays(self) -> Iterator[str]:
        if self.hints:
            yield self.words("summary.hint.stray", titles=self._hinted())
        else:
            yield self.words("summary.stray.none")
        yield from self._summary_strays()
        if not self._only_told():
            yield self.words("summary.stray.rest")
        if not self.hints:
            yield self.words("summary.level" if few_sprints(self.report) else "summary.stable")

    def _hinted(self) -> str:
        return upper_first(self.words.join([self.figures.name(s.title, s.metric) for s in self.hints[:3]]))

    def _only_told(self) -> bool:
        """Say whether each measure is a hint or a stray, so that no other is left to speak of."""
        return len(self.hints) + len(self.strays) >= self.report.checked

    def _summary_strays(self) -> Iterator[str]:
        """Name values outside a usual range that are no change: "no change shows" must not hide them."""
        sizes = {d.metric: d for d in self.report.detectable}
        for x in self.strays[:STRAYS_NAMED]:
            level = x.level
            title = self.figures.name(level.title, level.metric)
            (value,) = self.figures.cell(level.metric, level.unit, x.value, mean=False)
            yield self.words(
                f"summary.stray.{'above' if x.value > level.usual.high else 'below'}",
                sprint=self.figures.sprints(self.report.sprints[x.at].sprint_id),
                title=title,
                value=value,
                usual=self.figures.usual(level.metric, level.unit, level.usual),
            )
            if level.metric in sizes and (x.count > 1 or _hard(sizes[level.metric])):
                yield self.words("summary.stray.size", title=title, size=self._size(sizes[level.metric]))
        if self.strays and all(x.count == 1 for x in self.strays):
            yield self.words("summary.stray.why")

    def _summary_lasting(self) -> Iterator[str]:
        if not self.lasting:
            return
        first, *others = self.lasting
        same = [s for s in others if self._near(first, s)]
        later = [s for s in others if s not in same]
        yield from self._counted(first, later)
        yield self._told(first)
        if doubt(first):
            yield self.words(f"summary{doubt(first)}", sure=in_hundred(certainty(first), self.words))
        for unsure in DOUBTS:  # what is likely never stands in one sentence with what is sure
            yield from self._also(first, [s for s in same[:3] if doubt(s) == unsure], unsure)
        for unsure in DOUBTS:
            yield from self._later([s for s in later[:3] if doubt(s) == unsure], unsure)

    def _counted(self, first: Signal, later: Sequence[Signal]) -> Iterator[str]:
        """Say how many measures changed; where none is sure, each is told with its doubt and needs no count."""
        if doubt(first):
            return
        n = len(self.lasting)
        count = self.words.spell(n)
        if later:
            unsure = max(map(doubt, self.lasting), key=DOUBTS.index)
            yield upper_first(self.words(f"summary.many{unsure}", count=count))
        else:
            yield self.words.count("summary.one", n, sprint=self.figures.since(first), count=count)

    def _also(self, first: Signal, same: Sequence[Signal], unsure: str) -> Iterator[str]:
        if not same:
            return
        clauses = self.words.join([lower_first(self._clause(s)) for s in same])
        exact = all(s.since_sprint_id == first.since_sprint_id for s in same)
        key = "summary.also" if exact else "summary.also.about"
        yield self.words(f"{key}{unsure}", clauses=clauses)

    def _later(self, later: Sequence[Signal], unsure: str) -> Iterator[str]:
        if not later:
            return
        began: dict[str, list[str]] = {}
        for s in later:
            began.setdefault(self.figures.since(s), []).append(lower_first(self._clause(s)))
        clauses = [
            self.words("headline.step.short", clause=self.words.join(told), sprint=sprint)
            for sprint, told in began.items()
        ]
        yield self.words(f"summary.also.later{unsure}", clauses=self.words.join(clauses))

    def _summary_odd(self) -> Iterator[str]:
        if not self.odd:
            return
        if not self.lasting:
            n, unsure = len(self.odd), max(map(doubt, self.odd), key=DOUBTS.index)
            yield upper_first(self.words.count(f"summary.odd{unsure}", n, count=self.words.spell(n)))
        for s in self.odd[:2]:
            before, after = self.figures.sizes(s)
            named = {"title": self.figures.name(s.title, s.metric), "after": after, "before": before}
            yield self.words("summary.outlier", sprint=self.figures.since(s), **named)
            if doubt(s):
                yield self.words(f"summary{doubt(s)}.odd", sure=in_hundred(certainty(s), self.words))

    def _rest(self) -> str:
        told = {s.metric for s in self.report.signals}
        rest = [level for level in self.report.levels if level.metric not in told]
        if not rest:
            return ""
        if len(rest) > REST_NAMED:
            return self.words("summary.rest.many", n=len(rest))
        titles = self.words.join([self.figures.name(r.title, r.metric) for r in rest])
        return self.words("summary.rest", titles=titles)

    def _told(self, s: Signal) -> str:
        known = self.words.measures.get(s.metric)
        sprint = self.figures.since(s)
        if known and known.lives and s.kind == "step" and not doubt(s):
            _, after = self.figures.full(s.metric, s.unit, s.before, s.after)
            before, _ = self.figures.plain(s.metric, s.before, s.after)
            return self.words(
                "summary.since", sprint=sprint, told=known.lives.format(after=after, before=before)
            )
        before, after = self.figures.sizes(s)
        unsure, clause = doubt(s), self._clause(s)
        clause = lower_first(clause) if unsure else clause
        drift = ".drift" if s.kind == "drift" else ""
        return self.words(
            f"summary.told{drift}{unsure}", clause=clause, sprint=sprint, after=after, before=before
        )

    # findings

    def findings(self) -> Iterator[Paragraph]:
        """Return a paragraph for each finding, one for each group that is one story, and the hints."""
        for s in self.sure:
            yield self._finding(s)
        for group in self._ingredients():
            titles = upper_first(self.words.join([self.figures.name(s.title, s.metric) for s in group]))
            text = self.words("finding.story", titles=titles, count=self.words.spell(len(group)))
            yield Paragraph("changed", text, tuple(s.id for s in group))
        for s in self.hints:
            before, after = self.figures.sizes(s)
            text = self.words(
                "finding.hint.odd" if s.kind == "outlier" else "finding.hint",
                title=self.figures.title(s.title, s.metric),
                way=self.words(f"way.{s.direction}"),
                sprint=self.figures.since(s),
                before=before,
                after=after,
                p=_hundred(s.probability),
            )
            heading = self.words("finding.hint.heading")
            yield Paragraph("changed" if self.sure else "normal", text, (s.id,), heading)

    def _finding(self, s: Signal) -> Paragraph:
        before, after = self.figures.sizes(s)
        heading = self.words(
            finding(s),
            label=self.figures.label(s.metric, s.title),
            after=after,
            before=before,
            sprint=self.figures.since(s),
        )
        level = next((x for x in self.report.levels if x.metric == s.metric), None)
        said = []
        if doubt(s):
            odd = ".odd" if s.kind == "outlier" else ""
            said.append(self.words(f"summary{doubt(s)}{odd}", sure=in_hundred(certainty(s), self.words)))
        said.extend(self._beyond(s))
        if self._for_size(s):  # the usual range is that of the values as recorded
            said.append(self.words("finding.sized"))
        elif level:
            said.append(self._outside(s, level))
        if s.kind == "outlier":
            said.append(self.words("finding.odd"))
        elif s.helpful:
            said.append(self.words("finding.helpful"))
        if s.status == "confirmed":
            said.append(self.words("finding.confirmed"))
        cites = (s.id, level.id) if level else (s.id,)
        return Paragraph("changed", " ".join(x for x in said if x), cites, heading)

    def _beyond(self, s: Signal) -> Iterator[str]:
        """Say what was recorded last where the estimated end of a drift lies beyond it all."""
        row = next((x.values for x in self.report.series if x.metric == s.metric), ())
        value = self.figures.beyond(s, row)
        if value is None:
            return
        at = max(i for i, v in enumerate(row) if v is not None)
        (last,) = self.figures.cell(s.metric, s.unit, value, mean=False)
        sprint = self.figures.sprints(self.report.sprints[at].sprint_id)
        title = self.figures.name(s.title, s.metric)
        yield self.words("finding.drift.last", sprint=sprint, title=title, last=last)

    def _outside(self, s: Signal, level: Level) -> str:
        """Say how many sprints since the change lie outside the usual range, on the side of the change."""
        usual = self.figures.usual(s.metric, s.unit, level.usual)
        if s.kind == "outlier":
            value = self.figures.values.get((s.metric, s.since_sprint_id), s.after)
            inside = level.usual.low <= value <= level.usual.high
            return self.words("finding.odd.inside" if inside else "finding.usual", usual=usual)
        values = self._values_since(s)
        above = s.direction == "up"
        out = sum(v > level.usual.high if above else v < level.usual.low for v in values)
        if not out:
            inside = bool(values) and all(level.usual.low <= v <= level.usual.high for v in values)
            return self.words("finding.inside", usual=usual) if inside else ""
        key, n = f"finding.outside.{'above' if above else 'below'}", len(values)
        which = "one" if n == 1 else "all" if out == n else "single" if out == 1 else "other"
        some = self.words(f"{key}.{which}", out=self.words.spell(out), count=self.words.spell(n), usual=usual)
        return upper_first(some)

    def _values_since(self, s: Signal) -> list[float]:
        row = next((x.values for x in self.report.series if x.metric == s.metric), ())
        start = [x.sprint_id for x in self.report.sprints].index(s.since_sprint_id)
        return [v for v in row[start:] if v is not None]

    def _stories(self) -> list[list[Signal]]:
        """Group lasting signals that share an ingredient, or begin within a sprint of each other."""
        return _groups(self.lasting, lambda a, b: b.id in a.joined_with or self._near(a, b))

    def _near(self, a: Signal, b: Signal) -> bool:
        ids = [x.sprint_id for x in self.report.sprints]
        return abs(ids.index(a.since_sprint_id) - ids.index(b.since_sprint_id)) <= 1

    def _ingredients(self) -> list[list[Signal]]:
        groups = _groups(self.sure, lambda a, b: b.id in a.joined_with or a.id in b.joined_with)
        return [g for g in groups if len(g) > 1]

    # not news, not seen, together, next

    def ordinary(self) -> Iterator[Paragraph]:
        """Return a paragraph for each swing that looks like news."""
        swings = self.report.ordinary
        for i, o in enumerate(swings, 1):
            first, last = self.figures.cell(o.metric, o.unit, *o.values, mean=False)
            text = self.words(
                "ordinary.swing",
                title=self.figures.title(o.title, o.metric),
                first=first,
                first_sprint=self.figures.sprints(o.sprint_ids[0], clean(o.sprint_names[0])),
                last=last,
                last_sprint=self.figures.sprints(o.sprint_ids[1], clean(o.sprint_names[1])),
                usual=self.figures.usual(o.metric, o.unit, o.usual),
            )
            dice = f" {self.words('ordinary.dice')}" if i == len(swings) else ""
            yield Paragraph("ordinary", text + dice, (o.id,))
        if not swings and self.report.checked and not self.strays and not self.report.focus_metrics:
            # With a focus the swings of other measures are left out, so nothing is known of their absence.
            yield Paragraph("ordinary", self.words("ordinary.none"))

    def unseen(self) -> Iterator[Paragraph]:
        """Return what could have hidden from this report, and what was not checked."""
        yield from self._sizes()
        refused = [r for r in self.report.refusals if r.metric]
        if refused:
            text = self.words("unseen.refused", list="; ".join(self._refused(refused)))
            yield Paragraph("unseen", text, tuple(r.id for r in refused))

    def _sizes(self) -> Iterator[Paragraph]:
        moved = {s.metric for s in self.sure}
        sizes = [d for d in self.report.detectable if d.metric not in moved]
        if not sizes:
            if self.report.checked and not self.report.detectable:
                yield Paragraph("unseen", self.words("unseen.nothing"))
            return
        _, after = Counter(d.sample for d in sizes).most_common(1)[0][0]
        easy = [d for d in sizes if not _hard(d)]
        hard = [d for d in sizes if _hard(d)]
        asked = {"ago": self.words.count("unseen.ago", after)}
        if not easy:
            yield self._list_sizes("unseen.hard.only", "unseen.hard.one", hard, HARD_SHOWN, asked)
            return
        yield self._list_sizes("unseen.size", "unseen.one", easy, EASY_SHOWN, asked)
        if hard:
            yield self._list_sizes("unseen.hard", "unseen.hard.one", hard, HARD_SHOWN, {})

    def _list_sizes(
        self, key: str, one: str, sizes: Sequence[Detectable], most: int, asked: Mapping[str, str]
    ) -> Paragraph:
        shown = sizes[:most]
        named = {d.id: self.figures.name(d.title, d.metric) for d in shown}
        parts = [self.words(one, title=named[d.id], size=self._size(d)) for d in shown]
        text = self.words(key, list=self.words.join(parts), **asked)
        left = len(sizes) - len(shown)
        if left:
            rest = self.words.count("unseen.rest", left, count=self.words.spell(left))
            text = f"{text} {upper_first(rest)}"
        return Paragraph("unseen", text, tuple(d.id for d in shown))

    def _size(self, d: Detectable) -> str:
        return self.figures.size(d.metric, d.unit, d.amount, d.fraction)

    def _refused(self, refused: Sequence[Refusal]) -> list[str]:
        by_reason: dict[str, list[str]] = {}
        for r in refused:
            reason = lower_first(clean(r.text.removeprefix(f"{r.title}: "), 120).rstrip("."))
            by_reason.setdefault(reason, []).append(self.figures.name(r.title, r.metric))
        out = []
        for reason, titles in by_reason.items():
            names = titles[:REFUSED_SHOWN]
            if len(titles) > REFUSED_SHOWN:
                names.append(self.words.count("unseen.refused.rest", len(titles) - REFUSED_SHOWN))
                listed = ", ".join(names[:-1]) + " " + names[-1]
            else:
                listed = self.words.join(names)
            out.append(self.words("unseen.refused.one", titles=listed, reason=reason))
        return out

    def together(self) -> Iterator[Paragraph]:
        """Return the pairs that often moved together; they stand with the leads and prove none."""
        kinds: dict[str, list[Association]] = {}
        for a in self.report.associations:
            if a.significant:
                kinds.setdefault(f"pairs.{'lag' if a.lag else 'now'}.{a.sign}", []).append(a)
        for key, pairs in kinds.items():
            named = [
                self.words(
                    "pair",
                    first=self.figures.name(a.titles[0], a.metrics[0]),
                    second=self.figures.name(a.titles[1], a.metrics[1]),
                )
                for a in pairs
            ]
            yield Paragraph("leads", self.words(key, pairs="; ".join(named)), tuple(a.id for a in pairs))

    def next_sprint(self) -> Iterator[Paragraph]:
        """Return where the next sprint will most likely fall."""
        for f in self.report.forecast:
            text = self._forecast(f)
            if text:
                yield Paragraph("forecast", text, (f.id,))

    def _forecast(self, f: Forecast) -> str:
        if not f.ranges:
            return ""
        inner, outer = f.ranges[0], f.ranges[min(1, len(f.ranges) - 1)]
        ends = [
            self.figures.usual(f.metric, f.unit, Interval(r.low, r.high, r.level)) for r in (inner, outer)
        ]
        title = self.figures.title(f.title, f.metric)
        if inner is outer:
            text = self.words("forecast.only", title=title, times=self._times(inner.level), range=ends[0])
        else:
            text = self.words("forecast.middle", title=title, range=ends[0])
            text += self.words("forecast.wide", times=self._times(outer.level), range=ends[1])
        if not outer.tried:
            return f"{text}.{self.words('forecast.held.none')}"
        key = "forecast.held.one" if inner is outer else "forecast.held"
        return f"{text}.{self.words(key, held=outer.held, tried=outer.tried)}"

    def _times(self, level: float) -> str:
        key = f"times.{round(100 * level)}"
        return self.words(key) if key in self.words.texts else self.words("times.other", n=round(100 * level))

    # names

    def _clause(self, s: Signal) -> str:
        clause = self.figures.clause(s.metric, s.title, s.direction)
        return self.words("sized.clause", clause=lower_first(clause)) if self._for_size(s) else clause

    def _for_size(self, s: Signal) -> bool:
        """Say whether a change is told in sprints of usual size that the recorded values do not show as it is told."""
        values = self._values_since(s)
        if not s.sized or s.kind != "step" or not values:
            return False
        return abs(s.after - sum(values) / len(values)) > SIZE_TELLS * abs(s.after)

    def _span(self) -> str:
        window = self.report.window
        span = self.figures.sprints.span(window[0].sprint_id, window[-1].sprint_id)
        return (
            self.words("sprints.last", n=len(window)) if len(span) > EASY_NAME and len(window) > 1 else span
        )


def _hundred(probability: float) -> int:
    return math.floor(100 * probability + 0.5)


def _hard(d: Detectable) -> bool:
    if d.fraction is None:
        return describe(d.metric).family != "bounded"
    return d.fraction > HARD_FRACTION


def _groups(signals: Sequence[Signal], same: Callable[[Signal, Signal], bool]) -> list[list[Signal]]:
    """Return the connected groups of signals, in the order of their first."""
    groups: list[list[Signal]] = []
    for s in signals:
        joined = [g for g in groups if any(same(o, s) for o in g)]
        rest = [g for g in groups if g not in joined]
        groups = sorted([*rest, [*(o for g in joined for o in g), s]], key=lambda g: signals.index(g[0]))
    return groups
