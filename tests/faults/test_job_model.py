"""The short run of the random steps, on both databases; the campaign takes 10,000 on each."""

from __future__ import annotations

from faults import job_model
from hansei.db.models import STATUSES

STEPS = 500


def test_no_illegal_transition_in_random_steps(database_url: str) -> None:
    driven = job_model.drive(database_url, STEPS)
    assert driven.steps >= STEPS
    assert set(+driven.reached) == set(STATUSES)
