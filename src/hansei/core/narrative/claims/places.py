"""Inside, above or below the usual range: in which sprints, and in how many of them."""

from __future__ import annotations

from collections.abc import Iterator

from hansei.core.narrative.claims.sentence import Clause, Sentence, preposition
from hansei.core.narrative.facts import Facts, Known, place
from hansei.core.narrative.reading import Number

SINCE = ("since", "from", "after", "starting", "beginning")
BEFORE = ("before", "until", "up to", "through")
SINCE_THEN = (
    "since",
    "since then",
    "ever since",
    "after that",
    "afterwards",
    "from then on",
    "thereafter",
    "after",
)
_LAST = ("last", "past", "latest", "recent", "most recent")
_STAYED = ("stay", "stays", "stayed", "remain", "remains", "remained", "keep", "keeps", "kept", "still")


def judge_places(s: Sentence, c: Clause) -> Iterator[str]:
    """Check where sprints are said to lie beside the usual range."""
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


def judge_stayed_there(s: Sentence) -> Iterator[str]:
    """Let "and has stayed there" be said where each sprint since the change lies outside the usual range."""
    if not s.says("stayed there") and not any(
        a.text.casefold() == "stayed" and b.text.casefold() == "there"
        for a, b in zip(s.marks, s.marks[1:], strict=False)
    ):
        return
    said = [k for c in s.clauses for k in c.known]
    if not said:
        yield "“stayed there”: of what is it said?"
    for k in said:
        changed = k.sure is not None and k.sure.kind != "outlier" and k.level is not None
        way = "above" if k.sure and k.sure.direction == "up" else "below"
        if not changed or any(p != way for p in s.facts.places(k.metric)):
            yield f"“stayed there”: not each sprint of {k.title} did"


def _place(s: Sentence, c: Clause, k: Known, wanted: str, *, negated: bool) -> bool:
    meant = _told_before(s, c, k) or sprints_meant(s.facts, c, k)
    at = any(m.kind == "sprint" and preposition(c, i) not in (*SINCE, *BEFORE) for i, m in enumerate(c.marks))
    n = counted(c)
    if [at, c.has("last"), n is not None and n.kind == "count"].count(True) > 1:
        return False  # which of them is meant cannot be said
    if k.level is None or not meant:
        return False
    usual = k.level.usual
    values = [(i, k.values[i]) for i in meant if k.values[i] is not None] if k.values else []
    if not k.values and meant == [len(s.facts.names) - 1]:
        values = [(meant[0], k.level.last)]
    places = [(i, place(v, usual)) for i, v in values if v is not None]
    hits = [i for i, p in places if p == wanted or (wanted == "outside" and p != "inside")]
    if not places or negated:
        return bool(places) and not hits and not counted(c)
    return so_many(s, c, hits, [i for i, _ in places])


def _told_before(s: Sentence, c: Clause, k: Known) -> list[int]:
    """Return the sprints that were named just before: "in Sprint 40, review time came to 29 h, above …"."""
    if c.has("sprint", "last") or any(m.kind == "role" and m.value != "usual" for m in c.marks) or counted(c):
        return []
    told = [x for x in s.clauses[: s.clauses.index(c)] if k.metric in x.metrics]
    return [
        m.value[0]
        for x in told
        for i, m in enumerate(x.marks)
        if m.kind == "sprint" and m.value[0] == m.value[1] and preposition(x, i) not in (*SINCE, *BEFORE)
    ]


def so_many(s: Sentence, c: Clause, hits: list[int], sprints: list[int]) -> bool:
    """Say whether as many of these sprints are meant as are hits: all, none, so many, or so many of them."""
    n = counted(c)
    if n is not None and n.bound:
        return False
    if n is not None and n.kind == "of":
        named = [m.value[0] for m in c.marks if m.kind == "sprint" and m.value[0] == m.value[1]]
        among = [
            i
            for i, m in enumerate(c.marks)
            if m.kind == "sprint" and preposition(c, i) not in (*SINCE, *BEFORE)
        ]
        if among and {*named} & {*sprints} != {*hits}:
            return False
        return (int(n.a), int(n.b)) == (len(hits), len(sprints))
    if n is not None and c.quant() not in ("all", "none"):
        return int(n.a) == len(hits) and (len(hits) == len(sprints) or _whole(n, c) is False)
    if n is not None and int(n.a) != len(sprints):
        return False
    if c.quant() == "none":
        return not hits
    if s.says("most", "many", "some", "few", "several", "half"):
        return False
    return len(hits) == len(sprints)


def _whole(n: Number, c: Clause) -> bool:
    """Say whether a count is of the sprints that are meant ("the five sprints"), not of those among them."""
    at = next(i for i, m in enumerate(c.marks) if m.kind == "number" and m.value is n)
    before = [m.text.casefold() for m in c.marks[max(0, at - 2) : at]]
    return bool({"the", "these", "those", "all", "both"} & {*before}) or any(
        w in c.marks[at].text.casefold().split() for w in _LAST
    )


def bounded_in_each(c: Clause) -> bool:
    """Say whether a clause holds a bound in each of some sprints: "at least 19 h in every sprint since"."""
    each = any(
        m.kind == "quant" and m.text.casefold() in ("each", "every", "all", "each of", "all of")
        for m in c.marks
    )
    bounds = [
        m.value
        for m in c.marks
        if m.kind == "number" and m.value.bound.partition(":")[0] in ("least", "most")
    ]
    return each and len(bounds) == 1 and len(c.known) == 1 and not c.has("dir", "moves", "place")


def bound_holds(s: Sentence, c: Clause, n: Number, k: Known) -> bool:
    """Say whether each of the sprints that are meant keeps a bound, and one of them comes near it."""
    meant = sprints_meant(s.facts, c, k) if c.has("sprint", "role") or counted(c) else []
    values = [v for i in meant if (v := k.values[i]) is not None] if k.values else []
    said = float(n.a.replace(",", ""))
    if not values or len(values) != len(meant):
        return False
    if n.bound.startswith("least"):
        return said <= min(values) <= 1.25 * said
    return 0.8 * said <= max(values) <= said


def counted(c: Clause) -> Number | None:
    """Return the number of sprints that a clause counts: "five sprints", "two of the five sprints"."""
    found = [m.value for m in c.marks if m.kind == "number" and m.value.kind in ("of", "count")]
    return found[0] if found else None


def sprints_meant(facts: Facts, c: Clause, k: Known) -> list[int]:
    """Return which sprints a clause speaks of; none where that cannot be said."""
    last, window = len(facts.names) - 1, len(facts.report.window)
    start = facts.index(k.signal.since_sprint_id) if k.signal else None
    span = next((m.value for m in c.marks if m.kind == "sprint" and m.value[0] != m.value[1]), None)
    if span is not None:
        return list(range(span[0], span[1] + 1))
    marks = c.marks
    for i, m in enumerate(marks):
        if m.kind == "sprint" and preposition(c, i) in (*SINCE, *BEFORE):
            return list(range(m.value[0], last + 1) if preposition(c, i) in SINCE else range(m.value[0]))
    since = any(m.kind == "role" and m.text.casefold() in SINCE_THEN for m in marks)
    before = any(
        m.kind == "role" and m.text.casefold() in ("before", "before that", "until then", "before then")
        for m in marks
    )
    if since or before:
        return [] if start is None else list(range(start, last + 1) if since else range(start))
    n, named = counted(c), [m.value[0] for m in marks if m.kind == "sprint"]
    if n is not None:
        return _counted_sprints(facts, c, k, n, start)
    if named:
        return named
    if any(m.kind == "last" or (m.kind == "role" and m.value == "last") for m in marks):
        return [last]
    if k.sure is not None and start is not None:
        return [start] if k.sure.kind == "outlier" else list(range(start, last + 1))
    if k.signal is not None and k.signal.kind == "outlier" and start is not None:
        return [start]
    if any(m.text.casefold() == "last" for m in marks):
        return [last]
    if k.swing is not None and not any(m.text.casefold() in _STAYED for m in marks):
        return [facts.index(i) for i in k.swing.sprint_ids]
    return list(range(last + 1 - window, last + 1))


def _counted_sprints(facts: Facts, c: Clause, k: Known, n: Number, start: int | None) -> list[int]:
    """Return which sprints are meant where so many are counted: the last ones, those since the change, or all."""
    last, window, size = len(facts.names) - 1, len(facts.report.window), int(n.b or n.a)
    at = next(i for i, m in enumerate(c.marks) if m.kind == "number" and m.value is n)
    around = [m.text.casefold() for m in c.marks[max(0, at - 2) : at]] + c.marks[at].text.casefold().split()
    if any(w in around for w in _LAST):
        return list(range(max(0, last + 1 - size), last + 1))
    if start is not None and k.sure is not None:
        since = [i for i in range(start, last + 1) if not k.values or k.values[i] is not None]
        if n.kind == "count" and not c.quant() and not _whole(n, c):
            return since
        if len(since) == size:
            return since
    if size in (window, last + 1):
        return list(range(last + 1 - size, last + 1))
    return []
