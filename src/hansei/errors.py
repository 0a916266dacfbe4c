"""Every error Hansei raises on purpose.

    HanseiError
    ├── InvalidInput            what was sent cannot be used as it is
    │   ├── InvalidSprint       a sprint's row fails validation (carries each problem)
    │   └── UnknownMetric       no such metric; the nearest names are offered
    ├── NotFound                no such team, report, task, token…
    ├── Conflict                the object is in a state that does not allow it
    │   ├── AlreadyFinished     a task that has ended cannot be cancelled
    │   └── TooManyWaiting      a team has as many tasks waiting as it may
    ├── AccessDenied            no token, a wrong one, or one without the scope
    ├── AnalysisRefused         a report cannot be made, for a reason the team can change
    │   ├── NotEnoughSprints
    │   └── UnknownSprints
    ├── SourceError             the place the metrics come from
    │   ├── NoSource            none is configured
    │   ├── SourceRefused       malformed answers and the like: trying again will not help
    │   │   └── AccessLost      401, 403, 404: no way in, which says nothing of what is there
    │   └── SourceUnavailable   429, 5xx, time-outs: trying again may help
    ├── TaskStopped             the task was cancelled or lost its lease: store nothing
    └── NotReady                the installation itself
        ├── StaleSchema         the database needs ``hansei db upgrade``
        ├── Busy                the database did not answer in time: try again
        ├── StorageFull         there is no room left to store anything
        └── SetupError          a setting or the environment is wrong

Doors map the class to a status code or an exit code in one place each. ``str(error)`` is a sentence for
people that says what is wrong; ``remedy`` says what to do.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with an input.

    ``pointer`` is an RFC 6901 JSON pointer into what was sent ("" for the whole), or / and the name of a parameter of
    the ``where`` that is not the body.
    """

    pointer: str
    detail: str
    where: str = "body"


class HanseiError(Exception):
    """Base of the family; never raised itself."""

    title = "Hansei could not do this"

    def __init__(self, message: str, *, remedy: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.problems = problems

    def sentence(self) -> str:
        """Return what is wrong and what to do, as one text."""
        return f"{self.message} {self.remedy}".strip()

    def __reduce__(self) -> tuple[object, ...]:
        """Keep the remedy when the error crosses a process boundary."""
        return _rebuild, (type(self), self.message, self.remedy, self.problems)


def _rebuild(
    kind: type[HanseiError], message: str, remedy: str, problems: tuple[Problem, ...]
) -> HanseiError:
    return kind(message, remedy=remedy, problems=problems)


class InvalidInput(HanseiError):
    """What was sent cannot be used as it is."""

    title = "The request cannot be used as it is"


class InvalidSprint(InvalidInput):
    """A sprint's row fails validation."""

    title = "This sprint cannot be stored"


class UnknownMetric(InvalidInput):
    """No metric has this name."""

    title = "Unknown metric"


class NotFound(HanseiError):
    """There is no such object (or this caller may not know of it)."""

    title = "Not found"


class Conflict(HanseiError):
    """The object is in a state that does not allow the request."""

    title = "Not possible in this state"


class AlreadyFinished(Conflict):
    """A task that has ended cannot be cancelled."""

    title = "The task has already ended"


class TooManyWaiting(Conflict):
    """A team has as many tasks waiting as it may; trying again later helps."""

    title = "Too many tasks wait already"


class AccessDenied(HanseiError):
    """No token, a wrong one, or one without the needed scope."""

    title = "Access denied"


class AnalysisRefused(HanseiError):
    """A report cannot be made, for a reason that the team can change."""

    title = "No report can be made from this"


class NotEnoughSprints(AnalysisRefused):
    """Fewer closed sprints than an analysis needs."""

    title = "Not enough sprints"


class UnknownSprints(AnalysisRefused):
    """Sprint ids that the team does not have."""

    title = "Unknown sprints"


class SourceError(HanseiError):
    """Trouble with the place the metrics come from."""

    title = "The metrics could not be fetched"


class NoSource(SourceError):
    """No source is configured for the team."""

    title = "No source is configured"


class SourceRefused(SourceError):
    """The source answered, and trying again will not help."""

    title = "The source refused"


class AccessLost(SourceRefused):
    """The source answers 401, 403 or 404: whether the sprints are still there cannot be told."""


class SourceUnavailable(SourceError):
    """The source did not answer properly; trying again may help."""

    title = "The source is not available"


class TaskStopped(HanseiError):
    """The task was cancelled, or its lease passed to another worker: store nothing."""

    title = "The task was stopped"


class NotReady(HanseiError):
    """The installation itself is not ready."""

    title = "Hansei is not ready"


class StaleSchema(NotReady):
    """The database's schema is not the one this version needs."""

    title = "The database needs an upgrade"


class Busy(NotReady):
    """The database did not answer in time."""

    title = "The database is busy"


class TablesBusy(NotReady):
    """Other large tables are read first; ``seconds`` is how long that may take."""

    title = "Other tables are being read"
    seconds = 30


class StorageFull(NotReady):
    """There is no room left where the database is."""

    title = "The disk is full"


class SetupError(NotReady):
    """A setting or the environment is wrong."""

    title = "The setup is not right"
