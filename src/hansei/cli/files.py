"""Writing files whole or not at all."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from hansei.errors import Conflict, SetupError


def folder(path: Path) -> None:
    """Make a folder to write to, where it is not there yet.

    Raises:
        SetupError: it cannot be.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SetupError(
            f"The folder {path} cannot be made: {(error.strerror or 'unknown reason').lower()}.",
            remedy="Choose another place.",
        ) from None


def write(target: Path, content: str | bytes, *, replace: bool) -> None:
    """Write a file in one step; text as UTF-8.

    Raises:
        Conflict: it exists and may not be replaced.
        SetupError: it cannot be written; nothing is left behind.
    """
    if target.exists() and not replace:
        raise Conflict(
            f"{target} exists.", remedy="Add --force to replace it, or choose another name with --out."
        )
    unfinished = target.with_name(f".{target.name}.part")
    folder(target.parent)
    try:
        unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
        unfinished.replace(target)
    except OSError as error:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise SetupError(
            f"{target} cannot be written: {(error.strerror or 'unknown reason').lower()}.",
            remedy="Choose another place, or make room.",
        ) from None
