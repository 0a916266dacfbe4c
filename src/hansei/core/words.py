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
    #: A unit in a sentence, for one and for several.
    units: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    spelled: tuple[str, ...] = ()
    #: A measure's name in another language; where none stands here it is the report's own, in English.
    titles: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text of a key with its values filled in."""
        return self.texts[key].format(**values)

    def count(self, key: str, n: int, /, **values: object) -> str:
        """Return the text for one or for several; ``{n}`` is the number."""
        return self(f"{key}.one" if n == 1 else f"{key}.other", n=n, **values)

    def spell(self, n: int) -> str:
        """Return a small count as a word, a larger one in digits."""
        return self.spelled[n] if 0 <= n < len(self.spelled) else str(n)

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
            "A larger share of items has been carried over",
            "A smaller share of items has been carried over",
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
            "Unplanned work", "More of the work has been unplanned", "Less of the work has been unplanned"
        ),
        "story_share_large": Measure(
            "Share of large stories",
            "More of the finished stories have been large",
            "Fewer of the finished stories have been large",
        ),
    }
)

TRIED_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "title.tried": "What we tried last time",
        "tried.began": " (started after {after})",
        "tried.judged": " (started after {after}, judged after {last})",
        "tried.judged.first": " (judged after {last})",
        "tried.heading": "{title}{span}: {word}.",
        "worked": "worked",
        "no_useful_effect": "no useful effect",
        "made_it_worse": "made it worse",
        "inconclusive": "inconclusive",
        "abandoned": "stopped before its verdict",
        "early": "sprint {n} of {of}, too early to say",
        "tried.goal.up": "Goal: {title} up by at least {size}.",
        "tried.goal.down": "Goal: {title} down by at least {size}.",
        "tried.seen": "Seen: from {before} to {after}; the data fit {fit}.",
        "tried.few": "Too few values, before or since, to tell a change from noise.",
        "tried.ask": "Keep it, stop it, or change it?",
        "tried.worked": "The whole range is a change the right way.",
        "tried.no_useful_effect": "The whole range is smaller than what you called useful.",
        "tried.made_it_worse": "The whole range is a change the wrong way.",
        "tried.inconclusive": "This does not say that it failed.",
        "tried.broken": "Got clearly worse meanwhile: {list}.",
        "tried.broken.each": "{title} (from {before} to {after})",
        "tried.running": "Nothing is said before its last sprint has ended.",
        "tried.because": "Because: {reason}",
        "tried.late": "Changed at the source after the verdict, which stands: {list}.",
        "keep": "You decided to keep it.",
        "stop": "You decided to stop it.",
        "change": "You decided to change it.",
        "decided.nothing": "change nothing",
        "decided": "**We decided on {day}: {what}** Because: {reason}",
        "decided.role": "Looked after by: {role}.",
        "exp.running": "*Running now: “{title}”. With two experiments at once nobody could tell which one worked.*",
    }
)

REPORT_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "team": "Team {name}",
        "head.sprints.one": "{span}",
        "head.sprints.other": "{span} ({n}{cadence})",
        "cadence.7": ", one week each",
        "cadence.14": ", two weeks each",
        "cadence.21": ", three weeks each",
        "cadence.28": ", four weeks each",
        "cadence.other": ", {n} days each",
        "head.before.one": "compared with {n} sprint before",
        "head.before.other": "compared with {n} sprints before",
        "head.measures.one": "{n} measure",
        "head.measures.other": "{n} measures",
        "head.to": "data to {day}",
        "short": "In short.",
        "title.changed": "What changed",
        "title.changed.unsure": "What may have changed",
        "title.normal": "Your normal (where the next sprint will most likely fall)",
        "title.normal.few": "Your numbers so far (a first sketch of your normal)",
        "title.ordinary": "What looks like news and is not",
        "title.unseen": "What we could not have seen",
        "title.leads": "Leads: possible reasons",
        "title.leads.none": "Leads: none",
        "title.experiments": "Experiments to choose from (choose one)",
        "title.experiments.own": "An experiment of your own",
        "title.levels": "Choose a level, not an event",
        "title.forecast": "Next sprint, if nothing changes",
        "title.guide": "How to run the hour",
        "title.small": "Small print",
        "title.recorded": "What was recorded",
        "recorded.last": "The last {n} sprints:",
        "col.measure": "Measure",
        "col.before": "before",
        "col.before.span": "before ({span})",
        "col.now": "now",
        "col.since": "since",
        "col.since.span": "since {sprint}",
        "col.drift": "{after}, bit by bit",
        "col.drift.last": "{after}, bit by bit (last recorded: {last})",
        "col.fit": "the data fit",
        "col.sure": "sure that it changed",
        "col.sprint": "sprint",
        "col.then": "that sprint",
        "col.usually": "usually",
        "col.odd": "sure that it stood out",
        "col.typical": "typical",
        "col.usual": "usual range",
        "col.last": "last",
        "col.values": "sprints behind it",
        "col.happy": "happy with this level?",
        "col.seen": "smallest change it shows alone",
        "tick": "☐ yes ☐ no",
        "odd.title": "**Stood out, one sprint only:**",
        "by_sprint": "Sprint by sprint ({span}): {values}",
        "by_sprint.mark": " ▸ ",
        "by_sprint.between": " · ",
        "borrowed.mark": "{sure} (by its own numbers {own})",
        "borrowed.note": "“By its own numbers”: how sure this measure alone would make us. Where the first number is "
        "higher, measures that usually move with it changed at the same time, which makes it likelier.",
        "levels.stable": "A usual range is where this team's own sprints have fallen. Only you know "
        "whether you like it.",
        "leads.first": "*First collect your own reasons; the guide uncovers these at minute {minute} of the hour.*",
        "leads.quiet": "*No change is sure, so these are weak: read them as questions.*",
        "leads.none": "We do not offer reasons where no change was seen.",
        "leads.none.unchecked": "We do not offer reasons before anything could be checked.",
        "leads.none.changed": "No reason that Hansei knows fits what changed well enough to be named. Yours "
        "may: collect them first.",
        "lead.title": "{letter} · {title}",
        "lead.confidence": "Confidence: **{word}, {chance}** [{id}]",
        "lead.for": "For",
        "lead.item": "{title} [{id}]",
        # what the engine says of a measure beside a lead, told once for all of which the same holds
        "lead.said.up": "{titles} went up, as this would predict.",
        "lead.said.down": "{titles} went down, as this would predict.",
        "lead.said.leans.up": "{titles} may have gone up, as this would predict; not sure.",
        "lead.said.leans.down": "{titles} may have gone down, as this would predict; not sure.",
        "lead.said.flat.up": "No change shows in {titles}; with this lead one would expect a rise.",
        "lead.said.flat.down": "No change shows in {titles}; with this lead one would expect a fall.",
        "lead.said.other.up": "{titles} went down; with this lead one would expect a rise.",
        "lead.said.other.down": "{titles} went up; with this lead one would expect a fall.",
        "lead.against": "Against",
        "lead.against.none": "nothing in these numbers.",
        "lead.answered": "Your earlier answers",
        "lead.answered.moved": "{confirmed} confirmed, {rejected} rejected. Without them this lead would stand at "
        "{chance}.",
        "lead.answered.little": "{confirmed} confirmed, {rejected} rejected. They move this lead by less than 1 in 10.",
        "lead.unknown": "The data cannot tell",
        "lead.ask": "Ask",
        "lead.answer": "Our answer: ☐ confirmed ☐ rejected ☐ unsure, because: ________",
        "lead.rest": "**Something we do not measure, or none of these:** {chance}.",
        "High": "High",
        "Medium": "Medium",
        "Low": "Low",
        "levels.pick": "Pick at most one “no” from the table above. What in your way of working produces "
        "this level every "
        "time? {ways}",
        "levels.ways.one": "Here is one way to work on it; it can be made an experiment.",
        "levels.ways.other": "Here are {count} ways to work on it; each can be made an experiment.",
        "levels.ways.none": "Write your own experiment, with the measure that will tell.",
        "add.measure": "Adding one measure would help most: *{title}* ({why}).",
        "add.review_time": "then waiting can be told from working",
        "add.cycle_time": "then slow items show in the sprint in which they are slow",
        "add.items_carried_over": "then a plan that is too full can be told from work that is too large",
        "add.team_happiness": "then a strain shows before it shows in the work; anonymous answers, one "
        "number a sprint",
        "add.bugs_prod": "then speed can be told from haste",
        "exp.lead": "for lead {letter}",
        "exp.costs": "costs: {cost}",
        "exp.sprints": "{n} sprints",
        "exp.expect": "We expect",
        "exp.expect.from": "{title} from {level} to {goal} or {word}.{against}",
        "exp.expect.keep": "{title} stays where it is (about {level}).{against}",
        "exp.expect.leave": "{title} goes back from about {level} if this is what helped, and stays if it is "
        "not.{against}",
        "exp.expect.keep.plain": "{title} stays where it is.{against}",
        "exp.expect.leave.plain": "{title} goes back if this is what helped, and stays if it is not.{against}",
        "exp.against": " Judged against {span}; the first number is their plain average.",
        "exp.against.plain": " Judged against {span}.",
        "exp.against.stays": " Judged against {span}; the number is their plain average.",
        "exp.expect.plain": "{word} in {title}.{against}",
        "exp.less": "less",
        "exp.more": "more",
        "exp.goes.up": "a rise",
        "exp.goes.down": "a fall",
        "exp.guard": "Must not get worse",
        "exp.guard.up": "{title} (talk at once if above {edge})",
        "exp.guard.down": "{title} (talk at once if below {edge})",
        "exp.tell": "Can we tell afterwards?",
        "exp.tell.rise": "A rise of {size} or more would show, 4 times in 5; a smaller one would probably end "
        "“inconclusive”.",
        "exp.tell.fall": "A fall of {size} or more would show, 4 times in 5; a smaller one would probably end "
        "“inconclusive”.",
        "exp.tell.move": "A move of {size} or more would show, 4 times in 5; a smaller one would probably end "
        "“inconclusive”.",
        "exp.tell.move.all": "Hardly: only a move as large as nearly all of it would show. Expect “inconclusive”, and "
        "trust what you saw happen.",
        "exp.tell.no": "We cannot say: too few sprints to know how much this measure moves by itself. Expect "
        "“inconclusive”.",
        "exp.tell.all": "Hardly: only a fall of nearly all of it would show. Expect “inconclusive”, and "
        "trust what "
        "you saw happen.",
        "exp.rule": "**Worked** if the whole range that the data fit is a {move} and the best estimate "
        "is at least "
        "{useful}. **Made it worse** if the whole range is a {other}. **No useful effect** if the whole "
        "range is within "
        "± {useful}. Otherwise **inconclusive**, which is normal with few sprints and shames nobody.",
        "exp.rule.keep": "The verdict reads **Made it worse** if the whole range that the data fit is a "
        "{other}: it did not "
        "stay. **No useful effect** if the whole range is within ± {useful}: it stayed. **Worked** if the whole "
        "range is "
        "a {move} and the best estimate is at least {useful}: it went further still. Otherwise "
        "**inconclusive**, which is "
        "normal with few sprints and shames nobody.",
        "exp.rule.leave": "The verdict reads **Made it worse** if the whole range that the data fit is a "
        "{other}: then it "
        "probably helped, take it up again. **No useful effect** if the whole range is within ± {useful}: you "
        "can probably do without it. "
        "**Worked** if the whole range is a {move} and the best estimate is at least {useful}. Otherwise "
        "**inconclusive**, which is normal with few sprints and shames nobody.",
        "exp.rule.same": "Judged by the same rule as number {n}.",
        "exp.rise": "rise",
        "exp.fall": "fall",
        "exp.steps": "Steps",
        "exp.role": "Role that looks after it (for example {role}): ________",
        "exp.none": "No experiment that Hansei knows fits what was found. Write your own: one habit to change, one "
        "measure that would show it, and after how many sprints you look.",
        "ids": "Letters in brackets name the evidence: S a change, L a usual range, D a size we would "
        "notice, O a swing, A "
        "measures seen together, F a forecast, H a lead, T something tried, R not checked.",
        "small.note": "Team's own note (as written):",
        "small.data": "Data: {sprints}; {checked}.",
        "small.quality": "Record: {text}",
        "note.holiday": "holiday",
        "note.people_away": "people away",
        "note.incident": "incident",
        "note.release_freeze": "release freeze",
        "note.other": "noted",
        "note.holiday.box": "Holiday",
        "note.people_away.box": "People away",
        "note.incident.box": "Incident",
        "note.release_freeze.box": "Release freeze",
        "note.other.box": "Something else",
        "small.missing": "Missing values: {list}.",
        "small.missing.one": "{title} ({sprints})",
        "small.missing.rest": "and {n} more",
        "small.data.sprints.one": "{n} sprint",
        "small.data.sprints.other": "{n} sprints",
        "small.data.checked.one": "{n} series checked",
        "small.data.checked.other": "{n} series checked",
        "small.focus": "You asked for {list}: what other measures showed is left out, unless a lead rests on it. All "
        "were checked, so nothing was found by choosing.",
        "small.ranges": "Usual ranges, from the sprints before a change where there was one:",
        "small.changed": "changed [{id}]",
        "small.typical": "“Typical” is the plain average of the sprints behind it, as recorded. “Before” and “now” "
        "among the changes are estimates of the level: a single extreme sprint counts less in them, and where sprints "
        "differ in size they are told for one of usual size. Of what changed bit by bit, “now” is the estimated end of "
        "its line. So they need not equal an average, and may lie beyond every sprint that was recorded.",
        "small.seen": "“Smallest change it shows alone”: had this measure changed {ago}, with {before} before to "
        "compare with, its own numbers would have shown a change of this size 4 times in 5. It is no measure of what "
        "did change: a smaller change can show too, by luck or because other measures moved with it.",
        "small.refused": "Not checked:",
        "small.refused.alike": "{titles}: {reason}",
        "small.refused.title": "{title} [{id}]",
        "small.finger": "Fingerprint `{fingerprint}` · engine {engine} · wording: {narrator}",
        "wording.checked": "{model}, each sentence checked against the numbers",
        "wording.share": "{written} of {parts} parts in its words, the others by the template",
        "wording.refused.one": "{n} of its sentences was refused",
        "wording.refused.other": "{n} of its sentences were refused",
        "wording.none": "template ({model} was asked: {why})",
        "wording.none.said": "none of its sentences could be said",
    }
)

#: What the small print says of the data: stored with the report, in the language in which it was made.
DATA_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "every.measure": "Every measure",
        "notes.unchecked": "No series could be checked; the reasons stand with each.",
        "notes.open": "Not ended when last read, so left out: {names}.",
        "notes.left_out": "Left out by the team, so in no number: {names}.",
        "notes.left_out.noted": "{name} ({notes})",
        "notes.left_out.later": "{name} was left out after report {report} had used it.",
        "notes.late": "Not earlier than the sprints under review, so not part of the baseline: {names}.",
        "notes.undated": "Some sprints have no dates: their order is taken from their names.",
        "notes.missing.one": "{n} value missing in the series that were checked.",
        "notes.missing.other": "{n} values missing in the series that were checked.",
        "notes.shortened": "Changed its level long ago, so compared with what came after: {names}.",
        "notes.echoes": "Equal to another series, perhaps by chance, so no proof of their own: {names}.",
        "notes.echo": "{title} ({other})",
        "notes.derived": "Computed from other series that are here too, so no proof of their own: {names}.",
        "notes.put_aside": "Your earlier answers put this lead below what is shown: “{title}”.",
        "notes.asked.one": "{n} sprint asked for, {have} closed and stored: all of them were used.",
        "notes.asked.other": "{n} sprints asked for, {have} closed and stored: all of them were used.",
        "notes.running.one": "{n} sprint still open at the last sync: not analysed.",
        "notes.running.other": "{n} sprints still open at the last sync: not analysed.",
        "notes.spelt.one": "{n} sprint is spelt in another way than before and taken for the stored one: “{new}” is "
        "“{old}”.",
        "notes.spelt.other": "{n} sprints are spelt in another way than before and taken for the stored ones: “{new}” "
        "is “{old}”, and so on.",
        "notes.assumed": "The dates of the sprints are assumed: computed from one first day.",
        "notes.assumed.one": "The dates of {n} of {all} sprints are assumed: computed from one first day.",
        "notes.assumed.other": "The dates of {n} of {all} sprints are assumed: computed from one first day.",
        "notes.happiness": "Happiness is not shown for {sprints}: it needs at least {least} answers "
        "(team_happiness_answers), or a team of at least 5 people (team_size) where the number of answers is not "
        "known.",
        "record.source": "The source “{source}” failed.",
        "record.late": "{title}: changed after the close in {n} of {sprints}.",
        "record.late.at_once": "{title}: changed after the close in {n} of {sprints}, all at once; taken as recorded "
        "anew.",
        "record.late.withheld": "{title}: changed after the close in {n} of {sprints}, so a change of the team cannot "
        "be told from a change of the record.",
        "record.copied": "{sprint}: all {n} values are those of {before}. Was it copied?",
        "record.doubled": "{n} sprints may be counted twice: “{one}” has no dates and may be “{other}”. Give the table "
        "its dates, or the names of the other source, and import it again; or leave one of each two out.",
        "record.disagreement": "{title}: the sources disagree in {sprints}; the first one counts.",
        "record.constant": "{title}: {value} in all of its {n} sprints. Is it still recorded?",
        "record.missing": "{title}: recorded in {n} of {sprints}.",
        "record.sprints.one": "{n} sprint",
        "record.sprints.other": "{n} sprints",
    }
)

GUIDE_TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "guide.col.min": "{minutes} min",
        "guide.col.do": "do",
        "guide.minutes": "{start}–{end}",
        "guide.plans": "Choose the column for the time that you have.",
        "guide.open": "Say aloud: “We look at how the work flows, not at who did what.” Then one word each.",
        "guide.try.judged": "Experiment first: read the verdict on “{title}”. Keep it, stop it, or change it?",
        "guide.try.judged.done": "Experiment first: read the verdict on “{title}” and what you decided. What "
        "came of it?",
        "guide.try.running": "Experiment first: “{title}” is in sprint {n} of {of}. No verdict yet: what helps "
        "you to do it, and what gets in the way?",
        "guide.try.abandoned": "Experiment first: “{title}” was stopped. What did you learn, and what of it is "
        "still wanted?",
        "guide.try.undone": "Last decision first: “{title}” has not been started. Is it still wanted, and what "
        "would it need?",
        "guide.try.nothing": "Last decision first: you chose to change nothing. How did that go?",
        "guide.try.none": "No experiment to look back on: which agreement did we quietly drop, and what was "
        "it for?",
        "guide.charts.change": "Numbers only, in silence: “What happened around {sprint}?” One thought a "
        "note. Leads stay covered.",
        "guide.charts.none": "In silence: each ticks the table of levels, yes or no.",
        "guide.charts.plain": "In silence: what in these numbers surprises you? One thought a note.",
        "guide.charts.empty": "In silence: what do you remember of these sprints? One thought a note.",
        "guide.read.change": "Read the notes out and cluster them. No discussion yet.",
        "guide.read.none": "Where do the ticks differ? That is the topic.",
        "guide.read.plain": "Read the notes out and cluster them. No reasons yet: a few sprints can be dice.",
        "guide.own.change": "Read out what happened around {sprint}; then uncover the leads and compare.",
        "guide.own.change.bare": "Read out what happened around {sprint}; cluster, and say what is missing.",
        "guide.own.none": "Where do the ticks differ? Choose one “no”: what produces this level every time?",
        "guide.own.none.weak": "Where do the ticks differ? Choose one “no”: what produces this level every "
        "time? Then read the leads as questions.",
        "guide.own.plain": "Read out what surprised you. No reasons yet: a few sprints can be dice.",
        "guide.leads.change": "Uncover the leads. For, against, what is missing? Confirmed, rejected or "
        "unsure, and one sentence why.",
        "guide.leads.change.bare": "No lead is offered: take your own clusters. For, against, what is "
        "missing? One sentence why.",
        "guide.leads.none": "One “no”: what in our way of working produces this level every time?",
        "guide.leads.none.weak": "One “no”: what in our way of working produces this level every time? Then "
        "uncover the leads: no change is sure, so read them as questions.",
        "guide.leads.plain": "What would you like to know about your work that these numbers do not show?",
        "guide.choose.change": "ONE experiment: fill in the card, the role, the first small step tomorrow.",
        "guide.choose.none": "ONE experiment, or “change nothing”: a valid decision, with its reason.",
        "guide.choose.plain": "ONE thing: a measure to record from tomorrow or an agreement to try, with "
        "a role.",
        "guide.close": "What may leave the room? Was it worth the time (1–5, counts only)?",
        "guide.questions": "Three questions to open with:",
        "guide.q.around": "What happened around {sprint}?",
        "guide.q.odd": "What was special about {sprint}?",
        "guide.q.work": "What has been different in the work itself from then on?",
        "guide.q.work.odd": "What was different in the work itself in {sprint}?",
        "guide.q.first": "What would we see first if it went back to how it was?",
        "guide.q.again": "What would we notice first if it happened again?",
        "guide.q.level": "What in our way of working produces this level every time?",
        "guide.q.surprise": "What in these sprints surprised you most?",
        "guide.q.dropped": "Which agreement did we quietly drop, and what was it for?",
        "guide.q.measure": "What would we like to know that we do not measure?",
        "guide.variants": "Where your meeting differs:",
        "guide.variant": "**{who}.** {text}",
        "guide.v.small": "Three people or fewer",
        "guide.v.small.charts": "Nothing written is anonymous here: talk instead of writing or ticking, the "
        "quietest voice first.",
        "guide.v.small.close": "No counts: each says in a sentence what it was worth.",
        "guide.v.remote": "Remote",
        "guide.v.remote.charts": "Write in silence and send all at once on a signal; nobody reads along.",
        "guide.v.remote.read": "One person shares the screen and moves the notes.",
        "guide.v.manager": "A manager is present",
        "guide.v.manager.first": "Say first that the numbers are not used for appraisal.",
        "guide.v.manager.read": "The manager's notes are read last.",
    }
)

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "and": " and ",
        "range": "{low} to {high}",
        "unknown": "–",
        "sprint": "Sprint {name}",
        "sprint.of": "{name} of {when}",
        "sprints": "Sprints {first}–{last}",
        "sprints.short": "S{first}–{last}",
        "sprint.short": "S{name}",
        "sprints.apart": "{first} to {last}",
        "sprints.last": "the last {n} sprints",
        "sprint.last": "the last sprint",
        # how a metric the catalogue does not know moves
        "count.more": "There have been more {title}",
        "count.fewer": "There have been fewer {title}",
        "value.more": "{title} has been higher",
        "value.fewer": "{title} has been lower",
        # headlines, each with shorter ones to fall back on
        "headline.step": "{clause} since {sprint} (about {before} before, {after} now)",
        "headline.step.short": "{clause} since {sprint}",
        # what is likely, and what is little more than a guess
        "headline.likely": "Probably {rest}",
        "headline.perhaps": "Perhaps {rest}",
        "headline.label": "{title}: {before} before, {after} now",
        "headline.last": "Something has changed since {sprint}",
        "headline.outlier.last": "{sprint} stood out",
        "headline.drift": "{clause} since {sprint} (about {before} before, {after} by now)",
        "headline.outlier": "{sprint} stood out: {title} {after}, usually about {before}",
        "headline.outlier.short": "{sprint} stood out: {title} {after}",
        "headline.more.one": "{first}, and one more change",
        "headline.more.other": "{first}, and {n} more changes",
        "headline.none": "No real change in {span}: this is your normal",
        "headline.none.short": "No real change: this is your normal",
        "headline.few": "No large change seen in {span}; a smaller one could hide",
        "headline.few.short": "No large change seen; a smaller one could hide",
        "headline.hint.short.one": "No sure change; one measure to watch",
        "headline.hint.short.other": "No sure change; {count} measures to watch",
        "headline.hint.one": "No sure change in {span}; one measure to watch: {title}",
        "headline.hint.other": "No sure change in {span}; {count} measures to watch, first {title}",
        "headline.unchecked": "Not enough data yet to look for a change in {span}",
        "headline.unchecked.short": "Not enough data yet to look for a change",
        # summary
        "summary.one.one": "One measure changed.",
        "summary.one.other": "Something changed around {sprint}, and it shows in {count} measures.",
        "summary.many": "{count} measures changed, not all at the same time.",
        "summary.odd.one": "One sprint stood out.",
        "summary.odd.other": "{count} measures had one odd sprint.",
        "summary.odd.likely.one": "One sprint probably stood out.",
        "summary.odd.likely.other": "{count} measures probably had one odd sprint.",
        "summary.odd.perhaps.one": "One sprint may have stood out.",
        "summary.odd.perhaps.other": "{count} measures may have had one odd sprint.",
        "summary.many.likely": "{count} measures changed or probably changed, not all at the same time.",
        "summary.many.perhaps": "{count} measures changed or may have changed, not all at the same time.",
        "summary.also": "From the same sprint on, {clauses}.",
        "summary.also.about": "From about the same sprint on, {clauses}.",
        "summary.also.later": "Apart from that, {clauses}.",
        "summary.also.likely": "Probably, from the same sprint on, {clauses}.",
        "summary.also.about.likely": "Probably, from about the same sprint on, {clauses}.",
        "summary.also.later.likely": "Probably {clauses}.",
        "summary.also.perhaps": "Perhaps, from the same sprint on, {clauses}.",
        "summary.also.about.perhaps": "Perhaps, from about the same sprint on, {clauses}.",
        "summary.also.later.perhaps": "Perhaps {clauses}.",
        "summary.since": "Since {sprint} {told}.",
        "summary.told": "{clause} since {sprint}: about {after} now, about {before} before.",
        "summary.told.drift": "{clause}, bit by bit since {sprint}: about {after} by now, about {before} before.",
        "summary.told.drift.likely": "Probably {clause}, bit by bit since {sprint}: about {after} by now, about "
        "{before} "
        "before.",
        "summary.told.drift.perhaps": "Perhaps {clause}, bit by bit since {sprint}: about {after} by now, about "
        "{before} "
        "before.",
        "summary.told.likely": "Probably {clause} since {sprint}: about {after} now, about {before} before.",
        "summary.told.perhaps": "Perhaps {clause} since {sprint}: about {after} now, about {before} before.",
        "summary.outlier": "In {sprint}, {title} came to {after}; usually about {before}.",
        "summary.rest": "No change shows in {titles}.",
        "summary.rest.many": "No change shows in the other {n} measures.",
        "summary.why": "The numbers show that it changed and when. Only you know why.",
        "summary.likely": "That is likely, not sure: {sure}.",
        "summary.perhaps": "Whether it changed is not sure: {sure} that it did.",
        "summary.why.likely": "If it changed, the numbers say when. Only you know why.",
        "summary.likely.odd": "That it stood out is likely, not sure: {sure}.",
        "summary.perhaps.odd": "Whether it stood out is not sure: {sure} that it did.",
        "summary.why.odd.likely": "If it was unusual, only you know why.",
        "summary.why.odd": "The numbers show that it was unusual. Only you know why.",
        "summary.none": "No change shows in any measure. That is a finding: you can plan with these ranges, and nobody "
        "has to explain {last}.",
        # where there are few sprints, or only a large change would have shown
        "summary.few": "There are {count} sprints to look at. With so few only a large change would have shown, and "
        "none did; a smaller one could hide. Nobody has to explain {last}.",
        "summary.sketch": "Take the ranges below as a first sketch; each further sprint makes them sharper.",
        "summary.hard": "No change shows in any measure. Only a large change would have shown, "
        "and a smaller one could hide. You can plan with these ranges, and nobody has to explain {last}.",
        "summary.mostly": "In most measures only a large change would have shown.",
        "summary.hint.few": "No measure changed for sure. {titles} may have; it is too early to say. With so few "
        "sprints only a large change would have shown, and nobody has to explain {last}.",
        "summary.level": "If you do not like a level below, one better sprint will not change it; changing how you "
        "work might.",
        "summary.stable": "Stable does not mean good. If you do not like a level below, one better sprint will not "
        "change it; changing how you work might.",
        "summary.hint": "No measure changed for sure. {titles} may have; it is too early to say. "
        "No change shows in the others, and nobody has to explain {last}.",
        "summary.hint.only": "No measure changed for sure. {titles} may have; it is too early to say, "
        "and nobody has "
        "to explain {last}.",
        "summary.hint.stray": "No measure changed for sure. {titles} may have; it is too early to say.",
        "summary.stray.none": "No measure changed for sure.",
        "summary.stray.above": "In {sprint}, {title} came to {value}, above the usual range ({usual}).",
        "summary.stray.below": "In {sprint}, {title} came to {value}, below the usual range ({usual}).",
        "summary.stray.size": "In {title} only a change of more than {size} would have shown.",
        "summary.stray.why": "One sprint outside the usual range is too little to call it a change: look "
        "again next time.",
        "summary.stray.rest": "No change shows in the others.",
        "summary.unchecked": "None of the measures could be checked, so this report claims nothing; the "
        "reasons stand "
        "below. What was recorded is kept, and each further sprint helps.",
        "summary.unchecked.1": "After one more sprint this team's measures can be looked at for a change. Until then "
        "this report shows the numbers and claims nothing.",
        "summary.unchecked.2": "After two more sprints this team's measures can be looked at for a change. Until then "
        "this report shows the numbers and claims nothing.",
        "summary.empty": "No measure was recorded in these sprints, so there is nothing to look at. "
        "Sync sprints that carry values, or add a column to the table; the reference page of metrics names them.",
        # findings
        "finding.step": "{label}: about {after} since {sprint}, {before} before.",
        "finding.drift": "{label}: from about {before} to {after}, bit by bit since {sprint}.",
        "finding.step.likely": "{label}: probably a new level since {sprint}, about {after}; {before} before.",
        "finding.step.perhaps": "{label}: perhaps a new level since {sprint}, about {after}; {before} before.",
        "finding.drift.last": "In {sprint}, {title} came to {last}.",
        "finding.drift.likely": "{label}: probably from about {before} to {after}, bit by bit since {sprint}.",
        "finding.drift.perhaps": "{label}: perhaps from about {before} to {after}, bit by bit since {sprint}.",
        "finding.outlier": "{label}: {after} in {sprint}, usually about {before}.",
        "finding.outside.above.one": "The one sprint since then lies above the usual range ({usual}).",
        "finding.outside.above.single": "One of the {count} sprints since then lies above the usual "
        "range ({usual}).",
        "finding.outside.above.other": "{out} of the {count} sprints since then lie above the usual "
        "range ({usual}).",
        "finding.outside.above.all": "All {count} sprints since then lie above the usual range ({usual}).",
        "finding.outside.below.one": "The one sprint since then lies below the usual range ({usual}).",
        "finding.outside.below.single": "One of the {count} sprints since then lies below the usual "
        "range ({usual}).",
        "finding.outside.below.other": "{out} of the {count} sprints since then lie below the usual "
        "range ({usual}).",
        "finding.outside.below.all": "All {count} sprints since then lie below the usual range ({usual}).",
        "finding.inside": "Each sprint since then lies inside the usual range ({usual}); it is the run "
        "of them that "
        "tells.",
        "finding.odd.inside": "By itself it would lie inside the usual range ({usual}).",
        "finding.usual": "The usual range is {usual}.",
        "finding.sized": "Before and now are told for a sprint of usual size.",
        "finding.helpful": "That is the helpful direction: find out what to keep.",
        "finding.confirmed": "The last report said so too.",
        "finding.odd": "One sprint is not a new level: ask what was special about it before changing "
        "anything.",
        "finding.story": "{titles} overlap: read them as one story, not as {count} proofs.",
        "finding.hint.heading": "Too early to say.",
        "finding.hint": "{title} may have gone {way} since {sprint} (from about {before} to {after}): "
        "about {p} in 100 sure, too little to call it a change. Look again next time.",
        "finding.hint.odd": "{title} was {after} in {sprint}, usually about {before}: about {p} in 100 "
        "sure that it stood out, too little to say so. Look again next time.",
        "way.up": "up",
        "way.down": "down",
        # what is not news
        "ordinary.swing": "{title}: {first} in {first_sprint}, {last} in {last_sprint}. Both are inside "
        "your usual "
        "{usual}.",
        "ordinary.dice": "Looking for a reason would be looking for a reason in dice.",
        "ordinary.none": "Nothing: no swing in the last sprints looks like news.",
        "pair": "{first} with {second}",
        "pairs.now.positive": "Often up together or down together: {pairs}. This does not say which came "
        "first.",
        "pairs.now.negative": "Often one up when the other was down: {pairs}. This does not say which "
        "came first.",
        "pairs.lag.positive": "The second often followed the first one sprint later, the same way: "
        "{pairs}. This does "
        "not say that one made the other.",
        "pairs.lag.negative": "The second often followed the first one sprint later, the other way: "
        "{pairs}. This "
        "does not say that one made the other.",
        # what could not have been seen
        "unseen.size": "Had something changed {ago}, we would have noticed it, 4 times in 5, if it was at least this "
        "large: {list}. Smaller changes stay hidden.",
        "unseen.hard.only": "Had something changed {ago}, we would have noticed it, 4 times in 5, only if it was "
        "large: {list}. Smaller changes stay hidden.",
        "unseen.sprints.one": "{n} sprint",
        "unseen.sprints.other": "{n} sprints",
        "unseen.ago.one": "with the last sprint",
        "unseen.ago.other": "{n} sprints ago",
        "unseen.one": "{title} ± {size}",
        "unseen.hard": "In some measures only a large change would have shown: {list}.",
        "unseen.hard.one": "{title} (more than {size})",
        "unseen.rest.one": "{count} more stands in the small print.",
        "unseen.rest.other": "{count} more stand in the small print.",
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
        "forecast.held.none": " These ranges could not be checked on past sprints yet.",
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
        "sized": " (as {compared} in a sprint of usual size)",
        "sized.clause": "For the size of the sprints, {clause}",
        **TRIED_TEXTS,
        **REPORT_TEXTS,
        **DATA_TEXTS,
        **GUIDE_TEXTS,
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
    units=MappingProxyType(
        {
            "h": ("hour", "hours"),
            "points": ("point", "points"),
            "items": ("item", "items"),
            "bugs": ("bug", "bugs"),
        }
    ),
    spelled=("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
)
