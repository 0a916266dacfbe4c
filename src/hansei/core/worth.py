"""What a team's data can show, in one sentence, and which measures would add most."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from hansei.core.metrics import REGISTRY, SprintMetrics

WINDOW, BASELINE = 12, 40
#: So many sprints a report looks at, the last ones.
SEEN = WINDOW + BASELINE
#: From so many closed sprints on a change can be looked for.
ENOUGH = 8
#: With more measures it is not computed: each is compared with each, which takes longer than the import.
MOST = 100
#: What helps most, in this order: where work waits, how long it takes, what slips, what breaks.
HELPFUL = (
    "items_carried_over",
    "review_time",
    "cycle_time",
    "bugs_prod",
    "story_points_planned",
    "team_happiness",
)


def worth(sprints: Sequence[SprintMetrics], total: int) -> str:
    """Return how small a change a report would notice (4 times in 5), and what to add.

    ``sprints`` are the last :data:`SEEN` that have ended and count, oldest first, of ``total``: a report looks at no
    more.
    """
    measures = {n for s in sprints for n in s.names() if n not in REGISTRY or REGISTRY[n].analysed}
    have = f"With {_number(total, 'closed sprint')} and {_number(len(measures), 'measure')}"
    if len(sprints) < 2:
        return f"{have} no report can be made yet: it needs at least 2 sprints."
    if len(measures) > MOST:
        return (
            f"{have} a report looks at many things at once, so that only large changes stand out. Smaller ones are "
            f"noticed where at most {MOST} measures are kept: those that the team talks about."
        )
    from hansei.core.pipeline import analyse  # numpy and scipy: not before it is asked

    report = analyse(sprints[-WINDOW:], history=sprints[:-WINDOW])
    shares = [d.fraction for d in report.detectable if d.fraction is not None]
    if shares:
        said = f"{have} only a change of more than {_share(median(shares))} would be noticed."
    else:
        when = f" It can be looked for from about {ENOUGH} sprints on." if total < ENOUGH else ""
        said = f"{have} a change cannot be told from chance.{when}"
    return f"{said} {_add(measures)}".strip()


def _add(measures: set[str]) -> str:
    missing = [REGISTRY[n].title.lower() for n in HELPFUL if n not in measures][:2]
    if not missing:
        return ""
    return f"Adding {' and '.join(missing)} helps most."


def _share(fraction: float) -> str:
    if fraction >= 0.9:
        return "a doubling or a halving"
    if 0.45 <= fraction <= 0.55:
        return "about half"
    return f"about {max(5, round(fraction * 20) * 5)} %"


def _number(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
