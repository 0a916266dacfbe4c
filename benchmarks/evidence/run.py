"""``make evidence``: measure the engine, store the figures as JSON, write ``docs/method/evidence.md`` and its plots.

Parts that need data beside the repository (the external benchmark, annotated series, real teams) are left out, and
keep their stored figures, where ``../shared`` is not there. ``--only PART`` measures one part; ``--page`` writes the
page again from the stored figures; ``--check`` exits 1 where the page, or a figure on it, belongs to another engine.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.evidence import annotated, external, fingerprint, page, study, velocities

HERE = Path(__file__).parent / "results"
DOCS = Path(__file__).resolve().parents[2] / "docs" / "method"
DATA = external.ROOT.parent / "shared" / "data"

#: Name of a part → what measures it, and the folder that it needs.
PARTS: dict[str, tuple[Callable[[], dict[str, Any]], Path | None]] = {
    "study": (study.run, None),
    "retrobench": (external.run, external.BENCH),
    "annotated": (lambda: annotated.study(DATA / "tcpd"), DATA / "tcpd"),
    "velocities": (lambda: velocities.study(DATA / "derived"), DATA / "derived"),
}


def measure(only: str | None) -> None:
    """Measure and store every part that can be measured here."""
    HERE.mkdir(exist_ok=True)
    for name, (run, needs) in PARTS.items():
        if only not in (None, name):
            continue
        if needs is not None and not needs.is_dir():
            sys.stdout.write(f"{name}: left out, {needs} is not here\n")
            continue
        begun = time.perf_counter()
        found = {"engine": fingerprint.engine(), **run()}
        (HERE / f"{name}.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
        sys.stdout.write(f"{name}: {time.perf_counter() - begun:.0f} s\n")


def stored() -> dict[str, dict[str, Any]]:
    """Return the stored figures of each part."""
    return {name: json.loads((HERE / f"{name}.json").read_text(encoding="utf-8")) for name in PARTS}


def stale() -> list[str]:
    """Return what does not belong to this engine."""
    found, now = stored(), fingerprint.engine()
    out = [
        f"{name}: measured on engine {part['engine']}"
        for name, part in found.items()
        if part["engine"] != now
    ]
    for name, text in page.files(found, now).items():
        file = DOCS / name
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            out.append(f"docs/method/{name} is not the page of the stored figures")
    return out


def main() -> int:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS)
    parser.add_argument("--page", action="store_true")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    if options.check:
        problems = stale()
        if problems:
            sys.stderr.write(
                f"Stale: {'; '.join(problems)}. Run `make evidence` on engine {fingerprint.engine()}.\n"
            )
        return 1 if problems else 0
    if not options.page:
        measure(options.only)
    for name, text in page.files(stored(), fingerprint.engine()).items():
        (DOCS / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
