"""Reports: from a file with no database, or from stored sprints."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from hansei.cli.help import group as help_group
from hansei.cli.options import Answer, DataDir, Json, Limit, Team, wired, with_data

if TYPE_CHECKING:
    from hansei.db.session import Database
    from hansei.services.reports import StoredReport

PANEL = "Reports"
#: The screen names so many things to know of a table; the report has them all.
REMARKS = 10

ReportId = Annotated[int, typer.Argument(help="Report id.", min=1, show_default=False)]
Context = Annotated[
    str | None, typer.Option("--context", help="The team's own note; stored and shown with it.")
]
Focus = Annotated[list[str] | None, typer.Option("--focus", help="Show only these measures (repeatable).")]


class Format(StrEnum):
    """What a report can be exported as."""

    md = "md"
    html = "html"
    pdf = "pdf"
    csv = "csv"
    json = "json"


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(rich_help_panel=PANEL)(analyse)
    group = help_group("Reports on stored sprints.")
    group.command()(generate)
    group.command("list")(listing)
    for command in (show, export, reword, delete):
        group.command()(command)
    app.add_typer(group, name="report", rich_help_panel=PANEL)


def analyse(
    file: Annotated[Path, typer.Argument(help="CSV, TSV or Excel workbook; - reads standard input.")],
    count: Annotated[
        int, typer.Option("--sprints", min=2, max=52, help="How many recent sprints to review.")
    ] = 12,
    name: Annotated[str | None, typer.Option("--name", help="Team name to print.")] = None,
    answer: Answer = None,
    context: Context = None,
    focus: Focus = None,
    as_json: Json = False,
) -> None:
    """Make a report from a file, with no database and no server. Nothing is stored."""
    from hansei.cli import screen
    from hansei.cli.analyse import ANSWER, Terms, analyse_file
    from hansei.core.tables import answers_from

    wiring = wired()
    with screen.bar("Analysing") as progress:
        made = analyse_file(
            file,
            count=count,
            name=name,
            context=context,
            focus=focus or (),
            answers=answers_from(answer or (), f"{ANSWER}unit=items"),
            terms=Terms(wiring.clock.now(), wiring.settings.happiness_min_answers),
            narrator=wiring.narrator,
            progress=progress,
        )
    for remark in made.remarks[:REMARKS]:
        screen.say(f"Note: {remark}")
    if len(made.remarks) > REMARKS:
        screen.say(f"Note: {len(made.remarks) - REMARKS} more such remarks stand at the end of the report.")
    if as_json:
        screen.put_json(made.data)
    else:
        screen.markdown(made.text)


def generate(
    team: Team = None,
    count: Annotated[
        int | None,
        typer.Option("--sprints", min=2, max=52, show_default="5", help="How many recent sprints to review."),
    ] = None,
    ids: Annotated[
        list[str] | None,
        typer.Option("--sprint-id", help="Review exactly these (repeat it, instead of --sprints)."),
    ] = None,
    context: Context = None,
    focus: Focus = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> int:
    """Make a report from stored sprints and show it. Needs no worker."""
    from hansei.cli import exits, inline, screen
    from hansei.services import reports, submissions

    wiring = with_data(data_dir)
    with wiring.database.write() as session:
        job = submissions.submit_report(
            session,
            team_id=team,
            sprint_count=count,
            sprint_ids=tuple(ids) if ids else None,
            custom_context=context,
            focus_metrics=tuple(focus or ()),
        )
    done = inline.run(wiring, job, title="Making the report")
    code = inline.told(done, as_json=as_json)
    if code is not None:
        return code
    report_id = int((done.result or {})["report_id"])
    with wiring.database.read() as session:
        stored = reports.get(session, report_id)
    screen.markdown(screen.report(stored))
    screen.say(f"Stored as report {report_id}. `hansei report export {report_id}` writes it to a file.")
    return exits.OK


def listing(team: Team = None, limit: Limit = 20, as_json: Json = False, data_dir: DataDir = None) -> None:
    """List reports, newest first."""
    from hansei.cli import screen
    from hansei.services import reports

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        found = reports.listed(session, limit=limit, team_id=team)
    if as_json:
        screen.put_json(found)
        return
    rows = [
        (r.report_id, r.team_id, screen.day(r.created_at), r.sprints_analyzed, r.hypotheses_count, r.headline)
        for r in found
    ]
    headers = ("report#", "team", "made", "sprints#", "leads#", "headline")
    screen.table(rows, headers, empty="No report yet: `hansei report generate` makes one.")


def show(report_id: ReportId, as_json: Json = False, data_dir: DataDir = None) -> None:
    """Show one report."""
    from hansei.cli import screen
    from hansei.services import reports

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        stored = reports.get(session, report_id)
    if as_json:
        screen.put_json(stored.to_dict())
    else:
        screen.markdown(screen.report(stored))


def export(
    report_id: ReportId,
    kind: Annotated[Format, typer.Option("--format", help="What to write.")] = Format.md,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", show_default="report-ID.FORMAT", help="File; - is standard output."),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Replace a file that exists.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Write one report to a file."""
    from hansei.cli import files, screen
    from hansei.services import reports

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        stored = reports.get(session, report_id)
    content = _written(wiring.database, stored, kind)
    if out == Path("-"):
        if kind is Format.pdf:
            screen.put_bytes(content)
        else:
            screen.put(content.decode().rstrip("\n"))
        return
    target = out or Path(f"report-{report_id}.{kind}")
    files.write(target, content, replace=force)
    screen.say(f"Wrote {target}.")


def reword(
    report_id: ReportId,
    template: Annotated[
        bool, typer.Option("--template", help="By the built-in template, whatever the team chose.")
    ] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> int:
    """Put a stored report into words again; no number changes. Needs no worker."""
    from hansei.cli import exits, inline, screen
    from hansei.services import submissions

    wiring = with_data(data_dir)
    with wiring.database.write() as session:
        narrator: Literal["team", "template"] = "template" if template else "team"
        job = submissions.submit_wording(session, report_id, narrator=narrator)
    done = inline.run(wiring, job, title="Writing")
    code = inline.told(done, as_json=as_json)
    if code is not None:
        return code
    result = dict(done.result or {})
    screen.put(
        f"Report {report_id}, wording {result['revision']}, by {result['narrator']}: {result['headline']}"
    )
    return exits.OK


def _written(database: Database, stored: StoredReport, kind: Format) -> bytes:
    import json

    from hansei.cli import screen

    if kind is Format.md:
        return screen.report(stored).encode()
    if kind is Format.json:
        return (json.dumps(stored.to_dict(), ensure_ascii=False, indent=2, allow_nan=False) + "\n").encode()
    if kind is Format.csv:
        from hansei.render import csv

        return csv.render(stored.body).encode()
    from hansei.services import renderings

    if kind is Format.pdf:
        return renderings.obtain(database, stored, "pdf")
    from hansei.dashboard import drawings

    return drawings.as_file(stored, renderings.obtain(database, stored, "charts"))


def delete(
    report_id: ReportId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Delete one report with its leads and the experiments nobody started."""
    from hansei.cli import screen
    from hansei.services import reports

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        reports.get(session, report_id)
    if not yes:
        typer.confirm(f"Delete report {report_id}?", abort=True, err=True)
    with wiring.database.write() as session:
        reports.remove(session, report_id)
    screen.put(f"Deleted report {report_id}.")
