"""Stored reports: list, read in several forms, delete."""

from __future__ import annotations

from typing import Annotated, Any

from anyio import to_thread
from fastapi import Header, Query, Request
from fastapi.responses import JSONResponse, PlainTextResponse, Response

from hansei.api.deps import Cursor, Limit, Wired, allow, routes
from hansei.api.problems import NotAcceptable
from hansei.api.schemas import reports as schemas
from hansei.api.schemas.common import TEAM_ID, Accepted
from hansei.dashboard import drawings
from hansei.services import renderings, reports
from hansei.services.reports import StoredReport

router = routes("reports", prefix="/reports")

JSON, MARKDOWN, CSV = "application/json", "text/markdown", "text/csv"
HTML, PDF = "text/html", "application/pdf"
GONE: dict[int | str, Any] = {204: {"description": "Deleted."}}


class MarkdownResponse(PlainTextResponse):
    """A report to read."""

    media_type = MARKDOWN


class FileResponse(Response):
    """A report as a file."""


class CsvResponse(PlainTextResponse):
    """A report's numbers."""

    media_type = CSV


def _text(media_type: str) -> dict[int | str, Any]:
    return {200: {"description": "The report.", "content": {media_type: {"schema": {"type": "string"}}}}}


def _binary(media_type: str) -> dict[int | str, Any]:
    schema = {"type": "string", "contentMediaType": media_type}
    return {200: {"description": "The report.", "content": {media_type: {"schema": schema}}}}


LATER: dict[int | str, Any] = {
    202: {
        "description": "Still being drawn: ask again when the task has ended.",
        "model": Accepted,
        "headers": {"Location": {"description": "Where its status is.", "schema": {"type": "string"}}},
    }
}
EVERY_FORM: dict[int | str, Any] = {
    200: {
        "description": "The report.",
        "content": {**_text(MARKDOWN)[200]["content"], **_text(CSV)[200]["content"]},
    }
}


@router.get("", **allow("read"))
def list_reports(
    wiring: Wired,
    limit: Limit = 50,
    cursor: Cursor = None,
    team_id: Annotated[str | None, Query(pattern=TEAM_ID)] = None,
) -> schemas.ReportList:
    """List reports, newest first."""
    before = reports.parse_cursor(cursor) if cursor else None
    with wiring.database.read() as session:
        found = reports.listed(session, limit=limit + 1, team_id=team_id, before=before)
    shown = found[:limit]
    more = str(shown[-1].report_id) if len(found) > limit else None
    return schemas.ReportList(items=[schemas.ReportItem.of(r) for r in shown], next_cursor=more)


@router.get("/{report_id}.json", response_model=schemas.ReportOut, **allow("read", 404))
def get_report_json(wiring: Wired, report_id: str) -> Response:
    """Read a report as JSON."""
    return _as_json(_find(wiring, report_id))


@router.get("/{report_id}.md", response_class=MarkdownResponse, **allow("read", 404, more=_text(MARKDOWN)))
def get_report_markdown(wiring: Wired, report_id: str) -> Response:
    """Read a report as Markdown."""
    return _as_markdown(_find(wiring, report_id))


@router.get("/{report_id}.csv", response_class=CsvResponse, **allow("read", 404, more=_text(CSV)))
def get_report_csv(wiring: Wired, report_id: str) -> Response:
    """Read a report's numbers as CSV."""
    return _as_csv(_find(wiring, report_id))


@router.get(
    "/{report_id}.html", response_class=FileResponse, **allow("read", 404, 409, more=_text(HTML) | LATER)
)
async def get_report_html(request: Request, report_id: str) -> Response:
    """Read a report as one HTML file that loads nothing. A worker draws its charts the first time."""
    made = await drawings.obtain(request, reports.parse_id(report_id), "charts")
    if made.content is None:
        return _later(made)
    content = await to_thread.run_sync(drawings.as_file, made.report, made.content)
    return _file(made, content, "html", HTML)


@router.get(
    "/{report_id}.pdf", response_class=FileResponse, **allow("read", 404, 409, more=_binary(PDF) | LATER)
)
async def get_report_pdf(request: Request, report_id: str) -> Response:
    """Read a report as PDF (A4, tagged). A worker draws it the first time; this waits for it up to 30 s."""
    made = await drawings.obtain(request, reports.parse_id(report_id), "pdf")
    return _later(made) if made.content is None else _file(made, made.content, "pdf", PDF)


@router.get("/{report_id}", response_model=schemas.ReportOut, **allow("read", 404, 406, more=EVERY_FORM))
def get_report(
    wiring: Wired, report_id: str, accept: Annotated[str, Header(include_in_schema=False)] = "*/*"
) -> Response:
    """Read a report in the form that `Accept` names: JSON, Markdown or CSV."""
    write = {JSON: _as_json, MARKDOWN: _as_markdown, CSV: _as_csv}[preferred(accept)]
    answer = write(_find(wiring, report_id))
    answer.headers["Vary"] = "Accept"
    return answer


@router.delete("/{report_id}", status_code=204, **allow("admin", 404, 409, more=GONE))
def delete_report(wiring: Wired, report_id: str) -> None:
    """Delete a report with its leads and the experiments nobody started."""
    with wiring.database.write() as session:
        reports.remove(session, reports.parse_id(report_id))


def preferred(accept: str) -> str:
    """Return the form that the ``Accept`` header likes best; JSON where several are equal.

    Raises:
        NotAcceptable: none that can be given.
    """
    best, weight = None, 0.0
    for offered in (JSON, MARKDOWN, CSV):
        liked = _weight(offered, accept)
        if liked > weight:
            best, weight = offered, liked
    if best is None:
        raise NotAcceptable(
            "A report can be read as application/json, text/markdown or text/csv.",
            remedy="Name one of these in Accept, or ask for .json, .md or .csv.",
        )
    return best


def _weight(media_type: str, accept: str) -> float:
    """Return the quality of the most specific range that covers the type (RFC 9110, section 12.5.1)."""
    found: list[tuple[int, float]] = []
    for part in accept.split(","):
        name, *parameters = (p.strip().lower() for p in part.split(";"))
        ranges = (media_type, f"{media_type.partition('/')[0]}/*", "*/*")
        if name in ranges:
            found.append((-ranges.index(name), _quality(parameters)))
    return max(found)[1] if found else 0.0


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return min(1.0, max(0.0, float(parameter[2:])))
            except ValueError:
                return 0.0
    return 1.0


def _find(wiring: Wired, report_id: str) -> StoredReport:
    number = reports.parse_id(report_id)
    with wiring.database.read() as session:
        return reports.get(session, number)


def _as_json(report: StoredReport) -> Response:
    return JSONResponse(report.to_dict())


def _as_markdown(report: StoredReport) -> Response:
    from hansei.render import markdown

    text = markdown.render(
        report.to_dict(),
        report.narrative,
        team_name=report.team_name,
        custom_context=report.custom_context,
        assumed=report.team_note,
    )
    return MarkdownResponse(text)


def _as_csv(report: StoredReport) -> Response:
    from hansei.render import csv

    return CsvResponse(csv.render(report.to_dict()))


def _file(made: drawings.Answer, content: bytes, ending: str, media_type: str) -> Response:
    name = f"hansei-report-{made.report.report_id}.{ending}"
    # Shown on this origin a file could act for its reader: it is always downloaded.
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return FileResponse(content, media_type=media_type, headers=headers)


def _later(made: drawings.Answer) -> Response:
    """Say where the task is that goes on drawing."""
    if made.job is None or made.job.finished:  # drawn, and gone again before it could be read
        raise renderings.DrawingFailed("The drawing did not stay.", remedy="Ask again.")
    said = Accepted(
        task_id=made.job.id,
        status=made.job.status,  # type: ignore[arg-type]  # the database checks that it is one of these
        message=f"The report is being drawn. Ask again when task {made.job.id} has ended.",
    )
    location = {"Location": f"/tasks/status/{made.job.id}"}
    return JSONResponse(said.model_dump(), status_code=202, headers=location)
