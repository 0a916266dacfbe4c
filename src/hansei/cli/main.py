"""``hansei``: the program. Each command imports what it needs when it runs, so that ``--help`` is quick."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from hansei import __version__
from hansei.cli import commands, exits, options
from hansei.cli.help import CONTEXT, GroupedHelp
from hansei.errors import HanseiError

app = typer.Typer(
    name="hansei",
    cls=GroupedHelp,
    rich_markup_mode=None,
    help="Retrospectives from sprint metrics: what really changed, why it may have, what to try.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings=CONTEXT,
    epilog="Settings come from the environment (HANSEI_…) or a .env file. `hansei doctor` says what is wrong.",
)
commands.add_all(app)


@app.command(rich_help_panel="Setup")
def version(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Print the version."""
    from hansei.cli import screen

    if as_json:
        screen.put_json({"version": __version__, "python": sys.version.split()[0]})
    else:
        screen.put(f"hansei {__version__}")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program; return its exit code."""
    try:
        code = app(args=list(argv) if argv is not None else None, standalone_mode=False)
    except HanseiError as error:
        from hansei.cli import screen

        screen.complain(error)
        return exits.code_of(error)
    except typer.TyperException as error:
        return _usage(error)
    except (KeyboardInterrupt, typer.Abort):
        return exits.INTERRUPTED
    except BrokenPipeError:
        # The reader of our output has gone (`hansei report list | head`): nothing is left to say.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return exits.OK
    finally:
        options.at_end.close()
    return code if isinstance(code, int) else exits.OK


def _usage(error: typer.TyperException) -> int:
    show = getattr(error, "show", None)
    if show is not None:
        show()
    return int(getattr(error, "exit_code", 2))
