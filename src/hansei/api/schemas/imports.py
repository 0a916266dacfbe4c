"""Bodies of imported tables."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from hansei.api.schemas.common import RejectedRow, Request
from hansei.core.metrics import stamp
from hansei.services.imports import Imported, values_changed


class ImportRequest(Request):
    """A table as JSON: what was pasted, and answers to what an earlier look at it asked."""

    text: Annotated[str, Field(min_length=1, description="CSV, TSV or what was pasted.")]
    answers: Annotated[
        dict[Annotated[str, Field(max_length=100)], Annotated[str, Field(max_length=200)]],
        Field(default_factory=dict, description="By the question's key."),
    ]


class ColumnOut(BaseModel):
    """A column: what it was read as, or why it was not used. ``header`` only where it was recognised."""

    number: Annotated[int, Field(description="From 1.")]
    header: str
    name: str
    title: str
    unit: str
    reason: str
    sentence: str


class QuestionOut(BaseModel):
    """Something that the table leaves open. Nothing is stored while a ``needed`` one has no answer."""

    key: str
    text: str
    form: Literal["choice", "columns", "date", "number", "text"]
    choices: list[str]
    default: str
    needed: bool
    given: str


class ChangeOut(BaseModel):
    """A stored value that the table would change; null where there is none."""

    sprint_id: str
    metric: str
    old: Any
    new: Any


class ImportOut(BaseModel):
    """What an import did, or would do where it is not stored."""

    status: Literal["success"]
    team_id: str
    stored: bool
    kind: Literal["sprints", "items", "sprint_report"]
    created: int
    updated: int
    unchanged: int
    rejected: list[RejectedRow]
    changes: Annotated[list[ChangeOut], Field(description="The first 1,000.")]
    values_changed: Annotated[
        int, Field(description="How many stored values the table changes, listed or not.")
    ]
    columns: list[ColumnOut]
    questions: list[QuestionOut]
    notes: list[str]
    cannot: Annotated[list[str], Field(description="What such a table never holds, and where it is found.")]
    worth: Annotated[str, Field(description="How small a change a report would notice; what to add.")]
    dates_assumed: bool
    unknown_names: list[str]


def import_out(done: Imported) -> dict[str, Any]:
    """Return an import as it goes over the wire."""
    reading = done.reading
    return {
        "status": "success",
        "team_id": done.team_id,
        "stored": done.stored,
        "kind": reading.kind,
        "created": len(done.created),
        "updated": len(done.changed) + len(done.refreshed),
        "unchanged": done.unchanged,
        "rejected": [{"row": r.row, "sprint_id": r.sprint_id, "reason": r.reason} for r in reading.rejected],
        "changes": [
            {"sprint_id": c.sprint_id, "metric": v.metric, "old": _plain(v.old), "new": _plain(v.new)}
            for c in done.changed
            for v in c.values
        ],
        "values_changed": values_changed(done.changed),
        "columns": [
            {
                "number": c.number,
                "header": c.header,
                "name": c.name,
                "title": c.title,
                "unit": c.unit,
                "reason": c.reason,
                "sentence": c.sentence(),
            }
            for c in reading.columns
        ],
        "questions": [
            {
                "key": q.key,
                "text": q.text,
                "form": q.form,
                "choices": [value for value, _ in q.choices],
                "default": q.default,
                "needed": q.needed,
                "given": q.given,
            }
            for q in reading.questions
        ],
        "notes": reading.notes,
        "cannot": reading.cannot,
        "worth": done.worth,
        "dates_assumed": reading.assumed,
        "unknown_names": reading.unknown_names,
    }


def _plain(value: object) -> object:
    return stamp(value) if isinstance(value, datetime) else value
