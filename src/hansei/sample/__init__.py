"""Two teams to try Hansei on: a real one, and a simulated one whose truth is known.

The data are files beside this module, made by ``python -m hansei.sample.build``; README.md says where they come
from and what was done to them. ``hansei.sample.serve`` answers with them as a metrics API would.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

#: The simulated team; also what the sample metrics API answers when no team is asked for.
SIMULATED = "TEAM-ALPHA"
#: The real, anonymous team.
REAL = "sample-velocity"
_FILES = {SIMULATED: "simulated.json", REAL: "velocity.json"}


@dataclass(frozen=True, slots=True)
class Team:
    """A sample team: its id, a name and a note to show, and its sprints in wire form, oldest first."""

    team_id: str
    name: str
    note: str
    sprints: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What was planted in one metric: its size in standard deviations, and the means before and since."""

    metric: str
    sigma: float
    before: float
    since: float


@dataclass(frozen=True, slots=True)
class Planted:
    """The truth of the simulated team: the cause, the first sprint in which it holds, what it does to which metric."""

    cause: str
    onset_sprint_id: str
    onset_sprint_name: str
    effects: tuple[Effect, ...]


@cache
def team(team_id: str | None = None) -> Team | None:
    """Return a sample team (the simulated one where none is asked for), None for an id that is no sample."""
    name = _FILES.get(SIMULATED if team_id is None else team_id)
    if name is None:
        return None
    data = _read(name)
    return Team(data["team_id"], data["name"], data["note"], tuple(data["sprints"]))


def teams() -> tuple[Team, ...]:
    """Return every sample team."""
    return tuple(found for team_id in _FILES if (found := team(team_id)) is not None)


@cache
def truth() -> Planted:
    """Return what was planted in the simulated team."""
    data = _read(_FILES[SIMULATED])["truth"]
    return Planted(
        data["cause"],
        data["onset_sprint_id"],
        data["onset_sprint_name"],
        tuple(Effect(**effect) for effect in data["effects"]),
    )


def _read(name: str) -> dict[str, Any]:
    text = (resources.files(__name__) / "data" / name).read_text(encoding="utf-8")
    data: dict[str, Any] = json.loads(text)
    return data
