"""A table that somebody brings, as it was understood: its kind, its columns, refused rows, and what is to be asked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from hansei.core.metrics import SprintMetrics
from hansei.core.ports import Rejected
from hansei.errors import InvalidInput

Kind = Literal["sprints", "items", "sprint_report"]
KINDS: Mapping[str, str] = {
    "sprints": "one row per sprint",
    "items": "one row per item",
    "sprint_report": "the report of one sprint",
}
Answers = Mapping[str, str]
#: Choices that a sentence lists.
_OFFERED = 12


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

    def answer(self) -> str:
        """Return how it is answered: "date_order=day_first|month_first", "first_start=YYYY-MM-DD"."""
        values = [value for value, _ in self.choices]
        more = ["…"] if len(values) > _OFFERED else []
        shown = "|".join([*values[:_OFFERED], *more])
        if self.form == "columns":
            shown = f"{','.join([*values[:_OFFERED], *more])}|all|none"
        elif not self.choices or self.form == "number":
            shown = {"date": "YYYY-MM-DD", "number": "NUMBER"}.get(self.form, "TEXT")
        answer = f"{self.key}={shown}"
        return f'"{answer}"' if " " in shown else answer


def answers_from(given: Iterable[str], example: str) -> dict[str, str]:
    """Return answers by their question, from KEY=VALUE each; ``example`` is such a one.

    Raises:
        InvalidInput: one has another form.
    """
    pairs = [text.partition("=") for text in given]
    for key, mark, _ in pairs:
        if not key.strip() or not mark:
            raise InvalidInput("An answer is written KEY=VALUE.", remedy=f"For example {example}.")
    return {key.strip(): value.strip() for key, _, value in pairs}


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
