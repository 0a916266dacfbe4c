"""Inside, above or below the usual range."""

from __future__ import annotations

from collections.abc import Iterator

from hansei.core.narrative.claims.sentence import EARLIER, Clause, Sentence, preposition
from hansei.core.narrative.facts import Known, place


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


def _place(s: Sentence, c: Clause, k: Known, wanted: str, *, negated: bool) -> bool:
    places = s.facts.places(k.metric)
    hits = [p == wanted or (wanted == "outside" and p != "inside") for p in places]
    if not hits or negated or k.level is None:
        return bool(hits) and negated and not any(hits)
    numbers = [m.value for m in c.marks if m.kind == "number"]
    earlier = [
        m.value[0] for i, m in enumerate(c.marks) if m.kind == "sprint" and preposition(c, i) in EARLIER
    ]
    if earlier:
        before = [v for v in k.values[: earlier[0]] if v is not None]
        return bool(before) and all(place(v, k.level.usual) == wanted for v in before)
    of = next((n for n in numbers if n.kind == "of"), None)
    if of is not None:
        return (int(of.a), int(of.b)) == (sum(hits), len(hits))
    counted = next((n for n in numbers if n.kind == "count"), None)
    sprints = [m.value for m in c.marks if m.kind == "sprint" and m.value[0] == m.value[1]]
    if c.has("last") or (sprints and not c.has("role")) or (sprints and not _since_before(c)):
        at = sprints[0][0] if sprints else -1
        value = k.values[at] if k.values else k.level.last
        return value is not None and (
            place(value, k.level.usual) == wanted
            or (wanted == "outside" and place(value, k.level.usual) != "inside")
        )
    if c.quant() == "none":
        return not any(hits)
    if counted is not None:
        if c.quant() == "all":
            return int(counted.a) == len(hits) and all(hits)
        return int(counted.a) == sum(hits) or (int(counted.a) == len(hits) == 1 and all(hits))
    if s.says("most"):
        return sum(hits) > len(hits) / 2
    if c.quant() == "all" or len(hits) == 1:
        return all(hits)
    if s.says("some"):
        return any(hits)
    if k.sure is not None:
        return place(k.sure.after, k.level.usual) == wanted or all(hits)
    return all(hits)


def _since_before(c: Clause) -> bool:
    for i, m in enumerate(c.marks):
        if m.kind == "sprint":
            return any(x.text.casefold() in ("since", "from", "after") for x in c.marks[max(0, i - 2) : i])
    return False
