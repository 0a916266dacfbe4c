"""Running Hansei: everything at once (``up``), its parts (``api``, ``worker``, ``beat``), and the demo."""

from __future__ import annotations

import gc
import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from hansei.cli.options import DataDir, Json, wired

PANEL = "Start"

Host = Annotated[
    str | None,
    typer.Option(
        "--host", show_default="127.0.0.1", help="Address to listen on; not loopback: needs a token."
    ),
]
Port = Annotated[
    int | None,
    typer.Option("--port", min=0, max=65535, show_default="8000", help="Port of the API (0: any free one)."),
]
Concurrency = Annotated[
    int | None, typer.Option("--concurrency", min=1, max=64, show_default="2", help="Worker processes.")
]


def add(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(rich_help_panel=PANEL)(demo)
    app.command(rich_help_panel=PANEL)(up)
    for part in (api, worker, beat):
        app.command(rich_help_panel="Parts, to run on several machines")(part)


def demo(
    out: Annotated[Path, typer.Option("--out", help="Folder for the reports.")] = Path("out"),
    as_json: Json = False,
) -> int:
    """Show two reports, one of a real team and one of a simulated one. Needs no setup.

    Starts everything on free ports in a temporary folder, syncs both teams over HTTP, makes both reports with the
    real worker, and says what was found beside what was planted.
    """
    from hansei.cli.demo import run

    return run(out, as_json=as_json)


def up(
    host: Host = None,
    port: Port = None,
    sample: Annotated[
        bool, typer.Option("--sample", help="Add a sample metrics API as the source, and sync from it.")
    ] = False,
    concurrency: Concurrency = None,
    verbose: Annotated[bool, typer.Option("--verbose", "-v", help="Show what every part logs.")] = False,
    data_dir: DataDir = None,
) -> int:
    """Run everything on this machine: broker, API, worker, scheduler. Ctrl-C stops it.

    With HANSEI_BROKER_URL no broker is started; with HANSEI_DATABASE_URL the data is there and not in the folder.
    """
    from hansei.cli.up import run

    _settings(host=host, port=port, concurrency=concurrency)
    return run(wired(data_dir), sample=sample, verbose=verbose)


def api(
    host: Host = None,
    port: Port = None,
    held: Annotated[bool, typer.Option("--held", hidden=True)] = False,
    data_dir: DataDir = None,
) -> None:
    """Serve the HTTP API."""
    gc.disable()  # what is imported stays: to look through it again and again takes a tenth of the start
    from hansei.api.serve import serve
    from hansei.bootstrap import configure_logging
    from hansei.cli import addresses, screen

    if held:  # `hansei up` says when the database and the broker are there
        sys.stdin.read()

    _settings(host=host, port=port)
    wiring = wired(data_dir)
    configure_logging(wiring.settings.log_level)

    def ready(address: str, port_taken: int) -> None:
        screen.say(f"The API is ready: {addresses.here(address, port_taken)}")
        if not wiring.settings.loopback:
            screen.say(addresses.told(wiring.settings.public_url, address, port_taken))

    serve(wiring, host=wiring.settings.host, port=wiring.settings.port, ready=ready)


def worker(
    concurrency: Concurrency = None,
    pool: Annotated[str, typer.Option("--pool", help="Celery pool: prefork or solo.")] = "prefork",
    queues: Annotated[
        str, typer.Option("--queues", show_default="all", help="Queues to serve, by comma.")
    ] = "",
    name: Annotated[str | None, typer.Option("--name", help="Name of this worker (%h: the host).")] = None,
    data_dir: DataDir = None,
) -> int:
    """Work on tasks. The same as `celery -A hansei.tasks.celery_app worker` with our defaults."""
    _settings(concurrency=concurrency)
    settings = wired(data_dir).settings

    from hansei.tasks.worker import arguments, run

    chosen = tuple(q.strip() for q in queues.split(",") if q.strip())
    return run(
        arguments(
            pool=pool,
            concurrency=settings.concurrency,
            queues=chosen,
            name=name,
            level=settings.log_level,
        )
    )


def beat(data_dir: DataDir = None) -> None:
    """Sweep up after faults and start what is due. Any number of these may run."""
    import signal
    import threading

    from hansei.bootstrap import configure_logging
    from hansei.tasks.beat import run

    wiring = wired(data_dir)
    configure_logging(wiring.settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run(wiring, stop)


def _settings(**given: object) -> None:
    """Put options where settings, children and Celery's own entry point all read them."""
    for name, value in given.items():
        if value is not None:
            os.environ[f"HANSEI_{name.upper()}"] = str(value)
