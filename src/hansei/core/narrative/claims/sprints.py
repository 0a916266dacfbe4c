"""In, since, before which sprint."""

from __future__ import annotations

from collections.abc import Iterator

from hansei.core.narrative import lexicon as lx
from hansei.core.narrative.claims.directions import swing_way
from hansei.core.narrative.claims.sentence import EARLIER, Clause, Sentence, preposition
from hansei.core.narrative.facts import rounds_to


def judge_sprints(s: Sentence, c: Clause) -> Iterator[str]:
    """Check the sprints in, since or before which something is said to have been."""
    for i, m in enumerate(c.marks):
        if (
            (m.kind == "last" or (m.kind == "role" and m.value == "last"))
            and not c.has("place")
            and not s.has("unseen", "confirmed")
            and not _holds_last(s, c)
        ):
            yield f"“{m.text}” is not the sprint that this is about"
        if m.kind == "sprint" and not _sprint_holds(s, c, i, *m.value):
            yield f"“{m.text}” is not the sprint that this is about"


def _holds_last(s: Sentence, c: Clause) -> bool:
    """Say whether what a clause says is said of the last sprint: a value of it, or a change that it brought."""
    values = [m.value for m in c.marks if m.kind == "number" and m.value.kind == "value"]
    if values:
        lasts = [k.level.last if k.level else v for k in c.known for v in k.values[-1:]]
        return any(v is not None and rounds_to(v, n.a) for v in lasts for n in values)
    if c.known and all(swing_way(s, k) for k in c.known):
        return True
    starts = [s.facts.index(k.signal.since_sprint_id) for k in c.known if k.signal]
    return bool(starts) and all(t == len(s.facts.names) - 1 for t in starts)


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
    prep = preposition(c, i)
    verb = any(m.kind in ("change", "moves") or m.text.casefold() in lx.VERBS for m in c.marks)
    moved = claim and not any(
        c.negated(j) for j, m in enumerate(c.marks) if m.kind in ("dir", "change", "moves")
    )
    told = [m.value for m in c.marks if m.kind == "number"]
    sized = any(n.kind in ("effect", "percent", "times") or (n.moved and n.kind == "range") for n in told)
    if (
        prep in EARLIER
        and (verb or moved)
        and not flat
        and (not told or (sized and all(n.kind != "value" for n in told)))
    ):
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
        return all(t == a + 1 for t in starts) and all(x.kind == "step" for x in mine)
    if prep in ("before", "than"):
        return a in starts
    if prep in ("until", "up to", "through", "after", "to"):
        return a + 1 in starts or (prep == "to" and not claim)
    values = [m for m in c.marks if m.kind == "number" and m.value.kind in ("value", "range")]
    if (
        values
        and claim
        and not flat
        and prep == "in"
        and a in starts
        and any(x.kind == "drift" for x in mine)
    ):
        return False  # what a drift came to, it came to later
    if values and claim and not flat and mine and prep == "in" and a not in starts:
        seen = [k.values[a] for k in c.known if a < len(k.values)]
        return all(m.value.kind == "value" for m in values) and any(
            v is not None and rounds_to(v, m.value.a) for v in seen for m in values
        )
    if values:
        return True  # the value is looked up in that sprint
    begins = any(
        m.text.casefold() in ("began", "begin", "begins", "started", "starts", "start") for m in c.marks
    )
    if claim and not flat and prep == "in" and not begins and any(x.kind == "drift" for x in mine):
        return False  # a drift is the work of many sprints
    if claim and not flat:
        swings = {facts.index(x) for k in c.known if k.swing and not k.sure for x in k.swing.sprint_ids}
        return a in swings or (bool(starts) and (all(t == a for t in starts) if mine else a in starts))
    return True
