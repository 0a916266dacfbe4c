"""What came when: what will be, what goes on, what came first, and what began together."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from hansei.core.narrative import lexicon as lx
from hansei.core.narrative.claims.places import bounded_in_each
from hansei.core.narrative.claims.sentence import Clause, Sentence, is_move, is_tally


def judge_ahead(s: Sentence) -> Iterator[str]:
    """Refuse what a measure will do: the report holds ranges for the next sprint, and no direction."""
    ahead = s.has("next") or s.says("will", "shall") or (s.says("would") and not s.has("unseen"))
    if ahead and any(m.kind in ("dir", "moves") for m in s.marks):
        yield "the numbers do not say which way a measure will go"
    numbers = [m.value for m in s.marks if m.kind == "number"]
    foretold = any(n.kind in ("value", "range") for n in numbers) and any(c.named for c in s.clauses)
    often = any(n.kind == "odds" for n in numbers) or s.says("half of the time")
    if s.says("will", "shall") and foretold and not often:
        yield "what will be is told only with how often such a range holds"


def judge_ongoing(c: Clause) -> Iterator[str]:
    """Refuse that a move goes on, or that it came with each sprint: a level is known, or a drift so far."""
    moving = c.has("moves", "change") or any(is_move(m) for m in c.marks)
    valued = any(m.kind == "number" and m.value.kind in ("value", "range") for m in c.marks)
    for m, after in pairwise(c.marks):
        low = m.text.casefold()
        each = (
            low in ("each", "every", "all")
            and after.text.casefold() in ("sprint", "sprints")
            and not c.has("place")
        )
        flat = any(x.kind == "dir" and x.value == "flat" for x in c.marks)
        if ((moving or (valued and not bounded_in_each(c))) and each and not flat) or (
            moving and low in lx.ONGOING
        ):
            yield f"“{m.text}”: whether it goes on is not in the evidence"


def judge_order(s: Sentence) -> Iterator[str]:
    """Refuse an order of two measures in time: "review time rose first, cycle time later"."""
    for c in s.clauses:
        for before, m, after in zip(c.marks, c.marks[1:], [*c.marks[2:], None], strict=False):
            ends = after is None or after.kind in ("punct", "join") or after.text.casefold() == "of"
            moved = before.kind in ("change", "moves") or is_move(before)
            if moved and ends and m.text.casefold() in ("first", "last", "latest", "earliest"):
                yield f"“{m.text}”: which of the changes came first is not in the evidence"
    if len({m for c in s.clauses for m in c.named}) < 2 or s.has("together"):
        return
    for m in s.marks:
        if m.kind in ("word", "dir", "role", "number") and m.text.casefold() in lx.ORDER - {"earlier"}:
            yield f"“{m.text}”: which of two measures came first is not in the evidence"


def judge_beginnings(s: Sentence, c: Clause) -> Iterator[str]:
    """Check when "the changes" began: all of them, or as many as are counted."""
    at = [m.value[0] for m in c.marks if m.kind == "sprint"]
    if c.named or not at or not s.says("began", "begin", "begins", "started", "start", "starts"):
        return
    if not any(lx.COUNTED.get(m.text.casefold()) in ("changes", "measures") or is_tally(m) for m in c.marks):
        return
    starts = [s.facts.index(x.since_sprint_id) for x in s.facts.sure]
    counted = [int(float(m.value.a)) for m in c.marks if is_tally(m)]
    if (counted and counted[0] != starts.count(at[0])) or (not counted and {*starts} != {at[0]}):
        yield "that is not when the changes began"


def judge_same_time(s: Sentence, starts: list[int]) -> Iterator[str]:
    """Check what is said to have begun together."""
    wide = s.has("about time")
    if not (wide or s.has("same time")):
        return
    mine = {s.facts.index(k.sure.since_sprint_id) for c in s.clauses for k in c.known if k.sure}
    # "At the same time" as the change that was told first; in a sentence that stands alone, as each other.
    apart = [abs(t - starts[0]) for t in mine] if starts else [max(mine) - min(mine)] if mine else []
    if any(a > (1 if wide else 0) for a in apart):
        yield "these did not begin at the same time"
    tallies = [
        int(float(m.value.a)) for m in s.marks if is_tally(m) and m.value.noun in ("changes", "measures")
    ]
    if not mine and tallies and not s.has("not"):
        every = [s.facts.index(x.since_sprint_id) for x in s.facts.sure]
        if not any(sum(abs(t - u) <= (1 if wide else 0) for u in every) >= tallies[0] for t in every):
            yield "so many did not begin at the same time"
    if not mine and any(c.quant() == "all" for c in s.clauses):
        every = [s.facts.index(x.since_sprint_id) for x in s.facts.sure]
        together = len(every) > 1 and max(every) - min(every) <= (1 if wide else 0)
        if together is s.has("not"):
            yield "that is not when the changes began"
