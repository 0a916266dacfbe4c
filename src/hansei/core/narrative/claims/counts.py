"""Counts, odds, ordinals and dates."""

from __future__ import annotations

import re
from datetime import datetime

from hansei.core.narrative.claims.sentence import Clause, Sentence, preposition
from hansei.core.narrative.claims.values import same_level
from hansei.core.narrative.reading import Number
from hansei.core.phrases import cadence_days
from hansei.core.report import Signal


def is_other(s: Sentence, c: Clause, n: Number, i: int) -> bool:
    """Say whether a foreign unit, an ordinal or a date is in the evidence."""
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


def is_counted(s: Sentence, c: Clause, n: Number) -> bool:
    """Say whether so many sprints, measures, changes or leads are there."""
    value, facts = int(float(n.a)), s.facts
    at = next((i for i, m in enumerate(c.marks) if m.value is n), 0)
    if any(m.kind == "not" for m in c.marks[max(0, at - 4) : at]):
        return False  # "not all four": of what there is not, nothing is counted
    if s.says("recorded") and c.named:
        return all(re.search(rf"recorded in {value} of", k.refusal) for k in c.known)
    tallies = facts.tallies()
    if n.kind == "tally":
        return _tally(s, c, n, value, tallies)
    if c.has("place"):
        return len([m for m in c.marks if m.kind == "number" and m.value.kind in ("of", "count")]) == 1
    if s.has("odd") and not c.known:
        return value in tallies["odd"] | {len({x.since_sprint_id for x in facts.sure if x.kind == "outlier"})}
    counts: set[int] = set()
    before = s.says("before", "earlier") or "earlier" in n.noun
    since = s.says("since", "since then", "after", "ago")
    signals = [k.sure for k in c.known if k.sure] or [k.signal for k in c.known if k.signal]
    swings = [k.swing for k in c.known if k.swing and not k.sure]
    if swings and any(m.text.casefold() in ("last", "latest") for m in c.marks):
        return all(value == len(x.sprint_ids) for x in swings)
    each = any(m.kind == "quant" and m.text.casefold().startswith(("each", "every", "all")) for m in c.marks)
    if (
        each
        and c.has("dir", "change", "moves")
        and not any(m.value == "flat" for m in c.marks if m.kind == "dir")
    ):
        return False  # that it moved in each of them is no number of a report
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
    still = any(m.kind == "dir" and m.value == "flat" for m in c.marks) or c.quant() in ("none", "rest")
    if not (since or before) and (still or c.has("not") or not _says_more(c, n)):
        counts |= (
            set(tallies["window"])
            | {k.level.sample for k in c.known if k.level}
            | {len(facts.report.sprints)}
        )
    return value in counts


def _says_more(c: Clause, n: Number) -> bool:
    """Say whether a clause claims something beside a count of sprints."""
    return c.has("dir", "change", "moves") or any(m.kind == "number" and m.value is not n for m in c.marks)


def _tally(s: Sentence, c: Clause, n: Number, value: int, tallies: dict[str, frozenset[int]]) -> bool:
    if n.noun in ("leads", "experiments"):
        return value in tallies[n.noun]
    if n.noun == "listed":
        return value < max(len(s.facts.report.detectable), len(s.facts.report.refusals), 1)
    if n.noun == "proofs":
        return value == len({m for x in s.clauses for m in x.named})
    if c.quant() == "none":
        return value in tallies["checked"] or (
            s.says("checked") and not s.facts.report.checked and value == len(s.facts.report.refusals)
        )
    if n.noun.startswith("more"):
        return value in tallies["more"]
    if any(m.kind == "dir" and m.value == "flat" for m in c.marks):
        return value in tallies["flat"]
    if c.quant() == "rest" and not c.has("apart"):
        return value in tallies["flat"]
    if s.says("checked", "looked at", "recorded", "compared", "look", "looked", "read"):
        return value in tallies["checked"]
    if s.says("to watch", "worth watching", "still open", "too early", "too early to say", "may", "may have"):
        return value in tallies["hints"]
    if s.has("odd"):
        return value in tallies["odd"]
    if any(c.negated(i) for i, m in enumerate(c.marks) if m.kind in ("change", "dir")):
        return False
    ways = {m.value for m in c.marks if m.kind == "dir"}
    every = c.quant() == "all" or any(m.text.casefold() == "only" for m in c.marks)
    if every and any(m.text.casefold() == "changed" for m in c.marks) and value != len(s.facts.sure):
        return False
    if not ways & {"up", "down"}:
        begun = _begun(s, c)
        if begun is not None:
            return value in begun
    if ways & {"up", "down"}:
        at = [m.value[0] for m in c.marks if m.kind == "sprint"]
        moved = [x for x in s.facts.sure if not at or s.facts.index(x.since_sprint_id) == at[0]]
        return any(value == sum(x.direction == w for x in moved) for w in ways)
    near = tallies["near"] if s.has("sprint", "same time", "about time") else frozenset[int]()
    return value in tallies["changed"] | near


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
                and preposition(clause, i) in ("in", "since", "around", "about")
            ):
                apart = [abs(s.facts.index(x.since_sprint_id) - m.value[0]) for x in s.facts.sure]
                around = preposition(clause, i) in ("around", "about")
                return {apart.count(0)} | ({sum(a <= 1 for a in apart)} if around else set())
    return None


def is_part(s: Sentence, c: Clause, n: Number) -> bool:
    """Say whether "8 of 10" is in the evidence."""
    a, b = int(float(n.a)), int(float(n.b))
    if c.has("place"):
        return len([m for m in c.marks if m.kind == "number" and m.value.kind in ("of", "count")]) == 1
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
            if (same_level(r.level, odds) if odds else i == min(1, len(f.ranges) - 1))
        )
    at = next(i for i, m in enumerate(c.marks) if m.kind == "number" and m.value is n)
    if [m.text.casefold() for m in c.marks[at + 1 : at + 2]] in (["changes"], ["change"]):
        those = changes_meant(s, c)
        return those is not None and (a, b) == (len(those), len(s.facts.sure))
    tallies = s.facts.tallies()
    if any(m.kind == "dir" and m.value == "flat" for m in c.marks):
        return b in tallies["checked"] and a in tallies["flat"]
    if c.has("change", "dir") and b in tallies["checked"]:
        ways = {m.value for m in c.marks if m.kind == "dir" and m.value in ("up", "down")}
        changed = sum(not ways or x.direction in ways for x in s.facts.sure)
        return a == changed
    return False


def changes_meant(s: Sentence, c: Clause) -> list[Signal] | None:
    """Return of which changes it is true what a clause says of "the changes"; None where it says nothing of them."""
    ways = {m.value for m in c.marks if m.kind == "dir"}
    at = [
        m.value[0]
        for i, m in enumerate(c.marks)
        if m.kind == "sprint" and preposition(c, i) in ("in", "since", "from")
    ]
    if not (ways or at) or ways - {"up", "down", "good", "bad"} or len(ways) > 1 or len(at) > 1:
        return None
    helpful = {"good": True, "bad": False}
    return [
        x
        for x in s.facts.sure
        if (not at or s.facts.index(x.since_sprint_id) == at[0])
        and all(x.direction == w if w in ("up", "down") else x.helpful is helpful[w] for w in ways)
    ]


def are_odds(s: Sentence, c: Clause, n: Number) -> bool:
    """Say whether "17 times in 20" is how often a range holds."""
    share = float(n.a) / float(n.b) if float(n.b) else 0.0
    if s.has("unseen") or s.says("noticed", "notice"):
        return abs(share - 0.8) < 1e-9
    forecasts = [k.forecast for k in c.known if k.forecast]
    return any(abs(r.level - share) < 1e-9 for f in forecasts for r in f.ranges)
