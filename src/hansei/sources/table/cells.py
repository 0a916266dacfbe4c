"""Read single cells: numbers as people write them; what is missing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

Cell = str | float | datetime
"""What a cell holds: text as written (CSV, paste), or a number or a moment (Excel)."""
Decimal = Literal[",", "."]

MISSING = frozenset(
    {"", "-", "–", "—", "n/a", "na", "?", "null", "none", "nan", "k.a.", "k. a.", "#n/a", "s/o", "n.d."}
)
_COMMA = re.compile(r"[-+]?((0|\d{4,}),\d+|\d+,(\d{1,2}|\d{4,})|\d{1,3}(\.\d{3})+,\d+|\d{1,3}(\.\d{3}){2,})")
_POINT = re.compile(r"[-+]?((0|\d{4,})\.\d+|\d+\.(\d{1,2}|\d{4,})|\d{1,3}(,\d{3})+\.\d+|\d{1,3}(,\d{3}){2,})")
_EITHER = re.compile(r"[-+]?(\d{1,3},\d{3}|[1-9]\d{0,2}\.\d{3})")
_DURATION = re.compile(
    r"(\d+([.,]\d+)?\s*(w|wk|weeks?|wochen?|d|days?|tage?n?|jours?|j|d[ií]as?|h|hrs?|hours?|std|stunden?|heures?|horas?"
    r"|m|mins?|minutes?|minuten|minutos?|s|sec)\.?\s*)+|\d{1,4}:\d{2}(:\d{2})?",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?")


def text(cell: Cell) -> str:
    """Return a cell as the text that a person would read; a whole number has no decimals."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)


def is_missing(cell: Cell) -> bool:
    """Return whether a cell says that nothing was measured."""
    if not isinstance(cell, str) or _is_digits(cell):
        return False
    return cell.strip().lower() in MISSING


def decimal_mark(cells: Iterable[Cell]) -> Decimal | None:
    """Return the decimal mark that the table's own cells prove, None where none does.

    "3,5" proves a comma and "3.5" a point; "1,234" and "1.234" prove nothing.

    Raises:
        ValueError: cells prove both.
    """
    comma = point = False
    for cell in cells:
        if not isinstance(cell, str) or _is_digits(cell):
            continue
        bare = _bare(cell)
        comma = comma or _COMMA.fullmatch(bare) is not None
        point = point or _POINT.fullmatch(bare) is not None
    if comma and point:
        raise ValueError("decimal comma and decimal point")
    return "," if comma else "." if point else None


def number(cell: Cell, mark: Decimal | None) -> float | None:
    """Return a cell's number, None where it is none. A percent sign is ignored here.

    Raises:
        ValueError: "1,234" or "1.234" in a table that does not show whether its mark is a decimal one.
    """
    if isinstance(cell, float):
        return cell
    if isinstance(cell, datetime):
        return None
    if _is_digits(cell):
        return float(cell)
    bare = _bare(cell)
    if mark is None and _EITHER.fullmatch(bare):
        remedy = (
            "write it without the comma"
            if "," in bare
            else "write it without the point, or with two decimals"
        )
        raise ValueError(
            f"“{bare}” could be {re.sub('[,.]', '', bare)} or {bare.replace(',', '.')}; {remedy}"
        )
    if mark == ",":
        bare = re.sub(r"\.(?=\d{3}(\D|$))", "", bare).replace(",", ".")
    else:
        bare = re.sub(r",(?=\d{3}(\D|$))", "", bare)
    return float(bare) if _NUMBER.fullmatch(bare) else None


def is_duration(cell: Cell) -> bool:
    """Return whether a cell is a length of time in parts: "1d 4h", "12:30"."""
    return isinstance(cell, str) and _DURATION.fullmatch(cell.strip()) is not None


def is_percent(cell: Cell) -> bool:
    """Return whether a cell is written with a percent sign."""
    return isinstance(cell, str) and cell.rstrip().endswith("%")


def _is_digits(cell: str) -> bool:
    return cell.isdecimal() and cell.isascii()  # most cells, by far: worth a short way


def _bare(cell: str) -> str:
    return re.sub(r"[\s\u00a0\u202f']", "", cell).removesuffix("%").replace("\u2212", "-")
