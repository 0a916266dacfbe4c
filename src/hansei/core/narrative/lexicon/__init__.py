"""The English that the checker can read. A word that stands nowhere here, and not in the report, is refused.

That is the point of a closed list: a claim in words that nobody can check does not reach a reader. Adding a word is
adding a line; a word that says a direction, a chance or a cause belongs to its own table, never to ``PLAIN``.
"""

from __future__ import annotations

from hansei.core.narrative.lexicon.doubt import (
    CAUSE,
    CONFIDENCE,
    EARLY,
    HEDGES,
    HIDING,
    LIKELY,
    NEVER,
    SOFT,
    SURE,
    UNSEEN,
)
from hansei.core.narrative.lexicon.grammar import ALL, DOERS, DOINGS, JOINS, NONE, NOT, PHRASES, REST
from hansei.core.narrative.lexicon.measures import ACTS, ALSO_CALLED, BARE_ACTS, LINKS, SHARE, TOGETHER
from hansei.core.narrative.lexicon.moves import (
    APART,
    BACK,
    CHANGE,
    DIRECTIONS,
    JUMPS,
    MANNERS,
    MOVING,
    ODD,
    ONGOING,
    PLACES,
    SUPERLATIVES,
    VERBS,
)
from hansei.core.narrative.lexicon.plain import PLAIN
from hansei.core.narrative.lexicon.sizes import (
    ABOUT,
    ADJECTIVES,
    COUNTED,
    FOREIGN_UNITS,
    FRACTIONS,
    LEAST,
    MONTHS,
    MOST,
    NUMERALS,
    ORDINALS,
    PER,
    RATIOS,
    SHARES_OF,
    UNITS,
)
from hansei.core.narrative.lexicon.times import (
    ABOUT_TIME,
    COMPARISONS,
    CONFIRMED,
    NEXT,
    ORDER,
    ROLES,
    SAME_TIME,
    TENSES,
)

__all__ = [
    "ABOUT", "ABOUT_TIME", "ACTS", "ADJECTIVES", "ALL", "ALSO_CALLED", "APART", "BACK", "BARE_ACTS", "CAUSE", "CHANGE",
    "COMPARISONS", "CONFIDENCE", "CONFIRMED", "COUNTED", "DIRECTIONS", "DOERS", "DOINGS", "EARLY", "FOREIGN_UNITS",
    "FRACTIONS", "HEDGES", "HIDING", "JOINS", "JUMPS", "LEAST", "LIKELY", "LINKS", "MANNERS", "MONTHS",
    "MOST", "MOVING", "NEVER", "NEXT",
    "NONE", "NOT", "NUMERALS", "ODD", "ONGOING", "ORDER", "ORDINALS", "PER", "PHRASES", "PLACES", "PLAIN",
    "RATIOS", "REST", "ROLES", "SAME_TIME", "SHARE", "SHARES_OF", "SOFT", "SUPERLATIVES", "SURE", "TENSES",
    "TOGETHER", "UNITS", "UNSEEN", "VERBS",
]  # fmt: skip
