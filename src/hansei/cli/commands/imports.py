"""``hansei import``: a table into the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hansei.cli.options import Answer, DataDir, Json, with_data

if TYPE_CHECKING:
    from hansei.core.tables import Reading
    from hansei.services.imports import Imported


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
    from hansei.cli.analyse import ANSWER, bring, label
    from hansei.core.tables import answers_from
    from hansei.errors import InvalidInput
    from hansei.services import imports
    from hansei.sources.table import read, still_open

    answers = answers_from(answer or (), f"{ANSWER}unit=items")
    wiring = with_data(data_dir)
    content = bring(file)
    looked: list[Reading] = []

    def look(kept: Mapping[str, str]) -> Reading:
        looked.append(read(content, filename=label(file), answers=answers, kept=kept))
        return looked[-1]

    try:
        done = imports.run(
            wiring.database,
            team,
            look,
            now=wiring.clock.now(),
            least_answers=wiring.settings.happiness_min_answers,
            dry_run=dry_run,
            confirm_changes=confirm,
        )
    except InvalidInput:
        if looked and looked[-1].open:  # said again, as the option that answers it
            raise still_open(looked[-1], label(file), ANSWER) from None
        raise
    if as_json:
        screen.put_json(done)
    else:
        for line in _lines(done, every=dry_run):
            screen.put(line)
    return exits.OK


def _lines(done: Imported, *, every: bool) -> Iterator[str]:
    """Yield what is printed of an import; with ``every`` also what may be answered otherwise."""
    from hansei.cli.analyse import ANSWER
    from hansei.services import imports

    reading = done.reading
    yield f"Team {done.team_id}: {imports.summary(done)}"
    for column in reading.columns:
        yield f"  {column.sentence()}"
    for row in reading.rejected:
        yield f"  Refused: {row.reason}"
    for change in done.changed:
        for sentence in imports.change_sentences(change):
            yield f"  Changed: {sentence}"
    unlisted = imports.values_changed(done.changed) - sum(len(c.values) for c in done.changed)
    if unlisted:
        yield f"  Changed: {unlisted:,} more values."
    for sentence in (*reading.notes, *reading.cannot, *([] if reading.open else [done.worth])):
        yield f"  {sentence}"
    for question in reading.open:
        yield f"  To be answered: {question.text} ({ANSWER}{question.answer()})"
    for question in reading.questions if every else ():
        if (
            question.form in ("choice", "columns")
            and question.default
            and not (question.given or question.needed)
        ):
            yield f"  May be answered: {question.text} ({ANSWER}{question.answer()}; now {question.default})"
