"""A table that somebody brings, as it was understood: its kind, its columns, refused rows, and what is to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from hansei.core.metrics import SprintMetrics
from hansei.core.ports import Rejected

Kind = Literal["sprints", "items", "sprint_report"]
KINDS: Mapping[str, str] = {
    "sprints": "one row per sprint",
    "items": "one row per item",
    "sprint_report": "the report of one sprint",
}
Answers = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the table does not tell.

    ``choices`` are (value, words), of which an answer to ``columns`` names several, apart by commas, or ``all`` or
    ``none``; ``form`` says what else an answer may be: a date, a whole number, a text. Without an answer to a
    ``needed`` one nothing is stored; any other is taken as ``default`` ("" means: left open). ``given`` is the answer
    in force, from now or from an earlier table of the team. ``least`` is the smallest number that answers one.
    """

    key: str
    text: str
    form: Literal["choice", "columns", "date", "number", "text"] = "choice"
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""
    needed: bool = False
    given: str = ""
    least: int = 0


@dataclass(frozen=True, slots=True)
class ColumnRead:
    """A column, by its number from 1: what it was read as, or why it was not used.

    ``header`` is given only where it was recognised: any other may be a person's name.
    """

    number: int
    header: str = ""
    name: str = ""
    title: str = ""
    unit: str = ""
    reason: str = ""
    note: str = ""

    def sentence(self) -> str:
        """Return the line of a preview."""
        if not self.name:
            return f"Column {self.number}: not used, because {self.reason}."
        unit = f" ({self.unit})" if self.unit else ""
        note = f"; {self.note}" if self.note else ""
        return f"{self.header}: read as {self.title}{unit}{note}."


@dataclass(frozen=True, slots=True)
class Reading:
    """A table as it was understood. ``sprints`` is empty while a needed question is open.

    ``notes`` says how it was read and what was left out; ``cannot`` what such a table never holds, and where it is
    found; ``assumed`` that the sprints' dates were computed from an answer; ``answers`` are those that were used, in
    the form in which they serve for the next table of the same team.
    """

    kind: Kind
    columns: tuple[ColumnRead, ...]
    sprints: tuple[SprintMetrics, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    questions: tuple[Question, ...] = ()
    notes: tuple[str, ...] = ()
    cannot: tuple[str, ...] = ()
    unknown_names: tuple[str, ...] = ()
    assumed: bool = False
    answers: Answers = field(default_factory=dict)

    @property
    def open(self) -> tuple[Question, ...]:
        """The questions that must be answered first."""
        return tuple(q for q in self.questions if q.needed and not q.given)

    def measures(self) -> list[str]:
        """Return the names of the measures that the sprints hold."""
        return sorted({name for sprint in self.sprints for name in sprint.names()})
