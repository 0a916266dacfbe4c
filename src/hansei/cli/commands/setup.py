"""Setup: tokens, the database, and what is wrong."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hansei.cli.help import group as help_group
from hansei.cli.options import DataDir, Json, wired, with_data

if TYPE_CHECKING:
    from hansei.services.access import TokenView

PANEL = "Setup"


class Scope(StrEnum):
    """What a token allows."""

    read = "read"
    write = "write"
    admin = "admin"


def add(app: typer.Typer) -> None:
    """Add these commands."""
    token = help_group("Tokens for the API, where others than this machine reach it.")
    token.command("create")(token_create)
    token.command("list")(token_list)
    token.command("revoke")(token_revoke)
    app.add_typer(token, name="token", rich_help_panel=PANEL)
    db = help_group("The database: upgrade, check, back up, restore.")
    for command in (upgrade, check, backup, restore):
        db.command()(command)
    app.add_typer(db, name="db", rich_help_panel=PANEL)
    app.command(rich_help_panel=PANEL)(doctor)


def upgrade(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Bring the database to the schema of this version. Safe to run again."""
    from hansei.cli import screen
    from hansei.db import schema

    before, after = schema.upgrade(wired(data_dir).database)
    if as_json:
        screen.put_json({"before": before, "after": after})
    elif before == after:
        screen.put(f"The database is up to date (revision {after}).")
    else:
        screen.put(f"The database is now at revision {after} (before: {before or 'empty'}).")


def check(as_json: Json = False, data_dir: DataDir = None) -> None:
    """Say whether the database fits this version."""
    from hansei.cli import screen
    from hansei.db import schema

    schema.check(wired(data_dir).database)
    if as_json:
        screen.put_json({"revision": schema.head()})
    else:
        screen.put(f"The database fits (revision {schema.head()}).")


def backup(
    target: Annotated[
        Path | None,
        typer.Argument(show_default="backups/hansei-TIME.db in the data folder", help="File to write."),
    ] = None,
    data_dir: DataDir = None,
) -> None:
    """Copy the embedded database, also while it is in use."""
    from hansei.cli import screen
    from hansei.db import schema

    wiring = wired(data_dir)
    wiring.require_schema()
    if target is None:
        stamp = f"{wiring.clock.now():%Y%m%d-%H%M%S}"
        target = wiring.settings.data_dir / "backups" / f"hansei-{stamp}.db"
        target.parent.mkdir(parents=True, exist_ok=True)
    schema.backup(wiring.database, target)
    screen.put(str(target))


def restore(
    source: Annotated[Path, typer.Argument(help="A file that `hansei db backup` wrote.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Replace the embedded database by a backup. Stop Hansei first."""
    from hansei.cli import screen
    from hansei.cli.lock import DataLock
    from hansei.db import schema

    wiring = wired(data_dir)
    with DataLock(wiring.settings.data_dir):
        if not yes:
            typer.confirm(f"Replace {wiring.database.url.database} by {source}?", abort=True, err=True)
        schema.restore(wiring.database, source)
    screen.put(f"Restored {source}.")


def doctor(as_json: Json = False, data_dir: DataDir = None) -> int:
    """Say what is wrong and what to do. Changes nothing."""
    from hansei.cli import screen
    from hansei.cli.doctor import examine

    findings = examine(data_dir)
    if as_json:
        screen.put_json(findings)
    else:
        for found in findings:
            screen.put(f"{found.state:<7} {found.what}: {found.says}")
            if found.remedy:
                screen.put(f"        → {found.remedy}")
    return 1 if any(f.state == "wrong" for f in findings) else 0


def token_create(
    name: Annotated[str, typer.Argument(help="What it is for, so that you know it again.")],
    scope: Annotated[Scope, typer.Option("--scope", help="What it allows.")] = Scope.write,
    days: Annotated[int, typer.Option("--days", min=1, max=365, help="Days until it expires.")] = 90,
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Make a token. It is shown once and stored only as a hash."""
    from hansei.cli import screen
    from hansei.services import access

    wiring = with_data(data_dir)
    with wiring.database.write() as session:
        made = access.create(session, name, scope.value, expires_in_days=days)
    if as_json:
        screen.put_json({"token": made.text, **screen.plain(made.view)})
        return
    screen.put(made.text)
    screen.say(
        f"Token {made.view.id} ({made.view.scope}) expires {screen.day(made.view.expires_at)}. It is shown only now."
    )


def token_list(as_json: Json = False, data_dir: DataDir = None) -> None:
    """List the tokens, without their secret."""
    from hansei.cli import screen
    from hansei.services import access

    wiring = with_data(data_dir)
    with wiring.database.read() as session:
        found = access.listed(session)
    if as_json:
        screen.put_json(found)
        return
    rows = [
        (
            t.id,
            t.name,
            f"{t.prefix}…",
            t.scope,
            _state(t),
            screen.day(t.expires_at),
            screen.moment(t.last_used_at),
        )
        for t in found
    ]
    headers = ("id#", "name", "begins with", "scope", "state", "expires", "last used")
    screen.table(rows, headers, empty="No token yet: `hansei token create NAME` makes one.")


def token_revoke(
    token_id: Annotated[int, typer.Argument(help="Id, as `hansei token list` shows it.", min=1)],
    as_json: Json = False,
    data_dir: DataDir = None,
) -> None:
    """Revoke a token; the next request with it is refused."""
    from hansei.cli import screen
    from hansei.services import access

    wiring = with_data(data_dir)
    with wiring.database.write() as session:
        ended = access.revoke(session, token_id)
    if as_json:
        screen.put_json(ended)
    else:
        screen.put(f"Token {ended.id} ({ended.name}) is revoked.")


def _state(token: TokenView) -> str:
    return "usable" if token.usable else "revoked" if token.revoked_at else "expired"
