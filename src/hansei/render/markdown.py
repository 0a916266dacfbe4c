"""A stored report as Markdown that stays a report on a wiki: headings, tables, lists, and no live foreign text.

Everything that came from outside (names, notes, prose) is escaped, so that it can be neither a link, an image,
HTML, a table cell of its own nor a heading.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hansei.core.guide import LENGTHS, Guide, make_guide
from hansei.core.metrics import describe
from hansei.core.narrative import Narrative, Paragraph, Section
from hansei.core.phrases import (
    PERCENT_BASE,
    Figures,
    borrows,
    cadence_days,
    certainty,
    clean,
    day,
    doubt,
    ended,
    few_sprints,
    in_hundred,
    in_ten,
    lower_first,
    number,
)
from hansei.core.report import Evidence, Experiment, Hypothesis, Refusal, Report, Series, Signal, SprintRef
from hansei.core.stored import read_report
from hansei.core.words import ENGLISH, Words

LEADS_SHOWN, EXPERIMENTS_SHOWN = 3, 3
#: A row of more values than this is cut at its old end; a wiki page is about this wide.
VALUES_SHOWN, COLUMNS_SHOWN, GAPS_SHOWN = 24, 8, 4
NOTE_LIMIT = 4000
#: What helps a team most when it is missing, in this order.
WISHED = ("review_time", "cycle_time", "items_carried_over", "team_happiness", "bugs_prod")
#: Experiments that keep or leave out what may have helped: to expect a further gain of them would contradict them.
HOLDS: Mapping[str, str] = {"write_it_down": "keep", "leave_it_out_once": "leave"}
#: What the engine says after the name of a measure beside a lead → the text that is printed.
SAID: Mapping[str, str] = {
    f"{said.format(way=way, opposite=opposite)}.": f"lead.said.{key}{way}"
    for way, opposite in (("up", "down"), ("down", "up"))
    for said, key in (
        ("went {way}, as this would predict", ""),
        ("leans {way}, not sure by itself, as this would predict", "leans."),
        ("moved only as it usually does; this would predict {way}", "flat."),
        ("went {opposite}; this would predict {way}", "other."),
    )
}

_SPECIAL = re.compile(r"([\\`*_\[\]<>|~$#])")
_ENTITY = re.compile(r"&(?=\\?#|\w)")
_LINKISH = re.compile(r"(?<=:)(?=//)|(?<=[Ww]{3})(?=\.)|(?<=\w)(?=\.[^\W\d_]{2})|(?=@)")
_LINE_START = re.compile(r"^([-+=]|\d+(?=[.)]))")


def safe(text: str, limit: int = 2000) -> str:
    """Return one line of foreign text that Markdown shows as it is: no link, image, HTML, mention or table cell."""
    out = _SPECIAL.sub(r"\\\1", clean(text, limit))
    return _LINKISH.sub(r"\\", _ENTITY.sub("&amp;", out))


def render(
    report: Mapping[str, Any],
    narrative: Narrative,
    *,
    team_name: str,
    custom_context: str | None,
    assumed: str | None = None,
    simulated: str | None = None,
    measured: str | None = None,
) -> str:
    """Return the report as Markdown.

    ``report`` is what ``Report.to_dict()`` stored. ``assumed`` is a sentence about what the data did not say,
    ``simulated`` marks data that no team produced, ``measured`` says how often reports like this one are wrong.

    Raises:
        InvalidInput: ``report`` is not a stored report.
    """
    value = read_report(report)
    page = _Page(value, narrative, Figures.of(value), ENGLISH)
    blocks = [*page.head(team_name, assumed, simulated)]
    titled = [(title, body) for title, body in page.sections() if body]
    titled.append((page.words("title.small"), [*page.small_print(custom_context, measured)]))
    for i, (title, body) in enumerate(titled, 1):
        blocks += [f"## {i} · {title}", *body]
    return "\n\n".join(blocks) + "\n"


@dataclass(frozen=True, slots=True)
class _Page:
    report: Report
    narrative: Narrative
    figures: Figures
    words: Words

    @property
    def sure(self) -> list[Signal]:
        return [s for s in self.report.signals if s.significant]

    # head

    def head(self, team_name: str, assumed: str | None, simulated: str | None) -> Iterator[str]:
        """Return the headline, the line under it, and the summary."""
        yield f"# {safe(self.narrative.headline)}"
        parts = [self._team(team_name), self._sprints()]
        if self.report.baseline:
            parts.append(self.words.count("head.before", len(self.report.baseline)))
        # Team size and working days help to read the measures; they are none themselves.
        measured = sum(1 for s in self.report.series if describe(s.metric).analysed)
        parts.append(self.words.count("head.measures", measured))
        ends = [s.end for s in self.report.sprints if s.end]
        if ends:
            parts.append(self.words("head.to", day=day(max(ends), self.words)))
        if simulated:
            parts.append(f"*{safe(simulated)}*")
        yield " · ".join(parts)
        if assumed:
            yield f"*{safe(assumed)}*"
        yield f"**{self.words('short')}** {safe(self.narrative.summary)}"

    def _team(self, name: str) -> str:
        shown = clean(name, 100)
        return safe(shown if shown.casefold().startswith("team") else self.words("team", name=shown))

    def _sprints(self) -> str:
        window = self.report.window
        days = cadence_days(window)
        cadence = ""
        if days:
            key = f"cadence.{days}"
            cadence = self.words(key if key in self.words.texts else "cadence.other", n=days)
        span = safe(self.figures.sprints.span(window[0].sprint_id, window[-1].sprint_id)) if window else ""
        return self.words.count("head.sprints", len(window), span=span, cadence=cadence)

    def sections(self) -> Iterator[tuple[str, list[str]]]:
        """Return the titles and blocks of all sections but the last; an empty one is left out."""
        yield self.words("title.tried"), [*self.tried()]
        if self.sure:
            sure = any(not doubt(s) for s in self.sure)
            yield self.words("title.changed" if sure else "title.changed.unsure"), [*self.changed()]
        elif self.report.checked:
            few = "title.normal.few" if few_sprints(self.report) else "title.normal"
            yield self.words(few), [*self.normal()]
        else:
            yield self.words("title.recorded"), [*self.recorded()]
        yield self.words("title.ordinary"), self._prose("ordinary")
        yield self.words("title.unseen"), self._prose("unseen")
        leads = self.report.hypotheses
        yield self.words("title.leads" if leads else "title.leads.none"), [*self.leads()]
        if self.report.checked:
            some = "title.experiments" if self.report.experiments else "title.experiments.own"
            title = some if self.sure or leads else "title.levels"
            yield self.words(title), [*self.experiments()]
        if self.report.forecast:
            use = self.words("forecast.use")
            yield self.words("title.forecast"), [*self._prose("forecast"), use]
        yield self.words("title.guide"), [*self.guide()]

    def _prose(self, section: Section) -> list[str]:
        return [_paragraph(p) for p in self.narrative.part(section)]

    # what was tried

    def tried(self) -> Iterator[str]:
        """Return the last decision, then a paragraph for each experiment that was tried."""
        made = self.report.decided
        if made is not None:
            what = made.what if made.choice != "nothing" else self.words("decided.nothing")
            said = self.words(
                "decided",
                day=day(made.decided_at, self.words),
                what=safe(ended(what), 400),
                reason=safe(ended(made.reason), 1000),
            )
            role = self.words("decided.role", role=safe(made.role, 100)) if made.role else ""
            yield f"{said} {role}".rstrip()
        notes = {t.id: t.note for t in self.report.tried}
        for p in self.narrative.part("tried"):
            yield _paragraph(p)
            note = next((notes[c] for c in p.cites if notes.get(c)), "")
            if note:
                yield self.words("tried.because", reason=safe(ended(note), 1000))

    # what changed

    def changed(self) -> Iterator[str]:
        """Return the tables of changes, then a paragraph for each with its values."""
        lasting = [s for s in self.sure if s.kind != "outlier"]
        odd = [s for s in self.sure if s.kind == "outlier"]
        if lasting:
            yield self._changes(lasting)
        if odd:
            yield self.words("odd.title")
            yield self._odd(odd)
        if any(borrows(s) for s in self.sure):
            yield self.words("borrowed.note")
        known = {s.id: s for s in self.sure}
        for p in self.narrative.part("changed"):
            yield _paragraph(p)
            told = known.get(p.cites[0]) if p.heading and p.cites else None
            if told:
                yield self._by_sprint(told)

    def _changes(self, signals: Sequence[Signal]) -> str:
        # Under "since Sprint 5" stands a level that held from then on; the end of a drift is none.
        same = len({s.since_sprint_id for s in signals}) == 1 and all(s.kind == "step" for s in signals)
        if same:
            before, after = self._around(signals[0])
            head = [self.words("col.before.span", span=before), self.words("col.since.span", sprint=after)]
        else:
            head = [self.words(f"col.{c}") for c in ("since", "before", "now")]
        rows = []
        for s in signals:
            values = self._before_and_now(s)
            since = [] if same else [self._since(s)]
            rows.append([self._measure(s), *since, *values, self.figures.fit(s), self._sure(s)])
        return _table(
            [self.words("col.measure"), *head, self.words("col.fit"), self.words("col.sure")], rows, left=1
        )

    def _before_and_now(self, s: Signal) -> tuple[str, str]:
        before, after = self.figures.sizes(s)
        if s.kind != "drift":
            return before, after
        row = next((x.values for x in self.report.series if x.metric == s.metric), ())
        value = self.figures.beyond(s, row)
        if value is None:
            return before, self.words("col.drift", after=after)
        (last,) = self.figures.cell(s.metric, s.unit, value, mean=False)
        return before, self.words("col.drift.last", after=after, last=last)

    def _around(self, s: Signal) -> tuple[str, str]:
        """Return the sprints before a change and the one it began with, in short."""
        ids = [x.sprint_id for x in self.report.sprints]
        at = ids.index(s.since_sprint_id) if s.since_sprint_id in ids else 0
        before = self._span(ids[0], ids[at - 1]) if at else self.words("unknown")
        return before, self._since(s)

    def _since(self, s: Signal) -> str:
        return safe(self.figures.sprints.short(s.since_sprint_id, clean(s.since_sprint_name)))

    def _span(self, first: str, last: str) -> str:
        return safe(self.figures.sprints.span(first, last, short=True))

    def _short(self, ref: SprintRef) -> str:
        return safe(self.figures.sprints.short(ref.sprint_id))

    def _odd(self, signals: Sequence[Signal]) -> str:
        rows = []
        for s in signals:
            before, after = self.figures.sizes(s)
            rows.append([self._measure(s), self._since(s), after, before, self._sure(s)])
        return _table([self.words(f"col.{c}") for c in ("measure", "sprint", "then", "usually", "odd")], rows)

    def _measure(self, s: Signal) -> str:
        return f"{safe(self.figures.label(s.metric, s.title))} [{s.id}]"

    def _sure(self, s: Signal) -> str:
        sure = in_hundred(certainty(s), self.words)
        if not borrows(s):
            return sure
        return self.words("borrowed.mark", sure=sure, own=in_hundred(s.probability, self.words))

    def _by_sprint(self, s: Signal) -> str:
        """Return the values of one series in time order; a mark stands where the change begins."""
        row = next((x.values for x in self.report.series if x.metric == s.metric), ())
        refs = self.report.sprints
        at = next((i for i, x in enumerate(refs) if x.sprint_id == s.since_sprint_id), len(refs))
        first = max(0, len(row) - VALUES_SHOWN)
        known = [v for v in row if v is not None]
        places = self.figures.places(s.metric, min(map(abs, known), default=0.0) or 1.0, mean=False)
        shown = [self.words("unknown") if v is None else number(v, places) for v in row]
        between, mark = self.words("by_sprint.between"), self.words("by_sprint.mark")
        groups = [between.join(g) for g in (shown[first:at], shown[max(at, first) :]) if g]
        span = self._span(refs[first].sprint_id, refs[-1].sprint_id)
        return self.words("by_sprint", span=span, values=mark.join(groups))

    # nothing changed, or nothing checked

    def normal(self) -> Iterator[str]:
        """Return the table of levels, to be ticked, and what may be worth watching."""
        rows = [
            [
                f"{safe(self.figures.label(x.metric, x.title))} [{x.id}]",
                *self.figures.cell(x.metric, x.unit, x.typical),
                self.figures.usual(x.metric, x.unit, x.usual),
                *self.figures.cell(x.metric, x.unit, x.last, mean=False),
                self.words("tick"),
            ]
            for x in self.report.levels
        ]
        if rows:
            yield _table(
                [self.words(f"col.{c}") for c in ("measure", "typical", "usual", "last", "happy")],
                rows,
                left=1,
            )
            yield self.words("levels.stable")
        yield from self._prose("normal")

    def recorded(self) -> Iterator[str]:
        """Return the plain numbers, where there were too few to look for a change."""
        first = max(0, len(self.report.sprints) - COLUMNS_SHOWN)
        names = [*map(self._short, self.report.sprints[first:])]
        rows = []
        for x in (s for s in self.report.series if describe(s.metric).analysed):
            cells = [
                self.words("unknown") if v is None else self.figures.cell(x.metric, x.unit, v, mean=False)[0]
                for v in x.values[first:]
            ]
            rows.append([safe(self.figures.label(x.metric, x.title)), *cells])
        if rows:
            if first:
                yield self.words("recorded.last", n=len(names))
            yield _table([self.words("col.measure"), *names], rows, left=1, words_last=False)

    # leads

    def leads(self) -> Iterator[str]:
        """Return at most three leads, the rest of the probability, and what was often seen together."""
        shown = self.report.hypotheses[:LEADS_SHOWN]
        if shown:
            minute = make_guide(self.report, self.words).uncovers
            yield self.words("leads.first" if self.sure else "leads.quiet", minute=minute)
            for letter, h in zip("ABC", shown, strict=False):
                yield from self._lead(letter, h)
            rest = max(0.0, 1.0 - sum(h.probability for h in shown))
            yield self.words("lead.rest", chance=in_ten(rest, self.words))
        else:
            why = "leads.none" if self.report.checked else "leads.none.unchecked"
            yield self.words("leads.none.changed" if self.sure else why)
        yield from self._prose("leads")

    def _lead(self, letter: str, h: Hypothesis) -> Iterator[str]:
        yield "### " + self.words("lead.title", letter=letter, title=safe(h.title))
        yield self.words(
            "lead.confidence",
            word=self.words(h.confidence),
            chance=in_ten(h.probability, self.words),
            id=h.id,
        )
        against = self._evidence(h.evidence_against) or self.words("lead.against.none")
        yield _bullets(
            (
                _named(self.words("lead.for"), self._evidence(h.evidence_for)),
                _named(self.words("lead.against"), against),
                *self._answered(h),
                _named(self.words("lead.unknown"), " ".join(safe(m) for m in h.mechanisms)),
                _named(self.words("lead.ask"), " ".join(f"“{safe(q)}”" for q in h.questions)),
                self.words("lead.answer"),
            )
        )

    def _evidence(self, items: Iterable[Evidence]) -> str:
        """Return what speaks for or against a lead; measures of which the same is said are told in one sentence."""
        alike: dict[str, list[Evidence]] = {}
        for e in items:
            alike.setdefault(self._said(e) or e.text, []).append(e)
        return " ".join(self._alike(said, group) for said, group in alike.items())

    def _said(self, e: Evidence) -> str:
        """Return the text for what the engine says of a measure, where it is one that fits several."""
        title = self._title(e.id)
        return SAID.get(e.text.removeprefix(f"{title} "), "") if title else ""

    def _title(self, ident: str) -> str:
        """Return the measure of a change or a usual range."""
        titles = {s.id: s.title for s in self.report.signals} | {x.id: x.title for x in self.report.levels}
        return titles.get(ident, "")

    def _alike(self, said: str, group: Sequence[Evidence]) -> str:
        if said not in SAID.values():
            return f"{safe(group[0].text)} [{group[0].id}]"
        titles = [self._title(e.id) for e in group]
        opens = self.words.texts[said].startswith("{titles}")
        named = [safe(t if i == 0 and opens else lower_first(t)) for i, t in enumerate(titles)]
        listed = [self.words("lead.item", title=t, id=e.id) for t, e in zip(named, group, strict=True)]
        return self.words(said, titles=self.words.join(listed))

    def _answered(self, h: Hypothesis) -> Iterator[str]:
        """Say what the team answered to this lead before, and where it would stand without that."""
        if h.answered is None:
            return
        now, without = (in_ten(p, self.words) for p in (h.probability, h.answered.without))
        key = "lead.answered.little" if now == without else "lead.answered.moved"
        counts = {"confirmed": h.answered.confirmed, "rejected": h.answered.rejected}
        yield _named(self.words("lead.answered"), self.words(key, chance=without, **counts))

    # experiments

    def experiments(self) -> Iterator[str]:
        """Return at most three experiments; where nothing changed, the way to choose a level first."""
        shown = self.report.experiments[:EXPERIMENTS_SHOWN]
        if not self.sure and not self.report.hypotheses:
            key = "levels.ways"
            n = len(shown)
            ways = self.words.count(key, n, count=self.words.spell(n)) if n else self.words(f"{key}.none")
            yield self.words("levels.pick", ways=ways)
        elif not shown:
            yield self.words("exp.none")
        for t in self.report.tried:
            if t.state == "running":
                yield self.words("exp.running", title=safe(t.title, 120))
        letters = {h.id: x for h, x in zip(self.report.hypotheses, "ABC", strict=False)}
        rules: dict[str, int] = {}
        for i, e in enumerate(shown, 1):
            rule = self._rule(e)
            first = rules.setdefault(rule, i)
            told = rule if first == i else self.words("exp.rule.same", n=first)
            yield from self._experiment(i, e, letters.get(e.hypothesis_id or ""), told)
        if not self.sure:
            wish = self._wish()
            if wish:
                yield wish

    def _experiment(self, i: int, e: Experiment, letter: str | None, rule: str) -> Iterator[str]:
        reg = e.registration
        terms = [self.words("exp.lead", letter=letter)] if letter else []
        terms += [self.words("exp.costs", cost=safe(e.cost)), self.words("exp.sprints", n=reg.sprints)]
        yield f"### {i} · {safe(e.title)} [{e.id}]"
        yield f"{safe(e.change)} {upper(' · '.join(terms))}."
        yield _bullets(
            (
                _named(self.words("exp.expect"), self._expected(e)),
                _named(self.words("exp.guard"), self._guards(e)),
                f"{self.words('exp.tell')} {self._tell(e)}",
                rule,
                _named(self.words("exp.steps"), " ".join(safe(s) for s in e.steps)),
                self.words("exp.role", role=safe(e.role)),
            )
        )

    def _expected(self, e: Experiment) -> str:
        reg, entry = e.registration, describe(e.registration.metric)
        title = safe(self.figures.name(entry.title, entry.name))
        held = HOLDS.get(e.key)
        if held and reg.baseline_level is None:
            return self.words(f"exp.expect.{held}.plain", title=title, against=self._against(e))
        if held and reg.baseline_level is not None:
            (level,) = self.figures.cell(reg.metric, entry.unit, reg.baseline_level)
            against = self._against(e, "exp.against.stays")
            return self.words(f"exp.expect.{held}", title=title, level=level, against=against)
        if reg.baseline_level is None:
            word = self.words(f"exp.goes.{reg.direction}")
            return self.words("exp.expect.plain", title=title, word=word, against="")
        up = reg.direction == "up"
        goal = reg.baseline_level * (1 + reg.useful_effect if up else 1 - reg.useful_effect)
        if entry.upper is not None:
            goal = min(goal, entry.upper)
        level, aim = self.figures.cell(reg.metric, entry.unit, reg.baseline_level, goal)
        if level == aim:  # too small a base to show a difference in its decimals
            word = self.words(f"exp.goes.{reg.direction}")
            return self.words("exp.expect.plain", title=title, word=word, against=self._against(e))
        word = self.words("exp.more" if up else "exp.less")
        return self.words(
            "exp.expect.from",
            title=title,
            level=level,
            goal=aim,
            word=word,
            against=self._against(e, "exp.against"),
        )

    def _against(self, e: Experiment, key: str = "exp.against.plain") -> str:
        """Name the sprints that the experiment is judged against."""
        wanted = {*e.registration.baseline_sprint_ids}
        ids = [s.sprint_id for s in self.report.sprints if s.sprint_id in wanted]
        return self.words(key, span=self._span(ids[0], ids[-1])) if ids else ""

    def _guards(self, e: Experiment) -> str:
        levels = {x.metric: x for x in self.report.levels}
        out = []
        for name in e.registration.guardrails:
            entry, level = describe(name), levels.get(name)
            title = safe(self.figures.name(entry.title, entry.name))
            if level is None or entry.better is None:
                out.append(title)
                continue
            low, high = self.figures.bounds(name, level.usual)
            unit = f" {entry.unit}" if entry.unit in ("h", "%") else ""
            if entry.better == "down":
                out.append(self.words("exp.guard.up", title=title, edge=f"{high}{unit}") + f" [{level.id}]")
            else:
                out.append(self.words("exp.guard.down", title=title, edge=f"{low}{unit}") + f" [{level.id}]")
        return f"{self.words.join(out)}." if out else ""

    def _tell(self, e: Experiment) -> str:
        reg = e.registration
        if reg.detectable_effect is None:
            return self.words("exp.tell.no")
        if reg.direction == "down" and reg.detectable_effect >= 0.9:
            return self.words("exp.tell.move.all" if e.key in HOLDS else "exp.tell.all")
        if e.key in HOLDS:
            return self.words("exp.tell.move", size=self._share(e, reg.detectable_effect))
        key = "exp.tell.rise" if reg.direction == "up" else "exp.tell.fall"
        return self.words(key, size=self._share(e, reg.detectable_effect))

    def _rule(self, e: Experiment) -> str:
        up = e.registration.direction == "up"
        move, other = ("exp.rise", "exp.fall") if up else ("exp.fall", "exp.rise")
        useful = self._share(e, e.registration.useful_effect)
        key = f"exp.rule.{HOLDS[e.key]}" if e.key in HOLDS else "exp.rule"
        return self.words(key, move=self.words(move), other=self.words(other), useful=useful)

    def _share(self, e: Experiment, fraction: float) -> str:
        """Return a fraction of the baseline: in percent from a base of 5 on, else in the unit."""
        reg, entry = e.registration, describe(e.registration.metric)
        level = reg.baseline_level
        if level is None or (level >= PERCENT_BASE and entry.unit != "%"):
            return f"{number(100 * fraction, 0)} %"
        return self.figures.size(reg.metric, entry.unit, fraction * level, None)

    def _wish(self) -> str:
        have = {s.metric for s in self.report.series if any(v is not None for v in s.values)}
        wished = next((m for m in WISHED if m not in have), None)
        if wished is None:
            return ""
        title = self.figures.name(self.figures.label(wished, describe(wished).title))
        return self.words("add.measure", title=title, why=self.words(f"add.{wished}"))

    # guide

    def guide(self) -> Iterator[str]:
        """Return the plans of 60, 30 and 15 minutes side by side, three questions, and the variants."""
        guide = make_guide(self.report, self.words)
        yield self.words("guide.plans")
        head = [self.words("guide.col.min", minutes=n) for n in LENGTHS]
        yield _table([*head, self.words("guide.col.do")], [*self._steps(guide)])
        yield self.words("guide.questions")
        yield _bullets(f"“{safe(q)}”" for q in guide.questions)
        yield self.words("guide.variants")
        yield _bullets(
            self.words("guide.variant", who=v.name, text=" ".join(v.texts.values())) for v in guide.variants
        )

    def _steps(self, guide: Guide) -> Iterator[list[str]]:
        """Return a row for each step: its minutes in each plan that has it, and what to do."""
        keys = [s.key for s in guide.plans[60]]
        own = [s.key for s in guide.plans[15] if s.key not in keys]
        at = keys.index("choose")
        for key in (*keys[:at], *own, *keys[at:]):
            steps = {n: next((s for s in guide.plans[n] if s.key == key), None) for n in LENGTHS}
            minutes = [
                self.words("guide.minutes", start=s.start, end=s.end) if s else self.words("unknown")
                for s in steps.values()
            ]
            yield [*minutes, next(safe(s.text) for s in steps.values() if s)]

    # small print

    def small_print(self, note: str | None, measured: str | None) -> Iterator[str]:
        """Return what a reader needs to check the report: the team's note, the data, ranges, what was left out."""
        if note and note.strip():
            yield self.words("small.note")
            yield quote(note)
        yield _bullets([*self._data(), *([safe(measured)] if measured else []), *self._notes()])
        table = self._ranges()
        if table:
            yield self.words("small.ranges")
            yield table
            yield from self._about_ranges()
        if self.report.refusals:
            yield self.words("small.refused")
            yield _bullets(self._refused())
        yield self.words("ids")
        yield self.words(
            "small.finger",
            fingerprint=re.sub(r"[^0-9a-zA-Z]", "", self.report.fingerprint)[:16],
            engine=safe(self.report.engine),
            narrator=safe(self._narrator()),
        )

    def _refused(self) -> Iterator[str]:
        """Return a line for each reason, with the measures that it keeps from being checked."""
        alike: dict[str, list[Refusal]] = {}
        for r in self.report.refusals:
            alike.setdefault(r.text.removeprefix(f"{r.title}: "), []).append(r)
        for reason, group in alike.items():
            if len(group) == 1:
                yield f"{safe(group[0].text)} [{group[0].id}]"
                continue
            names = [r.title if i == 0 else lower_first(r.title) for i, r in enumerate(group)]
            named = [
                self.words("small.refused.title", title=safe(n), id=r.id)
                for n, r in zip(names, group, strict=True)
            ]
            yield self.words("small.refused.alike", titles=self.words.join(named), reason=safe(reason))

    def _narrator(self) -> str:
        """Return who worded the report, and what became of it where a language model was asked."""
        asked = self.narrative.wording
        if asked is None:
            return self.narrative.narrator
        if not asked.written:
            why = asked.why or self.words("wording.none.said")
            return self.words("wording.none", model=asked.model, why=why)
        told = [self.words("wording.checked", model=asked.model)]
        if len(asked.written) < asked.parts:
            told.append(self.words("wording.share", written=len(asked.written), parts=asked.parts))
        if asked.refused:
            told.append(self.words.count("wording.refused", asked.refused))
        return "; ".join(told)

    def _data(self) -> Iterator[str]:
        yield self.words(
            "small.data",
            sprints=self.words.count("small.data.sprints", len(self.report.sprints)),
            checked=self.words.count("small.data.checked", self.report.checked),
        )
        gaps = [g for g in map(self._gaps, self.report.series) if g]
        if gaps:
            shown, rest = gaps[:GAPS_SHOWN], len(gaps) - GAPS_SHOWN
            if rest > 0:
                shown = [*shown, self.words("small.missing.rest", n=rest)]
            yield self.words("small.missing", list="; ".join(shown))

    def _gaps(self, series: Series) -> str:
        """Name the sprints in which a checked series has no value."""
        if series.metric in {r.metric for r in self.report.refusals}:
            return ""
        refs = zip(self.report.sprints, series.values, strict=False)
        names = [self._short(ref) for ref, v in refs if v is None]
        if not names:
            return ""
        where = ", ".join(names)
        if len(names) > GAPS_SHOWN:
            where = self.words.count("small.data.sprints", len(names))
        return self.words(
            "small.missing.one", title=safe(self.figures.name(series.title, series.metric)), sprints=where
        )

    def _notes(self) -> list[str]:
        out = [safe(n) for n in self.report.notes]
        refused = {r.metric for r in self.report.refusals}  # what is said there need not be said twice
        findings = self.report.quality.findings if self.report.quality else ()
        out += [
            self.words("small.quality", text=safe(f.text))
            for f in findings
            if f.metric not in refused and f.kind != "missing"  # gaps have a line of their own
        ]
        if self.report.focus_metrics:
            titles = [safe(self.figures.name(describe(m).title, m)) for m in self.report.focus_metrics]
            out.append(self.words("small.focus", list=self.words.join(titles)))
        return out

    def _about_ranges(self) -> Iterator[str]:
        """Say what the two columns are that a reader may hold against the table of changes."""
        changed = {s.metric for s in self.sure if s.kind != "outlier"}
        shown = {x.metric for x in self.report.levels}
        if changed & shown:
            yield self.words("small.typical")
        samples = [d.sample for d in self.report.detectable if d.metric in shown - changed]
        if samples:
            before, after = Counter(samples).most_common(1)[0][0]
            yield self.words(
                "small.seen",
                ago=self.words.count("unseen.ago", after),
                before=self.words.count("unseen.sprints", before),
            )

    def _ranges(self) -> str:
        sizes = {d.metric: d for d in self.report.detectable}
        changed = {s.metric: s for s in self.sure if s.kind != "outlier"}
        rows = []
        for x in self.report.levels:
            d = sizes.get(x.metric)
            noticed = f"{self.figures.size(d.metric, d.unit, d.amount, d.fraction)} [{d.id}]" if d else ""
            if x.metric in changed:
                noticed = self.words("small.changed", id=changed[x.metric].id)
            rows.append(
                [
                    f"{safe(self.figures.label(x.metric, x.title))} [{x.id}]",
                    *self.figures.cell(x.metric, x.unit, x.typical),
                    self.figures.usual(x.metric, x.unit, x.usual),
                    noticed or self.words("unknown"),
                    str(x.sample),
                ]
            )
        if not rows:
            return ""
        return _table(
            [self.words(f"col.{c}") for c in ("measure", "typical", "usual", "seen", "values")], rows, left=1
        )


def upper(text: str) -> str:
    """Return the text with a capital at its start."""
    return text[:1].upper() + text[1:]


def quote(text: str) -> str:
    """Return foreign text as a quoted block that keeps its lines and nothing else."""
    if len(text) > NOTE_LIMIT:
        text = text[:NOTE_LIMIT].rstrip() + "…"
    lines = [_LINE_START.sub(r"\\\1", safe(x)) for x in re.split(r"\r\n|[\n\r\v\f\x85\u2028\u2029]", text)]
    lines = [re.sub(r"^\\(\d+)([.)])", r"\1\\\2", x) for x in lines]
    out = [f"> {x}  " if x and i + 1 < len(lines) and lines[i + 1] else f"> {x}" for i, x in enumerate(lines)]
    return "\n".join(x if x.strip("> ") else ">" for x in out)


def _paragraph(p: Paragraph) -> str:
    heading = f"**{safe(p.heading)}** " if p.heading else ""
    cites = (
        "".join(f" [{c}]" for c in p.cites if re.fullmatch(r"[A-Z]\d{1,4}", c)) if len(p.cites) <= 2 else ""
    )
    return f"{heading}{safe(p.text)}{cites}"


def _named(name: str, text: str) -> str:
    return f"{name}: {text}" if text else ""


def _bullets(items: Iterable[str]) -> str:
    return "\n".join(f"- {x}" for x in items if x)


def _table(
    head: Sequence[str], rows: Sequence[Sequence[str]], left: int = 99, *, words_last: bool = True
) -> str:
    """Return a table; columns from ``left`` on are aligned right, the last only without words. Cells are safe."""
    plain = len(head) - 1 if words_last else len(head)
    marks = ["---:" if left <= i < plain else "---" for i in range(len(head))]
    lines = [head, marks, *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
