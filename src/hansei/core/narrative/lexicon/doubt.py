"""How sure, and why: hedges, chances, causes, leads, and what is never written."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

#: Says more than that something may be: too much for a hint.
LIKELY: Final = frozenset(
    [
        "probably",
        "likely",
        "seems",
        "seem",
        "appears",
        "appear",
        "looks as if",
        "rather than certain",
        "not certain",
    ]
)
#: Says that it cannot be told yet: too little for a change.
EARLY: Final = frozenset(
    ["too early", "too early to say", "too early to tell", "too early to call", "too soon to say", "too soon to tell",
     "too little to say", "too little to say so", "hint", "hints", "to watch", "worth watching", "still open"]
)  # fmt: skip
#: All that leaves something open.
HEDGES: Final = LIKELY | EARLY | frozenset(
    ["may", "might", "could", "possibly", "perhaps", "maybe", "leans", "not sure", "unsure", "not yet sure",
     "if it changed", "may be", "may have", "might have", "if they changed"]
)  # fmt: skip
#: Says that a change does not show.
HIDING: Final = frozenset(
    ["stay hidden", "stays hidden", "hidden", "could hide", "escape us", "escaped us", "could not have seen",
     "unnoticed", "could not have noticed", "gone unnoticed", "go unnoticed", "have gone unnoticed"]
)  # fmt: skip
#: Said only of a number that the data could not have shown, or of the next sprint.
UNSEEN: Final = HIDING | frozenset(
    ["would have noticed", "noticed", "would notice", "would have shown", "would have seen", "would have been seen",
     "could have seen", "would show", "had something changed", "would have been noticed"]
)  # fmt: skip
SURE: Final = frozenset(["sure", "certain", "certainty", "surely", "for sure", "real", "doubt"])
#: Says that one thing made another: never written, softly or not.
CAUSE: Final = frozenset(
    [
        "because",
        "because of",
        "cause",
        "causes",
        "caused",
        "causing",
        "caused by",
        "due",
        "due to",
        "led to",
        "leads to",
        "leading to",
        "lead to",
        "drives",
        "drove",
        "driven",
        "driver",
        "drivers",
        "driving",
        "results in",
        "resulted in",
        "resulted from",
        "resulting",
        "thanks",
        "thanks to",
        "owing",
        "owing to",
        "therefore",
        "thus",
        "hence",
        "consequently",
        "as a result",
        "root cause",
        "culprit",
        "responsible",
        "blame",
        "which is why",
        "that is why",
        "explains",
        "explained",
        "explain",
        "thereby",
        "so",
        "stems from",
        "triggered",
        "brought about",
        "contributed",
        "contributes",
        "slows",
        "delays",
        "delayed",
        "affects",
        "affected",
        "impact",
        "impacts",
        "hurts",
        "pushes",
        "pushed",
        "behind it",
        "behind this",
        "made it",
        "makes it",
        "made",
        "makes",
        "resulting in",
        "comes from",
        "came from",
        "follows from",
        "reason is",
        "why it",
    ]
)
#: The soft forms, each only beside a lead of the report, its word and its number.
SOFT: Final = frozenset(
    [
        "may explain",
        "might explain",
        "could explain",
        "fits with",
        "would fit",
        "fits",
        "lead",
        "leads",
        "possible reason",
        "possible reasons",
        "reason",
        "reasons",
        "a reason",
        "explanation",
        "possible explanation",
        "hypothesis",
        "may be why",
        "confidence",
        "idea",
        "may be behind it",
        "may be behind this",
    ]
)
CONFIDENCE: Final[Mapping[str, str]] = MappingProxyType({"high": "High", "medium": "Medium", "low": "Low"})
#: Never in a report: jargon, judgement of people, and what looks like a rank.
NEVER: Final = frozenset(
    [
        "for the first time",
        "once more",
        "than ever",
        "significant",
        "significantly",
        "significance",
        "p-value",
        "statistically",
        "statistical",
        "correlation",
        "correlated",
        "correlates",
        "regression",
        "variance",
        "sigma",
        "ucl",
        "lcl",
        "control limits",
        "confidence interval",
        "root",
        "benchmark",
        "score",
        "rank",
        "ranking",
        "grade",
        "should have",
        "failed",
        "failure",
        "fail",
        "fails",
        "lazy",
        "underperforming",
        "productive",
        "productivity",
        "efficiency gain",
        "underperform",
        "alarming",
        "alarm",
        "alert",
        "dangerous",
        "critical",
        "crisis",
        "guaranteed",
        "proves",
        "proven",
        "prove",
        "definitely",
        "certainly",
        "always",
        "clearly",
        "obviously",
        "undoubtedly",
    ]
)
