"""How many tasks one team may have waiting."""

from __future__ import annotations

from time import monotonic

from sqlalchemy.orm import Session

from hansei import jobs
from hansei.errors import TooManyWaiting

LOOK_SECONDS = 60.0
MOST_TEAMS = 10_000
"""Teams whose count is remembered; beyond that all are counted anew."""


class Caps:
    """Counts each team's waiting tasks, and refuses more than ``most``.

    To count thousands of rows at every submission would slow all of them down. So a count serves for a while: for a
    quarter of the room that it found, at most. Several processes count apart from each other, and together may
    accept that much too many.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: dict[str | None, tuple[float, int]] = {}
        """When to count again at the latest, and for how many submissions the last count serves."""

    def take(self, session: Session, team_id: str | None) -> None:
        """Let one more task of a team in.

        Raises:
            TooManyWaiting: the team has no room.
        """
        until, left = self._known.get(team_id, (0.0, 0))
        if left <= 0 or monotonic() > until:
            until, left = monotonic() + LOOK_SECONDS, self._look(session, team_id)
        if len(self._known) >= MOST_TEAMS:
            self._known.clear()
        self._known[team_id] = until, left - 1

    def _look(self, session: Session, team_id: str | None) -> int:
        room = self._most - jobs.waiting(session, team_id, most=self._most)
        if room > 0:
            return 1 + room // 4
        whose = f"Team {team_id} has" if team_id else "There are"
        raise TooManyWaiting(
            f"{whose} {self._most} tasks waiting already, as many as there may be (HANSEI_TEAM_WAITING_TASKS).",
            remedy="Hand this one in again later, or cancel some (`hansei task cancel ID` or DELETE /tasks/{task_id}).",
        )
