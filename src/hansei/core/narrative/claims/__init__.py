"""Judges the claims of one sentence: each number, direction, sprint and chance against the measure it speaks of.

One module a kind of claim; each yields why a sentence may not be said.
"""

from __future__ import annotations

from collections.abc import Iterator

from hansei.core.narrative.claims.chances import judge_certain, judge_early
from hansei.core.narrative.claims.changes import (
    judge_changes,
    judge_listed,
    judge_manners,
    judge_over,
    judge_pace,
    judge_superlatives,
)
from hansei.core.narrative.claims.comparisons import judge_compared, judge_linked, judge_stories
from hansei.core.narrative.claims.directions import judge_directions, judge_ordinary, judge_reversed
from hansei.core.narrative.claims.lasting import (
    judge_drift_end,
    judge_odd_sprint,
    judge_stable,
    judge_swing_bare,
    judge_usual_now,
)
from hansei.core.narrative.claims.leads import judge_leads
from hansei.core.narrative.claims.numbers import judge_number
from hansei.core.narrative.claims.places import judge_places, judge_stayed_there
from hansei.core.narrative.claims.sentence import Sentence
from hansei.core.narrative.claims.sizes import judge_bounds, judge_showing, judge_sizes
from hansei.core.narrative.claims.sprints import judge_sprints
from hansei.core.narrative.claims.time import (
    judge_ahead,
    judge_beginnings,
    judge_ongoing,
    judge_order,
    judge_same_time,
)
from hansei.core.narrative.claims.untold import (
    judge_advice,
    judge_claimless,
    judge_denied,
    judge_exclusive,
    judge_nothing,
    judge_single,
    judge_untold,
)


def judge(sentence: Sentence, starts: list[int]) -> Iterator[str]:
    """Yield why a sentence may not be said. ``starts`` keeps when the changes told so far began, in their order."""
    if not sentence.clauses:
        return  # nothing but joins and marks: "… and."
    yield from judge_leads(sentence)
    yield from judge_ahead(sentence)
    for clause in sentence.clauses:
        yield from judge_directions(sentence, clause)
        yield from judge_reversed(sentence, clause)
        yield from judge_ordinary(sentence, clause)
        yield from judge_changes(sentence, clause)
        yield from judge_sizes(sentence, clause)
        yield from judge_bounds(clause)
        yield from judge_nothing(sentence, clause)
        yield from judge_single(clause)
        yield from judge_ongoing(clause)
        yield from judge_certain(sentence, clause)
        yield from judge_early(clause, sentence)
        yield from judge_beginnings(sentence, clause)
        yield from judge_superlatives(sentence, clause)
        yield from judge_manners(clause)
        yield from judge_pace(sentence, clause)
        yield from judge_over(clause)
        yield from judge_drift_end(sentence, clause)
        yield from judge_usual_now(clause)
        yield from judge_odd_sprint(sentence, clause)
        yield from judge_swing_bare(sentence, clause)
        yield from judge_stable(clause)
        yield from judge_untold(sentence, clause)
        yield from judge_places(sentence, clause)
        yield from judge_sprints(sentence, clause)
        for i, m in enumerate(clause.marks):
            if m.kind == "number":
                yield from judge_number(sentence, clause, i, m.value)
    yield from judge_stayed_there(sentence)
    yield from judge_listed(sentence)
    yield from judge_stories(sentence)
    yield from judge_compared(sentence)
    yield from judge_linked(sentence)
    yield from judge_showing(sentence)
    yield from judge_claimless(sentence)
    yield from judge_order(sentence)
    yield from judge_exclusive(sentence)
    yield from judge_denied(sentence)
    yield from judge_advice(sentence)
    yield from judge_same_time(sentence, starts)
    for clause in sentence.clauses:
        starts += [sentence.facts.index(k.sure.since_sprint_id) for k in clause.known if k.sure]
