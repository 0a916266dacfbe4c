"""Read a table that somebody brings; pure: bytes or text in, a :class:`Reading` out."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from hansei.core.ports import Fetched
from hansei.core.tables import Reading
from hansei.errors import InvalidInput, Problem
from hansei.sources.table import grid, items, layout, own, sprint_report, sprints, workbook
from hansei.sources.table.desk import Desk
from hansei.sources.table.headers import NEAR

NO_ANSWERS: Mapping[str, str] = MappingProxyType({})


def read(
    source: str | bytes,
    *,
    filename: str = "the table",
    answers: Mapping[str, str] = NO_ANSWERS,
    kept: Mapping[str, str] = NO_ANSWERS,
    typed: bool = False,
) -> Reading:
    """Read a CSV, TSV, paste or Excel workbook: one row per sprint, one per item, or Jira's report of one sprint.

    ``answers`` are to the questions that an earlier reading asked, by key; ``kept`` those that served for an earlier
    table of the same team, used where they fit. With ``typed`` its rows were typed under a header that stood there.

    Raises:
        InvalidInput: nothing of it can be used; the message names ``filename`` and the remedy says what to do.
    """
    desk = Desk(answers, kept)
    reading = _read(source, desk, filename, typed=typed)
    desk.check()
    return reading


def _read(source: str | bytes, desk: Desk, filename: str, *, typed: bool) -> Reading:
    if isinstance(source, bytes) and workbook.is_workbook(source):
        found = workbook.from_workbook(source, filename, layout.worth)
    else:
        found = grid.from_text(source, filename, layout.worth)
        if sprint_report.is_report(found.text):
            return sprint_report.read(found.text, desk, filename)
        exported = own.read(found)
        if exported is not None:
            return exported
        found = grid.as_typed(found) if typed else found
    laid = layout.find(found, filename)
    read_rows = items.read if laid.kind == "items" else sprints.read
    return read_rows(laid, desk, filename)


def read_table(
    source: str | bytes,
    *,
    filename: str = "the table",
    answers: Mapping[str, str] = NO_ANSWERS,
    option: str = "",
) -> Fetched:
    """Read a table as every other source is read; ``option`` is what stands before an answer where one is given.

    Raises:
        InvalidInput: as :func:`read`, or a question that must be answered is open.
    """
    reading = read(source, filename=filename, answers=answers)
    if reading.open:
        raise still_open(reading, filename, option)
    notes = (*_unread(reading), *_could_be_read(reading), *reading.notes, *reading.cannot)
    return Fetched(reading.sprints, reading.rejected, reading.unknown_names, notes)


def still_open(reading: Reading, filename: str, option: str = "") -> InvalidInput:
    """Return what is said where answers are missing: each question, and how it is answered."""
    first, *others = reading.open
    return InvalidInput(
        f"{filename}: {first.text}",
        remedy=f"Answer with {option}{first.answer()}.",
        problems=tuple(Problem(f"/answers/{q.key}", f"{q.text} {option}{q.answer()}") for q in others),
    )


def _unread(reading: Reading) -> tuple[str, ...]:
    """Say how many columns were not read; by number, not by header: a header may be a person's name."""
    places = [str(c.number) for c in reading.columns if not c.name]
    if not places:
        return ()
    which = ", ".join(places[:10]) + (", …" if len(places) > 10 else "")
    what = "Column" if len(places) == 1 else "Columns"
    near = [c.sentence() for c in reading.columns if not c.name and c.reason.endswith(NEAR)]
    return (f"{what} not read: {which} (counted from the left).", *near[:5])


def _could_be_read(reading: Reading) -> tuple[str, ...]:
    """Say how a column of numbers under an unknown header would be read."""
    asked = next((q for q in reading.questions if q.form == "columns" and not q.given), None)
    if asked is None:
        return ()
    places = [value for value, _ in asked.choices]
    which = ",".join(places) if len(places) <= 10 else "all"
    what = "It holds" if len(places) == 1 else "Of these, some hold"
    return (f"{what} numbers; if they measure the whole team, the answer {asked.key}={which} has them read.",)
