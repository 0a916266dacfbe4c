"""Sizes, numerals, units, and what is counted."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: A size in words: the ratio of after to before.
RATIOS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "doubled": 2.0,
        "double": 2.0,
        "doubling": 2.0,
        "twice": 2.0,
        "two-fold": 2.0,
        "twofold": 2.0,
        "tripled": 3.0,
        "triple": 3.0,
        "threefold": 3.0,
        "three-fold": 3.0,
        "quadrupled": 4.0,
        "fourfold": 4.0,
        "halved": 0.5,
        "halving": 0.5,
    }
)
FRACTIONS: Final[Mapping[str, float]] = MappingProxyType(
    {
        "a half": 1 / 2,
        "half": 1 / 2,
        "one half": 1 / 2,
        "a third": 1 / 3,
        "one third": 1 / 3,
        "two thirds": 2 / 3,
        "two-thirds": 2 / 3,
        "a quarter": 1 / 4,
        "one quarter": 1 / 4,
        "three quarters": 3 / 4,
        "three-quarters": 3 / 4,
        "a fifth": 1 / 5,
        "one fifth": 1 / 5,
        "two fifths": 2 / 5,
        "a tenth": 1 / 10,
    }
)
ABOUT: Final = frozenset(["about", "around", "roughly", "some", "approximately", "close to", "near", "round"])
LEAST: Final = frozenset(
    ["more than", "over", "at least", "above", "well over", "no fewer than", "upwards of"]
)
MOST: Final = frozenset(
    [
        "less than",
        "fewer than",
        "under",
        "below",
        "at most",
        "nearly",
        "almost",
        "just under",
        "up to",
        "not quite",
    ]
)
UNITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "h": "h",
        "hr": "h",
        "hrs": "h",
        "hour": "h",
        "hours": "h",
        "%": "%",
        "percent": "%",
        "per cent": "%",
        "percentage point": "pp",
        "percentage points": "pp",
        "points": "points",
        "point": "points",
        "story points": "points",
        "items": "items",
        "item": "items",
        "bugs": "bugs",
        "bug": "bugs",
    }
)
#: Units that no measure here has: a number in one of them is a number nobody measured.
FOREIGN_UNITS: Final = frozenset(
    [
        "day",
        "days",
        "minute",
        "minutes",
        "week",
        "weeks",
        "month",
        "months",
        "year",
        "years",
        "second",
        "seconds",
        "person",
        "people",
        "developers",
        "euros",
        "dollars",
        "kg",
        "km",
        "tickets",
        "tasks",
        "story",
        "stories",
        "times",
    ]
)
#: What a count or a time may be told per; anything else makes another unit of it.
PER: Final = frozenset(
    [
        "sprint", "item", "issue", "ticket", "story", "point", "bug", "hour", "day", "week", "month", "year", "person",
        "head", "review", "meeting", "team", "change", "task", "release",
    ]
)  # fmt: skip
MONTHS: Final = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
ORDINALS: Final[Mapping[str, int]] = MappingProxyType(
    {w: n for n, w in enumerate(
        ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
         "twelfth"], 1)}
)  # fmt: skip
_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
NUMERALS: Final[Mapping[str, int]] = MappingProxyType(
    {w: n for n, w in enumerate(_ONES)}
    | {t: 10 * n for n, t in enumerate(_TENS, 2)}
    | {f"{t}-{_ONES[k]}": 10 * n + k for n, t in enumerate(_TENS, 2) for k in range(1, 10)}
    | {"hundred": 100, "a hundred": 100, "dozen": 12, "a dozen": 12, "a couple": 2, "a couple of": 2}
)
#: Nouns that are counted in a report.
COUNTED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "sprint": "sprints",
        "sprints": "sprints",
        "measure": "measures",
        "measures": "measures",
        "series": "measures",
        "change": "changes",
        "changes": "changes",
        "proofs": "proofs",
        "lead": "leads",
        "leads": "leads",
        "reason": "leads",
        "reasons": "leads",
        "possible reasons": "leads",
        "possible reason": "leads",
        "other measures": "measures",
        "remaining measures": "measures",
        "experiment": "experiments",
        "experiments": "experiments",
    }
)
#: Each of them, or so many: the report knows averages and sums, no single item.
SHARES_OF: Final = frozenset(
    ["every", "each", "all", "most", "many", "some", "few", "several", "half", "any", "all of"]
)
#: Judges a measure without a number.
ADJECTIVES: Final = frozenset(
    [
        "large", "small", "big", "long", "short", "little", "few", "many", "much", "good", "narrow", "wide",
        "old", "late",
        "early", "important", "quiet", "calm", "careful", "honest", "hidden", "main",
    ]
)  # fmt: skip
