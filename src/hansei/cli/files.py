"""Writing files whole or not at all."""

from __future__ import annotations

from pathlib import Path

from hansei.errors import Conflict, SetupError


def write(target: Path, text: str, *, replace: bool) -> None:
    """Write a text file in one step.

    Raises:
        Conflict: it exists and may not be replaced.
        SetupError: it cannot be written; nothing is left behind.
    """
    if target.exists() and not replace:
        raise Conflict(
            f"{target} exists.", remedy="Add --force to replace it, or choose another name with --out."
        )
    unfinished = target.with_name(f".{target.name}.part")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(target)
    except OSError as error:
        unfinished.unlink(missing_ok=True)
        raise SetupError(f"{target} cannot be written: {error.strerror}.") from None
