"""From an Excel workbook (.xlsx) to rows of cells: values only, of the first sheet that holds a table.

python-calamine reads it (measured: 5,000 × 500 cells in 3 s; openpyxl took 25 s). It trusts what it is given, so it
never sees the file that came: only a copy with the parts that hold cells, each unpacked within a bound and checked, a
piece of each sheet at a time. Macros, links to other workbooks, comments, drawings and lists of people are not in it.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from hansei.errors import InvalidInput
from hansei.sources.table import pieces
from hansei.sources.table.cells import Cell
from hansei.sources.table.grid import (
    FORM,
    MAX_ABOVE,
    MAX_COLUMNS,
    MAX_ROWS,
    MOST_KNOWN,
    Grid,
    Line,
    Worth,
    check_size,
    too_high,
)

if TYPE_CHECKING:
    from python_calamine import CalamineSheet

_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_PARTS = (
    "[Content_Types].xml",
    "_rels/.rels",
    "xl/workbook.xml",
    "xl/_rels/workbook.xml.rels",
    "xl/styles.xml",
)
_STRINGS = "xl/sharedStrings.xml"
#: Unpacked sizes: a full sheet of short numbers takes 80 MB, everything else is small.
MAX_SHEETS, MAX_STRINGS, MAX_OTHER = 100_000_000, 20_000_000, 5_000_000
MAX_CELLS = (MAX_ROWS + MAX_ABOVE) * MAX_COLUMNS
#: Text that all cells together may stand for: strings are kept once in the file, and once a cell when read.
MAX_TEXT = 30_000_000
MAX_STRING, MAX_STRING_COUNT = 500_000, 400_000
CHUNK, OVERLAP = 1 << 18, 512
#: (Each pattern begins with a letter that is searched for fast; the space before it is looked at afterwards.)
#: A cell that holds something, further out than a table reaches: column 521 or row 10,000 on.
_FAR = re.compile(
    rb"""r(?<=\sr)\s*=\s*["']\s*(?:[A-Za-z]{3}|[T-Zt-z][A-Za-z]\d|[A-Za-z]{1,2}\d{5})[^>]{0,200}[^>/]>"""
)
#: Whatever begins as such a cell does, and more: two thirds of the time for a look at each cell go into the other.
_MAY_BE_FAR = re.compile(rb"""r\s*+=\s*+["'](?![A-Sa-s]?+[A-Za-z]?+\d{1,4}+["'])""")
_STRING_CELL = re.compile(rb"""t(?<=\st)\s*=\s*["']s["']""")
_SHARED = re.compile(rb"""t(?<=\st)\s*=\s*["']s["'][^>]{0,100}>\s*<(?:\w+:)?v[^>]{0,50}>\s*(\d{1,7})""")
_STRING = re.compile(rb"<(?:\w+:)?si[\s>/]")
#: A cell begins with one of these, and so do columns and rules: some of them are let pass.
_CELL_START, _PREFIXED_CELL_START = b"<c", b":c"
MAX_STARTS = MAX_CELLS + 50_000
_AGAIN = "Open it, save it again as .xlsx or as “CSV UTF-8”, and use that."


#: From these lengths on, in bytes or characters, tables are read one at a time.
LARGE_TEXT, LARGE_PACKED, LARGE_UNPACKED = 200_000, 100_000, 2_000_000


def is_workbook(source: str | bytes) -> bool:
    """Return whether a file is packed as workbooks are."""
    return isinstance(source, bytes) and source.startswith(b"PK\x03\x04")


def is_large(source: str | bytes) -> bool:
    """Return whether a table takes much memory or time to read: by its length, a workbook by what it unpacks to."""
    if not is_workbook(source):
        return len(source) > LARGE_TEXT
    try:
        with zipfile.ZipFile(io.BytesIO(source)) as book:  # type: ignore[arg-type]  # bytes, as just seen
            unpacked = sum(entry.file_size for entry in book.infolist())
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
        return False  # it will be refused before any part is read
    return unpacked > LARGE_UNPACKED or len(source) > LARGE_PACKED  # the first is only what it says of itself


def from_workbook(source: bytes, filename: str, worth: Worth) -> Grid:
    """Return the grid of the sheet that looks most like a table.

    Raises:
        InvalidInput: it is no workbook, is hostile, or breaks a limit.
    """
    check_size(len(source), filename)
    from python_calamine import CalamineError

    try:
        place, count, lines = _best(_Book(source, filename), filename, worth)
    except InvalidInput:
        raise
    except pieces.LongRowError:
        raise _bomb(filename) from None
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, EOFError):
        raise _strange(filename) from None
    except BaseException as error:
        # What its Rust code gives up on arrives as PanicException, which is no Exception.
        if (
            isinstance(error, (CalamineError, OSError, ValueError, KeyError))
            or "Panic" in type(error).__name__
        ):
            raise _strange(filename) from None
        raise
    if not lines:
        raise InvalidInput(f"{filename} is empty.", remedy=FORM)
    # By its number: the name of a sheet may be a person's.
    note = f"Read from sheet {place + 1} of {count}." if count > 1 else ""
    return Grid(lines, "Row", (note,) if note else ())


def _best(book: _Book, filename: str, worth: Worth) -> tuple[int, int, list[Line]]:
    """Return the place of the sheet that looks most like a table, how many there are, and its rows."""
    from python_calamine import CalamineWorkbook, SheetVisibleEnum

    read = _Cells()
    best, name_of_best, names = (-2, -1), "", []
    lines: list[Line] = []
    for number, archive in enumerate(book.archives()):
        with CalamineWorkbook.from_filelike(io.BytesIO(archive)) as opened:
            if number == 0:
                names = [s.name for s in opened.sheets_metadata if s.visible == SheetVisibleEnum.Visible]
                for place, name in enumerate(names[:10]):
                    found = _lines(opened.get_sheet_by_name(name), read)
                    value = max((worth(line.cells) for line in found[:MAX_ABOVE]), default=-1)
                    if value > best[0]:
                        best, name_of_best, lines = (value, place), name, found
            elif name_of_best:
                lines += _lines(opened.get_sheet_by_name(name_of_best), read)
        if len(lines) > MAX_ROWS + MAX_ABOVE:
            raise too_high(filename)
    return best[1], len(names), lines


def _lines(sheet: CalamineSheet, read: _Cells) -> list[Line]:
    """Return the rows that are not blank, with their places."""
    if sheet.start is None:
        return []
    above, left = sheet.start
    out = []
    for number, row in enumerate(sheet.to_python(skip_empty_area=True), above + 1):
        if bool in map(type, row):  # True is 1 to a dictionary, and no number to people
            row = [str(value) if value.__class__ is bool else value for value in row]  # noqa: PLW2901 - the same row
        cells: list[Cell] = [*[""] * left, *map(read.__getitem__, row)]
        if any(not isinstance(c, str) or c.strip() for c in cells):
            out.append(Line(number, cells))
    return out


class _Cells(dict[object, Cell]):
    """Cells by the value that they came as. A full sheet has millions, most of them equal: each is looked at once."""

    def __missing__(self, value: object) -> Cell:
        cell = _cell(value)
        if len(self) < MOST_KNOWN:
            self[value] = cell
        return cell


def _cell(value: object) -> Cell:
    if isinstance(value, (str, datetime)):
        return value
    if isinstance(value, date):
        return datetime.combine(value, time.min)
    if isinstance(value, timedelta):
        return value / timedelta(hours=1)
    return float(value) if isinstance(value, (int, float)) else ""


class _Book:
    """A workbook's checked parts, each as it was packed but for the sheets: those come in pieces.

    What is checked is what will be read.
    """

    def __init__(self, source: bytes, filename: str) -> None:
        self._filename = filename
        self._counter = _Counter(filename)
        self._parts: list[_Part] = []
        self._sheets: list[tuple[str, Iterator[bytes]]] = []
        with zipfile.ZipFile(io.BytesIO(source)) as book:
            entries = book.infolist()
        names = [entry.filename for entry in entries]
        if len(names) > 2_000 or len(set(names)) != len(names) or "xl/workbook.xml" not in names:
            raise _strange(filename)
        entries.sort(key=lambda entry: entry.filename != _STRINGS)  # first the texts that cells point at
        for entry in entries:
            if entry.filename in _PARTS or entry.filename == _STRINGS:
                self._take(entry, _packed(source, entry))
            elif _SHEET.fullmatch(entry.filename):
                chunks = self._counter.sheet(_unpacked(_packed(source, entry), entry))
                # Each piece is read with all texts: no smaller than these, or that would be most of the work.
                size = max(pieces.PIECE, *(part.size for part in self._parts if part.name == _STRINGS), 0)
                self._sheets.append((entry.filename, pieces.cut(chunks, size)))

    def _take(self, entry: zipfile.ZipInfo, packed: memoryview) -> None:
        chunks = _unpacked(packed, entry)
        if entry.filename == _STRINGS:
            self._counter.strings(_whole(chunks, MAX_STRINGS, self._filename))
        else:
            _checked(_whole(chunks, MAX_OTHER, self._filename), self._filename)
        self._parts.append(_Part(entry.filename, entry.compress_type, entry.CRC, entry.file_size, packed))

    def archives(self) -> Iterator[bytes]:
        """Yield workbooks with the next piece of each sheet, until all are through."""
        while True:
            found = [(name, next(rest, b"")) for name, rest in self._sheets]
            if not any(piece for _, piece in found):
                return
            yield _archive(
                [*self._parts, *(_Part.stored(name, piece or pieces.EMPTY) for name, piece in found)]
            )


class _Part(NamedTuple):
    """A part of an archive as it is packed: how, the check sum and the length of what it unpacks to."""

    name: str
    packing: int
    crc: int
    size: int
    packed: bytes | memoryview

    @classmethod
    def stored(cls, name: str, content: bytes) -> _Part:
        """Return a part that is not packed further."""
        return cls(name, zipfile.ZIP_STORED, zlib.crc32(content), len(content), content)


def _packed(source: bytes, entry: zipfile.ZipInfo) -> memoryview:
    """Return a part as it is packed in the archive (APPNOTE.TXT 4.3.7)."""
    head = source[entry.header_offset : entry.header_offset + 30]
    if len(head) < 30 or not head.startswith(b"PK\x03\x04") or entry.flag_bits & 1:  # 1: encrypted
        raise zipfile.BadZipFile
    name_length, extra_length = struct.unpack("<HH", head[26:30])
    start = entry.header_offset + 30 + name_length + extra_length
    packed = memoryview(source)[start : start + entry.compress_size]
    if len(packed) < entry.compress_size:
        raise zipfile.BadZipFile
    return packed


def _unpacked(packed: memoryview, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    """Yield what a part unpacks to, in pieces of a size; fail where it is not just as long as the archive says."""
    size = 0
    begun = bytearray()
    for piece in _inflated(packed) if entry.compress_type == zipfile.ZIP_DEFLATED else _sliced(packed):
        size += len(piece)
        begun += piece
        if len(begun) >= CHUNK:
            yield bytes(begun)
            begun.clear()
    yield bytes(begun)
    if size != entry.file_size or entry.compress_type not in (zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED):
        raise zipfile.BadZipFile


def _inflated(packed: memoryview) -> Iterator[bytes]:
    inflate = zlib.decompressobj(-zlib.MAX_WBITS)
    for piece in _sliced(packed):
        rest = piece
        while rest and not inflate.eof:
            yield inflate.decompress(rest, CHUNK)
            rest = inflate.unconsumed_tail
    yield inflate.flush()
    if not inflate.eof or inflate.unused_data:
        raise zipfile.BadZipFile


def _sliced(packed: memoryview) -> Iterator[bytes]:
    for at in range(0, len(packed), CHUNK):
        yield bytes(packed[at : at + CHUNK])


def _archive(parts: list[_Part]) -> bytes:
    """Return an archive of packed parts (APPNOTE.TXT 4.3.7, 4.3.12 and 4.3.16)."""
    out = bytearray()
    directory = bytearray()
    for part in parts:
        name = part.name.encode("ascii")
        facts = struct.pack(
            "<HHHHHLLLHH", 20, 0, part.packing, 0, 0, part.crc, len(part.packed), part.size, len(name), 0
        )
        directory += b"PK\x01\x02" + struct.pack("<H", 20) + facts
        directory += struct.pack("<HHHLL", 0, 0, 0, 0, len(out)) + name
        out += b"PK\x03\x04" + facts + name
        out += part.packed
    count = len(parts)
    end = struct.pack("<HHHHLLH", 0, 0, count, count, len(directory), len(out), 0)
    out += directory + b"PK\x05\x06" + end
    return bytes(out)


class _Counter:
    """Counts what a workbook would cost to read, and refuses what costs too much."""

    def __init__(self, filename: str) -> None:
        self._filename = filename
        self._lengths: list[int] = []
        self._longest = 0
        self._bytes = self._text = 0

    def strings(self, part: bytes) -> None:
        _checked(part, self._filename)
        starts = [found.start() for found in _STRING.finditer(part)]
        self._lengths = [after - start for start, after in pairwise((*starts, len(part)))]
        self._longest = max(self._lengths, default=0)
        if len(starts) > MAX_STRING_COUNT or self._longest > MAX_STRING:
            raise _bomb(self._filename)

    def sheet(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """Yield what was looked at of a sheet, and refuse the rest where it would cost too much."""
        before, cells = b"", 0
        for number, chunk in enumerate(chunks):
            self._bytes += len(chunk)
            cells += chunk.count(_CELL_START)
            if b":" in chunk:  # a single character is searched for much faster than two
                cells += chunk.count(_PREFIXED_CELL_START)
            if self._bytes > MAX_SHEETS or cells > MAX_STARTS:
                raise _bomb(self._filename)
            if number == 0:
                _checked(chunk, self._filename)
            self._look(before + chunk)
            before = chunk[-OVERLAP:]
            yield chunk

    def _look(self, piece: bytes) -> None:
        if b"!" in piece and (b"<!D" in piece or b"<!E" in piece):
            raise _strange(self._filename)
        if any(_FAR.match(piece, found.start()) for found in _MAY_BE_FAR.finditer(piece)):
            raise InvalidInput(
                f"{self._filename} has cells far outside a table.",
                remedy=f"Keep at most {MAX_ROWS:,} rows and {MAX_COLUMNS} columns, at the top left of the sheet.",
            )
        strings = len(_STRING_CELL.findall(piece))
        if strings * self._longest < MAX_TEXT // 400:
            self._text += strings * self._longest
        else:
            places = [int(at) for at in _SHARED.findall(piece)]
            known = sum(self._lengths[at] for at in places if at < len(self._lengths))
            self._text += known + (strings - len(places)) * self._longest
        if self._text > MAX_TEXT:
            raise _bomb(self._filename)


def _whole(chunks: Iterable[bytes], limit: int, filename: str) -> bytes:
    parts, size = [], 0
    for chunk in chunks:
        size += len(chunk)
        if size > limit:
            raise _bomb(filename)
        parts.append(chunk)
    return b"".join(parts)


def _checked(part: bytes, filename: str) -> bytes:
    """Return a part that is XML without definitions of its own: those are how small files become large ones."""
    head = part.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith(b"<") or b"\x00" in head[:200] or b"utf-16" in head[:200].lower():
        raise _strange(filename)
    if b"<!DOCTYPE" in part or b"<!ENTITY" in part:
        raise _strange(filename)
    return part


def _strange(filename: str) -> InvalidInput:
    return InvalidInput(f"{filename} is not a workbook as Excel writes it.", remedy=_AGAIN)


def _bomb(filename: str) -> InvalidInput:
    return InvalidInput(
        f"{filename} unpacks to far more than a table needs.",
        remedy="Copy the table into a new workbook, or save it as “CSV UTF-8”.",
    )
