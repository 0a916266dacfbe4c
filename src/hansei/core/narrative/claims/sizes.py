"""Sizes in words: doubled, a third longer, and what is too small to show."""

from __future__ import annotations

from collections.abc import Iterator

from hansei.core.narrative import lexicon as lx
from hansei.core.narrative.claims.directions import must_hedge, swing_way
from hansei.core.narrative.claims.sentence import Clause, Sentence
from hansei.core.narrative.claims.values import candidates
from hansei.core.narrative.reading import Mark, Number


def judge_bounds(c: Clause) -> Iterator[str]:
    """Refuse "more than" and its kin where no number follows: "takes less than before" is a direction."""
    for i, m in enumerate(c.marks):
        bounded = any(x.kind in ("number", "ratio", "fraction") for x in c.marks[i + 1 : i + 5])
        if m.kind in ("least", "most") and not bounded and m.text.casefold() not in ("nearly", "almost"):
            yield f"“{m.text}” stands before no number"


def judge_showing(s: Sentence) -> Iterator[str]:
    """Check which sizes hide and which show: it is the smaller ones that stay hidden."""
    if not s.has("unseen"):
        return
    hides = any(m.text.casefold() in lx.HIDING for m in s.marks if m.kind == "unseen")
    shows = any(m.text.casefold() not in lx.HIDING for m in s.marks if m.kind == "unseen")
    sizes = {m.value for m in s.marks if m.kind == "dir"} | {
        "up" if m.kind == "least" else "down" for m in s.marks if m.kind in ("least", "most")
    }
    if shows and s.says("any", "every", "each", "all") and not s.has("number"):
        yield "no report shows every change"
    wrong = "up" if hides and not shows else "down" if shows and not hides else ""
    if wrong in sizes and not s.has("moves"):
        yield "the data hide the smaller changes and show the larger ones"


def judge_sizes(s: Sentence, c: Clause) -> Iterator[str]:
    """Check "doubled" and "a third longer" against how much the measure changed."""
    for i, m in enumerate(c.marks):
        if m.kind not in ("ratio", "fraction"):
            continue
        if m.kind == "fraction" and _is_share(s, c, i):
            continue
        bound = _bound(c.marks, i)
        after = [x.text.casefold() for x in c.marks[i + 1 : i + 3]]
        if (
            len(c.known) == 1
            and m.kind == "ratio"
            and swing_way(s, c.known[0]) is not None
            and not c.negated(i)
        ):
            a, b = c.known[0].swing.values if c.known[0].swing else (0.0, 0.0)
            if a <= 0 or not _fits(b / a, m.value, bound, verb=True):
                yield f"“{m.text}” does not fit how {c.known[0].title} went from one sprint to the next"
            continue
        if len(c.known) != 1 or c.known[0].ratio is None or c.negated(i):
            yield f"“{m.text}” is said of no measure that changed"
            continue
        if c.known[0].signal:
            yield from must_hedge(s, c.known[0], c.known[0].signal)
        ratio, value = c.known[0].ratio or 1.0, m.value
        shift = False
        if m.kind == "fraction":
            changed = any(x.kind == "dir" for x in c.marks[i + 1 : i + 3]) or "by" in [
                x.text.casefold() for x in c.marks[max(0, i - 2) : i]
            ]
            if changed:
                shift = True
            elif not {"as", "what", "of"} & set(after[:1]) and not any(
                x.text.casefold() == "to" for x in c.marks[max(0, i - 2) : i]
            ):
                yield f"“{m.text}”: of what?"
                continue
        if not (
            _fits_change(abs(ratio - 1), value, bound)
            if shift
            else _fits(ratio, value, bound, verb=m.kind == "ratio")
        ):
            yield f"“{m.text}” does not fit: {c.known[0].title} is {ratio:.2f} times what it was"


def _bound(marks: list[Mark], i: int) -> str:
    for x in reversed(marks[max(0, i - 3) : i]):
        if x.kind in ("least", "most"):
            return x.kind + ":" + x.text.casefold()
        if x.kind != "about" and x.text.casefold() not in (
            "by",
            "the",
            "a",
            "just",
            "has",
            "have",
            "it",
            "to",
        ):
            break
    return "about" if i and marks[i - 1].kind == "about" else ""


def _fits(actual: float, said: float, bound: str, *, verb: bool = False) -> bool:
    """Say whether a size fits; a verb ("doubled", "halved") holds up to the next whole one."""
    kind = bound.partition(":")[0]
    if verb and kind == "least":  # "more than halved" is less than half
        return said <= actual < said + 1 if said >= 1 else said * 2 / 3 < actual <= said
    if verb and kind == "most" and said < 1:
        return said <= actual <= said / 0.85
    if kind == "least":
        return said <= actual <= 1.25 * said
    if kind == "most":
        return 0.85 * said <= actual <= said
    return abs(actual - said) <= (0.1 if bound == "about" else 0.05) * max(said, 0.8)


def _fits_change(actual: float, said: float, bound: str) -> bool:
    return abs(actual - said) <= 0.04 if bound in ("", "about") else _fits(actual, said, bound)


def _is_share(s: Sentence, c: Clause, i: int) -> bool:
    """Say whether a fraction is a value of a measure in percent: "a quarter of the items are carried over now"."""
    if len(c.known) != 1 or c.known[0].unit != "%" or any(m.kind == "dir" for m in c.marks[i + 1 : i + 3]):
        return False
    bound, said = _bound(c.marks, i), c.marks[i].value
    kind, n = bound.partition(":")[0], Number("value", "0", unit="%")
    low, high = {"least": (said, 1.1 * said), "most": (0.9 * said, said)}.get(kind, (0.9 * said, 1.1 * said))
    return any(low <= v / 100 <= high for v in candidates(s, c, i, n, c.known[0]))
