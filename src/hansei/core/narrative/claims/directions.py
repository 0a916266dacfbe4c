"""Which way a measure moved, or that it did not."""

from __future__ import annotations

from collections.abc import Iterator

from hansei.core.narrative import lexicon as lx
from hansei.core.narrative.claims.counts import changes_meant
from hansei.core.narrative.claims.sentence import LIKELY, Clause, Sentence, is_move, something_else
from hansei.core.narrative.facts import Known, rounds_to, sureness
from hansei.core.narrative.reading import Mark, Number
from hansei.core.report import Signal


def judge_directions(s: Sentence, c: Clause) -> Iterator[str]:
    """Check which way each measure is said to have moved, or that it stayed."""
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
            elif not c.known or something_else(s, c):
                yield from _unbound_direction(s, c, m, negated=c.negated(i))
            else:
                for k in c.known:
                    yield from _direction(s, k, way, negated=c.negated(i), text=m.text)


def judge_reversed(s: Sentence, c: Clause) -> Iterator[str]:
    """Refuse "reviews take longer before": which way a measure moved is told from before to now."""
    moved = any(is_move(m) and not c.negated(i) for i, m in enumerate(c.marks)) or c.has("moves")
    if not moved or c.has("number", "sprint", "unseen", "share") or s.has("unseen"):
        return
    for i, m in enumerate(c.marks):
        bare = not any(x.kind in ("change", "sprint") for x in c.marks[i + 1 : i + 3])
        if m.kind == "role" and m.value == "before" and bare:
            yield f"“{m.text}”: a move is told from before to now"


def judge_ordinary(s: Sentence, c: Clause) -> Iterator[str]:
    """Refuse that what changed is ordinary: "review time rose from 12 h to 26 h, which is ordinary"."""
    valued = any(m.kind == "number" and m.value.kind in ("value", "range") for m in c.marks)
    if valued and not c.has("dir", "moves", "sprint"):
        return  # "where about 17 % is usual": which value is usual is looked up
    for i, m in enumerate(c.marks):
        after = c.marks[i + 1] if i + 1 < len(c.marks) else None
        ends = after is None or after.kind in ("punct", "join") or after.text.casefold() == "for"
        if m.kind != "role" or m.value != "usual" or not ends or not i:
            continue
        if c.marks[i - 1].kind not in ("tense", "word", "not", "phrase", "number"):
            continue
        if any(x.kind in ("fraction", "ratio") for x in c.marks[max(0, i - 3) : i]):
            continue  # "about half of the usual": how much is judged as a size
        changed = [k.title for k in c.known if k.signal] or (
            [] if c.known else [x.title for x in s.facts.sure]
        )
        if changed and not c.negated(i):
            yield f"“{m.text}”: {changed[0]} is not as usual"


def _confidence(s: Sentence, m: Mark) -> bool:
    """Say whether "high" or "low" is the word of a lead."""
    return m.text.casefold() in lx.CONFIDENCE and (
        s.has("leadtitle", "soft") or any(x.kind == "number" and x.value.kind == "chance" for x in s.marks)
    )


def _unseen_size(s: Sentence, c: Clause) -> bool:
    return s.has("unseen") and not c.has("moves") and not any(m.kind in ("role", "tense") for m in c.marks)


def _unbound_direction(s: Sentence, c: Clause, m: Mark, *, negated: bool) -> Iterator[str]:
    of_changes = any(x.text.casefold() == "changes" for x in c.marks)
    if of_changes and c.quant() == "all" and not negated and m.value in ("good", "bad", "up", "down"):
        those = changes_meant(s, c) or []
        both = any(x.text.casefold() == "both" for x in c.marks)
        if len(those) != len(s.facts.sure) or (both and len(those) != 2):
            yield f"“{m.text}”: not of all that changed"
        return
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
    swing = swing_way(s, k)
    actual = signal.direction if signal else swing
    if negated:
        if k.sure is not None and k.sure.direction == way:
            yield f"{k.title} did move {k.sure.direction}"
        return
    if actual != way:
        yield f"“{text}”: {k.title} did not move {way}"
    elif signal is not None:
        yield from must_hedge(s, k, signal)


def must_hedge(s: Sentence, k: Known, signal: Signal) -> Iterator[str]:
    """Refuse as a fact, or as likely, what is too early to say; as a fact what is likely; as a guess what is sure."""
    hedges = s.hedges(k.metric)
    if not signal.significant:
        if not hedges:
            yield f"{k.title}: too early to say, so it needs “may”"
        elif hedges & lx.LIKELY:
            yield f"{k.title}: too early to say, so it is not “{min(hedges & lx.LIKELY)}”"
    elif hedges & lx.EARLY:
        yield f"{k.title}: it is not too early to say"
    elif sureness(signal)[0] >= LIKELY and hedges:
        yield f"{k.title} is surer than “{min(hedges)}”"
    elif sureness(signal)[0] < LIKELY and not s.is_hedged(k.metric):
        yield f"{k.title}: this is likely, not sure, and must be said so"


def swing_way(s: Sentence, k: Known) -> str | None:
    """Return which way a swing went, where both of its sprints are named."""
    if k.sure is not None or (k.swing is None and between(s, k) is None):
        return None
    named = {m.value[0] for m in s.marks if m.kind == "sprint"}
    if _sized(s, k):
        return "up" if (between(s, k) or 0) > 0 else "down"
    if k.swing is None:
        return None
    if any(m.kind == "number" and m.value.kind == "range" and swung(m.value, k) for m in s.marks):
        named |= {s.facts.index(i) for i in k.swing.sprint_ids}
    if {s.facts.index(i) for i in k.swing.sprint_ids} <= named:
        a, b = k.swing.values
        return "up" if b > a else "down" if b < a else None
    return None


def between(s: Sentence, k: Known) -> float | None:
    """Return by how much a measure that did not change differs between the two sprints that a sentence names."""
    at = sorted({m.value[0] for m in s.marks if m.kind == "sprint" and m.value[0] == m.value[1]})
    if k.sure is not None or not k.values:
        return None
    if k.swing is not None and at in ([], [s.facts.index(k.swing.sprint_ids[1])]):
        last = at or any(m.kind == "last" or m.value == "last" for m in s.marks)
        return k.swing.values[1] - k.swing.values[0] if last else None
    if len(at) != 2:
        return None
    a, b = (k.values[i] for i in at)
    return None if a is None or b is None else b - a


def _sized(s: Sentence, k: Known) -> bool:
    """Say whether a sentence holds by how much a measure differs between two sprints."""
    gap = between(s, k)
    return gap is not None and any(
        m.kind == "number" and m.value.kind == "effect" and rounds_to(gap, m.value.a) for m in s.marks
    )


def swung(n: Number, k: Known) -> bool:
    """Say whether a range tells a swing from one sprint to the next: "from 36 to 47"."""
    swing = k.swing.values if k.swing and k.sure is None else None
    return swing is not None and rounds_to(swing[0], n.a) and rounds_to(swing[1], n.b)


def _flat(s: Sentence, c: Clause, m: Mark, *, negated: bool) -> Iterator[str]:
    if c.has("unseen"):
        return
    whole = c.inherited or not c.known or m.text.casefold().startswith("no ")
    if c.quant() == "none" and not m.text.casefold().startswith("no"):
        yield f"“{m.text}”: that everything changed is not in the report"
        return
    if not c.named and c.quant() in ("all", "none", "") and (c.quant() or whole):
        said = any(x.kind == "number" and x.value.kind in ("tally", "count", "of") for x in c.marks)
        hints = len(s.facts.report.signals) > len(s.facts.sure)
        if hints and c.quant() == "all" and not said and not s.has("sure"):
            yield f"“{m.text}”: of some it is too early to say"
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
