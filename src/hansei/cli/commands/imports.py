"""``hansei import``: a table into the database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from hansei.cli.options import Answer, DataDir, Json, with_data


def add(app: typer.Typer, panel: str) -> None:
    """Add the command."""
    app.command("import", rich_help_panel=panel)(import_table)


def import_table(
    file: Annotated[Path, typer.Argument(help="CSV, TSV or Excel workbook; - reads standard input.")],
    team: Annotated[str, typer.Option("--team", help="Team id; a new one makes the team.")],
    answer: Answer = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; store nothing.")] = False,
    confirm: Annotated[
        bool, typer.Option("--confirm-changes", help="Let the table change values that are stored.")
    ] = False,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> int:
    """Import a table of sprints, a list of items, or Jira's report of a sprint."""
    from hansei.cli import exits, screen
    from hansei.cli.analyse import answered, bring, label
    from hansei.services import imports
    from hansei.sources.table import read

    answers = answered(answer or ())
    wiring = with_data(data_dir)
    content = bring(file)
    done = imports.run(
        wiring.database,
        team,
        lambda kept: read(content, filename=label(file), answers=answers, kept=kept),
        now=wiring.clock.now(),
        least_answers=wiring.settings.happiness_min_answers,
        dry_run=dry_run,
        confirm_changes=confirm,
    )
    reading = done.reading
    if as_json:
        screen.put_json(done)
        return exits.OK
    screen.put(f"Team {done.team_id}: {imports.summary(done)}")
    for column in reading.columns:
        screen.put(f"  {column.sentence()}")
    for row in reading.rejected:
        screen.put(f"  Refused: {row.reason}")
    for change in done.changed:
        for sentence in imports.change_sentences(change):
            screen.put(f"  Changed: {sentence}")
    unlisted = imports.values_changed(done.changed) - sum(len(c.values) for c in done.changed)
    if unlisted:
        screen.put(f"  Changed: {unlisted:,} more values.")
    for sentence in (*reading.notes, *reading.cannot, done.worth):
        screen.put(f"  {sentence}")
    for question in reading.open:
        screen.put(f"  To be answered: {question.text} (--answer {question.key}=…)")
    for question in reading.questions if dry_run else ():
        if (
            question.form in ("choice", "columns")
            and question.default
            and not (question.given or question.needed)
        ):
            values = " or ".join(value for value, _ in question.choices[:3])
            screen.put(
                f"  May be answered: {question.text} (--answer {question.key}={values}; now {question.default})"
            )
    return exits.OK
