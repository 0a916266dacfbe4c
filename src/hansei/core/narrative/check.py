"""Reads prose against the report: what is not in its evidence, or cannot be read, is refused with a reason."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hansei.core.narrative import claims
from hansei.core.narrative import lexicon as lx
from hansei.core.narrative.claims.constructed import constructions, judge_constructed
from hansei.core.narrative.claims.sentence import CLAIMS, Clause, Sentence, measures_of
from hansei.core.narrative.facts import Facts, Known
from hansei.core.narrative.prose import Narrative
from hansei.core.narrative.reading import SPLITS, Mark, dictionary, read, sentences
from hansei.core.phrases import Figures, clean, lower_first
from hansei.core.report import Report, Tried
from hansei.core.telling import Telling
from hansei.core.words import ENGLISH, Words

#: Catalogue sentences without a claim about this report; they are left out before the rest is read.
HARMLESS = (
    "summary.why", "summary.why.likely", "summary.why.odd", "summary.why.odd.likely",
    "summary.stable", "summary.level", "summary.sketch", "summary.stray.why",
    "ordinary.dice", "finding.odd", "finding.sized", "unseen.nothing",
)  # fmt: skip
#: … and those that hold where nothing could be checked.
UNCHECKED = (
    "summary.unchecked", "summary.unchecked.1", "summary.unchecked.2", "summary.empty", "headline.unchecked.short",
)  # fmt: skip
_NOTE = re.compile(
    r"\b(?:your|the team's|the) (?:own )?note\b|\byou (?:wrote|noted|mention|mentioned)\b", re.IGNORECASE
)
#: Words that a statement of its own begins with.
OPENERS = (
    "the",
    "our",
    "your",
    "this",
    "that",
    "it",
    "we",
    "they",
    "you",
    "he",
    "she",
    "nobody",
    "everybody",
)
_LINK = re.compile(r"https?:|www\.|\]\(|<[a-z/!]|\b[\w.+-]+@[\w-]+\.\w", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Refused:
    """A sentence that may not be said: where (headline, summary, or the paragraph's number from 0), and why."""

    where: str
    sentence: str
    reasons: tuple[str, ...]


@dataclass
class _Context:
    """What a paragraph has spoken of so far."""

    metrics: tuple[str, ...] = ()
    lead: str | None = None
    #: Of what other sentences of the text say that it is likely, or may be; "" stands for all.
    hedged: frozenset[str] = frozenset()
    starts: list[int] = field(default_factory=list)


def check(
    narrative: Narrative, report: Report, words: Words = ENGLISH, *, note: str | None = None
) -> tuple[Refused, ...]:
    """Return every sentence of the prose that the evidence it cites does not carry.

    Headline and summary may use all of the evidence, a paragraph what it cites. ``note`` is the team's own text: its
    words may be repeated in a sentence that says so and claims nothing.
    """
    reader = Reader(report, words, note=note)
    out = [
        *reader.refused("headline", narrative.headline, None),
        *reader.refused("summary", narrative.summary, None),
    ]
    for i, p in enumerate(narrative.paragraphs):
        out += reader.refused(str(i), f"{p.heading} {p.text}".strip(), p.cites)
    return tuple(out)


def mentions_note(text: str) -> bool:
    """Say whether a text speaks of the team's own note, and so may hold words of it."""
    return bool(_NOTE.search(text))


def without_note(text: str) -> str:
    """Return a text without its sentences about the team's own note."""
    return " ".join(s for s in sentences(text) if not mentions_note(s))


def refused_sentences(
    text: str, cites: Sequence[str] | None, report: Report, words: Words = ENGLISH, *, note: str | None = None
) -> tuple[Refused, ...]:
    """Return what of one text may not be said; ``cites`` None: all of the evidence."""
    return tuple(Reader(report, words, note=note).refused("text", text, cites))


class Reader:
    """Reads texts against one report."""

    def __init__(self, report: Report, words: Words = ENGLISH, *, note: str | None = None) -> None:
        self.facts = Facts.read(report, words)
        self.figures = Figures.of(report, words)
        told = words("sized.clause", clause="")
        self._sized = [told, lower_first(told), *map(self.figures.compared, report.signals)]
        self.words = words
        self.constructions = constructions(words)
        marks = {
            f"{kind}_{h.casefold()}": (kind, h)
            for h in self.facts.leads
            for kind in ("leadtitle", "leadtext")
        }
        self.phrases = dictionary(self.facts, words) | marks | {"experiment_text": ("word", "")}
        self._names_apart = _strange_names(self.facts)
        self.note = frozenset(w.casefold() for w in re.findall(r"[^\W\d_]+", note or ""))

    def refused(self, where: str, text: str, cites: Sequence[str] | None) -> Iterator[Refused]:
        """Yield the sentences of a text that may not be said."""
        if _LINK.search(self._nameless(text)):
            yield Refused(where, text, ("a link, an address or markup has no place in a report",))
            return
        unknown = [c for c in cites or () if c not in self.facts.of]
        if unknown:
            yield Refused(where, text, (f"it cites {', '.join(unknown)}, which the report does not have",))
            return
        context = self._context(cites)
        told = [
            (s, _shares(read(s, self.phrases, self.facts), self.facts))
            for s in sentences(self._trusted(text, cites))
        ]
        hedged = [_hedged(marks) for _, marks in told]
        for i, (sentence, marks) in enumerate(told):
            context.hedged = frozenset().union(*hedged[:i], *hedged[i + 1 :])
            reasons = self._judge(sentence, marks, cites, context)
            if reasons:
                yield Refused(where, sentence, tuple(dict.fromkeys(reasons)))

    def _nameless(self, text: str) -> str:
        """Return the text without the sprints' own names: a tracker may hold any, and a renderer escapes them."""
        forms = {form for n in self.facts.names for most in (24, 40, 60) for form in (clean(n, most),)}
        forms |= {*self.facts.called}
        forms |= {clean(k.title, 60) for k in self.facts.known.values()}
        for form in sorted(forms, key=len, reverse=True):
            text = text.replace(form, " ").replace(lower_first(form), " ")
        return text

    def _context(self, cites: Sequence[str] | None) -> _Context:
        found = {m for c in cites or () if c[0] in "SLODF" for m in self.facts.of[c]}
        leads = [c for c in cites or () if c in self.facts.leads]
        return _Context(tuple(found) if len(found) == 1 else (), leads[0] if len(leads) == 1 else None)

    def _trusted(self, text: str, cites: Sequence[str] | None) -> str:
        """Put marks in the place of the engine's own sentences, where the lead they belong to is cited."""
        for key in HARMLESS if self.facts.report.checked else (*HARMLESS, *UNCHECKED):
            text = text.replace(self.words.texts[key], " ")
        text = self._sizeless(text)
        for mark, names in self._names_apart.items():
            text = _swap(text, names, f" {mark} ")
        for h in self.facts.leads.values():
            if cites is not None and h.id not in cites:
                continue
            own = [*h.mechanisms, *h.questions, *(e.text for e in (*h.evidence_for, *h.evidence_against))]
            text = _swap(text, [h.title], f" leadtitle_{h.id} ")
            text = _swap(text, own, f" leadtext_{h.id}. ")
        for tried in self.facts.report.tried:
            if (
                cites is None or tried.id in cites
            ):  # a verdict is told in the catalogue's own sentences, or not at all
                told = Telling(tried, self.figures, self.words)
                text = _swap(text, [told.heading(), *told.sentences()], " ")
                text = _swap(text, [*_of_experiment(tried, self.figures)], " ")
        for e in self.facts.report.experiments:
            if cites is None or e.id in cites:
                text = _swap(text, [e.title, e.change, *e.steps], " experiment_text. ")
        for k in self.facts.known.values():
            if k.refusal:
                text = _swap(text, [k.refusal, k.refusal.removeprefix(f"{k.title}: ")], " ")
        return text

    def _sizeless(self, text: str) -> str:
        """Leave out what the catalogue says of amounts that are told for a sprint of usual size."""
        for phrase in self._sized:
            text = text.replace(phrase, "") if phrase else text
        return text

    def _judge(
        self, text: str, marks: Sequence[Mark], cites: Sequence[str] | None, context: _Context
    ) -> list[str]:
        reasons = list(self._words(text, marks))
        allowed = None if cites is None else {m for c in cites for m in self.facts.of[c]}
        sentence = Sentence(text, _clauses(marks), self.facts, hedged=context.hedged, lead=context.lead)
        reasons += self._names(sentence, allowed)
        _bind(sentence, context, self.facts)
        reasons += claims.judge(sentence, context.starts)
        if not (reasons or _NOTE.search(text)):
            reasons += judge_constructed(marks, self.constructions)
        context.metrics = sentence.clauses[-1].metrics if sentence.clauses else context.metrics
        context.lead = next((m.value for m in marks if m.kind == "leadtitle"), context.lead)
        return reasons

    def _words(self, text: str, marks: Sequence[Mark]) -> Iterator[str]:
        claims_made = any(
            m.kind in ("number", "dir", "cause", "soft", "ratio", "fraction", "moves") for m in marks
        )
        quoting = bool(_NOTE.search(text)) and not claims_made
        if quoting and _goes_on(marks):
            yield "a sentence about the note repeats words of it, and says nothing of its own"
        for m in marks:
            if m.kind == "unknown" and not (quoting and m.text.casefold() in self.note):
                yield f"“{m.text}” is not a word of the report"
            elif m.kind == "no sprint":
                yield f"“{m.text}” is no sprint of this report"
            elif m.kind == "never":
                yield f"“{m.text}” has no place in a report"
            elif m.kind == "cause":
                yield f"“{m.text}” says a cause; the numbers hold none"

    def _names(self, sentence: Sentence, allowed: set[str] | None) -> Iterator[str]:
        for m in sentence.marks:
            if m.kind not in ("metric", "moves"):
                continue
            named = m.value if m.kind == "metric" else frozenset({m.value[0]})
            if not named & set(self.facts.known):
                yield f"“{m.text}” is no measure of this report"
            elif allowed is not None and not named & allowed:
                yield f"“{m.text}” is not in the evidence that is cited"


def _of_experiment(tried: Tried, figures: Figures) -> Iterator[str]:
    """Yield what a sentence may hold of an experiment besides its verdict: its goal, its state, what was decided."""
    title = f"“{clean(tried.title, 120)}”"
    measure = lower_first(figures.name(tried.metric_title, tried.metric))
    way = "fall" if tried.direction == "down" else "rise"
    yield f"The experiment {title} aimed for {measure} to {way} by at least {100 * tried.useful_effect:.0f} %."
    for name in (title, f"The experiment {title}"):
        if tried.state == "running":
            yield f"{name} is still running, with {_spelled(tried.done)} of its {_spelled(tried.sprints)} sprints done."
            yield f"{name} is still running."
        if tried.conclusion:
            yield f"You decided to {tried.conclusion} {lower_first(name)}."


def _spelled(n: int) -> str:
    return next((w for w, k in lx.NUMERALS.items() if k == n), str(n))


def _hedged(marks: Sequence[Mark]) -> frozenset[str]:
    """Return of which measures a sentence says that a change is likely, or may be; "" where it names none."""
    if not any(m.kind == "hedge" or (m.kind == "number" and m.value.kind == "chance") for m in marks):
        return frozenset()
    return frozenset().union(*map(measures_of, marks)) or frozenset({""})


def _goes_on(marks: Sequence[Mark]) -> bool:
    """Say whether another statement follows in a sentence about the note: "… a freeze, and the build broke"."""
    for i, m in enumerate(marks[:-1]):
        low = marks[i + 1].text.casefold()
        if (m.kind == "join" or m.text == ",") and low in OPENERS:
            rest = [x.kind for x in marks[i + 2 :]]
            ends = next((k for k, kind in enumerate(rest) if kind in ("punct", "join")), len(rest))
            if ends >= (1 if low in ("it", "we", "they", "you", "he", "she") else 2):
                return True
    return False


def _shares(marks: list[Mark], facts: Facts) -> list[Mark]:
    """Let "carried over" be the share of items where its numbers are shares: "24 % are carried over now"."""
    marks = _acts(marks, facts)
    numbers = [m.value for m in marks if m.kind == "number" and m.value.kind in ("value", "range")]
    items, share = frozenset({"items_carried_over"}), "items_out_of_sprint_percent"
    if share not in facts.known or not numbers or any(n.unit != "%" for n in numbers):
        return marks
    bare = (m.kind == "metric" and m.value == items and m.text.casefold() == "carried over" for m in marks)
    return [
        Mark("metric", frozenset({share}), m.text) if meant else m
        for m, meant in zip(marks, bare, strict=True)
    ]


def _acts(marks: list[Mark], facts: Facts) -> list[Mark]:
    """Let "completed" and "planned" name what is counted beside them: "27 points a sprint have been completed"."""
    units = {m.value.unit for m in marks if m.kind == "number"} & {"points", "items"}
    bare = {m.text.casefold() for m in marks if m.text.casefold() in ("points", "items")}
    named = [m for m in marks if m.kind in ("metric", "moves") and m.text.casefold() != "points"]
    if len(units | bare) != 1 or named:
        return marks
    units = units | bare
    stem = "story_points" if units == {"points"} else "items"
    metrics = {low: f"{stem}_{act}" for low, act in lx.BARE_ACTS.items() if f"{stem}_{act}" in facts.known}
    found = [m for m in marks if m.kind in ("word", "unknown") and m.text.casefold() in metrics]
    if len(found) != 1:
        return marks
    meant = frozenset({metrics[found[0].text.casefold()]})
    return [
        Mark("metric", meant, m.text)
        if m is found[0] or (m.kind == "metric" and m.text.casefold() == "points")
        else m
        for m in marks
    ]


def _strange_names(facts: Facts) -> dict[str, tuple[str, ...]]:
    """Return mark → forms of each name of a sprint or measure that has more in it than words and numbers."""
    named = [
        (f"sprintname_{i}", n, c) for i, (n, c) in enumerate(zip(facts.names, facts.called, strict=True))
    ]
    named += [(f"measurename_{i}", k.title, k.title) for i, k in enumerate(facts.known.values())]
    return {
        mark: tuple({called, *(clean(n, most) for most in (24, 40, 60, 120))})
        for mark, n, called in named
        if not re.fullmatch(r"[\w .#()/÷–-]{1,60}", n) or len(n.split()) > 6
    }


def _swap(text: str, phrases: Iterable[str], mark: str) -> str:
    for phrase in sorted({p for p in phrases if p}, key=len, reverse=True):
        for form in (phrase, phrase.rstrip(".")):
            if form:  # "R&D 1" is part of neither "R&D 12" nor "R&D 1–12"
                text = re.sub(rf"{re.escape(form)}(?!\w|–\d)", mark, text, flags=re.IGNORECASE)
    return text


def _clauses(marks: Sequence[Mark]) -> list[Clause]:
    """Cut a sentence where one statement ends and the next begins."""
    out = [Clause()]
    for m in marks:
        if m.kind == "join" or (m.kind == "punct" and m.text in SPLITS):
            out.append(Clause(joined_by=m.text.casefold()))
        out[-1].marks.append(m)
    out = [c for c in out if any(m.kind not in ("punct", "join") for m in c.marks)]
    return _merged(out)


def _merged(clauses: list[Clause]) -> list[Clause]:
    """Put a list of measures with the clause that speaks of them: "review time and cycle time rose"."""
    out: list[Clause] = []
    for c in clauses:
        last = out[-1] if out else None
        listed = (
            last is not None
            and last.named
            and not last.claims
            and c.named
            and c.joined_by in (",", "and", "or")
        )
        opening = last is not None and not last.named and _opens(last) and c.joined_by == ","
        goes_on = len(out) > 1 and last is not None and last.joined_by == "(" and c.joined_by == ")"
        if goes_on and not c.named and c.has("number", "sprint") and _opens(c):
            out[-2].marks += c.marks  # "above the usual range (1–4) in the last four sprints"
        elif last is not None and (listed or opening):
            last.marks += c.marks
        else:
            out.append(c)
    return out


def _opens(c: Clause) -> bool:
    """Say whether a clause only says when, or in how many sprints: "In two of the five sprints since then, …"."""
    claims = [m for m in c.marks if m.kind in CLAIMS and m.text.casefold() != "change"]
    return not c.claims or (
        bool(claims) and all(m.kind == "number" and m.value.kind in ("of", "count") for m in claims)
    )


def _bind(sentence: Sentence, context: _Context, facts: Facts) -> None:
    """Say of which measures each clause speaks: its own, else the last named, else the next."""
    last: tuple[str, ...] = ()
    for i, c in enumerate(sentence.clauses):
        if c.named or (c.quant() == "none" and c.has("sure")):
            c.metrics = c.named  # "no measure changed for sure" speaks of all
        elif last:
            c.metrics = last
        else:
            later = next((d.named for d in sentence.clauses[i + 1 :] if d.named), ())
            c.metrics = later or context.metrics
            c.inherited = not later
        c.known = [facts.known[m] for m in c.metrics if m in facts.known]
        last = c.metrics or last
    _set_apart(sentence)
    _follow(sentence.clauses)


def _set_apart(sentence: Sentence) -> None:
    """Let "apart from review time, nothing changed" speak of the rest, where nothing but review time changed."""
    for at, c in enumerate(sentence.clauses):
        if not c.has("apart"):
            continue
        changed = {x.metric for x in sentence.facts.sure}
        if c.named and changed - set(c.named):
            return
        c.apart = True
        for later in sentence.clauses[at + 1 :]:
            if not later.named:
                later.apart, later.metrics, later.known = True, (), []


def _only_a_sprint(c: Clause) -> bool:
    """Say whether a clause adds only another sprint: "… and in Sprint 38"."""
    left = [m.text.casefold() for m in c.marks if m.kind not in ("sprint", "join", "punct")]
    return c.has("sprint") and {*left} <= {
        "in",
        "since",
        "also",
        "then",
        "from",
        "around",
        "about",
        "on",
        "later",
    }


def _follow(clauses: list[Clause]) -> None:
    """Let a bare "and so did cycle time" say what the clause before it said."""
    for before, c in pairwise(clauses):
        if _only_a_sprint(c):
            c.marks += [m for m in before.marks if m.kind in ("dir", "change", "moves")]
        if c.named and not c.claims and before.named and c.joined_by not in ("(", ")", ":", ";"):
            c.marks += [m for m in before.marks if m.kind in ("dir", "not", "change")]
            c.marks += [Mark("dir", m.value[1], m.text) for m in before.marks if m.kind == "moves"]


__all__ = ["Known", "Reader", "Refused", "check", "mentions_note", "refused_sentences", "without_note"]
