"""Options that several commands share, and the way from them to a wired installation."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from hansei.bootstrap import Wiring


DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        show_default="hansei-data, or HANSEI_DATA_DIR",
        help="Folder of the embedded database, its backups and the logs.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Team = Annotated[str | None, typer.Option("--team", help="Team id.")]
Answer = Annotated[
    list[str] | None,
    typer.Option("--answer", help="Answer to a question about the table, KEY=VALUE (repeat it)."),
]
Limit = Annotated[int, typer.Option("--limit", min=1, max=1000, help="Show at most this many.")]


at_end = ExitStack()
"""What is to be closed when the command has run; ``main`` does so."""


def wired(data_dir: Path | None = None) -> Wiring:
    """Wire this process up from the environment, and say which settings mean nothing.

    Raises:
        SetupError: a setting is wrong.
    """
    from hansei.bootstrap import configure_logging, wire
    from hansei.cli.screen import say

    if data_dir is not None:
        # Into the environment, which children and Celery's own entry point read as well.
        os.environ["HANSEI_DATA_DIR"] = str(data_dir.absolute())
    wiring = wire()
    # A command's own output is for people; only parts that run for long log as they go.
    configure_logging("WARNING" if wiring.settings.log_level == "INFO" else wiring.settings.log_level)
    at_end.callback(wiring.database.close)
    for warning in wiring.warnings:
        say(f"Note: {warning}")
    return wiring


def with_data(data_dir: Path | None = None) -> Wiring:
    """Wire up on a database whose schema fits; a fresh embedded one is made on the way.

    The sample that `hansei up --sample` serves on the same folder is a source here too.

    Raises:
        StaleSchema: with the command to run.
    """
    from hansei.cli.running import knowing
    from hansei.db import schema

    wiring = knowing(wired(data_dir))
    database = wiring.database
    if database.sqlite and schema.current(database) is None:
        schema.upgrade(database)
    wiring.require_schema()
    return wiring
