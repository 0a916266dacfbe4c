"""Read a CSV with one row per sprint; pure: text in, sprints out."""

from __future__ import annotations

import csv
import io
import itertools
from collections.abc import Iterator

from hansei.core.metrics import REGISTRY
from hansei.core.ports import Fetched
from hansei.errors import InvalidInput
from hansei.sources.rows import Row, gather
from hansei.sources.table import cells
from hansei.sources.table.headers import Column, recognise

MAX_BYTES = 5_000_000
MAX_ROWS = 5_000
MAX_COLUMNS = 500
MAX_CELL = 10_000
_DELIMITERS = (",", ";", "\t")
_TOTALS = frozenset({"total", "totals", "sum", "average", "avg", "mean", "median", "gesamt", "summe"})
_FORM = "It needs a first line with a column “Sprint” and at least one measure, then one line per sprint."


def read_table(source: str | bytes, *, filename: str = "the table") -> Fetched:
    """Read a table: one header line, then one row per sprint, in any order.

    Raises:
        InvalidInput: nothing of it can be used; the message names ``filename`` and the remedy says what to do.
    """
    text = _text(source, filename)
    lines = _lines(text, filename)
    columns, unread = _columns(next(lines)[1], filename)
    body = list(itertools.islice(lines, MAX_ROWS + 1))
    if len(body) > MAX_ROWS:
        raise InvalidInput(
            f"{filename} has more than {MAX_ROWS:,} rows.", remedy="Keep the last sprints only."
        )
    mark = _decimal_mark(columns, [row for _, row in body], filename)
    texts = {c.place for c in columns if not c.known and not _is_series(c, body, mark)}
    columns = [c for c in columns if c.place not in texts]
    if not any(column.is_metric for column in columns):
        raise InvalidInput(f"{filename} has no column with a measure that is known.", remedy=_FORM)
    rows = [_row(number, row, columns, mark) for number, (_, row) in enumerate(body)]
    fetched = gather(rows, where=lambda number: f"Line {body[number][0]}: ")
    if not fetched.sprints and not fetched.rejected:
        raise InvalidInput(f"{filename} has a header and no sprint below it.", remedy=_FORM)
    return Fetched(
        fetched.sprints, fetched.rejected, fetched.unknown_names, (*_unread(texts | unread), *fetched.notes)
    )


def _text(source: str | bytes, filename: str) -> str:
    size = len(source)
    if size > MAX_BYTES:
        raise InvalidInput(
            f"{filename} is larger than {MAX_BYTES / 1e6:g} MB.",
            remedy="Keep the columns and sprints you need.",
        )
    if isinstance(source, bytes):
        if source.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0")):
            raise InvalidInput(
                f"{filename} is an Excel workbook, not a CSV.",
                remedy="Save the sheet as “CSV UTF-8” and use that.",
            )
        try:
            text = source.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise InvalidInput(
                f"{filename} is not written in UTF-8.", remedy="Save it again as “CSV UTF-8”."
            ) from None
    else:
        text = source.removeprefix("\ufeff")
    if "\x00" in text:
        raise InvalidInput(f"{filename} is not plain text in UTF-8.", remedy="Save it again as “CSV UTF-8”.")
    if text.lstrip()[:1] == "<":
        raise InvalidInput(
            f"{filename} is a web page, not a table.",
            remedy="Often it is a login page that was saved: sign in and download it again.",
        )
    if not text.strip():
        raise InvalidInput(f"{filename} is empty.", remedy=_FORM)
    return text


def _lines(text: str, filename: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (1-based line on which it begins, cells) of each row that is not blank."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    before = 0
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            raise InvalidInput(
                f"{filename} cannot be read from line {before + 1} on: a quotation mark is not closed, or a cell is "
                "far too long.",
                remedy="Correct that line.",
            ) from None
        if len(row) > MAX_COLUMNS:
            raise InvalidInput(
                f"{filename} has more than {MAX_COLUMNS} columns.", remedy="Keep the columns you need."
            )
        if any(cell.strip() for cell in row):
            yield before + 1, row
        before = reader.line_num


def _delimiter(text: str) -> str:
    """Return the delimiter that cuts the first line into the most recognised headers (then, the most cells)."""
    first = next(line for line in text.splitlines() if line.strip())[: MAX_CELL * 10]

    def worth(mark: str) -> tuple[int, int]:
        parts = next(csv.reader([first], delimiter=mark))
        return sum(recognise(part) is not None for part in parts if part.strip()), len(parts)

    return max(_DELIMITERS, key=worth)


def _columns(header: list[str], filename: str) -> tuple[list[Column], set[int]]:
    """Return the columns that are read, and the places of those that are not."""
    columns: dict[str, Column] = {}
    unread: set[int] = set()
    for place, cell in enumerate(header):
        name = recognise(cell)
        if name is None:
            unread |= {place} if cell.strip() else set()
        elif name in columns:
            raise InvalidInput(
                f"In {filename}, columns {columns[name].place + 1} and {place + 1} are both read as {name}.",
                remedy="Keep one of them, or rename the other.",
            )
        else:
            columns[name] = Column(place, cell.strip(), name)
    if not {"sprint_id", "sprint_name"} & columns.keys():
        raise InvalidInput(f"{filename} has no column with the sprint's name.", remedy=_FORM)
    return list(columns.values()), unread


def _unread(places: set[int]) -> list[str]:
    # By number, not by header: a header may be a person's name.
    if not places:
        return []
    ordered = [str(place + 1) for place in sorted(places)]
    which = ", ".join(ordered[:10]) + (", …" if len(ordered) > 10 else "")
    what = "Column" if len(ordered) == 1 else "Columns"
    return [f"{what} not read, because the header names no known measure: {which} (counted from the left)."]


def _decimal_mark(columns: list[Column], body: list[list[str]], filename: str) -> cells.Decimal | None:
    try:
        return cells.decimal_mark(_cell(row, c) for row in body for c in columns if c.is_metric and c.known)
    except ValueError:
        raise InvalidInput(
            f"{filename} writes some numbers with a decimal comma and others with a decimal point.",
            remedy="Write all of them the same way.",
        ) from None


def _is_series(column: Column, body: list[tuple[int, list[str]]], mark: cells.Decimal | None) -> bool:
    """Return whether an unknown column holds numbers only, and at least one."""
    written = [cell for _, row in body if not cells.is_missing(cell := _cell(row, column))]
    try:
        return bool(written) and all(cells.number(cell, mark) is not None for cell in written)
    except ValueError:
        return False


def _cell(row: list[str], column: Column) -> str:
    return row[column.place] if column.place < len(row) else ""


def _row(number: int, row: list[str], columns: list[Column], mark: cells.Decimal | None) -> Row:
    payload: dict[str, object] = {}
    trouble = None
    for column in columns:
        cell = _cell(row, column)
        if cells.is_missing(cell):
            continue
        try:
            payload[column.name] = _value(column, cell, mark)
        except ValueError as error:
            trouble = trouble or f"column “{column.header[:60]}”: {error}."
    payload.setdefault("sprint_id", payload.get("sprint_name"))
    return Row(number, payload, _name_trouble(payload) or trouble)


def _value(column: Column, cell: str, mark: cells.Decimal | None) -> object:
    if not column.is_metric:
        return cells.date(cell) if column.name.endswith("_date") else cell.strip()
    number = cells.number(cell, mark)
    if number is None:
        raise ValueError(f"“{cell.strip()[:40]}” is not a number; leave it empty where nothing was measured")
    if cell.rstrip().endswith("%"):
        metric = REGISTRY.get(column.name)
        if metric is not None and metric.unit == "ratio":
            return number / 100
        if metric is None or metric.unit != "%":
            raise ValueError(f"“{cell.strip()[:40]}” is a percentage, and this is not one")
    return number


def _name_trouble(payload: dict[str, object]) -> str | None:
    name = payload.get("sprint_id")
    if name is None:
        return "the sprint has no name; fill in the first column or delete the line."
    if str(name).strip().rstrip(":").lower() in _TOTALS:
        return "this looks like a total, not like a sprint; it is left out."
    return None
