"""Which of a measure's values a number in its place may be."""

from __future__ import annotations

from itertools import pairwise

from hansei.core.narrative.claims.sentence import Clause, Sentence, is_move, preposition
from hansei.core.narrative.facts import Known
from hansei.core.narrative.reading import Number


def same_level(level: float, odds: list[Number]) -> bool:
    """Say whether a range holds as often as one of these odds says."""
    return any(abs(level - float(o.a) / float(o.b)) < 1e-9 for o in odds)


def candidates(s: Sentence, c: Clause, i: int, n: Number, k: Known) -> list[float]:
    """Return the values of a measure that a number in this place may be."""
    if s.has("next") and k.forecast and not c.has("role"):
        return [k.forecast.middle]
    if s.has("next") and not s.has("role"):
        return []  # nothing of this measure is foretold
    if n.bound == "most:up to" and c.has("role") and any(m.text.casefold() == "range" for m in c.marks):
        return [k.level.usual.high] if k.level else []  # "the usual range reaches up to 38 %"
    highest = (
        [m.value[0] for m in s.marks if m.kind == "sprint"]
        if s.has("super") and not c.has("sprint", "role")
        else []
    )
    if len(highest) == 1:
        return [v for v in k.values[highest[0] : highest[0] + 1] if v is not None]
    roles = [(abs(at - i), role) for at, role in c.roles() if not _belongs_elsewhere(c, at)]
    usual = any(m.value == "usual" and x.kind == "metric" for m, x in pairwise(c.marks) if m.kind == "role")
    if usual and not any(is_move(m) or m.kind in ("moves", "change") for m in c.marks) and not n.moved:
        return k.numbers("usual")  # "your usual review time", whenever
    span = next((m.value for m in c.marks if m.kind == "sprint" and m.value[0] != m.value[1]), None)
    if span is not None and k.signal is not None:
        start = s.facts.index(k.signal.since_sprint_id)
        return k.numbers("after") if span[0] == start else k.numbers("before") if span[1] < start else []
    sprint = _beside(c, i)
    if n.moved and (sprint is None or k.sure):
        return k.numbers("before")
    if any(m.text.casefold() == "to" for m in c.marks[max(0, i - 2) : i]) and s.says("from") and k.signal:
        return k.numbers("after")
    if sprint is not None:
        at, prep = sprint
        if prep in ("before", "until", "up to", "through", "than"):
            return k.numbers("before")
        if prep == "by" and k.sure is not None and k.sure.kind == "drift" and at == len(s.facts.names) - 1:
            return k.numbers("after")
        if prep not in ("since", "from", "starting", "beginning", "after", "around", "about", "with"):
            out = [k.values[at]] if at < len(k.values) and k.values[at] is not None else []
            began = (
                k.signal is not None
                and k.signal.kind == "step"
                and s.facts.index(k.signal.since_sprint_id) == at
            )
            to = any(m.text.casefold() == "to" for m in c.marks[max(0, i - 3) : i])
            if began and to and any(is_move(m) for m in c.marks):
                out += k.numbers("after")  # "rose to about 42 % in Sprint 36"
            return [v for v in out if v is not None]
        return k.numbers("after")
    signal = k.signal
    if roles:
        role = min(roles)[1]
        if signal is None and role == "after" and k.level is not None:
            return [k.level.last]
        if signal is not None and signal.kind == "outlier" and role == "after":
            return s.facts.since(signal)[:1]
        return k.numbers(role)
    if (
        c.joined_by
        in (
            "than",
            "against",
            "versus",
            "vs",
            "instead",
            "instead of",
            "rather than",
            "compared with",
            "compared to",
            "compared",
            "up from",
            "down from",
            "where",
        )
        and signal is not None
    ):
        return k.numbers("before")
    if signal is None:
        return k.numbers("now")
    if signal.kind == "outlier":
        return s.facts.since(signal)[:1]
    tense = [m.value for m in c.marks if m.kind == "tense"]
    if tense and tense[-1] == "before" and signal.significant:
        return k.numbers("before")
    if s.has("hedge") and not signal.significant:
        return k.numbers("after")
    return k.numbers("after")


def _belongs_elsewhere(c: Clause, at: int) -> bool:
    """Say whether a role word stands with a sprint, or names the usual range, and so says nothing of a number."""
    after = c.marks[at + 1] if at + 1 < len(c.marks) else None
    return after is not None and (after.kind == "sprint" or after.text.casefold() == "range")


def _beside(c: Clause, i: int) -> tuple[int, str] | None:
    """Return the sprint that stands nearest to a number in its clause, and the word before it."""
    found = [(abs(j - i), j < i, j) for j, m in enumerate(c.marks) if m.kind == "sprint"]
    if not found:
        return None
    j = min(found)[2]
    a, b = c.marks[j].value
    return (
        a,
        preposition(c, j) if a == b else "since" if b > a and preposition(c, j) == "since" else "before",
    )
