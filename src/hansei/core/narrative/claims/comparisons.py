"""One measure beside another: compared, linked, or told as one story."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hansei.core.narrative import lexicon as lx
from hansei.core.narrative.claims.sentence import Sentence, is_tally, measures_of

#: Joins that set what follows beside what came before.
BESIDE = ("than", "against", "versus", "vs", "compared with", "compared to", "compared")


def judge_compared(s: Sentence) -> Iterator[str]:
    """Refuse one measure beside another: "review time is longer than cycle time", "takes as long as coding"."""
    for before, c in pairwise(s.clauses):
        if c.joined_by in BESIDE and before.named and set(c.named) - set(before.metrics):
            yield f"“{c.joined_by}”: one measure is not compared with another"
    for c in s.clauses:
        for i, m in enumerate(c.marks):
            named = [x for x in c.marks[i + 1 : i + 3] if x.kind in ("metric", "moves")]
            if m.text.casefold() == "as" and i > 1 and c.marks[i - 2].text.casefold() == "as" and named:
                yield f"“as {c.marks[i - 1].text} as”: one measure is not compared with another"


def judge_linked(s: Sentence) -> Iterator[str]:
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
            linked = set(c.named) if opens and at is None else measures_of(at)
            if linked and every - linked and (at is not None or opens):
                yield f"“{m.text}” says of two measures that one goes with the other"


def judge_stories(s: Sentence) -> Iterator[str]:
    """Check which measures are one story, and which often moved together."""
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
        if any(is_tally(m) for m in s.marks):
            yield "which changes overlap is said of them by name"
        return
    signals = [s.facts.known[x].signal for x in named if x in s.facts.known]
    ids = {x.id for x in signals if x}
    if len(ids) < 2 or any(not x or not ids & set(x.joined_with) for x in signals):
        yield "these measures share no ingredient"
