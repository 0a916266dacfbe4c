"""What the analysis believes before it sees data, and where it draws lines. Part of every report's fingerprint."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Policy:
    """Priors and thresholds of one analysis.

    ``prior_change``: share of reports in which something changed. ``other_share``: of those, the share in which
    one metric alone moved and no family explains it. ``coverage``: the share of the catalogue that a team must
    measure for that prior to hold in full. ``moved_per_change``: how many metrics a change moves, for
    the probability from a metric's own series. ``odd_sprint`` and ``old_shift``: share of series with one odd
    sprint, and with a shift before the window. ``recency``: how much likelier a change is in the last sprints (0:
    every sprint alike). ``own_sure``: a signal is significant from this own-series probability on;
    ``companion_sure`` and ``companion_gate``: or from this one with companions, if its own is at least the gate.
    ``odd_sure``: the same for one odd sprint inside the window. ``list_at``: the least probability of a lead.
    """

    prior_change: float = 0.5
    other_share: float = 0.2
    coverage: float = 0.6
    moved_per_change: float = 2.0
    odd_sprint: float = 0.05
    old_shift: float = 0.1
    ramp_share: float = 0.2
    recency: float = 0.5
    own_sure: float = 0.8
    companion_sure: float = 0.6
    companion_gate: float = 0.05
    odd_sure: float = 0.97
    hint_at: float = 0.5
    list_at: float = 0.15
    least_values: int = 4
    leads_shown: int = 3
    experiments_shown: int = 3
    discovery_rate: float = 0.05

    def to_dict(self) -> dict[str, float | int | str]:
        """Return the plain form that the report carries."""
        return dict(asdict(self))
