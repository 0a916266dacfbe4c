"""Judges the claims of one sentence: each number, direction, sprint and chance against the measure it speaks of."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from hansei.core.metrics import describe
from hansei.core.narrative import lexicon as lx
from hansei.core.narrative.facts import Facts, Known, is_range, place, rounds_to, sureness
from hansei.core.narrative.reading import Mark, Number
from hansei.core.phrases import STOCKS, borrows, in_ten
from hansei.core.report import Signal

CLAIMS = frozenset(
    [
        "number",
        "dir",
        "change",
        "odd",
        "ratio",
        "fraction",
        "moves",
        "place",
        "sure",
        "super",
        "manner",
        "back",
    ]
)
#: Below this a change is likely, and not sure.
LIKELY = 0.8
#: The only words that may stand around a lead.
AROUND_A_LEAD = frozenset(
    [
        "a",
        "an",
        "the",
        "this",
        "that",
        "it",
        "its",
        "is",
        "are",
        "be",
        "been",
        "to",
        "of",
        "for",
        "in",
        "on",
        "at",
        "by",
        "with",
        "about",
        "our",
        "we",
        "us",
        "one",
        "only",
        "our",
        "your",
        "you",
        "both",
        "these",
        "those",
        "they",
        "them",
        "which",
        "what",
        "as",
        "well",
        "also",
        "here",
        "there",
        "put",
        "give",
        "gives",
        "given",
        "say",
        "says",
        "see",
        "first",
        "next",
        "reason",
        "reasons",
        "lead",
        "leads",
        "confidence",
        "idea",
        "possible",
        "possibly",
        "may",
        "might",
        "could",
        "one's",
        "such",
        "out",
        "own",
        "among",
        "and",
        "or",
        "now",
        "then",
        "still",
        "not",
        "no",
        "cannot",
        "ask",
        "question",
        "offer",
        "offered",
        "time",
        "change",
        "rise",
        "evidence",
        "report",
        "team",
        "collect",
        "uncover",
        "look",
        "discuss",
        "talk",
        "sprint",
        "sprints",
        "measure",
        "measures",
        "at",
        "most",
        "best",
    ]
)


EARLIER = ("before", "until", "up to", "through")
DETERMINERS = ("the", "your", "our", "this", "these", "those", "its", "about", "each", "a", "an")
#: Joins that set what follows beside what came before.
BESIDE = ("than", "against", "versus", "vs", "compared with", "compared to", "compared")
#: What "only" may stand before besides a measure.
ONES = ("one", "ones", "thing", "things")
_ADVICE = re.compile(
    r"\b(?:you|we|everybody|everyone|the team|your team) (?:all )?"
    r"(?:should|must|ought|need to|needs to|have to|has to|had better)\b"
)
_COMFORT = re.compile(
    r"\b(?:all|everything|things|nothing) (?:is|are|was|looks?) (?:well|fine|good|ok|okay|wrong|great|in order)\b"
)
_FOR_EVER = re.compile(r"\bfor good\b|\bpermanently\b|\bfor ever\b|\bforever\b|\bonce and for all\b")
#: Things a sentence may be about that are no measures.
NOT_MEASURES = (
    "item", "items", "work", "team", "people", "sprint", "plans", "plan", "meeting", "pace", "volume", "waiting",
    "size", "list", "table", "amounts", "hour", "day", "days", "week", "weeks",
)  # fmt: skip


@dataclass
class Clause:
    """A statement of a sentence and the measures it speaks of."""

    marks: list[Mark] = field(default_factory=list)
    joined_by: str = ""
    metrics: tuple[str, ...] = ()
    known: list[Known] = field(default_factory=list)
    inherited: bool = False
    #: Whether the sentence has set aside the measures that changed: "apart from review time, nothing …".
    apart: bool = False

    @property
    def named(self) -> tuple[str, ...]:
        """The measures that the clause itself names."""
        out: list[str] = []
        for m in self.marks:
            if m.kind == "metric":
                out += sorted(m.value)
            elif m.kind == "moves":
                out.append(m.value[0])
        return tuple(dict.fromkeys(out))

    @property
    def claims(self) -> bool:
        """Whether it says anything that can be true or false."""
        return any(m.kind in CLAIMS for m in self.marks) or (self.has("not") and self.has("tense"))

    def has(self, *kinds: str) -> bool:
        """Say whether a mark of one of these kinds is in it."""
        return any(m.kind in kinds for m in self.marks)

    def quant(self) -> str:
        """Return all, none, rest, or nothing."""
        found = [m.value for m in self.marks if m.kind == "quant"]
        if self.apart:
            return "rest"
        return "none" if "none" in found else "rest" if "rest" in found else found[0] if found else ""

    def negated(self, at: int) -> bool:
        """Say whether a "not" stands shortly before a mark."""
        return any(m.kind == "not" for m in self.marks[max(0, at - 4) : at]) or self.quant() == "none"

    def roles(self) -> list[tuple[int, str]]:
        """Return the role words and where they stand; one before a sprint belongs to the sprint."""
        return [
            (i, "last" if m.kind == "last" else m.value)
            for i, m in enumerate(self.marks)
            if m.kind in ("role", "last")
        ]


@dataclass
class Sentence:
    """A sentence in clauses."""

    text: str
    clauses: list[Clause]
    facts: Facts
    hedged: bool
    lead: str | None

    @property
    def marks(self) -> list[Mark]:
        """All marks, in order."""
        return [m for c in self.clauses for m in c.marks]

    def has(self, *kinds: str) -> bool:
        """Say whether a mark of one of these kinds is in it."""
        return any(m.kind in kinds for m in self.marks)

    def says(self, *words: str) -> bool:
        """Say whether one of these words is in it."""
        low = {m.text.casefold() for m in self.marks}
        return any(w in low for w in words)


def judge(sentence: Sentence, starts: list[int]) -> Iterator[str]:
    """Yield why a sentence may not be said. ``starts`` keeps when the changes told so far began, in their order."""
    yield from _lead(sentence)
    yield from _ahead(sentence)
    for clause in sentence.clauses:
        yield from _directions(sentence, clause)
        yield from _changes(sentence, clause)
        yield from _words_of_size(sentence, clause)
        yield from _bounds(clause)
        yield from _nothing(clause)
        yield from _single(clause)
        yield from _ongoing(clause)
        yield from _certain(sentence, clause)
        yield from _began(sentence, clause)
        yield from _superlatives(sentence, clause)
        yield from _manners(clause)
        yield from _back(clause)
        yield from _stories_untold(sentence, clause)
        yield from _places(sentence, clause)
        yield from _sprints(sentence, clause)
        for i, m in enumerate(clause.marks):
            if m.kind == "number":
                yield from _number(sentence, clause, i, m.value)
    yield from _stories(sentence)
    yield from _compared(sentence)
    yield from _linked(sentence)
    yield from _showing(sentence)
    yield from _claimless(sentence)
    yield from _ordered(sentence)
    yield from _exclusive(sentence)
    yield from _denied(sentence)
    yield from _told_to(sentence)
    yield from _same_time(sentence, starts)
    for clause in sentence.clauses:
        starts += [sentence.facts.index(k.sure.since_sprint_id) for k in clause.known if k.sure]


def _ahead(s: Sentence) -> Iterator[str]:
    """Refuse what a measure will do: the report holds ranges for the next sprint, and no direction."""
    ahead = s.has("next") or s.says("will", "shall") or (s.says("would") and not s.has("unseen"))
    if ahead and any(m.kind in ("dir", "moves") for m in s.marks):
        yield "the numbers do not say which way a measure will go"
    numbers = [m.value for m in s.marks if m.kind == "number"]
    foretold = any(n.kind in ("value", "range") for n in numbers) and any(c.named for c in s.clauses)
    often = any(n.kind == "odds" for n in numbers) or s.says("half of the time")
    if s.says("will", "shall") and foretold and not often:
        yield "what will be is told only with how often such a range holds"


# ---------------------------------------------------------------- why: leads and their chances


def _lead(s: Sentence) -> Iterator[str]:
    chances = [m.value for m in s.marks if m.kind == "number" and m.value.kind == "chance"]
    tens, hundreds = [c for c in chances if c.b == "10"], [c for c in chances if c.b == "100"]
    leads = {m.value for m in s.marks if m.kind == "leadtitle"}
    soft = [m for m in s.marks if m.kind == "soft"]
    if any(c.b not in ("10", "100") for c in chances):
        yield "a chance is said in 100 (that it changed) or in 10 (why it may have)"
    words_of_leads = any(m.text in ("High", "Medium", "Low") for m in s.marks)
    if hundreds and (leads or soft or tens or words_of_leads):
        yield "“it changed” and “this is why” are mixed in one sentence"
    if not (leads or tens or soft):
        return
    if not (leads or tens) and _harmless(s):
        return
    if len(leads) > 1:
        yield "one sentence, one lead"
        return
    lead = next(iter(leads), s.lead)
    h = s.facts.leads.get(lead or "")
    if h is None:
        yield "a possible reason needs a lead of the report"
        return
    odd = [
        m.text
        for m in s.marks
        if m.kind in ("word", "phrase", "hedge")
        and m.text.casefold() not in AROUND_A_LEAD
        and m.kind != "hedge"
    ]
    if (soft or tens) and odd:
        yield f"“{odd[0]}” says more about the reason than the lead does"
    moved = {k.metric for c in s.clauses for k in c.known if c.named and not k.sure}
    if soft and moved - s.facts.of[h.id]:
        yield "the lead does not speak of this measure"
    words = re.findall(r"\b(high|medium|low)\b", s.text.casefold())
    if not tens and not words:
        if soft or leads:
            yield "a lead needs its confidence, word and number, in the same sentence"
        return
    if not tens or not words or [lx.CONFIDENCE[w] for w in words] != [h.confidence]:
        yield f"the confidence of this lead is “{h.confidence}, {in_ten(h.probability)}”, the word beside its number"
    elif any(not _in_ten(c, h.probability) for c in tens):
        yield f"the confidence of this lead is “{h.confidence}, {in_ten(h.probability)}”"


def _harmless(s: Sentence) -> bool:
    """Say whether "reason" or "lead" is only spoken of: "we offer no reasons", "collect your own reasons first"."""
    if s.has("not", "quant") and not s.has("dir", "moves", "number") and not s.says("may", "might", "could"):
        return not s.has("metric")
    if s.says("own", "collect", "covered", "uncover") and not s.has("metric", "dir", "moves", "number"):
        return not s.says("may", "might", "could", "is", "are")
    tallies = [m.value for m in s.marks if m.kind == "number" and m.value.kind == "tally"]
    return (
        bool(tallies)
        and all(t.noun in ("leads", "experiments") for t in tallies)
        and not s.has("metric", "dir")
    )


def _in_ten(number: Number, p: float) -> bool:
    said = in_ten(p)
    if said.startswith("more"):
        return number.a == "9" and number.bound == "least:more than"
    if said.startswith("fewer"):
        return number.a == "1" and number.bound == "most:fewer than"
    return number.bound in ("", "about") and said.split()[1] == number.a


# ---------------------------------------------------------------- directions


def _directions(s: Sentence, c: Clause) -> Iterator[str]:
    if c.joined_by in ("up from", "down from"):
        for k in c.known:
            yield from _direction(s, k, c.joined_by.split()[0], negated=False, text=c.joined_by)
    for i, m in enumerate(c.marks):
        if m.kind == "moves":
            known = s.facts.known.get(m.value[0])
            if known:
                yield from _direction(s, known, m.value[1], negated=c.negated(i), text=m.text)
        elif m.kind == "dir" and not _confidence(s, m) and not (c.has("unseen") or _unseen_size(s, c)):
            way = m.value
            if way == "flat":
                yield from _flat(s, c, m, negated=any(x.kind == "not" for x in c.marks[max(0, i - 3) : i]))
            elif not c.known or _something_else(s, c):
                yield from _unbound_direction(s, c, m, negated=c.negated(i))
            else:
                for k in c.known:
                    yield from _direction(s, k, way, negated=c.negated(i), text=m.text)


def _confidence(s: Sentence, m: Mark) -> bool:
    """Say whether "high" or "low" is the word of a lead."""
    return m.text.casefold() in lx.CONFIDENCE and (
        s.has("leadtitle", "soft") or any(x.kind == "number" and x.value.kind == "chance" for x in s.marks)
    )


def _unseen_size(s: Sentence, c: Clause) -> bool:
    return s.has("unseen") and not c.has("moves") and not any(m.kind in ("role", "tense") for m in c.marks)


def _unbound_direction(s: Sentence, c: Clause, m: Mark, *, negated: bool) -> Iterator[str]:
    if c.quant() in ("none", "all", "rest"):
        ways = {x.direction for x in s.facts.sure}
        if c.quant() == "none" and m.value not in ways:
            return
        if c.quant() == "rest" and negated:
            return
    if any(x.kind == "number" and x.value.kind == "tally" for x in c.marks):
        return  # how many moved this way is counted
    yield f"“{m.text}” is said of no measure of the report"


def _direction(s: Sentence, k: Known, way: str, *, negated: bool, text: str) -> Iterator[str]:
    signal = k.signal
    if way in ("good", "bad"):
        if (k.helpful is (way == "good")) is negated or (k.helpful is None and not negated):
            yield f"“{text}”: {k.title} has no such direction in the report"
        return
    swing = _swing_way(s, k)
    actual = signal.direction if signal else swing
    if negated:
        if k.sure is not None and k.sure.direction == way:
            yield f"{k.title} did move {k.sure.direction}"
        return
    if actual != way:
        yield f"“{text}”: {k.title} did not move {way}"
    elif signal is not None:
        yield from _hedge(s, k, signal)


def _hedge(s: Sentence, k: Known, signal: Signal) -> Iterator[str]:
    if not signal.significant and not s.has("hedge"):
        yield f"{k.title}: too early to say, so it needs “may”"
    elif signal.significant and sureness(signal)[0] < LIKELY and not s.hedged:
        yield f"{k.title}: this is likely, not sure, and must be said so"


def _swing_way(s: Sentence, k: Known) -> str | None:
    """Return which way a swing went, where both of its sprints are named."""
    if k.swing is None or k.sure is not None:
        return None
    named = {m.value[0] for m in s.marks if m.kind == "sprint"}
    if any(m.kind == "number" and m.value.kind == "range" and _swung(m.value, k) for m in s.marks):
        named |= {s.facts.index(i) for i in k.swing.sprint_ids}
    if {s.facts.index(i) for i in k.swing.sprint_ids} <= named:
        a, b = k.swing.values
        return "up" if b > a else "down" if b < a else None
    return None


def _flat(s: Sentence, c: Clause, m: Mark, *, negated: bool) -> Iterator[str]:
    if c.has("unseen"):
        return
    whole = c.inherited or not c.known or m.text.casefold().startswith("no ")
    if c.quant() == "none" and not m.text.casefold().startswith("no"):
        yield f"“{m.text}”: that everything changed is not in the report"
        return
    if not c.named and c.quant() in ("all", "none", "") and (c.quant() or whole):
        said = any(x.kind == "number" and x.value.kind in ("tally", "count", "of") for x in c.marks)
        if s.facts.sure and not said and not (negated and not c.quant()):
            yield f"“{m.text}”: the report holds a change"
        elif not s.facts.report.checked:
            yield f"“{m.text}”: nothing could be checked"
        return
    if c.quant() == "rest" and not c.named:
        return
    for k in c.known:
        if negated:
            if k.sure is None:
                yield f"{k.title} did not change"
        elif k.sure is not None:
            yield f"“{m.text}”: {k.title} changed"
        elif k.signal is not None and not s.has("sure"):
            yield f"“{m.text}”: {k.title} may have changed; it is too early to say"
        elif k.level is None:
            yield f"“{m.text}”: {k.title} was not checked"


def _changes(s: Sentence, c: Clause) -> Iterator[str]:
    for i, m in enumerate(c.marks):
        if m.kind == "odd":
            yield from _odd(s, c, m, negated=c.negated(i))
        if m.kind == "confirmed" and (
            not c.known or any(not k.sure or k.sure.status != "confirmed" for k in c.known)
        ):
            yield f"“{m.text}”: the last report did not say so"
        if m.kind != "change" or c.has("unseen") or s.has("unseen"):
            continue
        low, negated = m.text.casefold(), c.negated(i)
        if c.has("dir") and any(x.kind == "dir" and x.value == "flat" for x in c.marks):
            continue  # "moved only as usual" is one claim, and was judged
        if (
            c.known
            and not (c.inherited and low in ("change", "changes", "move", "moves"))
            and c.quant() != "rest"
        ):
            for k in c.known:
                yield from _changed(s, k, low, negated=negated)
        elif low not in ("change", "changes", "move", "moves", "differs", "different", "new level"):
            yield from _something_changed(s, c, m, negated=negated)


def _changed(s: Sentence, k: Known, low: str, *, negated: bool) -> Iterator[str]:
    if negated:
        if k.sure is not None:
            yield f"{k.title} did change"
    elif k.signal is None and k.swing is None:
        yield f"{k.title} did not change"
    elif k.signal is None:
        if low not in ("moved", "move", "moves") or _swing_way(s, k) is None:
            yield f"{k.title} did not change"
    else:
        yield from _hedge(s, k, k.signal)
        if low == "new level" and k.signal.kind == "outlier":
            yield f"{k.title}: one odd sprint is not a new level"
        if low in ("on its way", "drifted", "drifting") and k.signal.kind != "drift":
            yield f"{k.title} changed at once, not bit by bit"


def _something_changed(s: Sentence, c: Clause, m: Mark, *, negated: bool) -> Iterator[str]:
    if c.quant() == "rest" and (
        negated or any(x.kind == "quant" and x.text.casefold().startswith("no") for x in c.marks)
    ):
        return
    if negated:
        # that nothing changed for sure holds where all that changed is likely
        if any(not c.has("sure") or sureness(x)[0] >= LIKELY for x in s.facts.sure):
            yield f"“{m.text}”: the report does hold a change"
    elif c.quant() in ("all", "rest") or not s.facts.sure:
        yield f"“{m.text}”: the report does not hold that"
    elif not s.hedged and all(sureness(x)[0] < LIKELY for x in s.facts.sure):
        yield "this is likely, not sure, and must be said so"


def _odd(s: Sentence, c: Clause, m: Mark, *, negated: bool) -> Iterator[str]:
    odd = [x for x in s.facts.sure if x.kind == "outlier"]
    hints = [x for x in s.facts.report.signals if x.kind == "outlier" and not x.significant]
    if negated:
        if odd and not c.named:
            yield f"“{m.text}”: one sprint did stand out"
        return
    if c.named or (c.known and not c.has("sprint")):
        bad = [k for k in c.known if not k.signal or k.signal.kind != "outlier"]
        if bad:
            yield f"“{m.text}”: {bad[0].title} had no such sprint"
        for k in c.known:
            if k.signal and k.signal.kind == "outlier":
                yield from _hedge(s, k, k.signal)
    elif not odd and not (hints and s.has("hedge")):
        yield f"“{m.text}”: no sprint stood out"


# ---------------------------------------------------------------- how a change came, and beside what


def _nothing(c: Clause) -> Iterator[str]:
    """Refuse "no bugs reached production": that nothing of it was there is no number of the report."""
    for m, after in pairwise(c.marks):
        counted = after.kind in ("metric", "moves") or after.text.casefold() in lx.UNITS
        if m.text.casefold() in ("no", "no more", "zero", "without") and counted:
            yield f"“{m.text} {after.text}”: the report does not say that there was none"


def _bounds(c: Clause) -> Iterator[str]:
    """Refuse "more than" and its kin where no number follows: "takes less than before" is a direction."""
    for i, m in enumerate(c.marks):
        bounded = any(x.kind in ("number", "ratio", "fraction") for x in c.marks[i + 1 : i + 5])
        if m.kind in ("least", "most") and not bounded and m.text.casefold() not in ("nearly", "almost"):
            yield f"“{m.text}” stands before no number"


def _superlatives(s: Sentence, c: Clause) -> Iterator[str]:
    """Let "longest" be said of the one sprint in which the measure was at that end."""
    for m in c.marks:
        if m.kind != "super":
            continue
        sprints = [x.value[0] for x in c.marks if x.kind == "sprint" and x.value[0] == x.value[1]]
        sprints += [len(s.facts.names) - 1 for x in c.marks if x.kind == "last" or x.value == "last"]
        known = c.known[0] if len(c.known) == 1 else None
        values = [v for v in known.values if v is not None] if known else []
        if known is None or len(sprints) != 1 or not values:
            yield f"“{m.text}”: of which measure, in which sprint?"
        elif known.values[sprints[0]] != (max if m.value == "up" else min)(values):
            yield f"“{m.text}”: that is not the sprint in which {known.title} was so"


def _single(c: Clause) -> Iterator[str]:
    """Refuse "every review takes 26 h": a report knows averages and sums, no single item."""
    for m, after, third in zip(c.marks, c.marks[1:], c.marks[2:], strict=False):
        which = third.kind in ("word", "change") and third.text.casefold() not in DETERMINERS
        if m.kind == "metric" and after.text.casefold() == "of" and which:
            yield f"“{m.text} of {third.text}”: the report does not divide this measure"
    for m, after in pairwise(c.marks):
        parts = m.kind == "number" and m.value.kind in ("chance", "of")
        if parts and (after.kind == "metric" or after.text.casefold() in ("items", "stories", "people")):
            yield f"“{m.text} {after.text}”: the report knows no single one"
        if (
            m.text.casefold() in lx.SHARES_OF
            and after.kind == "metric"
            and after.text.casefold() not in ("bugs", "points")
        ):
            yield f"“{m.text} {after.text}”: the report knows no single one"


def _ongoing(c: Clause) -> Iterator[str]:
    """Refuse that a move goes on, or that it came with each sprint: a level is known, or a drift so far."""
    moving = c.has("moves") or any(m.kind == "dir" and m.value in ("up", "down") for m in c.marks)
    for m, after in pairwise(c.marks):
        low = m.text.casefold()
        each = low in ("each", "every") and after.text.casefold() == "sprint" and not c.has("place")
        if moving and (each or low in lx.ONGOING):
            yield f"“{m.text}”: whether it goes on is not in the evidence"


def _claimless(s: Sentence) -> Iterator[str]:
    """Refuse a sentence that names a measure and says nothing of it that can be checked: "review time matters most"."""
    named = any(c.named for c in s.clauses)
    nouns = ("change", "changes", "move", "moves")
    read = any(m.kind in CLAIMS and m.text.casefold() not in nouns for m in s.marks)
    read = read or s.has(
        "sprint", "share", "together", "unseen", "next", "leadtitle", "confirmed", "not", "hedge"
    )
    if named and not read and s.marks[-1].text != "?" and not s.says("checked"):
        yield "it says nothing of the measure that can be checked"
    tried = [m for m in s.marks if m.text.casefold() == "experiment_text"]
    if tried and s.says("work", "works", "worked", "helps", "helped", "help", "is", "was"):
        yield "what an experiment did is told by its verdict alone"


def _exclusive(s: Sentence) -> Iterator[str]:
    """Let "only" be said of what changed where nothing else did: "only review time changed"."""
    marks = s.marks
    if not (any(m.kind in ("change", "moves") for m in marks) or any(_moved(m) for m in marks)):
        return
    named = {m for c in s.clauses for m in c.named}
    others = [x.title for x in s.facts.sure if x.metric not in named]
    for m, after in pairwise(marks):
        of_these = after.kind in ("metric", "moves") or lx.COUNTED.get(after.text.casefold()) in (
            "changes", "measures",
        )  # fmt: skip
        only = m.text.casefold() == "only" and (of_these or after.text.casefold() in ONES)
        alone = m.kind == "metric" and after.text.casefold() == "alone"
        if named and others and (only or alone):
            yield f"“{m.text} {after.text}”: {others[0]} changed too"


def _moved(m: Mark) -> bool:
    return m.kind == "dir" and m.value in ("up", "down")


def _denied(s: Sentence) -> Iterator[str]:
    """Refuse that something is not there that the report holds: leads, experiments, what speaks against a lead."""
    held = {"lead": s.facts.leads, "experiment": s.facts.report.experiments}
    words = [m.text.casefold() for m in s.marks]
    for i, word in enumerate(words):
        kind = word.removesuffix("s")
        denied = {"no", "not", "without", "never", "nor", "neither", "zero", "none"} & {
            *words[max(0, i - 4) : i]
        }
        if kind in held and held[kind] and denied:
            yield f"the report does hold a {kind}" if kind == "lead" else f"the report does offer an {kind}"
    if "against" in words and {"nothing", "none", "no"} & {*words} and {"lead", "leads", "it"} & {*words}:
        yield "what speaks against a lead is told in the report's own words"
    for c in s.clauses:
        for i, m in enumerate(c.marks):
            looked = m.text.casefold() in ("checked", "recorded", "measured", "looked at", "reported")
            seen = [k for k in c.known if c.named and k.level is not None]
            if looked and seen and any(x.kind == "not" for x in c.marks[max(0, i - 4) : i]):
                yield f"“not {m.text}”: {seen[0].title} was"


def _told_to(s: Sentence) -> Iterator[str]:
    """Refuse advice, comfort, and that something stays: "you should change nothing", "all is well", "for good"."""
    text = s.text.casefold()
    if s.marks[-1].text != "?" and _ADVICE.search(text):
        yield "what to do is for the team to say"
    if _COMFORT.search(text):
        yield "whether all is well is not in the evidence"
    if _FOR_EVER.search(text):
        yield "whether it stays is not in the evidence"


def _ordered(s: Sentence) -> Iterator[str]:
    """Refuse an order of two measures in time: "review time rose first, cycle time later"."""
    for c in s.clauses:
        for before, m, after in zip(c.marks, c.marks[1:], [*c.marks[2:], None], strict=False):
            ends = after is None or after.kind in ("punct", "join") or after.text.casefold() == "of"
            moved = before.kind in ("change", "moves") or _moved(before)
            if moved and ends and m.text.casefold() in ("first", "last", "latest", "earliest"):
                yield f"“{m.text}”: which of the changes came first is not in the evidence"
    if len({m for c in s.clauses for m in c.named}) < 2 or s.has("together"):
        return
    for m in s.marks:
        if m.kind in ("word", "dir", "role", "number") and m.text.casefold() in lx.ORDER - {"earlier"}:
            yield f"“{m.text}”: which of two measures came first is not in the evidence"


def _certain(s: Sentence, c: Clause) -> Iterator[str]:
    """Let only what is sure be called so; and say that what could be checked was."""
    chance = any(m.kind == "number" and m.value.kind == "chance" for m in s.marks)
    for i, m in enumerate(c.marks):
        unsure = [k for k in c.known if k.signal and (not k.sure or sureness(k.sure)[0] < LIKELY)]
        if m.kind == "sure" and unsure and not chance and not c.negated(i) and not s.has("hedge"):
            yield f"“{m.text}”: {unsure[0].title} is not"
    if c.quant() == "none" and s.says("checked", "looked") and s.facts.report.checked:
        yield "some measures were checked"


def _began(s: Sentence, c: Clause) -> Iterator[str]:
    """Check when "the changes" began: all of them, or as many as are counted."""
    at = [m.value[0] for m in c.marks if m.kind == "sprint"]
    if c.named or not at or not s.says("began", "begin", "begins", "started", "start", "starts"):
        return
    if not any(lx.COUNTED.get(m.text.casefold()) in ("changes", "measures") or _tallied(m) for m in c.marks):
        return
    starts = [s.facts.index(x.since_sprint_id) for x in s.facts.sure]
    counted = [int(float(m.value.a)) for m in c.marks if _tallied(m)]
    if (counted and counted[0] != starts.count(at[0])) or (not counted and {*starts} != {at[0]}):
        yield "that is not when the changes began"


def _tallied(m: Mark) -> bool:
    return m.kind == "number" and m.value.kind == "tally"


def _manners(c: Clause) -> Iterator[str]:
    """Check how a change came ("gradually", "suddenly") and how large it is called ("far", "slightly")."""
    for m in c.marks:
        if m.kind != "manner":
            continue
        signals = [k.signal for k in c.known]
        for k, x in zip(c.known, signals, strict=True):
            if x is None or not _manner(m.value, x, k):
                yield f"“{m.text}” does not fit how {k.title} changed"
        if not signals:
            yield f"“{m.text}” is said of no measure that changed"


def _manner(said: str, x: Signal, k: Known) -> bool:
    if said in ("drift", "step"):
        return x.kind == said
    size = abs((k.ratio or 1.0) - 1)
    return size >= 0.25 if said == "large" else size <= 0.1


def _back(c: Clause) -> Iterator[str]:
    """Refuse that a change is over; that it is not needs a last value nearer to the new level than to the old."""
    for i, m in enumerate(c.marks):
        if m.kind != "back" or (
            m.text.casefold() == "back" and [x.kind for x in c.marks[i + 1 : i + 2]] == ["place"]
        ):
            continue  # where the sprints lie is judged there
        lasting = [k for k in c.known if k.sure and k.level and _lasts(k.sure, k.level.last)]
        if not c.negated(i) or not lasting or len(lasting) < len(c.known):
            yield f"“{m.text}”: the report does not say so"


def _lasts(x: Signal, last: float) -> bool:
    return x.kind != "outlier" and abs(last - x.after) < abs(last - x.before)


def _stories_untold(s: Sentence, c: Clause) -> Iterator[str]:
    """Refuse what somebody does, where no number stands beside it: "people wait", "the team was careful"."""
    for m, after in pairwise(c.marks):
        if m.text.casefold() == "too" and after.text.casefold() in lx.ADJECTIVES:
            yield f"“{m.text} {after.text}” is a judgement"
    if c.claims or s.marks[-1].text == "?":
        return
    judged = [m.text for m in c.marks if m.text.casefold() in lx.ADJECTIVES and m.kind == "word"]
    if c.named and c.has("tense") and judged:
        yield f"“{judged[0]}” judges a measure without a number"
    for i, m in enumerate(c.marks[:-1]):
        governed = i and c.marks[i - 1].text.casefold() in (
            "of",
            "for",
            "to",
            "by",
            "in",
            "with",
            "at",
            "from",
            "on",
            "this",
            "when",
        )
        near = c.marks[i + 1 : i + (4 if c.marks[i + 1].text.casefold() == "of" else 2)]
        if (
            m.text.casefold() in lx.DOERS
            and not governed
            and any(x.text.casefold() in lx.DOINGS for x in near)
        ):
            yield f"“{m.text} {near[-1].text}” tells what no number of the report holds"


def _compared(s: Sentence) -> Iterator[str]:
    """Refuse one measure beside another: "review time is longer than cycle time", "takes as long as coding"."""
    for before, c in pairwise(s.clauses):
        if c.joined_by in BESIDE and before.named and set(c.named) - set(before.metrics):
            yield f"“{c.joined_by}”: one measure is not compared with another"
    for c in s.clauses:
        for i, m in enumerate(c.marks):
            named = [x for x in c.marks[i + 1 : i + 3] if x.kind in ("metric", "moves")]
            if m.text.casefold() == "as" and i > 1 and c.marks[i - 2].text.casefold() == "as" and named:
                yield f"“as {c.marks[i - 1].text} as”: one measure is not compared with another"


def _linked(s: Sentence) -> Iterator[str]:
    """Refuse a link from one measure to another: "where reviews wait, items are carried over"."""
    if s.has("together"):
        return  # judged as a pair
    every = {m for c in s.clauses for m in c.named}
    for c in s.clauses:
        for i, m in enumerate(c.marks):
            low, after = m.text.casefold(), c.marks[i + 1 : i + 3]
            if low not in lx.LINKS or (i and c.marks[i - 1].text.casefold() == "such"):
                continue
            if after and (after[0].kind == "dir" or after[0].text.casefold() in ("the", "a", "our", "your")):
                after = after[1:]
            at = next((x for x in after[:1] if x.kind in ("metric", "moves")), None)
            opens = low in ("where", "when", "whenever", "if", "once", "as", "with") and i < 2
            linked = set(c.named) if opens and at is None else _named(at)
            if linked and every - linked and (at is not None or opens):
                yield f"“{m.text}” says of two measures that one goes with the other"


def _named(m: Mark | None) -> set[str]:
    if m is None:
        return set()
    return set(m.value) if m.kind == "metric" else {m.value[0]}


def _showing(s: Sentence) -> Iterator[str]:
    """Check which sizes hide and which show: it is the smaller ones that stay hidden."""
    if not s.has("unseen"):
        return
    hides = any(m.text.casefold() in lx.HIDING for m in s.marks if m.kind == "unseen")
    shows = any(m.text.casefold() not in lx.HIDING for m in s.marks if m.kind == "unseen")
    sizes = {m.value for m in s.marks if m.kind == "dir"} | {
        "up" if m.kind == "least" else "down" for m in s.marks if m.kind in ("least", "most")
    }
    if shows and s.says("any", "every", "each", "all") and not s.has("number"):
        yield "no report shows every change"
    wrong = "up" if hides and not shows else "down" if shows and not hides else ""
    if wrong in sizes and not s.has("moves"):
        yield "the data hide the smaller changes and show the larger ones"


# ---------------------------------------------------------------- sizes in words


def _words_of_size(s: Sentence, c: Clause) -> Iterator[str]:
    for i, m in enumerate(c.marks):
        if m.kind not in ("ratio", "fraction"):
            continue
        if m.kind == "fraction" and _is_share(s, c, i):
            continue
        bound = _bound(c.marks, i)
        after = [x.text.casefold() for x in c.marks[i + 1 : i + 3]]
        if len(c.known) != 1 or c.known[0].ratio is None or c.negated(i):
            yield f"“{m.text}” is said of no measure that changed"
            continue
        ratio, value = c.known[0].ratio or 1.0, m.value
        shift = False
        if m.kind == "fraction":
            changed = any(x.kind == "dir" for x in c.marks[i + 1 : i + 3]) or "by" in [
                x.text.casefold() for x in c.marks[max(0, i - 2) : i]
            ]
            if changed:
                shift = True
            elif not {"as", "what", "of"} & set(after[:1]) and not any(
                x.text.casefold() == "to" for x in c.marks[max(0, i - 2) : i]
            ):
                yield f"“{m.text}”: of what?"
                continue
        if not (_fits_change(abs(ratio - 1), value, bound) if shift else _fits(ratio, value, bound)):
            yield f"“{m.text}” does not fit: {c.known[0].title} is {ratio:.2f} times what it was"


def _bound(marks: list[Mark], i: int) -> str:
    for x in reversed(marks[max(0, i - 3) : i]):
        if x.kind in ("least", "most"):
            return x.kind + ":" + x.text.casefold()
        if x.kind != "about" and x.text.casefold() not in (
            "by",
            "the",
            "a",
            "just",
            "has",
            "have",
            "it",
            "to",
        ):
            break
    return "about" if i and marks[i - 1].kind == "about" else ""


def _fits(actual: float, said: float, bound: str) -> bool:
    kind = bound.partition(":")[0]
    if kind == "least":
        return said <= actual <= 1.25 * said
    if kind == "most":
        return 0.85 * said <= actual <= said
    return abs(actual - said) <= (0.1 if bound == "about" else 0.05) * max(said, 0.8)


def _fits_change(actual: float, said: float, bound: str) -> bool:
    return abs(actual - said) <= 0.04 if bound in ("", "about") else _fits(actual, said, bound)


# ---------------------------------------------------------------- inside, above, below


def _places(s: Sentence, c: Clause) -> Iterator[str]:
    for i, m in enumerate(c.marks):
        if m.kind != "place":
            continue
        if not c.known:
            if not (c.quant() == "all" and m.value == "inside" and not s.facts.sure):
                yield f"“{m.text}” is said of no measure of the report"
            continue
        for k in c.known:
            if not _place(s, c, k, m.value, negated=c.negated(i) and c.quant() != "none"):
                yield f"“{m.text}”: that is not where the sprints of {k.title} lie"


def _place(s: Sentence, c: Clause, k: Known, wanted: str, *, negated: bool) -> bool:
    places = s.facts.places(k.metric)
    hits = [p == wanted or (wanted == "outside" and p != "inside") for p in places]
    if not hits or negated or k.level is None:
        return bool(hits) and negated and not any(hits)
    numbers = [m.value for m in c.marks if m.kind == "number"]
    earlier = [m.value[0] for i, m in enumerate(c.marks) if m.kind == "sprint" and _prep(c, i) in EARLIER]
    if earlier:
        before = [v for v in k.values[: earlier[0]] if v is not None]
        return bool(before) and all(place(v, k.level.usual) == wanted for v in before)
    of = next((n for n in numbers if n.kind == "of"), None)
    if of is not None:
        return (int(of.a), int(of.b)) == (sum(hits), len(hits))
    counted = next((n for n in numbers if n.kind == "count"), None)
    sprints = [m.value for m in c.marks if m.kind == "sprint" and m.value[0] == m.value[1]]
    if c.has("last") or (sprints and not c.has("role")) or (sprints and not _since_before(c)):
        at = sprints[0][0] if sprints else -1
        value = k.values[at] if k.values else k.level.last
        return value is not None and (
            place(value, k.level.usual) == wanted
            or (wanted == "outside" and place(value, k.level.usual) != "inside")
        )
    if c.quant() == "none":
        return not any(hits)
    if counted is not None:
        if c.quant() == "all":
            return int(counted.a) == len(hits) and all(hits)
        return int(counted.a) == sum(hits) or (int(counted.a) == len(hits) == 1 and all(hits))
    if s.says("most"):
        return sum(hits) > len(hits) / 2
    if c.quant() == "all" or len(hits) == 1:
        return all(hits)
    if s.says("some"):
        return any(hits)
    if k.sure is not None:
        return place(k.sure.after, k.level.usual) == wanted or all(hits)
    return all(hits)


def _since_before(c: Clause) -> bool:
    for i, m in enumerate(c.marks):
        if m.kind == "sprint":
            return any(x.text.casefold() in ("since", "from", "after") for x in c.marks[max(0, i - 2) : i])
    return False


# ---------------------------------------------------------------- sprints


def _prep(c: Clause, i: int) -> str:
    for m in reversed(c.marks[max(0, i - 2) : i]):
        low = m.text.casefold()
        if low in (
            "since",
            "from",
            "around",
            "about",
            "near",
            "in",
            "before",
            "until",
            "after",
            "through",
            "up to",
            "starting",
            "beginning",
            "of",
            "with",
            "at",
            "on",
            "between",
            "to",
            "by",
            "for",
            "than",
            "against",
        ):
            return low
    return ""


def _sprints(s: Sentence, c: Clause) -> Iterator[str]:
    for i, m in enumerate(c.marks):
        if (
            (m.kind == "last" or (m.kind == "role" and m.value == "last"))
            and c.has("dir", "change", "moves")
            and not c.has("place", "number")
        ):
            if any(
                k.sure and s.facts.index(k.sure.since_sprint_id) != len(s.facts.names) - 1 for k in c.known
            ):
                yield f"“{m.text}” is not when this began"
        if m.kind == "sprint" and not _sprint_holds(s, c, i, *m.value):
            yield f"“{m.text}” is not the sprint that this is about"


def _sprint_holds(s: Sentence, c: Clause, i: int, a: int, b: int) -> bool:
    facts, last = s.facts, len(s.facts.report.sprints) - 1
    window = last + 1 - len(facts.report.window)
    mine = [k.signal for k in c.known if k.signal]
    signals = mine or (list(facts.report.signals) if not c.known else [])
    starts = [facts.index(x.since_sprint_id) for x in signals]
    claim = c.has("dir", "change", "moves", "odd", "ratio", "fraction")
    flat = any(m.kind == "dir" and m.value == "flat" for m in c.marks) or c.quant() in ("none", "rest")
    if a != b:
        spans = {(window, last), (0, last), (0, window - 1)}
        spans |= {(first, t - 1) for t in starts for first in (0, window)} | {(t, last) for t in starts}
        return (a, b) in spans
    prep = _prep(c, i)
    verb = any(m.kind in ("change", "moves") or m.text.casefold() in lx.VERBS for m in c.marks)
    if prep in EARLIER and verb and not flat and not c.has("number"):
        return False  # until then nothing had changed
    if (
        prep in ("since", "from", "starting", "beginning", "with")
        and mine
        and all(x.kind == "outlier" for x in mine)
    ):
        return False
    if prep in ("since", "from", "starting", "beginning", "with"):
        held = a in starts and (len(set(starts)) == 1 or not mine or all(t == a for t in starts))
        return held or (flat and not mine)
    if prep in ("around", "about", "near"):
        return any(abs(a - t) <= 1 for t in starts) and (not mine or all(abs(a - t) <= 1 for t in starts))
    if prep == "between" and mine:
        return all(t == a + 1 for t in starts)
    if prep in ("before", "than"):
        return a in starts
    if prep in ("until", "up to", "through", "after", "to"):
        return a + 1 in starts or (prep == "to" and not claim)
    values = [m for m in c.marks if m.kind == "number" and m.value.kind in ("value", "range")]
    if values and claim and not flat and mine and prep == "in" and a not in starts:
        seen = [k.values[a] for k in c.known if a < len(k.values)]
        return any(v is not None and rounds_to(v, m.value.a) for v in seen for m in values)
    if values:
        return True  # the value is looked up in that sprint
    if claim and not flat:
        swings = {facts.index(x) for k in c.known if k.swing and not k.sure for x in k.swing.sprint_ids}
        return a in swings or (bool(starts) and (all(t == a for t in starts) if mine else a in starts))
    return True


def _same_time(s: Sentence, starts: list[int]) -> Iterator[str]:
    wide = s.has("about time")
    if not (wide or s.has("same time")):
        return
    mine = {s.facts.index(k.sure.since_sprint_id) for c in s.clauses for k in c.known if k.sure}
    # "At the same time" as the change that was told first; in a sentence that stands alone, as each other.
    apart = [abs(t - starts[0]) for t in mine] if starts else [max(mine) - min(mine)] if mine else []
    if any(a > (1 if wide else 0) for a in apart):
        yield "these did not begin at the same time"
    if not mine and any(c.quant() == "all" for c in s.clauses):
        every = [s.facts.index(x.since_sprint_id) for x in s.facts.sure]
        together = len(every) > 1 and max(every) - min(every) <= (1 if wide else 0)
        if together is s.has("not"):
            yield "that is not when the changes began"


def _stories(s: Sentence) -> Iterator[str]:
    if not s.has("share", "together"):
        return
    named = list(dict.fromkeys(m for c in s.clauses for m in c.named))
    if s.has("together"):
        opposite = s.says(
            "opposite ways", "moved in opposite ways", "often one up when the other was down", "the other way"
        )
        sign = "negative" if opposite else "positive"
        lag = s.says("often followed")
        pairs = [
            set(a.metrics)
            for a in s.facts.report.associations
            if a.significant and bool(a.lag) == lag and a.sign == sign
        ]
        linked = len(named) >= 2 and all(any({x} <= p <= set(named) for p in pairs) for x in named)
        moved = all(s.facts.known[x].sure for x in named if x in s.facts.known)
        if not linked and not (
            moved
            and len(named) >= 2
            and not s.says("often moved together", "often up together", "opposite ways")
        ):
            yield "these measures were not seen to move together"
        return
    if len(named) < 2:
        if any(_tallied(m) for m in s.marks):
            yield "which changes overlap is said of them by name"
        return
    signals = [s.facts.known[x].signal for x in named if x in s.facts.known]
    ids = {x.id for x in signals if x}
    if len(ids) < 2 or any(not x or not ids & set(x.joined_with) for x in signals):
        yield "these measures share no ingredient"


# ---------------------------------------------------------------- numbers


def _number(s: Sentence, c: Clause, i: int, n: Number) -> Iterator[str]:
    text = c.marks[i].text
    if n.kind == "chance":
        if n.b == "100":
            yield from _chance(s, c, n, text)
        return
    if n.kind in ("foreign", "ordinal", "date"):
        if not _other(s, c, n, i):
            yield f"“{text}” is not in the evidence"
        return
    if n.kind in ("count", "tally"):
        if not _counted(s, c, n):
            yield f"“{text}” is not a count of the report"
        return
    if n.kind in ("of", "odds"):
        if not (_of(s, c, n) if n.kind == "of" else _odds(s, c, n)):
            yield f"“{text}” is not in the evidence"
        return
    if not c.known or _something_else(s, c):
        yield f"“{text}” is said of no measure of the report"
        return
    if any(m.kind == "not" for m in c.marks[max(0, i - 4) : i]):
        yield f"“{text}”: what a measure is not, is not said"
        return
    unsure = [k for k in c.known if k.sure and k.sure.kind != "outlier" and sureness(k.sure)[0] < LIKELY]
    if unsure and n.kind in ("value", "effect", "percent", "times") and not s.hedged:
        yield f"{unsure[0].title}: this is likely, not sure, and must be said so"
    numbers = [m.value for m in c.marks if m.kind == "number" and m.value.kind == n.kind]
    known = c.known
    if len(known) > 1 and len(numbers) == len(known):
        known = [known[numbers.index(n)]]
    after = [m.text.casefold() for m in c.marks[i + 1 : i + 3]]
    if after[:1] == ["of"] and after[1:] and after[1] in ("work", "effort", "labour", "labor"):
        yield f"“{text} of {after[1]}”: how much of a time is work is not recorded"
    for k in known:
        if not _size(s, c, i, n, k):
            yield f"“{text}” is not a number that the evidence holds for {k.title} in this place"


def _something_else(s: Sentence, c: Clause) -> bool:
    """Say whether a sentence that names no measure speaks of things that were not measured."""
    return c.inherited and not any(x.named for x in s.clauses) and s.says(*NOT_MEASURES)


def _chance(s: Sentence, c: Clause, n: Number, text: str) -> Iterator[str]:
    if not s.has("sure", "hedge", "change", "dir", "moves", "odd") and not s.says("chance"):
        yield f"“{text}”: of what?"
    value = any(m.kind == "number" and m.value.kind == "value" for m in s.marks)
    if value and s.says("that") and not s.has("change", "dir", "moves", "odd"):
        yield f"“{text}” is the chance that something changed, not of a value"
    signals = [k.signal for k in c.known if k.signal]
    if not signals and not c.known and len(s.facts.sure) == 1:
        signals = s.facts.sure
    if not signals:
        yield f"“{text}” is the chance of nothing in the report"
    for x in signals:
        shown, own = sureness(x)
        p = own if borrows(x) and s.says("own", "alone") and n is _last_chance(s) else shown
        if n.bound == "least:more than":
            right = n.a == "99" and p > 0.99
        else:
            right = (
                n.bound in ("", "about") and rounds_to(100 * p, n.a) and float(n.a) < 100
            )  # nothing is certain
        if not right:
            yield f"“{text}” is not how sure it is that {x.title} changed"


def _last_chance(s: Sentence) -> Number | None:
    found = [m.value for m in s.marks if m.kind == "number" and m.value.kind == "chance"]
    return found[-1] if found else None


def _other(s: Sentence, c: Clause, n: Number, i: int) -> bool:
    if n.kind == "foreign":
        return n.unit in ("week", "weeks") and s.says("each", "every") and _cadence(s) == int(n.a) * 7
    if n.kind == "ordinal":
        named = [m for m in c.marks[i + 1 :] if m.text.casefold() == "sprint"]
        if n.a == "1" and named:
            return bool([k for k in c.known if k.sure]) or not c.claims
        starts = [s.facts.since(k.sure) for k in c.known if k.sure]
        return bool(named) and any(len(v) == int(n.a) for v in starts) and _since_after(c, i)
    return _date(s, c, n)


def _since_after(c: Clause, i: int) -> bool:
    return any(m.text.casefold() in ("since", "since then") for m in c.marks[i:])


def _cadence(s: Sentence) -> int | None:
    from hansei.core.phrases import cadence_days

    return cadence_days(s.facts.report.window)


def _date(s: Sentence, c: Clause, n: Number) -> bool:
    refs = s.facts.report.sprints
    mine = {s.facts.index(k.signal.since_sprint_id) for k in c.known if k.signal}
    claim = c.has("dir", "change", "moves", "odd")
    moments: list[datetime | None] = []
    for i, ref in enumerate(refs):
        if claim:
            moments += [ref.start] if i in mine else []
        elif i in (0, len(refs) - 1) or i in mine or ref == s.facts.report.window[0]:
            moments += [ref.start, ref.end]
    for t in moments:
        if t is None:
            continue
        if "-" in n.a:
            if t.date().isoformat() == n.a:
                return True
        elif int(n.a) == t.day and t.strftime("%b").casefold() == n.b and n.noun in ("", str(t.year)):
            return True
    return False


def _counted(s: Sentence, c: Clause, n: Number) -> bool:
    value, facts = int(float(n.a)), s.facts
    at = next((i for i, m in enumerate(c.marks) if m.value is n), 0)
    if any(m.kind == "not" for m in c.marks[max(0, at - 4) : at]):
        return False  # "not all four": of what there is not, nothing is counted
    tallies = facts.tallies()
    if n.kind == "tally":
        return _tally(s, c, n, value, tallies)
    if c.has("place"):
        return True  # judged where the sprints lie
    if s.has("odd") and not c.known:
        return value in tallies["odd"] | {len({x.since_sprint_id for x in facts.sure if x.kind == "outlier"})}
    counts: set[int] = set()
    before = s.says("before", "earlier") or "earlier" in n.noun
    since = s.says("since", "since then", "after", "ago")
    signals = [k.sure for k in c.known if k.sure] or [k.signal for k in c.known if k.signal]
    if s.has("unseen"):
        return any(value in d.sample for d in facts.report.detectable)
    for x in signals:
        counts |= {len(facts.since(x))} if since and not before else set()
        counts |= {x.sample[0]} if before else set()
    if not signals and since:
        counts |= {len(facts.since(x)) for x in facts.sure}
    if not signals and before:
        counts |= {len(facts.report.baseline)} | {x.sample[0] for x in facts.sure}
    if not (since or before or c.named) and any(m.kind == "dir" and m.value == "flat" for m in c.marks):
        return value in tallies["window"]
    if not (since or before) and signals and c.has("dir", "change", "moves"):
        return all(value == len(facts.since(x)) for x in signals)
    if not (since or before):
        counts |= (
            set(tallies["window"])
            | {k.level.sample for k in c.known if k.level}
            | {len(facts.report.sprints)}
        )
    return value in counts


def _tally(s: Sentence, c: Clause, n: Number, value: int, tallies: dict[str, frozenset[int]]) -> bool:
    if n.noun in ("leads", "experiments"):
        return value in tallies[n.noun]
    if n.noun == "listed":
        return value < max(len(s.facts.report.detectable), len(s.facts.report.refusals), 1)
    if n.noun == "proofs":
        return value == len({m for x in s.clauses for m in x.named})
    if c.quant() == "none":
        return value in tallies["checked"]
    if n.noun.startswith("more"):
        return value in tallies["more"]
    if any(m.kind == "dir" and m.value == "flat" for m in c.marks):
        return value in tallies["flat"]
    if c.quant() == "rest" and not c.has("apart"):
        return value in tallies["flat"]
    if s.says("checked", "looked at", "recorded", "compared", "look", "looked", "read"):
        return value in tallies["checked"]
    if s.says("to watch", "too early", "too early to say", "may", "may have"):
        return value in tallies["hints"]
    if s.has("odd"):
        return value in tallies["odd"]
    if any(c.negated(i) for i, m in enumerate(c.marks) if m.kind in ("change", "dir")):
        return False
    ways = {m.value for m in c.marks if m.kind == "dir"}
    if not ways & {"up", "down"}:
        begun = _begun(s, c)
        if begun is not None:
            return value in begun
    if ways & {"up", "down"}:
        at = [m.value[0] for m in c.marks if m.kind == "sprint"]
        moved = [x for x in s.facts.sure if not at or s.facts.index(x.since_sprint_id) == at[0]]
        return any(value == sum(x.direction == w for x in moved) for w in ways)
    return value in tallies["changed"]


def _begun(s: Sentence, c: Clause) -> set[int] | None:
    """Return how many changes began in, or around, the sprint that is named with them; None where none is."""
    later = s.clauses[s.clauses.index(c) + 1 :][:1]
    for clause in (
        c,
        *(x for x in later if x.joined_by == "," and not x.named and not x.has("number", "moves")),
    ):
        for i, m in enumerate(clause.marks):
            if (
                m.kind == "sprint"
                and m.value[0] == m.value[1]
                and _prep(clause, i) in ("in", "since", "around", "about")
            ):
                apart = [abs(s.facts.index(x.since_sprint_id) - m.value[0]) for x in s.facts.sure]
                around = _prep(clause, i) in ("around", "about")
                return {apart.count(0)} | ({sum(a <= 1 for a in apart)} if around else set())
    return None


def _of(s: Sentence, c: Clause, n: Number) -> bool:
    a, b = int(float(n.a)), int(float(n.b))
    if c.has("place"):
        return True
    if c.known and any(
        k.refusal and f"{a} of {b}" in k.refusal.replace("its ", "").replace("the ", "") for k in c.known
    ):
        return True
    forecasts = [k.forecast for k in c.known if k.forecast]
    if forecasts and s.says("held", "hold", "right", "past", "second", "range", "ranges"):
        odds = [m.value for m in s.marks if m.kind == "number" and m.value.kind == "odds"]
        return any(
            (r.held, r.tried) == (a, b)
            for f in forecasts
            for i, r in enumerate(f.ranges)
            if (_level(r.level, odds) if odds else i == min(1, len(f.ranges) - 1))
        )
    tallies = s.facts.tallies()
    if any(m.kind == "dir" and m.value == "flat" for m in c.marks):
        return b in tallies["checked"] and a in tallies["flat"]
    if c.has("change", "dir") and b in tallies["checked"]:
        ways = {m.value for m in c.marks if m.kind == "dir" and m.value in ("up", "down")}
        changed = sum(not ways or x.direction in ways for x in s.facts.sure)
        return a == changed
    return False


def _odds(s: Sentence, c: Clause, n: Number) -> bool:
    share = float(n.a) / float(n.b) if float(n.b) else 0.0
    if s.has("unseen") or s.says("noticed", "notice"):
        return abs(share - 0.8) < 1e-9
    forecasts = [k.forecast for k in c.known if k.forecast]
    return any(abs(r.level - share) < 1e-9 for f in forecasts for r in f.ranges)


def _per_fits(n: Number, k: Known) -> bool:
    """Say whether a measure is told per this: times per item, what is counted or delivered per sprint."""
    family = describe(k.metric).family
    if family == "duration":
        return n.per == "item"
    return n.per == "sprint" and family in ("count", "points") and k.metric not in STOCKS


def _unit_fits(n: Number, k: Known) -> bool:
    own = k.unit.split(" ", maxsplit=1)[0]
    return n.unit in ("", own, k.unit) or (n.unit == "%" and own == "ratio")


def _compare(value: float, n: Number, token: str) -> bool:
    kind, _, word = n.bound.partition(":")
    said = float(token.replace(",", ""))
    value = abs(value)
    if said == 0:
        return value < 0.005
    if kind == "least":
        return said <= value + 1e-9 and value <= 1.25 * said
    if kind == "most" and word == "up to":
        return rounds_to(value, token)
    if kind == "most":
        return value <= said + 1e-9 and value >= 0.85 * said
    return rounds_to(value, token)


def _size(s: Sentence, c: Clause, i: int, n: Number, k: Known) -> bool:
    if n.per and not _per_fits(n, k):
        return False
    if s.has("unseen") or s.says("±") or s.says("smallest"):
        return _unseen(n, k)
    if n.kind == "range":
        return _ranged(s, n, k)
    signal = k.signal
    if n.kind == "effect":
        return (
            signal is not None
            and _unit_fits(n, k)
            and _compare(signal.effect, n, n.a)
            and (n.unit == "%" if k.unit == "%" else True)
            and (not n.noun or n.noun == signal.direction)
        )
    if n.kind == "percent":
        if k.unit in ("%", "ratio") or k.ratio is None:
            return False
        return k.percent and _compare(100 * abs(k.ratio - 1), n, n.a)
    if n.kind == "times":
        return k.ratio is not None and _compare(k.ratio, n, n.a) and not c.has("dir")
    scale = 100.0 if n.unit == "%" and k.unit == "ratio" else 1.0
    return _unit_fits(n, k) and any(_compare(scale * v, n, n.a) for v in _candidates(s, c, i, n, k))


def _unseen(n: Number, k: Known) -> bool:
    d = k.size
    if d is None:
        return False
    if (n.unit == "%" and n.kind != "effect") or n.kind == "percent":
        return d.fraction is not None and rounds_to(100 * d.fraction, n.a) and d.unit not in ("%", "ratio")
    return _unit_fits(n, k) and rounds_to(d.amount, n.a) and (k.unit != "%" or n.kind == "effect")


def _candidates(s: Sentence, c: Clause, i: int, n: Number, k: Known) -> list[float]:
    if s.has("next") and k.forecast and not c.has("role"):
        return [k.forecast.middle]
    if s.has("next") and not s.has("role"):
        return []  # nothing of this measure is foretold
    roles = [(abs(at - i), role) for at, role in c.roles() if not _belongs_to_sprint(c, at)]
    usual = any(m.value == "usual" and x.kind == "metric" for m, x in pairwise(c.marks) if m.kind == "role")
    if usual and not any(_moved(m) or m.kind in ("moves", "change") for m in c.marks) and not n.moved:
        return k.numbers("usual")  # "your usual review time", whenever
    span = next((m.value for m in c.marks if m.kind == "sprint" and m.value[0] != m.value[1]), None)
    if span is not None and k.signal is not None:
        start = s.facts.index(k.signal.since_sprint_id)
        return k.numbers("after") if span[0] == start else k.numbers("before") if span[1] < start else []
    sprint = _beside(c, i)
    if n.moved and (sprint is None or k.sure):
        return k.numbers("before")
    if any(m.text.casefold() == "to" for m in c.marks[max(0, i - 2) : i]) and s.says("from") and k.signal:
        return k.numbers("after")
    if sprint is not None:
        at, prep = sprint
        if prep in ("before", "until", "up to", "through", "than"):
            return k.numbers("before")
        if prep not in ("since", "from", "starting", "beginning", "after", "around", "about", "with"):
            out = [k.values[at]] if at < len(k.values) and k.values[at] is not None else []
            return [v for v in out if v is not None]
        return k.numbers("after")
    signal = k.signal
    if roles:
        role = min(roles)[1]
        if signal is not None and signal.kind == "outlier" and role == "after":
            return s.facts.since(signal)[:1]
        return k.numbers(role)
    if (
        c.joined_by
        in (
            "than",
            "against",
            "versus",
            "vs",
            "instead",
            "instead of",
            "rather than",
            "compared with",
            "compared to",
            "compared",
            "up from",
            "down from",
            "where",
        )
        and signal is not None
    ):
        return k.numbers("before")
    if signal is None:
        return k.numbers("now")
    if signal.kind == "outlier":
        return s.facts.since(signal)[:1]
    tense = [m.value for m in c.marks if m.kind == "tense"]
    if tense and tense[-1] == "before" and signal.significant:
        return k.numbers("before")
    if s.has("hedge") and not signal.significant:
        return k.numbers("after")
    return k.numbers("after")


def _belongs_to_sprint(c: Clause, at: int) -> bool:
    return at + 1 < len(c.marks) and c.marks[at + 1].kind == "sprint"


def _beside(c: Clause, i: int) -> tuple[int, str] | None:
    """Return the sprint that stands nearest to a number in its clause, and the word before it."""
    found = [(abs(j - i), j < i, j) for j, m in enumerate(c.marks) if m.kind == "sprint"]
    if not found:
        return None
    j = min(found)[2]
    a, b = c.marks[j].value
    return (a, _prep(c, j) if a == b else "since" if b > a and _prep(c, j) == "since" else "before")


def _is_share(s: Sentence, c: Clause, i: int) -> bool:
    """Say whether a fraction is a value of a measure in percent: "a quarter of the items are carried over now"."""
    if len(c.known) != 1 or c.known[0].unit != "%" or any(m.kind == "dir" for m in c.marks[i + 1 : i + 3]):
        return False
    bound = "about" if _bound(c.marks, i) in ("", "about") else ""
    n = Number("value", "0", unit="%")
    return bool(bound) and any(
        abs(v / 100 - c.marks[i].value) <= 0.1 * c.marks[i].value for v in _candidates(s, c, i, n, c.known[0])
    )


def _swung(n: Number, k: Known) -> bool:
    """Say whether a range tells a swing from one sprint to the next: "from 36 to 47"."""
    swing = k.swing.values if k.swing and k.sure is None else None
    return swing is not None and rounds_to(swing[0], n.a) and rounds_to(swing[1], n.b)


def _ranged(s: Sentence, n: Number, k: Known) -> bool:
    signal = k.signal
    if n.unit != "times" and not n.noun and not _unit_fits(n, k):
        return False
    if n.moved and not n.noun and n.unit != "times":
        scale = 100.0 if n.unit == "%" and k.unit == "ratio" else 1.0
        if signal is None and k.level and any(m.kind == "role" and m.value == "usual" for m in s.marks):
            if is_range(n.a, n.b, k.level.usual.low, k.level.usual.high):
                return True
        if signal is None:
            return _swung(n, k)
        return rounds_to(scale * signal.before, n.a) and rounds_to(scale * signal.after, n.b)
    if n.unit == "times":
        r = signal.ratio_interval if signal else None
        return r is not None and is_range(n.a, n.b, r.low, r.high)
    if n.noun or n.unit == "pp":
        return signal is not None and _interval(n, k, signal)
    odds = [m.value for x in s.clauses for m in x.marks if m.kind == "number" and m.value.kind == "odds"]
    if k.forecast and (odds or s.has("next")):
        levels = [r for r in k.forecast.ranges if not odds or s.has("next") or _level(r.level, odds)]
        if odds and not _same_half(s, n):
            levels = [r for r in k.forecast.ranges if _level(r.level, odds)]
        elif s.says("half of the time"):
            levels = [r for r in k.forecast.ranges if abs(r.level - 0.5) < 1e-9]
        return any(is_range(n.a, n.b, r.low, r.high) for r in levels)
    usual = [m for m in s.marks if m.kind == "role" and m.value == "usual"]
    if k.level and (usual or s.says("range")):
        return is_range(n.a, n.b, k.level.usual.low, k.level.usual.high)
    return False


def _level(level: float, odds: list[Number]) -> bool:
    return any(abs(level - float(o.a) / float(o.b)) < 1e-9 for o in odds)


def _same_half(s: Sentence, n: Number) -> bool:
    """Say whether a range stands with "half of the time", not with the odds that follow."""
    marks = s.marks
    at = next(j for j, m in enumerate(marks) if m.kind == "number" and m.value is n)
    half = [j for j, m in enumerate(marks) if m.text.casefold() == "half of the time"]
    odds = [j for j, m in enumerate(marks) if m.kind == "number" and m.value.kind == "odds"]
    return bool(half) and min(abs(j - at) for j in half) < min(abs(j - at) for j in odds)


def _interval(n: Number, k: Known, x: Signal) -> bool:
    way = n.noun or x.direction
    if way != x.direction:
        return False
    if n.unit == "%":
        r = x.ratio_interval
        if r is None or k.unit == "%":
            return False
        ends = sorted((100 * abs(r.low - 1), 100 * abs(r.high - 1)))
        return is_range(n.a, n.b, *ends)
    ends = sorted((abs(x.interval.low), abs(x.interval.high)))
    return is_range(n.a, n.b, *ends)
