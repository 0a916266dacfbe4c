"""What lasts and what does not: where a drift has come to, one odd sprint, a swing, and a usual range of before."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hansei.core.narrative import lexicon as lx
from hansei.core.narrative.claims.sentence import Clause, Sentence, is_move, preposition
from hansei.core.narrative.facts import Facts, Known, rounds_to
from hansei.core.narrative.reading import Mark, Number
from hansei.core.report import Signal

#: Words before a sprint that make what is said a state from there on, or one of that sprint.
_FROM = ("since", "from", "starting", "beginning", "with", "in", "around", "about", "near", "after", "at")
#: Roles that say "from then on", not "by now".
_LEVEL = (
    "since", "since then", "ever since", "from then on", "after that", "afterwards", "thereafter", "after",
    "has been", "have been",
)  # fmt: skip


def judge_drift_end(s: Sentence, c: Clause) -> Iterator[str]:
    """Refuse what a drift has come to told as a level since its start: "about 105 h since Sprint 5"."""
    for k in c.known:
        if k.signal is None or k.signal.kind != "drift" or not _from_start(s, c):
            continue
        moves = s.has("manner") or any(map(_goes, s.marks))
        for i, m in enumerate(c.marks):
            if m.kind == "number" and _is_end(s, k, k.signal, m.value) and not (moves and _reached(c, i)):
                yield f"“{m.text}”: {k.title} changed bit by bit and came to that only by now"


def _is_end(s: Sentence, k: Known, x: Signal, n: Number) -> bool:
    """Say whether a number tells the end of a drift, or how far that lies from its beginning, and no sprint of it."""
    if n.kind in ("effect", "percent", "times"):
        return True
    scale = 100.0 if n.unit == "%" and k.unit == "ratio" else 1.0
    named = [m.value[0] for m in s.marks if m.kind == "sprint" and m.value[0] == m.value[1]]
    of_sprint = [k.values[i] for i in named if i < len(k.values)]
    return (
        n.kind == "value"
        and rounds_to(scale * x.after, n.a)
        and not rounds_to(scale * x.before, n.a)
        and not any(v is not None and rounds_to(scale * v, n.a) for v in of_sprint)
    )


def _from_start(s: Sentence, c: Clause) -> bool:
    """Say whether a clause speaks of a state since, in or from a sprint, or since one that was told before."""
    if any(m.text.casefold() in _LEVEL and m.kind == "role" for m in c.marks):
        return True
    if any(m.kind == "sprint" and preposition(c, i) in _FROM for i, m in enumerate(c.marks)):
        return True
    # "longer since Sprint 5: about 105 h" goes on with what was begun, unless it says that this is now
    at = s.clauses.index(c)
    before = s.clauses[at - 1] if at and c.joined_by in (":", "(", "–", "—", ",") and not c.named else None
    return before is not None and not _by_now(c) and not c.has("tense") and _from_start(s, before)


def _by_now(c: Clause) -> bool:
    return any(m.value in ("after", "last", "before", "usual") for m in c.marks if m.kind == "role")


def _goes(m: Mark) -> bool:
    """Say whether a mark is a verb of moving: "has risen", not "is longer"."""
    low = m.text.casefold()
    return low in lx.VERBS or low in lx.MOVING or low in ("moved", "drifted", "crept", "reached")


def _reached(c: Clause, i: int) -> bool:
    """Say whether a number is what something has gone to, or by how much: "risen to 105 h", "risen by 58 h"."""
    number: Number = c.marks[i].value
    before = [m.text.casefold() for m in c.marks[max(0, i - 3) : i]]
    return number.moved or number.kind != "value" or bool({"to", "from", "by"} & {*before})


def judge_usual_now(c: Clause) -> Iterator[str]:
    """Refuse a usual range from before a change told as one of now: "the usual range is 37–47 now"."""
    usual = any(m.kind == "role" and m.value == "usual" for m in c.marks)
    if not usual or c.has("place", "unseen", "next") or any(is_move(m) for m in c.marks):
        return
    now = any(m.kind == "role" and m.value == "after" for m in c.marks)
    now = now or any(m.kind == "sprint" and preposition(c, i) == "since" for i, m in enumerate(c.marks))
    numbers = [m for m in c.marks if m.kind == "number" and m.value.kind in ("value", "range")]
    for k in c.known:
        lasting = k.sure is not None and k.sure.kind != "outlier"
        if now and lasting and numbers and not any(_is_after(k, m.value) for m in numbers):
            yield f"“{numbers[0].text}” was usual for {k.title} before it changed"


def _is_after(k: Known, n: Number) -> bool:
    scale = 100.0 if n.unit == "%" and k.unit == "ratio" else 1.0
    return n.kind == "value" and k.sure is not None and rounds_to(scale * k.sure.after, n.a)


def judge_odd_sprint(s: Sentence, c: Clause) -> Iterator[str]:
    """Refuse one odd sprint told as a change that lasts: "two measures changed in Sprint 14", "fewer points now"."""
    if s.has("unseen", "odd"):
        return
    if not c.known and not c.named:
        yield from _all_odd(s, c)
    for k in c.known:
        x = k.signal
        if x is None or x.kind != "outlier":
            continue
        for i, m in enumerate(c.marks):
            if m.kind == "change" and m.text.casefold() in _HAPPENED and not c.negated(i):
                yield f"“{m.text}”: {k.title} had one odd sprint; it did not change for longer"
        moved = c.has("moves", "ratio", "fraction") or any(
            is_move(m) and not c.negated(i) for i, m in enumerate(c.marks)
        )
        moved = moved or any(m.kind == "number" and m.value.moved for m in c.marks)
        if moved and not _in_sprint(s, s.facts.index(x.since_sprint_id)):
            yield f"{k.title} was so in one sprint only, which has to be named"


#: Words that say that something is not what it was.
_HAPPENED = (
    "changed",
    "shifted",
    "drifted",
    "drifting",
    "changing",
    "new level",
    "different",
    "differs",
    "moving",
)


def _all_odd(s: Sentence, c: Clause) -> Iterator[str]:
    for i, m in enumerate(c.marks):
        if m.kind != "change" or m.text.casefold() not in _HAPPENED or c.negated(i) or c.quant() == "none":
            continue
        meant = _meant(s.facts, [x.value[0] for x in c.marks if x.kind == "sprint"])
        if meant and all(x.kind == "outlier" for x in meant):
            yield f"“{m.text}”: one sprint stood out; nothing changed for longer"


def _meant(facts: Facts, sprints: Sequence[int]) -> list[Signal]:
    """Return the changes that began in a sprint that is named, else all."""
    near = [x for x in facts.sure if any(abs(facts.index(x.since_sprint_id) - at) <= 1 for at in sprints)]
    return near or facts.sure


def _in_sprint(s: Sentence, at: int) -> bool:
    last = at == len(s.facts.names) - 1 and any(m.kind == "last" or m.value == "last" for m in s.marks)
    return last or any(m.kind == "sprint" and m.value[0] <= at <= m.value[1] for m in s.marks)


def judge_swing_bare(s: Sentence, c: Clause) -> Iterator[str]:
    """Refuse a swing told as news: "points rose from 35 to 46", with neither its sprints nor its usual range."""
    framed = s.has("sprint", "last", "place", "odd", "unseen", "next") or any(
        m.kind == "role" and m.value in ("usual", "last") for m in s.marks
    )
    if framed or any(m.kind == "dir" and m.value == "flat" for m in s.marks):
        return
    for k in c.known:
        if k.signal is None and any(m.kind == "number" and m.value.moved for m in c.marks):
            yield f"{k.title} only swung: between which sprints, and is that inside its usual range?"


_COMFORT = ("stable", "steady", "held steady", "constant")


def judge_stable(c: Clause) -> Iterator[str]:
    """Refuse comfort: that no change was seen is not that all is stable."""
    for m in c.marks:
        if m.kind == "dir" and m.text.casefold() in _COMFORT and not c.known:
            yield f"“{m.text}”: a change may hide; only that none was seen can be said"
