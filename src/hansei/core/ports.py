"""What the middle asks of the outside, as small as it can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from hansei.core.metrics import SprintMetrics

if TYPE_CHECKING:  # a tenth of a second at the start of commands that write no report
    from hansei.core.narrative import Narrative
    from hansei.core.report import Report

Progress = Callable[[int, str], None]
"""Called with percent (0-100) and the stage in words; raises ``TaskStopped`` when the work must end."""


def quiet(_percent: int, _stage: str) -> None:
    """Follow no progress."""


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that failed validation: where it stood (0-based), its id if it had one, and why."""

    row: int
    sprint_id: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a source gave: good sprints, refused rows, names kept as extra series, and sentences to show."""

    sprints: tuple[SprintMetrics, ...]
    rejected: tuple[Rejected, ...] = ()
    unknown_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


class Source(Protocol):
    """A place sprint metrics come from."""

    name: str

    def fetch(self, count: int, team_id: str | None, progress: Progress) -> Fetched:
        """Return the ``count`` most recent sprints.

        Raises:
            SourceRefused: trying again will not help.
            SourceUnavailable: it may.
        """


class Narrator(Protocol):
    """Writes the prose of a report; may reword, never compute."""

    @property
    def name(self) -> str:
        """Who wrote it."""

    def narrate(
        self, report: Report, *, team_name: str, custom_context: str | None, progress: Progress = quiet
    ) -> Narrative:
        """Return the prose. One that takes long calls ``progress`` meanwhile, which may raise ``TaskStopped``."""


class Clock(Protocol):
    """The time, passed in."""

    def now(self) -> datetime:
        """Return the current moment, aware, in UTC."""
