"""What no number of a report can carry: single items, stories, judgements, advice, and denials of what it holds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise

from hansei.core.narrative import lexicon as lx
from hansei.core.narrative.claims.places import counted, so_many, sprints_meant
from hansei.core.narrative.claims.sentence import CLAIMS, Clause, Sentence, is_move

DETERMINERS = ("the", "your", "our", "this", "these", "those", "its", "about", "each", "a", "an")


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


def judge_nothing(s: Sentence, c: Clause) -> Iterator[str]:
    """Refuse "no bugs reached production", but of sprints that are named or counted, and held none."""
    if counts_none(c):
        for k in c.known:
            meant = sprints_meant(s.facts, c, k) if c.has("sprint", "number") else []
            values = [(i, k.values[i]) for i in meant if k.values[i] is not None] if k.values else []
            if not values or not so_many(s, c, [i for i, v in values if v == 0], [i for i, _ in values]):
                yield f"“no”: the report does not hold that {k.title} was at zero there"
        return
    for m, after in pairwise(c.marks):
        counted = after.kind in ("metric", "moves") or after.text.casefold() in lx.UNITS
        if m.text.casefold() in ("no", "no more", "zero", "without") and counted:
            yield f"“{m.text} {after.text}”: the report does not say that there was none"


def counts_none(c: Clause) -> bool:
    """Say whether a clause says of one measure that there was none of it in sprints that it counts."""
    none = [m for m in c.marks if m.kind == "not" and m.text.casefold() in ("no", "no more")]
    return (
        bool(none)
        and len(c.known) == 1
        and counted(c) is not None
        and not c.has("dir", "change", "moves", "place")
    )


def judge_single(c: Clause) -> Iterator[str]:
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


def judge_claimless(s: Sentence) -> Iterator[str]:
    """Refuse a sentence that names a measure and says nothing of it that can be checked: "review time matters most"."""
    named = any(c.named for c in s.clauses)
    nouns = ("change", "changes", "move", "moves")
    read = any(m.kind in CLAIMS and m.text.casefold() not in nouns for m in s.marks)
    read = read or s.has("share", "together", "unseen", "next", "leadtitle", "confirmed", "not", "hedge")
    read = read or (s.has("sprint") and s.has("change"))  # "review time since Sprint 36" says nothing of it
    if named and not read and s.marks[-1].text != "?" and not s.says("checked"):
        yield "it says nothing of the measure that can be checked"
    tried = [m for m in s.marks if m.text.casefold() == "experiment_text"]
    if tried and s.says("work", "works", "worked", "helps", "helped", "help", "is", "was"):
        yield "what an experiment did is told by its verdict alone"


def judge_exclusive(s: Sentence) -> Iterator[str]:
    """Let "only" be said of what changed where nothing else did: "only review time changed"."""
    marks = s.marks
    if not (any(m.kind in ("change", "moves") for m in marks) or any(is_move(m) for m in marks)):
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


def judge_denied(s: Sentence) -> Iterator[str]:
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


def judge_advice(s: Sentence) -> Iterator[str]:
    """Refuse advice, comfort, and that something stays: "you should change nothing", "all is well", "for good"."""
    text = s.text.casefold()
    if s.marks[-1].text != "?" and _ADVICE.search(text):
        yield "what to do is for the team to say"
    if _COMFORT.search(text):
        yield "whether all is well is not in the evidence"
    if _FOR_EVER.search(text):
        yield "whether it stays is not in the evidence"


def judge_untold(s: Sentence, c: Clause) -> Iterator[str]:
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
