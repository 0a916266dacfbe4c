"""Whether the rows of a table are called as sprints are or as people: asked where it is unclear, never guessed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from hansei.core.first_names import has_first_name, may_be_a_person
from hansei.core.months import is_month
from hansei.core.people import is_address
from hansei.core.tables import Question
from hansei.errors import InvalidInput
from hansei.sources.table import cells
from hansei.sources.table.desk import Desk, counted, listed
from hansei.sources.table.grid import Line

ALL = Question(
    "names",
    "The names are without numbers, and might be those of people. Do they name sprints, or people?",
    choices=(("sprints", "sprints"), ("people", "people")),
    needed=True,
)


class Names:
    """What the rows are called, under ``header``, which with ``of_any`` does not say whose they are.

    ``days`` are the columns of dates.
    """

    def __init__(
        self, body: Sequence[Line], place: int, days: Sequence[int], *, header: str, of_any: bool
    ) -> None:
        self.header = header
        self._body = body
        found = [_text(line, place) for line in body]
        self._names = ["" if is_address(name) else name for name in found]  # that row is refused unasked
        if len({*self._names}) > 1 and all(map(is_month, self._names)):
            self._names = [f"month {is_month(name)}" for name in self._names]  # Jan beside Feb is no person
        self._numbered = sum(any(c.isdigit() for c in name) for name in self._names)
        self._of_any = of_any
        spans = [tuple(_text(line, at) for at in days) for line in body]
        times = Counter(spans)
        #: A row with days of its own is a sprint.
        self._dated = [any(span) and times[span] == 1 for span in spans]

    def are_of_sprints(self, desk: Desk, filename: str) -> bool:
        """Return whether the names are those of sprints; False while that is to be answered.

        Under "Name" those of sprints and of people look alike where most have no number; under "Sprint" only what is
        called as people are is asked about.

        Raises:
            InvalidInput: they are people's.
        """
        if self._of_any:
            different = {*self._names}
            numbered = sum(any(c.isdigit() for c in name) for name in different)
            asked = 2 * numbered < len(different) and not all(self._dated)
        else:
            asked = not self._numbered and 2 * len(self._doubtful()) > len(self._body)
        if not asked:
            return True
        answer = desk.ask(ALL)
        if answer == "people":
            raise InvalidInput(
                f"{filename} has one row per person, and no number of a single person is kept.",
                remedy="Add the rows of each sprint up, and bring one row per sprint.",
            )
        return answer == "sprints"

    def without_people(self, desk: Desk, place: str) -> tuple[list[Line], list[str]]:
        """Return the rows without those of people, and what is said of them; a row that may be one's is asked about."""
        doubtful = [] if any(q.key == ALL.key for q in desk.questions) else self._doubtful()
        if not doubtful:
            return [*self._body], []
        answer = desk.ask(_which(doubtful, place))
        if answer == "sprints":
            return [*self._body], []
        out = {line.number for line in doubtful}
        told = f"Left out, as no number of a single person is kept: {counted(len(doubtful), 'row')}."
        return [line for line in self._body if line.number not in out], [told] if answer else []

    def _doubtful(self) -> list[Line]:
        """Return the rows that are called as people are.

        Beside names without numbers that are no person's, two capitalised words say nothing; a first name does.
        """
        called = [may_be_a_person(name) for name in self._names]
        if not self._numbered and 2 * sum(called) <= len(called):
            called = [has_first_name(name) for name in self._names]
        rows = zip(self._body, called, self._dated, strict=True)
        return [line for line, as_people, dated in rows if as_people and not dated]


def _which(rows: Sequence[Line], place: str) -> Question:
    """Return the question about rows, by their numbers: their names may be of people."""
    where = listed(place, [line.number for line in rows])
    if len(rows) == 1:
        text = f"{where} is called as a person might be. Is it a sprint, or a person?"
        choices = (("sprints", "a sprint"), ("people", "a person: leave the row out"))
    else:
        text = f"{where} are called as people might be. Are they sprints, or people?"
        choices = (("sprints", "sprints"), ("people", "people: leave the rows out"))
    return Question("named_rows", text, choices=choices, needed=True)


def _text(line: Line, place: int) -> str:
    return cells.text(line.cells[place]).strip() if place < len(line.cells) else ""
