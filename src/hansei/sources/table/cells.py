"""Read single cells: numbers as people write them, dates without guessing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Literal

Decimal = Literal[",", "."]

MISSING = frozenset({"", "-", "–", "—", "n/a", "na", "?", "null", "none", "nan"})
_COMMA = re.compile(r"[-+]?(\d+,\d{1,2}|\d+,\d{4,}|\d{1,3}(\.\d{3})+,\d+)")
_POINT = re.compile(r"[-+]?(\d+\.\d{1,2}|\d+\.\d{4,}|\d{1,3}(,\d{3})+\.\d+)")
_EITHER = re.compile(r"[-+]?\d{1,3},\d{3}")
_DAY_FIRST = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")


def is_missing(cell: str) -> bool:
    """Return whether a cell says that nothing was measured."""
    if _is_digits(cell):
        return False
    return cell.strip().lower() in MISSING


def decimal_mark(cells: Iterable[str]) -> Decimal | None:
    """Return the decimal mark that the table's own cells prove, None where none does.

    "3,5" proves a comma and "3.5" a point; "1,234" proves nothing.

    Raises:
        ValueError: cells prove both.
    """
    comma = point = False
    for cell in cells:
        if _is_digits(cell):
            continue
        text = _bare(cell)
        comma = comma or _COMMA.fullmatch(text) is not None
        point = point or _POINT.fullmatch(text) is not None
    if comma and point:
        raise ValueError("decimal comma and decimal point")
    return "," if comma else "." if point else None


def number(cell: str, mark: Decimal | None) -> float | None:
    """Return a cell's number, None where it is none. A percent sign is ignored here.

    Raises:
        ValueError: "1,234" in a table that does not show whether its comma is a decimal one.
    """
    if _is_digits(cell):
        return float(cell)
    text = _bare(cell)
    if mark is None and _EITHER.fullmatch(text):
        raise ValueError(
            f"“{text}” could be {text.replace(',', '')} or {text.replace(',', '.')}; write it without the comma"
        )
    if mark == ",":
        text = re.sub(r"\.(?=\d{3}(\D|$))", "", text).replace(",", ".")
    else:
        text = re.sub(r",(?=\d{3}(\D|$))", "", text)
    if not re.fullmatch(r"[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d{1,3})?", text):
        return None
    return float(text)


def date(cell: str) -> str:
    """Return a date as ISO 8601 where it can be read without guessing (14.07.2025 is day first); else as it is.

    14/07/2025 and 07/14/2025 are left as they are: which part is the day depends on the country.
    """
    text = cell.strip()
    found = _DAY_FIRST.fullmatch(text)
    if not found:
        return text
    day, month, year = (int(part) for part in found.groups())
    try:
        return datetime(year, month, day).date().isoformat()  # noqa: DTZ001  (a day on a calendar, not a moment)
    except ValueError:
        return text


def _is_digits(cell: str) -> bool:
    return cell.isdecimal() and cell.isascii()  # most cells, by far: worth a short way


def _bare(cell: str) -> str:
    return re.sub(r"[\s\u00a0\u202f']", "", cell).removesuffix("%").replace("\u2212", "-")
