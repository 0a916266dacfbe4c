"""What a run measured, and how it is kept: one file for both databases, a run of one leaves the other's alone."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[1] / "results"
LOAD, SOAK = RESULTS / "load.json", RESULTS / "soak.json"
DATABASES = ("postgres", "sqlite")


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure with its target (None: only reported) and what it is beside."""

    what: str
    value: float
    unit: str
    target: float | None = None
    lower: bool = True
    beside: str = ""

    @property
    def met(self) -> bool | None:
        """Whether the target holds; None where there is none."""
        if self.target is None:
            return None
        return self.value <= self.target if self.lower else self.value >= self.target


@dataclass(frozen=True, slots=True)
class Run:
    """The figures of one database. ``broke_off`` says why there are no more of them, where there should be."""

    date: str
    machine: str
    figures: tuple[Figure, ...] = ()
    broke_off: str | None = None

    @property
    def held(self) -> bool:
        """True of a run that came to its end and met every target."""
        return self.broke_off is None and all(f.met is not False for f in self.figures)

    def with_figure(self, figure: Figure) -> Run:
        """Return the run with one more figure."""
        return replace(self, figures=(*self.figures, figure))


def read(path: Path = LOAD) -> dict[str, Run]:
    """Return the kept run of each database that has one."""
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return {database: _run(kept[database]) for database in DATABASES if database in kept}


def keep(database: str, run: Run, path: Path = LOAD) -> None:
    """Write a database's run in the place of its last one."""
    runs = {**read(path), database: run}
    document = {name: asdict(runs[name]) for name in DATABASES if name in runs}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_soak(path: Path = SOAK) -> dict[str, Any] | None:
    """Return what the last soak found."""
    if not path.exists():
        return None
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found


def of_soak(found: Mapping[str, Any]) -> tuple[Figure, ...]:
    """Return the figures of a soak."""
    last = found["samples"][-1]
    return (
        Figure(f"violations among {found['jobs']:,} accepted tasks", found["violations"], "", 0),
        Figure(
            "growth of the API's memory",
            found["api_memory_growth_percent"],
            "%",
            10,
            beside=f"{last['api_mb']:.0f} MB",
        ),
        Figure(
            "growth of the API's open files",
            found["api_descriptor_growth"],
            "",
            5,
            beside=f"{last['api_files']} files",
        ),
        Figure("submissions answered 503 with Retry-After", found["refused"], ""),
    )


def _run(kept: Mapping[str, Any]) -> Run:
    figures = tuple(Figure(**figure) for figure in kept["figures"])
    return Run(kept["date"], kept["machine"], figures, kept["broke_off"])
