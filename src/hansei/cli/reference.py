"""The reference page of the command line, made from the commands themselves by ``docs/build.py``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import typer

from hansei.cli import exits
from hansei.cli.main import app

WIDTH = 100
HEAD = """# The command line

{note}

Data goes to standard output, everything said to people to standard error. `--json` prints data as JSON. Bars and
colour appear on a terminal only; `NO_COLOR` is respected. Every setting is an environment variable (`HANSEI_…`).

"""


def page(note: str) -> str:
    """Return the page; ``note`` says how it is made."""
    root = typer.main.get_command(app)
    parts = [HEAD.format(note=note), "## Exit codes\n\n| code | meaning |\n|---|---|\n"]
    parts += [f"| {code} | {meaning} |\n" for code, meaning in exits.MEANINGS]
    parts += [
        f"\n## {path}\n\n```text\n{help_text}\n```\n" for path, help_text in _walk(root, "hansei", None)
    ]
    return "".join(parts)


def _walk(command: Any, path: str, parent: Any) -> Iterator[tuple[str, str]]:
    """Yield each command's path and help, parents first."""
    name = path.rsplit(" ", 1)[-1]
    context = command.make_context(
        name, [], parent=parent, resilient_parsing=True, terminal_width=WIDTH, max_content_width=WIDTH
    )
    with context:
        yield path, "\n".join(line.rstrip() for line in command.get_help(context).splitlines())
    for child in getattr(command, "commands", {}).values():
        if not child.hidden:
            yield from _walk(child, f"{path} {child.name}", context)
