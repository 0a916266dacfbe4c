"""Sources: where the metrics come from; connect one, try it, keep its key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hansei.cli.help import group as help_group
from hansei.cli.options import DataDir, Json, Team, wired, with_data

if TYPE_CHECKING:
    from hansei.services.sources import SourceView

PANEL = "Data"
Name = Annotated[str, typer.Argument(help="Name of the source.", show_default=False)]


def add(app: typer.Typer) -> None:
    """Add these commands."""
    group = help_group("Where the metrics come from.")
    group.command("list")(listing)
    group.command("add")(connect)
    group.command()(remove)
    group.command("test")(try_out)
    group.command("check", hidden=True)(try_out)
    group.command()(order)
    group.command("new-key")(new_key)
    group.command("rotate-key")(rotate_key)
    app.add_typer(group, name="source", rich_help_panel=PANEL)


def listing(as_json: Json = False, data_dir: DataDir = None) -> None:
    """List the sources that can be synced from. No key is ever shown."""
    from hansei.cli import running, screen
    from hansei.services import sources

    wiring = with_data(data_dir)
    if hint := running.source_there(wiring):
        screen.say(f"Note: {hint}")
    with wiring.database.read() as session:
        found = [
            (
                s.name,
                s.kind,
                s.address,
                "set" if s.has_key else "not set",
                s.team_id,
                s.last_error or _state(s),
            )
            for s in sources.listed(session, wiring.environment())
        ]
    headers = ("name", "kind", "address", "key", "team", "state")
    if as_json:
        screen.put_json([dict(zip(headers, row, strict=True)) for row in found])
        return
    empty = "No source is configured. Connect one with `hansei source add NAME URL`, or start `hansei up --sample`."
    screen.table(found, headers, empty=empty)


def _state(view: SourceView) -> str:
    if view.connected:
        return "connected"
    return "hansei up --sample" if view.kind == "sample" else "environment"


def connect(
    name: Name,
    address: Annotated[str, typer.Argument(help="Its base URL, such as https://metrics.example.org/api.")],
    key_file: Annotated[
        Path | None,
        typer.Option("--key-file", help="File that holds its key. Without: you are asked for it."),
    ] = None,
    no_key: Annotated[bool, typer.Option("--no-key", help="It needs no key; a stored one stays.")] = False,
    team: Team = None,
    data_dir: DataDir = None,
) -> None:
    """Connect a metrics API, or change one. Its key is stored encrypted and never shown."""
    from hansei.cli import screen
    from hansei.errors import InvalidInput

    wiring = with_data(data_dir)
    if key_file is not None:
        try:
            key: str | None = key_file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            raise InvalidInput(f"{key_file} cannot be read.", remedy="Name a text file.") from None
    else:
        key = None if no_key else typer.prompt("Key (is not shown)", hide_input=True, err=True).strip()
    view, new = wiring.put_source(name, address=address, key=key or None, team_id=team)
    screen.put(f"{'Connected' if new else 'Changed'} {view.name}. Try it: hansei source test {view.name}")


def remove(
    name: Name,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Forget a source's address and key; the sprints it gave stay."""
    from hansei.cli import screen
    from hansei.services import sources

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        sources.get(session, name)
    if not yes:
        typer.confirm(f"Forget the address and key of {name}?", abort=True, err=True)
    with wiring.database.write() as session:
        kept = sources.remove(session, name)
    screen.put(f"Disconnected {name}; {kept} sprints that it gave stay.")


def try_out(
    name: Annotated[
        str | None,
        typer.Argument(help="Name of the source; default: that of the environment.", show_default=False),
    ] = None,
    team: Team = None,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Ask the source for one sprint and store nothing."""
    from hansei.cli import running, screen

    wiring = running.knowing(wired(data_dir)) if name is None else with_data(data_dir)
    if name is None and (hint := running.source_there(wiring)):
        screen.say(f"Note: {hint}")
    source = wiring.source(name)
    with screen.bar("Asking the source") as progress:
        fetched = source.fetch(1, team, progress)
    answer = {
        "source": source.name,
        "sprints": [s.sprint_id for s in fetched.sprints],
        "measures": sorted({m for s in fetched.sprints for m in s.values}),
        "unknown_names": fetched.unknown_names,
        "refused": [r.reason for r in fetched.rejected],
        "notes": fetched.notes,
    }
    if as_json:
        screen.put_json(answer)
        return
    screen.put(f"The source answers. Asked for 1 sprint, got {len(fetched.sprints)}.")
    screen.pairs(*((k.replace("_", " "), ", ".join(v)) for k, v in answer.items() if v and k != "source"))


def order(
    team_id: Annotated[str, typer.Argument(help="Team id.", show_default=False)],
    names: Annotated[list[str], typer.Argument(help="Its sources, the one that counts first first.")],
    data_dir: DataDir = None,
) -> None:
    """Say which source of a team counts first where two know the same sprint."""
    from hansei.cli import screen
    from hansei.services import record, sources

    wiring = with_data(data_dir)
    with wiring.database.write() as session:
        sources.reorder(session, team_id, names)
        lines = record.sources(session, team_id)
    screen.put(f"Team {team_id}: {', then '.join(s.name for s in lines)}.")


def new_key() -> None:
    """Print a fresh key for HANSEI_SECRET_KEY."""
    from hansei.cli import screen
    from hansei.services import vault

    screen.put(vault.new_key())


def rotate_key(data_dir: DataDir = None) -> None:
    """Encrypt the kept keys again with the first key of HANSEI_SECRET_KEY=new,old."""
    from hansei.cli import screen
    from hansei.services import sources

    wiring = with_data(data_dir)
    with wiring.database.write() as session:
        count = sources.rotate(session, wiring.vault())
    noun = "key is" if count == 1 else "keys are"
    screen.put(f"{count} kept {noun} now encrypted with the first key; the others may be taken out.")
