"""What may be shown: the happiness of a team too small to hide in is withheld, with the reason."""

from __future__ import annotations

from dataclasses import replace

from hansei.core.metrics import SprintMetrics
from hansei.core.words import ENGLISH

HAPPINESS = "team_happiness"


def withhold(sprint: SprintMetrics, least: int) -> tuple[SprintMetrics, bool]:
    """Return the sprint as it may be shown, and whether happiness was taken out.

    Happiness is shown from ``least`` answers on; where their number is unknown, only for teams of at least
    five people.
    """
    if HAPPINESS not in sprint.values:
        return sprint, False
    answers = sprint.values.get("team_happiness_answers")
    enough = answers >= least if answers is not None else sprint.values.get("team_size", 0) >= 5
    if enough:
        return sprint, False
    return replace(sprint, values={k: v for k, v in sprint.values.items() if k != HAPPINESS}), True


def reason(withheld: int, least: int) -> str:
    """Return the sentence that stands where happiness would."""
    return ENGLISH("notes.happiness", sprints=ENGLISH.count("record.sprints", withheld), least=least)
