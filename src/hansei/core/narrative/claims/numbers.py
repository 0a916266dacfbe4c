"""Each number against the measure it stands with: value, range, effect, percent, times."""

from __future__ import annotations

from collections.abc import Iterator

from hansei.core.metrics import describe
from hansei.core.narrative.claims.chances import judge_chance
from hansei.core.narrative.claims.counts import are_odds, is_counted, is_other, is_part
from hansei.core.narrative.claims.directions import between, must_hedge, swung
from hansei.core.narrative.claims.places import bound_holds, bounded_in_each
from hansei.core.narrative.claims.sentence import LIKELY, Clause, Sentence, something_else
from hansei.core.narrative.claims.untold import counts_none
from hansei.core.narrative.claims.values import candidates, same_level
from hansei.core.narrative.facts import Known, is_range, rounds_to, sureness
from hansei.core.narrative.reading import Number
from hansei.core.phrases import STOCKS
from hansei.core.report import Signal


def judge_number(s: Sentence, c: Clause, i: int, n: Number) -> Iterator[str]:
    """Check a number, by its kind, against the measures of its clause."""
    text = c.marks[i].text
    if n.kind == "chance":
        if n.b == "100":
            yield from judge_chance(s, c, n, text)
        return
    if n.kind in ("foreign", "ordinal", "date"):
        if not is_other(s, c, n, i):
            yield f"“{text}” is not in the evidence"
        return
    if n.kind in ("count", "of") and counts_none(c):
        return  # judged where there was none
    if n.kind in ("count", "tally"):
        if not is_counted(s, c, n):
            yield f"“{text}” is not a count of the report"
        return
    if n.kind in ("of", "odds"):
        if not (is_part(s, c, n) if n.kind == "of" else are_odds(s, c, n)):
            yield f"“{text}” is not in the evidence"
        return
    if c.marks[i + 1 :] and [m.text.casefold() for m in c.marks[i + 1 : i + 3]] == ["are", "needed"]:
        if not c.known or any(f"at least {n.a} are needed" not in k.refusal for k in c.known):
            yield f"“{text}” is not how many are needed"
        return
    if not c.known or something_else(s, c):
        yield f"“{text}” is said of no measure of the report"
        return
    if any(m.kind == "not" for m in c.marks[max(0, i - 4) : i]):
        yield f"“{text}”: what a measure is not, is not said"
        return
    unsure = [k for k in c.known if k.sure and k.sure.kind != "outlier" and sureness(k.sure)[0] < LIKELY]
    unsure = [k for k in unsure if not s.is_hedged(k.metric)]
    for k in c.known:
        if (
            k.signal
            and not k.sure
            and (n.moved or n.kind in ("effect", "percent", "times"))
            and not s.has("unseen")
        ):
            yield from must_hedge(s, k, k.signal)
    if unsure and (n.moved or n.kind in ("value", "effect", "percent", "times")):
        yield f"{unsure[0].title}: this is likely, not sure, and must be said so"
    numbers = [m.value for m in c.marks if m.kind == "number" and m.value.kind == n.kind]
    known = c.known
    if len(known) > 1 and len(numbers) == len(known):
        known = [known[numbers.index(n)]]
    after = [m.text.casefold() for m in c.marks[i + 1 : i + 3]]
    if after[:1] == ["of"] and after[1:] and after[1] in ("work", "effort", "labour", "labor"):
        yield f"“{text} of {after[1]}”: how much of a time is work is not recorded"
    for k in known:
        if not _size(s, c, i, n, k):
            yield f"“{text}” is not a number that the evidence holds for {k.title} in this place"


def _per_fits(n: Number, k: Known) -> bool:
    """Say whether a measure is told per this: times per item, what is counted or delivered per sprint."""
    family = describe(k.metric).family
    if family == "duration":
        return n.per == "item"
    return n.per == "sprint" and family in ("count", "points") and k.metric not in STOCKS


def _unit_fits(n: Number, k: Known) -> bool:
    own = k.unit.split(" ", maxsplit=1)[0]
    return n.unit in ("", own, k.unit) or (n.unit == "%" and own == "ratio")


def _compare(value: float, n: Number, token: str) -> bool:
    kind, _, word = n.bound.partition(":")
    said = float(token.replace(",", ""))
    value = abs(value)
    if said == 0:
        return value < 0.005
    if kind == "least":
        return said <= value + 1e-9 and value <= 1.25 * said
    if kind == "most" and word == "up to":
        return rounds_to(value, token)
    if kind == "most":
        return value <= said + 1e-9 and value >= 0.85 * said
    return rounds_to(value, token)


def _size(s: Sentence, c: Clause, i: int, n: Number, k: Known) -> bool:
    if n.per and not _per_fits(n, k):
        return False
    if s.has("unseen") or s.says("±") or s.says("smallest"):
        return _unseen(n, k)
    if n.kind == "range":
        return _ranged(s, n, k)
    signal = k.signal
    gap = between(s, k)
    if n.kind == "effect" and signal is None and gap is not None:
        return _unit_fits(n, k) and rounds_to(gap, n.a) and n.noun in ("", "up" if gap > 0 else "down")
    if n.kind == "effect":
        return (
            signal is not None
            and _unit_fits(n, k)
            and _compare(signal.effect, n, n.a)
            and (n.unit == "%" if k.unit == "%" else True)
            and (not n.noun or n.noun == signal.direction)
        )
    if n.kind == "percent":
        if k.unit in ("%", "ratio") or k.ratio is None:
            return False
        return k.percent and _compare(100 * abs(k.ratio - 1), n, n.a)
    if n.kind == "times":
        return k.ratio is not None and _compare(k.ratio, n, n.a) and not c.has("dir")
    if bounded_in_each(c) and n.bound:
        return _unit_fits(n, k) and bound_holds(s, c, n, k)
    scale = 100.0 if n.unit == "%" and k.unit == "ratio" else 1.0
    return _unit_fits(n, k) and any(_compare(scale * v, n, n.a) for v in candidates(s, c, i, n, k))


def _unseen(n: Number, k: Known) -> bool:
    d = k.size
    if d is None:
        return False
    if (n.unit == "%" and n.kind != "effect") or n.kind == "percent":
        return d.fraction is not None and rounds_to(100 * d.fraction, n.a) and d.unit not in ("%", "ratio")
    return _unit_fits(n, k) and rounds_to(d.amount, n.a) and (k.unit != "%" or n.kind == "effect")


def _ranged(s: Sentence, n: Number, k: Known) -> bool:
    signal = k.signal
    if n.unit != "times" and not n.noun and not _unit_fits(n, k):
        return False
    if n.moved and not n.noun and n.unit != "times":
        scale = 100.0 if n.unit == "%" and k.unit == "ratio" else 1.0
        if signal is None and k.level and any(m.kind == "role" and m.value == "usual" for m in s.marks):
            if is_range(n.a, n.b, k.level.usual.low, k.level.usual.high):
                return True
        if signal is None:
            return swung(n, k)
        return rounds_to(scale * signal.before, n.a) and rounds_to(scale * signal.after, n.b)
    if n.unit == "times":
        r = signal.ratio_interval if signal else None
        return r is not None and is_range(n.a, n.b, r.low, r.high)
    if n.noun or n.unit == "pp":
        return signal is not None and _interval(n, k, signal)
    odds = [m.value for x in s.clauses for m in x.marks if m.kind == "number" and m.value.kind == "odds"]
    if k.forecast and (odds or s.has("next")):
        levels = [r for r in k.forecast.ranges if not odds or s.has("next") or same_level(r.level, odds)]
        if odds and not _same_half(s, n):
            levels = [r for r in k.forecast.ranges if same_level(r.level, odds)]
        elif s.says("half of the time"):
            levels = [r for r in k.forecast.ranges if abs(r.level - 0.5) < 1e-9]
        elif not odds:  # what is most likely is the range that holds most often of those that are told
            levels = [*k.forecast.ranges[:2]][-1:]
        return any(is_range(n.a, n.b, r.low, r.high) for r in levels)
    usual = [m for m in s.marks if m.kind == "role" and m.value == "usual"]
    if k.level and (usual or s.says("range") or s.has("place")):
        return is_range(n.a, n.b, k.level.usual.low, k.level.usual.high)
    return False


def _same_half(s: Sentence, n: Number) -> bool:
    """Say whether a range stands with "half of the time", not with the odds that follow."""
    marks = s.marks
    at = next(j for j, m in enumerate(marks) if m.kind == "number" and m.value is n)
    half = [j for j, m in enumerate(marks) if m.text.casefold() == "half of the time"]
    odds = [j for j, m in enumerate(marks) if m.kind == "number" and m.value.kind == "odds"]
    return bool(half) and min(abs(j - at) for j in half) < min(abs(j - at) for j in odds)


def _interval(n: Number, k: Known, x: Signal) -> bool:
    way = n.noun or x.direction
    if way != x.direction:
        return False
    if n.unit == "%":
        r = x.ratio_interval
        if r is None or k.unit == "%":
            return False
        ends = sorted((100 * abs(r.low - 1), 100 * abs(r.high - 1)))
        return is_range(n.a, n.b, *ends)
    ends = sorted((abs(x.interval.low), abs(x.interval.high)))
    return is_range(n.a, n.b, *ends)
