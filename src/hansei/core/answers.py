"""What a team's answers to earlier leads change in later ones; pure, and without statistics."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum
from typing import Literal, TypeAlias

from hansei.core.catalogue import FAMILIES
from hansei.errors import InvalidInput

Said: TypeAlias = Literal["confirmed", "rejected", "unsure"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a team said about a lead of an earlier report: its family, the probability that stood there, the answer."""

    family: str
    stated: float
    said: Said


#: How much of the gap between answer and statement moves the log odds, and how far all answers together may.
LEARNING, BOUND = 0.25, 1.0


def residuals(answers: Iterable[Answer]) -> dict[str, float]:
    """Return what a team's answers add to the log odds of each family, in any order the same.

    Each answer adds a quarter of what it says beyond the probability that was stated (1 or 0 minus that), so that
    answers which bear out what was stated change nothing on average; "unsure" adds nothing. A count of confirmed over
    shown would feed on itself: what is shown more is confirmed more.

    Raises:
        InvalidInput: a probability outside 0 to 1, or a family that the catalogue does not have.
    """
    gaps: dict[str, list[float]] = {}
    for a in answers:
        if a.family not in FAMILIES or not 0.0 <= a.stated <= 1.0:
            raise InvalidInput(
                f"“{a.family[:60]}”, stated at {a.stated:g}: no lead of this catalogue.",
                remedy="Send the family and the probability as they stood in the report.",
            )
        if a.said != "unsure":
            gaps.setdefault(a.family, []).append((a.said == "confirmed") - a.stated)
    return {k: min(max(LEARNING * fsum(gaps[k]), -BOUND), BOUND) for k in FAMILIES if k in gaps}
