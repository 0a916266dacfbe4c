"""What the analysis believes before it sees data, and where it draws lines. Part of every report's fingerprint."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Policy:
    """Priors and thresholds of one analysis.

    ``prior_change``: share of reports in which a cause of the catalogue is at work, for a team that measures at least
    the share ``coverage`` of the catalogue. ``other_change``: share in which one metric alone moved and no family
    explains it; ``volume_change``: in which the sprints became larger or smaller in everything. ``sharpen``: the
    exponent on the joint evidence for a family; the model is diffuse on sizes, dates and companions, and 1.35 made
    stated probabilities agree with what was planted, on tuning seeds of two generators. ``lift``: what is added to the
    log odds of a family at an even chance, learnt likewise. ``moved_per_change``: how many metrics a change moves,
    for the probability from a metric's own series. ``old_shift``: share of series with a shift before the window.
    ``ramp_share``: share of changes that come slowly. ``odd_sprint``: the chance that a report holds one odd sprint
    worth telling. ``recency``: the prior of an onset falls with this power of the sprints since.

    A signal is significant from ``own_sure`` on, from its own series alone; or from ``companion_sure`` on, with
    companions, if its own series multiplied its odds by ``companion_gate`` where they place the change; or, as one odd
    sprint among the last ``odd_recent``, from ``odd_sure`` on: an older one is no news. A lead is listed from
    ``list_at`` on if the data made it ``list_gain`` times likelier.
    """

    prior_change: float = 0.5
    other_change: float = 0.05
    volume_change: float = 0.03
    coverage: float = 0.6
    sharpen: float = 1.35
    lift: float = 0.12
    moved_per_change: float = 3.0
    odd_sprint: float = 0.05
    old_shift: float = 0.1
    ramp_share: float = 0.2
    recency: float = 1.0
    own_sure: float = 0.53
    companion_sure: float = 0.6
    companion_gate: float = 5.0
    odd_sure: float = 0.97
    odd_recent: int = 12
    hint_at: float = 0.5
    list_at: float = 0.25
    list_gain: float = 1.5
    least_values: int = 4
    leads_shown: int = 3
    experiments_shown: int = 3
    discovery_rate: float = 0.05

    def to_dict(self) -> dict[str, float | int | str]:
        """Return the plain form that the report carries."""
        return {f.name: getattr(self, f.name) for f in fields(self)}
