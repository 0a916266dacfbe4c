"""From text to rows of cells: encoding, delimiter, and what is no table at all."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from hansei.errors import InvalidInput
from hansei.sources.table.cells import Cell

MAX_BYTES = 5_000_000
MAX_ROWS = 5_000
MAX_COLUMNS = 500
#: More lines than this above a header are no title.
MAX_ABOVE = 30
#: Different cells that are remembered: a table repeats itself, and what does not would fill the memory.
MOST_KNOWN = 100_000
_DELIMITERS = (",", ";", "\t", "|")
_DELIMITER_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
#: What a text is taken for that is not written in UTF-8: nothing in it says so.
_GUESSED = "Windows-1252, as Excel's plain “CSV” is"
#: How files begin that programs packed: gzip, bzip2, xz, 7z, RAR, Zstandard.
_PACKED = (b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"7z\xbc\xaf\x27\x1c", b"Rar!", b"\x28\xb5\x2f\xfd")
FORM = "It needs a line with a column “Sprint” and at least one measure, then one line per sprint."
#: How well a row would serve as the header.
Worth = Callable[[list[Cell]], int]


@dataclass(frozen=True, slots=True)
class Line:
    """A row that is not blank: its number in the file from 1, and its cells."""

    number: int
    cells: list[Cell]


@dataclass(frozen=True, slots=True)
class Grid:
    """The rows of a table as written, and sentences on how they were found. ``place`` names a row ("Line", "Row").

    ``is_guessed``: how its text is written is not certain, as no part of it tells.
    """

    lines: list[Line]
    place: str
    notes: tuple[str, ...] = ()
    text: str = ""
    is_guessed: bool = False


def as_typed(found: Grid) -> Grid:
    """Return a grid under a header that nobody typed: its rows are counted from 1 without it, and no form is told."""
    lines = [Line(line.number - 1, line.cells) for line in found.lines]
    return replace(found, place="Row", lines=lines, notes=())


def check_size(size: int, filename: str) -> None:
    """Do nothing where a file is not too large.

    Raises:
        InvalidInput: it is.
    """
    if size > MAX_BYTES:
        raise InvalidInput(
            f"{filename} is larger than {MAX_BYTES / 1e6:g} MB.",
            remedy="Keep the columns and sprints you need.",
        )


def from_text(source: str | bytes, filename: str, worth: Worth) -> Grid:
    """Return the grid of a CSV, a TSV or a paste.

    Raises:
        InvalidInput: it is no such text, or breaks a limit.
    """
    text, encoding = _decode(source, filename)
    notes = [f"The text is written in {encoding}."] if encoding else []
    delimiter = _delimiter(text, worth)
    lines = list(_lines(text, delimiter, filename))
    if delimiter == "|":
        lines = [Line(line.number, _without_bars(line.cells)) for line in lines if not _is_rule(line.cells)]
    if delimiter != "," and any(len(line.cells) > 1 for line in lines[:MAX_ABOVE]):
        notes.append(f"Cells are separated by {_DELIMITER_WORDS[delimiter]}.")
    return Grid(lines, "Line", tuple(notes), text, is_guessed=encoding == _GUESSED)


def _decode(source: str | bytes, filename: str) -> tuple[str, str]:
    """Return the text, and how it is written where that is to be said."""
    check_size(len(source), filename)
    encoding = ""
    if isinstance(source, bytes):
        _check_start(source, filename)
        text, encoding = _characters(source, filename)
    else:
        text = source.removeprefix("\ufeff")
    if "\x00" in text:
        raise InvalidInput(f"{filename} is not plain text in UTF-8.", remedy="Save it again as “CSV UTF-8”.")
    start = text.lstrip()[:1]
    if start == "<":
        raise InvalidInput(
            f"{filename} is a web page, not a table.",
            remedy="Often it is a login page that was saved: sign in and download it again. If it shows your table in a"
            " browser, copy the table there and paste it.",
        )
    if start in ("{", "["):
        raise InvalidInput(
            f"{filename} is JSON, not a table.", remedy="Sprints as JSON are taken by POST /teams/ID/sprints."
        )
    if not start:
        raise InvalidInput(f"{filename} is empty.", remedy=FORM)
    return text, encoding


def _characters(source: bytes, filename: str) -> tuple[str, str]:
    if source.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return source.decode("utf-16"), "UTF-16"
        except UnicodeDecodeError:
            raise InvalidInput(
                f"{filename} begins like UTF-16 and is not.", remedy="Save it again as “CSV UTF-8”."
            ) from None
    try:
        return source.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        pass
    try:
        return source.decode("cp1252"), _GUESSED
    except UnicodeDecodeError:
        raise InvalidInput(
            f"{filename} is not written in UTF-8.", remedy="Save it again as “CSV UTF-8”."
        ) from None


def _check_start(source: bytes, filename: str) -> None:
    if source.startswith(b"\xd0\xcf\x11\xe0"):
        raise InvalidInput(
            f"{filename} is an old Excel workbook (.xls) or one with a password.",
            remedy="Open it, save it as .xlsx without a password, and use that.",
        )
    if source.startswith(_PACKED):
        raise InvalidInput(
            f"{filename} is packed, as archives are.",
            remedy="Unpack it, and use the CSV or Excel file that is in it.",
        )
    if source.startswith(b"%PDF"):
        raise InvalidInput(f"{filename} is a PDF.", remedy="Copy the table out of it and paste it.")


def _delimiter(text: str, worth: Worth) -> str:
    """Return the delimiter that gives the best header among the first lines (then, the most cells)."""
    head = "\n".join(re.split(r"\r\n|\r|\n", text[:200_000])[: MAX_ABOVE * 2])

    def value(mark: str) -> tuple[int, int]:
        best = (0, 0)
        try:
            for row in csv.reader(io.StringIO(head, newline=""), delimiter=mark):
                if len(row) <= MAX_COLUMNS:
                    best = max(best, (worth(list(row)), sum(bool(c.strip()) for c in row)))
        except csv.Error:
            pass  # whoever reads the whole says what is wrong
        return best

    return max(_DELIMITERS, key=value)


def _lines(text: str, delimiter: str, filename: str) -> Iterator[Line]:
    """Yield the rows that are not blank, with the 1-based line on which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=delimiter != "|")
    same = _Same()
    before = count = 0
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
        check_width(len(row), filename)
        if any(cell.strip() for cell in row):
            count += 1
            check_height(count, filename)
            yield Line(before + 1, [*map(same.__getitem__, row)])
        before = reader.line_num


class _Same(dict[str, str]):
    """Texts by themselves: of equal ones the first stands for all. A full table has millions, most of them equal."""

    def __missing__(self, text: str) -> str:
        if len(self) < MOST_KNOWN:
            self[text] = text
        return text


def check_width(columns: int, filename: str) -> None:
    """Do nothing where there are not too many columns.

    Raises:
        InvalidInput: there are.
    """
    if columns > MAX_COLUMNS:
        raise InvalidInput(
            f"{filename} has more than {MAX_COLUMNS} columns.", remedy="Keep the columns you need."
        )


def check_height(rows: int, filename: str) -> None:
    """Do nothing where there are not too many rows (a header and some lines above it are not counted).

    Raises:
        InvalidInput: there are.
    """
    if rows > MAX_ROWS + MAX_ABOVE:
        raise too_high(filename)


def too_high(filename: str) -> InvalidInput:
    """Return what is said of too many rows."""
    return InvalidInput(f"{filename} has more than {MAX_ROWS:,} rows.", remedy="Keep the last sprints only.")


def _without_bars(cells: list[Cell]) -> list[Cell]:
    stripped: list[Cell] = [c.strip() if isinstance(c, str) else c for c in cells]
    if stripped and stripped[0] == "":
        stripped = stripped[1:]
    return stripped[:-1] if stripped and stripped[-1] == "" else stripped


def _is_rule(cells: list[Cell]) -> bool:
    return all(isinstance(c, str) and re.fullmatch(r"\s*:?-*:?\s*", c) for c in cells) and any(
        "-" in str(c) for c in cells
    )
