"""That something changed, stood out, or came in one way and not in another."""

from __future__ import annotations

from collections.abc import Iterator

from hansei.core.narrative import lexicon as lx
from hansei.core.narrative.claims.directions import must_hedge, swing_way
from hansei.core.narrative.claims.sentence import LIKELY, Clause, Sentence, is_tally
from hansei.core.narrative.facts import Known, sureness
from hansei.core.narrative.reading import Mark
from hansei.core.report import Signal


def judge_changes(s: Sentence, c: Clause) -> Iterator[str]:
    """Check that what is said to have changed did, and what stood out stood out."""
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
        if low == "changed" and i > 1 and c.marks[i - 1].text.casefold() == "that" and c.has("dir"):
            continue  # "all four measures that changed went up": how many, and which way, is counted
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
        if low not in ("moved", "move", "moves") or swing_way(s, k) is None:
            yield f"{k.title} did not change"
    else:
        yield from must_hedge(s, k, k.signal)
        if low == "new level" and k.signal.kind == "outlier":
            yield f"{k.title}: one odd sprint is not a new level"
        if low in ("on its way", "drifted", "drifting") and k.signal.kind != "drift":
            yield f"{k.title} changed at once, not bit by bit"


def _something_changed(s: Sentence, c: Clause, m: Mark, *, negated: bool) -> Iterator[str]:
    if s.says("enough") and s.has("not") and not s.facts.report.checked:
        return  # "there is not enough data yet to say whether anything changed"
    if c.quant() == "rest" and (
        negated or any(x.kind == "quant" and x.text.casefold().startswith("no") for x in c.marks)
    ):
        return
    if negated and not s.facts.report.checked:
        yield f"“{m.text}”: nothing could be checked"
    elif negated:
        # that nothing changed for sure holds where all that changed is likely
        if any(not c.has("sure") or sureness(x)[0] >= LIKELY for x in s.facts.sure):
            yield f"“{m.text}”: the report does hold a change"
    elif c.quant() in ("all", "rest") or not s.facts.sure:
        yield f"“{m.text}”: the report does not hold that"
    elif all(sureness(x)[0] < LIKELY and not s.is_hedged(x.metric) for x in s.facts.sure):
        yield "this is likely, not sure, and must be said so"
    elif all(sureness(x)[0] >= LIKELY for x in s.facts.sure) and s.hedges(""):
        yield f"“{m.text}”: that is surer than “{min(s.hedges(''))}”"


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
                yield from must_hedge(s, k, k.signal)
    elif not odd and not (hints and any(s.hedges(x.metric) - lx.LIKELY for x in hints)):
        yield f"“{m.text}”: no sprint stood out"


def judge_listed(s: Sentence) -> Iterator[str]:
    """Check that as many measures are named as are counted: "three measures went up: review time, cycle time and …"."""
    for at, c in enumerate(s.clauses[1:], 1):
        before = s.clauses[at - 1]
        counts = [
            int(float(m.value.a))
            for m in before.marks
            if is_tally(m) and m.value.noun in ("changes", "measures")
        ]
        if c.joined_by == ":" and counts and not before.named and _named_after(s, at) not in (0, counts[0]):
            yield f"{counts[0]} are counted and {_named_after(s, at)} named"


def _named_after(s: Sentence, at: int) -> int:
    return len({m for c in s.clauses[at:] for m in c.named})


def judge_pace(s: Sentence, c: Clause) -> Iterator[str]:
    """Refuse a drift told as a jump, or as the work of one sprint, and a step told as a drift."""
    for k in c.known:
        if k.signal is None:
            continue
        for m in c.marks:
            low = m.text.casefold()
            if low in lx.JUMPS and k.signal.kind == "drift":
                yield f"“{m.text}”: {k.title} changed bit by bit"
            elif low in lx.MOVING and k.signal.kind != "drift" and not swing_way(s, k):
                yield f"“{m.text}”: {k.title} changed at once, not bit by bit"


def judge_manners(c: Clause) -> Iterator[str]:
    """Check how a change came ("gradually", "suddenly") and how large it is called ("far", "slightly")."""
    for m in c.marks:
        if m.kind != "manner":
            continue
        signals = [k.signal for k in c.known]
        for k, x in zip(c.known, signals, strict=True):
            if x is None or not _manner(m.value, x, k) or _sharp(m.text.casefold(), x):
                yield f"“{m.text}” does not fit how {k.title} changed"
        if not signals:
            yield f"“{m.text}” is said of no measure that changed"


def _manner(said: str, x: Signal, k: Known) -> bool:
    if said in ("drift", "step"):
        return x.kind == said
    size = abs((k.ratio or 1.0) - 1)
    return size >= 0.25 if said == "large" else size <= 0.1


def _sharp(said: str, x: Signal) -> bool:
    """Say whether a word of a large change also says that it came at once, where it did not."""
    return said in ("sharply", "abruptly") and x.kind == "drift"


def judge_over(c: Clause) -> Iterator[str]:
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


def judge_superlatives(s: Sentence, c: Clause) -> Iterator[str]:
    """Let "longest" be said of the one sprint in which the measure was at that end."""
    for m in c.marks:
        if m.kind != "super":
            continue
        sprints = [x.value[0] for x in c.marks if x.kind == "sprint" and x.value[0] == x.value[1]]
        sprints += [len(s.facts.names) - 1 for x in c.marks if x.kind == "last" or x.value == "last"]
        if not sprints:  # "the longest review time, 32 h, came in Sprint 39"
            sprints = [x.value[0] for x in s.marks if x.kind == "sprint" and x.value[0] == x.value[1]]
        known = c.known[0] if len(c.known) == 1 else None
        values = [v for v in known.values if v is not None] if known else []
        if known is None or len(sprints) != 1 or not values:
            yield f"“{m.text}”: of which measure, in which sprint?"
        elif known.values[sprints[0]] != (max if m.value == "up" else min)(values):
            yield f"“{m.text}”: that is not the sprint in which {known.title} was so"
