"""Questions that come up while a table is read, and their answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from hansei.core.metrics import FIRST_YEAR, LAST_YEAR, is_in_calendar
from hansei.core.tables import Question
from hansei.errors import InvalidInput, Problem


def counted(number: int, what: str = "item") -> str:
    """Return a number with its word: 1 item, 2 items."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def were(number: int) -> str:
    """Return the verb that goes with a number."""
    return "was" if number == 1 else "were"


#: Numbers of rows that a sentence lists.
_LISTED = 10


def listed(place: str, numbers: Sequence[int]) -> str:
    """Return rows by their numbers: "Line 4", "Lines 4, 5 and 8"."""
    shown = [f"{n}" for n in numbers]
    if len(shown) == 1:
        return f"{place} {shown[0]}"
    if len(shown) > _LISTED:
        shown = [*shown[: _LISTED - 1], f"{len(shown) - _LISTED + 1:,} more"]
    return f"{place}s {', '.join(shown[:-1])} and {shown[-1]}"


class Desk:
    """Takes questions while a table is read: gives the answer where there is one, else keeps the question.

    ``given`` are answers to this table, and must fit; ``kept`` those of an earlier table of the team, used where they
    do.
    """

    def __init__(self, given: Mapping[str, str], kept: Mapping[str, str]) -> None:
        self._given = {k: v.strip() for k, v in given.items() if v.strip()}
        self._kept = dict(kept)
        self.questions: list[Question] = []
        self.used: dict[str, str] = {}

    def ask(self, question: Question) -> str:
        """Return the answer, the default, or "" where it is open.

        Raises:
            InvalidInput: the answer is not a possible one.
        """
        answer = self._given.get(question.key, "")
        problem = _trouble(question, answer) if answer else ""
        if problem:
            raise InvalidInput(
                f"The answer to “{question.key}” cannot be used: {problem}.",
                remedy=question.text,
                problems=(Problem(f"/answers/{question.key}", problem),),
            )
        if not answer:
            earlier = self._kept.get(question.key, "")
            answer = earlier if earlier and not _trouble(question, earlier) else ""
        self.questions.append(replace(question, given=answer))
        if answer:
            self.used[question.key] = answer
        return answer or question.default

    def keep(self, key: str, value: str) -> None:
        """Remember something for the next table of this team."""
        self.used[key] = value

    def once(self, key: str) -> None:
        """Let an answer serve for this table only."""
        self.used.pop(key, None)

    def forget(self, key: str) -> None:
        """Do not use what an earlier table left."""
        self._kept.pop(key, None)

    def kept(self, key: str) -> str:
        """Return what an earlier table left and this one does not answer."""
        return "" if key in self._given else self._kept.get(key, "")

    def is_given(self, key: str) -> bool:
        """Return whether this table came with an answer to a question."""
        return key in self._given

    def check(self) -> None:
        """Do nothing where every answer was to a question that came up.

        Raises:
            InvalidInput: one was not.
        """
        stray = sorted(set(self._given) - {q.key for q in self.questions})
        if stray:
            asked = ", ".join(q.key for q in self.questions) or "nothing"
            text = f"This table does not ask for “{stray[0][:40]}”."
            problem = Problem(f"/answers/{stray[0][:40]}", text)
            raise InvalidInput(text, remedy=f"It asks for: {asked}.", problems=(problem,))

    @property
    def open(self) -> bool:
        """Whether a needed answer is still missing."""
        return any(q.needed and not q.given for q in self.questions)


def _trouble(question: Question, given: str) -> str:
    if question.form == "choice":
        known = [value for value, _ in question.choices]
        return "" if given in known else f"it must be one of {', '.join(known[:20])}"
    if question.form == "columns":
        columns = {"all", "none", *(value for value, _ in question.choices)}
        stray = [part for part in given.split(",") if part.strip() not in columns]
        return "name columns by their number, such as 5,7, or say all or none" if stray else ""
    if question.form == "number":
        fine = given.isascii() and given.isdecimal() and question.least <= int(given[:9]) <= 400
        return "" if fine else f"it must be a whole number from {question.least} to 400"
    if question.form == "date":
        try:
            day = date.fromisoformat(given)
        except ValueError:
            return "it must be a day such as 2026-03-02"
        return (
            "" if is_in_calendar(day) else f"it must be a day of the years from {FIRST_YEAR} to {LAST_YEAR}"
        )
    return "" if len(given) <= 100 and given.isprintable() else "it must have at most 100 characters"
