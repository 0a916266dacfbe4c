"""Every text of a report in English, in one place: another language is another module like this one.

Texts are templates for ``str.format``; a key that ends in ``.one`` / ``.other`` is chosen by a count. The words
follow one rule: *is it real?* and *why?* are never mixed, nobody is judged, and no jargon of statistics appears.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Measure:
    """How one metric is spoken of: name in a table, what it does when it moves, and a sentence of its level.

    ``more`` and ``fewer`` are clauses in the present perfect; ``lives`` takes ``{after}`` and ``{before}``.
    """

    label: str
    more: str
    fewer: str
    lives: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one language."""

    texts: Mapping[str, str]
    measures: Mapping[str, Measure]
    months: tuple[str, ...]
    comparatives: Mapping[str, tuple[str, str, str]]
    singulars: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text of a key with its values filled in."""
        return self.texts[key].format(**values)

    def count(self, key: str, n: int, /, **values: object) -> str:
        """Return the text for one or for several; ``{n}`` is the number."""
        return self(f"{key}.one" if n == 1 else f"{key}.other", n=n, **values)

    def join(self, parts: list[str] | tuple[str, ...]) -> str:
        """Return "a", "a and b" or "a, b and c"."""
        if len(parts) < 2:
            return "".join(parts)
        return f"{', '.join(parts[:-1])}{self.texts['and']}{parts[-1]}"


_SPENDS = "an item spends about {after} in %s; before, about {before}"

MEASURES: Mapping[str, Measure] = MappingProxyType(
    {
        "team_happiness": Measure(
            "Happiness (0–10)", "Happiness has been higher", "Happiness has been lower"
        ),
        "story_points_planned": Measure(
            "Points planned", "More points have been planned", "Fewer points have been planned"
        ),
        "story_points_completed": Measure(
            "Points completed", "More points have been completed", "Fewer points have been completed"
        ),
        "items_planned": Measure(
            "Items planned", "More items have been planned", "Fewer items have been planned"
        ),
        "items_completed": Measure(
            "Items completed", "More items have been completed", "Fewer items have been completed"
        ),
        "items_carried_over": Measure(
            "Items carried over", "More items have been carried over", "Fewer items have been carried over"
        ),
        "items_out_of_sprint_percent": Measure(
            "Carry-over share",
            "A larger share has been carried over",
            "A smaller share has been carried over",
        ),
        "say_do_ratio": Measure(
            "Committed work done",
            "More of the committed work gets done",
            "Less of the committed work gets done",
        ),
        "completion_ratio": Measure(
            "All work done ÷ committed",
            "More gets done for each point committed",
            "Less gets done for each point committed",
        ),
        "scope_change_percent": Measure(
            "Scope change", "The scope has moved more", "The scope has moved less"
        ),
        "defect_rate_production": Measure(
            "Production bugs per item",
            "There have been more production bugs per item",
            "There have been fewer production bugs per item",
        ),
        "defect_rate_all": Measure(
            "Bugs per item", "There have been more bugs per item", "There have been fewer bugs per item"
        ),
        "bugs_prod": Measure(
            "Bugs in production",
            "There have been more bugs in production",
            "There have been fewer bugs in production",
        ),
        "defect_escape_rate": Measure(
            "Share of bugs that escaped",
            "A larger share of bugs has escaped",
            "A smaller share of bugs has escaped",
        ),
        "open_bugs_count": Measure(
            "Open bugs", "There have been more open bugs", "There have been fewer open bugs"
        ),
        "coding_time": Measure(
            "Coding time per item",
            "Coding has taken longer",
            "Coding has been shorter",
            _SPENDS % "coding",
        ),
        "review_time": Measure(
            "Review time per item",
            "Reviews have taken longer",
            "Reviews have been shorter",
            _SPENDS % "review",
        ),
        "testing_time": Measure(
            "Testing time per item",
            "Testing has taken longer",
            "Testing has been shorter",
            _SPENDS % "testing",
        ),
        "cycle_time": Measure(
            "Cycle time per item",
            "Items have taken longer from start to end",
            "Items have gone from start to end in less time",
            "an item takes about {after} from its start to its end; before, about {before}",
        ),
        "lead_time": Measure(
            "Lead time per item",
            "Items have taken longer from request to end",
            "Items have gone from request to end in less time",
            "an item takes about {after} from its creation to its end; before, about {before}",
        ),
        "wip": Measure("Work in progress", "More work has been open", "Less work has been open"),
        "throughput": Measure(
            "Items finished", "More items have been finished", "Fewer items have been finished"
        ),
        "work_item_age": Measure(
            "Age of open items", "Open items have been older", "Open items have been younger"
        ),
        "flow_efficiency": Measure(
            "Flow efficiency",
            "More of the time has been work, not waiting",
            "More of the time has been waiting, not work",
        ),
        "unplanned_work_percent": Measure(
            "Unplanned work", "More of the work was unplanned", "Less of the work was unplanned"
        ),
        "story_share_large": Measure(
            "Share of large stories",
            "More of the finished stories were large",
            "Fewer of the finished stories were large",
        ),
    }
)

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "and": " and ",
        "range": "{low} to {high}",
        "unknown": "–",
        "sprint": "Sprint {name}",
        "sprints": "Sprints {first}–{last}",
        "sprints.short": "S{first}–{last}",
        "sprint.short": "S{name}",
        "sprints.apart": "{first} to {last}",
        # how a metric the catalogue does not know moves
        "count.more": "There have been more {title}",
        "count.fewer": "There have been fewer {title}",
        "value.more": "{title} has been higher",
        "value.fewer": "{title} has been lower",
        # headlines, each with shorter ones to fall back on
        "headline.step": "{clause} since {sprint} (about {before} before, {after} now)",
        "headline.step.short": "{clause} since {sprint}",
        "headline.label": "{title}: {before} before, {after} now",
        "headline.drift": "{clause} since {sprint} (about {before} before, {after} by now)",
        "headline.outlier": "{sprint} stood out: {title} {after}, usually about {before}",
        "headline.outlier.short": "{sprint} stood out: {title} {after}",
        "headline.more.one": "{first}, and {n} more change",
        "headline.more.other": "{first}, and {n} more changes",
        "headline.none": "No real change in {span}: this is your normal",
        "headline.none.short": "No real change: this is your normal",
        "headline.hint": "No sure change in {span}; one measure to watch: {title}",
        "headline.unchecked": "Not enough data yet to look for a change in {span}",
        "headline.unchecked.short": "Not enough data yet to look for a change",
        # summary
        "summary.one.one": "One measure changed.",
        "summary.one.other": "Something changed around {sprint}, and it shows in {n} measures.",
        "summary.many": "{n} measures changed, not all at the same time.",
        "summary.odd.one": "One sprint stood out.",
        "summary.odd.other": "{n} measures had one odd sprint.",
        "summary.also": "{clauses} at the same time.",
        "summary.also.later": "Besides, {clauses}.",
        "summary.since": "Since {sprint} {told}.",
        "summary.told": "{clause} since {sprint}: about {after} now, about {before} before.",
        "summary.outlier": "In {sprint}, {title} came to {after}; usually it is about {before}.",
        "summary.rest": "{titles} moved only as they usually do.",
        "summary.rest.one": "{titles} moved only as it usually does.",
        "summary.rest.many": "The other {n} measures moved only as they usually do.",
        "summary.why": "The numbers show that it changed and when. Only you know why.",
        "summary.why.odd": "The numbers show that it was unusual. Only you know why.",
        "summary.none": "Every measure moved only as much as it usually does. That is a finding: you can plan with "
        "these ranges, and nobody has to explain {last}. Stable does not mean good. If you do not like a level "
        "below, one better sprint will not change it; changing how you work might.",
        "summary.hint": "No measure changed for sure. {titles} may have; it is too early to say. Everything else moved "
        "only as it usually does, and nobody has to explain {last}.",
        "summary.hint.only": "No measure changed for sure. {titles} may have; it is too early to say, and nobody has "
        "to explain {last}.",
        "summary.unchecked": "None of the measures could be checked, so this report claims nothing; the reasons stand "
        "below. What was recorded is kept, and each further sprint helps.",
        # findings
        "finding.step": "{label}: about {after} since {sprint}, {before} before.",
        "finding.drift": "{label}: on its way from about {before} to {after} since {sprint}.",
        "finding.outlier": "{label}: {after} in {sprint}, usually about {before}.",
        "finding.outside.above.one": "The one sprint since then lies above the usual range ({usual}).",
        "finding.outside.above.other": "{out} of the {n} sprints since then lie above the usual range ({usual}).",
        "finding.outside.below.one": "The one sprint since then lies below the usual range ({usual}).",
        "finding.outside.below.other": "{out} of the {n} sprints since then lie below the usual range ({usual}).",
        "finding.inside": "Each sprint since then lies inside the usual range ({usual}); it is the run of them that "
        "tells.",
        "finding.usual": "The usual range is {usual}.",
        "finding.fit": "The data fit {range}.",
        "finding.helpful": "That is the helpful direction: find out what to keep.",
        "finding.borrowed": "By its own numbers alone this would be less sure: about {own} in 100. Measures that often "
        "move with it moved at the same time.",
        "finding.confirmed": "The last report said so too.",
        "finding.odd": "One sprint is not a new level: ask what was special about it before changing anything.",
        "finding.story": "{titles} share an ingredient: read them as one story, not as {n} proofs.",
        "finding.hint": "{title} may have gone {way} since {sprint} (from about {before} to {after}): about {p} in 100 "
        "sure, too little to call it a change. Look again next time.",
        "finding.hint.odd": "{title} was {after} in {sprint}, usually about {before}: about {p} in 100 sure that it "
        "stood out, too little to say so. Look again next time.",
        "way.up": "up",
        "way.down": "down",
        # what is not news
        "ordinary.swing": "{title}: {first} in {first_sprint}, {last} in {last_sprint}. Both are inside your usual "
        "{usual}.",
        "ordinary.dice": "Looking for a reason would be looking for a reason in dice.",
        "ordinary.none": "Nothing stood out by chance either: there is no swing in the last sprints worth a question.",
        "ordinary.pair.now": "{first} and {second} often moved together ({way}); this does not say which came first.",
        "ordinary.pair.lag": "{first} was often followed, one sprint later, by {second} moving {way}; this does not "
        "say that one made the other.",
        "together.positive": "both up or both down",
        "together.negative": "one up, the other down",
        "lag.positive": "the same way",
        "lag.negative": "the other way",
        # what could not have been seen
        "unseen.size": "With {after} since and {before} before, a smaller change stays hidden. Had a change begun "
        "{ago}, we would have noticed, 4 times in 5: {list}.",
        "unseen.size.only": "With {after} since and {before} before, a smaller change stays hidden.",
        "unseen.sprints.one": "{n} sprint",
        "unseen.sprints.other": "{n} sprints",
        "unseen.ago.one": "with the last sprint",
        "unseen.ago.other": "{n} sprints ago",
        "unseen.one": "{title} ± {size}",
        "unseen.hard": "Only a large change would have shown in some measures: {list}.",
        "unseen.hard.one": "{title} (more than {size})",
        "unseen.rest.one": "{n} more stands in the small print.",
        "unseen.rest.other": "{n} more stand in the small print.",
        "unseen.nothing": "No size can be given: with so few sprints any change could stay hidden.",
        "unseen.refused": "Not checked: {list}.",
        "unseen.refused.one": "{titles} ({reason})",
        "unseen.refused.rest.one": "and {n} more, listed in the small print",
        "unseen.refused.rest.other": "and {n} more, listed in the small print",
        # the next sprint
        "forecast.middle": "{title}: half of the time {range}",
        "forecast.wide": "; {times}, {range}",
        "forecast.held": " On your own past the second range held in {held} of {tried} sprints.",
        "forecast.held.one": " On your own past this range held in {held} of {tried} sprints.",
        "forecast.held.none": " There are too few past sprints to check these ranges on.",
        "forecast.only": "{title}: {times}, {range}",
        "forecast.use": "For planning; not a target.",
        "times.50": "half of the time",
        "times.80": "4 times in 5",
        "times.85": "17 times in 20",
        "times.90": "9 times in 10",
        "times.95": "19 times in 20",
        "times.other": "{n} times in 100",
        # chances
        "sure.most": "more than 99 in 100",
        "sure.about": "about {n} in 100",
        "chance.least": "fewer than 1 in 10",
        "chance.most": "more than 9 in 10",
        "chance.about": "about {n} in 10",
        # sizes of a change
        "fit.times": "{low} to {high} times as {as_}",
        "fit.percent": "{low} % to {high} % {word}",
        "fit.percent.upto": "up to {high} % {word}",
        "fit.percent.both": "anything from {low} % {less} to {high} % {more}",
        "fit.unit": "{low} to {high}{unit} {word}{per}",
        "fit.unit.same": "about {high}{unit} {word}{per}",
        "fit.unit.upto": "up to {high}{unit} {word}{per}",
        "fit.unit.both": "anything from {low}{unit} {less} to {high}{unit} {more}{per}",
        "per.sprint": " per sprint",
        "points.percent": " percentage points",
    }
)

ENGLISH = Words(
    texts=TEXTS,
    measures=MEASURES,
    months=("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
    comparatives=MappingProxyType(
        {
            "duration": ("longer", "shorter", "long"),
            "count": ("more", "fewer", "many"),
            "work_item_age": ("older", "younger", "old"),
            "": ("higher", "lower", "high"),
        }
    ),
    singulars=MappingProxyType({"points": "point", "items": "item", "bugs": "bug"}),
)
