"""The commands, by what they are for."""

from __future__ import annotations

import typer

from hansei.cli.commands import data, experiments, reports, run, setup, sources, tasks


def add_all(app: typer.Typer) -> None:
    """Add every command, in the order in which a newcomer needs them."""
    for module in (run, reports, experiments, data, sources, tasks, setup):
        module.add(app)
