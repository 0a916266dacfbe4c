"""What was read of a table, as values: its kind, each column, refused rows, and what is still to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from hansei.core.metrics import SprintMetrics
from hansei.core.ports import Rejected
from hansei.errors import InvalidInput, Problem

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

    ``choices`` are (value, words); ``form`` says what else an answer may be: a date, a whole number, a text. Without an
    answer to a ``needed`` one nothing is stored; any other is taken as ``default`` ("" means: left open).
    """

    key: str
    text: str
    form: Literal["choice", "date", "number", "text"] = "choice"
    choices: tuple[tuple[str, str], ...] = ()
    default: str = ""
    needed: bool = False


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
        return tuple(q for q in self.questions if q.needed and q.key not in self.answers)

    def measures(self) -> list[str]:
        """Return the names of the measures that the sprints hold."""
        return sorted({name for sprint in self.sprints for name in sprint.names()})


def counted(number: int, what: str = "item") -> str:
    """Return a number with its word: 1 item, 2 items."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def were(number: int) -> str:
    """Return the verb that goes with a number."""
    return "was" if number == 1 else "were"


class Desk:
    """Takes questions while a table is read: gives the answer where there is one, else keeps the question."""

    def __init__(self, answers: Answers) -> None:
        self._given = answers
        self.questions: list[Question] = []
        self.used: dict[str, str] = {}

    def ask(self, question: Question) -> str:
        """Return the answer, the default, or "" where it is open.

        Raises:
            InvalidInput: the answer is not a possible one.
        """
        self.questions.append(question)
        given = self._given.get(question.key, "").strip()
        if not given:
            return question.default
        problem = _trouble(question, given)
        if problem:
            raise InvalidInput(
                f"The answer to “{question.key}” cannot be used: {problem}.",
                remedy=question.text,
                problems=(Problem(f"/answers/{question.key}", problem),),
            )
        self.used[question.key] = given
        return given

    def keep(self, key: str, value: str) -> None:
        """Remember something for the next table of this team."""
        self.used[key] = value

    def recall(self, key: str) -> str:
        """Return what an earlier table of this team left."""
        return self._given.get(key, "")

    @property
    def open(self) -> bool:
        """Whether a needed answer is still missing."""
        return any(q.needed and q.key not in self.used for q in self.questions)


def _trouble(question: Question, given: str) -> str:
    if question.form == "choice":
        known = [value for value, _ in question.choices]
        return "" if given in known else f"it must be one of {', '.join(known[:20])}"
    if question.form == "number":
        fine = given.isascii() and given.isdecimal() and int(given[:9]) <= 400
        return "" if fine else "it must be a whole number up to 400"
    if question.form == "date":
        try:
            date.fromisoformat(given)
        except ValueError:
            return "it must be a day such as 2026-03-02"
        return ""
    return "" if len(given) <= 100 and given.isprintable() else "it must have at most 100 characters"
