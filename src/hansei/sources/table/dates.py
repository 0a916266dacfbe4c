"""Read dates as tools and people write them, without guessing which number is the day."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from types import MappingProxyType
from typing import Literal

from hansei.core.months import MONTHS
from hansei.sources.table.cells import Cell

Order = Literal["day_first", "month_first"]

#: A month is told by its first three letters, but "jui" begins two of them, and "mae" is no month cut short.
_STARTS = MappingProxyType({word[: 4 if word[:3] in ("jui", "mae") else 3]: n for word, n in MONTHS.items()})
_CLOCK = r"(?:[ T,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?(?:\s*(?:UTC|Z|GMT))?)?"
_NUMBERS = re.compile(r"(\d{1,2})([./-])(\d{1,2})\2(\d{4}|\d{2})" + _CLOCK)
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})" + _CLOCK)
_NAMED = re.compile(r"(\d{1,2})[./\s-]+([^\W\d_]{3,12})\.?[/\s-]+(\d{4}|\d{2})" + _CLOCK)
_NAMED_FIRST = re.compile(r"([^\W\d_]{3,12})\.?\s+(\d{1,2}),?\s+(\d{4})" + _CLOCK)
_WEEKDAY = re.compile(  # in five languages; the date beside it says all
    r"^(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|jue|vie|sáb|sab|dom|seg|ter|qua"
    r"|qui|sex)[^\W\d_]*\.?,?\s+",
    re.IGNORECASE,
)
_SCRIPT = re.compile(  # what JavaScript writes: Tue May 14 2024 08:53:33 GMT+0000 (GMT)
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) (\d{1,2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT([+-]\d{2})(\d{2})(?: \(.*\))?"
)


def order_of(cells: Iterable[Cell]) -> tuple[Order | None, bool]:
    """Return the order of day and month that the cells prove, and whether any cell needs it.

    "14/07/2025" proves day first, "07/14/2025" month first; "14.07.2025" needs no proof, since points are written day
    first everywhere.

    Raises:
        ValueError: cells prove both.
    """
    day = month = needed = False
    for cell in cells:
        found = _NUMBERS.fullmatch(cell.strip()) if isinstance(cell, str) else None
        if found is None or found[2] == ".":
            continue
        needed = True
        day = day or int(found[1]) > 12
        month = month or int(found[3]) > 12
    if day and month:
        raise ValueError("day first and month first")
    return ("day_first" if day else "month_first" if month else None), needed


def undecided(cells: Iterable[Cell]) -> tuple[str, int, int]:
    """Return a cell that waits for the order of its numbers, and these; where none reads in two ways, such a date."""
    for cell in cells:
        found = _NUMBERS.fullmatch(cell.strip()) if isinstance(cell, str) and is_ambiguous(cell) else None
        if found is not None and found[1] != found[3] and {int(found[1]), int(found[3])} <= {*range(1, 13)}:
            return found[0], int(found[1]), int(found[3])
    return "03/04/2025", 3, 4


def is_ambiguous(cell: Cell) -> bool:
    """Return whether a cell needs it to be known which of its numbers is the day."""
    found = _NUMBERS.fullmatch(cell.strip()) if isinstance(cell, str) else None
    return found is not None and found[2] != "."


def moment(cell: Cell, order: Order | None) -> datetime | None:
    """Return a cell's moment: naive where no zone was written, at midnight where it is a day; None where it is none."""
    if isinstance(cell, datetime):
        return cell
    if not isinstance(cell, str):
        return None
    written = cell.strip()
    try:
        return _iso(written) or _written(written, order) or _written(_WEEKDAY.sub("", written), order)
    except (ValueError, OverflowError):
        return None


def wire(found: datetime) -> str:
    """Return a moment as the wire form has it: a day where no time was written."""
    if found.tzinfo is None and found.time() == time.min:
        return found.date().isoformat()
    return found.isoformat()


def hours_between(start: datetime, end: datetime) -> float:
    """Return the hours between two moments; a moment without a zone is UTC."""
    return (_aware(end) - _aware(start)) / timedelta(hours=1)


def _aware(found: datetime) -> datetime:
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found


def _iso(text: str) -> datetime | None:
    if not re.match(r"\d{4}-\d{2}-\d{2}", text):
        return None
    try:
        return datetime.fromisoformat(text.removesuffix(" UTC"))
    except ValueError:
        return None


def _written(text: str, order: Order | None) -> datetime | None:
    if found := _NUMBERS.fullmatch(text):
        first, second = int(found[1]), int(found[3])
        if found[2] != "." and order is None:
            return None
        day_first = found[2] == "." or order == "day_first"
        month, day = (second, first) if day_first else (first, second)
        return _build(found[4], month, day, found.groups()[4:])
    if found := _YEAR_FIRST.fullmatch(text):
        return _build(found[1], int(found[2]), int(found[3]), found.groups()[3:])
    if found := _NAMED.fullmatch(text):
        return _build(found[3], _month(found[2]), int(found[1]), found.groups()[3:])
    if found := _NAMED_FIRST.fullmatch(text):
        return _build(found[3], _month(found[1]), int(found[2]), found.groups()[3:])
    return _script(text)


def _script(text: str) -> datetime | None:
    found = _SCRIPT.fullmatch(text)
    if found is None:
        return None
    local = _build(found[3], _month(found[1]), int(found[2]), (found[4], found[5], found[6], None))
    away = timedelta(hours=int(found[7]), minutes=int(found[7][0] + found[8]))
    return (local - away).replace(tzinfo=UTC)


def _build(year: str, month: int, day: int, clock: tuple[str | None, ...]) -> datetime:
    hour, minute, second, half = clock
    full = int(year) if len(year) == 4 else 2000 + int(year)
    h = int(hour or 0)
    if half:
        h = h % 12 + (12 if half[0] in "Pp" else 0)
    return datetime(full, month, day, h, int(minute or 0), int(second or 0))  # noqa: DTZ001 - no zone was written


def _month(name: str) -> int:
    plain = "".join(c for c in unicodedata.normalize("NFKD", name.lower()) if not unicodedata.combining(c))
    for length in (4, 3):
        if plain[:length] in _STARTS:
            return _STARTS[plain[:length]]
    raise ValueError(name)
